//! Changes: what happens to each object, and why.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumb_address::{AbsResourceInstance, ConfigResource, DeposedKey, ModuleInstance, ProviderConfigAddress};
use plumb_schema::Schema;
use plumb_state::{CheckResult, RecordedIdentity, State};
use plumb_value::{Path, Value};

use crate::{ChangeRecord, PlanMode, PlanOptions, StepGraph};

/// What will happen to one object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Nothing.
    NoOp,
    /// It is made.
    Create,
    /// A data source is read while applying.
    Read,
    /// It is changed in place.
    Update,
    /// It is destroyed.
    Delete,
    /// It is destroyed, then a new one is made.
    DeleteThenCreate,
    /// A new one is made, then it is destroyed.
    CreateThenDelete,
    /// It is no longer recorded, and goes on existing.
    Forget,
}

impl Action {
    /// Whether an object is replaced by a new one, in whichever order.
    pub fn is_replace(self) -> bool {
        matches!(self, Action::DeleteThenCreate | Action::CreateThenDelete)
    }

    /// Whether an object is destroyed, be it to be replaced.
    pub fn destroys(self) -> bool {
        self.is_replace() || self == Action::Delete
    }

    /// Whether a new object is made, be it as a replacement.
    pub fn creates(self) -> bool {
        self.is_replace() || self == Action::Create
    }

    /// The names that machine-readable plans use, in order.
    pub fn names(self) -> &'static [&'static str] {
        match self {
            Action::NoOp => &["no-op"],
            Action::Create => &["create"],
            Action::Read => &["read"],
            Action::Update => &["update"],
            Action::Delete => &["delete"],
            Action::DeleteThenCreate => &["delete", "create"],
            Action::CreateThenDelete => &["create", "delete"],
            Action::Forget => &["forget"],
        }
    }

    const ALL: [Action; 8] = [
        Action::NoOp,
        Action::Create,
        Action::Read,
        Action::Update,
        Action::Delete,
        Action::DeleteThenCreate,
        Action::CreateThenDelete,
        Action::Forget,
    ];

    /// The action of these names; `None` where there is none.
    pub fn from_names<S: AsRef<str>>(names: &[S]) -> Option<Action> {
        Self::ALL
            .into_iter()
            .find(|action| action.names().iter().copied().eq(names.iter().map(AsRef::as_ref)))
    }
}

/// Why an action was chosen, where that is not plain from the change itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChangeReason {
    /// Replaced: the object is marked as tainted.
    ReplaceBecauseTainted,
    /// Replaced: asked for with `-replace`.
    ReplaceByRequest,
    /// Replaced: asked for with `replace_triggered_by`.
    ReplaceByTriggers,
    /// Replaced: the provider cannot change it in place.
    ReplaceBecauseCannotUpdate,
    /// Deleted: its block is gone.
    DeleteBecauseNoResourceConfig,
    /// Deleted: the block has no repetition any more, or has got one.
    DeleteBecauseWrongRepetition,
    /// Deleted: the index is beyond `count`.
    DeleteBecauseCountIndex,
    /// Deleted: the key is not in `for_each`.
    DeleteBecauseEachKey,
    /// Deleted: `enabled` is false.
    DeleteBecauseEnabledFalse,
    /// Deleted: its module instance is gone.
    DeleteBecauseNoModule,
    /// Deleted: the address that it was moved to has no block.
    DeleteBecauseNoMoveTarget,
    /// Read while applying: its configuration is not known before.
    ReadBecauseConfigUnknown,
    /// Read while applying: something that it depends on changes first.
    ReadBecauseDependencyPending,
    /// Read while applying: it belongs to a check.
    ReadBecauseCheckNested,
}

impl ChangeReason {
    /// The name that machine-readable plans use.
    pub fn name(self) -> &'static str {
        match self {
            ChangeReason::ReplaceBecauseTainted => "replace_because_tainted",
            ChangeReason::ReplaceByRequest => "replace_by_request",
            ChangeReason::ReplaceByTriggers => "replace_by_triggers",
            ChangeReason::ReplaceBecauseCannotUpdate => "replace_because_cannot_update",
            ChangeReason::DeleteBecauseNoResourceConfig => "delete_because_no_resource_config",
            ChangeReason::DeleteBecauseWrongRepetition => "delete_because_wrong_repetition",
            ChangeReason::DeleteBecauseCountIndex => "delete_because_count_index",
            ChangeReason::DeleteBecauseEachKey => "delete_because_each_key",
            ChangeReason::DeleteBecauseEnabledFalse => "delete_because_enabled_false",
            ChangeReason::DeleteBecauseNoModule => "delete_because_no_module",
            ChangeReason::DeleteBecauseNoMoveTarget => "delete_because_no_move_target",
            ChangeReason::ReadBecauseConfigUnknown => "read_because_config_unknown",
            ChangeReason::ReadBecauseDependencyPending => "read_because_dependency_pending",
            ChangeReason::ReadBecauseCheckNested => "read_because_check_nested",
        }
    }

    const ALL: [ChangeReason; 14] = [
        ChangeReason::ReplaceBecauseTainted,
        ChangeReason::ReplaceByRequest,
        ChangeReason::ReplaceByTriggers,
        ChangeReason::ReplaceBecauseCannotUpdate,
        ChangeReason::DeleteBecauseNoResourceConfig,
        ChangeReason::DeleteBecauseWrongRepetition,
        ChangeReason::DeleteBecauseCountIndex,
        ChangeReason::DeleteBecauseEachKey,
        ChangeReason::DeleteBecauseEnabledFalse,
        ChangeReason::DeleteBecauseNoModule,
        ChangeReason::DeleteBecauseNoMoveTarget,
        ChangeReason::ReadBecauseConfigUnknown,
        ChangeReason::ReadBecauseDependencyPending,
        ChangeReason::ReadBecauseCheckNested,
    ];

    /// The reason of that name; `None` where there is none.
    pub fn from_name(name: &str) -> Option<ChangeReason> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }
}

/// What will happen to one object.
#[derive(Clone, Debug)]
pub struct Change {
    /// The instance.
    pub address: AbsResourceInstance,
    /// The address under which the object was recorded, where it has been moved since.
    pub previous_address: Option<Box<AbsResourceInstance>>,
    /// Which deposed object, where it is not the current one.
    pub deposed: Option<DeposedKey>,
    /// The provider configuration that makes the change.
    pub provider: ProviderConfigAddress,
    /// What happens.
    pub action: Action,
    /// Why.
    pub reason: Option<ChangeReason>,
    /// The object before, marks on; null where there is none.
    pub before: Value,
    /// The object after, marks on, unknown where only applying can tell; null where there is none.
    pub after: Value,
    /// Changes at these places are why it must be replaced.
    pub requires_replace: Vec<Path>,
    /// What the provider wants back when the change is made.
    pub planned_private: Vec<u8>,
    /// What an existing object that is taken over is known by.
    pub importing: Option<ImportKey>,
    /// The block that was written for it, where it is taken over and nobody had written one.
    pub generated_config: Option<Arc<str>>,
    /// The schema of both objects.
    pub schema: Arc<Schema>,
    /// Resources that this depends on, all the way, sorted: what state is to remember.
    pub dependencies: Arc<[ConfigResource]>,
    /// Whether a replacement is made before the old object is destroyed.
    pub create_before_destroy: bool,
    /// Whether the object was taken as recorded, without asking its provider: a light plan saw that
    /// nothing is to change.
    pub unrefreshed: bool,
}

/// What an object that is taken over is known by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportKey {
    /// Its identifier.
    Id(Arc<str>),
    /// Its identity.
    Identity(RecordedIdentity),
}

impl ImportKey {
    /// For people: an identifier in quotes, or an identity in JSON.
    pub fn for_display(&self) -> String {
        match self {
            ImportKey::Id(id) => format!("\"{id}\""),
            ImportKey::Identity((_, identity)) => identity.to_string(),
        }
    }
}

impl Change {
    /// Whether anything happens to the object or to where it is recorded.
    pub fn is_noteworthy(&self) -> bool {
        self.action != Action::NoOp || self.previous_address.is_some() || self.importing.is_some()
    }
}

/// What will happen to an output of the root module.
#[derive(Clone, Debug)]
pub struct OutputChange {
    /// Its name.
    pub name: Arc<str>,
    /// What happens.
    pub action: Action,
    /// Its value before; null where there is none.
    pub before: Value,
    /// Its value after, unknown where only applying can tell; null where there is none.
    pub after: Value,
    /// Whether it must not be shown.
    pub sensitive: bool,
}

/// Outputs of an instance of a called module that have a value, known or not. The values are not
/// kept: what they are made of matters for what a plan depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleOutputs {
    /// The instance.
    pub module: ModuleInstance,
    /// Their names.
    pub names: Vec<Arc<str>>,
}

/// An object as it will be once the plan has been applied, for `planned_values`.
#[derive(Clone, Debug)]
pub struct PlannedObject {
    /// The instance.
    pub address: AbsResourceInstance,
    /// The provider configuration that takes care of it.
    pub provider: ProviderConfigAddress,
    /// The object, unknown where only applying can tell. Of a replacement it has the marks of the
    /// configuration alone, of everything else those of the schema too.
    pub value: Value,
    /// Its schema.
    pub schema: Arc<Schema>,
}

/// What will happen, and everything needed to make it happen.
#[derive(Debug)]
pub struct Plan {
    /// What the user asked for.
    pub options: PlanOptions,
    /// Changes of all objects, no-ops too, ordered by address, current before deposed ones.
    pub changes: Vec<Change>,
    /// How objects differ from what was recorded: found while refreshing.
    pub drift: Vec<Change>,
    /// Outputs of the root module, by name.
    pub outputs: Vec<OutputChange>,
    /// Outputs of called modules, ordered by module instance.
    pub module_outputs: Vec<ModuleOutputs>,
    /// What will exist, ordered by address.
    pub planned: Vec<PlannedObject>,
    /// The state as recorded before, moves made, and refreshed: what the changes start from. Its
    /// outputs are what this plan makes of them, where that is wholly known.
    pub prior_state: Arc<State>,
    /// The state as it was read, before anything was looked at.
    pub previous_state: Arc<State>,
    /// Conditions and checks as far as they could be evaluated.
    pub checks: Vec<CheckResult>,
    /// What to do, in which order.
    pub steps: StepGraph,
    /// Input variables of the root module.
    pub variables: BTreeMap<Arc<str>, crate::VariableValue>,
    /// What ties the plan to the world that it was made in.
    pub record: ChangeRecord,
    /// Whether planning ended in errors: then it cannot be applied.
    pub errored: bool,
}

impl Plan {
    /// Whether applying would do or record anything.
    pub fn is_applyable(&self) -> bool {
        if self.errored {
            return false;
        }
        match self.options.mode {
            // An output that only applying can tell is nothing that could be recorded.
            PlanMode::RefreshOnly => {
                !self.drift.is_empty() || self.prior_state.outputs != self.previous_state.outputs
            }
            PlanMode::Normal | PlanMode::Destroy => {
                self.changes.iter().any(Change::is_noteworthy)
                    || self.outputs.iter().any(|output| output.action != Action::NoOp)
            }
        }
    }

    /// Objects that a light plan took as recorded, without asking their providers.
    pub fn unrefreshed(&self) -> impl Iterator<Item = &AbsResourceInstance> {
        self.changes.iter().filter(|change| change.unrefreshed).map(|change| &change.address)
    }

    /// How many objects are added, changed, destroyed, imported, forgotten and not looked at,
    /// replacements counted as both added and destroyed.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for change in &self.changes {
            counts.import += usize::from(change.importing.is_some());
            counts.unrefreshed += usize::from(change.unrefreshed);
            if change.address.resource.mode != plumb_address::Mode::Managed {
                continue;
            }
            counts.add += usize::from(change.action.creates());
            counts.destroy += usize::from(change.action.destroys());
            counts.change += usize::from(change.action == Action::Update);
            counts.forget += usize::from(change.action == Action::Forget);
        }
        counts
    }
}

/// Numbers for the summary line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Objects made.
    pub add: usize,
    /// Objects changed in place.
    pub change: usize,
    /// Objects destroyed.
    pub destroy: usize,
    /// Objects taken over.
    pub import: usize,
    /// Objects no longer recorded.
    pub forget: usize,
    /// Objects taken as recorded, in a light plan.
    pub unrefreshed: usize,
}
