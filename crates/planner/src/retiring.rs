//! Ending providers as soon as a plan needs them no more.
//!
//! Responsible for knowing when that is: each configuration of a provider may be a process of some
//! hundred megabytes, and a plan with many of them need not have all alive at once. It must not decide
//! anything about the plan: a provider that is asked again after its end is started and configured again.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use plumb_address::{Mode, ProviderConfigAddress};
use plumb_configuration::{Config, ModuleId};
use plumb_plan::PlanMode;
use plumb_state::State;

use crate::Providers;
use crate::checks::check_around;

/// Work that is left for the configurations of providers. Whoever has work to do for one holds on to its
/// [`Hold`]; the last one lets it go.
pub(crate) type Holds = HashMap<ProviderConfigAddress, Arc<Hold>>;

/// See [`Holds`].
pub(crate) struct Hold {
    address: ProviderConfigAddress,
    providers: Arc<Providers>,
    uses: Arc<Uses>,
}

impl Drop for Hold {
    fn drop(&mut self) {
        if !self.uses.is_seen(&self.address) {
            return;
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let (providers, address) = (self.providers.clone(), self.address.clone());
        runtime.spawn(async move { providers.retire(&address).await });
    }
}

/// What the configurations of providers are needed for.
#[derive(Default)]
pub(crate) struct Uses {
    /// Those of the blocks of a module and of all modules below it, by the module's number.
    below: Vec<BTreeSet<ProviderConfigAddress>>,
    /// How many recorded objects the walk has not come to yet.
    unseen: HashMap<ProviderConfigAddress, AtomicUsize>,
}

impl Uses {
    /// Finds out. Nothing where no provider is to be ended early, or where there is but one: it would be
    /// needed until the end.
    pub(crate) fn new(config: &Config, state: &State, providers: &Providers, mode: PlanMode) -> Self {
        if !providers.ends_when_done() || mode == PlanMode::Destroy {
            return Uses::default();
        }
        let below = below(config);
        if below.first().is_none_or(|all| all.len() < 2) {
            return Uses::default();
        }
        let mut unseen: HashMap<ProviderConfigAddress, AtomicUsize> = below
            .first()
            .into_iter()
            .flatten()
            .map(|address| (address.clone(), AtomicUsize::new(0)))
            .collect();
        for (address, resource) in &state.resources {
            if address.resource.mode == Mode::Managed
                && let Some(count) = unseen.get_mut(&resource.provider)
            {
                let objects = resource.instances.values();
                *count.get_mut() += objects
                    .map(|instance| instance.deposed.len() + usize::from(instance.current.is_some()))
                    .sum::<usize>();
            }
        }
        // What is used after the walk, or on the way by others than its own block, is left alone.
        for module in &config.modules {
            for (resource, block) in &module.resources {
                if (resource.mode == Mode::Ephemeral || check_around(module, resource).is_some())
                    && let Some(count) = unseen.get_mut(&block.provider_config)
                {
                    *count.get_mut() += 1;
                }
            }
        }
        Uses { below, unseen }
    }

    /// Everything that is left to do when nothing has been done.
    pub(crate) fn holds(self: &Arc<Self>, providers: &Arc<Providers>) -> Holds {
        let all = self.below.first().into_iter().flatten();
        all.map(|address| {
            let hold = Hold { address: address.clone(), providers: providers.clone(), uses: self.clone() };
            (address.clone(), Arc::new(hold))
        })
        .collect()
    }

    /// Of everything that is left what lies in a module and below it.
    pub(crate) fn below(&self, holds: &Holds, module: ModuleId) -> Holds {
        if holds.is_empty() {
            return Holds::new();
        }
        let below = self.below.get(module.0 as usize).into_iter().flatten();
        below
            .filter_map(|address| holds.get_key_value(address))
            .map(|(address, hold)| (address.clone(), hold.clone()))
            .collect()
    }

    /// The walk has come to a recorded object.
    pub(crate) fn see(&self, provider: &ProviderConfigAddress) {
        if let Some(count) = self.unseen.get(provider) {
            count.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Whether the walk has come to all recorded objects: those that are left are no longer wanted, and
    /// are asked about later.
    fn is_seen(&self, provider: &ProviderConfigAddress) -> bool {
        self.unseen.get(provider).is_some_and(|count| count.load(Ordering::Relaxed) == 0)
    }
}

/// Provider configurations of the blocks of each module and of those below it. Modules stand behind
/// those that call them.
fn below(config: &Config) -> Vec<BTreeSet<ProviderConfigAddress>> {
    let mut below: Vec<BTreeSet<ProviderConfigAddress>> = config
        .modules
        .iter()
        .map(|module| module.resources.values().map(|block| block.provider_config.clone()).collect())
        .collect();
    for at in (0..config.modules.len()).rev() {
        if let Some((parent, _)) = &config.modules[at].parent {
            let own = below[at].clone();
            below[parent.0 as usize].extend(own);
        }
    }
    below
}
