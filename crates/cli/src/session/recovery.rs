//! What an interrupted run has left behind.
//!
//! Responsible for putting its journal on top of the state, and for asking about what was under way
//! when it ended: nothing is created a second time without a word from someone who knows.

use std::sync::Arc;

use plumb_address::AbsResourceInstance;
use plumb_backend::{timestamp, who};
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_state::journal::{Action, Begin, OpenIntent, Record, Replayed, replay_all};
use plumb_state::{Owner, Recorded, State, StateStore, Version};

use crate::prompt::{Prompt, Question};

/// What is known of a state.
pub(super) struct Known {
    /// The version that the store holds.
    pub(super) version: Option<Version>,
    /// What follows from it and from the journals of runs that have ended.
    pub(super) ended: Replayed,
    /// The same with what runs have done that are still alive. Only to be looked at and built on: to
    /// write it down is for those who did it.
    pub(super) state: State,
    /// Whether there are journals that were left behind.
    pub(super) is_left: bool,
    /// How runs began that are alive.
    pub(super) running: Vec<Begin>,
}

/// What a store holds, its journals included, and what is to be said about that.
pub(super) async fn read(store: &Arc<dyn StateStore>) -> Result<(Known, Diagnostics), Diagnostics> {
    let Recorded { mut stored, journals } =
        store.read_with_journals().await.map_err(|error| error.diagnostic())?;
    let mut diagnostics =
        stored.as_mut().map(|stored| std::mem::take(&mut stored.warnings)).unwrap_or_default();
    let of = |wanted: &[Owner]| {
        let journals = journals.iter().filter(|journal| wanted.contains(&journal.owner));
        journals.map(|journal| journal.records.as_slice()).collect::<Vec<_>>()
    };
    let ended = replay_all(stored.as_ref(), of(&[Owner::Ended]));
    diagnostics.append(ended.diagnostics(&store.place()));
    let running: Vec<Begin> = of(&[Owner::Running]).into_iter().filter_map(begin).collect();
    let state = if running.is_empty() {
        ended.state.clone()
    } else {
        replay_all(stored.as_ref(), of(&[Owner::Ended, Owner::Running])).state
    };
    let known = Known {
        version: stored.map(|stored| stored.version),
        is_left: !of(&[Owner::Ended]).is_empty(),
        ended,
        state,
        running,
    };
    Ok((known, diagnostics))
}

fn begin(records: &[Record]) -> Option<Begin> {
    records.iter().find_map(|record| match record {
        Record::Begin(begin) => Some(begin.clone()),
        _ => None,
    })
}

/// What to tell those who go on beside runs that are alive.
pub(super) fn beside(running: &[Begin]) -> Option<Diagnostic> {
    let runs: Vec<String> = running
        .iter()
        .map(|begin| format!("{:?} of {} since {}", &*begin.command, begin.who, begin.created))
        .collect();
    (!runs.is_empty()).then(|| {
        Diagnostic::warning(
            "Another run is at work on this state",
            format!(
                "Still running: {}. What it has done by now is taken into account, what it does from now on is not.",
                runs.join(", ")
            ),
        )
    })
}

/// Makes what was left behind a version of its own. What is still open stays in a journal.
pub(super) async fn write_down(
    store: &Arc<dyn StateStore>,
    base: Option<Version>,
    ended: &Replayed,
) -> Result<Option<Version>, Diagnostics> {
    let version = if ended.changed {
        Some(store.write(&ended.state, base.as_ref()).await.map_err(|error| error.diagnostic())?)
    } else {
        base
    };
    keep_open(store, version.as_ref(), &ended.open).await?;
    Ok(version)
}

/// Leaves nothing but open intents of what was left behind.
pub(super) async fn keep_open(
    store: &Arc<dyn StateStore>,
    version: Option<&Version>,
    open: &[OpenIntent],
) -> Result<(), Diagnostics> {
    let Some(journal) = store.journal() else { return Ok(()) };
    let begin = Begin {
        run: plumb_backend::random_uuid().into(),
        lineage: version.map(|version| version.lineage.as_str()).unwrap_or_default().into(),
        serial: version.map(|version| version.serial).unwrap_or_default(),
        snapshot: version.map(|version| version.digest.clone()),
        plan: None,
        command: "recovery".into(),
        who: who().into(),
        created: timestamp().into(),
    };
    let records = std::iter::once(Record::Begin(begin)).chain(open.iter().cloned().map(Record::Carried));
    let records = if open.is_empty() { Vec::new() } else { records.collect() };
    journal.take_over(records).await.map_err(|error| error.diagnostic().into())
}

/// Asks about objects that may have been created without being recorded; returns the intents that
/// stay open. What was changed or destroyed in part is seen by the next refresh, and needs no word.
pub(super) async fn resolve_open(
    open: Vec<OpenIntent>,
    not_created: &[AbsResourceInstance],
    prompt: &Prompt,
) -> Result<Vec<OpenIntent>, Diagnostics> {
    let mut unanswered = Diagnostics::new();
    for intent in open {
        let address = &intent.intent.address;
        if !matches!(intent.intent.action, Action::Create | Action::Import) || not_created.contains(address) {
            continue;
        }
        if !prompt.is_allowed() {
            unanswered.push(unresolved(&intent));
            continue;
        }
        let text = format!(
            "A run was interrupted while it did this: {intent}.\nLook for the object where the provider keeps such \
             objects. If it is not there, answer \"gone\", and it can be created again.\nIf it is there, answer anything \
             else, and import or remove it first."
        );
        let title = format!("Does {address} exist?");
        let answer = prompt.ask(&Question { title: &title, text: &text, is_secret: false }).await?;
        if answer != "gone" {
            unanswered.push(unresolved(&intent));
        }
    }
    if unanswered.is_empty() { Ok(Vec::new()) } else { Err(unanswered) }
}

fn unresolved(intent: &OpenIntent) -> Diagnostic {
    let address = &intent.intent.address;
    Diagnostic::error(
        "Unfinished business of an interrupted run",
        format!(
            "Nobody knows how this came out: {intent}. So that nothing is created twice, look for the object where the \
             provider keeps such objects.\n\nIf it is there, import it with \"plumb import '{address}' ID\", or remove it. \
             If it is not there, run this command with -not-created='{address}'."
        ),
    )
    .on(address)
}
