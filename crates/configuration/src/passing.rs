//! Whether provider configurations are handed from module to module as both sides say.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_source::Span;

use crate::calls::shown;
use crate::config::{Config, Module, ModuleCall, PassedProvider, ProviderBlock, Repetition};

pub(crate) fn check(config: &Config, diagnostics: &mut Diagnostics) {
    for module in &config.modules {
        // Modules that tests run get their providers from the tests.
        for call in module.calls.values().filter(|call| !crate::suite::is_call_of_run(call)) {
            let Some(child) = call.module.map(|id| config.module(id)) else { continue };
            Call { module, call, child, diagnostics }.check();
        }
        if module.parent.is_some() {
            own_blocks(config, module, diagnostics);
        }
        for block in module.resources.values() {
            let Some((name, alias, span)) = &block.provider else { continue };
            let named = (name.clone(), alias.clone());
            let key = block.provider_key.as_ref().map(|key| key.span());
            diagnostics.extend(wrong_key(module, "resource", &named, key, *span));
            if let (Repetition::ForEach(own), Some(of_provider)) =
                (&block.repetition, module.providers.get(&named).and_then(|block| block.for_each.as_ref()))
            {
                diagnostics.extend(same_keys("resource", &block.resource.to_string(), own, of_provider));
            }
        }
    }
}

/// What is wrong with the key of an instance of a provider configuration, or with there being none.
fn wrong_key(
    module: &Module,
    kind: &str,
    named: &(Arc<str>, Option<Arc<str>>),
    key: Option<Span>,
    span: Span,
) -> Option<Diagnostic> {
    let block = module.providers.get(named);
    let has_several = block.is_some_and(|block| block.for_each.is_some());
    let shown = shown(named);
    let (detail, at) = match key {
        None if has_several => (
            format!(
                "The provider configuration {shown} has several instances, so it takes a key to name one: {shown}[each.key]. \
                 All of them at once cannot be handed to a module."
            ),
            span,
        ),
        Some(key) if !has_several && block.is_some() => (
            format!(
                "The provider configuration {shown} has no for_each, so there is one instance, which has no key."
            ),
            key,
        ),
        Some(_) if !has_several => (
            format!(
                "This module has no provider \"{}\" block with alias = \"{}\" and for_each, whose instances alone have \
                 keys. What a caller passes is one instance, and is named without a key.",
                named.0,
                named.1.as_deref().unwrap_or_default()
            ),
            span,
        ),
        _ => return None,
    };
    Some(Diagnostic::error(format!("Invalid {kind} provider configuration"), detail).at(at))
}

/// Warns where what needs the instances of a provider configuration is there exactly as long as they are:
/// whoever takes one away takes away at once what is to destroy its objects.
fn same_keys(
    kind: &str,
    name: &str,
    own: &plumb_expression::Expression,
    of_provider: &plumb_expression::Expression,
) -> Option<Diagnostic> {
    let names = crate::reader::dotted_names(own.syntax())?;
    if names.len() < 2 || crate::reader::dotted_names(of_provider.syntax())? != names {
        return None;
    }
    let detail = format!(
        "{name} is there for each element of {0}, and so are the instances of its provider configuration. An instance of a \
         provider is needed to destroy what was made with it, so an element that is taken out of {0} leaves objects behind \
         that nobody can destroy, and plans fail. Let the provider's for_each keep elements that the {kind}'s has no longer, \
         or destroy objects with -target before an element goes.",
        names.join(".")
    );
    let warning = Diagnostic::warning(format!("Provider configuration for_each matches {kind}"), detail);
    Some(warning.at(of_provider.span()).note(own.span(), format!("the {kind}")))
}

/// Whether a block only says that there is such a configuration.
fn is_empty(block: &ProviderBlock) -> bool {
    block.body.attributes.is_empty() && block.body.blocks.is_empty() && block.for_each.is_none()
}

/// Provider blocks in a module that is called from another one.
fn own_blocks(config: &Config, module: &Module, diagnostics: &mut Diagnostics) {
    let mut empty: BTreeMap<&str, Vec<&ProviderBlock>> = BTreeMap::new();
    for block in module.providers.values().filter(|block| is_empty(block)) {
        empty.entry(&block.name).or_default().push(block);
    }
    for (name, blocks) in empty {
        let Some(first) = blocks.iter().min_by_key(|block| block.span) else { continue };
        let aliases: Vec<String> = blocks
            .iter()
            .filter_map(|block| block.alias.as_ref().map(|alias| format!("{name}.{alias}")))
            .collect();
        diagnostics.push(
            Diagnostic::warning(
                "Redundant empty provider block",
                format!(
                    "Before Terraform 0.13 empty provider blocks said that callers should pass configurations. They are no \
                     longer needed: remove them, and name \"{name}\" in the required_providers block{}.",
                    if aliases.is_empty() {
                        String::new()
                    } else {
                        format!(" with configuration_aliases = [{}]", aliases.join(", "))
                    }
                ),
            )
            .at(first.span),
        );
    }
    if module.providers.values().all(is_empty) {
        return;
    }
    // A configuration of its own would have to outlive each instance of the module.
    let mut at = module.parent.as_ref();
    while let Some((parent, name)) = at {
        let parent = config.module(*parent);
        if let Some(call) = parent.calls.get(name)
            && let Some(span) = repeats_or_waits(call)
        {
            diagnostics.push(
                Diagnostic::error(
                    "Module is incompatible with count, for_each, and depends_on",
                    format!(
                        "The module at {} contains its own local provider configurations, and so calls to it may not use \
                         the count, for_each, or depends_on arguments. Configure the provider in the caller and pass it \
                         with the providers argument.",
                        module.path
                    ),
                )
                .at(span),
            );
        }
        at = parent.parent.as_ref();
    }
}

fn repeats_or_waits(call: &ModuleCall) -> Option<Span> {
    match call.repetition.expression() {
        Some(expression) => Some(expression.span()),
        None => call.depends_on.first().map(|reference| reference.span),
    }
}

struct Call<'a> {
    module: &'a Module,
    call: &'a ModuleCall,
    child: &'a Module,
    diagnostics: &'a mut Diagnostics,
}

impl Call<'_> {
    fn check(&mut self) {
        for passed in &self.call.providers {
            self.inside(passed);
            self.outside(passed);
            self.key(passed);
        }
        self.required();
    }

    /// Does the called module know what is passed?
    fn inside(&mut self, passed: &PassedProvider) {
        let PassedProvider { inside, outside, span, .. } = passed;
        let (name, alias) = inside;
        let expected = self.child.provider_address(name);
        let given = self.module.provider_address(&outside.0);
        let block = self.child.providers.get(inside);
        if block.is_some_and(|block| !is_empty(block)) {
            self.report(
                "Cannot override provider configuration",
                format!(
                    "The configuration of {} has its own local configuration for {}, and so it cannot accept one from its \
                     caller. Remove one of the two.",
                    self.child.path,
                    shown(inside)
                ),
                *span,
            );
            return;
        }
        let is_required = self.child.settings.required_providers.contains_key(name);
        let is_known =
            block.is_some() || self.child.declares_alias(inside) || (is_required && alias.is_none());
        if !is_known && (!is_required || expected.is_default()) {
            self.diagnostics.push(
                Diagnostic::warning(
                    "Reference to undefined provider",
                    format!(
                        "There is no explicit declaration for local provider name \"{}\" in {}, so it is assumed that a \
                         configuration for \"{}\" is meant. If you also control the child module, {}.",
                        shown(inside),
                        self.child.path,
                        expected.for_display(),
                        declaration(inside)
                    ),
                )
                .at(*span),
            );
        } else if !is_known {
            self.report(
                "Reference to undefined provider",
                format!(
                    "The child module does not declare any provider requirement with the local name \"{}\". If you also \
                     control the child module, {}.",
                    shown(inside),
                    declaration(inside)
                ),
                *span,
            );
        }
        if expected != given {
            self.report(
                "Provider type mismatch",
                format!(
                    "The local name \"{}\" in {} represents provider \"{}\", but \"{name}\" in {} represents \"{}\". Pass a \
                     configuration of the provider that is wanted, or correct the source addresses.",
                    outside.0,
                    if self.module.path.is_root() { "the root module".to_owned() } else { self.module.path.to_string() },
                    given.for_display(),
                    self.child.path,
                    expected.for_display()
                ),
                *span,
            );
        }
    }

    /// Is one instance passed?
    fn key(&mut self, passed: &PassedProvider) {
        let PassedProvider { outside, key, span, .. } = passed;
        let key = key.as_ref().map(|key| key.span());
        self.diagnostics.extend(wrong_key(self.module, "module", outside, key, *span));
        let block = self.module.providers.get(outside);
        if let (Repetition::ForEach(own), Some(of_provider)) =
            (&self.call.repetition, block.and_then(|block| block.for_each.as_ref()))
        {
            let name = format!("module.{}", self.call.name);
            self.diagnostics.extend(same_keys("module", &name, own, of_provider));
        }
    }

    /// Is there what is passed?
    fn outside(&mut self, passed: &PassedProvider) {
        let outside = &passed.outside;
        let exists = outside.1.is_none()
            || self.module.providers.contains_key(outside)
            || (self.module.parent.is_some() && self.module.declares_alias(outside));
        if !exists {
            let advice = match &outside.1 {
                Some(alias) => format!(" Add a provider \"{}\" block with alias = \"{alias}\".", outside.0),
                None => String::new(),
            };
            self.report(
                "Provider configuration not present",
                format!(
                    "There is no provider configuration {} to pass to {}.{advice}",
                    shown(outside),
                    self.child.path
                ),
                passed.span,
            );
        }
    }

    /// Is everything passed that the called module wants?
    fn required(&mut self) {
        let passed: HashSet<&(Arc<str>, Option<Arc<str>>)> =
            self.call.providers.iter().map(|passed| &passed.inside).collect();
        let mut missing = Vec::new();
        for required in self.child.settings.required_providers.values() {
            for (name, alias) in &required.configuration_aliases {
                let key = (name.clone(), Some(alias.clone()));
                if !passed.contains(&key) && !self.child.providers.contains_key(&key) {
                    missing.push(shown(&key));
                }
            }
        }
        for name in missing {
            self.report(
                "Missing required provider configuration",
                format!(
                    "The child module requires an additional configuration {name}. Add {name} = ... to the providers \
                     argument of this block."
                ),
                self.call.span,
            );
        }
    }

    fn report(&mut self, summary: &str, detail: String, span: Span) {
        self.diagnostics.push(Diagnostic::error(summary, detail).at(span));
    }
}

/// What a called module is to say, so that a configuration of that name can be passed to it.
fn declaration(inside: &(Arc<str>, Option<Arc<str>>)) -> String {
    let name = &inside.0;
    match &inside.1 {
        Some(_) => format!(
            "add configuration_aliases = [{}] to its entry for \"{name}\" in required_providers",
            shown(inside)
        ),
        None => format!("add an entry named \"{name}\" to its required_providers"),
    }
}
