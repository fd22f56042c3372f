//! What objects that are taken over are known by.
//!
//! Responsible for telling what is wrong with an identifier or an identity that an author wrote: the one by
//! itself, the other beside what its provider says identities look like.

use std::sync::Arc;

use plumb_diagnostics::{Diagnostic, Diagnostics, did_you_mean};
use plumb_plan::ImportKey;
use plumb_schema::IdentitySchema;
use plumb_value::{Type, Value, convert, json};

/// What an author has written, not yet beside what the provider knows of.
#[derive(Clone, Debug)]
pub(crate) enum Sought {
    /// An identifier.
    Id(Arc<str>),
    /// An object, without marks and wholly known.
    Identity(Value),
}

impl Sought {
    /// For people, and where nothing is made of it.
    pub(crate) fn text(&self) -> Arc<str> {
        match self {
            Sought::Id(id) => id.clone(),
            Sought::Identity(value) => {
                let text = json::encode(value, &value.ty()).unwrap_or_default();
                String::from_utf8_lossy(&text).into()
            }
        }
    }
}

/// The identifier that a value is. It may be sensitive: the object has it as its own from then on.
pub(crate) fn identifier(value: &Value) -> Result<Sought, Diagnostic> {
    let invalid = |problem: &str| Diagnostic::error("Invalid import id argument", problem);
    if value.deep_marks().is_ephemeral() {
        return Err(invalid("The import ID must not be ephemeral: it is kept in the plan."));
    }
    let (value, _) = value.clone().unmark();
    if value.is_null() {
        return Err(invalid("The import ID cannot be null."));
    }
    let converted = convert(&value, &Type::String).map_err(|error| {
        Diagnostic::error("Incorrect value type", format!("Invalid expression value: {}.", error.message))
    })?;
    match converted.as_str() {
        Some("") => Err(invalid(
            "The import ID value evaluates to an empty string, please provide a non-empty value.",
        )),
        Some(id) => Ok(Sought::Id(id.into())),
        None => Err(invalid(
            "The import block \"id\" argument depends on resource attributes that cannot be determined until apply, \
             so Plumb cannot plan to import this resource.",
        )),
    }
}

/// The identity that a value is. It may be sensitive for the same reason.
pub(crate) fn identity(value: &Value) -> Result<Sought, Diagnostic> {
    let invalid = |problem: &str| Diagnostic::error("Invalid import identity argument", problem);
    if value.deep_marks().is_ephemeral() {
        return Err(invalid("The import identity must not be ephemeral: it is kept in the plan."));
    }
    let value = value.unmark_deep();
    if value.is_null() {
        return Err(invalid("The import identity cannot be null."));
    }
    if !value.is_wholly_known() {
        return Err(invalid(
            "The import block \"identity\" argument depends on resource attributes that cannot be determined until \
             apply, so Plumb cannot plan to import this resource.",
        ));
    }
    if value.entries().is_none() {
        return Err(invalid(
            "The import identity must be an object: write { NAME = VALUE } with the attributes that the provider's \
             documentation names.",
        ));
    }
    Ok(Sought::Identity(value))
}

/// What the provider is asked for. `None` for a schema says that objects of the type have no identities.
pub(crate) fn key(
    sought: &Sought,
    kind: &str,
    provider: &str,
    schema: Option<&IdentitySchema>,
) -> Result<ImportKey, Diagnostics> {
    let value = match sought {
        Sought::Id(id) => return Ok(ImportKey::Id(id.clone())),
        Sought::Identity(value) => value,
    };
    let Some(schema) = schema else {
        let detail = format!(
            "The provider {provider} knows objects of the type \"{kind}\" by their identifiers only. Write id = \"...\" \
             in place of identity, or take a newer version of the provider that has identities."
        );
        return Err(Diagnostic::error("Resource has no identity", detail).into());
    };
    let given = value.entries().unwrap_or_default();
    let mut problems: Vec<String> = given
        .iter()
        .filter(|(name, _)| !schema.attributes.contains_key(&**name))
        .map(|(name, _)| {
            let hint = did_you_mean(name, schema.attributes.keys().map(|name| &**name));
            format!("there is no attribute \"{name}\".{hint}")
        })
        .collect();
    let mut parts = Vec::new();
    for (name, attribute) in &schema.attributes {
        let part = given.iter().find(|(given, _)| *given == name).map(|(_, part)| *part);
        match part.filter(|part| !part.is_null()) {
            None if attribute.required_for_import => problems.push(format!("\"{name}\" is required.")),
            None => parts.push((name.clone(), Value::null(attribute.ty.clone()))),
            Some(part) => match convert(part, &attribute.ty) {
                Ok(part) => parts.push((name.clone(), part)),
                Err(error) => problems.push(format!("\"{name}\": {}.", error.message)),
            },
        }
    }
    if problems.is_empty() {
        match json::encode(&Value::object(parts), &schema.implied_type()) {
            Ok(text) => {
                let text = String::from_utf8_lossy(&text);
                return Ok(ImportKey::Identity((schema.version, text.into())));
            }
            Err(error) => problems.push(format!("{error}.")),
        }
    }
    let detail = format!(
        "This is no identity of a \"{kind}\": {}\n\nAn identity has {}.",
        problems.join(" "),
        described(schema)
    );
    Err(Diagnostic::error("Invalid import identity argument", detail).into())
}

/// What an identity is made of, as the end of a sentence.
fn described(schema: &IdentitySchema) -> String {
    let part = |(name, attribute): (&Arc<str>, &plumb_schema::IdentityAttribute)| {
        let role = if attribute.required_for_import { "required" } else { "optional" };
        format!("\"{name}\" ({}, {role})", attribute.ty.friendly_name())
    };
    schema.attributes.iter().map(part).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use plumb_schema::IdentityAttribute;

    use super::*;

    fn schema() -> IdentitySchema {
        let attribute = |ty, required_for_import| IdentityAttribute {
            ty,
            required_for_import,
            optional_for_import: !required_for_import,
            description: String::new(),
        };
        let attributes = [
            ("name".into(), attribute(Type::String, true)),
            ("number".into(), attribute(Type::Number, false)),
        ];
        IdentitySchema { version: 2, attributes: attributes.into_iter().collect() }
    }

    #[track_caller]
    fn check(value: Value, expected: Result<&str, &str>) {
        let sought = identity(&value).expect("is an object");
        match (key(&sought, "kind", "a/b", Some(&schema())), expected) {
            (Ok(ImportKey::Identity((2, text))), Ok(expected)) => assert_eq!(&*text, expected),
            (Err(found), Err(expected)) => {
                let detail = &found.iter().next().expect("has one").detail;
                assert!(detail.contains(expected), "{detail}");
            }
            (found, expected) => panic!("{found:?} {expected:?}"),
        }
    }

    #[test]
    fn identities_are_what_their_schema_says() {
        let object = |parts: Vec<(&str, Value)>| Value::object(parts);
        check(object(vec![("name", Value::string("a"))]), Ok(r#"{"name":"a","number":null}"#));
        check(
            object(vec![("name", Value::number(1_i64)), ("number", Value::string("2"))]),
            Ok(r#"{"name":"1","number":2}"#),
        );
        check(object(vec![("number", Value::number(1_i64))]), Err("\"name\" is required"));
        check(object(vec![("name", Value::null(Type::String))]), Err("\"name\" is required"));
        check(
            object(vec![("name", Value::string("a")), ("nmuber", Value::string("a"))]),
            Err("no attribute \"nmuber\". Did you mean \"number\"?"),
        );
        check(
            object(vec![("name", Value::string("a")), ("number", Value::string("x"))]),
            Err("\"number\": "),
        );
    }

    #[test]
    fn what_is_no_identity_is_refused() {
        for value in [
            Value::string("a"),
            Value::null(Type::Dynamic),
            Value::unknown(Type::Dynamic),
            Value::object([("name", Value::unknown(Type::String))]),
        ] {
            let found = identity(&value).expect_err("is none");
            assert_eq!(found.summary, "Invalid import identity argument");
        }
        let sought = identity(&Value::object([("name", Value::string("a"))])).expect("is one");
        assert_eq!(&*sought.text(), r#"{"name":"a"}"#);
        let found = key(&sought, "kind", "a/b", None).expect_err("has none");
        assert_eq!(found.iter().next().map(|found| &*found.summary), Some("Resource has no identity"));
    }
}
