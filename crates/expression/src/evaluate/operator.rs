//! `a + b`, `a && b`, `!a` and their like.

use plumb_diagnostics::Diagnostic;
use plumb_source::Span;
use plumb_syntax::ast::{BinaryOperator, UnaryOperator};
use plumb_value::{OperationError, Type, Value, convert};

use super::Evaluator;
use crate::node::{ChainLink, Node, NodeKind};

impl Evaluator<'_> {
    /// Each operator with the result of those before it.
    pub(super) fn chain(&mut self, first: &Node, rest: &[ChainLink]) -> Value {
        let mut before = self.found.len();
        let mut value = self.node(first);
        for (at, link) in rest.iter().enumerate() {
            let operand = self.node(&link.operand);
            // Messages about the left side show what it refers to.
            let shown = ChainPart { first, rest: &rest[..at] };
            value = self.binary(link, value, &operand, before, &shown);
            before = if self.has_errors_since(before) { before } else { self.found.len() };
        }
        value
    }

    fn binary(
        &mut self,
        link: &ChainLink,
        left: Value,
        right: &Value,
        before: usize,
        shown: &ChainPart<'_>,
    ) -> Value {
        let (wanted, result) = types(link.operator);
        let left = self
            .operand(left, &wanted, "left operand", link.left_span, link.span, |this| shown.left_node(this));
        let right =
            self.operand(right.clone(), &wanted, "right operand", link.operand.span, link.span, |_| {
                link.operand.clone()
            });
        let (Some(left), Some(right)) = (left, right) else { return Value::unknown(result) };
        if self.has_errors_since(before) {
            return Value::unknown(result);
        }
        match operate(link.operator, &left, &right) {
            Ok(value) => value,
            Err(why) => {
                let error = Diagnostic::error("Operation failed", format!("Error during operation: {why}."));
                let whole = shown.with(link);
                self.fail(error.at(link.span), &whole);
                Value::unknown(result)
            }
        }
    }

    pub(super) fn unary(&mut self, operator: UnaryOperator, operand: &Node, node: &Node) -> Value {
        let ty = match operator {
            UnaryOperator::Negate => Type::Number,
            UnaryOperator::Not => Type::Bool,
        };
        let before = self.found.len();
        let value = self.node(operand);
        let value = self.operand(value, &ty, "unary operand", operand.span, node.span, |_| operand.clone());
        let Some(value) = value else { return Value::unknown(ty) };
        if self.has_errors_since(before) {
            return Value::unknown(ty);
        }
        let result = match (operator, value.is_null(), value.is_known()) {
            (_, true, _) => Err(OperationError::Null),
            (_, _, false) => Ok(Value::unknown(ty.clone()).refine_not_null().with_marks(value.marks())),
            (UnaryOperator::Negate, ..) => value.negate(),
            (UnaryOperator::Not, ..) => value.not(),
        };
        result.unwrap_or_else(|_| {
            let detail = "Error during operation: argument must not be null.";
            self.fail(Diagnostic::error("Operation failed", detail).at(node.span), node);
            Value::unknown(ty)
        })
    }

    /// The operand as the operator wants it; nothing where it is unsuitable, which is reported.
    fn operand(
        &mut self,
        value: Value,
        wanted: &Type,
        which: &str,
        span: Span,
        whole: Span,
        shown: impl FnOnce(&Self) -> Node,
    ) -> Option<Value> {
        if *wanted == Type::Dynamic || value.is_of_type(wanted) {
            return Some(value);
        }
        match convert(&value, wanted) {
            Ok(value) => Some(value),
            Err(error) => {
                let detail = format!("Unsuitable value for {which}: {error}.");
                let shown = shown(self);
                self.fail(Diagnostic::error("Invalid operand", detail).at(span).within(whole), &shown);
                None
            }
        }
    }
}

/// The beginning of a chain, which is the left operand of what follows it.
struct ChainPart<'n> {
    first: &'n Node,
    rest: &'n [ChainLink],
}

impl ChainPart<'_> {
    /// As a node of its own, for messages. Made only where there is one to show: within `try` a long
    /// chain would otherwise be copied again and again.
    fn left_node(&self, evaluator: &Evaluator<'_>) -> Node {
        if evaluator.quiet > 0 {
            return Node::new(NodeKind::Failed, self.first.span);
        }
        let span = self.rest.last().map_or(self.first.span, |link| link.span);
        let kind = NodeKind::Chain { first: Box::new(self.first.clone()), rest: self.rest.into() };
        Node::new(kind, span)
    }

    fn with(&self, link: &ChainLink) -> Node {
        let rest = self.rest.iter().chain(std::iter::once(link)).cloned().collect();
        Node::new(NodeKind::Chain { first: Box::new(self.first.clone()), rest }, link.span)
    }
}

/// What operands must be, and what the result is.
fn types(operator: BinaryOperator) -> (Type, Type) {
    match operator {
        BinaryOperator::Or | BinaryOperator::And => (Type::Bool, Type::Bool),
        BinaryOperator::Equal | BinaryOperator::NotEqual => (Type::Dynamic, Type::Bool),
        BinaryOperator::Greater
        | BinaryOperator::GreaterOrEqual
        | BinaryOperator::Less
        | BinaryOperator::LessOrEqual => (Type::Number, Type::Bool),
        BinaryOperator::Add
        | BinaryOperator::Subtract
        | BinaryOperator::Multiply
        | BinaryOperator::Divide
        | BinaryOperator::Modulo => (Type::Number, Type::Number),
    }
}

fn operate(operator: BinaryOperator, left: &Value, right: &Value) -> Result<Value, &'static str> {
    let marks = left.deep_marks() | right.deep_marks();
    match operator {
        BinaryOperator::Equal => {
            return Ok(left.unmark_deep().equals(&right.unmark_deep()).with_marks(marks));
        }
        BinaryOperator::NotEqual => {
            return Ok(left.unmark_deep().not_equals(&right.unmark_deep()).with_marks(marks));
        }
        _ => {}
    }
    if left.is_null() || right.is_null() {
        return Err("argument must not be null");
    }
    let is_known = left.is_known() && right.is_known();
    let (_, result) = types(operator);
    // Only comparisons look at the limits of values that are not known; the version of Terraform
    // that this follows does so too, and what is known early shows in plans.
    let unknown = || Ok(Value::unknown(result.clone()).refine_not_null().with_marks(marks));
    let outcome = match operator {
        BinaryOperator::Greater => left.greater_than(right),
        BinaryOperator::GreaterOrEqual => left.greater_than_or_equal(right),
        BinaryOperator::Less => left.less_than(right),
        BinaryOperator::LessOrEqual => left.less_than_or_equal(right),
        _ if !is_known => return unknown(),
        BinaryOperator::Or => left.or(right),
        BinaryOperator::And => left.and(right),
        BinaryOperator::Add => left.add(right),
        BinaryOperator::Subtract => left.subtract(right),
        BinaryOperator::Multiply => left.multiply(right),
        BinaryOperator::Divide => left.divide(right),
        BinaryOperator::Modulo => left.modulo(right),
        BinaryOperator::Equal | BinaryOperator::NotEqual => unreachable!("dealt with above"),
    };
    outcome.map_err(|error| match (error, operator) {
        (OperationError::Null, _) => "argument must not be null",
        (OperationError::WrongType, _) => "the operands do not have the types that the operator needs",
        (OperationError::Indeterminate, BinaryOperator::Add) => "can't compute sum of opposing infinities",
        (OperationError::Indeterminate, BinaryOperator::Subtract) => "can't subtract infinity from itself",
        (OperationError::Indeterminate, BinaryOperator::Multiply) => "can't multiply zero by infinity",
        (OperationError::Indeterminate, BinaryOperator::Divide) => {
            "can't divide zero by zero or infinity by infinity"
        }
        (OperationError::Indeterminate, _) => "can't use modulo with zero and infinity",
    })
}
