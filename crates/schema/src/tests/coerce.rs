//! Objects of other types, and what they become.

use super::notation::{any, object, schema};
use crate::{coerce, path_text};

#[test]
fn fitting() {
    let cases = [
        ("", "{}", "{}"),
        ("a string optional", "null", "null"),
        ("a string optional", "\"?\"", "\"?\""),
        ("a string optional; b string computed", r#"{"a": 1}"#, r#"{"a": "1"}"#),
        ("a any optional", r#"{"a": [true]}"#, r#"{"a": [true]}"#),
        ("block single b { c string optional }", "{}", "{}"),
        ("block single b { c string optional }", r#"{"b": {"c": true}}"#, r#"{"b": {"c": "true"}}"#),
        ("block group b { c string optional }", "{}", r#"{"b": {}}"#),
        ("block list b { c string optional }", r#"{"b": [{}, {"c": 1}]}"#, r#"{"b": [{}, {"c": "1"}]}"#),
        ("block list b { c string optional }", "{}", r#"{"b": []}"#),
        ("block list b { c string optional }", r#"{"b": null}"#, r#"{"b": null}"#),
        ("block list b { c string optional }", r#"{"b": "?"}"#, r#"{"b": "?"}"#),
        (
            "block list b { c any optional }",
            r#"{"b": [{"c": 1}, {"c": "x"}]}"#,
            r#"{"b": [{"c": 1}, {"c": "x"}]}"#,
        ),
        ("block set b { c number optional }", r#"{"b": [{"c": "1"}, {"c": 1}]}"#, r#"{"b": [{"c": 1}]}"#),
        ("block map b { c string optional }", r#"{"b": {"k": {"c": 1}}}"#, r#"{"b": {"k": {"c": "1"}}}"#),
        ("block map b { c any optional }", r#"{"b": {"k": {"c": 1}}}"#, r#"{"b": {"k": {"c": 1}}}"#),
        (
            "nested single n optional { c string optional; d string required }",
            r#"{"n": {"d": 1}}"#,
            r#"{"n": {"d": "1"}}"#,
        ),
        (
            "nested list n optional { c string optional }",
            r#"{"n": [{}, {"c": "x"}]}"#,
            r#"{"n": [{}, {"c": "x"}]}"#,
        ),
        ("a string optional", r#"{"a": {"sensitive": 1}}"#, r#"{"a": {"sensitive": "1"}}"#),
    ];
    for (text, given, expected) in cases {
        let block = schema(text);
        assert_eq!(coerce(&block, &any(given)), Ok(object(&block, expected)), "{text}: {given}");
    }
}

#[test]
fn not_fitting() {
    let cases = [
        ("a string optional", "\"x\"", "", "an object is required"),
        ("a string optional", r#"{"b": 1}"#, "", "unexpected attribute \"b\""),
        ("a string required", "{}", "", "attribute \"a\" is required"),
        ("a number optional", r#"{"a": true}"#, ".a", "number required"),
        ("a list(number) optional", r#"{"a": [1, "x"]}"#, ".a[1]", "a number is required"),
        ("block list b { c number optional }", r#"{"b": "x"}"#, ".b", "must be a list"),
        ("block set b { c number optional }", r#"{"b": true}"#, ".b", "must be a set"),
        ("block map b { c number optional }", r#"{"b": [1]}"#, ".b", "must be a map"),
        (
            "block list b { c number required }",
            r#"{"b": [{"c": 1}, {}]}"#,
            ".b[1]",
            "attribute \"c\" is required",
        ),
        (
            "block map b { c number required }",
            r#"{"b": {"k": {"c": "x"}}}"#,
            ".b[\"k\"].c",
            "a number is required",
        ),
        ("block single b { c number required }", r#"{"b": [1]}"#, ".b", "an object is required"),
    ];
    for (text, given, place, message) in cases {
        let (path, found) = coerce(&schema(text), &any(given)).unwrap_err();
        assert_eq!((path_text(&path).as_str(), found.as_str()), (place, message), "{text}: {given}");
    }
}
