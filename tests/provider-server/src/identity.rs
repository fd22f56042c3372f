//! Identities of objects: what tells each from all others.
//!
//! Responsible for making an identity of an object, and for finding an identifier in one.

use plumb_state::RecordedIdentity;
use plumb_value::{Type, Value, json};
use serde_json::{Map, Value as Json};

use crate::definition::{IdentityDefinition, TypeDefinition};

/// The identity of an object; `None` where the type has none, or some of it is not known.
pub(crate) fn of(definition: &TypeDefinition, object: &Value) -> Option<RecordedIdentity> {
    let identity = definition.identity.as_ref().filter(|_| !object.is_null())?;
    let mut members = Map::new();
    for (name, attribute) in &identity.attributes {
        let value = match (&attribute.value, object.part(name)) {
            (Some(value), _) => value.clone(),
            (None, Some(part)) if part.is_wholly_known() => {
                let text = json::encode(part, &part.ty()).ok()?;
                serde_json::from_slice(&text).ok()?
            }
            (None, _) => return None,
        };
        members.insert(name.to_string(), value);
    }
    Some((identity.version, Json::Object(members).to_string().into()))
}

/// The identifier in an identity, whose other parts must be what they always are.
pub(crate) fn identifier(
    definition: &IdentityDefinition,
    identity: &RecordedIdentity,
) -> Result<String, String> {
    let members: Json = serde_json::from_str(&identity.1).map_err(|problem| problem.to_string())?;
    for (name, attribute) in &definition.attributes {
        let given = members.get(&**name).filter(|given| !given.is_null());
        if let (Some(value), Some(given)) = (&attribute.value, given)
            && value != given
        {
            return Err(format!("there are no objects whose {name} is {given}"));
        }
    }
    let id = members.get("id").and_then(Json::as_str);
    id.map(str::to_owned).ok_or_else(|| "the identity has no id".to_owned())
}

/// An identity of an older version with the names of today.
pub(crate) fn upgrade(
    definition: &IdentityDefinition,
    identity: &RecordedIdentity,
) -> Result<RecordedIdentity, String> {
    let mut members: Map<String, Json> =
        serde_json::from_str(&identity.1).map_err(|problem| problem.to_string())?;
    for (old, new) in &definition.rename {
        if let Some(value) = members.remove(old) {
            members.insert(new.clone(), value);
        }
    }
    for (name, attribute) in &definition.attributes {
        let value = attribute.value.clone().unwrap_or(Json::Null);
        members.entry(name.to_string()).or_insert(value);
    }
    let text = Json::Object(members).to_string();
    let ty: Type = definition.schema().implied_type();
    json::decode(&text, &ty).map_err(|problem| problem.to_string())?;
    Ok((definition.version, text.into()))
}
