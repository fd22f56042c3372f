//! The record of requests: a line of JSON for each, in the order in which they came.
//!
//! Responsible for the file and for values as JSON, in which an unknown value is an object with the
//! one member `$unknown`: an object with what is known of it. Lines are appended whole, so that
//! several processes may share a file.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use plumb_plugin::Method;
use plumb_plugin::serve::Recorder;
use plumb_value::{Kind, Refinement, Value};
use serde_json::{Value as Json, json};

/// A file of requests.
pub(crate) struct RequestLog {
    file: Mutex<File>,
    ordinal: AtomicU64,
}

impl RequestLog {
    /// Appends to that file.
    pub(crate) fn new(path: impl Into<PathBuf>) -> io::Result<Self> {
        let file = File::options().create(true).append(true).open(path.into())?;
        Ok(RequestLog { file: Mutex::new(file), ordinal: AtomicU64::new(1) })
    }

    /// Puts a request on record, before it is answered.
    pub(crate) fn write(&self, method: Method, kind: &str, request: &Json) {
        let time_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_millis());
        let Ok(mut file) = self.file.lock() else { return };
        let line = json!({
            "process": std::process::id(),
            "ordinal": self.ordinal.fetch_add(1, Ordering::Relaxed),
            "time_ms": u64::try_from(time_ms).unwrap_or(u64::MAX),
            "method": format!("{method:?}"),
            "type": kind,
            "request": request,
        });
        // A request that cannot be put on record is missed by whoever reads it; there is no one else
        // to tell.
        let _ = file.write_all(format!("{line}\n").as_bytes());
    }
}

/// A value as JSON.
pub(crate) fn describe(value: &Value) -> Json {
    match value.kind() {
        Kind::Null(_) => Json::Null,
        Kind::Unknown(_, refinement) => {
            json!({ "$unknown": refinement.as_deref().map_or_else(|| json!({}), describe_refinement) })
        }
        Kind::Bool(value) => Json::Bool(*value),
        Kind::Number(number) => {
            serde_json::from_str(&number.to_string()).unwrap_or_else(|_| Json::String(number.to_string()))
        }
        Kind::String(text) => Json::String(text.to_string()),
        Kind::List(_, values) | Kind::Set(_, values) | Kind::Tuple(_, values) => {
            values.iter().map(describe).collect()
        }
        Kind::Map(..) | Kind::Object(..) => {
            let entries = value.entries().unwrap_or_default();
            entries.into_iter().map(|(name, value)| (name.to_string(), describe(value))).collect()
        }
    }
}

fn describe_refinement(refinement: &Refinement) -> Json {
    let mut known = serde_json::Map::new();
    let number = |(limit, inclusive): &(plumb_value::Number, bool)| json!([limit.to_string(), inclusive]);
    let entries = [
        ("not_null", refinement.not_null.then_some(Json::Bool(true))),
        ("prefix", refinement.string_prefix.as_deref().map(Json::from)),
        ("min", refinement.number_min.as_ref().map(number)),
        ("max", refinement.number_max.as_ref().map(number)),
        ("length_min", refinement.length_min.map(Json::from)),
        ("length_max", refinement.length_max.map(Json::from)),
    ];
    for (name, value) in entries {
        if let Some(value) = value {
            known.insert(name.to_owned(), value);
        }
    }
    Json::Object(known)
}

/// What the provider stored beside an object: text as it is, all else in hexadecimal.
pub(crate) fn describe_private(private: &[u8]) -> Json {
    match std::str::from_utf8(private) {
        Ok(text) => Json::from(text),
        Err(_) => private.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into(),
    }
}

/// Knows whether the call under way is the one for the schema, so that the schema which others are
/// told may differ from the one that is used.
#[derive(Default)]
pub(crate) struct CurrentCall {
    is_schema: AtomicBool,
}

impl CurrentCall {
    /// Whether the latest call asks for the schema.
    pub(crate) fn is_schema(&self) -> bool {
        self.is_schema.load(Ordering::SeqCst)
    }
}

impl Recorder for CurrentCall {
    fn request(&self, _call: u64, method: Method, _message: &Bytes) {
        self.is_schema.store(method == Method::GetProviderSchema, Ordering::SeqCst);
    }

    fn response(&self, _call: u64, _method: Method, _message: Option<&Bytes>) {}
}

#[cfg(test)]
mod tests {
    use plumb_value::Type;

    use super::*;

    #[test]
    fn values_are_told_with_what_is_known_of_them() {
        let value = Value::object([
            ("list", Value::list(Type::Number, [Value::number(1_i64), Value::unknown(Type::Number)])),
            ("none", Value::null(Type::String)),
            ("soon", Value::unknown_with_prefix("web-").refine_not_null()),
        ]);
        let expected = json!({
            "list": [1, {"$unknown": {}}],
            "none": null,
            "soon": {"$unknown": {"not_null": true, "prefix": "web-"}},
        });
        assert_eq!(describe(&value), expected);
    }
}
