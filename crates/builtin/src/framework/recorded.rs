//! Objects as state recorded them.
//!
//! Responsible for reading their JSON by the types of attributes. Attributes that the schema does
//! not have are passed over, for older releases recorded some that newer ones dropped.

use plumb_value::{Number, Type, Value};
use serde_json::Value as Json;

use super::{Object, Problem, Shape, problem};

/// An object as it was recorded.
pub(crate) struct Recorded {
    attributes: serde_json::Map<String, Json>,
}

impl Recorded {
    /// Reads the JSON of an object; `flat` says that it is a flat map of texts.
    pub(super) fn parse(json: &str, flat: bool) -> Result<Recorded, Problem> {
        if flat {
            return Err(unreadable("it has the form of states from before Terraform 0.12"));
        }
        match serde_json::from_str(json) {
            Ok(Json::Object(attributes)) => Ok(Recorded { attributes }),
            Ok(_) => Err(unreadable("it is not a JSON object")),
            Err(error) => Err(unreadable(&error.to_string())),
        }
    }

    /// The object with whatever attributes it shares with a shape.
    pub(crate) fn decode(&self, shape: &Shape) -> Result<Object, Problem> {
        let mut object = shape.blank();
        for (at, (name, ty)) in shape.object.attributes().iter().enumerate() {
            if let Some(json) = self.attributes.get(&**name) {
                object.values[at] = decode(json, ty)
                    .ok_or_else(|| unreadable(&format!("the attribute {name} is not of type {ty}")))?;
            }
        }
        Ok(object)
    }
}

fn unreadable(reason: &str) -> Problem {
    problem(
        "Unable to Read Previously Saved State for UpgradeResourceState",
        format!(
            "The recorded object cannot be read: {reason}. If the state was edited by hand, bring the object \
             back into its schema's form; if it was last written by Terraform 0.11 or earlier, refresh it with \
             the provider version of that time first."
        ),
    )
}

/// A value of one of the types that these schemas use. Texts, numbers and booleans stand in for
/// each other where the text is that of the value, as older releases recorded them.
fn decode(json: &Json, ty: &Type) -> Option<Value> {
    match (json, ty) {
        (Json::Null, _) => Some(Value::null(ty.clone())),
        (Json::String(text), Type::String) => Some(Value::string(text.as_str())),
        (Json::Number(number), Type::String) => Some(Value::string(number.to_string())),
        (Json::Bool(flag), Type::String) => Some(Value::string(flag.to_string())),
        (Json::Number(number), Type::Number) => Number::parse(&number.to_string()).map(Value::number),
        (Json::String(text), Type::Number) => Number::parse(text).map(Value::number),
        (Json::Bool(flag), Type::Bool) => Some(Value::bool(*flag)),
        (Json::String(text), Type::Bool) => match text.as_str() {
            "true" | "1" => Some(Value::bool(true)),
            "false" | "0" => Some(Value::bool(false)),
            _ => None,
        },
        (Json::Array(elements), Type::List(element)) => {
            let values: Option<Vec<Value>> = elements.iter().map(|json| decode(json, element)).collect();
            Some(Value::list((**element).clone(), values?))
        }
        (Json::Object(entries), Type::Map(element)) => {
            let values: Option<Vec<(&str, Value)>> =
                entries.iter().map(|(key, json)| Some((key.as_str(), decode(json, element)?))).collect();
            Some(Value::map((**element).clone(), values?))
        }
        _ => None,
    }
}
