//! The `terraform` provider.

use std::sync::Arc;
use std::time::Instant;

use plumb_address::Mode;
use plumb_state::{ApplyRequest, MoveRequest, PlanRequest};
use plumb_value::{Refinement, Type, Value, json};

use crate::support::{Bench, run, show, show_problems};

const ID: &str = r#""id":"7cd4da82""#;

#[test]
fn data_is_planned() {
    let bench = Bench::new("terraform");
    let prior = format!(r#"{{{ID},"input":"a","output":"a","triggers_replace":["t"]}}"#);
    for (prior, config, planned) in [
        ("null", "{}", "{id=?}"),
        ("null", r#"{"input":"a","triggers_replace":["t"]}"#, "{id=? input=a output=? triggers_replace=[t]}"),
        ("null", r#"{"input":{"x":1,"y":null}}"#, "{id=? input={x=1} output=?}"),
        (
            &prior,
            r#"{"input":"a","triggers_replace":["t"]}"#,
            "{id=7cd4da82 input=a output=a triggers_replace=[t]}",
        ),
        (
            &prior,
            r#"{"input":"b","triggers_replace":["t"]}"#,
            "{id=7cd4da82 input=b output=? triggers_replace=[t]}",
        ),
        (&prior, r#"{"triggers_replace":["t"]}"#, "{id=7cd4da82 output=? triggers_replace=[t]}"),
        (
            &prior,
            r#"{"input":"a","triggers_replace":["u"]}"#,
            "{id=? input=a output=? triggers_replace=[u]} !triggers_replace",
        ),
        (&prior, "{}", "{id=?} !triggers_replace"),
        (
            &prior,
            r#"{"input":"?","triggers_replace":"?"}"#,
            "{id=? input=? output=? triggers_replace=?} !triggers_replace",
        ),
        (&prior, "null", "null"),
        // A number is not the text that looks like it.
        (r#"{"id":"i","input":1,"output":1}"#, r#"{"input":"1"}"#, "{id=i input=1 output=?}"),
    ] {
        bench.plan("terraform_data", prior, config, planned);
    }
}

#[test]
fn new_ids_are_known_not_to_be_null_and_outputs_have_the_type_of_inputs() {
    let bench = Bench::new("terraform");
    let config = bench.object(Mode::Managed, "terraform_data", r#"{"input":[1]}"#);
    let response = run(bench.provider.plan_resource_change(PlanRequest {
        identity: None,
        kind: "terraform_data".into(),
        prior: bench.object(Mode::Managed, "terraform_data", "null"),
        proposed: config.clone(),
        config,
        private: Vec::new(),
        meta: None,
    }));
    assert_eq!(response.planned.part("id").unwrap().refinement(), Some(&Refinement::not_null()));
    assert_eq!(response.planned.part("output").unwrap().ty(), Type::tuple([Type::Number]));
    assert!(!response.legacy_type_system);
}

#[test]
fn data_is_made_changed_and_kept() {
    let bench = Bench::new("terraform");
    let id = "00010203-0405-0607-0809-0a0b0c0d0e0f";
    bench.apply(
        "terraform_data",
        "null",
        r#"{"input":{"x":[1]}}"#,
        &format!("{{id={id} input={{x=[1]}} output={{x=[1]}}}}"),
    );
    bench.apply(
        "terraform_data",
        r#"{"id":"i","input":1,"output":1}"#,
        r#"{"input":2}"#,
        "{id=i input=2 output=2}",
    );
    bench.apply("terraform_data", r#"{"id":"i","input":1,"output":1}"#, "{}", "{id=i}");
    bench.apply("terraform_data", r#"{"id":"i"}"#, "null", "null");
    for config in ["{}", r#"{"input":{"a":null},"triggers_replace":{"b":[]}}"#] {
        bench.settles("terraform_data", config);
    }
}

#[test]
fn recorded_objects_come_back_with_their_types() {
    let bench = Bench::new("terraform");
    let recorded = r#"{"id":"i","input":{"value":{"x":"1","y":null},"type":["object",{"x":"string","y":"dynamic"}]},"output":{"value":["a"],"type":["set","string"]},"triggers_replace":{"value":null,"type":"string"}}"#;
    let (state, problems) = bench.upgraded("terraform_data", 0, recorded);
    assert_eq!(show_problems(&problems), "");
    let ty = bench.schema(Mode::Managed, "terraform_data").block.implied_type();
    assert_eq!(String::from_utf8(json::encode(&state, &ty).unwrap()).unwrap(), recorded);
    assert!(bench.upgraded("terraform_data", 0, r#"{"id":[]}"#).1[0].is_error);
}

#[test]
fn data_is_checked_and_imported() {
    let bench = Bench::new("terraform");
    bench.validate(Mode::Managed, "terraform_data", r#"{"input":1}"#, "");
    bench.validate(
        Mode::Managed,
        "terraform_data",
        r#"{"id":"x","output":1}"#,
        "[id \"id\" attribute is read-only: The attribute id is decided by the provider. Remove the line that sets \
         it.] [output \"output\" attribute is read-only: The attribute output is decided by the provider. Remove the \
         line that sets it.]",
    );
    bench.import("terraform_data", "abc", "{id=abc}");
    bench.plan("terraform_data", r#"{"id":"abc"}"#, r#"{"input":5}"#, "{id=abc input=5 output=?}");
    let found = run(bench.provider.import_resource_state("terraform_date", "abc")).diagnostics;
    assert_eq!(
        show_problems(&found),
        " [ Unsupported resource type: This provider has no resource type named \"terraform_date\". Check the name for \
         mistakes.]"
    );
}

#[test]
fn null_resources_can_become_data() {
    let bench = Bench::new("terraform");
    let moved = |provider: &str, kind: &str, text: &str| {
        let response = run(bench.provider.move_resource_state(MoveRequest {
            source_identity: None,
            source_provider: provider.to_owned(),
            source_kind: kind.into(),
            source_version: 0,
            source_json: text.into(),
            source_private: Vec::new(),
            target_kind: "terraform_data".into(),
        }));
        show(&response.state) + &show_problems(&response.diagnostics)
    };
    let null = "registry.terraform.io/hashicorp/null";
    assert_eq!(
        moved(null, "null_resource", r#"{"id":"1","triggers":{"a":"b"}}"#),
        "{id=1 triggers_replace={a=b}}"
    );
    assert_eq!(moved(null, "null_resource", r#"{"id":"1","triggers":null}"#), "{id=1}");
    for (provider, kind) in [("registry.terraform.io/x/null", "null_resource"), (null, "null_other")] {
        assert!(moved(provider, kind, "{}").contains("Unsupported source for move"));
    }
}

#[test]
fn many_changes_cost_little() {
    let bench = Bench::new("terraform");
    let kind: Arc<str> = "terraform_data".into();
    let config = bench.object(Mode::Managed, &kind, r#"{"input":{"a":"b","c":[1,2,3]}}"#);
    let prior = bench.object(Mode::Managed, &kind, "null");
    let begin = Instant::now();
    let count = 20_000;
    run(async {
        for _ in 0..count {
            let (kind, meta, private) = (kind.clone(), None, Vec::new());
            let planned = bench
                .provider
                .plan_resource_change(PlanRequest {
                    identity: None,
                    kind: kind.clone(),
                    prior: prior.clone(),
                    proposed: config.clone(),
                    config: config.clone(),
                    private: private.clone(),
                    meta: None,
                })
                .await
                .planned;
            let config = config.clone();
            let request =
                ApplyRequest { identity: None, kind, prior: prior.clone(), planned, config, private, meta };
            assert!(bench.provider.apply_resource_change(request).await.diagnostics.is_empty());
        }
    });
    // A few microseconds when optimised; without that, and on a busy machine, many times as much.
    let each = begin.elapsed() / count;
    assert!(each.as_micros() < 1_000, "{each:?}");
}

#[test]
fn remote_states_are_checked() {
    let bench = Bench::new("terraform");
    let kind = "terraform_remote_state";
    for (config, problems) in [
        (r#"{"backend":"local","config":{"path":"x"}}"#, ""),
        (r#"{"backend":"_local","config":{"path":"x"}}"#, ""),
        (r#"{"backend":"?","config":{"path":"x"}}"#, ""),
        (r#"{"backend":"local","config":"?","defaults":"?"}"#, ""),
        (
            r#"{"backend":"nope"}"#,
            "[backend Invalid backend configuration: There is no backend type named \"nope\".]",
        ),
        (
            r#"{"backend":"etcd"}"#,
            "[backend Invalid backend configuration: The \"etcd\" backend is not supported in Terraform v1.3 or later.]",
        ),
        (
            r#"{"backend":"local","config":"x"}"#,
            "[config Invalid backend configuration: The given configuration is not valid for backend \"local\": an \
             object is required.]",
        ),
        (
            r#"{"backend":"local"}"#,
            "[config Invalid backend configuration: The given configuration is not valid for backend \"local\": \
             attribute \"path\" is required.]",
        ),
        (
            r#"{"backend":"?","config":[1],"defaults":[1]}"#,
            "[config Invalid backend configuration: The configuration must be an object value.] [defaults Invalid \
             default values: Defaults must be given in an object value.]",
        ),
    ] {
        bench.validate(Mode::Data, kind, config, problems);
    }
}

#[test]
fn remote_states_are_read() {
    let bench = Bench::new("terraform");
    let outputs =
        Value::object([("a", Value::object([("x", Value::number(1_i64))])), ("s", Value::string("q"))]);
    bench.world.states.lock().unwrap().insert("x@default".into(), outputs.clone());
    bench.world.states.lock().unwrap().insert("x@w".into(), Value::object([("w", Value::bool(true))]));
    let kind = "terraform_remote_state";
    for (config, expected) in [
        (
            r#"{"backend":"local","config":{"path":"x"},"defaults":{"z":3,"a":4}}"#,
            "{backend=local config={path=x} defaults={a=4 z=3} outputs={a={x=1} s=q z=3}}",
        ),
        (
            r#"{"backend":"_local","config":{"path":"x"},"workspace":"w"}"#,
            "{backend=_local config={path=x} outputs={w=true} workspace=w}",
        ),
        (
            r#"{"backend":"local","config":{"path":"y"},"defaults":{"z":3}}"#,
            "[workspace Unable to find remote state: No stored state was found for the given workspace in the given \
             backend.]",
        ),
        (
            r#"{"backend":"nope"}"#,
            "[backend Invalid backend configuration: There is no backend type named \"nope\".]",
        ),
    ] {
        bench.data(kind, config, expected);
    }
}

#[test]
fn functions_go_there_and_back() {
    let bench = Bench::new("terraform");
    let text = |text: &str| [Value::string(text)];
    bench.call("encode_expr", &text("a"), "\"a\"");
    bench.call("encode_tfvars", &[Value::object([("a", Value::bool(true))])], "a = true\n");
    for (source, expected) in [
        ("", "{}"),
        ("a = 1 + 2\nb = [1, \"x\"]\nc = {x = null}\n", "{a=3 b=[1 x] c={}}"),
        ("a = [for x in [1, 2]: x]\nb = \"x${1 + 1}\"\n", "{a=[1 2] b=x2}"),
        (
            "a = b",
            "invalid expression for variable \"a\": <decode_tfvars argument>:1,5-6: Variables not allowed; Variables \
             may not be used here. @Some(0)",
        ),
        (
            "a = [for x in [1]: x + b.c[0]]",
            "invalid expression for variable \"a\": <decode_tfvars argument>:1,24-25: Variables not allowed; Variables \
             may not be used here. @Some(0)",
        ),
        (
            "a = {x=y}",
            "invalid expression for variable \"a\": <decode_tfvars argument>:1,8-9: Variables not allowed; Variables \
             may not be used here. @Some(0)",
        ),
        (
            "a = upper(\"b\")",
            "invalid expression for variable \"a\": <decode_tfvars argument>:1,5-15: Function calls not allowed; \
             Functions may not be called here. @Some(0)",
        ),
        (
            "a {\n}\n",
            "invalid tfvars content: <decode_tfvars argument>:1,1-2: Unexpected \"a\" block; Blocks are not allowed \
             here. @Some(0)",
        ),
    ] {
        bench.call("decode_tfvars", &text(source), expected);
    }
    for (source, beginning) in [
        ("a = ", "invalid tfvars syntax: <decode_tfvars argument>:1,"),
        ("a=1\na=2", "invalid tfvars syntax: <decode_tfvars argument>:2,1-2: Attribute redefined; "),
        (
            "a = 1 + \"x\"",
            "invalid expression for variable \"a\": <decode_tfvars argument>:1,9-12: Invalid operand; ",
        ),
        ("1", "invalid tfvars syntax: <decode_tfvars argument>:1,1-2: "),
    ] {
        let error = run(bench.provider.call_function("decode_tfvars", text(source).to_vec())).unwrap_err();
        assert!(error.text.starts_with(beginning), "{}", error.text);
    }
    bench.call("nope", &[Value::bool(true)], "This provider has no function named \"nope\". @None");
}
