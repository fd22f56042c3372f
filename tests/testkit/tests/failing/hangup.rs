//! Terminals that are closed while providers are at work.

use std::process::Command;

use crate::scene::{Scene, is_running};

const THINGS: &str = r#"
resource "probe_thing" "a" {
  name     = "a"
  delay_ms = 1500
}

resource "probe_thing" "b" {
  name = "b"
  note = probe_thing.a.id
}
"#;

const APPLY: &str = "apply -auto-approve -input=false -no-color";

fn hang_up(process: u64) {
    let sent = Command::new("kill").args(["-HUP", &process.to_string()]).status();
    assert!(sent.expect("it runs").success());
}

/// The system and the shell both tell everyone, which is no reason for haste.
#[test]
fn what_runs_comes_to_its_end_and_is_recorded() {
    let scene = Scene::new(THINGS);
    let command = scene.start(APPLY, "");
    let provider = scene.wait_for_request("ApplyResourceChange", "a");
    for _ in 0..2 {
        hang_up(u64::from(command.id()));
        hang_up(provider);
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    assert!(is_running(provider));
    command.end().expect(1, &["The terminal is gone.", "1 added"]).without("Two interrupts");
    assert_eq!(scene.recorded(), "probe_thing.a");
    assert!(!scene.has_journal());
    assert!(!is_running(provider));
    scene.run(APPLY, "").expect(0, &["1 added"]);
}

#[test]
fn a_plan_ends_too() {
    let scene = Scene::new(THINGS);
    let command = scene.start("plan -no-color", "plan-until-stopped@probe_thing/a");
    scene.wait_for_request("PlanResourceChange", "a");
    hang_up(u64::from(command.id()));
    command.end().expect(1, &["The terminal is gone.", "Interrupted"]);
}

#[test]
fn who_does_not_want_to_hear_of_it_does_not() {
    let scene = Scene::new(THINGS);
    let command = scene.start_through("nohup", APPLY, "");
    let provider = scene.wait_for_request("ApplyResourceChange", "a");
    hang_up(u64::from(command.id()));
    hang_up(provider);
    command.end().expect(0, &["2 added"]);
}
