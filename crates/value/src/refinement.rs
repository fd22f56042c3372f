//! What is known of a value that is not known.

use std::fmt;
use std::sync::Arc;

use crate::Number;

/// Limits within which an unknown value will turn out to be. All empty means nothing is known.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refinement {
    /// It will not be null.
    pub not_null: bool,
    /// It will begin with this text.
    pub string_prefix: Option<Arc<str>>,
    /// It will be at least this, or more than this where the flag (inclusive) is false.
    pub number_min: Option<(Number, bool)>,
    /// It will be at most this, or less than this where the flag (inclusive) is false.
    pub number_max: Option<(Number, bool)>,
    /// It will have at least so many elements.
    pub length_min: Option<u64>,
    /// It will have at most so many elements.
    pub length_max: Option<u64>,
}

impl Refinement {
    /// Only that it will not be null.
    pub fn not_null() -> Self {
        Refinement { not_null: true, ..Refinement::default() }
    }

    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        *self == Refinement::default()
    }
}

/// In few words, for messages to developers.
impl fmt::Display for Refinement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut words = Vec::new();
        if self.not_null {
            words.push("not null".to_owned());
        }
        if let Some(prefix) = &self.string_prefix {
            words.push(format!("{prefix:?}..."));
        }
        if let Some((minimum, inclusive)) = &self.number_min {
            words.push(format!("{}{minimum}", if *inclusive { ">=" } else { ">" }));
        }
        if let Some((maximum, inclusive)) = &self.number_max {
            words.push(format!("{}{maximum}", if *inclusive { "<=" } else { "<" }));
        }
        if let Some(minimum) = self.length_min {
            words.push(format!("length >={minimum}"));
        }
        if let Some(maximum) = self.length_max {
            words.push(format!("length <={maximum}"));
        }
        formatter.write_str(&words.join(", "))
    }
}
