//! Every function and every form of expressions has rows for every kind of input, and a document says so.
//!
//! `coverage.json` names the forms, and says of cells that cannot exist why. `UPDATE=1` writes the document.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use plumb_testkit::Excuses;
use serde::Deserialize;

use crate::rows::{self, Row};

/// The kinds of input.
const KINDS: [&str; 6] = ["ordinary", "edge", "null", "unknown", "sensitive", "wrong type"];

const FUNCTIONS: &str = "Functions";

/// What `coverage.json` says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Plan {
    /// Forms of expressions by chapter.
    forms: Vec<Chapter>,
    /// Cells that cannot exist, with reasons.
    excused: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Chapter {
    name: String,
    forms: Vec<String>,
}

struct Coverage {
    chapters: Vec<Chapter>,
    excused: BTreeMap<String, String>,
    /// Numbers of rows by cell.
    counts: BTreeMap<String, usize>,
    rows: Vec<Row>,
}

impl Coverage {
    fn read() -> Coverage {
        let plan: Plan = serde_json::from_str(include_str!("../coverage.json")).expect("coverage.json");
        let functions = plumb_expression::function_names().into_iter().filter(|name| *name != "type");
        let mut chapters = plan.forms;
        let functions = functions.map(str::to_owned).collect();
        chapters.push(Chapter { name: FUNCTIONS.to_owned(), forms: functions });
        let rows = rows::all();
        let mut counts = BTreeMap::new();
        for cell in rows.iter().filter_map(|row| row.covers.clone()) {
            *counts.entry(cell).or_default() += 1;
        }
        Coverage { chapters, excused: plan.excused, counts, rows }
    }

    fn cells(&self) -> impl Iterator<Item = String> {
        let forms = self.chapters.iter().flat_map(|chapter| &chapter.forms);
        forms.flat_map(|form| KINDS.map(|kind| cell(form, kind)))
    }

    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        for cell in self.cells() {
            match (self.counts.contains_key(&cell), self.excused.contains_key(&cell)) {
                (false, false) => problems.push(format!("{cell}: no row shows it")),
                (true, true) => problems.push(format!("{cell}: a row shows it, and it is excused")),
                _ => {}
            }
        }
        let known: Vec<String> = self.cells().collect();
        let named = self.counts.keys().chain(self.excused.keys());
        problems
            .extend(named.filter(|name| !known.contains(name)).map(|name| format!("{name}: no such cell")));
        problems
    }

    fn document(&self) -> String {
        let peers = self.rows.iter().filter(|row| row.of.is_some()).count();
        let mut text = format!(
            "# Coverage of expressions\n\n\
             What `terraform console` makes of {} expressions is kept as data (`crates/expression/tests`), and\n\
             Plumb makes the same of them: the same value of the same type, null, unknown or sensitive as it is\n\
             there, or errors with the same headlines. {peers} more are of functions that OpenTofu alone has. A test\n\
             asks `terraform` again where it is on `PATH`.\n\n\
             The tables tell how many of the expressions show a function or form, and with which input: as it is\n\
             used every day, at the edges of what it takes, with null, with values that are not known yet, with\n\
             sensitive values, and with values of the wrong type or number. The others show several at once. A dash\n\
             with a number is a cell that cannot exist, explained below its table. This file is generated:\n\
             `UPDATE=1 cargo test -p plumb-expression --test console`.\n",
            self.rows.len() - peers
        );
        for chapter in &self.chapters {
            self.write_chapter(chapter, &mut text);
        }
        self.write_differences(&mut text);
        text
    }

    fn write_chapter(&self, chapter: &Chapter, text: &mut String) {
        let first = if chapter.name == FUNCTIONS { "function" } else { "form" };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "\n## {}\n\n| {first} | {} |", chapter.name, KINDS.join(" | "));
        text.push_str("|---|---|---|---|---|---|---|\n");
        let mut excuses = Excuses::default();
        for form in &chapter.forms {
            let _ = write!(text, "| {} |", code(form));
            for kind in KINDS {
                let cell = cell(form, kind);
                let content = match (self.counts.get(&cell), self.excused.get(&cell)) {
                    (Some(count), _) => count.to_string(),
                    (None, Some(reason)) => excuses.cell(reason),
                    (None, None) => String::new(),
                };
                let _ = write!(text, " {content} |");
            }
            text.push('\n');
        }
        excuses.write(text);
    }

    fn write_differences(&self, text: &mut String) {
        let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for row in &self.rows {
            if let Some(different) = &row.different {
                reasons.entry(&different.reason).or_default().push(&row.expression);
            }
        }
        text.push_str("\n## Differences\n\n");
        if reasons.is_empty() {
            text.push_str("There are none.\n");
        }
        for (reason, expressions) in reasons {
            let shown: Vec<String> = expressions.into_iter().map(code).collect();
            let _ = writeln!(text, "* {reason}  \n  {}", shown.join("  \n  "));
        }
    }
}

fn cell(form: &str, kind: &str) -> String {
    format!("{form}/{kind}")
}

/// As code, in a table.
fn code(text: &str) -> String {
    let escaped = text.replace('|', "\\|").replace('\n', "⏎");
    if escaped.contains('`') { format!("`` {escaped} ``") } else { format!("`{escaped}`") }
}

#[test]
fn no_cell_is_empty() {
    let problems = Coverage::read().problems();
    assert!(problems.is_empty(), "{} cells:\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn the_document_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/expression-coverage.md");
    let content = Coverage::read().document();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &content).expect("the document");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == content, "docs/expression-coverage.md is not up to date; run this test with UPDATE=1");
}
