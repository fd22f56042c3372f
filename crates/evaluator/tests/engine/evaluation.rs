//! What expressions come to, and when: repetition, modules, gates, deep chains and mistakes.

use std::sync::Arc;

use plumb_evaluator::{CellKey, Frame, Phase};
use plumb_value::{Marks, Value};

use crate::fake::{bench, output};

/// Evaluates the output `o`.
async fn evaluate(files: &[(&str, &str)]) -> Result<String, Vec<String>> {
    let bench = bench(files);
    output(&bench.evaluator(Phase::Plan, &[]), "o").await
}

async fn check(main: &str, expected: Result<&str, &[&str]>) {
    let found = evaluate(&[("main.tf", main)]).await;
    let expected = expected
        .map(str::to_owned)
        .map_err(|summaries| summaries.iter().map(|summary| (*summary).to_owned()).collect::<Vec<_>>());
    assert_eq!(found, expected, "{main}");
}

#[tokio::test]
async fn repetition_makes_instances_or_says_why_not() {
    const COUNT: &[&str] = &["Invalid count argument"];
    const TYPE: &[&str] = &["Incorrect value type"];
    const EACH: &[&str] = &["Invalid for_each argument"];
    const SET: &[&str] = &["Invalid for_each set argument"];
    let cases: [(&str, Result<&str, &[&str]>); 34] = [
        ("count = 0", Ok("[]")),
        ("count = 2", Ok("[\"a_b.c[0]\", \"a_b.c[1]\"]")),
        ("count = \"2\"", Ok("[\"a_b.c[0]\", \"a_b.c[1]\"]")),
        ("count = sensitive(1)", Ok("[\"a_b.c[0]\"]")),
        ("count = null", Err(COUNT)),
        ("count = -1", Err(COUNT)),
        ("count = 1.5", Err(COUNT)),
        ("count = 1e30", Err(COUNT)),
        ("count = 1e9", Err(COUNT)),
        ("count = \"x\"", Err(TYPE)),
        ("count = true", Err(TYPE)),
        ("count = []", Err(TYPE)),
        ("count = length(a_later.z.id)", Err(COUNT)),
        ("for_each = {}", Ok("[]")),
        ("for_each = { y = 1, x = 2 }", Ok("[\"a_b.c[\\\"x\\\"]\", \"a_b.c[\\\"y\\\"]\"]")),
        ("for_each = toset([\"b\", \"a\"])", Ok("[\"a_b.c[\\\"a\\\"]\", \"a_b.c[\\\"b\\\"]\"]")),
        ("for_each = tomap({ a = null })", Ok("[\"a_b.c[\\\"a\\\"]\"]")),
        ("for_each = { a = sensitive(1) }", Ok("[\"a_b.c[\\\"a\\\"]\"]")),
        ("for_each = { a = a_later.z.id }", Ok("[\"a_b.c[\\\"a\\\"]\"]")),
        ("for_each = null", Err(EACH)),
        ("for_each = []", Err(EACH)),
        ("for_each = [\"a\"]", Err(EACH)),
        ("for_each = tolist([\"a\"])", Err(EACH)),
        ("for_each = \"x\"", Err(EACH)),
        ("for_each = 5", Err(EACH)),
        ("for_each = sensitive({ a = 1 })", Err(EACH)),
        ("for_each = toset([sensitive(\"a\")])", Err(EACH)),
        ("for_each = toset([1, 2])", Err(SET)),
        ("for_each = toset([\"a\", null])", Err(SET)),
        ("for_each = toset([[\"a\"]])", Err(SET)),
        ("for_each = a_later.z.any", Err(EACH)),
        ("for_each = toset([a_later.z.id])", Err(EACH)),
        ("for_each = { (a_later.z.id) = 1 }", Err(EACH)),
        ("for_each = toset([\"a\", a_later.z.id])", Err(EACH)),
    ];
    for (repetition, expected) in cases {
        let list = if repetition.starts_with("count") { "a_b.c[*].id" } else { "values(a_b.c)[*].id" };
        let main = format!(
            "resource \"a_later\" \"z\" {{\n  any = local.nothing\n}}\nlocals {{\n  nothing = null\n}}\n\
             resource \"a_b\" \"c\" {{\n  {repetition}\n}}\noutput \"o\" {{\n  value = {list}\n}}\n"
        );
        check(&main, expected).await;
    }
}

#[tokio::test]
async fn what_is_not_enabled_is_null() {
    const ENABLED: &[&str] = &["Invalid enabled argument"];
    const NULL: &[&str] = &["Attempt to get attribute from null value"];
    let with = |enabled: &str, value: &str| {
        format!(
            "resource \"a_later\" \"z\" {{}}\nresource \"a_b\" \"c\" {{\n  lifecycle {{\n    enabled = {enabled}\n  }}\n}}\n\
             output \"o\" {{\n  value = {value}\n}}\n"
        )
    };
    let cases: [(&str, &str, Result<&str, &[&str]>); 16] = [
        ("true", "a_b.c.id", Ok("\"a_b.c\"")),
        ("\"true\"", "a_b.c.id", Ok("\"a_b.c\"")),
        ("false", "a_b.c == null", Ok("true")),
        ("false", "a_b.c.id", Err(NULL)),
        ("false", "try(a_b.c.id, \"none\")", Ok("\"none\"")),
        ("false", "a_b.c != null ? a_b.c.id : \"none\"", Ok("\"none\"")),
        ("false", "a_b.c[*].id", Ok("[]")),
        ("true", "a_b.c[*].id", Ok("[\"a_b.c\"]")),
        ("1", "a_b.c.id", Err(ENABLED)),
        ("\"yes\"", "a_b.c.id", Err(ENABLED)),
        ("[true]", "a_b.c.id", Err(ENABLED)),
        ("null", "a_b.c.id", Err(ENABLED)),
        ("sensitive(true)", "a_b.c.id", Err(ENABLED)),
        ("terraform.applying", "a_b.c.id", Err(ENABLED)),
        ("a_later.z.id == \"x\"", "a_b.c.id", Err(ENABLED)),
        ("each.key == \"x\"", "a_b.c.id", Err(&["Reference to \"each\" in context without for_each"])),
    ];
    for (enabled, value, expected) in cases {
        check(&with(enabled, value), expected).await;
    }
}

#[tokio::test]
async fn modules_that_are_not_enabled_are_null() {
    const NULL: &[&str] = &["Attempt to get attribute from null value"];
    let with = |enabled: &str, value: &str| {
        let main = format!(
            "module \"m\" {{\n  source = \"./m\"\n  lifecycle {{\n    enabled = {enabled}\n  }}\n}}\n\
             output \"o\" {{\n  value = {value}\n}}\n"
        );
        let inner = "resource \"a_b\" \"c\" {}\noutput \"id\" {\n  value = a_b.c.id\n}\n";
        [("main.tf", main), ("m/main.tf", inner.to_owned())]
    };
    let cases: [(&str, &str, Result<&str, &[&str]>); 6] = [
        ("true", "module.m.id", Ok("\"module.m.a_b.c\"")),
        ("false", "module.m", Ok("null")),
        ("false", "module.m.id", Err(NULL)),
        ("false", "try(module.m.id, \"none\")", Ok("\"none\"")),
        ("false", "module.m == null ? \"none\" : module.m.id", Ok("\"none\"")),
        ("null", "module.m", Err(&["Invalid enabled argument"])),
    ];
    for (enabled, value, expected) in cases {
        let files = with(enabled, value);
        let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
        let expected = expected
            .map(str::to_owned)
            .map_err(|summaries| summaries.iter().map(|summary| (*summary).to_owned()).collect::<Vec<_>>());
        assert_eq!(evaluate(&files).await, expected, "{enabled} {value}");
    }
}

#[tokio::test]
async fn sensitive_counts_are_not_shown() {
    let bench = bench(&[(
        "main.tf",
        "resource \"a_b\" \"c\" {\n  count = sensitive(-4711)\n}\noutput \"o\" {\n  value = a_b.c[*].id\n}\n",
    )]);
    let evaluator = bench.evaluator(Phase::Plan, &[]);
    evaluator.value(CellKey::Output(0, "o".into()), &mut Frame::new()).await;
    let diagnostics = evaluator.take_diagnostics();
    assert!(diagnostics.has_errors() && !format!("{diagnostics:?}").contains("4711"), "{diagnostics:?}");
}

#[tokio::test]
async fn instances_that_are_not_there_can_be_caught() {
    let with = |repetition: &str, value: &str| {
        format!("resource \"a_b\" \"c\" {{\n  {repetition}\n}}\noutput \"o\" {{\n  value = {value}\n}}\n")
    };
    const INDEX: &[&str] = &["Invalid index"];
    let cases: [(&str, &str, Result<&str, &[&str]>); 17] = [
        ("count = 1", "a_b.c[0].id", Ok("\"a_b.c[0]\"")),
        ("count = 1", "a_b.c[1].id", Err(INDEX)),
        ("count = 0", "a_b.c[0].id", Err(INDEX)),
        ("count = 0", "try(a_b.c[0].id, \"none\")", Ok("\"none\"")),
        ("count = 0", "can(a_b.c[0].id)", Ok("false")),
        ("count = 1", "can(a_b.c[0].id)", Ok("true")),
        ("count = 0", "true ? \"x\" : a_b.c[0].id", Ok("\"x\"")),
        ("count = 0", "length(a_b.c) > 0 ? a_b.c[0].id : \"none\"", Ok("\"none\"")),
        ("count = 0", "one(a_b.c[*].id)", Ok("null")),
        ("count = 2", "[for one in a_b.c : one.id]", Ok("[\"a_b.c[0]\", \"a_b.c[1]\"]")),
        ("for_each = {}", "try(a_b.c[\"x\"].id, \"none\")", Ok("\"none\"")),
        ("for_each = {}", "lookup(a_b.c, \"x\", \"none\")", Ok("\"none\"")),
        ("for_each = { x = 1 }", "a_b.c[\"y\"].id", Err(INDEX)),
        (
            "for_each = { x = 1 }",
            "try(a_b.c[lower(\"Y\")].id, a_b.c[lower(\"X\")].id)",
            Ok("\"a_b.c[\\\"x\\\"]\""),
        ),
        ("for_each = { x = 1 }", "try(a_b.c[{}.k].id, \"none\")", Ok("\"none\"")),
        ("for_each = { x = 1 }", "false ? a_b.c[{}.k].id : \"none\"", Ok("\"none\"")),
        ("for_each = { x = 1 }", "a_b.c[{}.k].id", Err(&["Unsupported attribute"])),
    ];
    for (repetition, value, expected) in cases {
        check(&with(repetition, value), expected).await;
    }
}

const CHILD: &str = "variable \"v\" {\n  default = \"d\"\n}\nresource \"a_b\" \"c\" {\n  name = var.v\n}\n\
                     output \"o\" {\n  value = \"${a_b.c.id} ${var.v}\"\n}\n";

#[tokio::test]
async fn modules_give_their_outputs() {
    let cases: [(&str, &str, Result<&str, &[&str]>); 10] = [
        ("v = 1", "module.m.o", Ok("\"module.m.a_b.c 1\"")),
        ("", "module.m.o", Ok("\"module.m.a_b.c d\"")),
        ("", "module.m", Ok("{\"o\" = \"module.m.a_b.c d\"}")),
        ("count = 2\n  v = count.index", "module.m[1].o", Ok("\"module.m[1].a_b.c 1\"")),
        (
            "count = 2\n  v = count.index",
            "module.m[*].o",
            Ok("[\"module.m[0].a_b.c 0\", \"module.m[1].a_b.c 1\"]"),
        ),
        ("count = 0", "try(module.m[0].o, \"none\")", Ok("\"none\"")),
        ("count = 0", "module.m[0].o", Err(&["Invalid index"])),
        ("count = 0", "try(module.m[{}.k].o, \"none\")", Ok("\"none\"")),
        (
            "for_each = { x = \"y\" }\n  v = \"${each.key}${each.value}\"",
            "module.m[\"x\"].o",
            Ok("\"module.m[\\\"x\\\"].a_b.c xy\""),
        ),
        ("for_each = {}", "module.m", Ok("{}")),
    ];
    for (arguments, value, expected) in cases {
        let main = format!(
            "module \"m\" {{\n  source = \"./m\"\n  {arguments}\n}}\noutput \"o\" {{\n  value = {value}\n}}\n"
        );
        let found = evaluate(&[("main.tf", &main), ("m/main.tf", CHILD)]).await;
        let expected = expected
            .map(str::to_owned)
            .map_err(|summaries| summaries.iter().map(|summary| (*summary).to_owned()).collect::<Vec<_>>());
        assert_eq!(found, expected, "{main}");
    }
}

#[tokio::test]
async fn arguments_become_values_of_the_variables_type() {
    let child = |declaration: &str| {
        format!("variable \"v\" {{\n  {declaration}\n}}\noutput \"o\" {{\n  value = var.v\n}}\n")
    };
    let cases: [(&str, &str, Result<&str, &str>); 8] = [
        ("type = string", "v = 5", Ok("\"5\"")),
        (
            "type = number",
            "v = \"x\"",
            Err("The given value is not suitable for module.m.var.v: a number is required."),
        ),
        ("type = object({ a = optional(string, \"d\") })", "v = {}", Ok("{\"a\" = \"d\"}")),
        ("type = list(object({ a = string }))", "v = [{}]", Err("element 0: attribute \"a\" is required")),
        ("default = 1", "v = null", Ok("null")),
        ("default = 1\n  nullable = false", "v = null", Ok("1")),
        ("nullable = false", "v = null", Err("required variable may not be set to null")),
        ("sensitive = true", "v = 5", Ok("(sensitive)")),
    ];
    for (declaration, argument, expected) in cases {
        let main = format!(
            "module \"m\" {{\n  source = \"./m\"\n  {argument}\n}}\noutput \"o\" {{\n  value     = module.m.o\n  sensitive = true\n}}\n"
        );
        let bench = bench(&[("main.tf", &main), ("m/main.tf", &child(declaration))]);
        let evaluator = bench.evaluator(Phase::Plan, &[]);
        let outcome = evaluator.value(CellKey::Output(0, "o".into()), &mut Frame::new()).await;
        let diagnostics = evaluator.take_diagnostics();
        match expected {
            Ok("(sensitive)") => assert!(outcome.value.marks().is_sensitive()),
            Ok(expected) => {
                let value = outcome.value.unmark_deep();
                assert_eq!(
                    (format!("{value:?}").as_str(), outcome.failed),
                    (expected, false),
                    "{declaration}"
                );
            }
            Err(text) => {
                let details: Vec<&str> = diagnostics.iter().map(|diagnostic| &*diagnostic.detail).collect();
                assert!(details.len() == 1 && details[0].contains(text), "{declaration}: {details:?}");
            }
        }
    }
}

#[tokio::test]
async fn what_is_behind_a_gate_waits() {
    let bench = bench(&[
        (
            "main.tf",
            "resource \"a_b\" \"first\" {}\nresource \"a_b\" \"second\" {\n  depends_on = [module.m]\n}\n\
             module \"m\" {\n  source     = \"./m\"\n  depends_on = [a_b.first]\n}\noutput \"o\" {\n  value = a_b.second.id\n}\n",
        ),
        ("m/main.tf", "resource \"a_b\" \"inside\" {}\nmodule \"n\" {\n  source = \"./n\"\n}\n"),
        ("m/n/main.tf", "resource \"a_b\" \"deep\" {}\n"),
    ]);
    let evaluator = bench.evaluator(Phase::Plan, &[]);
    assert_eq!(output(&evaluator, "o").await, Ok("\"a_b.second\"".to_owned()));
    let asked = bench.asked();
    assert_eq!(
        (asked.first().map(String::as_str), asked.last().map(String::as_str)),
        (Some("a_b.first"), Some("a_b.second"))
    );
    assert_eq!(asked.len(), 4, "{asked:?}");
    let deep =
        evaluator.module_nodes().into_iter().find(|node| node.address.0.len() == 2).expect("it was met");
    assert!(evaluator.is_gated(&deep) && !evaluator.is_gated(&evaluator.root()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chains_of_a_hundred_thousand_are_no_trouble() {
    let count = 100_000;
    let mut text = String::from("locals {\n  l0 = 1\n");
    for number in 1..count {
        text.push_str(&format!("  l{number} = local.l{} + 1\n", number - 1));
    }
    text.push_str(&format!("}}\noutput \"o\" {{\n  value = local.l{}\n}}\n", count - 1));
    let bench = bench(&[("main.tf", &text)]);
    let evaluator = bench.evaluator(Phase::Plan, &[]);
    assert_eq!(output(&evaluator, "o").await, Ok(count.to_string()));
    // Asked for from the other end it costs nothing any more.
    assert_eq!(output(&evaluator, "o").await, Ok(count.to_string()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chains_of_instances_are_no_trouble() {
    let count = 3_000;
    let mut text = String::from("resource \"a_b\" \"r0\" {}\n");
    for number in 1..count {
        text.push_str(&format!("resource \"a_b\" \"r{number}\" {{\n  name = a_b.r{}.id\n}}\n", number - 1));
    }
    text.push_str(&format!("output \"o\" {{\n  value = a_b.r{}.name\n}}\n", count - 1));
    let bench = bench(&[("main.tf", &text)]);
    let evaluator = bench.evaluator(Phase::Plan, &[]);
    assert_eq!(output(&evaluator, "o").await, Ok(format!("\"a_b.r{}\"", count - 2)));
    assert_eq!(bench.asked().len(), count);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_is_computed_once_whoever_asks() {
    let bench = bench(&[(
        "main.tf",
        "resource \"a_b\" \"c\" {\n  count = 50\n}\noutput \"o\" {\n  value = length(a_b.c)\n}\n",
    )]);
    let evaluator = bench.evaluator(Phase::Plan, &[]);
    let tasks: Vec<_> = (0..64)
        .map(|_| {
            let evaluator: Arc<_> = evaluator.clone();
            tokio::spawn(async move { output(&evaluator, "o").await })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.expect("no panic"), Ok("50".to_owned()));
    }
    let mut asked = bench.asked();
    asked.sort();
    asked.dedup();
    assert_eq!((asked.len(), bench.asked().len()), (50, 50));
}

#[tokio::test]
async fn a_mistake_is_reported_once() {
    let bench = bench(&[(
        "main.tf",
        "locals {\n  bad = upper(null)\n  one = local.bad\n  two = local.bad\n}\n\
         output \"o\" {\n  value = [local.one, local.two, local.bad]\n}\n",
    )]);
    let evaluator = bench.evaluator(Phase::Plan, &[]);
    assert_eq!(output(&evaluator, "o").await, Err(vec!["Invalid function argument".to_owned()]));
    assert_eq!(output(&evaluator, "o").await, Err(Vec::new()));
}

#[tokio::test]
async fn names_that_need_a_place_are_refused_elsewhere() {
    let cases = [
        ("each.key", "Reference to \"each\" in context without for_each"),
        ("each.value", "each.value cannot be used in this context"),
        ("count.index", "Reference to \"count\" in non-counted context"),
        ("self.id", "Invalid \"self\" reference"),
    ];
    for (value, summary) in cases {
        check(&format!("output \"o\" {{\n  value = {value}\n}}\n"), Err(&[summary])).await;
    }
}

#[tokio::test]
async fn root_outputs_do_not_leak() {
    let cases: [(&str, Result<&str, &[&str]>); 4] = [
        ("value = sensitive(1)", Err(&["Output refers to sensitive values"])),
        ("value = [sensitive(1)]", Err(&["Output refers to sensitive values"])),
        ("value = sensitive(1)\n  sensitive = true", Ok("(sensitive)")),
        ("value = terraform.applying", Err(&["Ephemeral value not allowed"])),
    ];
    for (body, expected) in cases {
        check(&format!("output \"o\" {{\n  {body}\n}}\n"), expected).await;
    }
}

#[tokio::test]
async fn what_nothing_can_record_is_no_output() {
    check("output \"o\" {\n  value = [1 / 0]\n}\n", Err(&["Infinite number"])).await;
    check("output \"o\" {\n  value = min(1 / 0, 5)\n}\n", Ok("5")).await;
}

#[tokio::test]
async fn values_that_do_not_suit_their_variable_are_told_of_once() {
    let main = "variable \"v\" {\n  type = number\n}\nlocals {\n  w = var.v\n}\n\
                output \"o\" {\n  value = [var.v, local.w]\n}\n";
    let bench = bench(&[("main.tf", main)]);
    let evaluator = bench.evaluator(Phase::Plan, &[("v", Value::string("12"))]);
    assert_eq!(output(&evaluator, "o").await, Ok("[12, 12]".to_owned()));
    let evaluator = bench.evaluator(Phase::Plan, &[("v", Value::string("many"))]);
    let refused = Err(vec!["Invalid value for input variable".to_owned()]);
    assert_eq!(output(&evaluator, "o").await, refused);
}

#[tokio::test]
async fn nothing_is_made_of_a_value_that_its_variable_refuses() {
    let files = [
        (
            "main.tf",
            "module \"m\" {\n  source = \"./m\"\n  size   = 3\n}\noutput \"o\" {\n  value = module.m.size\n}\n",
        ),
        (
            "m/main.tf",
            "variable \"size\" {\n  validation {\n    condition     = var.size < 3\n    error_message = \"Too big.\"\n  }\n}\n\
             output \"size\" {\n  value = var.size\n}\n",
        ),
    ];
    let bench = bench(&files);
    let refused = Err(vec!["Invalid value for variable".to_owned()]);
    assert_eq!(output(&bench.evaluator(Phase::Apply, &[]), "o").await, refused);
}

#[tokio::test]
async fn variables_of_the_root_come_from_outside() {
    let files = [("main.tf", "variable \"v\" {\n  type = string\n}\noutput \"o\" {\n  value = var.v\n}\n")];
    let bench = bench(&files);
    let given = [("v", Value::string("x"))];
    assert_eq!(output(&bench.evaluator(Phase::Plan, &given), "o").await, Ok("\"x\"".to_owned()));
    let missing = Err(vec!["No value for required variable".to_owned()]);
    assert_eq!(output(&bench.evaluator(Phase::Plan, &[]), "o").await, missing);
    // While validating nobody knows them.
    assert_eq!(output(&bench.evaluator(Phase::Validate, &[]), "o").await, Ok("unknown(string)".to_owned()));
    let marked = [("v", Value::string("x").with_marks(Marks::SENSITIVE))];
    let leaks = Err(vec!["Output refers to sensitive values".to_owned()]);
    assert_eq!(output(&bench.evaluator(Phase::Plan, &marked), "o").await, leaks);
}

/// A module may rely on what a caller guards by `count`, so it is not held against the one call at hand.
#[tokio::test]
async fn a_module_is_validated_for_whatever_it_is_called_with() {
    let files = [
        (
            "main.tf",
            "module \"m\" {\n  source = \"./m\"\n  names  = []\n}\noutput \"o\" {\n  value = module.m.first\n}\n",
        ),
        (
            "m/main.tf",
            "variable \"names\" {\n  type = list(string)\n}\noutput \"first\" {\n  value = var.names[0]\n}\n",
        ),
    ];
    let bench = bench(&files);
    assert_eq!(output(&bench.evaluator(Phase::Validate, &[]), "o").await, Ok("unknown(any)".to_owned()));
    let beyond = Err(vec!["Invalid index".to_owned()]);
    assert_eq!(output(&bench.evaluator(Phase::Plan, &[]), "o").await, beyond);
}

#[tokio::test]
async fn what_went_into_a_cell_is_known() {
    let bench = bench(&[(
        "main.tf",
        "locals {\n  a = 1\n  b = 2\n  c = true ? local.a : local.b\n}\noutput \"o\" {\n  value = local.c\n}\n",
    )]);
    let evaluator = bench.evaluator(Phase::Plan, &[]);
    assert_eq!(output(&evaluator, "o").await, Ok("1".to_owned()));
    let dependencies = evaluator.dependencies();
    let inputs_of = |wanted: &CellKey| -> Vec<&CellKey> {
        let (_, inputs) = dependencies.iter().find(|(key, _)| key == wanted).expect("it was asked for");
        inputs.iter().map(|id| &dependencies[id.0 as usize].0).collect()
    };
    let local = |name: &str| CellKey::Local(0, name.into());
    assert_eq!(inputs_of(&CellKey::Output(0, "o".into())), [&local("c")]);
    assert_eq!(inputs_of(&local("c")), [&local("a"), &local("b")]);
}
