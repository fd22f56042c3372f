//! Values to JSON.

use super::{JsonError, write_type};
use crate::{Kind, Path, PathStep, Type, Value};

/// The value as JSON text, by a type that it conforms to or can be converted to. Where the type is
/// dynamic the value's own type is written beside it. Unknowns and marks are errors.
pub fn encode(value: &Value, ty: &Type) -> Result<Vec<u8>, JsonError> {
    let mut text = Vec::new();
    encode_into(value, ty, &mut text)?;
    Ok(text)
}

/// As [`encode`], behind what `text` has.
pub fn encode_into(value: &Value, ty: &Type, text: &mut Vec<u8>) -> Result<(), JsonError> {
    let converted;
    let value = if value.is_of_type(ty) || value.ty().conforms_to(ty) {
        value
    } else {
        converted = crate::convert(value, ty).map_err(|error| JsonError {
            path: error.path,
            offset: None,
            message: error.message,
        })?;
        &converted
    };
    Writer { text, steps: Vec::new() }.value(value, ty)
}

/// The value as JSON text, types left out, as `jsonencode` gives it.
pub fn encode_untyped(value: &Value) -> Result<Vec<u8>, JsonError> {
    let mut text = Vec::new();
    Writer { text: &mut text, steps: Vec::new() }.untyped(value)?;
    Ok(text)
}

struct Writer<'w> {
    text: &'w mut Vec<u8>,
    steps: Vec<PathStep>,
}

impl Writer<'_> {
    fn error(&self, message: &str) -> JsonError {
        JsonError { path: Path(self.steps.clone()), offset: None, message: message.to_owned() }
    }

    fn check(&self, value: &Value) -> Result<(), JsonError> {
        if !value.marks().is_empty() {
            return Err(self.error("value has marks, so it cannot be serialized as JSON"));
        }
        if !value.is_known() {
            return Err(self.error("value is not known"));
        }
        Ok(())
    }

    /// By the type.
    fn value(&mut self, value: &Value, ty: &Type) -> Result<(), JsonError> {
        self.check(value)?;
        if *ty == Type::Dynamic {
            let own = value.ty();
            if own == Type::Dynamic {
                self.text.extend(b"null");
                return Ok(());
            }
            self.text.extend(b"{\"value\":");
            self.value(value, &own)?;
            self.text.extend(b",\"type\":");
            write_type(&own, self.text);
            self.text.push(b'}');
            return Ok(());
        }
        match (value.kind(), ty) {
            (Kind::List(_, values), Type::List(element)) | (Kind::Set(_, values), Type::Set(element)) => {
                self.array(value, values.len(), |writer, part, _| writer.value(part, element))
            }
            (Kind::Tuple(_, values), Type::Tuple(types)) => {
                self.array(value, values.len(), |writer, part, index| {
                    writer.value(part, types.get(index).unwrap_or(&Type::Dynamic))
                })
            }
            (Kind::Map(..), Type::Map(element)) => {
                self.object(value, |writer, part, _| writer.value(part, element))
            }
            (Kind::Object(..), Type::Object(object)) => self.object(value, |writer, part, index| {
                let ty = object.attributes().get(index).map_or(&Type::Dynamic, |(_, ty)| ty);
                writer.value(part, ty)
            }),
            _ => self.primitive(value),
        }
    }

    /// By its own type, which may be dynamic in places.
    fn untyped(&mut self, value: &Value) -> Result<(), JsonError> {
        self.check(value)?;
        match value.kind() {
            Kind::List(_, values) | Kind::Set(_, values) | Kind::Tuple(_, values) => {
                self.array(value, values.len(), |writer, part, _| writer.untyped(part))
            }
            Kind::Map(..) | Kind::Object(..) => self.object(value, |writer, part, _| writer.untyped(part)),
            _ => self.primitive(value),
        }
    }

    fn primitive(&mut self, value: &Value) -> Result<(), JsonError> {
        match value.kind() {
            Kind::Null(_) => self.text.extend(b"null"),
            Kind::Bool(true) => self.text.extend(b"true"),
            Kind::Bool(false) => self.text.extend(b"false"),
            Kind::String(text) => write_string(text, self.text),
            Kind::Number(number) if number.is_finite() => {
                use std::io::Write;
                // Writing to a vector cannot fail.
                let _ = write!(self.text, "{number}");
            }
            Kind::Number(_) => return Err(self.error("cannot serialize infinity as JSON")),
            _ => return Err(self.error("value does not conform to the type it is to be written by")),
        }
        Ok(())
    }

    fn array(
        &mut self,
        whole: &Value,
        length: usize,
        mut write: impl FnMut(&mut Self, &Value, usize) -> Result<(), JsonError>,
    ) -> Result<(), JsonError> {
        self.text.push(b'[');
        for (index, part) in whole.as_sequence().unwrap_or_default().iter().take(length).enumerate() {
            if index > 0 {
                self.text.push(b',');
            }
            self.steps.push(match whole.kind() {
                Kind::Set(..) => PathStep::Index(part.clone()),
                _ => PathStep::Index(Value::number(index)),
            });
            write(self, part, index)?;
            self.steps.pop();
        }
        self.text.push(b']');
        Ok(())
    }

    fn object(
        &mut self,
        whole: &Value,
        mut write: impl FnMut(&mut Self, &Value, usize) -> Result<(), JsonError>,
    ) -> Result<(), JsonError> {
        self.text.push(b'{');
        let is_map = matches!(whole.kind(), Kind::Map(..));
        for (index, (name, part)) in whole.entries().unwrap_or_default().into_iter().enumerate() {
            if index > 0 {
                self.text.push(b',');
            }
            write_string(name, self.text);
            self.text.push(b':');
            self.steps.push(if is_map {
                PathStep::Index(Value::string(name.clone()))
            } else {
                PathStep::Attribute(name.clone())
            });
            write(self, part, index)?;
            self.steps.pop();
        }
        self.text.push(b'}');
        Ok(())
    }
}

/// Writes a string as Go does: safe to stand in HTML and JavaScript.
pub fn write_string(string: &str, text: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    text.push(b'"');
    let bytes = string.as_bytes();
    let mut plain_from = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        let short = match byte {
            b'"' => b'"',
            b'\\' => b'\\',
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            8 => b'b',
            0xc => b'f',
            0..=0x1f | b'<' | b'>' | b'&' => b'u',
            // U+2028 and U+2029 end lines in JavaScript.
            0xe2 if bytes[at..].starts_with(b"\xe2\x80\xa8") || bytes[at..].starts_with(b"\xe2\x80\xa9") => {
                text.extend(&bytes[plain_from..at]);
                text.extend(b"\\u202");
                text.push(DIGITS[usize::from(bytes[at + 2] & 0xf)]);
                plain_from = at + 3;
                continue;
            }
            _ => continue,
        };
        text.extend(&bytes[plain_from..at]);
        plain_from = at + 1;
        text.extend([b'\\', short]);
        if short == b'u' {
            text.extend([b'0', b'0', DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 0xf)]]);
        }
    }
    text.extend(&bytes[plain_from..]);
    text.push(b'"');
}
