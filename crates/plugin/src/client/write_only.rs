//! Finds values of write-only attributes where there must be none.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumb_schema::{Attribute, Block};
use plumb_value::{Path, Value};

/// Where write-only attributes of an object are not null.
pub(super) fn returned(block: &Block, value: &Value) -> Vec<Path> {
    let mut found = Vec::new();
    in_block(block, value, &Path::root(), &mut found);
    found
}

fn in_block(block: &Block, value: &Value, path: &Path, found: &mut Vec<Path>) {
    in_attributes(&block.attributes, value, path, found);
    for (name, nested) in &block.blocks {
        let Some(inside) = value.part(name) else { continue };
        each_object(inside, &path.attribute(name.clone()), &mut |object, path| {
            in_block(&nested.block, object, path, found);
        });
    }
}

fn in_attributes(
    attributes: &BTreeMap<Arc<str>, Attribute>,
    value: &Value,
    path: &Path,
    found: &mut Vec<Path>,
) {
    for (name, attribute) in attributes {
        if !attribute.write_only && attribute.nested.is_none() {
            continue;
        }
        let Some(inside) = value.part(name) else { continue };
        let path = path.attribute(name.clone());
        if attribute.write_only && !inside.is_null() {
            found.push(path);
        } else if let Some(nested) = &attribute.nested {
            each_object(inside, &path, &mut |object, path| {
                in_attributes(&nested.attributes, object, path, found);
            });
        }
    }
}

/// Visits an object, or the objects in a collection.
fn each_object(value: &Value, path: &Path, visit: &mut dyn FnMut(&Value, &Path)) {
    if matches!(value.kind(), plumb_value::Kind::Object(..)) {
        visit(value, path);
        return;
    }
    for (step, inside) in value.steps() {
        visit(inside, &path.with(step));
    }
}

#[cfg(test)]
mod tests {
    use plumb_schema::{NestedBlock, NestedType, Nesting};
    use plumb_value::Type;

    use super::*;
    use crate::wire::path_text;

    fn block() -> Block {
        let secret = Attribute { write_only: true, ..Attribute::new(Type::String) };
        let attributes = BTreeMap::from([
            ("secret".into(), secret.clone()),
            ("plain".into(), Attribute::new(Type::String)),
        ]);
        let nested = NestedType { attributes: attributes.clone(), nesting: Nesting::Map };
        let inner = Block { attributes: attributes.clone(), ..Block::default() };
        let mut block = Block { attributes, ..Block::default() };
        let nested_attribute = Attribute { nested: Some(Box::new(nested)), ..Attribute::new(Type::Dynamic) };
        block.attributes.insert("nested".into(), nested_attribute);
        let inner = NestedBlock { block: inner, nesting: Nesting::List, min_items: 0, max_items: 0 };
        block.blocks.insert("inner".into(), inner);
        block
    }

    fn object(secret: Option<&str>) -> Value {
        let secret = secret.map_or(Value::null(Type::String), Value::string);
        Value::object([("secret", secret), ("plain", Value::string("shown"))])
    }

    #[test]
    fn finds_what_must_not_be_there() {
        let check = |outer: Option<&str>, nested: Option<&str>, inner: Option<&str>| {
            let (nested, inner) = (object(nested), object(inner));
            let value = Value::object([
                ("secret", outer.map_or(Value::null(Type::String), Value::string)),
                ("plain", Value::string("shown")),
                ("nested", Value::map(nested.ty(), [("k", nested.clone())])),
                ("inner", Value::list(inner.ty(), [object(None), inner.clone()])),
            ]);
            returned(&block(), &value).iter().map(path_text).collect::<Vec<_>>()
        };
        assert!(check(None, None, None).is_empty());
        assert_eq!(check(Some("x"), None, None), [".secret"]);
        assert_eq!(check(None, Some("x"), Some("y")), [".nested[\"k\"].secret", ".inner[1].secret"]);
        assert!(returned(&block(), &Value::null(Type::Dynamic)).is_empty());
    }
}
