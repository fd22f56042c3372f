//! How far a pass has come.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use plumb_host::{Entry, Login, Question};
use plumb_source::Span;

use super::planned_entry::PlannedEntry;
use crate::known::FactKey;
use crate::plan::{Change, Doubt, Operation};

/// How far a pass has come.
#[derive(Default)]
pub(crate) struct State {
    /// Which answers are looked at: see `Known`.
    pub(crate) age: usize,
    pub(crate) operations: Vec<Operation>,
    /// The operation that is being planned.
    pub(crate) current: Option<Begun>,
    /// What is to be asked.
    pub(crate) wanted: Vec<FactKey>,
    wanted_questions: HashSet<(Question, String)>,
    /// What is being worked out, from the outside in: the deploy, an operation, facts of facts.
    pub(crate) frames: Vec<Frame>,
    /// By which answers a value was worked out that is remembered.
    pub(crate) remembered: HashMap<String, Frame>,
    /// What was found out of paths so far.
    pub(crate) found: HashMap<String, Vec<(FactKey, Entry)>>,
    /// What is going to be at paths that operations change.
    pub(crate) files: HashMap<String, PlannedEntry>,
    /// What nobody can know any more: by which operation, and of which families.
    pub(crate) obscured: Vec<(usize, Vec<String>)>,
    /// From here on everything was decided by what may come out otherwise.
    pub(crate) blind: Option<Doubt>,
    pub(crate) undecided: Option<(Span, String)>,
    /// What was printed, and where.
    pub(crate) printed: Vec<(Span, String)>,
    /// What is waited for, and where, where somebody wants to follow that.
    pub(crate) waits: Vec<(Span, String)>,
    /// Where the code stopped that could not be followed further.
    pub(crate) stopped: Option<Span>,
    /// The other host that is being asked, or on which something is being planned, and as whom.
    pub(crate) elsewhere: Option<(Arc<str>, Login)>,
    /// How often an operation was called from where, among those that hosts share.
    pub(crate) calls: HashMap<Vec<Span>, usize>,
    /// Whether something waits for the end of the deploy.
    pub(crate) has_endings: bool,
    /// What waited for the end of the deploy is being planned: only where that is met, if it is said.
    pub(crate) ending: Option<Ending>,
    /// Whether an operation was given up, for something is not known.
    pub(crate) is_incomplete: bool,
}

/// What an operation at the end of the deploy stands under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Always,
    Never,
    /// Only if that operation changes something, which nobody knows yet.
    If(usize),
}

/// What something was worked out by.
#[derive(Clone, Default)]
pub(crate) struct Frame {
    pub(crate) uses: Vec<FactKey>,
    /// Families of facts, whether they were asked for or are known from what was planned; each with the
    /// first operation after which nobody can know them any more. What an operation says will be is not
    /// doubted for what that operation does beside it.
    pub(crate) families: HashMap<String, usize>,
}

/// An operation that is being planned.
pub(crate) struct Begun {
    pub(crate) login: Login,
    pub(crate) changes: Vec<Change>,
    pub(crate) obscures: Vec<String>,
    /// The operation that decides whether it does all of that.
    pub(crate) awaits: Option<usize>,
    /// Facts of which it says what they will be.
    pub(crate) becomes: Vec<String>,
    pub(crate) wrap: Wrap,
    /// A name for what it is about, which the operation may choose.
    pub(crate) title: Option<String>,
}

/// What is around every script of an operation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wrap {
    pub(crate) environment: Vec<(String, String)>,
    pub(crate) directory: Option<String>,
    pub(crate) timeout_s: Option<u64>,
    pub(crate) retries: u64,
    pub(crate) retry_delay_s: u64,
}

impl State {
    /// Notes a question, once.
    pub(crate) fn want(&mut self, key: FactKey) {
        let of = format!("{} {}", key.host.as_deref().unwrap_or_default(), key.login);
        if self.wanted_questions.insert((key.question.clone(), of)) {
            self.wanted.push(key);
        }
    }

    pub(crate) fn use_fact(&mut self, key: FactKey) {
        if let Some(frame) = self.frames.last_mut()
            && !frame.uses.contains(&key)
        {
            frame.uses.push(key);
        }
    }

    pub(crate) fn touch(&mut self, family: &str) {
        self.touch_since(family, 0);
    }

    fn touch_since(&mut self, family: &str, since: usize) {
        // What is done on this host changes nothing that is asked of another one.
        if self.elsewhere.is_some() {
            return;
        }
        let Some(frame) = self.frames.last_mut() else { return };
        match frame.families.get_mut(family) {
            Some(known) => *known = since.min(*known),
            None => drop(frame.families.insert(family.to_owned(), since)),
        }
    }

    /// An operation that is being planned says what a fact will be.
    pub(crate) fn becomes(&mut self, name: &str, family: &str) {
        let since = self.next() + 1;
        let frame = Frame { families: [(family.to_owned(), since)].into(), ..Frame::default() };
        self.remembered.insert(name.to_owned(), frame);
        if let Some(current) = &mut self.current {
            current.becomes.push(name.to_owned());
        }
    }

    /// What an operation says that facts will be is as doubtful as the operation. Returns their families.
    pub(crate) fn doubt_what_becomes(&mut self, names: &[String]) -> Vec<String> {
        let at = self.next();
        let mut families = Vec::new();
        for name in names {
            let Some(frame) = self.remembered.get_mut(name) else { continue };
            for (family, since) in &mut frame.families {
                *since = at;
                families.push(family.clone());
            }
        }
        families
    }

    /// What a remembered value was worked out by counts for whoever uses it.
    pub(crate) fn use_remembered(&mut self, name: &str) {
        if let Some(frame) = self.remembered.get(name).cloned() {
            self.join(&frame);
        }
    }

    /// What an inner frame used counts for the one around it.
    pub(crate) fn join(&mut self, inner: &Frame) {
        for key in &inner.uses {
            self.use_fact(key.clone());
        }
        for (family, since) in &inner.families {
            self.touch_since(family, *since);
        }
    }

    /// The host that something is asked of now, where it is another one.
    pub(crate) fn host(&self) -> Option<Arc<str>> {
        self.elsewhere.as_ref().map(|(host, _)| host.clone())
    }

    /// A name for a path on the host that is asked now.
    pub(crate) fn place(&self, path: &str) -> String {
        match &self.elsewhere {
            Some((host, _)) => format!("{host}\0{path}"),
            None => path.to_owned(),
        }
    }

    /// The place that the next operation gets.
    pub(crate) fn next(&self) -> usize {
        self.operations.len()
    }
}
