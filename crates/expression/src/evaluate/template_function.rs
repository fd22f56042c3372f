//! `templatefile` and `templatestring`: templates that are found only while evaluating.

use std::sync::Arc;

use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_source::{FileId, Span};
use plumb_value::{Type, Value, convert};

use super::Evaluator;
use super::call::Arguments;
use crate::compile;
use crate::describe::quote;
use crate::expression::Context;
use crate::functions::{FunctionError, world};
use crate::node::{Call, Node, NodeKind, Step};

/// Where the text of a template came from.
struct Template<'t> {
    /// What messages call it.
    name: &'t str,
    text: &'t str,
}

/// Why `templatestring` takes references alone.
const NO_REFERENCE: &str = "invalid template expression: templatestring is for templates that come from elsewhere, so only \
                            a reference to the text can stand here; write a template of this configuration as a quoted \
                            string right where it is needed";

impl Evaluator<'_> {
    pub(super) fn call_templatefile(&mut self, call: &Call, node: &Node) -> Value {
        let Some(arguments) = self.exact_arguments(call, &["path", "vars"], node) else {
            return Value::dynamic();
        };
        let [(path, path_place), (variables, variables_place)] = arguments.as_slice() else {
            return Value::dynamic();
        };
        let places = [*path_place, *variables_place];
        let marks = path.marks() | variables.deep_marks();
        let path = match convert(path, &Type::String) {
            Ok(path) => path,
            Err(error) => {
                self.argument_error(call, "path", &error.to_string(), places[0], node);
                return Value::dynamic();
            }
        };
        if let Some(value) = self.refuse_nulls(call, [("path", &path), ("vars", variables)], places, node) {
            return value;
        }
        let Some(path) = path.as_str() else { return Value::dynamic().with_marks(marks) };
        if !variables.is_known() {
            return Value::dynamic().with_marks(marks);
        }
        let result = world::read_text(path, 0, self.world.files).and_then(|text| {
            self.render(&Template { name: path, text: &text }, &variables.unmark_deep(), call)
        });
        self.template_result(result, call, ["path", "vars"], places, node).with_marks(marks)
    }

    pub(super) fn call_templatestring(&mut self, call: &Call, node: &Node) -> Value {
        let arguments = match (call.expand_final, &*call.arguments) {
            (false, [template, variables]) => self.template_and_variables(call, template, variables, node),
            _ => self.exact_arguments(call, &["template", "vars"], node),
        };
        let Some(arguments) = arguments else { return Value::dynamic() };
        let [(template, template_place), (variables, variables_place)] = arguments.as_slice() else {
            return Value::dynamic();
        };
        let places = [*template_place, *variables_place];
        let marks = template.deep_marks() | variables.deep_marks();
        if !is_plain_reference(template_place) {
            self.argument_error(call, "template", NO_REFERENCE, places[0], node);
            return Value::dynamic();
        }
        // What merely could be converted is none either.
        let template =
            Some(template).filter(|template| matches!(template.ty(), Type::String | Type::Dynamic));
        let Some(Ok(template)) = template.map(|template| convert(template, &Type::String)) else {
            let why = "invalid template value: a string is required";
            self.argument_error(call, "template", why, places[0], node);
            return Value::dynamic();
        };
        if let Some(value) =
            self.refuse_nulls(call, [("template", &template), ("vars", variables)], places, node)
        {
            return value;
        }
        let Some(text) = template.as_str() else { return Value::dynamic().with_marks(marks) };
        if !variables.is_known() {
            return Value::dynamic().with_marks(marks);
        }
        let template = Template { name: "<templatestring argument>", text };
        let result = self.render(&template, &variables.unmark_deep(), call);
        self.template_result(result, call, ["template", "vars"], places, node).with_marks(marks)
    }

    /// The arguments of `templatestring`. The template is looked at last, and whatever is wrong within it makes it an
    /// argument that does not fit, as with the peer.
    fn template_and_variables<'n>(
        &mut self,
        call: &Call,
        template: &'n Node,
        variables: &'n Node,
        node: &Node,
    ) -> Option<Arguments<'n>> {
        let before = self.found.len();
        let values = self.node(variables);
        if self.has_errors_since(before) {
            return None;
        }
        if !is_plain_reference(template) {
            self.argument_error(call, "template", NO_REFERENCE, template, node);
            return None;
        }
        let before = self.found.len();
        let text = self.node(template);
        if self.has_errors_since(before) {
            let found = self.take_since(before);
            let details: Vec<&str> = found
                .iter()
                .filter(|found| found.is_error())
                .map(|found| found.detail.trim_end_matches('.'))
                .collect();
            let why = format!("invalid template expression: {}", details.join("; "));
            self.argument_error(call, "template", &why, template, node);
            return None;
        }
        Some(vec![(text, template), (values, variables)])
    }

    fn refuse_nulls(
        &mut self,
        call: &Call,
        arguments: [(&str, &Value); 2],
        places: [&Node; 2],
        node: &Node,
    ) -> Option<Value> {
        let at = arguments.iter().position(|(_, value)| value.is_null())?;
        self.argument_error(call, arguments[at].0, "argument must not be null", places[at], node);
        Some(Value::dynamic())
    }

    fn template_result(
        &mut self,
        result: Result<Value, FunctionError>,
        call: &Call,
        names: [&str; 2],
        places: [&Node; 2],
        node: &Node,
    ) -> Value {
        match result {
            Ok(value) => value,
            Err(FunctionError { argument: Some(at), message }) if at < 2 => {
                self.argument_error(call, names[at], &message, places[at], node);
                Value::dynamic()
            }
            Err(error) => self.call_error(call, &error.message, node),
        }
    }

    fn render(
        &self,
        template: &Template<'_>,
        variables: &Value,
        call: &Call,
    ) -> Result<Value, FunctionError> {
        if self.in_template {
            return Err(FunctionError::call(format!(
                "cannot recursively call {} from inside another template function",
                call.name
            )));
        }
        let entries = variables
            .entries()
            .ok_or_else(|| FunctionError::argument(1, "invalid vars value: must be a map"))?;
        let mut locals: Vec<(Arc<str>, Value)> = Vec::with_capacity(entries.len());
        for (name, value) in entries {
            if !is_template_name(name) {
                return Err(FunctionError::argument(
                    1,
                    format!(
                        "invalid template variable name {}: it must start with a letter, followed by letters, digits \
                         and underscores only",
                        quote(name)
                    ),
                ));
            }
            locals.push((name.clone(), value.clone()));
        }
        let (syntax, errors) = plumb_syntax::parse_template(template.text, FileId(0));
        check(errors, template)?;
        let names: Vec<Arc<str>> = locals.iter().map(|(name, _)| name.clone()).collect();
        if let Some((name, span)) = compile::mention::first_unbound(&syntax, &names) {
            return Err(FunctionError::argument(
                1,
                format!(
                    "vars map does not contain key {}, referenced at {}",
                    quote(&name),
                    place(template, span)
                ),
            ));
        }
        let compiled = compile::compile(&syntax, &names);
        check(compiled.diagnostics, template)?;
        let context = Context { locals: &locals, world: self.world };
        let mut evaluator = Evaluator::new(&[], &[], &context);
        evaluator.in_template = true;
        evaluator.quiet = 1;
        let value = evaluator.node(&compiled.root);
        check(evaluator.finish(), template)?;
        if value.is_null() {
            return Err(FunctionError::call(format!(
                "{}: the result of the template is null",
                template.name
            )));
        }
        Ok(value)
    }
}

/// The errors of a template as one, for they are not in a file of the configuration.
fn check(diagnostics: Diagnostics, template: &Template<'_>) -> Result<(), FunctionError> {
    let errors: Vec<&Diagnostic> = diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).collect();
    let Some(first) = errors.first() else { return Ok(()) };
    let at = first.subject.map_or_else(|| template.name.to_owned(), |span| place(template, span));
    let more = match errors.len() - 1 {
        0 => String::new(),
        more => format!(" (and {more} more)"),
    };
    let detail = first.detail.trim_end_matches('.');
    Err(FunctionError::call(format!("{at}: {}; {detail}{more}", first.summary)))
}

/// `name:line,column-column`.
fn place(template: &Template<'_>, span: Span) -> String {
    let position = |offset: u32| {
        let before = template.text.get(..offset as usize).unwrap_or(template.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        (line, column)
    };
    let ((line, column), (end_line, end_column)) = (position(span.start), position(span.end));
    if line == end_line {
        format!("{}:{line},{column}-{end_column}", template.name)
    } else {
        format!("{}:{line},{column}-{end_line},{end_column}", template.name)
    }
}

fn is_template_name(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(char::is_alphabetic)
        && characters.all(|character| character.is_alphanumeric() || matches!(character, '_' | '-'))
}

/// Whether the node is a reference with literal steps only.
fn is_plain_reference(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Reference(_) | NodeKind::Slot { .. } | NodeKind::ContextLocal(_) => true,
        NodeKind::Traverse { base, steps } => {
            is_plain_reference(base) && steps.iter().all(|step| !matches!(step, Step::Splat { .. }))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_template_name;

    #[test]
    fn names_of_template_variables_are_identifiers() {
        for (name, fits) in
            [("a", true), ("a_b1", true), ("1a", false), ("_a", false), ("", false), ("a b", false)]
        {
            assert_eq!(is_template_name(name), fits, "{name:?}");
        }
    }
}
