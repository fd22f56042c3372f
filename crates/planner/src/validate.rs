//! Finding mistakes without state or inputs.

use std::sync::Arc;

use async_trait::async_trait;
use futures::{StreamExt as _, stream};
use plumb_address::{InstanceKey, Mode};
use plumb_configuration::{Config, Module, ResourceBlock, taken_of_resources};
use plumb_diagnostics::Diagnostics;
use plumb_evaluator::{
    CellKey, Environment, Evaluator, Frame, Index, InstanceAddress, KeysKind, ModuleNode, Objects, Outcome,
    Phase, ProviderSchemas, Scope, check_taken,
};
use plumb_value::{Marks, Value};

use crate::Providers;
use crate::drive::on_workers;
use crate::problems::{Place, ephemeral_misuse, provider_problems};
use crate::provisioners::{check_removed_provisioners, validate_provisioners};
use crate::session::block_of;
use crate::values::schema_marked;

/// How many resources of a module are looked at side by side; a provider's answer is waited for meanwhile.
const SIDE_BY_SIDE: usize = 10;

/// Checks everything that can be checked while nothing is known but the configuration.
pub async fn validate(
    config: Arc<Config>,
    index: Arc<Index>,
    environment: Environment,
    providers: Arc<Providers>,
) -> Diagnostics {
    on_workers(validate_all(config, index, environment, providers)).await
}

async fn validate_all(
    config: Arc<Config>,
    index: Arc<Index>,
    environment: Environment,
    providers: Arc<Providers>,
) -> Diagnostics {
    let objects = Arc::new(UnknownObjects { providers: providers.clone() });
    let environment = crate::with_provider_functions(environment, &providers);
    let evaluator = Evaluator::new(config, index, Phase::Validate, environment, objects, Default::default());
    check_removed_provisioners(&evaluator, &providers);
    let mut nodes = vec![evaluator.root()];
    while let Some(node) = nodes.pop() {
        validate_module(&evaluator, &providers, &node).await;
        let calls: Vec<Arc<str>> = evaluator.module(&node).calls.keys().cloned().collect();
        for call in calls {
            if let Some(children) = evaluator.call_instances(&node, &call, &mut Frame::new()).await {
                nodes.extend(children);
            }
        }
    }
    // Of dynamic blocks it is known only now whether any is made.
    for module in &evaluator.config().modules {
        check_attributes(&evaluator, &providers, module).await;
    }
    evaluator.take_diagnostics().in_reading_order()
}

/// Refuses attributes that resources do not have, in whichever part of an expression they stand: what is
/// made up for with `try`, or in a loop that does not run, is a slip of the pen all the same.
async fn check_attributes(evaluator: &Evaluator, providers: &Providers, module: &Module) {
    for expression in module.expressions(&|block| evaluator.has_made(block)) {
        for taken in taken_of_resources(module, expression) {
            // A type that there is not is told where its block is read.
            if let Ok(schema) = providers.block_schema(taken.block).await {
                evaluator.report(check_taken(&taken, &schema).into_iter().collect::<Diagnostics>());
            }
        }
    }
}

async fn validate_module(evaluator: &Arc<Evaluator>, providers: &Providers, node: &Arc<ModuleNode>) {
    let config = evaluator.config().clone();
    let module = config.module(node.module);
    let frame = &mut Frame::new();
    for variable in module.variables.values() {
        evaluator.validate_variable(node, variable).await;
    }
    for name in module.locals.keys() {
        evaluator.value(CellKey::Local(node.id, name.clone()), frame).await;
    }
    stream::iter(module.resources.keys())
        .for_each_concurrent(SIDE_BY_SIDE, |resource| async move {
            evaluator.value(CellKey::Resource(node.id, resource.clone()), &mut Frame::new()).await;
        })
        .await;
    let blocks = module.providers.values().filter(|block| !block.is_mocked);
    for (block, address) in
        blocks.flat_map(|block| block.addresses().into_iter().map(move |one| (block, one)))
    {
        let config = evaluator.value(CellKey::Provider(address.clone()), frame).await;
        if config.failed {
            continue;
        }
        match providers.validate_config(&address.provider, &config.value.unmark_deep()).await {
            Ok(problems) => {
                let place = Place { body: Some(&block.body), header: block.span };
                evaluator.report(provider_problems(problems, place, &address));
            }
            Err(diagnostics) => evaluator.report(diagnostics),
        }
    }
    for name in module.outputs.keys() {
        evaluator.value(CellKey::Output(node.id, name.clone()), frame).await;
    }
    let scope = Scope::module(node.clone());
    for check in module.checks.values() {
        for rule in &check.asserts {
            evaluator.evaluate(&rule.condition, &scope, frame).await;
        }
    }
}

/// Validates each block once; its objects are not known.
struct UnknownObjects {
    providers: Arc<Providers>,
}

#[async_trait]
impl Objects for UnknownObjects {
    fn schemas(&self) -> &dyn ProviderSchemas {
        &*self.providers
    }

    async fn instance(
        &self,
        evaluator: &Arc<Evaluator>,
        instance: &InstanceAddress,
        frame: &mut Frame,
    ) -> Outcome {
        let Some(block) = block_of(evaluator, instance) else { return Outcome::failed() };
        let Some(schema) = self.providers.schema_of(evaluator, block).await else { return Outcome::failed() };
        evaluator.report(plumb_evaluator::check_ignored(block, &schema));
        for reference in &block.depends_on {
            evaluator.depend(reference, &Scope::module(instance.module.clone()), frame).await;
        }
        let unknown_key = match block.repetition {
            plumb_configuration::Repetition::Single | plumb_configuration::Repetition::Enabled(_) => None,
            plumb_configuration::Repetition::Count(_) => Some(KeysKind::Count),
            plumb_configuration::Repetition::ForEach(_) => Some(KeysKind::ForEach),
        };
        let scope =
            Scope { unknown_key, ..Scope::instance(instance.module.clone(), InstanceKey::None, None) };
        let decoded = evaluator.decode(&block.body, &schema.block, &scope, frame).await;
        if decoded.failed {
            return Outcome::failed();
        }
        if block.resource.mode != Mode::Ephemeral {
            evaluator.report(ephemeral_misuse(block, &schema, &decoded.value));
        }
        match self.providers.unconfigured(&block.provider_config.provider).await {
            Ok(provider) => {
                let problems = provider
                    .validate_resource_config(
                        block.resource.mode,
                        &block.resource.kind,
                        decoded.value.unmark_deep(),
                    )
                    .await;
                evaluator.report(provider_problems(problems, Place::of(block), instance.address.config()));
            }
            Err(diagnostics) => {
                evaluator.report(diagnostics);
                return Outcome::failed();
            }
        }
        let value = schema_marked(&schema.block, &Value::unknown(schema.block.implied_type()));
        let value =
            if block.resource.mode == Mode::Ephemeral { value.with_marks(Marks::EPHEMERAL) } else { value };
        self.check_conditions(evaluator, block, &scope, &value, frame).await;
        validate_provisioners(evaluator, &self.providers, block, &scope.with_self(value.clone()), frame)
            .await;
        // For others not even its type is known, as with the peer: what can be said without evaluating anything
        // is said of all expressions, and whether the rest fits shows when it is planned.
        Outcome::of(Value::dynamic().with_marks(value.marks()))
    }
}

impl UnknownObjects {
    async fn check_conditions(
        &self,
        evaluator: &Arc<Evaluator>,
        block: &ResourceBlock,
        scope: &Scope,
        value: &Value,
        frame: &mut Frame,
    ) {
        for rule in &block.lifecycle.preconditions {
            evaluator.evaluate(&rule.condition, scope, frame).await;
        }
        let with_self = scope.with_self(value.clone());
        for rule in &block.lifecycle.postconditions {
            evaluator.evaluate(&rule.condition, &with_self, frame).await;
        }
    }
}
