//! Unusual command lines end as they do with Terraform.
//!
//! What Terraform does is data, `invocations/terraform.txt`. Where the program is there, the data is
//! compared with it.

mod support;

use std::path::Path;
use std::process::Command;

use support::{Directory, Run};

const DATA: &str = include_str!("invocations/terraform.txt");

const MAIN: &str = r#"resource "terraform_data" "a" {
  count = 2
  input = "a${count.index}"
}
output "text" { value = "plain" }
output "number" { value = 3 }
output "nothing" { value = null }
output "object" { value = { a = 1 } }
output "secret" {
  value     = "hidden"
  sensitive = true
}
"#;

/// A line of the data.
struct Case {
    code: i32,
    setup: &'static str,
    words: &'static str,
    headline: Option<&'static str>,
}

impl Case {
    fn all() -> impl Iterator<Item = Case> {
        let lines = DATA.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        lines.map(|line| {
            let (line, headline) = match line.split_once(" | ") {
                Some((line, headline)) => (line, Some(headline)),
                None => (line, None),
            };
            let (code, rest) = line.split_once(' ').unwrap();
            let (setup, words) = rest.split_once(' ').unwrap();
            Case { code: code.parse().unwrap(), setup, words, headline }
        })
    }

    /// Environment variables, standard input and arguments.
    fn parts(&self) -> (Vec<(String, String)>, String, Vec<String>) {
        let mut variables = Vec::new();
        let mut words = words(self.words);
        let is_assignment = |word: &String| {
            let name = word.split('=').next().unwrap_or_default();
            word.contains('=')
                && name.chars().all(|character| character.is_ascii_alphabetic() || character == '_')
        };
        while words.first().is_some_and(is_assignment) {
            let word = words.remove(0);
            let (name, value) = word.split_once('=').unwrap();
            variables.push((name.to_owned(), value.replace("\\n", "\n")));
        }
        let input = variables.iter().position(|(name, _)| name == "STDIN");
        let input = input.map(|at| variables.remove(at).1).unwrap_or_default();
        (variables, input, words)
    }
}

/// Words of a line, parted by blanks outside of quotes.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for character in line.chars() {
        match quote {
            Some(open) if open == character => quote = None,
            None if matches!(character, '\'' | '"') => quote = Some(character),
            None if character == ' ' => words.push(String::new()),
            _ => words.last_mut().unwrap().push(character),
        }
    }
    words
}

/// Runs one of the two programs in a directory.
struct Tool<'a>(&'a dyn Fn(&Directory, &[&str]) -> Command);

impl Tool<'_> {
    fn run(&self, directory: &Directory, arguments: &[&str]) {
        let run = Run::with_input((self.0)(directory, arguments), "");
        assert_eq!(run.code, 0, "{arguments:?}: {}{}", run.stdout, run.stderr);
    }

    fn prepared(&self, setup: &str) -> Directory {
        let directory = Directory::new(MAIN);
        match setup {
            "nothing" => std::fs::remove_file(directory.path().join("main.tf")).unwrap(),
            "initialised" => self.run(&directory, &["init"]),
            "applied" | "workspace" => self.apply(&directory, setup == "workspace"),
            _ => assert_eq!(setup, "fresh"),
        }
        directory
    }

    fn apply(&self, directory: &Directory, has_workspace: bool) {
        self.run(directory, &["init"]);
        self.run(directory, &["apply", "-auto-approve"]);
        directory.write("other/main.tf", "output \"x\" { value = 1 }\n");
        self.run(directory, &["-chdir=other", "init"]);
        self.run(directory, &["-chdir=other", "plan", "-out=../other.plan"]);
        self.run(directory, &["plan", "-out=same.plan", "-destroy"]);
        directory.write("copy.tfstate", &directory.read("terraform.tfstate"));
        directory.write("garbage", "garbage");
        directory.write("bad.tfvars", "a = ");
        if has_workspace {
            self.run(directory, &["workspace", "new", "dev"]);
            self.run(directory, &["workspace", "select", "default"]);
        }
    }

    /// Runs every case in a copy of its directory.
    fn check(&self, has_headlines: bool) {
        let setups = ["nothing", "fresh", "initialised", "applied", "workspace"];
        let prepared = setups.map(|setup| (setup, self.prepared(setup)));
        let mut wrong = Vec::new();
        for case in Case::all() {
            let (_, original) = prepared.iter().find(|(setup, _)| *setup == case.setup).unwrap();
            let directory = Directory::new("");
            std::fs::remove_file(directory.path().join("main.tf")).unwrap();
            copy(original.path(), directory.path());
            let (variables, input, arguments) = case.parts();
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            let mut command = (self.0)(&directory, &arguments);
            command.envs(variables);
            let run = Run::with_input(command, &input);
            let says = case.headline.filter(|_| has_headlines).is_none_or(|headline| run.says(headline));
            if run.code != case.code || !says {
                wrong.push(format!(
                    "{} {}: code {} instead of {}, {:?} expected in:\n{}{}",
                    case.setup, case.words, run.code, case.code, case.headline, run.stdout, run.stderr
                ));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir_all(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), &target).unwrap();
        }
    }
}

#[test]
fn plumb_ends_as_terraform_does() {
    assert!(Case::all().count() >= 200);
    Tool(&|directory, arguments| directory.command(arguments)).check(true);
}

#[test]
#[allow(clippy::print_stderr, reason = "tests say what they skip")]
fn terraform_does_what_the_data_says() {
    let Some(program) = support::find("terraform") else {
        eprintln!("skipped: terraform_does_what_the_data_says: no terraform on PATH");
        return;
    };
    Tool(&|directory, arguments| directory.program(&program, arguments)).check(false);
}
