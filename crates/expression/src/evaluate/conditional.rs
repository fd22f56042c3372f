//! `condition ? a : b`.

use plumb_diagnostics::Diagnostic;
use plumb_value::{Kind, Refinement, Type, Value, convert_to_common, unify};

use super::{Evaluator, truth};
use crate::node::{Conditional, Node};

impl Evaluator<'_> {
    pub(super) fn conditional(&mut self, choice: &Conditional, node: &Node) -> Value {
        // Both sides are evaluated, for the type of the result depends on both; errors only count
        // on the side that is chosen.
        let start = self.found.len();
        let when_true = self.node(&choice.when_true);
        let true_errors = self.take_since(start);
        let when_false = self.node(&choice.when_false);
        let false_errors = self.take_since(start);

        let types = [when_true.ty(), when_false.ty()];
        let Some(ty) = common_type(&when_true, &when_false, &types) else {
            let detail = format!(
                "The true and false result expressions must have consistent types. {}.",
                mismatch(&types[0], &types[1])
            );
            let error = Diagnostic::error("Inconsistent conditional result types", detail)
                .at(choice.when_true.span.to(choice.when_false.span))
                .within(node.span);
            return self.fail(error, node);
        };

        let condition = self.node(&choice.condition);
        let marks = condition.marks() | when_true.marks() | when_false.marks();
        if condition.is_null() {
            let error = Diagnostic::error(
                "Null condition",
                "The condition value is null. Conditions must either be true or false.",
            );
            self.fail(error.at(choice.condition.span).within(node.span), &choice.condition);
            return Value::unknown(ty);
        }
        if !condition.is_known() {
            return either(&when_true, &when_false, ty).with_marks(marks);
        }
        let (chosen, errors, side, name) = match truth(&condition) {
            Ok(Some(true)) => (when_true, true_errors, &choice.when_true, "true"),
            Ok(_) => (when_false, false_errors, &choice.when_false, "false"),
            Err(_) => {
                let found = match condition.as_text() {
                    Some(text) if condition.marks().is_empty() => format!("the text {text:?}"),
                    _ => condition.ty().friendly_name(),
                };
                let detail =
                    format!("The condition must be of type bool, either true or false, and not {found}.");
                let error = Diagnostic::error("Incorrect condition type", detail);
                self.fail(error.at(choice.condition.span).within(node.span), &choice.condition);
                return Value::unknown(ty);
            }
        };
        self.found.extend(errors);
        let converted =
            if ty == Type::Dynamic { Ok(chosen) } else { convert_to_common(&chosen, &types, &ty) };
        let value = converted.unwrap_or_else(|error| {
            let detail = format!("The {name} result value has the wrong type: {error}.");
            let error = Diagnostic::error("Inconsistent conditional result types", detail);
            self.fail(error.at(side.span).within(node.span), side);
            Value::unknown(ty)
        });
        value.with_marks(marks)
    }
}

/// The type that both sides take; dynamic where one of them may yet be anything.
fn common_type(one: &Value, two: &Value, types: &[Type; 2]) -> Option<Type> {
    let is_bare_null =
        |value: &Value| matches!(value.kind(), Kind::Null(Type::Dynamic)) && value.marks().is_empty();
    if is_bare_null(one) {
        Some(types[1].clone())
    } else if is_bare_null(two) {
        Some(types[0].clone())
    } else if types.contains(&Type::Dynamic) {
        Some(Type::Dynamic)
    } else {
        unify(types)
    }
}

/// What is known of the result while the condition is not.
fn either(one: &Value, two: &Value, ty: Type) -> Value {
    if one.is_null() && two.is_null() {
        return Value::null(ty);
    }
    let mut limits = Refinement::default();
    if one.is_surely_not_null() && two.is_surely_not_null() {
        limits.not_null = true;
    }
    match (one.ty(), two.ty()) {
        (Type::Number, Type::Number) => {
            limits.number_min = wider(lower(one), lower(two), |one, two| one < two);
            limits.number_max = wider(upper(one), upper(two), |one, two| one > two);
        }
        (left, right) if left.is_collection() && left == right => {
            let ((low, high), (other_low, other_high)) = (lengths(one), lengths(two));
            limits.length_min = Some(low.min(other_low)).filter(|low| *low > 0);
            limits.length_max = high.zip(other_high).map(|(one, two)| one.max(two));
        }
        _ => {}
    }
    Value::unknown(ty).refine(&limits)
}

type Bound = Option<(plumb_value::Number, bool)>;

fn lower(value: &Value) -> Bound {
    match value.as_number() {
        Some(number) => Some((number.clone(), true)),
        None => value.refinement().and_then(|limits| limits.number_min.clone()),
    }
}

fn upper(value: &Value) -> Bound {
    match value.as_number() {
        Some(number) => Some((number.clone(), true)),
        None => value.refinement().and_then(|limits| limits.number_max.clone()),
    }
}

/// The bound that allows more; none where one of them is missing.
fn wider(
    one: Bound,
    two: Bound,
    is_wider: impl Fn(&plumb_value::Number, &plumb_value::Number) -> bool,
) -> Bound {
    let ((one, one_inclusive), (two, two_inclusive)) = (one?, two?);
    if one == two {
        Some((one, one_inclusive || two_inclusive))
    } else if is_wider(&one, &two) {
        Some((one, one_inclusive))
    } else {
        Some((two, two_inclusive))
    }
}

/// Least and greatest number of elements.
pub(super) fn lengths(value: &Value) -> (u64, Option<u64>) {
    match (value.kind(), value.len()) {
        // Unknown elements of a set may turn out to be the same.
        (Kind::Set(..), Some(length)) if !value.is_wholly_known() => {
            (1.min(length as u64), Some(length as u64))
        }
        (_, Some(length)) => (length as u64, Some(length as u64)),
        _ => {
            let limits = value.refinement();
            let minimum = limits.and_then(|limits| limits.length_min).unwrap_or(0);
            (minimum, limits.and_then(|limits| limits.length_max))
        }
    }
}

/// In what two types differ that have nothing in common.
fn mismatch(one: &Type, two: &Type) -> String {
    match (one, two) {
        (Type::Object(left), Type::Object(right)) => {
            for (name, ty) in left.attributes() {
                match right.attribute(name) {
                    None => {
                        return format!(
                            "The 'true' value includes object attribute \"{name}\", which is absent in the 'false' value"
                        );
                    }
                    Some(other) if other != ty => {
                        return format!(
                            "Type mismatch for object attribute \"{name}\": {}",
                            mismatch(ty, other)
                        );
                    }
                    Some(_) => {}
                }
            }
            for (name, _) in right.attributes() {
                if left.attribute(name).is_none() {
                    return format!(
                        "The 'false' value includes object attribute \"{name}\", which is absent in the 'true' value"
                    );
                }
            }
        }
        (Type::Tuple(left), Type::Tuple(right)) if left.len() != right.len() => {
            return format!(
                "The 'true' tuple has length {}, but the 'false' tuple has length {}",
                left.len(),
                right.len()
            );
        }
        (Type::Tuple(left), Type::Tuple(right)) => {
            if let Some(at) = left.iter().zip(right.iter()).position(|(one, two)| one != two) {
                return format!("Type mismatch for tuple element {at}: {}", mismatch(&left[at], &right[at]));
            }
        }
        (Type::List(left), Type::List(right)) if are_structures(left, right) => {
            return format!("Mismatched list element types: {}", mismatch(left, right));
        }
        (Type::Set(left), Type::Set(right)) if are_structures(left, right) => {
            return format!("Mismatched set element types: {}", mismatch(left, right));
        }
        (Type::Map(left), Type::Map(right)) if are_structures(left, right) => {
            return format!("Mismatched map element types: {}", mismatch(left, right));
        }
        _ => {}
    }
    let (one, two) = (one.friendly_name(), two.friendly_name());
    if one == two {
        return "At least one deeply-nested attribute or element is not compatible across both the 'true' and the \
                'false' value"
            .to_owned();
    }
    format!("The 'true' value is {one}, but the 'false' value is {two}")
}

fn are_structures(one: &Type, two: &Type) -> bool {
    matches!((one, two), (Type::Object(_), Type::Object(_)) | (Type::Tuple(_), Type::Tuple(_)))
}
