//! `host_facts`: what is known of a host.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use plumb_deploy::{Known, Secrets, fact_code, machine_facts, settle};
use plumb_value::{Type, Value, json};

use crate::arguments::setting;
use crate::code::load_text;
use crate::fields::Fields;
use crate::look::code_problem;
use crate::outside::Outside;
use crate::patience::awaited;
use crate::problem::{Problem, Problems, problem, problem_at};
use crate::schema::facts_type;
use crate::way::{check, reached};

/// What is wrong with arguments, as far as that can be told without a host.
pub(crate) fn validate(config: &Value, outside: &dyn Outside) -> Problems {
    let fields = Fields(config);
    let mut problems = check(fields);
    let files = outside.files();
    problems.extend(asked(fields).into_iter().filter_map(|(_, code)| match code {
        Ok(code) => load_text(&*files, &code).err(),
        Err(found) => Some(found),
    }));
    problems
}

/// Asks a host.
pub(crate) async fn read(
    config: &Value,
    outside: &dyn Outside,
    stop: &Arc<AtomicBool>,
) -> Result<Value, Problem> {
    let (fields, files, secrets) = (Fields(config), outside.files(), Secrets::new());
    let reached = reached(fields, &*files, &secrets)?;
    let setting = setting(fields, &reached.name, outside, &secrets, stop)?;
    let program = load_text(&*files, &machine_facts())?;
    let wait = Duration::from_secs(fields.number("wait_seconds").unwrap_or(0));
    let mut looked = awaited(outside, &reached, &program, &setting, wait).await?;
    let machine = value(&looked.plan.printed, "the machine")?;
    let mut values = Vec::new();
    for (name, code) in asked(fields) {
        let program = load_text(&*files, &code?)?;
        let plan = settle(&program, &setting, &mut looked.host, &mut Known::new()).await;
        let plan = plan.map_err(|error| code_problem(&error, &program, &setting))?;
        values.push((name.clone(), value(&plan.printed, &name)?));
    }
    let found = facts_type().attributes().iter().map(|(name, ty)| match &**name {
        "machine" => machine.clone(),
        "values" => Value::object(values.clone()),
        other => config.part(other).cloned().unwrap_or_else(|| Value::null(ty.clone())),
    });
    Ok(Value::object_of(facts_type().clone(), found.collect::<Vec<_>>()))
}

/// What is asked for, each with code that says it.
fn asked(fields: Fields<'_>) -> Vec<(String, Result<String, Problem>)> {
    let code = |fact: String| {
        let words: Vec<String> = fact.split_ascii_whitespace().map(str::to_owned).collect();
        let code = fact_code(&words).map_err(|why| problem_at("facts", "No such fact", why));
        (fact, code)
    };
    fields.texts("facts").into_iter().map(code).collect()
}

fn value(printed: &[String], what: &str) -> Result<Value, Problem> {
    let unclear =
        |why: String| problem("A fact cannot be found out", format!("What is said of {what}: {why}."));
    let said = printed.last().ok_or_else(|| unclear("nothing".to_owned()))?;
    if said == "null" {
        return Ok(Value::null(Type::Dynamic));
    }
    json::decode_implied(said).map_err(|why| unclear(why.to_string()))
}
