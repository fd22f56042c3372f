//! What is known of a host while its deploy runs, again and again.

use std::collections::HashMap;
use std::sync::Arc;

use plumb_host::{Answer, Login, Question};

/// A question, and as whom it is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactKey {
    /// On which other host; none for the host itself.
    pub host: Option<Arc<str>>,
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
    /// From which operation on nothing more is done but what waits for the end: the one before it failed.
    pub(crate) broken_at: Option<usize>,
}

/// Answers, with who has given them as whom.
type Answers = HashMap<Question, Vec<((Option<Arc<str>>, Login), Answer)>>;

/// Answers from between two times that something was done.
#[derive(Clone, Debug, Default)]
pub(crate) struct Age {
    /// The first operation that is planned by these answers.
    pub(crate) since: usize,
    /// Shared by the runs of the code that look at them.
    answers: Arc<Answers>,
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
        Known { ages: vec![Age::default()], results: Vec::new(), broken_at: None }
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
            Arc::make_mut(&mut age.answers)
                .entry(key.question)
                .or_default()
                .push(((key.host, key.login), answer));
        }
    }

    /// So many operations are done: what was known before is no longer true if any of them changed something.
    pub(crate) fn turn(&mut self, has_changed: bool) {
        let same = self.ages.last().filter(|_| !has_changed).map(|age| age.answers.clone());
        self.begin(same.unwrap_or_default());
    }

    /// Something may have been done on another host: what that one has said is no longer true.
    pub(crate) fn turn_of(&mut self, host: &str) {
        let mut answers = self.ages.last().map(|age| age.answers.clone()).unwrap_or_default();
        for said in Arc::make_mut(&mut answers).values_mut() {
            said.retain(|((of, _), _)| of.as_deref() != Some(host));
        }
        self.begin(answers);
    }

    fn begin(&mut self, answers: Arc<Answers>) {
        let since = self.results.len();
        match self.ages.last_mut() {
            // Nothing has been done since that began.
            Some(age) if age.since == since => age.answers = answers,
            _ => self.ages.push(Age { since, answers }),
        }
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
        let is_asked = |(host, login): &(Option<Arc<str>>, Login)| *host == key.host && *login == key.login;
        answers.iter().find(|(of, _)| is_asked(of)).map(|(_, answer)| answer)
    }
}
