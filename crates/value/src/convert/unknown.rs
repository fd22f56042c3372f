//! What is known of the conversion of a value that is not known.

use super::unify::unify;
use crate::{ObjectType, Refinement, Type, Value};

/// The unknown value of the wanted type, with what carries over of what is known.
pub(super) fn convert_unknown(value: &Value, from: &Type, to: &Type) -> Value {
    let ty = fill_dynamic(from, to);
    let known = value.refinement();
    let mut refinement = Refinement { not_null: value.is_surely_not_null(), ..Refinement::default() };
    match (from, &ty) {
        (Type::Object(from), Type::Map(_)) => exactly(&mut refinement, from.attributes().len()),
        (Type::Tuple(from), Type::List(_)) => exactly(&mut refinement, from.len()),
        (Type::Tuple(from), Type::Set(_)) => match from.len() {
            length @ (0 | 1) => exactly(&mut refinement, length),
            length => {
                // Elements may turn out to be equal, but not so that none is left.
                refinement.length_min = Some(1);
                refinement.length_max = Some(length as u64);
            }
        },
        (Type::List(_) | Type::Set(_) | Type::Map(_), Type::List(_) | Type::Set(_) | Type::Map(_)) => {
            let minimum = known.and_then(|known| known.length_min).filter(|minimum| *minimum > 0);
            let coalesces = matches!(ty, Type::Set(_));
            refinement.length_min = if coalesces { minimum.map(|_| 1) } else { minimum };
            refinement.length_max = known.and_then(|known| known.length_max);
        }
        _ => {}
    }
    Value::unknown(ty).refine(&refinement)
}

fn exactly(refinement: &mut Refinement, length: usize) {
    refinement.length_min = Some(length as u64).filter(|length| *length > 0);
    refinement.length_max = Some(length as u64);
}

/// The wanted type with the own one in the places where any type will do.
pub(super) fn fill_dynamic(from: &Type, to: &Type) -> Type {
    if *from == Type::Dynamic || !to.has_dynamic() {
        return to.clone();
    }
    match (from, to) {
        (_, Type::Dynamic) => from.clone(),
        (Type::Map(from), Type::Map(to)) => Type::map(fill_dynamic(from, to)),
        (Type::Object(from), Type::Map(to)) => {
            let types: Vec<Type> = from.attributes().iter().map(|(_, ty)| ty.clone()).collect();
            Type::map(fill_common(&types, to))
        }
        (Type::List(from) | Type::Set(from), Type::List(to)) => Type::list(fill_dynamic(from, to)),
        (Type::List(from) | Type::Set(from), Type::Set(to)) => Type::set(fill_dynamic(from, to)),
        (Type::Tuple(from), Type::List(to)) => Type::list(fill_common(from, to)),
        (Type::Tuple(from), Type::Set(to)) => Type::set(fill_common(from, to)),
        (Type::Tuple(from), Type::Tuple(to)) if from.len() == to.len() => {
            Type::tuple(from.iter().zip(to.iter()).map(|(from, to)| fill_dynamic(from, to)))
        }
        (Type::Map(element), Type::Object(to)) => fill_object(to, |_| Some(element)),
        (Type::Object(from), Type::Object(to)) => fill_object(to, |name| from.attribute(name)),
        _ => to.clone(),
    }
}

fn fill_common(types: &[Type], to: &Type) -> Type {
    unify(types).map_or_else(|| to.clone(), |common| fill_dynamic(&common, to))
}

fn fill_object<'a>(to: &ObjectType, from: impl Fn(&str) -> Option<&'a Type>) -> Type {
    Type::object(to.attributes().iter().map(|(name, ty)| {
        let filled = from(name).map_or_else(|| ty.clone(), |from| fill_dynamic(from, ty));
        (name.clone(), filled)
    }))
}
