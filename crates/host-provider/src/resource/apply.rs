//! Carrying out a deploy, and undoing one.

use std::time::Duration;

use plumb_deploy::{Applied, DeployError, Outcome};
use plumb_host::Host;
use plumb_value::Value;

use super::seen::are_alike;
use super::{Around, Problem, Problems, Ready, texts, with};
use crate::code::{UNDO, can_undo, declared, interrupted};
use crate::fields::Fields;
use crate::look::{Looked, code_problem, pending, text};
use crate::patience::awaited;
use crate::problem::{problem, warning};

/// A host that was just made takes its time to come up.
const WAIT_NEW_SECONDS: u64 = 300;
/// One that has been there does not.
const WAIT_SECONDS: u64 = 30;

/// Makes a planned object, changes it, or, where null is planned, destroys it. What is there afterwards, and what
/// went wrong.
pub(crate) async fn apply(prior: &Value, planned: &Value, around: &Around) -> (Value, Problems) {
    if planned.is_null() {
        return match undo(prior, around).await {
            Ok(()) => (planned.clone(), Vec::new()),
            Err(found) => (prior.clone(), vec![found]),
        };
    }
    around.seen.forget(planned);
    match deploy(prior, planned, around).await {
        Ok(made) => made,
        // Nothing was done.
        Err(found) => (prior.clone(), vec![found]),
    }
}

async fn deploy(prior: &Value, planned: &Value, around: &Around) -> Result<(Value, Problems), Problem> {
    let ready = Ready::of(planned, around)?;
    let outside = &*around.outside;
    let wait = wait(planned, if prior.is_null() { WAIT_NEW_SECONDS } else { WAIT_SECONDS });
    let looked = awaited(outside, &ready.reached, &ready.program, &ready.setting, wait).await?;
    let expected = pending(outside, &looked.plan, &ready.setting);
    let mut problems: Problems = otherwise(prior, planned, &expected).into_iter().collect();
    let is_begun = looked.plan.has_changes();
    let object = finished(planned, &ready, expected);
    let applied = match carry_out(looked, &ready).await {
        Ok(applied) => applied,
        Err(error) => {
            problems.push(code_problem(&error, &ready.program, &ready.setting));
            let left = if prior.is_null() && is_begun { object } else { prior.clone() };
            return Ok((left, problems));
        }
    };
    if applied.is_done() {
        return Ok((object, problems));
    }
    problems.push(failed(&applied, &ready, around));
    // What was made in part is there, and has to be known of. What was changed in part is as it was to begin
    // with, but for what reading it will find.
    let is_touched =
        applied.outcomes.iter().any(|outcome| !matches!(outcome, Outcome::Ok | Outcome::LeftOut));
    let left = match (prior.is_null(), is_touched) {
        (true, true) => with(&object, vec![("pending", texts(&left(&applied, &ready, around)))]),
        _ => prior.clone(),
    };
    Ok((left, problems))
}

fn wait(object: &Value, otherwise: u64) -> Duration {
    Duration::from_secs(Fields(object).number("wait_seconds").unwrap_or(otherwise))
}

/// The object with all that was not known when it was planned.
fn finished(planned: &Value, ready: &Ready, changes: Vec<String>) -> Value {
    let is_unknown = |name: &str| planned.part(name).is_some_and(|value| !value.is_known());
    let mut replaced = Vec::new();
    if is_unknown("id") {
        replaced.push(("id", Value::string(Host::fresh_word())));
    }
    if is_unknown("operations") {
        let declared = declared(&ready.program, &ready.setting, true);
        replaced.push(("operations", texts(&declared.unwrap_or_default())));
    }
    if is_unknown("changes") {
        replaced.push(("changes", texts(&changes)));
    }
    with(planned, replaced)
}

/// Says so where something else is done than what was planned, for the host has changed since.
fn otherwise(prior: &Value, planned: &Value, now: &[String]) -> Option<Problem> {
    let is_drift = !prior.is_null() && are_alike(prior, planned);
    let shown = if is_drift { prior.part("pending") } else { planned.part("changes") };
    let shown = shown.filter(|value| value.is_wholly_known() && !value.is_null())?;
    if shown.same(&texts(now)) {
        return None;
    }
    let what = if now.is_empty() { "Nothing was left to be done.".to_owned() } else { now.join("\n\n") };
    let detail = format!(
        "The host was no longer as it was when this was planned, and this is what was to be done there in the place \
         of what was shown:\n\n{what}"
    );
    Some(warning(problem("A host has changed since it was planned", detail)))
}

async fn carry_out(looked: Looked, ready: &Ready) -> Result<Applied, DeployError> {
    let Looked { mut host, mut known, plan } = looked;
    plumb_deploy::apply(&ready.program, &ready.setting, &mut host, &mut known, plan, &mut |_| {}).await
}

fn failed(applied: &Applied, ready: &Ready, around: &Around) -> Problem {
    let Ready { program, setting, reached } = ready;
    let host = &reached.name;
    if let Some((operation, failure)) = applied.failure() {
        let place = program
            .sources()
            .map()
            .get(operation.place.file)
            .map(|file| format!("{}:{}: ", file.path, file.position(operation.place.start).line));
        let said = around.outside.failed(operation, failure, &setting.secrets);
        let detail = format!("{host}: {}{}", place.unwrap_or_default(), setting.secrets.hidden(&said));
        return problem("An operation failed", detail);
    }
    if !applied.moved.is_empty() {
        let detail = format!(
            "{host}: nothing was done where it was still to be done, for this has changed since it was looked at right \
             before: {}. Apply again.",
            setting.secrets.hidden(&applied.moved.join(", "))
        );
        return problem("The plan no longer fits the host", detail);
    }
    interrupted()
}

/// What was still to be done when something failed.
fn left(applied: &Applied, ready: &Ready, around: &Around) -> Vec<String> {
    let outcomes = applied.outcomes.iter().map(Some).chain(std::iter::repeat(None));
    let is_left = |outcome: Option<&Outcome>| {
        !matches!(outcome, Some(Outcome::Ok | Outcome::Changed | Outcome::LeftOut))
    };
    let pairs = applied.plan.operations.iter().zip(outcomes);
    let left = pairs
        .filter(|(operation, outcome)| is_left(*outcome) && operation.verdict() != plumb_deploy::Verdict::Ok);
    left.map(|(operation, _)| text(&*around.outside, operation, &ready.setting)).collect()
}

/// Runs what the code says is to be done when a deploy is destroyed, if that is wanted.
async fn undo(prior: &Value, around: &Around) -> Result<(), Problem> {
    if prior.is_null() || !Fields(prior).flag("undo") {
        return Ok(());
    }
    let mut ready = Ready::of(prior, around).map_err(hinted)?;
    can_undo(&ready.program)?;
    ready.setting = ready.setting.with_function(UNDO);
    let wait = wait(prior, WAIT_SECONDS);
    let outside = &*around.outside;
    let looked =
        awaited(outside, &ready.reached, &ready.program, &ready.setting, wait).await.map_err(hinted)?;
    let applied = carry_out(looked, &ready).await;
    let applied = applied.map_err(|error| code_problem(&error, &ready.program, &ready.setting))?;
    if applied.is_done() { Ok(()) } else { Err(failed(&applied, &ready, around)) }
}

/// Says how to go on where a deploy cannot be undone any more.
fn hinted(found: Problem) -> Problem {
    let detail = format!(
        "{} The deploy is to be undone before it is forgotten. If there is nothing to undo any more, take it out of the \
         state with state rm, or apply undo = false first.",
        found.detail
    );
    Problem { detail, ..found }
}
