//! Checks that need nothing but the source: does everything that is referred to exist?

use std::collections::HashMap;
use std::sync::Arc;

use plumb_address::{Mode, Resource};
use plumb_diagnostics::{Diagnostic, Diagnostics, did_you_mean};
use plumb_expression::{Expression, Reference, Subject};
use plumb_syntax::ast::{Expr, ExprKind, Step, TemplatePart};

use crate::body::{Body, DynamicBlock, NestedBlock};
use crate::config::{
    CheckRule, Config, Import, ImportProvider, ImportTarget, Module, Repetition, ResourceBlock,
};
use crate::walk::walk;
use crate::{deprecated, reader};

/// How many names are guessed at: more helps nobody, and each guess costs a look at all names.
const GUESSES_MAX: usize = 100;

pub(crate) fn check_references(config: &Config, diagnostics: &mut Diagnostics) {
    for module in &config.modules {
        let scoped = module
            .checks
            .values()
            .filter_map(|check| Some((check.data.clone()?, check.name.clone())))
            .collect();
        Checker { config, module, scoped, within: None, guesses: 0, diagnostics }.check();
    }
}

/// Checks what an expression refers to that stands in no file, such as one that somebody typed.
pub fn check_expression(config: &Config, module: &Module, expression: &Expression) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    let scoped = HashMap::new();
    Checker { config, module, scoped, within: None, guesses: 0, diagnostics: &mut diagnostics }
        .expression(expression);
    diagnostics
}

struct Checker<'a> {
    config: &'a Config,
    module: &'a Module,
    /// Data sources that only one check may refer to, with its name.
    scoped: HashMap<Resource, Arc<str>>,
    /// The check that is looked at.
    within: Option<Arc<str>>,
    guesses: usize,
    diagnostics: &'a mut Diagnostics,
}

impl Checker<'_> {
    fn check(&mut self) {
        let module = self.module;
        for variable in module.variables.values() {
            self.rules(&variable.validations);
        }
        for local in module.locals.values() {
            self.expression(&local.value);
            reader::check_name(&local.name, local.span, "local value", self.diagnostics);
        }
        for output in module.outputs.values() {
            self.expression(&output.value);
            self.references(&output.depends_on);
            self.rules(&output.preconditions);
        }
        for block in module.resources.values() {
            self.within = self.scoped.get(&block.resource).cloned();
            self.resource_block(block);
            self.within = None;
        }
        for block in module.providers.values() {
            self.body(&block.body);
        }
        for call in module.calls.values() {
            self.repetition(&call.repetition);
            self.references(&call.depends_on);
            for key in call.providers.iter().filter_map(|passed| passed.key.as_ref()) {
                self.expression(key);
            }
            for argument in call.arguments.values() {
                self.expression(&argument.value);
            }
            self.arguments(call);
        }
        for check in module.checks.values() {
            self.within = Some(check.name.clone());
            self.rules(&check.asserts);
            self.within = None;
        }
        for import in &module.imports {
            self.import(import);
        }
        for removed in &module.removed {
            removed.provisioners.iter().for_each(|provisioner| self.body(&provisioner.body));
            removed.connection.iter().for_each(|connection| self.body(connection));
        }
        for body in module.settings.provider_meta.values() {
            self.body(body);
        }
    }

    fn resource_block(&mut self, block: &ResourceBlock) {
        self.repetition(&block.repetition);
        block.provider_key.iter().for_each(|key| self.expression(key));
        self.body(&block.body);
        self.references(&block.depends_on);
        self.rules(&block.lifecycle.preconditions);
        self.rules(&block.lifecycle.postconditions);
        for trigger in &block.lifecycle.replace_triggered_by {
            self.expression(trigger);
        }
        if let Some(prevent) = &block.lifecycle.prevent_destroy {
            self.expression(&prevent.value);
        }
        let connections = block.provisioners.iter().filter_map(|provisioner| provisioner.connection.as_ref());
        for body in block
            .provisioners
            .iter()
            .map(|provisioner| &provisioner.body)
            .chain(connections)
            .chain(&block.connection)
        {
            self.body(body);
        }
    }

    fn import(&mut self, import: &Import) {
        self.expression(import.by.expression());
        if let Some(for_each) = &import.for_each {
            self.expression(for_each);
        }
        let target = match &import.to {
            ImportTarget::Static(address, _) => address.config(),
            ImportTarget::Keyed(address, key, _) => {
                self.expression(key);
                address.config()
            }
        };
        let block =
            self.config.find(&target.module).and_then(|module| module.resources.get(&target.resource));
        if let Some(key) = import.provider.as_ref().and_then(|provider| provider.key.as_ref()) {
            self.expression(key);
        }
        if let (Some(ImportProvider { name, alias, span, .. }), Some(block)) = (&import.provider, block)
            && !(target.module.is_root() && is_that_of(block, name, alias.as_ref()))
        {
            self.diagnostics.push(
                Diagnostic::error(
                    "Invalid import provider argument",
                    format!(
                        "The provider argument of an import block is for resources that have no block yet, and {target} has \
                         one: it is imported with the provider configuration of that block. Remove the argument."
                    ),
                )
                .at(*span),
            );
        }
    }

    /// A guess at what was meant.
    fn guess<'n>(&mut self, name: &str, known: impl IntoIterator<Item = &'n str>) -> String {
        self.guesses += 1;
        if self.guesses > GUESSES_MAX { String::new() } else { did_you_mean(name, known) }
    }

    /// Arguments of a call must be variables of its module.
    fn arguments(&mut self, call: &crate::config::ModuleCall) {
        let Some(child) = call.module.map(|id| self.config.module(id)) else { return };
        for (name, argument) in call.arguments.iter() {
            if child.variables.contains_key(name) {
                continue;
            }
            let hint = self.guess(name, child.variables.keys().map(|name| &**name));
            self.diagnostics.push(
                Diagnostic::error(
                    "Unsupported argument",
                    format!(
                        "An argument named \"{name}\" is not expected here: the module in {} declares no such variable.{hint}",
                        child.directory.display()
                    ),
                )
                .at(argument.name_span),
            );
        }
        for variable in child.variables.values() {
            self.diagnostics.extend(deprecated::set_by_caller(self.config, child, variable, call));
            if variable.default.is_none() && !call.arguments.contains_key(&variable.name) {
                self.diagnostics.push(
                    Diagnostic::error(
                        "Missing required argument",
                        format!(
                            "The argument \"{}\" is required, but no definition was found.",
                            variable.name
                        ),
                    )
                    .at(call.span),
                );
            }
        }
    }

    fn repetition(&mut self, repetition: &Repetition) {
        if let Some(expression) = repetition.expression() {
            self.expression(expression);
        }
    }

    fn rules(&mut self, rules: &[CheckRule]) {
        for rule in rules {
            self.expression(&rule.condition);
            self.expression(&rule.error_message);
        }
    }

    fn body(&mut self, body: &Body) {
        let attributes = body.attributes.values().map(|attribute| &attribute.value);
        attributes.chain(body.undecided()).for_each(|expression| self.expression(expression));
        for block in &body.blocks {
            match block {
                NestedBlock::Static(block) => self.body(&block.body),
                NestedBlock::Dynamic(block) => {
                    self.expression(&block.for_each);
                    self.content(block);
                }
            }
        }
    }

    /// What is wrong with the content of a dynamic block is left to whoever makes one of it.
    fn content(&mut self, block: &DynamicBlock) {
        let others = std::mem::take(self.diagnostics);
        block.labels.iter().for_each(|label| self.expression(label));
        self.body(&block.content);
        let found = std::mem::replace(self.diagnostics, others);
        let (errors, warnings): (Vec<_>, Vec<_>) = found.into_iter().partition(Diagnostic::is_error);
        self.diagnostics.extend(warnings);
        // Whoever checks a second time finds the same.
        let _ = block.problems.set(errors.into_iter().collect());
    }

    fn expression(&mut self, expression: &Expression) {
        self.diagnostics.append(expression.problems().clone());
        let references = expression.all_references();
        let mut declared: Vec<&ResourceBlock> = Vec::new();
        for reference in references {
            self.reference(reference);
            if let Subject::Resource(resource, _) = &reference.subject
                && let Some(block) = self.module.resources.get(resource)
            {
                declared.push(block);
            }
        }
        self.diagnostics.append(deprecated::referred_to(self.config, self.module, expression));
        if !declared.is_empty() {
            self.instance_keys(expression.syntax(), &declared);
        }
    }

    /// Where the source goes on behind the name of a resource, there must be a key exactly if the
    /// resource has several instances.
    fn instance_keys(&mut self, syntax: &Expr, declared: &[&ResourceBlock]) {
        let mut found = Vec::new();
        walk(syntax, &mut |expression, is_bound| {
            let ExprKind::Traverse { base, steps } = &expression.kind else { return };
            let ExprKind::Variable(first) = &base.kind else { return };
            if is_bound(&first.text) {
                return;
            }
            let block = declared
                .iter()
                .find_map(|block| Some((*block, steps.get(named(&block.resource, &first.text, steps)?..)?)));
            if let Some((block, [next, ..])) = block {
                found.extend(key_problem(block, next));
            }
        });
        // The walk has no order of its own.
        found.sort_by_key(|diagnostic| diagnostic.subject);
        self.diagnostics.extend(found);
    }

    fn references(&mut self, references: &[Reference]) {
        for reference in references {
            self.reference(reference);
        }
    }

    fn reference(&mut self, reference: &Reference) {
        match &reference.subject {
            Subject::Variable(name) => self.variable(name, reference),
            Subject::Local(name) => self.local(name, reference),
            Subject::Resource(resource, _) => self.resource(resource, reference),
            Subject::Module(call, _, _) => self.call(call, reference),
            Subject::EachKey
            | Subject::EachValue
            | Subject::CountIndex
            | Subject::SelfObject
            | Subject::Path(_)
            | Subject::Workspace
            | Subject::Applying => {}
        }
    }

    fn place(&self) -> String {
        if self.module.path.is_root() { "the root module".to_owned() } else { self.module.path.to_string() }
    }

    fn variable(&mut self, name: &Arc<str>, reference: &Reference) {
        if self.module.variables.contains_key(name) {
            return;
        }
        let module = self.module;
        let hint = match self.guess(name, module.variables.keys().map(|name| &**name)) {
            hint if hint.is_empty() => {
                format!(" This variable can be declared with a variable \"{name}\" {{}} block.")
            }
            hint => hint,
        };
        self.diagnostics.push(
            Diagnostic::error(
                "Reference to undeclared input variable",
                format!("An input variable with the name \"{name}\" has not been declared.{hint}"),
            )
            .at(reference.span),
        );
    }

    fn local(&mut self, name: &Arc<str>, reference: &Reference) {
        if self.module.locals.contains_key(name) {
            return;
        }
        let module = self.module;
        let hint = self.guess(name, module.locals.keys().map(|name| &**name));
        self.diagnostics.push(
            Diagnostic::error(
                "Reference to undeclared local value",
                format!("A local value with the name \"{name}\" has not been declared.{hint}"),
            )
            .at(reference.span),
        );
    }

    fn resource(&mut self, resource: &Resource, reference: &Reference) {
        if self.module.resources.contains_key(resource) {
            if let Some(check) = self.scoped.get(resource).filter(|check| self.within.as_ref() != Some(check))
            {
                self.diagnostics.push(
                    Diagnostic::error(
                        "Reference to scoped resource",
                        format!(
                            "The referenced data resource \"{}\" \"{}\" is not available from this context: only the check \
                             block \"{check}\" around it can refer to it.",
                            resource.kind, resource.name
                        ),
                    )
                    .at(reference.span),
                );
            }
            return;
        }
        let what = match resource.mode {
            Mode::Managed => "managed resource",
            Mode::Data => "data resource",
            Mode::Ephemeral => "ephemeral resource",
        };
        let other = match resource.mode {
            Mode::Managed => Resource { mode: Mode::Data, ..resource.clone() },
            Mode::Data | Mode::Ephemeral => Resource { mode: Mode::Managed, ..resource.clone() },
        };
        let hint = if self.module.resources.contains_key(&other) {
            format!(" Did you mean {other}?")
        } else {
            self.guess_resource(resource)
        };
        self.diagnostics.push(
            Diagnostic::error(
                "Reference to undeclared resource",
                format!(
                    "A {what} \"{}\" \"{}\" has not been declared in {}.{hint}",
                    resource.kind,
                    resource.name,
                    self.place()
                ),
            )
            .at(reference.span),
        );
    }

    fn guess_resource(&mut self, resource: &Resource) -> String {
        if self.guesses >= GUESSES_MAX {
            return String::new();
        }
        // What is read and what is managed are never meant for each other by a slip of the finger.
        let names = self.module.resources.keys().filter(|known| known.mode == resource.mode);
        let names: Vec<String> = names.map(ToString::to_string).collect();
        self.guess(&resource.to_string(), names.iter().map(String::as_str))
    }

    /// Which outputs there are is for whoever makes use of them: an expression may ask whether there is one.
    fn call(&mut self, name: &Arc<str>, reference: &Reference) {
        if !self.module.calls.contains_key(name) {
            let module = self.module;
            let hint = self.guess(name, module.calls.keys().map(|name| &**name));
            self.diagnostics.push(
                Diagnostic::error(
                    "Reference to undeclared module",
                    format!("No module call named \"{name}\" is declared in {}.{hint}", self.place()),
                )
                .at(reference.span),
            );
        }
    }
}

/// How many steps behind its first name a traversal takes to name a resource.
pub(crate) fn named(resource: &Resource, first: &str, steps: &[Step]) -> Option<usize> {
    let attribute = |at: usize, name: &str| matches!(steps.get(at), Some(Step::Attribute { name: step, .. }) if &*step.text == name);
    let prefix = match resource.mode {
        Mode::Managed => "resource",
        Mode::Data => "data",
        Mode::Ephemeral => "ephemeral",
    };
    if first == prefix {
        return (attribute(0, &resource.kind) && attribute(1, &resource.name)).then_some(2);
    }
    let is_short = resource.mode == Mode::Managed && *first == *resource.kind && attribute(0, &resource.name);
    is_short.then_some(1)
}

/// Whether a provider configuration is the one that a block names.
fn is_that_of(block: &ResourceBlock, name: &str, alias: Option<&Arc<str>>) -> bool {
    block.provider.as_ref().is_some_and(|(own, own_alias, _)| **own == *name && own_alias.as_ref() == alias)
}

fn is_literal(key: &Expr) -> bool {
    match &key.kind {
        ExprKind::Number(_) => true,
        ExprKind::Template(parts) => parts.iter().all(|part| matches!(part, TemplatePart::Literal { .. })),
        _ => false,
    }
}

fn key_problem(block: &ResourceBlock, next: &Step) -> Option<Diagnostic> {
    let resource = &block.resource;
    let is_literal = match next {
        Step::Index { key, .. } => is_literal(key),
        Step::LegacyIndex { .. } => true,
        _ => false,
    };
    let (summary, detail) = match (&block.repetition, next) {
        // What is worked out may be the name of an attribute.
        (Repetition::Single | Repetition::Enabled(_), _) if is_literal => (
            "Unexpected resource instance key",
            format!(
                "Because {resource} does not have \"count\" or \"for_each\" set, references to it must not include an index \
                 key. Remove the bracketed index to refer to the single instance of this resource."
            ),
        ),
        (Repetition::Count(_), Step::Attribute { .. }) => (
            "Missing resource instance key",
            format!(
                "Because {resource} has \"count\" set, its attributes must be accessed on specific instances.\n\nFor example, \
                 to correlate with indices of a referring resource, use:\n    {resource}[count.index]"
            ),
        ),
        (Repetition::ForEach(_), Step::Attribute { .. }) => (
            "Missing resource instance key",
            format!(
                "Because {resource} has \"for_each\" set, its attributes must be accessed on specific instances.\n\nFor \
                 example, to correlate with indices of a referring resource, use:\n    {resource}[each.key]"
            ),
        ),
        _ => return None,
    };
    Some(Diagnostic::error(summary, detail).at(next.span()))
}
