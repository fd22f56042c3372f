//! The records of a journal.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use plumb_address::{AbsResourceInstance, DeposedKey, ProviderConfigAddress};

use crate::{CheckResult, Digest, InstanceState, Object, Output, State};

/// One line of a journal.
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    /// A run begins.
    Begin(Begin),
    /// A step is about to ask a provider to change something outside this process.
    Intent(Intent),
    /// A step is done, well or badly.
    Result(StepResult),
    /// An intent of an earlier run whose end nobody knows, taken along.
    Carried(OpenIntent),
    /// What became of an intent whose end was not known.
    Resolved {
        /// The run that it belongs to.
        run: Arc<str>,
        /// Its step.
        step: StepId,
        /// What was decided.
        decision: Decision,
    },
    /// Outputs of the root module that have changed; `None` for those that are gone.
    Outputs(BTreeMap<Arc<str>, Option<Output>>),
    /// Results of all checks.
    Checks(Vec<CheckResult>),
    /// A version of the state is about to be written; everything before it is in there.
    Snapshot {
        /// Its lineage.
        lineage: Arc<str>,
        /// Its serial.
        serial: u64,
        /// Its bytes.
        digest: Digest,
    },
    /// Anything worth remembering, for people.
    Note(Arc<str>),
    /// The run came to its end, with everything in the version of this serial.
    End {
        /// The serial.
        serial: u64,
    },
}

/// How a run begins.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Begin {
    /// Made up for this run.
    pub run: Arc<str>,
    /// Lineage of the state that it began with; empty where there was none.
    pub lineage: Arc<str>,
    /// Serial of that state.
    pub serial: u64,
    /// Bytes of that state; `None` where there was none.
    pub snapshot: Option<Digest>,
    /// The plan that is carried out, where there is one.
    pub plan: Option<Digest>,
    /// The command, such as `apply`.
    pub command: Arc<str>,
    /// `user@host`.
    pub who: Arc<str>,
    /// When, as RFC 3339.
    pub created: Arc<str>,
}

/// Names a step within its run.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StepId(pub Arc<str>);

impl From<u64> for StepId {
    fn from(number: u64) -> Self {
        StepId(number.to_string().into())
    }
}

impl From<u32> for StepId {
    fn from(number: u32) -> Self {
        StepId::from(u64::from(number))
    }
}

impl From<&str> for StepId {
    fn from(text: &str) -> Self {
        StepId(text.into())
    }
}

impl fmt::Display for StepId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// What a step is about to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Create an object.
    Create,
    /// Change one in place.
    Update,
    /// Destroy one.
    Delete,
    /// Take one over.
    Import,
    /// Run provisioners.
    Provision,
}

impl Action {
    /// Its name in the journal and for people.
    pub fn name(self) -> &'static str {
        match self {
            Action::Create => "create",
            Action::Update => "update",
            Action::Delete => "delete",
            Action::Import => "import",
            Action::Provision => "provision",
        }
    }

    /// The action of that name.
    pub fn from_name(name: &str) -> Option<Action> {
        [Action::Create, Action::Update, Action::Delete, Action::Import, Action::Provision]
            .into_iter()
            .find(|action| action.name() == name)
    }
}

/// Written before a provider is asked to change something.
#[derive(Clone, Debug, PartialEq)]
pub struct Intent {
    /// The step.
    pub step: StepId,
    /// The instance.
    pub address: AbsResourceInstance,
    /// The object, where it is not the current one.
    pub deposed: Option<DeposedKey>,
    /// What is to be done.
    pub action: Action,
    /// Who is to do it.
    pub provider: ProviderConfigAddress,
    /// How people find the object, where it exists already.
    pub identity: Option<Identity>,
}

/// An attribute that tells people which object is meant. Never a sensitive one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Such as `id`, `arn` or `name`.
    pub attribute: Arc<str>,
    /// Its value.
    pub value: Arc<str>,
}

/// Written when a provider has answered.
#[derive(Clone, Debug, PartialEq)]
pub struct StepResult {
    /// The step.
    pub step: StepId,
    /// What is recorded from now on, object by object.
    pub changes: Vec<ObjectChange>,
    /// What went wrong, in one line, where something did.
    pub failure: Option<Arc<str>>,
}

/// One object as it is recorded from now on.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectChange {
    /// The instance.
    pub address: AbsResourceInstance,
    /// Which of its objects, where it is not the current one.
    pub deposed: Option<DeposedKey>,
    /// Who takes care of it.
    pub provider: ProviderConfigAddress,
    /// Digest of the object that stood here before; see [`Object::digest`].
    pub prior: Option<Digest>,
    /// The object; `None` where there is none any more.
    pub object: Option<Arc<Object>>,
}

impl ObjectChange {
    /// The changes that lead from one record of an instance to another.
    pub fn between(
        address: &AbsResourceInstance,
        provider: &ProviderConfigAddress,
        before: Option<&InstanceState>,
        after: Option<&InstanceState>,
    ) -> Vec<ObjectChange> {
        let nothing = InstanceState::default();
        let (before, after) = (before.unwrap_or(&nothing), after.unwrap_or(&nothing));
        let keys: std::collections::BTreeSet<&DeposedKey> =
            before.deposed.keys().chain(after.deposed.keys()).collect();
        let slots = std::iter::once((None, before.current.as_ref(), after.current.as_ref())).chain(
            keys.into_iter().map(|key| (Some(key.clone()), before.deposed.get(key), after.deposed.get(key))),
        );
        slots
            .filter(|(_, before, after)| !same(*before, *after))
            .map(|(deposed, before, after)| ObjectChange {
                address: address.clone(),
                deposed,
                provider: provider.clone(),
                prior: before.map(|object| object.digest()),
                object: after.cloned(),
            })
            .collect()
    }

    /// Records it.
    pub fn apply(&self, state: &mut State) {
        if self.object.is_none() && state.instance(&self.address).is_none() {
            return;
        }
        state.update_instance(&self.address, &self.provider, |instance| match &self.deposed {
            None => instance.current = self.object.clone(),
            Some(key) => match &self.object {
                Some(object) => _ = instance.deposed.insert(key.clone(), object.clone()),
                None => _ = instance.deposed.remove(key),
            },
        });
    }
}

fn same(one: Option<&Arc<Object>>, two: Option<&Arc<Object>>) -> bool {
    match (one, two) {
        (None, None) => true,
        (Some(one), Some(two)) => Arc::ptr_eq(one, two) || one == two,
        _ => false,
    }
}

/// An intent with no result: nobody knows whether it happened.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenIntent {
    /// The run that it belongs to.
    pub run: Arc<str>,
    /// When that run began, as RFC 3339.
    pub begun: Arc<str>,
    /// What was about to happen.
    pub intent: Intent,
}

/// What was decided about an intent whose end was not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It happened, and the state knows of it by now.
    Recorded,
    /// It did not happen, or what it made is gone: it may be done again.
    NotDone,
    /// Whatever it made is no longer this state's concern.
    Forgotten,
}

impl Decision {
    /// Its name in the journal.
    pub fn name(self) -> &'static str {
        match self {
            Decision::Recorded => "recorded",
            Decision::NotDone => "not-done",
            Decision::Forgotten => "forgotten",
        }
    }

    /// The decision of that name.
    pub fn from_name(name: &str) -> Option<Decision> {
        [Decision::Recorded, Decision::NotDone, Decision::Forgotten]
            .into_iter()
            .find(|decision| decision.name() == name)
    }
}

impl fmt::Display for OpenIntent {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} of {}", self.intent.action.name(), self.intent.address)?;
        if let Some(key) = &self.intent.deposed {
            write!(out, " (deposed object {key})")?;
        }
        if let Some(Identity { attribute, value }) = &self.intent.identity {
            write!(out, " [{attribute}={value}]")?;
        }
        Ok(())
    }
}
