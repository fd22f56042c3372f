//! Whatever a plan is made of: every change is drawn, named or counted, and what is lost is named.

use std::collections::{BTreeMap, BTreeSet};

use plumb_plan::Action;
use plumb_view::text::Detail;
use proptest::collection::vec;
use proptest::prelude::*;

use super::make::{change, plan};
use super::reading::Told;
use super::written;

/// Keys of a block or of a call: one without, numbers with gaps, or texts.
fn keys() -> impl Strategy<Value = Vec<String>> {
    let numbers = vec((0_usize..40, 1_usize..25), 1..3).prop_map(|ranges| {
        let numbers: BTreeSet<usize> =
            ranges.into_iter().flat_map(|(from, count)| from..from + count).collect();
        numbers.into_iter().map(|number| format!("[{number}]")).collect()
    });
    let texts = (1_usize..60, prop_oneof![Just("k"), Just("a, b"), Just("1 to 3: x")])
        .prop_map(|(count, text)| (0..count).map(|number| format!("[\"{text}{number}\"]")).collect());
    prop_oneof![2 => Just(vec![String::new()]), 3 => numbers, 2 => texts]
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        4 => Just(Action::Create),
        3 => Just(Action::Update),
        2 => Just(Action::Delete),
        2 => Just(Action::DeleteThenCreate),
        1 => Just(Action::Forget),
    ]
}

/// Calls by number that are alike, with the addresses of what is in each.
fn calls() -> impl Strategy<Value = Vec<String>> {
    let shape = (keys(), keys(), any::<bool>());
    (prop_oneof![3 => 1_usize..4, 2 => 4_usize..130], 0_usize..9, shape).prop_map(
        |(count, first, (of_call, of_block, is_nested))| {
            let inner = if is_nested { "module.inner." } else { "" };
            let mut addresses = Vec::new();
            for number in first..first + count {
                for call in of_call.iter().take(if count > 20 { 3 } else { 40 }) {
                    // One of them is not quite like the others.
                    let blocks =
                        of_block.iter().skip(usize::from(number == 5)).take(if count > 20 { 5 } else { 60 });
                    addresses.extend(
                        blocks.map(|block| format!("module.call_{number}{call}.{inner}test_thing.of{block}")),
                    );
                }
            }
            addresses
        },
    )
}

fn addresses() -> impl Strategy<Value = Vec<String>> {
    let in_root = keys().prop_map(|keys| keys.iter().map(|key| format!("test_thing.own{key}")).collect());
    prop_oneof![1 => in_root, 2 => calls()]
}

fn symbol(action: Action) -> &'static str {
    match action {
        Action::Create => "+",
        Action::Update => "~",
        Action::Delete => "-",
        Action::Forget => ".",
        _ => "-/+",
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_left_out(
        parts in vec((addresses(), vec(action(), 1..3), 0_usize..3), 1..5),
        width in prop_oneof![Just(0_usize), 40_usize..130],
    ) {
        let mut all = BTreeMap::new();
        for (addresses, actions, sets) in parts {
            for (at, address) in addresses.into_iter().enumerate() {
                let action = actions[at * actions.len() / 1000 % actions.len()];
                let attributes: &[&str] = [&["size"][..], &["name", "zone"][..]][at * sets % 2];
                all.insert(address, (action, attributes));
            }
        }
        let changes = all.iter().map(|(address, (action, attributes))| change(*action, address, attributes));
        let plan = plan(changes.collect());
        let text = written(&plan, None, width, Detail::Summarised);
        let told = Told::read(&text);
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        let mut unnamed: BTreeMap<String, usize> = BTreeMap::new();
        for change in &plan.changes {
            let symbol = symbol(change.action).to_owned();
            *counts.entry(symbol.clone()).or_default() += 1;
            match told.addresses.get(&change.address.to_string()) {
                Some(times) => prop_assert_eq!(*times, 1, "{} in\n{}", change.address, text),
                None => {
                    let may_be_counted = matches!(change.action, Action::Create | Action::Update);
                    prop_assert!(may_be_counted, "{} is not named in\n{}", change.address, text);
                    *unnamed.entry(symbol).or_default() += 1;
                }
            }
        }
        prop_assert_eq!(&told.counts, &counts, "{}", text);
        prop_assert_eq!(told.unnamed.into_iter().filter(|(_, count)| *count > 0).collect::<BTreeMap<_, _>>(), unnamed);
        let sum = |symbols: &[&str]| symbols.iter().filter_map(|symbol| told.counts.get(*symbol)).sum::<usize>();
        let (add, lost) = (sum(&["+", "-/+"]), sum(&["-", "-/+"]));
        let summary = format!("\nPlan: {add} to add, {} to change, {lost} to destroy.\n", sum(&["~"]));
        if plan.changes.is_empty() {
            prop_assert!(text.contains("No changes."), "{}", text);
        } else {
            prop_assert!(text.ends_with(&summary), "not {} in\n{}", summary, text);
        }
    }
}
