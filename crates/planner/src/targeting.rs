//! `-target` and `-exclude`: which objects a run has to do with.

use std::collections::HashSet;
use std::sync::Arc;

use plumb_address::{AbsResourceInstance, ConfigResource, InstanceKey, ModuleInstance, Target};
use plumb_configuration::{Config, ModuleId};
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_evaluator::{Index, Node};
use plumb_plan::{PlanMode, PlanOptions};
use plumb_state::State;

/// Which objects a run has to do with.
#[derive(Default)]
pub(crate) struct Targeting {
    targets: Vec<Target>,
    /// Blocks that what is targeted depends on; while destroying, those that depend on it.
    needed: HashSet<ConfigResource>,
    /// While destroying, the objects that depend on what is targeted.
    dependants: Option<HashSet<AbsResourceInstance>>,
    /// While destroying, blocks that what is targeted depends on. They are looked at and stay.
    looked_at: Option<HashSet<ConfigResource>>,
    /// Everything that targeted blocks are made of; `None` where there are no targets.
    reach: Option<HashSet<Node>>,
    excludes: Vec<Target>,
    /// Blocks that depend on what is excluded.
    blocked: HashSet<ConfigResource>,
}

impl Targeting {
    pub(crate) fn new(config: &Config, index: &Index, state: &State, options: &PlanOptions) -> Self {
        let mut targeting = Targeting {
            targets: options.targets.clone(),
            excludes: options.excludes.clone(),
            ..Targeting::default()
        };
        if !targeting.targets.is_empty() {
            let dependencies = dependencies(config, index, &targeting.targets);
            if options.mode == PlanMode::Destroy {
                let dependants = recorded_dependants(state, &targeting.targets);
                targeting.needed = dependants.iter().map(AbsResourceInstance::config).collect();
                targeting.dependants = Some(dependants);
                targeting.looked_at = Some(dependencies);
            } else {
                targeting.needed = dependencies;
            }
            targeting.reach = Some(index.closure(&nodes(config, &targeting.targets)));
        }
        if !targeting.excludes.is_empty() {
            targeting.blocked = match options.mode {
                // What an excluded object depends on must stay while that object does.
                PlanMode::Destroy => recorded_dependencies(state, &targeting.excludes),
                PlanMode::Normal | PlanMode::RefreshOnly => {
                    let starts = nodes(config, &targeting.excludes);
                    let own: HashSet<ConfigResource> = blocks(config, starts.iter());
                    let all = index.dependants(&starts);
                    blocks(config, all.iter()).into_iter().filter(|block| !own.contains(block)).collect()
                }
            };
        }
        targeting
    }

    /// Whether the run is limited at all.
    pub(crate) fn is_limited(&self) -> bool {
        !self.targets.is_empty() || !self.excludes.is_empty()
    }

    /// Whether the run wants to know how an object is now. While destroying, what has to go because
    /// it depends on a target goes as it is recorded.
    pub(crate) fn looks_at(&self, address: &AbsResourceInstance) -> bool {
        match &self.looked_at {
            None => self.includes(address),
            Some(blocks) => self.names(address) || blocks.contains(&address.config()),
        }
    }

    fn names(&self, address: &AbsResourceInstance) -> bool {
        self.targets.iter().any(|target| target.contains(address))
    }

    /// Whether the run has to do with an instance.
    pub(crate) fn includes(&self, address: &AbsResourceInstance) -> bool {
        if self.excludes.iter().any(|target| target.contains(address))
            || self.blocked.contains(&address.config())
        {
            return false;
        }
        let is_needed = || match &self.dependants {
            Some(dependants) => dependants.contains(address),
            None => self.needed.contains(&address.config()),
        };
        self.targets.is_empty() || self.names(address) || is_needed()
    }
}

impl Targeting {
    /// Whether the run has to do with a variable: with one that nothing targeted is made of it has
    /// not, so that does not even have to be valid.
    pub(crate) fn needs_variable(&self, module: ModuleId, name: &Arc<str>) -> bool {
        self.reach.as_ref().is_none_or(|reach| reach.contains(&Node::Variable(module, name.clone())))
    }

    /// Whether the run is limited to targets.
    pub(crate) fn has_targets(&self) -> bool {
        !self.targets.is_empty()
    }

    /// Whether the run may have to do with any instance of a resource.
    pub(crate) fn may_include(&self, resource: &plumb_address::AbsResource) -> bool {
        self.may_include_block(&resource.config())
    }

    /// Whether the run may have to do with any instance of a block.
    pub(crate) fn may_include_block(&self, block: &ConfigResource) -> bool {
        !self.blocked.contains(block)
            && (self.targets.is_empty()
                || self.needed.contains(block)
                || self.looked_at.as_ref().is_some_and(|blocks| blocks.contains(block))
                || self.targets.iter().any(|target| may_name(target, block)))
    }

    /// Refuses a run that leaves out where an object was or where it is now: nobody could tell then
    /// what belongs to it.
    pub(crate) fn check_moves<'a>(
        &self,
        moved: impl Iterator<Item = (&'a AbsResourceInstance, &'a AbsResourceInstance)>,
    ) -> Diagnostics {
        let named = |address: &AbsResourceInstance| {
            let is_excluded = self.excludes.iter().any(|target| target.contains(address));
            !is_excluded
                && (self.targets.is_empty() || self.targets.iter().any(|target| target.contains(address)))
        };
        let mut left_out: Vec<&AbsResourceInstance> =
            moved.flat_map(|(from, to)| [from, to]).filter(|address| !named(address)).collect();
        left_out.sort();
        if left_out.is_empty() {
            return Diagnostics::new();
        }
        let names: Vec<String> = if self.targets.is_empty() {
            left_out.iter().map(|address| format!("  {address}")).collect()
        } else {
            left_out.iter().map(|address| format!("  -target=\"{address}\"")).collect()
        };
        let advice = if self.targets.is_empty() {
            "Leave the -exclude options away that leave these out"
        } else {
            "Leave the -target options away, or add these"
        };
        Diagnostic::error(
            "Moved resource instances excluded by targeting",
            format!(
                "Objects have moved to other addresses, and both the old and the new address of each must be part of the \
                 run. {advice}:\n{}",
                names.join("\n")
            ),
        )
        .into()
    }
}

/// Whether any instance of a block may be what a target means.
fn may_name(target: &Target, block: &ConfigResource) -> bool {
    match target.config() {
        Some(own) => own == *block,
        None => block.module.0.starts_with(&target.module().config().0),
    }
}

/// The blocks that targets name.
fn nodes(config: &Config, targets: &[Target]) -> Vec<Node> {
    let mut found = Vec::new();
    for module in &config.modules {
        for resource in module.resources.keys() {
            let block = resource.in_config(module.path.clone());
            if targets.iter().any(|target| may_name(target, &block)) {
                found.push(Node::Resource(module.id, resource.clone()));
            }
        }
    }
    found
}

fn blocks<'a>(config: &Config, nodes: impl Iterator<Item = &'a Node>) -> HashSet<ConfigResource> {
    nodes
        .filter_map(|node| match node {
            Node::Resource(module, resource) => Some(resource.in_config(path(config, *module))),
            _ => None,
        })
        .collect()
}

fn path(config: &Config, module: ModuleId) -> plumb_address::ConfigModule {
    config.module(module).path.clone()
}

/// Blocks that the targets depend on. A targeted block itself is only among them where another one
/// depends on it from outside: otherwise just its targeted instances count.
fn dependencies(config: &Config, index: &Index, targets: &[Target]) -> HashSet<ConfigResource> {
    let starts = nodes(config, targets);
    let mut needed = HashSet::new();
    for block in blocks(config, starts.iter()) {
        let all = index.dependencies(config, &block);
        for target in targets.iter().filter(|target| may_name(target, &block)) {
            needed.extend(all.iter().filter(|needed| !includes_all_for(targets, target, needed)).cloned());
        }
    }
    needed
}

/// Whether the targets mean everything of a block already that one of them may depend on: what is in
/// one instance of a module never depends on what is in another of the same.
fn includes_all_for(targets: &[Target], dependant: &Target, block: &ConfigResource) -> bool {
    targets.iter().filter(|target| may_name(target, block)).any(|target| match target {
        Target::Module(module) => dependant.module().0.starts_with(&module.0),
        Target::Resource(resource) => *dependant.module() == resource.module,
        Target::Instance(_) => false,
    })
}

/// Objects that depend on what the targets mean. Recorded dependencies go all the way, so one look is
/// enough. They name blocks: whoever depends on one instance of a block depends on all of them.
fn recorded_dependants(state: &State, targets: &[Target]) -> HashSet<AbsResourceInstance> {
    let mut found = HashSet::new();
    for (address, resource) in &state.resources {
        for (key, instance) in resource.instances.iter() {
            let objects = instance.current.iter().chain(instance.deposed.values());
            let mut blocks = objects.flat_map(|object| object.dependencies.iter());
            let depends = |block: &ConfigResource| {
                targets
                    .iter()
                    .any(|target| may_name(target, block) && reaches(target.module(), &address.module))
            };
            if blocks.any(depends) {
                found.insert(address.instance(key.clone()));
            }
        }
    }
    found
}

/// Whether a dependency may lead from one module instance to another: never from one instance of a
/// module into what is in another of the same.
fn reaches(target: &ModuleInstance, from: &ModuleInstance) -> bool {
    let shared = target.0.iter().zip(from.0.iter()).take_while(|(one, two)| one.name == two.name);
    shared.into_iter().all(|(one, two)| one.key == InstanceKey::None || one.key == two.key)
}

fn recorded_dependencies(state: &State, excludes: &[Target]) -> HashSet<ConfigResource> {
    let mut found = HashSet::new();
    for (address, resource) in &state.resources {
        for (key, instance) in resource.instances.iter() {
            let excluded = excludes.iter().any(|target| target.contains(&address.instance(key.clone())));
            if let (true, Some(object)) = (excluded, &instance.current) {
                found.extend(object.dependencies.iter().cloned());
            }
        }
    }
    found
}
