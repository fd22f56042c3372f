//! Arithmetic, comparison and logic of values.
//!
//! Responsible for what operators give when operands are marked or not known: results carry the
//! marks of their operands, are never null, and are known as far as the operands' limits tell. Nulls
//! and operands of other types are errors; converting operands is the caller's work.

use crate::equality::{joint_marks, tentative};
use crate::{Kind, Number, Refinement, Type, Value};

/// Why an operation has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperationError {
    /// An operand is null.
    Null,
    /// An operand is not of the type that the operation is for.
    WrongType,
    /// There is no such number: opposite infinities added, zero divided by zero.
    Indeterminate,
}

impl std::fmt::Display for OperationError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            OperationError::Null => "an operand is null",
            OperationError::WrongType => "an operand is not of the type that the operation is for",
            OperationError::Indeterminate => "the result is not a number",
        })
    }
}

impl std::error::Error for OperationError {}

type Outcome = Result<Value, OperationError>;

impl Value {
    /// The sum.
    pub fn add(&self, other: &Value) -> Outcome {
        self.calculate(other, Number::add, true)
    }

    /// The difference.
    pub fn subtract(&self, other: &Value) -> Outcome {
        self.calculate(other, Number::subtract, true)
    }

    /// The product; zero if either is zero, even where the other is not known.
    pub fn multiply(&self, other: &Value) -> Outcome {
        let is_zero = |value: &Value| value.as_number().is_some_and(Number::is_zero);
        let one_unknown = self.is_known() != other.is_known();
        if one_unknown && (is_zero(self) || is_zero(other)) {
            operand(self, &Type::Number)?;
            operand(other, &Type::Number)?;
            return Ok(Value::number(0).with_marks(joint_marks(&[self, other])));
        }
        self.calculate(other, Number::multiply, true)
    }

    /// The quotient; an infinity where `other` is zero.
    pub fn divide(&self, other: &Value) -> Outcome {
        self.calculate(other, Number::divide, false)
    }

    /// The remainder; see [`Number::modulo`].
    pub fn modulo(&self, other: &Value) -> Outcome {
        self.calculate(other, Number::modulo, false)
    }

    /// The number with the other sign.
    pub fn negate(&self) -> Outcome {
        operand(self, &Type::Number)?;
        let result = match self.as_number() {
            Some(number) => Value::number(number.negate()),
            None => Value::unknown(Type::Number).refine_not_null(),
        };
        Ok(result.with_marks(self.marks()))
    }

    fn calculate(
        &self,
        other: &Value,
        operation: fn(&Number, &Number) -> Option<Number>,
        monotone: bool,
    ) -> Outcome {
        operand(self, &Type::Number)?;
        operand(other, &Type::Number)?;
        let result = match (self.as_number(), other.as_number()) {
            (Some(one), Some(two)) => {
                operation(one, two).map(Value::number).ok_or(OperationError::Indeterminate)?
            }
            _ => {
                let mut limits = Refinement::not_null();
                if monotone {
                    limit(&mut limits, self, other, operation);
                }
                Value::unknown_refined(Type::Number, limits)
            }
        };
        Ok(result.with_marks(joint_marks(&[self, other])))
    }

    /// Whether it is less.
    pub fn less_than(&self, other: &Value) -> Outcome {
        operand(self, &Type::Number)?;
        operand(other, &Type::Number)?;
        Ok(tentative(is_less(self, other)).with_marks(joint_marks(&[self, other])))
    }

    /// Whether it is greater.
    pub fn greater_than(&self, other: &Value) -> Outcome {
        other.less_than(self)
    }

    /// Whether it is less or equal.
    pub fn less_than_or_equal(&self, other: &Value) -> Outcome {
        self.less_than(other)?.or(&self.equals(other))
    }

    /// Whether it is greater or equal.
    pub fn greater_than_or_equal(&self, other: &Value) -> Outcome {
        other.less_than_or_equal(self)
    }

    /// Whether it is not so.
    pub fn not(&self) -> Outcome {
        operand(self, &Type::Bool)?;
        Ok(tentative(self.as_bool().map(|value| !value)).with_marks(self.marks()))
    }

    /// Whether both are so; a false one decides even where the other is not known.
    pub fn and(&self, other: &Value) -> Outcome {
        self.decide(other, false)
    }

    /// Whether one of them is so; a true one decides even where the other is not known.
    pub fn or(&self, other: &Value) -> Outcome {
        self.decide(other, true)
    }

    fn decide(&self, other: &Value, decisive: bool) -> Outcome {
        operand(self, &Type::Bool)?;
        operand(other, &Type::Bool)?;
        let answer = match (self.as_bool(), other.as_bool()) {
            (Some(one), _) | (_, Some(one)) if one == decisive => Some(decisive),
            (_, Some(two)) if two == decisive => Some(decisive),
            (Some(_), Some(_)) => Some(!decisive),
            _ => None,
        };
        Ok(tentative(answer).with_marks(joint_marks(&[self, other])))
    }
}

/// Checks that an operand is of the type, or may turn out to be.
fn operand(value: &Value, ty: &Type) -> Result<(), OperationError> {
    match value.kind() {
        Kind::Null(_) => Err(OperationError::Null),
        Kind::Unknown(Type::Dynamic, _) => Ok(()),
        _ if value.is_of_type(ty) => Ok(()),
        _ => Err(OperationError::WrongType),
    }
}

/// Whether one is less, as far as the limits of both tell.
fn is_less(one: &Value, two: &Value) -> Option<bool> {
    let (minimum, maximum) = one.number_range()?;
    let (other_minimum, other_maximum) = two.number_range()?;
    if one.is_known() && two.is_known() {
        return Some(minimum.compare_exactly(&other_minimum).is_lt());
    }
    if maximum.compare_exactly(&other_minimum).is_lt() {
        Some(true)
    } else if minimum.compare_exactly(&other_maximum).is_gt() {
        Some(false)
    } else {
        None
    }
}

/// Limits of a result, from those of the operands, by trying all four corners.
fn limit(
    limits: &mut Refinement,
    one: &Value,
    two: &Value,
    operation: fn(&Number, &Number) -> Option<Number>,
) {
    let (Some((minimum, maximum)), Some((other_minimum, other_maximum))) =
        (one.number_range(), two.number_range())
    else {
        return;
    };
    let corners = [
        operation(&minimum, &other_minimum),
        operation(&minimum, &other_maximum),
        operation(&maximum, &other_minimum),
        operation(&maximum, &other_maximum),
    ];
    // Where a corner is no number nothing can be said.
    let Some(corners) = corners.into_iter().collect::<Option<Vec<Number>>>() else { return };
    limits.number_min = corners.iter().min().map(|minimum| (minimum.clone(), true));
    limits.number_max = corners.iter().max().map(|maximum| (maximum.clone(), true));
}
