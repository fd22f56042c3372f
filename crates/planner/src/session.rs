//! What one planning run knows and has found so far.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use plumb_address::{AbsResource, AbsResourceInstance, ConfigResource, DeposedKey, ModuleInstance};
use plumb_configuration::ResourceBlock;
use plumb_evaluator::{Evaluator, InstanceAddress, Node};
use plumb_plan::{Action, Change, PlanMode, PlanOptions};
use plumb_source::Span;
use plumb_state::{Object, State};
use plumb_value::{Marks, Path, Value};
use tokio::sync::Semaphore;

use crate::answers::Answers;
use crate::ephemeral::EphemeralObjects;
use crate::identities::Sought;
use crate::import::Imports;
use crate::pace::Pace;
use crate::retiring::Uses;
use crate::targeting::Targeting;
use crate::{Observer, Providers};

/// What one planning run knows and has found so far.
pub(crate) struct Session {
    pub(crate) providers: Arc<Providers>,
    pub(crate) options: PlanOptions,
    pub(crate) observer: Arc<dyn Observer>,
    /// What providers are still needed for.
    pub(crate) uses: Arc<Uses>,
    pub(crate) targeting: Targeting,
    /// The state as recorded, moves made.
    pub(crate) prior: Arc<State>,
    /// Addresses before moves, by those after.
    pub(crate) moved: HashMap<AbsResourceInstance, AbsResourceInstance>,
    /// Objects to take over.
    pub(crate) imports: Mutex<Imports>,
    /// The objects that all of this is about, where a command asks for them, once their identifiers are
    /// known.
    pub(crate) by_command: Option<OnceLock<ByCommand>>,
    /// How many provider calls may be under way.
    pub(crate) permits: Semaphore,
    /// How many instances are under way.
    pub(crate) pace: Pace,
    pub(crate) found: Mutex<Found>,
    /// What was said of data sources.
    pub(crate) answers: Answers,
    /// Dependencies by block: each is found once and shared by its instances.
    dependencies: Mutex<HashMap<ConfigResource, Arc<[ConfigResource]>>>,
    /// Recorded resources by block.
    recorded_by_block: OnceLock<HashMap<ConfigResource, Vec<AbsResource>>>,
    pub(crate) ephemeral: Arc<EphemeralObjects>,
    /// Everything that is made of refused variables.
    pub(crate) refused: OnceLock<HashSet<Node>>,
}

/// What objects that a command takes over are known by, and where that is written, if anywhere.
pub(crate) type ByCommand = HashMap<AbsResourceInstance, (Sought, Option<Span>)>;

/// What has been found so far.
#[derive(Default)]
pub(crate) struct Found {
    /// The state as refreshed.
    pub(crate) refreshed: State,
    pub(crate) changes: Vec<Change>,
    pub(crate) drift: Vec<Change>,
    /// Positions in `changes` of current objects.
    pub(crate) by_address: HashMap<AbsResourceInstance, usize>,
    /// Blocks with changes, and the module instances where those are.
    pub(crate) pending: HashMap<ConfigResource, HashSet<ModuleInstance>>,
    /// Marks that the configuration puts on the successors of replaced objects.
    pub(crate) marks_of_replacements: HashMap<AbsResourceInstance, Vec<(Path, Marks)>>,
    /// Errors that are about changes which are planned and not allowed.
    pub(crate) refused: usize,
    /// Objects that do not change and whose conditions only applying can decide.
    pub(crate) undecided: HashSet<AbsResourceInstance>,
}

impl Session {
    pub(crate) fn new(
        providers: Arc<Providers>,
        options: PlanOptions,
        observer: Arc<dyn Observer>,
        targeting: Targeting,
        prior: State,
        moved: HashMap<AbsResourceInstance, AbsResourceInstance>,
    ) -> Self {
        let found = Found { refreshed: prior.clone(), ..Found::default() };
        Session {
            permits: Semaphore::new(options.parallelism.max(1)),
            pace: Pace::new(options.parallelism),
            uses: Arc::default(),
            providers,
            options,
            targeting,
            prior: Arc::new(prior),
            moved,
            imports: Mutex::default(),
            by_command: None,
            found: Mutex::new(found),
            answers: Answers::default(),
            dependencies: Mutex::default(),
            recorded_by_block: OnceLock::new(),
            refused: OnceLock::new(),
            ephemeral: Arc::new(EphemeralObjects::new(observer.clone())),
            observer,
        }
    }

    pub(crate) fn found(&self) -> std::sync::MutexGuard<'_, Found> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is recorded as the current object of an instance.
    pub(crate) fn recorded(&self, address: &AbsResourceInstance) -> Option<Arc<Object>> {
        self.prior.instance(address)?.current.clone()
    }

    /// Recorded resources of a block, one for each module instance.
    pub(crate) fn recorded_resources(&self, block: &ConfigResource) -> Vec<AbsResource> {
        let by_block = self.recorded_by_block.get_or_init(|| {
            let mut by_block: HashMap<ConfigResource, Vec<AbsResource>> = HashMap::new();
            for address in self.prior.resources.keys() {
                by_block.entry(address.config()).or_default().push(address.clone());
            }
            by_block
        });
        by_block.get(block).cloned().unwrap_or_default()
    }

    /// Everything that the resource of a block depends on, all the way.
    pub(crate) fn dependencies(
        &self,
        evaluator: &Evaluator,
        block: &ConfigResource,
    ) -> Arc<[ConfigResource]> {
        let mut known = self.dependencies.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .entry(block.clone())
            .or_insert_with(|| evaluator.index().dependencies(evaluator.config(), block))
            .clone()
    }

    /// Takes note of a change.
    pub(crate) fn add(&self, change: Change) {
        let mut found = self.found();
        if change.action != Action::NoOp {
            found.pending.entry(change.address.config()).or_default().insert(change.address.module.clone());
        }
        if change.deposed.is_none() {
            let at = found.changes.len();
            found.by_address.insert(change.address.clone(), at);
        }
        found.changes.push(change);
    }

    /// What happens to the current object of an instance, with its value before and after.
    pub(crate) fn change_of(&self, address: &AbsResourceInstance) -> Option<(Action, Value, Value)> {
        let found = self.found();
        let change = &found.changes[*found.by_address.get(address)?];
        Some((change.action, change.before.clone(), change.after.clone()))
    }

    /// Whether this run makes a plan of changes at all.
    pub(crate) fn plans_changes(&self) -> bool {
        self.options.mode != PlanMode::RefreshOnly
    }

    /// Whether something is made of refused variables, so that nobody is even asked about it.
    pub(crate) fn is_refused(&self, node: &Node) -> bool {
        self.refused.get().is_some_and(|refused| refused.contains(node))
    }

    /// Records an object as it is now; `None` where it is gone.
    pub(crate) fn record(
        &self,
        address: &AbsResourceInstance,
        deposed: Option<&DeposedKey>,
        provider: &plumb_address::ProviderConfigAddress,
        object: Option<Arc<Object>>,
    ) {
        let mut found = self.found();
        // What is recorded already is not recorded again: the maps of instances stay shared with the
        // state before, for as long as nothing in them changes.
        let known = found.refreshed.instance(address).and_then(|instance| match deposed {
            None => instance.current.as_ref(),
            Some(key) => instance.deposed.get(key),
        });
        let is_same = match (known, &object) {
            (Some(known), Some(object)) => Arc::ptr_eq(known, object),
            (None, None) => true,
            _ => false,
        };
        let resource = found.refreshed.resources.get(&address.resource());
        let is_in_charge = resource.is_none_or(|resource| match resource.instances.get(&address.key) {
            Some(instance) => resource.provider_of(instance) == *provider,
            None => resource.provider == provider.whole(),
        });
        if is_same && is_in_charge {
            return;
        }
        found.refreshed.update_instance(address, provider, |instance| match deposed {
            None => instance.current = object,
            Some(key) => match object {
                Some(object) => _ = instance.deposed.insert(key.clone(), object),
                None => _ = instance.deposed.remove(key),
            },
        });
    }
}

/// The block that declares an instance.
pub(crate) fn block_of<'a>(
    evaluator: &'a Evaluator,
    instance: &InstanceAddress,
) -> Option<&'a ResourceBlock> {
    evaluator.config().module(instance.module.module).resources.get(&instance.address.resource)
}
