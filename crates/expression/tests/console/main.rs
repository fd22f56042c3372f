//! Expressions with what Terraform's console makes of them, kept as data.
//!
//! `forms.json` has the forms of expressions and operators, `functions.json` the functions, `covering.json`
//! those rows of either that fill the table of what is covered.

mod coverage;
mod fixture;
mod rows;
mod shown;

use crate::fixture::Fixture;

/// Fewer would be a table that has lost some.
const ROWS_MIN: usize = 3000;

#[test]
fn values_and_errors_are_those_of_the_peer() {
    let fixture = Fixture::new();
    let mut wrong = Vec::new();
    for (table, text) in rows::TABLES {
        for row in rows::read(text).iter().filter(|row| !row.program) {
            let expected = row.expected();
            // Others are for the testkit, which asks the whole program.
            let Some(actual) = fixture.console(&row.expression) else { continue };
            if !agree(&expected, &actual) {
                wrong.push(format!(
                    "{table}: {}\n  expected {expected:?}\n  actual   {actual:?}",
                    row.expression
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} rows differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// Of the mistakes in one expression one of the two may tell more than the other, and in another order.
fn agree(expected: &Result<String, Vec<String>>, actual: &Result<String, Vec<String>>) -> bool {
    match (expected, actual) {
        (Err(expected), Err(actual)) => {
            let all_in = |some: &[String], others: &[String]| some.iter().all(|one| others.contains(one));
            all_in(expected, actual) || all_in(actual, expected)
        }
        _ => expected == actual,
    }
}

#[test]
fn the_tables_are_whole() {
    let rows = rows::all();
    assert!(rows.len() >= ROWS_MIN, "{} rows", rows.len());
    let unreasoned: Vec<&str> = rows
        .iter()
        .filter(|row| row.different.as_ref().is_some_and(|different| different.reason.is_empty()))
        .map(|row| &*row.expression)
        .collect();
    assert!(unreasoned.is_empty(), "different without a reason: {unreasoned:?}");
}
