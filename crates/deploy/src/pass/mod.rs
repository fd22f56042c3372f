//! One run of a deploy's code for a host.
//!
//! The code runs from its beginning to where something has to be known that is not. An operation that
//! comes to such a place is given up, and the code goes on behind it: so one pass finds out all that has to
//! be asked. The last pass, in which nothing is missing, is the plan.

mod doubts;
mod planned_entry;
mod run;
mod state;

use std::cell::RefCell;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use plumb_host::{Answer, Login, Question};
use plumb_source::Span;
use plumb_starlark::Sources;
use plumb_starlark::language::eval::Evaluator;
use plumb_starlark::language::{Error, Result};

pub(crate) use doubts::{ANYTHING, EVERYTHING};
pub(crate) use planned_entry::PlannedEntry;
pub(crate) use run::{PassEnd, Passed, call_in, run, run_in};
pub(crate) use state::{Begun, Ending, Frame, State, Wrap};

use crate::known::{FactKey, Known};
use crate::machine;
use crate::natives::{error, place_of};
use crate::setting::Setting;
use crate::testing::{MadeUp, Test};

/// A run of a deploy's code for a host.
pub(crate) struct Pass {
    pub(crate) setting: Setting,
    pub(crate) known: Known,
    pub(crate) sources: Sources,
    /// As whom everything is done that does not say otherwise.
    pub(crate) login: Login,
    pub(crate) state: RefCell<State>,
    /// Set by what looks at something that nobody knows yet and has no way to say so.
    pub(crate) blinks: Arc<Blinks>,
    /// The host, where a test makes it up.
    pub(crate) made_up: Option<MadeUp>,
    /// Whether the code is no deploy, but says which hosts there are.
    pub(crate) is_without_host: bool,
    /// The test, where this is one, and no deploy for a host.
    pub(crate) test: Option<Test>,
}

/// What was looked at without being known.
#[derive(Debug, Default)]
pub(crate) struct Blinks {
    /// A fact of the machine.
    pub(crate) machine: AtomicBool,
    /// Whether an operation has changed something, that has not been done.
    pub(crate) change: AtomicBool,
    /// What is to be asked for that.
    pub(crate) wanted: Mutex<Vec<FactKey>>,
}

/// Something has to be known that is not, and is asked for.
#[derive(Debug)]
pub(crate) struct Suspended;

impl fmt::Display for Suspended {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a fact is not known yet")
    }
}

impl std::error::Error for Suspended {}

/// The deploy ends here, for an operation before has failed.
#[derive(Debug)]
pub(crate) struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an operation before has failed")
    }
}

impl std::error::Error for Broken {}

/// Something that nobody can know before an operation has been done.
#[derive(Debug)]
pub(crate) struct NotYet(pub(crate) String);

impl fmt::Display for NotYet {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for NotYet {}

impl Pass {
    /// Code that is to run for a host.
    pub(crate) fn new(sources: &Sources, setting: &Setting, known: Known, login: Login) -> Self {
        Pass {
            setting: setting.clone(),
            known,
            sources: sources.clone(),
            login,
            state: RefCell::default(),
            blinks: Arc::default(),
            made_up: None,
            is_without_host: false,
            test: None,
        }
    }

    /// Nothing of a host is known to a test, but to what it plans, nor to an inventory.
    pub(crate) fn is_for_a_host(&self, what: &str) -> Result<()> {
        if self.is_without_host {
            return Err(error(format!(
                "{what} is about a host, and an inventory only says which hosts there are"
            )));
        }
        if self.test.is_none() {
            return Ok(());
        }
        Err(error(format!(
            "{what} is about a host, and a test has none: have it be called by what `plan` is given"
        )))
    }

    /// As whom facts are asked right now.
    pub(crate) fn login_now(&self) -> Login {
        let state = self.state.borrow();
        if let Some((_, login)) = &state.elsewhere {
            return login.clone();
        }
        state.current.as_ref().map_or(&self.login, |current| &current.login).clone()
    }

    /// The answer to a question, or the end of whatever needs it.
    pub(crate) fn ask(&self, question: Question, family: &str, evaluator: &Evaluator) -> Result<Answer> {
        self.is_for_a_host("what is asked")?;
        if let Some(made_up) = &self.made_up {
            self.state.borrow_mut().touch(family);
            let answer = made_up.answer(&question, place_of(evaluator, &self.sources));
            return answer.ok_or_else(|| Error::new_other(Suspended));
        }
        let key = FactKey { host: self.state.borrow().host(), login: self.login_now(), question };
        let mut state = self.state.borrow_mut();
        state.touch(family);
        match self.known.answer(state.age, &key) {
            Some(answer) => {
                state.use_fact(key);
                Ok(answer.clone())
            }
            None => {
                if self.setting.trace.is_some() {
                    let place = place_of(evaluator, &self.sources);
                    state.waits.push((place, crate::settle::described(&key.question)));
                }
                state.want(key);
                Err(Error::new_other(Suspended))
            }
        }
    }

    /// What is known of the machine, if it is.
    pub(crate) fn machine(&self, key: &FactKey) -> Option<Vec<u8>> {
        let state = self.state.borrow();
        match self.known.answer(state.age.min(self.known.newest()), key) {
            Some(Answer::Script { output, .. }) => Some(output.to_vec()),
            _ => None,
        }
    }

    /// Whether something was looked at that is not known, and nobody could say so.
    pub(crate) fn take_blink(&self) -> bool {
        self.blinks.machine.swap(false, Ordering::Relaxed)
    }

    /// What follows was decided by something that may come out otherwise.
    pub(crate) fn decide_blindly(&self, place: Span, by: usize, why: &str) {
        self.state.borrow_mut().decide_blindly(place, by, why);
    }
}

/// What is always asked.
pub(crate) fn machine_key(host: Option<Arc<str>>, login: &Login) -> FactKey {
    FactKey { host, login: login.clone(), question: Question::Script(machine::SCRIPT.to_owned()) }
}
