//! In what Plumb differs on purpose, and why.

use std::collections::BTreeMap;
use std::io;

use serde::Deserialize;

use crate::archive::{Module, directory};
use crate::said::Said;

/// A difference that is meant.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Meant {
    /// Why.
    pub(crate) reason: String,
    /// Where it shows.
    pub(crate) modules: Vec<String>,
    /// What Terraform alone says, by its beginning.
    #[serde(default)]
    only_terraform: Vec<String>,
    /// What Plumb alone says, by its beginning.
    #[serde(default)]
    only_plumb: Vec<String>,
}

/// All of them.
pub(crate) struct Differences(pub(crate) Vec<Meant>);

impl Differences {
    pub(crate) fn read() -> io::Result<Differences> {
        let text = std::fs::read_to_string(directory().join("differences.json"))?;
        Ok(Differences(serde_json::from_str(&text)?))
    }

    /// What nothing in the list explains.
    pub(crate) fn unexplained(
        &self,
        module: &Module,
        mut missing: Vec<String>,
        mut more: Vec<String>,
    ) -> (Vec<String>, Vec<String>) {
        for meant in self.0.iter().filter(|meant| meant.modules.contains(&module.name)) {
            let begins = |beginnings: &[String], line: &String| {
                beginnings.iter().any(|beginning| line.starts_with(beginning))
            };
            missing.retain(|line| !begins(&meant.only_terraform, line));
            more.retain(|line| !begins(&meant.only_plumb, line));
        }
        (missing, more)
    }

    /// What is listed and does not show.
    pub(crate) fn stale(&self, modules: &[Module], answers: &BTreeMap<String, Said>) -> Vec<String> {
        let mut stale = Vec::new();
        for meant in &self.0 {
            for name in &meant.modules {
                let Some(module) = modules.iter().find(|module| module.name == *name) else {
                    stale.push(format!("there is no module {name}"));
                    continue;
                };
                let (missing, more) = module.expected.compare(&answers[name]);
                let sides = [(&meant.only_terraform, missing), (&meant.only_plumb, more)];
                for (beginnings, lines) in sides {
                    let unseen = beginnings
                        .iter()
                        .filter(|beginning| !lines.iter().any(|line| line.starts_with(*beginning)));
                    stale.extend(unseen.map(|beginning| format!("{name}: {beginning}")));
                }
            }
        }
        stale
    }
}
