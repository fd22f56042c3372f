//! Documentation as tables in Markdown.

use super::cell::{anchor, cell, code, section};
use super::{Documentation, Input, ModuleUse, Output, ProviderUse, ResourceUse};

/// Documentation as tables, without a line break at its end.
pub fn documentation_markdown(documentation: &Documentation) -> String {
    let Documentation { header, requirements, providers, modules, resources, inputs, outputs } =
        documentation;
    let versions = |version: &str| if version.is_empty() { "n/a".to_owned() } else { version.to_owned() };
    let mut parts = Vec::new();
    if !header.is_empty() {
        parts.push(section(header));
    }
    let rows = requirements.iter().map(|one| vec![anchor("requirement", &one.name), one.version.clone()]);
    parts.push(table("Requirements", &[("Name", LEFT), ("Version", LEFT)], rows));
    let rows = providers.iter().map(|one| vec![anchor("provider", &full_name(one)), versions(&one.version)]);
    parts.push(table("Providers", &[("Name", LEFT), ("Version", LEFT)], rows));
    let row = |one: &ModuleUse| vec![anchor("module", &one.name), one.source.clone(), versions(&one.version)];
    let heads = [("Name", LEFT), ("Source", LEFT), ("Version", LEFT)];
    parts.push(table("Modules", &heads, modules.iter().map(row)));
    parts.push(table("Resources", &[("Name", LEFT), ("Type", LEFT)], resources.iter().map(resource)));
    let heads =
        [("Name", LEFT), ("Description", LEFT), ("Type", LEFT), ("Default", LEFT), ("Required", CENTRE)];
    parts.push(table("Inputs", &heads, inputs.iter().map(input)));
    let row = |one: &Output| vec![anchor("output", &one.name), cell(&one.description)];
    parts.push(table("Outputs", &[("Name", LEFT), ("Description", LEFT)], outputs.iter().map(row)));
    parts.join("\n\n")
}

/// How a column is set.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Setting {
    Left,
    Centre,
}

const LEFT: Setting = Setting::Left;
const CENTRE: Setting = Setting::Centre;

fn table(title: &str, heads: &[(&str, Setting)], rows: impl Iterator<Item = Vec<String>>) -> String {
    let rows: Vec<String> = rows.map(|cells| format!("| {} |", cells.join(" | "))).collect();
    if rows.is_empty() {
        return format!("## {title}\n\nNo {}.", title.to_lowercase());
    }
    let names: Vec<&str> = heads.iter().map(|(name, _)| *name).collect();
    let rules: Vec<String> = heads
        .iter()
        .map(|(name, setting)| match setting {
            Setting::Left => "-".repeat(name.len()),
            Setting::Centre => format!(":{}:", "-".repeat(name.len() - 2)),
        })
        .collect();
    format!("## {title}\n\n| {} |\n| {} |\n{}", names.join(" | "), rules.join(" | "), rows.join("\n"))
}

fn full_name(provider: &ProviderUse) -> String {
    if provider.alias.is_empty() {
        provider.name.clone()
    } else {
        format!("{}.{}", provider.name, provider.alias)
    }
}

fn resource(one: &ResourceUse) -> Vec<String> {
    let name = format!("{}.{}", one.kind, one.name);
    let kind = if one.is_data { "data source" } else { "resource" };
    let name = match one.url() {
        Some(url) => format!("[{name}]({url})"),
        None => name,
    };
    vec![name, kind.to_owned()]
}

fn input(one: &Input) -> Vec<String> {
    let (default, required) = match &one.default {
        Some(default) => (code(default), "no"),
        None => ("n/a".to_owned(), "yes"),
    };
    vec![anchor("input", &one.name), cell(&one.description), code(&one.kind), default, required.to_owned()]
}
