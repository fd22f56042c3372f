//! The same playbooks by Ansible and by what `plumb convert` makes of them, on two Debians that have to be alike
//! afterwards: what is compared, and how, is in `tests/playbooks`.

use std::path::{Path, PathBuf};
use std::process::Command;

fn playbooks() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../playbooks")
}

/// Compares a case; what cannot be compared on this machine says so.
fn alike(case: &str) {
    let test = format!("playbooks_do_what_they_do_by_ansible::{case}");
    let program = |name: &str| plumb_testkit::built(name).expect("a program of this workspace");
    if !is_there("ansible-playbook") {
        return skip(&test, "ansible-playbook is not there");
    }
    let mut command = Command::new(playbooks().join("compare"));
    command.arg("--plumb").arg(program("plumb")).arg("--targets").arg(program("plumb-targets"));
    command.arg(playbooks().join("cases").join(case)).env_remove("SSH_AUTH_SOCK");
    let output = command.output().expect("python3 runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    if let Some(why) = said.lines().find_map(|line| line.strip_prefix("skipped: ")) {
        skip(&test, why);
    }
}

#[expect(clippy::print_stdout, reason = "a test that cannot run says so")]
fn skip(test: &str, why: &str) {
    println!("skipped: {test}: {why}");
}

fn is_there(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success())
}

#[test]
fn commands() {
    alike("commands");
}

#[test]
fn files() {
    alike("files");
}

#[test]
fn flow() {
    alike("flow");
}

#[test]
fn lines() {
    alike("lines");
}

#[test]
fn packages() {
    alike("packages");
}

#[test]
fn people() {
    alike("people");
}

#[test]
fn system() {
    alike("system");
}

#[test]
fn every_case_is_compared() {
    let entries = std::fs::read_dir(playbooks().join("cases")).expect("cases");
    let names = entries.map(|entry| entry.expect("a case").file_name().into_string().expect("a name"));
    // Those of public roles need what is not in this repository.
    let mut own: Vec<_> = names.filter(|name| !name.starts_with("public-")).collect();
    own.sort();
    assert_eq!(own, ["commands", "files", "flow", "lines", "packages", "people", "system"]);
}
