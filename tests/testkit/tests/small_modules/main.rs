//! Three hundred small modules: what Terraform accepts is accepted, what it refuses is refused, in the same
//! place, with the same headline and with a message that a person can act on.
//!
//! `modules/README.md` describes how they are written. What Terraform says of each is part of its file, so
//! that nobody needs it to run this test; where it is on PATH, some of the modules are asked again.
//! `CAPTURE=1` asks about all of them and writes what it says into the files, `MODULE=text` chooses those
//! whose name contains the text, and `UPDATE=1` writes `docs/configuration-coverage.md`.

#![expect(clippy::print_stdout, reason = "what was skipped and how many modules ran is for people")]

mod archive;
mod asking;
mod differences;
mod distinct;
mod rows;
mod said;
mod useful;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use plumb_testkit::{Program, built, plumb, provider_server, terraform};

use archive::{Module, directory};
use asking::Asking;
use differences::Differences;
use said::Said;

/// Of each verdict there are at least so many.
const COUNT_MIN: usize = 150;

const THREADS: usize = 2;

/// Every so many modules one is asked again, where nobody asks for all.
const SAMPLE: usize = 12;

/// All modules, or those that were chosen.
fn modules() -> Vec<Module> {
    let all = archive::read_all().expect("the modules");
    let filter = std::env::var("MODULE").unwrap_or_default();
    let chosen: Vec<Module> = all.into_iter().filter(|module| module.name.contains(&filter)).collect();
    assert!(!chosen.is_empty(), "no module is called {filter}");
    chosen
}

/// What a program says of each of the modules, by their names.
fn ask_all(modules: &[&Module], program: &Program, asking: &Asking) -> BTreeMap<String, Said> {
    let (next, answers) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some(module) = modules.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let said = asking.ask(module, program).expect("a workspace");
                    answers.lock().expect("the answers").insert(module.name.clone(), said);
                }
            });
        }
    });
    answers.into_inner().expect("the answers")
}

fn asking() -> Asking {
    let provider = provider_server().expect("the provider server");
    Asking { provider, builtins: built("plumb-builtin-server").expect("the server of built-in providers") }
}

#[test]
fn modules_are_accepted_and_refused_as_by_terraform() {
    let modules = modules();
    let differences = Differences::read().expect("the list of differences");
    let plumb = plumb().expect("plumb");
    let all: Vec<&Module> = modules.iter().collect();
    let answers = ask_all(&all, &plumb, &asking());
    let mut problems = Vec::new();
    for module in &modules {
        let found = &answers[&module.name];
        let (missing, more) = module.expected.compare(found);
        let (missing, more) = differences.unexplained(module, missing, more);
        let verdict = (found.is_refusal() == module.is_valid).then(|| "the verdict differs".to_owned());
        let useless = found.diagnostics.iter().filter_map(useful::problem);
        let wrong: Vec<String> = verdict
            .into_iter()
            .chain(missing.into_iter().map(|line| format!("only expected: {line}")))
            .chain(more.into_iter().map(|line| format!("only found: {line}")))
            .chain(useless)
            .collect();
        if !wrong.is_empty() {
            problems.push(format!("{}\n  {}", module.name, wrong.join("\n  ")));
        }
    }
    println!("{} modules", modules.len());
    assert!(problems.is_empty(), "{} of {} differ:\n{}", problems.len(), modules.len(), problems.join("\n"));
    if std::env::var_os("MODULE").is_none() {
        let stale = differences.stale(&modules, &answers);
        assert!(stale.is_empty(), "differences that do not show any more: {stale:?}");
    }
}

#[test]
fn the_files_hold_what_terraform_says() {
    let Some(terraform) = terraform() else {
        println!("skipped: the_files_hold_what_terraform_says: no terraform on PATH");
        return;
    };
    let modules = modules();
    let is_capture = std::env::var_os("CAPTURE").is_some();
    let is_chosen =
        |number: usize| is_capture || number.is_multiple_of(SAMPLE) || std::env::var_os("MODULE").is_some();
    let asked = modules.iter().enumerate().filter(|(number, _)| is_chosen(*number));
    // There is nobody to ask about what OpenTofu alone has.
    let asked: Vec<&Module> =
        asked.map(|(_, module)| module).filter(|module| !module.is_of_opentofu).collect();
    let answers = ask_all(&asked, &terraform, &asking());
    let mut problems = Vec::new();
    for module in asked {
        let found = &answers[&module.name];
        if found.is_refusal() == module.is_valid {
            problems.push(format!("{}: the verdict is not that of its directory:\n{found}", module.name));
        } else if is_capture {
            module.write_expected(found).expect("the module's file");
        } else if *found != module.expected {
            problems.push(format!("{}: CAPTURE=1 writes what is said now:\n{found}", module.name));
        }
    }
    println!("{} modules asked again", answers.len());
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn there_are_many_and_no_two_alike() {
    let modules = archive::read_all().expect("the modules");
    for (is_valid, name) in [(true, "valid"), (false, "invalid")] {
        let count = modules.iter().filter(|module| module.is_valid == is_valid).count();
        assert!(count >= COUNT_MIN, "{count} modules are {name}; {COUNT_MIN} have to be");
    }
    let alike = distinct::alike(&modules);
    assert!(alike.is_empty(), "modules that are the same but for their words:\n{}", alike.join("\n"));
}

#[test]
fn every_row_has_both() {
    let rows = rows::read().expect("the rows");
    let modules = archive::read_all().expect("the modules");
    let problems = rows::problems(&rows, &modules);
    assert!(problems.is_empty(), "{} cells:\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn the_document_is_up_to_date() {
    let rows = rows::read().expect("the rows");
    let modules = archive::read_all().expect("the modules");
    let differences = Differences::read().expect("the list of differences");
    let content = rows::document(&rows, &modules, &differences);
    let path = directory().join("../../../docs/configuration-coverage.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &content).expect("the document");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == content,
        "docs/configuration-coverage.md is not up to date; run this test with UPDATE=1"
    );
}
