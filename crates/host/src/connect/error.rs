//! Why there is no connection.

use std::fmt;

use super::failure::{Failure, FailureKind};

/// Why there is no connection to a host, attempt by attempt.
#[derive(Clone, Debug)]
pub struct ConnectError {
    /// The host, as it was asked for.
    pub host: String,
    /// What each attempt came to; there is at least one.
    pub failures: Vec<Failure>,
    /// What was left out of its settings, which may be the reason.
    pub notices: Vec<String>,
}

impl ConnectError {
    /// What to make of the last attempt.
    pub fn kind(&self) -> FailureKind {
        self.failures.last().map_or(FailureKind::Settings, |failure| failure.kind)
    }
}

impl std::error::Error for ConnectError {}

impl fmt::Display for ConnectError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((last, before)) = self.failures.split_last() else {
            return write!(out, "{}: there is no connection", self.host);
        };
        // Settings name the host themselves.
        if last.kind == FailureKind::Settings {
            out.write_str(&last.why)?;
        } else {
            write!(out, "{}: there is no connection: {}", self.host, last.why)?;
        }
        if let Some(advice) = last.kind.advice() {
            write!(out, ". {advice}")?;
        }
        for (at, failure) in before.iter().enumerate() {
            if at == 0 {
                write!(out, ". It was the last of {} attempts", self.failures.len())?;
            }
            // Attempts that came to the same are told once.
            if failure.why != last.why && before[..at].iter().all(|other| other.why != failure.why) {
                write!(out, "; attempt {}: {}", at + 1, failure.why)?;
            }
        }
        for notice in &self.notices {
            write!(out, ". Note that {notice}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_attempt_is_told_once() {
        let failure = |why: &str| Failure { kind: FailureKind::Refused, why: why.to_owned() };
        let error = ConnectError {
            host: "web".to_owned(),
            failures: vec![failure("one"), failure("two"), failure("one"), failure("three")],
            notices: vec!["x is left out".to_owned()],
        };
        let text = error.to_string();
        assert!(text.starts_with("web: there is no connection: three. Check the port"), "{text}");
        assert!(
            text.ends_with(
                ". It was the last of 4 attempts; attempt 1: one; attempt 2: two. Note that x is left out"
            ),
            "{text}"
        );
    }
}
