//! What is going to be done on a host, and why.

use std::sync::Arc;

use plumb_host::{Content, FileChange, Login, Request, Restart, Rsync};
use plumb_source::Span;

use crate::known::FactKey;
use crate::receiving::Fetch;

/// What is going to be done on a host.
#[derive(Clone, Debug, Default)]
pub struct HostPlan {
    /// Every operation that the deploy declares, in order.
    pub operations: Vec<Operation>,
    /// Where the deploy could not be followed further before something has been done, and why.
    pub undecided: Option<(Span, String)>,
    /// What the deploy printed.
    pub printed: Vec<String>,
    /// Whether something waits for the end of the deploy, should that come to an end of any kind.
    pub(crate) has_endings: bool,
}

impl HostPlan {
    /// How many operations there are of each verdict.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.operations.iter().filter(|operation| operation.verdict() == verdict).count()
    }

    /// Whether there may be something to do.
    pub fn has_changes(&self) -> bool {
        self.undecided.is_some() || self.operations.iter().any(|operation| operation.verdict() != Verdict::Ok)
    }
}

/// One operation.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Its function, as in `apt.packages`.
    pub function: String,
    /// What it is about: what the deploy calls it, or its first arguments.
    pub title: String,
    /// Where the deploy declares it.
    pub place: Span,
    /// As whom it is done.
    pub login: Login,
    /// What it does; nothing where the host is as it should be.
    pub changes: Vec<Change>,
    /// Why it may come out otherwise than planned.
    pub doubt: Option<Doubt>,
    /// Whether the condition that it stands under is not met.
    pub is_left_out: bool,
    /// Whether the rest of the deploy goes on where it fails.
    pub ignores_errors: bool,
    /// Whether neither its differences nor its output are shown.
    pub is_hidden: bool,
    /// On which other host it is done.
    pub on: Option<Arc<str>>,
    /// Whether it is done on one host for all of them.
    pub is_once: bool,
    /// How many hosts do it at once at most.
    pub hosts_max: Option<usize>,
    /// Whether it waited for the end of the deploy.
    pub is_at_end: bool,
    /// Which call of the code it is, so that hosts can say which they share.
    pub(crate) site: Option<CallSite>,
    /// What it was planned by.
    pub(crate) uses: Vec<FactKey>,
    /// Families of facts that nobody can know any more once it was done.
    pub(crate) obscures: Vec<String>,
}

/// A call of an operation: from where to where the code went to it, and the how manieth such call it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct CallSite {
    pub(crate) places: Vec<Span>,
    pub(crate) count: usize,
}

/// What is going to become of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Everything is as it should be.
    Ok,
    /// Something will change.
    Changes,
    /// What is done before it decides.
    MayChange,
}

/// Why nobody can tell yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// The operation that decides, by its place in the plan.
    pub by: usize,
    /// What of it, in words for people.
    pub why: String,
}

/// One thing that an operation does.
#[derive(Clone, Debug)]
pub struct Change {
    /// What, in a few words.
    pub summary: String,
    /// What is otherwise afterwards, beside a content.
    pub attributes: Vec<Attribute>,
    /// How a content changes.
    pub difference: Option<Difference>,
    /// How it is done.
    pub action: Action,
}

/// Something that has one value before and another one after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// The value that it has; none where there is none.
    pub before: Option<String>,
    /// The value that it gets.
    pub after: Option<String>,
}

/// A content before and after.
#[derive(Clone, Debug)]
pub struct Difference {
    /// Of which file, or what else.
    pub of: String,
    /// Before; nothing where it is not known, for it is too large.
    pub before: Option<Content>,
    /// After.
    pub after: Content,
}

/// How something is done.
#[derive(Clone, Debug)]
pub enum Action {
    /// By a script.
    Run {
        /// The script.
        request: Request,
        /// What it is, as people are told of it.
        shown: String,
    },
    /// By putting a file in its place.
    Write(FileChange),
    /// By bringing a file of the host to this machine.
    Fetch(Fetch),
    /// By starting the host anew.
    Restart {
        /// How.
        restart: Restart,
        /// What has it start anew, as people are told of it.
        shown: String,
    },
    /// By the program rsync of this machine, and that of the host.
    Rsync(Rsync),
}

impl Action {
    /// Whether nothing else is done in the same turn.
    pub(crate) fn is_alone(&self) -> bool {
        matches!(self, Action::Restart { .. } | Action::Rsync(_))
    }
}

impl Operation {
    /// What it does by itself; that is all it does then.
    pub(crate) fn alone(&self) -> Option<&Action> {
        Some(&self.changes.first()?.action).filter(|action| action.is_alone())
    }

    /// Whether it is something that hosts have to agree about, so that it is done by itself.
    pub(crate) fn is_shared(&self) -> bool {
        !self.changes.is_empty() && (self.is_once || self.on.is_some() || self.hosts_max.is_some())
    }

    /// What is going to become of it.
    pub fn verdict(&self) -> Verdict {
        match (&self.doubt, self.changes.is_empty()) {
            (Some(_), _) => Verdict::MayChange,
            (None, true) => Verdict::Ok,
            (None, false) => Verdict::Changes,
        }
    }
}
