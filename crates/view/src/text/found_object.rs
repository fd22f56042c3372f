//! Resource blocks for objects that were found, and that nobody has written a block for yet.
//!
//! Everything that may be set is there, in the order of names, null where the object has no value. What
//! is sensitive is left for the author to fill in: a file of configuration is no place for it.

use plumb_address::Resource;
use plumb_expression::source_of;
use plumb_schema::{Attribute, Block, NestedBlock, NestedType, Nesting};
use plumb_source::FileId;
use plumb_syntax::is_identifier;
use plumb_value::{Kind, Value};

/// An object that a block is written for.
pub struct FoundObject<'a> {
    /// Where it is to be recorded.
    pub resource: &'a Resource,
    /// What the provider knows it by.
    pub id: &'a str,
    /// The provider configuration as references name it, where it is not the usual one.
    pub provider: Option<&'a str>,
    /// Its schema.
    pub schema: &'a Block,
    /// The object.
    pub value: &'a Value,
}

/// The block for an object, laid out.
pub fn found_object_block(object: &FoundObject<'_>) -> String {
    let Resource { kind, name, .. } = object.resource;
    let mut text = format!("resource \"{kind}\" \"{name}\" {{\n");
    if let Some(provider) = object.provider {
        text.push_str(&format!("  provider = {provider}\n"));
    }
    write_body(object.schema, object.value, &mut text);
    text.push('}');
    // What was just written can be read, and is left as it is where it cannot.
    plumb_syntax::format(&text, FileId::NONE).unwrap_or(text).trim_end().to_owned()
}

/// A file with a block for each object, laid out.
pub fn write_found_objects(objects: &[FoundObject<'_>]) -> String {
    let mut text = "# __generated__ by Plumb\n# Please review these resources and move them into your main \
                    configuration files.\n"
        .to_owned();
    for object in objects {
        let id = source_of(&Value::string(object.id)).unwrap_or_default();
        let block = found_object_block(object);
        text.push_str(&format!("\n# __generated__ by Plumb from {id}\n{block}\n"));
    }
    text
}

fn write_body(schema: &Block, value: &Value, text: &mut String) {
    for (name, attribute) in &schema.attributes {
        // Providers of the older SDK say that the identifier may be set, and refuse it.
        let is_identifier_of_its_own = &**name == "id" && attribute.optional && attribute.computed;
        if is_identifier_of_its_own || !(attribute.required || attribute.optional) {
            continue;
        }
        write_attribute(name, attribute, value.attribute(name), text);
    }
    for (name, nested) in &schema.blocks {
        if let Some(value) = value.attribute(name) {
            write_blocks(name, nested, &value, text);
        }
    }
}

fn write_attribute(name: &str, attribute: &Attribute, value: Option<Value>, text: &mut String) {
    let name = if is_identifier(name) {
        name.to_owned()
    } else {
        source_of(&Value::string(name)).unwrap_or_default()
    };
    let value = value.filter(|value| !is_unset(attribute, value));
    let is_secret = attribute.sensitive || attribute.write_only;
    match value {
        _ if is_secret => {
            let why = if attribute.write_only { "write-only" } else { "sensitive" };
            text.push_str(&format!("{name} = null # {why}\n"));
        }
        None => text.push_str(&format!("{name} = null\n")),
        Some(value) => {
            text.push_str(&format!("{name} = "));
            match &attribute.nested {
                Some(nested) => write_nested(nested, &value, text),
                None => text.push_str(&source(&value)),
            }
            text.push('\n');
        }
    }
}

/// Providers of the older SDK record empty texts where nothing is set.
fn is_unset(attribute: &Attribute, value: &Value) -> bool {
    value.is_null() || (attribute.optional && value.as_str() == Some(""))
}

/// Documents in JSON are easier to read, and to change, as what they stand for.
fn source(value: &Value) -> String {
    let value = value.unmark_deep();
    let document = value.as_str().filter(|text| text.trim_start().starts_with(['{', '[']));
    if let Some(document) = document.and_then(|text| plumb_value::json::decode_implied(text).ok())
        && let Ok(source) = source_of(&document)
    {
        return format!("jsonencode({source})");
    }
    source_of(&value).unwrap_or_else(|_| "null".to_owned())
}

fn write_nested(nested: &NestedType, value: &Value, text: &mut String) {
    let object = |value: &Value, text: &mut String| {
        text.push_str("{\n");
        for (name, attribute) in &nested.attributes {
            if attribute.required || attribute.optional {
                write_attribute(name, attribute, value.attribute(name), text);
            }
        }
        text.push('}');
    };
    match nested.nesting {
        Nesting::Single | Nesting::Group => object(value, text),
        Nesting::List | Nesting::Set => {
            text.push_str("[\n");
            for element in elements(value) {
                object(&element, text);
                text.push_str(",\n");
            }
            text.push(']');
        }
        Nesting::Map => {
            text.push_str("{\n");
            for (key, element) in value.entries().unwrap_or_default() {
                let key = source_of(&Value::string(key.clone())).unwrap_or_default();
                text.push_str(&format!("{key} = "));
                object(element, text);
                text.push('\n');
            }
            text.push('}');
        }
    }
}

fn write_blocks(name: &str, nested: &NestedBlock, value: &Value, text: &mut String) {
    let block = |label: &str, value: &Value, text: &mut String| {
        text.push_str(&format!("{name} {label}{{\n"));
        write_body(&nested.block, value, text);
        text.push_str("}\n");
    };
    if value.is_null() {
        return;
    }
    match nested.nesting {
        Nesting::Single | Nesting::Group => block("", value, text),
        Nesting::List | Nesting::Set => elements(value).iter().for_each(|value| block("", value, text)),
        Nesting::Map => {
            for (key, element) in value.entries().unwrap_or_default() {
                let label = source_of(&Value::string(key.clone())).unwrap_or_default();
                block(&format!("{label} "), element, text);
            }
        }
    }
}

fn elements(value: &Value) -> Vec<Value> {
    match value.kind() {
        Kind::List(_, values) | Kind::Tuple(_, values) => values.to_vec(),
        Kind::Set(_, values) => values.iter().cloned().collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use plumb_value::Type;

    use super::*;

    #[test]
    fn everything_that_may_be_set_is_written() {
        let optional = |ty: Type| Attribute { optional: true, ..Attribute::new(ty) };
        let computed = Attribute { computed: true, ..Attribute::new(Type::String) };
        let nested = NestedType {
            attributes: [("a".into(), optional(Type::Number)), ("b".into(), computed.clone())].into(),
            nesting: Nesting::List,
        };
        let inner =
            Block { attributes: [("port".into(), optional(Type::Number))].into(), ..Block::default() };
        let schema = Block {
            attributes: [
                ("id".into(), Attribute { optional: true, ..computed.clone() }),
                ("arn".into(), computed),
                ("policy".into(), optional(Type::String)),
                ("empty".into(), optional(Type::String)),
                ("password".into(), Attribute { sensitive: true, ..optional(Type::String) }),
                ("text".into(), optional(Type::String)),
                ("parts".into(), Attribute { nested: Some(Box::new(nested)), ..optional(Type::Dynamic) }),
            ]
            .into(),
            blocks: [(
                "rule".into(),
                NestedBlock { block: inner, nesting: Nesting::List, min_items: 0, max_items: 0 },
            )]
            .into(),
            ..Block::default()
        };
        let part = Value::object([("a", Value::number(1)), ("b", Value::string("x"))]);
        let value = Value::object([
            ("id", Value::string("i-1")),
            ("arn", Value::string("arn")),
            ("policy", Value::string("{\"b\": [1], \"a\": null}")),
            ("empty", Value::string("")),
            ("password", Value::string("hush")),
            ("text", Value::string("${x}")),
            ("parts", Value::tuple([part])),
            ("rule", Value::tuple([Value::object([("port", Value::number(80))])])),
        ]);
        let resource = Resource::managed("x_y", "z");
        let object = FoundObject {
            resource: &resource,
            id: "i-1",
            provider: Some("x.west"),
            schema: &schema,
            value: &value,
        };
        let text = write_found_objects(&[object]);
        let (_, body) = text.split_once("from \"i-1\"\n").expect("a header");
        assert_eq!(
            body,
            "resource \"x_y\" \"z\" {\n  provider = x.west\n  empty    = null\n  parts = [\n    {\n      a = 1\n    },\n  \
             ]\n  password = null # sensitive\n  policy = jsonencode({\n    a = null\n    b = [1]\n  })\n  text = \
             \"$${x}\"\n  rule {\n    port = 80\n  }\n}\n"
        );
        assert!(!text.contains("hush"));
    }
}
