//! The rows say what both tools make of their expressions.
//!
//! `UPDATE=1` writes what `terraform` says into the tables; a new row needs no more than its expression.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use plumb_testkit::{Answer, Console, Program, plumb};
use serde_json::{Map, Value as Json, json};

use crate::setting::{data_directory, directory, terraform_for};

const TABLES: [&str; 3] = ["forms.json", "functions.json", "covering.json"];

/// So many are asked at once.
const BATCH: usize = 400;

type Row = Map<String, Json>;

fn read(table: &str) -> Vec<Row> {
    let text = std::fs::read_to_string(data_directory().join(table)).expect("the table");
    serde_json::from_str(&text).expect("the table is JSON of rows")
}

fn expression(row: &Row) -> &str {
    row["expression"].as_str().expect("every row has an expression")
}

/// What a row, or its part about what is different here, says.
fn expected(row: &Row) -> Option<Answer> {
    if let Some(result) = row.get("result") {
        return Some(Answer::Shown(result.as_str()?.to_owned()));
    }
    let errors = row.get("errors")?.as_array()?;
    let mut headlines: Vec<String> =
        errors.iter().filter_map(|headline| headline.as_str().map(str::to_owned)).collect();
    headlines.sort();
    Some(Answer::Errors(headlines))
}

/// Asks for all rows, and for those alone that the peer had to be asked for alone.
fn ask(program: &Program, rows: &[&Row], alone: &mut [BTreeSet<usize>], finds_alone: bool) -> Vec<Answer> {
    let directory = directory();
    let console = Console::new(program, directory.path());
    let mut answers = Vec::new();
    for (batch, alone) in rows.chunks(BATCH).zip(alone) {
        let expressions: Vec<&str> = batch.iter().map(|row| expression(row)).collect();
        answers.extend(console.answers(&expressions, alone, finds_alone).expect("answers"));
    }
    answers
}

/// The rows of all batches that `choose` chooses.
fn chosen(rows: &[&Row], choose: impl Fn(&Row) -> bool) -> Vec<BTreeSet<usize>> {
    let of_batch = |batch: &[&Row]| {
        batch.iter().enumerate().filter(|(_, row)| choose(row)).map(|(number, _)| number).collect()
    };
    rows.chunks(BATCH).map(of_batch).collect()
}

/// It shows types only where that is all that is asked.
fn asks_for_type(row: &Row) -> bool {
    expression(row).trim_start_matches('(').starts_with("type(")
}

/// What OpenTofu alone has nobody is there to ask for, and some take the peer minutes.
fn is_asked(row: &Row) -> bool {
    !row.contains_key("of") && !row.contains_key("slow")
}

/// What breaks a configuration, or is nothing but the console's.
fn is_alone(row: &Row) -> bool {
    row.get("alone").is_some()
}

fn report(what: &str, rows: &[&Row], expected: &[Answer], actual: &[Answer]) {
    let wrong: Vec<String> = rows
        .iter()
        .zip(expected.iter().zip(actual))
        .filter(|(_, (expected, actual))| !expected.agrees(actual))
        .map(|(row, (expected, actual))| {
            format!("{}\n  expected {expected:?}\n  actual   {actual:?}", expression(row))
        })
        .collect();
    println!("{what}: {} expressions", rows.len());
    assert!(wrong.is_empty(), "{what}: {} differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_rows_are_what_terraform_says() {
    let Some(terraform) = terraform_for("the_rows_are_what_terraform_says") else { return };
    let is_update = std::env::var_os("UPDATE").is_some();
    for table in TABLES {
        let mut all = read(table);
        let rows: Vec<&Row> = all.iter().filter(|row| is_asked(row)).collect();
        let mut alone = chosen(&rows, asks_for_type);
        let answers = ask(&terraform, &rows, &mut alone, true);
        let is_alone = |number: usize| alone[number / BATCH].contains(&(number % BATCH));
        if is_update {
            let answered = all.iter_mut().filter(|row| is_asked(row));
            for (number, (row, answer)) in answered.zip(answers).enumerate() {
                set_answer(row, answer, is_alone(number));
            }
            write(table, &all);
            continue;
        }
        let expected: Vec<Answer> =
            rows.iter().map(|row| expected(row).expect("a result or errors; UPDATE=1 writes them")).collect();
        report(table, &rows, &expected, &answers);
        let unmarked =
            rows.iter().enumerate().filter(|(number, row)| is_alone(*number) != self::is_alone(row));
        let unmarked: Vec<&str> = unmarked.map(|(_, row)| expression(row)).collect();
        assert!(unmarked.is_empty(), "\"alone\" is wrong; UPDATE=1 puts it right: {unmarked:?}");
    }
}

/// Where the order is all that is different the row keeps its own, which the library's test knows.
fn set_answer(row: &mut Row, answer: Answer, is_alone: bool) {
    row.remove("alone");
    if is_alone {
        row.insert("alone".to_owned(), json!(true));
    }
    if expected(row).is_some_and(|known| known.agrees(&answer)) {
        return;
    }
    row.retain(|key, _| key != "result" && key != "errors");
    let (key, value) = match answer {
        Answer::Shown(text) => ("result", json!(text)),
        Answer::Errors(headlines) => ("errors", json!(headlines)),
        // What is there stays: somebody has thought about it.
        Answer::Crashed => ("errors", json!(["Error in function call"])),
    };
    row.insert(key.to_owned(), value);
    // These come last.
    for key in ["alone", "different"] {
        if let Some(value) = row.remove(key) {
            row.insert(key.to_owned(), value);
        }
    }
}

/// A row a line, with spaces as people write them.
fn write(table: &str, rows: &[Row]) {
    let mut text = "[\n".to_owned();
    for (at, row) in rows.iter().enumerate() {
        let parts: Vec<String> =
            row.iter().map(|(key, value)| format!("{}: {}", json!(key), spaced(value))).collect();
        let comma = if at + 1 < rows.len() { "," } else { "" };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {{{}}}{comma}", parts.join(", "));
    }
    text.push_str("]\n");
    std::fs::write(data_directory().join(table), text).expect("the table");
}

fn spaced(value: &Json) -> String {
    match value {
        Json::Array(parts) => format!("[{}]", parts.iter().map(spaced).collect::<Vec<_>>().join(", ")),
        Json::Object(members) => {
            let members = members.iter().map(|(key, value)| format!("{}: {}", json!(key), spaced(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// Within lines, characters that a terminal would act on are shown as a mark here.
fn for_terminals(answer: Answer) -> Answer {
    match answer {
        Answer::Shown(text) => Answer::Shown(text.replace('\r', "\u{fffd}")),
        other => other,
    }
}

#[test]
fn the_console_shows_what_the_rows_say() {
    let plumb = plumb().expect("plumb");
    for table in TABLES {
        let all = read(table);
        let rows: Vec<&Row> = all.iter().collect();
        let mut alone = chosen(&rows, is_alone);
        let answers = ask(&plumb, &rows, &mut alone, false);
        let here = |row: &&Row| match row.get("different").and_then(Json::as_object) {
            Some(different) => expected(different),
            None => expected(row),
        };
        let expected: Vec<Answer> =
            rows.iter().map(here).map(|answer| for_terminals(answer.expect("a result or errors"))).collect();
        report(table, &rows, &expected, &answers);
    }
}
