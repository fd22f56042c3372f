//! What is said of hosts: values by name, each with where it was said, and whether it may be shown.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumb_source::Span;
use serde_json::Value;

/// What stands in the place of what is not shown.
pub const HIDDEN: &str = "(sensitive)";

/// Last words of names whose values nobody wants to see on a screen.
const SECRET_WORDS: [&str; 9] =
    ["password", "passwd", "pass", "passphrase", "secret", "token", "credential", "credentials", "passcode"];
/// The same of two words, since a key may well be a public one.
const SECRET_ENDINGS: [&str; 5] = ["private_key", "secret_key", "api_key", "access_key", "apikey"];

/// Where something was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The source, as people name it: a path, or words such as "the command line".
    pub source: Arc<str>,
    /// The place in it, where it has places.
    pub span: Span,
}

/// A value of which it is known where it comes from.
#[derive(Clone, PartialEq)]
pub struct Datum {
    /// The value.
    pub value: Value,
    /// Where it was said.
    pub origin: Origin,
    hidden: Vec<Vec<Arc<str>>>,
}

/// Values by name.
pub type Data = BTreeMap<Arc<str>, Arc<Datum>>;

impl std::fmt::Debug for Datum {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let value = if self.hidden.is_empty() { self.value.to_string() } else { HIDDEN.to_owned() };
        formatter
            .debug_struct("Datum")
            .field("value", &value)
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}

impl Datum {
    /// A value that may be shown, as far as its own name and those in it say nothing else.
    pub fn new(value: Value, origin: Origin) -> Self {
        Datum { value, origin, hidden: Vec::new() }
    }

    /// Another value that was said in the same place.
    pub(crate) fn with_value(&self, value: Value) -> Self {
        Datum { value, ..self.clone() }
    }

    /// Never to be shown.
    #[must_use]
    pub fn hidden(self) -> Self {
        self.hidden_at(Vec::new())
    }

    /// The part at a path of names and indices is never to be shown.
    #[must_use]
    pub fn hidden_at(mut self, path: Vec<Arc<str>>) -> Self {
        self.hidden.push(path);
        self
    }

    /// Whether nothing of it may be shown.
    pub fn is_hidden(&self) -> bool {
        self.hidden.iter().any(Vec::is_empty)
    }

    /// The value under its name, with [`HIDDEN`] for whatever is not to be seen.
    pub fn shown(&self, name: &str) -> Value {
        let hidden: Vec<&[Arc<str>]> = self.hidden.iter().map(Vec::as_slice).collect();
        shown(&self.value, is_secret_name(name), &hidden)
    }
}

/// Recursion ends where values do, and those of all sources are limited in depth.
fn shown(value: &Value, is_secret: bool, hidden: &[&[Arc<str>]]) -> Value {
    let is_said = !value.is_null() && !value.is_boolean();
    if (is_secret && is_said) || hidden.iter().any(|path| path.is_empty()) {
        return Value::String(HIDDEN.to_owned());
    }
    let below = |step: &str| -> Vec<&[Arc<str>]> {
        let meant = hidden.iter().filter(|path| path.first().is_some_and(|first| &**first == step));
        meant.map(|path| &path[1..]).collect()
    };
    match value {
        Value::Object(entries) => entries
            .iter()
            .map(|(name, value)| (name.clone(), shown(value, is_secret_name(name), &below(name))))
            .collect(),
        Value::Array(elements) => {
            let each = elements.iter().enumerate();
            each.map(|(at, value)| shown(value, false, &below(&at.to_string()))).collect()
        }
        _ => value.clone(),
    }
}

/// Whether a value of that name is not to be seen.
pub fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let name = name.replace('-', "_");
    let last = name.rsplit('_').next().unwrap_or_default();
    SECRET_WORDS.contains(&last) || SECRET_ENDINGS.iter().any(|ending| name.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn origin() -> Origin {
        Origin { source: "a test".into(), span: Span::NONE }
    }

    #[test]
    fn secrets_are_not_shown() {
        let value =
            json!({"user": "a", "password": "hunter2", "keys": [{"api_key": "hunter2"}], "pass": true});
        let datum = Datum::new(value, origin());
        let expected = json!({"user": "a", "password": HIDDEN, "keys": [{"api_key": HIDDEN}], "pass": true});
        assert_eq!(datum.shown("db"), expected);
        assert_eq!(Datum::new(json!("x"), origin()).shown("db_password"), json!(HIDDEN));
        assert_eq!(Datum::new(json!("x"), origin()).shown("ssh_key"), json!("x"));
        let datum = Datum::new(json!("hunter2"), origin()).hidden();
        assert_eq!(datum.shown("db"), json!(HIDDEN));
        assert!(!format!("{datum:?}").contains("hunter2"));
    }

    #[test]
    fn a_part_of_a_value_can_be_hidden() {
        let value = json!({"a": ["x", {"b": "hunter2", "c": 1}]});
        let datum = Datum::new(value, origin()).hidden_at(vec!["a".into(), "1".into(), "b".into()]);
        assert_eq!(datum.shown("db"), json!({"a": ["x", {"b": HIDDEN, "c": 1}]}));
        assert!(!datum.is_hidden());
    }
}
