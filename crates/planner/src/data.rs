//! Data sources: read while planning, or later where that is not possible yet.

use std::sync::Arc;

use plumb_configuration::ResourceBlock;
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_evaluator::{Evaluator, Frame, InstanceAddress, Outcome};
use plumb_plan::{Action, Change, ChangeReason, PlanMode};
use plumb_schema::planned_data_object;
use plumb_state::Object;
use plumb_value::Value;

use crate::checks::{check_around, lenient_in_check};
use crate::instance::Instance;
use crate::reading::{DataSource, Reading};
use crate::refresh::{Failed, marks_of};
use crate::session::Session;
use crate::values::{identity, schema_marked};

impl Session {
    /// The value of a data source: read, or as far as known where it is read while applying.
    pub(crate) async fn plan_data(
        &self,
        evaluator: &Arc<Evaluator>,
        at: &InstanceAddress,
        block: &ResourceBlock,
        frame: &mut Frame,
    ) -> Outcome {
        let instance = match self.prepare(evaluator, at, block, frame).await {
            Ok(instance) => instance,
            Err(outcome) => return outcome,
        };
        let planned = if self.options.mode == PlanMode::Destroy {
            match instance.read_if_known(frame).await {
                Ok(None) => return self.left_alone(evaluator, at, &instance.schema),
                Ok(Some(value)) => Ok(value),
                Err(Failed) => Err(Failed),
            }
        } else {
            instance.plan_read(frame).await
        };
        match planned {
            Ok(value) => Outcome::of(value),
            Err(Failed) => Outcome::failed(),
        }
    }
}

impl Instance<'_> {
    fn data_source(&self) -> DataSource<'_> {
        DataSource {
            address: &self.at.address,
            provider: &self.provider,
            provider_address: &self.provider_config.provider,
            schema: &self.schema,
            place: self.place(),
            meta: self.meta.as_ref(),
        }
    }

    async fn plan_read(&self, frame: &mut Frame) -> Result<Value, Failed> {
        let scope = self.scope();
        let address = self.at.address.to_string();
        let lifecycle = &self.block.lifecycle;
        // Where only the records are brought up to date, a condition that does not hold stops nobody.
        let required = self.session.plans_changes();
        if !self
            .evaluator
            .check_rules("resource", &address, &lifecycle.preconditions, &scope, frame, required)
            .await
        {
            return Err(Failed);
        }
        let decoded = self.evaluator.decode(&self.block.body, &self.schema.block, &scope, frame).await;
        if decoded.failed {
            return Err(Failed);
        }
        let config = decoded.value;
        let reason = if !config.is_wholly_known() {
            Some(ChangeReason::ReadBecauseConfigUnknown)
        } else if self.session.has_pending_dependencies(self.evaluator, self.at, self.block, frame).await {
            Some(ChangeReason::ReadBecauseDependencyPending)
        } else {
            None
        };
        let value = match reason {
            // As far as it is known, conditions hold for what is read later, too.
            Some(reason) => self.defer(&config, reason).await?,
            None if self.is_in_check() => return self.read_for_check(&config).await,
            None => self.read(&config).await?,
        };
        let with_self = scope.with_self(value.clone());
        if !self
            .evaluator
            .check_rules("resource", &address, &lifecycle.postconditions, &with_self, frame, required)
            .await
        {
            return Err(Failed);
        }
        Ok(value)
    }

    /// The value while everything is destroyed, for provider configurations: what was read when the
    /// objects were made, such as a token, may have run out since. `None` where what the source is
    /// made of is gone already.
    async fn read_if_known(&self, frame: &mut Frame) -> Result<Option<Value>, Failed> {
        let scope = self.scope();
        let decoded = self.evaluator.decode(&self.block.body, &self.schema.block, &scope, frame).await;
        if decoded.failed {
            return Err(Failed);
        }
        if !decoded.value.is_wholly_known() {
            return Ok(None);
        }
        self.read(&decoded.value).await.map(Some)
    }

    fn is_in_check(&self) -> bool {
        check_around(self.evaluator.module(&self.at.module), &self.block.resource).is_some()
    }

    /// Reads what a check is about. It is read again when everything else is done, for then the check
    /// is to tell whether all is well.
    async fn read_for_check(&self, config: &Value) -> Result<Value, Failed> {
        let (read, diagnostics) = self.try_read(config).await;
        let (_, diagnostics) =
            lenient_in_check(self.evaluator, &self.at.module, &self.block.resource, diagnostics);
        self.evaluator.report(diagnostics);
        let after = read.unwrap_or_else(|| self.unread(config));
        if self.session.plans_changes() {
            self.note_read(after.clone(), ChangeReason::ReadBecauseCheckNested);
        }
        Ok(after)
    }

    /// What is known of an object that has not been read.
    fn unread(&self, config: &Value) -> Value {
        let planned = planned_data_object(&self.schema.block, &config.unmark_deep());
        schema_marked(&self.schema.block, &planned.with_marks_at(&marks_of(config)))
    }

    /// Leaves the reading to applying, unless it is clear already that it will be refused.
    async fn defer(&self, config: &Value, reason: ChangeReason) -> Result<Value, Failed> {
        let problems = self.data_source().validate(config).await;
        let fails = problems.has_errors();
        self.evaluator.report(problems);
        if fails {
            return Err(Failed);
        }
        let after = self.unread(config);
        if !self.session.plans_changes() && self.session.by_command.is_none() {
            // Nobody reads it in this run, so nothing is said of it.
            return Ok(Value::unknown(self.schema.block.implied_type()));
        }
        // What was read before is no longer known to be so.
        self.session.record(&self.at.address, None, &self.provider_config, None);
        if self.session.plans_changes() {
            self.note_read(after.clone(), reason);
        }
        Ok(after)
    }

    fn note_read(&self, after: Value, reason: ChangeReason) {
        self.session.add(Change {
            address: self.at.address.clone(),
            previous_address: None,
            deposed: None,
            provider: self.provider_config.clone(),
            action: Action::Read,
            reason: Some(reason),
            before: Value::null(self.schema.block.implied_type()),
            after,
            requires_replace: Vec::new(),
            planned_private: Vec::new(),
            importing: None,
            generated_config: None,
            schema: self.schema.clone(),
            dependencies: self.session.dependencies(self.evaluator, &self.at.address.config()),
            create_before_destroy: false,
            unrefreshed: false,
        });
    }

    async fn read(&self, config: &Value) -> Result<Value, Failed> {
        let (read, diagnostics) = self.try_read(config).await;
        self.evaluator.report(diagnostics);
        read.ok_or(Failed)
    }

    /// Reads the object and records it; `None` where that failed.
    async fn try_read(&self, config: &Value) -> (Option<Value>, Diagnostics) {
        let source = self.data_source();
        let answer = self.session.answer(&source, config).await;
        let (read, mut diagnostics) = source.understand(answer, config);
        let value = match read {
            Reading::Object(value) => value,
            Reading::Useless => {
                self.session.observer.read_errored(&self.at.address);
                return (None, diagnostics);
            }
            Reading::Failed => {
                self.session.observer.read_abandoned(&self.at.address);
                return (None, diagnostics);
            }
        };
        let known_as = identity(&value);
        let known_as = known_as.as_ref().map(|(name, text)| (*name, text.as_str()));
        self.session.observer.read_complete(&self.at.address, known_as);
        match self.object(&value) {
            Ok(object) => {
                self.session.record(&self.at.address, None, &self.provider_config, Some(object));
                (Some(value), diagnostics)
            }
            Err(problem) => {
                diagnostics.push(problem);
                (None, diagnostics)
            }
        }
    }

    fn object(&self, value: &Value) -> Result<Arc<Object>, Diagnostic> {
        let encoded = Object::encode(value, &self.schema.block.implied_type(), self.schema.version);
        encoded.map(Arc::new).map_err(|error| {
            Diagnostic::error("Object cannot be recorded", format!("{}: {error}.", self.at.address))
                .at(self.block.header)
                .on(&self.at.address)
        })
    }
}
