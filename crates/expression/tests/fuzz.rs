//! Whatever is written, it is read, formatted, compiled and evaluated to an end: without a panic, and soon.
//!
//! What is tried are the configurations of this repository with pieces of them changed, taken out, doubled or
//! put elsewhere, and expressions from the testkit's grammar, whole and damaged. `FUZZ_SECONDS` says for how
//! long, a few seconds where it does not, and `FUZZ_SEED` with which; the same seed tries the same, and what
//! fails is told with what it was.

#![expect(clippy::print_stdout, reason = "how much was tried is for people")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use plumb_expression::{Context, Expression, FunctionWorld};
use plumb_source::{FileId, MemoryFiles};
use plumb_syntax::ast::{Body, Expr};
use plumb_syntax::{
    format, lossless::SyntaxNode, parse_expression, parse_file, parse_lossless, parse_template,
};
use plumb_testkit::{Grammar, Random};
use plumb_value::{Marks, Type, Value};

/// How long it is tried where nothing else is said.
const SECONDS: u64 = 4;

const SEED: u64 = 77;

/// What takes longer hangs, on any machine and with anything else at work beside it.
const PATIENCE: Duration = Duration::from_secs(20);

/// Longer texts only take longer.
const TEXT_LENGTH_MAX: usize = 20_000;

/// So many changes are made to a text at most.
const CHANGES_MAX: usize = 6;

/// What mistakes are made of.
const TOKENS: [&str; 44] = [
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "\"",
    "${",
    "%{",
    "~}",
    "$${",
    "<<EOT\n",
    "<<-EOT\n",
    "EOT\n",
    "\n",
    "\r\n",
    "#",
    "//",
    "/*",
    "*/",
    "=",
    "=>",
    "==",
    "...",
    ".",
    ".*",
    "[*]",
    ",",
    "?",
    ":",
    "::",
    "for",
    " in ",
    " if ",
    "%{ endif }",
    "%{ endfor }",
    "-",
    "!",
    "&&",
    "null",
    "0x",
    "1e999",
    "\u{feff}",
    "\u{301}",
];

#[test]
fn nothing_panics_or_hangs() {
    let number = |variable: &str, default: u64| {
        std::env::var(variable).ok().map_or(default, |text| text.parse().expect("a number"))
    };
    let (seconds, seed) = (number("FUZZ_SECONDS", SECONDS), number("FUZZ_SEED", SEED));
    let mut random = Random::new(seed);
    let grammar = Grammar::own();
    let corpus = corpus();
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut tried = 0;
    while Instant::now() < end {
        let is_expression = random.below(2) == 0;
        let text = if is_expression {
            let text = grammar.expression("any", &mut random);
            if random.below(3) == 0 { text } else { changed(&text, &corpus, &mut random) }
        } else {
            changed(&corpus[random.below(corpus.len())], &corpus, &mut random)
        };
        check(&text, tried, seed);
        tried += 1;
    }
    println!("{tried} texts, seed {seed}");
    assert!(tried > 100, "only {tried} texts were tried");
}

/// Every configuration of the repository.
fn corpus() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut paths = Vec::new();
    for directory in ["examples", "tests/testkit/corpus", "crates/expression/tests/fixture"] {
        collect(&root.join(directory), &mut paths);
    }
    paths.sort();
    let texts: Vec<String> =
        paths.iter().map(|path| std::fs::read_to_string(path).expect("a configuration")).collect();
    assert!(texts.len() > 50, "the configurations are somewhere else");
    texts
}

fn collect(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).expect("a directory of configurations") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "tf") {
            found.push(path);
        }
    }
}

/// The text with a few changes.
fn changed(text: &str, corpus: &[String], random: &mut Random) -> String {
    let mut text = text.to_owned();
    for _ in 0..=random.below(CHANGES_MAX) {
        let (from, to) = piece(&text, random);
        match random.below(6) {
            0 => text.replace_range(from..to, ""),
            1 => {
                let piece = text[from..to].to_owned();
                text.insert_str(from, &piece);
            }
            2 => text.insert_str(from, TOKENS[random.below(TOKENS.len())]),
            3 => text.replace_range(from..to, TOKENS[random.below(TOKENS.len())]),
            4 => text.truncate(from),
            _ => {
                let other = &corpus[random.below(corpus.len())];
                let (other_from, other_to) = piece(other, random);
                text.insert_str(from, &other[other_from..other_to]);
            }
        }
        if text.len() > TEXT_LENGTH_MAX {
            let end = boundary(&text, TEXT_LENGTH_MAX);
            text.truncate(end);
        }
    }
    text
}

/// A piece of the text, short more often than long.
fn piece(text: &str, random: &mut Random) -> (usize, usize) {
    let from = boundary(text, random.below(text.len() + 1));
    let longest = 1 << random.below(10);
    (from, boundary(text, (from + random.below(longest)).min(text.len())).max(from))
}

/// The last place up to the position at which a character begins.
fn boundary(text: &str, position: usize) -> usize {
    (0..=position).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

fn check(text: &str, number: usize, seed: u64) {
    let begun = Instant::now();
    let outcome = catch_unwind(AssertUnwindSafe(|| read(text)));
    let took = begun.elapsed();
    assert!(outcome.is_ok(), "text {number} of seed {seed} makes it panic:\n{text}");
    assert!(took < PATIENCE, "text {number} of seed {seed} takes {took:?}:\n{text}");
}

/// Does with the text whatever can be done with one.
fn read(text: &str) {
    let file = FileId(0);
    let (body, diagnostics) = parse_file(text, file);
    let (green, _) = parse_lossless(text, file);
    assert_eq!(SyntaxNode::new_root(green).text().to_string(), text, "the lossless tree has lost something");
    if let Ok(once) = format(text, file) {
        assert!(!diagnostics.has_errors(), "what has errors is not formatted");
        let twice = format(&once, file).expect("what was formatted can be read");
        assert_eq!(once, twice, "formatting is not done after once");
    }
    evaluate_all(&body);
    evaluate(&parse_expression(text, file).0);
    evaluate(&parse_template(text, file).0);
}

fn evaluate_all(body: &Body) {
    for attribute in &body.attributes {
        evaluate(&attribute.value);
    }
    for block in &body.blocks {
        evaluate_all(&block.body);
    }
}

/// Evaluates with each reference being something else.
fn evaluate(syntax: &Expr) {
    let (expression, _) = Expression::compile(syntax, &[]);
    let files = MemoryFiles::new();
    let world = FunctionWorld::nothing(&files);
    let inputs: Vec<Value> = (0..expression.references().len()).map(input).collect();
    let _ = expression.evaluate(&inputs, &Context { locals: &[], world: &world });
    let _ = expression.constant();
}

fn input(number: usize) -> Value {
    match number % 6 {
        0 => Value::string("text"),
        1 => Value::dynamic(),
        2 => Value::null(Type::String),
        3 => Value::tuple([Value::number(1), Value::string("a")]).with_marks(Marks::SENSITIVE),
        4 => Value::object([("id", Value::unknown(Type::String)), ("name", Value::string("x"))]),
        _ => Value::list(Type::Number, [Value::number(3), Value::number(4)]),
    }
}
