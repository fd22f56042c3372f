//! What `-target`, `-replace` and similar options name.

use std::fmt;

use crate::parse::{instance, module_prefix};
use crate::scan::Steps;
use crate::{AbsResource, AbsResourceInstance, AddressError, ConfigResource, InstanceKey, ModuleInstance};

/// A part of the configuration, or of what was made from it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Target {
    /// Everything in a module instance; where its last step has no key, in all instances of that call.
    Module(ModuleInstance),
    /// All instances of a resource.
    Resource(AbsResource),
    /// One instance of a resource.
    Instance(AbsResourceInstance),
}

impl Target {
    /// Reads the address of a module, resource or instance. Without a key it means the resource.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let mut steps = Steps::scan(text)?;
        let module = module_prefix(&mut steps)?;
        if steps.is_at_end() {
            return Ok(Target::Module(module));
        }
        let instance = instance(&mut steps, module)?;
        Ok(match instance.key {
            InstanceKey::None => Target::Resource(instance.resource()),
            _ => Target::Instance(instance),
        })
    }

    /// The module instance that it is or lies in.
    pub fn module(&self) -> &ModuleInstance {
        match self {
            Target::Module(module) => module,
            Target::Resource(resource) => &resource.module,
            Target::Instance(instance) => &instance.module,
        }
    }

    /// Whether it is the instance or has it inside.
    pub fn contains(&self, instance: &AbsResourceInstance) -> bool {
        match self {
            Target::Module(module) => contains_module(module, &instance.module),
            Target::Resource(resource) => {
                resource.resource == instance.resource && resource.module == instance.module
            }
            Target::Instance(own) => own == instance,
        }
    }

    /// Whether it is a module instance and is `module` or has it inside.
    pub fn contains_module(&self, module: &ModuleInstance) -> bool {
        matches!(self, Target::Module(own) if contains_module(own, module))
    }

    /// Whether every instance that the block may ever have is inside.
    pub fn contains_config(&self, block: &ConfigResource) -> bool {
        let is_unkeyed = |module: &ModuleInstance| module.0.iter().all(|step| step.key == InstanceKey::None);
        match self {
            Target::Module(module) => is_unkeyed(module) && block.module.0.starts_with(&module.config().0),
            Target::Resource(resource) => is_unkeyed(&resource.module) && resource.config() == *block,
            Target::Instance(_) => false,
        }
    }

    /// The block that it names, where it is no module.
    pub fn config(&self) -> Option<ConfigResource> {
        match self {
            Target::Module(_) => None,
            Target::Resource(resource) => Some(resource.config()),
            Target::Instance(instance) => Some(instance.config()),
        }
    }
}

/// Every step must be equal, but the last one of `outer` means all instances where it has no key.
fn contains_module(outer: &ModuleInstance, inner: &ModuleInstance) -> bool {
    let Some((last, path)) = outer.0.split_last() else { return true };
    let Some(counterpart) = inner.0.get(path.len()) else { return false };
    inner.0.starts_with(path)
        && last.name == counterpart.name
        && (last.key == InstanceKey::None || last.key == counterpart.key)
}

impl fmt::Display for Target {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Module(module) => module.fmt(out),
            Target::Resource(resource) => resource.fmt(out),
            Target::Instance(instance) => instance.fmt(out),
        }
    }
}
