//! Streamed messages and small documents, line for line as the peer writes them.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumb_address::{AbsResourceInstance, InstanceKey, ModuleInstance, Resource};
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_plan::{Action, Counts, OutputChange};
use plumb_source::{SourceMap, Span};
use plumb_state::Output;
use plumb_value::{Type, Value};
use plumb_view::json::{self, LogLevel};
use plumb_view::text::Summary;
use plumb_view::{Event, Operation};

const AT: &str = "2026-11-23T18:40:03.202327Z";

#[track_caller]
fn check(ours: &str, theirs: &str) {
    assert_eq!(ours, theirs.replace("AT", AT));
}

fn each(key: &str) -> AbsResourceInstance {
    let key = InstanceKey::String(key.into());
    Resource::managed("terraform_data", "each").in_module(ModuleInstance::root()).instance(key)
}

fn in_module() -> AbsResourceInstance {
    let module = ModuleInstance::root().child("m", InstanceKey::String("k2".into()));
    Resource::managed("terraform_data", "in").in_module(module).instance(InstanceKey::None)
}

#[test]
fn events() {
    let (address, inner) = (&each("c"), &in_module());
    let data = &Resource::data("terraform_remote_state", "early")
        .in_module(ModuleInstance::root())
        .instance(InstanceKey::None);
    let line = |event| json::event_line(&event, AT).expect("has a message");
    check(
        &line(Event::Start { address, deposed: None, operation: Operation::Create, id: None }),
        r#"{"@level":"info","@message":"terraform_data.each[\"c\"]: Creating...","@module":"terraform.ui","@timestamp":"AT","hook":{"resource":{"addr":"terraform_data.each[\"c\"]","module":"","resource":"terraform_data.each[\"c\"]","implied_provider":"terraform","resource_type":"terraform_data","resource_name":"each","resource_key":"c"},"action":"create"},"type":"apply_start"}"#,
    );
    check(
        &line(Event::Complete {
            address: inner,
            deposed: None,
            operation: Operation::Create,
            id: Some("8d08b9d4"),
            elapsed_seconds: 0,
        }),
        r#"{"@level":"info","@message":"module.m[\"k2\"].terraform_data.in: Creation complete after 0s [id=8d08b9d4]","@module":"terraform.ui","@timestamp":"AT","hook":{"resource":{"addr":"module.m[\"k2\"].terraform_data.in","module":"module.m[\"k2\"]","resource":"terraform_data.in","implied_provider":"terraform","resource_type":"terraform_data","resource_name":"in","resource_key":null},"action":"create","id_key":"id","id_value":"8d08b9d4","elapsed_seconds":0},"type":"apply_complete"}"#,
    );
    check(
        &line(Event::Complete {
            address: data,
            deposed: None,
            operation: Operation::Read,
            id: None,
            elapsed_seconds: 0,
        }),
        r#"{"@level":"info","@message":"data.terraform_remote_state.early: Refresh complete after 0s","@module":"terraform.ui","@timestamp":"AT","hook":{"resource":{"addr":"data.terraform_remote_state.early","module":"","resource":"data.terraform_remote_state.early","implied_provider":"terraform","resource_type":"terraform_remote_state","resource_name":"early","resource_key":null},"action":"read","elapsed_seconds":0},"type":"apply_complete"}"#,
    );
    check(
        &line(Event::RefreshStart { address, deposed: None, id: Some("9786") }),
        r#"{"@level":"info","@message":"terraform_data.each[\"c\"]: Refreshing state... [id=9786]","@module":"terraform.ui","@timestamp":"AT","hook":{"resource":{"addr":"terraform_data.each[\"c\"]","module":"","resource":"terraform_data.each[\"c\"]","implied_provider":"terraform","resource_type":"terraform_data","resource_name":"each","resource_key":"c"},"id_key":"id","id_value":"9786"},"type":"refresh_start"}"#,
    );
    let failed =
        line(Event::Failed { address, deposed: None, operation: Operation::Update, elapsed_seconds: 3 });
    assert!(
        failed.contains(r#"Modifications errored after 3s"#) && failed.contains("apply_errored"),
        "{failed}"
    );
    assert_eq!(json::event_line(&Event::ImportStart { address, id: "x" }, AT), None);
}

#[test]
fn ephemeral_resources_have_messages_of_their_own() {
    let address = &AbsResourceInstance::parse("ephemeral.probe_token.one").expect("an address");
    let line = |event: Event<'_>| json::event_line(&event, AT).expect("has a message");
    check(
        &line(Event::Start { address, deposed: None, operation: Operation::Open, id: None }),
        r#"{"@level":"info","@message":"ephemeral.probe_token.one: Opening...","@module":"terraform.ui","@timestamp":"AT","hook":{"resource":{"addr":"ephemeral.probe_token.one","module":"","resource":"ephemeral.probe_token.one","implied_provider":"probe","resource_type":"probe_token","resource_name":"one","resource_key":null},"action":"open"},"type":"ephemeral_op_start"}"#,
    );
    check(
        &line(Event::Complete {
            address,
            deposed: None,
            operation: Operation::Close,
            id: None,
            elapsed_seconds: 0,
        }),
        r#"{"@level":"info","@message":"ephemeral.probe_token.one: Closing complete after 0s","@module":"terraform.ui","@timestamp":"AT","hook":{"resource":{"addr":"ephemeral.probe_token.one","module":"","resource":"ephemeral.probe_token.one","implied_provider":"probe","resource_type":"probe_token","resource_name":"one","resource_key":null},"action":"close","elapsed_seconds":0},"type":"ephemeral_op_complete"}"#,
    );
    for (operation, text) in
        [(Operation::Open, "Opening errored after 2s"), (Operation::Close, "Closing errored after 2s")]
    {
        let failed = line(Event::Failed { address, deposed: None, operation, elapsed_seconds: 2 });
        assert!(failed.contains(text) && failed.contains("ephemeral_op_errored"), "{failed}");
    }
}

#[test]
fn summaries_and_outputs() {
    let counts = Counts { add: 22, ..Counts::default() };
    check(
        &json::change_summary_line(Summary::Plan, &counts, AT),
        r#"{"@level":"info","@message":"Plan: 22 to add, 0 to change, 0 to destroy.","@module":"terraform.ui","@timestamp":"AT","changes":{"add":22,"change":0,"import":0,"remove":0,"operation":"plan"},"type":"change_summary"}"#,
    );
    // What was not looked at is counted only where there is any, in light plans.
    let counts = Counts { unrefreshed: 3, ..Counts::default() };
    check(
        &json::change_summary_line(Summary::Plan, &counts, AT),
        r#"{"@level":"info","@message":"Plan: 0 to add, 0 to change, 0 to destroy.","@module":"terraform.ui","@timestamp":"AT","changes":{"add":0,"change":0,"import":0,"remove":0,"operation":"plan","unrefreshed":3},"type":"change_summary"}"#,
    );
    let change = |name: &str, action, sensitive| OutputChange {
        name: name.into(),
        action,
        before: Value::null(Type::Dynamic),
        after: Value::string("x"),
        sensitive,
    };
    let changes = [change("nul", Action::NoOp, false), change("secret", Action::Create, true)];
    check(
        &json::output_changes_line(&changes, AT),
        r#"{"@level":"info","@message":"Outputs: 2","@module":"terraform.ui","@timestamp":"AT","outputs":{"nul":{"sensitive":false,"action":"noop"},"secret":{"sensitive":true,"action":"create"}},"type":"outputs"}"#,
    );
    let output = |value, sensitive| Output { value, sensitive };
    let outputs: BTreeMap<Arc<str>, Output> = BTreeMap::from([
        ("known".into(), output(Value::tuple([Value::number(1), Value::string("two")]), false)),
        ("secret".into(), output(Value::string("hunter2"), true)),
    ]);
    check(
        &json::outputs_line(&outputs, AT),
        r#"{"@level":"info","@message":"Outputs: 2","@module":"terraform.ui","@timestamp":"AT","outputs":{"known":{"sensitive":false,"type":["tuple",["number","string"]],"value":[1,"two"]},"secret":{"sensitive":true,"type":"string"}},"type":"outputs"}"#,
    );
    let mut out = Vec::new();
    json::write_outputs(&mut out, &outputs).expect("can be written");
    insta::assert_snapshot!(String::from_utf8(out).expect("is text"), @r#"
        {
          "known": {
            "sensitive": false,
            "type": [
              "tuple",
              [
                "number",
                "string"
              ]
            ],
            "value": [
              1,
              "two"
            ]
          },
          "secret": {
            "sensitive": true,
            "type": "string",
            "value": "hunter2"
          }
        }
    "#);
    check(
        &json::version_line("Plumb 0.1.0", AT),
        r#"{"@level":"info","@message":"Plumb 0.1.0","@module":"terraform.ui","@timestamp":"AT","terraform":"1.11.4","type":"version","ui":"1.2"}"#,
    );
    check(
        &json::log_line(LogLevel::Warn, "a <b>", AT),
        r#"{"@level":"warn","@message":"a \u003cb\u003e","@module":"terraform.ui","@timestamp":"AT","type":"log"}"#,
    );
}

#[test]
fn diagnostics() {
    let map = SourceMap::new();
    let file = map.add("main.tf", "output \"x\" { value = a && b }\n");
    let diagnostic = Diagnostic::error("Bad operand", "a <b>").at(Span::new(file, 21, 27));
    check(
        &json::diagnostic_line(&diagnostic, &map, AT),
        r#"{"@level":"error","@message":"Error: Bad operand","@module":"terraform.ui","@timestamp":"AT","diagnostic":{"severity":"error","summary":"Bad operand","detail":"a \u003cb\u003e","range":{"filename":"main.tf","start":{"line":1,"column":22,"byte":21},"end":{"line":1,"column":28,"byte":27}},"snippet":{"context":"output \"x\"","code":"output \"x\" { value = a \u0026\u0026 b }","start_line":1,"highlight_start_offset":21,"highlight_end_offset":27,"values":[]}},"type":"diagnostic"}"#,
    );
    let mut out = Vec::new();
    let all: Diagnostics = [diagnostic, Diagnostic::warning("Odd", "")].into_iter().collect();
    json::write_validation(&mut out, &all, &map).expect("can be written");
    insta::assert_snapshot!(String::from_utf8(out).expect("is text"), @r#"
        {
          "format_version": "1.0",
          "valid": false,
          "error_count": 1,
          "warning_count": 1,
          "diagnostics": [
            {
              "severity": "error",
              "summary": "Bad operand",
              "detail": "a \u003cb\u003e",
              "range": {
                "filename": "main.tf",
                "start": {
                  "line": 1,
                  "column": 22,
                  "byte": 21
                },
                "end": {
                  "line": 1,
                  "column": 28,
                  "byte": 27
                }
              },
              "snippet": {
                "context": "output \"x\"",
                "code": "output \"x\" { value = a \u0026\u0026 b }",
                "start_line": 1,
                "highlight_start_offset": 21,
                "highlight_end_offset": 27,
                "values": []
              }
            },
            {
              "severity": "warning",
              "summary": "Odd",
              "detail": ""
            }
          ]
        }
    "#);
    let mut out = Vec::new();
    json::write_validation(&mut out, &Diagnostics::new(), &map).expect("can be written");
    assert_eq!(
        String::from_utf8(out).expect("is text"),
        "{\n  \"format_version\": \"1.0\",\n  \"valid\": true,\n  \"error_count\": 0,\n  \"warning_count\": 0,\n  \"diagnostics\": []\n}\n"
    );
}

#[test]
fn versions() {
    let mut out = Vec::new();
    let report = json::VersionReport {
        program: "0.1.0".into(),
        platform: "linux_amd64".into(),
        providers: vec![json::ProviderVersion {
            address: plumb_address::ProviderAddress::implied("aws"),
            version: "5.100.0".into(),
        }],
    };
    json::write_version(&mut out, &report).expect("can be written");
    insta::assert_snapshot!(String::from_utf8(out).expect("is text"), @r#"
        {
          "terraform_version": "1.11.4",
          "plumb_version": "0.1.0",
          "platform": "linux_amd64",
          "provider_selections": {
            "registry.terraform.io/hashicorp/aws": "5.100.0"
          },
          "terraform_outdated": false
        }
    "#);
}
