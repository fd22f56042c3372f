//! What is known before anything is evaluated: sources and versions of modules, and the backend.

use std::path::Path;
use std::sync::Arc;

use plumb_configuration::{
    Config, EarlyInputs, Given, NoInstalledModules, Variable, early_arguments, load_given,
};
use plumb_diagnostics::Diagnostics;
use plumb_source::{Files, MemoryFiles, SourceMap};
use plumb_value::{Value, json};

/// Values given for variables by name.
#[derive(Default)]
struct Inputs {
    values: Vec<(&'static str, Value)>,
    files: MemoryFiles,
}

impl EarlyInputs for Inputs {
    fn given(&self, variable: &Variable) -> (Option<Given>, Diagnostics) {
        let given = self.values.iter().find(|(name, _)| *name == &*variable.name);
        (given.map(|(_, value)| Given::told(value.clone(), "by the test")), Diagnostics::new())
    }

    fn workspace(&self) -> Result<Arc<str>, Diagnostics> {
        Ok("production".into())
    }

    fn files(&self) -> &dyn Files {
        &self.files
    }
}

fn read(main: &str, module: &str, inputs: &Inputs) -> (Config, Vec<(String, u32)>) {
    let files = ["a", "b", "a/inner", "production"].iter().fold(
        MemoryFiles::new().with("main.tf", main.as_bytes()),
        |files, directory| {
            let text = if directory.contains("inner") { "" } else { module };
            files.with(format!("{directory}/main.tf"), text.as_bytes())
        },
    );
    let sources = SourceMap::new();
    let (config, diagnostics) = load_given(&files, &sources, Path::new("."), &NoInstalledModules, inputs);
    (config, headlines(&diagnostics, &sources))
}

fn headlines(diagnostics: &Diagnostics, sources: &SourceMap) -> Vec<(String, u32)> {
    let line = |span: plumb_source::Span| sources.get(span.file).map(|file| file.position(span.start).line);
    let told = diagnostics.iter();
    told.map(|told| (told.summary.clone(), told.subject.and_then(line).unwrap_or_default())).collect()
}

/// The source of each module that is called, by its path.
#[track_caller]
fn check_sources(main: &str, module: &str, values: &[(&'static str, Value)], expected: &[(&str, &str)]) {
    let inputs = Inputs { values: values.to_vec(), ..Inputs::default() };
    let (config, problems) = read(main, module, &inputs);
    assert_eq!(problems, []);
    let mut found: Vec<(String, String)> = Vec::new();
    for module in &config.modules {
        for call in module.calls.values() {
            found.push((module.path.child(call.name.clone()).0.join("."), call.source.to_string()));
            assert!(call.module.is_some(), "{} leads to a module", call.name);
        }
    }
    let found: Vec<(&str, &str)> = found.iter().map(|(path, source)| (&**path, &**source)).collect();
    assert_eq!(found, expected);
}

#[test]
fn sources_are_made_of_what_is_known_early() {
    let main = "variable \"which\" {\n  default = \"a\"\n}\nlocals {\n  place = \"./${var.which}\"\n}\n\
                module \"m\" {\n  source = local.place\n}\n";
    check_sources(main, "", &[], &[("m", "./a")]);
    check_sources(main, "", &[("which", Value::string("b"))], &[("m", "./b")]);
    check_sources(
        "module \"m\" {\n  source = \"./${terraform.workspace}\"\n}\n",
        "",
        &[],
        &[("m", "./production")],
    );
    check_sources(
        "module \"m\" {\n  source = join(\"/\", [\".\", lower(\"A\")])\n}\n",
        "",
        &[],
        &[("m", "./a")],
    );
    check_sources("module \"m\" {\n  source = \"${path.module}/a\"\n}\n", "", &[], &[("m", "./a")]);
    check_sources(
        "variable \"s\" {\n  sensitive = true\n  default = \"b\"\n}\n\
         module \"m\" {\n  source = \"./${nonsensitive(var.s)}\"\n}\n",
        "",
        &[],
        &[("m", "./b")],
    );
    check_sources(
        "variable \"o\" {\n  type = object({ d = optional(string, \"b\") })\n}\n\
         module \"m\" {\n  source = \"./${var.o.d}\"\n}\n",
        "",
        &[("o", Value::object::<&str>([]))],
        &[("m", "./b")],
    );
    // A version that is null is none.
    check_sources("module \"m\" {\n  source = \"./a\"\n  version = [null][0]\n}\n", "", &[], &[("m", "./a")]);
}

#[test]
fn modules_know_what_their_callers_know() {
    let module = "variable \"inner\" {}\nmodule \"i\" {\n  source = \"./${var.inner}\"\n}\n";
    let main =
        "locals {\n  name = \"inner\"\n}\nmodule \"m\" {\n  source = \"./a\"\n  inner = local.name\n}\n";
    check_sources(main, module, &[], &[("m", "./a"), ("m.i", "./inner")]);
    // What is not needed early need not be known early.
    let module =
        "variable \"inner\" {}\nvariable \"later\" {}\nmodule \"i\" {\n  source = \"./${var.inner}\"\n}\n";
    let main = "resource \"terraform_data\" \"r\" {}\nmodule \"m\" {\n  source = \"./a\"\n  inner = \"inner\"\n  \
                later = terraform_data.r.id\n}\n";
    check_sources(main, module, &[], &[("m", "./a"), ("m.i", "./inner")]);
}

#[test]
fn one_module_leads_elsewhere_for_each_caller() {
    let module = "variable \"inner\" {}\nmodule \"i\" {\n  source = \"../${var.inner}/inner\"\n}\n";
    let main = "module \"m\" {\n  source = \"./b\"\n  inner = \"a\"\n}\n\
                module \"n\" {\n  source = \"./b\"\n  inner = \"./a\"\n}\n";
    check_sources(
        main,
        module,
        &[],
        &[("m", "./b"), ("n", "./b"), ("m.i", "../a/inner"), ("n.i", ".././a/inner")],
    );
}

#[test]
fn a_hundred_thousand_locals_lead_to_a_source() {
    let mut main = String::from("locals {\n  l0 = \"./a\"\n");
    for at in 1..100_000 {
        main.push_str(&format!("  l{at} = local.l{}\n", at - 1));
    }
    main.push_str("}\nmodule \"m\" {\n  source = local.l99999\n}\n");
    check_sources(&main, "", &[], &[("m", "./a")]);
}

#[track_caller]
fn check_refused(main: &str, module: &str, expected: &[(&str, u32)]) {
    let (_, found) = read(main, module, &Inputs::default());
    let found: Vec<(&str, u32)> = found.iter().map(|(summary, line)| (&**summary, *line)).collect();
    assert_eq!(found, expected, "{main}");
}

#[test]
fn what_cannot_be_known_early_is_refused_where_it_stands() {
    let source = |text: &str| format!("module \"m\" {{\n  source = {text}\n}}\n");
    let cases = [
        ("var.s", "variable \"s\" {}\n", "No value for required variable", 4),
        (
            "var.s",
            "variable \"s\" {\n  type = number\n  default = null\n  nullable = true\n}\n",
            "Unsuitable value type",
            2,
        ),
        ("var.t", "", "Undefined variable", 2),
        ("local.t", "", "Undefined local", 2),
        (
            "local.t",
            "locals {\n  t = terraform_data.r.id\n}\nresource \"terraform_data\" \"r\" {}\n",
            "Dynamic value in static context",
            5,
        ),
        (
            "terraform_data.r.id",
            "resource \"terraform_data\" \"r\" {}\n",
            "Dynamic value in static context",
            2,
        ),
        ("each.key", "", "Dynamic value in static context", 2),
        ("module.m.x", "", "Module output not supported in static context", 2),
        ("terraform.applying", "", "Invalid attribute in static context", 2),
        ("provider::a::b(1)", "", "Provider function in static context", 2),
        ("local.a", "locals {\n  a = local.b\n  b = local.a\n}\n", "Circular reference", 6),
        (
            "var.s",
            "variable \"s\" {\n  sensitive = true\n  default = \"./a\"\n}\n",
            "Sensitive value not allowed",
            2,
        ),
        (
            "var.s",
            "variable \"s\" {\n  ephemeral = true\n  default = \"./a\"\n}\n",
            "Ephemeral value not allowed",
            2,
        ),
        ("[\"./a\", var.s]", "variable \"s\" {\n  default = 1\n}\n", "Unsuitable value type", 2),
        ("\"./${timestamp()}\"", "", "Unsuitable value type", 2),
        ("1 / local.zero.x", "locals {\n  zero = {}\n}\n", "Unsupported attribute", 2),
    ];
    for (text, rest, summary, line) in cases {
        check_refused(&format!("{}{rest}", source(text)), "", &[(summary, line)]);
    }
}

#[test]
fn versions_must_be_texts_and_are_for_modules_of_registries() {
    let check = |version: &str, expected: &[(&str, u32)]| {
        let rest = "variable \"v\" {\n  default = \"1.0\"\n}\nvariable \"s\" {\n  default = \"1.0\"\n  sensitive = true\n}\n";
        check_refused(
            &format!("module \"m\" {{\n  source = \"./a\"\n  version = {version}\n}}\n{rest}"),
            "",
            expected,
        );
    };
    check("var.v", &[("Invalid registry module source address", 2)]);
    check("var.s", &[("Invalid version constraint", 3)]);
    check("[var.v]", &[("Invalid version constraint", 3)]);
}

#[test]
fn a_module_says_what_its_caller_did_not_give() {
    let module = "variable \"inner\" {}\nmodule \"i\" {\n  source = \"./${var.inner}\"\n}\n";
    let main = "module \"m\" {\n  source = \"./a\"\n}\n";
    let expected = [("Missing required variable in module call", 1), ("Missing required argument", 1)];
    check_refused(main, module, &expected);
    let main = "module \"m\" {\n  source = \"./a\"\n  for_each = { inner = 1 }\n  inner = each.key\n}\n";
    check_refused(main, module, &[("Dynamic value in static context", 4)]);
}

#[test]
fn arguments_of_a_backend_are_made_of_what_is_known_early() {
    let main = "variable \"place\" {\n  default = \"here\"\n}\nterraform {\n  backend \"local\" {\n    \
                path = \"${var.place}-${terraform.workspace}\"\n    workspace_dir = var.none\n  }\n}\n";
    let (config, problems) = read(main, "", &Inputs::default());
    // Nobody who does not use the backend needs to know.
    assert_eq!(problems, []);
    let backend = config.root().settings.backend.as_ref().expect("a backend");
    let (values, problems) = early_arguments(&config, &Inputs::default(), &backend.body, "backend.local");
    let path = json::encode(&values["path"], &plumb_value::Type::String).expect("a text");
    assert_eq!(String::from_utf8_lossy(&path), "\"here-production\"");
    let problems: Vec<&str> = problems.iter().map(|problem| &*problem.summary).collect();
    assert_eq!(problems, ["Undefined variable"]);
}

#[track_caller]
fn check_instances(for_each: &str, expected: &[&str]) {
    let main = format!(
        "variable \"v\" {{\n  default = {{ b = 1, a = 2 }}\n}}\nprovider \"x\" {{\n  alias = \"y\"\n  for_each = {for_each}\n}}\n\
         resource \"x_z\" \"r\" {{\n  provider = x.y[\"a\"]\n}}\n"
    );
    let (config, problems) = read(&main, "", &Inputs::default());
    assert_eq!(problems, [], "{for_each}");
    let block = config.root().providers.values().next().expect("a provider");
    let addresses: Vec<String> = block.addresses().iter().map(ToString::to_string).collect();
    let expected: Vec<String> = expected
        .iter()
        .map(|key| format!("provider[\"registry.terraform.io/hashicorp/x\"].y[{key:?}]"))
        .collect();
    assert_eq!(addresses, expected, "{for_each}");
}

#[test]
fn instances_of_providers_are_known_early() {
    check_instances("var.v", &["a", "b"]);
    check_instances("toset([\"a\", \"b\", \"a\"])", &["a", "b"]);
    check_instances("{}", &[]);
    check_instances(
        "{ for k, v in var.v : \"${k}-${terraform.workspace}\" => v }",
        &["a-production", "b-production"],
    );
}

#[test]
fn wrong_instances_of_providers_are_refused_where_they_stand() {
    let provider = "provider \"x\" {\n  alias = \"y\"\n  for_each = toset([\"a\"])\n}\n";
    let block = |for_each: &str| format!("provider \"x\" {{\n  alias = \"y\"\n  for_each = {for_each}\n}}\n");
    let resource = |text: &str| format!("{provider}resource \"x_z\" \"r\" {{\n  provider = {text}\n}}\n");
    let call = |text: &str| {
        format!("{provider}module \"m\" {{\n  source = \"./a\"\n  providers = {{ x = {text} }}\n}}\n")
    };
    let cases = [
        (
            "provider \"x\" {\n  for_each = toset([\"a\"])\n}\n".to_owned(),
            "Alias required when using \"for_each\"",
            2,
        ),
        (block("[\"a\"]"), "Invalid for_each argument", 3),
        (block("null"), "Invalid for_each argument", 3),
        (block("toset([1])"), "Invalid for_each argument", 3),
        (block("toset([timestamp()])"), "Invalid for_each argument", 3),
        (block("sensitive({ a = 1 })"), "Invalid for_each argument", 3),
        (block("x_z.r.all"), "Dynamic value in static context", 3),
        (resource("x.y"), "Invalid resource provider configuration", 6),
        (resource("x[\"a\"]"), "Invalid provider configuration reference", 6),
        (resource("x.y[var.none]"), "Reference to undeclared input variable", 6),
        (call("x.y"), "Invalid module provider configuration", 7),
        (
            "provider \"x\" {\n  alias = \"y\"\n}\nresource \"x_z\" \"r\" {\n  provider = x.y[\"a\"]\n}\n"
                .to_owned(),
            "Invalid resource provider configuration",
            5,
        ),
    ];
    let module = "terraform {\n  required_providers {\n    x = {}\n  }\n}\n";
    for (main, summary, line) in cases {
        check_refused(&main, module, &[(summary, line)]);
    }
}

#[test]
fn instances_that_go_with_their_objects_earn_a_warning() {
    let main = "locals {\n  all = toset([\"a\"])\n}\nprovider \"x\" {\n  alias = \"y\"\n  for_each = local.all\n}\n\
                resource \"x_z\" \"r\" {\n  for_each = local.all\n  provider = x.y[each.key]\n}\n";
    let (_, problems) = read(main, "", &Inputs::default());
    assert_eq!(problems, [("Provider configuration for_each matches resource".to_owned(), 6)]);
}
