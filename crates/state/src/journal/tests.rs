//! Records survive their lines, torn or not, and replay puts them where they belong.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumb_address::{AbsResourceInstance, DeposedKey, ProviderConfigAddress};
use plumb_value::{Type, Value};

use super::*;
use crate::{CheckResult, CheckStatus, Digest, Object, Output, State, StoredState, Version};

fn address(text: &str) -> AbsResourceInstance {
    AbsResourceInstance::parse(text).expect("address")
}

fn provider() -> ProviderConfigAddress {
    ProviderConfigAddress::parse("provider[\"registry.terraform.io/hashicorp/null\"].x").expect("provider")
}

fn object(id: &str) -> Arc<Object> {
    let ty = Type::object([("id", Type::String), ("note", Type::String)]);
    let value = Value::object([("id", Value::string(id)), ("note", Value::string("line\nbreak <&>"))]);
    Arc::new(Object { private: vec![1, 2], ..Object::encode(&value, &ty, 3).expect("encodable") })
}

fn change(at: &str, prior: Option<&str>, now: Option<&str>) -> ObjectChange {
    ObjectChange {
        address: address(at),
        deposed: None,
        provider: provider(),
        prior: prior.map(|id| object(id).digest()),
        object: now.map(object),
    }
}

fn begin(snapshot: Option<&Digest>) -> Record {
    Record::Begin(Begin {
        run: "run-1".into(),
        lineage: "lineage".into(),
        serial: 4,
        snapshot: snapshot.cloned(),
        created: "2024-01-01T00:00:00Z".into(),
        ..Begin::default()
    })
}

fn intent(step: u64, at: &str, action: Action) -> Record {
    let identity = Some(Identity { attribute: "id".into(), value: "i-1".into() });
    Record::Intent(Intent {
        step: step.into(),
        address: address(at),
        deposed: None,
        action,
        provider: provider(),
        identity,
    })
}

fn result(step: u64, changes: Vec<ObjectChange>) -> Record {
    Record::Result(StepResult { step: step.into(), changes, failure: None })
}

fn every_kind() -> Vec<Record> {
    let open = OpenIntent {
        run: "run-0".into(),
        begun: "yesterday".into(),
        intent: Intent {
            step: "old".into(),
            address: address("module.a[\"x y\"].null_resource.r[3]"),
            deposed: Some(DeposedKey("00aa11bb".into())),
            action: Action::Delete,
            provider: provider(),
            identity: None,
        },
    };
    let output =
        Output { value: Value::tuple([Value::string("s"), Value::null(Type::Dynamic)]), sensitive: true };
    let objects = vec![("check.c".into(), CheckStatus::Fail, vec!["too\nsmall".to_owned()])];
    let check = CheckResult {
        object_kind: "check".into(),
        config_address: "check.c".into(),
        status: CheckStatus::Fail,
        objects,
    };
    vec![
        begin(Some(&Digest::of(b"x"))),
        Record::Carried(open),
        intent(1, "null_resource.a[\"k\"]", Action::Create),
        result(
            1,
            vec![
                change("null_resource.a[\"k\"]", None, Some("n")),
                change("null_resource.b", Some("o"), None),
            ],
        ),
        Record::Result(StepResult {
            step: 2_u64.into(),
            changes: Vec::new(),
            failure: Some("it \"broke\"".into()),
        }),
        Record::Outputs(BTreeMap::from([("a".into(), Some(output)), ("b".into(), None)])),
        Record::Checks(vec![check]),
        Record::Checks(Vec::new()),
        Record::Snapshot { lineage: "l".into(), serial: 9, digest: Digest::of(b"y") },
        Record::Resolved { run: "run-0".into(), step: "old".into(), decision: Decision::NotDone },
        Record::Note("for people".into()),
        Record::End { serial: 10 },
    ]
}

fn lines(records: &[Record]) -> String {
    let mut writer = LineWriter::new("run-1");
    let mut text = String::new();
    for record in records {
        writer.line(&record.to_json(), &mut text);
    }
    text
}

#[test]
fn records_survive_their_lines() {
    let records = every_kind();
    let text = lines(&records);
    assert_eq!(text.lines().count(), records.len());
    assert_eq!(read_lines(text.as_bytes()), (records, None));
}

#[test]
fn a_torn_end_is_left_out_wherever_it_is_torn() {
    let records = every_kind();
    let text = lines(&records);
    for length in 0..text.len() {
        let (read, damage) = read_lines(&text.as_bytes()[..length]);
        assert_eq!(read, records[..read.len()]);
        let whole = text[..length].ends_with('\n') || length == 0;
        assert_eq!(damage.is_none(), whole, "at {length}");
        assert_eq!(read.len(), text[..length].matches('\n').count());
    }
}

#[test]
fn whole_lines_behind_a_gap_count() {
    let records = every_kind();
    let text = lines(&records);
    let mut parts: Vec<&str> = text.split_inclusive('\n').collect();
    parts[3] = "\0\0\0\n";
    let (read, damage) = read_lines(parts.concat().as_bytes());
    assert_eq!(read.len(), records.len() - 1);
    assert_eq!(damage, Some(Damage { line: 4, bytes: 4, salvaged: records.len() - 4 }));
}

#[test]
fn lines_of_an_earlier_journal_do_not_count() {
    let mut text = lines(&[begin(None)]);
    let mut writer = LineWriter::new("run-0");
    let mut stale = String::new();
    for _ in 0..2 {
        stale.clear();
        writer.line(&result(1, vec![change("a.b", None, Some("stale"))]).to_json(), &mut stale);
    }
    text.push_str(&stale);
    let (read, damage) = read_lines(text.as_bytes());
    assert_eq!(read.len(), 1);
    assert!(damage.is_some());
}

#[test]
fn flipped_bits_are_noticed() {
    let text = lines(&every_kind());
    for at in 0..text.len() {
        let mut bytes = text.clone().into_bytes();
        bytes[at] ^= 1;
        let (_, damage) = read_lines(&bytes);
        assert!(damage.is_some(), "at {at}");
    }
}

fn stored(serial: u64, objects: &[(&str, &str)]) -> StoredState {
    let mut state = State { serial, lineage: "lineage".into(), ..State::default() };
    for (at, id) in objects {
        change(at, None, Some(id)).apply(&mut state);
    }
    let digest = Digest::of(&crate::file::write(&state, "1.11.4"));
    let version = Version { lineage: state.lineage.clone(), serial, digest };
    StoredState { state, version, warnings: plumb_diagnostics::Diagnostics::new() }
}

/// `address=id` of everything that is recorded.
fn recorded(state: &State) -> String {
    let all = state.instances().map(|(address, instance)| {
        let id = |object: &Arc<Object>| object.identifier().unwrap_or_default();
        let deposed: String =
            instance.deposed.iter().map(|(key, object)| format!("+{key}:{}", id(object))).collect();
        format!("{address}={}{deposed}", instance.current.as_ref().map(id).unwrap_or_default())
    });
    all.collect::<Vec<_>>().join(" ")
}

#[test]
fn nothing_happens_without_a_journal() {
    let stored = stored(4, &[("a.b", "1")]);
    let replayed = replay(Some(&stored), &[]);
    assert!(!replayed.changed && !replayed.foreign && replayed.open.is_empty());
    assert_eq!(recorded(&replayed.state), "a.b=1");
    assert!(replayed.diagnostics("terraform.tfstate").is_empty());
}

#[test]
fn results_come_on_top_and_open_intents_are_named() {
    let stored = stored(4, &[("a.changed", "1"), ("a.gone", "1"), ("a.same", "1")]);
    let records = [
        begin(Some(&stored.version.digest)),
        intent(1, "a.new", Action::Create),
        intent(2, "a.gone", Action::Delete),
        intent(3, "a.unknown", Action::Create),
        intent(4, "a.changed", Action::Update),
        result(1, vec![change("a.new", None, Some("n"))]),
        result(2, vec![change("a.gone", Some("1"), None)]),
        result(4, vec![change("a.changed", Some("1"), Some("2"))]),
    ];
    let replayed = replay(Some(&stored), &records);
    assert_eq!(recorded(&replayed.state), "a.changed=2 a.new=n a.same=1");
    assert!(replayed.changed && !replayed.foreign);
    let open: Vec<String> = replayed.open.iter().map(ToString::to_string).collect();
    assert_eq!(open, ["create of a.unknown [id=i-1]"]);
    assert_eq!(replayed.diagnostics("terraform.tfstate").len(), 2);
}

#[test]
fn it_does_not_matter_how_much_a_later_version_contains() {
    let before = stored(4, &[("a.b", "1")]);
    let later = stored(5, &[("a.b", "2"), ("a.c", "1")]);
    let snapshot =
        Record::Snapshot { lineage: "lineage".into(), serial: 5, digest: later.version.digest.clone() };
    let mut records = vec![
        begin(Some(&before.version.digest)),
        result(1, vec![change("a.b", Some("1"), Some("2"))]),
        result(2, vec![change("a.c", None, Some("1"))]),
        snapshot,
        result(3, vec![change("a.d", None, Some("1"))]),
    ];
    for base in [&before, &later] {
        let replayed = replay(Some(base), &records);
        assert!(!replayed.foreign);
        assert_eq!(recorded(&replayed.state), "a.b=2 a.c=1 a.d=1");
    }
    records.push(Record::End { serial: 5 });
    let replayed = replay(Some(&later), &records);
    assert!(!replayed.changed, "an ended run left nothing to do");
}

#[test]
fn a_foreign_version_is_merged_object_by_object() {
    let before =
        stored(4, &[("a.mine", "1"), ("a.both", "1"), ("a.theirs", "1"), ("a.gone", "1"), ("a.agreed", "1")]);
    let records = [
        begin(Some(&before.version.digest)),
        result(1, vec![change("a.mine", Some("1"), Some("2"))]),
        result(2, vec![change("a.both", Some("1"), Some("2"))]),
        result(3, vec![change("a.new", None, Some("n"))]),
        result(4, vec![change("a.gone", Some("1"), None)]),
        result(5, vec![change("a.agreed", Some("1"), Some("2"))]),
        Record::Outputs(BTreeMap::from([("o".into(), Output::record(&Value::bool(true), false))])),
    ];
    let foreign =
        stored(7, &[("a.mine", "1"), ("a.both", "3"), ("a.theirs", "3"), ("a.gone", "1"), ("a.agreed", "2")]);
    let replayed = replay(Some(&foreign), &records);
    assert!(replayed.foreign && replayed.changed);
    assert_eq!(recorded(&replayed.state), "a.agreed=2 a.both=3 a.mine=2 a.new=n a.theirs=3");
    assert!(replayed.state.outputs.is_empty());
    let [conflict] = replayed.conflicts.as_slice() else { panic!("{:?}", replayed.conflicts) };
    assert_eq!(conflict.address, address("a.both"));
    assert!(conflict.diagnostic().detail.contains("\"3\"") && conflict.diagnostic().detail.contains("\"2\""));
}

#[test]
fn runs_side_by_side_are_put_together() {
    let before = stored(4, &[("a.old", "1")]);
    let run = |changes| vec![begin(Some(&before.version.digest)), result(1, changes)];
    let one = run(vec![change("a.one", None, Some("1")), change("a.both", None, Some("1"))]);
    let two = run(vec![change("a.two", None, Some("2")), change("a.both", None, Some("2"))]);
    let replayed = replay_all(Some(&before), [one.as_slice(), two.as_slice()]);
    let [conflict] = replayed.conflicts.as_slice() else { panic!("{:?}", replayed.conflicts) };
    let key = conflict.beside.clone().expect("kept");
    let all = format!("a.both=1+{key}:2 a.old=1 a.one=1 a.two=2");
    assert_eq!(recorded(&replayed.state), all);
    assert!(conflict.diagnostic().detail.contains("the next plan destroys that one"));
    // The second run had come to its end, and then the first is found, once and again.
    let later = stored(5, &[("a.old", "1"), ("a.two", "2"), ("a.both", "2")]);
    let replayed = replay(Some(&later), &one);
    let written = StoredState { state: replayed.state, ..later };
    let again = replay(Some(&written), &one);
    assert!(!again.changed && again.conflicts.is_empty(), "{:?}", again.conflicts);
    assert!(recorded(&again.state).starts_with("a.both=2+"), "{}", recorded(&again.state));
}

#[test]
fn a_run_that_went_on_from_another_follows_it() {
    let before = stored(4, &[("a.old", "1")]);
    let one = [begin(Some(&before.version.digest)), result(1, vec![change("a.old", Some("1"), Some("2"))])];
    let two = [begin(Some(&before.version.digest)), result(1, vec![change("a.old", Some("2"), Some("3"))])];
    let replayed = replay_all(Some(&before), [&one[..], &two[..]]);
    assert_eq!(recorded(&replayed.state), "a.old=3");
    assert!(replayed.conflicts.is_empty() && !replayed.foreign);
}

#[test]
fn a_state_of_another_lineage_takes_nothing_over() {
    let before = stored(4, &[]);
    let records = [begin(Some(&before.version.digest)), result(1, vec![change("a.b", None, Some("n"))])];
    let mut other = stored(7, &[]);
    other.state.lineage = "other".into();
    other.version.digest = Digest::of(b"other");
    let replayed = replay(Some(&other), &records);
    assert!(!replayed.changed && replayed.conflicts.len() == 1);
}

#[test]
fn a_run_that_began_with_nothing_is_replayed_on_nothing() {
    let records = [begin(None), result(1, vec![change("a.b", None, Some("n"))])];
    let replayed = replay(None, &records);
    assert!(!replayed.foreign && replayed.changed);
    assert_eq!(recorded(&replayed.state), "a.b=n");
    // Someone else was first: what the journal made is still put beside theirs.
    let replayed = replay(Some(&stored(1, &[("a.c", "1")])), &records);
    assert_eq!(recorded(&replayed.state), "a.b=n a.c=1");
}

#[test]
fn carried_intents_stay_open_until_they_are_resolved() {
    let carried = every_kind()[1].clone();
    let resolved = every_kind()[9].clone();
    let next_begin = begin(None);
    assert_eq!(replay(None, &[next_begin.clone(), carried.clone()]).open.len(), 1);
    assert_eq!(replay(None, &[next_begin.clone(), carried.clone(), Record::End { serial: 1 }]).open.len(), 1);
    assert!(replay(None, &[next_begin, carried, resolved]).open.is_empty());
}

#[test]
fn changes_between_two_records_lead_from_one_to_the_other() {
    let old = stored(1, &[("a.b", "1")]).state;
    let mut new = old.clone();
    let key = DeposedKey("00000001".into());
    new.update_instance(&address("a.b"), &provider(), |instance| {
        let deposed = instance.current.replace(object("2"));
        instance.deposed.extend(deposed.map(|object| (key.clone(), object)));
    });
    let at = address("a.b");
    let changes = ObjectChange::between(&at, &provider(), old.instance(&at), new.instance(&at));
    assert_eq!(changes.len(), 2);
    let mut replayed = old.clone();
    for change in &changes {
        change.apply(&mut replayed);
    }
    assert_eq!(recorded(&replayed), recorded(&new));
    assert_eq!(recorded(&new), "a.b=2+00000001:1");
    let back = ObjectChange::between(&at, &provider(), new.instance(&at), None);
    for change in &back {
        change.apply(&mut replayed);
    }
    assert!(replayed.is_empty());
}
