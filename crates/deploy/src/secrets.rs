//! What nobody is to see.

use std::sync::{Arc, Mutex, PoisonError};

/// What stands in the place of something secret.
const HIDDEN: &str = "(sensitive)";
/// What is shorter would hide half of every text, and is guessed anyway.
const LENGTH_MIN: usize = 3;

/// All secrets of a run. Whatever is shown of hosts goes through it.
#[derive(Clone, Debug, Default)]
pub struct Secrets(Arc<Mutex<Vec<String>>>);

impl Secrets {
    /// None yet.
    pub fn new() -> Self {
        Secrets::default()
    }

    /// Takes one in.
    pub fn add(&self, secret: &str) {
        let mut secrets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let whole = std::iter::once(secret);
        for part in whole.chain(secret.lines().filter(|_| secret.contains('\n'))) {
            let part = part.trim_end_matches(['\r', '\n']);
            if part.len() >= LENGTH_MIN && !secrets.iter().any(|known| known == part) {
                secrets.push(part.to_owned());
            }
        }
        // What is part of another would leave the rest of that one to be read.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    }

    /// Whether there is one in a text.
    pub fn are_in(&self, text: &str) -> bool {
        let secrets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        secrets.iter().any(|secret| text.contains(secret.as_str()))
    }

    /// A text without them.
    pub fn hidden(&self, text: &str) -> String {
        let secrets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        secrets.iter().fold(text.to_owned(), |text, secret| {
            if text.contains(secret.as_str()) { text.replace(secret.as_str(), HIDDEN) } else { text }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden_with_what_is_part_of_them() {
        let secrets = Secrets::new();
        for secret in ["pass", "password", "ab", "line one\nline two\n"] {
            secrets.add(secret);
        }
        let shown = secrets.hidden("password=pass ab\n+line two");
        assert_eq!(shown, "(sensitive)=(sensitive) ab\n+(sensitive)");
        assert!(secrets.are_in("my password") && !secrets.are_in("nothing"));
    }
}
