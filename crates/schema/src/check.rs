//! Whether a schema is one that the protocol allows.
//!
//! Responsible for faults of providers that would make nonsense of values later. Names are not
//! restricted for attributes, since providers with unusual ones exist.

use std::sync::Arc;

use plumb_value::PathStep;

use crate::violation::Findings;
use crate::{Attribute, Block, NestedBlock, NestedType, Nesting, Violation};

impl Block {
    /// Everything that is inconsistent in the schema; paths are of attributes and blocks.
    pub fn validate(&self) -> Vec<Violation> {
        let mut findings = Findings::default();
        check_block(&mut findings, self);
        findings.violations
    }
}

fn check_block(findings: &mut Findings, block: &Block) {
    for (name, attribute) in &block.attributes {
        findings.inside(PathStep::Attribute(name.clone()), |findings| check_attribute(findings, attribute));
    }
    for (name, nested) in &block.blocks {
        findings.inside(PathStep::Attribute(name.clone()), |findings| {
            check_name(findings, block, name);
            check_nested_block(findings, nested);
        });
    }
}

fn check_name(findings: &mut Findings, block: &Block, name: &Arc<str>) {
    let is_usual = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if block.attributes.contains_key(name) {
        findings.add("name defined as both attribute and child block type");
    } else if name.is_empty() || !name.bytes().all(is_usual) {
        findings.add("name may contain only lowercase letters, digits and underscores");
    }
}

fn check_nested_block(findings: &mut Findings, nested: &NestedBlock) {
    let (least, most) = (nested.min_items, nested.max_items);
    match nested.nesting {
        Nesting::Single if least != most => {
            findings.add("the least and the greatest number of blocks must be the same for a single block");
        }
        Nesting::Single if least > 1 => {
            findings.add("the number of blocks must be 0 or 1 for a single block");
        }
        Nesting::Group | Nesting::Map if least != 0 || most != 0 => {
            findings.add("the number of blocks cannot be limited for groups and maps");
        }
        Nesting::List | Nesting::Set if least > most && most != 0 => {
            findings.add("the least number of blocks must not be larger than the greatest");
        }
        _ => {}
    }
    if nested.nesting == Nesting::Set && nested.block.implied_type().has_dynamic() {
        findings.add("blocks in a set may not have attributes of any type");
    }
    check_block(findings, &nested.block);
}

fn check_attribute(findings: &mut Findings, attribute: &Attribute) {
    let Attribute { required, optional, computed, .. } = *attribute;
    if !required && !optional && !computed {
        findings.add("must be optional, required or computed");
    }
    if required && optional {
        findings.add("cannot be both optional and required");
    }
    if required && computed {
        findings.add("cannot be both computed and required");
    }
    if attribute.write_only && computed && !optional {
        findings.add("cannot be write-only where only the provider sets it");
    }
    if let Some(nested) = &attribute.nested {
        check_nested_type(findings, nested);
    }
}

fn check_nested_type(findings: &mut Findings, nested: &NestedType) {
    match nested.nesting {
        Nesting::Group => findings.add("attributes cannot be groups"),
        Nesting::Set if nested.object_type().has_dynamic() => {
            findings.add("objects in a set may not have attributes of any type");
        }
        Nesting::Single | Nesting::List | Nesting::Set | Nesting::Map => {}
    }
    for (name, attribute) in &nested.attributes {
        findings.inside(PathStep::Attribute(name.clone()), |findings| check_attribute(findings, attribute));
    }
}
