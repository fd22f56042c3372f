//! Plans and what is wrong with them.

use super::notation::{messages, object, schema};
use crate::assert_plan_valid;

/// Schema, prior object, configuration, planned object, and what is wrong.
type Case = (&'static str, &'static str, &'static str, &'static str, &'static [&'static str]);

const ONE: &str = "a string optional";
const COMPUTED: &str = "a string computed";
const EITHER: &str = "a string optional computed";
const LIST: &str = "block list b { c string optional }";
const MAP: &str = "block map b { c string optional }";
const SET: &str = "block set b { c string optional }";
const NESTED: &str = "nested single n optional { c string optional; d string optional computed }";
const NESTED_LIST: &str = "nested list n optional { c string optional }";
const NESTED_MAP: &str = "nested map n optional { c string optional }";
const NESTED_SET: &str = "nested set n optional { c string optional }";

const CASES: &[Case] = &[
    (ONE, "null", r#"{"a": "x"}"#, r#"{"a": "x"}"#, &[]),
    (ONE, "null", "null", "null", &[]),
    (ONE, "null", "{}", "null", &[": planned for absence but config wants existence"]),
    (ONE, r#"{"a": "x"}"#, "null", "{}", &[": planned for existence but config wants absence"]),
    (
        ONE,
        "null",
        r#"{"a": "x"}"#,
        r#"{"a": "y"}"#,
        &[r#".a: planned value cty.StringVal("y") does not match config value cty.StringVal("x")"#],
    ),
    (
        ONE,
        r#"{"a": "p"}"#,
        r#"{"a": "x"}"#,
        r#"{"a": "y"}"#,
        &[
            r#".a: planned value cty.StringVal("y") does not match config value cty.StringVal("x") nor prior value cty.StringVal("p")"#,
        ],
    ),
    // What means the same to the provider may stay as it was.
    (ONE, r#"{"a": "p"}"#, r#"{"a": "x"}"#, r#"{"a": "p"}"#, &[]),
    (
        ONE,
        r#"{"a": "p"}"#,
        "{}",
        r#"{"a": "p"}"#,
        &[r#".a: planned value cty.StringVal("p") for a non-computed attribute"#],
    ),
    (
        ONE,
        "null",
        "{}",
        r#"{"a": "?"}"#,
        &[".a: planned value cty.UnknownVal(cty.String) for a non-computed attribute"],
    ),
    (
        ONE,
        "null",
        r#"{"a": "?"}"#,
        r#"{"a": "x"}"#,
        &[r#".a: planned value cty.StringVal("x") does not match config value cty.UnknownVal(cty.String)"#],
    ),
    (
        ONE,
        "null",
        r#"{"a": "x"}"#,
        "{}",
        &[r#".a: planned value cty.NullVal(cty.String) does not match config value cty.StringVal("x")"#],
    ),
    // Limits of unknown values may be lost on the way through a provider.
    (ONE, "null", r#"{"a": "?!"}"#, r#"{"a": "?"}"#, &[]),
    ("a map(string) optional", "null", r#"{"a": {"k": "?!"}}"#, r#"{"a": {"k": "?"}}"#, &[]),
    (
        "a string optional sensitive",
        "null",
        "{}",
        r#"{"a": "y"}"#,
        &[".a: sensitive planned value for a non-computed attribute"],
    ),
    (
        "a string optional sensitive",
        "null",
        r#"{"a": "x"}"#,
        r#"{"a": "y"}"#,
        &[".a: sensitive planned value does not match config value"],
    ),
    (
        "a string optional sensitive",
        r#"{"a": "p"}"#,
        r#"{"a": "x"}"#,
        r#"{"a": "y"}"#,
        &[".a: sensitive planned value does not match config value nor prior value"],
    ),
    (COMPUTED, "null", "{}", r#"{"a": "?"}"#, &[]),
    (COMPUTED, r#"{"a": "p"}"#, r#"{"a": "ignored"}"#, r#"{"a": "new"}"#, &[]),
    (EITHER, r#"{"a": "p"}"#, "{}", "{}", &[]),
    (EITHER, "null", "{}", r#"{"a": "made"}"#, &[]),
    (
        EITHER,
        "null",
        r#"{"a": "x"}"#,
        r#"{"a": "y"}"#,
        &[r#".a: planned value cty.StringVal("y") does not match config value cty.StringVal("x")"#],
    ),
    ("a string optional write_only", "null", r#"{"a": "secret"}"#, "{}", &[]),
    (
        "a string optional write_only",
        "null",
        r#"{"a": "secret"}"#,
        r#"{"a": "other"}"#,
        &[r#".a: planned value cty.StringVal("other") does not match config value cty.StringVal("secret")"#],
    ),
    // Blocks.
    (LIST, "null", r#"{"b": [{"c": "x"}]}"#, r#"{"b": [{"c": "x"}]}"#, &[]),
    (
        LIST,
        "null",
        r#"{"b": [{"c": "x"}]}"#,
        r#"{"b": [{"c": "y"}]}"#,
        &[r#".b[0].c: planned value cty.StringVal("y") does not match config value cty.StringVal("x")"#],
    ),
    (LIST, r#"{"b": [{"c": "p"}]}"#, r#"{"b": [{"c": "x"}]}"#, r#"{"b": [{"c": "p"}]}"#, &[]),
    (
        LIST,
        "null",
        "{}",
        r#"{"b": null}"#,
        &[".b: attribute representing a list of nested blocks must be empty to indicate no blocks, not null"],
    ),
    (LIST, "null", r#"{"b": null}"#, r#"{"b": []}"#, &[]),
    (
        LIST,
        "null",
        "{}",
        r#"{"b": [{"c": "x"}]}"#,
        &[".b: block count in plan (1) disagrees with count in config (0)"],
    ),
    (LIST, "null", r#"{"b": "?"}"#, r#"{"b": "?"}"#, &[]),
    (
        LIST,
        "null",
        r#"{"b": "?"}"#,
        r#"{"b": []}"#,
        &[
            r#".b: planned value cty.ListValEmpty(cty.Object(map[string]cty.Type{"c":cty.String})) for unknown dynamic block"#,
        ],
    ),
    (
        LIST,
        "null",
        "{}",
        r#"{"b": "?"}"#,
        &[
            ".b: attribute representing nested block must not be unknown itself; set nested attribute values to unknown instead",
        ],
    ),
    (
        LIST,
        "null",
        r#"{"b": [{"c": "x"}]}"#,
        r#"{"b": ["?"]}"#,
        &[
            ".b[0]: element representing nested block must not be unknown itself; set nested attribute values to unknown instead",
        ],
    ),
    (MAP, "null", r#"{"b": {"k": {"c": "x"}}}"#, r#"{"b": {"k": {"c": "x"}}}"#, &[]),
    (
        MAP,
        "null",
        r#"{"b": {"k": {"c": "x"}}}"#,
        r#"{"b": {"l": {"c": "x"}}}"#,
        &[
            r#".b: block key "l" from plan is not present in config"#,
            r#".b: block key "k" from config is not present in plan"#,
        ],
    ),
    (
        MAP,
        r#"{"b": {"k": {"c": "p"}}}"#,
        r#"{"b": {"k": {"c": "x"}}}"#,
        r#"{"b": {"k": {"c": "y"}}}"#,
        &[
            r#".b["k"].c: planned value cty.StringVal("y") does not match config value cty.StringVal("x") nor prior value cty.StringVal("p")"#,
        ],
    ),
    (
        MAP,
        "null",
        r#"{"b": {"k": {}}}"#,
        "{}",
        &[".b: block count in plan (0) disagrees with count in config (1)"],
    ),
    (
        "block map b { c any optional }",
        "null",
        r#"{"b": {"k": {"c": "x"}}}"#,
        "{}",
        &[r#".b: block key "k" from config is not present in plan"#],
    ),
    // Elements of sets are trusted, but for being known.
    (SET, "null", r#"{"b": [{"c": "x"}]}"#, r#"{"b": [{"c": "y"}, {"c": "z"}]}"#, &[]),
    (
        SET,
        "null",
        r#"{"b": [{"c": "x"}]}"#,
        r#"{"b": ["?"]}"#,
        &[
            ".b[(not yet known)]: element representing nested block must not be unknown itself; set nested attribute values to unknown instead",
        ],
    ),
    // Nested attributes.
    (NESTED, "null", r#"{"n": {"c": "x"}}"#, r#"{"n": {"c": "x", "d": "?"}}"#, &[]),
    (
        NESTED,
        "null",
        r#"{"n": {"c": "x"}}"#,
        r#"{"n": {"c": "y"}}"#,
        &[r#".n.c: planned value cty.StringVal("y") does not match config value cty.StringVal("x")"#],
    ),
    (NESTED, "null", r#"{"n": {"c": "x"}}"#, "{}", &[".n: planned for absence but config wants existence"]),
    (NESTED, "null", r#"{"n": {"c": "x"}}"#, r#"{"n": "?"}"#, &[".n: planned unknown for configured value"]),
    (
        NESTED,
        "null",
        "{}",
        r#"{"n": {}}"#,
        &[
            r#".n: planned value cty.ObjectVal(map[string]cty.Value{"c":cty.NullVal(cty.String), "d":cty.NullVal(cty.String)}) for a non-computed attribute"#,
        ],
    ),
    (
        NESTED_LIST,
        "null",
        r#"{"n": [{"c": "x"}]}"#,
        r#"{"n": []}"#,
        &[".n: count in plan (cty.NumberIntVal(0)) disagrees with count in config (cty.NumberIntVal(1))"],
    ),
    (
        NESTED_LIST,
        r#"{"n": [{"c": "p"}]}"#,
        r#"{"n": [{"c": "x"}]}"#,
        r#"{"n": [{"c": "y"}]}"#,
        &[
            r#".n[0].c: planned value cty.StringVal("y") does not match config value cty.StringVal("x") nor prior value cty.StringVal("p")"#,
        ],
    ),
    (
        NESTED_MAP,
        "null",
        r#"{"n": {"k": {"c": "x"}}}"#,
        r#"{"n": {"l": {"c": "x"}}}"#,
        &[
            r#".n: map key "l" from plan is not present in config"#,
            r#".n: map key "k" from config is not present in plan"#,
        ],
    ),
    (NESTED_SET, "null", r#"{"n": [{"c": "x"}]}"#, r#"{"n": [{"c": "y"}]}"#, &[]),
    (
        NESTED_SET,
        "null",
        r#"{"n": [{"c": "x"}]}"#,
        r#"{"n": [{"c": "y"}, {"c": "z"}]}"#,
        &[".n: count in plan (cty.NumberIntVal(2)) disagrees with count in config (cty.NumberIntVal(1))"],
    ),
    (NESTED_SET, "null", r#"{"n": [{"c": "x"}]}"#, r#"{"n": [{"c": "?"}, {"c": "?"}]}"#, &[]),
];

#[test]
fn cases() {
    for (text, prior, config, planned, expected) in CASES {
        let block = schema(text);
        let value = |text: &str| object(&block, text);
        let found = assert_plan_valid(&block, &value(prior), &value(config), &value(planned));
        assert_eq!(messages(&found), *expected, "{text}: {prior} -> {config} planned {planned}");
    }
}

#[test]
fn addresses_stand_in_front() {
    let block = schema(ONE);
    let found = assert_plan_valid(
        &block,
        &object(&block, "null"),
        &object(&block, "{}"),
        &object(&block, r#"{"a": "x"}"#),
    );
    assert_eq!(
        found[0].describe("test_object.x[0]", &[]),
        r#"test_object.x[0].a: planned value cty.StringVal("x") for a non-computed attribute"#
    );
}
