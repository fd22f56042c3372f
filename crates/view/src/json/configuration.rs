//! Configurations as plans describe them: which expressions stand where, and what they refer to.

use std::collections::BTreeMap;
use std::io::{self, Write};

use plumb_address::Mode;
use plumb_configuration::{
    Body, Config, Module, ModuleCall, NestedBlock, Output, Provisioner, Repetition, ResourceBlock,
    StaticBlock, Variable,
};
use plumb_expression::Reference;
use plumb_schema::{Block, Nesting, SchemaShape};
use plumb_value::json::write_string;
use plumb_value::{Type, Value};

use super::change::mode_name;
use super::expression::{constant, reference_texts, write_expression};
use super::provider_configs::ProviderConfigs;
use super::value::write_known;
use super::writer::{Members, array, member, write_each};
use crate::{FindSchema, ViewError};

/// Writes the configuration as one JSON document, without a line break at its end.
pub fn write_configuration(
    out: &mut dyn Write,
    config: &Config,
    schemas: &FindSchema<'_>,
) -> Result<(), ViewError> {
    let Some(root) = config.modules.first() else { return Ok(out.write_all(b"{}")?) };
    let providers = ProviderConfigs::new(config);
    out.write_all(b"{")?;
    if providers.own().next().is_some() {
        out.write_all(b"\"provider_config\":")?;
        write_each(out, *b"{}", providers.own(), |text, (key, entry)| {
            member(text, key, |members| entry.write(members));
        })?;
        out.write_all(b",")?;
    }
    out.write_all(b"\"root_module\":")?;
    View { config, schemas, providers: &providers }.module(root, out)?;
    out.write_all(b"}")?;
    Ok(())
}

struct View<'c> {
    config: &'c Config,
    schemas: &'c FindSchema<'c>,
    providers: &'c ProviderConfigs<'c>,
}

impl View<'_> {
    /// Writes a module with everything in it, piece by piece: with many calls there is much of it.
    fn module(&self, module: &Module, out: &mut dyn Write) -> io::Result<()> {
        let mut opening = "{";
        let mut key = |out: &mut dyn Write, name: &str| {
            write!(out, "{}\"{name}\":", std::mem::replace(&mut opening, ","))
        };
        if !module.outputs.is_empty() {
            key(out, "outputs")?;
            write_each(out, *b"{}", module.outputs.iter(), |text, (name, output)| {
                member(text, name, |members| write_output(output, members));
            })?;
        }
        // Managed resources come first here, other than in addresses. Ephemeral ones have no place in
        // the format.
        let is_listed = |block: &&ResourceBlock| block.resource.mode != Mode::Ephemeral;
        let mut blocks: Vec<&ResourceBlock> = module.resources.values().filter(is_listed).collect();
        blocks.sort_by_cached_key(|block| (block.resource.mode == Mode::Data, block.resource.to_string()));
        if !blocks.is_empty() {
            key(out, "resources")?;
            write_each(out, *b"[]", blocks, |text, block| {
                let mut members = Members::new(text);
                self.resource(module, block, &mut members);
                members.end();
            })?;
        }
        if !module.calls.is_empty() {
            key(out, "module_calls")?;
            self.calls(module, out)?;
        }
        if !module.variables.is_empty() {
            key(out, "variables")?;
            write_each(out, *b"{}", module.variables.iter(), |text, (name, variable)| {
                member(text, name, |members| write_variable(variable, members));
            })?;
        }
        out.write_all(if opening == "{" { b"{}" } else { b"}" })
    }

    fn calls(&self, module: &Module, out: &mut dyn Write) -> io::Result<()> {
        let mut text = Vec::new();
        let mut opening = b'{';
        for (name, call) in &module.calls {
            text.clear();
            text.push(std::mem::replace(&mut opening, b','));
            write_string(name, &mut text);
            text.push(b':');
            self.call(call, &mut text, out)?;
        }
        out.write_all(b"}")
    }

    fn resource(&self, module: &Module, block: &ResourceBlock, members: &mut Members<'_>) {
        members.string("address", &block.resource.to_string());
        members.string("mode", mode_name(block.resource.mode));
        members.string("type", &block.resource.kind);
        members.string("name", &block.resource.name);
        members.string("provider_config_key", &self.providers.key_of(module, block));
        if !block.provisioners.is_empty() {
            array(members.key("provisioners"), &block.provisioners, write_provisioner);
        }
        let schema =
            (self.schemas)(&block.provider_config.provider, block.resource.mode, &block.resource.kind);
        let content = schema.as_ref().map(|schema| &schema.block);
        write_expressions(&block.body, content, members);
        members.plain("schema_version", schema.as_ref().map_or(0, |schema| schema.version));
        write_repetition(&block.repetition, members);
        write_depends_on(&block.depends_on, members);
    }

    /// Writes a call behind what is in the text already.
    fn call(&self, call: &ModuleCall, text: &mut Vec<u8>, out: &mut dyn Write) -> io::Result<()> {
        let mut members = Members::new(text);
        members.string("source", &call.source);
        if !call.arguments.is_empty() {
            members.object("expressions", |members| {
                for (name, argument) in call.arguments.iter() {
                    write_expression(&argument.value, members.key(name));
                }
            });
        }
        write_repetition(&call.repetition, &mut members);
        members.key("module");
        out.write_all(text)?;
        text.clear();
        match call.module {
            Some(module) => self.module(self.config.module(module), out)?,
            None => out.write_all(b"{}")?,
        }
        let mut members = Members::go_on(text);
        if let Some((version, _)) = &call.version {
            members.string("version_constraint", version);
        }
        write_depends_on(&call.depends_on, &mut members);
        members.end();
        out.write_all(text)
    }
}

fn write_output(output: &Output, members: &mut Members<'_>) {
    if output.sensitive {
        members.plain("sensitive", true);
    }
    if output.ephemeral {
        members.plain("ephemeral", true);
    }
    write_expression(&output.value, members.key("expression"));
    write_depends_on(&output.depends_on, members);
    if let Some(description) = &output.description {
        members.optional_string("description", description);
    }
}

fn write_variable(variable: &Variable, members: &mut Members<'_>) {
    if let Some(default) = &variable.default {
        write_known(default, members.key("default"));
    }
    if let Some(description) = &variable.description {
        members.optional_string("description", description);
    }
    if variable.sensitive {
        members.plain("sensitive", true);
    }
    if variable.ephemeral {
        members.plain("ephemeral", true);
    }
}

fn write_provisioner(text: &mut Vec<u8>, provisioner: &Provisioner) {
    let mut members = Members::new(text);
    members.string("type", &provisioner.kind);
    write_expressions(&provisioner.body, None, &mut members);
    members.end();
}

/// Left out where nothing can be said of the expression.
fn write_repetition(repetition: &Repetition, members: &mut Members<'_>) {
    let (name, expression) = match repetition {
        // No program that reads this knows of an object that may not be there without a count.
        Repetition::Single | Repetition::Enabled(_) => return,
        Repetition::Count(expression) => ("count_expression", expression),
        Repetition::ForEach(expression) => ("for_each_expression", expression),
    };
    members.unless(name, |text| {
        let start = text.len();
        write_expression(expression, text);
        &text[start..] != b"{}"
    });
}

fn write_depends_on(depends_on: &[Reference], members: &mut Members<'_>) {
    if !depends_on.is_empty() {
        members.strings("depends_on", depends_on.iter().map(|reference| &reference.text));
    }
}

/// The content of a block, left out where nothing is written in it.
pub(super) fn write_expressions(body: &Body, schema: Option<&Block>, members: &mut Members<'_>) {
    members.unless("expressions", |text| {
        let start = text.len();
        let mut inner = Members::new(text);
        write_body(body, schema, &mut inner);
        inner.end();
        &text[start..] != b"{}"
    });
}

/// Attributes and written-out blocks by name; dynamic blocks have no form here. Without a schema all
/// blocks are lists.
fn write_body(body: &Body, schema: Option<&Block>, members: &mut Members<'_>) {
    let body = match schema {
        Some(schema) => body.decided(&SchemaShape::of(schema)).0,
        None => body.as_decided(),
    };
    let mut blocks: BTreeMap<&str, Vec<&StaticBlock>> = BTreeMap::new();
    for nested in &body.blocks {
        if let NestedBlock::Static(block) = nested {
            blocks.entry(&block.kind).or_default().push(block);
        }
    }
    let mut names: Vec<&str> =
        body.attributes.keys().map(|name| &**name).chain(blocks.keys().copied()).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        if let Some(attribute) = body.attributes.get(name) {
            write_expression(&attribute.value, members.key(name));
        } else if let Some(blocks) = blocks.get(name) {
            write_blocks(name, blocks, schema, members);
        }
    }
}

fn write_blocks(name: &str, blocks: &[&StaticBlock], schema: Option<&Block>, members: &mut Members<'_>) {
    if let Some(attribute) = schema.and_then(|schema| schema.attributes.get(name)) {
        return write_attribute_of_blocks(blocks, &attribute.ty, members.key(name));
    }
    let nested = schema.and_then(|schema| schema.blocks.get(name));
    let content = nested.map(|nested| &nested.block);
    match nested.map_or(Nesting::List, |nested| nested.nesting) {
        Nesting::Single | Nesting::Group => {
            if let Some(block) = blocks.last() {
                members.object(name, |members| write_body(&block.body, content, members));
            }
        }
        Nesting::List | Nesting::Set => array(members.key(name), blocks, |text, block| {
            let mut members = Members::new(text);
            write_body(&block.body, content, &mut members);
            members.end();
        }),
        Nesting::Map => members.object(name, |members| {
            for block in blocks {
                let label = block.labels.first().map_or("", |(label, _)| label);
                members.object(label, |members| write_body(&block.body, content, members));
            }
        }),
    }
}

/// Blocks that stand for an attribute, which old configurations write so: one expression for all.
fn write_attribute_of_blocks(blocks: &[&StaticBlock], ty: &Type, text: &mut Vec<u8>) {
    let mut members = Members::new(text);
    let constants: Option<Vec<Value>> =
        blocks.iter().map(|block| constant_block(block, ty.element()?)).collect();
    if let Some(values) = constants {
        write_known(&Value::tuple(values), members.key("constant_value"));
    } else {
        let values = blocks.iter().flat_map(|block| block.body.attributes.values());
        let texts: Vec<String> = values.flat_map(|attribute| reference_texts(&attribute.value)).collect();
        if !texts.is_empty() {
            members.strings("references", texts);
        }
    }
    members.end();
}

/// The value of a block that refers to nothing; what is not written in it is null.
fn constant_block(block: &StaticBlock, ty: &Type) -> Option<Value> {
    let Type::Object(object) = ty else { return None };
    if !block.body.blocks.is_empty() {
        return None;
    }
    let parts = object.attributes().iter().map(|(name, ty)| match block.body.attributes.get(name) {
        Some(attribute) => Some((name.clone(), constant(&attribute.value)?)),
        None => Some((name.clone(), Value::null(ty.clone()))),
    });
    Some(Value::object(parts.collect::<Option<Vec<_>>>()?))
}
