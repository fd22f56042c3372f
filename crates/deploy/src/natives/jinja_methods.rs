//! Methods of texts and mappings, as templates for Python call them.

use minijinja::value::{ValueKind, from_args};
use minijinja::{Error, ErrorKind, State, Value};

/// Calls a method that Jinja itself does not have.
pub(super) fn call(_: &State<'_, '_>, of: &Value, name: &str, given: &[Value]) -> Result<Value, Error> {
    let found = match of.kind() {
        ValueKind::String => of_text(of.as_str().unwrap_or_default(), name, given)?,
        ValueKind::Map => of_map(of, name, given)?,
        _ => None,
    };
    found.ok_or_else(|| Error::from(ErrorKind::UnknownMethod))
}

fn of_text(text: &str, name: &str, given: &[Value]) -> Result<Option<Value>, Error> {
    Ok(Some(match name {
        "lower" | "upper" | "strip" | "lstrip" | "rstrip" if given.is_empty() => Value::from(match name {
            "lower" => text.to_lowercase(),
            "upper" => text.to_uppercase(),
            "strip" => text.trim().to_owned(),
            "lstrip" => text.trim_start().to_owned(),
            _ => text.trim_end().to_owned(),
        }),
        "strip" | "lstrip" | "rstrip" => {
            let (signs,): (&str,) = from_args(given)?;
            let is_one = |one: char| signs.contains(one);
            Value::from(match name {
                "strip" => text.trim_matches(is_one),
                "lstrip" => text.trim_start_matches(is_one),
                _ => text.trim_end_matches(is_one),
            })
        }
        "split" => split(text, given)?,
        "splitlines" => text.lines().map(Value::from).collect::<Vec<_>>().into(),
        "startswith" | "endswith" => {
            let (part,): (&str,) = from_args(given)?;
            Value::from(if name == "startswith" { text.starts_with(part) } else { text.ends_with(part) })
        }
        "replace" => {
            let (from, to): (&str, &str) = from_args(given)?;
            Value::from(text.replace(from, to))
        }
        "join" => {
            let (items,): (Value,) = from_args(given)?;
            let items: Vec<String> = items.try_iter()?.map(|item| item.to_string()).collect();
            Value::from(items.join(text))
        }
        "isdigit" => Value::from(!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())),
        "find" => {
            let (part,): (&str,) = from_args(given)?;
            let found = text.find(part).map(|at| text[..at].chars().count() as i64);
            Value::from(found.unwrap_or(-1))
        }
        "count" => {
            let (part,): (&str,) = from_args(given)?;
            Value::from(text.matches(part).count())
        }
        _ => return Ok(None),
    }))
}

fn split(text: &str, given: &[Value]) -> Result<Value, Error> {
    let (by, most): (Option<&str>, Option<i64>) = from_args(given)?;
    let parts: Vec<&str> = match (by, most.and_then(|most| usize::try_from(most).ok())) {
        (None, _) => text.split_whitespace().collect(),
        (Some(by), None) => text.split(by).collect(),
        (Some(by), Some(most)) => text.splitn(most + 1, by).collect(),
    };
    Ok(parts.into_iter().map(Value::from).collect::<Vec<_>>().into())
}

fn of_map(map: &Value, name: &str, given: &[Value]) -> Result<Option<Value>, Error> {
    Ok(Some(match name {
        "items" | "iteritems" => {
            let mut pairs = Vec::new();
            for key in map.try_iter()? {
                let value = map.get_item(&key)?;
                pairs.push(Value::from(vec![key, value]));
            }
            Value::from(pairs)
        }
        "keys" => map.try_iter()?.collect::<Vec<_>>().into(),
        "values" => map.try_iter()?.map(|key| map.get_item(&key)).collect::<Result<Vec<_>, _>>()?.into(),
        "get" => {
            let (key, otherwise): (Value, Option<Value>) = from_args(given)?;
            let found = map.get_item(&key)?;
            if found.is_undefined() { otherwise.unwrap_or_else(|| Value::from(())) } else { found }
        }
        _ => return Ok(None),
    }))
}
