//! Identities, and what providers say they look like.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use bytes::Bytes;
use plumb_schema::{IdentityAttribute, IdentitySchema};
use plumb_state::RecordedIdentity;
use plumb_value::{Value, json};

use super::value::{decode_value, encode_value, type_from_json, type_to_json};
use crate::generated::provider as wire;

/// What identities of each type look like.
pub(crate) type IdentitySchemas = BTreeMap<String, Arc<IdentitySchema>>;

/// The schemas in an answer; the error says what is wrong with one.
pub(crate) fn identity_schemas_from_wire(
    schemas: HashMap<String, wire::ResourceIdentitySchema>,
) -> Result<IdentitySchemas, String> {
    let read = |(kind, schema): (String, wire::ResourceIdentitySchema)| {
        let attributes = schema.identity_attributes.into_iter().map(|attribute| {
            let ty = type_from_json(&attribute.r#type)
                .ok_or_else(|| format!("\"{}\" of the identity of \"{kind}\" has no type", attribute.name))?;
            let read = IdentityAttribute {
                ty,
                required_for_import: attribute.required_for_import,
                optional_for_import: attribute.optional_for_import,
                description: attribute.description,
            };
            Ok((attribute.name.into(), read))
        });
        let attributes = attributes.collect::<Result<_, String>>()?;
        let version = u64::try_from(schema.version).unwrap_or(0);
        Ok((kind, Arc::new(IdentitySchema { version, attributes })))
    };
    schemas.into_iter().map(read).collect()
}

/// A schema as the wire wants it.
pub(crate) fn identity_schema_to_wire(schema: &IdentitySchema) -> wire::ResourceIdentitySchema {
    let attribute =
        |(name, attribute): (&Arc<str>, &IdentityAttribute)| wire::resource_identity_schema::Attribute {
            name: name.to_string(),
            r#type: type_to_json(&attribute.ty).into(),
            required_for_import: attribute.required_for_import,
            optional_for_import: attribute.optional_for_import,
            description: attribute.description.clone(),
        };
    wire::ResourceIdentitySchema {
        version: i64::try_from(schema.version).unwrap_or(i64::MAX),
        identity_attributes: schema.attributes.iter().map(attribute).collect(),
    }
}

/// An identity of the schema's version as the wire wants it; the error says what does not fit.
pub(crate) fn identity_to_wire(
    identity: &RecordedIdentity,
    schema: &IdentitySchema,
) -> Result<wire::ResourceIdentityData, String> {
    let ty = schema.implied_type();
    let value = json::decode(&identity.1, &ty).map_err(|problem| problem.to_string())?;
    Ok(wire::ResourceIdentityData { identity_data: encode_value(&value, &ty)? })
}

/// An identity from the wire. One of which nothing is said is none.
pub(crate) fn identity_value(
    data: Option<&wire::ResourceIdentityData>,
    schema: &IdentitySchema,
) -> Result<Option<Value>, String> {
    let value = decode_value(data.and_then(|data| data.identity_data.as_ref()), &schema.implied_type())?;
    let says_nothing = value.is_null()
        || value.entries().is_some_and(|entries| entries.iter().all(|(_, part)| part.is_null()));
    Ok((!says_nothing).then_some(value))
}

/// An identity that is wholly known, as it is recorded.
pub(crate) fn recorded_identity(value: &Value, schema: &IdentitySchema) -> Result<RecordedIdentity, String> {
    let text = json::encode(value, &schema.implied_type()).map_err(|problem| problem.to_string())?;
    Ok((schema.version, String::from_utf8_lossy(&text).into()))
}

/// A recorded identity for the provider to read, whatever version it is of.
pub(crate) fn raw_identity(identity: &RecordedIdentity) -> wire::RawState {
    wire::RawState { json: Bytes::copy_from_slice(identity.1.as_bytes()), flatmap: HashMap::new() }
}

#[cfg(test)]
mod tests {
    use plumb_value::Type;

    use super::*;

    fn schema() -> IdentitySchema {
        let attribute = |ty| IdentityAttribute {
            ty,
            required_for_import: true,
            optional_for_import: false,
            description: "what".to_owned(),
        };
        let attributes = [("name", Type::String), ("zones", Type::list(Type::String))];
        let attributes = attributes.map(|(name, ty)| (name.into(), attribute(ty)));
        IdentitySchema { version: 3, attributes: attributes.into_iter().collect() }
    }

    #[test]
    fn schemas_and_identities_go_there_and_back() {
        let schema = schema();
        let sent = HashMap::from([("kind".to_owned(), identity_schema_to_wire(&schema))]);
        let read = identity_schemas_from_wire(sent).expect("is one");
        assert_eq!(read.get("kind").map(|read| &**read), Some(&schema));
        let recorded: RecordedIdentity = (3, r#"{"name":"a","zones":["x"]}"#.into());
        let sent = identity_to_wire(&recorded, &schema).expect("fits");
        let value = identity_value(Some(&sent), &schema).expect("fits").expect("says something");
        assert_eq!(recorded_identity(&value, &schema), Ok(recorded));
    }

    #[test]
    fn what_says_nothing_is_none_and_what_does_not_fit_is_told() {
        let schema = schema();
        assert_eq!(identity_value(None, &schema), Ok(None));
        let nothing = identity_to_wire(&(3, r#"{"name":null,"zones":null}"#.into()), &schema).expect("fits");
        assert_eq!(identity_value(Some(&nothing), &schema), Ok(None));
        assert!(identity_to_wire(&(3, r#"{"name":{}}"#.into()), &schema).is_err());
        let untyped =
            wire::resource_identity_schema::Attribute { name: "x".to_owned(), ..Default::default() };
        let untyped = wire::ResourceIdentitySchema { version: 0, identity_attributes: vec![untyped] };
        let said = identity_schemas_from_wire(HashMap::from([("kind".to_owned(), untyped)]));
        assert_eq!(said, Err("\"x\" of the identity of \"kind\" has no type".to_owned()));
    }
}
