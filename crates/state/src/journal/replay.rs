//! The state that follows from the last version and the journal since.
//!
//! Records hold whole objects, so applying them twice does no harm, and it does not matter how many
//! of them a later version already contains.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumb_address::{AbsResourceInstance, DeposedKey, Mode};
use plumb_diagnostics::{Diagnostic, Diagnostics};

use super::{ObjectChange, OpenIntent, Record, StepId};
use crate::file::digest_of;
use crate::{CheckResult, Digest, Object, Output, State, StoredState};

/// What follows from a version and a journal.
#[derive(Clone, Debug, Default)]
pub struct Replayed {
    /// The state as of the last record. Serial and lineage are those of the version.
    pub state: State,
    /// Whether the journal knew anything that the version does not: the state is to be written.
    pub changed: bool,
    /// Whether someone wrote the version who knows nothing of the journal.
    pub foreign: bool,
    /// Intents whose end nobody knows, in the order of their beginning.
    pub open: Vec<OpenIntent>,
    /// Objects that both the journal and a foreign version changed; the state has the version's.
    pub conflicts: Vec<Conflict>,
}

/// An object that was changed by two runs which knew nothing of each other.
#[derive(Clone, Debug, PartialEq)]
pub struct Conflict {
    /// The instance.
    pub address: AbsResourceInstance,
    /// Which of its objects, where it is not the current one.
    pub deposed: Option<DeposedKey>,
    /// What the version says.
    pub stored: Option<Arc<Object>>,
    /// What the journal says.
    pub journal: Option<Arc<Object>>,
    /// The deposed object that the journal's was made, so that it is not forgotten.
    pub beside: Option<DeposedKey>,
}

/// Puts what a journal records on top of the version. With no records the state is the version's.
pub fn replay(stored: Option<&StoredState>, records: &[Record]) -> Replayed {
    replay_all(stored, [records])
}

/// Puts what the journals of several runs record on top of the version, one run after the other.
/// What an earlier one has changed is to a later one what someone else's version is.
pub fn replay_all<'a>(
    stored: Option<&StoredState>,
    journals: impl IntoIterator<Item = &'a [Record]>,
) -> Replayed {
    let mut replayed = Replayed {
        state: stored.map(|stored| stored.state.clone()).unwrap_or_default(),
        ..Replayed::default()
    };
    let mut open: Vec<(Arc<str>, StepId)> = Vec::new();
    for records in journals {
        let mut story = Story::default();
        for record in records {
            story.add(record);
        }
        story.replay(stored, &mut replayed);
        for (name, intent) in story.open {
            // Whoever went on from a journal has taken its open intents along.
            if !open.contains(&name) {
                open.push(name);
                replayed.open.push(intent);
            }
        }
    }
    replayed
}

/// What the records say, taken together.
#[derive(Default)]
struct Story {
    run: Arc<str>,
    begun: Arc<str>,
    /// The lineage that the runs last knew.
    lineage: Arc<str>,
    /// Versions that the runs began with or wrote; `None` for a place without one.
    versions: Vec<Option<Digest>>,
    slots: BTreeMap<(AbsResourceInstance, Option<DeposedKey>), Slot>,
    outputs: BTreeMap<Arc<str>, Option<Output>>,
    checks: Option<Vec<CheckResult>>,
    open: Vec<((Arc<str>, StepId), OpenIntent)>,
}

/// What the records say of one object.
struct Slot {
    /// What stood here before the last change, at the beginning and in between.
    before: Vec<Option<Digest>>,
    last: ObjectChange,
}

/// How a journal's changes are put on top of a state.
#[derive(Clone, Copy)]
struct Footing {
    /// Whether others have changed the state beside this run.
    shared: bool,
    /// Whether the state is of the history that the run worked on.
    related: bool,
}

impl Story {
    fn replay(&self, stored: Option<&StoredState>, replayed: &mut Replayed) {
        let foreign = self.is_foreign(stored);
        let shared = foreign || replayed.changed;
        let lineage = &replayed.state.lineage;
        let related = !shared || self.lineage.is_empty() || lineage.is_empty() || **lineage == *self.lineage;
        replayed.foreign |= foreign;
        for ((address, _), slot) in &self.slots {
            slot.replay(replayed, Footing { shared, related }, self.has_deposed(address));
        }
        // Outputs and checks come anew with every apply; a foreign version's fit its own objects.
        if !shared {
            self.replay_results(replayed);
        }
    }

    /// Whether the run made deposed objects of an instance: then the current one is new too.
    fn has_deposed(&self, address: &AbsResourceInstance) -> bool {
        let first = (address.clone(), None);
        let mut slots = self.slots.range(first..).take_while(|((other, _), _)| other == address);
        slots.any(|((_, deposed), _)| deposed.is_some())
    }

    fn add(&mut self, record: &Record) {
        match record {
            Record::Begin(begin) => {
                self.run = begin.run.clone();
                self.begun = begin.created.clone();
                self.lineage = begin.lineage.clone();
                self.versions.push(begin.snapshot.clone());
            }
            Record::Snapshot { lineage, digest, .. } => {
                self.lineage = lineage.clone();
                self.versions.push(Some(digest.clone()));
            }
            Record::Intent(intent) => {
                let open =
                    OpenIntent { run: self.run.clone(), begun: self.begun.clone(), intent: intent.clone() };
                self.open.push(((self.run.clone(), intent.step.clone()), open));
            }
            Record::Carried(open) => {
                self.open.push(((open.run.clone(), open.intent.step.clone()), open.clone()));
            }
            Record::Result(result) => {
                self.close(&self.run.clone(), &result.step);
                for change in &result.changes {
                    self.change(change);
                }
            }
            Record::Resolved { run, step, .. } => self.close(run, step),
            Record::Outputs(outputs) => self.outputs.extend(outputs.clone()),
            Record::Checks(checks) => self.checks = Some(checks.clone()),
            // Everything so far is in the version of that serial, which is the last one named.
            Record::End { .. } => {
                let last = self.versions.pop();
                self.versions.clear();
                self.versions.extend(last);
                self.slots.clear();
                self.outputs.clear();
                self.checks = None;
            }
            Record::Note(_) => {}
        }
    }

    fn close(&mut self, run: &Arc<str>, step: &StepId) {
        self.open.retain(|((open_run, open_step), _)| open_run != run || open_step != step);
    }

    fn change(&mut self, change: &ObjectChange) {
        let key = (change.address.clone(), change.deposed.clone());
        match self.slots.get_mut(&key) {
            Some(slot) => {
                slot.before.push(digest_of(slot.last.object.as_ref()));
                slot.last = change.clone();
            }
            None => {
                self.slots.insert(key, Slot { before: vec![change.prior.clone()], last: change.clone() });
            }
        }
    }

    fn is_foreign(&self, stored: Option<&StoredState>) -> bool {
        let version = stored.map(|stored| &stored.version.digest);
        !self.versions.is_empty() && !self.versions.iter().any(|known| known.as_ref() == version)
    }

    fn replay_results(&self, replayed: &mut Replayed) {
        for (name, output) in &self.outputs {
            let before = replayed.state.outputs.get(name);
            if before == output.as_ref() {
                continue;
            }
            replayed.changed = true;
            match output {
                Some(output) => _ = replayed.state.outputs.insert(name.clone(), output.clone()),
                None => _ = replayed.state.outputs.remove(name),
            }
        }
        if let Some(checks) = &self.checks
            && *checks != replayed.state.check_results
        {
            replayed.changed = true;
            replayed.state.check_results.clone_from(checks);
        }
    }
}

impl Slot {
    /// Puts the last change in place, unless someone else changed the object too.
    fn replay(&self, replayed: &mut Replayed, footing: Footing, has_deposed: bool) {
        let change = &self.last;
        let stored = replayed.state.instance(&change.address).and_then(|instance| match &change.deposed {
            None => instance.current.clone(),
            Some(key) => instance.deposed.get(key).cloned(),
        });
        if stored == change.object {
            return;
        }
        let untouched = footing.related && self.before.contains(&digest_of(stored.as_ref()));
        if footing.shared && !untouched {
            let is_new = has_deposed || self.before.last() == Some(&None);
            let beside = if footing.related && is_new { self.beside(stored.as_ref()) } else { None };
            replayed.clash(change, stored, beside);
            return;
        }
        change.apply(&mut replayed.state);
        replayed.changed = true;
    }

    /// Where the object of this run is kept if another has made one for the same instance: two runs
    /// side by side have then made two, and neither is forgotten. The name is the same whenever it
    /// is asked for, as the journal may be read again.
    fn beside(&self, stored: Option<&Arc<Object>>) -> Option<DeposedKey> {
        let (change, stored) = (&self.last, stored?);
        let object = change.object.as_ref()?;
        let differ =
            matches!((object.identifier(), stored.identifier()), (Some(one), Some(two)) if one != two);
        let is_managed = change.address.resource.mode == Mode::Managed;
        if !differ || !is_managed || change.deposed.is_some() {
            return None;
        }
        Some(DeposedKey(object.digest().0.get(..8)?.into()))
    }
}

impl Replayed {
    /// Two runs changed the same object. The state's stays; the journal's is kept `beside` it where it
    /// is an object of its own.
    fn clash(&mut self, change: &ObjectChange, stored: Option<Arc<Object>>, beside: Option<DeposedKey>) {
        if let Some(key) = &beside {
            let instance = self.state.instance(&change.address);
            if instance.is_some_and(|instance| instance.deposed.get(key) == change.object.as_ref()) {
                return;
            }
            ObjectChange { deposed: Some(key.clone()), ..change.clone() }.apply(&mut self.state);
            self.changed = true;
        }
        self.conflicts.push(Conflict {
            address: change.address.clone(),
            deposed: change.deposed.clone(),
            stored,
            journal: change.object.clone(),
            beside,
        });
    }

    /// What to tell the user about a run that did not come to its end; nothing where none was.
    pub fn diagnostics(&self, place: &str) -> Diagnostics {
        let mut found = Diagnostics::new();
        if self.changed {
            let merged = if self.foreign {
                " Another program has written the state since; what each of them did was put together."
            } else {
                ""
            };
            found.push(Diagnostic::warning(
                "Recovered an interrupted run",
                format!("A run on the state {place} ended early. What it had done is taken from its journal.{merged}"),
            ));
        }
        for open in &self.open {
            found.push(open.diagnostic());
        }
        for conflict in &self.conflicts {
            found.push(conflict.diagnostic());
        }
        found
    }
}

impl OpenIntent {
    /// What to tell the user about it.
    pub fn diagnostic(&self) -> Diagnostic {
        let intent = &self.intent;
        let begun = if self.begun.is_empty() { String::new() } else { format!(" at {}", self.begun) };
        let advice = match intent.action {
            super::Action::Create => {
                "It may exist without being in the state. Look for it where the provider keeps such objects: if it \
                 is there, import it or remove it; if it is not, say so and it is created again. Nothing creates \
                 it a second time without your word."
            }
            super::Action::Update | super::Action::Provision => {
                "It may have been changed in part. The next refresh shows what it is like now."
            }
            super::Action::Delete => {
                "It may be gone already. It stays in the state until a refresh finds that it is gone, or until it \
                 is destroyed again."
            }
            super::Action::Import => "Import it again if it is not in the state.",
        };
        Diagnostic::warning(
            "Interrupted while a change was under way",
            format!("The run that began{begun} ended before it knew how this came out: {self}.\n\n{advice}"),
        )
        .on(&intent.address)
    }
}

impl Conflict {
    /// What to tell the user about it.
    pub fn diagnostic(&self) -> Diagnostic {
        let say = |object: &Option<Arc<Object>>| match object {
            None => "that there is none".to_owned(),
            Some(object) => match object.identifier() {
                Some(id) => format!("the object with the id {id:?}"),
                None => "an object without an id".to_owned(),
            },
        };
        let which = self.deposed.as_ref().map_or_else(String::new, |key| format!(" (deposed object {key})"));
        let outcome = match &self.beside {
            Some(key) => format!(
                "The state's record is kept, and the other object beside it as the deposed object {key}: the next plan \
                 destroys that one. If it is the one to keep, import it."
            ),
            None => "The state's record is kept; if the other is the one that is real, import it.".to_owned(),
        };
        Diagnostic::warning(
            "Two runs changed the same object",
            format!(
                "One run recorded a change of {}{which} in its journal, and another has changed it in the state \
                 since. The state says {}, the journal {}. {outcome}",
                self.address,
                say(&self.stored),
                say(&self.journal),
            ),
        )
        .on(&self.address)
    }
}
