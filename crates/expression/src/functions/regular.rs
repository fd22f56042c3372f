//! Functions with regular expressions.

use regex::bytes::{Captures, Regex};

use plumb_value::{Type, Value};

use super::{Function, FunctionError, Invocation, Outcome, Parameter, pattern};

pub(super) fn functions() -> Vec<Function> {
    let text = |name| Parameter::new(name, Type::String);
    vec![
        Function::typed("regex", |arguments| match_type(&arguments[0]), find)
            .takes(text("pattern"))
            .takes(text("string")),
        Function::typed("regexall", |arguments| match_type(&arguments[0]).map(Type::list), find_all)
            .takes(text("pattern"))
            .takes(text("string")),
        Function::new("replace", Type::String, replace)
            .takes(text("str"))
            .takes(text("substr"))
            .takes(text("replace")),
    ]
}

fn compile(source: &str) -> Result<Regex, FunctionError> {
    pattern::compile(source)
        .map_err(|why| FunctionError::argument(0, format!("invalid regexp pattern: {why}")))
}

/// What a match gives: the text, or its groups by number or by name.
fn match_type(source: &Value) -> Result<Type, FunctionError> {
    let Some(source) = source.as_str() else { return Ok(Type::Dynamic) };
    let regex = compile(source)?;
    let names: Vec<Option<&str>> = regex.capture_names().skip(1).collect();
    let named = names.iter().flatten().count();
    if named == 0 && names.is_empty() {
        Ok(Type::String)
    } else if named == 0 {
        Ok(Type::tuple(names.iter().map(|_| Type::String)))
    } else if named == names.len() {
        Ok(Type::object(names.into_iter().flatten().map(|name| (name, Type::String))))
    } else {
        Err(FunctionError::argument(
            0,
            "invalid regexp pattern: cannot mix both named and unnamed capture groups",
        ))
    }
}

fn matched(regex: &Regex, captures: &Captures<'_>) -> Value {
    let group = |index: usize| match captures.get(index) {
        Some(group) => Value::string(String::from_utf8_lossy(group.as_bytes()).into_owned()),
        None => Value::null(Type::String),
    };
    let names: Vec<Option<&str>> = regex.capture_names().collect();
    match names.get(1) {
        None => group(0),
        Some(None) => Value::tuple((1..names.len()).map(group)),
        Some(Some(_)) => {
            let groups = names.iter().enumerate().filter_map(|(index, name)| Some(((*name)?, group(index))));
            Value::object(groups)
        }
    }
}

fn find(call: &Invocation<'_>) -> Outcome {
    let regex = compile(call.text(0))?;
    match regex.captures(call.text(1).as_bytes()) {
        Some(captures) => Ok(matched(&regex, &captures)),
        None => Err(FunctionError::call("pattern did not match any part of the given string")),
    }
}

fn find_all(call: &Invocation<'_>) -> Outcome {
    let regex = compile(call.text(0))?;
    let found: Vec<Value> =
        regex.captures_iter(call.text(1).as_bytes()).map(|captures| matched(&regex, &captures)).collect();
    Ok(Value::list(call.result.element().cloned().unwrap_or(Type::String), found))
}

fn replace(call: &Invocation<'_>) -> Outcome {
    let (text, wanted, replacement) = (call.text(0), call.text(1), call.text(2));
    let Some(source) = wanted.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')) else {
        return Ok(Value::string(text.replace(wanted, replacement)));
    };
    let regex = pattern::compile(source)
        .map_err(|why| FunctionError::call(format!("error parsing regexp: {why}")))?;
    let replaced = regex.replace_all(text.as_bytes(), replacement.as_bytes());
    Ok(Value::string(String::from_utf8_lossy(&replaced).into_owned()))
}
