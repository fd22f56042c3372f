//! Running the code.

use std::rc::Rc;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use plumb_diagnostics::Diagnostic;
use plumb_source::Span;
use plumb_starlark::language as starlark;
use plumb_starlark::language::environment::Module;
use plumb_starlark::language::eval::Evaluator;
use plumb_starlark::language::values::dict::AllocDict;
use plumb_starlark::{Context, Limits, Program, diagnostic, native, stopped_at_overflow};

use super::{Broken, Frame, NotYet, Pass, Suspended};
use crate::known::FactKey;
use crate::natives::{host_value, place_of, run_endings};
use crate::plan::HostPlan;

/// What came of a pass.
pub(crate) struct Passed {
    pub(crate) plan: HostPlan,
    /// What has to be asked before there can be a plan.
    pub(crate) wanted: Vec<FactKey>,
    pub(crate) end: PassEnd,
    /// Whether the code came to its end, whatever its operations want to know.
    pub(crate) is_followed: bool,
    /// What it printed, and where.
    pub(crate) printed: Vec<(Span, String)>,
    /// Where something waits, and for what, where somebody wants to follow that.
    pub(crate) waits: Vec<(Span, String)>,
    /// Where the code stopped.
    pub(crate) stopped: Option<Span>,
}

/// How a pass ended.
pub(crate) enum PassEnd {
    /// The code has run to its end, or to where it can be followed for now.
    Whole,
    /// Something is not known that is asked for.
    Suspended,
    /// The code cannot go on.
    Failed(Box<Diagnostic>),
}

/// Runs the code.
pub(crate) fn run(program: &Program, pass: &Rc<Pass>) -> Passed {
    Module::with_temp_heap(|module| {
        run_in(&module, program.limits(), pass, |evaluator| call(program, pass, evaluator))
    })
}

/// Runs some code, with values that live in a module.
pub(crate) fn run_in<'v>(
    module: &Module<'v>,
    limits: Limits,
    pass: &Rc<Pass>,
    work: impl FnOnce(&mut Evaluator<'v, '_, '_>) -> starlark::Result<()>,
) -> Passed {
    let ended = evaluate(module, limits, pass, |evaluator| match work(evaluator) {
        Ok(()) => PassEnd::Whole,
        Err(error) => ended(pass, &error, evaluator),
    });
    let ended = ended.unwrap_or_else(|error| PassEnd::Failed(Box::new(diagnostic(&error, &pass.sources))));
    let mut state = pass.state.borrow_mut();
    let printed = std::mem::take(&mut state.printed);
    let plan = HostPlan {
        operations: std::mem::take(&mut state.operations),
        undecided: state.undecided.take(),
        printed: printed.iter().map(|(_, text)| text.clone()).collect(),
        has_endings: state.has_endings,
    };
    for key in std::mem::take(&mut *pass.blinks.wanted.lock().unwrap_or_else(PoisonError::into_inner)) {
        state.want(key);
    }
    let (waits, stopped) = (std::mem::take(&mut state.waits), state.stopped.take());
    let wanted = std::mem::take(&mut state.wanted);
    let is_followed = matches!(ended, PassEnd::Whole);
    let end = match ended {
        PassEnd::Whole if state.is_incomplete => PassEnd::Suspended,
        other => other,
    };
    Passed { plan, wanted, end, is_followed, printed, waits, stopped }
}

/// The same for code that is no deploy: what is wrong with it is its caller's to tell.
pub(crate) fn call_in<'v>(
    module: &Module<'v>,
    limits: Limits,
    pass: &Rc<Pass>,
    work: impl FnOnce(&mut Evaluator<'v, '_, '_>) -> starlark::Result<()>,
) -> starlark::Result<()> {
    evaluate(module, limits, pass, work)?
}

fn evaluate<'v, T>(
    module: &Module<'v>,
    limits: Limits,
    pass: &Rc<Pass>,
    work: impl FnOnce(&mut Evaluator<'v, '_, '_>) -> T,
) -> starlark::Result<T> {
    // What is remembered while the code runs lives and dies with its values.
    module.set_extra_value(module.heap().alloc(AllocDict::EMPTY));
    let context = Context::new(pass.clone());
    let mut evaluator = Evaluator::new(module);
    limits.hold(&mut evaluator)?;
    evaluator.extra = Some(&context);
    pass.state.borrow_mut().frames.push(Frame::default());
    Ok(work(&mut evaluator))
}

fn call<'v>(
    program: &Program,
    pass: &Rc<Pass>,
    evaluator: &mut Evaluator<'v, '_, '_>,
) -> starlark::Result<()> {
    let Some(function) = program.value_in(pass.setting.function, evaluator.module()) else {
        let name = pass.setting.function;
        let missing =
            format!("there is no function `{name}(host)`: it is what declares the operations for a host");
        return Err(starlark::Error::new_other(NotYet(missing)));
    };
    let host = host_value(pass, evaluator.heap());
    match stopped_at_overflow(|| evaluator.eval_function(function, &[host], &[]).map(drop)) {
        Err(error) if native::<Broken>(&error).is_none() => Err(error),
        Ok(()) | Err(_) => run_endings(pass, evaluator),
    }
}

fn ended(pass: &Pass, error: &starlark::Error, evaluator: &Evaluator) -> PassEnd {
    let sources = &pass.sources;
    if native::<Suspended>(error).is_some() || pass.take_blink() {
        let place = diagnostic(error, sources).subject;
        pass.state.borrow_mut().stopped = Some(place.unwrap_or_else(|| place_of(evaluator, sources)));
        return PassEnd::Suspended;
    }
    if let Some(NotYet(why)) = native::<NotYet>(error)
        && !pass.state.borrow().operations.is_empty()
    {
        let place = error.span().map_or_else(|| place_of(evaluator, sources), |span| sources.span(span));
        pass.state.borrow_mut().undecided.get_or_insert((place, why.clone()));
        return PassEnd::Whole;
    }
    // Whatever comes of a wrong guess is no error: the code runs again once it is none.
    if pass.blinks.change.load(Ordering::Relaxed) && pass.state.borrow().blind.is_some() {
        return PassEnd::Whole;
    }
    // What an operation before will do to what the code has looked at is not known as long as that has to ask.
    let has_looked = |frame: &Frame| !frame.families.is_empty();
    let is_early = {
        let state = pass.state.borrow();
        !state.wanted.is_empty() && state.frames.first().is_some_and(has_looked)
    };
    if is_early {
        return PassEnd::Suspended;
    }
    // What the code itself has looked at may be otherwise once the operations before have been done.
    let doubt = {
        let state = pass.state.borrow();
        state.frames.first().and_then(|frame| state.doubt_of(frame, pass.known.results.len()))
    };
    if let Some(doubt) = doubt {
        let place = error.span().map_or_else(|| place_of(evaluator, sources), |span| sources.span(span));
        pass.state.borrow_mut().undecided.get_or_insert((place, doubt.why));
        return PassEnd::Whole;
    }
    let mut diagnostic = diagnostic(error, sources);
    if let (None, Some(last)) = (diagnostic.subject, pass.state.borrow().operations.last()) {
        diagnostic = diagnostic.note(last.place, "this is the last operation that it came to");
    }
    PassEnd::Failed(Box::new(diagnostic))
}
