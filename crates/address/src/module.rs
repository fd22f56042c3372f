//! Modules and their instances.

use std::fmt;
use std::sync::Arc;

use crate::InstanceKey;

/// A module as written: the names of the calls that lead to it from the root, whose path is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConfigModule(pub Arc<[Arc<str>]>);

impl ConfigModule {
    /// The root module.
    pub fn root() -> Self {
        Self::default()
    }

    /// Whether it is the root module.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The module that a call in this one leads to.
    #[must_use]
    pub fn child(&self, call: impl Into<Arc<str>>) -> Self {
        ConfigModule(self.0.iter().cloned().chain([call.into()]).collect())
    }

    /// The module with the call that leads here, and that call's name; `None` for the root.
    pub fn parent(&self) -> Option<(ConfigModule, Arc<str>)> {
        let (last, rest) = self.0.split_last()?;
        Some((ConfigModule(rest.into()), last.clone()))
    }
}

/// `module.a.module.b`, nothing for the root.
impl fmt::Display for ConfigModule {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, name) in self.0.iter().enumerate() {
            if index > 0 {
                out.write_str(".")?;
            }
            write!(out, "module.{name}")?;
        }
        Ok(())
    }
}

/// One step into a module instance.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModuleStep {
    /// Name of the call.
    pub name: Arc<str>,
    /// Which of the call's instances.
    pub key: InstanceKey,
}

/// An instance of a module: steps from the root, whose path is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ModuleInstance(pub Arc<[ModuleStep]>);

/// The root comes before its children; otherwise step by step, names before keys.
impl Ord for ModuleInstance {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for ModuleInstance {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl ModuleInstance {
    /// The root module.
    pub fn root() -> Self {
        Self::default()
    }

    /// Whether it is the root module.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// An instance of a module called in this one.
    #[must_use]
    pub fn child(&self, name: impl Into<Arc<str>>, key: InstanceKey) -> Self {
        ModuleInstance(self.0.iter().cloned().chain([ModuleStep { name: name.into(), key }]).collect())
    }

    /// The instance with the call that leads here, and the last step; `None` for the root.
    pub fn parent(&self) -> Option<(ModuleInstance, ModuleStep)> {
        let (last, rest) = self.0.split_last()?;
        Some((ModuleInstance(rest.into()), last.clone()))
    }

    /// The module as written that this is an instance of.
    pub fn config(&self) -> ConfigModule {
        ConfigModule(self.0.iter().map(|step| step.name.clone()).collect())
    }

    /// Whether `other` is this instance or lies inside it.
    pub fn contains(&self, other: &ModuleInstance) -> bool {
        other.0.len() >= self.0.len() && other.0[..self.0.len()] == self.0[..]
    }
}

/// `module.a[0].module.b`, nothing for the root.
impl fmt::Display for ModuleInstance {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.0.iter().enumerate() {
            if index > 0 {
                out.write_str(".")?;
            }
            write!(out, "module.{}{}", step.name, step.key)?;
        }
        Ok(())
    }
}
