//! `variable`, `locals` and `output` blocks, and the conditions in them.

use std::sync::Arc;

use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_expression::{Expression, Reference, Subject};
use plumb_source::Span;
use plumb_syntax::ast::{self, Block};
use plumb_value::{Type, convert};

use crate::config::{CheckRule, Output, Variable};
use crate::defaults::TypeDefaults;
use crate::reader::{
    Reader, check_name, compile, constant, elements, is_plain_reference, literal_text, not_a_reference,
    quoted_reference, refuse_labels,
};
use crate::type_constraint::parse_type;

/// Names that a variable may not have, because module calls have arguments of these names.
const RESERVED: [&str; 8] =
    ["source", "version", "providers", "count", "for_each", "lifecycle", "depends_on", "locals"];

/// The only label of a block that must have one.
pub(crate) fn only_label<'a>(
    block: &'a Block,
    what: &str,
    diagnostics: &mut Diagnostics,
) -> Option<&'a ast::Label> {
    match &block.labels[..] {
        [label] => {
            let named = match what {
                "module" => "module instance",
                "check" => "check block",
                "run" => "run block",
                other => other,
            };
            // A provider's name has rules of its own.
            if what != "provider" {
                check_name(&label.text, label.span, named, diagnostics);
            }
            Some(label)
        }
        [] => {
            diagnostics.push(
                Diagnostic::error(
                    format!("Missing name for {what}"),
                    format!("All {what} blocks must have 1 label: the name."),
                )
                .at(block.header),
            );
            None
        }
        [_, extra, ..] => {
            diagnostics.push(
                Diagnostic::error(
                    format!("Extraneous label for {what}"),
                    format!("Only 1 label (the name) is expected for {what} blocks."),
                )
                .at(extra.span),
            );
            None
        }
    }
}

pub(crate) fn read_variable(block: &Block, diagnostics: &mut Diagnostics) -> Option<Variable> {
    let label = only_label(block, "variable", diagnostics)?;
    if RESERVED.contains(&&*label.text) {
        diagnostics.push(
            Diagnostic::error(
                "Invalid variable name",
                format!(
                    "The variable name \"{}\" is reserved due to its special meaning inside module blocks.",
                    label.text
                ),
            )
            .at(label.span),
        );
    }
    let mut reader = Reader::new(&block.body);
    let declared = reader.attribute("type");
    let (ty, defaults) = match declared {
        Some(attribute) => {
            let (ty, defaults, problems) = parse_type(&attribute.value);
            diagnostics.append(problems);
            (ty, defaults)
        }
        None => (Type::Dynamic, TypeDefaults::default()),
    };
    let nullable = reader.flag("nullable", diagnostics).unwrap_or(true);
    let default = reader.attribute("default").and_then(|attribute| {
        let value = diagnostics.take(constant(&attribute.value))?;
        if value.is_null() && !nullable {
            diagnostics.push(
                Diagnostic::error(
                    "Invalid default value for variable",
                    "A null default value is not valid when nullable=false.",
                )
                .at(attribute.value.span),
            );
            return None;
        }
        match convert(&defaults.apply(&value), &ty) {
            Ok(value) => Some(value),
            Err(error) => {
                diagnostics.push(
                    Diagnostic::error(
                        "Invalid default value for variable",
                        format!(
                            "This default value is not compatible with the variable's type constraint: {}.",
                            error.message
                        ),
                    )
                    .at(attribute.value.span),
                );
                None
            }
        }
    });
    let variable = Variable {
        name: label.text.clone(),
        ty,
        has_type: declared.is_some(),
        type_defaults: (!defaults.is_empty()).then(|| Arc::new(defaults)),
        default,
        description: reader.text("description", diagnostics).map(|(text, _)| text),
        sensitive: reader.flag("sensitive", diagnostics).unwrap_or(false),
        ephemeral: reader.flag("ephemeral", diagnostics).unwrap_or(false),
        nullable,
        deprecated: deprecation(&mut reader, label.span, "`deprecated` value", diagnostics),
        validations: rules(&reader.blocks("validation"), diagnostics),
        span: block.header,
    };
    for rule in &variable.validations {
        check_validation(&variable.name, rule, diagnostics);
    }
    reader.finish(diagnostics);
    Some(variable)
}

fn check_validation(name: &Arc<str>, rule: &CheckRule, diagnostics: &mut Diagnostics) {
    let references = rule.condition.all_references();
    let is_own =
        |reference: &&Reference| matches!(&reference.subject, Subject::Variable(other) if other == name);
    if references.iter().any(is_own) {
        return;
    }
    diagnostics.push(
        Diagnostic::error(
            "Invalid variable validation condition",
            format!(
                "The condition for variable \"{name}\" must refer to var.{name} in order to test incoming values."
            ),
        )
        .at(rule.condition.span()),
    );
}

pub(crate) fn read_output(block: &Block, diagnostics: &mut Diagnostics) -> Option<Output> {
    let label = only_label(block, "output", diagnostics)?;
    let mut reader = Reader::new(&block.body);
    for postcondition in reader.blocks("postcondition") {
        diagnostics.push(
            Diagnostic::error(
                "Postconditions are not allowed",
                "Output values can only have a \"precondition\", not a \"postcondition\".",
            )
            .at(postcondition.header),
        );
    }
    let value = reader.expression("value");
    let output = Output {
        name: label.text.clone(),
        value: match value {
            Some(value) => value,
            None => {
                diagnostics.push(
                    Diagnostic::error(
                        "Missing required argument",
                        "The argument \"value\" is required, but no definition was found.",
                    )
                    .at(block.header),
                );
                return None;
            }
        },
        description: reader.text("description", diagnostics).map(|(text, _)| text),
        sensitive: reader.flag("sensitive", diagnostics).unwrap_or(false),
        ephemeral: reader.flag("ephemeral", diagnostics).unwrap_or(false),
        depends_on: depends_on(&mut reader, diagnostics),
        deprecated: deprecation(&mut reader, label.span, "`deprecated` attribute", diagnostics),
        preconditions: rules(&reader.blocks("precondition"), diagnostics),
        span: block.header,
    };
    reader.finish(diagnostics);
    Some(output)
}

/// What those are told who still use what is on its way out.
fn deprecation(
    reader: &mut Reader<'_>,
    label: Span,
    what: &str,
    diagnostics: &mut Diagnostics,
) -> Option<Arc<str>> {
    let (text, span) = reader.text("deprecated", diagnostics)?;
    if !text.trim().is_empty() {
        return Some(text);
    }
    diagnostics.push(
        Diagnostic::error(
            format!("Invalid {what}"),
            "The \"deprecated\" argument must not be empty: it is what callers are told, and should say what to use \
             instead.",
        )
        .at(span)
        .note(label, "this is deprecated"),
    );
    None
}

/// Conditions, each with its message.
pub(crate) fn rules(blocks: &[&Block], diagnostics: &mut Diagnostics) -> Vec<CheckRule> {
    let mut rules = Vec::with_capacity(blocks.len());
    for block in blocks {
        let mut reader = Reader::of(block, diagnostics);
        let condition = reader.expression("condition");
        let message = reader.expression("error_message");
        reader.finish(diagnostics);
        if let Some(condition) = &condition {
            refuse_constant(&block.kind.text, condition, diagnostics);
        }
        match (condition, message) {
            (Some(condition), Some(error_message)) => {
                rules.push(CheckRule { condition, error_message, span: block.header });
            }
            (condition, _) => {
                let missing = if condition.is_none() { "condition" } else { "error_message" };
                diagnostics.push(
                    Diagnostic::error(
                        "Missing required argument",
                        format!("The argument \"{missing}\" is required, but no definition was found."),
                    )
                    .at(block.header),
                );
            }
        }
    }
    rules
}

/// A condition that refers to nothing always comes out the same.
pub(crate) fn refuse_constant(kind: &str, condition: &Expression, diagnostics: &mut Diagnostics) {
    let is_broken = matches!(condition.syntax().kind, ast::ExprKind::Invalid);
    if is_broken || crate::walk::first_variable(condition.syntax()).is_some() {
        return;
    }
    diagnostics.push(
        Diagnostic::error(
            format!("Invalid {kind} expression"),
            "The condition expression must refer to at least one object from elsewhere in the configuration, or else \
             its result would not be checking anything.",
        )
        .at(condition.span()),
    );
}

/// What must be done before.
pub(crate) fn depends_on(reader: &mut Reader<'_>, diagnostics: &mut Diagnostics) -> Vec<Reference> {
    let Some(attribute) = reader.attribute("depends_on") else { return Vec::new() };
    let mut found = Vec::new();
    for element in elements(attribute, diagnostics) {
        found.extend(dependency(element, diagnostics));
    }
    found
}

fn dependency(element: &ast::Expr, diagnostics: &mut Diagnostics) -> Option<Reference> {
    let mut quoted = None;
    if let Some(text) = literal_text(element) {
        // Before 0.12 references stood in quotes here, and configurations still have them.
        let (inner, problems) =
            plumb_syntax::parse_expression_at(&text, element.span.file, element.span.start + 1);
        if problems.has_errors() {
            diagnostics.append(problems);
            return None;
        }
        diagnostics.push(quoted_reference(element.span));
        quoted = Some(inner);
    }
    let element = quoted.as_ref().unwrap_or(element);
    if !is_plain_reference(element) {
        if !matches!(element.kind, ast::ExprKind::Invalid) {
            diagnostics.push(not_a_reference(element));
        }
        return None;
    }
    let compiled = diagnostics.take(Expression::compile(element, &[]));
    let reference = compiled.references().first()?;
    // An output's name behind a module is part of what is referred to.
    let is_whole = reference.span.end >= element.span.end;
    match reference.subject {
        _ if !is_whole => {
            diagnostics.push(
                Diagnostic::error(
                    "Invalid depends_on reference",
                    "References in depends_on must be to a whole object (resource, etc), not to an attribute of an object.",
                )
                .at(element.span),
            );
            None
        }
        Subject::Resource(..) | Subject::Module(..) | Subject::Variable(_) | Subject::Local(_) => {
            Some(reference.clone())
        }
        // These are always there, so there is nothing to wait for.
        Subject::Path(_) | Subject::Workspace | Subject::Applying => None,
        Subject::EachKey | Subject::EachValue | Subject::CountIndex | Subject::SelfObject => {
            diagnostics.push(
                Diagnostic::error(
                    "Invalid depends_on reference",
                    "References in depends_on must be to a whole object (resource, module, variable or local value).",
                )
                .at(element.span),
            );
            None
        }
    }
}

/// The values of a `locals` block.
pub(crate) fn read_locals(block: &Block, diagnostics: &mut Diagnostics) -> Vec<crate::config::Local> {
    refuse_labels(block, diagnostics);
    for nested in &block.body.blocks {
        diagnostics.push(unexpected_block(nested));
    }
    let mut seen = std::collections::HashSet::new();
    block
        .body
        .attributes
        .iter()
        // Of a name that is there twice the parser has told already.
        .filter(|attribute| seen.insert(attribute.name.text.clone()))
        .map(|attribute| crate::config::Local {
            name: attribute.name.text.clone(),
            value: compile(&attribute.value, &[]),
            span: attribute.span,
        })
        .collect()
}

/// What to say of a block where there can only be arguments.
pub(crate) fn unexpected_block(block: &Block) -> Diagnostic {
    let kind = &block.kind.text;
    Diagnostic::error(
        format!("Unexpected \"{kind}\" block"),
        format!("Blocks are not allowed here. To set \"{kind}\" to a value, use the equals sign: {kind} = {{ ... }}."),
    )
    .at(block.header)
}
