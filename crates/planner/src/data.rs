//! Data sources: read while planning, or later where that is not possible yet.

use std::collections::HashSet;
use std::sync::Arc;

use plumb_address::Mode;
use plumb_configuration::ResourceBlock;
use plumb_evaluator::{Evaluator, Frame, InstanceAddress, Node, Outcome, Scope};
use plumb_expression::Subject;
use plumb_plan::{Action, Change, ChangeReason};
use plumb_schema::{Schema, planned_data_object};
use plumb_state::{DataRequest, Object, Provider};
use plumb_value::{Marks, Path, Value};

use crate::problems::Place;
use crate::refresh::{Failed, Subject as Looked, marks_of};
use crate::session::Session;
use crate::values::{identity, schema_marked};

/// What reading one data source goes by.
struct Data<'a> {
    session: &'a Session,
    evaluator: &'a Arc<Evaluator>,
    at: &'a InstanceAddress,
    block: &'a ResourceBlock,
    schema: Arc<Schema>,
    provider: Arc<dyn Provider>,
}

impl Session {
    /// The value of a data source: read, or as far as known where it is read while applying.
    pub(crate) async fn plan_data(
        &self,
        evaluator: &Arc<Evaluator>,
        at: &InstanceAddress,
        block: &ResourceBlock,
        frame: &mut Frame,
    ) -> Outcome {
        let schema = match self.providers.block_schema(block).await {
            Ok(schema) => schema,
            Err(diagnostics) => {
                evaluator.report(diagnostics);
                return Outcome::failed();
            }
        };
        if !self.targeting.includes(&at.address) {
            return self.left_alone(evaluator, at, &schema);
        }
        if !self.await_dependencies(evaluator, at, block, frame).await {
            return Outcome::failed();
        }
        let Some(provider) = self.providers.configured(evaluator, &block.provider_config, frame).await else {
            return Outcome::failed();
        };
        let data = Data { session: self, evaluator, at, block, schema, provider };
        match data.plan(frame).await {
            Ok(value) => Outcome::of(value),
            Err(Failed) => Outcome::failed(),
        }
    }

    /// Whether anything changes that the `depends_on` of a block names, or of a call around it.
    fn has_pending_dependencies(
        &self,
        evaluator: &Evaluator,
        at: &InstanceAddress,
        block: &ResourceBlock,
    ) -> bool {
        let mut starts: Vec<Node> = Vec::new();
        let own = at.module.module;
        let node = |module: &plumb_configuration::Module, subject: &Subject| match subject {
            Subject::Resource(resource, _) => Some(Node::Resource(module.id, resource.clone())),
            Subject::Module(call, _, _) => module.calls.get(call).and_then(|call| call.module).map(Node::All),
            Subject::Local(name) => Some(Node::Local(module.id, name.clone())),
            Subject::Variable(name) => Some(Node::Variable(module.id, name.clone())),
            _ => None,
        };
        let module = evaluator.config().module(own);
        starts.extend(block.depends_on.iter().filter_map(|reference| node(module, &reference.subject)));
        let mut above = at.module.parent.as_ref();
        while let Some((parent, call)) = above {
            let module = evaluator.config().module(parent.module);
            if let Some(call) = module.calls.get(call) {
                starts
                    .extend(call.depends_on.iter().filter_map(|reference| node(module, &reference.subject)));
            }
            above = parent.parent.as_ref();
        }
        if starts.is_empty() {
            return false;
        }
        let closure = evaluator.index().closure(&starts);
        let resources: HashSet<_> = closure
            .iter()
            .filter_map(|node| match node {
                Node::Resource(module, resource) if resource.mode == Mode::Managed => {
                    Some(resource.in_config(evaluator.config().module(*module).path.clone()))
                }
                _ => None,
            })
            .collect();
        let found = self.found();
        found
            .changes
            .iter()
            .any(|change| change.action != Action::NoOp && resources.contains(&change.address.config()))
    }
}

impl Data<'_> {
    fn subject(&self) -> Looked<'_> {
        Looked {
            address: &self.at.address,
            deposed: None,
            provider: &self.provider,
            provider_config: &self.block.provider_config,
            schema: &self.schema,
            place: Place::of(self.block),
        }
    }

    async fn plan(&self, frame: &mut Frame) -> Result<Value, Failed> {
        let scope = Scope::instance(self.at.module.clone(), self.at.key.clone(), self.at.each_value.clone());
        let address = self.at.address.to_string();
        let lifecycle = &self.block.lifecycle;
        if !self
            .evaluator
            .check_rules("resource", &address, &lifecycle.preconditions, &scope, frame, true)
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
        } else if self.session.has_pending_dependencies(self.evaluator, self.at, self.block) {
            Some(ChangeReason::ReadBecauseDependencyPending)
        } else {
            None
        };
        if let Some(reason) = reason {
            return Ok(self.defer(&config, reason));
        }
        let value = self.read(&config).await?;
        let with_self = scope.with_self(value.clone());
        if !self
            .evaluator
            .check_rules("resource", &address, &lifecycle.postconditions, &with_self, frame, true)
            .await
        {
            return Err(Failed);
        }
        Ok(value)
    }

    /// Leaves the reading to applying.
    fn defer(&self, config: &Value, reason: ChangeReason) -> Value {
        let marks: Vec<(Path, Marks)> = marks_of(config);
        let planned = planned_data_object(&self.schema.block, &config.unmark_deep());
        let after = schema_marked(&self.schema.block, &planned.with_marks_at(&marks));
        self.session.add(Change {
            address: self.at.address.clone(),
            previous_address: None,
            deposed: None,
            provider: self.block.provider_config.clone(),
            action: Action::Read,
            reason: Some(reason),
            before: Value::null(self.schema.block.implied_type()),
            after: after.clone(),
            requires_replace: Vec::new(),
            planned_private: Vec::new(),
            importing: None,
            schema: self.schema.clone(),
            dependencies: self.session.dependencies(self.evaluator, &self.at.address.config()),
            create_before_destroy: false,
        });
        after
    }

    async fn read(&self, config: &Value) -> Result<Value, Failed> {
        let _permit = self.session.permits.acquire().await;
        self.session.observer.read_start(&self.at.address);
        let value = read_data(self.session, self.evaluator, &self.subject(), config).await?;
        let known_as = identity(&value);
        let known_as = known_as.as_ref().map(|(name, text)| (*name, text.as_str()));
        self.session.observer.read_complete(&self.at.address, known_as);
        let object = self.object(&value)?;
        self.session.record(&self.at.address, None, &self.block.provider_config, Some(object));
        Ok(value)
    }

    fn object(&self, value: &Value) -> Result<Arc<Object>, Failed> {
        let encoded = Object::encode(value, &self.schema.block.implied_type(), self.schema.version);
        encoded.map(Arc::new).map_err(|error| {
            self.evaluator.report(
                plumb_diagnostics::Diagnostic::error(
                    "Object cannot be recorded",
                    format!("{}: {error}.", self.at.address),
                )
                .at(self.block.header),
            );
            Failed
        })
    }
}

/// Reads a data source whose configuration is wholly known; marks come along.
async fn read_data(
    session: &Session,
    evaluator: &Evaluator,
    subject: &Looked<'_>,
    config: &Value,
) -> Result<Value, Failed> {
    let kind = &subject.address.resource.kind;
    let marks: Vec<(Path, Marks)> = marks_of(config);
    let plain = config.unmark_deep();
    let problems = subject.provider.validate_resource_config(Mode::Data, kind, plain.clone()).await;
    session.settle(evaluator, subject, problems)?;
    let request = DataRequest { kind: kind.clone(), config: plain, meta: None };
    let response = subject.provider.read_data_source(request).await;
    session.settle(evaluator, subject, response.diagnostics)?;
    if response.state.is_null() || !response.state.is_wholly_known() {
        let problem =
            if response.state.is_null() { "the object is null" } else { "parts of the object are unknown" };
        evaluator.report(
            crate::problems::provider_bug(
                "Provider produced invalid object",
                &subject.provider_config.provider.to_string(),
                &format!("returned an invalid object for {}:", subject.address),
                &[problem.to_owned()],
            )
            .at(subject.place.header)
            .on(subject.address),
        );
        return Err(Failed);
    }
    Ok(schema_marked(&subject.schema.block, &response.state.with_marks_at(&marks)))
}
