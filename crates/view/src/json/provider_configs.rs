//! Which provider configurations a configuration has, written down or implied.
//!
//! Responsible for the keys by which plans name them. A module's own name for a configuration leads to
//! that of its caller as long as the caller has one of the same provider: by `providers`, or else because
//! the two names are the same. Where nobody above has one, it is the module's own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use plumb_address::ProviderAddress;
use plumb_configuration::{Body, Config, Module, ResourceBlock};
use plumb_registry::Constraints;

use super::configuration::write_expressions;
use super::writer::Members;

/// A provider's local name, and the alias of a configuration that is not the default.
type LocalName = (Arc<str>, Option<Arc<str>>);

/// Every provider configuration by its key.
pub(super) struct ProviderConfigs<'c>(BTreeMap<String, ProviderConfig<'c>>);

/// A provider configuration, or another name for one.
pub(super) struct ProviderConfig<'c> {
    module: &'c Module,
    name: Arc<str>,
    alias: Option<Arc<str>>,
    provider: ProviderAddress,
    version: String,
    body: Option<&'c Body>,
    /// The key of the configuration that it is another name for.
    source: Option<String>,
}

impl ProviderConfig<'_> {
    pub(super) fn write(&self, members: &mut Members<'_>) {
        members.string("name", &self.name);
        members.string("full_name", &self.provider.to_string());
        if let Some(alias) = &self.alias {
            members.string("alias", alias);
        }
        members.optional_string("version_constraint", &self.version);
        members.optional_string("module_address", &self.module.path.to_string());
        if let Some(body) = self.body {
            write_expressions(body, None, members);
        }
    }
}

impl<'c> ProviderConfigs<'c> {
    pub(super) fn new(config: &'c Config) -> Self {
        let mut all = ProviderConfigs(BTreeMap::new());
        // Callers come before what they call, so that what is above is there already.
        for module in &config.modules {
            all.add_passed(config, module);
            all.add_blocks(module);
            all.add_required(config, module);
            all.add_implied(config, module);
        }
        all
    }

    /// Those that are no other name for one, by their keys.
    pub(super) fn own(&self) -> impl Iterator<Item = (&String, &ProviderConfig<'c>)> {
        self.0.iter().filter(|(_, entry)| entry.source.is_none())
    }

    /// The key of the configuration that a resource uses.
    pub(super) fn key_of(&self, module: &Module, block: &ResourceBlock) -> String {
        let local = match &block.provider {
            Some((name, alias, _)) => (name.clone(), alias.clone()),
            None => (block.resource.implied_provider().into(), None),
        };
        let key = key(module, &local);
        let source = self.0.get(&key).and_then(|entry| entry.source.clone());
        source.unwrap_or(key)
    }

    /// Names that the call gives to configurations of the caller.
    fn add_passed(&mut self, config: &'c Config, module: &'c Module) {
        let Some((parent, call)) = &module.parent else { return };
        let parent = config.module(*parent);
        for passed in parent.calls.get(call).into_iter().flat_map(|call| &call.providers) {
            let (name, alias) = &passed.inside;
            let provider = module.provider_address(name);
            let source = self.source(key(parent, &passed.outside), &provider);
            let name = alias.as_ref().map_or_else(|| name.clone(), |alias| format!("{name}.{alias}").into());
            let entry = ProviderConfig { source, ..bare(module, name, provider, String::new()) };
            self.0.insert(key(module, &passed.inside), entry);
        }
    }

    fn add_blocks(&mut self, module: &'c Module) {
        for (local, block) in &module.providers {
            let (name, provider) = (block.name.clone(), block.address.provider.clone());
            let version = version_constraint(module, &name);
            let entry = ProviderConfig {
                alias: block.alias.clone(),
                body: Some(&block.body),
                ..bare(module, name, provider, version)
            };
            self.0.insert(key(module, local), entry);
        }
    }

    fn add_required(&mut self, config: &'c Config, module: &'c Module) {
        for (name, required) in &module.settings.required_providers {
            let entry =
                || bare(module, name.clone(), required.address.clone(), version_constraint(module, name));
            for (local, alias) in &required.configuration_aliases {
                let key = key(module, &(local.clone(), Some(alias.clone())));
                self.0.entry(key).or_insert_with(entry);
            }
            self.add_inherited(config, &(name.clone(), None), entry());
        }
    }

    /// Providers that the module uses, by the name that they have where nothing is said.
    fn add_implied(&mut self, config: &'c Config, module: &'c Module) {
        let used = module.resources.values().map(|block| &block.provider_config.provider);
        let required = module.settings.required_providers.values().map(|required| &required.address);
        let configured = module.providers.values().map(|block| &block.address.provider);
        let providers: BTreeSet<&ProviderAddress> = used.chain(required).chain(configured).collect();
        for provider in providers {
            let entry = bare(module, provider.kind.clone(), provider.clone(), String::new());
            self.add_inherited(config, &(provider.kind.clone(), None), entry);
        }
    }

    /// Adds a name that nothing stands for yet; the caller's configuration of that name is meant by it.
    fn add_inherited(&mut self, config: &'c Config, local: &LocalName, entry: ProviderConfig<'c>) {
        let key = key(entry.module, local);
        if self.0.contains_key(&key) {
            return;
        }
        let parent = entry.module.parent.as_ref().map(|(parent, _)| config.module(*parent));
        let source = parent.and_then(|parent| self.source(self::key(parent, local), &entry.provider));
        self.0.insert(key, ProviderConfig { source, ..entry });
    }

    /// The configuration that a name of a caller stands for, if it is one of that provider.
    fn source(&self, key: String, provider: &ProviderAddress) -> Option<String> {
        let entry = self.0.get(&key).filter(|entry| entry.provider == *provider)?;
        Some(entry.source.clone().unwrap_or(key))
    }
}

fn bare(module: &Module, name: Arc<str>, provider: ProviderAddress, version: String) -> ProviderConfig<'_> {
    ProviderConfig { module, name, alias: None, provider, version, body: None, source: None }
}

/// `module.a:aws.west`; without the module for the root, without the alias for the default.
fn key(module: &Module, (name, alias): &LocalName) -> String {
    let mut key = String::new();
    if !module.path.is_root() {
        key = format!("{}:", module.path);
    }
    key.push_str(name);
    if let Some(alias) = alias {
        key.push('.');
        key.push_str(alias);
    }
    key
}

/// All that a module asks of a provider's version, spelled as lock files have it.
fn version_constraint(module: &Module, name: &str) -> String {
    let required = module.settings.required_providers.get(name);
    let versions =
        required.into_iter().flat_map(|required| required.versions.iter().map(|(version, _)| &**version));
    let written = versions.collect::<Vec<_>>().join(", ");
    Constraints::parse_for_provider(&written).map_or(written, |constraints| constraints.to_string())
}
