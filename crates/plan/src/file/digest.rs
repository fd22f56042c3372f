//! What names a plan: the same for everything that would do the same.

use plumb_state::State;

use super::PlanFileError;
use super::write::{encode, write_json, write_state};
use crate::{ChangeRecord, Digest, Plan};

/// The digest of what the plan says. The same inputs give the same digest, so it leaves out what
/// differs between two runs on the same inputs: when, by whom and from which commit the plan was
/// made, how many calls were under way at once, and the lineage that a state gets with its first
/// version.
///
/// # Errors
/// As of [`super::save`].
pub fn plan_digest(plan: &Plan) -> Result<Digest, PlanFileError> {
    let mut encoded = encode(plan)?;
    let form = &mut encoded.form;
    form.options.parallelism = 0;
    form.record = stable(&plan.record);
    // In which order conditions came to their results depends on which calls came back first.
    for check in &mut form.checks {
        check.objects.sort();
    }
    form.checks.sort();
    // Large plans are large here too, so nothing is written down as a whole.
    let form = Digest::of_written(|out| write_json(out, form, "The plan"))?;
    let values = Digest::of(&encoded.values);
    let states = [stable_state(&plan.prior_state)?, stable_state(&plan.previous_state)?];
    let parts = [&form, &values, &states[0], &states[1]];
    Ok(Digest::of_parts(parts.map(|part| part.0.as_bytes())))
}

fn stable(record: &ChangeRecord) -> ChangeRecord {
    let ChangeRecord {
        commit: _,
        configuration,
        variables,
        providers,
        lineage,
        serial,
        workspace,
        plan: _,
        timestamp: _,
        author: _,
    } = record;
    ChangeRecord {
        commit: None,
        configuration: configuration.clone(),
        variables: variables.clone(),
        providers: providers.clone(),
        lineage: lineage.clone(),
        serial: *serial,
        workspace: workspace.clone(),
        plan: Digest::default(),
        timestamp: String::new(),
        author: String::new(),
    }
}

/// Serial and lineage of an existing state are in the record; a state that is not there yet has a
/// new lineage each time.
fn stable_state(state: &State) -> Result<Digest, PlanFileError> {
    let mut state = state.clone();
    state.serial = 0;
    state.lineage = String::new();
    Digest::of_written(|out| write_state(out, &state, ""))
}
