//! What is said to those who use variables and outputs that their modules call deprecated.
//!
//! It looks at the source alone: who mentions a thing uses it, whatever its value.

use std::collections::HashSet;
use std::sync::Arc;

use plumb_diagnostics::{Deprecation, Diagnostic, Diagnostics};
use plumb_expression::{Expression, Subject};
use plumb_syntax::ast::{Expr, ExprKind, Step};

use crate::config::{Config, Module, ModuleCall, Output, Variable};
use crate::load::is_local_source;
use crate::walk::walk;

/// A caller sets a variable.
pub(crate) fn set_by_caller(
    config: &Config,
    child: &Module,
    variable: &Variable,
    call: &ModuleCall,
) -> Option<Diagnostic> {
    let message = variable.deprecated.as_ref()?;
    let argument = call.arguments.get(&variable.name)?;
    let name = &variable.name;
    Some(
        Diagnostic::warning(
            "Variable marked as deprecated by the module author",
            format!("Variable \"{name}\" is marked as deprecated with the following message:\n{message}"),
        )
        .at(argument.value.span())
        .of_deprecated(origin(config, child)),
    )
}

/// A value for a variable of the root module came from outside.
pub(crate) fn set_from_outside(variable: &Variable) -> Option<Diagnostic> {
    let message = variable.deprecated.as_ref()?;
    let name = &variable.name;
    Some(
        Diagnostic::warning(
            "Deprecated variable used from the root module",
            format!("The root variable \"{name}\" is deprecated with the following message: {message}"),
        )
        .at(variable.span)
        .of_deprecated(Deprecation::Local),
    )
}

/// An expression of a module refers to outputs of modules that it calls.
pub(crate) fn referred_to(config: &Config, module: &Module, expression: &Expression) -> Diagnostics {
    let mut told = HashSet::new();
    let mut diagnostics = Diagnostics::new();
    for reference in expression.all_references() {
        let Subject::Module(call, _, output) = &reference.subject else { continue };
        let Some(child) = module.calls.get(call).and_then(|call| call.module) else { continue };
        let child = config.module(child);
        let outputs: Vec<&Output> = match output {
            Some(output) => child.outputs.get(output).into_iter().collect(),
            None => outputs_named(expression.syntax(), child),
        };
        for output in outputs {
            if let Some(message) = &output.deprecated
                && told.insert((call, &output.name))
            {
                diagnostics.push(
                    Diagnostic::warning(
                        "Value derived from a deprecated source",
                        format!(
                            "This value is derived from {}.{}, which is deprecated with the following message:\n\n{message}",
                            child.path, output.name
                        ),
                    )
                    .at(reference.span)
                    .of_deprecated(origin(config, child)),
                );
            }
        }
    }
    diagnostics
}

/// Where a module comes from: from elsewhere where that is so of any module around it.
fn origin(config: &Config, module: &Module) -> Deprecation {
    let mut around = config.root();
    for name in module.path.0.iter() {
        let Some(call) = around.calls.get(name) else { break };
        if !is_local_source(&call.source) {
            return Deprecation::Remote;
        }
        let Some(id) = call.module else { break };
        around = config.module(id);
    }
    Deprecation::Local
}

/// The outputs that an expression takes from a whole module or from all of its instances: those that it
/// names, or, where it names none, all of them.
fn outputs_named<'m>(syntax: &Expr, child: &'m Module) -> Vec<&'m Output> {
    if child.outputs.values().all(|output| output.deprecated.is_none()) {
        return Vec::new();
    }
    let mut names = HashSet::new();
    walk(syntax, &mut |expression, _| {
        if let ExprKind::Traverse { steps, .. } = &expression.kind {
            add_names(steps, &mut names);
        }
    });
    let named: Vec<&Output> = child.outputs.values().filter(|output| names.contains(&output.name)).collect();
    if named.is_empty() { child.outputs.values().collect() } else { named }
}

fn add_names(steps: &[Step], names: &mut HashSet<Arc<str>>) {
    for step in steps {
        match step {
            Step::Attribute { name, .. } => {
                names.insert(name.text.clone());
            }
            Step::Index { key, .. } => names.extend(crate::reader::literal_text(key)),
            Step::AttributeSplat { steps, .. } | Step::FullSplat { steps, .. } => add_names(steps, names),
            Step::LegacyIndex { .. } => {}
        }
    }
}
