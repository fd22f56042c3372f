//! What is known of a host while its deploy runs, again and again.

use std::collections::HashMap;
use std::sync::Arc;

use plumb_host::{Answer, Login, Question};

/// A question, and as whom it is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactKey {
    /// As whom.
    pub login: Login,
    /// What.
    pub question: Question,
}

/// What is known of a host. Code that runs again comes by the same places with the same knowledge: what
/// has been done in between is seen only behind the operation that did it.
#[derive(Clone, Debug)]
pub struct Known {
    ages: Vec<Age>,
    /// Of the operations that have been carried out, or had nothing to do, what came of each.
    pub(crate) results: Vec<Arc<Result>>,
}

/// Answers from between two times that something was done.
#[derive(Clone, Debug, Default)]
pub(crate) struct Age {
    /// The first operation that is planned by these answers.
    pub(crate) since: usize,
    /// Shared by the runs of the code that look at them.
    answers: Arc<HashMap<Question, Vec<(Login, Answer)>>>,
}

/// What came of an operation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Result {
    pub(crate) changed: bool,
    pub(crate) status: u32,
    pub(crate) output: String,
    pub(crate) errors: String,
}

impl Default for Known {
    fn default() -> Self {
        Known { ages: vec![Age::default()], results: Vec::new() }
    }
}

impl Known {
    /// Nothing yet.
    pub fn new() -> Self {
        Known::default()
    }

    /// Takes in an answer.
    pub fn learn(&mut self, key: FactKey, answer: Answer) {
        if let Some(age) = self.ages.last_mut() {
            Arc::make_mut(&mut age.answers).entry(key.question).or_default().push((key.login, answer));
        }
    }

    /// So many operations are done: what was known before is no longer true if any of them changed something.
    pub(crate) fn turn(&mut self, has_changed: bool) {
        let same = self.ages.last().filter(|_| !has_changed).map(|age| age.answers.clone());
        self.ages.push(Age { since: self.results.len(), answers: same.unwrap_or_default() });
    }

    /// The first operation of an age; none where there is no such age yet.
    pub(crate) fn age_since(&self, age: usize) -> Option<usize> {
        self.ages.get(age).map(|age| age.since)
    }

    pub(crate) fn newest(&self) -> usize {
        self.ages.len() - 1
    }

    pub(crate) fn answer(&self, age: usize, key: &FactKey) -> Option<&Answer> {
        let answers = self.ages.get(age)?.answers.get(&key.question)?;
        answers.iter().find(|(login, _)| *login == key.login).map(|(_, answer)| answer)
    }
}
