//! Functions that convert values or change what is known about them.

use plumb_value::{Kind, Marks, Type, Value, can_convert, convert, mismatch_message};

use super::{Function, FunctionError, Invocation, Outcome, Parameter};
use crate::describe::quote;

pub(super) fn functions() -> Vec<Function> {
    let to = |name, ty| -> Function {
        Function::typed(name, ty, run_conversion)
            .takes(Parameter::new("v", Type::Dynamic).or_null().with_marks().or_dynamic())
            .may_be_null()
    };
    let marked = |name, run| -> Function {
        Function::typed(name, |arguments| Ok(arguments[0].ty()), run)
            .takes(Parameter::new("value", Type::Dynamic).or_unknown().or_null().with_marks().or_dynamic())
            .may_be_null()
    };
    vec![
        to("tobool", |arguments| conversion(arguments, Type::Bool)),
        to("tolist", |arguments| conversion(arguments, Type::list(Type::Dynamic))),
        to("tomap", |arguments| conversion(arguments, Type::map(Type::Dynamic))),
        to("tonumber", |arguments| conversion(arguments, Type::Number)),
        to("toset", |arguments| conversion(arguments, Type::set(Type::Dynamic))),
        to("tostring", |arguments| conversion(arguments, Type::String)),
        marked("ephemeralasnull", ephemeral_as_null),
        Function::new("issensitive", Type::Bool, is_sensitive)
            .takes(Parameter::new("value", Type::Dynamic).or_unknown().or_null().with_marks().or_dynamic())
            .promises_nothing(),
        marked("nonsensitive", |call| {
            let (value, marks) = call.arguments[0].clone().unmark();
            Ok(value.with_marks(marks.without(Marks::SENSITIVE)))
        }),
        marked("sensitive", |call| Ok(call.arguments[0].clone().with_marks(Marks::SENSITIVE))),
        Function::typed("type", |_| Err(only_in_console()), |_| Err(only_in_console()))
            .takes(Parameter::new("value", Type::Dynamic).or_unknown().or_null().or_dynamic()),
    ]
}

/// The console shows types itself, for no value stands for a type.
fn only_in_console() -> FunctionError {
    FunctionError::call(
        "the \"type\" function is for looking at values in the console only, and nothing else can come around it",
    )
}

fn conversion(arguments: &[Value], wanted: Type) -> Result<Type, FunctionError> {
    let given = arguments[0].ty();
    if given == wanted || can_convert(&given, &wanted) {
        return Ok(wanted);
    }
    let message = match (&given, &wanted) {
        (Type::Tuple(_), Type::Tuple(_)) => {
            format!("incompatible tuple type for conversion: {}", mismatch_message(&given, &wanted))
        }
        (Type::Object(_), Type::Object(_)) => {
            format!("incompatible object type for conversion: {}", mismatch_message(&given, &wanted))
        }
        _ => cannot_convert(&given.friendly_name(), &wanted),
    };
    Err(FunctionError::argument(0, message))
}

fn cannot_convert(what: &str, wanted: &Type) -> String {
    format!("cannot convert {what} to {}", wanted.friendly_name_for_constraint())
}

fn run_conversion(call: &Invocation<'_>) -> Outcome {
    let value = &call.arguments[0];
    convert(value, &call.result).map_err(|_| {
        let name = value.ty().friendly_name();
        let marks = value.deep_marks();
        let message = match (value.as_str(), &call.result) {
            _ if marks.is_ephemeral() => cannot_convert(&format!("this ephemeral {name}"), &call.result),
            _ if marks.is_sensitive() => cannot_convert(&format!("this sensitive {name}"), &call.result),
            (Some(text), Type::Bool) => format!(
                "{}; only the strings \"true\" or \"false\" are allowed",
                cannot_convert(&quote(text), &call.result)
            ),
            (Some(text), Type::Number) => format!(
                "{}; given string must be a decimal representation of a number",
                cannot_convert(&quote(text), &call.result)
            ),
            _ => cannot_convert(&name, &call.result),
        };
        FunctionError::argument(0, message)
    })
}

fn is_sensitive(call: &Invocation<'_>) -> Outcome {
    let value = &call.arguments[0];
    if value.marks().is_sensitive() {
        return Ok(Value::bool(true));
    }
    // What is not known may turn out to be sensitive.
    Ok(if value.is_known() { Value::bool(false) } else { Value::unknown(Type::Bool) })
}

fn ephemeral_as_null(call: &Invocation<'_>) -> Outcome {
    Ok(without_ephemeral(&call.arguments[0]))
}

fn without_ephemeral(value: &Value) -> Value {
    if !value.deep_marks().is_ephemeral() {
        return value.clone();
    }
    let (plain, marks) = value.clone().unmark();
    let kept = marks.without(Marks::EPHEMERAL);
    if marks.is_ephemeral() {
        let replaced = match plain.kind() {
            Kind::Unknown(ty, _) => Value::unknown(ty.clone()),
            _ => Value::null(plain.ty()),
        };
        return replaced.with_marks(kept);
    }
    plain.rebuild(&mut without_ephemeral).with_marks(kept)
}
