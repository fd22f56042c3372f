//! What expressions refer to, as plans describe configurations.
//!
//! Responsible for the texts of references in the form and order that the format has, found in the
//! syntax alone, and for what each of them names.

use std::sync::Arc;

use plumb_address::{InstanceKey, Mode, Resource};
use plumb_expression::Expression;
use plumb_syntax::ast::{Expr, ExprKind, For, ObjectKey, Step, TemplatePart};
use plumb_value::Value;
use plumb_value::json::write_string;

use super::value::write_known;
use super::writer::Members;

/// A step of a reference that is written out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Part {
    Name(Arc<str>),
    Key(InstanceKey),
}

impl Part {
    fn text(&self) -> String {
        match self {
            Part::Name(name) => format!(".{name}"),
            Part::Key(key) => key.to_string(),
        }
    }

    fn name(&self) -> Option<&Arc<str>> {
        match self {
            Part::Name(name) => Some(name),
            Part::Key(_) => None,
        }
    }
}

/// A reference: its root name and the literal steps behind it.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    root: Arc<str>,
    parts: Vec<Part>,
}

/// Everything in an expression that matters here.
#[derive(Default)]
struct Contents {
    found: Vec<Found>,
    has_calls: bool,
    /// Names bound by the expressions around.
    scope: Vec<Arc<str>>,
}

/// The references in an expression in the order in which they are written.
pub(crate) fn references(expression: &Expression) -> Vec<Found> {
    let mut contents = Contents::default();
    contents.expr(expression.syntax());
    contents.found
}

/// The texts of the references in an expression.
pub(crate) fn reference_texts(expression: &Expression) -> Vec<String> {
    references(expression).iter().flat_map(Found::texts).collect()
}

/// The value of an expression that neither refers to anything nor calls a function.
pub(crate) fn constant(expression: &Expression) -> Option<Value> {
    let mut contents = Contents::default();
    contents.expr(expression.syntax());
    if contents.has_calls { None } else { expression.constant() }
}

/// `{"constant_value": ...}` or `{"references": [...]}`; neither for calls of functions alone.
pub(crate) fn write_expression(expression: &Expression, text: &mut Vec<u8>) {
    let mut members = Members::new(text);
    if let Some(value) = constant(expression) {
        write_known(&value, members.key("constant_value"));
    }
    let texts = reference_texts(expression);
    if !texts.is_empty() {
        members.strings("references", texts);
    }
    members.end();
}

impl Contents {
    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Number(_) | ExprKind::Bool(_) | ExprKind::Null | ExprKind::Invalid => {}
            ExprKind::Variable(name) => self.traversal(&name.text, &[]),
            ExprKind::Template(parts) => self.template(parts),
            ExprKind::TemplateWrap(inner) | ExprKind::Parentheses(inner) => self.expr(inner),
            ExprKind::Traverse { base, steps } => match &base.kind {
                ExprKind::Variable(name) => self.traversal(&name.text, steps),
                _ => {
                    self.expr(base);
                    self.steps(steps);
                }
            },
            ExprKind::Call(call) => {
                self.has_calls = true;
                call.arguments.iter().for_each(|argument| self.expr(argument));
            }
            ExprKind::Tuple(items) => items.iter().for_each(|item| self.expr(item)),
            ExprKind::Object(items) => {
                for item in items {
                    if let ObjectKey::Expr(key) = &item.key {
                        self.expr(key);
                    }
                    self.expr(&item.value);
                }
            }
            ExprKind::For(inner) => self.for_expr(inner),
            ExprKind::Conditional { condition, when_true, when_false } => {
                self.expr(condition);
                self.expr(when_true);
                self.expr(when_false);
            }
            ExprKind::Binary { left, right, .. } => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::Unary { operand, .. } => self.expr(operand),
        }
    }

    fn for_expr(&mut self, inner: &For) {
        self.expr(&inner.collection);
        let outer = self.scope.len();
        self.scope.extend(inner.key_name.iter().map(|name| name.text.clone()));
        self.scope.push(inner.value_name.text.clone());
        for part in inner.key.iter().chain([&inner.value]).chain(&inner.condition) {
            self.expr(part);
        }
        self.scope.truncate(outer);
    }

    fn template(&mut self, parts: &[TemplatePart]) {
        for part in parts {
            match part {
                TemplatePart::Literal { .. } => {}
                TemplatePart::Interpolation(inner) => self.expr(inner),
                TemplatePart::If { condition, when_true, when_false, .. } => {
                    self.expr(condition);
                    self.template(when_true);
                    self.template(when_false);
                }
                TemplatePart::For { key_name, value_name, collection, body, .. } => {
                    self.expr(collection);
                    let outer = self.scope.len();
                    self.scope.extend(key_name.iter().map(|name| name.text.clone()));
                    self.scope.push(value_name.text.clone());
                    self.template(body);
                    self.scope.truncate(outer);
                }
            }
        }
    }

    fn traversal(&mut self, root: &Arc<str>, steps: &[Step]) {
        let literal: Vec<Part> = steps.iter().map_while(part).collect();
        let rest = &steps[literal.len()..];
        if !self.scope.contains(root) {
            self.found.push(Found { root: root.clone(), parts: literal });
        }
        self.steps(rest);
    }

    /// Keys among steps that follow something else than names.
    fn steps(&mut self, steps: &[Step]) {
        for step in steps {
            match step {
                Step::Attribute { .. } | Step::LegacyIndex { .. } => {}
                Step::Index { key, .. } => self.expr(key),
                Step::AttributeSplat { steps, .. } | Step::FullSplat { steps, .. } => self.steps(steps),
            }
        }
    }
}

/// A step that is written out.
fn part(step: &Step) -> Option<Part> {
    match step {
        Step::Attribute { name, .. } => Some(Part::Name(name.text.clone())),
        Step::LegacyIndex { number, .. } => {
            number.parse().ok().map(|number| Part::Key(InstanceKey::Int(number)))
        }
        Step::Index { key, .. } => literal_key(key).map(Part::Key),
        Step::AttributeSplat { .. } | Step::FullSplat { .. } => None,
    }
}

fn literal_key(key: &Expr) -> Option<InstanceKey> {
    match &key.kind {
        ExprKind::Number(number) => number.parse().ok().map(InstanceKey::Int),
        ExprKind::Template(parts) => match parts.as_slice() {
            [] => Some(InstanceKey::String("".into())),
            [TemplatePart::Literal { text, .. }] => Some(InstanceKey::String(text.clone())),
            _ => None,
        },
        _ => None,
    }
}

/// What a reference means, with the steps that lead further into it.
pub(crate) enum Meaning<'f> {
    Variable(&'f Arc<str>),
    Local(&'f Arc<str>),
    Resource(Resource, Option<&'f InstanceKey>, &'f [Part]),
    /// A call, the key of an instance, an output.
    Module(&'f Arc<str>, Option<&'f InstanceKey>, Option<&'f Arc<str>>),
    /// What an instance of a repeated block knows of itself.
    Repetition,
    Other,
}

impl Found {
    /// How many parts name the subject, with its key and output; `None` where it is no reference.
    fn subject_length(&self) -> Option<usize> {
        let names = match &*self.root {
            "self" => return Some(0),
            "var" | "local" | "each" | "count" | "path" | "terraform" | "module" => 1,
            "data" | "ephemeral" | "resource" => 2,
            _ => 1,
        };
        if self.parts.len() < names || self.parts[..names].iter().any(|part| part.name().is_none()) {
            return None;
        }
        let has_key = matches!(self.parts.get(names), Some(Part::Key(_)));
        match &*self.root {
            "var" | "local" | "each" | "count" | "path" | "terraform" => Some(names),
            "module" => {
                let behind = names + usize::from(has_key);
                Some(behind + usize::from(matches!(self.parts.get(behind), Some(Part::Name(_)))))
            }
            _ => Some(names + usize::from(has_key)),
        }
    }

    fn text(&self, length: usize) -> String {
        let rest: String = self.parts[..length].iter().map(Part::text).collect();
        if &*self.root == "resource" {
            // The word only tells it apart from other roots.
            return rest.trim_start_matches('.').to_owned();
        }
        format!("{}{rest}", self.root)
    }

    /// The reference in full, then with ever fewer steps down to its subject, then what that is an
    /// instance or output of.
    fn texts(&self) -> Vec<String> {
        let Some(subject) = self.subject_length() else { return Vec::new() };
        let mut texts: Vec<String> =
            (subject..=self.parts.len()).rev().map(|length| self.text(length)).collect();
        let last = subject.checked_sub(1).and_then(|at| self.parts.get(at));
        let is_output = &*self.root == "module" && subject > 1 && matches!(last, Some(Part::Name(_)));
        if is_output || matches!(last, Some(Part::Key(_))) {
            texts.push(self.text(subject - 1));
        }
        texts
    }

    /// Whether the reference begins with that name.
    pub(crate) fn is_rooted_in(&self, name: &str) -> bool {
        &*self.root == name
    }

    /// What the reference names.
    pub(crate) fn meaning(&self) -> Meaning<'_> {
        let Some(length) = self.subject_length() else { return Meaning::Other };
        let (subject, rest) = self.parts.split_at(length);
        let name = |at: usize| subject.get(at).and_then(Part::name);
        let key = subject.iter().find_map(|part| if let Part::Key(key) = part { Some(key) } else { None });
        let resource = |mode, kind: &Arc<str>, name: Option<&Arc<str>>| match name {
            Some(name) => {
                Meaning::Resource(Resource { mode, kind: kind.clone(), name: name.clone() }, key, rest)
            }
            None => Meaning::Other,
        };
        match (&*self.root, name(0)) {
            ("var", Some(name)) => Meaning::Variable(name),
            ("local", Some(name)) => Meaning::Local(name),
            ("module", Some(call)) => {
                let output = if subject.len() > 1 { subject.last().and_then(Part::name) } else { None };
                Meaning::Module(call, key, output)
            }
            ("each" | "count", _) => Meaning::Repetition,
            ("self" | "path" | "terraform", _) => Meaning::Other,
            ("data", Some(kind)) => resource(Mode::Data, kind, name(1)),
            ("ephemeral", Some(kind)) => resource(Mode::Ephemeral, kind, name(1)),
            ("resource", Some(kind)) => resource(Mode::Managed, kind, name(1)),
            (_, name) => resource(Mode::Managed, &self.root, name),
        }
    }
}

impl Part {
    pub(crate) fn write(&self, text: &mut Vec<u8>) {
        match self {
            Part::Name(name) | Part::Key(InstanceKey::String(name)) => write_string(name, text),
            Part::Key(InstanceKey::Int(number)) => text.extend(number.to_string().as_bytes()),
            Part::Key(InstanceKey::None) => text.extend(b"null"),
        }
    }

    /// The part of a value that the step leads to.
    pub(crate) fn follow<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        match self {
            Part::Name(name) | Part::Key(InstanceKey::String(name)) => value.part(name),
            Part::Key(InstanceKey::Int(number)) => value.as_sequence()?.get(usize::try_from(*number).ok()?),
            Part::Key(InstanceKey::None) => None,
        }
    }
}
