//! Planning a deploy.

use plumb_deploy::Secrets;
use plumb_value::{Path, Type, Value};

use super::seen::are_alike;
use super::{Around, Problem, Problems, Ready, texts, unknown_texts, with};
use crate::arguments::{self, setting};
use crate::code::{can_undo, checked, declared, load};
use crate::fields::Fields;
use crate::look::{Unseen, look, pending};
use crate::way::{self, PLACES};

/// What is planned.
pub(crate) struct Planned {
    pub(crate) object: Value,
    pub(crate) requires_replace: Vec<Path>,
}

/// What is wrong with arguments, as far as that can be told without a host.
pub(crate) fn validate(config: &Value, around: &Around) -> Problems {
    let fields = Fields(config);
    let mut problems = way::check(fields);
    if let Err(found) = check_code(fields, around) {
        problems.push(found);
    }
    problems
}

fn check_code(fields: Fields<'_>, around: &Around) -> Result<(), Problem> {
    let Some(path) = fields.text("deploy") else { return Ok(()) };
    let program = load(&*around.outside.files(), &path)?;
    if fields.flag("undo") {
        can_undo(&program)?;
    }
    if arguments::is_open(fields) || way::is_open(fields) {
        return Ok(());
    }
    let name = way::name(fields);
    checked(&program, &setting(fields, &name, &*around.outside, &Secrets::new(), &around.stop)?)
}

/// What becomes of an object; `prior` is null where there is none yet.
pub(crate) async fn plan(prior: &Value, proposed: Value, around: &Around) -> Result<Planned, Problem> {
    if !prior.is_null() && are_alike(prior, &proposed) {
        // Reading it has found what would change.
        let object = with(&proposed, vec![("pending", texts(&[]))]);
        return Ok(Planned { object, requires_replace: Vec::new() });
    }
    let requires_replace = if prior.is_null() { Vec::new() } else { moved(prior, &proposed) };
    if !requires_replace.is_empty() {
        return Ok(Planned { object: proposed, requires_replace });
    }
    let operations = operations(&proposed, around)?.map_or_else(unknown_texts, |found| texts(&found));
    let changes = changes(&proposed, around).await?.map_or_else(unknown_texts, |found| texts(&found));
    let mut replaced = vec![("operations", operations), ("changes", changes), ("pending", texts(&[]))];
    if prior.is_null() {
        replaced.push(("id", Value::unknown(Type::String).refine_not_null()));
    }
    Ok(Planned { object: with(&proposed, replaced), requires_replace })
}

/// The arguments by which it is another host.
fn moved(prior: &Value, proposed: &Value) -> Vec<Path> {
    let differs = |name: &&str| match (prior.part(name), proposed.part(name)) {
        (Some(before), Some(after)) => !before.same(after),
        (before, after) => before.is_some() != after.is_some(),
    };
    PLACES.iter().copied().filter(|name| differs(name)).map(|name| Path::root().attribute(name)).collect()
}

/// What the code declares, where nothing else has to be known for that.
fn operations(object: &Value, around: &Around) -> Result<Option<Vec<String>>, Problem> {
    let fields = Fields(object);
    if arguments::is_open(fields) || fields.is_open("name") {
        return Ok(None);
    }
    let (files, secrets) = (around.outside.files(), Secrets::new());
    let program = load(&*files, &fields.text("deploy").unwrap_or_default())?;
    let name = if way::is_open(fields) { fields.text("name") } else { Some(way::name(fields)) };
    let setting =
        setting(fields, name.as_deref().unwrap_or_default(), &*around.outside, &secrets, &around.stop)?;
    checked(&program, &setting)?;
    Ok(declared(&program, &setting, name.is_some()))
}

/// What would change on the host, where it is there to be looked at.
async fn changes(object: &Value, around: &Around) -> Result<Option<Vec<String>>, Problem> {
    let fields = Fields(object);
    if arguments::is_open(fields) || way::is_open(fields) {
        return Ok(None);
    }
    if let Some(seen) = around.seen.get(object) {
        return Ok(seen);
    }
    let ready = Ready::of(object, around)?;
    let found = match look(&*around.outside, &ready.reached, &ready.program, &ready.setting).await {
        Ok(looked) => Some(pending(&*around.outside, &looked.plan, &ready.setting)),
        // It may be there once this is applied, and is waited for then.
        Err(Unseen::Unreachable(_)) => None,
        Err(Unseen::Code(found)) => return Err(found),
    };
    around.seen.put(object, found.clone());
    Ok(found)
}
