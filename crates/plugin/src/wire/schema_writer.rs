//! Schemas onto the wire, for serving.

use plumb_schema::{
    Attribute, Block, FunctionParameter, FunctionSignature, NestedBlock, NestedType, Nesting, ProviderSchema,
    Schema, SchemaTable, TextKind,
};
use prost::Message as _;

use super::{Writer, value};
use crate::Protocol;
use crate::generated::provider as wire;

/// Everything that a provider says about itself, as the answer to the call for it.
pub(crate) fn write_provider_schema(schema: &ProviderSchema, protocol: Protocol) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.message(1, &write_schema(&schema.provider, protocol));
    write_table(&mut writer, 2, &schema.resources, protocol);
    write_table(&mut writer, 3, &schema.data_sources, protocol);
    if let Some(meta) = &schema.provider_meta {
        writer.message(5, &write_schema(meta, protocol));
    }
    let capabilities = wire::ServerCapabilities {
        plan_destroy: schema.capabilities.plan_destroy,
        get_provider_schema_optional: schema.capabilities.schema_optional,
        move_resource_state: schema.capabilities.move_resource_state,
    };
    writer.message(6, &capabilities.encode_to_vec());
    for (name, signature) in &schema.functions {
        writer.entry(7, name, &function_to_wire(signature).encode_to_vec());
    }
    write_table(&mut writer, 8, &schema.ephemeral_resources, protocol);
    writer.finish()
}

fn write_table(writer: &mut Writer, field: u64, table: &SchemaTable, protocol: Protocol) {
    for name in table.names() {
        if let Some(schema) = table.get(name) {
            writer.entry(field, name, &write_schema(&schema, protocol));
        }
    }
}

fn write_schema(schema: &Schema, protocol: Protocol) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.number(1, schema.version);
    writer.message(2, &write_block(&schema.block, protocol));
    writer.finish()
}

fn write_block(block: &Block, protocol: Protocol) -> Vec<u8> {
    let mut writer = Writer::default();
    for (name, attribute) in &block.attributes {
        writer.message(2, &write_attribute(name, attribute, protocol));
    }
    for (name, nested) in &block.blocks {
        writer.message(3, &write_nested_block(name, nested, protocol));
    }
    writer.text(4, &block.description);
    writer.number(5, text_kind(block.description_kind));
    writer.flag(6, block.deprecated);
    writer.finish()
}

fn write_attribute(name: &str, attribute: &Attribute, protocol: Protocol) -> Vec<u8> {
    let mut writer = Writer::default();
    // Protocol 5 knows no content of attributes; they are of the type that it implies there.
    let nested = attribute.nested.as_ref().filter(|_| protocol == Protocol::V6);
    writer.text(1, name);
    if nested.is_none() {
        writer.text(2, value::type_to_json(&attribute.ty));
    }
    writer.text(3, &attribute.description);
    writer.flag(4, attribute.required);
    writer.flag(5, attribute.optional);
    writer.flag(6, attribute.computed);
    writer.flag(7, attribute.sensitive);
    writer.number(8, text_kind(attribute.description_kind));
    writer.flag(9, attribute.deprecated);
    if let Some(nested) = nested {
        writer.message(10, &write_nested_type(nested, protocol));
    }
    let write_only = if protocol == Protocol::V5 { 10 } else { 11 };
    writer.flag(write_only, attribute.write_only);
    writer.finish()
}

fn write_nested_type(nested: &NestedType, protocol: Protocol) -> Vec<u8> {
    let mut writer = Writer::default();
    for (name, attribute) in &nested.attributes {
        writer.message(1, &write_attribute(name, attribute, protocol));
    }
    writer.number(3, nesting(nested.nesting));
    writer.finish()
}

fn write_nested_block(name: &str, nested: &NestedBlock, protocol: Protocol) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.text(1, name);
    writer.message(2, &write_block(&nested.block, protocol));
    writer.number(3, nesting(nested.nesting));
    writer.number(4, nested.min_items);
    writer.number(5, nested.max_items);
    writer.finish()
}

fn nesting(nesting: Nesting) -> u64 {
    match nesting {
        Nesting::Single => 1,
        Nesting::List => 2,
        Nesting::Set => 3,
        Nesting::Map => 4,
        Nesting::Group => 5,
    }
}

fn text_kind(kind: TextKind) -> u64 {
    match kind {
        TextKind::Plain => 0,
        TextKind::Markdown => 1,
    }
}

/// The signature of a function.
pub(crate) fn function_to_wire(signature: &FunctionSignature) -> wire::Function {
    let parameter = |parameter: &FunctionParameter| wire::function::Parameter {
        name: parameter.name.to_string(),
        r#type: value::type_to_json(&parameter.ty).into(),
        allow_null_value: parameter.allow_null,
        allow_unknown_values: parameter.allow_unknown,
        description: parameter.description.clone(),
        description_kind: text_kind(parameter.description_kind) as i32,
    };
    wire::Function {
        parameters: signature.parameters.iter().map(parameter).collect(),
        variadic_parameter: signature.variadic.as_ref().map(parameter),
        r#return: Some(wire::function::Return { r#type: value::type_to_json(&signature.returns).into() }),
        summary: signature.summary.clone(),
        description: signature.description.clone(),
        description_kind: text_kind(signature.description_kind) as i32,
        deprecation_message: signature.deprecation_message.clone(),
    }
}
