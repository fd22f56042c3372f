//! What an operation has done on a host.

use plumb_host::{Content, Request};
use plumb_starlark::language as starlark;
use plumb_starlark::language::environment::GlobalsBuilder;
use plumb_starlark::language::eval::Evaluator;
use plumb_starlark::language::values::Value;
use plumb_starlark::language::values::list::ListRef;
use plumb_starlark::language::values::none::{NoneOr, NoneType};
use plumb_starlark::language::values::tuple::TupleRef;

use super::convert::{script_of, shown, texts};
use super::{content, error, pass};
use crate::pass::{Begun, Pass, Wrap};
use crate::plan::{Action, Attribute, Change, Difference};

/// A change that an operation declares.
pub(super) fn declare(pass: &Pass, change: impl FnOnce(&Begun) -> Change) -> starlark::Result<()> {
    let mut state = pass.state.borrow_mut();
    let Some(current) = &mut state.current else {
        return Err(error("only an operation changes something: see `operation`"));
    };
    let change = change(current);
    let is_alone = |change: &Change| change.action.is_alone();
    if current.changes.iter().any(is_alone) || is_alone(&change) && !current.changes.is_empty() {
        let why =
            "what starts the host anew, or goes by rsync, is all that its operation does: call it by itself";
        return Err(error(why));
    }
    current.changes.push(change);
    Ok(())
}

/// A script with what the operation has around each of its scripts.
pub(super) fn request(script: &str, is_foreign: bool, wrap: &Wrap, pass: &Pass) -> Request {
    let is_secret = pass.setting.secrets.are_in(script);
    let mut text = String::new();
    for (name, value) in &wrap.environment {
        text.push_str(&format!("export {name}={}\n", plumb_host::quoted([value.as_str()])));
    }
    if let Some(directory) = &wrap.directory {
        text.push_str(&format!("cd {} || exit 1\n", plumb_host::quoted([directory.as_str()])));
    }
    let is_own_process = is_foreign || wrap.timeout_s.is_some() || wrap.retries > 0 || is_secret;
    if !is_own_process {
        text.push_str(script);
        return Request::trusted(text);
    }
    let inner = text + script;
    let mut outer = if is_secret { Request::hidden(&inner) } else { Request::foreign(&inner) };
    if let Some(seconds) = wrap.timeout_s {
        outer = outer.within(seconds);
    }
    if wrap.retries > 0 {
        outer = outer.again(wrap.retries, wrap.retry_delay_s);
    }
    outer
}

fn attributes(changes: Option<Value<'_>>) -> starlark::Result<Vec<Attribute>> {
    let Some(changes) = changes.filter(|changes| !changes.is_none()) else { return Ok(Vec::new()) };
    let wrong =
        |value: Value<'_>| error(format!("changes are (name, before, after), and not {}", shown(value)));
    let list = ListRef::from_value(changes).ok_or_else(|| wrong(changes))?;
    let attribute = |item: Value<'_>| {
        let tuple = TupleRef::from_value(item).ok_or_else(|| wrong(item))?;
        let [name, before, after] = tuple.content() else { return Err(wrong(item)) };
        let text = |value: &Value<'_>| {
            (!value.is_none()).then(|| value.unpack_str().map_or_else(|| value.to_str(), str::to_owned))
        };
        let name = text(name).unwrap_or_default();
        Ok(Attribute { name, before: text(before), after: text(after) })
    };
    list.iter().map(attribute).collect()
}

fn difference(diff: Option<Value<'_>>) -> starlark::Result<Option<Difference>> {
    let Some(diff) = diff.filter(|diff| !diff.is_none()) else { return Ok(None) };
    let wrong = || error(format!("a diff is (of what, before, after), and not {}", shown(diff)));
    let tuple = TupleRef::from_value(diff).ok_or_else(wrong)?;
    let [of, before, after] = tuple.content() else { return Err(wrong()) };
    let before = if before.is_none() { Content::new(Vec::new()) } else { content::of(*before)? };
    let of = of.unpack_str().ok_or_else(wrong)?.to_owned();
    Ok(Some(Difference { of, before: Some(before), after: content::of(*after)? }))
}

#[starlark::starlark_module]
pub(super) fn natives(builder: &mut GlobalsBuilder) {
    /// Has the operation run a command, text for a shell or a list of words. The summary says in a few words
    /// what it does; changes are `(name, before, after)`, and a diff is `(of what, before, after)`. A foreign
    /// command is one that somebody else wrote, in which anything may stand.
    fn run<'v>(
        command: Value<'v>,
        #[starlark(require = named, default = NoneOr::None)] summary: NoneOr<&str>,
        #[starlark(require = named)] changes: Option<Value<'v>>,
        #[starlark(require = named)] diff: Option<Value<'v>>,
        #[starlark(require = named, default = false)] foreign: bool,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<NoneType> {
        let pass = pass(eval, "a change")?;
        let script = script_of(command)?;
        let first = script.trim().lines().next().unwrap_or_default();
        let summary = summary.into_option().unwrap_or(first).to_owned();
        let (attributes, difference) = (attributes(changes)?, difference(diff)?);
        declare(pass, |current| Change {
            summary,
            attributes,
            difference,
            action: Action::Run { request: request(&script, foreign, &current.wrap, pass), shown: script },
        })?;
        Ok(NoneType)
    }

    /// Says that what an operation does may change facts of these families in ways that nobody can tell
    /// before: what depends on them is planned anew once it is done. Without any it may change everything.
    fn obscures<'v>(
        #[starlark(args)] families: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<NoneType> {
        let pass = pass(eval, "a change")?;
        let mut families = texts(families, "families")?;
        if families.is_empty() {
            families.push(crate::pass::EVERYTHING.to_owned());
        }
        let mut state = pass.state.borrow_mut();
        let Some(current) = &mut state.current else {
            return Err(error("only an operation changes something: see `operation`"));
        };
        current.obscures.extend(families);
        Ok(NoneType)
    }

    /// What the operation is about, where the deploy gives it no name.
    fn title<'v>(text: &str, eval: &mut Evaluator<'v, '_, '_>) -> starlark::Result<NoneType> {
        let pass = pass(eval, "a title")?;
        if let Some(current) = &mut pass.state.borrow_mut().current {
            current.title = Some(text.to_owned());
        }
        Ok(NoneType)
    }
}
