//! Which parts of the language the modules show.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;

use plumb_testkit::Excuses;
use serde::Deserialize;

use crate::archive::{Module, directory};
use crate::differences::Differences;

/// A part of the language.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    /// The chapter that it is in.
    section: String,
    /// What modules call it by.
    key: String,
    /// What it is.
    feature: String,
    /// Why there is no module of a kind.
    #[serde(default)]
    excused: BTreeMap<Kind, String>,
}

/// The two columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Valid,
    Invalid,
}

const KINDS: [Kind; 2] = [Kind::Valid, Kind::Invalid];

pub(crate) fn read() -> io::Result<Vec<Row>> {
    let text = std::fs::read_to_string(directory().join("rows.json"))?;
    Ok(serde_json::from_str(&text)?)
}

fn count(row: &Row, kind: Kind, modules: &[Module]) -> usize {
    let shows =
        |module: &&Module| module.is_valid == (kind == Kind::Valid) && module.covers.contains(&row.key);
    modules.iter().filter(shows).count()
}

/// Empty cells, excuses for cells that are not empty, and keys that mean nothing.
pub(crate) fn problems(rows: &[Row], modules: &[Module]) -> Vec<String> {
    let mut problems = Vec::new();
    for module in modules {
        if module.covers.is_empty() {
            problems.push(format!("{}: covers nothing", module.name));
        }
        for key in module.covers.iter().filter(|key| !rows.iter().any(|row| row.key == **key)) {
            problems.push(format!("{}: there is no row \"{key}\"", module.name));
        }
    }
    for row in rows {
        for kind in KINDS {
            match (count(row, kind, modules), row.excused.contains_key(&kind)) {
                (0, false) => problems.push(format!("{} × {kind:?}: no module shows it", row.key)),
                (1.., true) => {
                    problems.push(format!("{} × {kind:?}: a module shows it, and it is excused", row.key));
                }
                _ => {}
            }
        }
    }
    problems
}

/// The table as a document.
pub(crate) fn document(rows: &[Row], modules: &[Module], differences: &Differences) -> String {
    let valid = modules.iter().filter(|module| module.is_valid).count();
    let mut text = format!(
        "# Configuration coverage\n\n\
         {valid} small modules that Terraform accepts and {} that it refuses (`tests/testkit/modules`), and how many\n\
         of them show each part of the language. Plumb accepts the first and refuses the others, with the same\n\
         headlines in the same lines, and each error explains itself beside the lines that it is about. What\n\
         OpenTofu alone has is compared with what it documents. A dash with a number is explained below its table.\n\
         This file is generated: `UPDATE=1 cargo test -p plumb-testkit --test small_modules`.\n",
        modules.len() - valid
    );
    let mut sections: Vec<&str> = Vec::new();
    for row in rows {
        if !sections.contains(&row.section.as_str()) {
            sections.push(&row.section);
        }
    }
    for section in sections {
        let rows: Vec<&Row> = rows.iter().filter(|row| row.section == section).collect();
        write_section(section, &rows, modules, &mut text);
    }
    write_differences(differences, &mut text);
    text
}

// Writing to a string cannot fail.
fn write_section(section: &str, rows: &[&Row], modules: &[Module], text: &mut String) {
    let mut excuses = Excuses::default();
    let _ = writeln!(text, "\n## {section}\n\n| key | what it is | valid | invalid |\n|---|---|--:|--:|");
    for row in rows {
        let _ = write!(text, "| {} | {} |", row.key, row.feature.replace('|', "\\|"));
        for kind in KINDS {
            let cell = match (count(row, kind, modules), row.excused.get(&kind)) {
                (0, Some(reason)) => excuses.cell(reason),
                (count, _) => count.to_string(),
            };
            let _ = write!(text, " {cell} |");
        }
        text.push('\n');
    }
    excuses.write(text);
}

fn write_differences(differences: &Differences, text: &mut String) {
    let _ = writeln!(text, "\n## What differs on purpose\n");
    if differences.0.is_empty() {
        let _ = writeln!(text, "Nothing.");
    }
    for meant in &differences.0 {
        let modules: Vec<String> = meant.modules.iter().map(|name| format!("`{name}`")).collect();
        let _ = writeln!(text, "* {} Shows in {}.", meant.reason, modules.join(", "));
    }
}
