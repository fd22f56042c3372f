//! Reading data sources that could not be read while planning.

use std::sync::Arc;

use plumb_diagnostics::Diagnostic;
use plumb_evaluator::Frame;
use plumb_plan::StepId;
use plumb_planner::{DataSource, Place, Reading, identity, lenient_in_check, null_unknown};
use plumb_state::{InstanceState, Object};

use crate::StepAction;
use crate::run::{Failed, Run};

impl Run {
    /// Reads the data source of a change.
    pub(crate) async fn read(self: &Arc<Self>, step: StepId, at: usize) -> Result<(), Failed> {
        let outcome = self.read_data(step, at).await;
        if outcome.is_err() {
            self.count(|tally| tally.failed += 1);
            self.observer.step_abandoned(&self.plan.changes[at].address, None);
        }
        outcome
    }

    async fn read_data(self: &Arc<Self>, step: StepId, at: usize) -> Result<(), Failed> {
        let plan = self.plan.clone();
        let change = &plan.changes[at];
        let address = &change.address;
        let mut frame = Frame::new();
        let config = self.evaluator.config().clone();
        let (block, scope) = self.declared(&config, change, &mut frame).await?;
        let shown = address.to_string();
        let lifecycle = &block.lifecycle;
        if !self
            .evaluator
            .check_rules("resource", &shown, &lifecycle.preconditions, &scope, &mut frame, true)
            .await
        {
            return Err(Failed);
        }
        let provider =
            self.providers.for_object(&self.evaluator, &change.provider, &change.address, &mut frame).await;
        let provider = provider.ok_or(Failed)?;
        self.observer.step_start(address, None, StepAction::Read, None);
        let schema = &change.schema;
        let decoded = self.evaluator.decode(&block.body, &schema.block, &scope, &mut frame).await;
        if decoded.failed {
            return Err(Failed);
        }
        if !decoded.value.is_wholly_known() {
            self.report(
                Diagnostic::error(
                    "Configuration contains unknown value",
                    format!("The configuration of {address} still has values that are not known, although everything that it depends on has been applied."),
                )
                .at(block.header)
                .on(address),
            );
            return Err(Failed);
        }
        let meta = self.meta(change, &mut frame).await?;
        let source = DataSource {
            address,
            provider: &provider,
            provider_address: &change.provider.provider,
            schema,
            place: Place::of(block),
            meta: meta.as_ref(),
        };
        let (read, diagnostics) = source.read(&decoded.value).await;
        let (is_lenient, diagnostics) =
            lenient_in_check(&self.evaluator, &scope.module, &address.resource, diagnostics);
        self.report(diagnostics);
        let value = match read {
            Reading::Object(value) => value,
            // The check has failed, and what is known of the object is all there is to record.
            _ if is_lenient => null_unknown(&change.after),
            Reading::Useless => {
                self.observer.step_errored(address, None, StepAction::Read);
                return Err(Failed);
            }
            Reading::Failed => return Err(Failed),
        };
        let object =
            Object::encode(&value, &schema.block.implied_type(), schema.version).map_err(|error| {
                self.report(
                    Diagnostic::error("Object cannot be recorded", format!("{address}: {error}."))
                        .at(block.header)
                        .on(address),
                );
                Failed
            })?;
        let object = Arc::new(object);
        let recorded = object.clone();
        drop(self.recorder.record(
            step.0.into(),
            address,
            &change.provider,
            None,
            |instance: &mut InstanceState| instance.current = Some(recorded),
        ));
        let known_as = identity(&value);
        let known_as = known_as.as_ref().map(|(name, text)| (*name, text.as_str()));
        self.observer.step_complete(address, None, StepAction::Read, known_as);
        let with_self = scope.with_self(value);
        let rules = &lifecycle.postconditions;
        let held = self.evaluator.check_rules("resource", &shown, rules, &with_self, &mut frame, true).await;
        if !held {
            return Err(Failed);
        }
        self.objects.finish(at, object);
        Ok(())
    }
}
