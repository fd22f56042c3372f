//! Every case of the corpus through `terraform` and `plumb`.
//!
//! `CASE=text` runs those alone whose name contains the text, and `RECORD=1` runs `terraform` alone,
//! which shows whether the cases themselves are right. `CORPUS=folder` runs cases that are kept elsewhere.
//!
//! `open-cases.txt` names the cases in which the two still differ and should not. They run and are
//! counted; any other case that differs fails the test, so the list can only get shorter. Where `CASE`
//! chooses, their differences are printed too.

#![expect(clippy::print_stdout, reason = "what was skipped and how many cases ran is for people")]

use std::collections::{BTreeSet, VecDeque};
use std::path::PathBuf;
use std::sync::Mutex;

use plumb_testkit::{
    Case, Difference, KnownDifferences, Program, compare, open_cases, own_directory, plumb, provider_server,
    run_case, terraform,
};

const THREADS: usize = 2;

/// Both tools do things side by side, in an order of their own each time. A case that is not open
/// has to agree in one of so many runs.
const RUNS_MAX: usize = 3;

struct Setting {
    known: KnownDifferences,
    open: BTreeSet<String>,
    terraform: Program,
    plumb: Option<Program>,
    provider_server: std::path::PathBuf,
}

#[derive(Default)]
struct Findings {
    wrong_cases: Vec<String>,
    differences: Vec<(String, Difference)>,
}

#[test]
fn plumb_does_what_terraform_does() {
    let Some(terraform) = terraform() else {
        println!("skipped: plumb_does_what_terraform_does: no terraform on PATH");
        return;
    };
    let provider_server = provider_server().expect("the provider server");
    let is_recording = std::env::var_os("RECORD").is_some();
    let plumb = (!is_recording).then(|| plumb().expect("plumb"));
    let filter = std::env::var("CASE").unwrap_or_default();
    let elsewhere = std::env::var_os("CORPUS").map(PathBuf::from);
    let corpus = elsewhere.clone().unwrap_or_else(|| own_directory().join("corpus"));
    let cases = Case::read_all(&corpus).expect("the corpus");
    let cases: VecDeque<Case> = cases.into_iter().filter(|case| case.name.contains(&filter)).collect();
    let ran: BTreeSet<String> = cases.iter().map(|case| case.name.clone()).collect();
    assert!(!ran.is_empty(), "no case is called {filter}");

    let setting = Setting {
        known: known_differences(),
        open: open_cases().expect("the list of open cases"),
        terraform,
        plumb,
        provider_server,
    };
    let (queue, findings) = (Mutex::new(cases), Mutex::new(Findings::default()));
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let next = queue.lock().expect("the queue").pop_front();
                    let Some(case) = next else { break };
                    check(&case, &setting, &findings);
                }
            });
        }
    });
    let findings = findings.into_inner().expect("the findings");
    let is_partial = is_recording || !filter.is_empty() || elsewhere.is_some();
    report(&setting, &findings, &ran, is_partial);
}

fn known_differences() -> KnownDifferences {
    let text = std::fs::read_to_string(own_directory().join("known-differences.json")).expect("the list");
    KnownDifferences::read(&text).expect("the list of known differences")
}

fn check(case: &Case, setting: &Setting, findings: &Mutex<Findings>) {
    let mut found = check_once(case, setting);
    for _ in 1..RUNS_MAX {
        let differs =
            found.differences.iter().any(|(case, one)| setting.known.unexplained(case, one).is_some());
        if !differs || setting.open.contains(&case.name) {
            break;
        }
        found = check_once(case, setting);
    }
    let mut findings = findings.lock().expect("the findings");
    findings.wrong_cases.extend(found.wrong_cases);
    findings.differences.extend(found.differences);
}

fn check_once(case: &Case, setting: &Setting) -> Findings {
    let run = |program| run_case(case, program, &setting.provider_server).expect("a workspace");
    let expected = run(&setting.terraform);
    let mut wrong = Vec::new();
    for (index, step) in expected.iter().enumerate() {
        for broken in &step.broken_promises {
            wrong.push(format!(
                "{} step {} `{}`: {broken}\n{}",
                case.name,
                index + 1,
                step.command,
                step.said
            ));
        }
    }
    let differences = match &setting.plumb {
        Some(plumb) => compare(&expected, &run(plumb)),
        None => Vec::new(),
    };
    let differences = differences.into_iter().map(|difference| (case.name.clone(), difference)).collect();
    Findings { wrong_cases: wrong, differences }
}

fn report(setting: &Setting, findings: &Findings, ran: &BTreeSet<String>, is_partial: bool) {
    let count = ran.len();
    let known = &setting.known;
    let mut unexplained = String::new();
    let mut differing: Vec<&str> = Vec::new();
    let mut open: BTreeSet<&str> = BTreeSet::new();
    for (case, difference) in &findings.differences {
        let Some(difference) = known.unexplained(case, difference) else { continue };
        if setting.open.contains(case) {
            let is_first = open.insert(case);
            if is_partial {
                println!("{}{difference}", if is_first { format!("{case}\n") } else { String::new() });
            }
            continue;
        }
        if differing.last() != Some(&case.as_str()) {
            unexplained.push_str(&format!("{case}\n"));
            differing.push(case);
        }
        unexplained.push_str(&difference.to_string());
    }
    println!("{count} cases; {} differ that should not yet agree, {} others", open.len(), differing.len());
    for case in &open {
        println!("open: {case}");
    }
    let wrong = findings.wrong_cases.join("\n");
    assert!(
        wrong.is_empty() && unexplained.is_empty(),
        "cases that say what is not so:\n{wrong}\nplumb differs:\n{unexplained}"
    );
    if !is_partial {
        let problems = known.problems(ran, &findings.differences);
        assert!(problems.is_empty(), "known-differences.json:\n{}", problems.join("\n"));
        let unseen = known.unseen(&findings.differences);
        assert!(unseen.is_empty(), "known-differences.json: {unseen:?} do not show any more");
    }
}
