//! The type that several types have in common.
//!
//! Used wherever values of different types meet: the branches of a condition, elements that become
//! a list, a map made from an object.

use super::possible::possible;
use crate::{ObjectType, Type};

/// The most particular type that values of all these types can be converted to, some of them
/// perhaps with an error. `None` if there is none or no type is given.
pub fn unify(types: &[Type]) -> Option<Type> {
    unify_as(types, true)
}

/// Like [`unify`], with conversions only that cannot fail.
pub fn unify_safely(types: &[Type]) -> Option<Type> {
    unify_as(types, false)
}

/// The collection that an object or a tuple becomes on its way to the type that it has in common with maps or
/// lists; nothing where it becomes that at once.
pub(super) fn stop_on_the_way(from: &Type, types: &[Type], common: &Type) -> Option<Type> {
    let (is_structural, to_collection): (fn(&Type) -> bool, fn(&[Type], bool) -> Option<Type>) =
        match (from, common) {
            (Type::Object(_), Type::Map(_)) => (|ty| matches!(ty, Type::Object(_)), objects_to_map),
            (Type::Tuple(_), Type::List(_)) => (|ty| matches!(ty, Type::Tuple(_)), tuples_to_list),
            _ => return None,
        };
    if types.iter().all(is_structural) {
        return None;
    }
    let structural: Vec<Type> = types.iter().filter(|ty| is_structural(ty)).cloned().collect();
    to_collection(&structural, true).filter(|stop| stop != common)
}

pub(super) fn unify_as(types: &[Type], lossy: bool) -> Option<Type> {
    let first = types.first()?;
    if types.iter().all(|ty| ty == first) {
        return Some(first.clone());
    }
    // Equal types say nothing new, and there may be many.
    let types = distinct(types);
    let count = |is: fn(&Type) -> bool| types.iter().filter(|ty| is(ty)).count();
    let all = types.len();
    let dynamic = count(|ty| *ty == Type::Dynamic);
    let maps = count(|ty| matches!(ty, Type::Map(_)));
    let lists = count(|ty| matches!(ty, Type::List(_)));
    let sets = count(|ty| matches!(ty, Type::Set(_)));
    let objects = count(|ty| matches!(ty, Type::Object(_)));
    let tuples = count(|ty| matches!(ty, Type::Tuple(_)));
    let only = |number: usize| number > 0 && number + dynamic == all;
    if only(maps) || only(lists) || only(sets) || only(objects) || only(tuples) {
        if dynamic > 0 {
            // What the unknown type will be decides what comes out.
            return Some(Type::Dynamic);
        }
        return match &types[0] {
            Type::Object(_) => unify_objects(&types, lossy),
            Type::Tuple(_) => unify_tuples(&types, lossy),
            Type::Map(_) => unify_elements(&types, lossy).map(Type::map),
            Type::List(_) => unify_elements(&types, lossy).map(Type::list),
            _ => unify_elements(&types, lossy).map(Type::set),
        };
    }
    if maps > 0 && maps + objects + dynamic == all {
        if let Some(common) =
            unify_as_collection(&types, lossy, |ty| matches!(ty, Type::Object(_)), objects_to_map)
        {
            return Some(common);
        }
    } else if lists > 0 && lists + tuples + dynamic == all {
        if let Some(common) =
            unify_as_collection(&types, lossy, |ty| matches!(ty, Type::Tuple(_)), tuples_to_list)
        {
            return Some(common);
        }
    } else if objects > 0 && tuples > 0 {
        return None;
    }
    let convertible = |wanted: &Type| types.iter().all(|ty| ty == wanted || possible(ty, wanted, lossy));
    by_preference(&types).into_iter().map(|index| &types[index]).find(|wanted| convertible(wanted)).cloned()
}

fn distinct(types: &[Type]) -> Vec<Type> {
    let mut seen = std::collections::HashSet::new();
    types.iter().filter(|ty| seen.insert(*ty)).cloned().collect()
}

/// Structural types beside collections are often collections in disguise.
fn unify_as_collection(
    types: &[Type],
    lossy: bool,
    is_structural: fn(&Type) -> bool,
    to_collection: fn(&[Type], bool) -> Option<Type>,
) -> Option<Type> {
    let structural: Vec<Type> = types.iter().filter(|ty| is_structural(ty)).cloned().collect();
    let collection = to_collection(&structural, lossy)?;
    let replaced: Vec<Type> =
        types.iter().map(|ty| if is_structural(ty) { collection.clone() } else { ty.clone() }).collect();
    unify_as(&replaced, lossy).filter(Type::is_collection)
}

fn unify_elements(types: &[Type], lossy: bool) -> Option<Type> {
    let elements: Vec<Type> = types.iter().filter_map(Type::element).cloned().collect();
    unify_as(&elements, lossy)
}

fn unify_objects(types: &[Type], lossy: bool) -> Option<Type> {
    let objects: Vec<&ObjectType> = types
        .iter()
        .filter_map(|ty| match ty {
            Type::Object(object) => Some(&**object),
            _ => None,
        })
        .collect();
    let names =
        |object: &ObjectType| object.attributes().iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    let common_names = names(objects.first()?);
    if objects.iter().any(|object| names(object) != common_names) {
        return objects_to_map(types, lossy);
    }
    let mut attributes = Vec::with_capacity(common_names.len());
    for (position, name) in common_names.into_iter().enumerate() {
        let across: Vec<Type> =
            objects.iter().map(|object| object.attributes()[position].1.clone()).collect();
        attributes.push((name, unify_as(&across, lossy)?));
    }
    let common = Type::object(attributes);
    if reachable(types, &common, lossy) { Some(common) } else { objects_to_map(types, lossy) }
}

fn unify_tuples(types: &[Type], lossy: bool) -> Option<Type> {
    let tuples: Vec<&[Type]> = types.iter().filter_map(tuple_elements).collect();
    let length = tuples.first()?.len();
    if tuples.iter().any(|tuple| tuple.len() != length) {
        return tuples_to_list(types, lossy);
    }
    let mut elements = Vec::with_capacity(length);
    for position in 0..length {
        let across: Vec<Type> = tuples.iter().map(|tuple| tuple[position].clone()).collect();
        elements.push(unify_as(&across, lossy)?);
    }
    let common = Type::tuple(elements);
    if reachable(types, &common, lossy) { Some(common) } else { tuples_to_list(types, lossy) }
}

fn tuple_elements(ty: &Type) -> Option<&[Type]> {
    match ty {
        Type::Tuple(elements) => Some(elements),
        _ => None,
    }
}

fn objects_to_map(types: &[Type], lossy: bool) -> Option<Type> {
    let mut all = Vec::new();
    for ty in types {
        if let Type::Object(object) = ty {
            all.extend(object.attributes().iter().map(|(_, ty)| ty.clone()));
        }
    }
    let common = Type::map(unify_as(&all, lossy)?);
    reachable(types, &common, lossy).then_some(common)
}

fn tuples_to_list(types: &[Type], lossy: bool) -> Option<Type> {
    let all: Vec<Type> = types.iter().filter_map(tuple_elements).flatten().cloned().collect();
    let common = Type::list(unify_as(&all, lossy)?);
    reachable(types, &common, lossy).then_some(common)
}

fn reachable(types: &[Type], common: &Type, lossy: bool) -> bool {
    types.iter().all(|ty| ty == common || possible(ty, common, lossy))
}

/// Indices of the types, more general ones first, otherwise in the given order.
fn by_preference(types: &[Type]) -> Vec<usize> {
    let mut waiting = vec![0usize; types.len()];
    let mut below: Vec<Vec<usize>> = vec![Vec::new(); types.len()];
    for one in 0..types.len() {
        for two in one + 1..types.len() {
            match generality(&types[one], &types[two]) {
                0 => {}
                order if order < 0 => {
                    below[one].push(two);
                    waiting[two] += 1;
                }
                _ => {
                    below[two].push(one);
                    waiting[one] += 1;
                }
            }
        }
    }
    let mut order: Vec<usize> = (0..types.len()).filter(|index| waiting[*index] == 0).collect();
    let mut next = 0;
    while next < order.len() {
        for &index in &below[order[next]] {
            waiting[index] -= 1;
            if waiting[index] == 0 {
                order.push(index);
            }
        }
        next += 1;
    }
    order
}

/// Negative if the first is the more general, positive if the second, zero if neither.
fn generality(one: &Type, two: &Type) -> i32 {
    match (one, two) {
        (Type::Dynamic, Type::Dynamic) | (Type::String, Type::String) => 0,
        (Type::Dynamic, _) => 1,
        (_, Type::Dynamic) => -1,
        (Type::String, two) if two.is_primitive() => -1,
        (one, Type::String) if one.is_primitive() => 1,
        (Type::List(one), Type::List(two))
        | (Type::Set(one), Type::Set(two))
        | (Type::Map(one), Type::Map(two)) => generality(one, two),
        (Type::List(_) | Type::Tuple(_), Type::Set(_))
        | (Type::List(_), Type::Tuple(_))
        | (Type::Map(_), Type::Object(_)) => -1,
        (Type::Set(_), Type::List(_) | Type::Tuple(_))
        | (Type::Tuple(_), Type::List(_))
        | (Type::Object(_), Type::Map(_)) => 1,
        (Type::Object(one), Type::Object(two)) if one.attributes().len() == two.attributes().len() => {
            let pairs = one.attributes().iter().zip(two.attributes());
            if pairs.clone().any(|((name, _), (other, _))| name != other) {
                return 0;
            }
            overall(pairs.map(|((_, one), (_, two))| generality(one, two)))
        }
        (Type::Tuple(one), Type::Tuple(two)) if one.len() == two.len() => {
            overall(one.iter().zip(two.iter()).map(|(one, two)| generality(one, two)))
        }
        _ => 0,
    }
}

fn overall(orders: impl Iterator<Item = i32>) -> i32 {
    let (mut first, mut second) = (false, false);
    for order in orders {
        first |= order < 0;
        second |= order > 0;
    }
    i32::from(second) - i32::from(first)
}
