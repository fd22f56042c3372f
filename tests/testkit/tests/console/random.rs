//! Random expressions mean the same to both tools: the same value, or errors with the same headlines. So do
//! random variables.
//!
//! `EXPRESSIONS` says how many are tried, a few hundred where it does not, `SEED` which ones, and `KIND` of which
//! kind of `expressions.txt` they are, any where it does not. What differs on purpose is listed in `different-expressions.json` of the testkit, by what it has in it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use plumb_testkit::{Answer, Console, Grammar, Program, Random, own_directory, plumb};
use serde::Deserialize;

use crate::setting::{directory, terraform_for};

/// How many where nothing else is said.
const EXPRESSIONS: u64 = 600;

const SEED: u64 = 20_261;

/// So many are asked at once.
const BATCH: usize = 300;

/// So many differences are enough to see what is wrong.
const SHOWN_MAX: usize = 40;

/// A difference that is meant.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Meant {
    /// What the expression has in it.
    has: String,
    /// What it has in it as well.
    #[serde(default)]
    and: String,
    /// Why it differs.
    reason: String,
}

impl Meant {
    fn is_about(&self, expression: &str) -> bool {
        expression.contains(&self.has) && expression.contains(&self.and)
    }
}

fn number(variable: &str, default: u64) -> u64 {
    match std::env::var(variable) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{variable} has to be a number")),
        Err(_) => default,
    }
}

fn meant() -> Vec<Meant> {
    let path = own_directory().join("different-expressions.json");
    let text = std::fs::read_to_string(path).expect("the list");
    let list: Vec<Meant> = serde_json::from_str(&text).expect("the list of differences");
    assert!(list.iter().all(|meant| !meant.reason.is_empty()), "every difference has a reason");
    list
}

#[test]
fn random_expressions_mean_the_same() {
    let kind = std::env::var("KIND").unwrap_or_else(|_| "any".to_owned());
    compare("random_expressions_mean_the_same", &kind, Asked::Expressions);
}

/// Types of variables with what their values become: `any`, optional attributes with defaults, one in another.
#[test]
fn random_variables_have_the_same_values() {
    compare("random_variables_have_the_same_values", "variable", Asked::Variables);
}

/// What is random.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    Expressions,
    /// All mistakes of variables are told at once, so that none needs to be asked about alone.
    Variables,
}

impl Asked {
    fn console<'a>(self, program: &'a Program, directory: &'a Path) -> Console<'a> {
        match self {
            Asked::Expressions => Console::new(program, directory),
            Asked::Variables => Console::of_variables(program, directory),
        }
    }
}

fn compare(test: &str, kind: &str, asked: Asked) {
    let Some(terraform) = terraform_for(test) else { return };
    let plumb = plumb().expect("plumb");
    let (count, seed) = (number("EXPRESSIONS", EXPRESSIONS) as usize, number("SEED", SEED));
    let grammar = Grammar::own();
    assert!(grammar.has(kind), "KIND: nothing is of the kind {kind}");
    let mut random = Random::new(seed);
    let meant = meant();
    let directories = [directory(), directory()];
    let ours = asked.console(&plumb, directories[0].path());
    let theirs = asked.console(&terraform, directories[1].path());
    let mut different: BTreeMap<String, (Answer, Answer)> = BTreeMap::new();
    let (mut tried, mut refused, mut crashed, mut on_purpose) = (0, 0, 0, 0);
    while tried < count {
        let batch: Vec<String> =
            (0..BATCH.min(count - tried)).map(|_| grammar.expression(kind, &mut random)).collect();
        tried += batch.len();
        let expressions: Vec<&str> = batch.iter().map(String::as_str).collect();
        let mut alone = BTreeSet::new();
        let expected = theirs
            .answers(&expressions, &mut alone, asked == Asked::Expressions)
            .expect("terraform's answers");
        let actual = ours.answers(&expressions, &mut alone, false).expect("plumb's answers");
        for (expression, (expected, actual)) in batch.into_iter().zip(expected.into_iter().zip(actual)) {
            refused += usize::from(matches!(expected, Answer::Errors(_)));
            crashed += usize::from(expected == Answer::Crashed);
            if expected.agrees(&actual) {
                continue;
            }
            if meant.iter().any(|meant| meant.is_about(&expression)) {
                on_purpose += 1;
            } else {
                different.insert(expression, (expected, actual));
            }
        }
    }
    println!(
        "{tried} of kind {kind} with seed {seed}; terraform refuses {refused} and crashes at {crashed}; {} differ, and \
         {on_purpose} on purpose",
        different.len()
    );
    let mut shown: Vec<String> = different
        .iter()
        .map(|(expression, (expected, actual))| {
            format!("{expression}\n  terraform {expected:?}\n  plumb     {actual:?}")
        })
        .collect();
    // The short ones say most.
    shown.sort_by_key(String::len);
    shown.truncate(SHOWN_MAX);
    assert!(different.is_empty(), "{} differ with seed {seed}:\n{}", different.len(), shown.join("\n"));
}

#[test]
fn every_function_takes_part() {
    let program: Program = plumb().expect("plumb");
    let output = std::process::Command::new(&program.path)
        .args(["metadata", "functions", "-json"])
        .output()
        .expect("the functions");
    let listed: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let functions = listed["function_signatures"].as_object().expect("signatures");
    let grammar = Grammar::own();
    let missing: Vec<&String> = functions
        .keys()
        .filter(|name| !name.contains("::") && !grammar.mentions(&format!("{name}(")))
        .collect();
    // What only one of the two has cannot be compared.
    let only_here = ["base64gunzip", "cidrcontains", "plantimestamp", "urldecode"];
    assert_eq!(missing, only_here);
}

#[test]
fn a_seed_is_a_sequence() {
    let grammar = Grammar::own();
    let of = |seed| {
        let mut random = Random::new(seed);
        (0..50).map(|_| grammar.expression("any", &mut random)).collect::<Vec<_>>()
    };
    assert_eq!(of(1), of(1));
    assert_ne!(of(1), of(2));
}
