//! From the syntax tree to the compiled form: every name resolved, every reference found once.
//!
//! It looks at nothing but the tree. Names bound by `for` and names that the caller says are bound
//! are no references; everything else must read as one.

pub(crate) mod mention;
pub(crate) mod subject;

use std::collections::HashMap;
use std::sync::Arc;

use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_source::Span;
use plumb_syntax::ast::{self, ExprKind, Ident, ObjectKey, TemplatePart};
use plumb_value::{Number, Value};

use crate::Expression;
use crate::functions;
use crate::node::{Call, CallTarget, ChainLink, Conditional, For, Node, NodeKind, ObjectItem, Step};
use crate::reference::{ProviderCall, Reference, RepetitionKey, Subject};
use mention::{brief, mentions};
use subject::{Key, Parsed, literal_key};

/// How deep expressions may be nested. The parser refuses deeper ones long before; this guards
/// against trees that were made otherwise.
const MAX_DEPTH: usize = 600;

/// What compiling yields.
pub(crate) struct Compiled {
    pub(crate) root: Node,
    pub(crate) references: Vec<Reference>,
    pub(crate) provider_calls: Vec<ProviderCall>,
    /// Whether its value depends on nothing but itself.
    pub(crate) is_pure: bool,
    pub(crate) diagnostics: Diagnostics,
}

/// Compiles a tree in which the names `locals` are known.
pub(crate) fn compile(expr: &ast::Expr, locals: &[Arc<str>]) -> Compiled {
    let mut compiler = Compiler::new(locals);
    let root = compiler.node(expr);
    compiler.finish(root)
}

struct Compiler<'a> {
    locals: &'a [Arc<str>],
    /// Names bound around the current place, the innermost last.
    slots: Vec<Arc<str>>,
    references: Vec<Reference>,
    /// Position of each reference by its text.
    known: HashMap<Arc<str>, usize>,
    provider_calls: Vec<ProviderCall>,
    is_pure: bool,
    depth: usize,
    diagnostics: Diagnostics,
}

impl<'a> Compiler<'a> {
    fn new(locals: &'a [Arc<str>]) -> Self {
        Compiler {
            locals,
            slots: Vec::new(),
            references: Vec::new(),
            known: HashMap::new(),
            provider_calls: Vec::new(),
            is_pure: true,
            depth: 0,
            diagnostics: Diagnostics::new(),
        }
    }

    fn finish(self, root: Node) -> Compiled {
        Compiled {
            root,
            references: self.references,
            provider_calls: self.provider_calls,
            is_pure: self.is_pure,
            diagnostics: self.diagnostics,
        }
    }

    fn node(&mut self, expr: &ast::Expr) -> Node {
        if self.depth >= MAX_DEPTH {
            self.diagnostics.push(
                Diagnostic::error(
                    "Expression nested too deeply",
                    "This expression has too many others inside each other. Give parts of it names as local values.",
                )
                .at(expr.span),
            );
            return Node::new(NodeKind::Failed, expr.span);
        }
        self.depth += 1;
        let node = self.any(expr);
        self.depth -= 1;
        node
    }

    fn boxed(&mut self, expr: &ast::Expr) -> Box<Node> {
        Box::new(self.node(expr))
    }

    fn nodes(&mut self, exprs: &[ast::Expr]) -> Box<[Node]> {
        exprs.iter().map(|expr| self.node(expr)).collect()
    }

    fn any(&mut self, expr: &ast::Expr) -> Node {
        let kind = match &expr.kind {
            ExprKind::Number(text) => match Number::parse(text) {
                Some(number) => NodeKind::Constant(Value::number(number)),
                None => {
                    self.diagnostics.push(
                        Diagnostic::error(
                            "Invalid number literal",
                            "This number is too large, or too near to zero: there may be no more than about 19,000 digits \
                             before or behind the point.",
                        )
                        .at(expr.span),
                    );
                    NodeKind::Failed
                }
            },
            ExprKind::Bool(value) => NodeKind::Constant(Value::bool(*value)),
            ExprKind::Null => NodeKind::Constant(Value::null(plumb_value::Type::Dynamic)),
            ExprKind::Invalid => NodeKind::Failed,
            ExprKind::Variable(name) => return self.name(name, &[], expr.span),
            ExprKind::Template(parts) => return self.template(parts, expr.span),
            ExprKind::TemplateWrap(inner) | ExprKind::Parentheses(inner) => {
                NodeKind::Group(self.boxed(inner))
            }
            ExprKind::Traverse { base, steps } => return self.traverse(base, steps, expr.span),
            ExprKind::Call(call) => self.call(call, expr.span),
            ExprKind::Tuple(items) => NodeKind::Tuple(self.nodes(items)),
            ExprKind::Object(items) => NodeKind::Object(items.iter().map(|item| self.item(item)).collect()),
            ExprKind::For(walk) => NodeKind::For(Box::new(self.walk(walk))),
            ExprKind::Conditional { condition, when_true, when_false } => {
                NodeKind::Conditional(Box::new(Conditional {
                    condition: self.node(condition),
                    when_true: self.node(when_true),
                    when_false: self.node(when_false),
                }))
            }
            ExprKind::Binary { .. } => self.chain(expr),
            ExprKind::Unary { operator, operand } => {
                NodeKind::Unary { operator: *operator, operand: self.boxed(operand) }
            }
        };
        Node::new(kind, expr.span)
    }

    /// A row of operators leans to the left; it is walked without a call for each.
    fn chain(&mut self, expr: &ast::Expr) -> NodeKind {
        let mut links = Vec::new();
        let mut current = expr;
        while let ExprKind::Binary { operator, left, right, .. } = &current.kind {
            links.push((*operator, &**right, left.span, current.span));
            current = left;
        }
        let first = self.boxed(current);
        let rest = links
            .into_iter()
            .rev()
            .map(|(operator, right, left_span, span)| ChainLink {
                operator,
                operand: self.node(right),
                left_span,
                span,
            })
            .collect();
        NodeKind::Chain { first, rest }
    }

    fn traverse(&mut self, base: &ast::Expr, steps: &[ast::Step], span: Span) -> Node {
        if let ExprKind::Variable(name) = &base.kind {
            return self.name(name, steps, span);
        }
        let base = self.node(base);
        self.apply(base, steps, span)
    }

    /// A name with steps: a bound variable or a reference.
    fn name(&mut self, name: &Ident, steps: &[ast::Step], span: Span) -> Node {
        if let Some(slot) = self.slots.iter().rposition(|slot| *slot == name.text) {
            let base = Node::new(NodeKind::Slot { slot, name: name.text.clone() }, name.span);
            return self.apply(base, steps, span);
        }
        if self.locals.contains(&name.text) {
            let base = Node::new(NodeKind::ContextLocal(name.text.clone()), name.span);
            return self.apply(base, steps, span);
        }
        match subject::parse(name, steps) {
            Ok(parsed) => {
                let consumed = self.consumed(&parsed);
                let base = self.reference(name, steps, parsed);
                self.apply(base, &steps[consumed..], span)
            }
            Err(error) => {
                self.diagnostics.push(error);
                // Keys behind the failed part may hold further errors.
                for step in steps {
                    self.step(step);
                }
                Node::new(NodeKind::Failed, span)
            }
        }
    }

    /// How many steps the reference takes: not the key, and nothing behind it, if only the
    /// surroundings within the expression know the key.
    fn consumed(&self, parsed: &Parsed<'_>) -> usize {
        match (&parsed.key, &parsed.subject) {
            (Some(Key::Computed(key)), subject) if self.is_local_key(key) => match subject {
                Subject::Module(..) => 1,
                _ => parsed.consumed - 1,
            },
            _ => parsed.consumed,
        }
    }

    fn is_local_key(&self, key: &ast::Expr) -> bool {
        if self.slots.is_empty() && self.locals.is_empty() {
            return false;
        }
        let is_bound = |name: &str| {
            self.slots.iter().any(|slot| &**slot == name) || self.locals.iter().any(|local| &**local == name)
        };
        mentions(key, &is_bound)
    }

    fn reference(&mut self, root: &Ident, steps: &[ast::Step], parsed: Parsed<'_>) -> Node {
        let consumed = self.consumed(&parsed);
        let is_cut = consumed < parsed.consumed;
        let span = match consumed.checked_sub(1).and_then(|last| steps.get(last)) {
            Some(last) => root.span.to(last.span()),
            None => root.span,
        };
        let (text, is_exact) = reference_text(root, &steps[..consumed]);
        if is_exact && let Some(at) = self.known.get(&*text) {
            return Node::new(NodeKind::Reference(*at), span);
        }
        let key = match parsed.key {
            _ if is_cut => None,
            None => None,
            Some(Key::Literal(key)) => Some(RepetitionKey::Literal(key)),
            Some(Key::Computed(key)) => {
                let key = self.diagnostics.take(Expression::compile(key, &[]));
                self.is_pure = false;
                Some(RepetitionKey::Computed(Arc::new(key)))
            }
        };
        let subject = match parsed.subject {
            Subject::Resource(resource, _) => Subject::Resource(resource, key),
            Subject::Module(call, _, _) if is_cut => Subject::Module(call, None, None),
            Subject::Module(call, _, output) => Subject::Module(call, key, output),
            other => other,
        };
        let at = self.references.len();
        let text: Arc<str> = text.into();
        if is_exact {
            self.known.insert(text.clone(), at);
        }
        self.references.push(Reference { subject, span, text });
        Node::new(NodeKind::Reference(at), span)
    }

    fn apply(&mut self, base: Node, steps: &[ast::Step], span: Span) -> Node {
        if steps.is_empty() {
            return base;
        }
        let steps = self.steps(steps);
        Node::new(NodeKind::Traverse { base: Box::new(base), steps }, span)
    }

    fn steps(&mut self, steps: &[ast::Step]) -> Box<[Step]> {
        steps.iter().map(|step| self.step(step)).collect()
    }

    fn step(&mut self, step: &ast::Step) -> Step {
        match step {
            ast::Step::Attribute { name, span } => Step::Attribute { name: name.text.clone(), span: *span },
            ast::Step::Index { key, span } => match literal_key(key) {
                Some(key) => Step::Index { key, span: *span },
                None => Step::ComputedIndex { key: self.boxed(key), span: *span },
            },
            ast::Step::LegacyIndex { number, span } => {
                let key = Number::parse(number).map_or_else(Value::dynamic, Value::number);
                Step::Index { key, span: *span }
            }
            ast::Step::AttributeSplat { steps, span } | ast::Step::FullSplat { steps, span } => {
                Step::Splat { steps: self.steps(steps), span: *span }
            }
        }
    }

    fn item(&mut self, item: &ast::ObjectItem) -> ObjectItem {
        let key = match &item.key {
            ObjectKey::Name(name) => {
                Node::new(NodeKind::Constant(Value::string(name.text.clone())), name.span)
            }
            ObjectKey::Expr(key) => match &key.kind {
                ExprKind::Variable(name) => {
                    Node::new(NodeKind::Constant(Value::string(name.text.clone())), name.span)
                }
                ExprKind::Null => Node::new(NodeKind::Constant(Value::string("null")), key.span),
                ExprKind::Traverse { base, .. } if matches!(base.kind, ExprKind::Variable(_)) => {
                    Node::new(NodeKind::AmbiguousKey, key.span)
                }
                _ => self.node(key),
            },
        };
        ObjectItem { key, value: self.node(&item.value) }
    }

    fn walk(&mut self, walk: &ast::For) -> For {
        let collection = self.node(&walk.collection);
        let bound = self.bind(walk.key_name.as_ref(), &walk.value_name);
        let compiled = For {
            has_key_name: walk.key_name.is_some(),
            collection,
            key: walk.key.as_ref().map(|key| self.node(key)),
            value: self.node(&walk.value),
            condition: walk.condition.as_ref().map(|condition| self.node(condition)),
            group: walk.group,
        };
        self.slots.truncate(self.slots.len() - bound);
        compiled
    }

    /// Binds the names of a `for`; tells how many.
    fn bind(&mut self, key: Option<&Ident>, value: &Ident) -> usize {
        self.slots.extend(key.map(|key| key.text.clone()));
        self.slots.push(value.text.clone());
        1 + usize::from(key.is_some())
    }

    fn template(&mut self, parts: &[TemplatePart], span: Span) -> Node {
        match parts {
            [] => Node::new(NodeKind::Constant(Value::string("")), span),
            [TemplatePart::Literal { text, .. }] => {
                Node::new(NodeKind::Constant(Value::string(text.clone())), span)
            }
            _ => {
                let parts = parts.iter().map(|part| self.part(part)).collect();
                Node::new(NodeKind::Template(parts), span)
            }
        }
    }

    fn part(&mut self, part: &TemplatePart) -> Node {
        match part {
            TemplatePart::Literal { text, span } => {
                Node::new(NodeKind::Constant(Value::string(text.clone())), *span)
            }
            TemplatePart::Interpolation(expr) => self.node(expr),
            TemplatePart::If { condition, when_true, when_false, span } => {
                let choice = Conditional {
                    condition: self.node(condition),
                    when_true: self.nested(when_true, *span),
                    when_false: self.nested(when_false, *span),
                };
                Node::new(NodeKind::Conditional(Box::new(choice)), *span)
            }
            TemplatePart::For { key_name, value_name, collection, body, span } => {
                let collection = self.node(collection);
                let bound = self.bind(key_name.as_ref(), value_name);
                let value = self.nested(body, *span);
                self.slots.truncate(self.slots.len() - bound);
                let walk = For {
                    has_key_name: key_name.is_some(),
                    collection,
                    key: None,
                    value,
                    condition: None,
                    group: false,
                };
                Node::new(NodeKind::TemplateJoin(Box::new(walk)), *span)
            }
        }
    }

    /// The inside of a directive; directives nest, so this counts as depth.
    fn nested(&mut self, parts: &[TemplatePart], around: Span) -> Node {
        let span = match (parts.first(), parts.last()) {
            (Some(first), Some(last)) => part_span(first).to(part_span(last)),
            _ => around,
        };
        if self.depth >= MAX_DEPTH {
            return Node::new(NodeKind::Failed, span);
        }
        self.depth += 1;
        let node = self.template(parts, span);
        self.depth -= 1;
        node
    }

    fn call(&mut self, call: &ast::Call, span: Span) -> NodeKind {
        let names: Vec<&str> = call.name.iter().map(|part| &*part.text).collect();
        let target = match names.as_slice() {
            ["provider", provider, function] => {
                self.is_pure = false;
                self.provider_calls.push(ProviderCall {
                    provider: (*provider).into(),
                    function: (*function).into(),
                    span,
                });
                CallTarget::Provider { provider: (*provider).into(), function: (*function).into() }
            }
            ["core", name] | [name] => self.builtin(name),
            _ => CallTarget::Unknown { detail: functions::unknown_namespace(&names).into() },
        };
        NodeKind::Call(Box::new(Call {
            name: call.full_name().into(),
            target,
            arguments: self.nodes(&call.arguments),
            expand_final: call.expand_final,
            name_span: call.name_span,
            close_span: call.close_span,
        }))
    }

    fn builtin(&mut self, name: &str) -> CallTarget {
        match name {
            "try" => CallTarget::Try,
            "can" => CallTarget::Can,
            "templatefile" => {
                self.is_pure = false;
                CallTarget::TemplateFile
            }
            "templatestring" => {
                self.is_pure = false;
                CallTarget::TemplateString
            }
            _ => match functions::find(name) {
                Some(function) => {
                    self.is_pure &= function.is_pure;
                    CallTarget::Function(function)
                }
                None => CallTarget::Unknown { detail: functions::unknown_function(name).into() },
            },
        }
    }
}

fn part_span(part: &TemplatePart) -> Span {
    match part {
        TemplatePart::Literal { span, .. }
        | TemplatePart::If { span, .. }
        | TemplatePart::For { span, .. } => *span,
        TemplatePart::Interpolation(expr) => expr.span,
    }
}

/// The text of a reference, and whether equal texts mean equal references.
fn reference_text(root: &Ident, steps: &[ast::Step]) -> (String, bool) {
    let mut text = root.text.to_string();
    let mut is_exact = true;
    for step in steps {
        match step {
            ast::Step::Attribute { name, .. } => {
                text.push('.');
                text.push_str(&name.text);
            }
            ast::Step::LegacyIndex { number, .. } => text.push_str(&format!("[{number}]")),
            ast::Step::Index { key, .. } => match brief(key) {
                Some(key) => text.push_str(&format!("[{key}]")),
                None => {
                    text.push_str("[...]");
                    is_exact = false;
                }
            },
            ast::Step::AttributeSplat { .. } | ast::Step::FullSplat { .. } => is_exact = false,
        }
    }
    (text, is_exact)
}
