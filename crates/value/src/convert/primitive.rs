//! Conversions between bool, number and string.

use crate::{Kind, Number, Type, Value};

/// Converts a known primitive, or says what is wrong with it.
pub(super) fn convert(value: &Value, to: &Type) -> Result<Value, String> {
    match (value.kind(), to) {
        (Kind::Bool(_), Type::Bool) | (Kind::Number(_), Type::Number) | (Kind::String(_), Type::String) => {
            Ok(value.clone().unmark().0)
        }
        (Kind::Bool(value), Type::String) => Ok(Value::string(if *value { "true" } else { "false" })),
        (Kind::Number(number), Type::String) => Ok(Value::string(number.to_string())),
        (Kind::String(text), Type::Number) => {
            Number::parse(text).map(Value::number).ok_or_else(|| "a number is required".to_owned())
        }
        (Kind::String(text), Type::Bool) => to_bool(text),
        _ => Err(super::mismatch_message(&value.ty(), to)),
    }
}

fn to_bool(text: &str) -> Result<Value, String> {
    match text {
        "true" | "1" => Ok(Value::bool(true)),
        "false" | "0" => Ok(Value::bool(false)),
        _ => {
            for word in ["true", "false"] {
                if text.eq_ignore_ascii_case(word) {
                    return Err(format!(
                        "a bool is required; to convert from string, use lowercase \"{word}\""
                    ));
                }
            }
            Err("a bool is required".to_owned())
        }
    }
}
