//! What was under way when a run died is asked about, and never done a second time without a word.

mod support;

use plumb_address::{AbsResourceInstance, ProviderConfigAddress};
use plumb_state::journal::{Action, Begin, Intent, LineWriter, Record};
use support::Directory;

const JOURNAL: &str = "terraform.tfstate.journal";

/// A directory in which a run died while it created `terraform_data.a`.
fn interrupted() -> Directory {
    let directory = Directory::new("resource \"terraform_data\" \"a\" {}\n");
    let begin = Begin { run: "one".into(), created: "2026-01-01T00:00:00Z".into(), ..Begin::default() };
    let intent = Intent {
        step: "1".into(),
        address: AbsResourceInstance::parse("terraform_data.a").unwrap(),
        deposed: None,
        action: Action::Create,
        provider: ProviderConfigAddress::parse("provider[\"terraform.io/builtin/terraform\"]").unwrap(),
        identity: None,
    };
    let mut lines = LineWriter::new("one");
    let mut text = String::new();
    for record in [Record::Begin(begin), Record::Intent(intent)] {
        lines.line(&record.to_json(), &mut text);
    }
    directory.write(JOURNAL, &text);
    directory
}

#[test]
fn plans_warn_and_keep_it_in_mind() {
    let directory = interrupted();
    for _ in 0..2 {
        directory.run(&["plan"]).expect(
            0,
            &["Interrupted while a change was under way", "create of terraform_data.a", "Plan: 1 to add"],
        );
    }
    assert!(directory.exists(JOURNAL));
}

#[test]
fn nobody_to_ask_means_no() {
    let directory = interrupted();
    directory.run(&["apply", "-auto-approve", "-input=false"]).expect(
        1,
        &["Unfinished business of an interrupted run", "plumb import", "-not-created='terraform_data.a'"],
    );
    assert!(directory.exists(JOURNAL) && !directory.exists("terraform.tfstate"));
    directory
        .run(&["apply", "-auto-approve", "-input=false", "-not-created=terraform_data.a"])
        .expect(0, &["Apply complete! Resources: 1 added"]);
    assert!(!directory.exists(JOURNAL));
}

#[test]
fn people_know() {
    let directory = interrupted();
    directory
        .run_with_input(&["apply", "-auto-approve"], "it does\n")
        .expect(1, &["Does terraform_data.a exist?", "Unfinished business"]);
    directory
        .run_with_input(&["apply", "-auto-approve"], "gone\n")
        .expect(0, &["Apply complete! Resources: 1 added"]);
}

#[test]
fn importing_settles_it() {
    let directory = interrupted();
    directory.run(&["import", "terraform_data.a", "found"]).expect(0, &["Import successful!"]);
    assert!(!directory.exists(JOURNAL));
    directory
        .run(&["apply", "-auto-approve", "-input=false"])
        .expect(0, &["Resources: 0 added, 0 changed, 0 destroyed."]);
}
