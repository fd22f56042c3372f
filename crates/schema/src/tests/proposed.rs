//! What is proposed for a prior object and a configuration.

use super::notation::{object, schema};
use crate::{planned_data_object, proposed_new};

struct Case {
    about: &'static str,
    schema: &'static str,
    prior: &'static str,
    config: &'static str,
    proposed: &'static str,
}

const ATTRIBUTES: &str = "set string optional; made string computed; either string optional computed";
const DISKS: &str = "block list disk { size number optional; id string optional computed }";
const RULES: &str = "block set rule { port number required; id string optional computed }";
const LABELLED: &str = "block map zone { size number optional; id string computed }";
const NESTED_SINGLE: &str =
    "nested single net optional computed { cidr string optional; id string computed }";

const CASES: &[Case] = &[
    Case { about: "nothing at all", schema: "", prior: "{}", config: "{}", proposed: "{}" },
    Case { about: "both absent", schema: ATTRIBUTES, prior: "null", config: "null", proposed: "null" },
    Case {
        about: "a new object: computed ones stay null, unknowns stay unknown",
        schema: "set string optional; made string computed; other string optional; block single tail { id string computed }",
        prior: "null",
        config: r#"{"set": "a", "other": "?"}"#,
        proposed: r#"{"set": "a", "other": "?"}"#,
    },
    Case {
        about: "computed values are kept unless they are configured",
        schema: ATTRIBUTES,
        prior: r#"{"set": "old", "made": "m", "either": "e"}"#,
        config: r#"{"set": "new"}"#,
        proposed: r#"{"set": "new", "made": "m", "either": "e"}"#,
    },
    Case {
        about: "configuration wins over what was computed, and null over what was set",
        schema: ATTRIBUTES,
        prior: r#"{"set": "old", "made": "m", "either": "e"}"#,
        config: r#"{"either": "?"}"#,
        proposed: r#"{"made": "m", "either": "?"}"#,
    },
    Case {
        about: "a destroyed object's configuration proposes the prior object",
        schema: ATTRIBUTES,
        prior: r#"{"made": "m"}"#,
        config: "null",
        proposed: r#"{"made": "m"}"#,
    },
    Case {
        about: "single blocks merge, and go when they are removed",
        schema: "block single a { set string optional; id string computed }; block single b { id string computed }",
        prior: r#"{"a": {"set": "x", "id": "1"}, "b": {"id": "2"}}"#,
        config: r#"{"a": {"set": "y"}}"#,
        proposed: r#"{"a": {"set": "y", "id": "1"}}"#,
    },
    Case {
        about: "groups are never absent",
        schema: "block group a { set string optional; id string computed }",
        prior: r#"{"a": {"set": "x", "id": "1"}}"#,
        config: r#"{"a": {}}"#,
        proposed: r#"{"a": {"id": "1"}}"#,
    },
    Case {
        about: "lists are paired by position; what is beyond stays as written",
        schema: DISKS,
        prior: r#"{"disk": [{"size": 1, "id": "a"}]}"#,
        config: r#"{"disk": [{"size": 5}, {"size": 1}]}"#,
        proposed: r#"{"disk": [{"size": 5, "id": "a"}, {"size": 1}]}"#,
    },
    Case {
        about: "a list that is removed, and one that is not known",
        schema: "block list a { id string computed }; block list b { id string computed }",
        prior: r#"{"a": [{"id": "1"}], "b": [{"id": "2"}]}"#,
        config: r#"{"a": [], "b": "?"}"#,
        proposed: r#"{"a": [], "b": "?"}"#,
    },
    Case {
        about: "lists of blocks with attributes of any type are tuples",
        schema: "block list item { value any optional; id any computed }",
        prior: r#"{"item": [{"value": "x", "id": 1}]}"#,
        config: r#"{"item": [{"value": true}, {"value": [1]}]}"#,
        proposed: r#"{"item": [{"value": true, "id": 1}, {"value": [1]}]}"#,
    },
    Case {
        about: "maps are paired by key",
        schema: LABELLED,
        prior: r#"{"zone": {"a": {"size": 1, "id": "1"}, "b": {"size": 2, "id": "2"}}}"#,
        config: r#"{"zone": {"b": {"size": 9}, "c": {"size": 1}}}"#,
        proposed: r#"{"zone": {"b": {"size": 9, "id": "2"}, "c": {"size": 1}}}"#,
    },
    Case {
        about: "maps of blocks with attributes of any type are objects",
        schema: "block map item { value any optional; id string computed }",
        prior: r#"{"item": {"a": {"value": 1, "id": "x"}}}"#,
        config: r#"{"item": {"a": {"value": "s"}, "b": {}}}"#,
        proposed: r#"{"item": {"a": {"value": "s", "id": "x"}, "b": {}}}"#,
    },
    Case {
        about: "elements of sets are paired where only computed parts differ",
        schema: RULES,
        prior: r#"{"rule": [{"port": 80, "id": "a"}, {"port": 443, "id": "b"}]}"#,
        config: r#"{"rule": [{"port": 443}, {"port": 22}]}"#,
        proposed: r#"{"rule": [{"port": 443, "id": "b"}, {"port": 22}]}"#,
    },
    Case {
        about: "an element that is configured in full is not paired with one that differs",
        schema: RULES,
        prior: r#"{"rule": [{"port": 80, "id": "a"}]}"#,
        config: r#"{"rule": [{"port": 80, "id": "mine"}]}"#,
        proposed: r#"{"rule": [{"port": 80, "id": "mine"}]}"#,
    },
    Case {
        about: "each prior element is used once",
        schema: "block set item { id string optional computed }",
        prior: r#"{"item": [{"id": "a"}]}"#,
        config: r#"{"item": [{}, {"id": "z"}]}"#,
        proposed: r#"{"item": [{"id": "a"}, {"id": "z"}]}"#,
    },
    Case {
        about: "unknown elements of sets stay apart",
        schema: "block set item { id string optional computed }",
        prior: "null",
        config: r#"{"item": [{"id": "?"}, {"id": "?"}]}"#,
        proposed: r#"{"item": [{"id": "?"}, {"id": "?"}]}"#,
    },
    Case {
        about: "lists in elements of sets are compared in place",
        schema: "block set outer { name string required; block list inner { key string required; id string computed } }",
        prior: r#"{"outer": [{"name": "a", "inner": [{"key": "k", "id": "1"}]}, {"name": "b", "inner": [{"key": "k", "id": "2"}]}]}"#,
        config: r#"{"outer": [{"name": "b", "inner": [{"key": "k"}]}, {"name": "a", "inner": [{"key": "other"}]}]}"#,
        proposed: r#"{"outer": [{"name": "b", "inner": [{"key": "k", "id": "2"}]}, {"name": "a", "inner": [{"key": "other"}]}]}"#,
    },
    Case {
        about: "a list in an element of a set that has become shorter is not the same element",
        schema: "block set outer { block list inner { key string required; id string computed } }",
        prior: r#"{"outer": [{"inner": [{"key": "k", "id": "1"}, {"key": "l", "id": "2"}]}]}"#,
        config: r#"{"outer": [{"inner": [{"key": "k"}]}]}"#,
        proposed: r#"{"outer": [{"inner": [{"key": "k"}]}]}"#,
    },
    Case {
        about: "sets in elements of sets must be equal",
        schema: "block set outer { id string computed; block set inner { key string required; id string computed } }",
        prior: r#"{"outer": [{"id": "1", "inner": [{"key": "k", "id": "2"}]}, {"id": "3", "inner": [{"key": "l"}]}]}"#,
        config: r#"{"outer": [{"inner": [{"key": "k"}]}, {"inner": [{"key": "l"}]}]}"#,
        proposed: r#"{"outer": [{"inner": [{"key": "k"}]}, {"id": "3", "inner": [{"key": "l"}]}]}"#,
    },
    Case {
        about: "maps in elements of sets are compared by key",
        schema: "block set outer { block map inner { key string optional; id string computed } }",
        prior: r#"{"outer": [{"inner": {"x": {"key": "k", "id": "1"}}}]}"#,
        config: r#"{"outer": [{"inner": {"x": {"key": "k"}}}]}"#,
        proposed: r#"{"outer": [{"inner": {"x": {"key": "k", "id": "1"}}}]}"#,
    },
    Case {
        about: "nested attributes merge like blocks",
        schema: NESTED_SINGLE,
        prior: r#"{"net": {"cidr": "10", "id": "1"}}"#,
        config: r#"{"net": {"cidr": "11"}}"#,
        proposed: r#"{"net": {"cidr": "11", "id": "1"}}"#,
    },
    Case {
        about: "a computed nested attribute that only the provider has set is kept",
        schema: NESTED_SINGLE,
        prior: r#"{"net": {"id": "1"}}"#,
        config: "{}",
        proposed: r#"{"net": {"id": "1"}}"#,
    },
    Case {
        about: "one that was configured before is gone with its configuration",
        schema: NESTED_SINGLE,
        prior: r#"{"net": {"cidr": "10", "id": "1"}}"#,
        config: "{}",
        proposed: "{}",
    },
    Case {
        about: "the same in a set of objects",
        schema: "nested set net optional computed { cidr string optional; id string computed }",
        prior: r#"{"net": [{"id": "1"}, {"cidr": "10"}]}"#,
        config: "{}",
        proposed: "{}",
    },
    Case {
        about: "a nested attribute that is only computed is kept in any case",
        schema: "nested single net computed { cidr string optional }",
        prior: r#"{"net": {"cidr": "10"}}"#,
        config: "{}",
        proposed: r#"{"net": {"cidr": "10"}}"#,
    },
    Case {
        about: "unknown nested attributes stay unknown",
        schema: "nested single a optional { id string computed }; nested list b optional { id string computed }",
        prior: r#"{"a": {"id": "1"}, "b": [{"id": "2"}]}"#,
        config: r#"{"a": "?", "b": ["?"]}"#,
        proposed: r#"{"a": "?", "b": [{"id": "?"}]}"#,
    },
    Case {
        about: "null objects in collections stay null",
        schema: "nested map net optional { cidr string optional; id string optional computed }",
        prior: r#"{"net": {"a": {"cidr": "10", "id": "1"}, "b": {"cidr": "11", "id": "2"}}}"#,
        config: r#"{"net": {"a": null, "c": {"cidr": "11"}}}"#,
        proposed: r#"{"net": {"a": null, "c": {"cidr": "11"}}}"#,
    },
    Case {
        about: "objects nested in objects in sets",
        schema: "nested set outer optional { name string required; id string optional computed }",
        prior: r#"{"outer": [{"name": "a", "id": "1"}, {"name": "b", "id": "2"}]}"#,
        config: r#"{"outer": [{"name": "a"}, {"name": "c"}]}"#,
        proposed: r#"{"outer": [{"name": "a", "id": "1"}, {"name": "c"}]}"#,
    },
];

#[test]
fn cases() {
    for case in CASES {
        let block = schema(case.schema);
        let proposed = proposed_new(&block, &object(&block, case.prior), &object(&block, case.config));
        assert_eq!(proposed, object(&block, case.proposed), "{}", case.about);
        assert!(proposed.ty().conforms_to(&block.implied_type()), "{}", case.about);
    }
}

#[test]
fn data_sources() {
    let cases = [
        (ATTRIBUTES, r#"{"set": "a"}"#, r#"{"set": "a", "made": "?", "either": "?"}"#),
        (ATTRIBUTES, r#"{"either": "b"}"#, r#"{"made": "?", "either": "b"}"#),
        (DISKS, r#"{"disk": [{"size": 1}]}"#, r#"{"disk": [{"size": 1, "id": "?"}]}"#),
        // Elements of maps and sets have no counterpart in an object that is not known.
        (LABELLED, r#"{"zone": {"a": {"size": 1}}}"#, r#"{"zone": {"a": {"size": 1}}}"#),
        (RULES, r#"{"rule": [{"port": 1}]}"#, r#"{"rule": [{"port": 1}]}"#),
        (NESTED_SINGLE, r#"{"net": {"cidr": "1"}}"#, r#"{"net": {"cidr": "1", "id": "?"}}"#),
        (NESTED_SINGLE, "{}", r#"{"net": "?"}"#),
        (ATTRIBUTES, "null", "\"?\""),
    ];
    for (text, config, planned) in cases {
        let block = schema(text);
        let got = planned_data_object(&block, &object(&block, config));
        assert_eq!(got, object(&block, planned), "{text}: {config}");
    }
}

#[test]
fn large_sets_are_paired_quickly() {
    let block = schema(RULES);
    let rules = |with_id: bool| {
        let rules: Vec<String> = (0..20_000)
            .map(|port| {
                if with_id {
                    format!(r#"{{"port": {port}, "id": "i{port}"}}"#)
                } else {
                    format!(r#"{{"port": {port}}}"#)
                }
            })
            .collect();
        object(&block, &format!(r#"{{"rule": [{}]}}"#, rules.join(",")))
    };
    let prior = rules(true);
    assert_eq!(proposed_new(&block, &prior, &rules(false)), prior);
}
