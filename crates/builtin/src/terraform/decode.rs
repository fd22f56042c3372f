//! The text of a variables file as an object.
//!
//! Responsible for `decode_tfvars`: the text is parsed and its expressions are evaluated, but they
//! may refer to nothing and call nothing.

use std::sync::Arc;

use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_expression::{Context, Expression, FunctionWorld};
use plumb_source::{FileId, MemoryFiles, SourceMap, Span};
use plumb_syntax::ast::Body;
use plumb_value::Value;

use super::mentions::{Mention, first_mention};
use crate::framework::quoted;

/// What errors call the text.
const NAME: &str = "<decode_tfvars argument>";

/// The values of a variables file; the error says what is wrong with it.
pub(super) fn variables(text: &str) -> Result<Value, String> {
    let sources = SourceMap::new();
    let file = sources.add(NAME, text);
    let (body, diagnostics) = plumb_syntax::parse_file(text, file);
    if let Some(error) = first_error(&diagnostics) {
        return Err(format!("invalid tfvars syntax: {}", describe(&sources, error)));
    }
    if let Some(block) = body.blocks.first() {
        let summary = format!("Unexpected {} block", quoted(&block.kind.text));
        let place = place(&sources, block.kind.span);
        return Err(format!("invalid tfvars content: {place}: {summary}; Blocks are not allowed here."));
    }
    evaluate(&sources, &body)
}

fn evaluate(sources: &SourceMap, body: &Body) -> Result<Value, String> {
    let files = MemoryFiles::new();
    let world = FunctionWorld::nothing(&files);
    let context = Context { locals: &[], world: &world };
    let mut values: Vec<(Arc<str>, Value)> = Vec::with_capacity(body.attributes.len());
    for attribute in &body.attributes {
        let name = &attribute.name.text;
        let invalid = |reason: String| format!("invalid expression for variable {}: {reason}", quoted(name));
        match first_mention(&attribute.value) {
            Some(Mention::Name(span)) => {
                let place = place(sources, span);
                return Err(invalid(format!(
                    "{place}: Variables not allowed; Variables may not be used here."
                )));
            }
            Some(Mention::Function(span)) => {
                let place = place(sources, span);
                return Err(invalid(format!(
                    "{place}: Function calls not allowed; Functions may not be called here."
                )));
            }
            None => {}
        }
        let (expression, mut diagnostics) = Expression::compile(&attribute.value, &[]);
        let inputs: Vec<Value> = expression.references().iter().map(|_| Value::dynamic()).collect();
        let (value, more) = expression.evaluate(&inputs, &context);
        diagnostics.extend(more);
        if let Some(error) = first_error(&diagnostics) {
            return Err(invalid(describe(sources, error)));
        }
        values.push((name.clone(), value));
    }
    Ok(Value::object(values))
}

fn first_error(diagnostics: &Diagnostics) -> Option<&Diagnostic> {
    diagnostics.iter().find(|diagnostic| diagnostic.is_error())
}

fn describe(sources: &SourceMap, error: &Diagnostic) -> String {
    let place = error.subject.map_or_else(|| NAME.to_owned(), |span| place(sources, span));
    format!("{place}: {}; {}", error.summary, error.detail)
}

/// A place as `name:line,column-column`, or with a second line where it ends in another.
fn place(sources: &SourceMap, span: Span) -> String {
    let Some(file) = sources.get(span.file).filter(|_| span.file != FileId::NONE) else {
        return NAME.to_owned();
    };
    let (start, end) = (file.position(span.start), file.position(span.end));
    if start.line == end.line {
        format!("{NAME}:{},{}-{}", start.line, start.column, end.column)
    } else {
        format!("{NAME}:{},{}-{},{}", start.line, start.column, end.line, end.column)
    }
}
