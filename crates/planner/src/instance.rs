//! What goes before planning one resource instance, whatever its mode.

use std::sync::Arc;

use plumb_address::ProviderConfigAddress;
use plumb_configuration::ResourceBlock;
use plumb_diagnostics::Diagnostic;
use plumb_evaluator::{CellKey, Evaluator, Frame, InstanceAddress, Outcome, Scope};
use plumb_schema::Schema;
use plumb_state::Provider;
use plumb_value::Value;

use crate::problems::Place;
use crate::session::Session;

/// What planning one instance goes by.
pub(crate) struct Instance<'a> {
    pub(crate) session: &'a Session,
    pub(crate) evaluator: &'a Arc<Evaluator>,
    pub(crate) at: &'a InstanceAddress,
    pub(crate) block: &'a ResourceBlock,
    pub(crate) schema: Arc<Schema>,
    pub(crate) provider: Arc<dyn Provider>,
    /// Which configuration that is, and which instance of it.
    pub(crate) provider_config: ProviderConfigAddress,
    /// The module's `provider_meta`.
    pub(crate) meta: Option<Value>,
}

impl Session {
    /// What an instance is planned by, once everything that it waits for is there; or its value, where
    /// it is not to be planned.
    pub(crate) async fn prepare<'a>(
        &'a self,
        evaluator: &'a Arc<Evaluator>,
        at: &'a InstanceAddress,
        block: &'a ResourceBlock,
        frame: &mut Frame,
    ) -> Result<Instance<'a>, Outcome> {
        let failed = Outcome::failed;
        let schema = self.providers.schema_of(evaluator, block).await.ok_or_else(failed)?;
        if !self.targeting.includes(&at.address) {
            return Err(self.left_alone(evaluator, at, &schema));
        }
        if !self.await_dependencies(evaluator, at, block, frame).await {
            return Err(failed());
        }
        let provider_config = evaluator.provider_config_of(block, at, frame).await.ok_or_else(failed)?;
        let provider = self.providers.for_object(evaluator, &provider_config, &at.address, frame).await;
        let provider = provider.ok_or_else(failed)?;
        let meta = self.providers.meta(evaluator, &at.module, &provider_config.provider, frame).await;
        let meta = meta.ok_or_else(failed)?;
        Ok(Instance { session: self, evaluator, at, block, schema, provider, provider_config, meta })
    }

    /// Waits for what the `depends_on` of a block and of the module calls around it name.
    pub(crate) async fn await_dependencies(
        &self,
        evaluator: &Arc<Evaluator>,
        at: &InstanceAddress,
        block: &ResourceBlock,
        frame: &mut Frame,
    ) -> bool {
        if evaluator.is_gated(&at.module) && evaluator.value(CellKey::Gate(at.module.id), frame).await.failed
        {
            return false;
        }
        let scope = Scope::instance(at.module.clone(), at.key.clone(), at.each_value.clone());
        for reference in &block.depends_on {
            if evaluator.depend(reference, &scope, frame).await.failed {
                return false;
            }
        }
        true
    }

    /// The value of an instance that this run has nothing to do with: as recorded.
    pub(crate) fn left_alone(&self, evaluator: &Evaluator, at: &InstanceAddress, schema: &Schema) -> Outcome {
        let ty = schema.block.implied_type();
        let Some(object) = self.recorded(&at.address) else { return Outcome::of(Value::unknown(ty)) };
        match crate::values::decode(&object, schema) {
            Ok(value) => Outcome::of(value),
            Err(error) => {
                evaluator.report(Diagnostic::error(
                    "Recorded object cannot be read",
                    format!("What is recorded of {} does not fit its schema: {error}. Include it in the run, so that its provider can upgrade it.", at.address),
                ));
                Outcome::failed()
            }
        }
    }
}

impl Instance<'_> {
    pub(crate) fn place(&self) -> Place<'_> {
        Place::of(self.block)
    }

    pub(crate) fn scope(&self) -> Scope {
        Scope::instance(self.at.module.clone(), self.at.key.clone(), self.at.each_value.clone())
    }
}
