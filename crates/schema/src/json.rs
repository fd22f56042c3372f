//! Schemas as JSON, in the format of `terraform providers schema -json`.
//!
//! Responsible for that format alone, byte for byte. It is written as it is made, one schema at a
//! time: those of large providers come to tens of megabytes, and neither their text nor all their
//! schemas should be in memory at once.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

use plumb_address::ProviderAddress;
use plumb_value::Type;
use plumb_value::json::{write_string, write_type};

use crate::{
    Attribute, Block, FunctionParameter, FunctionSignature, NestedBlock, NestedType, Nesting, ProviderSchema,
    Schema, SchemaTable, TextKind,
};

/// Writes the schemas of all providers as one JSON document, without a line break at its end. The
/// providers are to be sorted by address.
pub fn write_provider_schemas<'a>(
    out: &mut dyn Write,
    providers: impl IntoIterator<Item = (&'a ProviderAddress, &'a ProviderSchema)>,
) -> io::Result<()> {
    out.write_all(b"{\"format_version\":\"1.0\"")?;
    let mut opening = ",\"provider_schemas\":{";
    for (address, schema) in providers {
        let mut key = opening.as_bytes().to_vec();
        write_string(&address.to_string(), &mut key);
        key.push(b':');
        out.write_all(&key)?;
        write_provider(out, address, schema)?;
        opening = ",";
    }
    let has_any = opening == ",";
    out.write_all(if has_any { b"}}" } else { b"}" })
}

fn write_provider(
    out: &mut dyn Write,
    address: &ProviderAddress,
    provider: &ProviderSchema,
) -> io::Result<()> {
    let mut text = b"{\"provider\":".to_vec();
    let block = &provider.provider.block;
    if address.is_builtin() && block.attributes.is_empty() && block.blocks.is_empty() {
        // What is part of the program has no configuration at all.
        text.extend_from_slice(b"{\"version\":0}");
    } else {
        schema(&mut text, &provider.provider);
    }
    out.write_all(&text)?;
    write_table(out, "resource_schemas", &provider.resources)?;
    write_table(out, "data_source_schemas", &provider.data_sources)?;
    write_table(out, "ephemeral_resource_schemas", &provider.ephemeral_resources)?;
    text.clear();
    if !provider.functions.is_empty() {
        text.extend_from_slice(b",\"functions\":");
        map(&mut text, &provider.functions, function);
    }
    text.push(b'}');
    out.write_all(&text)
}

fn write_table(out: &mut dyn Write, name: &str, table: &SchemaTable) -> io::Result<()> {
    let mut opening = format!(",\"{name}\":{{");
    let mut text = Vec::new();
    for kind in table.names() {
        // One that cannot be decoded is one that the provider does not have.
        let Some(found) = table.peek(kind) else { continue };
        text.clear();
        text.extend_from_slice(opening.as_bytes());
        write_string(kind, &mut text);
        text.push(b':');
        schema(&mut text, &found);
        out.write_all(&text)?;
        ",".clone_into(&mut opening);
    }
    if opening == "," { out.write_all(b"}") } else { Ok(()) }
}

/// The members of one JSON object, those without content left out.
struct Members<'a> {
    text: &'a mut Vec<u8>,
    separator: u8,
}

impl<'a> Members<'a> {
    fn new(text: &'a mut Vec<u8>) -> Self {
        Members { text, separator: b'{' }
    }

    fn key(&mut self, name: &str) -> &mut Vec<u8> {
        self.text.push(self.separator);
        self.separator = b',';
        self.text.push(b'"');
        self.text.extend_from_slice(name.as_bytes());
        self.text.extend_from_slice(b"\":");
        self.text
    }

    fn string(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            write_string(value, self.key(name));
        }
    }

    fn number(&mut self, name: &str, value: u64) {
        if value != 0 {
            self.key(name).extend_from_slice(value.to_string().as_bytes());
        }
    }

    fn flag(&mut self, name: &str, value: bool) {
        if value {
            self.key(name).extend_from_slice(b"true");
        }
    }

    fn ty(&mut self, name: &str, ty: &Type) {
        write_type(ty, self.key(name));
    }

    fn map<T>(&mut self, name: &str, entries: &BTreeMap<Arc<str>, T>, write: fn(&mut Vec<u8>, &T)) {
        if !entries.is_empty() {
            map(self.key(name), entries, write);
        }
    }

    fn end(self) {
        if self.separator == b'{' {
            self.text.push(b'{');
        }
        self.text.push(b'}');
    }
}

fn map<T>(text: &mut Vec<u8>, entries: &BTreeMap<Arc<str>, T>, write: fn(&mut Vec<u8>, &T)) {
    for (index, (name, value)) in entries.iter().enumerate() {
        text.push(if index == 0 { b'{' } else { b',' });
        write_string(name, text);
        text.push(b':');
        write(text, value);
    }
    text.push(b'}');
}

fn schema(text: &mut Vec<u8>, schema: &Schema) {
    let mut members = Members::new(text);
    members.key("version").extend_from_slice(schema.version.to_string().as_bytes());
    block(members.key("block"), &schema.block);
    members.end();
}

fn block(text: &mut Vec<u8>, block: &Block) {
    let mut members = Members::new(text);
    members.map("attributes", &block.attributes, attribute);
    members.map("block_types", &block.blocks, nested_block);
    members.string("description", &block.description);
    members.string("description_kind", kind_name(block.description_kind));
    members.flag("deprecated", block.deprecated);
    members.end();
}

fn attribute(text: &mut Vec<u8>, attribute: &Attribute) {
    let mut members = Members::new(text);
    match &attribute.nested {
        Some(nested) => nested_type(members.key("nested_type"), nested),
        None => members.ty("type", &attribute.ty),
    }
    members.string("description", &attribute.description);
    members.string("description_kind", kind_name(attribute.description_kind));
    members.flag("deprecated", attribute.deprecated);
    members.flag("required", attribute.required);
    members.flag("optional", attribute.optional);
    members.flag("computed", attribute.computed);
    members.flag("sensitive", attribute.sensitive);
    members.flag("write_only", attribute.write_only);
    members.end();
}

fn nested_type(text: &mut Vec<u8>, nested: &NestedType) {
    let mut members = Members::new(text);
    members.map("attributes", &nested.attributes, attribute);
    members.string("nesting_mode", nesting_name(nested.nesting));
    members.end();
}

fn nested_block(text: &mut Vec<u8>, nested: &NestedBlock) {
    let mut members = Members::new(text);
    members.string("nesting_mode", nesting_name(nested.nesting));
    block(members.key("block"), &nested.block);
    members.number("min_items", nested.min_items);
    members.number("max_items", nested.max_items);
    members.end();
}

fn function(text: &mut Vec<u8>, function: &FunctionSignature) {
    let mut members = Members::new(text);
    members.string("description", &function.description);
    members.string("summary", &function.summary);
    members.string("deprecation_message", &function.deprecation_message);
    members.ty("return_type", &function.returns);
    if !function.parameters.is_empty() {
        let text = members.key("parameters");
        for (index, one) in function.parameters.iter().enumerate() {
            text.push(if index == 0 { b'[' } else { b',' });
            parameter(text, one);
        }
        text.push(b']');
    }
    if let Some(variadic) = &function.variadic {
        parameter(members.key("variadic_parameter"), variadic);
    }
    members.end();
}

fn parameter(text: &mut Vec<u8>, parameter: &FunctionParameter) {
    let mut members = Members::new(text);
    members.string("name", &parameter.name);
    members.string("description", &parameter.description);
    members.flag("is_nullable", parameter.allow_null);
    members.ty("type", &parameter.ty);
    members.end();
}

fn kind_name(kind: TextKind) -> &'static str {
    match kind {
        TextKind::Plain => "plain",
        TextKind::Markdown => "markdown",
    }
}

fn nesting_name(nesting: Nesting) -> &'static str {
    match nesting {
        Nesting::Single => "single",
        Nesting::Group => "group",
        Nesting::List => "list",
        Nesting::Set => "set",
        Nesting::Map => "map",
    }
}
