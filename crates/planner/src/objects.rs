//! The values of resource instances while planning.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use plumb_address::{AbsResource, InstanceKey, Mode, ModuleInstance};
use plumb_evaluator::{Evaluator, Frame, InstanceAddress, Node, Objects, Outcome, ProviderSchemas};
use plumb_plan::PlanMode;
use plumb_schema::Schema;
use plumb_state::State;
use plumb_value::Value;

use crate::session::{Session, block_of};

/// Plans each instance when its value is first asked for.
pub(crate) struct PlannedObjects {
    pub(crate) session: Arc<Session>,
}

#[async_trait]
impl Objects for PlannedObjects {
    fn schemas(&self) -> &dyn ProviderSchemas {
        &*self.session.providers
    }

    async fn instance(
        &self,
        evaluator: &Arc<Evaluator>,
        instance: &InstanceAddress,
        frame: &mut Frame,
    ) -> Outcome {
        let Some(block) = block_of(evaluator, instance) else { return Outcome::failed() };
        let session = &self.session;
        if session.is_refused(&Node::Resource(instance.module.module, instance.address.resource.clone())) {
            return Outcome::failed();
        }
        if instance.address.resource.mode == Mode::Ephemeral {
            return session.ephemeral.open(&session.providers, evaluator, instance, block, frame).await;
        }
        if session.options.mode == PlanMode::Destroy {
            return session.destroy_declared(evaluator, instance, block, frame).await;
        }
        match instance.address.resource.mode {
            Mode::Data => session.plan_data(evaluator, instance, block, frame).await,
            Mode::Managed | Mode::Ephemeral => session.plan_managed(evaluator, instance, block, frame).await,
        }
    }

    fn recorded_keys(&self, resource: &AbsResource) -> Option<Vec<InstanceKey>> {
        if self.session.options.mode != PlanMode::Destroy || resource.resource.mode == Mode::Ephemeral {
            return None;
        }
        let recorded = self.session.prior.resources.get(resource);
        if recorded.is_none() && resource.resource.mode == Mode::Data {
            // A destruction that failed has dropped it, and it is read again.
            return None;
        }
        Some(recorded.map(|resource| resource.instances.keys().cloned().collect()).unwrap_or_default())
    }

    fn recorded_calls(&self, parent: &ModuleInstance, call: &str) -> Option<Vec<InstanceKey>> {
        (self.session.options.mode == PlanMode::Destroy)
            .then(|| recorded_calls(&self.session.prior, parent, call))
    }
}

/// Keys of the instances of a module call that anything is recorded in.
pub fn recorded_calls(state: &State, parent: &ModuleInstance, call: &str) -> Vec<InstanceKey> {
    let depth = parent.0.len();
    let steps = state.resources.keys().filter(|address| parent.contains(&address.module));
    let keys: BTreeSet<InstanceKey> = steps
        .filter_map(|address| address.module.0.get(depth))
        .filter(|step| &*step.name == call)
        .map(|step| step.key.clone())
        .collect();
    keys.into_iter().collect()
}

/// The value of an instance of which only the type is known.
pub(crate) fn unknown_object(schema: &Schema) -> Outcome {
    Outcome::of(Value::unknown(schema.block.implied_type()))
}
