//! Reading data sources that could not be read while planning.

use std::sync::Arc;

use plumb_address::Mode;
use plumb_diagnostics::Diagnostic;
use plumb_evaluator::Frame;
use plumb_plan::StepId;
use plumb_planner::{Place, identity, provider_problems, schema_marked};
use plumb_state::{DataRequest, InstanceState, Object};
use plumb_value::{Marks, Path};

use crate::StepAction;
use crate::run::{Failed, Run};

impl Run {
    /// Reads the data source of a change.
    pub(crate) async fn read(self: &Arc<Self>, step: StepId, at: usize) -> Result<(), Failed> {
        let plan = self.plan.clone();
        let change = &plan.changes[at];
        let outcome = self.read_data(step, change).await;
        if outcome.is_err() {
            self.count(|tally| tally.failed += 1);
            self.observer.step_errored(&change.address, None, StepAction::Read);
        }
        outcome
    }

    async fn read_data(self: &Arc<Self>, step: StepId, change: &plumb_plan::Change) -> Result<(), Failed> {
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
            self.providers.configured(&self.evaluator, &change.provider, &mut frame).await.ok_or(Failed)?;
        self.observer.step_start(address, None, StepAction::Read, None);
        let schema = &change.schema;
        let decoded = self.evaluator.decode(&block.body, &schema.block, &scope, &mut frame).await;
        if decoded.failed {
            return Err(Failed);
        }
        let marks: Vec<(Path, Marks)> = decoded.value.unmark_deep_with_paths().1;
        let plain = decoded.value.unmark_deep();
        if !plain.is_wholly_known() {
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
        let kind = &address.resource.kind;
        let place = Place::of(block);
        let problems = provider.validate_resource_config(Mode::Data, kind, plain.clone()).await;
        self.settle(problems, place, address)?;
        let meta = self.meta(change, &mut frame).await?;
        let request = DataRequest { kind: kind.clone(), config: plain, meta };
        let response = provider.read_data_source(request).await;
        self.settle(response.diagnostics, place, address)?;
        if response.state.is_null() || !response.state.is_wholly_known() {
            let what = if response.state.is_null() { "nothing" } else { "values that are not known" };
            self.report(
                Diagnostic::error(
                    "Provider produced invalid object",
                    format!(
                        "Provider \"{}\" returned {what} for {address}. This is a bug in the provider, which should be \
                         reported in the provider's own issue tracker.",
                        change.provider.provider
                    ),
                )
                .at(block.header)
                .on(address),
            );
            return Err(Failed);
        }
        let value = schema_marked(&schema.block, &response.state.with_marks_at(&marks));
        let object =
            Object::encode(&value, &schema.block.implied_type(), schema.version).map_err(|error| {
                self.report(
                    Diagnostic::error("Object cannot be recorded", format!("{address}: {error}."))
                        .at(block.header)
                        .on(address),
                );
                Failed
            })?;
        drop(self.recorder.record(
            step.0.into(),
            address,
            &change.provider,
            None,
            |instance: &mut InstanceState| instance.current = Some(Arc::new(object)),
        ));
        let known_as = identity(&value);
        let known_as = known_as.as_ref().map(|(name, text)| (*name, text.as_str()));
        self.observer.step_complete(address, None, StepAction::Read, known_as);
        let with_self = scope.with_self(value.clone());
        let rules = &lifecycle.postconditions;
        let held = self.evaluator.check_rules("resource", &shown, rules, &with_self, &mut frame, true).await;
        if !held {
            return Err(Failed);
        }
        self.objects.finish(address, value);
        Ok(())
    }

    fn settle(
        &self,
        problems: Vec<plumb_state::ProviderDiagnostic>,
        place: Place<'_>,
        address: &plumb_address::AbsResourceInstance,
    ) -> Result<(), Failed> {
        let failed = problems.iter().any(|problem| problem.is_error);
        self.report(provider_problems(problems, place, address));
        if failed { Err(Failed) } else { Ok(()) }
    }
}
