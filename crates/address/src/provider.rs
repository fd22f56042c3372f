//! Providers and their configurations.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use crate::{ConfigModule, InstanceKey};

/// Where a provider comes from: `registry.terraform.io/hashicorp/aws`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProviderAddress {
    /// The registry's host name, with its port where it has one.
    pub host: Arc<str>,
    /// Who publishes it.
    pub namespace: Arc<str>,
    /// Its name.
    pub kind: Arc<str>,
}

impl ProviderAddress {
    /// The registry that sources without a host name mean.
    pub const DEFAULT_HOST: &str = "registry.terraform.io";
    /// The host of providers that are part of the program.
    pub const BUILTIN_HOST: &str = "terraform.io";

    /// An address from its parts.
    pub fn new(host: impl Into<Arc<str>>, namespace: impl Into<Arc<str>>, kind: impl Into<Arc<str>>) -> Self {
        ProviderAddress { host: host.into(), namespace: namespace.into(), kind: kind.into() }
    }

    /// What a type means for which the configuration names no source.
    pub fn implied(kind: &str) -> Self {
        if kind == "terraform" {
            return ProviderAddress::new(Self::BUILTIN_HOST, "builtin", "terraform");
        }
        ProviderAddress::new(Self::DEFAULT_HOST, "hashicorp", kind)
    }

    /// Whether it is part of the program.
    pub fn is_builtin(&self) -> bool {
        &*self.host == Self::BUILTIN_HOST && &*self.namespace == "builtin"
    }

    /// Whether it is one of those that are meant where nothing but a name is said.
    pub fn is_default(&self) -> bool {
        &*self.host == Self::DEFAULT_HOST && &*self.namespace == "hashicorp"
    }

    /// The short form for people: without the default registry's host name.
    pub fn for_display(&self) -> String {
        if &*self.host == Self::DEFAULT_HOST {
            format!("{}/{}", self.namespace, self.kind)
        } else {
            self.to_string()
        }
    }
}

impl fmt::Display for ProviderAddress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}/{}", self.host, self.namespace, self.kind)
    }
}

/// One configuration of a provider: `module.a.provider["registry.terraform.io/hashicorp/aws"].west`.
/// Every object and every change names one, so they share it: cloned in constant time.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProviderConfigAddress(Arc<ProviderConfigParts>);

/// What a [`ProviderConfigAddress`] is made of.
#[derive(Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProviderConfigParts {
    /// The module that the configuration stands in.
    pub module: ConfigModule,
    /// Which provider.
    pub provider: ProviderAddress,
    /// The alias, where the configuration is not the default one.
    pub alias: Option<Arc<str>>,
    /// Which instance of the configuration, where it has several.
    pub key: Option<Arc<str>>,
}

impl ProviderConfigAddress {
    /// The configuration of a provider in a module; without an alias the default one.
    pub fn new(module: ConfigModule, provider: ProviderAddress, alias: Option<Arc<str>>) -> Self {
        ProviderConfigAddress(Arc::new(ProviderConfigParts { module, provider, alias, key: None }))
    }

    /// An instance of this configuration; without a key the configuration as a whole.
    #[must_use]
    pub fn with_key(&self, key: Option<Arc<str>>) -> Self {
        if self.key == key {
            return self.clone();
        }
        let (module, provider, alias) = (self.module.clone(), self.provider.clone(), self.alias.clone());
        ProviderConfigAddress(Arc::new(ProviderConfigParts { module, provider, alias, key }))
    }

    /// The configuration as a whole.
    #[must_use]
    pub fn whole(&self) -> Self {
        self.with_key(None)
    }
}

impl Deref for ProviderConfigAddress {
    type Target = ProviderConfigParts;

    fn deref(&self) -> &ProviderConfigParts {
        &self.0
    }
}

impl fmt::Display for ProviderConfigAddress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.module.is_root() {
            write!(out, "{}.", self.module)?;
        }
        write!(out, "provider[\"{}\"]", self.provider)?;
        if let Some(alias) = &self.alias {
            write!(out, ".{alias}")?;
        }
        if let Some(key) = &self.key {
            write!(out, "{}", InstanceKey::String(key.clone()))?;
        }
        Ok(())
    }
}
