//! Templates, and the values that they need.

use super::files::{into, local, written};
use super::{Arguments, Operation};
use crate::code::Expr;
use crate::facts;
use crate::jinja;

pub(super) fn template(arguments: &mut Arguments<'_>) -> Result<Vec<Operation>, String> {
    let said = arguments.written("src").unwrap_or_default().to_owned();
    let src = arguments.need(&["src"])?;
    let dest = into(arguments.need(&["dest"])?, &src);
    let texts = texts(arguments, &said, &src);
    let from = local(arguments, "templates", src);
    let operation = Operation::new("files.template").with("src", from.clone()).with("dest", dest);
    let mut operation = written(arguments, operation)?;
    if arguments.flag(&["trim_blocks"])? != Some(Expr::Bool(false)) {
        operation = operation.with("trim_blocks", Expr::Bool(true));
        // The last line may come to nothing: Ansible keeps the end of the template all the same.
        let ends_in_jinja = |text: &String| {
            let trimmed = text.trim_end_matches(['\r', '\n']);
            trimmed.len() < text.len() && ["%}", "#}", "}}"].iter().any(|sign| trimmed.ends_with(sign))
        };
        if texts.iter().any(ends_in_jinja) {
            operation = operation.with("final_newline", Expr::Bool(true));
        }
    }
    operation = operation.flag("lstrip_blocks", arguments.flag(&["lstrip_blocks"])?, false);
    arguments.ignore(&["force", "newline_sequence", "output_encoding"]);
    let shown = from.line();
    if texts.is_empty() {
        arguments
            .notes
            .push(format!("the template {shown} cannot be read here: add the values that it needs"));
    }
    Ok(vec![with_values(arguments, operation, &texts, &shown)?])
}

/// The texts of all templates that may be meant.
fn texts(arguments: &mut Arguments<'_>, said: &str, src: &Expr) -> Vec<String> {
    let name = src.literal().or_else(|| jinja::written_out(said, arguments.scope).and_then(Expr::literal));
    let found = name.and_then(|name| arguments.places.find("templates", name));
    if let Some((_, path)) = found {
        return arguments.places.text(&path).into_iter().collect();
    }
    let parts = jinja::parts(said, arguments.scope, arguments.used).unwrap_or_default();
    if parts.is_empty() { Vec::new() } else { arguments.places.fitting("templates", &parts) }
}

/// Arguments of `files.template` itself, which no value can be called.
const OWN: [&str; 12] = [
    "src",
    "dest",
    "user",
    "group",
    "mode",
    "create_remote_dir",
    "backup",
    "force",
    "validate",
    "trim_blocks",
    "lstrip_blocks",
    "final_newline",
];

/// Adds what templates need, of which one is meant.
fn with_values(
    arguments: &mut Arguments<'_>,
    mut operation: Operation,
    texts: &[String],
    shown: &str,
) -> Result<Operation, String> {
    let is_one = texts.len() == 1;
    let mut all = jinja::Needs::default();
    for text in texts {
        match jinja::needs(text) {
            Ok(needs) => all.extend(needs),
            Err(why) => arguments.notes.push(format!("the template {shown} cannot be read: {why}")),
        }
    }
    for lacking in &all.lacking {
        arguments.notes.push(format!("the template {shown} uses the {lacking}, which is not there"));
    }
    let mut picked = Vec::new();
    for (name, copes) in all.names {
        if OWN.contains(&name.as_str()) || plumb_deploy::COMMON_ARGUMENTS.contains(&name.as_str()) {
            arguments.notes.push(format!(
                "the template {shown} uses `{name}`, which is an argument of the operation: rename it there"
            ));
            continue;
        }
        if name == "ansible_facts" {
            let known = facts_of(arguments, &all.facts, shown);
            operation = operation.with(&name, known);
            continue;
        }
        let is_outside = arguments.scope.get(&name).is_none() && !name.starts_with("ansible_");
        if (copes || !is_one) && is_outside {
            arguments.used.wanted.insert(name.clone());
            picked.push(Expr::text(name));
            continue;
        }
        match jinja::expression(&name, arguments.scope, arguments.used) {
            Ok(value) => operation = operation.with(&name, value),
            Err(why) if copes => drop(why),
            Err(why) => arguments.notes.push(format!("the template {shown} uses `{name}`: {why}")),
        }
    }
    if !picked.is_empty() {
        arguments.used.helpers.insert(crate::prelude::Helper::Pick);
        let mut all = vec![Expr::atom(arguments.scope.data)];
        all.extend(picked);
        operation = operation.with("**", Expr::call("pick", all));
    }
    Ok(operation)
}

/// Those of Ansible's facts that a template asks for.
fn facts_of(arguments: &mut Arguments<'_>, names: &[String], shown: &str) -> Expr {
    let mut entries = Vec::new();
    for name in names {
        match facts::fact(name, arguments.used) {
            Ok(value) => entries.push((Expr::text(name.as_str()), value)),
            Err(why) => {
                arguments.notes.push(format!("the template {shown} uses `ansible_facts.{name}`: {why}"));
            }
        }
    }
    Expr::Dict(entries)
}
