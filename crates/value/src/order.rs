//! The order of the elements of a set.
//!
//! Responsible for listing sets the way the peers do, which is what state files, `tolist` and `for`
//! show: primitives by value, everything else by the bytes of a digest text, unknowns behind those,
//! nulls last. Values of equal digests (numbers that differ past ten digits) follow by value, so
//! that a set has one order however it was made.

use std::cmp::Ordering;

use crate::quote::quote_into;
use crate::{Kind, Value};

/// Where a value stands among the elements of a set.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Primitive,
    Composite(String),
    Unknown,
    Null,
}

impl Value {
    /// Order in which sets list their elements; marks do not count. Total on values of one type.
    pub fn set_order(&self, other: &Value) -> Ordering {
        place(self).cmp(&place(other)).then_with(|| structural(self, other))
    }
}

/// In set order; each digest is made once.
pub(crate) fn sorted(values: Vec<Value>) -> Vec<Value> {
    if values.len() < 2 {
        return values;
    }
    let mut placed: Vec<(Place, Value)> = values.into_iter().map(|value| (place(&value), value)).collect();
    placed.sort_by(|(one, left), (two, right)| one.cmp(two).then_with(|| structural(left, right)));
    placed.into_iter().map(|(_, value)| value).collect()
}

fn place(value: &Value) -> Place {
    match value.kind() {
        Kind::Unknown(..) => Place::Unknown,
        Kind::Null(_) => Place::Null,
        Kind::Bool(_) | Kind::Number(_) | Kind::String(_) => Place::Primitive,
        Kind::List(..) | Kind::Set(..) | Kind::Map(..) | Kind::Tuple(..) | Kind::Object(..) => {
            let mut digest = String::new();
            write_digest(value, &mut digest);
            Place::Composite(digest)
        }
    }
}

fn write_digest(value: &Value, digest: &mut String) {
    match value.kind() {
        Kind::Unknown(..) => digest.push('?'),
        Kind::Null(_) => digest.push('~'),
        Kind::Bool(true) => digest.push('T'),
        Kind::Bool(false) => digest.push('F'),
        Kind::Number(number) => digest.push_str(&number.ten_digits()),
        Kind::String(text) => quote_into(text, digest),
        Kind::Map(_, entries) => {
            digest.push('{');
            for (key, value) in entries.iter() {
                quote_into(key, digest);
                digest.push(':');
                write_digest(value, digest);
                digest.push(';');
            }
            digest.push('}');
        }
        Kind::List(_, values) | Kind::Set(_, values) => write_digests('[', values, ']', digest),
        Kind::Tuple(_, values) | Kind::Object(_, values) => write_digests('<', values, '>', digest),
    }
}

fn write_digests(open: char, values: &[Value], close: char, digest: &mut String) {
    digest.push(open);
    for value in values {
        write_digest(value, digest);
        digest.push(';');
    }
    digest.push(close);
}

/// Order by value where the digests are alike.
fn structural(one: &Value, two: &Value) -> Ordering {
    match (one.kind(), two.kind()) {
        (Kind::Bool(one), Kind::Bool(two)) => one.cmp(two),
        (Kind::Number(one), Kind::Number(two)) => one.cmp(two),
        (Kind::String(one), Kind::String(two)) => one.cmp(two),
        (Kind::Null(one), Kind::Null(two)) => one.cmp(two),
        (Kind::Unknown(one, limits), Kind::Unknown(two, other_limits)) => {
            one.cmp(two).then_with(|| limits.cmp(other_limits))
        }
        _ => {
            let (parts, other_parts) = (one.parts(), two.parts());
            let unequal = parts.iter().zip(&other_parts).map(|(one, two)| structural(one, two));
            unequal
                .into_iter()
                .find(|order| order.is_ne())
                .unwrap_or_else(|| parts.len().cmp(&other_parts.len()))
                .then_with(|| rank(one).cmp(&rank(two)))
                .then_with(|| keys(one).cmp(&keys(two)))
        }
    }
}

fn rank(value: &Value) -> u8 {
    match value.kind() {
        Kind::Bool(_) => 0,
        Kind::Number(_) => 1,
        Kind::String(_) => 2,
        Kind::List(..) => 3,
        Kind::Set(..) => 4,
        Kind::Map(..) => 5,
        Kind::Tuple(..) => 6,
        Kind::Object(..) => 7,
        Kind::Null(_) => 8,
        Kind::Unknown(..) => 9,
    }
}

fn keys(value: &Value) -> Vec<&str> {
    value.entries().map(|entries| entries.into_iter().map(|(key, _)| &**key).collect()).unwrap_or_default()
}
