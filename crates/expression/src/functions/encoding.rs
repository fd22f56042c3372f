//! Functions between text and its encodings.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use plumb_value::{Type, Value, json};

use super::{Function, FunctionError, Invocation, Outcome, Parameter, csv, gzip, text_encoding, yaml};
use crate::describe::quote;

pub(super) fn functions() -> Vec<Function> {
    let text = || Parameter::new("str", Type::String);
    vec![
        Function::new("base64decode", Type::String, base64_decode).takes(text().with_marks()),
        Function::new("base64encode", Type::String, |call| Ok(Value::string(STANDARD.encode(call.text(0)))))
            .takes(text()),
        Function::new("base64gunzip", Type::String, gzip::base64_gunzip).takes(text()),
        Function::new("base64gzip", Type::String, gzip::base64_gzip).takes(text()),
        Function::typed("csvdecode", csv::table_type, csv::decode).takes(text()),
        Function::typed("jsondecode", json_type, json_decode).takes(text()).may_be_null(),
        Function::new("jsonencode", Type::String, json_encode)
            .takes(Parameter::new("val", Type::Dynamic).or_unknown().or_dynamic().or_null()),
        Function::new("textdecodebase64", Type::String, text_encoding::decode)
            .takes(Parameter::new("source", Type::String))
            .takes(Parameter::new("encoding", Type::String)),
        Function::new("textencodebase64", Type::String, text_encoding::encode)
            .takes(Parameter::new("string", Type::String))
            .takes(Parameter::new("encoding", Type::String)),
        Function::new("urldecode", Type::String, url_decode).takes(text()),
        Function::new("urlencode", Type::String, url_encode).takes(text()),
        Function::new("yamldecode", Type::Dynamic, yaml::decode)
            .takes(Parameter::new("src", Type::String))
            .may_be_null(),
        Function::new("yamlencode", Type::String, yaml::encode)
            .takes(Parameter::new("value", Type::Dynamic).or_unknown().or_dynamic().or_null()),
    ]
}

/// The bytes that a text in Base64 stands for; line breaks in it mean nothing.
pub(super) fn bytes_of_base64(text: &str) -> Option<Vec<u8>> {
    if text.contains(['\n', '\r']) {
        return STANDARD.decode(text.replace(['\n', '\r'], "")).ok();
    }
    STANDARD.decode(text).ok()
}

fn base64_decode(call: &Invocation<'_>) -> Outcome {
    let marks = call.arguments[0].marks();
    let text = call.text(0);
    let bytes = bytes_of_base64(text).ok_or_else(|| {
        let shown = if marks.is_empty() { quote(text) } else { "(sensitive value)".to_owned() };
        FunctionError::call(format!("failed to decode base64 data {shown}"))
    })?;
    let decoded = String::from_utf8(bytes)
        .map_err(|_| FunctionError::call("the result of decoding the provided string is not valid UTF-8"))?;
    Ok(Value::string(decoded).with_marks(marks))
}

/// As a value in a query: letters, digits and four marks stay, a space becomes a plus.
fn url_encode(call: &Invocation<'_>) -> Outcome {
    let mut encoded = String::new();
    for byte in call.text(0).bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                encoded.push(char::from(byte));
            }
            b' ' => encoded.push('+'),
            other => encoded.push_str(&format!("%{other:02X}")),
        }
    }
    Ok(Value::string(encoded))
}

/// The reverse of [`url_encode`]: what stands unescaped stays, whether it had to be escaped or not. What
/// it is given is in no message, since it may be secret.
fn url_decode(call: &Invocation<'_>) -> Outcome {
    let mut decoded = Vec::new();
    let mut rest = call.text(0).as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        decoded.push(match first {
            b'+' => b' ',
            b'%' => {
                let [high, low, after @ ..] = rest else { return Err(broken_escape()) };
                rest = after;
                let digit = |byte: &u8| char::from(*byte).to_digit(16).ok_or_else(broken_escape);
                (digit(high)? << 4 | digit(low)?) as u8
            }
            other => *other,
        });
    }
    let text = String::from_utf8(decoded)
        .map_err(|_| FunctionError::call("what was decoded is not valid UTF-8, as text has to be"))?;
    Ok(Value::string(text))
}

fn broken_escape() -> FunctionError {
    FunctionError::call(
        "a percent sign is not followed by two hexadecimal digits; itself it is written as %25",
    )
}

fn json_encode(call: &Invocation<'_>) -> Outcome {
    let value = &call.arguments[0];
    if value.is_wholly_known() {
        let bytes = json::encode_untyped(value).map_err(|error| FunctionError::call(error.to_string()))?;
        return Ok(Value::string(String::from_utf8_lossy(&bytes).into_owned()));
    }
    // The first character tells null from everything else.
    let opening = match value.ty() {
        _ if !value.is_surely_not_null() => "",
        Type::String => "\"",
        Type::Object(_) | Type::Map(_) => "{",
        Type::Tuple(_) | Type::List(_) | Type::Set(_) => "[",
        Type::Dynamic | Type::Bool | Type::Number => "",
    };
    Ok(if opening.is_empty() { Value::unknown(Type::String) } else { Value::unknown_with_prefix(opening) })
}

/// The type that the text will have, as far as it or its beginning is known.
fn json_type(arguments: &[Value]) -> Result<Type, FunctionError> {
    if let Some(text) = arguments[0].as_str() {
        return json::implied_type(text).map_err(|error| FunctionError::call(error.to_string()));
    }
    let beginning =
        arguments[0].refinement().and_then(|limits| limits.string_prefix.as_deref()).unwrap_or("");
    match beginning.trim_start().chars().next() {
        None | Some('{' | '[' | 'n') => Ok(Type::Dynamic),
        Some('"') => Ok(Type::String),
        Some('t' | 'f') => Ok(Type::Bool),
        Some('-' | '0'..='9' | '.') => Ok(Type::Number),
        Some(other) => Err(FunctionError::argument(
            0,
            format!("a JSON document cannot begin with the character '{other}'"),
        )),
    }
}

fn json_decode(call: &Invocation<'_>) -> Outcome {
    json::decode_implied(call.text(0)).map_err(|error| FunctionError::call(error.to_string()))
}
