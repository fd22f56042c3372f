//! What a test says that there is on a host.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use plumb_host::{Answer, Entry, Question};
use plumb_source::Span;
use serde_json::Value as Json;

/// What there is on a host that is made up. Facts are values of the language, and lie with those: see `facts`.
pub(crate) struct MadeUp {
    /// What there is at paths, and nothing at all others; none where the test says nothing of files.
    pub(crate) files: Option<HashMap<String, Entry>>,
    /// What is said of the machine.
    pub(crate) machine: BTreeMap<&'static str, Json>,
    pub(crate) missing: Arc<Missing>,
}

/// What was asked for and is not given.
#[derive(Debug, Default)]
pub(crate) struct Missing(Mutex<Vec<(Span, String)>>);

impl Missing {
    /// Notes something, once.
    pub(crate) fn note(&self, place: Span, what: String) {
        let mut missing = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !missing.iter().any(|(_, known)| *known == what) {
            missing.push((place, what));
        }
    }

    /// All of it, each with how it is given, and where it was asked for first.
    pub(crate) fn all(&self) -> Vec<(Span, String)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl MadeUp {
    /// The answer to a question about a path.
    pub(crate) fn answer(&self, question: &Question, place: Span) -> Option<Answer> {
        let Question::Path(path, _) = question else { return None };
        match &self.files {
            Some(files) => Some(Answer::Path(files.get(path).cloned().unwrap_or_else(Entry::absent))),
            None => {
                let what = format!(
                    "What there is at {path}: files = {{\"{path}\": \"content\"}}, or files = {{}} where there is nothing"
                );
                self.missing.note(place, what);
                None
            }
        }
    }

    /// Nothing is said of a fact of the machine.
    pub(crate) fn lacks_machine_fact(missing: &Missing, name: &str) {
        missing.note(Span::NONE, format!("host.facts.{name}: facts = {{\"host\": {{\"{name}\": ...}}}}"));
    }
}
