//! What an interrupted run has left behind.
//!
//! Responsible for putting its journal on top of the state, and for asking about what was under way
//! when it ended: nothing is created a second time without a word from someone who knows.

use std::sync::Arc;

use plumb_address::AbsResourceInstance;
use plumb_backend::{timestamp, who};
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_state::journal::{Action, Begin, OpenIntent, Record, Replayed, replay};
use plumb_state::{StateStore, Version};

use crate::prompt::{Prompt, Question};

/// The version that a store holds, and what follows from it and the journal.
pub(super) async fn read(
    store: &Arc<dyn StateStore>,
) -> Result<(Option<Version>, Replayed, Diagnostics), Diagnostics> {
    let mut stored = store.read().await.map_err(|error| error.diagnostic())?;
    let records = match store.journal() {
        Some(journal) => journal.read().await.map_err(|error| error.diagnostic())?.records,
        None => Vec::new(),
    };
    let mut diagnostics =
        stored.as_mut().map(|stored| std::mem::take(&mut stored.warnings)).unwrap_or_default();
    let replayed = replay(stored.as_ref(), &records);
    diagnostics.append(replayed.diagnostics(&store.place()));
    Ok((stored.map(|stored| stored.version), replayed, diagnostics))
}

/// Makes what the journal knows a version of its own. What is still open stays in the journal.
pub(super) async fn write_down(
    store: &Arc<dyn StateStore>,
    base: Option<&Version>,
    replayed: &Replayed,
) -> Result<Version, Diagnostics> {
    let version = store.write(&replayed.state, base).await.map_err(|error| error.diagnostic())?;
    keep_open(store, &version, &replayed.open).await?;
    Ok(version)
}

/// Leaves nothing but open intents in the journal.
pub(super) async fn keep_open(
    store: &Arc<dyn StateStore>,
    version: &Version,
    open: &[OpenIntent],
) -> Result<(), Diagnostics> {
    let Some(journal) = store.journal() else { return Ok(()) };
    let done = if open.is_empty() {
        journal.clear().await
    } else {
        let begin = Begin {
            run: plumb_backend::random_uuid().into(),
            lineage: version.lineage.as_str().into(),
            serial: version.serial,
            snapshot: Some(version.digest.clone()),
            plan: None,
            command: "recovery".into(),
            who: who().into(),
            created: timestamp().into(),
        };
        let records =
            std::iter::once(Record::Begin(begin)).chain(open.iter().cloned().map(Record::Carried)).collect();
        journal.start(records).await
    };
    done.map_err(|error| error.diagnostic().into())
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
