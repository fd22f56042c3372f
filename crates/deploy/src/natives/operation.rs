//! Operations: what a host should be like, and what has to be done for that.

use std::fmt;
use std::sync::{Arc, OnceLock};

use plumb_starlark::language as starlark;
use plumb_starlark::language::docs::{DocItem, DocMember};
use plumb_starlark::language::environment::GlobalsBuilder;
use plumb_starlark::language::eval::{Arguments, Evaluator};
use plumb_starlark::language::values::{Heap, Value};
use plumb_starlark::{Native, Object, native};

use super::arguments::{self, Common};
use super::fact::forget_all;
use super::given::Given;
use super::outcome::{Changed, Condition, Outcome, notice_blink};
use super::{error, pass, place_of, places_of};
use crate::known;
use crate::pass::{Begun, Broken, Ending, Frame, Pass, Suspended};
use crate::plan::{CallSite, Doubt, Operation as Planned};

/// An operation; its one part is the function that plans it.
#[derive(Debug, Default)]
struct Operation {
    name: OnceLock<String>,
    /// All hosts share it, and each calls it again and again.
    described: OnceLock<Described>,
}

/// What is known of an operation by its function.
#[derive(Debug)]
struct Described {
    /// Its name with the file that it is in, as a deploy writes it.
    name: String,
    /// The names of its arguments; none where it takes any.
    parameters: Option<Vec<String>>,
}

pub(super) fn is_operation(value: Value<'_>) -> bool {
    Object::of::<Operation>(value).is_some()
}

impl fmt::Display for Operation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "operation {}", self.name())
    }
}

impl Operation {
    fn name(&self) -> &str {
        self.name.get().map_or("operation", String::as_str)
    }

    fn described(&self, function: Value<'_>) -> &Described {
        self.described.get_or_init(|| Described {
            name: qualified(function, self.name()),
            parameters: parameters(function),
        })
    }
}

impl Native for Operation {
    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn is_named(&self, name: &str) {
        let _ = self.name.set(name.to_owned());
    }

    fn documentation(&self, parts: &[Value<'_>]) -> Option<DocItem> {
        Some(parts.first()?.documentation())
    }

    fn call<'v>(
        &self,
        parts: &[Value<'v>],
        arguments: &Arguments<'v, '_>,
        evaluator: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let pass = pass(evaluator, "an operation")?;
        pass.is_for_a_host("an operation")?;
        if pass.state.borrow().current.is_none() && pass.state.borrow().elsewhere.is_some() {
            let why = "an operation is no fact of another host: with `delegate_to` it is done there";
            return Err(error(format!("{}: {why}", self.name())));
        }
        let function = parts[0];
        let Given { positional, named } = Given::of(arguments, evaluator)?;
        notice_blink(pass, evaluator);
        // What an operation declares while it is planned is part of it.
        if pass.state.borrow().current.is_some() {
            return Given { positional, named }.call(function, None, evaluator);
        }
        turn_of_age(pass, evaluator)?;
        let broken = pass.known.broken_at.is_some_and(|at| pass.state.borrow().next() >= at);
        if broken && pass.state.borrow().ending.is_none() {
            return Err(starlark::Error::new_other(Broken));
        }
        let (common, own) = arguments::take(named, pass, evaluator)?;
        let Described { name, parameters } = self.described(function);
        check_names(name, parameters.as_deref(), &own)?;
        let title = common.name.clone().unwrap_or_else(|| title(&positional, &own));
        let own = Given { positional, named: own };
        let planned = plan(pass, name, title, function, &own, common, evaluator)?;
        Ok(evaluator.heap().alloc(Object::new(planned, Vec::new())))
    }
}

/// The name of an operation with the file that it is in, as a deploy writes it.
fn qualified(function: Value<'_>, name: &str) -> String {
    let repr = function.to_repr();
    let file = repr.split_once('/').and_then(|_| {
        let file = repr.rsplit_once(".star")?.0;
        Some(file.rsplit_once('/')?.1.to_owned())
    });
    file.map_or_else(|| name.to_owned(), |file| format!("{file}.{name}"))
}

/// The same where the deploy itself looks at something between its operations.
pub(super) fn look_anew(pass: &Pass, evaluator: &Evaluator) -> starlark::Result<()> {
    let is_between = {
        let state = pass.state.borrow();
        state.current.is_none() && state.frames.len() == 1
    };
    if is_between { turn_of_age(pass, evaluator) } else { Ok(()) }
}

/// Where something has been done before the next operation, everything is asked anew.
fn turn_of_age(pass: &Pass, evaluator: &Evaluator) -> starlark::Result<()> {
    let mut state = pass.state.borrow_mut();
    if pass.known.age_since(state.age + 1) == Some(state.next()) {
        state.age += 1;
        state.obscured.clear();
        state.remembered.clear();
        state.files.clear();
        state.found.clear();
        drop(state);
        forget_all(evaluator)?;
    }
    Ok(())
}

/// The names of a function's arguments; none where it takes any.
fn parameters(function: Value<'_>) -> Option<Vec<String>> {
    let DocItem::Member(DocMember::Function(documented)) = function.documentation() else { return None };
    let parameters = &documented.params;
    let named = parameters.pos_or_named.iter().chain(&parameters.named_only);
    parameters.kwargs.is_none().then(|| named.map(|parameter| parameter.name.clone()).collect())
}

fn check_names(
    name: &str,
    parameters: Option<&[String]>,
    own: &[(String, Value<'_>)],
) -> starlark::Result<()> {
    let Some(known) = parameters else { return Ok(()) };
    let stray = own.iter().find(|(given, _)| !known.contains(given));
    stray.map_or(Ok(()), |(given, _)| Err(arguments::unknown(name, given, known)))
}

/// What an operation is about, where nobody says it: its first argument.
fn title<'v>(positional: &[Value<'v>], named: &[(String, Value<'v>)]) -> String {
    let first = positional.first().copied().or_else(|| named.first().map(|(_, value)| *value));
    let Some(first) = first else { return String::new() };
    let text = match (first.unpack_str(), super::convert::texts(first, "")) {
        (Some(text), _) => text.lines().next().unwrap_or_default().to_owned(),
        (None, Ok(texts)) => texts.join(", "),
        (None, Err(_)) => first.to_str(),
    };
    match text.char_indices().nth(72) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn plan<'v>(
    pass: &Pass,
    name: &str,
    title: String,
    function: Value<'v>,
    own: &Given<'v>,
    common: Common,
    evaluator: &mut Evaluator<'v, '_, '_>,
) -> starlark::Result<Outcome> {
    let login = common.login.clone().unwrap_or_else(|| pass.login.clone());
    let at = pass.state.borrow().next();
    let site = (common.is_once || common.hosts_max.is_some()).then(|| call_site(pass, evaluator));
    let is_wanted = pass.setting.tags.is_empty()
        || common.tags.iter().any(|tag| pass.setting.tags.contains(tag) || tag == "always");
    let is_never = pass.state.borrow().ending == Some(Ending::Never);
    let is_left_out = !is_wanted || is_never || matches!(common.condition, Some(Condition::Known(false)));
    let mut planned = Planned {
        function: name.to_owned(),
        title,
        place: place_of(evaluator, &pass.sources),
        login: login.clone(),
        changes: Vec::new(),
        doubt: None,
        is_left_out,
        ignores_errors: common.ignores_errors,
        is_hidden: common.is_hidden,
        on: common.on.clone(),
        is_once: common.is_once,
        hosts_max: common.hosts_max,
        is_at_end: pass.state.borrow().ending.is_some(),
        site,
        uses: Vec::new(),
        obscures: Vec::new(),
    };
    let (mut frame, mut awaits, mut becomes) = (Frame::default(), None, Vec::new());
    if !is_left_out {
        let begun = Begun {
            login: login.clone(),
            changes: Vec::new(),
            obscures: Vec::new(),
            awaits: None,
            becomes: Vec::new(),
            wrap: common.wrap,
            title: None,
        };
        let elsewhere = common.on.map(|host| (host, login));
        let before = std::mem::replace(&mut pass.state.borrow_mut().elsewhere, elsewhere);
        let (begun, inner, result) = within(pass, begun, function, own, evaluator);
        pass.state.borrow_mut().elsewhere = before;
        if let Err(error) = result {
            if native::<Suspended>(&error).is_some() || pass.take_blink() {
                pass.state.borrow_mut().is_incomplete = true;
            } else {
                let state = pass.state.borrow();
                let is_certain = state.doubt_of(&inner, pass.known.results.len()).is_none();
                // An operation before that still has to ask may be about to change what this one looked at; what has
                // looked at nothing is wrong anyhow.
                if is_certain && (state.wanted.is_empty() || inner.families.is_empty()) {
                    return Err(error);
                }
            }
            // What is wrong with a host as it is may be right once the operations before have been done.
        }
        frame = inner;
        awaits = begun.awaits;
        becomes = begun.becomes;
        planned.changes = begun.changes;
        planned.obscures = begun.obscures;
        if let Some(title) = begun.title.filter(|_| common.name.is_none()) {
            planned.title = title;
        }
    }
    let mut state = pass.state.borrow_mut();
    planned.doubt = state.doubt_of(&frame, pass.known.results.len());
    if let Some(Condition::Unknown(by)) = common.condition {
        awaits = Some(by);
    }
    if let Some(Ending::If(by)) = state.ending {
        awaits = awaits.or(Some(by));
    }
    // What is done on another host changes nothing that is known of this one.
    if planned.on.is_some() {
        planned.obscures.clear();
    }
    if let (None, Some(by)) = (&planned.doubt, awaits) {
        let of = state.operations.get(by).map(|operation| operation.function.clone()).unwrap_or_default();
        planned.doubt = Some(Doubt { by, why: format!("only if {of} changes something") });
    }
    planned.uses = frame.uses;
    let done = pass.known.results.get(at).cloned();
    if done.is_some() {
        planned.doubt = None;
    }
    // What has been done already is asked anew by everything behind it.
    if done.is_none() && (planned.doubt.is_some() || !planned.changes.is_empty()) {
        let mut obscured = planned.obscures.clone();
        if planned.doubt.is_some() {
            obscured.extend(state.doubt_what_becomes(&becomes));
        }
        if !obscured.is_empty() {
            state.obscured.push((at, obscured));
        }
    }
    let outcome = outcome(pass, &planned, at, done);
    state.operations.push(planned);
    Ok(outcome)
}

/// Which call of the code this is: hosts that come the same way come to the same ones.
fn call_site(pass: &Pass, evaluator: &Evaluator) -> CallSite {
    let places = places_of(evaluator, &pass.sources);
    let mut state = pass.state.borrow_mut();
    let count = state.calls.entry(places.clone()).or_default();
    *count += 1;
    CallSite { places, count: *count }
}

fn outcome(pass: &Pass, planned: &Planned, at: usize, done: Option<Arc<known::Result>>) -> Outcome {
    let changed = match (&done, &planned.doubt) {
        (Some(done), _) => Changed::Known(done.changed),
        (None, Some(_)) => Changed::Unknown(at),
        (None, None) => Changed::Known(!planned.changes.is_empty()),
    };
    Outcome { function: planned.function.clone(), changed, done, blinks: pass.blinks.clone() }
}

/// Has the function of an operation say what is to be done.
fn within<'v>(
    pass: &Pass,
    begun: Begun,
    function: Value<'v>,
    own: &Given<'v>,
    evaluator: &mut Evaluator<'v, '_, '_>,
) -> (Begun, Frame, starlark::Result<Value<'v>>) {
    {
        let mut state = pass.state.borrow_mut();
        state.current = Some(begun);
        state.frames.push(Frame::default());
    }
    let result = own.call(function, None, evaluator);
    let mut state = pass.state.borrow_mut();
    let frame = state.frames.pop().unwrap_or_default();
    let begun = state.current.take();
    drop(state);
    match begun {
        Some(begun) => (begun, frame, result),
        // It is put there above, and taken here alone.
        None => unreachable!("an operation ends where it began"),
    }
}

/// An operation that something plans which is called like a function.
pub(super) fn operation_of<'v>(function: Value<'v>, heap: Heap<'v>) -> Value<'v> {
    heap.alloc(Object::new(Operation::default(), vec![function]))
}

#[starlark::starlark_module]
pub(super) fn natives(builder: &mut GlobalsBuilder) {
    /// An operation. The function plans it: it looks at facts, and says by `run`, `write_file` and their like
    /// what has to be done so that the host is as its arguments describe. Where it says nothing, the host is so
    /// already. Each operation also takes the arguments that all of them have, such as `sudo` and `when`.
    fn operation<'v>(function: Value<'v>, eval: &mut Evaluator<'v, '_, '_>) -> starlark::Result<Value<'v>> {
        if function.parameters_spec().is_none() {
            return Err(error("an operation is made of a function"));
        }
        Ok(operation_of(function, eval.heap()))
    }
}
