//! Facts that a test gives.

use plumb_host::Answer;
use plumb_starlark::language as starlark;
use plumb_starlark::language::eval::Evaluator;
use plumb_starlark::language::values::Value;
use plumb_starlark::language::values::dict::DictRef;
use serde_json::Value as Json;

use crate::natives::{error, remember, remembered_silently, to_json};

/// Under which name the facts of a test lie among what is remembered: no fact is called so.
const GIVEN: &str = "given by the test";
/// What a value has that is not the fact, but what a host says of it.
const SAID: &str = "said";

/// A fact that a test gives.
pub(crate) enum GivenFact<'v> {
    /// The fact itself.
    Value(Value<'v>),
    /// A function that makes it from the arguments.
    Function(Value<'v>),
    /// What the host says, of which the fact is made.
    Said(Answer),
}

/// Has facts be known to whoever asks for them in this evaluation.
pub(super) fn give<'v>(facts: Value<'v>, evaluator: &Evaluator<'v, '_, '_>) -> starlark::Result<()> {
    remember(GIVEN, facts, evaluator)
}

/// What a test gives under one of these names, the first of them that it has.
pub(crate) fn given_fact<'v>(
    names: &[String],
    evaluator: &Evaluator<'v, '_, '_>,
) -> starlark::Result<Option<GivenFact<'v>>> {
    let Some(facts) = remembered_silently(GIVEN, evaluator)? else { return Ok(None) };
    let Some(facts) = DictRef::from_value(facts) else { return Ok(None) };
    let Some(value) = names.iter().find_map(|name| facts.get_str(name)) else { return Ok(None) };
    if value.parameters_spec().is_some() {
        return Ok(Some(GivenFact::Function(value)));
    }
    let said = DictRef::from_value(value).filter(|dict| dict.get_str(SAID).is_some());
    Ok(Some(match said {
        Some(_) => GivenFact::Said(answer(value)?),
        None => GivenFact::Value(value),
    }))
}

/// What a host says, as in `{"said": "output", "status": 0, "errors": ""}`.
fn answer(value: Value<'_>) -> starlark::Result<Answer> {
    let wrong =
        || error("what a host says is {\"said\": \"...\"}, and may have a `status` and `errors` beside it");
    let Some(Json::Object(fields)) = to_json(value) else { return Err(wrong()) };
    if fields.keys().any(|name| !matches!(name.as_str(), SAID | "status" | "errors")) {
        return Err(wrong());
    }
    let text = |name: &str| match fields.get(name) {
        None => Ok(String::new()),
        Some(value) => value.as_str().map(str::to_owned).ok_or_else(wrong),
    };
    let status = match fields.get("status") {
        None => 0,
        Some(status) => status.as_u64().and_then(|status| u32::try_from(status).ok()).ok_or_else(wrong)?,
    };
    Ok(Answer::Script { status, output: text(SAID)?.into(), errors: text("errors")?.into() })
}
