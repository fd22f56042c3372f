//! Whether a single value is what was planned for it.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher};

use plumb_value::{Kind, PathStep, Refinement, Type, Value, mismatch_message};

use crate::correlate::fingerprint;
use crate::notation::{Notation, Quoted};
use crate::violation::Findings;

/// Notes every difference that the plan does not allow. Neither value has marks.
pub(crate) fn check_value(findings: &mut Findings, planned: &Value, actual: &Value) {
    let wanted = planned.ty();
    if wanted == Type::Dynamic {
        return;
    }
    if !actual.is_of_type(&wanted) {
        let found = actual.ty();
        if !found.conforms_to(&wanted) {
            return findings.add(format!("wrong final value type: {}", mismatch_message(&found, &wanted)));
        }
    }
    if !planned.is_known() {
        if planned.refinement().is_some_and(|limits| !may_be(limits, actual)) {
            findings.add(format!(
                "final value {} does not conform to planning placeholder {}",
                Notation(actual),
                Notation(planned)
            ));
        }
        return;
    }
    match (planned.is_null(), actual.is_null()) {
        (true, true) => {}
        (false, true) => findings.add(format!("was {}, but now null", Notation(planned))),
        (true, false) => findings.add(format!("was null, but now {}", Notation(actual))),
        (false, false) if !actual.is_known() => findings.add("was known, but now unknown"),
        (false, false) => check_present(findings, planned, actual),
    }
}

fn check_present(findings: &mut Findings, planned: &Value, actual: &Value) {
    match planned.kind() {
        Kind::List(..) | Kind::Tuple(..) => check_sequence(findings, planned, actual),
        Kind::Map(..) => check_map(findings, planned, actual),
        Kind::Object(ty, values) => {
            for ((name, _), planned) in ty.attributes().iter().zip(values.iter()) {
                let Some(actual) = actual.part(name) else { continue };
                findings.inside(PathStep::Attribute(name.clone()), |findings| {
                    check_value(findings, planned, actual);
                });
            }
        }
        Kind::Set(..) => {
            check_set(findings, planned, actual, &|planned, actual| {
                let mut inner = Findings::default();
                check_value(&mut inner, planned, actual);
                inner.violations.is_empty()
            });
            let (before, now) = (planned.len().unwrap_or(0), actual.len().unwrap_or(0));
            if before < now {
                findings.add(format!("length changed from {before} to {now}"));
            }
        }
        _ if planned.same(actual) => {}
        _ => findings.add(format!("was {}, but now {}", Notation(planned), Notation(actual))),
    }
}

fn check_sequence(findings: &mut Findings, planned: &Value, actual: &Value) {
    let now = actual.as_sequence().unwrap_or_default();
    let steps = planned.steps();
    let count = steps.len();
    for (index, (step, planned)) in steps.into_iter().enumerate() {
        match now.get(index) {
            Some(actual) => findings.inside(step, |findings| check_value(findings, planned, actual)),
            None => findings.add(format!("element {index} has vanished")),
        }
    }
    for index in count..now.len() {
        findings.add(format!("new element {index} has appeared"));
    }
}

fn check_map(findings: &mut Findings, planned: &Value, actual: &Value) {
    let entries = planned.entries().unwrap_or_default();
    for ((step, planned), (key, _)) in planned.steps().into_iter().zip(entries) {
        match actual.part(key) {
            Some(actual) => findings.inside(step, |findings| check_value(findings, planned, actual)),
            None => findings.add(format!("element {} has vanished", Quoted(key))),
        }
    }
    for (key, _) in actual.entries().unwrap_or_default() {
        if planned.part(key).is_none() {
            findings.add(format!("new element {} has appeared", Quoted(key)));
        }
    }
}

/// Every element of either set must have one in the other that goes with it. Equal ones are found by
/// hash; only what is left, such as elements with unknown parts, is compared each with each.
pub(crate) fn check_set(
    findings: &mut Findings,
    planned: &Value,
    actual: &Value,
    go_together: &dyn Fn(&Value, &Value) -> bool,
) {
    let planned = planned.as_sequence().unwrap_or_default();
    let actual = actual.as_sequence().unwrap_or_default();
    let (mut planned_found, mut actual_found) = equal_elements(planned, actual);
    for (index, element) in planned.iter().enumerate() {
        if planned_found[index] {
            continue;
        }
        for (other, candidate) in actual.iter().enumerate() {
            if go_together(element, candidate) {
                planned_found[index] = true;
                actual_found[other] = true;
            }
        }
        if !planned_found[index] {
            findings.add(format!(
                "planned set element {} does not correlate with any element in actual",
                Notation(element)
            ));
        }
    }
    if planned_found.contains(&false) {
        // The other way round it would be much the same again.
        return;
    }
    for (index, element) in actual.iter().enumerate() {
        if !actual_found[index] && !planned.iter().any(|planned| go_together(planned, element)) {
            findings.add(format!(
                "actual set element {} does not correlate with any element in plan",
                Notation(element)
            ));
        }
    }
}

/// Which elements have an equal one, wholly known, in the other set.
fn equal_elements(one: &[Value], two: &[Value]) -> (Vec<bool>, Vec<bool>) {
    let hash = |value: &Value| {
        let mut hasher = DefaultHasher::new();
        fingerprint(value, &mut hasher);
        hasher.finish()
    };
    let (mut one_found, mut two_found) = (vec![false; one.len()], vec![false; two.len()]);
    let mut by_hash: HashMap<u64, Vec<usize>> = HashMap::new();
    for (index, value) in two.iter().enumerate().filter(|(_, value)| value.is_wholly_known()) {
        by_hash.entry(hash(value)).or_default().push(index);
    }
    for (index, value) in one.iter().enumerate().filter(|(_, value)| value.is_wholly_known()) {
        for &other in by_hash.get(&hash(value)).into_iter().flatten() {
            if value.same(&two[other]) {
                one_found[index] = true;
                two_found[other] = true;
            }
        }
    }
    (one_found, two_found)
}

/// Whether a value may be what an unknown one within these limits has turned out to be.
fn may_be(limits: &Refinement, actual: &Value) -> bool {
    if actual.is_null() {
        return !limits.not_null;
    }
    if let Some(text) = actual.as_str() {
        return limits.string_prefix.as_ref().is_none_or(|prefix| text.starts_with(&**prefix));
    }
    if let Some(number) = actual.as_number() {
        let above = limits
            .number_min
            .as_ref()
            .is_none_or(|(least, inclusive)| number > least || (*inclusive && number == least));
        let below = limits
            .number_max
            .as_ref()
            .is_none_or(|(most, inclusive)| number < most || (*inclusive && number == most));
        return above && below;
    }
    match actual.len() {
        Some(most) => {
            let is_open = matches!(actual.kind(), Kind::Set(..)) && !actual.is_wholly_known();
            let least = if is_open { most.min(1) } else { most };
            limits.length_min.is_none_or(|length| most as u64 >= length)
                && limits.length_max.is_none_or(|length| least as u64 <= length)
        }
        None => true,
    }
}
