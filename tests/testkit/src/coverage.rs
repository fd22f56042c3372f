//! Which behaviours the corpus shows, and in which ways.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Deserialize;

use crate::{Case, Cell, Excuses};

/// Something that Plumb does as Terraform does.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Behaviour {
    /// The chapter that it is in.
    pub section: String,
    /// Its name, which cases use.
    pub name: String,
    /// Ways in which it cannot be shown, with reasons.
    #[serde(default)]
    pub excused: BTreeMap<Cell, String>,
    /// Ways in which a test of its own shows it, by the name of the test in `tests/`, because a case
    /// cannot say what it takes.
    #[serde(default)]
    pub elsewhere: BTreeMap<Cell, String>,
}

/// Every behaviour with the cases that show it.
#[derive(Debug)]
pub struct Coverage {
    rows: Vec<(Behaviour, BTreeMap<Cell, Vec<String>>)>,
    unknown: Vec<String>,
}

impl Coverage {
    /// Of those behaviours in those cases.
    pub fn of(behaviours: Vec<Behaviour>, cases: &[Case]) -> Coverage {
        let mut unknown = Vec::new();
        for case in cases {
            for name in case.covers.keys() {
                if !behaviours.iter().any(|behaviour| behaviour.name == *name) {
                    unknown.push(format!("{}: there is no behaviour \"{name}\"", case.name));
                }
            }
        }
        let rows = behaviours.into_iter().map(|behaviour| {
            let mut cells: BTreeMap<Cell, Vec<String>> = BTreeMap::new();
            for case in cases {
                for cell in case.covers.get(&behaviour.name).into_iter().flatten() {
                    cells.entry(*cell).or_default().push(case.name.clone());
                }
            }
            (behaviour, cells)
        });
        Coverage { rows: rows.collect(), unknown }
    }

    /// What is wrong: empty cells, excuses for cells that are not empty, names that mean nothing.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = self.unknown.clone();
        for (behaviour, cells) in &self.rows {
            for cell in Cell::ALL {
                let place = format!("{} × {}", behaviour.name, cell.name());
                let test = behaviour.elsewhere.get(&cell);
                if test.is_some_and(|test| !crate::own_directory().join("tests").join(test).exists()) {
                    problems.push(format!("{place}: there is no such test"));
                }
                let is_shown = cells.contains_key(&cell) || test.is_some();
                match (is_shown, behaviour.excused.contains_key(&cell)) {
                    (false, false) => problems.push(format!("{place}: no case shows it")),
                    (true, true) => problems.push(format!("{place}: a case shows it, and it is excused")),
                    _ => {}
                }
            }
        }
        problems
    }

    /// The table as a document.
    pub fn document(&self) -> String {
        let mut text = String::from(
            "# Compatibility coverage\n\n\
             Which behaviours the differential corpus (`tests/testkit/corpus`) compares with `terraform`, and in\n\
             which ways: used as it should be, used wrongly, with values that are not known yet, and with\n\
             sensitive values. Each entry is a case. A dash with a number is a way that does not exist, explained\n\
             below its table; a path is that of a test of `tests/testkit`. This file is generated:\n\
             `UPDATE=1 cargo test -p plumb-testkit --test coverage`.\n",
        );
        let mut sections: Vec<&str> = Vec::new();
        for (behaviour, _) in &self.rows {
            if !sections.contains(&behaviour.section.as_str()) {
                sections.push(&behaviour.section);
            }
        }
        for section in sections {
            self.write_section(section, &mut text);
        }
        text
    }

    fn write_section(&self, section: &str, text: &mut String) {
        let mut excuses = Excuses::default();
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "\n## {section}\n\n| behaviour | accepted | rejected | unknown | sensitive |\n|---|---|---|---|---|"
        );
        for (behaviour, cells) in self.rows.iter().filter(|(behaviour, _)| behaviour.section == section) {
            let _ = write!(text, "| {} |", behaviour.name);
            for cell in Cell::ALL {
                let cases = cells.get(&cell).cloned().unwrap_or_default();
                let test = behaviour.elsewhere.get(&cell).map(|test| format!("`tests/{test}`"));
                let shown: Vec<String> = cases.into_iter().chain(test).collect();
                let content = match ((!shown.is_empty()).then_some(shown), behaviour.excused.get(&cell)) {
                    (Some(shown), _) => shown.join("<br>"),
                    (None, Some(reason)) => excuses.cell(reason),
                    (None, None) => String::new(),
                };
                let _ = write!(text, " {content} |");
            }
            text.push('\n');
        }
        excuses.write(text);
    }
}
