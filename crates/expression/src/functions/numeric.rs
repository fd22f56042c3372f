//! Functions on numbers.

use plumb_value::{Number, Type, Value};

use super::elementary::{ln, pow};
use super::{Function, FunctionError, Invocation, Outcome, Parameter};

pub(super) fn functions() -> Vec<Function> {
    let number = |name| Parameter::new(name, Type::Number);
    vec![
        Function::new("abs", Type::Number, absolute).takes(number("num").or_dynamic().with_marks()),
        Function::new("ceil", Type::Number, ceiling).takes(number("num")),
        Function::new("floor", Type::Number, floor).takes(number("num")),
        Function::new("log", Type::Number, logarithm).takes(number("num")).takes(number("base")),
        Function::new("max", Type::Number, maximum).takes_many(number("numbers").or_dynamic()),
        Function::new("min", Type::Number, minimum).takes_many(number("numbers").or_dynamic()),
        Function::typed("parseint", parse_type, parse)
            .takes(Parameter::new("number", Type::Dynamic))
            .takes(number("base")),
        Function::new("pow", Type::Number, power).takes(number("num")).takes(number("power")),
        Function::new("signum", Type::Number, sign).takes(number("num")),
    ]
}

fn number<'a>(call: &'a Invocation<'_>, position: usize) -> &'a Number {
    call.arguments[position].as_number().unwrap_or(&Number::ZERO)
}

fn absolute(call: &Invocation<'_>) -> Outcome {
    Ok(Value::number(number(call, 0).absolute()).with_marks(call.arguments[0].marks()))
}

fn ceiling(call: &Invocation<'_>) -> Outcome {
    Ok(Value::number(number(call, 0).ceiling()))
}

fn floor(call: &Invocation<'_>) -> Outcome {
    Ok(Value::number(number(call, 0).floor()))
}

fn from_float(result: f64) -> Outcome {
    Number::from_f64(result)
        .map(Value::number)
        .ok_or_else(|| FunctionError::call("the result is not a number"))
}

fn logarithm(call: &Invocation<'_>) -> Outcome {
    from_float(ln(number(call, 0).to_f64()) / ln(number(call, 1).to_f64()))
}

fn power(call: &Invocation<'_>) -> Outcome {
    from_float(pow(number(call, 0).to_f64(), number(call, 1).to_f64()))
}

fn maximum(call: &Invocation<'_>) -> Outcome {
    extreme(call, |one, best| one > best)
}

fn minimum(call: &Invocation<'_>) -> Outcome {
    extreme(call, |one, best| one < best)
}

fn extreme(call: &Invocation<'_>, is_better: fn(&Number, &Number) -> bool) -> Outcome {
    let mut numbers = call.arguments.iter().filter_map(Value::as_number);
    let Some(first) = numbers.next() else {
        return Err(FunctionError::call("must pass at least one number"));
    };
    let best = numbers.fold(first, |best, one| if is_better(one, best) { one } else { best });
    Ok(Value::number(best.clone()))
}

fn sign(call: &Invocation<'_>) -> Outcome {
    Ok(Value::number(call.integer(0)?.signum()))
}

fn parse_type(arguments: &[Value]) -> Result<Type, FunctionError> {
    match arguments[0].ty() {
        Type::String => Ok(Type::Number),
        other => Err(FunctionError::argument(
            0,
            format!("first argument must be a string, not {}", other.friendly_name()),
        )),
    }
}

fn parse(call: &Invocation<'_>) -> Outcome {
    let text = call.text(0);
    let wrong_base = || FunctionError::argument(1, "base must be a whole number between 2 and 62 inclusive");
    let base = u32::try_from(
        super::signature::integer(&call.arguments[1]).map_err(|why| FunctionError::argument(1, why))?,
    )
    .ok()
    .filter(|base| (2..=62).contains(base))
    .ok_or_else(wrong_base)?;
    let unreadable = || {
        FunctionError::argument(
            0,
            format!("cannot parse {} as a base {base} integer", crate::describe::quote(text)),
        )
    };
    let (negative, digits) = match text.as_bytes() {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    if digits.is_empty() {
        return Err(unreadable());
    }
    let digits: Option<Vec<u32>> = digits.iter().map(|digit| digit_value(*digit, base)).collect();
    let magnitude = Number::from_digits(&digits.ok_or_else(unreadable)?, base);
    // Whole numbers have no negative zero, unlike others.
    let negative = negative && !magnitude.is_zero();
    Ok(Value::number(if negative { magnitude.negate() } else { magnitude }))
}

/// The value of a digit; up to base 36 letters of both cases mean the same.
fn digit_value(digit: u8, base: u32) -> Option<u32> {
    let value = match digit {
        b'0'..=b'9' => u32::from(digit - b'0'),
        b'a'..=b'z' => u32::from(digit - b'a') + 10,
        b'A'..=b'Z' if base <= 36 => u32::from(digit - b'A') + 10,
        b'A'..=b'Z' => u32::from(digit - b'A') + 36,
        _ => return None,
    };
    (value < base).then_some(value)
}
