//! Documentation for programs.

use serde_json::{Map, Value, json};

use super::{Documentation, Input, ModuleUse, Output, ProviderUse, Requirement, ResourceUse};

/// Documentation as JSON, without a line break at its end.
pub fn documentation_json(documentation: &Documentation) -> String {
    let Documentation { header, requirements, providers, modules, resources, inputs, outputs } =
        documentation;
    let each = |values: Vec<Value>| Value::Array(values);
    let members = [
        ("header", Value::String(header.clone())),
        ("footer", Value::String(String::new())),
        ("inputs", each(inputs.iter().map(input).collect())),
        ("modules", each(modules.iter().map(module).collect())),
        ("outputs", each(outputs.iter().map(output).collect())),
        ("providers", each(providers.iter().map(provider).collect())),
        ("requirements", each(requirements.iter().map(requirement).collect())),
        ("resources", each(resources.iter().map(resource).collect())),
    ];
    let all: Map<String, Value> = members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    // What is made of texts alone can be written.
    serde_json::to_string_pretty(&all).unwrap_or_default()
}

/// A text; null where there is none.
fn text(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { Value::String(text.to_owned()) }
}

fn input(one: &Input) -> Value {
    // It was written as JSON.
    let default: Option<Value> = one.default.as_ref().and_then(|text| serde_json::from_str(text).ok());
    json!({
        "name": one.name,
        "type": one.kind,
        "description": text(&one.description),
        "default": default,
        "required": one.default.is_none(),
    })
}

fn module(one: &ModuleUse) -> Value {
    json!({
        "name": one.name,
        "source": one.source,
        "version": one.version,
        "description": text(&one.description),
    })
}

fn output(one: &Output) -> Value {
    json!({ "name": one.name, "description": text(&one.description) })
}

fn provider(one: &ProviderUse) -> Value {
    json!({ "name": one.name, "alias": text(&one.alias), "version": text(&one.version) })
}

fn requirement(one: &Requirement) -> Value {
    json!({ "name": one.name, "version": text(&one.version) })
}

fn resource(one: &ResourceUse) -> Value {
    json!({
        "type": one.short_kind(),
        "name": one.name,
        "provider": one.provider,
        "source": one.source,
        "mode": if one.is_data { "data" } else { "managed" },
        "version": one.version,
        "description": text(&one.description),
    })
}
