//! Objects of the older SDK and what becomes of them.

use super::notation::{object, schema};
use crate::normalise_legacy;

#[test]
fn cases() {
    let nested = "block list b { c string optional; block set d { e string optional } }";
    let cases = [
        ("a string optional", "null", "null"),
        (
            "a string optional; l list(string) optional",
            r#"{"a": "?", "l": null}"#,
            r#"{"a": "?", "l": null}"#,
        ),
        ("block list b { c string optional }", r#"{"b": null}"#, r#"{"b": []}"#),
        ("block set b { c string optional }", r#"{"b": null}"#, r#"{"b": []}"#),
        ("block list b { c string optional }", r#"{"b": "?"}"#, r#"{"b": [{"c": "?"}]}"#),
        ("block set b { c string optional }", r#"{"b": "?"}"#, r#"{"b": [{"c": "?"}]}"#),
        ("block single b { c string optional }", r#"{"b": null}"#, r#"{"b": null}"#),
        ("block single b { c string optional }", r#"{"b": "?"}"#, r#"{"b": {"c": "?"}}"#),
        ("block group b { c string optional }", r#"{"b": null}"#, r#"{"b": {}}"#),
        ("block map b { c string optional }", r#"{"b": null}"#, r#"{"b": null}"#),
        ("block list b { c any optional }", r#"{"b": null}"#, r#"{"b": null}"#),
        (nested, r#"{"b": [{"d": null}, null]}"#, r#"{"b": [{"d": []}, null]}"#),
        (nested, r#"{"b": "?"}"#, r#"{"b": [{"c": "?", "d": [{"e": "?"}]}]}"#),
        (
            "a string optional; block list b { c string optional }",
            r#"{"a": {"sensitive": "x"}, "b": null}"#,
            r#"{"a": {"sensitive": "x"}, "b": []}"#,
        ),
    ];
    for (text, given, expected) in cases {
        let block = schema(text);
        assert_eq!(
            normalise_legacy(&block, &object(&block, given)),
            object(&block, expected),
            "{text}: {given}"
        );
    }
}
