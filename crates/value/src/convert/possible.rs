//! Whether types can be converted at all.
//!
//! Safe conversions never fail; the others are for where the user asked for a type. A value of
//! unknown type may turn out to be convertible, which counts as possible there.

use super::unify::unify_as;
use crate::{ObjectType, Type};

/// Whether a value of the type `from` may be converted.
pub(super) fn possible(from: &Type, to: &Type, lossy: bool) -> bool {
    match (from, to) {
        (_, Type::Dynamic) => true,
        (Type::Dynamic, _) => lossy,
        (Type::Bool | Type::Number, Type::String) => true,
        (Type::String, Type::Bool | Type::Number) => lossy,
        (Type::Object(from), Type::Object(to)) => objects(from, to, lossy),
        (Type::Tuple(from), Type::Tuple(to)) => {
            from.len() == to.len()
                && from.iter().zip(to.iter()).all(|(from, to)| same_or_possible(from, to, lossy))
        }
        (Type::List(from) | Type::Set(from), Type::List(to))
        | (Type::Set(from), Type::Set(to))
        | (Type::Map(from), Type::Map(to)) => same_or_possible(from, to, lossy),
        (Type::List(from), Type::Set(to)) => lossy && same_or_possible(from, to, lossy),
        (Type::Tuple(from), Type::List(to) | Type::Set(to)) => elements(from, to, lossy, false),
        (Type::Object(from), Type::Map(to)) => {
            let types: Vec<Type> = from.attributes().iter().map(|(_, ty)| ty.clone()).collect();
            elements(&types, to, lossy, true)
        }
        (Type::Map(from), Type::Object(to)) => {
            lossy
                && to
                    .attributes()
                    .iter()
                    .all(|(name, ty)| same_or_possible(from, ty, true) || to.is_optional(name))
        }
        _ => false,
    }
}

fn same_or_possible(from: &Type, to: &Type, lossy: bool) -> bool {
    from == to || possible(from, to, lossy)
}

fn objects(from: &ObjectType, to: &ObjectType, lossy: bool) -> bool {
    to.attributes().iter().all(|(name, ty)| match from.attribute(name) {
        Some(own) => same_or_possible(own, ty, lossy),
        None => to.is_optional(name),
    })
}

/// Whether parts of different types can become elements of one type. Where any type will do they
/// must have one in common, which for maps may be one that is not known yet.
fn elements(parts: &[Type], to: &Type, lossy: bool, is_map: bool) -> bool {
    if parts.is_empty() {
        return true;
    }
    if *to != Type::Dynamic {
        return parts.iter().all(|part| same_or_possible(part, to, lossy));
    }
    match unify_as(parts, lossy) {
        None => false,
        Some(Type::Dynamic) => is_map || parts.iter().all(|part| *part == Type::Dynamic),
        Some(common) => parts.iter().all(|part| same_or_possible(part, &common, lossy)),
    }
}
