//! Which named paths need a replacement.

use plumb_value::Path;

use super::notation::{object, path, schema, texts};
use crate::requires_replace;

#[test]
fn cases() {
    let block = schema(
        "a string optional; secret string optional write_only; tags map(string) optional; \
         nested single net optional { cidr string optional }; block list disk { size number optional }",
    );
    /// Named paths, prior object, planned object, changes, and paths that lead nowhere.
    type Case<'a> = (&'a [&'a str], &'a str, &'a str, &'a [&'a str], &'a [&'a str]);
    let cases: &[Case<'_>] = &[
        (&[".a"], "null", r#"{"a": "x"}"#, &[], &[]),
        (&[".a"], r#"{"a": "x"}"#, r#"{"a": "x"}"#, &[], &[]),
        (&[".a", ".a"], r#"{"a": "x"}"#, r#"{"a": "y"}"#, &[".a"], &[]),
        (&[".a"], r#"{"a": "x"}"#, r#"{"a": {"sensitive": "x"}}"#, &[], &[]),
        (&[".a"], r#"{"a": "x"}"#, r#"{"a": "?"}"#, &[".a"], &[]),
        (&[".a"], r#"{"a": "x"}"#, "{}", &[".a"], &[]),
        (&[".secret"], "{}", "{}", &[".secret"], &[]),
        (&[".disk[0].size"], r#"{"disk": [{"size": 1}]}"#, "{}", &[".disk[0].size"], &[]),
        (&[".disk[0].size"], r#"{"disk": [{}]}"#, "{}", &[], &[]),
        (&[".disk[0].size"], "{}", "{}", &[], &[".disk[0].size"]),
        (&[".nonsense"], "{}", "{}", &[], &[".nonsense"]),
        (&[".net.cidr"], "{}", r#"{"net": {"cidr": "x"}}"#, &[".net.cidr"], &[]),
        (&[".net"], "{}", r#"{"net": {"cidr": "?"}}"#, &[".net"], &[]),
        (
            &[".tags[\"k\"]", ".tags"],
            r#"{"tags": {"k": "1"}}"#,
            r#"{"tags": {"k": "1", "l": "2"}}"#,
            &[".tags"],
            &[],
        ),
    ];
    for (named, prior, planned, changed, invalid) in cases {
        let named: Vec<Path> = named.iter().map(|text| path(text)).collect();
        let outcome = requires_replace(&block, &named, &object(&block, prior), &object(&block, planned));
        assert_eq!(texts(&outcome.paths), *changed, "{prior} -> {planned}");
        assert_eq!(texts(&outcome.invalid), *invalid, "{prior} -> {planned}");
    }
}
