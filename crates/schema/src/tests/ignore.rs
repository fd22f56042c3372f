//! Configurations of which changes are ignored.

use plumb_value::Path;

use super::notation::{object, path, schema};
use crate::{Ignored, apply_ignore_changes};

const SCHEMA: &str = "id string computed; name string optional; tags map(string) optional; ports list(number) optional; \
    either string optional computed; \
    nested single net optional { id string computed; cidr string optional }; \
    block list disk { id string computed; size number optional; labels map(string) optional }; \
    block set rule { port number optional }";

/// Ignored paths, prior object, configuration, and what is planned with.
type Case = (&'static [&'static str], &'static str, &'static str, &'static str);

const CASES: &[Case] = &[
    (&[".name"], "null", r#"{"name": "new"}"#, r#"{"name": "new"}"#),
    (&[".name"], r#"{"name": "old"}"#, "null", "null"),
    (&[".name"], r#"{"name": "old"}"#, r#"{"name": "new"}"#, r#"{"name": "old"}"#),
    (&[".name"], r#"{"name": "old"}"#, r#"{"name": "?"}"#, r#"{"name": "old"}"#),
    (&[".name"], "{}", r#"{"name": "new"}"#, "{}"),
    (
        &[".name"],
        r#"{"name": "same"}"#,
        r#"{"name": {"sensitive": "same"}, "tags": {"a": "b"}}"#,
        r#"{"name": "same", "tags": {"a": "b"}}"#,
    ),
    (&[".tags"], r#"{"tags": {"a": "1"}}"#, r#"{"tags": {"b": "2"}}"#, r#"{"tags": {"a": "1"}}"#),
    (
        &[".tags[\"a\"]"],
        r#"{"tags": {"a": "1", "b": "1"}}"#,
        r#"{"tags": {"b": "2"}}"#,
        r#"{"tags": {"a": "1", "b": "2"}}"#,
    ),
    (
        &[".tags[\"a\"]"],
        r#"{"tags": {"b": "1"}}"#,
        r#"{"tags": {"a": "2", "b": "2"}}"#,
        r#"{"tags": {"b": "2"}}"#,
    ),
    (
        &[".tags[\"a\"]", ".tags[\"b\"]"],
        r#"{"tags": {"a": "1"}}"#,
        r#"{"tags": {"a": "2", "b": "2", "c": "3"}}"#,
        r#"{"tags": {"a": "1", "c": "3"}}"#,
    ),
    (&[".tags[\"a\"]"], r#"{"tags": {"a": "1"}}"#, "{}", r#"{"tags": {"a": "1"}}"#),
    (&[".tags[\"a\"]"], r#"{"tags": {"b": "1"}}"#, "{}", "{}"),
    (&[".tags[\"a\"]"], "{}", r#"{"tags": {"a": "1"}}"#, r#"{"tags": {}}"#),
    (&[".tags[\"a\"]"], r#"{"tags": {"a": "1"}}"#, r#"{"tags": "?"}"#, r#"{"tags": "?"}"#),
    (&[".ports[1]"], r#"{"ports": [1, 2]}"#, r#"{"ports": [8, 9]}"#, r#"{"ports": [8, 2]}"#),
    (&[".ports[1]"], r#"{"ports": [1]}"#, r#"{"ports": [8, 9]}"#, r#"{"ports": [8, 9]}"#),
    (
        &[".net.cidr"],
        r#"{"net": {"cidr": "old", "id": "1"}}"#,
        r#"{"net": {"cidr": "new"}}"#,
        r#"{"net": {"cidr": "old"}}"#,
    ),
    (&[".net.cidr"], "{}", r#"{"net": {"cidr": "new"}}"#, r#"{"net": {"cidr": "new"}}"#),
    (
        &[".disk[0].size", ".disk[1].labels[\"x\"]"],
        r#"{"disk": [{"size": 1}, {"size": 1, "labels": {"x": "old"}}]}"#,
        r#"{"disk": [{"size": 2}, {"size": 2, "labels": {"x": "new"}}]}"#,
        r#"{"disk": [{"size": 1}, {"size": 2, "labels": {"x": "old"}}]}"#,
    ),
    (&[".disk"], r#"{"disk": [{"size": 1, "id": "x"}]}"#, "{}", r#"{"disk": [{"size": 1, "id": "x"}]}"#),
    (&[".rule"], r#"{"rule": [{"port": 1}]}"#, r#"{"rule": [{"port": 2}]}"#, r#"{"rule": [{"port": 1}]}"#),
];

#[test]
fn paths() {
    let block = schema(SCHEMA);
    for (ignored, prior, config, expected) in CASES {
        let paths: Vec<Path> = ignored.iter().map(|text| path(text)).collect();
        let (prior_value, config_value) = (object(&block, prior), object(&block, config));
        let got = apply_ignore_changes(&prior_value, &config_value, Ignored::Paths(&paths), Some(&block));
        assert_eq!(got, object(&block, expected), "{ignored:?}: {prior} -> {config}");
    }
}

#[test]
fn everything() {
    let block = schema(SCHEMA);
    let prior = object(
        &block,
        r#"{"id": "i", "name": "old", "either": "e", "net": {"id": "n", "cidr": "c"}, "disk": [{"id": "d", "size": 1}]}"#,
    );
    let config = object(&block, r#"{"name": "new"}"#);
    let expected = r#"{"name": "old", "either": "e", "net": {"cidr": "c"}, "disk": [{"size": 1}]}"#;
    assert_eq!(apply_ignore_changes(&prior, &config, Ignored::All, Some(&block)), object(&block, expected));
    assert_eq!(apply_ignore_changes(&prior, &config, Ignored::All, None), prior);
    let absent = object(&block, "null");
    assert_eq!(apply_ignore_changes(&absent, &config, Ignored::All, Some(&block)), config);
}
