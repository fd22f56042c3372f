//! Laying code out in lines, as people write it.

use crate::code::{Expr, Statement, argument, quoted};

/// How long a line may be before it is broken.
const WIDTH: usize = 100;
const INDENT: &str = "    ";

/// The text of a file of code.
pub(crate) fn lay_out(statements: &[Statement]) -> String {
    let mut out = String::new();
    block(statements, 0, &mut out);
    out
}

fn block(statements: &[Statement], depth: usize, out: &mut String) {
    let is_code = |statement: &Statement| !matches!(statement, Statement::Blank);
    let end = statements.iter().rposition(is_code).map_or(0, |last| last + 1);
    let start = statements.iter().position(is_code).unwrap_or(0);
    let mut is_blank = true;
    for statement in &statements[start..end] {
        if *statement == Statement::Blank {
            if !is_blank {
                out.push('\n');
            }
            is_blank = true;
            continue;
        }
        is_blank = false;
        one(statement, depth, out);
    }
    let does_something =
        statements.iter().any(|statement| !matches!(statement, Statement::Blank | Statement::Comment(_)));
    if !does_something && depth > 0 {
        line("pass", depth, out);
    }
}

fn line(text: &str, depth: usize, out: &mut String) {
    out.push_str(&INDENT.repeat(depth));
    out.push_str(text);
    out.push('\n');
}

fn one(statement: &Statement, depth: usize, out: &mut String) {
    match statement {
        Statement::Blank => {}
        Statement::Comment(text) => {
            for part in text.lines() {
                line(format!("# {part}").trim_end(), depth, out);
            }
        }
        Statement::Do(expr) => line(&expression(expr, depth, 0), depth, out),
        Statement::Assign(name, expr) => {
            let before = name.len() + 3;
            line(&format!("{name} = {}", expression(expr, depth, before)), depth, out);
        }
        Statement::If(condition, body) => {
            line(&format!("if {}:", condition.line()), depth, out);
            block(body, depth + 1, out);
        }
        Statement::Choice(branches) => choice(branches, depth, out),
        Statement::For(names, of, body) => {
            let head = expression(of, depth, names.len() + 8);
            line(&format!("for {names} in {head}:"), depth, out);
            block(body, depth + 1, out);
        }
        Statement::Def(name, parameters, purpose, body) => {
            line(&format!("def {name}({parameters}):"), depth, out);
            if let Some(purpose) = purpose {
                let purpose = purpose.replace('\\', "\\\\").replace('"', "'");
                line(&format!("\"\"\"{purpose}\"\"\""), depth + 1, out);
            }
            block(body, depth + 1, out);
        }
        Statement::Return => line("return", depth, out),
    }
}

fn choice(branches: &[(Expr, Vec<Statement>)], depth: usize, out: &mut String) {
    for (at, (condition, body)) in branches.iter().enumerate() {
        let head = match (at, condition) {
            (0, condition) => format!("if {}:", condition.line()),
            (_, Expr::Bool(true)) => "else:".to_owned(),
            (_, condition) => format!("elif {}:", condition.line()),
        };
        line(&head, depth, out);
        block(body, depth + 1, out);
    }
}

/// An expression that begins `before` characters behind the indentation, broken where it is too long.
fn expression(expr: &Expr, depth: usize, before: usize) -> String {
    let whole = expr.line();
    if depth * INDENT.len() + before + whole.chars().count() <= WIDTH && !breaks_anyway(expr) {
        return whole;
    }
    let indent = INDENT.repeat(depth + 1);
    let close = INDENT.repeat(depth);
    let all = |parts: Vec<String>| parts.iter().map(|part| format!("{indent}{part},\n")).collect::<String>();
    match expr {
        Expr::List(items) if !items.is_empty() => {
            let items = items.iter().map(|item| expression(item, depth + 1, 1)).collect();
            format!("[\n{}{close}]", all(items))
        }
        Expr::Dict(entries) if !entries.is_empty() => {
            let entry = |(key, value): &(Expr, Expr)| {
                let key = key.line();
                format!("{key}: {}", expression(value, depth + 1, key.len() + 3))
            };
            format!("{{\n{}{close}}}", all(entries.iter().map(entry).collect()))
        }
        Expr::Call { function, arguments } if arguments.len() == 1 && arguments[0].0.is_none() => {
            match &arguments[0].1 {
                inner @ (Expr::Call { .. } | Expr::List(_) | Expr::Dict(_)) => {
                    format!("{function}({})", expression(inner, depth, before + function.len() + 1))
                }
                _ => whole,
            }
        }
        Expr::Format(format, values) if values.len() > 1 => {
            let values = values.iter().map(|value| expression(value, depth + 1, 1)).collect();
            format!("{} % (\n{}{close})", quoted(format), all(values))
        }
        Expr::Call { function, arguments } if !arguments.is_empty() => {
            let each = arguments.iter().map(|one| {
                let before = one.0.as_ref().map_or(1, |name| name.len() + 4);
                argument(one, |value| expression(value, depth + 1, before))
            });
            format!("{function}(\n{}{close})", all(each.collect()))
        }
        Expr::Text(text) if text.trim_end_matches('\n').contains('\n') => lines_of(text).unwrap_or(whole),
        _ => whole,
    }
}

/// Whether there is a text of several lines in it, which reads better as such.
fn breaks_anyway(expr: &Expr) -> bool {
    match expr {
        Expr::Text(text) => text.trim_end_matches('\n').contains('\n') && lines_of(text).is_some(),
        Expr::Call { arguments, .. } => arguments.iter().any(|(_, value)| breaks_anyway(value)),
        Expr::List(items) => items.iter().any(breaks_anyway),
        _ => false,
    }
}

/// A text of several lines as it stands; nothing where that would be another.
fn lines_of(text: &str) -> Option<String> {
    let is_plain = |one: char| one == '\n' || one == '\t' || !one.is_control();
    if !text.chars().all(is_plain) || text.contains("\"\"\"") || text.starts_with('"') || text.ends_with('"')
    {
        return None;
    }
    let escaped = text.replace('\\', "\\\\");
    Some(format!("\"\"\"{escaped}\"\"\""))
}
