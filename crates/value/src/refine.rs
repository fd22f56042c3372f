//! Knowing more of a value that is not known.
//!
//! Responsible for joining limits and for seeing when they leave one value only.

use std::sync::Arc;

use crate::{Kind, Number, Refinement, Type, Value};

/// Longest list that is made of unknown elements when its length turns out to be known. Lengths come
/// from providers, and one of 2^60 must not exhaust memory.
const LONGEST_EXPANSION: u64 = 65_536;

impl Value {
    /// The value within further limits. A known value stays what it is; so does one whose type is not
    /// known. What does not apply to the type is left out; where only one value is left it is that.
    #[must_use]
    pub fn refine(&self, limits: &Refinement) -> Value {
        let Kind::Unknown(ty, own) = self.kind() else { return self.clone() };
        if *ty == Type::Dynamic {
            return self.clone();
        }
        let joined = join(own.as_deref(), limits, ty);
        let refined = collapse(ty, &joined).unwrap_or_else(|| Value::unknown_within(ty.clone(), joined));
        refined.with_marks(self.marks())
    }

    /// The value with the knowledge that it is not null.
    #[must_use]
    pub fn refine_not_null(&self) -> Value {
        if self.is_surely_not_null() { self.clone() } else { self.refine(&Refinement::not_null()) }
    }

    /// A text that is not known but for how it begins. The prefix must not be able to combine with
    /// what follows it.
    pub fn unknown_with_prefix(prefix: impl Into<Arc<str>>) -> Value {
        Value::unknown_refined(
            Type::String,
            Refinement { not_null: true, string_prefix: Some(prefix.into()), ..Refinement::default() },
        )
    }

    /// Least and greatest number that it may be, if it is a number or may turn out to be one.
    pub(crate) fn number_range(&self) -> Option<(Number, Number)> {
        match self.kind() {
            Kind::Number(number) => Some((number.clone(), number.clone())),
            Kind::Unknown(Type::Number, limits) => {
                let limits = limits.as_deref();
                let minimum = limits.and_then(|limits| limits.number_min.as_ref());
                let maximum = limits.and_then(|limits| limits.number_max.as_ref());
                Some((
                    minimum.map_or(Number::NEGATIVE_INFINITY, |(number, _)| number.clone()),
                    maximum.map_or(Number::INFINITY, |(number, _)| number.clone()),
                ))
            }
            _ => None,
        }
    }
}

fn join(own: Option<&Refinement>, limits: &Refinement, ty: &Type) -> Refinement {
    let mut joined = own.cloned().unwrap_or_default();
    joined.not_null |= limits.not_null;
    match ty {
        Type::String => join_prefix(&mut joined, limits),
        Type::Number => join_numbers(&mut joined, limits),
        Type::List(_) | Type::Set(_) | Type::Map(_) => {
            let minimum = limits.length_min.filter(|minimum| *minimum > 0);
            // The greatest integer is how peers say that there is no limit.
            let maximum = limits.length_max.filter(|maximum| *maximum < i64::MAX as u64);
            joined.length_min = joined.length_min.max(minimum);
            joined.length_max = match (joined.length_max, maximum) {
                (Some(one), Some(two)) => Some(one.min(two)),
                (one, two) => one.or(two),
            };
        }
        Type::Dynamic | Type::Bool | Type::Tuple(_) | Type::Object(_) => {}
    }
    joined
}

fn join_prefix(joined: &mut Refinement, limits: &Refinement) {
    let length = |prefix: &Option<Arc<str>>| prefix.as_ref().map_or(0, |prefix| prefix.len());
    if length(&limits.string_prefix) > length(&joined.string_prefix) {
        joined.string_prefix.clone_from(&limits.string_prefix);
    }
}

fn join_numbers(joined: &mut Refinement, limits: &Refinement) {
    if let Some((minimum, inclusive)) = limits.number_min.as_ref().filter(|limit| limit.0.is_finite()) {
        let tighter = joined.number_min.as_ref().is_none_or(|(own, own_inclusive)| {
            minimum > own || (minimum == own && *own_inclusive && !inclusive)
        });
        if tighter {
            joined.number_min = Some((minimum.clone(), *inclusive));
        }
    }
    if let Some((maximum, inclusive)) = limits.number_max.as_ref().filter(|limit| limit.0.is_finite()) {
        let tighter = joined.number_max.as_ref().is_none_or(|(own, own_inclusive)| {
            maximum < own || (maximum == own && *own_inclusive && !inclusive)
        });
        if tighter {
            joined.number_max = Some((maximum.clone(), *inclusive));
        }
    }
}

/// The value that the limits leave, where it is but one, or a known collection of unknown elements.
fn collapse(ty: &Type, limits: &Refinement) -> Option<Value> {
    if !limits.not_null {
        return None;
    }
    if let (Some((minimum, true)), Some((maximum, true))) = (&limits.number_min, &limits.number_max) {
        return (minimum == maximum).then(|| Value::number(minimum.clone()));
    }
    let length = limits.length_max?;
    if length != limits.length_min.unwrap_or(0) {
        return None;
    }
    match (ty, length) {
        (Type::List(element), 0) => Some(Value::list((**element).clone(), [])),
        (Type::Set(element), 0) => Some(Value::set((**element).clone(), [])),
        (Type::Map(element), 0) => Some(Value::map::<Arc<str>>((**element).clone(), [])),
        (Type::List(element), 1..=LONGEST_EXPANSION) => {
            let unknown = Value::unknown((**element).clone());
            Some(Value::list((**element).clone(), std::iter::repeat_n(unknown, length as usize)))
        }
        (Type::Set(element), 1) => {
            Some(Value::set((**element).clone(), [Value::unknown((**element).clone())]))
        }
        _ => None,
    }
}
