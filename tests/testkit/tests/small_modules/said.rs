//! What a program says of a module: what is wrong, what it would do, and how its tests end.
//!
//! Responsible for finding that in each kind of output, and for what counts as the same.

use std::fmt;

use serde_json::Value as Json;

/// The warning that every command gives where a provider is found by `dev_overrides`.
const OVERRIDE_WARNING: &str = "Provider development overrides are in effect";

/// An error or a warning.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Diagnostic {
    pub(crate) severity: String,
    /// `FILE:LINE`, where it has a place.
    pub(crate) place: Option<String>,
    pub(crate) headline: String,
    /// Its whole text in JSON, which tells how useful it is; kept by no file.
    pub(crate) whole: String,
}

impl Diagnostic {
    fn key(&self) -> (&str, &Option<String>, &str) {
        (&self.severity, &self.place, &self.headline)
    }

    /// Whether the other one is about the same. It may say where it is, when this one does not.
    fn fits(&self, other: &Diagnostic) -> bool {
        self.severity == other.severity
            && self.headline == other.headline
            && (self.place.is_none() || self.place == other.place)
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Diagnostic { severity, place, headline, .. } = self;
        match place {
            Some(place) => write!(out, "{severity} {place}: {headline}"),
            None => write!(out, "{severity}: {headline}"),
        }
    }
}

/// Everything that counts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Said {
    /// Sorted.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// Sorted lines about what would be done, and how tests ended.
    pub(crate) events: Vec<String>,
}

impl PartialEq for Said {
    fn eq(&self, other: &Said) -> bool {
        let keys = |said: &Said| said.diagnostics.iter().map(ToString::to_string).collect::<Vec<_>>();
        keys(self) == keys(other) && self.events == other.events
    }
}

impl Said {
    /// Of a part of a module's file.
    pub(crate) fn read(text: &str) -> Result<Said, String> {
        let mut said = Said::default();
        for line in text.lines() {
            let (what, headline) = match line.split_once(": ") {
                Some(parts) if line.starts_with("error") || line.starts_with("warning") => parts,
                _ => {
                    said.events.push(line.to_owned());
                    continue;
                }
            };
            let (severity, place) = match what.split_once(' ') {
                Some((severity, place)) => (severity, Some(place.to_owned())),
                None => (what, None),
            };
            let headline = headline.to_owned();
            said.diagnostics.push(Diagnostic {
                severity: severity.to_owned(),
                place,
                headline,
                whole: String::new(),
            });
        }
        said.sort();
        Ok(said)
    }

    /// Of a document or of messages, one a line.
    pub(crate) fn of_json(text: &str) -> Said {
        let mut said = Said::default();
        if let Ok(document) = serde_json::from_str::<Json>(text)
            && let Some(found) = document["diagnostics"].as_array()
        {
            found.iter().for_each(|one| said.add(one));
        } else {
            let messages = text.lines().filter_map(|line| serde_json::from_str::<Json>(line).ok());
            messages.for_each(|message| said.add_message(&message));
        }
        said.sort();
        said
    }

    /// Of text for people, as a command says it that has no other.
    pub(crate) fn of_text(text: &str) -> Said {
        let mut said = Said::default();
        for line in text.lines() {
            let line = line.trim_start_matches('│').trim();
            let headline = [("error", "Error: "), ("warning", "Warning: ")]
                .into_iter()
                .find_map(|(severity, begin)| line.strip_prefix(begin).map(|headline| (severity, headline)));
            if let Some((severity, headline)) = headline {
                said.diagnostics.push(Diagnostic {
                    severity: severity.to_owned(),
                    headline: of_either(headline),
                    ..Diagnostic::default()
                });
            } else if let Some((file, rest)) =
                line.strip_prefix("on ").and_then(|line| line.split_once(" line "))
                && let Some(last) = said.diagnostics.last_mut()
            {
                let number: String = rest.chars().take_while(char::is_ascii_digit).collect();
                last.place.get_or_insert(format!("{file}:{number}"));
            }
        }
        said.diagnostics.retain(|one| one.headline != OVERRIDE_WARNING);
        said.sort();
        said
    }

    fn add(&mut self, diagnostic: &Json) {
        let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
        let headline = of_either(text(&diagnostic["summary"]).lines().next().unwrap_or_default());
        if headline == OVERRIDE_WARNING {
            return;
        }
        let line = diagnostic["range"]["start"]["line"].as_u64();
        let place = line.map(|line| format!("{}:{line}", text(&diagnostic["range"]["filename"])));
        let severity = text(&diagnostic["severity"]);
        self.diagnostics.push(Diagnostic { severity, place, headline, whole: diagnostic.to_string() });
    }

    fn add_message(&mut self, message: &Json) {
        let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
        match message["type"].as_str().unwrap_or_default() {
            "diagnostic" => self.add(&message["diagnostic"]),
            "planned_change" => {
                let change = &message["change"];
                let (action, address) = (text(&change["action"]), text(&change["resource"]["addr"]));
                self.events.push(format!("{action} {address}"));
            }
            "outputs" => {
                for (name, output) in message["outputs"].as_object().into_iter().flatten() {
                    let sensitive = if output["sensitive"] == true { " (sensitive)" } else { "" };
                    self.events.push(format!("{} output.{name}{sensitive}", text(&output["action"])));
                }
            }
            "test_run" if message["test_run"]["progress"] == "complete" => {
                let run = &message["test_run"];
                let (status, path) = (text(&run["status"]), text(&run["path"]));
                self.events.push(format!("{status} {path} {}", text(&run["run"])));
            }
            _ => {}
        }
    }

    fn sort(&mut self) {
        self.diagnostics.sort();
        self.events.sort();
    }

    /// Whether anything is an error, or a test failed.
    pub(crate) fn is_refusal(&self) -> bool {
        self.diagnostics.iter().any(|one| one.severity == "error")
    }

    /// What is only in this one, and what is only in the other. The other may say where something is when this one
    /// does not, and may say once what this one repeats.
    pub(crate) fn compare(&self, other: &Said) -> (Vec<String>, Vec<String>) {
        let mut missing: Vec<String> = Vec::new();
        let mut more: Vec<String> = Vec::new();
        let fits = |one: &Diagnostic, two: &Diagnostic| one.key() == two.key() || one.fits(two);
        for one in &self.diagnostics {
            if !other.diagnostics.iter().any(|two| fits(one, two)) {
                missing.push(one.to_string());
            }
        }
        for two in &other.diagnostics {
            if !self.diagnostics.iter().any(|one| fits(one, two)) {
                more.push(two.to_string());
            }
        }
        missing.extend(self.events.iter().filter(|event| !other.events.contains(event)).cloned());
        more.extend(other.events.iter().filter(|event| !self.events.contains(event)).cloned());
        (missing, more)
    }
}

impl fmt::Display for Said {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.diagnostics.iter().try_for_each(|one| writeln!(out, "{one}"))?;
        self.events.iter().try_for_each(|event| writeln!(out, "{event}"))
    }
}

/// Each tool speaks of itself by its own name, and of a cycle in an order of its own.
fn of_either(headline: &str) -> String {
    let headline = if headline.starts_with("Cycle") { "Cycle" } else { headline };
    headline.replace("Plumb", "Terraform")
}
