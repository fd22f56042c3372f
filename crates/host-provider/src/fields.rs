//! Reading attributes of objects.

use plumb_value::{Value, json};
use serde_json::{Map, Value as Json};

/// An object whose attributes are read. What is null or not known is not there.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a>(pub(crate) &'a Value);

impl<'a> Fields<'a> {
    /// An attribute that says something.
    pub(crate) fn get(self, name: &str) -> Option<&'a Value> {
        self.0.part(name).filter(|value| value.is_known() && !value.is_null())
    }

    /// Whether nobody knows yet all that an attribute says.
    pub(crate) fn is_open(self, name: &str) -> bool {
        self.0.part(name).is_some_and(|value| !value.is_wholly_known())
    }

    pub(crate) fn text(self, name: &str) -> Option<String> {
        self.get(name)?.as_str().map(str::to_owned)
    }

    pub(crate) fn flag(self, name: &str) -> bool {
        self.get(name).and_then(Value::as_bool).unwrap_or(false)
    }

    pub(crate) fn number(self, name: &str) -> Option<u64> {
        self.get(name)?.as_number()?.to_u64()
    }

    pub(crate) fn object(self, name: &str) -> Option<Fields<'a>> {
        self.get(name).map(Fields)
    }

    pub(crate) fn elements(self, name: &str) -> &'a [Value] {
        self.get(name).and_then(Value::as_sequence).unwrap_or_default()
    }

    pub(crate) fn texts(self, name: &str) -> Vec<String> {
        self.elements(name).iter().filter_map(|value| value.as_str().map(str::to_owned)).collect()
    }

    /// An attribute of whatever type, as data; why it cannot be that where it can not.
    pub(crate) fn data(self, name: &str) -> Result<Map<String, Json>, String> {
        let Some(value) = self.get(name) else { return Ok(Map::new()) };
        match as_json(value)? {
            Json::Object(entries) => Ok(entries),
            other => {
                Err(format!("it has to be an object, with a name for each value, and is {}", kind(&other)))
            }
        }
    }
}

/// A value that is wholly known, as JSON has it.
pub(crate) fn as_json(value: &Value) -> Result<Json, String> {
    let text = json::encode_untyped(value).map_err(|why| why.to_string())?;
    serde_json::from_slice(&text).map_err(|why| why.to_string())
}

fn kind(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "a bool",
        Json::Number(_) => "a number",
        Json::String(_) => "a string",
        Json::Array(_) => "a list",
        Json::Object(_) => "an object",
    }
}
