//! Questions about a host: what a script says, and what there is at a path.
//!
//! Any number of them are one piece of text. What there is at many paths is found out by a handful of
//! programs for all of them together.

mod check;
mod entry;
mod files;
mod script;

use std::collections::HashMap;

use bytes::Bytes;

pub use check::Check;
pub use entry::{Entry, EntryKind};
pub use files::Wanted;

use crate::shell::{Reply, Request};

/// Something to find out. Equal questions have equal answers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Question {
    /// What a script says, in the C locale. It changes nothing.
    Script(String),
    /// What there is at a path, and what of its content is of interest.
    Path(String, Wanted),
}

/// What was found out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// What a script wrote, and how it ended.
    Script {
        /// Its exit status.
        status: u32,
        /// What it wrote on its standard output.
        output: Bytes,
        /// What it wrote on its standard error.
        errors: Bytes,
    },
    /// What there is.
    Path(Entry),
}

/// Questions as requests: scripts one by one, paths together.
pub(crate) struct Asked<'a> {
    questions: &'a [Question],
    /// For each request, the questions that it answers.
    of_requests: Vec<Vec<usize>>,
    pub(crate) requests: Vec<Request>,
}

/// So many paths are looked at by one request: what it takes to tell them apart grows faster than they do.
const PATHS_MAX: usize = 200;

impl<'a> Asked<'a> {
    pub(crate) fn new(questions: &'a [Question]) -> Self {
        let mut asked = Asked { questions, of_requests: Vec::new(), requests: Vec::new() };
        let mut paths = Vec::new();
        for (at, question) in questions.iter().enumerate() {
            match question {
                Question::Script(text) => asked.push(vec![at], script::request(text)),
                Question::Path(path, wanted) => paths.push((at, path.as_str(), wanted)),
            }
        }
        for paths in paths.chunks(PATHS_MAX) {
            let looked_at: Vec<_> = paths.iter().map(|(_, path, wanted)| (*path, *wanted)).collect();
            asked.push(paths.iter().map(|(at, ..)| *at).collect(), files::request(&looked_at));
        }
        asked
    }

    fn push(&mut self, questions: Vec<usize>, request: Request) {
        self.of_requests.push(questions);
        self.requests.push(request);
    }

    /// What the replies say, in the order of the questions.
    pub(crate) fn answers(&self, replies: &[Reply]) -> Result<Vec<Answer>, String> {
        let mut answers = HashMap::new();
        for (questions, reply) in self.of_requests.iter().zip(replies) {
            match questions.as_slice() {
                [at] if matches!(self.questions[*at], Question::Script(_)) => {
                    answers.insert(*at, script::answer(reply));
                }
                paths => {
                    let entries = files::entries(reply, paths.len())?;
                    answers.extend(paths.iter().copied().zip(entries.into_iter().map(Answer::Path)));
                }
            }
        }
        let in_order = (0..self.questions.len()).map(|at| answers.remove(&at));
        in_order.collect::<Option<Vec<_>>>().ok_or_else(|| "a question was left without an answer".to_owned())
    }
}
