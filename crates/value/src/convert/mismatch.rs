//! Why a type does not fit another, in the words that users know.

use super::possible::possible;
use crate::{ObjectType, Type};

/// Says why no value of the one type can be converted to the other.
pub fn mismatch_message(from: &Type, to: &Type) -> String {
    let required = || format!("{} required", to.friendly_name_for_constraint());
    match (from, to) {
        (Type::Object(from), Type::Object(to)) => objects(from, to),
        (Type::Tuple(_), Type::List(element)) if **element == Type::Dynamic => {
            "all list elements must have the same type".to_owned()
        }
        (Type::Tuple(_), Type::Set(element)) if **element == Type::Dynamic => {
            "all set elements must have the same type".to_owned()
        }
        (Type::Object(_), Type::Map(element)) if **element == Type::Dynamic => {
            "all map elements must have the same type".to_owned()
        }
        (Type::Tuple(from), Type::List(element) | Type::Set(element)) => {
            let parts = from.iter().enumerate().map(|(index, ty)| (index.to_string(), ty));
            elements(parts, element)
        }
        (Type::Object(from), Type::Map(element)) => {
            let parts = from.attributes().iter().map(|(name, ty)| (format!("{name:?}"), ty));
            elements(parts, element)
        }
        (Type::List(from) | Type::Set(from), Type::List(element)) => {
            format!("incorrect list element type: {}", mismatch_message(from, element))
        }
        (Type::List(from) | Type::Set(from), Type::Set(element)) => {
            format!("incorrect set element type: {}", mismatch_message(from, element))
        }
        (Type::Map(from), Type::Map(element)) => {
            format!("incorrect map element type: {}", mismatch_message(from, element))
        }
        _ => required(),
    }
}

fn elements<'a>(parts: impl Iterator<Item = (String, &'a Type)>, element: &Type) -> String {
    for (name, ty) in parts {
        if ty != element && !possible(ty, element, true) {
            return format!("element {name}: {}", mismatch_message(ty, element));
        }
    }
    format!("all elements must be {}", element.friendly_name_for_constraint())
}

/// Missing attributes first, then one that can never fit, then one that may not.
fn objects(from: &ObjectType, to: &ObjectType) -> String {
    let missing: Vec<String> = to
        .attributes()
        .iter()
        .filter(|(name, _)| from.attribute(name).is_none() && !to.is_optional(name))
        .map(|(name, _)| format!("{name:?}"))
        .collect();
    match missing.as_slice() {
        [] => {}
        [one] => return format!("attribute {one} is required"),
        [one, two] => return format!("attributes {one} and {two} are required"),
        [first @ .., last] => return format!("attributes {}, and {last} are required", first.join(", ")),
    }
    for lossy in [true, false] {
        for (name, wanted) in to.attributes() {
            if let Some(own) = from.attribute(name)
                && own != wanted
                && !possible(own, wanted, lossy)
            {
                return format!("attribute {name:?}: {}", mismatch_message(own, wanted));
            }
        }
    }
    "incorrect object attributes".to_owned()
}
