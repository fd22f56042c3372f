//! What code of tests calls.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use plumb_diagnostics::{Diagnostic, did_you_mean};
use plumb_source::Span;
use plumb_starlark::Limits;
use plumb_starlark::language as starlark;
use plumb_starlark::language::environment::GlobalsBuilder;
use plumb_starlark::language::eval::Evaluator;
use plumb_starlark::language::values::Value;
use plumb_starlark::language::values::dict::DictRef;
use plumb_starlark::language::values::none::NoneType;
use serde_json::{Map, Value as Json};

use super::{DoesNotHold, MadeUp, Missing, Test, Unplanned, facts, files, planned};
use crate::known::Known;
use crate::machine;
use crate::natives::{error, host_value, login_of, pass, shown, texts, to_json};
use crate::pass::{Pass, PassEnd, run_in};
use crate::plan::HostPlan;

/// The fact of a test that says what is always known of a host.
const HOST: &str = "host";

fn test<'a>(evaluator: &Evaluator<'_, 'a, '_>) -> starlark::Result<(&'a Pass, &'a Test)> {
    let pass = pass(evaluator, "what a test is made of")?;
    let test = pass.test.as_ref().ok_or_else(|| error("this is for tests, and not for what they plan"))?;
    Ok((pass, test))
}

fn does_not_hold(why: String) -> starlark::Error {
    starlark::Error::new_other(DoesNotHold(why))
}

/// What a test says of a dict, as JSON.
fn object(what: &str, value: Option<Value<'_>>) -> starlark::Result<Map<String, Json>> {
    let Some(value) = value.filter(|value| !value.is_none()) else { return Ok(Map::new()) };
    match to_json(value) {
        Some(Json::Object(object)) => Ok(object),
        _ => Err(error(format!("{what} is a dict of plain values, and cannot be {}", shown(value)))),
    }
}

/// What a test says of the machine.
fn machine_facts(given: Option<Value<'_>>) -> starlark::Result<BTreeMap<&'static str, Json>> {
    let given = given.and_then(|facts| DictRef::from_value(facts)?.get_str(HOST));
    let mut facts = BTreeMap::new();
    for (name, value) in object("what is known of the host", given)? {
        let Some(known) = machine::NAMES.into_iter().find(|known| *known == name) else {
            let hint = did_you_mean(&name, machine::NAMES);
            return Err(error(format!("there is no host.facts.{name}.{hint}")));
        };
        facts.insert(known, value);
    }
    Ok(facts)
}

/// What was asked for and is not given, as people are told of it.
fn told(missing: &[(Span, String)], place: Span) -> Option<Box<Diagnostic>> {
    missing.first()?;
    let place = missing.iter().map(|(place, _)| *place).find(|place| !place.is_none()).unwrap_or(place);
    let lines: Vec<String> = missing.iter().map(|(_, what)| format!("  {what}")).collect();
    let detail = format!(
        "What is planned asks for what the test does not say. It is given to `plan`:\n{}\n`plumb fact` says what a fact \
         is on a host, and `plumb deploy -plan -record=DIRECTORY` writes down all that a deploy asks for.",
        lines.join("\n")
    );
    Some(Box::new(Diagnostic::error("A fact is not given", detail).at(place)))
}

/// The part of a plan that stands behind what was planned first.
fn behind(plan: HostPlan, first: usize) -> HostPlan {
    HostPlan { operations: plan.operations.into_iter().skip(first).collect(), ..plan }
}

#[starlark::starlark_module]
pub(super) fn natives(builder: &mut GlobalsBuilder) {
    /// What a function of a deploy plans for a host that is made up: its name, groups and data, its facts by the
    /// names that `plumb fact` knows them by, and what there is at paths. With `again` the function is planned
    /// behind itself: what is to be done then is what it never gets done with.
    fn plan<'v>(
        function: Value<'v>,
        #[starlark(require = named, default = "test")] name: &str,
        #[starlark(require = named)] groups: Option<Value<'v>>,
        #[starlark(require = named)] data: Option<Value<'v>>,
        #[starlark(require = named)] facts: Option<Value<'v>>,
        #[starlark(require = named)] files: Option<Value<'v>>,
        #[starlark(require = named)] tags: Option<Value<'v>>,
        #[starlark(require = named, default = false)] again: bool,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let (outer, test) = test(eval)?;
        if facts.is_some_and(|facts| !facts.is_none() && DictRef::from_value(facts).is_none()) {
            return Err(error("facts are a dict from names to values"));
        }
        let listed =
            |value: Option<Value<'v>>, what| value.map_or_else(|| Ok(Vec::new()), |value| texts(value, what));
        let mut setting = outer.setting.of(name, listed(groups, "groups")?, object("data", data)?);
        setting.tags = Arc::new(listed(tags, "tags")?);
        let missing = Arc::new(Missing::default());
        let login = login_of(&setting);
        let made_up = MadeUp {
            files: files.filter(|files| !files.is_none()).map(files::files).transpose()?,
            machine: machine_facts(facts)?,
            missing: missing.clone(),
        };
        let inner = Rc::new(Pass {
            made_up: Some(made_up),
            ..Pass::new(&outer.sources, &setting, Known::new(), login)
        });
        let mut first = 0;
        let passed = run_in(eval.module(), Limits::default(), &inner, |evaluator| {
            if let Some(facts) = facts.filter(|facts| !facts.is_none()) {
                facts::give(facts, evaluator)?;
            }
            let host = host_value(&inner, evaluator.heap());
            if again {
                evaluator.eval_function(function, &[host], &[])?;
                first = inner.state.borrow().next();
            }
            evaluator.eval_function(function, &[host], &[]).map(drop)
        });
        let failed = match passed.end {
            PassEnd::Failed(diagnostic) => Some(diagnostic),
            PassEnd::Whole | PassEnd::Suspended => None,
        };
        // What is not given is why the code failed, wherever it did.
        let place = failed.as_ref().and_then(|failed| failed.subject).unwrap_or(Span::NONE);
        let problem = told(&missing.all(), place).or(failed);
        if let Some(problem) = problem {
            let why = problem.detail.clone();
            *test.unplanned.borrow_mut() = Some(problem);
            return Err(starlark::Error::new_other(Unplanned(why)));
        }
        let plan = behind(passed.plan, first);
        let text = (test.shown)(&plan);
        Ok(planned::value(&plan, &text, &outer.sources, eval.heap()))
    }

    /// Says that two values must be the same.
    fn assert_eq<'v>(
        found: Value<'v>,
        expected: Value<'v>,
        #[starlark(default = "")] message: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<NoneType> {
        test(eval)?;
        if found.equals(expected)? {
            return Ok(NoneType);
        }
        let is_long = |text: &str| text.trim_end().contains('\n');
        let why = match (found.unpack_str(), expected.unpack_str()) {
            (Some(found), Some(expected)) if is_long(found) || is_long(expected) => {
                format!(
                    "These lines (+) were found, and those (-) are expected:\n{}",
                    planned::lines_between(expected, found)
                )
            }
            _ => format!("Found:    {}\nExpected: {}", found.to_repr(), expected.to_repr()),
        };
        let message = if message.is_empty() { String::new() } else { format!("{message}\n") };
        Err(does_not_hold(format!("{message}{why}")))
    }

    /// Says that something must be true.
    fn assert_that<'v>(
        condition: Value<'v>,
        #[starlark(default = "")] message: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<NoneType> {
        test(eval)?;
        if condition.to_bool() {
            return Ok(NoneType);
        }
        let why = if message.is_empty() { "What must hold does not hold" } else { message };
        Err(does_not_hold(format!("{why}.\nFound:    {}", condition.to_repr())))
    }

    /// Says that a function without arguments must fail, with these words in the reason. Returns the reason.
    fn assert_fails<'v>(
        function: Value<'v>,
        #[starlark(default = "")] words: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<String> {
        let (_, test) = test(eval)?;
        let Err(failed) = eval.eval_function(function, &[], &[]) else {
            return Err(does_not_hold("It did not fail, and it must.".to_owned()));
        };
        let unplanned = test.unplanned.take().map(|problem| problem.detail);
        let why = unplanned.unwrap_or_else(|| failed.without_diagnostic().to_string());
        if why.contains(words) {
            return Ok(why);
        }
        Err(does_not_hold(format!("It failed for another reason.\nFound:    {why}\nExpected: {words}")))
    }
}
