//! States: an output that says which hosts there are.
//!
//! Which resources are hosts, and which of their addresses can be reached, only their author knows. So nothing is
//! guessed from resources: an output says it.

use std::path::Path;
use std::sync::Arc;

use plumb_diagnostics::{Diagnostic, did_you_mean};
use plumb_source::{Span, explain_refusal};
use plumb_state::{Output, State};
use plumb_value::json;
use serde_json::Value;

use super::{Reader, Source, list};
use crate::name::quoted;
use crate::tree::{Kind, Node};

/// The output that is read where none is named.
const OUTPUT: &str = "inventory";

/// Reads an output of the state of the working directory.
pub(super) fn read_here(reader: &mut Reader<'_>, output: Option<&str>, span: Span) {
    match reader.world.states.state() {
        Ok(state) => read(reader, &state, "the state of this directory", output, span),
        Err(diagnostics) => diagnostics.into_iter().for_each(|diagnostic| reader.builder.report(diagnostic)),
    }
}

/// Reads an output of a state file.
pub(super) fn read_file(reader: &mut Reader<'_>, path: &str, output: Option<&str>, span: Span) {
    match reader.world.files.read(Path::new(path)) {
        Ok(bytes) => read_bytes_at(reader, path, &bytes, output, span),
        Err(error) => {
            let detail = format!("The state file {path} cannot be read: {}", explain_refusal(&error));
            reader.builder.report(Diagnostic::error("Cannot read inventory", detail).at(span));
        }
    }
}

/// Reads an output of what a state file has in it.
pub(super) fn read_bytes(reader: &mut Reader<'_>, path: &str, bytes: &[u8], output: Option<&str>) {
    read_bytes_at(reader, path, bytes, output, Span::NONE);
}

fn read_bytes_at(reader: &mut Reader<'_>, path: &str, bytes: &[u8], output: Option<&str>, span: Span) {
    match plumb_state::file::read(bytes) {
        Ok(Some((state, warnings))) => {
            warnings.into_iter().for_each(|warning| reader.builder.report(warning));
            read(reader, &state, &format!("the state {path}"), output, span);
        }
        Ok(None) => {
            let detail =
                format!("The state file {path} is empty, so that nothing has been made from it yet.");
            reader.builder.report(Diagnostic::error("Empty state", detail).at(span));
        }
        Err(error) => {
            let mut diagnostic = error.diagnostic(path, None);
            diagnostic.subject = (!span.is_none()).then_some(span);
            reader.builder.report(diagnostic);
        }
    }
}

/// Whether JSON is a state, and not an inventory.
pub(super) fn is_state(node: &Node) -> bool {
    ["version", "lineage", "serial"].iter().all(|key| node.entry(key).is_some())
}

fn read(reader: &mut Reader<'_>, state: &State, place: &str, name: Option<&str>, span: Span) {
    let wanted = name.unwrap_or(OUTPUT);
    let Some(output) = state.outputs.get(wanted) else {
        return reader.builder.report(no_output(state, place, wanted, name.is_some()).at(span));
    };
    let source = Source::of_program(&format!("output \"{wanted}\" of {place}"), output.sensitive);
    let Some(value) = json_of(output) else {
        let detail = format!("The {} cannot be written as JSON.", source.name());
        return reader.builder.report(Diagnostic::error("Invalid output", detail).at(span));
    };
    let node = Node::of_value(value, span);
    match &node.kind {
        Kind::Sequence(_) => list::read(&mut reader.builder, &node, &source),
        Kind::Mapping(entries) => list::read_mapping(&mut reader.builder, entries, &source),
        _ => {
            let detail = format!(
                "The {} has to be a list of names or objects, or a mapping from names to addresses or objects, and it is \
                 {}.\n\n{}",
                source.name(),
                node.described(),
                how_to_write()
            );
            reader.builder.report(Diagnostic::error("Invalid output", detail).at(span));
        }
    }
}

fn json_of(output: &Output) -> Option<Value> {
    let bytes = json::encode_untyped(&output.value).ok()?;
    serde_json::from_slice(&bytes).ok()
}

fn no_output(state: &State, place: &str, wanted: &str, is_named: bool) -> Diagnostic {
    let names: Vec<&Arc<str>> = state.outputs.keys().collect();
    let hint = did_you_mean(wanted, names.iter().map(|name| &***name));
    let there = match names.as_slice() {
        [] => "it has no outputs".to_owned(),
        _ => {
            let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
            format!("it has the outputs {}", names.join(", "))
        }
    };
    let other = if is_named || names.is_empty() {
        String::new()
    } else {
        " Another one is named behind a \"#\", as in @terraform#NAME.".to_owned()
    };
    let detail =
        format!("No output {} is in {place}: {there}.{hint}{other}\n\n{}", quoted(wanted), how_to_write());
    Diagnostic::error("No such output", detail)
}

fn how_to_write() -> String {
    "Which hosts there are is for an output to say, since resources do not tell which of their addresses is to be used. \
     For example:\n\n  output \"inventory\" {\n    value = [for server in aws_instance.web : {\n      name     = \
     server.tags.Name\n      address  = server.public_ip\n      ssh_user = \"admin\"\n      groups   = [\"web\"]\n    }]\n  \
     }\n\nThen apply the configuration, which puts the output into the state."
        .to_owned()
}
