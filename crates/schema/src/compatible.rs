//! Whether a new object is what its plan promised.
//!
//! What was known in the plan must be the same now, what was unknown may be anything within the
//! limits that were known of it. What is found here is a fault of the provider.

use plumb_value::{Kind, PathStep, Value};

use crate::compatible_value::{check_set, check_value};
use crate::notation::Quoted;
use crate::shape::child;
use crate::violation::Findings;
use crate::{Attribute, Block, NestedBlock, Nesting, Violation};

/// Everything in `actual` that differs from what `planned` promised. Marks may be present; values of
/// sensitive attributes are not shown.
pub fn assert_object_compatible(block: &Block, planned: &Value, actual: &Value) -> Vec<Violation> {
    let mut findings = Findings::default();
    check_object(&mut findings, block, planned, actual);
    findings.violations
}

fn check_object(findings: &mut Findings, block: &Block, planned: &Value, actual: &Value) {
    let subject = if findings.is_at_root() { "root object " } else { "" };
    match (planned.is_null(), actual.is_null()) {
        (true, true) => return,
        (true, false) => return findings.add(format!("{subject}was absent, but now present")),
        (false, true) => return findings.add(format!("{subject}was present, but now absent")),
        (false, false) => {}
    }
    for (name, schema) in &block.attributes {
        let planned = child(planned, name, &schema.ty);
        let actual = child(actual, name, &schema.ty);
        findings.inside(PathStep::Attribute(name.clone()), |findings| {
            check_attribute(findings, schema, &planned, &actual);
        });
    }
    let types = block.object_type();
    for (name, nested) in &block.blocks {
        let Some(ty) = types.attribute(name) else { continue };
        let (planned, _) = child(planned, name, ty).unmark();
        let (actual, _) = child(actual, name, ty).unmark();
        findings.inside(PathStep::Attribute(name.clone()), |findings| {
            check_nested_block(findings, nested, &planned, &actual);
        });
    }
}

fn check_attribute(findings: &mut Findings, schema: &Attribute, planned: &Value, actual: &Value) {
    let is_sensitive = schema.sensitive || (planned.deep_marks() | actual.deep_marks()).is_sensitive();
    if !is_sensitive {
        return check_value(findings, &planned.unmark_deep(), &actual.unmark_deep());
    }
    let mut hidden = Findings::default();
    check_value(&mut hidden, &planned.unmark_deep(), &actual.unmark_deep());
    if !hidden.violations.is_empty() {
        findings.add("inconsistent values for sensitive attribute");
    }
}

fn check_nested_block(findings: &mut Findings, nested: &NestedBlock, planned: &Value, actual: &Value) {
    if let Nesting::Single | Nesting::Group = nested.nesting {
        // A dynamic block over something unknown may have come to nothing.
        if planned.is_known() || !actual.is_null() {
            check_object(findings, &nested.block, planned, actual);
        }
        return;
    }
    let is_open = |value: &Value| !value.is_known() || value.is_null();
    if is_open(planned) || is_open(actual) {
        return;
    }
    match nested.nesting {
        Nesting::Map => check_block_map(findings, &nested.block, planned, actual),
        Nesting::Set => check_block_set(findings, &nested.block, planned, actual),
        _ => check_block_list(findings, &nested.block, planned, actual),
    }
}

fn check_block_list(findings: &mut Findings, block: &Block, planned: &Value, actual: &Value) {
    let (before, now) = (planned.len().unwrap_or(0), actual.len().unwrap_or(0));
    if before != now {
        return findings.add(format!("block count changed from {before} to {now}"));
    }
    for ((step, planned), actual) in planned.steps().into_iter().zip(actual.parts()) {
        findings.inside(step, |findings| check_object(findings, block, planned, actual));
    }
}

fn check_block_map(findings: &mut Findings, block: &Block, planned: &Value, actual: &Value) {
    let is_object = matches!(planned.kind(), Kind::Object(..));
    let (before, now) = (planned.len().unwrap_or(0), actual.len().unwrap_or(0));
    if !is_object && before != now {
        return findings.add(format!("block count changed from {before} to {now}"));
    }
    let entries = planned.entries().unwrap_or_default();
    for ((step, planned), (key, _)) in planned.steps().into_iter().zip(entries) {
        match actual.part(key) {
            Some(actual) => findings.inside(step, |findings| check_object(findings, block, planned, actual)),
            None if is_object => findings.add(format!("block key {} has vanished", Quoted(key))),
            None => {}
        }
    }
    if is_object {
        for (key, _) in actual.entries().unwrap_or_default() {
            if planned.part(key).is_none() {
                findings.add(format!("new block key {} has appeared", Quoted(key)));
            }
        }
    }
}

fn check_block_set(findings: &mut Findings, block: &Block, planned: &Value, actual: &Value) {
    check_set(findings, planned, actual, &|planned, actual| {
        let mut inner = Findings::default();
        inner.inside(PathStep::Index(actual.clone()), |inner| check_object(inner, block, planned, actual));
        inner.violations.is_empty()
    });
    let (before, now) = (planned.len().unwrap_or(0), actual.len().unwrap_or(0));
    if before < now {
        findings.add(format!("block set length changed from {before} to {now}"));
    }
}
