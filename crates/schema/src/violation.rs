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
    /// The problem with an object whose address is `address`, on one line. What is at the `secret`
    /// places is not shown.
    pub fn describe(&self, address: &str, secret: &[Path]) -> String {
        // Messages show values with all that is inside them.
        let is_secret = secret.iter().any(|secret| {
            let (own, others) = (&self.path.0, &secret.0);
            own.iter().zip(others).all(|(one, other)| one == other)
        });
        if is_secret {
            return format!("{address}{}: inconsistent values, which are sensitive", path_text(&self.path));
        }
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

#[cfg(test)]
mod tests {
    use plumb_value::Value;

    use super::*;

    #[test]
    fn what_is_secret_is_not_shown() {
        let path = Path::root().attribute("rule").index(Value::number(1_i64));
        let violation = Violation { path: path.clone(), message: "was \"a\", but now \"b\"".to_owned() };
        let shown = "x.y.rule[1]: was \"a\", but now \"b\"";
        let hidden = "x.y.rule[1]: inconsistent values, which are sensitive";
        let cases = [
            (Path::root().attribute("other"), shown),
            (Path::root().attribute("rule").index(Value::number(0_i64)), shown),
            (path.clone(), hidden),
            (path.attribute("port"), hidden),
            (Path::root().attribute("rule"), hidden),
            (Path::root(), hidden),
        ];
        for (secret, expected) in cases {
            assert_eq!(violation.describe("x.y", &[secret]), expected);
        }
        assert_eq!(violation.describe("x.y", &[]), shown);
    }
}
