//! Values of the language from JSON and back.

use plumb_starlark::language::values::dict::{AllocDict, DictRef};
use plumb_starlark::language::values::list::{AllocList, ListRef};
use plumb_starlark::language::values::structs::StructRef;
use plumb_starlark::language::values::tuple::TupleRef;
use plumb_starlark::language::values::{Heap, StringValue, Value};
use serde_json::{Map, Value as Json};

use super::error;

/// A value of the language.
pub(super) fn from_json<'v>(json: &Json, heap: Heap<'v>) -> Value<'v> {
    match json {
        Json::Null => Value::new_none(),
        Json::Bool(is_true) => Value::new_bool(*is_true),
        Json::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(number), _) => heap.alloc(number),
            (None, Some(number)) => heap.alloc(number),
            (None, None) => heap.alloc(number.as_f64().unwrap_or_default()),
        },
        Json::String(text) => heap.alloc(text.as_str()),
        Json::Array(items) => {
            let items: Vec<Value<'v>> = items.iter().map(|item| from_json(item, heap)).collect();
            heap.alloc(AllocList(items))
        }
        Json::Object(entries) => {
            let entries: Vec<(Value<'v>, Value<'v>)> = entries
                .iter()
                .map(|(key, value)| (heap.alloc(key.as_str()), from_json(value, heap)))
                .collect();
            heap.alloc(AllocDict(entries))
        }
    }
}

/// Values that are nested deeper are none that anybody writes.
const DEPTH_MAX: usize = 100;

/// A plain value as JSON; nothing where it is none, or too deep.
pub(crate) fn to_json(value: Value<'_>) -> Option<Json> {
    to_json_within(value, 0)
}

fn to_json_within(value: Value<'_>, depth: usize) -> Option<Json> {
    if depth > DEPTH_MAX {
        return None;
    }
    let inner = |value: Value<'_>| to_json_within(value, depth + 1);
    if let Some(list) = ListRef::from_value(value) {
        return list.iter().map(inner).collect::<Option<Vec<_>>>().map(Json::Array);
    }
    if let Some(tuple) = TupleRef::from_value(value) {
        return tuple.iter().map(inner).collect::<Option<Vec<_>>>().map(Json::Array);
    }
    if let Some(dict) = DictRef::from_value(value) {
        let entry =
            |(name, value): (Value<'_>, Value<'_>)| Some((name.unpack_str()?.to_owned(), inner(value)?));
        return dict.iter().map(entry).collect::<Option<Map<_, _>>>().map(Json::Object);
    }
    if let Some(of) = StructRef::from_value(value) {
        let entry = |(name, value): (_, Value<'_>)| -> Option<(String, Json)> {
            let name: StringValue<'_> = name;
            Some((name.as_str().to_owned(), inner(value)?))
        };
        return of.iter().map(entry).collect::<Option<Map<_, _>>>().map(Json::Object);
    }
    // What is left has nothing in it.
    let is_plain = value.is_none() || matches!(value.get_type(), "bool" | "string" | "int" | "float");
    is_plain.then(|| value.to_json_value().ok())?
}

/// The texts of a list or tuple, or the one text.
pub(crate) fn texts(value: Value<'_>, what: &str) -> plumb_starlark::language::Result<Vec<String>> {
    if let Some(text) = value.unpack_str() {
        return Ok(vec![text.to_owned()]);
    }
    let items: Vec<Value<'_>> = match (ListRef::from_value(value), TupleRef::from_value(value)) {
        (Some(list), _) => list.iter().collect(),
        (None, Some(tuple)) => tuple.iter().collect(),
        (None, None) => {
            return Err(error(format!("{what} is text or a list of texts, and not {}", shown(value))));
        }
    };
    let text = |item: &Value<'_>| {
        let text = item.unpack_str().map(str::to_owned);
        text.ok_or_else(|| error(format!("{what} has {} in it, where text is wanted", shown(*item))))
    };
    items.iter().map(text).collect()
}

/// A script: text for a shell, or the words of one command.
pub(super) fn script_of(command: Value<'_>) -> plumb_starlark::language::Result<String> {
    if let Some(text) = command.unpack_str() {
        return Ok(text.to_owned());
    }
    Ok(plumb_host::quoted(texts(command, "a command")?.iter().map(String::as_str)))
}

/// A value as messages show it, and of which type it is.
pub(crate) fn shown(value: Value<'_>) -> String {
    let mut text = value.to_repr();
    if text.len() > 60 {
        let end = (0..=60).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        text.truncate(end);
        text.push('…');
    }
    format!("the {} {text}", value.get_type())
}
