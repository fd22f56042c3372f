//! What the console of a tool makes of many expressions, without starting it for each.
//!
//! Responsible for putting expressions into the locals of a configuration, or whole variables into it, one process
//! for hundreds, and for finding each one's value or errors in what is said. What is piped in gets only one answer, and ends
//! with the first error; but errors of locals are told with their files, and one answer may hold all values.
//! What is no expression at all breaks the whole configuration and is asked alone.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::Program;

/// How the files with the expressions are called. Each has one of its own, for a tool that cannot read one
/// expression tells of no other in the same file.
const FILE: &str = "expression-";

/// What becomes of an expression: what is shown of its value, or the sorted headlines of its errors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// What is shown of its value.
    Shown(String),
    /// The headlines of its errors, sorted.
    Errors(Vec<String>),
    /// The tool came upon a defect of its own, and so says nothing about the expression.
    Crashed,
}

impl Answer {
    /// Whether it comes to the same, as far as either says anything. Of the mistakes in one expression one tool may tell more than the other.
    pub fn agrees(&self, other: &Answer) -> bool {
        match (self, other) {
            (Answer::Errors(one), Answer::Errors(two)) => {
                let all_in = |some: &[String], others: &[String]| some.iter().all(|one| others.contains(one));
                all_in(one, two) || all_in(two, one)
            }
            (Answer::Crashed, _) | (_, Answer::Crashed) => true,
            _ => self == other,
        }
    }
}

/// Asks the console of one tool, in a directory with what expressions may refer to.
#[derive(Debug)]
pub struct Console<'a> {
    program: &'a Program,
    directory: &'a Path,
    /// What stands in the file of the expression with that number, whose value its local has.
    file: fn(usize, &str) -> String,
}

/// What a process said.
struct Said {
    stdout: String,
    /// Headlines by the number of the expression, those without a place under none.
    errors: BTreeMap<Option<usize>, Vec<String>>,
    /// Expressions at which the tool came upon a defect of its own.
    crashed: BTreeSet<usize>,
}

impl<'a> Console<'a> {
    /// The console of that program, run in that directory.
    pub fn new(program: &'a Program, directory: &'a Path) -> Self {
        let file = |number, expression: &str| format!("locals {{\ne{number} = {expression}\n}}\n");
        Console { program, directory, file }
    }

    /// The same for bodies of variables in the place of expressions: what counts is the value of the variable.
    pub fn of_variables(program: &'a Program, directory: &'a Path) -> Self {
        let file = |number, body: &str| {
            format!("variable \"v{number}\" {{\n{body}\n}}\n\nlocals {{\ne{number} = var.v{number}\n}}\n")
        };
        Console { program, directory, file }
    }

    /// What becomes of each of the expressions. Those in `alone` are asked alone from the beginning;
    /// others that have to be are added to it where `finds_alone`, and otherwise what the configuration
    /// says of them counts.
    ///
    /// # Errors
    /// Says in what way the tool behaves as no console does.
    pub fn answers(
        &self,
        expressions: &[&str],
        alone: &mut BTreeSet<usize>,
        finds_alone: bool,
    ) -> Result<Vec<Answer>, String> {
        let mut answers: Vec<Option<Answer>> = vec![None; expressions.len()];
        let mut open: Vec<usize> = (0..expressions.len()).filter(|number| !alone.contains(number)).collect();
        while !open.is_empty() {
            let said = self.ask_together(expressions, &open)?;
            let shown = shown_parts(&said.stdout, &open);
            for (number, headlines) in said.errors {
                // Some that follow from others have no place of their own.
                let Some(number) = number else { continue };
                if shown.is_none() && finds_alone {
                    alone.insert(number);
                } else {
                    let is_crash = said.crashed.contains(&number);
                    answers[number] =
                        Some(if is_crash { Answer::Crashed } else { Answer::Errors(sorted(headlines)) });
                }
            }
            for (number, text) in shown.unwrap_or_default() {
                answers[number].get_or_insert(Answer::Shown(text));
            }
            let before = open.len();
            open.retain(|number| answers[*number].is_none() && !alone.contains(number));
            if open.len() == before {
                return Err(format!("{}: no answer to {}", self.program.name, expressions[open[0]]));
            }
        }
        for number in alone.iter() {
            answers[*number] = Some(self.ask_alone(expressions[*number])?);
        }
        Ok(answers.into_iter().flatten().collect())
    }

    /// What becomes of an expression that is typed in by itself, or of a configuration with nothing else
    /// where it does not fit on one line.
    fn ask_alone(&self, expression: &str) -> Result<Answer, String> {
        if expression.contains('\n') {
            let said = self.ask_together(&[expression], &[0])?;
            let headlines: Vec<String> = said.errors.into_values().flatten().collect();
            return match shown_parts(&said.stdout, &[0]) {
                Some(shown) if headlines.is_empty() => {
                    Ok(Answer::Shown(shown.into_values().collect::<Vec<_>>().concat()))
                }
                _ => Ok(Answer::Errors(sorted(headlines))),
            };
        }
        self.clear()?;
        let said = self.run(&format!("{expression}\n"))?;
        let headlines: Vec<String> = said.errors.into_values().flatten().collect();
        if !headlines.is_empty() {
            return Ok(Answer::Errors(sorted(headlines)));
        }
        // A warning may stand before it, in a box of its own that ends with an empty line.
        let shown = said.stdout.rsplit("\n╵\n\n").next().unwrap_or_default();
        Ok(Answer::Shown(shown.strip_suffix('\n').unwrap_or(shown).to_owned()))
    }

    fn ask_together(&self, expressions: &[&str], open: &[usize]) -> Result<Said, String> {
        self.clear()?;
        let mut asked = String::new();
        for number in open {
            let path = self.directory.join(format!("{FILE}{number}.tf"));
            std::fs::write(&path, (self.file)(*number, expressions[*number]))
                .map_err(|problem| format!("{}: {problem}", path.display()))?;
            // Writing to a string cannot fail.
            let _ = write!(asked, "\"#{number}\",local.e{number},");
        }
        self.run(&format!("[{asked}\"#\"]\n"))
    }

    /// Takes away what was asked before.
    fn clear(&self) -> Result<(), String> {
        let fail = |problem| format!("{}: {problem}", self.directory.display());
        for entry in std::fs::read_dir(self.directory).map_err(fail)? {
            let path = entry.map_err(fail)?.path();
            if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(FILE)) {
                std::fs::remove_file(&path).map_err(fail)?;
            }
        }
        Ok(())
    }

    fn run(&self, input: &str) -> Result<Said, String> {
        let fail = |problem| format!("cannot run {}: {problem}", self.program.path.display());
        let mut child = Command::new(&self.program.path)
            .args(["console"])
            .current_dir(self.directory)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.directory)
            .env("TF_CLI_CONFIG_FILE", "/dev/null")
            .env("CHECKPOINT_DISABLE", "1")
            .env("NO_COLOR", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(fail)?;
        if let Some(mut stdin) = child.stdin.take() {
            // A program that fails before it reads says why.
            let _ = stdin.write_all(input.as_bytes());
        }
        let output = child.wait_with_output().map_err(fail)?;
        let text = |bytes: &[u8]| without_colours(&String::from_utf8_lossy(bytes));
        let stderr = text(&output.stderr);
        let errors = errors(&stderr);
        if !output.status.success() && errors.is_empty() {
            return Err(format!("{}: {}:\n{stderr}", self.program.name, output.status));
        }
        Ok(Said { stdout: text(&output.stdout), errors, crashed: crashed(&stderr) })
    }
}

fn sorted(mut headlines: Vec<String>) -> Vec<String> {
    headlines.sort();
    headlines
}

/// The headlines with the places below them.
fn errors(stderr: &str) -> BTreeMap<Option<usize>, Vec<String>> {
    let mut found: BTreeMap<Option<usize>, Vec<String>> = BTreeMap::new();
    let mut headline: Option<String> = None;
    for line in stderr.lines() {
        let line = line.trim_start_matches('│').trim();
        if let Some(next) = line.strip_prefix("Error: ") {
            found.entry(None).or_default().extend(headline.replace(next.to_owned()));
        } else if let Some(file) = file_of(line)
            && let Some(headline) = headline.take()
        {
            found.entry(number_of(file)).or_default().push(headline);
        }
    }
    found.entry(None).or_default().extend(headline);
    found.retain(|_, headlines| !headlines.is_empty());
    found
}

/// What a tool says that is written in Go, where one of its functions fails in a way that nobody meant.
const CRASH: &str = "panic in function";

/// The expressions with errors that tell of a defect of the tool.
fn crashed(stderr: &str) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    let mut number = None;
    for line in stderr.lines() {
        let line = line.trim_start_matches('│').trim();
        if line.starts_with("Error: ") {
            number = None;
        } else if let Some(file) = file_of(line) {
            number = number.or_else(|| number_of(file));
        } else if line.contains(CRASH) {
            found.extend(number);
        }
    }
    found
}

/// `on FILE line 12, in locals:`
fn file_of(line: &str) -> Option<&str> {
    Some(line.strip_prefix("on ")?.split_once(" line ")?.0)
}

/// The number of the expression in a file.
fn number_of(file: &str) -> Option<usize> {
    file.strip_prefix(FILE)?.strip_suffix(".tf")?.parse().ok()
}

/// The parts of the one tuple that is shown, as they would be shown by themselves.
fn shown_parts(stdout: &str, numbers: &[usize]) -> Option<BTreeMap<usize, String>> {
    let mut rest = stdout;
    let mut parts = BTreeMap::new();
    let mark = |name: &str| format!("\n  \"#{name}\",\n");
    for (at, number) in numbers.iter().enumerate() {
        let next = numbers.get(at + 1).map_or_else(String::new, ToString::to_string);
        let begin = mark(&number.to_string());
        let from = rest.find(&begin)? + begin.len();
        // The line break before the next mark belongs to both.
        let to = rest[from - 1..].find(&mark(&next))? + from - 1;
        parts.insert(*number, by_itself(&rest[from..to]));
        rest = &rest[to..];
    }
    Some(parts)
}

/// An element of a tuple as it would be shown by itself: without the margin, and without the comma.
fn by_itself(element: &str) -> String {
    let element = element.strip_suffix(',').unwrap_or(element);
    let lines: Vec<&str> = element.split('\n').map(|line| line.strip_prefix("  ").unwrap_or(line)).collect();
    let text = lines.join("\n");
    match text.strip_prefix("<<-EOT") {
        Some(rest) => format!("<<EOT{rest}"),
        None => text,
    }
}

/// Without the sequences that change colours, which some tools write whatever they are told.
fn without_colours(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        rest = after.split_once('m').map_or("", |(_, rest)| rest);
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_shown_by_themselves() {
        let said = "a warning\n[\n  \"#0\",\n  3,\n  \"#2\",\n  [\n    <<-EOT\n    a\n    EOT,\n  ],\n  \"#5\",\n  \
                    <<-EOT\n  x\n  \n    y\n  EOT,\n  \"#\",\n]\n";
        let parts = shown_parts(said, &[0, 2, 5]).expect("all parts");
        let expected = ["3", "[\n  <<-EOT\n  a\n  EOT,\n]", "<<EOT\nx\n\n  y\nEOT"];
        assert_eq!(parts.into_values().collect::<Vec<_>>(), expected);
        assert_eq!(shown_parts(said, &[0, 1]), None);
    }

    #[test]
    fn defects_of_the_tool_are_no_answers() {
        let said = "Error: One\n\n  on expression-3.tf line 2:\n\nFailed: panic in function implementation: x\n\n\
                    Error: Two\n\n  on expression-4.tf line 2:\n\nFailed.\n";
        assert_eq!(crashed(said), BTreeSet::from([3]));
        assert!(Answer::Crashed.agrees(&Answer::Shown("1".to_owned())));
    }

    #[test]
    fn errors_are_found_by_their_files() {
        let said = "╷\n│ Error: One\n│ \n│   on expression-3.tf line 2, in locals:\n│    2: e3 = x\n╵\n\nError: Two\n\n  \
                    on expression-12.tf line 2:\n\nError: Three\n";
        let one = |headline: &str| vec![headline.to_owned()];
        assert_eq!(
            errors(said),
            BTreeMap::from([(None, one("Three")), (Some(3), one("One")), (Some(12), one("Two"))])
        );
    }
}
