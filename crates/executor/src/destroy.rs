//! Destroying objects, and no longer recording them.

use std::sync::Arc;

use plumb_address::DeposedKey;
use plumb_diagnostics::Diagnostic;
use plumb_evaluator::Frame;
use plumb_plan::{Action, Change, StepId};
use plumb_planner::{Place, identity, provider_problems};
use plumb_state::journal::Action as Intended;
use plumb_state::{ApplyRequest, InstanceState, Object, Status};
use plumb_value::Value;

use crate::StepAction;
use crate::make::say_unknown;
use crate::recorder::intent;
use crate::run::{Failed, Run};

impl Run {
    /// Destroys the object of a change, or the old one of a replacement.
    pub(crate) async fn destroy(self: &Arc<Self>, step: StepId, at: usize) -> Result<(), Failed> {
        let plan = self.plan.clone();
        let change = &plan.changes[at];
        let deposed = match change.action {
            Action::CreateThenDelete => match self.deposed_of(at) {
                Some(key) => Some(key),
                // There was nothing to set aside, so there is nothing to destroy.
                None => return Ok(()),
            },
            _ => change.deposed.clone(),
        };
        let outcome = self.destroy_object(step, change, deposed.as_ref()).await;
        if outcome.is_err() {
            self.count(|tally| tally.failed += 1);
            // Of objects set aside the peer's stream says nothing here; the error itself says enough.
            match &deposed {
                None => self.observer.step_errored(&change.address, None, StepAction::Delete),
                Some(_) => self.observer.step_abandoned(&change.address, deposed.as_ref()),
            }
        }
        outcome
    }

    async fn destroy_object(
        self: &Arc<Self>,
        step: StepId,
        change: &Change,
        deposed: Option<&DeposedKey>,
    ) -> Result<(), Failed> {
        let recorded = self.recorder.instance(&change.address);
        let object = match deposed {
            None => recorded.current,
            Some(key) => recorded.deposed.get(key).cloned(),
        };
        let Some(object) = object else { return Ok(()) };
        let known_as = identity(&change.before);
        let known_as = known_as.as_ref().map(|(name, text)| (*name, text.as_str()));
        self.observer.step_start(&change.address, deposed, StepAction::Delete, known_as);
        // What was not made in full need not be taken leave of, and neither does what was set aside: the
        // new object is there already.
        if deposed.is_none() && object.status != Status::Tainted {
            self.provision_before_destroying(&change.address, &change.before).await?;
        }
        let mut frame = Frame::new();
        let provider =
            self.providers.for_object(&self.evaluator, &change.provider, &change.address, &mut frame).await;
        let provider = provider.ok_or(Failed)?;
        let meta = self.meta(change, &mut frame).await?;
        let null = Value::null(change.schema.block.implied_type());
        // What was set aside is planned to be destroyed by itself; all else belongs to the plan.
        let private = if deposed.is_some() && change.deposed.is_none() {
            &object.private
        } else {
            &change.planned_private
        };
        let private = private.clone();
        if provider.acts_outside() {
            let intent = intent(
                step.0.into(),
                &change.address,
                deposed,
                Intended::Delete,
                &change.provider,
                &change.before,
            );
            self.durable(self.recorder.intend(intent).await)?;
        }
        let mut response = provider
            .apply_resource_change(ApplyRequest {
                identity: object.identity.clone(),
                kind: change.address.resource.kind.clone(),
                prior: change.before.unmark_deep(),
                planned: null.clone(),
                config: null,
                private,
                meta,
            })
            .await;
        if response.unanswered {
            // The intent stays open. What is recorded stays too, and a refresh shows whether it is there.
            let what = format!(
                "Nobody knows whether {} was destroyed. It stays in the state until a refresh finds it gone.",
                change.address
            );
            say_unknown(&mut response.diagnostics, &what);
            self.report(provider_problems(response.diagnostics, Place::NOWHERE, &change.address));
            return Err(Failed);
        }
        let failure = response
            .diagnostics
            .iter()
            .find(|problem| problem.is_error)
            .map(|problem| problem.summary.clone());
        self.report(provider_problems(response.diagnostics, Place::NOWHERE, &change.address));
        let left = self.left(change, &object, failure.is_some(), &response.state, response.private);
        let gone = left.is_none();
        if !gone && failure.is_none() {
            self.report(
                Diagnostic::error(
                    "Provider returned invalid result object after apply",
                    format!(
                        "After the apply operation, provider \"{}\" still returned an object for {}, which was to be \
                         destroyed. This is a bug in the provider, which should be reported in the provider's own issue \
                         tracker.",
                        change.provider.provider, change.address
                    ),
                )
                .on(&change.address),
            );
        }
        let failed = failure.is_some() || !gone;
        let receipt = self.recorder.record(
            step.0.into(),
            &change.address,
            &change.provider,
            failure,
            |instance: &mut InstanceState| match deposed {
                None => instance.current = left,
                Some(key) => match left {
                    Some(object) => _ = instance.deposed.insert(key.clone(), object),
                    None => _ = instance.deposed.remove(key),
                },
            },
        );
        if provider.acts_outside() {
            self.durable(receipt.await)?;
        }
        if failed {
            return Err(Failed);
        }
        self.count(|tally| tally.destroyed += 1);
        self.observer.step_complete(&change.address, deposed, StepAction::Delete, known_as);
        Ok(())
    }

    /// What is recorded of an object after the attempt to destroy it: nothing where that went well.
    fn left(
        &self,
        change: &Change,
        object: &Arc<Object>,
        failed: bool,
        state: &Value,
        private: Vec<u8>,
    ) -> Option<Arc<Object>> {
        if state.is_null() {
            // After a failure nobody said what is left, so it is taken to be what was there.
            return failed.then(|| object.clone());
        }
        if !state.is_wholly_known() {
            return Some(object.clone());
        }
        let encoded = Object::encode(state, &change.schema.block.implied_type(), change.schema.version).ok();
        Some(match encoded {
            Some(encoded) => Arc::new(Object {
                status: object.status,
                private,
                sensitive: object.sensitive.clone(),
                dependencies: object.dependencies.clone(),
                // As the peer does: what is left of an attempt to destroy has no such wish.
                create_before_destroy: false,
                identity: object.identity.clone(),
                ..encoded
            }),
            None => object.clone(),
        })
    }

    pub(crate) fn durable(&self, outcome: Result<(), plumb_state::BackendError>) -> Result<(), Failed> {
        outcome.map_err(|error| {
            self.recorder.break_down(error);
            Failed
        })
    }

    /// Stops recording the object of a change.
    pub(crate) async fn forget(self: &Arc<Self>, step: StepId, at: usize) -> Result<(), Failed> {
        let plan = self.plan.clone();
        let change = &plan.changes[at];
        let receipt = self.recorder.record(
            step.0.into(),
            &change.address,
            &change.provider,
            None,
            |instance: &mut InstanceState| match &change.deposed {
                None => instance.current = None,
                Some(key) => _ = instance.deposed.remove(key),
            },
        );
        self.durable(receipt.await)?;
        self.count(|tally| tally.forgotten += 1);
        Ok(())
    }
}
