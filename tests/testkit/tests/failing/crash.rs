//! Providers that die while they are to answer.

use crate::scene::Scene;

const THINGS: &str = r#"
resource "probe_thing" "a" {
  name = "a"
}

resource "probe_thing" "b" {
  name = "b"
  note = probe_thing.a.id
}

resource "probe_thing" "c" {
  name = "c"
  note = probe_thing.b.id
}

resource "other_thing" "x" {
  name     = "x"
  delay_ms = 300
}

resource "other_thing" "y" {
  name     = "y"
  note     = other_thing.x.id
  delay_ms = 300
}
"#;

const APPLY: &str = "apply -auto-approve -input=false -no-color";

#[test]
fn a_plan_says_who_died_where_and_how() {
    let scene = Scene::new(THINGS);
    let says = [
        "Plugin did not respond",
        "with probe_thing.b",
        "Provider testing/probe",
        "was ended by signal 6 (abort) during PlanResourceChange",
        "panic: the provider was told to crash",
    ];
    scene.run("plan -no-color", "plan-crash@probe_thing/b").expect(1, &says);
    scene.run(APPLY, "plan-crash@probe_thing/b").expect(1, &says);
    assert!(scene.made("").is_empty() && !scene.has_journal());
}

#[test]
fn a_refresh_says_who_died_where_and_how() {
    let scene = Scene::new(THINGS);
    scene.run(APPLY, "").expect(0, &["5 added"]);
    let recorded = scene.recorded();
    scene.run("plan -no-color", "read-crash@probe_thing/b").expect(
        1,
        &[
            "Plugin did not respond",
            "with probe_thing.b",
            "was ended by signal 6 (abort) during ReadResource",
            "panic: the provider was told to crash",
        ],
    );
    scene.run("refresh -no-color", "read-crash@probe_thing/b").expect(1, &["during ReadResource"]);
    assert_eq!(scene.recorded(), recorded);
    assert!(!scene.has_journal());
    scene.run("plan -detailed-exitcode", "").expect(0, &["No changes"]);
}

/// What was answered is recorded, what was not is asked about, and other providers go on.
#[test]
fn an_object_made_without_an_answer_is_never_made_again() {
    let scene = Scene::new(THINGS);
    let fault = "apply-crash-after@probe_thing/b";
    let applied = scene.run(APPLY, fault).expect(
        1,
        &[
            "Plugin did not respond",
            "with probe_thing.b",
            "was ended by signal 6 (abort) during ApplyResourceChange",
            "panic: the provider was told to crash",
            "Nobody knows whether probe_thing.b was created.",
            "Apply incomplete: 3 added, 0 changed, 0 destroyed; 1 failed, 1 not begun",
        ],
    );
    applied.without("probe_thing.c:");
    assert_eq!(scene.recorded(), "other_thing.x other_thing.y probe_thing.a");
    assert!(scene.has_journal());
    for _ in 0..2 {
        scene.run("plan -no-color", "").expect(0, &["create of probe_thing.b", "2 to add"]);
        let asked =
            ["Unfinished business", "plumb import 'probe_thing.b' ID", "-not-created='probe_thing.b'"];
        scene.run(APPLY, "").expect(1, &asked);
    }
    assert_eq!(scene.made("b"), ["b"], "it is there once");
    scene.run(&format!("import -no-color probe_thing.b {}", scene.id_of("b")), "").expect(0, &[]);
    scene.run(APPLY, "").expect(0, &["1 added, 0 changed, 0 destroyed"]);
    assert_eq!(scene.made(""), ["x", "y", "a", "b", "c"]);
    assert!(!scene.has_journal());
}

#[test]
fn an_object_that_was_not_made_is_made_once_someone_says_so() {
    let scene = Scene::new(THINGS);
    scene
        .run(APPLY, "apply-crash@probe_thing/b")
        .expect(1, &["Nobody knows whether probe_thing.b was created."]);
    scene.run(APPLY, "").expect(1, &["-not-created='probe_thing.b'"]);
    scene.run(&format!("{APPLY} -not-created=probe_thing.b"), "").expect(0, &["2 added"]);
    assert_eq!(scene.made(""), ["x", "y", "a", "b", "c"]);
    scene.run("plan -detailed-exitcode", "").expect(0, &["No changes"]);
}

/// What the provider had not been asked when it died was not begun: nobody is asked about it.
#[test]
fn only_what_was_asked_for_is_asked_about() {
    let scene = Scene::new(
        "resource \"probe_thing\" \"many\" {\n  count = 30\n  name  = \"many-${count.index}\"\n}\n",
    );
    scene.run(&format!("{APPLY} -parallelism=2"), "apply-crash-after@probe_thing/many-4").expect(
        1,
        &["Nobody knows whether", "it was ended by signal 6 (abort) before it could be asked for"],
    );
    let asked = scene.run(APPLY, "").expect(1, &["Unfinished business"]);
    let count = asked.text.matches("-not-created=").count();
    assert!((1..=4).contains(&count), "{count}: {}", asked.text);
}

#[test]
fn what_was_to_change_or_go_is_seen_by_the_next_refresh() {
    let scene = Scene::new(THINGS);
    scene.run(APPLY, "").expect(0, &["5 added"]);
    scene.configure("resource \"probe_thing\" \"a\" {\n  name = \"a\"\n  size = 7\n}\n");
    scene
        .run(APPLY, "apply-crash-after@probe_thing/c")
        .expect(1, &["with probe_thing.c", "Nobody knows whether probe_thing.c was destroyed."]);
    assert!(scene.has_journal());
    scene
        .run(APPLY, "apply-crash-after@probe_thing/a")
        .expect(1, &["with probe_thing.a", "Nobody knows whether probe_thing.a was changed"]);
    assert!(scene.has_journal());
    // What was beside it may or may not have been destroyed by the time the provider died.
    scene.run(APPLY, "").expect(0, &["Resources: 0 added, 0 changed, "]);
    assert_eq!(scene.made(""), ["a"]);
    assert_eq!(scene.recorded(), "probe_thing.a");
    assert!(!scene.has_journal());
}
