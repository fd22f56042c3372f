//! Differences that are meant to be, with their reasons.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde::Deserialize;

use crate::{Aspect, Difference};

/// No more than so many differences are worth having.
const COUNT_MAX: usize = 10;

/// So long are the lines of the documents.
const WIDTH: usize = 105;

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
    /// In which cases; in any where none is named.
    #[serde(default)]
    pub cases: Vec<String>,
    /// Words of the commands that it is about, with bars between them; any where there is none.
    #[serde(default)]
    pub command: String,
    /// Beginnings of the places that it is about; all where there is none.
    #[serde(default)]
    pub places: Vec<String>,
}

impl KnownDifference {
    /// Whether anything that was found is this, in a certain case or in any.
    fn shows(&self, found: &[(String, Difference)], case: Option<&String>) -> bool {
        found.iter().any(|(name, difference)| {
            case.is_none_or(|case| case == name)
                && self.is_about(name, difference)
                && difference.places.iter().any(|place| self.explains(place))
        })
    }

    fn is_about(&self, case: &str, difference: &Difference) -> bool {
        self.aspects.contains(&difference.aspect)
            && (self.cases.is_empty() || self.cases.iter().any(|name| name == case))
            && self.command.split('|').any(|word| difference.command.contains(word))
    }

    fn explains(&self, place: &str) -> bool {
        self.places.is_empty() || self.places.iter().any(|beginning| place.starts_with(beginning))
    }
}

/// All of them.
#[derive(Clone, Debug, Default)]
pub struct KnownDifferences(Vec<KnownDifference>);

/// Names of the cases in which both tools still differ and should not.
pub fn open_cases() -> std::io::Result<BTreeSet<String>> {
    let text = std::fs::read_to_string(crate::own_directory().join("open-cases.txt"))?;
    Ok(text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).map(str::to_owned).collect())
}

impl KnownDifferences {
    /// Reads the file that lists them.
    pub fn read(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text).map(KnownDifferences)
    }

    /// What is left of a difference when all that is known is taken out; `None` where that is nothing.
    pub fn unexplained(&self, case: &str, difference: &Difference) -> Option<Difference> {
        let known: Vec<&KnownDifference> =
            self.0.iter().filter(|known| known.is_about(case, difference)).collect();
        let mut left = difference.clone();
        left.places.retain(|place| !known.iter().any(|known| known.explains(place)));
        (!left.places.is_empty()).then_some(left)
    }

    /// The cases that are named.
    pub fn cases(&self) -> impl Iterator<Item = &String> {
        self.0.iter().flat_map(|known| &known.cases)
    }

    /// What is wrong with the list: too long, in what must never differ, or, going by what was found
    /// in the cases that ran, of what does not differ.
    pub fn problems(&self, ran: &BTreeSet<String>, found: &[(String, Difference)]) -> Vec<String> {
        let mut problems = Vec::new();
        if self.0.len() > COUNT_MAX {
            problems.push(format!(
                "{} differences are listed, at most {COUNT_MAX} are worth having",
                self.0.len()
            ));
        }
        for known in &self.0 {
            let never =
                [Aspect::Actions, Aspect::State, Aspect::ExitCode, Aspect::Objects, Aspect::Installed];
            if known.aspects.iter().any(|aspect| never.contains(aspect)) {
                problems.push(format!("\"{}\" is about something that must never differ", known.title));
            }
            for case in known.cases.iter().filter(|case| ran.contains(*case)) {
                if !known.shows(found, Some(case)) {
                    problems.push(format!("\"{}\" does not show in case {case} any more", known.title));
                }
            }
        }
        problems
    }

    /// Titles of those that may show anywhere and were found nowhere.
    pub fn unseen(&self, found: &[(String, Difference)]) -> Vec<&str> {
        let anywhere = self.0.iter().filter(|known| known.cases.is_empty());
        anywhere.filter(|known| !known.shows(found, None)).map(|known| known.title.as_str()).collect()
    }

    /// The list as a part of a document.
    pub fn document(&self) -> String {
        if self.0.is_empty() {
            return "There are none.\n".to_owned();
        }
        let mut text = String::new();
        for known in &self.0 {
            let aspects: Vec<String> = known.aspects.iter().map(ToString::to_string).collect();
            let cases = if known.cases.is_empty() {
                "any case that meets it".to_owned()
            } else {
                format!("the cases {}", known.cases.join(", "))
            };
            let reason = wrapped(&format!("**{}.** {}", known.title, known.reason));
            // Writing to a string cannot fail.
            let _ = write!(text, "{reason}Shows in: {} of {cases}.\n\n", aspects.join(", "));
        }
        text.truncate(text.trim_end().len());
        text + "\n"
    }
}

/// A paragraph in lines that fit the documents.
fn wrapped(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let length = lines.last().map_or(0, |line| line.chars().count());
        if length > 0 && length + 1 + word.chars().count() > WIDTH {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines.join("\n") + "\n"
}
