//! The power goes at any instant of an apply: what was said to be done is recorded, what was under way
//! is named, and the next apply finishes the job with nothing made twice.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use plumb_address::{AbsResourceInstance, DeposedKey};
use plumb_executor::{Observer, StepAction};
use plumb_plan::PlanOptions;
use plumb_state::journal::Action;
use plumb_state::{InstanceState, Object, State};
use proptest::prelude::*;

use crate::bench::{Bench, run};
use crate::{provider, show};

const PARALLELISM: usize = 4;

/// Remembers what was said to be done.
#[derive(Default)]
struct Told {
    done: Mutex<Vec<(AbsResourceInstance, Option<DeposedKey>, StepAction)>>,
}

impl plumb_planner::EphemeralObserver for Told {}

impl Observer for Told {
    fn step_complete(
        &self,
        address: &AbsResourceInstance,
        deposed: Option<&DeposedKey>,
        action: StepAction,
        _identity: Option<(&str, &str)>,
    ) {
        self.done.lock().expect("a lock").push((address.clone(), deposed.cloned(), action));
    }
}

/// Fifty objects in rows: some depend on their neighbours, some are replaced create-first.
fn configuration(generation: usize) -> String {
    let mut text = String::new();
    for row in 0..10 {
        let lifecycle = if row % 3 == 0 { "  lifecycle { create_before_destroy = true }\n" } else { "" };
        let value = if row > 0 && row % 2 == 0 {
            format!("test_object.row{}[count.index].id", row - 1)
        } else {
            format!("\"{}\"", generation * usize::from(row % 4 == 1))
        };
        let force = generation * usize::from(row % 3 == 0 || row == 5);
        // Later generations are shorter in some rows and longer in others.
        let count = if row == 8 {
            5 - generation * 3
        } else if row == 9 {
            3 + generation * 2
        } else {
            5
        };
        let _ = write!(
            text,
            "resource \"test_object\" \"row{row}\" {{\n  count = {count}\n  name  = \"r{row}-${{count.index}}\"\n  \
             value = {value}\n  force = \"{force}\"\n{lifecycle}}}\n"
        );
    }
    text
}

fn options() -> PlanOptions {
    PlanOptions { parallelism: PARALLELISM, ..PlanOptions::default() }
}

/// Puts together what is known, as a command begins, and answers for what was under way: someone has
/// looked whether it is there.
async fn recover(bench: &Bench) -> State {
    let held = bench.hold().await.expect("the state can be read");
    assert!(held.open.len() <= PARALLELISM, "{} intents are open", held.open.len());
    let mut state = held.state.clone();
    for open in &held.open {
        if open.intent.action != Action::Create {
            continue;
        }
        let address = &open.intent.address;
        let name = open.intent.identity.as_ref().expect("a name").value.to_string();
        let recorded: BTreeSet<String> = ids(&state);
        let unknown = bench.world.ids().into_iter().filter(|id| !recorded.contains(id));
        let found = unknown
            .filter_map(|id| bench.world.object(&id))
            .find(|object| object.part("name").and_then(plumb_value::Value::as_str) == Some(&*name));
        if let Some(object) = found {
            let recorded = Object::encode(&object, &provider::object_type(), 0).expect("recorded");
            state.update_instance(address, &open.intent.provider, |instance: &mut InstanceState| {
                if let Some(before) = instance.current.replace(Arc::new(recorded)) {
                    instance.deposed.insert(DeposedKey("0000cafe".into()), before);
                }
            });
        }
    }
    let version = held.stored.as_ref().map(|stored| &stored.version);
    held.store.write(&state, version).await.expect("written");
    held.store.journal().expect("a journal").take_over(Vec::new()).await.expect("cleared");
    held.state
}

fn ids(state: &State) -> BTreeSet<String> {
    state
        .instances()
        .flat_map(|(_, instance)| instance.current.iter().chain(instance.deposed.values()))
        .filter_map(|object| object.identifier())
        .collect()
}

/// What was said to be done is recorded.
fn check_told(told: &Told, state: &State, bench: &Bench) {
    for (address, deposed, action) in told.done.lock().expect("a lock").iter() {
        let instance = state.instance(address);
        match (action, deposed) {
            (StepAction::Create | StepAction::Update, _) => {
                let object = instance.and_then(|instance| instance.current.as_ref());
                let id = object.and_then(|object| object.identifier());
                assert!(
                    id.as_ref().is_some_and(|id| bench.world.object(id).is_some()),
                    "{address} was made and is not recorded: {id:?}"
                );
            }
            (StepAction::Delete, Some(key)) => {
                let left = instance.is_some_and(|instance| instance.deposed.contains_key(key));
                assert!(!left, "{address} ({key}) was destroyed and is recorded");
            }
            (StepAction::Delete, None) | (StepAction::Read, _) => {}
        }
    }
}

fn crash(operation: usize, seed: u64) {
    let mut bench = Bench::of(&configuration(0));
    // The whole state is written in the middle too, as often as its own cost allows.
    bench.snapshot_pause = Duration::ZERO;
    let first = run(bench.apply(options())).expect("read");
    assert!(first.applied.is_some_and(|applied| !applied.diagnostics.has_errors()));
    bench.files.insert("main.tf", configuration(1));
    let told = Arc::new(Told::default());
    bench.observer = told.clone();
    bench.disk.crash_at(bench.disk.operations() + operation);
    let _ = run(bench.apply(options()));
    bench.disk = bench.disk.after_crash(seed);
    let recovered = run(recover(&bench));
    check_told(&told, &recovered, &bench);

    let outcome = run(bench.apply(options())).expect("read");
    let applied =
        outcome.applied.unwrap_or_else(|| panic!("{}", show::diagnostics(&outcome.planned.diagnostics)));
    assert_eq!(show::diagnostics(&applied.diagnostics), "");
    let again = run(bench.plan(options())).expect("read");
    assert_eq!(show::plan(&again.plan), "");
    let existing: BTreeSet<String> = bench.world.ids().into_iter().collect();
    assert_eq!(existing, ids(&applied.state), "what exists is what is recorded");
}

/// So many operations of the disk the second apply has at least, however its steps fall together.
const OPERATIONS: usize = 120;

#[test]
fn the_apply_has_as_many_instants_as_are_tried() {
    let mut bench = Bench::of(&configuration(0));
    bench.snapshot_pause = Duration::ZERO;
    run(bench.apply(options())).expect("read");
    bench.files.insert("main.tf", configuration(1));
    let before = bench.disk.operations();
    run(bench.apply(options())).expect("read");
    let operations = bench.disk.operations() - before;
    assert!((OPERATIONS..3 * OPERATIONS).contains(&operations), "{operations}");
}

/// Nothing survives that was not synced, at every instant.
#[test]
fn nothing_but_what_was_synced() {
    for operation in 0..2 * OPERATIONS {
        crash(operation, 0);
    }
}

/// Lines of the journal may survive without those before them, such as that of a new object without
/// that of the old one's being put aside.
#[test]
fn with_holes_in_the_journal() {
    for _ in 0..60 {
        crash(13, 788);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, max_shrink_iters: 20, ..ProptestConfig::default() })]

    #[test]
    fn at_any_instant(operation in 0..2 * OPERATIONS, seed in 1u64..1000) {
        crash(operation, seed);
    }
}
