//! What `state mv`, `state rm`, `taint` and their like do to a state.
//!
//! Responsible for the rules of those commands and for what they say when something does not fit.
//! Each either does all that it was asked or leaves the state as it was.

use std::sync::Arc;

use plumb_address::{
    AbsResource, AbsResourceInstance, ConfigResource, InstanceKey, Mode, ModuleInstance, ProviderAddress,
    ProviderConfigAddress, Target,
};
use plumb_diagnostics::{Diagnostic, Diagnostics};

use crate::{InstanceState, Object, State, Status};

impl State {
    /// Instances that are recorded, in the order of their addresses.
    pub fn instances(&self) -> impl Iterator<Item = (AbsResourceInstance, &InstanceState)> {
        self.resources.iter().flat_map(|(address, resource)| {
            resource.instances.iter().map(|(key, instance)| (address.instance(key.clone()), instance))
        })
    }

    /// Instances that the targets mean, target by target, or all where there are none. With `id` only
    /// those whose current object has that `id`.
    pub fn list(
        &self,
        targets: &[Target],
        id: Option<&str>,
    ) -> Result<Vec<AbsResourceInstance>, Diagnostics> {
        for target in targets {
            self.require(target)?;
        }
        let has_id = |instance: &InstanceState| {
            id.is_none_or(|id| {
                let object = instance.current.as_ref();
                object.and_then(|object| object.identifier()).is_some_and(|own| own == id)
            })
        };
        let all = self.instances().filter(|(_, instance)| has_id(instance)).map(|(address, _)| address);
        if targets.is_empty() {
            return Ok(all.collect());
        }
        let all: Vec<AbsResourceInstance> = all.collect();
        let mut found = Vec::new();
        for target in targets {
            found.extend(all.iter().filter(|address| target.contains(address)).cloned());
        }
        Ok(found)
    }

    fn require(&self, target: &Target) -> Result<(), Diagnostics> {
        match target {
            Target::Module(module) if !module.is_root() => {
                if self.resources.keys().any(|address| target.contains_module(&address.module)) {
                    return Ok(());
                }
                Err(refusal(
                    "Unknown module",
                    format!(
                        "The current state contains no module at {module}. If you've just added this module to the \
                         configuration, you must run \"apply\" first to create the module's entry in the state."
                    ),
                ))
            }
            Target::Resource(address) if !self.resources.contains_key(address) => {
                Err(unknown_resource(address))
            }
            Target::Instance(instance) if self.instance(instance).is_none() => Err(refusal(
                "Unknown resource instance",
                format!(
                    "The current state contains no resource instance {instance}. If you've just added its resource \
                     to the configuration or have changed the count or for_each arguments, you must run \"apply\" \
                     first to update the resource's entry in the state."
                ),
            )),
            _ => Ok(()),
        }
    }

    /// Forgets everything that the target means; what exists stays untouched. Returns what was
    /// forgotten.
    pub fn remove(&mut self, target: &Target) -> Vec<AbsResourceInstance> {
        let gone: Vec<AbsResourceInstance> =
            self.instances().map(|(address, _)| address).filter(|address| target.contains(address)).collect();
        for address in &gone {
            if let Some(resource) = self.resources.get_mut(&address.resource()) {
                resource.instances_mut().remove(&address.key);
            }
        }
        self.resources.retain(|address, resource| {
            !resource.instances.is_empty() || !target.contains(&address.instance(InstanceKey::None))
        });
        self.forget_empty(&gone);
        gone
    }

    fn forget_empty(&mut self, touched: &[AbsResourceInstance]) {
        for address in touched {
            let resource = address.resource();
            if self.resources.get(&resource).is_some_and(|resource| resource.instances.is_empty()) {
                self.resources.remove(&resource);
            }
        }
    }

    /// Records what is at one address under another: a module, a resource or an instance.
    pub fn move_to(&mut self, from: &Target, to: &Target) -> Result<(), Diagnostics> {
        match self.resolved(from) {
            Target::Module(source) => match to {
                Target::Module(target) => self.move_module(&source, target),
                _ => Err(invalid_target(format!(
                    "Cannot move {from} to {to}: the target must also be a module."
                ))),
            },
            Target::Resource(source) => match to {
                Target::Resource(target) => self.move_resource(&source, target),
                Target::Instance(_) => Err(invalid_target(format!(
                    "Cannot move {from} to {to}: the source is a whole resource (not a resource instance) so the \
                     target must also be a whole resource."
                ))),
                Target::Module(_) => Err(invalid_target(format!(
                    "Cannot move {from} to {to}: the target must also be a resource."
                ))),
            },
            Target::Instance(source) => match to {
                Target::Resource(target) => self.move_instance(&source, &target.instance(InstanceKey::None)),
                Target::Instance(target) => self.move_instance(&source, target),
                Target::Module(_) => Err(invalid_target(format!(
                    "Cannot move {from} to {to}: the target must also be a resource instance."
                ))),
            },
        }
    }

    /// Forgets what objects depend on of which any depends on what the target means: once that has
    /// another address, what is recorded is no longer so. The next refresh records it anew.
    pub fn forget_dependencies_on(&mut self, target: &Target) {
        let concerns = |block: &ConfigResource| match target.config() {
            Some(own) => own == *block,
            None => block.module.0.starts_with(&target.module().config().0),
        };
        let depends = |object: &Arc<Object>| object.dependencies.iter().any(concerns);
        let dependants: Vec<(AbsResource, InstanceKey)> = self
            .resources
            .iter()
            .flat_map(|(address, resource)| {
                let instances = resource.instances.iter();
                let dependants = instances.filter(|(_, instance)| instance.current.iter().any(depends));
                dependants.map(|(key, _)| (address.clone(), key.clone()))
            })
            .collect();
        for (address, key) in dependants {
            let instance =
                self.resources.get_mut(&address).and_then(|resource| resource.instances_mut().get_mut(&key));
            if let Some(object) = instance.and_then(|instance| instance.current.as_mut()) {
                *object = Arc::new(Object { dependencies: Arc::new([]), ..(**object).clone() });
            }
        }
    }

    /// A resource that is recorded without keys is its only instance.
    fn resolved(&self, target: &Target) -> Target {
        if let Target::Resource(address) = target
            && self
                .resources
                .get(address)
                .is_some_and(|found| found.instances.contains_key(&InstanceKey::None))
        {
            return Target::Instance(address.instance(InstanceKey::None));
        }
        target.clone()
    }

    fn move_module(&mut self, from: &ModuleInstance, to: &ModuleInstance) -> Result<(), Diagnostics> {
        let sources: Vec<AbsResource> =
            self.resources.keys().filter(|address| from.contains(&address.module)).cloned().collect();
        if sources.is_empty() || from.is_root() {
            return Err(no_source(from));
        }
        if to.is_root() || self.resources.keys().any(|address| to.contains(&address.module)) {
            return Err(invalid_target(format!(
                "Cannot move to {to}: there is already a module at that address in the current state."
            )));
        }
        for address in sources {
            let Some(resource) = self.resources.remove(&address) else { continue };
            let rest = address.module.0.iter().skip(from.0.len()).cloned();
            let module = ModuleInstance(to.0.iter().cloned().chain(rest).collect());
            self.resources.insert(AbsResource { module, resource: address.resource }, resource);
        }
        Ok(())
    }

    fn move_resource(&mut self, from: &AbsResource, to: &AbsResource) -> Result<(), Diagnostics> {
        if !self.resources.contains_key(from) {
            return Err(no_source(from));
        }
        require_same_kind(from, to, &from, &to)?;
        if self.resources.contains_key(to) {
            return Err(invalid_target(format!(
                "Cannot move to {to}: there is already a resource at that address in the current state."
            )));
        }
        if let Some(resource) = self.resources.remove(from) {
            self.resources.insert(to.clone(), resource);
        }
        Ok(())
    }

    fn move_instance(
        &mut self,
        from: &AbsResourceInstance,
        to: &AbsResourceInstance,
    ) -> Result<(), Diagnostics> {
        let provider = self.resources.get(&from.resource()).map(|resource| resource.provider.clone());
        let (Some(instance), Some(provider)) = (self.instance(from).cloned(), provider) else {
            return Err(no_source(from));
        };
        require_same_kind(&from.resource(), &to.resource(), &from, &to)?;
        if self.instance(to).is_some() {
            return Err(invalid_target(format!(
                "Cannot move to {to}: there is already a resource instance at that address in the current state."
            )));
        }
        // A resource that is there already keeps its provider configuration.
        let provider =
            self.resources.get(&to.resource()).map_or(provider, |resource| resource.provider.clone());
        self.update_instance(to, &provider, |empty| *empty = instance);
        if let Some(resource) = self.resources.get_mut(&from.resource()) {
            resource.instances_mut().remove(&from.key);
        }
        self.forget_empty(std::slice::from_ref(from));
        Ok(())
    }

    /// Puts another provider in charge of everything that `from` takes care of. Returns the
    /// resources, in order.
    pub fn replace_provider(&mut self, from: &ProviderAddress, to: &ProviderAddress) -> Vec<AbsResource> {
        let mut changed = Vec::new();
        for (address, resource) in &mut self.resources {
            if resource.provider.provider == *from {
                let own = &resource.provider;
                resource.provider =
                    ProviderConfigAddress::new(own.module.clone(), to.clone(), own.alias.clone());
                changed.push(address.clone());
            }
        }
        changed
    }

    /// Marks the current object of an instance to be replaced. `Ok(false)` where it was marked.
    pub fn taint(&mut self, address: &AbsResourceInstance) -> Result<bool, Diagnostics> {
        if address.resource.mode != Mode::Managed {
            return Err(refusal(
                format!("Resource instance {address} cannot be tainted"),
                "Only managed resources are ever replaced.".to_owned(),
            ));
        }
        if self.status(address, "before tainting it")? == Status::Tainted {
            return Ok(false);
        }
        self.set_status(address, Status::Tainted);
        Ok(true)
    }

    /// Takes the mark off again.
    pub fn untaint(&mut self, address: &AbsResourceInstance) -> Result<(), Diagnostics> {
        if self.status(address, "before untainting it")? == Status::Ready {
            return Err(refusal(
                "Resource instance is not tainted",
                format!(
                    "Resource instance {address} is not currently tainted, and so it cannot be untainted."
                ),
            ));
        }
        self.set_status(address, Status::Ready);
        Ok(())
    }

    fn status(&self, address: &AbsResourceInstance, before: &str) -> Result<Status, Diagnostics> {
        let Some(instance) = self.instance(address) else { return Err(no_instance(address)) };
        instance.current.as_ref().map(|object| object.status).ok_or_else(|| {
            refusal(
                "No such resource instance",
                format!(
                    "Resource instance {address} is part-way through a replacement that creates before it \
                     destroys. Run \"apply\" to complete that {before}."
                ),
            )
        })
    }

    fn set_status(&mut self, address: &AbsResourceInstance, status: Status) {
        let resource = self.resources.get_mut(&address.resource());
        let instance = resource.and_then(|resource| resource.instances_mut().get_mut(&address.key));
        if let Some(object) = instance.and_then(|instance| instance.current.as_mut()) {
            Arc::make_mut(object).status = status;
        }
    }
}

/// The one thing that is wrong.
fn refusal(summary: impl Into<String>, detail: String) -> Diagnostics {
    Diagnostic::error(summary, detail).into()
}

fn require_same_kind(
    from: &AbsResource,
    to: &AbsResource,
    source: &dyn std::fmt::Display,
    target: &dyn std::fmt::Display,
) -> Result<(), Diagnostics> {
    let refuse = |why: String| {
        let text = format!("Cannot move {source} to {target}: {why}.");
        Err(refusal("Invalid state move request", text))
    };
    let name = |mode: Mode| match mode {
        Mode::Managed => "managed",
        Mode::Data => "data",
        Mode::Ephemeral => "ephemeral",
    };
    if from.resource.mode != to.resource.mode {
        let mode = name(from.resource.mode);
        return refuse(format!("a {mode} resource can be moved only to another {mode} resource address"));
    }
    if from.resource.kind != to.resource.kind {
        return refuse("resource types don't match".to_owned());
    }
    Ok(())
}

fn invalid_target(detail: String) -> Diagnostics {
    refusal("Invalid target address", detail)
}

fn no_source(from: &dyn std::fmt::Display) -> Diagnostics {
    refusal(
        "Invalid source address",
        format!("Cannot move {from}: does not match anything in the current state."),
    )
}

fn unknown_resource(address: &AbsResource) -> Diagnostics {
    refusal(
        "Unknown resource",
        format!(
            "The current state contains no resource {address}. If you've just added this resource to the \
             configuration, you must run \"apply\" first to create the resource's entry in the state."
        ),
    )
}

fn no_instance(address: &AbsResourceInstance) -> Diagnostics {
    refusal(
        "No such resource instance",
        format!(
            "There is no resource instance in the state with the address {address}. If the resource configuration \
             has just been added, you must run \"apply\" once to create the corresponding instance(s) before they \
             can be tainted."
        ),
    )
}
