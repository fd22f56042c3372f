//! Values of variables: where they come from, what wins, and what they become. The expectations of
//! `values.json` are what `terraform console` 1.11.4 showed.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use plumb_configuration::{InputArgument, InputSources, NoInstalledModules, collect_inputs, load};
use plumb_diagnostics::Diagnostics;
use plumb_source::{MemoryFiles, SourceMap};
use plumb_value::{Value, json};
use serde::Deserialize;

/// Values as their variables take them, and those that are missing.
struct Found {
    values: BTreeMap<Arc<str>, Value>,
    missing: Vec<Arc<str>>,
}

fn collect(
    files: &MemoryFiles,
    environment: &[(&str, &str)],
    arguments: &[InputArgument],
) -> (Found, Diagnostics) {
    let sources = SourceMap::new();
    let (config, mut diagnostics) = load(files, &sources, Path::new("."), &NoInstalledModules);
    let environment: Vec<(String, String)> =
        environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let from = InputSources {
        files,
        sources: &sources,
        directory: Path::new("."),
        environment: &environment,
        arguments,
    };
    let inputs = diagnostics.take(collect_inputs(config.root(), &from));
    let mut values = BTreeMap::new();
    for (name, given) in &inputs.values {
        match given.fit(&config.root().variables[name]) {
            Ok(value) => drop(values.insert(name.clone(), value)),
            Err(problem) => diagnostics.push(*problem),
        }
    }
    (Found { values, missing: inputs.missing }, diagnostics)
}

fn value(text: &str) -> InputArgument {
    InputArgument::Value(text.to_owned())
}

fn file(path: &str) -> InputArgument {
    InputArgument::File(path.to_owned())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    #[serde(rename = "type")]
    ty: String,
    value: String,
    json: Option<String>,
    summary: Option<String>,
    reason: Option<String>,
}

#[test]
fn texts_become_values_of_the_type() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("values.json")).expect("the cases are readable");
    let mut failures = Vec::new();
    for case in &cases {
        let ty = if case.ty.is_empty() { String::new() } else { format!("type = {}", case.ty) };
        let files = MemoryFiles::new().with("main.tf", format!("variable \"a\" {{\n  {ty}\n}}\n"));
        let (inputs, diagnostics) = collect(&files, &[], &[value(&format!("a={}", case.value))]);
        let found = match (inputs.values.get("a"), diagnostics.iter().next()) {
            (Some(value), None) => {
                let text = json::encode(value, &value.ty()).expect("it can be written");
                String::from_utf8(text).expect("text")
            }
            (_, Some(first)) => {
                let reason =
                    first.detail.split_once("set using -var=\"a=...\": ").map_or("", |(_, reason)| reason);
                format!("{}: {}", first.summary, reason.trim_end_matches('.'))
            }
            (None, None) => "nothing".to_owned(),
        };
        let expected = match (&case.json, &case.summary) {
            (Some(json), _) => json.clone(),
            (None, summary) => {
                format!(
                    "{}: {}",
                    summary.as_deref().unwrap_or_default(),
                    case.reason.as_deref().unwrap_or_default()
                )
            }
        };
        // Plumb says which element it is, where Terraform leaves that to the reader.
        let is_same = match (found.split_once(": "), expected.split_once(": ")) {
            (Some((summary, detail)), Some((wanted, reason))) if case.json.is_none() => {
                summary == wanted && (detail == reason || detail.ends_with(&format!(": {reason}")))
            }
            _ => found == expected,
        };
        if !is_same {
            failures
                .push(format!("{} <- {}\n  expected {expected}\n  found    {found}", case.ty, case.value));
        }
    }
    assert!(failures.is_empty(), "{} of {}:\n{}", failures.len(), cases.len(), failures.join("\n"));
}

#[test]
fn the_stronger_source_wins() {
    let names = ["env", "tfvars", "json", "auto_a", "auto_json", "file", "var", "none"];
    let declarations: String =
        names.map(|name| format!("variable \"{name}\" {{\n  default = \"default\"\n}}\n")).concat();
    let native = |value: &str, from: usize| -> String {
        names[from..7].iter().map(|name| format!("{name} = \"{value}\"\n")).collect()
    };
    let in_json = |value: &str, from: usize| -> String {
        let entries: Vec<String> =
            names[from..7].iter().map(|name| format!("\"{name}\": \"{value}\"")).collect();
        format!("{{ \"//\": \"a comment\", {} }}", entries.join(", "))
    };
    let files = MemoryFiles::new()
        .with("main.tf", declarations)
        .with("terraform.tfvars", native("tfvars", 1))
        .with("terraform.tfvars.json", in_json("json", 2))
        .with("a.auto.tfvars", native("auto_a", 3))
        .with("b.auto.tfvars.json", in_json("auto_json", 4))
        .with("f.tfvars", native("file", 5));
    let environment: Vec<(&str, &str)> = names[..7].iter().map(|name| (*name, "env")).collect();
    let shown = |arguments: &[InputArgument]| {
        let (inputs, diagnostics) = collect(&files, &environment, arguments);
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        let text = |name: &str| inputs.values.get(name).and_then(|value| value.as_str().map(str::to_owned));
        names.map(|name| text(name).unwrap_or_else(|| "default".to_owned())).join(" ")
    };
    assert_eq!(
        shown(&[file("f.tfvars"), value("var=var")]),
        "env tfvars json auto_a auto_json file var default"
    );
    assert_eq!(
        shown(&[value("var=var"), file("f.tfvars")]),
        "env tfvars json auto_a auto_json file file default"
    );
}

#[test]
fn null_means_the_default_where_null_is_not_allowed() {
    let files = MemoryFiles::new()
        .with(
            "main.tf",
            "variable \"a\" {\n  nullable = false\n  default  = \"d\"\n}\nvariable \"b\" {\n  nullable = false\n}\n\
             variable \"c\" {\n  default = \"x\"\n}\nvariable \"d\" {}\n",
        )
        .with("x.tfvars", "a = null\nb = null\nc = null\n");
    let (inputs, diagnostics) = collect(&files, &[], &[file("x.tfvars")]);
    assert_eq!(inputs.values["a"].as_str(), Some("d"));
    assert!(inputs.values["c"].is_null());
    assert_eq!(inputs.missing, ["d".into()]);
    let summaries: Vec<&str> = diagnostics.iter().map(|diagnostic| &*diagnostic.summary).collect();
    assert_eq!(summaries, ["Required variable not set"]);
}

#[test]
fn mistakes_are_named() {
    let declared = "variable \"region\" {\n  default = 1\n}\n";
    #[track_caller]
    fn check(arguments: &[InputArgument], files: &MemoryFiles, expected: &[(&str, &str)]) {
        let (_, diagnostics) = collect(files, &[("nosuch", "ignored")], arguments);
        let found: Vec<(&str, &str)> =
            diagnostics.iter().map(|diagnostic| (&*diagnostic.summary, &*diagnostic.detail)).collect();
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for ((summary, detail), (expected, text)) in found.iter().zip(expected) {
            assert_eq!(summary, expected);
            assert!(detail.contains(text), "{detail}");
        }
    }
    let files = MemoryFiles::new()
        .with("main.tf", declared)
        .with("many.tfvars", "a = 1\nb = 2\nregoin = 3\nd = 4\n")
        .with("block.tfvars", "region {\n  a = 1\n}\nvariable \"region\" {}\n")
        .with("reference.tfvars", "region = var.x\n")
        .with("call.tfvars", "region = upper(\"x\")\n")
        .with("broken.tfvars", "region = \n")
        .with("list.tfvars.json", "[1]")
        .with("broken.tfvars.json", "{ \"region\" = 1");
    check(&[], &files, &[]);
    check(&[value("regoin=1")], &files, &[("Value for undeclared variable", "Did you mean \"region\"?")]);
    check(&[value("region")], &files, &[("Invalid -var option", "-var=\"key=value\"")]);
    check(&[value("region = x")], &files, &[("Invalid -var option", "Did you mean -var=\"region=x\"?")]);
    check(&[file("no.tfvars")], &files, &[("Failed to read variables file", "no.tfvars does not exist")]);
    check(
        &[file("many.tfvars")],
        &files,
        &[
            ("Value for undeclared variable", "named \"a\""),
            ("Value for undeclared variable", "named \"b\""),
            ("Values for undeclared variables", "2 other variable(s)"),
        ],
    );
    check(
        &[file("block.tfvars")],
        &files,
        &[
            ("Unexpected \"region\" block", "use the equals sign"),
            ("Variable declaration in .tfvars file", "    region = <value>"),
        ],
    );
    check(&[file("reference.tfvars")], &files, &[("Variables not allowed", "")]);
    check(&[file("call.tfvars")], &files, &[("Function calls not allowed", "")]);
    check(&[file("broken.tfvars")], &files, &[("Invalid expression", "")]);
    check(&[file("list.tfvars.json")], &files, &[("Incorrect JSON value type", "one JSON object")]);
    check(&[file("broken.tfvars.json")], &files, &[("Missing property value colon", "")]);
}
