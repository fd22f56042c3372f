//! Every operation has at least as many cases as its counterpart in PyInfra: a case is one of a fixture or of a
//! table, and counts for what its code calls. The same holds for facts.
//!
//! `cargo test -p plumb-xtask --test house -- cases --nocapture` prints both numbers of each.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use crate::root;

const PEER: &str = include_str!("peer_cases.txt");
const FIXTURES: &str = "crates/deploy/tests/deploys/fixtures";
const TABLES: [&str; 2] = ["crates/deploy/tests/deploys/cases", "tests/operations/cases"];
/// Where tests are that hold tables.
const HOLDERS: [&str; 2] = ["crates/deploy/tests/deploys", "tests/operations/tests"];
/// The file in which it stands which modules the code of a table has.
const TABLE_CODE: &str = "tests/testkit/src/deploy_case.rs";

/// What code calls, as `files.line`: operations and facts.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Calls {
    operations: BTreeSet<String>,
    facts: BTreeSet<String>,
}

/// What the names of modules mean in a file: which module, and whether it is one of operations.
type Modules = BTreeMap<String, (String, bool)>;

/// How often each is called by a case that is like no other.
#[derive(Default)]
struct Counted {
    operations: BTreeMap<String, usize>,
    facts: BTreeMap<String, usize>,
    seen: BTreeSet<String>,
}

impl Counted {
    /// Counts a case by everything that makes it what it is, and its code.
    fn add(&mut self, whole: &str, code: &str, modules: &Modules) {
        if !self.seen.insert(whole.split_whitespace().collect::<Vec<_>>().join(" ")) {
            return;
        }
        let calls = calls(code, modules);
        for (counted, names) in [(&mut self.operations, calls.operations), (&mut self.facts, calls.facts)] {
            for name in names {
                *counted.entry(name).or_default() += 1;
            }
        }
    }
}

/// Code without its texts and comments, in which nothing is called.
fn bare(code: &str) -> String {
    let (mut bare, mut rest) = (String::new(), code);
    while let Some(letter) = rest.chars().next() {
        let after = match letter {
            '#' => rest.find('\n').unwrap_or(rest.len()),
            '"' | '\'' => text_end(rest, letter),
            _ => {
                bare.push(letter);
                letter.len_utf8()
            }
        };
        rest = &rest[after..];
    }
    bare
}

/// Where a text ends that begins here, of one line or of several.
fn text_end(code: &str, quote: char) -> usize {
    let long = quote.to_string().repeat(3);
    let end = if code.starts_with(&long) { long } else { quote.to_string() };
    let mut at = end.len();
    while at < code.len() && !code[at..].starts_with(&end) {
        let letter = code[at..].chars().next().expect("a letter");
        at += letter.len_utf8();
        if letter == '\\' {
            at += code[at..].chars().next().map_or(0, char::len_utf8);
        }
    }
    (at + end.len()).min(code.len())
}

fn calls(code: &str, modules: &Modules) -> Calls {
    let bare = bare(code);
    let is_of_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '.';
    let (mut calls, mut rest) = (Calls::default(), bare.as_str());
    while let Some(start) = rest.find(is_of_name) {
        let word = &rest[start..];
        let end = word.find(|letter| !is_of_name(letter)).unwrap_or(word.len());
        let is_called = word[end..].starts_with('(');
        if let Some((module, name)) = word[..end].split_once('.')
            && let Some((module, is_operation)) = modules.get(module)
        {
            let name = format!("{module}.{name}");
            // A fact is asked as well where `together` is given it.
            if !is_operation {
                calls.facts.insert(name);
            } else if is_called {
                calls.operations.insert(name);
            }
        }
        rest = &word[end..];
    }
    calls
}

/// The modules that a file loads, by the names that it gives them.
fn loaded(head: &str) -> Modules {
    let mut modules = Modules::new();
    for load in head.split("load(").skip(1) {
        let words = load.split(')').next().unwrap_or_default();
        let mut words = words.split(',').map(str::trim).filter(|word| !word.is_empty());
        let is_operation = match words.next() {
            Some("\"@plumb//ops\"") => true,
            Some("\"@plumb//facts\"") => false,
            _ => continue,
        };
        for word in words {
            let (name, module) = word.split_once('=').unwrap_or((word, word));
            let plain = |word: &str| word.trim().trim_matches('"').to_owned();
            modules.insert(plain(name), (plain(module), is_operation));
        }
    }
    modules
}

/// The files of a directory whose names end so, with what is in them.
fn files(directory: &str, end: &str) -> Vec<(PathBuf, String)> {
    let listed = fs::read_dir(root().join(directory)).expect("a directory");
    let paths = listed.map(|file| file.expect("a file").path());
    let mut paths: Vec<_> = paths.filter(|path| path.to_string_lossy().ends_with(end)).collect();
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), fs::read_to_string(path).expect("a text"))).collect()
}

fn count_fixtures(counted: &mut Counted) {
    for (_, text) in files(FIXTURES, ".fixture") {
        let mut parts = text.split("\ncase ");
        let head = parts.next().unwrap_or_default();
        let modules = loaded(head);
        for case in parts {
            let (_, rest) = case.split_once('\n').unwrap_or_default();
            // What is given comes before what is done, and either may be all that differs.
            let (before, _) = rest.split_once("\nplans\n").expect("what is planned");
            let code = before.rsplit_once("does\n").expect("what is done").1;
            counted.add(&format!("{head}\n{before}"), code, &modules);
        }
    }
}

/// The modules of operations that the code of tables has.
fn of_tables() -> Modules {
    let code = fs::read_to_string(root().join(TABLE_CODE)).expect("a text");
    let list = code.split("const MODULES").nth(1).and_then(|rest| rest.split("];").next()).expect("a list");
    let names = list.split('"').skip(1).step_by(2);
    names.map(|name| (name.to_owned(), (name.to_owned(), true))).collect()
}

fn count_tables(counted: &mut Counted) {
    let holders: String =
        HOLDERS.iter().flat_map(|place| files(place, ".rs")).map(|(_, text)| text).collect();
    let modules = of_tables();
    for (path, text) in TABLES.iter().flat_map(|place| files(place, ".txt")) {
        let name = format!("cases/{}\"", path.file_name().expect("a name").to_string_lossy());
        assert!(holders.contains(&name), "no test holds {}", path.display());
        for case in format!("\n{text}").split("\n### ").skip(1) {
            let (_, whole) = case.split_once('\n').unwrap_or_default();
            let code: String = section(whole, "# deploy");
            counted.add(whole.split("\n# then\n").next().unwrap_or_default(), &code, &modules);
        }
    }
}

/// What stands below such a line, up to the next one of its kind.
fn section(case: &str, title: &str) -> String {
    let titles = ["# needs", "# setup", "# deploy", "# then", "# fails", "# etc", "# always", "# same"];
    let below = case.lines().skip_while(|line| *line != title).skip(1);
    below.take_while(|line| !titles.contains(line)).flat_map(|line| [line, "\n"]).collect()
}

/// The numbers of the peer, of operations and of facts.
fn peer() -> [BTreeMap<&'static str, usize>; 2] {
    let (operations, facts) = PEER.split_once("\nfacts\n").expect("two tables");
    [operations, facts].map(|table| {
        let lines = table.lines().filter(|line| !line.starts_with('#'));
        let rows = lines.filter_map(|line| line.split_once(' '));
        rows.map(|(name, number)| (name, number.parse().expect("a number"))).collect()
    })
}

/// What has fewer cases than the peer has for it; prints all.
#[expect(clippy::print_stdout, reason = "it is asked for, and shown where the test fails")]
fn fewer(counted: &BTreeMap<String, usize>, peer: &BTreeMap<&'static str, usize>) -> Vec<String> {
    let mut fewer = Vec::new();
    for (name, most) in peer {
        let have = counted.get(*name).copied().unwrap_or_default();
        println!("{name}: {have}, PyInfra {most}");
        if have < *most {
            fewer.push(format!("{name} has {have} cases, of {most}"));
        }
    }
    fewer
}

#[test]
fn cases_are_as_many_as_those_of_pyinfra() {
    let mut counted = Counted::default();
    count_fixtures(&mut counted);
    count_tables(&mut counted);
    let [operations, facts] = peer();
    let mut fewer_cases = fewer(&counted.operations, &operations);
    fewer_cases.extend(fewer(&counted.facts, &facts));
    assert!(fewer_cases.is_empty(), "cases are missing: {fewer_cases:#?}");
}

#[test]
fn cases_count_for_what_they_call() {
    let modules =
        loaded("load(\"@plumb//ops\", \"files\", \"apt\")\nload(\"@plumb//facts\", facts = \"apt\")\n");
    let found = |code: &str| {
        let calls = calls(code, &modules);
        calls.operations.into_iter().chain(calls.facts).collect::<Vec<_>>()
    };
    assert_eq!(found("files.line(\"/a\", \"b\")\napt.update()"), ["apt.update", "files.line"]);
    assert_eq!(found("print(together(facts.keys, partial(facts.deb, 'x')))"), ["apt.deb", "apt.keys"]);
    assert!(found("# files.line(1)\nx = \"files.line(1) \\\" files.line(2)\" + 'apt.update()'").is_empty());
    assert!(found("print(\"\"\"files.line(1)\n\"files.line(2)\"\"\")").is_empty());
    assert!(found("other.files.line(1)\nfiles.line").is_empty());
    let mut counted = Counted::default();
    for whole in ["a b", "a  b", "c"] {
        counted.add(whole, "files.line(1)", &modules);
    }
    assert_eq!(counted.operations["files.line"], 2);
}
