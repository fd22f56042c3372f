//! The values of resource instances while applying.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use plumb_address::{AbsResource, AbsResourceInstance, InstanceKey, Mode, ModuleInstance};
use plumb_diagnostics::Diagnostic;
use plumb_evaluator::{Evaluator, Frame, InstanceAddress, Objects, Outcome, ProviderSchemas};
use plumb_plan::{Action, Plan, PlanMode};
use plumb_planner::{EphemeralObjects, EphemeralObserver, Providers, schema_marked};
use plumb_schema::Schema;
use plumb_state::Object;
use plumb_value::Value;

/// Values as the plan has them, until applying knows better.
pub(crate) struct AppliedObjects {
    pub(crate) plan: Arc<Plan>,
    pub(crate) providers: Arc<Providers>,
    pub(crate) ephemeral: EphemeralObjects,
    /// What has become of the object of each change. It lies here as it is recorded, where it lies anyway:
    /// most are asked for by nobody, and what is asked for is remembered by whoever asked.
    done: Box<[OnceLock<Arc<Object>>]>,
    /// Positions in the plan's changes, but for those of deposed objects, in the order of addresses.
    planned: Vec<u32>,
}

impl AppliedObjects {
    pub(crate) fn new(
        plan: Arc<Plan>,
        providers: Arc<Providers>,
        observer: Arc<dyn EphemeralObserver>,
    ) -> Self {
        let current = plan.changes.iter().zip(0..).filter(|(change, _)| change.deposed.is_none());
        let mut planned: Vec<u32> = current.map(|(_, at)| at).collect();
        // Plans have them in this order already, which costs one comparison each.
        planned.sort_by(|one, two| address_of(&plan, *one).cmp(address_of(&plan, *two)));
        let done = plan.changes.iter().map(|_| OnceLock::new()).collect();
        let ephemeral = EphemeralObjects::new(observer);
        AppliedObjects { plan, providers, ephemeral, done, planned }
    }

    /// Says what the object of a change has become.
    pub(crate) fn finish(&self, at: usize, object: Arc<Object>) {
        // A change is made once.
        let _ = self.done[at].set(object);
    }

    /// The position of the change of an instance.
    fn position(&self, address: &AbsResourceInstance) -> Option<usize> {
        let found = self.planned.binary_search_by(|at| address_of(&self.plan, *at).cmp(address));
        found.ok().map(|index| self.planned[index] as usize)
    }

    /// What the state that the plan starts from says of an instance.
    fn recorded(&self, evaluator: &Evaluator, address: &AbsResourceInstance, schema: &Schema) -> Outcome {
        let object = self.plan.prior_state.instance(address).and_then(|instance| instance.current.clone());
        match object {
            Some(object) => decoded(evaluator, address, &object, schema),
            None => Outcome::of(Value::unknown(schema.block.implied_type())),
        }
    }
}

/// The value of an object that is recorded.
fn decoded(
    evaluator: &Evaluator,
    address: &AbsResourceInstance,
    object: &Object,
    schema: &Schema,
) -> Outcome {
    match object.decode(&schema.block.implied_type()) {
        Ok(value) => Outcome::of(schema_marked(&schema.block, &value)),
        Err(error) => {
            evaluator.report(Diagnostic::error(
                "Recorded object cannot be read",
                format!("What is recorded of {address} does not fit its schema: {error}."),
            ));
            Outcome::failed()
        }
    }
}

fn address_of(plan: &Plan, at: u32) -> &AbsResourceInstance {
    &plan.changes[at as usize].address
}

#[async_trait]
impl Objects for AppliedObjects {
    fn schemas(&self) -> &dyn ProviderSchemas {
        &*self.providers
    }

    async fn instance(
        &self,
        evaluator: &Arc<Evaluator>,
        instance: &InstanceAddress,
        frame: &mut Frame,
    ) -> Outcome {
        let module = evaluator.config().module(instance.module.module);
        let Some(block) = module.resources.get(&instance.address.resource) else { return Outcome::failed() };
        if instance.address.resource.mode == Mode::Ephemeral {
            return self.ephemeral.open(&self.providers, evaluator, instance, block, frame).await;
        }
        if let Some(at) = self.position(&instance.address) {
            let change = &self.plan.changes[at];
            if let Some(object) = self.done[at].get() {
                return decoded(evaluator, &instance.address, object, &change.schema);
            }
            return match change.action {
                Action::NoOp => Outcome::of(change.after.clone()),
                Action::Delete | Action::Forget => Outcome::of(change.before.clone()),
                // Its step has failed or was not reached; whoever asks is told of that already.
                _ => Outcome::failed(),
            };
        }
        match self.providers.schema_of(evaluator, block).await {
            Some(schema) => self.recorded(evaluator, &instance.address, &schema),
            None => Outcome::failed(),
        }
    }

    fn recorded_keys(&self, resource: &AbsResource) -> Option<Vec<InstanceKey>> {
        if self.plan.options.mode != PlanMode::Destroy || resource.resource.mode == Mode::Ephemeral {
            return None;
        }
        let recorded = self.plan.prior_state.resources.get(resource);
        Some(recorded.map(|resource| resource.instances.keys().cloned().collect()).unwrap_or_default())
    }

    fn recorded_calls(&self, parent: &ModuleInstance, call: &str) -> Option<Vec<InstanceKey>> {
        (self.plan.options.mode == PlanMode::Destroy)
            .then(|| plumb_planner::recorded_calls(&self.plan.prior_state, parent, call))
    }
}
