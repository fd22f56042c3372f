//! Files that Terraform wrote come out as they went in; files that nobody can use are told why.

use std::fmt::Write as _;

use super::{read, renumber, write};
use crate::{Object, State};

fn state(text: &str) -> State {
    let (state, warnings) = read(text.as_bytes()).expect("readable").expect("not empty");
    assert!(warnings.is_empty(), "{warnings:?}");
    state
}

/// Each was written by Terraform 1.11.4.
const WRITTEN: [(&str, &str); 4] = [
    ("marks, modules, checks", include_str!("fixtures/marks-modules-checks.json")),
    ("order, escapes, numbers", include_str!("fixtures/order-escapes-numbers.json")),
    ("flat and null attributes", include_str!("fixtures/flat-and-null-attributes.json")),
    ("checks of all kinds", include_str!("fixtures/checks-of-all-kinds.json")),
];

#[test]
fn files_come_out_as_they_went_in() {
    for (name, text) in WRITTEN {
        let written = String::from_utf8(write(&state(text), "1.11.4")).expect("text");
        assert_eq!(written, text, "{name}");
    }
}

#[test]
fn another_serial_is_all_that_changes() {
    for (name, text) in WRITTEN {
        let mut state = state(text);
        let mut file = write(&state, "1.11.4");
        for serial in [9, 10, 123_456, 0] {
            state.serial = serial;
            renumber(&mut file, serial);
            assert!(file == write(&state, "1.11.4"), "{name}");
        }
    }
}

#[test]
fn files_of_any_layout_are_read() {
    for (name, text) in WRITTEN {
        let squeezed = super::text::compact(text);
        let written = String::from_utf8(write(&state(&squeezed), "1.11.4")).expect("text");
        assert_eq!(written, text, "{name}");
    }
}

#[test]
fn objects_survive_the_journal() {
    for (name, text) in WRITTEN {
        for (_, instance) in state(text).instances() {
            for object in instance.current.iter().chain(instance.deposed.values()) {
                let json = object.to_json();
                assert!(!json.contains('\n'));
                assert_eq!(Object::from_json(&json).as_ref(), Ok(&**object), "{name}");
            }
        }
    }
}

#[test]
fn version_3_is_upgraded_like_terraform_does() {
    let (mut state, warnings) =
        read(include_bytes!("fixtures/version-3.json")).expect("readable").expect("not empty");
    let text: String = warnings.iter().map(|warning| warning.detail.as_str()).collect();
    assert!(text.contains("depend on each other") && text.contains("outputs of modules"), "{text}");
    // The expectation comes from a command that removed this one and counted the change.
    state.resources.retain(|address, _| address.resource.mode == plumb_address::Mode::Managed);
    state.serial += 1;
    let written = String::from_utf8(write(&state, "1.11.4")).expect("text");
    assert_eq!(written, include_str!("fixtures/version-3-upgraded.json"));
}

#[test]
fn version_2_counts_keys_of_maps_otherwise() {
    let text = r#"{"version":2,"serial":7,"lineage":"l","modules":[{"path":["root"],"outputs":{},"resources":{
        "a.b":{"type":"a","primary":{"id":"i","attributes":{"id":"i","tags.#":"1","tags.Name":"x","ports.#":"1",
        "ports.0":"80","rules.#":"1","rules.123.labels.#":"1","rules.123.labels.k":"v","none.#":"0"}}}}}]}"#;
    let (state, _) = read(text.as_bytes()).expect("readable").expect("not empty");
    let (_, instance) = state.instances().next().expect("there is one");
    let object = instance.current.as_ref().expect("it has an object");
    assert_eq!(
        &*object.attributes,
        r#"{"id":"i","none.#":"0","ports.#":"1","ports.0":"80","rules.#":"1","rules.123.labels.%":"1","rules.123.labels.k":"v","tags.%":"1","tags.Name":"x"}"#
    );
}

#[test]
fn identity_of_newer_programs_is_kept() {
    let text = r#"{"version":4,"serial":1,"lineage":"l","resources":[{"mode":"managed","type":"a","name":"b",
        "provider":"provider[\"registry.terraform.io/hashicorp/a\"]","instances":[{"schema_version":0,
        "attributes":{},"identity_schema_version":2,"identity":{"id":"x"}}]}]}"#;
    let written = String::from_utf8(write(&state(text), "1.12.0")).expect("text");
    assert!(written.contains("\"identity_schema_version\": 2,\n"), "{written}");
    assert!(written.contains("\"identity\": {\n            \"id\": \"x\"\n          }"), "{written}");
}

#[test]
fn an_empty_file_is_none() {
    assert!(read(b"").expect("readable").is_none());
}

#[test]
fn unusable_files_are_told_why() {
    let resource = |rest: &str| format!(r#"{{"version":4,"serial":1,"resources":[{{{rest}}}]}}"#);
    let instance = |rest: &str| {
        resource(&format!(
            r#""mode":"managed","type":"a","name":"b","provider":"provider[\"registry.terraform.io/x/a\"]","instances":[{rest}]"#
        ))
    };
    let cases = [
        "{\"version\":4,\n\"terraform".to_owned(),
        "{\"version\":4,}".to_owned(),
        "<html>".to_owned(),
        "{\"foo\":4}".to_owned(),
        "[]".to_owned(),
        "{\"version\":5,\"terraform_version\":\"2.0.0\",\"serial\":\"new kind\"}".to_owned(),
        "{\"version\":1}".to_owned(),
        "{\"version\":1,\"terraform_version\":\"0.5.1\"}".to_owned(),
        "{\"version\":4,\"serial\":\"x\"}".to_owned(),
        "{\"version\":4,\"serial\":-1}".to_owned(),
        "{\"version\":4,\"outputs\":{\"a\":{\"value\":1,\"type\":\"strin\"}}}".to_owned(),
        "{\"version\":4,\"outputs\":{\"a\":{\"value\":\"hush\",\"type\":\"number\",\"sensitive\":true}}}"
            .to_owned(),
        resource(r#""mode":"managedd","type":"a","name":"b""#),
        resource(r#""mode":"managed","type":"a","name":"b","provider":"zz""#),
        resource(r#""mode":"managed","type":"a","name":"b","module":"m.x""#),
        instance(r#"{"index_key":1.5,"attributes":{}}"#),
        instance(r#"{"status":"odd","attributes":{}}"#),
        instance(r#"{"private":"***","attributes":{}}"#),
        instance(r#"{"attributes":{},"dependencies":["nothing"]}"#),
        instance(r#"{"attributes":{}},{"attributes":{}}"#),
        instance(r#"{"attributes":{},"sensitive_attributes":[[{"type":"odd","value":"x"}]]}"#),
    ];
    let mut told = String::new();
    for case in cases {
        let error = read(case.as_bytes()).expect_err(&case);
        writeln!(told, "{error}").expect("text");
        let diagnostic = error.diagnostic("terraform.tfstate", Some("terraform.tfstate.backup"));
        assert!(!diagnostic.detail.contains("hush"), "{diagnostic:?}");
        assert!(diagnostic.detail.contains("Nothing has been changed"), "{diagnostic:?}");
    }
    insta::assert_snapshot!(told);
}

#[test]
fn bytes_that_are_no_text_are_located() {
    let error = read(b"{\n\"a\": \"\xff\"}").expect_err("not UTF-8");
    assert_eq!(error.to_string(), "line 2, column 7: bytes that are no UTF-8 text");
}

#[test]
fn deep_nesting_does_no_harm() {
    let deep = |open: &str, close: &str| format!("{}{}", open.repeat(100_000), close.repeat(100_000));
    for nested in [deep("[", "]"), deep("{\"a\":", "}").replace(":}", ":1}")] {
        let text = format!(
            r#"{{"version":4,"resources":[{{"mode":"managed","type":"a","name":"b","provider":"provider[\"registry.terraform.io/x/a\"]","instances":[{{"attributes":{nested}}}]}}]}}"#
        );
        let error = read(text.as_bytes()).expect_err("too deep");
        assert_eq!(error.to_string(), "resource \"a.b\": it is nested deeper than 1000 levels");
    }
    assert!(read(deep("[", "]").as_bytes()).is_err());
}
