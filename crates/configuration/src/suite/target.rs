//! What overrides, `expect_failures` and `plan_options` name.

use std::sync::Arc;

use plumb_address::{AbsResourceInstance, ConfigModule, InstanceKey, Mode, ModuleInstance, Resource, Target};
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_source::Span;
use plumb_syntax::ast::{Expr, ExprKind, Step};

use crate::config::MoveEndpoint;
use crate::moves::endpoint;
use crate::reader::{is_plain_reference, literal_text, not_a_reference, quoted_reference};

/// What an override replaces. Where the last step has no key it means all instances; on the way there a step
/// without a key is the instance that has none, as with Terraform.
#[derive(Clone, Debug, PartialEq)]
pub struct OverrideTarget {
    /// Module calls with the instance key where one is written.
    pub modules: Vec<(Arc<str>, Option<InstanceKey>)>,
    /// The resource with the instance key where one is written; without it a module is meant.
    pub resource: Option<(Resource, Option<InstanceKey>)>,
}

impl OverrideTarget {
    /// Whether an instance of a resource is meant.
    pub fn contains(&self, address: &AbsResourceInstance) -> bool {
        let Some((resource, key)) = &self.resource else { return false };
        *resource == address.resource
            && key.as_ref().is_none_or(|key| *key == address.key)
            && self.modules.len() == address.module.0.len()
            && self.modules.iter().zip(address.module.0.iter()).all(|((name, key), step)| {
                *name == step.name && key.as_ref().unwrap_or(&InstanceKey::None) == &step.key
            })
    }

    /// The module instance around it.
    pub fn around(&self) -> ModuleInstance {
        let depth = self.modules.len() - usize::from(self.resource.is_none());
        self.modules[..depth].iter().fold(ModuleInstance::root(), |module, (name, key)| {
            module.child(name.clone(), key.clone().unwrap_or(InstanceKey::None))
        })
    }

    /// How many keys are written: what names fewer instances counts more.
    pub fn keys(&self) -> usize {
        let own = self.resource.as_ref().is_some_and(|(_, key)| key.is_some());
        self.modules.iter().filter(|(_, key)| key.is_some()).count() + usize::from(own)
    }

    /// The module as written that it lies in, or is.
    pub fn module(&self) -> ConfigModule {
        ConfigModule(self.modules.iter().map(|(name, _)| name.clone()).collect())
    }
}

impl From<MoveEndpoint> for OverrideTarget {
    fn from(endpoint: MoveEndpoint) -> Self {
        OverrideTarget { modules: endpoint.modules, resource: endpoint.resource }
    }
}

/// An object whose conditions are expected not to hold.
#[derive(Clone, Debug, PartialEq)]
pub struct ExpectedFailure {
    /// Its address in the module under test, such as `var.size`, `check.health` or `x.y[0]`.
    pub address: Arc<str>,
    /// Whether all instances of a resource are meant.
    pub is_resource: bool,
    /// Whether it is of a kind that has no conditions, which is told when the run is to begin.
    pub is_wrong: bool,
    /// Where it stands.
    pub span: Span,
}

impl ExpectedFailure {
    /// Whether an object is meant.
    pub fn covers(&self, address: &str) -> bool {
        match address.strip_prefix(&*self.address) {
            Some("") => true,
            Some(rest) => self.is_resource && rest.starts_with('['),
            None => false,
        }
    }
}

impl ExpectedFailure {
    /// What to say of an object that has no conditions.
    pub fn problem(&self) -> Option<Diagnostic> {
        let detail = || {
            format!(
                "Only objects of the module under test that have conditions can fail as expected: input variables, output \
                 values, check blocks, managed resources and data sources. {} is none of these.",
                self.address
            )
        };
        self.is_wrong
            .then(|| Diagnostic::error("Invalid `expect_failures` reference", detail()).at(self.span))
    }
}

/// Reads the name of an object that may have conditions.
pub(super) fn expected_failure(expression: &Expr, diagnostics: &mut Diagnostics) -> Option<ExpectedFailure> {
    let mut quoted = None;
    if let Some(text) = literal_text(expression) {
        let (inner, problems) =
            plumb_syntax::parse_expression_at(&text, expression.span.file, expression.span.start + 1);
        if problems.has_errors() {
            diagnostics.append(problems);
            return None;
        }
        diagnostics.push(quoted_reference(expression.span));
        quoted = Some(inner);
    }
    let expression = quoted.as_ref().unwrap_or(expression);
    if !is_plain_reference(expression) {
        if !matches!(expression.kind, ExprKind::Invalid) {
            diagnostics.push(not_a_reference(expression));
        }
        return None;
    }
    let found = |address: String, is_resource: bool, is_wrong: bool| {
        Some(ExpectedFailure { address: address.into(), is_resource, is_wrong, span: expression.span })
    };
    let (first, steps) = match &expression.kind {
        ExprKind::Traverse { base, steps } => match &base.kind {
            ExprKind::Variable(first) => (first, &steps[..]),
            _ => return None,
        },
        ExprKind::Variable(first) => (first, &[][..]),
        _ => return None,
    };
    match (&*first.text, steps) {
        ("var" | "output" | "check", [Step::Attribute { name, .. }]) => {
            found(format!("{}.{}", first.text, name.text), false, false)
        }
        ("module" | "local" | "each" | "count" | "path" | "terraform" | "self" | "run" | "ephemeral", _) => {
            found(first.text.to_string(), false, true)
        }
        _ => match endpoint(expression, diagnostics)?.resource? {
            (resource, Some(key)) => found(format!("{resource}{key}"), false, false),
            (resource, None) => found(resource.to_string(), true, false),
        },
    }
}

/// Reads the address of a resource instance to be replaced.
pub(super) fn replaced(expression: &Expr, diagnostics: &mut Diagnostics) -> Option<AbsResourceInstance> {
    let endpoint = endpoint(expression, diagnostics)?;
    match (&endpoint.resource, module_instance(&endpoint)) {
        (Some((resource, key)), module) if resource.mode == Mode::Managed => {
            Some(resource.in_module(module).instance(key.clone().unwrap_or(InstanceKey::None)))
        }
        _ => {
            diagnostics.push(
                Diagnostic::error(
                    "Invalid address",
                    "Only instances of managed resources can be replaced, such as aws_instance.web[0].",
                )
                .at(expression.span),
            );
            None
        }
    }
}

/// Reads what a plan is limited to.
pub(super) fn planning_target(expression: &Expr, diagnostics: &mut Diagnostics) -> Option<Target> {
    let endpoint = endpoint(expression, diagnostics)?;
    let module = module_instance(&endpoint);
    Some(match endpoint.resource {
        None => Target::Module(module),
        Some((resource, None)) => Target::Resource(resource.in_module(module)),
        Some((resource, Some(key))) => Target::Instance(resource.in_module(module).instance(key)),
    })
}

fn module_instance(endpoint: &MoveEndpoint) -> ModuleInstance {
    endpoint.modules.iter().fold(ModuleInstance::root(), |module, (name, key)| {
        module.child(name.clone(), key.clone().unwrap_or(InstanceKey::None))
    })
}

#[cfg(test)]
mod tests {
    use plumb_source::FileId;

    use super::*;

    fn target(text: &str) -> OverrideTarget {
        let (expression, _) = plumb_syntax::parse_expression(text, FileId(0));
        endpoint(&expression, &mut Diagnostics::new()).expect("an address").into()
    }

    #[test]
    fn only_the_last_step_means_all_instances() {
        let object = module_instance(&MoveEndpoint {
            modules: target("module.m[\"a\"].module.n").modules,
            resource: None,
            span: Span::NONE,
        });
        let object = Resource::managed("a_b", "c").in_module(object).instance(InstanceKey::Int(1));
        for (text, contains) in [
            ("module.m[\"a\"].module.n.a_b.c", true),
            ("module.m[\"a\"].module.n.a_b.c[1]", true),
            ("module.m[\"a\"].module.n.a_b.c[0]", false),
            ("module.m.module.n.a_b.c", false),
            ("module.m[\"a\"].module.n[0].a_b.c", false),
            ("module.m[\"a\"].a_b.c", false),
            ("module.m[\"a\"].module.n", false),
        ] {
            assert_eq!(target(text).contains(&object), contains, "{text}");
        }
        assert_eq!(target("module.m[\"a\"].module.n").around().to_string(), "module.m[\"a\"]");
        assert_eq!(target("module.m[0].a_b.c").around().to_string(), "module.m[0]");
    }
}
