//! Schemas from the wire, each type's only when it is asked for.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use plumb_schema::{
    Attribute, Block, Capabilities, Decode, FunctionParameter, FunctionSignature, NestedBlock, NestedType,
    Nesting, ProviderSchema, Schema, SchemaTable, TextKind,
};
use plumb_state::ProviderDiagnostics;
use plumb_value::Type;
use prost::Message as _;

use super::message::{Damaged, Field, Fields};
use super::{diagnostics_from_wire, value};
use crate::Protocol;
use crate::generated::provider as wire;

/// Blocks and nested attributes may lie inside each other so many times.
const NESTING_MAX: usize = 256;

/// What a provider said about itself, as it said it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawSchema {
    /// The version that it was said in.
    pub protocol: Protocol,
    /// The message.
    pub bytes: Bytes,
}

/// What is wrong with a schema.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SchemaError {
    /// It is not what a provider sends.
    #[error("{0}")]
    Damaged(String),
    /// The provider could not say what it has, and said why.
    #[error("the provider reports problems with its schema")]
    Reported(ProviderDiagnostics),
}

impl From<Damaged> for SchemaError {
    fn from(damaged: Damaged) -> Self {
        SchemaError::Damaged(damaged.to_string())
    }
}

impl RawSchema {
    /// Finds what is in it; the schemas of types are left for when they are asked for.
    pub fn decode(&self) -> Result<ProviderSchema, SchemaError> {
        let piece: Arc<Piece> = Arc::new(|schema: &Bytes| Some(schema.clone()));
        decode_schema(&self.bytes, self.protocol, &piece)
    }
}

/// Finds the schema of a type with what stands for it in the message: that schema, or where it is.
pub(crate) type Piece = dyn Fn(&Bytes) -> Option<Bytes> + Send + Sync;

/// Whether a field of the message is the entry of one type.
pub(crate) fn is_table(number: u64) -> bool {
    matches!(number, RESOURCE | DATA_SOURCE | EPHEMERAL_RESOURCE)
}

const RESOURCE: u64 = 2;
const DATA_SOURCE: u64 = 3;
const EPHEMERAL_RESOURCE: u64 = 8;

/// Finds what is in an answer, where the schemas of types may be elsewhere.
pub(crate) fn decode_schema(
    message: &Bytes,
    protocol: Protocol,
    piece: &Arc<Piece>,
) -> Result<ProviderSchema, SchemaError> {
    let lazy = |field: &Field<'_>| -> Result<(Arc<str>, Box<Decode>), Damaged> {
        let (name, schema) = schema_entry(field.bytes())?;
        // An empty one is no part of anything.
        let schema = if schema.is_empty() { Bytes::new() } else { message.slice_ref(schema) };
        let piece = piece.clone();
        Ok((name.into(), Box::new(move || read_schema(&piece(&schema)?, protocol))))
    };
    let mut schema = ProviderSchema::default();
    let (mut resources, mut data_sources, mut ephemeral_resources) = (Vec::new(), Vec::new(), Vec::new());
    let mut diagnostics = Vec::new();
    for field in Fields::new(message) {
        let (number, field) = field?;
        match number {
            1 => schema.provider = required(&field, protocol)?,
            RESOURCE => resources.push(lazy(&field)?),
            DATA_SOURCE => data_sources.push(lazy(&field)?),
            4 => diagnostics.push(wire::Diagnostic::decode(field.bytes()).map_err(|_| Damaged)?),
            5 => schema.provider_meta = Some(required(&field, protocol)?),
            6 => schema.capabilities = capabilities(&field)?,
            7 => {
                let (name, signature) = function_entry(&field)?;
                schema.functions.insert(name, signature);
            }
            EPHEMERAL_RESOURCE => ephemeral_resources.push(lazy(&field)?),
            _ => {}
        }
    }
    let diagnostics = diagnostics_from_wire(diagnostics);
    if diagnostics.iter().any(|diagnostic| diagnostic.is_error) {
        return Err(SchemaError::Reported(diagnostics));
    }
    schema.resources = SchemaTable::of_lazy(resources);
    schema.data_sources = SchemaTable::of_lazy(data_sources);
    schema.ephemeral_resources = SchemaTable::of_lazy(ephemeral_resources);
    Ok(schema)
}

fn required(field: &Field<'_>, protocol: Protocol) -> Result<Arc<Schema>, SchemaError> {
    let schema = read_schema(field.bytes(), protocol);
    schema
        .map(Arc::new)
        .ok_or_else(|| SchemaError::Damaged("the provider's own schema is damaged".to_owned()))
}

/// The entry of one type in a message: its name, and what stands for its schema.
pub(crate) fn schema_entry(entry: &[u8]) -> Result<(Cow<'_, str>, &[u8]), Damaged> {
    let mut name = Cow::Borrowed("");
    let mut schema: &[u8] = &[];
    for field in Fields::new(entry) {
        match field? {
            (1, field) => name = field.text(),
            (2, field) => schema = field.bytes(),
            _ => {}
        }
    }
    Ok((name, schema))
}

fn capabilities(field: &Field<'_>) -> Result<Capabilities, SchemaError> {
    let message = wire::ServerCapabilities::decode(field.bytes()).map_err(|_| Damaged)?;
    Ok(Capabilities {
        plan_destroy: message.plan_destroy,
        schema_optional: message.get_provider_schema_optional,
        move_resource_state: message.move_resource_state,
    })
}

fn read_schema(message: &[u8], protocol: Protocol) -> Option<Schema> {
    let mut schema = Schema::default();
    for field in Fields::new(message) {
        match field.ok()? {
            (1, field) => schema.version = field.number(),
            (2, field) => schema.block = read_block(field.bytes(), protocol, 0)?,
            _ => {}
        }
    }
    Some(schema)
}

fn read_block(message: &[u8], protocol: Protocol, depth: usize) -> Option<Block> {
    if depth > NESTING_MAX {
        return None;
    }
    let mut block = Block::default();
    for field in Fields::new(message) {
        match field.ok()? {
            (2, field) => {
                let (name, attribute) = read_attribute(field.bytes(), protocol, depth)?;
                block.attributes.insert(name, attribute);
            }
            (3, field) => {
                let (name, nested) = read_nested_block(field.bytes(), protocol, depth)?;
                block.blocks.insert(name, nested);
            }
            (4, field) => block.description = field.text().into_owned(),
            (5, field) => block.description_kind = text_kind(field.number()),
            (6, field) => block.deprecated = field.flag(),
            _ => {}
        }
    }
    block.implied = OnceLock::new();
    Some(block)
}

fn read_attribute(message: &[u8], protocol: Protocol, depth: usize) -> Option<(Arc<str>, Attribute)> {
    let mut name = Cow::Borrowed("");
    let mut ty = None;
    let mut attribute = Attribute::new(Type::Dynamic);
    for field in Fields::new(message) {
        match field.ok()? {
            (1, field) => name = field.text(),
            (2, field) => ty = Some(value::type_from_json(field.bytes())?),
            (3, field) => attribute.description = field.text().into_owned(),
            (4, field) => attribute.required = field.flag(),
            (5, field) => attribute.optional = field.flag(),
            (6, field) => attribute.computed = field.flag(),
            (7, field) => attribute.sensitive = field.flag(),
            (8, field) => attribute.description_kind = text_kind(field.number()),
            (9, field) => attribute.deprecated = field.flag(),
            // The one field that means different things in the two versions.
            (10, field) if protocol == Protocol::V5 => attribute.write_only = field.flag(),
            (10, field) => {
                attribute.nested = Some(Box::new(read_nested_type(field.bytes(), protocol, depth + 1)?));
            }
            (11, field) if protocol == Protocol::V6 => attribute.write_only = field.flag(),
            _ => {}
        }
    }
    attribute.ty = match &attribute.nested {
        Some(nested) => nested.implied_type(),
        None => ty?,
    };
    Some((name.as_ref().into(), attribute))
}

fn read_nested_type(message: &[u8], protocol: Protocol, depth: usize) -> Option<NestedType> {
    if depth > NESTING_MAX {
        return None;
    }
    let mut attributes = BTreeMap::new();
    let mut mode = 0;
    for field in Fields::new(message) {
        match field.ok()? {
            (1, field) => {
                let (name, attribute) = read_attribute(field.bytes(), protocol, depth)?;
                attributes.insert(name, attribute);
            }
            (3, field) => mode = field.number(),
            _ => {}
        }
    }
    Some(NestedType { attributes, nesting: nesting(mode)? })
}

fn read_nested_block(message: &[u8], protocol: Protocol, depth: usize) -> Option<(Arc<str>, NestedBlock)> {
    let mut name = Cow::Borrowed("");
    let mut mode = 0;
    let mut nested =
        NestedBlock { block: Block::default(), nesting: Nesting::Single, min_items: 0, max_items: 0 };
    for field in Fields::new(message) {
        match field.ok()? {
            (1, field) => name = field.text(),
            (2, field) => nested.block = read_block(field.bytes(), protocol, depth + 1)?,
            (3, field) => mode = field.number(),
            (4, field) => nested.min_items = field.number(),
            (5, field) => nested.max_items = field.number(),
            _ => {}
        }
    }
    nested.nesting = nesting(mode)?;
    Some((name.as_ref().into(), nested))
}

fn nesting(mode: u64) -> Option<Nesting> {
    match mode {
        1 => Some(Nesting::Single),
        2 => Some(Nesting::List),
        3 => Some(Nesting::Set),
        4 => Some(Nesting::Map),
        5 => Some(Nesting::Group),
        _ => None,
    }
}

fn text_kind(kind: u64) -> TextKind {
    if kind == 1 { TextKind::Markdown } else { TextKind::Plain }
}

fn function_entry(field: &Field<'_>) -> Result<(Arc<str>, FunctionSignature), SchemaError> {
    let (name, bytes) = schema_entry(field.bytes())?;
    let function = wire::Function::decode(bytes).map_err(|_| Damaged)?;
    match function_from_wire(function) {
        Some(signature) => Ok((name.into(), signature)),
        None => Err(SchemaError::Damaged(format!("the signature of function {name:?} is damaged"))),
    }
}

fn function_from_wire(function: wire::Function) -> Option<FunctionSignature> {
    let parameter = |parameter: wire::function::Parameter| {
        Some(FunctionParameter {
            name: parameter.name.into(),
            ty: value::type_from_json(&parameter.r#type)?,
            allow_null: parameter.allow_null_value,
            allow_unknown: parameter.allow_unknown_values,
            description: parameter.description,
            description_kind: text_kind(parameter.description_kind as u64),
        })
    };
    Some(FunctionSignature {
        parameters: function.parameters.into_iter().map(parameter).collect::<Option<_>>()?,
        variadic: match function.variadic_parameter {
            Some(variadic) => Some(parameter(variadic)?),
            None => None,
        },
        returns: value::type_from_json(&function.r#return?.r#type)?,
        summary: function.summary,
        description: function.description,
        description_kind: text_kind(function.description_kind as u64),
        deprecation_message: function.deprecation_message,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Writer;

    /// The answer of a provider whose one resource type has this block.
    fn answer(block: &[u8]) -> RawSchema {
        let mut schema = Writer::default();
        schema.number(1, 3);
        schema.message(2, block);
        let mut writer = Writer::default();
        writer.entry(2, "x_y", &schema.finish());
        RawSchema { protocol: Protocol::V6, bytes: writer.finish().into() }
    }

    fn attribute(fields: impl FnOnce(&mut Writer)) -> Vec<u8> {
        let mut attribute = Writer::default();
        attribute.text(1, "a");
        fields(&mut attribute);
        let mut block = Writer::default();
        block.message(2, &attribute.finish());
        block.finish()
    }

    fn nested_blocks(depth: usize) -> Vec<u8> {
        (0..depth).fold(Vec::new(), |inner, _| {
            let mut nested = Writer::default();
            nested.text(1, "b");
            nested.message(2, &inner);
            nested.number(3, 2);
            let mut block = Writer::default();
            block.message(3, &nested.finish());
            block.finish()
        })
    }

    #[test]
    fn damaged_types_are_found_when_they_are_asked_for() {
        let cases = [
            (attribute(|attribute| attribute.text(2, "\"string\"")), true),
            (attribute(|attribute| attribute.text(2, "[\"list\",[\"map\",\"dynamic\"]]")), true),
            (attribute(|_| {}), false),
            (attribute(|attribute| attribute.text(2, "\"strong\"")), false),
            (attribute(|attribute| attribute.text(2, "[".repeat(100_000))), false),
            (attribute(|attribute| attribute.message(10, &[])), false),
            (nested_blocks(NESTING_MAX), true),
            (nested_blocks(NESTING_MAX + 1), false),
            (vec![0xff], false),
        ];
        for (number, (block, readable)) in cases.into_iter().enumerate() {
            let schema = answer(&block).decode().unwrap();
            assert!(schema.resources.contains("x_y"));
            assert_eq!(schema.resources.get("x_y").is_some(), readable, "case {number}");
        }
    }

    #[test]
    fn field_ten_depends_on_the_version() {
        let block = attribute(|attribute| {
            attribute.text(2, "\"bool\"");
            attribute.flag(10, true);
            attribute.flag(11, true);
        });
        let five = RawSchema { protocol: Protocol::V5, ..answer(&block) };
        let schema = five.decode().unwrap().resources.get("x_y").unwrap();
        assert!(schema.block.attributes["a"].write_only);
        assert_eq!(schema.version, 3);
        // In version 6 it is a message, so that a flag is one without a way of nesting.
        assert!(answer(&block).decode().unwrap().resources.get("x_y").is_none());
    }

    #[test]
    fn reported_problems_are_passed_on() {
        let problem =
            wire::Diagnostic { severity: 1, summary: "No".to_owned(), ..wire::Diagnostic::default() };
        let mut writer = Writer::default();
        writer.message(4, &problem.encode_to_vec());
        let raw = RawSchema { protocol: Protocol::V5, bytes: writer.finish().into() };
        match raw.decode() {
            Err(SchemaError::Reported(problems)) => assert_eq!(problems[0].summary, "No"),
            other => panic!("{other:?}"),
        }
        let damaged = RawSchema { protocol: Protocol::V5, bytes: Bytes::from_static(&[0xff]) };
        assert!(matches!(damaged.decode(), Err(SchemaError::Damaged(_))));
    }
}
