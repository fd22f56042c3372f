//! Killing an apply at random instants: nothing that was created is forgotten, and nothing is created
//! twice.
//!
//! How often is in `PLUMB_KILLS`; a run of the whole suite kills 200 times.

#![expect(clippy::print_stdout, reason = "a failure can be had again from the seed that is printed")]

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use plumb_testkit::{Installation, Workspace, built, provider_server};
use serde_json::Value as Json;

const OBJECTS: usize = 50;
const PARALLELISM: usize = 10;

const CONFIGURATION: &str = r#"
terraform {
  required_providers {
    probe = { source = "testing/probe" }
  }
}

resource "probe_thing" "a" {
  count    = 25
  name     = "a${count.index}"
  delay_ms = 2 + count.index % 7
}

resource "probe_thing" "b" {
  count    = 25
  name     = "b-${probe_thing.a[count.index].id}"
  delay_ms = 1 + count.index % 5
}
"#;

/// A small generator of numbers that look random (xorshift, Marsaglia 2003): the seed is printed, so
/// that a failure can be had again.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

fn arguments(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// The name and identifier of every object that exists.
fn existing(workspace: &Workspace) -> Vec<(String, String)> {
    let objects = workspace.all_objects().expect("the objects can be listed");
    objects
        .into_iter()
        .filter_map(|(id, object)| {
            let name = object.get("name").or_else(|| object.get("value")?.get("name"))?.as_str()?.to_owned();
            Some((name, object.get("id").and_then(Json::as_str).map_or(id, str::to_owned)))
        })
        .collect()
}

/// Addresses whose end nobody knows, out of the message that asks about them.
fn unresolved(text: &str) -> BTreeSet<String> {
    text.split("-not-created='")
        .skip(1)
        .filter_map(|rest| rest.split('\'').next())
        .map(str::to_owned)
        .collect()
}

/// One apply that is killed, what is found afterwards, and the apply that goes on from there.
fn kill_once(plumb: &Path, after: Duration) {
    let mut workspace = Workspace::new(&provider_server().expect("it builds"), Installation::Override)
        .expect("a workspace can be made");
    workspace.write("main.tf", Some(CONFIGURATION)).expect("it can be written");
    let apply = ["apply", "-auto-approve", "-input=false", "-no-color"];
    workspace.run_and_kill(plumb, &arguments(&apply), after).expect("plumb can be started");

    let listed = workspace.run(plumb, &arguments(&["state", "list"]), "").expect("plumb runs");
    let nothing_yet = listed.stderr.contains("No state file was found");
    assert!(
        listed.exit_code == Some(0) || nothing_yet,
        "the state loads: {}{}",
        listed.stdout,
        listed.stderr
    );
    let recorded = listed.stdout.lines().filter(|line| line.starts_with("probe_thing.")).count();
    let made = existing(&workspace).len();
    assert!(
        made <= recorded + PARALLELISM,
        "{made} objects exist and {recorded} are recorded: more than could be under way were forgotten"
    );

    let mut again = workspace.run(plumb, &arguments(&apply), "").expect("plumb runs");
    let open = unresolved(&format!("{}{}", again.stdout, again.stderr));
    assert!(open.len() <= PARALLELISM, "{} open intents", open.len());
    if !open.is_empty() {
        // Someone looks at what exists, as the message asks for.
        let known = recorded_ids(&mut workspace, plumb);
        let mut command: Vec<String> = arguments(&apply);
        for address in &open {
            match orphan_of(&workspace, &known, address) {
                Some(id) => {
                    let imported = workspace
                        .run(plumb, &arguments(&["import", "-input=false", address, &id]), "")
                        .expect("plumb runs");
                    assert_eq!(imported.exit_code, Some(0), "import: {}{}", imported.stdout, imported.stderr);
                }
                None => command.push(format!("-not-created={address}")),
            }
        }
        again = workspace.run(plumb, &command, "").expect("plumb runs");
    }
    assert_eq!(again.exit_code, Some(0), "the next apply goes on: {}{}", again.stdout, again.stderr);
    let made = existing(&workspace);
    let names: BTreeSet<&String> = made.iter().map(|(name, _)| name).collect();
    assert_eq!(made.len(), OBJECTS, "exactly as many objects as were asked for: {made:?}");
    assert_eq!(names.len(), OBJECTS, "none of them twice: {made:?}");
    let plan = workspace.run(plumb, &arguments(&["plan", "-detailed-exitcode"]), "").expect("plumb runs");
    assert_eq!(plan.exit_code, Some(0), "and nothing is left to do: {}{}", plan.stdout, plan.stderr);
}

/// Identifiers of all recorded objects.
fn recorded_ids(workspace: &mut Workspace, plumb: &Path) -> BTreeSet<String> {
    let shown = workspace.run(plumb, &arguments(&["show", "-json"]), "").expect("plumb runs");
    let state: Json = serde_json::from_str(&shown.stdout).unwrap_or(Json::Null);
    let resources = state["values"]["root_module"]["resources"].as_array().cloned().unwrap_or_default();
    resources.iter().filter_map(|resource| resource["values"]["id"].as_str().map(str::to_owned)).collect()
}

/// The object that an interrupted creation of `address` has left behind, if it has.
fn orphan_of(workspace: &Workspace, known: &BTreeSet<String>, address: &str) -> Option<String> {
    let index: usize = address.split(['[', ']']).nth(1)?.parse().ok()?;
    let is_first = address.starts_with("probe_thing.a");
    existing(workspace).into_iter().find_map(|(name, id)| {
        if known.contains(&id) {
            return None;
        }
        // Names of the second kind hold the identifier of what they belong to, which is recorded.
        let matches =
            if is_first { name == format!("a{index}") } else { name == second_name(workspace, index)? };
        matches.then_some(id)
    })
}

fn second_name(workspace: &Workspace, index: usize) -> Option<String> {
    let wanted = format!("a{index}");
    existing(workspace).into_iter().find(|(name, _)| *name == wanted).map(|(_, id)| format!("b-{id}"))
}

#[test]
fn an_apply_killed_at_any_instant_forgets_and_repeats_nothing() {
    let kills: u64 = std::env::var("PLUMB_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(8);
    let seed: u64 = std::env::var("PLUMB_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(20_261_123);
    println!("{kills} kills from seed {seed}");
    let plumb = built("plumb", "plumb").expect("it builds");
    let mut dice = Dice(seed);
    for _ in 0..kills {
        kill_once(&plumb, Duration::from_micros(20_000 + dice.below(600_000)));
    }
}
