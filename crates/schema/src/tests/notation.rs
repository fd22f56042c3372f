//! The notation of the tests.
//!
//! Schemas: `id string computed; block list disk { size number optional }; nested set rule optional
//! { port number required }`. Values are JSON read along the schema: what is left out of an object is
//! null, or no blocks; `"?"` is unknown, `"?!"` unknown but not null, `{"sensitive": x}` a marked
//! value, and where the type is `any` arrays are tuples.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::sync::Arc;

use plumb_value::{Marks, Number, Path, PathStep, Refinement, Type, Value};
use serde_json::Value as Json;

use crate::*;

pub(super) fn schema(text: &str) -> Block {
    let spaced = text.replace('{', " { ").replace('}', " } ").replace(';', " ; ");
    let mut words = spaced.split_whitespace().peekable();
    let block = parse_block(&mut words);
    assert_eq!(words.next(), None, "{text}");
    block
}

fn parse_block<'a>(words: &mut Peekable<impl Iterator<Item = &'a str>>) -> Block {
    let mut block = Block::default();
    while let Some(word) = words.next_if(|word| *word != "}") {
        match word {
            ";" => {}
            "block" => {
                let nesting = nesting(words.next().unwrap());
                let name = words.next().unwrap();
                assert_eq!(words.next(), Some("{"));
                let nested = NestedBlock { block: parse_block(words), nesting, min_items: 0, max_items: 0 };
                assert_eq!(words.next(), Some("}"));
                block.blocks.insert(name.into(), nested);
            }
            "nested" => {
                let nesting = nesting(words.next().unwrap());
                let name = words.next().unwrap();
                let mut attribute = Attribute::new(Type::Dynamic);
                flags(&mut attribute, words);
                assert_eq!(words.next(), Some("{"));
                let nested = NestedType { attributes: parse_block(words).attributes, nesting };
                assert_eq!(words.next(), Some("}"));
                attribute.ty = nested.implied_type();
                attribute.nested = Some(Box::new(nested));
                block.attributes.insert(name.into(), attribute);
            }
            name => {
                let mut attribute = Attribute::new(ty(words.next().unwrap()));
                flags(&mut attribute, words);
                block.attributes.insert(name.into(), attribute);
            }
        }
    }
    block
}

fn flags<'a>(attribute: &mut Attribute, words: &mut Peekable<impl Iterator<Item = &'a str>>) {
    while let Some(word) = words.next_if(|word| !matches!(*word, ";" | "{" | "}")) {
        match word {
            "required" => attribute.required = true,
            "optional" => attribute.optional = true,
            "computed" => attribute.computed = true,
            "sensitive" => attribute.sensitive = true,
            "write_only" => attribute.write_only = true,
            other => panic!("no such flag: {other}"),
        }
    }
}

fn nesting(word: &str) -> Nesting {
    match word {
        "single" => Nesting::Single,
        "group" => Nesting::Group,
        "list" => Nesting::List,
        "set" => Nesting::Set,
        "map" => Nesting::Map,
        other => panic!("no such nesting: {other}"),
    }
}

fn ty(word: &str) -> Type {
    let element = |prefix: &str| word.strip_prefix(prefix).and_then(|rest| rest.strip_suffix(')')).map(ty);
    match word {
        "string" => Type::String,
        "number" => Type::Number,
        "bool" => Type::Bool,
        "any" => Type::Dynamic,
        _ => element("list(")
            .map(Type::list)
            .or_else(|| element("set(").map(Type::set))
            .or_else(|| element("map(").map(Type::map))
            .unwrap_or_else(|| panic!("no such type: {word}")),
    }
}

/// An object of a schema.
pub(super) fn object(block: &Block, text: &str) -> Value {
    let json: Json = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    block_value(block, &json)
}

/// A value without a schema, of the type that its JSON implies.
pub(super) fn any(text: &str) -> Value {
    typed(&serde_json::from_str(text).unwrap(), &Type::Dynamic)
}

fn special(json: &Json, ty: &Type) -> Option<Value> {
    match json {
        Json::Null => Some(Value::null(ty.clone())),
        Json::String(text) if text == "?" => Some(Value::unknown(ty.clone())),
        Json::String(text) if text == "?!" => {
            Some(Value::unknown_refined(ty.clone(), Refinement::not_null()))
        }
        _ => None,
    }
}

fn block_value(block: &Block, json: &Json) -> Value {
    if let Some(value) = special(json, &block.implied_type()) {
        return value;
    }
    let members = json.as_object().unwrap();
    let known = |name: &str| block.attributes.contains_key(name) || block.blocks.contains_key(name);
    assert!(members.keys().all(|name| known(name)), "{json}");
    let attributes = block.attributes.iter().map(|(name, schema)| {
        let value = members.get(&**name).map_or_else(|| schema.empty_value(), |json| attribute(schema, json));
        (name.clone(), value)
    });
    let blocks = block.blocks.iter().map(|(name, schema)| {
        let value =
            members.get(&**name).map_or_else(|| schema.empty_value(), |json| nested_block(schema, json));
        (name.clone(), value)
    });
    Value::object(attributes.chain(blocks))
}

fn nested_block(schema: &NestedBlock, json: &Json) -> Value {
    let element = schema.block.implied_type();
    collect(schema.nesting, &element, &schema.implied_type(), json, element.has_dynamic(), &|json| {
        block_value(&schema.block, json)
    })
}

fn attribute(schema: &Attribute, json: &Json) -> Value {
    if let Some(inner) = json.get("sensitive") {
        return attribute(schema, inner).with_marks(Marks::SENSITIVE);
    }
    let Some(nested) = &schema.nested else { return typed(json, &schema.ty) };
    let block = Block { attributes: nested.attributes.clone(), ..Block::default() };
    collect(nested.nesting, &nested.object_type(), &schema.ty, json, false, &|json| block_value(&block, json))
}

fn collect(
    nesting: Nesting,
    element: &Type,
    ty: &Type,
    json: &Json,
    as_tuple: bool,
    one: &dyn Fn(&Json) -> Value,
) -> Value {
    if let Some(value) = special(json, ty) {
        return value;
    }
    let elements = || json.as_array().unwrap().iter().map(one);
    let entries = || json.as_object().unwrap().iter().map(|(key, json)| (key.as_str(), one(json)));
    match nesting {
        Nesting::Single | Nesting::Group => one(json),
        Nesting::List if as_tuple => Value::tuple(elements()),
        Nesting::List => Value::list(element.clone(), elements()),
        Nesting::Set => Value::set(element.clone(), elements()),
        Nesting::Map if as_tuple => Value::object(entries()),
        Nesting::Map => Value::map(element.clone(), entries()),
    }
}

fn typed(json: &Json, ty: &Type) -> Value {
    if let Some(inner) = json.get("sensitive") {
        return typed(inner, ty).with_marks(Marks::SENSITIVE);
    }
    if let Some(value) = special(json, ty) {
        return value;
    }
    match (json, ty) {
        (Json::String(text), _) => Value::string(text.as_str()),
        (Json::Bool(value), _) => Value::bool(*value),
        (Json::Number(number), _) => Value::number(Number::parse(&number.to_string()).unwrap()),
        (Json::Array(items), Type::List(element)) => {
            Value::list((**element).clone(), items.iter().map(|item| typed(item, element)))
        }
        (Json::Array(items), Type::Set(element)) => {
            Value::set((**element).clone(), items.iter().map(|item| typed(item, element)))
        }
        (Json::Array(items), _) => Value::tuple(items.iter().map(|item| typed(item, &Type::Dynamic))),
        (Json::Object(members), Type::Map(element)) => Value::map(
            (**element).clone(),
            members.iter().map(|(key, json)| (key.as_str(), typed(json, element))),
        ),
        (Json::Object(members), _) => {
            Value::object(members.iter().map(|(key, json)| (key.as_str(), typed(json, &Type::Dynamic))))
        }
        (Json::Null, _) => unreachable!("null is special"),
    }
}

/// A path such as `.disk[0].labels["a"]`.
pub(super) fn path(text: &str) -> Path {
    let mut steps = Vec::new();
    for part in text.replace('[', ".[").split('.').filter(|part| !part.is_empty()) {
        steps.push(match part.strip_prefix('[').and_then(|part| part.strip_suffix(']')) {
            None => PathStep::Attribute(part.into()),
            Some(key) => PathStep::Index(match key.strip_prefix('"').and_then(|key| key.strip_suffix('"')) {
                Some(text) => Value::string(text),
                None => Value::number(Number::parse(key).unwrap()),
            }),
        });
    }
    Path(steps)
}

/// Paths in words, sorted.
pub(super) fn texts(paths: &[Path]) -> Vec<String> {
    let mut texts: Vec<String> = paths.iter().map(path_text).collect();
    texts.sort();
    texts
}

/// Violations in words.
pub(super) fn messages(violations: &[Violation]) -> Vec<String> {
    violations.iter().map(ToString::to_string).collect()
}

/// A table that makes its schemas when they are asked for.
pub(super) fn lazy_table(kinds: &[(&str, &'static str)]) -> SchemaTable {
    let mut table = SchemaTable::new();
    for (kind, text) in kinds {
        let text: &'static str = text;
        table.insert_lazy(*kind, move || {
            (!text.is_empty()).then(|| Schema { version: 1, block: schema(text) })
        });
    }
    table
}

pub(super) type Functions = BTreeMap<Arc<str>, FunctionSignature>;
