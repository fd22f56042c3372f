//! Expressions with what Terraform's console makes of them, kept as data.
//!
//! `forms.json` has the forms of expressions and operators, `functions.json` the functions. A row has
//! an expression and either the text that the console shows for its value, which tells types, nulls,
//! unknown and sensitive values apart, or the headlines of its errors. References stand for what
//! [`Fixture`] says.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use plumb_expression::{Context, Expression, FunctionWorld, Reference};
use plumb_source::{FileId, MemoryFiles};
use plumb_syntax::ast::ExprKind;
use plumb_value::{Kind, Marks, Type, Value};
use serde_json::Value as Json;

/// What references stand for, and the files that functions see.
struct Fixture {
    values: BTreeMap<&'static str, Value>,
    files: MemoryFiles,
}

/// A key in its usual form, of a file with its kind and its body: programs that look for keys which
/// nobody should see would find it in that form.
fn pem(file: &str) -> String {
    let (kind, body) = file.split_once('\n').expect("a kind and a body");
    format!("-----BEGIN {kind}-----\n{body}-----END {kind}-----\n")
}

impl Fixture {
    fn new() -> Fixture {
        let texts = |texts: &[&str]| texts.iter().map(|text| Value::string(*text)).collect::<Vec<_>>();
        let pet = |name: &str, legs: i64| {
            Value::object([("name", Value::string(name)), ("legs", Value::number(legs))])
        };
        let pets = [pet("rex", 4), pet("tweety", 2)];
        let person = Value::object([
            ("name", Value::string("ann")),
            ("age", Value::number(40)),
            ("pets", Value::list(pets[0].ty(), pets.clone())),
        ]);
        let values = BTreeMap::from([
            ("var.secret", Value::string("hush").with_marks(Marks::SENSITIVE)),
            ("var.secrets", Value::tuple(texts(&["a", "b"])).with_marks(Marks::SENSITIVE)),
            ("var.text", Value::string("plain")),
            ("var.numbers", Value::list(Type::Number, [3_i64, 1, 2].map(Value::number))),
            (
                "var.table",
                Value::map(Type::String, [("b", Value::string("two")), ("a", Value::string("one"))]),
            ),
            ("var.tags", Value::set(Type::String, texts(&["x", "y"]))),
            ("var.person", person),
            ("var.missing", Value::null(Type::String)),
            ("var.no_list", Value::null(Type::list(Type::String))),
            ("terraform_data.later", Value::dynamic()),
            // The working directory is the root of the files, whose path ends in a slash already.
            ("path.cwd", Value::string("")),
        ]);
        let files = MemoryFiles::new()
            .with("files/hello.tpl", "hello ${name}\n")
            .with("files/list.tpl", "%{ for x in items ~}\n- ${x}\n%{ endfor ~}\n")
            .with("files/wrap.tpl", "${items}")
            .with("files/plain.txt", "plain text")
            .with("files/binary", [0xff, 0xfe])
            .with("files/sub/a.json", "x")
            .with("files/sub/deep/b.json", "y")
            .with("keys/pkcs1.pem", pem(include_str!("keys/pkcs1.txt")))
            .with("keys/pkcs8.pem", pem(include_str!("keys/pkcs8.txt")))
            .with("keys/openssh.pem", pem(include_str!("keys/openssh.txt")))
            .with("keys/protected.pem", pem(include_str!("keys/protected.txt")))
            .with("keys/curve.pem", pem(include_str!("keys/curve.txt")))
            .with("files/nest.tpl", "${templatefile(\"files/wrap.tpl\",{})}")
            .with("files/broken.tpl", "${");
        Fixture { values, files }
    }

    fn value(&self, reference: &Reference) -> Value {
        self.values
            .get(&*reference.text)
            .cloned()
            .unwrap_or_else(|| panic!("no value for {}", reference.text))
    }

    /// What the console would show for the expression, or the headlines of its errors.
    fn console(&self, text: &str) -> Result<String, Vec<String>> {
        let (syntax, mut diagnostics) = plumb_syntax::parse_expression(text, FileId(0));
        let (syntax, shows_type) = match &syntax.kind {
            ExprKind::Call(call) if call.full_name() == "type" && !call.arguments.is_empty() => {
                (call.arguments[0].clone(), true)
            }
            _ => (syntax, false),
        };
        let (expression, compile_diagnostics) = Expression::compile(&syntax, &[]);
        diagnostics.append(compile_diagnostics);
        let mut value = Value::dynamic();
        if !diagnostics.has_errors() {
            let inputs: Vec<Value> =
                expression.references().iter().map(|reference| self.value(reference)).collect();
            let random = |bytes: &mut [u8]| bytes.fill(7);
            let world = FunctionWorld {
                module_directory: Path::new("."),
                random: Some(&random),
                ..FunctionWorld::nothing(&self.files)
            };
            value = diagnostics.take(expression.evaluate(&inputs, &Context { locals: &[], world: &world }));
        }
        if diagnostics.has_errors() {
            for diagnostic in diagnostics.iter() {
                assert!(!diagnostic.detail.is_empty(), "{text}: no detail");
                assert!(diagnostic.subject.is_some(), "{text}: no place for {}", diagnostic.summary);
                for (_, statement) in &diagnostic.values {
                    assert!(!statement.contains("hush"), "{text}: gives a secret away");
                }
                assert!(!diagnostic.detail.contains("hush"), "{text}: gives a secret away");
            }
            return Err(diagnostics.into_iter().map(|diagnostic| diagnostic.summary).collect());
        }
        Ok(if shows_type { value.ty().to_pretty_string() } else { shown(&value, 0) })
    }
}

/// The value as the console shows it.
fn shown(value: &Value, indent: usize) -> String {
    if !value.is_known() {
        return "(known after apply)".to_owned();
    }
    if value.marks().is_sensitive() {
        return "(sensitive value)".to_owned();
    }
    match value.kind() {
        Kind::Null(ty) => match ty {
            Type::Dynamic => "null".to_owned(),
            Type::Bool | Type::Number | Type::String => format!("to{ty}(null)"),
            Type::List(element) => format!("tolist(null) /* of {} */", element.friendly_name()),
            Type::Set(element) => format!("toset(null) /* of {} */", element.friendly_name()),
            Type::Map(element) => format!("tomap(null) /* of {} */", element.friendly_name()),
            Type::Tuple(_) | Type::Object(_) => format!("null /* {} */", ty.friendly_name()),
        },
        Kind::Bool(value) => value.to_string(),
        Kind::Number(number) if !number.is_finite() => {
            if number.is_negative() { "-Inf" } else { "+Inf" }.to_owned()
        }
        Kind::Number(number) => number.to_string(),
        Kind::String(text) => quoted(text, indent),
        Kind::List(..) => format!("tolist({})", sequence(value, indent)),
        Kind::Set(..) => format!("toset({})", sequence(value, indent)),
        Kind::Tuple(..) => sequence(value, indent),
        Kind::Map(..) => format!("tomap({})", table(value, indent)),
        Kind::Object(..) => table(value, indent),
        Kind::Unknown(..) => String::new(),
    }
}

fn quoted(text: &str, indent: usize) -> String {
    if text.contains('\n') {
        let (dash, margin) = if indent == 0 { ("", String::new()) } else { ("-", " ".repeat(indent)) };
        let body: String = text.split('\n').map(|line| format!("{margin}{line}\n")).collect();
        return format!("<<{dash}EOT\n{body}{margin}EOT");
    }
    plumb_value::quote(text)
}

fn sequence(value: &Value, indent: usize) -> String {
    let parts = value.as_sequence().unwrap_or_default();
    if parts.is_empty() {
        return "[]".to_owned();
    }
    let margin = " ".repeat(indent + 2);
    let lines: String = parts.iter().fold(String::new(), |mut lines, part| {
        let _ = writeln!(lines, "{margin}{},", shown(part, indent + 2));
        lines
    });
    format!("[\n{lines}{}]", " ".repeat(indent))
}

fn table(value: &Value, indent: usize) -> String {
    let entries = value.entries().unwrap_or_default();
    if entries.is_empty() {
        return "{}".to_owned();
    }
    let margin = " ".repeat(indent + 2);
    let lines: String = entries.iter().fold(String::new(), |mut lines, (name, part)| {
        let _ = writeln!(lines, "{margin}{} = {}", quoted(name, 0), shown(part, indent + 2));
        lines
    });
    format!("{{\n{lines}{}}}", " ".repeat(indent))
}

fn check(table: &str) {
    let fixture = Fixture::new();
    let rows: Vec<Json> = serde_json::from_str(table).expect("the table is JSON");
    let mut wrong = Vec::new();
    for row in &rows {
        let expression = row["expression"].as_str().expect("every row has an expression");
        let expected: Result<String, Vec<String>> = match row["result"].as_str() {
            Some(result) => Ok(result.to_owned()),
            None => Err(serde_json::from_value(row["errors"].clone()).expect("a result or errors")),
        };
        let actual = fixture.console(expression);
        if actual != expected {
            wrong.push(format!("{expression}\n  expected {expected:?}\n  actual   {actual:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {} rows differ:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}

#[test]
fn forms_of_expressions() {
    check(include_str!("forms.json"));
}

#[test]
fn functions() {
    check(include_str!("functions.json"));
}
