//! Providers that say too much, or what cannot be understood.

use crate::scene::Scene;

const THING: &str = "resource \"probe_thing\" \"a\" {\n  name = \"a\"\n}\n";

const APPLY: &str = "apply -auto-approve -input=false -no-color";

#[test]
fn what_is_printed_beside_answers_disturbs_nobody() {
    for fault in ["chatter", "flood", "chatter flood"] {
        let scene = Scene::new(THING);
        scene.run("plan -no-color", fault).expect(0, &["1 to add"]).without("much");
        scene.run(APPLY, fault).expect(0, &["1 added"]).without("much");
        let crashed = scene.run("plan -no-color", &format!("{fault} read-crash"));
        let crashed = crashed.expect(1, &["panic: the provider was told to crash"]);
        assert!(crashed.text.len() < 20_000, "{}", crashed.text.len());
    }
}

/// Twice what gRPC programs take unless they are told otherwise.
#[test]
fn large_objects_are_as_good_as_small_ones() {
    let scene =
        Scene::new("resource \"probe_thing\" \"a\" {\n  name = \"a\"\n  note = file(\"note.txt\")\n}\n");
    let note = "large ".repeat(8 * 1024 * 1024 / 6);
    scene.workspace.write("note.txt", Some(&note)).expect("it can be written");
    scene.run(APPLY, "").expect(0, &["1 added"]);
    scene.run("plan -detailed-exitcode", "").expect(0, &["No changes"]);
    scene.run("destroy -auto-approve -no-color", "").expect(0, &["1 destroyed"]);
}

#[test]
fn errors_instead_of_answers_are_explained() {
    let scene = Scene::new(THING);
    let says = ["Plugin error", "with probe_thing.a", "Provider testing/probe", "does not fit its schema"];
    let planned = scene.run("plan -no-color", "plan-nonsense").expect(1, &says);
    planned.expect(1, &["it answered PlanResourceChange with an error"]);
    let applied = scene.run(APPLY, "apply-nonsense").expect(1, &says);
    applied.expect(1, &["it answered ApplyResourceChange with an error", "Nobody knows whether"]);
    scene.run(APPLY, "").expect(1, &["-not-created='probe_thing.a'"]);
    assert_eq!(scene.made("a"), ["a"]);
}

/// The schema says that the computed attribute is a number, and it comes back as a text.
#[test]
fn answers_that_are_not_what_the_schema_says_are_explained() {
    let mut scene = Scene::new(THING);
    let schema = r#"{"resources": {"probe_thing": {"attributes": {
        "id": {"type": "string", "computed": true, "generated": "id"},
        "name": {"type": "string", "required": true},
        "odd": {"type": "number", "served_type": "string", "computed": true, "generated": {"value": "hush"}}
    }}}}"#;
    scene.workspace.write("schema.json", Some(schema)).expect("it can be written");
    let path = scene.workspace.directory().join("schema.json").display().to_string();
    scene.workspace.set("PROBE_SCHEMA", &path);
    let says = [
        "Plugin error",
        "with probe_thing.a",
        "its answer to ApplyResourceChange cannot be understood",
        "odd",
        "number is required",
        "Nobody knows whether probe_thing.a was created.",
    ];
    scene.run(APPLY, "").expect(1, &says).without("hush");
    assert!(scene.has_journal());
    scene.run(APPLY, "").expect(1, &["-not-created='probe_thing.a'"]);
    assert_eq!(scene.made("a"), ["a"]);
}

#[test]
fn answers_that_break_the_rules_are_recorded_and_explained() {
    let cases = [
        ("apply-unknown", "All values must be known after apply", "probe_thing.a"),
        ("apply-differs", "Provider produced inconsistent result after apply", "probe_thing.a"),
        ("apply-null", "the object was to be there, and now there is none", ""),
    ];
    for (fault, says, recorded) in cases {
        let scene = Scene::new(THING);
        scene.run(APPLY, fault).expect(1, &[says, "with probe_thing.a", "testing/probe"]);
        let listed = scene.run("state list", "").stdout;
        assert_eq!(listed.trim(), recorded, "{fault}");
        assert!(!scene.has_journal(), "the provider has answered: {fault}");
    }
}
