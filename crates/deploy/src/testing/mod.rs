//! Tests of deploys: functions that plan code for hosts which are made up, and say what must come of it.
//!
//! Responsible for calling such functions, and for what they call: `plan`, which asks no host, and assertions.

mod facts;
mod files;
mod made_up;
mod natives;
mod planned;

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use plumb_diagnostics::Diagnostic;
use plumb_starlark::language::environment::{Globals, GlobalsBuilder, Module};
use plumb_starlark::language::{Error, ErrorKind};
use plumb_starlark::{Program, diagnostic, native};

use crate::natives::{login_of, with_natives};
use crate::pass::{Pass, call_in};
use crate::plan::HostPlan;
use crate::setting::Setting;

pub(crate) use facts::{GivenFact, given_fact};
pub(crate) use made_up::{MadeUp, Missing};

/// What functions of tests are called.
const BEGINNING: &str = "test_";

/// How a plan is shown to people.
pub type Shown = Arc<dyn Fn(&HostPlan) -> String>;

/// A test while it runs.
pub(crate) struct Test {
    shown: Shown,
    /// Why something could not be planned, in full; what the code sees of it is a text.
    unplanned: RefCell<Option<Box<Diagnostic>>>,
}

/// What came of a test.
#[derive(Debug)]
pub struct TestResult {
    /// What it printed.
    pub printed: Vec<String>,
    /// What went wrong.
    pub problem: Option<TestProblem>,
}

/// What went wrong in a test.
#[derive(Debug)]
pub struct TestProblem {
    /// Whether something does not hold; otherwise the test could not be carried out.
    pub is_assertion: bool,
    /// What, and where.
    pub diagnostic: Diagnostic,
}

/// Something that must hold does not.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct DoesNotHold(String);

/// Something could not be planned: see [`Test::unplanned`].
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Unplanned(String);

/// All functions and values that code of tests has.
pub fn test_globals() -> Globals {
    with_natives(GlobalsBuilder::extended_by(crate::natives::EXTENSIONS)).with(natives::natives).build()
}

/// The names of the tests in a file, in the order in which they stand there.
pub fn tests_of(program: &Program, file: &str) -> Vec<String> {
    let mut names: Vec<String> = program.public().into_iter().map(|(name, _)| name).collect();
    names.retain(|name| name.starts_with(BEGINNING));
    let text = program.sources().find(file).map(|(_, text)| text).unwrap_or_default();
    let place = |name: &String| text.find(&format!("def {name}(")).unwrap_or(text.len());
    names.sort_by_key(|name| (place(name), name.clone()));
    names
}

/// Runs a test.
pub fn run_test(program: &Program, name: &str, setting: &Setting, shown: Shown) -> TestResult {
    let pass = Rc::new(Pass {
        test: Some(Test { shown, unplanned: RefCell::default() }),
        ..Pass::new(program.sources(), setting, crate::known::Known::new(), login_of(setting))
    });
    let result = Module::with_temp_heap(|module| {
        call_in(&module, program.limits(), &pass, |evaluator| {
            match program.value_in(name, evaluator.module()) {
                Some(function) => evaluator.eval_function(function, &[], &[]).map(drop),
                None => Ok(()),
            }
        })
        .map_err(|error| problem(&error, &pass))
    });
    let printed = std::mem::take(&mut pass.state.borrow_mut().printed).into_iter().map(|(_, text)| text);
    let printed = printed.collect();
    TestResult { printed, problem: result.err() }
}

fn problem(error: &Error, pass: &Pass) -> TestProblem {
    let told = diagnostic(error, &pass.sources);
    let unplanned = pass.test.as_ref().and_then(|test| test.unplanned.take());
    let mut is_assertion = matches!(error.kind(), ErrorKind::Fail(_));
    let mut diagnostic = match unplanned.filter(|_| native::<Unplanned>(error).is_some()) {
        Some(unplanned) => {
            let places = told.subject.into_iter().map(|place| (place, "it is planned here".to_owned()));
            let above = told.notes.into_iter().map(|note| (note.span, note.message));
            places.chain(above).fold(*unplanned, |diagnostic, (place, note)| diagnostic.note(place, note))
        }
        None => told,
    };
    if let Some(DoesNotHold(why)) = native(error) {
        is_assertion = true;
        diagnostic.summary = "Test assertion failed".to_owned();
        diagnostic.detail.clone_from(why);
    }
    diagnostic.detail = pass.setting.secrets.hidden(&diagnostic.detail);
    TestProblem { is_assertion, diagnostic }
}
