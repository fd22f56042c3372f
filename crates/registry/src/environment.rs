//! Environment variables as data.
//!
//! Nothing in this crate asks the process for them, so that tests and long-lived programs decide
//! what an operation sees.

use std::collections::BTreeMap;
use std::time::Duration;

/// A set of environment variables.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    variables: BTreeMap<String, String>,
}

impl Environment {
    /// No variables.
    pub fn empty() -> Self {
        Self::default()
    }

    /// The value of a variable that is set to something.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The value of the first variable of several that is set to something.
    pub fn first(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.get(name))
    }

    /// Every variable, ordered by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// A whole number in a variable, if there is one that can be read.
    pub(crate) fn number<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.get(name)?.trim().parse().ok()
    }

    /// How long a server may be silent, where the user says so.
    pub(crate) fn silence_max(&self) -> Option<Duration> {
        let seconds = self.number::<u64>("PLUMB_SERVER_TIMEOUT").filter(|seconds| *seconds > 0);
        seconds.map(Duration::from_secs)
    }

    /// Replaces `$NAME` and `${NAME}` by the values of variables, those that are not set by nothing.
    pub fn expand(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            out.push_str(&rest[..at]);
            let after = &rest[at + 1..];
            let (name, remaining) = match after.strip_prefix('{') {
                Some(braced) => match braced.split_once('}') {
                    Some((name, remaining)) => (name, remaining),
                    None => ("", after),
                },
                None => {
                    let end =
                        after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
                    after.split_at(end)
                }
            };
            if name.is_empty() && remaining.len() == after.len() {
                out.push('$');
            }
            out.push_str(self.get(name).unwrap_or(""));
            rest = remaining;
        }
        out.push_str(rest);
        out
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        let variables = variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Environment { variables }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expands_references() {
        let environment: Environment = [("HOME", "/h"), ("A_1", "x"), ("EMPTY", "")].into_iter().collect();
        let cases = [
            ("$HOME/.d", "/h/.d"),
            ("${HOME}x$A_1-", "/hxx-"),
            ("$NONE|$EMPTY|", "||"),
            ("a$", "a$"),
            ("${x", "${x"),
            ("$/x", "$/x"),
            ("é$HOMEé", "é/hé"),
        ];
        for (given, expected) in cases {
            assert_eq!(environment.expand(given), expected, "{given}");
        }
        assert_eq!(environment.get("EMPTY"), None);
    }
}
