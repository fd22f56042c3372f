//! Runs with `-lock=false` beside a run that is alive: neither takes what belongs to the other, and
//! whoever is killed, what either has made is found again.

mod support;

use std::process::Child;

use support::{Directory, begun, signal};

/// `first` is made by the run that begins first, `second` by the other; `slow` is under way meanwhile.
const MAIN: &str = r#"resource "terraform_data" "first" {}

resource "terraform_data" "second" {}

resource "time_sleep" "slow" {
  create_duration = "2s"
}

output "first" {
  value = terraform_data.first.id
}
"#;

const JOURNAL: &str = "terraform.tfstate.journal";

/// A directory in which a run is alive that has made `first`.
fn beside_a_run() -> (Directory, Child) {
    let directory = Directory::new(MAIN);
    let child = begun(
        &directory,
        &["apply", "-auto-approve", "-target=terraform_data.first", "-target=time_sleep.slow"],
        (JOURNAL, "\"terraform_data.first\""),
    );
    wait_for_result(&directory);
    (directory, child)
}

/// Waits until the first object is recorded.
fn wait_for_result(directory: &Directory) {
    support::wait_until(|| directory.read(JOURNAL).contains("\"kind\":\"result\""), "nothing is recorded");
}

fn apply_second(directory: &Directory) {
    directory
        .run(&["apply", "-auto-approve", "-lock=false", "-target=terraform_data.second"])
        .expect(0, &["Another run is at work on this state", "Apply complete! Resources: 1 added"]);
}

const ALL: &str = "terraform_data.first\nterraform_data.second\ntime_sleep.slow\n";

#[test]
fn both_come_to_their_end() {
    let (directory, child) = beside_a_run();
    apply_second(&directory);
    assert!(directory.exists(JOURNAL), "the first run's journal is its own");
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("State changed meanwhile"), "{output:?}");
    assert_eq!(directory.run(&["state", "list"]).stdout, ALL);
    assert!(directory.left_of(JOURNAL).is_empty());
    directory.run(&["plan", "-detailed-exitcode"]).expect(0, &["No changes."]);
}

#[test]
fn looking_disturbs_nobody() {
    let (directory, child) = beside_a_run();
    for arguments in [&["state", "list"][..], &["show"], &["output"], &["plan", "-lock=false"]] {
        let run = directory.run(arguments).expect(0, &[]);
        assert!(
            !format!("{}{}", run.stdout, run.stderr).contains("ecovered"),
            "{arguments:?}: {}",
            run.stdout
        );
    }
    // What it has made so far is seen.
    assert_eq!(directory.run(&["state", "list"]).stdout, "terraform_data.first\n");
    assert!(child.wait_with_output().unwrap().status.success());
}

#[test]
fn the_first_is_killed() {
    let (directory, mut child) = beside_a_run();
    apply_second(&directory);
    child.kill().unwrap();
    child.wait().unwrap();
    let listed = directory.run(&["state", "list"]);
    assert_eq!(listed.stdout, "terraform_data.first\nterraform_data.second\n");
    directory
        .run(&["apply", "-auto-approve", "-input=false"])
        .expect(0, &["Apply complete! Resources: 1 added, 0 changed, 0 destroyed."]);
    assert!(directory.left_of(JOURNAL).is_empty());
}

#[test]
fn both_are_killed() {
    let (directory, mut first) = beside_a_run();
    let mut second = begun(
        &directory,
        &["apply", "-auto-approve", "-lock=false"],
        ("terraform.tfstate.journal.2", "\"terraform_data.second\""),
    );
    support::wait_until(
        || directory.read("terraform.tfstate.journal.2").contains("\"kind\":\"result\""),
        "the second has recorded nothing",
    );
    for child in [&mut first, &mut second] {
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let listed = directory.run(&["state", "list"]).expect(0, &["Recovered an interrupted run"]);
    assert_eq!(listed.stdout, "terraform_data.first\nterraform_data.second\n");
    directory
        .run(&["apply", "-auto-approve", "-input=false"])
        .expect(0, &["Apply complete! Resources: 1 added, 0 changed, 0 destroyed."]);
    assert_eq!(directory.run(&["state", "list"]).stdout, ALL);
    assert!(directory.left_of(JOURNAL).is_empty());
}

#[test]
fn what_both_have_made_is_not_forgotten() {
    let directory = Directory::new("resource \"time_sleep\" \"both\" {\n  create_duration = \"2s\"\n}\n");
    let first = begun(&directory, &["apply", "-auto-approve"], (JOURNAL, "\"kind\":\"begin\""));
    // Objects of this type are told apart by the second in which they were made.
    std::thread::sleep(std::time::Duration::from_millis(1200));
    directory.run(&["apply", "-auto-approve", "-lock=false"]).expect(0, &["Resources: 1 added"]);
    assert!(first.wait_with_output().unwrap().status.success());
    directory.run(&["plan"]).expect(0, &["(deposed object", "0 to add, 0 to change, 1 to destroy."]);
}

#[test]
fn the_locked_run_leaves_the_others_journal_alone() {
    let directory = Directory::new(MAIN);
    let mut first = begun(
        &directory,
        &["apply", "-auto-approve", "-lock=false", "-target=time_sleep.slow"],
        (JOURNAL, "\"kind\":\"begin\""),
    );
    // This one takes the lock, which nobody has.
    directory
        .run(&["apply", "-auto-approve", "-target=terraform_data.first"])
        .expect(0, &["Another run is at work on this state", "Apply complete!"]);
    assert!(directory.exists(JOURNAL));
    signal(&first, "-KILL");
    first.wait().unwrap();
    directory.run(&["plan"]).expect(0, &["Plan: 2 to add"]);
    assert!(directory.left_of(JOURNAL).is_empty(), "nothing was under way that anybody has to look for");
}
