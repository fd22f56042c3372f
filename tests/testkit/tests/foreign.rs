//! `plumb` beside `terraform` with providers that others have made: not one line of these servers is
//! shared with Plumb, so whatever both sides of Plumb misunderstand in the same way shows here.
//!
//! The `tf` package of PyPI is installed where it is not on the machine, and the test says so where
//! it cannot be.

#![expect(clippy::print_stdout, reason = "what was skipped is for people")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use plumb_testkit::{
    Aspect, Case, KnownDifferences, Program, compare, open_cases, own_directory, plumb, run_case, terraform,
};

/// The package from PyPI and the version that the test is written for.
const PYTHON_PACKAGE: &str = "tf==1.2.0";

/// A program that Python can run a provider with, or why there is none.
fn python() -> Result<PathBuf, String> {
    let has_package = |python: &Path| {
        let asked = Command::new(python).args(["-c", "import tf.runner, tf.provider"]).output();
        asked.is_ok_and(|output| output.status.success())
    };
    let usual = PathBuf::from("python3");
    if has_package(&usual) {
        return Ok(usual);
    }
    let environment = Path::new(env!("CARGO_TARGET_TMPDIR")).join("foreign-python");
    let python = environment.join("bin/python3");
    if !has_package(&python) {
        require("python3", Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
        let mut install = Command::new(&python);
        install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", PYTHON_PACKAGE]);
        require("pip", &mut install)?;
    }
    Ok(python)
}

/// Runs a program that has to succeed; what it said last otherwise.
fn require(name: &str, command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|problem| format!("{name} cannot run: {problem}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said =
        String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    let last = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("no message");
    Err(format!("{name} fails: {last}"))
}

/// A program that starts a script as a plugin.
#[cfg(unix)]
fn launcher(directory: &Path, python: &Path, script: &Path) -> PathBuf {
    use std::os::unix::fs::PermissionsExt as _;

    let python = if python.is_absolute() { python.to_owned() } else { which(python) };
    let path = directory.join("terraform-provider-probe");
    let text = format!("#!/bin/sh\nexec '{}' -B '{}' \"$@\"\n", python.display(), script.display());
    std::fs::write(&path, text).expect("the launcher can be written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("and made executable");
    path
}

fn which(program: &Path) -> PathBuf {
    let directories = std::env::var_os("PATH").unwrap_or_default();
    let mut found = std::env::split_paths(&directories).map(|directory| directory.join(program));
    found.find(|path| path.is_file()).unwrap_or_else(|| program.to_owned())
}

/// Every case of a directory through both tools.
fn compare_all(cases: &Path, terraform: &Program, server: &Path) {
    let plumb = plumb().expect("plumb");
    let known = std::fs::read_to_string(own_directory().join("known-differences.json")).expect("the list");
    let known = KnownDifferences::read(&known).expect("the list of known differences");
    let filter = std::env::var("CASE").unwrap_or_default();
    let open = open_cases().expect("the list of open cases");
    let (mut ran, mut found_all) = (BTreeSet::new(), Vec::new());
    let mut problems = String::new();
    for case in Case::read_all(cases).expect("the cases") {
        if !case.name.contains(&filter) {
            continue;
        }
        let [expected, found] =
            [terraform, &plumb].map(|tool| run_case(&case, tool, server).expect("a workspace"));
        for (index, step) in expected.iter().enumerate() {
            for broken in &step.broken_promises {
                problems += &format!(
                    "{} step {} `{}`: {broken}\n{}\n",
                    case.name,
                    index + 1,
                    step.command,
                    step.said
                );
            }
        }
        let differences = compare(&expected, &found);
        ran.insert(case.name.clone());
        found_all.extend(differences.iter().map(|one| (case.name.clone(), one.clone())));
        let differences: Vec<_> =
            differences.iter().filter_map(|one| known.unexplained(&case.name, one)).collect();
        if open.contains(&case.name) && filter.is_empty() {
            println!("open: {}, {} differences", case.name, differences.len());
        } else {
            differences.iter().for_each(|one| problems += &format!("{}\n{one}", case.name));
        }
        let asked = expected.iter().map(|step| step.aspects.get(&Aspect::Requests)).any(|requests| {
            requests.is_some_and(|requests| requests.as_array().is_some_and(|all| !all.is_empty()))
        });
        assert!(asked, "{}: the provider was asked for nothing", case.name);
    }
    assert!(problems.is_empty(), "{problems}");
    let stale = known.problems(&ran, &found_all);
    assert!(stale.is_empty(), "known-differences.json:\n{}", stale.join("\n"));
}

#[test]
fn a_provider_made_with_python() {
    let ready = terraform().ok_or("no terraform on PATH".to_owned()).and_then(|found| Ok((found, python()?)));
    let (terraform, python) = match ready {
        Ok(ready) => ready,
        Err(reason) => {
            println!("skipped: a_provider_made_with_python: {reason}");
            return;
        }
    };
    let own = own_directory().join("foreign/python");
    let scratch = tempfile::tempdir().expect("a directory");
    let server = launcher(scratch.path(), &python, &own.join("provider.py"));
    compare_all(&own, &terraform, &server);
}
