//! Values as plans show them: what is known of them, what is not, and what is sensitive.

use std::io::Write as _;

use plumb_value::json::write_string;
use plumb_value::{Kind, Type, Value};

use super::writer::{Members, array};

/// What is known of a value: unknown attributes and entries are left out, unknown elements are null.
/// Marks do not matter. The value itself is to be known.
pub(crate) fn write_known(value: &Value, text: &mut Vec<u8>) {
    match value.kind() {
        Kind::Null(_) | Kind::Unknown(..) => text.extend(b"null"),
        Kind::Bool(value) => text.extend(if *value { &b"true"[..] } else { b"false" }),
        Kind::Number(number) if number.is_finite() => {
            // Writing to a vector cannot fail.
            let _ = write!(text, "{number}");
        }
        Kind::Number(_) => text.extend(b"null"),
        Kind::String(string) => write_string(string, text),
        Kind::List(_, values) | Kind::Set(_, values) | Kind::Tuple(_, values) => {
            array(text, values.iter(), |text, value| write_known(value, text));
        }
        Kind::Map(..) | Kind::Object(..) => {
            let mut members = Members::new(text);
            for (name, part) in value.entries().unwrap_or_default() {
                if part.is_known() {
                    write_known(part, members.key(name));
                }
            }
            members.end();
        }
    }
}

/// The value's shape with true in the place of everything unknown. Returns whether that says more
/// than false.
pub(crate) fn write_unknown(value: &Value, text: &mut Vec<u8>) -> bool {
    write_shape(value, text, &|part| !part.is_known())
}

/// The value's shape with true in the place of everything sensitive. Returns whether that says more
/// than false.
pub(crate) fn write_sensitive(value: &Value, text: &mut Vec<u8>) -> bool {
    write_shape(value, text, &|part| part.marks().is_sensitive())
}

/// False for primitives is left out of objects, but not of sequences, where each position counts.
fn write_shape(value: &Value, text: &mut Vec<u8>, is_meant: &dyn Fn(&Value) -> bool) -> bool {
    if is_meant(value) {
        text.extend(b"true");
        return true;
    }
    match value.kind() {
        Kind::Null(_) | Kind::Bool(_) | Kind::Number(_) | Kind::String(_) => {
            text.extend(b"false");
            return false;
        }
        // Nothing can be said of what is inside, and it still shows as something with an inside.
        Kind::Unknown(ty, _) => return write_empty_shape(ty, text),
        Kind::List(_, values) | Kind::Set(_, values) | Kind::Tuple(_, values) => {
            array(text, values.iter(), |text, value| {
                write_shape(value, text, is_meant);
            });
        }
        Kind::Map(..) | Kind::Object(..) => {
            let mut members = Members::new(text);
            for (name, part) in value.entries().unwrap_or_default() {
                members.unless(name, |text| write_shape(part, text, is_meant));
            }
            members.end();
        }
    }
    true
}

fn write_empty_shape(ty: &Type, text: &mut Vec<u8>) -> bool {
    match ty {
        Type::Dynamic | Type::Bool | Type::Number | Type::String => {
            text.extend(b"false");
            false
        }
        Type::List(_) | Type::Set(_) | Type::Tuple(_) => {
            text.extend(b"[]");
            true
        }
        Type::Map(_) | Type::Object(_) => {
            text.extend(b"{}");
            true
        }
    }
}
