//! Values to MessagePack.

use rmp::encode as write;

use super::{MsgpackError, PREFIX_LIMIT, REFINED_UNKNOWN, key};
use crate::{Kind, Number, Path, PathStep, Refinement, Type, Value, json, prefix};

/// The value as MessagePack, by a type that it conforms to or can be converted to. Marks are errors.
pub fn encode(value: &Value, ty: &Type) -> Result<Vec<u8>, MsgpackError> {
    let mut bytes = Vec::new();
    encode_into(value, ty, &mut bytes)?;
    Ok(bytes)
}

/// As [`encode`], behind what `bytes` has.
pub fn encode_into(value: &Value, ty: &Type, bytes: &mut Vec<u8>) -> Result<(), MsgpackError> {
    let converted;
    let value = if value.is_of_type(ty) || value.ty().conforms_to(ty) {
        value
    } else {
        converted = crate::convert(value, ty)
            .map_err(|error| MsgpackError { path: error.path, message: error.message })?;
        &converted
    };
    Writer { bytes, steps: Vec::new() }.value(value, ty)
}

struct Writer<'w> {
    bytes: &'w mut Vec<u8>,
    steps: Vec<PathStep>,
}

impl Writer<'_> {
    fn error(&self, message: &str) -> MsgpackError {
        MsgpackError { path: Path(self.steps.clone()), message: message.to_owned() }
    }

    fn length(&self, length: usize) -> Result<u32, MsgpackError> {
        u32::try_from(length).map_err(|_| self.error("the value is too large to be serialized"))
    }

    fn value(&mut self, value: &Value, ty: &Type) -> Result<(), MsgpackError> {
        if !value.marks().is_empty() {
            return Err(self.error("value has marks, so it cannot be serialized"));
        }
        if *ty == Type::Dynamic {
            let own = value.ty();
            if own != Type::Dynamic {
                write_array(self.bytes, 2);
                write_binary(self.bytes, &json::encode_type(&own));
                return self.value(value, &own);
            }
        }
        match (value.kind(), ty) {
            (Kind::Null(_), _) => self.bytes.push(0xc0),
            (Kind::Unknown(own, limits), _) => write_unknown(self.bytes, own, limits.as_deref()),
            (Kind::Bool(value), Type::Bool) => self.bytes.push(if *value { 0xc3 } else { 0xc2 }),
            (Kind::Number(number), Type::Number) => write_number(self.bytes, number),
            (Kind::String(text), Type::String) => {
                self.length(text.len())?;
                write_text(self.bytes, text);
            }
            (Kind::List(_, values), Type::List(element)) | (Kind::Set(_, values), Type::Set(element)) => {
                self.array(value, values, |_| element)?;
            }
            (Kind::Tuple(_, values), Type::Tuple(types)) if values.len() == types.len() => {
                self.array(value, values, |index| &types[index])?;
            }
            (Kind::Map(_, entries), Type::Map(element)) => {
                write_map(self.bytes, self.length(entries.len())?);
                for (name, part) in entries.iter() {
                    write_text(self.bytes, name);
                    self.steps.push(PathStep::Index(Value::string(name.clone())));
                    self.value(part, element)?;
                    self.steps.pop();
                }
            }
            (Kind::Object(own, values), Type::Object(object))
                if own.attributes().len() == object.attributes().len() =>
            {
                write_map(self.bytes, self.length(values.len())?);
                for ((name, ty), part) in object.attributes().iter().zip(values.iter()) {
                    write_text(self.bytes, name);
                    self.steps.push(PathStep::Attribute(name.clone()));
                    self.value(part, ty)?;
                    self.steps.pop();
                }
            }
            _ => return Err(self.error("value does not conform to the type it is to be written by")),
        }
        Ok(())
    }

    fn array<'y>(
        &mut self,
        whole: &Value,
        values: &[Value],
        ty: impl Fn(usize) -> &'y Type,
    ) -> Result<(), MsgpackError> {
        write_array(self.bytes, self.length(values.len())?);
        for (index, part) in values.iter().enumerate() {
            self.steps.push(match whole.kind() {
                Kind::Set(..) => PathStep::Index(part.clone()),
                _ => PathStep::Index(Value::number(index)),
            });
            self.value(part, ty(index))?;
            self.steps.pop();
        }
        Ok(())
    }
}

// Writing to a vector cannot fail, so the results below say nothing.

fn write_array(bytes: &mut Vec<u8>, length: u32) {
    let _ = write::write_array_len(bytes, length);
}

fn write_map(bytes: &mut Vec<u8>, length: u32) {
    let _ = write::write_map_len(bytes, length);
}

fn write_binary(bytes: &mut Vec<u8>, content: &[u8]) {
    let _ = write::write_bin(bytes, content);
}

fn write_text(bytes: &mut Vec<u8>, text: &str) {
    let _ = write::write_str(bytes, text);
}

fn write_integer(bytes: &mut Vec<u8>, value: i64) {
    let _ = write::write_sint(bytes, value);
}

/// As an integer or a double where that is exact, as text otherwise.
fn write_number(bytes: &mut Vec<u8>, number: &Number) {
    if let Some(integer) = number.to_i64() {
        write_integer(bytes, integer);
        return;
    }
    match number.to_exact_f64().filter(|_| !number.is_integer()) {
        Some(double) => {
            let _ = write::write_f64(bytes, double);
        }
        None => write_text(bytes, &number.to_string()),
    }
}

fn write_unknown(bytes: &mut Vec<u8>, ty: &Type, limits: Option<&Refinement>) {
    let mut entries = Vec::new();
    let count = limits.map_or(0, |limits| write_limits(&mut entries, ty, limits));
    if count == 0 {
        bytes.extend([0xd4, super::UNKNOWN as u8, 0]);
        return;
    }
    let mut content = Vec::with_capacity(entries.len() + 1);
    write_map(&mut content, count);
    content.extend(entries);
    let _ = write::write_ext_meta(bytes, content.len() as u32, REFINED_UNKNOWN);
    bytes.extend(content);
}

/// Writes the limits that apply to the type; how many they are.
fn write_limits(bytes: &mut Vec<u8>, ty: &Type, limits: &Refinement) -> u32 {
    let mut count = 0;
    let mut entry = |bytes: &mut Vec<u8>, key: i64| {
        count += 1;
        write_integer(bytes, key);
    };
    if limits.not_null {
        entry(bytes, key::NULLNESS);
        bytes.push(0xc2);
    }
    if let Some(text) = limits.string_prefix.as_ref().filter(|_| *ty == Type::String) {
        let text = if text.len() > PREFIX_LIMIT {
            let end = (0..PREFIX_LIMIT).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
            prefix::safe_prefix(&text[..end])
        } else {
            (**text).to_owned()
        };
        if !text.is_empty() {
            entry(bytes, key::STRING_PREFIX);
            write_text(bytes, &text);
        }
    }
    if *ty == Type::Number {
        let bounds = [(key::NUMBER_MINIMUM, &limits.number_min), (key::NUMBER_MAXIMUM, &limits.number_max)];
        for (key, bound) in bounds {
            if let Some((number, inclusive)) = bound {
                entry(bytes, key);
                write_array(bytes, 2);
                write_number(bytes, number);
                bytes.push(if *inclusive { 0xc3 } else { 0xc2 });
            }
        }
    }
    if ty.is_collection() {
        let bounds = [(key::LENGTH_MINIMUM, limits.length_min), (key::LENGTH_MAXIMUM, limits.length_max)];
        for (key, bound) in bounds {
            if let Some(bound) = bound {
                entry(bytes, key);
                write_integer(bytes, i64::try_from(bound).unwrap_or(i64::MAX));
            }
        }
    }
    count
}
