//! Outputs as they are right before everything is destroyed.
//!
//! Responsible for evaluating them once more over the objects as they were found, without making
//! a plan for those. It asks no provider for anything, and what cannot be evaluated is no mistake:
//! it is about to go.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use plumb_address::{AbsResourceInstance, Mode};
use plumb_configuration::{GivenValues, ResourceBlock};
use plumb_evaluator::{
    CellKey, Evaluator, Frame, InstanceAddress, Objects, Outcome, Phase, ProviderSchemas, Scope,
};
use plumb_schema::Schema;
use plumb_state::State;
use plumb_value::Value;

use crate::outputs::{RecordedOutputs, refreshed_outputs};
use crate::session::Session;

/// Objects as they are; what does not exist is unknown, for it would have to be made first.
struct RefreshedObjects {
    session: Arc<Session>,
    /// The state as found by this run.
    refreshed: State,
    /// Data sources that are made of something that does not exist.
    unreadable: Mutex<HashSet<AbsResourceInstance>>,
}

#[async_trait]
impl Objects for RefreshedObjects {
    fn schemas(&self) -> &dyn ProviderSchemas {
        &*self.session.providers
    }

    async fn instance(
        &self,
        evaluator: &Arc<Evaluator>,
        instance: &InstanceAddress,
        frame: &mut Frame,
    ) -> Outcome {
        let block =
            evaluator.config().module(instance.module.module).resources.get(&instance.address.resource);
        let Some(block) = block else { return Outcome::failed() };
        let Ok(schema) = self.session.providers.block_schema(block).await else { return Outcome::failed() };
        let is_data = block.resource.mode == Mode::Data;
        if is_data && !self.can_be_read(evaluator, instance, block, &schema, frame).await {
            return Outcome::of(Value::unknown(schema.block.implied_type()));
        }
        // What was only read may have been dropped from the refreshed state already.
        let state = if is_data { &*self.session.prior } else { &self.refreshed };
        let recorded = state.instance(&instance.address).and_then(|recorded| recorded.current.clone());
        let value = recorded
            .filter(|object| object.schema_version == schema.version)
            .and_then(|object| crate::values::decode(&object, &schema).ok());
        Outcome::of(value.unwrap_or_else(|| Value::unknown(schema.block.implied_type())))
    }
}

impl RefreshedObjects {
    /// Whether everything that a data source is made of is there.
    async fn can_be_read(
        &self,
        evaluator: &Arc<Evaluator>,
        instance: &InstanceAddress,
        block: &ResourceBlock,
        schema: &Schema,
        frame: &mut Frame,
    ) -> bool {
        let scope =
            Scope::instance(instance.module.clone(), instance.key.clone(), instance.each_value.clone());
        let decoded = evaluator.decode(&block.body, &schema.block, &scope, frame).await;
        if decoded.failed || decoded.value.is_wholly_known() {
            return true;
        }
        let mut unreadable = self.unreadable.lock().unwrap_or_else(PoisonError::into_inner);
        unreadable.insert(instance.address.clone());
        false
    }

    /// Asks for all data sources that are recorded.
    async fn look_at_data(&self, evaluator: &Arc<Evaluator>) {
        for (address, resource) in &self.refreshed.resources {
            if address.resource.mode != Mode::Data {
                continue;
            }
            let found = evaluator.find_module(&address.module, &mut Frame::new()).await;
            let Ok(Some(node)) = found else { continue };
            for key in resource.instances.keys() {
                let cell = CellKey::Instance(node.id, address.resource.clone(), key.clone());
                evaluator.value(cell, &mut Frame::new()).await;
            }
        }
    }
}

/// The outputs to be deleted while everything is destroyed. What can no longer be read, for what it
/// is made of is gone, is dropped from the refreshed state.
pub(crate) async fn outputs_before_destroying(
    evaluator: &Arc<Evaluator>,
    session: &Arc<Session>,
    variables: GivenValues,
) -> RecordedOutputs {
    if !session.options.refresh.looks() || session.prior.is_empty() {
        return session.prior.outputs.clone();
    }
    let refreshed = session.found().refreshed.clone();
    let objects =
        Arc::new(RefreshedObjects { session: session.clone(), refreshed, unreadable: Mutex::default() });
    let again = Evaluator::new(
        evaluator.config().clone(),
        evaluator.index().clone(),
        Phase::Plan,
        evaluator.environment().clone(),
        objects.clone(),
        variables,
    );
    objects.look_at_data(&again).await;
    let outputs = refreshed_outputs(&again, session).await;
    let unreadable = std::mem::take(&mut *objects.unreadable.lock().unwrap_or_else(PoisonError::into_inner));
    for address in unreadable.iter().filter(|address| session.targeting.includes(address)) {
        if let Some(resource) = session.prior.resources.get(&address.resource()) {
            session.record(address, None, &resource.provider, None);
        }
    }
    outputs
}
