//! Typed trees in one short line each, so that tests can say what they expect.
#![allow(dead_code, reason = "each test file uses a part of this")]

use plumb_syntax::ast::{BinaryOperator, Body, Expr, ExprKind, ObjectKey, Step, TemplatePart, UnaryOperator};

pub(crate) fn body(body: &Body) -> String {
    let mut lines: Vec<(u32, String)> = Vec::new();
    for attribute in &body.attributes {
        lines.push((attribute.span.start, format!("{} = {}", attribute.name.text, expr(&attribute.value))));
    }
    for block in &body.blocks {
        let labels: String = block
            .labels
            .iter()
            .map(|label| if label.quoted { format!(" {:?}", label.text) } else { format!(" {}", label.text) })
            .collect();
        lines
            .push((block.span.start, format!("{}{labels} {{{}}}", block.kind.text, self::body(&block.body))));
    }
    lines.sort();
    lines.into_iter().map(|(_, line)| line).collect::<Vec<_>>().join("; ")
}

pub(crate) fn expr(expression: &Expr) -> String {
    match &expression.kind {
        ExprKind::Number(digits) => digits.to_string(),
        ExprKind::Bool(value) => value.to_string(),
        ExprKind::Null => "null".into(),
        ExprKind::Variable(name) => name.text.to_string(),
        ExprKind::Template(parts) => format!("T[{}]", self::parts(parts)),
        ExprKind::TemplateWrap(inner) => format!("wrap({})", expr(inner)),
        ExprKind::Traverse { base, steps } => format!("{}{}", expr(base), self::steps(steps)),
        ExprKind::Call(call) => format!(
            "{}({}{})",
            call.full_name(),
            list(&call.arguments),
            if call.expand_final { "..." } else { "" }
        ),
        ExprKind::Tuple(items) => format!("[{}]", list(items)),
        ExprKind::Object(items) => {
            let items: Vec<_> = items
                .iter()
                .map(|item| match &item.key {
                    ObjectKey::Name(name) => format!("'{}={}", name.text, expr(&item.value)),
                    ObjectKey::Expr(key) => format!("{}={}", expr(key), expr(&item.value)),
                })
                .collect();
            format!("{{{}}}", items.join(", "))
        }
        ExprKind::For(each) => {
            let mut out = String::from("for ");
            if let Some(key) = &each.key_name {
                out += &format!("{},", key.text);
            }
            out += &format!("{} in {}: ", each.value_name.text, expr(&each.collection));
            if let Some(key) = &each.key {
                out += &format!("{} => ", expr(key));
            }
            out += &expr(&each.value);
            if each.group {
                out += "...";
            }
            if let Some(condition) = &each.condition {
                out += &format!(" if {}", expr(condition));
            }
            format!("<{out}>")
        }
        ExprKind::Conditional { condition, when_true, when_false } => {
            format!("({} ? {} : {})", expr(condition), expr(when_true), expr(when_false))
        }
        ExprKind::Binary { operator, left, right, .. } => {
            format!("({} {} {})", expr(left), sign(*operator), expr(right))
        }
        ExprKind::Unary { operator, operand } => {
            let sign = match operator {
                UnaryOperator::Negate => "-",
                UnaryOperator::Not => "!",
            };
            format!("({sign}{})", expr(operand))
        }
        ExprKind::Parentheses(inner) => format!("p({})", expr(inner)),
        ExprKind::Invalid => "INVALID".into(),
    }
}

fn list(items: &[Expr]) -> String {
    items.iter().map(expr).collect::<Vec<_>>().join(", ")
}

fn sign(operator: BinaryOperator) -> &'static str {
    match operator {
        BinaryOperator::Or => "||",
        BinaryOperator::And => "&&",
        BinaryOperator::Equal => "==",
        BinaryOperator::NotEqual => "!=",
        BinaryOperator::Greater => ">",
        BinaryOperator::GreaterOrEqual => ">=",
        BinaryOperator::Less => "<",
        BinaryOperator::LessOrEqual => "<=",
        BinaryOperator::Add => "+",
        BinaryOperator::Subtract => "-",
        BinaryOperator::Multiply => "*",
        BinaryOperator::Divide => "/",
        BinaryOperator::Modulo => "%",
    }
}

fn steps(steps: &[Step]) -> String {
    steps
        .iter()
        .map(|step| match step {
            Step::Attribute { name, .. } => format!(".{}", name.text),
            Step::Index { key, .. } => format!("[{}]", expr(key)),
            Step::LegacyIndex { number, .. } => format!(".#{number}"),
            Step::AttributeSplat { steps, .. } => format!(".*<{}>", self::steps(steps)),
            Step::FullSplat { steps, .. } => format!("[*]<{}>", self::steps(steps)),
        })
        .collect()
}

fn parts(parts: &[TemplatePart]) -> String {
    let parts: Vec<_> = parts
        .iter()
        .map(|part| match part {
            TemplatePart::Literal { text, .. } => format!("{text:?}"),
            TemplatePart::Interpolation(inner) => format!("${{{}}}", expr(inner)),
            TemplatePart::If { condition, when_true, when_false, .. } => {
                format!(
                    "if {} [{}] else [{}]",
                    expr(condition),
                    self::parts(when_true),
                    self::parts(when_false)
                )
            }
            TemplatePart::For { key_name, value_name, collection, body, .. } => {
                let key = key_name.as_ref().map_or(String::new(), |name| format!("{},", name.text));
                format!("for {key}{} in {} [{}]", value_name.text, expr(collection), self::parts(body))
            }
        })
        .collect();
    parts.join(" ")
}
