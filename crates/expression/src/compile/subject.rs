//! Reading what a traversal refers to: `var.x`, `aws_instance.web[0]`, `module.a.b`.
//!
//! Only the shape is looked at here. Whether the thing is declared is for the configuration to say,
//! and what its value is for the evaluator.

use std::sync::Arc;

use plumb_address::{InstanceKey, Mode, Resource};
use plumb_diagnostics::{Diagnostic, did_you_mean};
use plumb_source::Span;
use plumb_syntax::ast::{self, ExprKind, Ident, Step, TemplatePart};
use plumb_value::{Number, Value};

use crate::reference::{PathKind, Subject};

/// What the beginning of a traversal refers to.
pub(crate) struct Parsed<'a> {
    /// What is meant, without the key.
    pub(crate) subject: Subject,
    /// The key that the source names, where the subject has instances.
    pub(crate) key: Option<Key<'a>>,
    /// How many of the steps name the subject.
    pub(crate) consumed: usize,
    /// From the root to the last of those steps.
    pub(crate) span: Span,
}

/// The key of an instance as written.
pub(crate) enum Key<'a> {
    Literal(InstanceKey),
    Computed(&'a ast::Expr),
}

/// Reads what the traversal `root` followed by `steps` refers to.
pub(crate) fn parse<'a>(root: &Ident, steps: &'a [Step]) -> Result<Parsed<'a>, Diagnostic> {
    match &*root.text {
        "var" => single(root, steps, |name| Ok(Subject::Variable(name.text.clone()))),
        "local" => single(root, steps, |name| Ok(Subject::Local(name.text.clone()))),
        "each" => single(root, steps, each_attribute),
        "count" => single(root, steps, count_attribute),
        "path" => single(root, steps, path_attribute),
        "terraform" | "tofu" => single(root, steps, |name| engine_attribute(&root.text, name)),
        "self" => Ok(Parsed { subject: Subject::SelfObject, key: None, consumed: 0, span: root.span }),
        "module" => module(root, steps),
        "data" => resource(Mode::Data, root, steps, 1),
        "ephemeral" => resource(Mode::Ephemeral, root, steps, 1),
        "resource" => resource(Mode::Managed, root, steps, 1),
        "template" | "lazy" | "arg" => Err(reserved(root)),
        _ => resource(Mode::Managed, root, steps, 0),
    }
}

/// The value of a key that was written as a literal; `None` for anything that has to be evaluated.
pub(crate) fn literal_key(key: &ast::Expr) -> Option<Value> {
    match &key.kind {
        ExprKind::Number(text) => Number::parse(text).map(Value::number),
        ExprKind::Bool(value) => Some(Value::bool(*value)),
        ExprKind::Null => Some(Value::null(plumb_value::Type::Dynamic)),
        ExprKind::Template(parts) => match parts.as_slice() {
            [] => Some(Value::string("")),
            [TemplatePart::Literal { text, .. }] => Some(Value::string(text.clone())),
            _ => None,
        },
        _ => None,
    }
}

fn invalid(detail: impl Into<String>, span: Span) -> Diagnostic {
    Diagnostic::error("Invalid reference", detail).at(span)
}

fn single<'a>(
    root: &Ident,
    steps: &'a [Step],
    subject: impl FnOnce(&Ident) -> Result<Subject, Diagnostic>,
) -> Result<Parsed<'a>, Diagnostic> {
    let name = single_name(root, steps)?;
    let span = root.span.to(steps[0].span());
    Ok(Parsed { subject: subject(name).map_err(|error| error.at(span))?, key: None, consumed: 1, span })
}

/// The name behind `var`, `local` and their like.
fn single_name<'a>(root: &Ident, steps: &'a [Step]) -> Result<&'a Ident, Diagnostic> {
    match steps.first() {
        Some(Step::Attribute { name, .. }) => Ok(name),
        Some(step @ (Step::Index { .. } | Step::LegacyIndex { .. })) if is_literal(step) => Err(invalid(
            format!(
                "The \"{}\" object does not support this operation. Name one of its attributes behind a dot.",
                root.text
            ),
            step.span(),
        )),
        _ => Err(invalid(
            format!(
                "The \"{}\" object cannot be accessed directly. Instead, access one of its attributes.",
                root.text
            ),
            root.span,
        )),
    }
}

fn is_literal(step: &Step) -> bool {
    match step {
        Step::Attribute { .. } | Step::LegacyIndex { .. } => true,
        Step::Index { key, .. } => literal_key(key).is_some(),
        Step::AttributeSplat { .. } | Step::FullSplat { .. } => false,
    }
}

fn each_attribute(name: &Ident) -> Result<Subject, Diagnostic> {
    match &*name.text {
        "key" => Ok(Subject::EachKey),
        "value" => Ok(Subject::EachValue),
        other => Err(Diagnostic::error(
            "Invalid \"each\" attribute",
            format!(
                "The \"each\" object does not have an attribute named \"{other}\". It has each.key and each.value, \
                 the key and the value of the \"for_each\" element that this instance is for."
            ),
        )),
    }
}

fn count_attribute(name: &Ident) -> Result<Subject, Diagnostic> {
    match &*name.text {
        "index" => Ok(Subject::CountIndex),
        other => Err(Diagnostic::error(
            "Invalid \"count\" attribute",
            format!(
                "The \"count\" object does not have an attribute named \"{other}\". It has only count.index, the \
                 number of the instance, counted from zero."
            ),
        )),
    }
}

fn path_attribute(name: &Ident) -> Result<Subject, Diagnostic> {
    match &*name.text {
        "module" => Ok(Subject::Path(PathKind::Module)),
        "root" => Ok(Subject::Path(PathKind::Root)),
        "cwd" => Ok(Subject::Path(PathKind::Cwd)),
        other => Err(Diagnostic::error(
            "Invalid \"path\" attribute",
            format!(
                "The \"path\" object does not have an attribute named \"{other}\".{}",
                did_you_mean(other, ["module", "root", "cwd"])
            ),
        )),
    }
}

fn engine_attribute(root: &str, name: &Ident) -> Result<Subject, Diagnostic> {
    let detail = match &*name.text {
        "workspace" => return Ok(Subject::Workspace),
        "applying" => return Ok(Subject::Applying),
        "env" => format!(
            "There is no {root}.env since version 0.12: environments of the state are called workspaces now. Write \
             {root}.workspace instead."
        ),
        other => format!(
            "The \"{root}\" object does not have an attribute named \"{other}\". It has {root}.workspace, the name of \
             the selected workspace, and {root}.applying, which is true only while changes are applied."
        ),
    };
    Err(Diagnostic::error(format!("Invalid \"{root}\" attribute"), detail))
}

fn reserved(root: &Ident) -> Diagnostic {
    Diagnostic::error(
        "Reserved symbol name",
        format!(
            "The name \"{0}\" is kept free for a later version of the language. If a provider has a resource type of \
             that name, write \"resource.{0}\" to refer to it.",
            root.text
        ),
    )
    .at(root.span)
}

/// `TYPE.NAME[KEY]` behind `before` steps that are part of the prefix, such as `data`.
fn resource<'a>(
    mode: Mode,
    root: &Ident,
    steps: &'a [Step],
    before: usize,
) -> Result<Parsed<'a>, Diagnostic> {
    let (kind, rest) = if before == 0 { (Some(root), steps) } else { (None, steps.get(1..).unwrap_or(&[])) };
    let prefixed = match (kind, steps.first()) {
        (Some(kind), _) => kind,
        (None, Some(Step::Attribute { name, .. })) => name,
        (None, _) => return Err(incomplete_prefix(root, steps)),
    };
    let Some(first) = rest.first() else {
        return Err(if before == 0 { missing_name(mode, root.span) } else { incomplete_prefix(root, steps) });
    };
    let Step::Attribute { name, span } = first else {
        let place = if is_literal(first) { first.span() } else { root.span.to(prefixed.span) };
        return Err(missing_name(mode, place));
    };
    let resource = Resource { mode, kind: prefixed.text.clone(), name: name.text.clone() };
    let mut parsed = Parsed {
        subject: Subject::Resource(resource, None),
        key: None,
        consumed: before + 1,
        span: root.span.to(*span),
    };
    take_key(&mut parsed, rest.get(1), "resource")?;
    Ok(parsed)
}

fn incomplete_prefix(root: &Ident, steps: &[Step]) -> Diagnostic {
    let what = match &*root.text {
        "data" => "the data source type and the resource name",
        "ephemeral" => "the ephemeral resource type and its name",
        _ => "the resource type and the resource name",
    };
    let end = steps.iter().take_while(|step| is_literal(step)).last().map_or(root.span, Step::span);
    invalid(
        format!("The \"{}\" object must be followed by two attribute names: {what}.", root.text),
        root.span.to(end),
    )
}

fn missing_name(mode: Mode, span: Span) -> Diagnostic {
    let what = match mode {
        Mode::Managed => "a resource type",
        Mode::Data => "a data source",
        Mode::Ephemeral => "an ephemeral resource",
    };
    invalid(
        format!(
            "A reference to {what} must be followed by at least one attribute access, specifying the resource name. \
             For a text, write it in quotes; for a variable, put \"var.\" before its name, and for a local value \
             \"local.\"."
        ),
        span,
    )
}

/// Takes the key of an instance, if that is what the next step is.
fn take_key<'a>(parsed: &mut Parsed<'a>, step: Option<&'a Step>, what: &str) -> Result<(), Diagnostic> {
    let (key, span) = match step {
        Some(Step::Index { key, span }) => match literal_key(key) {
            Some(value) => (Key::Literal(instance_key(&value, what, *span)?), *span),
            None => (Key::Computed(key), *span),
        },
        Some(Step::LegacyIndex { number, span }) => {
            let value = Number::parse(number).map_or_else(Value::dynamic, Value::number);
            (Key::Literal(instance_key(&value, what, *span)?), *span)
        }
        _ => return Ok(()),
    };
    parsed.key = Some(key);
    parsed.consumed += 1;
    parsed.span = parsed.span.to(span);
    Ok(())
}

fn instance_key(value: &Value, what: &str, span: Span) -> Result<InstanceKey, Diagnostic> {
    InstanceKey::from_value(value).ok_or_else(|| {
        let why = if value.as_number().is_some() {
            "value must be a whole number, between -9223372036854775808 and 9223372036854775807"
        } else {
            "either a string or an integer is required"
        };
        Diagnostic::error("Invalid index key", format!("Invalid index for {what} instance: {why}.")).at(span)
    })
}

/// `module.NAME[KEY].OUTPUT`.
fn module<'a>(root: &Ident, steps: &'a [Step]) -> Result<Parsed<'a>, Diagnostic> {
    let call: Arc<str> = single_name(root, steps)?.text.clone();
    let subject = Subject::Module(call.clone(), None, None);
    let mut parsed = Parsed { subject, key: None, consumed: 1, span: root.span.to(steps[0].span()) };
    take_key(&mut parsed, steps.get(1), "module")?;
    match steps.get(parsed.consumed) {
        Some(Step::Attribute { name, span }) => {
            parsed.subject = Subject::Module(call, None, Some(name.text.clone()));
            parsed.consumed += 1;
            parsed.span = parsed.span.to(*span);
        }
        Some(step @ (Step::Index { .. } | Step::LegacyIndex { .. })) if is_literal(step) => {
            return Err(invalid(
                "An instance of a module does not support this operation: name one of its outputs behind a dot.",
                step.span(),
            ));
        }
        _ => {}
    }
    Ok(parsed)
}
