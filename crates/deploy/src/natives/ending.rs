//! What is done once at the end of a deploy, should something before it have changed.

use plumb_starlark::language as starlark;
use plumb_starlark::language::environment::GlobalsBuilder;
use plumb_starlark::language::eval::Evaluator;
use plumb_starlark::language::values::Value;
use plumb_starlark::language::values::dict::DictMut;
use plumb_starlark::language::values::list::{AllocList, ListRef};
use plumb_starlark::language::values::none::NoneType;

use super::convert::shown;
use super::outcome::{Condition, notice_blink};
use super::{error, pass};
use crate::pass::{Ending, Pass};

/// Where functions are remembered that wait for the end: beside what facts were found to be, whose names have
/// spaces.
pub(super) const MEMORY: &str = "at_end";

/// Functions, each with what it stands under.
fn waiting<'v>(evaluator: &Evaluator<'v, '_, '_>) -> starlark::Result<Vec<Value<'v>>> {
    let Some(memory) = evaluator.module().extra_value() else { return Ok(Vec::new()) };
    let memory = DictMut::from_value(memory).map_err(starlark::Error::new_other)?;
    let list = memory.aref.get_str(MEMORY).and_then(ListRef::from_value);
    Ok(list.map(|list| list.iter().collect()).unwrap_or_default())
}

fn wait<'v>(list: Vec<Value<'v>>, evaluator: &Evaluator<'v, '_, '_>) -> starlark::Result<()> {
    let list = evaluator.heap().alloc(AllocList(list));
    super::fact::remember(MEMORY, list, evaluator)
}

/// Calls what waits for the end, in the order in which it was first said, each once.
pub(crate) fn run_endings(pass: &Pass, evaluator: &mut Evaluator<'_, '_, '_>) -> starlark::Result<()> {
    let mut at = 0;
    loop {
        // What is called may have more wait.
        let all = waiting(evaluator)?;
        let Some(entry) = all.get(at).copied().and_then(ListRef::from_value) else { return Ok(()) };
        at += 1;
        let entry: Vec<Value<'_>> = entry.iter().collect();
        let Some((function, conditions)) = entry.split_first() else { continue };
        let ending = match met(conditions)? {
            Condition::Known(true) => Ending::Always,
            Condition::Known(false) => Ending::Never,
            Condition::Unknown(by) => Ending::If(by),
        };
        pass.state.borrow_mut().ending = Some(ending);
        let called = evaluator.eval_function(*function, &[], &[]);
        pass.state.borrow_mut().ending = None;
        called?;
    }
}

/// Whether one of several conditions is met.
fn met(conditions: &[Value<'_>]) -> starlark::Result<Condition> {
    let mut any = Condition::Known(false);
    for condition in conditions {
        match (Condition::of(*condition)?, &any) {
            (Condition::Known(true), _) => return Ok(Condition::Known(true)),
            (Condition::Unknown(by), Condition::Known(_)) => any = Condition::Unknown(by),
            _ => {}
        }
    }
    Ok(any)
}

#[starlark::starlark_module]
pub(super) fn natives(builder: &mut GlobalsBuilder) {
    /// Has a function called once at the end of the deploy, however often this is said of it. The operations in it
    /// are done if the condition is met that it was given here: True, an operation or its `changed`, or a list of
    /// them; of several times that this is said one is enough. They are done, too, where an operation after this
    /// was said has failed.
    fn at_end<'v>(
        function: Value<'v>,
        #[starlark(require = named)] when: Option<Value<'v>>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<NoneType> {
        let pass = pass(eval, "the end of a deploy")?;
        notice_blink(pass, eval);
        if function.parameters_spec().is_none() {
            return Err(error(format!(
                "at_end wants a function without arguments, such as `lambda: ...`, and not {}",
                shown(function)
            )));
        }
        if pass.state.borrow().current.is_some() {
            return Err(error("an operation has no end of its own: say `at_end` in the deploy"));
        }
        pass.state.borrow_mut().has_endings = true;
        let when = when.unwrap_or_else(|| Value::new_bool(true));
        // So that what is no condition is told where it stands.
        Condition::of(when)?;
        let mut all = waiting(eval)?;
        let is_same = |entry: &Value<'v>| {
            ListRef::from_value(*entry)
                .is_some_and(|entry| entry.first().is_some_and(|of| of.ptr_eq(function)))
        };
        let known = all.iter().position(is_same);
        let mut entry: Vec<Value<'v>> = match known.and_then(|at| ListRef::from_value(all[at])) {
            Some(known) => known.iter().collect(),
            None => vec![function],
        };
        entry.push(when);
        let entry = eval.heap().alloc(AllocList(entry));
        match known {
            Some(at) => all[at] = entry,
            None => all.push(entry),
        }
        wait(all, eval)?;
        Ok(NoneType)
    }
}
