//! Objects that were recorded under another address: `moved` blocks, and moves that go without
//! saying.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use plumb_address::{
    AbsResource, AbsResourceInstance, InstanceKey, Mode, ModuleInstance, ModuleStep, ProviderConfigAddress,
};
use plumb_configuration::{Config, Module, MoveEndpoint, Repetition};
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_source::Span;
use plumb_state::State;

use crate::Providers;
use crate::conversion::{Origin, convert};
use crate::orphans::declared_block;

/// What moving came to.
pub(crate) struct Moves {
    pub(crate) state: State,
    /// Addresses before, by those after.
    pub(crate) moved: HashMap<AbsResourceInstance, AbsResourceInstance>,
    /// Objects that their new providers do not know yet, by their addresses after.
    strangers: BTreeMap<AbsResourceInstance, Origin>,
    pub(crate) diagnostics: Diagnostics,
}

/// Makes every move that the configuration asks for.
pub(crate) async fn make_moves(config: &Config, state: State, providers: &Providers) -> Moves {
    let mut moves =
        Moves { state, moved: HashMap::new(), strangers: BTreeMap::new(), diagnostics: Diagnostics::new() };
    for module in &config.modules {
        for statement in ordered(module) {
            moves.apply(config, module, statement);
        }
    }
    for module in &config.modules {
        moves.implied_by_calls(module);
        moves.implied(module);
    }
    for (to, origin) in std::mem::take(&mut moves.strangers) {
        let problems = convert(&mut moves.state, config, providers, &to, &origin).await;
        moves.diagnostics.append(problems);
    }
    moves
}

/// The blocks of a module, chains from their beginning: what one moves to, another may move on.
fn ordered(module: &Module) -> Vec<&plumb_configuration::Moved> {
    let mut rest: Vec<&plumb_configuration::Moved> = module.moved.iter().collect();
    let mut sorted = Vec::with_capacity(rest.len());
    while !rest.is_empty() {
        let first = rest
            .iter()
            .position(|one| !rest.iter().any(|other| same_end(&other.to, &one.from)))
            // A circle has no beginning; it is as good as any.
            .unwrap_or(0);
        sorted.push(rest.remove(first));
    }
    sorted
}

fn same_end(one: &MoveEndpoint, two: &MoveEndpoint) -> bool {
    one.modules == two.modules && one.resource == two.resource
}

impl Moves {
    fn apply(&mut self, config: &Config, module: &Module, statement: &plumb_configuration::Moved) {
        let mut found: Vec<(AbsResourceInstance, AbsResourceInstance)> = Vec::new();
        for (address, resource) in &self.state.resources {
            for key in resource.instances.keys() {
                if let Some(to) = target(module, &statement.from, &statement.to, address, key) {
                    found.push((address.instance(key.clone()), to));
                }
            }
        }
        for (from, to) in found {
            if from == to {
                continue;
            }
            if self.state.instance(&to).is_some() {
                self.diagnostics.push(unresolved(&from, &to, statement.span));
                continue;
            }
            let Some(recorded) = self.state.resources.get(&from.resource()) else { continue };
            let before = recorded.provider.clone();
            let after = declared_block(config, &to.resource()).map(|block| &block.provider_config);
            let is_stranger = from.resource.kind != to.resource.kind
                || after.is_some_and(|after| after.provider != before.provider);
            let origin = match self.strangers.remove(&from) {
                None if is_stranger => {
                    let provider = before.provider.clone();
                    Some(Origin { address: from.clone(), provider, statement: statement.span })
                }
                known => known,
            };
            let provider = if origin.is_some() { after.cloned().unwrap_or(before) } else { before };
            self.relocate(&from, &to, &provider);
            self.strangers.extend(origin.map(|origin| (to, origin)));
        }
    }

    /// Moves everything recorded of an instance to an address where nothing is recorded.
    fn relocate(
        &mut self,
        from: &AbsResourceInstance,
        to: &AbsResourceInstance,
        provider: &ProviderConfigAddress,
    ) {
        let Some(resource) = self.state.resources.get_mut(&from.resource()) else { return };
        let Some(instance) = resource.instances_mut().remove(&from.key) else { return };
        if resource.instances.is_empty() {
            self.state.resources.remove(&from.resource());
        }
        self.state.update_instance(to, provider, |place| *place = instance);
        let first = self.moved.remove(from).unwrap_or_else(|| from.clone());
        self.moved.insert(to.clone(), first);
    }

    /// What was in the first instance of a module that was counted is in the only one when `enabled` takes
    /// the place of `count`.
    fn implied_by_calls(&mut self, module: &Module) {
        let mut wanted = Vec::new();
        let depth = module.path.0.len();
        for (address, recorded) in &self.state.resources {
            let steps = &address.module.0;
            let Some(step) = steps.get(depth).filter(|step| step.key == InstanceKey::Int(0)) else {
                continue;
            };
            let is_here = steps.iter().zip(module.path.0.iter()).all(|(step, name)| step.name == *name);
            let call = module.calls.get(&step.name);
            if !is_here || !call.is_some_and(|call| matches!(call.repetition, Repetition::Enabled(_))) {
                continue;
            }
            let mut path = steps.to_vec();
            path[depth].key = InstanceKey::None;
            let to = AbsResource { module: ModuleInstance(path.into()), resource: address.resource.clone() };
            for key in recorded.instances.keys() {
                let to = to.instance(key.clone());
                if self.state.instance(&to).is_none() {
                    wanted.push((address.instance(key.clone()), to, recorded.provider.clone()));
                }
            }
        }
        for (from, to, provider) in wanted {
            self.relocate(&from, &to, &provider);
        }
    }

    /// An object without a key becomes the one with key 0 when `count` is added, and the other way
    /// round when it is taken away.
    fn implied(&mut self, module: &Module) {
        let mut wanted = Vec::new();
        for (address, recorded) in &self.state.resources {
            if address.resource.mode != Mode::Managed || address.module.config() != module.path {
                continue;
            }
            let Some(block) = module.resources.get(&address.resource) else { continue };
            let (from, to) = match block.repetition {
                Repetition::Count(_) => (InstanceKey::None, InstanceKey::Int(0)),
                Repetition::Single | Repetition::Enabled(_) => (InstanceKey::Int(0), InstanceKey::None),
                Repetition::ForEach(_) => continue,
            };
            if recorded.instances.contains_key(&from) && !recorded.instances.contains_key(&to) {
                wanted.push((address.instance(from), address.instance(to), recorded.provider.clone()));
            }
        }
        for (from, to, provider) in wanted {
            self.relocate(&from, &to, &provider);
        }
    }
}

fn unresolved(from: &AbsResourceInstance, to: &AbsResourceInstance, statement: Span) -> Diagnostic {
    Diagnostic::warning(
        "Unresolved resource instance address changes",
        format!(
            "Plumb tried to move {from} to {to}, but something is recorded under that address already. The object at \
             {from} is planned to be destroyed; remove it from the state if it should stay."
        ),
    )
    .at(statement)
}

/// Where an instance goes, if a statement speaks of it.
fn target(
    module: &Module,
    from: &MoveEndpoint,
    to: &MoveEndpoint,
    address: &AbsResource,
    key: &InstanceKey,
) -> Option<AbsResourceInstance> {
    let depth = module.path.0.len();
    let steps = &address.module.0;
    if steps.len() < depth || !steps.iter().zip(module.path.0.iter()).all(|(step, name)| step.name == *name) {
        return None;
    }
    let inside = &steps[depth..];
    let is_module_move = from.resource.is_none();
    let matches = inside.len() >= from.modules.len()
        && inside.iter().zip(&from.modules).enumerate().all(|(at, (step, (name, wanted)))| {
            // The last step of a module move without a key means the call: all its instances.
            let whole = wanted.is_none() && is_module_move && at + 1 == from.modules.len();
            step.name == *name && (whole || step.key == wanted.clone().unwrap_or_default())
        });
    if !matches {
        return None;
    }
    let own_depth = from.modules.len();
    let mut path: Vec<ModuleStep> = steps[..depth].to_vec();
    for (at, (name, wanted)) in to.modules.iter().enumerate() {
        let last = at + 1 == to.modules.len();
        let kept = (is_module_move && last && wanted.is_none())
            .then(|| inside.get(from.modules.len() - 1).map(|step| step.key.clone()))
            .flatten();
        // A whole call keeps its keys; naming one key on either side gives or takes it.
        let from_whole = from.modules.last().is_some_and(|(_, key)| key.is_none());
        let key = match (wanted, kept) {
            (Some(key), _) => key.clone(),
            (None, Some(key)) if from_whole => key,
            (None, _) => InstanceKey::None,
        };
        path.push(ModuleStep { name: name.clone(), key });
    }
    match (&from.resource, &to.resource) {
        (Some((from, from_key)), Some((to, to_key))) => {
            // A resource move speaks of the module that it names, not of those inside.
            let speaks = inside.len() == own_depth
                && address.resource == *from
                && from_key.as_ref().is_none_or(|wanted| wanted == key);
            speaks.then(|| {
                let key = match (from_key, to_key) {
                    (_, Some(to_key)) => to_key.clone(),
                    (Some(_), None) => InstanceKey::None,
                    (None, None) => key.clone(),
                };
                AbsResourceInstance { module: ModuleInstance(path.into()), resource: to.clone(), key }
            })
        }
        (None, None) => {
            path.extend(inside[from.modules.len()..].iter().cloned());
            Some(AbsResourceInstance {
                module: ModuleInstance(Arc::from(path)),
                resource: address.resource.clone(),
                key: key.clone(),
            })
        }
        _ => None,
    }
}
