//! Functions on maps and objects.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use plumb_value::{Kind, Marks, Type, Value, convert, unify};

use super::collection::{Ordered, elements};
use super::{Function, FunctionError, Invocation, Outcome, Parameter};
use crate::describe::quote;

pub(super) fn functions() -> Vec<Function> {
    let any = |name| Parameter::new(name, Type::Dynamic);
    let list = |name| Parameter::new(name, Type::list(Type::Dynamic));
    let lists_of_text = || Type::map(Type::list(Type::String));
    vec![
        Function::typed("keys", keys_type, keys).takes(any("inputMap").or_unknown().with_marks()),
        // These two existed once; what to write instead is all that is left of them.
        Function::typed(
            "list",
            |_| Err(gone("list", "tolist([ ... ])")),
            |call| Ok(Value::unknown(call.result.clone())),
        )
        .takes_many(any("vals").or_unknown().or_dynamic().or_null()),
        Function::typed(
            "map",
            |_| Err(gone("map", "tomap({ ... })")),
            |call| Ok(Value::unknown(call.result.clone())),
        )
        .takes_many(any("vals").or_unknown().or_dynamic().or_null()),
        Function::typed("lookup", lookup_type, lookup)
            .takes(any("inputMap").with_marks())
            .takes(Parameter::new("key", Type::String).with_marks())
            .takes_many(any("default").or_unknown().or_dynamic().or_null().with_marks())
            .may_be_null(),
        Function::typed("matchkeys", match_keys_type, match_keys)
            .takes(list("values"))
            .takes(list("keys"))
            .takes(list("searchset")),
        Function::typed("merge", merge_type, merge)
            .takes_many(any("maps").or_dynamic().or_null().with_marks()),
        Function::new("transpose", lists_of_text(), transpose)
            .takes(Parameter::new("values", lists_of_text())),
        Function::typed("values", values_type, values).takes(any("mapping").with_marks()),
        Function::typed("zipmap", zipmap_type, zipmap)
            .takes(Parameter::new("keys", Type::list(Type::String)).with_marks())
            .takes(any("values").with_marks()),
    ]
}

fn gone(name: &str, instead: &str) -> FunctionError {
    FunctionError::call(format!(
        "the \"{name}\" function was deprecated in Terraform v0.12 and is no longer available; use {instead} instead"
    ))
}

fn keys_type(arguments: &[Value]) -> Result<Type, FunctionError> {
    match arguments[0].ty() {
        Type::Map(_) => Ok(Type::list(Type::String)),
        Type::Object(object) => Ok(Type::tuple(object.attributes().iter().map(|_| Type::String))),
        _ => Err(FunctionError::argument(0, "must have map or object type")),
    }
}

fn keys(call: &Invocation<'_>) -> Outcome {
    let value = &call.arguments[0];
    let keys = match (value.kind(), value.ty()) {
        (_, Type::Object(object)) => {
            Value::tuple(object.attributes().iter().map(|(name, _)| Value::string(name.clone())))
        }
        (Kind::Map(_, entries), _) => {
            Value::list(Type::String, entries.iter().map(|(key, _)| Value::string(key.clone())))
        }
        _ => Value::unknown(call.result.clone()),
    };
    Ok(keys.with_marks(value.marks()))
}

fn lookup_type(arguments: &[Value]) -> Result<Type, FunctionError> {
    if arguments.len() > 3 {
        let message = format!("lookup() takes two or three arguments, got {}", arguments.len());
        return Err(FunctionError::call(message));
    }
    match arguments[0].ty() {
        Type::Object(object) => {
            let Some(key) = arguments[1].as_str() else { return Ok(Type::Dynamic) };
            match (object.attribute(key), arguments.get(2)) {
                (Some(ty), _) => Ok(ty.clone()),
                (None, Some(default)) => Ok(default.ty()),
                (None, None) => {
                    let message = format!("the given object has no attribute {}", shown_key(&arguments[1]));
                    Err(FunctionError::argument(0, message))
                }
            }
        }
        Type::Map(element) => {
            if let Some(default) = arguments.get(2)
                && convert(default, &element).is_err()
            {
                return Err(FunctionError::argument(
                    2,
                    "the default value must have the same type as the map elements",
                ));
            }
            Ok((*element).clone())
        }
        _ => Err(FunctionError::argument(0, "lookup() requires a map as the first argument")),
    }
}

fn shown_key(key: &Value) -> String {
    if key.marks().is_empty() { quote(key.as_str().unwrap_or("")) } else { "with this key".to_owned() }
}

fn lookup(call: &Invocation<'_>) -> Outcome {
    let (table, key) = (&call.arguments[0], &call.arguments[1]);
    let marks = table.marks() | key.marks();
    if let Some(part) = table.part(call.text(1)) {
        return Ok(part.clone().with_marks(marks));
    }
    match call.arguments.get(2) {
        Some(default) => Ok(convert(default, &call.result)?.with_marks(marks)),
        None => Err(FunctionError::call(format!("lookup failed to find key {}", shown_key(key)))),
    }
}

fn common_key_type(arguments: &[Value]) -> Result<Type, FunctionError> {
    unify(&[arguments[1].ty(), arguments[2].ty()])
        .ok_or_else(|| FunctionError::call("keys and searchset must be of the same type"))
}

fn match_keys_type(arguments: &[Value]) -> Result<Type, FunctionError> {
    common_key_type(arguments)?;
    Ok(arguments[0].ty())
}

fn match_keys(call: &Invocation<'_>) -> Outcome {
    let ty = common_key_type(call.arguments)?;
    let list = |values| Ok(Value::list(call.result.element().cloned().unwrap_or(Type::Dynamic), values));
    let values = &call.arguments[0];
    let (keys, wanted) = (convert(&call.arguments[1], &ty)?, convert(&call.arguments[2], &ty)?);
    if elements(values).len() != elements(&keys).len() {
        return Err(FunctionError::call("length of keys and values should be equal"));
    }
    if elements(&wanted).is_empty() {
        return list(Vec::new());
    }
    if !values.is_wholly_known() || !keys.is_wholly_known() {
        return Ok(Value::unknown(call.result.clone()));
    }
    if !wanted.is_wholly_known() {
        return list(Vec::new());
    }
    let wanted: BTreeSet<Ordered<'_>> = elements(&wanted).iter().map(Ordered).collect();
    let found =
        elements(&keys).iter().zip(elements(values)).filter(|(key, _)| wanted.contains(&Ordered(key)));
    list(found.map(|(_, value)| value.clone()).collect())
}

fn merge_type(arguments: &[Value]) -> Result<Type, FunctionError> {
    let mut attributes: BTreeMap<Arc<str>, Type> = BTreeMap::new();
    let mut all_known = true;
    let types: Vec<Type> = arguments.iter().map(Value::ty).collect();
    for (argument, ty) in arguments.iter().zip(&types) {
        match (ty, argument.kind()) {
            (Type::Dynamic, _) => return Ok(Type::Dynamic),
            (Type::Map(_) | Type::Object(_), Kind::Null(_)) => {}
            (Type::Object(object), _) => attributes.extend(object.attributes().iter().cloned()),
            (Type::Map(element), Kind::Map(_, entries)) => {
                attributes.extend(entries.iter().map(|(key, _)| (key.clone(), (**element).clone())));
            }
            (Type::Map(_), _) => all_known = false,
            _ => {
                let message =
                    format!("arguments must be maps or objects, got {}", quote(&ty.friendly_name()));
                return Err(FunctionError::call(message));
            }
        }
    }
    match types.first() {
        None => Ok(Type::object::<Arc<str>>([])),
        Some(first) if types.iter().all(|ty| ty == first) => Ok(first.clone()),
        Some(_) if !all_known => Ok(Type::Dynamic),
        Some(_) => Ok(Type::object(attributes)),
    }
}

fn merge(call: &Invocation<'_>) -> Outcome {
    let mut merged: BTreeMap<Arc<str>, Value> = BTreeMap::new();
    let mut marks = Marks::NONE;
    for argument in call.arguments {
        // A null counts for nothing, a secret one neither.
        if !argument.is_null() {
            marks |= argument.marks();
        }
        // Behind a null of no type nothing has been checked yet.
        if !argument.is_null() && !argument.is_empty() && argument.entries().is_none() {
            let message =
                format!("arguments must be maps or objects, got {}", quote(&argument.ty().friendly_name()));
            return Err(FunctionError::call(message));
        }
        for (key, value) in argument.entries().unwrap_or_default() {
            merged.insert(key.clone(), value.clone());
        }
    }
    let value = match &call.result {
        Type::Map(element) => Value::map((**element).clone(), merged),
        _ => Value::object(merged),
    };
    Ok(value.with_marks(marks))
}

fn transpose(call: &Invocation<'_>) -> Outcome {
    let table = &call.arguments[0];
    if !table.is_wholly_known() {
        return Ok(Value::unknown(call.result.clone()));
    }
    let mut turned: BTreeMap<Arc<str>, Vec<Value>> = BTreeMap::new();
    // Keys come in order, so each list of them is sorted without more ado.
    for (key, texts) in table.entries().unwrap_or_default() {
        if texts.is_null() {
            return Err(FunctionError::call(format!("cannot use null list for [{}]", quote(key))));
        }
        for (at, text) in elements(texts).iter().enumerate() {
            let Some(text) = text.as_text() else {
                return Err(FunctionError::call(format!(
                    "cannot use null string for [{}][{at}]",
                    quote(key)
                )));
            };
            turned.entry(text.clone()).or_default().push(Value::string(key.clone()));
        }
    }
    let lists = turned.into_iter().map(|(key, keys)| (key, Value::list(Type::String, keys)));
    Ok(Value::map(Type::list(Type::String), lists))
}

fn values_type(arguments: &[Value]) -> Result<Type, FunctionError> {
    match arguments[0].ty() {
        Type::Map(element) => Ok(Type::List(element)),
        Type::Object(object) => Ok(Type::tuple(object.attributes().iter().map(|(_, ty)| ty.clone()))),
        _ => Err(FunctionError::call("values() requires a map as the first argument")),
    }
}

fn values(call: &Invocation<'_>) -> Outcome {
    let table = &call.arguments[0];
    let parts: Vec<Value> = table.parts().into_iter().cloned().collect();
    let value = match &call.result {
        Type::List(element) => Value::list((**element).clone(), parts),
        _ => Value::tuple(parts),
    };
    Ok(value.with_marks(table.marks()))
}

fn zipmap_type(arguments: &[Value]) -> Result<Type, FunctionError> {
    let (keys, values) = (&arguments[0], &arguments[1]);
    match values.ty() {
        Type::List(element) => Ok(Type::Map(element)),
        Type::Tuple(_) if !keys.is_wholly_known() => Ok(Type::Dynamic),
        Type::Tuple(types) => {
            check_lengths(elements(keys).len(), types.len())?;
            let mut attributes: Vec<(Arc<str>, Type)> = Vec::with_capacity(types.len());
            for (at, (key, ty)) in elements(keys).iter().zip(types.iter()).enumerate() {
                attributes.push((key_at(key, at)?, ty.clone()));
            }
            Ok(Type::object(attributes))
        }
        _ => Err(FunctionError::call("values argument must be a list or tuple value")),
    }
}

fn key_at(key: &Value, at: usize) -> Result<Arc<str>, FunctionError> {
    key.as_text()
        .cloned()
        .ok_or_else(|| FunctionError::call(format!("keys list has null value at index {at}")))
}

fn check_lengths(keys: usize, values: usize) -> Result<(), FunctionError> {
    if keys == values {
        return Ok(());
    }
    Err(FunctionError::call(format!("number of keys ({keys}) does not match number of values ({values})")))
}

fn zipmap(call: &Invocation<'_>) -> Outcome {
    let (keys, values) = (&call.arguments[0], &call.arguments[1]);
    let mut marks = keys.marks() | values.marks();
    if !keys.is_wholly_known() {
        return Ok(Value::unknown(call.result.clone()).with_marks(marks));
    }
    let (names, parts) = (elements(keys), elements(values));
    check_lengths(names.len(), parts.len())?;
    let mut entries = Vec::with_capacity(names.len());
    for (at, (name, value)) in names.iter().zip(parts).enumerate() {
        marks |= name.marks();
        entries.push((key_at(name, at)?, value.clone()));
    }
    let value = match &call.result {
        Type::Map(element) => Value::map((**element).clone(), entries),
        _ => Value::object(entries),
    };
    Ok(value.with_marks(marks))
}
