//! Recorded objects of any schema version, brought to the current one.
//!
//! Responsible for the JSON of objects: what is missing is filled in, what is not in the schema is
//! left out, and the flat maps of texts of old states become objects again.

use plumb_value::{Type, Value, json};
use serde_json::{Map, Value as Json};

use crate::definition::{BlockDefinition, TypeDefinition};

/// An object recorded under an older version.
pub(crate) fn upgrade(
    definition: &TypeDefinition,
    version: u64,
    text: &str,
    flat: bool,
) -> Result<Value, String> {
    let mut object: Json = serde_json::from_str(text).map_err(|problem| problem.to_string())?;
    if flat {
        object = unflatten(&object, &definition.block);
    }
    let Json::Object(members) = &mut object else { return Err("it is not an object".to_owned()) };
    for step in definition.upgrades.iter().filter(|step| step.from >= version) {
        for (old, new) in &step.rename {
            if let Some(value) = members.remove(old) {
                members.insert(new.clone(), value);
            }
        }
        for (name, value) in &step.set {
            members.insert(name.clone(), value.clone());
        }
    }
    complete(members, &definition.block)
}

/// An object whose JSON may lack something or say more than the schema knows.
pub(crate) fn decode_leniently(text: &str, block: &BlockDefinition) -> Result<Value, String> {
    let mut object: Json = serde_json::from_str(text).map_err(|problem| problem.to_string())?;
    match &mut object {
        Json::Object(members) => complete(members, block),
        _ => Err("it is not an object".to_owned()),
    }
}

fn complete(members: &mut Map<String, Json>, block: &BlockDefinition) -> Result<Value, String> {
    let ty = block.ty();
    let Type::Object(object) = &ty else { return Err("it is not an object".to_owned()) };
    members.retain(|name, _| object.attribute(name).is_some());
    for (name, ty) in object.attributes() {
        if !members.contains_key(&**name) {
            let is_block = block.blocks.contains_key(name);
            let nothing = match ty {
                Type::List(_) | Type::Set(_) if is_block => Json::Array(vec![]),
                Type::Map(_) if is_block => Json::Object(Map::new()),
                _ => Json::Null,
            };
            members.insert(name.to_string(), nothing);
        }
    }
    let text = serde_json::to_string(members).map_err(|problem| problem.to_string())?;
    json::decode(&text, &ty).map_err(|problem| problem.to_string())
}

/// `{"name": "web", "tags.%": "1", "tags.a": "b", "ports.#": "1", "ports.0": "80"}` as an object.
fn unflatten(flat: &Json, block: &BlockDefinition) -> Json {
    let text = |key: &str| flat.get(key).and_then(Json::as_str);
    let mut members = Map::new();
    for (name, attribute) in &block.attributes {
        let prefix = format!("{name}.");
        let inside = || {
            let entries = flat.as_object().into_iter().flatten();
            entries.filter_map(|(key, value)| {
                let key = key.strip_prefix(&prefix).filter(|key| *key != "%" && *key != "#")?;
                Some((key.to_owned(), value.clone()))
            })
        };
        let value = match attribute.ty() {
            Type::Map(_) => text(&format!("{name}.%")).map(|_| Json::Object(inside().collect())),
            Type::List(_) | Type::Set(_) => {
                text(&format!("{name}.#")).map(|_| Json::Array(inside().map(|(_, value)| value).collect()))
            }
            Type::Bool => text(name).map(|text| Json::Bool(text == "true")),
            Type::Number => text(name).and_then(|text| serde_json::from_str(text).ok()),
            _ => text(name).map(Json::from),
        };
        members.insert(name.to_string(), value.unwrap_or(Json::Null));
    }
    Json::Object(members)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: &str = r#"{
        "version": 2,
        "upgrades": [{"from": 0, "rename": {"label": "name"}}, {"from": 1, "set": {"size": 3}}],
        "attributes": {
            "name": {"type": "string"}, "size": {"type": "number"},
            "tags": {"type": ["map", "string"]}, "ports": {"type": ["list", "string"]}
        },
        "blocks": {"rule": {"nesting": "list", "attributes": {}}}
    }"#;

    #[test]
    fn objects_of_every_version_are_brought_to_the_current_one() {
        let definition: TypeDefinition = serde_json::from_str(SCHEMA).expect("a type");
        let cases = [
            (0, false, r#"{"label": "a"}"#, r#"{"name":"a","ports":null,"rule":[],"size":3,"tags":null}"#),
            (1, false, r#"{"name": "a"}"#, r#"{"name":"a","ports":null,"rule":[],"size":3,"tags":null}"#),
            (
                2,
                false,
                r#"{"name": "a", "old": 1}"#,
                r#"{"name":"a","ports":null,"rule":[],"size":null,"tags":null}"#,
            ),
            (
                2,
                true,
                r##"{"name": "a", "size": "4", "tags.%": "1", "tags.k": "v", "ports.#": "1", "ports.0": "80"}"##,
                r#"{"name":"a","ports":["80"],"rule":[],"size":4,"tags":{"k":"v"}}"#,
            ),
        ];
        for (version, flat, recorded, expected) in cases {
            let object = upgrade(&definition, version, recorded, flat).expect("upgraded");
            let text = json::encode(&object, &definition.block.ty()).expect("text");
            assert_eq!(String::from_utf8_lossy(&text), expected);
        }
        assert!(upgrade(&definition, 2, "[]", false).is_err());
    }
}
