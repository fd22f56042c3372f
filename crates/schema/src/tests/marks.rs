//! Which attributes the schema says something of.

use super::notation::{object, schema, texts};
use crate::{null_write_only, sensitive_paths, unknown_paths, write_only_paths};

const SECRETS: &str = "open string optional; secret string optional sensitive write_only; \
    nested list n optional { open string optional; secret string optional sensitive write_only; } \
    block map m { secret string optional sensitive write_only; block set s { secret string optional sensitive write_only } } \
    block single one { secret string optional sensitive write_only }";

#[test]
fn sensitive() {
    let block = schema(SECRETS);
    let cases: [(&str, &[&str]); 5] = [
        ("null", &[".secret"]),
        ("{}", &[".secret"]),
        (r#"{"n": [{}, {"secret": "x"}]}"#, &[".n[0].secret", ".n[1].secret", ".secret"]),
        (
            r#"{"m": {"k": {"s": [{"secret": "x"}]}}, "one": {}}"#,
            &[".m[\"k\"].s[...].secret", ".m[\"k\"].secret", ".one.secret", ".secret"],
        ),
        (r#"{"n": "?", "one": "?", "m": "?"}"#, &[".secret"]),
    ];
    for (value, expected) in cases {
        assert_eq!(texts(&sensitive_paths(&block, &object(&block, value))), expected, "{value}");
    }
}

#[test]
fn write_only() {
    let block = schema(SECRETS);
    let cases: [(&str, &[&str]); 3] = [
        ("null", &[]),
        ("{}", &[".secret"]),
        (r#"{"n": [null, {"secret": "x"}]}"#, &[".n[1].secret", ".secret"]),
    ];
    for (value, expected) in cases {
        assert_eq!(texts(&write_only_paths(&block, &object(&block, value))), expected, "{value}");
    }
    let given = r#"{"open": "a", "secret": "b", "n": [{"open": "c", "secret": "d"}, null], "m": {"k": {"secret": "e", "s": [{"secret": "f"}]}}, "one": {"secret": "?"}}"#;
    let kept = r#"{"open": "a", "n": [{"open": "c"}, null], "m": {"k": {"s": [{}]}}, "one": {}}"#;
    assert_eq!(null_write_only(&block, &object(&block, given)), object(&block, kept));
}

#[test]
fn unknown() {
    let block = schema("a string optional; l list(string) optional; block set s { c string optional }");
    let value = object(&block, r#"{"a": "?", "l": ["x", "?"], "s": [{"c": "?"}, {"c": "y"}]}"#);
    assert_eq!(texts(&unknown_paths(&value)), [".a", ".l[1]", ".s[...].c"]);
    assert_eq!(texts(&unknown_paths(&object(&block, "\"?\""))), [""]);
    assert!(unknown_paths(&object(&block, "{}")).is_empty());
}
