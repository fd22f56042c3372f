//! Values of resources as the state records them, and as a plan expects them: for `console`.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use plumb_address::{Mode, ProviderAddress};
use plumb_configuration::{Config, GivenValues};
use plumb_diagnostics::Diagnostics;
use plumb_evaluator::{Evaluator, Frame, InstanceAddress, Objects, Outcome, Phase, ProviderSchemas};
use plumb_planner::{Providers, schema_marked};
use plumb_schema::{ProviderSchema, Schema, SchemaShape};
use plumb_state::State;
use plumb_value::Value;

use super::{Loaded, ProviderSet, Session};

/// Values of resources as the state records them; what is not recorded is unknown.
pub(crate) struct RecordedObjects {
    providers: Arc<Providers>,
    state: State,
}

#[async_trait]
impl Objects for RecordedObjects {
    fn schemas(&self) -> &dyn ProviderSchemas {
        &*self.providers
    }

    async fn instance(
        &self,
        evaluator: &Arc<Evaluator>,
        instance: &InstanceAddress,
        _frame: &mut Frame,
    ) -> Outcome {
        let block =
            evaluator.config().module(instance.module.module).resources.get(&instance.address.resource);
        let Some(block) = block else { return Outcome::failed() };
        let Some(schema) = self.providers.schema_of(evaluator, block).await else { return Outcome::failed() };
        let ty = schema.block.implied_type();
        let recorded = self.state.instance(&instance.address).and_then(|recorded| recorded.current.clone());
        let value = recorded
            .filter(|object| object.schema_version == schema.version)
            .and_then(|object| object.decode(&ty).ok());
        // Of what is not there not even the type counts as known, as with the peers: an expression that would
        // refuse the type can be tried all the same.
        Outcome::of(value.map_or_else(Value::dynamic, |value| schema_marked(&schema.block, &value)))
    }
}

/// Values of resources as a plan expects them.
pub(crate) struct PlannedValues {
    providers: Arc<Providers>,
    values: BTreeMap<plumb_address::AbsResourceInstance, Value>,
}

impl PlannedValues {
    pub(crate) fn new(plan: &plumb_plan::Plan, providers: &ProviderSet) -> Self {
        let marked = |object: &plumb_plan::PlannedObject| {
            (object.address.clone(), schema_marked(&object.schema.block, &object.value))
        };
        let values = plan.planned.iter().map(marked).collect();
        PlannedValues { providers: providers.providers.clone(), values }
    }
}

#[async_trait]
impl Objects for PlannedValues {
    fn schemas(&self) -> &dyn ProviderSchemas {
        &*self.providers
    }

    async fn instance(&self, _: &Arc<Evaluator>, instance: &InstanceAddress, _: &mut Frame) -> Outcome {
        Outcome::of(self.values.get(&instance.address).cloned().unwrap_or_else(Value::dynamic))
    }
}

impl Session<'_> {
    /// An evaluator over any objects.
    pub(crate) fn evaluator_over(
        &self,
        loaded: &Loaded,
        objects: Arc<dyn Objects>,
        variables: GivenValues,
        environment: plumb_evaluator::Environment,
    ) -> Arc<Evaluator> {
        Evaluator::new(
            loaded.config.clone(),
            loaded.index.clone(),
            Phase::Plan,
            environment,
            objects,
            variables,
        )
    }

    /// An evaluator over what is recorded.
    pub(crate) fn recorded_evaluator(
        &self,
        loaded: &Loaded,
        providers: &ProviderSet,
        state: State,
        variables: GivenValues,
    ) -> Result<Arc<Evaluator>, Diagnostics> {
        let objects = Arc::new(RecordedObjects { providers: providers.providers.clone(), state });
        Ok(self.evaluator_over(loaded, objects, variables, self.evaluation(true, providers)?))
    }
}

/// Schemas of providers, fetched before they are looked up.
#[derive(Default)]
pub(crate) struct Schemas {
    by_provider: BTreeMap<ProviderAddress, Arc<ProviderSchema>>,
}

impl Schemas {
    /// The schemas of all providers of a command.
    pub(crate) async fn of(providers: &ProviderSet) -> Result<Self, Diagnostics> {
        let mut by_provider = BTreeMap::new();
        for address in providers.addresses() {
            let schema = providers.providers.schema(&address).await?;
            by_provider.insert(address, schema);
        }
        Ok(Schemas { by_provider })
    }

    /// The schema of a type.
    pub(crate) fn find(&self, provider: &ProviderAddress, mode: Mode, kind: &str) -> Option<Arc<Schema>> {
        self.by_provider.get(provider)?.table(mode).get(kind)
    }

    /// Gives the provider configurations that were written in JSON the form that their schemas say.
    pub(crate) fn decide(&self, config: &Config) {
        for block in config.modules.iter().flat_map(|module| module.providers.values()) {
            if let Some(schema) = self.by_provider.get(&block.address.provider) {
                block.body.decided(&SchemaShape::of(&schema.provider.block));
            }
        }
    }

    /// The same with the reason where there is none.
    pub(crate) fn require(
        &self,
        provider: &ProviderAddress,
        mode: Mode,
        kind: &str,
    ) -> Result<Arc<Schema>, String> {
        if !self.by_provider.contains_key(provider) {
            return Err(format!("provider {provider} is not installed"));
        }
        self.find(provider, mode, kind).ok_or_else(|| format!("provider {provider} has no type {kind:?}"))
    }

    /// All of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&ProviderAddress, &ProviderSchema)> {
        self.by_provider.iter().map(|(address, schema)| (address, &**schema))
    }
}
