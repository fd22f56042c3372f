//! What moved is named, and nothing else is.

use plumb_source::MemoryFiles;

use crate::*;

fn record() -> ChangeRecord {
    ChangeRecord {
        configuration: Digest::of(b"configuration"),
        variables: Digest::of(b"variables"),
        providers: [("a/b/c".to_owned(), "h1:one".to_owned()), ("a/b/d".to_owned(), "h1:two".to_owned())]
            .into(),
        lineage: "l1".to_owned(),
        serial: 5,
        workspace: "default".to_owned(),
        ..ChangeRecord::default()
    }
}

fn world() -> World {
    let record = record();
    World {
        lineage: record.lineage,
        serial: record.serial,
        providers: record.providers,
        variables: Some(record.variables),
        configuration: Some(record.configuration),
        changed_files: Vec::new(),
        workspace: record.workspace,
    }
}

#[track_caller]
fn check(alter: impl FnOnce(&mut World), expected: &[(StalePart, &str, &str)]) {
    let mut world = world();
    alter(&mut world);
    let found = check_fresh(&record(), &world);
    let parts: Vec<_> = found.iter().map(|stale| (stale.what, stale.summary)).collect();
    assert_eq!(parts, expected.iter().map(|(part, summary, _)| (*part, *summary)).collect::<Vec<_>>());
    for (stale, (_, _, text)) in found.iter().zip(expected) {
        assert!(stale.detail.contains(text), "{}", stale.detail);
    }
}

#[test]
fn what_moved_is_named() {
    const STALE: &str = "Saved plan is stale";
    const ANOTHER: &str = "Saved plan does not match the given state";
    check(|_| {}, &[]);
    check(|world| world.variables = None, &[]);
    check(|world| world.configuration = None, &[]);
    check(
        |world| world.serial = 6,
        &[(
            StalePart::Serial,
            STALE,
            "The given plan file can no longer be applied because the state was changed by another operation after the \
             plan was created.",
        )],
    );
    check(
        |world| world.lineage = "l2".to_owned(),
        &[(StalePart::Lineage, ANOTHER, "created from a different state lineage")],
    );
    check(|world| world.lineage = String::new(), &[(StalePart::Lineage, ANOTHER, "now there is none")]);
    check(
        |world| world.variables = Some(Digest::of(b"x")),
        &[(StalePart::Variables, STALE, "input variables")],
    );
    check(
        |world| {
            world.providers.insert("a/b/c".to_owned(), "h1:three".to_owned());
            world.providers.remove("a/b/d");
            world.providers.insert("a/b/new".to_owned(), "h1:four".to_owned());
        },
        &[(
            StalePart::Providers,
            STALE,
            "  - a/b/c: was h1:one, is h1:three\n  - a/b/d: was h1:two, is not installed\n\n",
        )],
    );
    check(
        |world| world.workspace = "prod".to_owned(),
        &[(
            StalePart::Workspace,
            "Saved plan is for another workspace",
            "the workspace \"prod\" is selected",
        )],
    );
    check(
        |world| {
            world.serial = 1;
            world.workspace = "prod".to_owned();
        },
        &[
            (StalePart::Workspace, "Saved plan is for another workspace", ""),
            (StalePart::Serial, STALE, "version 5 of the state, and it is at version 1 now"),
        ],
    );
}

#[test]
fn a_state_that_came_into_being_makes_a_plan_stale() {
    let record = ChangeRecord { lineage: String::new(), serial: 0, ..record() };
    let found = check_fresh(&record, &world());
    assert_eq!(found.len(), 1);
    assert!(found[0].detail.contains("There was no state when the plan was made"), "{}", found[0].detail);
}

#[test]
fn changed_files_are_named_in_a_warning() {
    let then = MemoryFiles::new().with("a.tf", "1").with("b.tf", "2").with("m/c.tf", "3");
    let now = MemoryFiles::new().with("a.tf", "1").with("b.tf", "3").with("d.tf", "4");
    let changed = changed_files(&then, &now);
    let mut world = world();
    world.changed_files = changed;
    world.configuration = Some(Digest::of(b"other"));
    let found = check_fresh(&record(), &world);
    assert_eq!(found.len(), 1);
    assert!(
        !found[0].is_error()
            && !found[0].diagnostic(false).is_error()
            && found[0].diagnostic(true).is_error()
    );
    insta::assert_snapshot!(found[0].detail, @r"
    These files are not what the plan was made from:
      - b.tf was changed
      - d.tf is new
      - m/c.tf is gone

    The plan carries the configuration that it was made from and is applied with that; what changed since takes effect with the next plan.
    ");
    assert_eq!(changed_files(&then, &then), []);
}
