//! The compiled form of an expression: names resolved, literals made, spans kept for messages.
//!
//! It differs from the syntax tree in what evaluation would otherwise have to do each time: every
//! name is already a position (of a reference, of a variable bound around it), numbers are parsed,
//! and chains of operators are flat lists, so that evaluating them needs no depth of stack.

use std::sync::Arc;

use plumb_source::Span;
use plumb_syntax::ast::{BinaryOperator, UnaryOperator};
use plumb_value::Value;

use crate::functions::Function;

/// A compiled expression or a part of one.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) kind: NodeKind,
    pub(crate) span: Span,
}

/// What a compiled expression does.
#[derive(Clone, Debug)]
pub(crate) enum NodeKind {
    /// A value that was written down.
    Constant(Value),
    /// A reference whose error is reported already, or an expression that could not be read.
    Failed,
    /// The value handed in for the reference at this position.
    Reference(usize),
    /// The variable bound by a `for` around this, counted from the outermost.
    Slot { slot: usize, name: Arc<str> },
    /// A name that the context of evaluation knows.
    ContextLocal(Arc<str>),
    /// Text with interpolations.
    Template(Box<[Node]>),
    /// The texts that a `%{ for }` directive makes, one behind the other.
    TemplateJoin(Box<For>),
    /// `base.name[key]`.
    Traverse { base: Box<Node>, steps: Box<[Step]> },
    /// A function call.
    Call(Box<Call>),
    /// `[a, b]`.
    Tuple(Box<[Node]>),
    /// `{ a = 1 }`.
    Object(Box<[ObjectItem]>),
    /// `[for ...]` or `{for ...}`.
    For(Box<For>),
    /// `condition ? a : b`.
    Conditional(Box<Conditional>),
    /// `first + a * b ...`, each operator applied to the result so far.
    Chain { first: Box<Node>, rest: Box<[ChainLink]> },
    /// `!a` or `-a`.
    Unary { operator: UnaryOperator, operand: Box<Node> },
    /// `(a)` or `"${a}"`.
    Group(Box<Node>),
    /// `a.b = ...` as the key of an object: means nothing clear.
    AmbiguousKey,
}

/// An operator with its right operand.
#[derive(Clone, Debug)]
pub(crate) struct ChainLink {
    pub(crate) operator: BinaryOperator,
    pub(crate) operand: Node,
    /// The left operand.
    pub(crate) left_span: Span,
    /// From the first operand of the chain to this one.
    pub(crate) span: Span,
}

/// A step of a traversal.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Attribute {
        name: Arc<str>,
        span: Span,
    },
    /// An index with a literal key.
    Index {
        key: Value,
        span: Span,
    },
    /// An index with any other key.
    ComputedIndex {
        key: Box<Node>,
        span: Span,
    },
    /// Applies steps to each element.
    Splat {
        steps: Box<[Step]>,
        span: Span,
    },
}

/// A function call.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// As written.
    pub(crate) name: Arc<str>,
    pub(crate) target: CallTarget,
    pub(crate) arguments: Box<[Node]>,
    pub(crate) expand_final: bool,
    pub(crate) name_span: Span,
    pub(crate) close_span: Span,
}

/// What a call calls.
#[derive(Clone, Debug)]
pub(crate) enum CallTarget {
    /// A function of the table.
    Function(&'static Function),
    /// `provider::NAME::FUNCTION`.
    Provider { provider: Arc<str>, function: Arc<str> },
    /// `try(...)`.
    Try,
    /// `can(...)`.
    Can,
    /// `templatefile(...)`.
    TemplateFile,
    /// `templatestring(...)`.
    TemplateString,
    /// Unknown; the message was made by the compiler and is given where the call is evaluated, for
    /// it may stand inside `try`.
    Unknown { detail: Arc<str> },
}

/// An entry of an object expression.
#[derive(Clone, Debug)]
pub(crate) struct ObjectItem {
    pub(crate) key: Node,
    pub(crate) value: Node,
}

/// A `for` expression or directive.
#[derive(Clone, Debug)]
pub(crate) struct For {
    /// Whether each key is bound, in the slot before that of the element.
    pub(crate) has_key_name: bool,
    pub(crate) collection: Node,
    /// Makes an object where it is there.
    pub(crate) key: Option<Node>,
    pub(crate) value: Node,
    pub(crate) condition: Option<Node>,
    pub(crate) group: bool,
}

/// `condition ? a : b`.
#[derive(Clone, Debug)]
pub(crate) struct Conditional {
    pub(crate) condition: Node,
    pub(crate) when_true: Node,
    pub(crate) when_false: Node,
}

impl Node {
    pub(crate) fn new(kind: NodeKind, span: Span) -> Node {
        Node { kind, span }
    }

    /// The nodes directly inside, for looking through the tree.
    pub(crate) fn children(&self) -> Vec<&Node> {
        match &self.kind {
            NodeKind::Constant(_)
            | NodeKind::Failed
            | NodeKind::Reference(_)
            | NodeKind::Slot { .. }
            | NodeKind::ContextLocal(_)
            | NodeKind::AmbiguousKey => Vec::new(),
            NodeKind::Template(parts) | NodeKind::Tuple(parts) => parts.iter().collect(),
            NodeKind::TemplateJoin(walk) | NodeKind::For(walk) => {
                let mut nodes = vec![&walk.collection, &walk.value];
                nodes.extend(&walk.key);
                nodes.extend(&walk.condition);
                nodes
            }
            NodeKind::Traverse { base, steps } => {
                let mut nodes = vec![&**base];
                collect_keys(steps, &mut nodes);
                nodes
            }
            NodeKind::Call(call) => call.arguments.iter().collect(),
            NodeKind::Object(items) => items.iter().flat_map(|item| [&item.key, &item.value]).collect(),
            NodeKind::Conditional(choice) => vec![&choice.condition, &choice.when_true, &choice.when_false],
            NodeKind::Chain { first, rest } => {
                std::iter::once(&**first).chain(rest.iter().map(|link| &link.operand)).collect()
            }
            NodeKind::Unary { operand, .. } => vec![operand],
            NodeKind::Group(inner) => vec![inner],
        }
    }
}

/// The computed keys among the steps, those behind splats included.
fn collect_keys<'a>(steps: &'a [Step], nodes: &mut Vec<&'a Node>) {
    for step in steps {
        match step {
            Step::ComputedIndex { key, .. } => nodes.push(key),
            Step::Splat { steps, .. } => collect_keys(steps, nodes),
            Step::Attribute { .. } | Step::Index { .. } => {}
        }
    }
}
