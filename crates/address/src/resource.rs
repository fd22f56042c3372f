//! Resources, their instances and objects, and outputs.

use std::fmt;
use std::sync::Arc;

use crate::{ConfigModule, InstanceKey, ModuleInstance};

/// What kind of object a resource block declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// `resource`: created, changed and destroyed.
    Managed,
    /// `data`: only read.
    Data,
    /// `ephemeral`: opened and closed, never stored.
    Ephemeral,
}

/// Data sources come before managed resources, as in state files.
impl Ord for Mode {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let rank = |mode: &Mode| match mode {
            Mode::Data => 0,
            Mode::Managed => 1,
            Mode::Ephemeral => 2,
        };
        rank(self).cmp(&rank(other))
    }
}

impl PartialOrd for Mode {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// A resource within its module.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Resource {
    /// Kind of block.
    pub mode: Mode,
    /// The type, such as `aws_instance`.
    pub kind: Arc<str>,
    /// The name.
    pub name: Arc<str>,
}

impl Resource {
    /// A managed resource.
    pub fn managed(kind: impl Into<Arc<str>>, name: impl Into<Arc<str>>) -> Self {
        Resource { mode: Mode::Managed, kind: kind.into(), name: name.into() }
    }

    /// A data source.
    pub fn data(kind: impl Into<Arc<str>>, name: impl Into<Arc<str>>) -> Self {
        Resource { mode: Mode::Data, kind: kind.into(), name: name.into() }
    }

    /// Local name of the provider that the type belongs to where the block names none: what stands
    /// before the first underscore.
    pub fn implied_provider(&self) -> &str {
        self.kind.split('_').next().unwrap_or(&self.kind)
    }

    /// This resource in a module as written.
    pub fn in_config(&self, module: ConfigModule) -> ConfigResource {
        ConfigResource { module, resource: self.clone() }
    }

    /// This resource in an instance of a module.
    pub fn in_module(&self, module: ModuleInstance) -> AbsResource {
        AbsResource { module, resource: self.clone() }
    }
}

/// `aws_instance.web`, `data.aws_ami.ubuntu`.
impl fmt::Display for Resource {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.mode {
            Mode::Managed => {}
            Mode::Data => out.write_str("data.")?,
            Mode::Ephemeral => out.write_str("ephemeral.")?,
        }
        write!(out, "{}.{}", self.kind, self.name)
    }
}

/// Writes `prefix.` where the prefix is not empty.
fn write_prefix(out: &mut fmt::Formatter<'_>, is_root: bool, module: &dyn fmt::Display) -> fmt::Result {
    if is_root { Ok(()) } else { write!(out, "{module}.") }
}

/// A resource block in the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConfigResource {
    /// The module as written.
    pub module: ConfigModule,
    /// The resource in it.
    pub resource: Resource,
}

impl fmt::Display for ConfigResource {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_prefix(out, self.module.is_root(), &self.module)?;
        self.resource.fmt(out)
    }
}

/// A resource in an instance of a module.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AbsResource {
    /// The module instance.
    pub module: ModuleInstance,
    /// The resource in it.
    pub resource: Resource,
}

impl AbsResource {
    /// One of its instances.
    pub fn instance(&self, key: InstanceKey) -> AbsResourceInstance {
        AbsResourceInstance { module: self.module.clone(), resource: self.resource.clone(), key }
    }

    /// The block that it comes from.
    pub fn config(&self) -> ConfigResource {
        ConfigResource { module: self.module.config(), resource: self.resource.clone() }
    }
}

impl fmt::Display for AbsResource {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_prefix(out, self.module.is_root(), &self.module)?;
        self.resource.fmt(out)
    }
}

/// An instance of a resource.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AbsResourceInstance {
    /// The module instance.
    pub module: ModuleInstance,
    /// The resource in it.
    pub resource: Resource,
    /// Which instance.
    pub key: InstanceKey,
}

impl AbsResourceInstance {
    /// The resource that it is an instance of.
    pub fn resource(&self) -> AbsResource {
        AbsResource { module: self.module.clone(), resource: self.resource.clone() }
    }

    /// The block that it comes from.
    pub fn config(&self) -> ConfigResource {
        ConfigResource { module: self.module.config(), resource: self.resource.clone() }
    }
}

impl fmt::Display for AbsResourceInstance {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_prefix(out, self.module.is_root(), &self.module)?;
        write!(out, "{}{}", self.resource, self.key)
    }
}

/// Names an object that its instance no longer uses and that still has to be destroyed: eight
/// hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeposedKey(pub Arc<str>);

impl fmt::Display for DeposedKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// An output value of a module instance.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OutputAddress {
    /// The module instance.
    pub module: ModuleInstance,
    /// The output in it.
    pub name: Arc<str>,
}

impl fmt::Display for OutputAddress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_prefix(out, self.module.is_root(), &self.module)?;
        write!(out, "output.{}", self.name)
    }
}
