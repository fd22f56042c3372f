//! The state while it changes, and the journal in front of it.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use plumb_address::{AbsResourceInstance, DeposedKey, ProviderConfigAddress};
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_state::journal::{
    Begin, Conflict, Identity, Intent, ObjectChange, OpenIntent, Record, StepId, StepResult, replay_all,
};
use plumb_state::{
    BackendError, CheckResult, InstanceState, JournalStore, Output, Owner, Receipt, State, StateStore,
    Version,
};

/// The state while it changes, and the journal in front of it.
pub(crate) struct Recorder {
    state: Mutex<State>,
    store: Arc<dyn StateStore>,
    journal: Option<Arc<dyn JournalStore>>,
    version: tokio::sync::Mutex<Option<Version>>,
    pace: Mutex<Pace>,
    begin: Begin,
    /// Instances of which something was recorded that nobody waits for, as they were before.
    unsettled: Mutex<HashMap<AbsResourceInstance, InstanceState>>,
    /// Intents whose end is not known: those of this run that are under way, and older ones.
    open: Mutex<Vec<OpenIntent>>,
    /// The first failure of the journal: from then on nothing may begin.
    broken: Mutex<Option<BackendError>>,
}

/// When the next whole version is due. Writing one takes longer the larger the state is, so the
/// pauses grow with what it took: the total stays a small part of the run.
struct Pace {
    last: Instant,
    pause: Duration,
}

/// How long most runs last at most before the whole state is written in their middle.
pub const SNAPSHOT_PAUSE: Duration = Duration::from_secs(10);
/// Pauses last at least so many times what writing took.
const PAUSE_PER_COST: u32 = 40;

/// How often others may be faster with their version before the run gives up on its own.
const ATTEMPTS: usize = 8;

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Recorder {
    /// Begins to record. `recorded` is what the store holds, `state` what the plan starts from;
    /// where the two differ the difference goes into the journal first.
    pub(crate) async fn begin(
        store: Arc<dyn StateStore>,
        version: Option<Version>,
        begin: Begin,
        carried: Vec<OpenIntent>,
        recorded: &State,
        state: State,
        snapshot_pause: Duration,
    ) -> Result<Recorder, BackendError> {
        let journal = store.journal();
        if let Some(journal) = &journal {
            let mut records = vec![Record::Begin(begin.clone())];
            records.extend(carried.iter().cloned().map(Record::Carried));
            let changes = differences(recorded, &state);
            if !changes.is_empty() {
                let step = StepId::from("refresh");
                records.push(Record::Result(StepResult { step, changes, failure: None }));
            }
            let outputs = changed_outputs(&recorded.outputs, &state.outputs);
            if !outputs.is_empty() {
                records.push(Record::Outputs(outputs));
            }
            journal.start(records).await?;
        }
        Ok(Recorder {
            state: Mutex::new(state),
            store,
            journal,
            version: tokio::sync::Mutex::new(version),
            pace: Mutex::new(Pace { last: Instant::now(), pause: snapshot_pause }),
            begin,
            unsettled: Mutex::default(),
            open: Mutex::new(carried),
            broken: Mutex::default(),
        })
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// What is recorded of an instance.
    pub(crate) fn instance(&self, address: &AbsResourceInstance) -> InstanceState {
        self.state().instance(address).cloned().unwrap_or_default()
    }

    /// Says that a provider is about to be asked to change something, and waits until that is
    /// durable, and with it everything recorded before.
    pub(crate) async fn intend(&self, intent: Intent) -> Result<(), BackendError> {
        lock(&self.open).push(OpenIntent {
            run: self.begin.run.clone(),
            begun: self.begin.created.clone(),
            intent: intent.clone(),
        });
        let step = intent.step.clone();
        let outcome = self.append(&Record::Intent(intent)).await;
        if outcome.is_err() {
            // Nothing follows from an intent that could not be written down.
            self.close(&step);
        }
        outcome
    }

    fn close(&self, step: &StepId) {
        lock(&self.open).retain(|open| open.run != self.begin.run || open.intent.step != *step);
    }

    /// Records what goes before a change, and lets nobody wait for it: what is recorded of the instance
    /// next says it again, so that it does not matter which of the two the disk keeps.
    pub(crate) fn record_ahead(
        &self,
        step: StepId,
        address: &AbsResourceInstance,
        provider: &ProviderConfigAddress,
        change: impl FnOnce(&mut InstanceState),
    ) {
        let before = self.instance(address);
        drop(self.record(step, address, provider, None, change));
        lock(&self.unsettled).entry(address.clone()).or_insert(before);
    }

    /// Records what has become of an instance. The result is durable when the receipt completes.
    pub(crate) fn record(
        &self,
        step: StepId,
        address: &AbsResourceInstance,
        provider: &ProviderConfigAddress,
        failure: Option<String>,
        change: impl FnOnce(&mut InstanceState),
    ) -> Receipt {
        let changes = {
            let mut state = self.state();
            let before = state.instance(address).cloned();
            let mut after = before.clone().unwrap_or_default();
            after.provider_key = provider.key.clone();
            change(&mut after);
            let mut changes = ObjectChange::between(address, provider, before.as_ref(), Some(&after));
            if let Some(base) = lock(&self.unsettled).remove(address) {
                let since = ObjectChange::between(address, provider, Some(&base), Some(&after));
                let said: Vec<Option<DeposedKey>> =
                    changes.iter().map(|change| change.deposed.clone()).collect();
                changes.extend(since.into_iter().filter(|change| !said.contains(&change.deposed)));
            }
            if before.is_some() || !after.is_empty() {
                state.update_instance(address, provider, |instance| *instance = after);
            }
            changes
        };
        self.close(&step);
        let failure = failure.map(Arc::from);
        match &self.journal {
            Some(journal) => journal.append(&Record::Result(StepResult { step, changes, failure })),
            None => Box::pin(async { Ok(()) }),
        }
    }

    /// Records outputs and results of checks.
    pub(crate) fn conclude(&self, outputs: BTreeMap<Arc<str>, Output>, checks: Vec<CheckResult>) {
        let changed = {
            let mut state = self.state();
            let changed = changed_outputs(&state.outputs, &outputs);
            state.outputs = outputs;
            state.check_results = checks.clone();
            changed
        };
        if let Some(journal) = &self.journal {
            // The whole version that follows at once holds the same: nothing waits for these.
            if !changed.is_empty() {
                drop(journal.append(&Record::Outputs(changed)));
            }
            drop(journal.append(&Record::Checks(checks)));
        }
    }

    async fn append(&self, record: &Record) -> Result<(), BackendError> {
        match &self.journal {
            Some(journal) => journal.append(record).await,
            None => Ok(()),
        }
    }

    /// Remembers that recording failed.
    pub(crate) fn break_down(&self, error: BackendError) {
        lock(&self.broken).get_or_insert(error);
    }

    /// Whether recording still works.
    pub(crate) fn is_broken(&self) -> bool {
        lock(&self.broken).is_some()
    }

    /// The first failure, handed out once.
    pub(crate) fn take_failure(&self) -> Option<BackendError> {
        lock(&self.broken).take()
    }

    /// Writes a whole version where one is due, so that programs which know no journal see nearly
    /// everything after a crash.
    pub(crate) async fn snapshot_if_due(&self) {
        {
            let pace = lock(&self.pace);
            if pace.last.elapsed() < pace.pause {
                return;
            }
        }
        // Who comes while another writes has nothing to do.
        let Ok(mut version) = self.version.try_lock() else { return };
        let began = Instant::now();
        let state = self.state().clone();
        match self.store.write(&state, version.as_ref()).await {
            Ok(written) => *version = Some(written),
            // A run that heeds no lock has written too. This one goes on, and what both have done is
            // put together at its end.
            Err(BackendError::Moved { .. }) if self.journal.is_some() => {}
            Err(error) => self.break_down(error),
        }
        let cost = began.elapsed();
        let mut pace = lock(&self.pace);
        pace.last = Instant::now();
        pace.pause = (pace.pause * 2).max(cost * PAUSE_PER_COST);
    }

    /// Writes the last version and closes the journal, but for what is still open: that stays until
    /// someone says what became of it. While steps may still be under way the journal is kept whole.
    /// With the version comes what is to be said about others who wrote meanwhile.
    pub(crate) async fn finish(&self, keep_journal: bool) -> Result<(Version, Diagnostics), BackendError> {
        let mut version = self.version.lock().await;
        let state = self.state().clone();
        let (written, found) = match self.store.write(&state, version.as_ref()).await {
            Ok(written) => (written, Diagnostics::new()),
            Err(BackendError::Moved { .. }) if self.journal.is_some() => self.put_together().await?,
            Err(error) => return Err(error),
        };
        *version = Some(written.clone());
        let (Some(journal), false) = (&self.journal, keep_journal) else { return Ok((written, found)) };
        let open = lock(&self.open).clone();
        if open.is_empty() {
            journal.clear().await?;
            return Ok((written, found));
        }
        let begin = Begin {
            lineage: written.lineage.as_str().into(),
            serial: written.serial,
            snapshot: Some(written.digest.clone()),
            ..self.begin.clone()
        };
        let records = std::iter::once(Record::Begin(begin)).chain(open.into_iter().map(Record::Carried));
        journal.start(records.collect()).await?;
        Ok((written, found))
    }

    /// Someone has written the state beside this run: what this run did, as its journal has it, goes on
    /// top of theirs, object by object.
    async fn put_together(&self) -> Result<(Version, Diagnostics), BackendError> {
        // Behind this everything that was recorded is there to be read.
        self.append(&Record::Note("the state was written by another run".into())).await?;
        let own = self.state().clone();
        let mut attempt = 1;
        loop {
            let recorded = self.store.read_with_journals().await?;
            let journal = recorded.journals.iter().filter(|journal| journal.owner == Owner::Own);
            let replayed =
                replay_all(recorded.stored.as_ref(), journal.map(|journal| journal.records.as_slice()));
            let mut state = replayed.state;
            // Those of this run were made last.
            state.outputs.extend(own.outputs.clone());
            if !own.check_results.is_empty() {
                state.check_results.clone_from(&own.check_results);
            }
            let base = recorded.stored.map(|stored| stored.version);
            match self.store.write(&state, base.as_ref()).await {
                Ok(written) => {
                    *self.state() = state;
                    let mut found = Diagnostics::from(put_together_warning(&self.store.place()));
                    found.extend(replayed.conflicts.iter().map(Conflict::diagnostic));
                    return Ok((written, found));
                }
                Err(BackendError::Moved { .. }) if attempt < ATTEMPTS => attempt += 1,
                Err(error) => return Err(error),
            }
        }
    }
}

fn put_together_warning(place: &str) -> Diagnostic {
    Diagnostic::warning(
        "State changed meanwhile",
        format!(
            "While this run was at work, another one wrote the state {place}, as -lock=false allows. What each of them did \
             was put together: nothing is lost. Look at the next plan before you apply it."
        ),
    )
}

/// Outputs that are other than before, `None` where they are gone.
fn changed_outputs(
    before: &BTreeMap<Arc<str>, Output>,
    after: &BTreeMap<Arc<str>, Output>,
) -> BTreeMap<Arc<str>, Option<Output>> {
    let gone = before.keys().filter(|name| !after.contains_key(*name)).map(|name| (name.clone(), None));
    let other = after.iter().filter(|(name, output)| before.get(*name) != Some(*output));
    gone.chain(other.map(|(name, output)| (name.clone(), Some(output.clone())))).collect()
}

/// Every object that one state records otherwise than the other. Objects are shared where nothing
/// has changed, so comparing costs little.
fn differences(one: &State, two: &State) -> Vec<ObjectChange> {
    let mut changes = Vec::new();
    for (address, resource) in &one.resources {
        let other = two.resources.get(address);
        if other.is_some_and(|other| other.is_shared_with(resource)) {
            continue;
        }
        for (key, instance) in resource.instances.iter() {
            let after = other.and_then(|resource| resource.instances.get(key));
            let (owner, owned) = (other.unwrap_or(resource), after.unwrap_or(instance));
            changes.extend(ObjectChange::between(
                &address.instance(key.clone()),
                &owner.provider_of(owned),
                Some(instance),
                after,
            ));
        }
    }
    for (address, resource) in &two.resources {
        let known = one.resources.get(address);
        for (key, instance) in resource.instances.iter() {
            if known.is_none_or(|resource| !resource.instances.contains_key(key)) {
                let address = address.instance(key.clone());
                let provider = resource.provider_of(instance);
                changes.extend(ObjectChange::between(&address, &provider, None, Some(instance)));
            }
        }
    }
    changes
}

/// The intent to do something to an object.
pub(crate) fn intent(
    step: StepId,
    address: &AbsResourceInstance,
    deposed: Option<&DeposedKey>,
    action: plumb_state::journal::Action,
    provider: &ProviderConfigAddress,
    object: &plumb_value::Value,
) -> Intent {
    let identity = plumb_planner::identity(object)
        .map(|(attribute, value)| Identity { attribute: attribute.into(), value: value.into() });
    Intent {
        step,
        address: address.clone(),
        deposed: deposed.cloned(),
        action,
        provider: provider.clone(),
        identity,
    }
}
