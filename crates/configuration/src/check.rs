//! Checks that need nothing but the source: does everything that is referred to exist?

use std::sync::Arc;

use plumb_address::{Mode, Resource};
use plumb_diagnostics::{Diagnostic, Diagnostics, did_you_mean};
use plumb_expression::{Reference, Subject};

use crate::body::{Body, NestedBlock};
use crate::config::{CheckRule, Config, Module, Repetition};
use crate::reader;

pub(crate) fn check(config: &Config, diagnostics: &mut Diagnostics) {
    for module in &config.modules {
        Checker { config, module, diagnostics }.check();
    }
}

struct Checker<'a> {
    config: &'a Config,
    module: &'a Module,
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
        }
        for output in module.outputs.values() {
            self.expression(&output.value);
            self.references(&output.depends_on);
            self.rules(&output.preconditions);
        }
        for block in module.resources.values() {
            self.repetition(&block.repetition);
            self.body(&block.body);
            self.references(&block.depends_on);
            self.rules(&block.lifecycle.preconditions);
            self.rules(&block.lifecycle.postconditions);
            for trigger in &block.lifecycle.replace_triggered_by {
                self.expression(trigger);
            }
            for provisioner in &block.provisioners {
                self.body(&provisioner.body);
            }
        }
        for block in module.providers.values() {
            self.body(&block.body);
        }
        for call in module.calls.values() {
            self.repetition(&call.repetition);
            self.references(&call.depends_on);
            for argument in call.arguments.values() {
                self.expression(&argument.value);
            }
            self.arguments(call);
        }
        for check in module.checks.values() {
            self.rules(&check.asserts);
        }
        for import in &module.imports {
            self.expression(&import.id);
        }
        self.names();
    }

    /// Arguments of a call must be variables of its module.
    fn arguments(&mut self, call: &crate::config::ModuleCall) {
        let Some(child) = call.module.map(|id| self.config.module(id)) else { return };
        for (name, argument) in &call.arguments {
            if child.variables.contains_key(name) {
                continue;
            }
            let hint = did_you_mean(name, child.variables.keys().map(|name| &**name));
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
            if variable.default.is_none() && !call.arguments.contains_key(&variable.name) {
                self.diagnostics.push(
                    Diagnostic::error(
                        "Missing required argument",
                        format!("The argument \"{}\" is required, but no definition was found.", variable.name),
                    )
                    .at(call.span),
                );
            }
        }
    }

    /// Names that are written down without being referred to.
    fn names(&mut self) {
        for local in self.module.locals.values() {
            reader::check_name(&local.name, local.span, "local value", self.diagnostics);
        }
    }

    fn repetition(&mut self, repetition: &Repetition) {
        match repetition {
            Repetition::Single => {}
            Repetition::Count(expression) | Repetition::ForEach(expression) => self.expression(expression),
        }
    }

    fn rules(&mut self, rules: &[CheckRule]) {
        for rule in rules {
            self.expression(&rule.condition);
            self.expression(&rule.error_message);
        }
    }

    fn body(&mut self, body: &Body) {
        for attribute in body.attributes.values() {
            self.expression(&attribute.value);
        }
        for block in &body.blocks {
            match block {
                NestedBlock::Static(block) => self.body(&block.body),
                NestedBlock::Dynamic(block) => {
                    self.expression(&block.for_each);
                    for label in &block.labels {
                        self.expression(label);
                    }
                    self.body(&block.content);
                }
            }
        }
    }

    fn expression(&mut self, expression: &plumb_expression::Expression) {
        for reference in expression.all_references() {
            self.reference(reference);
        }
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
            Subject::Module(call, _, output) => self.call(call, output.as_ref(), reference),
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
        let hint = match did_you_mean(name, self.module.variables.keys().map(|name| &**name)) {
            hint if hint.is_empty() => format!(" This variable can be declared with a variable \"{name}\" {{}} block."),
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
        let hint = did_you_mean(name, self.module.locals.keys().map(|name| &**name));
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
            let names: Vec<String> = self.module.resources.keys().map(ToString::to_string).collect();
            did_you_mean(&resource.to_string(), names.iter().map(String::as_str))
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

    fn call(&mut self, name: &Arc<str>, output: Option<&Arc<str>>, reference: &Reference) {
        let Some(call) = self.module.calls.get(name) else {
            let hint = did_you_mean(name, self.module.calls.keys().map(|name| &**name));
            self.diagnostics.push(
                Diagnostic::error(
                    "Reference to undeclared module",
                    format!("No module call named \"{name}\" is declared in {}.{hint}", self.place()),
                )
                .at(reference.span),
            );
            return;
        };
        let (Some(output), Some(child)) = (output, call.module.map(|id| self.config.module(id))) else { return };
        if child.outputs.contains_key(output) {
            return;
        }
        let hint = did_you_mean(output, child.outputs.keys().map(|name| &**name));
        self.diagnostics.push(
            Diagnostic::error(
                "Unsupported attribute",
                format!(
                    "This object does not have an attribute named \"{output}\": module.{name} has no output of that \
                     name.{hint}"
                ),
            )
            .at(reference.span),
        );
    }
}
