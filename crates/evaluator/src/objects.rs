//! Where the values of resource instances come from.

use std::sync::Arc;

use async_trait::async_trait;
use plumb_address::{AbsResource, AbsResourceInstance, InstanceKey, ModuleInstance, ProviderAddress};
use plumb_configuration::ResourceBlock;
use plumb_diagnostics::Diagnostics;
use plumb_schema::Schema;
use plumb_value::{Type, Value};

use crate::{Evaluator, Frame, ModuleNode, Outcome};

/// An instance of a resource that the configuration declares.
#[derive(Clone, Debug)]
pub struct InstanceAddress {
    /// The module instance.
    pub module: Arc<ModuleNode>,
    /// Its key.
    pub key: InstanceKey,
    /// What `each.value` gives.
    pub each_value: Option<Value>,
    /// Its whole address.
    pub address: AbsResourceInstance,
}

/// Knows what configurations of providers and objects consist of.
#[async_trait]
pub trait ProviderSchemas: Send + Sync {
    /// The schema of a provider's configuration, or why there is none.
    async fn provider_schema(&self, address: &ProviderAddress) -> Result<Arc<Schema>, Diagnostics>;

    /// Of what type the objects of a block are, where that can be found out.
    async fn object_type(&self, block: &ResourceBlock) -> Type;
}

/// Gives resource instances their values: by planning them, or from what has been applied.
#[async_trait]
pub trait Objects: Send + Sync {
    /// By what configurations of providers are read.
    fn schemas(&self) -> &dyn ProviderSchemas;

    /// The value of an instance as references see it: marks on, unknown where only applying can
    /// tell. Asked at most once for each instance; what it uses goes into the frame.
    async fn instance(
        &self,
        evaluator: &Arc<Evaluator>,
        instance: &InstanceAddress,
        frame: &mut Frame,
    ) -> Outcome;

    /// The instances that references see, where not the configuration but what is recorded
    /// decides: while destroying.
    fn recorded_keys(&self, _resource: &AbsResource) -> Option<Vec<InstanceKey>> {
        None
    }

    /// The instances of a module call that are recorded, for a call whose repetition is not known
    /// while destroying.
    fn recorded_calls(&self, _parent: &ModuleInstance, _call: &str) -> Option<Vec<InstanceKey>> {
        None
    }
}
