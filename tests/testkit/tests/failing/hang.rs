//! Providers that do not answer, and people who do not wait.

use crate::scene::{Scene, is_running, wait_for};

const THINGS: &str = r#"
resource "probe_thing" "a" {
  name = "a"
}

resource "probe_thing" "b" {
  name = "b"
  note = probe_thing.a.id
}
"#;

const APPLY: &str = "apply -auto-approve -input=false -no-color";

#[test]
fn a_plan_that_heeds_an_interrupt_comes_to_its_end() {
    let scene = Scene::new(THINGS);
    let mut command = scene.start("plan -no-color", "plan-until-stopped@probe_thing/a");
    scene.wait_for_request("PlanResourceChange", "a");
    command.goes_on();
    command.signal("INT");
    command.end().expect(1, &["Interrupt received.", "Interrupted", "Nothing was changed."]);
    assert!(scene.requests().iter().any(|request| request.0 == "StopProvider"));
}

#[test]
fn a_plan_that_hangs_ends_with_the_second_interrupt() {
    let scene = Scene::new(THINGS);
    let mut command = scene.start("plan -no-color", "plan-hang@probe_thing/a");
    let provider = scene.wait_for_request("PlanResourceChange", "a");
    command.signal("INT");
    command.wait_for("Interrupt received.");
    scene.wait_for_request("StopProvider", "");
    command.goes_on();
    command.signal("INT");
    command
        .end()
        .expect(1, &["Two interrupts received.", "has not answered PlanResourceChange for", "testing/probe"]);
    wait_for("the end of the provider", || (!is_running(provider)).then_some(()));
    assert!(!scene.has_journal());
}

#[test]
fn an_apply_that_heeds_an_interrupt_records_what_it_is_told() {
    let scene = Scene::new(THINGS);
    let mut command = scene.start(APPLY, "apply-until-stopped@probe_thing/b");
    scene.wait_for_request("ApplyResourceChange", "b");
    command.goes_on();
    command.signal("TERM");
    command.end().expect(1, &["Interrupt received.", "apply-until-stopped", "1 added"]);
    assert_eq!(scene.recorded(), "probe_thing.a");
    assert!(!scene.has_journal(), "the provider has said that nothing came of it");
    scene.run(APPLY, "").expect(0, &["1 added"]);
}

/// The provider has made the object and is killed in front of its answer: that is no answer.
#[test]
fn what_is_cut_off_by_a_second_interrupt_is_asked_about() {
    for fault in ["apply-hang@probe_thing/b", "apply-hang-after@probe_thing/b"] {
        let scene = Scene::new(THINGS);
        let mut command = scene.start(APPLY, fault);
        let provider = scene.wait_for_request("ApplyResourceChange", "b");
        if fault.starts_with("apply-hang-after") {
            scene.wait_for_object("b");
        }
        command.signal("INT");
        scene.wait_for_request("StopProvider", "");
        command.goes_on();
        command.signal("INT");
        command.end().expect(
            1,
            &["Two interrupts received.", "create probe_thing.b", "has not answered ApplyResourceChange for"],
        );
        wait_for("the end of the provider", || (!is_running(provider)).then_some(()));
        assert_eq!(scene.recorded(), "probe_thing.a");
        assert!(scene.has_journal());
        let made = scene.made("b");
        scene.run(APPLY, "").expect(1, &["Unfinished business", "-not-created='probe_thing.b'"]);
        assert_eq!(scene.made("b"), made, "nothing is made without a word");
    }
}
