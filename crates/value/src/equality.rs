//! The language's `==`.
//!
//! Responsible for saying whether two values are equal, are not, or may turn out to be either.

use crate::{Kind, Marks, Type, Value};

impl Value {
    /// Whether both are equal: a bool that is never null, unknown where that cannot be told yet,
    /// with the marks of both. Values of different types are different; all nulls are equal.
    pub fn equals(&self, other: &Value) -> Value {
        let marks = if self.is_null() == other.is_null() {
            self.deep_marks() | other.deep_marks()
        } else {
            // What is inside does not matter to whether it is null.
            self.marks() | other.marks()
        };
        tentative(equality(self, other)).with_marks(marks)
    }

    /// The opposite of [`Value::equals`].
    pub fn not_equals(&self, other: &Value) -> Value {
        let marks = self.equals(other).marks();
        tentative(equality(self, other).map(|equal| !equal)).with_marks(marks)
    }

    /// Whether a set has an element: unknown where that cannot be told yet.
    pub fn has_element(&self, element: &Value) -> Value {
        let marks = self.marks() | element.deep_marks();
        let plain = element.unmark_deep();
        tentative(membership(self, &plain)).with_marks(marks)
    }

    /// Whether no type inside can turn out to be another one.
    fn has_certain_type(&self) -> bool {
        self.is_wholly_known()
            || match self.kind() {
                Kind::Unknown(ty, _) => *ty != Type::Dynamic,
                _ => self.parts().iter().all(|part| part.has_certain_type()),
            }
    }
}

/// A bool that may not be known yet but is not null.
pub(crate) fn tentative(answer: Option<bool>) -> Value {
    match answer {
        Some(answer) => Value::bool(answer),
        None => Value::unknown(Type::Bool).refine_not_null(),
    }
}

fn membership(set: &Value, element: &Value) -> Option<bool> {
    let Kind::Set(ty, elements) = set.kind() else {
        return if set.is_null() { Some(false) } else { None };
    };
    if element.ty() != Type::Dynamic && **ty != Type::Dynamic && !element.is_of_type(ty) {
        return Some(false);
    }
    if !element.is_known() {
        return None;
    }
    // Unknown elements are last in the order, wherever the known ones are found.
    let found = elements.binary_search_by(|candidate| candidate.set_order(element)).is_ok();
    if found && element.is_wholly_known() {
        return Some(true);
    }
    if set.is_wholly_known() { Some(false) } else { None }
}

/// Whether both are equal, marks aside; `None` if it cannot be told yet.
fn equality(one: &Value, two: &Value) -> Option<bool> {
    if (one.is_null() && two.is_surely_not_null()) || (two.is_null() && one.is_surely_not_null()) {
        return Some(false);
    }
    match (one.is_known(), two.is_known()) {
        (false, false) => return None,
        (true, false) => return known_and_unknown(one, two),
        (false, true) => return known_and_unknown(two, one),
        (true, true) => {}
    }
    if one.is_null() || two.is_null() {
        return Some(one.is_null() && two.is_null());
    }
    let (ty, other_ty) = (one.ty(), two.ty());
    if !one.has_certain_type() || !two.has_certain_type() {
        return if ty.conforms_to(&other_ty) || other_ty.conforms_to(&ty) { None } else { Some(false) };
    }
    if ty != other_ty {
        return Some(false);
    }
    parts_equality(one, two)
}

/// An unknown value may equal a known one only within its limits. What inside of the known one is of no certain
/// type yet counts as not conforming to a type that is: so the peers have it, and whether a count is known
/// must not depend on the tool.
fn known_and_unknown(known: &Value, unknown: &Value) -> Option<bool> {
    let is_of_other_type = !known.is_null() && !known.ty().conforms_to(&unknown.ty());
    if is_of_other_type || is_outside(known, unknown) { Some(false) } else { None }
}

fn is_outside(known: &Value, unknown: &Value) -> bool {
    let Some(limits) = unknown.refinement() else { return false };
    match known.kind() {
        Kind::Null(_) => limits.not_null,
        Kind::String(text) => {
            limits.string_prefix.as_ref().is_some_and(|prefix| !text.starts_with(&**prefix))
        }
        Kind::Number(number) => {
            let below = |(minimum, inclusive): &(_, bool)| {
                if *inclusive { number < minimum } else { number <= minimum }
            };
            let above = |(maximum, inclusive): &(_, bool)| {
                if *inclusive { number > maximum } else { number >= maximum }
            };
            limits.number_min.as_ref().is_some_and(below) || limits.number_max.as_ref().is_some_and(above)
        }
        Kind::List(..) | Kind::Set(..) | Kind::Map(..) => {
            let Some(length) = known.len() else { return false };
            let length = length as u64;
            // Elements of a set that are not known yet may turn out to be equal to others.
            let certain = !matches!(known.kind(), Kind::Set(..)) || known.is_wholly_known();
            limits.length_min.is_some_and(|minimum| length < minimum)
                || limits.length_max.is_some_and(|maximum| certain && length > maximum)
        }
        Kind::Unknown(..) | Kind::Bool(_) | Kind::Tuple(..) | Kind::Object(..) => false,
    }
}

/// Of two known values of one type.
fn parts_equality(one: &Value, two: &Value) -> Option<bool> {
    if one.is_wholly_known() && two.is_wholly_known() {
        return Some(one.same(two));
    }
    if let (Kind::Set(..), Kind::Set(..)) = (one.kind(), two.kind()) {
        let has_unknown = |set: &Value| set.parts().iter().any(|part| !part.is_known());
        return if has_unknown(one) || has_unknown(two) { None } else { Some(false) };
    }
    if let (Kind::Map(_, one), Kind::Map(_, two)) = (one.kind(), two.kind())
        && (one.len() != two.len() || one.iter().zip(two.iter()).any(|(one, two)| one.0 != two.0))
    {
        return Some(false);
    }
    let (parts, other_parts) = (one.parts(), two.parts());
    if parts.len() != other_parts.len() {
        return Some(false);
    }
    let by_name = matches!(one.kind(), Kind::Object(..) | Kind::Map(..));
    let mut all_known = true;
    for (one, two) in parts.iter().zip(other_parts) {
        match equality(one, two) {
            Some(true) => {}
            Some(false) => return Some(false),
            // In a sequence the first one that is not known ends the comparison, as it always did.
            None if !by_name => return None,
            None => all_known = false,
        }
    }
    all_known.then_some(true)
}

/// Marks of all operands.
pub(crate) fn joint_marks(operands: &[&Value]) -> Marks {
    operands.iter().fold(Marks::NONE, |all, operand| all | operand.marks())
}
