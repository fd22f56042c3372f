//! New objects and how they differ from their plans.

use super::notation::{messages, object, schema};
use crate::assert_object_compatible;

/// Schema, planned object, new object, and what is wrong.
type Case = (&'static str, &'static str, &'static str, &'static [&'static str]);

const ONE: &str = "a string optional";
const LIST: &str = "block list b { c string optional }";
const MAP: &str = "block map b { c string optional }";
const SET: &str = "block set b { c string optional }";

const CASES: &[Case] = &[
    (ONE, r#"{"a": "x"}"#, r#"{"a": "x"}"#, &[]),
    (ONE, "null", "null", &[]),
    (ONE, "null", "{}", &[": root object was absent, but now present"]),
    (ONE, "{}", "null", &[": root object was present, but now absent"]),
    (ONE, r#"{"a": "x"}"#, r#"{"a": "y"}"#, &[r#".a: was cty.StringVal("x"), but now cty.StringVal("y")"#]),
    (ONE, r#"{"a": "x"}"#, "{}", &[r#".a: was cty.StringVal("x"), but now null"#]),
    (ONE, "{}", r#"{"a": "y"}"#, &[r#".a: was null, but now cty.StringVal("y")"#]),
    (ONE, r#"{"a": "x"}"#, r#"{"a": "?"}"#, &[".a: was known, but now unknown"]),
    (ONE, r#"{"a": "?"}"#, r#"{"a": "y"}"#, &[]),
    (ONE, r#"{"a": "?"}"#, "{}", &[]),
    (
        ONE,
        r#"{"a": "?!"}"#,
        "{}",
        &[
            ".a: final value cty.NullVal(cty.String) does not conform to planning placeholder cty.UnknownVal(cty.String).RefineNotNull()",
        ],
    ),
    (
        "a string optional sensitive",
        r#"{"a": "x"}"#,
        r#"{"a": "y"}"#,
        &[".a: inconsistent values for sensitive attribute"],
    ),
    (
        ONE,
        r#"{"a": {"sensitive": "x"}}"#,
        r#"{"a": "y"}"#,
        &[".a: inconsistent values for sensitive attribute"],
    ),
    (ONE, r#"{"a": "x"}"#, r#"{"a": {"sensitive": "x"}}"#, &[]),
    ("a any optional", r#"{"a": "?"}"#, r#"{"a": [1, "x"]}"#, &[]),
    ("a any optional", r#"{"a": "x"}"#, r#"{"a": 1}"#, &[".a: wrong final value type: string required"]),
    (
        "a list(string) optional",
        r#"{"a": ["x", "?"]}"#,
        r#"{"a": ["y"]}"#,
        &[r#".a[0]: was cty.StringVal("x"), but now cty.StringVal("y")"#, ".a: element 1 has vanished"],
    ),
    (
        "a list(string) optional",
        r#"{"a": ["x"]}"#,
        r#"{"a": ["x", "y"]}"#,
        &[".a: new element 1 has appeared"],
    ),
    (
        "a map(number) optional",
        r#"{"a": {"k": 1, "l": 2}}"#,
        r#"{"a": {"k": 1.5, "m": 2}}"#,
        &[
            r#".a["k"]: was cty.NumberIntVal(1), but now cty.NumberFloatVal(1.5)"#,
            r#".a: element "l" has vanished"#,
            r#".a: new element "m" has appeared"#,
        ],
    ),
    ("a set(string) optional", r#"{"a": ["x", "?", "?"]}"#, r#"{"a": ["x", "y"]}"#, &[]),
    (
        "a set(string) optional",
        r#"{"a": ["x", "?"]}"#,
        r#"{"a": ["y", "z"]}"#,
        &[r#".a: planned set element cty.StringVal("x") does not correlate with any element in actual"#],
    ),
    (
        "a set(string) optional",
        r#"{"a": ["x"]}"#,
        r#"{"a": ["x", "y"]}"#,
        &[
            r#".a: actual set element cty.StringVal("y") does not correlate with any element in plan"#,
            ".a: length changed from 1 to 2",
        ],
    ),
    (
        "nested single n optional { c string optional }",
        r#"{"n": {"c": "x"}}"#,
        r#"{"n": {"c": "y"}}"#,
        &[r#".n.c: was cty.StringVal("x"), but now cty.StringVal("y")"#],
    ),
    // Blocks.
    (
        "block single b { c string optional }",
        r#"{"b": {"c": "x"}}"#,
        "{}",
        &[".b: was present, but now absent"],
    ),
    ("block single b { c string optional }", r#"{"b": "?"}"#, "{}", &[]),
    ("block single b { c string optional }", r#"{"b": "?"}"#, r#"{"b": {"c": "x"}}"#, &[]),
    (
        "block single b { c string optional }",
        "{}",
        r#"{"b": {"c": "x"}}"#,
        &[".b: was absent, but now present"],
    ),
    (LIST, r#"{"b": [{"c": "x"}]}"#, r#"{"b": []}"#, &[".b: block count changed from 1 to 0"]),
    (
        LIST,
        r#"{"b": [{"c": "x"}, {"c": "?"}]}"#,
        r#"{"b": [{"c": "y"}, {"c": "z"}]}"#,
        &[r#".b[0].c: was cty.StringVal("x"), but now cty.StringVal("y")"#],
    ),
    (LIST, r#"{"b": "?"}"#, r#"{"b": [{"c": "x"}, {"c": "y"}]}"#, &[]),
    (MAP, r#"{"b": {"k": {}}}"#, r#"{"b": {}}"#, &[".b: block count changed from 1 to 0"]),
    (
        MAP,
        r#"{"b": {"k": {"c": "x"}}}"#,
        r#"{"b": {"k": {}}}"#,
        &[r#".b["k"].c: was cty.StringVal("x"), but now null"#],
    ),
    (
        "block map b { c any optional }",
        r#"{"b": {"k": {"c": "x"}}}"#,
        r#"{"b": {"l": {"c": "x"}}}"#,
        &[r#".b: block key "k" has vanished"#, r#".b: new block key "l" has appeared"#],
    ),
    (SET, r#"{"b": [{"c": "?"}, {"c": "?"}, {"c": "x"}]}"#, r#"{"b": [{"c": "x"}, {"c": "y"}]}"#, &[]),
    (SET, r#"{"b": "?"}"#, r#"{"b": [{"c": "x"}]}"#, &[]),
    (
        SET,
        r#"{"b": [{"c": "x"}]}"#,
        r#"{"b": [{"c": "y"}]}"#,
        &[
            r#".b: planned set element cty.ObjectVal(map[string]cty.Value{"c":cty.StringVal("x")}) does not correlate with any element in actual"#,
        ],
    ),
    (
        SET,
        r#"{"b": [{"c": "x"}]}"#,
        r#"{"b": [{"c": "x"}, {"c": "y"}]}"#,
        &[
            r#".b: actual set element cty.ObjectVal(map[string]cty.Value{"c":cty.StringVal("y")}) does not correlate with any element in plan"#,
            ".b: block set length changed from 1 to 2",
        ],
    ),
];

#[test]
fn cases() {
    for (text, planned, actual, expected) in CASES {
        let block = schema(text);
        let found = assert_object_compatible(&block, &object(&block, planned), &object(&block, actual));
        assert_eq!(messages(&found), *expected, "{text}: planned {planned}, got {actual}");
    }
}

#[test]
fn large_sets_are_compared_quickly() {
    let block = schema("a set(number) optional");
    let numbers: Vec<String> = (0..20_000).map(|number| number.to_string()).collect();
    let value = object(&block, &format!(r#"{{"a": [{}]}}"#, numbers.join(",")));
    assert!(assert_object_compatible(&block, &value, &value).is_empty());
}
