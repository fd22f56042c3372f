//! Which provider configuration each resource belongs to.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumb_address::{ConfigModule, ProviderAddress, ProviderConfigAddress, Resource};
use plumb_diagnostics::{Diagnostic, Diagnostics};

use crate::calls::shown;
use crate::config::{Config, Module, ModuleId, ProviderBlock, ProviderInstance, ResourceBlock};

impl Module {
    /// The provider that a local name means in this module.
    pub fn provider_address(&self, name: &str) -> ProviderAddress {
        match self.settings.required_providers.get(name) {
            Some(required) => required.address.clone(),
            None => ProviderAddress::implied(name),
        }
    }

    /// Whether callers have to pass in a configuration of that name and alias.
    pub(crate) fn declares_alias(&self, (name, alias): &(Arc<str>, Option<Arc<str>>)) -> bool {
        let Some(alias) = alias else { return false };
        let required = self.settings.required_providers.get(name);
        required.is_some_and(|required| {
            required.configuration_aliases.iter().any(|(other, known)| other == name && known == alias)
        })
    }

    /// The local name for a provider in this module, if it has one.
    fn local_name(&self, address: &ProviderAddress) -> Option<Arc<str>> {
        let mut required = self.settings.required_providers.iter();
        let declared = required.find(|(_, required)| required.address == *address);
        let name = declared.map_or(&address.kind, |(name, _)| name);
        (self.provider_address(name) == *address).then(|| name.clone())
    }
}

/// Name and alias of a provider configuration within a module.
type LocalKey = (Arc<str>, Option<Arc<str>>);

/// Why a provider configuration cannot be found.
enum Missing {
    /// The module where it is asked for has none of that name.
    Here,
    /// It is declared to come from a caller, who does not pass it or passes one that there is not:
    /// that is reported at the call.
    AtCall,
}

impl Config {
    /// The configuration that a local name and alias mean in a module; `None` where nobody passes
    /// one in.
    pub fn provider_config(
        &self,
        module: ModuleId,
        name: &Arc<str>,
        alias: Option<&Arc<str>>,
    ) -> Option<ProviderConfigAddress> {
        self.find_provider_config(module, (name.clone(), alias.cloned())).ok().map(|(address, _)| address)
    }

    /// The block of a provider configuration or of an instance of it, where there is one.
    pub fn provider_block(&self, address: &ProviderConfigAddress) -> Option<&ProviderBlock> {
        let whole = address.whole();
        self.find(&address.module)?.providers.values().find(|block| block.address == whole)
    }

    /// Whether there is such a provider configuration or instance of one: those of the root module that
    /// have no alias need no block.
    pub fn has_provider_instance(&self, address: &ProviderConfigAddress) -> bool {
        match self.provider_block(address) {
            Some(block) => block.has_instance(address.key.as_ref()),
            None => address.module.is_root() && address.alias.is_none(),
        }
    }

    /// Finds a configuration and, where a call names an instance of it, what names it.
    fn find_provider_config(
        &self,
        start: ModuleId,
        key: LocalKey,
    ) -> Result<(ProviderConfigAddress, Option<ProviderInstance>), Missing> {
        let mut id = start;
        let mut key = key;
        let mut instance = None;
        loop {
            let missing = || if id == start { Missing::Here } else { Missing::AtCall };
            let module = self.module(id);
            let provider = module.provider_address(&key.0);
            let Some((parent, call)) = &module.parent else {
                let known = key.1.is_none() || module.providers.contains_key(&key);
                return if known {
                    Ok((ProviderConfigAddress::new(ConfigModule::root(), provider, key.1.clone()), instance))
                } else {
                    Err(missing())
                };
            };
            let passed = self
                .module(*parent)
                .calls
                .get(call)
                .and_then(|call| call.providers.iter().find(|passed| passed.inside == key));
            if let Some(passed) = passed {
                key = passed.outside.clone();
                if let Some(expression) = &passed.key {
                    instance = Some(ProviderInstance::OfModule(id, expression.clone()));
                }
            } else if module.providers.contains_key(&key) {
                let address = ProviderConfigAddress::new(module.path.clone(), provider, key.1.clone());
                return Ok((address, instance));
            } else if module.declares_alias(&key) {
                return Err(Missing::AtCall);
            } else if key.1.is_some() {
                return Err(missing());
            } else if let Some((above, name)) = self.named_above(*parent, &provider) {
                // Default configurations are inherited by provider, whatever name it has there.
                (id, key) = (above, (name, None));
                continue;
            } else {
                return Ok((ProviderConfigAddress::new(ConfigModule::root(), provider, None), instance));
            }
            id = *parent;
        }
    }

    /// The nearest module, from a certain one upwards, that has a name for the provider. Callers need not
    /// know of what their modules want.
    fn named_above(&self, start: ModuleId, provider: &ProviderAddress) -> Option<(ModuleId, Arc<str>)> {
        let mut next = Some(start);
        while let Some(id) = next {
            let module = self.module(id);
            if let Some(name) = module.local_name(provider) {
                return Some((id, name));
            }
            next = module.parent.as_ref().map(|(parent, _)| *parent);
        }
        None
    }

    /// Every provider that the configuration needs, with its version constraints and their places.
    pub fn required_providers(&self) -> BTreeMap<ProviderAddress, Vec<(Arc<str>, plumb_source::Span)>> {
        let mut required: BTreeMap<ProviderAddress, Vec<(Arc<str>, plumb_source::Span)>> = BTreeMap::new();
        for module in &self.modules {
            for entry in module.settings.required_providers.values() {
                required.entry(entry.address.clone()).or_default().extend(entry.versions.iter().cloned());
            }
            for block in module.providers.values() {
                let versions = required.entry(module.provider_address(&block.name)).or_default();
                versions.extend(block.version.clone());
            }
            for block in module.resources.values() {
                required.entry(block.provider_config.provider.clone()).or_default();
            }
        }
        required
    }
}

/// Fills in the addresses of all provider configurations.
pub(crate) fn resolve(config: &mut Config, diagnostics: &mut Diagnostics) {
    crate::passing::check(config, diagnostics);
    for at in 0..config.modules.len() {
        let module = &config.modules[at];
        let mut addresses = Vec::new();
        for (key, block) in &module.providers {
            addresses.push((
                key.clone(),
                ProviderConfigAddress::new(
                    module.path.clone(),
                    module.provider_address(&block.name),
                    block.alias.clone(),
                ),
            ));
        }
        for (key, address) in addresses {
            if let Some(block) = config.modules[at].providers.get_mut(&key) {
                block.address = address;
            }
        }
    }
    for at in 0..config.modules.len() {
        let id = ModuleId(at as u32);
        let resolved: Vec<(Resource, (ProviderConfigAddress, Option<ProviderInstance>))> = config
            .module(id)
            .resources
            .values()
            .map(|block| (block.resource.clone(), of_resource(config, id, block, diagnostics)))
            .collect();
        for (resource, (address, instance)) in resolved {
            if let Some(block) = config.modules[at].resources.get_mut(&resource) {
                block.provider_config = address;
                block.provider_instance = instance;
            }
        }
    }
}

fn of_resource(
    config: &Config,
    id: ModuleId,
    block: &ResourceBlock,
    diagnostics: &mut Diagnostics,
) -> (ProviderConfigAddress, Option<ProviderInstance>) {
    let module = config.module(id);
    let (name, alias, span) = match &block.provider {
        Some((name, alias, span)) => (name.clone(), alias.clone(), *span),
        None => (Arc::from(block.resource.implied_provider()), None, block.header),
    };
    let missing = match config.find_provider_config(id, (name.clone(), alias.clone())) {
        Ok((address, instance)) => {
            let own = block.provider_key.clone().map(ProviderInstance::OfResource);
            return (address, own.or(instance));
        }
        Err(missing) => missing,
    };
    let unresolved =
        ProviderConfigAddress::new(module.path.clone(), module.provider_address(&name), alias.clone());
    if matches!(missing, Missing::AtCall) {
        return (unresolved, None);
    }
    let shown = shown(&(name.clone(), alias.clone()));
    let advice = if module.path.is_root() {
        format!(
            "Add a provider \"{name}\" block with alias = \"{}\", or name another configuration.",
            alias.as_deref().unwrap_or_default()
        )
    } else {
        format!(
            "The module declares or uses {shown} but its caller passes no such configuration: add {shown} = ... to the \
             providers argument of the module block."
        )
    };
    diagnostics.push(
        Diagnostic::error(
            "Provider configuration not present",
            format!(
                "{} needs the provider configuration {shown}, which does not exist here. {advice}",
                block.resource
            ),
        )
        .at(span),
    );
    (unresolved, None)
}
