//! Long plans: what is alike is drawn once, what is named, and what is only counted.

mod make;
mod property;
mod reading;

use make::{address, change, config, plan};
use plumb_address::DeposedKey;
use plumb_configuration::Config;
use plumb_diagnostics::TextStyle;
use plumb_plan::{Action, Change, ChangeReason, Plan};
use plumb_view::text::{Detail, write_plan};

/// What people see in a terminal of so many columns.
fn written(plan: &Plan, config: Option<&Config>, width: usize, detail: Detail) -> String {
    let mut out = Vec::new();
    let style = TextStyle { width, ..TextStyle::PLAIN };
    write_plan(&mut out, plan, config, &style, detail).expect("can be written");
    String::from_utf8(out).expect("is text")
}

fn shown(changes: Vec<Change>) -> String {
    written(&plan(changes), None, 80, Detail::Summarised)
}

fn counted(action: Action, resource: &str, numbers: std::ops::Range<usize>) -> Vec<Change> {
    numbers.map(|number| change(action, &format!("{resource}[{number}]"), &["size"])).collect()
}

#[test]
fn counted_instances_are_a_range() {
    insta::assert_snapshot!("counted", shown(counted(Action::Create, "test_thing.item", 0..3000)));
}

#[test]
fn keys_are_listed_as_wide_as_the_terminal_and_cut() {
    let changes = || {
        let at = |number| format!("test_thing.item[\"customer-{number:03}\"]");
        (0..500).map(|number| change(Action::Create, &at(number), &[])).collect()
    };
    insta::assert_snapshot!("keys_80", shown(changes()));
    insta::assert_snapshot!("keys_120", written(&plan(changes()), None, 120, Detail::Summarised));
}

#[test]
fn instances_of_modules_are_ranges_too() {
    let mut changes = Vec::new();
    for number in 0..60 {
        let module = format!("module.app[{number}]");
        changes.extend(counted(Action::Create, &format!("{module}.test_thing.item"), 0..4));
        changes.push(change(Action::Create, &format!("{module}.test_thing.one"), &[]));
    }
    changes.pop();
    insta::assert_snapshot!("module_instances", shown(changes));
}

/// Calls of one module that are as many as there are numbers.
fn calls(count: usize) -> Config {
    let calls = (0..count).map(|number| format!("module \"call_{number}\" {{\n  source = \"./child\"\n}}\n"));
    let other = "module \"call_x\" {\n  source = \"./other\"\n}\n";
    let child =
        "resource \"test_thing\" \"first\" {\n  count = 2\n}\nresource \"test_thing\" \"second\" {}\n";
    config(&[
        ("main.tf", &calls.chain([other.to_owned()]).collect::<String>()),
        ("child/main.tf", child),
        ("other/main.tf", child),
    ])
}

fn in_calls(action: Action, count: usize) -> Vec<Change> {
    let names = (0..count).map(|number| number.to_string()).chain(["x".to_owned()]);
    let of = |name: String| {
        let mut changes = counted(action, &format!("module.call_{name}.test_thing.first"), 0..2);
        changes.push(change(action, &format!("module.call_{name}.test_thing.second"), &["name"]));
        changes
    };
    names.flat_map(of).collect()
}

#[test]
fn calls_of_one_source_are_drawn_once() {
    let mut changes = in_calls(Action::Create, 300);
    changes.push(change(Action::Create, "module.call_17.test_thing.first[2]", &[]));
    changes.push(change(Action::Create, "test_thing.alone", &[]));
    let plan = plan(changes);
    let text = written(&plan, Some(&calls(300)), 80, Detail::Summarised);
    insta::assert_snapshot!("calls", text);
}

#[test]
fn what_is_replaced_in_calls_is_named() {
    let plan = plan(in_calls(Action::DeleteThenCreate, 300));
    let text = written(&plan, Some(&calls(300)), 80, Detail::Summarised);
    insta::assert_snapshot!("calls_replaced", text);
}

#[test]
fn updates_are_alike_where_the_same_parts_change() {
    let of = |number: usize| {
        let attributes: &[&str] = if number.is_multiple_of(3) { &["size", "zone"] } else { &["size"] };
        change(Action::Update, &format!("test_thing.item[{number}]"), attributes)
    };
    insta::assert_snapshot!("updates", shown((0..150).map(of).collect()));
}

#[test]
fn what_is_destroyed_is_always_named() {
    let mut changes = Vec::new();
    for number in 0..150 {
        let at = format!("test_thing.item[\"customer-{number:03}\"]");
        let reason = Some(ChangeReason::DeleteBecauseEachKey);
        changes.push(Change { reason, ..change(Action::Delete, &at, &[]) });
    }
    changes.extend(counted(Action::Forget, "test_thing.forgotten", 5..9));
    insta::assert_snapshot!("destroys", shown(changes));
}

#[test]
fn replacements_are_alike_where_the_same_parts_force_them() {
    let of = |number: usize| {
        let forced = if number < 60 { "zone" } else { "name" };
        change(Action::CreateThenDelete, &format!("test_thing.item[{}]", number * 2), &[forced])
    };
    insta::assert_snapshot!("replacements", shown((0..101).map(of).collect()));
}

#[test]
fn moved_imported_and_deposed_objects_say_where_they_come_from() {
    let mut changes = counted(Action::Create, "test_thing.item", 0..98);
    for number in 0..4 {
        let moved = change(Action::NoOp, &format!("test_thing.moved[\"{number}\"]"), &[]);
        let previous_address = Some(Box::new(address(&format!("test_thing.moved[{number}]"))));
        changes.push(Change { previous_address, ..moved });
        let imported = change(Action::NoOp, &format!("test_thing.imported[{number}]"), &[]);
        changes.push(Change {
            importing: Some(plumb_plan::ImportKey::Id(format!("id-{number}").into())),
            ..imported
        });
        let deposed = change(Action::Delete, &format!("test_thing.item[{number}]"), &[]);
        changes.push(Change { deposed: Some(DeposedKey(format!("0000000{number}").into())), ..deposed });
    }
    insta::assert_snapshot!("origins", shown(changes));
}

#[test]
fn drift_is_summarised_in_the_same_manner() {
    let mut plan = plan(vec![change(Action::Create, "test_thing.new", &[])]);
    plan.drift = counted(Action::Update, "test_thing.item", 0..150);
    plan.drift.extend(counted(Action::Delete, "test_thing.item", 150..200));
    insta::assert_snapshot!("drift", written(&plan, None, 80, Detail::Summarised));
}

#[test]
fn what_is_alike_with_none_is_drawn() {
    let of = |number: usize| change(Action::Create, &format!("test_thing.item_{number}"), &[]);
    let text = shown((0..200).map(of).collect());
    assert_eq!(text.matches(" will be created\n").count(), 200);
    assert!(!text.contains("summarised") && !text.contains("more"), "{text}");
}

#[test]
fn plans_up_to_the_limit_and_full_ones_are_drawn_in_full() {
    let full = |count| {
        let plan = plan(counted(Action::Create, "test_thing.item", 0..count));
        let full = written(&plan, None, 80, Detail::Full);
        assert_eq!(full.matches(" will be created\n").count(), count);
        (full, written(&plan, None, 80, Detail::Summarised))
    };
    let (limit, beyond) = (full(100), full(101));
    assert_eq!(limit.0, limit.1);
    assert!(beyond.1.len() * 10 < beyond.0.len());
}
