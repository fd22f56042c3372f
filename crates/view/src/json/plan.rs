//! Plans, in format 1.2.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{self, Write};
use std::sync::Arc;

use plumb_address::AbsResourceInstance;
use plumb_configuration::Config;
use plumb_plan::{Action, Change, OutputChange, Plan, PlanMode, PlannedObject, Refresh, VariableValue};
use plumb_value::json::{write_string, write_type};
use plumb_value::{Type, Value};

use super::change::{is_listed, write_change, write_identity, write_output_changes};
use super::checks::write_checks;
use super::configuration::write_configuration;
use super::module_tree::ModuleTree;
use super::relevance::write_relevant_attributes;
use super::state::write_state;
use super::value::{write_known, write_sensitive};
use super::writer::{Members, member, write_each};
use crate::schemas::{require_schemas, with_schema_marks};
use crate::{COMPATIBLE_VERSION, FindSchema, ViewError};

/// Writes the plan as one JSON document, without a line break at its end. Sensitive values are among
/// the others, and it says which they are.
pub fn write_plan(
    out: &mut dyn Write,
    plan: &Plan,
    config: &Config,
    schemas: &FindSchema<'_>,
) -> Result<(), ViewError> {
    require_schemas(&plan.prior_state, schemas)?;
    write!(out, "{{\"format_version\":\"1.2\",\"terraform_version\":\"{COMPATIBLE_VERSION}\"")?;
    write_variables(out, &plan.variables)?;
    out.write_all(b",\"planned_values\":{")?;
    write_planned_outputs(out, &plan.outputs)?;
    out.write_all(b"\"root_module\":")?;
    write_planned_values(out, plan)?;
    out.write_all(b"}")?;
    write_changes(out, "resource_drift", shown_drift(plan))?;
    write_changes(out, "resource_changes", plan.changes.iter().filter(|change| is_listed(change)))?;
    if !plan.outputs.is_empty() {
        out.write_all(b",\"output_changes\":")?;
        write_output_changes(out, &plan.outputs)?;
    }
    if !plan.prior_state.is_empty() {
        out.write_all(b",\"prior_state\":")?;
        write_state(out, &plan.prior_state, schemas)?;
    }
    out.write_all(b",\"configuration\":")?;
    write_configuration(out, config, schemas)?;
    write_ending(out, plan, config)
}

fn write_ending(out: &mut dyn Write, plan: &Plan, config: &Config) -> Result<(), ViewError> {
    write_relevant_attributes(out, plan, config)?;
    if !plan.checks.is_empty() {
        out.write_all(b",\"checks\":")?;
        write_checks(out, &plan.checks)?;
    }
    write_unrefreshed(out, plan)?;
    let mut text = b",\"timestamp\":".to_vec();
    write_string(&plan.record.timestamp, &mut text);
    out.write_all(&text)?;
    let is_complete = !plan.errored && plan.options.targets.is_empty() && plan.options.excludes.is_empty();
    write!(
        out,
        ",\"applyable\":{},\"complete\":{is_complete},\"errored\":{}}}",
        plan.is_applyable(),
        plan.errored
    )?;
    Ok(())
}

/// What a light plan did not look at, with the comma before it; nothing for every other plan.
fn write_unrefreshed(out: &mut dyn Write, plan: &Plan) -> io::Result<()> {
    if plan.options.refresh != Refresh::Config {
        return Ok(());
    }
    write!(out, ",\"unrefreshed\":{{\"count\":{},\"resources\":", plan.unrefreshed().count())?;
    write_each(out, *b"[]", plan.unrefreshed(), |text, address| write_string(&address.to_string(), text))?;
    out.write_all(b"}")
}

/// Drift that has to be told: where an object only moved, its change says so.
pub(crate) fn shown_drift(plan: &Plan) -> impl Iterator<Item = &Change> {
    let moves_count = plan.options.mode == PlanMode::RefreshOnly;
    plan.drift.iter().filter(move |drift| moves_count || drift.action != Action::NoOp)
}

fn write_variables(
    out: &mut dyn Write,
    variables: &BTreeMap<Arc<str>, VariableValue>,
) -> Result<(), ViewError> {
    let stored: Vec<_> = variables.iter().filter(|(_, variable)| !variable.ephemeral).collect();
    if stored.is_empty() {
        return Ok(());
    }
    out.write_all(b",\"variables\":")?;
    write_each(out, *b"{}", stored, |text, (name, variable)| {
        let value = variable.given.as_ref().unwrap_or(&variable.value);
        member(text, name, |members| write_known(value, members.key("value")));
    })?;
    Ok(())
}

/// Outputs that will be there. What is not wholly known has neither value nor type.
fn write_planned_outputs(out: &mut dyn Write, outputs: &[OutputChange]) -> Result<(), ViewError> {
    let planned: Vec<_> = outputs.iter().filter(|output| output.action != Action::Delete).collect();
    if planned.is_empty() {
        return Ok(());
    }
    out.write_all(b"\"outputs\":")?;
    write_each(out, *b"{}", planned, |text, output| {
        member(text, &output.name, |members| {
            members.plain("sensitive", output.sensitive);
            if output.after.is_wholly_known() {
                // Nothing at all has no type here, whichever it was declared with.
                let ty = if output.after.is_null() { Type::Dynamic } else { output.after.ty() };
                write_type(&ty, members.key("type"));
                write_known(&output.after, members.key("value"));
            }
        });
    })?;
    out.write_all(b",")?;
    Ok(())
}

/// Objects as they will be, as far as the changes tell: they are what the format is defined by.
fn write_planned_values(out: &mut dyn Write, plan: &Plan) -> Result<(), ViewError> {
    let replaced: HashSet<&AbsResourceInstance> = plan
        .changes
        .iter()
        .filter(|change| change.action.is_replace())
        .map(|change| &change.address)
        .collect();
    let replacements: HashMap<&AbsResourceInstance, &PlannedObject> = plan
        .planned
        .iter()
        .map(|object| (&object.address, object))
        .filter(|(address, _)| replaced.contains(address))
        .collect();
    let mut tree = ModuleTree::default();
    let stays =
        |change: &&Change| is_listed(change) && change.deposed.is_none() && change.action != Action::Delete;
    let mut changes: Vec<&Change> = plan.changes.iter().filter(stays).collect();
    changes.sort_by_cached_key(|change| change.address.to_string());
    for change in changes {
        tree.add(&change.address.module, change);
    }
    tree.write(out, &mut |change, text| {
        // What is planned for a replacement knows of no marks but those of the configuration.
        match replacements.get(&change.address) {
            Some(object) => write_planned_value(change, &object.value, text),
            None => write_planned_value(change, &with_schema_marks(&change.after, &change.schema), text),
        }
        Ok(())
    })
}

fn write_planned_value(change: &Change, after: &Value, text: &mut Vec<u8>) {
    let mut members = Members::new(text);
    members.string("address", &change.address.to_string());
    write_identity(&change.address, &mut members);
    members.string("provider_name", &change.provider.provider.to_string());
    members.plain("schema_version", change.schema.version);
    // An object of which nothing is known yet has no values at all.
    if after.entries().is_some_and(|parts| parts.iter().any(|(_, part)| part.is_known())) {
        write_known(after, members.key("values"));
    }
    write_sensitive(after, members.key("sensitive_values"));
    members.end();
}

fn write_changes<'c>(
    out: &mut dyn Write,
    name: &str,
    changes: impl Iterator<Item = &'c Change>,
) -> Result<(), ViewError> {
    let mut opening = format!(",\"{name}\":[");
    let mut text = Vec::new();
    for change in changes {
        text.clear();
        text.extend(opening.as_bytes());
        ",".clone_into(&mut opening);
        write_change(change, &mut text);
        out.write_all(&text)?;
    }
    if opening == "," {
        out.write_all(b"]")?;
    }
    Ok(())
}
