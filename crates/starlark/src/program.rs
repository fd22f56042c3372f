//! What has been loaded, ready to be called.

use starlark::docs::DocString;
use starlark::environment::{FrozenModule, Module};
use starlark::values::{OwnedFrozenValue, Value};

use crate::limits::Limits;
use crate::loader::public;
use crate::sources::Sources;

/// A file that has been loaded with all that it loads. It is shared by all who call it.
#[derive(Clone)]
pub struct Program {
    module: FrozenModule,
    sources: Sources,
    limits: Limits,
}

impl Program {
    pub(crate) fn new(module: FrozenModule, sources: Sources, limits: Limits) -> Self {
        Program { module, sources, limits }
    }

    /// The texts of its files.
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// What one call may take.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// What a name stands for, for code that runs in a module: that holds on to it.
    pub fn value_in<'v>(&self, name: &str, module: &Module<'v>) -> Option<Value<'v>> {
        let value = self.get(name)?;
        let frozen = value.owned_value(module.frozen_heap()).unpack_frozen()?;
        Some(frozen.to_value())
    }

    /// What a name stands for.
    pub fn get(&self, name: &str) -> Option<OwnedFrozenValue> {
        self.module.get_option(name).ok().flatten()
    }

    /// Everything that it gives to others.
    pub fn public(&self) -> Vec<(String, OwnedFrozenValue)> {
        public(&self.module)
    }

    /// What is said of it where it begins.
    pub fn documentation(&self) -> Option<DocString> {
        self.module.documentation().docs
    }
}
