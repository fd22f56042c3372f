//! What the expressions of the rows are evaluated with, and what comes of them.
//!
//! `fixture/main.tf` says the same to programs, and the files lie beside it.

use std::collections::BTreeMap;
use std::path::Path;

use plumb_expression::{Context, Expression, FunctionWorld, Reference};
use plumb_source::{FileId, MemoryFiles};
use plumb_syntax::ast::ExprKind;
use plumb_value::{Marks, Type, Value};

use crate::shown::shown;

/// What references stand for, and the files that functions see.
pub(crate) struct Fixture {
    values: BTreeMap<&'static str, Value>,
    files: MemoryFiles,
}

impl Fixture {
    pub(crate) fn new() -> Fixture {
        Fixture { values: values(), files: files() }
    }

    /// Nothing of what is not there yet is known, whichever part of it is asked for.
    fn value(&self, reference: &Reference) -> Option<Value> {
        let parts = ["", ".id", ".input", ".output", ".triggers_replace"];
        if reference.text.strip_prefix("terraform_data.later").is_some_and(|part| parts.contains(&part)) {
            return Some(Value::dynamic());
        }
        self.values.get(&*reference.text).cloned()
    }

    /// What the console would show for the expression, or the headlines of its errors. Nothing where the
    /// expression refers to what is not declared, which is for others to find.
    pub(crate) fn console(&self, text: &str) -> Option<Result<String, Vec<String>>> {
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
            let inputs: Option<Vec<Value>> =
                expression.references().iter().map(|reference| self.value(reference)).collect();
            let inputs = inputs?;
            let random = |bytes: &mut [u8]| bytes.fill(7);
            let world = FunctionWorld {
                module_directory: Path::new("."),
                random: Some(&random),
                // The console computes what a plan leaves for later.
                now_ms: Some(0),
                plan_time_ms: Some(0),
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
            return Some(Err(diagnostics.into_iter().map(|diagnostic| diagnostic.summary).collect()));
        }
        Some(Ok(if shows_type { value.ty().to_pretty_string() } else { shown(&value, 0) }))
    }
}

fn values() -> BTreeMap<&'static str, Value> {
    let texts = |texts: &[&str]| texts.iter().map(|text| Value::string(*text)).collect::<Vec<_>>();
    let pet =
        |name: &str, legs: i64| Value::object([("name", Value::string(name)), ("legs", Value::number(legs))]);
    let pets = [pet("rex", 4), pet("tweety", 2)];
    let person = Value::object([
        ("name", Value::string("ann")),
        ("age", Value::number(40)),
        ("pets", Value::list(pets[0].ty(), pets.clone())),
    ]);
    BTreeMap::from([
        ("var.secret", Value::string("hush").with_marks(Marks::SENSITIVE)),
        ("var.secrets", Value::tuple(texts(&["a", "b"])).with_marks(Marks::SENSITIVE)),
        ("var.text", Value::string("plain")),
        ("var.numbers", Value::list(Type::Number, [3_i64, 1, 2].map(Value::number))),
        ("var.table", Value::map(Type::String, [("b", Value::string("two")), ("a", Value::string("one"))])),
        ("var.tags", Value::set(Type::String, texts(&["x", "y"]))),
        ("var.person", person),
        ("var.missing", Value::null(Type::String)),
        ("var.no_list", Value::null(Type::list(Type::String))),
        ("var.fleeting", Value::string("gone").with_marks(Marks::EPHEMERAL)),
        // The working directory is the root of the files, whose path ends in a slash already.
        ("path.cwd", Value::string("")),
    ])
}

/// Everything below `fixture` and the keys.
fn files() -> MemoryFiles {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut files = MemoryFiles::new();
    collect(&root.join("fixture"), Path::new(""), &mut |path, content| files.insert(path, content));
    collect(&root.join("keys"), Path::new("keys"), &mut |path, content| {
        let text = String::from_utf8(content).expect("a key is text");
        files.insert(path.with_extension("pem"), pem(&text));
    });
    files
}

fn collect(directory: &Path, name: &Path, found: &mut dyn FnMut(&Path, Vec<u8>)) {
    for entry in std::fs::read_dir(directory).expect("the directory of the fixture") {
        let path = entry.expect("an entry").path();
        let name = name.join(path.file_name().expect("entries have names"));
        if path.is_dir() {
            collect(&path, &name, found);
        } else {
            found(&name, std::fs::read(&path).expect("a file of the fixture"));
        }
    }
}

/// A key in its usual form, of a file with its kind and its body: programs that look for keys which
/// nobody should see would find it in that form.
fn pem(file: &str) -> String {
    let (kind, body) = file.split_once('\n').expect("a kind and a body");
    format!("-----BEGIN {kind}-----\n{body}-----END {kind}-----\n")
}
