//! Ephemeral resources: open while the command needs them, never recorded.

use std::sync::{Arc, Mutex, PoisonError};

use plumb_address::AbsResourceInstance;
use plumb_configuration::ResourceBlock;
use plumb_diagnostics::Diagnostics;
use plumb_evaluator::{Evaluator, Frame, InstanceAddress, Outcome, Scope};
use plumb_state::Provider;
use plumb_value::{Marks, Value};

use crate::Providers;
use crate::observer::{EphemeralAction, EphemeralObserver};
use crate::problems::{Place, provider_problems};
use crate::values::schema_marked;

/// An object that is open.
struct Open {
    provider: Arc<dyn Provider>,
    kind: Arc<str>,
    private: Vec<u8>,
    address: AbsResourceInstance,
}

/// Every object that is open, to be closed together.
pub struct EphemeralObjects {
    open: Mutex<Vec<Open>>,
    observer: Arc<dyn EphemeralObserver>,
}

impl EphemeralObjects {
    /// None yet.
    pub fn new(observer: Arc<dyn EphemeralObserver>) -> Self {
        EphemeralObjects { open: Mutex::default(), observer }
    }

    /// Opens an object, or says that its value is not known yet. What is opened belongs to this list.
    pub async fn open(
        &self,
        providers: &Providers,
        evaluator: &Arc<Evaluator>,
        at: &InstanceAddress,
        block: &ResourceBlock,
        frame: &mut Frame,
    ) -> Outcome {
        let Some(schema) = providers.schema_of(evaluator, block).await else { return Outcome::failed() };
        let scope = Scope::instance(at.module.clone(), at.key.clone(), at.each_value.clone());
        let address = at.address.to_string();
        let rules = &block.lifecycle.preconditions;
        if !evaluator.check_rules("resource", &address, rules, &scope, frame, true).await {
            return Outcome::failed();
        }
        let Some(provider_config) = evaluator.provider_config_of(block, at, frame).await else {
            return Outcome::failed();
        };
        let Some(provider) = providers.for_object(evaluator, &provider_config, &at.address, frame).await
        else {
            return Outcome::failed();
        };
        let decoded = evaluator.decode(&block.body, &schema.block, &scope, frame).await;
        if decoded.failed {
            return Outcome::failed();
        }
        if !decoded.value.is_wholly_known() {
            return Outcome::of(Value::unknown(schema.block.implied_type()).with_marks(Marks::EPHEMERAL));
        }
        let config = decoded.value.unmark_deep();
        let kind = &block.resource.kind;
        let problems = provider.validate_resource_config(block.resource.mode, kind, config.clone()).await;
        if fails(evaluator, problems, block, &address) {
            return Outcome::failed();
        }
        self.observer.ephemeral_start(&at.address, EphemeralAction::Open);
        let response = provider.open_ephemeral_resource(kind, config).await;
        if fails(evaluator, response.diagnostics, block, &address) {
            self.observer.ephemeral_errored(&at.address, EphemeralAction::Open);
            return Outcome::failed();
        }
        self.observer.ephemeral_complete(&at.address, EphemeralAction::Open);
        self.open.lock().unwrap_or_else(PoisonError::into_inner).push(Open {
            provider,
            kind: kind.clone(),
            private: response.private,
            address: at.address.clone(),
        });
        Outcome::of(schema_marked(&schema.block, &response.result).with_marks(Marks::EPHEMERAL))
    }

    /// Closes everything, the last first.
    pub async fn close(&self) -> Diagnostics {
        let open = std::mem::take(&mut *self.open.lock().unwrap_or_else(PoisonError::into_inner));
        let mut diagnostics = Diagnostics::new();
        for object in open.into_iter().rev() {
            self.observer.ephemeral_start(&object.address, EphemeralAction::Close);
            let problems = object.provider.close_ephemeral_resource(&object.kind, object.private).await;
            if problems.iter().any(|problem| problem.is_error) {
                self.observer.ephemeral_errored(&object.address, EphemeralAction::Close);
            } else {
                self.observer.ephemeral_complete(&object.address, EphemeralAction::Close);
            }
            diagnostics.append(provider_problems(problems, Place::NOWHERE, &object.address));
        }
        diagnostics
    }
}

fn fails(
    evaluator: &Evaluator,
    problems: Vec<plumb_state::ProviderDiagnostic>,
    block: &ResourceBlock,
    address: &str,
) -> bool {
    let failed = problems.iter().any(|problem| problem.is_error);
    evaluator.report(provider_problems(problems, Place::of(block), address));
    failed
}
