//! Whether a planned object is one that the provider may plan.
//!
//! A plan must keep to the configuration: what is set there is planned as it is, or kept as it was
//! when that means the same to the provider; what is left out may be filled in where the schema says
//! that the provider computes it. Elements of sets cannot be told apart, so they are trusted. What is
//! found here is a fault of the provider.

use plumb_value::{Kind, PathStep, Value};

use crate::notation::{Notation, Quoted};
use crate::shape::{Shape, child, same_unrefined};
use crate::violation::Findings;
use crate::{Attribute, Block, NestedBlock, NestedType, Nesting, Violation};

const ABSENT: &str = "planned for absence but config wants existence";
const PRESENT: &str = "planned for existence but config wants absence";
const UNKNOWN_BLOCK: &str = "attribute representing nested block must not be unknown itself; set nested attribute values to unknown instead";
const UNKNOWN_ELEMENT: &str = "element representing nested block must not be unknown itself; set nested attribute values to unknown instead";

/// Everything that is wrong with a plan from `prior` to `config`. None of the values has marks that
/// matter.
pub fn assert_plan_valid(block: &Block, prior: &Value, config: &Value, planned: &Value) -> Vec<Violation> {
    let mut findings = Findings::default();
    check_block(&mut findings, block, &prior.unmark_deep(), &config.unmark_deep(), &planned.unmark_deep());
    findings.violations
}

/// Notes it where only one of both is null. Whether both are there.
fn both_present(findings: &mut Findings, config: &Value, planned: &Value) -> bool {
    match (config.is_null(), planned.is_null()) {
        (false, true) => findings.add(ABSENT),
        (true, false) => findings.add(PRESENT),
        (true, true) | (false, false) => {}
    }
    !config.is_null() && !planned.is_null()
}

fn check_block(findings: &mut Findings, block: &Block, prior: &Value, config: &Value, planned: &Value) {
    if !both_present(findings, config, planned) {
        return;
    }
    check_attributes(findings, Shape::Block(block), prior, config, planned);
    let types = block.object_type();
    for (name, nested) in &block.blocks {
        let Some(ty) = types.attribute(name) else { continue };
        let prior = child(prior, name, ty);
        let config = child(config, name, ty);
        let planned = child(planned, name, ty);
        if !planned.same(&config) {
            findings.inside(PathStep::Attribute(name.clone()), |findings| {
                check_nested_block(findings, nested, &prior, &config, &planned);
            });
        }
    }
}

fn check_nested_block(
    findings: &mut Findings,
    nested: &NestedBlock,
    prior: &Value,
    config: &Value,
    planned: &Value,
) {
    if !config.is_known() {
        // A dynamic block over something unknown, which the provider must leave alone.
        return findings.add(format!("planned value {} for unknown dynamic block", Notation(planned)));
    }
    if !planned.is_known() {
        return findings.add(UNKNOWN_BLOCK);
    }
    let kind = match nested.nesting {
        Nesting::Single | Nesting::Group => {
            return check_block(findings, &nested.block, prior, config, planned);
        }
        Nesting::List => "list",
        Nesting::Map => "map",
        Nesting::Set => "set",
    };
    if planned.is_null() {
        return findings.add(format!(
            "attribute representing a {kind} of nested blocks must be empty to indicate no blocks, not null"
        ));
    }
    match nested.nesting {
        Nesting::List => check_block_list(findings, &nested.block, prior, config, planned),
        Nesting::Map => check_block_map(findings, &nested.block, prior, config, planned),
        _ => {
            for (step, element) in planned.steps() {
                if !element.is_known() {
                    findings.inside(step, |findings| findings.add(UNKNOWN_ELEMENT));
                }
            }
        }
    }
}

fn check_block_list(findings: &mut Findings, block: &Block, prior: &Value, config: &Value, planned: &Value) {
    // A legacy provider's null may have come in through ignore_changes; it means no blocks.
    let (in_plan, in_config) = (planned.len().unwrap_or(0), config.len().unwrap_or(0));
    if in_plan != in_config {
        return findings
            .add(format!("block count in plan ({in_plan}) disagrees with count in config ({in_config})"));
    }
    let absent = Value::null(block.implied_type());
    let before = prior.as_sequence().unwrap_or_default();
    let pairs = planned.steps().into_iter().zip(config.parts()).enumerate();
    for (index, ((step, planned), config)) in pairs {
        let prior = before.get(index).unwrap_or(&absent);
        findings.inside(step, |findings| check_block_element(findings, block, prior, config, planned));
    }
}

fn check_block_element(
    findings: &mut Findings,
    block: &Block,
    prior: &Value,
    config: &Value,
    planned: &Value,
) {
    if planned.is_known() {
        check_block(findings, block, prior, config, planned);
    } else {
        findings.add(UNKNOWN_ELEMENT);
    }
}

fn check_block_map(findings: &mut Findings, block: &Block, prior: &Value, config: &Value, planned: &Value) {
    let (in_plan, in_config) = (planned.len().unwrap_or(0), config.len().unwrap_or(0));
    if matches!(planned.kind(), Kind::Map(..)) && in_plan != in_config {
        return findings
            .add(format!("block count in plan ({in_plan}) disagrees with count in config ({in_config})"));
    }
    let absent = Value::null(block.implied_type());
    for ((step, planned_element), (key, _)) in
        planned.steps().into_iter().zip(planned.entries().unwrap_or_default())
    {
        let Some(config) = config.part(key) else {
            findings.add(format!("block key {} from plan is not present in config", Quoted(key)));
            continue;
        };
        let prior = prior.part(key).unwrap_or(&absent);
        findings
            .inside(step, |findings| check_block_element(findings, block, prior, config, planned_element));
    }
    for (key, _) in config.entries().unwrap_or_default() {
        if planned.part(key).is_none() {
            findings.add(format!("block key {} from config is not present in plan", Quoted(key)));
        }
    }
}

fn check_attributes(
    findings: &mut Findings,
    shape: Shape<'_>,
    prior: &Value,
    config: &Value,
    planned: &Value,
) {
    for (name, schema) in shape.attributes() {
        let prior = child(prior, name, &schema.ty);
        let config = child(config, name, &schema.ty);
        let planned = child(planned, name, &schema.ty);
        findings.inside(PathStep::Attribute(name.clone()), |findings| {
            check_attribute(findings, schema, &prior, &config, &planned);
        });
    }
}

fn check_attribute(
    findings: &mut Findings,
    schema: &Attribute,
    prior: &Value,
    config: &Value,
    planned: &Value,
) {
    let kept = || !prior.is_null() && !config.is_null() && same_unrefined(planned, prior);
    if same_unrefined(planned, config) || kept() {
        return;
    }
    // A computed attribute is the provider's, whatever ignore_changes may have put into the
    // configuration; one that is optional as well is, where the configuration leaves it out.
    if schema.computed && (!schema.optional || config.is_null()) {
        return;
    }
    if config.is_null() && !planned.is_null() {
        return findings.add(if schema.sensitive {
            "sensitive planned value for a non-computed attribute".to_owned()
        } else {
            format!("planned value {} for a non-computed attribute", Notation(planned))
        });
    }
    if schema.write_only && !config.is_null() && planned.is_null() {
        return;
    }
    match &schema.nested {
        Some(nested) => check_nested(findings, nested, prior, config, planned),
        None => findings.add(mismatch(schema, prior, config, planned)),
    }
}

fn mismatch(schema: &Attribute, prior: &Value, config: &Value, planned: &Value) -> String {
    match (schema.sensitive, prior.is_null()) {
        (true, true) => "sensitive planned value does not match config value".to_owned(),
        (true, false) => "sensitive planned value does not match config value nor prior value".to_owned(),
        (false, true) => {
            format!("planned value {} does not match config value {}", Notation(planned), Notation(config))
        }
        (false, false) => format!(
            "planned value {} does not match config value {} nor prior value {}",
            Notation(planned),
            Notation(config),
            Notation(prior)
        ),
    }
}

fn check_nested(
    findings: &mut Findings,
    nested: &NestedType,
    prior: &Value,
    config: &Value,
    planned: &Value,
) {
    if !both_present(findings, config, planned) {
        return;
    }
    if !planned.is_known() {
        return findings.add("planned unknown for configured value");
    }
    match nested.nesting {
        Nesting::Single | Nesting::Group => {
            check_attributes(findings, Shape::Nested(nested), prior, config, planned);
        }
        Nesting::List => check_nested_list(findings, nested, prior, config, planned),
        Nesting::Map => check_nested_map(findings, nested, prior, config, planned),
        Nesting::Set => {
            let (least, most) = length_range(planned);
            let (wanted_least, wanted_most) = length_range(config);
            if least > wanted_most || wanted_least > most {
                findings.add(count_mismatch(config, planned));
            }
        }
    }
}

/// Least and greatest number of elements that a collection may turn out to have: those of a set may
/// become one when they are known.
fn length_range(collection: &Value) -> (u64, u64) {
    match (collection.kind(), collection.len()) {
        (Kind::Set(..), Some(length)) if !collection.is_wholly_known() => (1, length as u64),
        (_, Some(length)) => (length as u64, length as u64),
        (_, None) => {
            let limits = collection.refinement();
            let least = limits.and_then(|limits| limits.length_min).unwrap_or(0);
            (least, limits.and_then(|limits| limits.length_max).unwrap_or(u64::MAX))
        }
    }
}

fn count_mismatch(config: &Value, planned: &Value) -> String {
    let count = |collection: &Value| collection.length().unwrap_or_else(|| Value::number(0));
    let (in_plan, in_config) = (count(planned), count(config));
    format!(
        "count in plan ({}) disagrees with count in config ({})",
        Notation(&in_plan),
        Notation(&in_config)
    )
}

fn check_nested_list(
    findings: &mut Findings,
    nested: &NestedType,
    prior: &Value,
    config: &Value,
    planned: &Value,
) {
    if planned.len() != config.len() {
        return findings.add(count_mismatch(config, planned));
    }
    let absent = Value::null(nested.object_type());
    let before = prior.as_sequence().unwrap_or_default();
    for (index, ((step, planned), config)) in planned.steps().into_iter().zip(config.parts()).enumerate() {
        let prior = before.get(index).unwrap_or(&absent);
        findings.inside(step, |findings| {
            check_attributes(findings, Shape::Nested(nested), prior, config, planned);
        });
    }
}

fn check_nested_map(
    findings: &mut Findings,
    nested: &NestedType,
    prior: &Value,
    config: &Value,
    planned: &Value,
) {
    if planned.len() != config.len() {
        return findings.add(count_mismatch(config, planned));
    }
    let absent = Value::null(nested.object_type());
    for (key, planned) in planned.entries().unwrap_or_default() {
        let Some(config) = config.part(key) else {
            findings.add(format!("map key {} from plan is not present in config", Quoted(key)));
            continue;
        };
        let prior = prior.part(key).unwrap_or(&absent);
        findings.inside(PathStep::Attribute(key.clone()), |findings| {
            check_attributes(findings, Shape::Nested(nested), prior, config, planned);
        });
    }
    for (key, _) in config.entries().unwrap_or_default() {
        if planned.part(key).is_none() {
            findings.add(format!("map key {} from config is not present in plan", Quoted(key)));
        }
    }
}
