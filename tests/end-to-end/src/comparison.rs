//! In what two JSON documents differ, where the order of lists means nothing.

use serde_json::Value;

/// Every difference, as a path with both sides.
pub fn differences(one: &Value, two: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare("", &sorted(one), &sorted(two), &mut found);
    found
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(sorted).collect();
            items.sort_by_key(ToString::to_string);
            Value::Array(items)
        }
        Value::Object(members) => {
            let mut members: Vec<(String, Value)> =
                members.iter().map(|(name, value)| (name.clone(), sorted(value))).collect();
            members.sort_by(|one, two| one.0.cmp(&two.0));
            Value::Object(members.into_iter().collect())
        }
        other => other.clone(),
    }
}

fn compare(path: &str, one: &Value, two: &Value, found: &mut Vec<String>) {
    match (one, two) {
        (Value::Object(left), Value::Object(right)) => {
            let names: std::collections::BTreeSet<&String> = left.keys().chain(right.keys()).collect();
            for name in names {
                let side = |members: &serde_json::Map<String, Value>| members.get(name).cloned();
                match (side(left), side(right)) {
                    (Some(left), Some(right)) => compare(&format!("{path}.{name}"), &left, &right, found),
                    (left, right) => found.push(format!("{path}.{name}: {left:?} against {right:?}")),
                }
            }
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            for (at, (left, right)) in left.iter().zip(right).enumerate() {
                compare(&format!("{path}[{at}]"), left, right, found);
            }
        }
        _ if one == two => {}
        _ => found.push(format!("{path}: {one} against {two}")),
    }
}

#[cfg(test)]
mod tests {
    use super::differences;
    use serde_json::json;

    #[test]
    fn order_means_nothing_and_everything_else_does() {
        assert!(differences(&json!({"a": [1, {"b": 2}]}), &json!({"a": [{"b": 2}, 1]})).is_empty());
        assert_eq!(differences(&json!({"a": 1}), &json!({"a": 2})), [".a: 1 against 2"]);
        assert_eq!(differences(&json!({"a": [1]}), &json!({"a": [1, 1]})).len(), 1);
        assert_eq!(differences(&json!({"a": null}), &json!({})).len(), 1);
    }
}
