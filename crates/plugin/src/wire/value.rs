//! Values and types as bytes, always against the type that the schema implies.

use bytes::Bytes;
use plumb_value::{Type, Value, json, msgpack};

use crate::generated::provider::DynamicValue;

/// The value as the wire wants it; the error says what does not fit the type.
pub(crate) fn encode_value(value: &Value, ty: &Type) -> Result<Option<DynamicValue>, String> {
    let msgpack = msgpack::encode(value, ty).map_err(|problem| problem.to_string())?;
    Ok(Some(DynamicValue { msgpack: msgpack.into(), json: Bytes::new() }))
}

/// The value of a type; what is not there is null.
pub(crate) fn decode_value(value: Option<&DynamicValue>, ty: &Type) -> Result<Value, String> {
    decode_value_like(value, ty, &Value::null(Type::Dynamic))
}

/// The same of a value that is probably much like another one, with which it shares what is equal.
pub(crate) fn decode_value_like(
    value: Option<&DynamicValue>,
    ty: &Type,
    like: &Value,
) -> Result<Value, String> {
    let Some(value) = value else { return Ok(Value::null(ty.clone())) };
    if !value.msgpack.is_empty() {
        return msgpack::decode_like(&value.msgpack, ty, like).map_err(|problem| problem.to_string());
    }
    if !value.json.is_empty() {
        let text = std::str::from_utf8(&value.json).map_err(|problem| problem.to_string())?;
        return json::decode(text, ty).map_err(|problem| problem.to_string());
    }
    Ok(Value::null(ty.clone()))
}

/// A type as schemas describe it: `"string"`, `["list","number"]`.
pub(super) fn type_from_json(text: &[u8]) -> Option<Type> {
    match text {
        // Nearly every attribute is one of these.
        b"\"string\"" => Some(Type::String),
        b"\"bool\"" => Some(Type::Bool),
        b"\"number\"" => Some(Type::Number),
        _ => json::decode_type(std::str::from_utf8(text).ok()?).ok(),
    }
}

/// The opposite of [`type_from_json`].
pub(super) fn type_to_json(ty: &Type) -> Vec<u8> {
    json::encode_type(ty)
}
