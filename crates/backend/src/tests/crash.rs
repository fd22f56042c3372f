//! At whatever instant the power goes: every acknowledged result is found again, every step under
//! way is named, and the state can be read.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use plumb_state::journal::{Action, Begin, Intent, ObjectChange, Record, StepResult, replay_all};
use plumb_state::{BackendError, JournalStore, LockInfo, Owner, Recorded, State, StateStore, Version};
use proptest::prelude::*;

use super::{change, recorded, run, state_of, store_on, workspace_on};
use crate::local::save_errored_on;
use crate::{Disk as _, SimulatedDisk};

const STEPS: usize = 12;

/// What the run was told is durable.
#[derive(Debug, Default)]
struct Acknowledged {
    intents: Vec<usize>,
    results: BTreeMap<usize, String>,
}

fn intent(number: usize) -> Record {
    let ObjectChange { address, provider, .. } = change(number, None);
    Record::Intent(Intent {
        step: (number as u64).into(),
        address,
        deposed: None,
        action: Action::Create,
        provider,
        identity: None,
    })
}

fn result(number: usize, id: &str) -> Record {
    let changes = vec![change(number, Some(id))];
    Record::Result(StepResult { step: (number as u64).into(), changes, failure: None })
}

/// A run that creates objects, two at a time, with a version written in the middle and at the end.
async fn run_until_crash(
    disk: &SimulatedDisk,
    workspace: &str,
    told: &mut Acknowledged,
) -> Result<(), BackendError> {
    let store = workspace_on(Arc::new(disk.clone()), workspace);
    let lock = store.lock(LockInfo::default(), Duration::ZERO).await?;
    let stored = store.read().await?;
    let mut state = stored.as_ref().map(|stored| stored.state.clone()).unwrap_or_default();
    let mut version = stored.map(|stored| stored.version);
    let journal = store.journal().expect("a journal");
    let begin = Begin {
        run: "run".into(),
        lineage: version.as_ref().map(|version| version.lineage.as_str()).unwrap_or_default().into(),
        snapshot: version.as_ref().map(|version| version.digest.clone()),
        ..Begin::default()
    };
    journal.start(vec![Record::Begin(begin)]).await?;
    for pair in 0..STEPS / 2 {
        let numbers = [2 * pair, 2 * pair + 1];
        let receipts = numbers.map(|number| journal.append(&intent(number)));
        for (number, receipt) in numbers.into_iter().zip(receipts) {
            receipt.await?;
            told.intents.push(number);
        }
        let ids = numbers.map(|number| format!("object-{number}"));
        let receipts = [0, 1].map(|index| journal.append(&result(numbers[index], &ids[index])));
        for (index, receipt) in receipts.into_iter().enumerate() {
            receipt.await?;
            change(numbers[index], Some(&ids[index])).apply(&mut state);
            told.results.insert(numbers[index], ids[index].clone());
        }
        if pair % 3 == 1 {
            lock.check()?;
            version = Some(store.write(&state, version.as_ref()).await?);
        }
    }
    store.write(&state, version.as_ref()).await?;
    journal.clear().await?;
    lock.release().await
}

/// What the next command finds.
async fn recover(
    disk: &SimulatedDisk,
    workspace: &str,
) -> Result<(State, Vec<String>, Option<Version>), BackendError> {
    let store: Arc<dyn StateStore> = workspace_on(Arc::new(disk.clone()), workspace);
    let unlocked = store.read().await?.map(|stored| stored.version);
    let lock = store.lock(LockInfo::default(), Duration::ZERO).await?;
    let Recorded { stored, journals } = store.read_with_journals().await?;
    assert_eq!(unlocked, stored.as_ref().map(|stored| stored.version.clone()), "reading needs no lock");
    assert!(journals.iter().all(|journal| journal.owner == Owner::Ended), "{journals:?}");
    let replayed = replay_all(stored.as_ref(), journals.iter().map(|journal| journal.records.as_slice()));
    // A version that an earlier recovery wrote is in no journal; it agrees with the journal in all.
    assert!(!replayed.foreign || !replayed.changed, "nobody else wrote");
    assert!(replayed.conflicts.is_empty(), "{:?}", replayed.conflicts);
    let version = store.write(&replayed.state, stored.as_ref().map(|stored| &stored.version)).await?;
    // What is still open stays in a journal, in place of those that it was in.
    let begin = Begin { run: "recovery".into(), snapshot: Some(version.digest.clone()), ..Begin::default() };
    let begin = (!replayed.open.is_empty()).then_some(Record::Begin(begin));
    let kept = begin.into_iter().chain(replayed.open.iter().cloned().map(Record::Carried));
    store.journal().expect("a journal").take_over(kept.collect()).await?;
    let open = replayed.open.iter().map(|open| open.intent.address.key.to_string()).collect();
    lock.release().await?;
    Ok((replayed.state, open, Some(version)))
}

fn check(workspace: &str, crash_at: usize, seed: u64, before: &[(usize, &str)]) {
    let disk = SimulatedDisk::new();
    run(async {
        if !before.is_empty() {
            let store = workspace_on(Arc::new(disk.clone()), workspace);
            store.write(&state_of(before), None).await.expect("written");
        }
        disk.crash_at(disk.operations() + crash_at);
        let mut told = Acknowledged::default();
        let outcome = run_until_crash(&disk, workspace, &mut told).await;
        let survived = disk.after_crash(seed);
        let (state, open, _) = recover(&survived, workspace).await.expect("recovered");
        let found = recorded(&state);
        for (number, id) in
            before.iter().map(|(number, id)| (*number, (*id).to_owned())).chain(told.results.clone())
        {
            assert!(
                found.contains(&format!("[{number}]={id}")),
                "{id} is lost: {found}, {told:?}, {outcome:?}"
            );
        }
        for number in &told.intents {
            let key = format!("[{number}]");
            let is_recorded = found.contains(&format!("{key}="));
            assert!(
                is_recorded || open.contains(&key),
                "{key} is neither recorded nor open: {found} {open:?}"
            );
        }
        assert!(open.len() <= 2, "{open:?}");
        // The power may go again while it recovers, or after that.
        let again = disk.after_crash(seed);
        again.crash_at((crash_at * 7 + usize::try_from(seed % 64).unwrap_or_default()) % 24);
        _ = recover(&again, workspace).await;
        let last = recover(&again.after_crash(seed / 2), workspace).await.expect("recovered at last");
        assert_eq!((recorded(&last.0), &last.1), (found.clone(), &open), "a second crash at once");
        let again = survived.after_crash(seed.wrapping_add(1));
        let last = recover(&again, workspace).await.expect("recovered again");
        assert_eq!((recorded(&last.0), last.1), (found, open), "a second crash later");
    });
}

#[test]
fn every_instant() {
    let disk = SimulatedDisk::new();
    run(async { run_until_crash(&disk, "default", &mut Acknowledged::default()).await.expect("no crash") });
    let operations = disk.operations();
    assert!(operations > 60, "{operations}");
    for crash_at in 0..=operations {
        for seed in 0..8 {
            check("default", crash_at, seed, &[]);
            check("default", crash_at, seed, &[(90, "old"), (91, "older")]);
            // In a directory of its own.
            check("other", crash_at, seed, &[]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_instant(crash_at in 0_usize..200, seed: u64) {
        check("other", crash_at, seed, &[(90, "old")]);
    }
}

/// A state that could not be written where it belongs is somewhere else, or its writer knows that it
/// is not.
#[test]
fn states_saved_elsewhere() {
    let directory = std::path::Path::new("/work");
    let save = |disk: &SimulatedDisk, id| save_errored_on(disk, directory, &state_of(&[(0, id)]), "1.11.4");
    let disk = SimulatedDisk::new();
    save(&disk, "first").expect("saved");
    save(&disk, "second").expect("saved under another name");
    for crash_at in 0..=disk.operations() {
        for seed in 0..8 {
            let disk = SimulatedDisk::new();
            disk.crash_at(crash_at);
            let saved = ["first", "second"].map(|id| (id, save(&disk, id)));
            let survived = disk.after_crash(seed);
            for (id, path) in saved {
                let Ok(path) = path else { continue };
                let bytes = survived.read(&path).expect("readable").expect("there");
                let (state, _) = plumb_state::file::read(&bytes).expect("a state").expect("not empty");
                assert_eq!(recorded(&state), format!("[0]={id}"));
            }
        }
    }
}

/// The journal of a run that has just begun.
async fn begun_journal(store: &Arc<dyn StateStore>) -> Arc<dyn JournalStore> {
    let journal = store.journal().expect("a journal");
    let begin = Begin { run: "run".into(), ..Begin::default() };
    journal.start(vec![Record::Begin(begin)]).await.expect("started");
    journal
}

#[test]
fn small_steps_share_their_syncs() {
    let disk = SimulatedDisk::new();
    run(async {
        let store = store_on(Arc::new(disk.clone()));
        let journal = begun_journal(&store).await;
        let records: Vec<Record> = (0..1000).map(|number| result(number, "x")).collect();
        let before = disk.operations();
        let hold = disk.pause();
        let receipts: Vec<_> = records.iter().map(|record| journal.append(record)).collect();
        drop(hold);
        for receipt in receipts {
            receipt.await.expect("durable");
        }
        // One batch may have begun before the others came.
        assert!(disk.operations() - before <= 6, "{}", disk.operations() - before);
        let [contents] = &journal.read().await.expect("readable")[..] else { panic!("one journal") };
        assert_eq!((contents.owner, &contents.records[1..]), (Owner::Own, &records[..]));
    });
}

#[test]
fn what_nobody_waits_for_is_durable_with_what_follows_or_soon() {
    let disk = SimulatedDisk::new();
    run(async {
        let store = store_on(Arc::new(disk.clone()));
        let journal = begun_journal(&store).await;
        let records: Vec<Record> = (0..101).map(|number| result(number, "x")).collect();
        let survivors = || async {
            let survived = store_on(Arc::new(disk.after_crash(7)));
            let journals = survived.journal().expect("a journal").read().await.expect("readable");
            journals[0].records[1..].to_vec()
        };
        let (last, before) = records[..100].split_last().expect("many");
        for record in before {
            drop(journal.append(record));
        }
        journal.append(last).await.expect("durable");
        assert_eq!(survivors().await, records[..100]);

        drop(journal.append(&records[100]));
        let began = Instant::now();
        while survivors().await.len() < records.len() {
            assert!(began.elapsed() < Duration::from_secs(10), "it is never written");
            std::thread::sleep(Duration::from_millis(5));
        }
    });
}

#[test]
fn a_full_disk_loses_nothing() {
    let disk = SimulatedDisk::new();
    run(async {
        let store = store_on(Arc::new(disk.clone()));
        let first = store.write(&state_of(&[(0, "kept")]), None).await.expect("written");
        disk.limit(Some(disk.used()));
        assert!(store.lock(LockInfo::default(), Duration::ZERO).await.is_err());
        assert!(!disk.has(".terraform.tfstate.lock.info".as_ref()), "half of it tells nobody anything");
        disk.limit(Some(1500));
        let large: Vec<(usize, &str)> = (0..100).map(|number| (number, "x")).collect();
        let error = store.write(&state_of(&large), Some(&first)).await.expect_err("full");
        assert!(error.diagnostic().detail.contains("free some space"), "{error:?}");
        let stored = store.read().await.expect("readable").expect("there");
        assert_eq!((recorded(&stored.state), &stored.version), ("[0]=kept".to_owned(), &first));

        let journal = begun_journal(&store).await;
        let long = "x".repeat(2000);
        assert!(journal.append(&result(1, &long)).await.is_err());
        assert!(journal.append(&result(2, "short")).await.is_err(), "nothing is written behind a failure");
        disk.limit(None);
        assert_eq!(journal.read().await.expect("readable")[0].records.len(), 1);
    });
}
