//! Which providers a configuration and its state need, and which version of the program.

use std::collections::BTreeSet;

use plumb_address::ProviderAddress;
use plumb_configuration::{Config, Module};
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_registry::{Constraints, Requirements, Version};

use crate::version::{PLUMB_VERSION, TERRAFORM_VERSION};

/// What a configuration and recorded objects need, with the constraints of all modules taken together.
pub(crate) fn requirements<'a>(
    config: &Config,
    recorded: impl IntoIterator<Item = &'a ProviderAddress>,
) -> (Requirements, Diagnostics) {
    let mut needed = Requirements::new();
    let mut diagnostics = Diagnostics::new();
    for module in &config.modules {
        for (provider, constraints) in diagnostics.take(required_by(module)) {
            needed.entry(provider).or_default().extend(&constraints);
        }
    }
    for provider in recorded {
        needed.entry(provider.clone()).or_default();
    }
    (needed, diagnostics)
}

/// What one module needs.
pub(crate) fn required_by(module: &Module) -> (Requirements, Diagnostics) {
    let mut needed = Requirements::new();
    let mut diagnostics = Diagnostics::new();
    for required in module.settings.required_providers.values() {
        let constraints = needed.entry(required.address.clone()).or_default();
        for (text, span) in &required.versions {
            match Constraints::parse_for_provider(text) {
                Ok(more) => constraints.extend(&more),
                Err(error) => diagnostics.push(not_a_constraint(text, &error).at(*span)),
            }
        }
    }
    for block in module.providers.values() {
        let constraints = needed.entry(block.address.provider.clone()).or_default();
        if let Some((text, span)) = &block.version {
            match Constraints::parse_for_provider(text) {
                Ok(more) => constraints.extend(&more),
                Err(error) => diagnostics.push(not_a_constraint(text, &error).at(*span)),
            }
        }
    }
    let of_resources = module.resources.values().map(|block| &block.provider_config.provider);
    for provider in of_resources.cloned().collect::<BTreeSet<ProviderAddress>>() {
        needed.entry(provider).or_default();
    }
    // What is imported may have no block yet.
    for import in &module.imports {
        let name = import.provider.as_ref().map(|provider| provider.name.to_string());
        let resource = import.to.resource().resource;
        let name = name.unwrap_or_else(|| resource.implied_provider().to_owned());
        if !module.resources.contains_key(&resource) {
            needed.entry(module.provider_address(&name)).or_default();
        }
    }
    (needed, diagnostics)
}

/// Whether every module allows the version that is claimed.
pub(super) fn check_required_versions(config: &Config) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    let Ok(version) = TERRAFORM_VERSION.parse::<Version>() else { return diagnostics };
    for module in &config.modules {
        for (text, span) in &module.settings.required_versions {
            match Constraints::parse(text) {
                Ok(constraints) if constraints.allows_by_term(&version) => {}
                Ok(_) => diagnostics.push(
                    Diagnostic::error(
                        "Unsupported Terraform Core version",
                        format!(
                            "This configuration does not support Terraform version {TERRAFORM_VERSION}, which Plumb \
                             v{PLUMB_VERSION} is compatible with. To proceed, either choose another supported version \
                             or update this version constraint. Version constraints are normally set for good reason, \
                             so updating the constraint may lead to other errors or unexpected behavior."
                        ),
                    )
                    .at(*span),
                ),
                Err(error) => diagnostics.push(not_a_constraint(text, &error).at(*span)),
            }
        }
    }
    diagnostics
}

/// What is written as a version and is none, of whatever is loaded.
pub(super) fn check_constraints(config: &Config) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    for module in &config.modules {
        diagnostics.append(required_by(module).1);
        for (text, span) in module.calls.values().filter_map(|call| call.version.as_ref()) {
            if let Err(error) = Constraints::parse(text) {
                diagnostics.push(not_a_constraint(text, &error).at(*span));
            }
        }
    }
    diagnostics
}

fn not_a_constraint(text: &str, error: &impl std::fmt::Display) -> Diagnostic {
    Diagnostic::error("Invalid version constraint", format!("{text:?} is no version constraint: {error}."))
}
