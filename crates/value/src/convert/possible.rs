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
        (Type::Tuple(from), Type::List(to) | Type::Set(to)) => {
            elements(from.iter(), from.len(), to, lossy, false)
        }
        (Type::Object(from), Type::Map(to)) => {
            let attributes = from.attributes();
            elements(attributes.iter().map(|(_, ty)| ty), attributes.len(), to, lossy, true)
        }
        (Type::Map(from), Type::Object(to)) => {
            lossy
                && to.attributes().iter().all(|(name, ty)| same_or_possible(from, ty, true) || to.is_optional(name))
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
/// must have one in common.
fn elements<'a>(
    parts: impl Iterator<Item = &'a Type> + Clone,
    count: usize,
    to: &Type,
    lossy: bool,
    mixed: bool,
) -> bool {
    if count == 0 {
        return true;
    }
    if *to != Type::Dynamic {
        return parts.clone().all(|part| same_or_possible(part, to, lossy));
    }
    let types: Vec<Type> = parts.clone().cloned().collect();
    match unify_as(&types, lossy) {
        None => false,
        Some(Type::Dynamic) => mixed || types.iter().all(|ty| *ty == Type::Dynamic),
        Some(common) => types.iter().all(|part| same_or_possible(part, &common, lossy)),
    }
}
