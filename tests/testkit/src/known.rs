//! Differences that are meant to be, with their reasons.

use std::fmt::Write as _;

use serde::Deserialize;

use crate::{Aspect, Difference};

/// No more than so many differences are worth having.
const COUNT_MAX: usize = 10;

/// One difference that is meant to be.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownDifference {
    /// What Plumb does otherwise.
    pub title: String,
    /// Why.
    pub reason: String,
    /// In what it shows.
    pub aspects: Vec<Aspect>,
    /// In which cases.
    pub cases: Vec<String>,
}

/// All of them.
#[derive(Clone, Debug, Default)]
pub struct KnownDifferences(Vec<KnownDifference>);

impl KnownDifferences {
    /// Reads the file that lists them.
    pub fn read(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text).map(KnownDifferences)
    }

    /// Whether a difference is one of them.
    pub fn explains(&self, case: &str, difference: &Difference) -> bool {
        self.0.iter().any(|known| {
            known.aspects.contains(&difference.aspect) && known.cases.iter().any(|name| name == case)
        })
    }

    /// What is wrong with the list: too long, or in what must never differ, or of what does not differ.
    pub fn problems(&self, found: &[(String, Difference)]) -> Vec<String> {
        let mut problems = Vec::new();
        if self.0.len() > COUNT_MAX {
            problems.push(format!(
                "{} differences are listed, at most {COUNT_MAX} are worth having",
                self.0.len()
            ));
        }
        for known in &self.0 {
            let never = [Aspect::Actions, Aspect::State, Aspect::ExitCode, Aspect::Objects];
            if known.aspects.iter().any(|aspect| never.contains(aspect)) {
                problems.push(format!("\"{}\" is about something that must never differ", known.title));
            }
            for case in &known.cases {
                let shows = found
                    .iter()
                    .any(|(name, difference)| name == case && known.aspects.contains(&difference.aspect));
                if !shows {
                    problems.push(format!("\"{}\" does not show in case {case} any more", known.title));
                }
            }
        }
        problems
    }

    /// The list as a document.
    pub fn document(&self) -> String {
        let mut text = String::from(
            "# Known differences\n\n\
             In what Plumb differs from Terraform in the differential corpus, on purpose. None is in planned\n\
             actions, state or exit codes. This file is generated from\n\
             `tests/testkit/known-differences.json`: `UPDATE=1 cargo test -p plumb-testkit --test coverage`.\n",
        );
        if self.0.is_empty() {
            text.push_str("\nThere are none.\n");
        }
        for known in &self.0 {
            let aspects: Vec<String> = known.aspects.iter().map(ToString::to_string).collect();
            // Writing to a string cannot fail.
            let _ = write!(
                text,
                "\n## {}\n\n{}\n\nShows in {}; cases: {}.\n",
                known.title,
                known.reason,
                aspects.join(", "),
                known.cases.join(", ")
            );
        }
        text
    }
}
