//! What is wrong with an object that a provider returned.
//!
//! Responsible for the place and the words; whether it is an error or, for older providers, only
//! noted is for whoever asked.

use std::fmt::{self, Write};

use plumb_value::{Kind, Path, PathStep};

use crate::notation::Quoted;

/// Something in an object that the protocol does not allow.
#[derive(Clone, Debug, PartialEq)]
pub struct Violation {
    /// Where in the object.
    pub path: Path,
    /// What is wrong there, for the developers of the provider.
    pub message: String,
}

impl Violation {
    /// The problem with an object whose address is `address`, on one line.
    pub fn describe(&self, address: &str) -> String {
        format!("{address}{self}")
    }
}

/// `.disk[0].size: planned value ...`, to be put behind the object's address.
impl fmt::Display for Violation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", path_text(&self.path), self.message)
    }
}

/// A path as it is written in messages: `.disk[0].size`, and `[...]` for an element of a set.
pub fn path_text(path: &Path) -> String {
    let mut text = String::new();
    for step in &path.0 {
        // Writing to a string does not fail.
        let _ = match step {
            PathStep::Attribute(name) => write!(text, ".{name}"),
            PathStep::Index(key) => match key.kind() {
                Kind::Null(_) => write!(text, "[null]"),
                Kind::Unknown(..) => write!(text, "[(not yet known)]"),
                Kind::Number(number) => write!(text, "[{number}]"),
                Kind::String(key) => write!(text, "[{}]", Quoted(key)),
                _ => write!(text, "[...]"),
            },
        };
    }
    text
}

/// Violations found on a walk through an object, with the place where the walk is.
#[derive(Default)]
pub(crate) struct Findings {
    steps: Vec<PathStep>,
    pub(crate) violations: Vec<Violation>,
}

impl Findings {
    /// Notes a violation at the current place.
    pub(crate) fn add(&mut self, message: impl Into<String>) {
        self.violations.push(Violation { path: Path(self.steps.clone()), message: message.into() });
    }

    pub(crate) fn is_at_root(&self) -> bool {
        self.steps.is_empty()
    }

    /// Does something one step further in.
    pub(crate) fn inside<T>(&mut self, step: PathStep, act: impl FnOnce(&mut Self) -> T) -> T {
        self.steps.push(step);
        let result = act(self);
        self.steps.pop();
        result
    }
}
