//! Making and changing objects.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, PoisonError};

use plumb_address::{AbsResourceInstance, DeposedKey};
use plumb_configuration::ResourceBlock;
use plumb_diagnostics::Diagnostic;
use plumb_evaluator::{Frame, Scope};
use plumb_plan::{Action, Change, StepId};
use plumb_planner::{Place, identity, lasting_marks, null_unknown, provider_problems, schema_marked};
use plumb_schema::{
    assert_object_compatible, null_write_only, proposed_new, requires_replace, unknown_paths,
};
use plumb_state::journal::Action as Intended;
use plumb_state::{
    ApplyRequest, ApplyResponse, InstanceState, Object, PlanRequest, Provider, RecordedIdentity, Status,
};
use plumb_value::{Marks, Path, Value};

use crate::StepAction;
use crate::provision::Provisioning;
use crate::recorder::intent;
use crate::run::{Failed, Run};

/// One object being made or changed.
struct Making<'a> {
    run: &'a Arc<Run>,
    at: usize,
    step: StepId,
    change: &'a Change,
    block: &'a ResourceBlock,
    scope: Scope,
    action: StepAction,
    provider: Arc<dyn Provider>,
    meta: Option<Value>,
    progress: AtomicU8,
}

/// Whether the conditions that must hold afterwards did.
struct Held(bool);

/// How much of a step its observer was told.
const SAID_NOTHING: u8 = 0;
const SAID_BEGINNING: u8 = 1;
const SAID_END: u8 = 2;

impl Run {
    /// Makes the object of a change, or changes it in place.
    pub(crate) async fn make(self: &Arc<Self>, step: StepId, at: usize) -> Result<(), Failed> {
        let plan = self.plan.clone();
        let change = &plan.changes[at];
        let config = self.evaluator.config().clone();
        let mut frame = Frame::new();
        let (block, scope) = self.declared(&config, change, &mut frame).await?;
        let action = if change.action == Action::Update { StepAction::Update } else { StepAction::Create };
        let provider =
            self.providers.for_object(&self.evaluator, &change.provider, &change.address, &mut frame).await;
        let provider = provider.ok_or(Failed)?;
        let meta = self.meta(change, &mut frame).await?;
        let progress = AtomicU8::new(SAID_NOTHING);
        let making = Making { run: self, at, step, change, block, scope, action, provider, meta, progress };
        match making.make(&mut frame).await {
            Ok(Held(true)) => Ok(()),
            // The object is as planned; only what builds on it must not go on.
            Ok(Held(false)) => Err(Failed),
            Err(Failed) => {
                self.count(|tally| tally.failed += 1);
                if making.progress.load(Ordering::Relaxed) == SAID_BEGINNING {
                    self.observer.step_errored(&change.address, None, action);
                }
                Err(Failed)
            }
        }
    }

    /// Looks at an object that does not change: whether its conditions hold, now that they can be
    /// decided, and that it has been taken over.
    pub(crate) async fn revisit(self: &Arc<Self>, at: usize) -> Result<(), Failed> {
        let plan = self.plan.clone();
        let change = &plan.changes[at];
        if change.importing.is_some() {
            self.count(|tally| tally.imported += 1);
        }
        let config = self.evaluator.config().clone();
        let mut frame = Frame::new();
        let (block, scope) = self.declared(&config, change, &mut frame).await?;
        let address = change.address.to_string();
        let lifecycle = &block.lifecycle;
        let with_self = scope.with_self(change.after.clone());
        for (rules, scope) in [(&lifecycle.preconditions, &scope), (&lifecycle.postconditions, &with_self)] {
            if !self.evaluator.check_rules("resource", &address, rules, scope, &mut frame, true).await {
                return Err(Failed);
            }
        }
        Ok(())
    }

    /// The block that declares the instance of a change, and where its expressions stand.
    pub(crate) async fn declared<'a>(
        self: &Arc<Self>,
        config: &'a plumb_configuration::Config,
        change: &Change,
        frame: &mut Frame,
    ) -> Result<(&'a ResourceBlock, Scope), Failed> {
        let address = &change.address;
        let module = config.find(&address.module.config());
        let block = module.and_then(|module| module.resources.get(&address.resource));
        let node = self.evaluator.find_module(&address.module, frame).await.ok().flatten();
        let (Some(block), Some(node)) = (block, node) else {
            self.report(
                Diagnostic::error(
                    "Planned object is not in the configuration",
                    format!("The configuration that the plan was made from does not declare {address} any more. Make a new plan."),
                )
                .on(address),
            );
            return Err(Failed);
        };
        let keys = self.evaluator.resource_keys(&node, &address.resource, frame).await.ok_or(Failed)?;
        let each_value = keys.find(&address.key).and_then(|entry| entry.1.clone());
        Ok((block, Scope::instance(node, address.key.clone(), each_value)))
    }
}

impl Making<'_> {
    fn place(&self) -> Place<'_> {
        Place::of(self.block)
    }

    fn report(&self, diagnostic: Diagnostic) -> Failed {
        self.run.report(diagnostic.at(self.block.header).on(&self.change.address));
        Failed
    }

    /// Reports what a provider said; fails where any of it is an error.
    fn settle(&self, problems: Vec<plumb_state::ProviderDiagnostic>) -> Result<(), Failed> {
        let failed = problems.iter().any(|problem| problem.is_error);
        self.run.report(provider_problems(problems, self.place(), &self.change.address));
        if failed { Err(Failed) } else { Ok(()) }
    }

    fn provider_name(&self) -> String {
        self.change.provider.provider.to_string()
    }

    fn null(&self) -> Value {
        Value::null(self.change.schema.block.implied_type())
    }

    async fn make(&self, frame: &mut Frame) -> Result<Held, Failed> {
        let evaluator = &self.run.evaluator;
        let address = self.change.address.to_string();
        let rules = &self.block.lifecycle.preconditions;
        if !evaluator.check_rules("resource", &address, rules, &self.scope, frame, true).await {
            return Err(Failed);
        }
        let decoded = evaluator.decode(&self.block.body, &self.change.schema.block, &self.scope, frame).await;
        if decoded.failed {
            return Err(Failed);
        }
        let marks: Vec<(Path, Marks)> = match self.action {
            StepAction::Create => lasting_marks(&decoded.value),
            // What is ignored keeps its marks, as it keeps its value.
            _ => lasting_marks(&self.effective_config(&self.change.before, &decoded.value)),
        };
        let config = decoded.value.unmark_deep();
        self.require_known(&config)?;
        let (prior, prior_object) = self.prior();
        let PlannedAgain { planned, identity, private } =
            self.plan_again(&prior, prior_object.as_deref(), &config).await?;
        if self.action == StepAction::Update && planned.same(&prior) {
            // Only what must not be shown has changed, or nothing at all: the provider has nothing to do.
            return self.record_marks(planned, &marks, prior_object).await;
        }
        self.begin();
        if self.provider.acts_outside() {
            let intended =
                if self.action == StepAction::Update { Intended::Update } else { Intended::Create };
            // What is made anew is known by what it will be called, if by anything.
            let known_by =
                if self.action == StepAction::Update { &self.change.before } else { &self.change.after };
            let intent = intent(
                self.step.0.into(),
                &self.change.address,
                None,
                intended,
                &self.change.provider,
                known_by,
            );
            self.durable(self.run.recorder.intend(intent).await)?;
        }
        self.depose();
        let response = self
            .provider
            .apply_resource_change(ApplyRequest {
                identity,
                kind: self.change.address.resource.kind.clone(),
                prior: prior.clone(),
                planned: planned.clone(),
                config,
                private,
                meta: self.meta.clone(),
            })
            .await;
        self.take(response, &planned, &marks, frame).await
    }

    /// Tells that the object is about to change, which is not sure before the last plan is made.
    fn begin(&self) {
        let known_as = (self.action == StepAction::Update).then(|| identity(&self.change.before)).flatten();
        let known_as = known_as.as_ref().map(|(name, text)| (*name, text.as_str()));
        self.progress.store(SAID_BEGINNING, Ordering::Relaxed);
        self.run.observer.step_start(&self.change.address, None, self.action, known_as);
    }

    fn durable(&self, outcome: Result<(), plumb_state::BackendError>) -> Result<(), Failed> {
        outcome.map_err(|error| {
            self.run.recorder.break_down(error);
            Failed
        })
    }

    /// What the object was before this step, and as what it is recorded.
    fn prior(&self) -> (Value, Option<Arc<Object>>) {
        if self.action == StepAction::Create {
            return (self.null(), None);
        }
        let recorded = self.run.recorder.instance(&self.change.address).current;
        (self.change.before.unmark_deep(), recorded)
    }

    fn require_known(&self, config: &Value) -> Result<(), Failed> {
        if config.is_wholly_known() {
            return Ok(());
        }
        let places: Vec<String> = unknown_paths(config)
            .iter()
            .map(|path| format!("  - {}", path.to_string().trim_start_matches('.')))
            .collect();
        Err(self.report(Diagnostic::error(
            "Configuration contains unknown value",
            format!(
                "The configuration of {} still has values that are not known, although everything that it depends on has \
                 been applied:\n{}\n\nThis is a bug in the provider of what it refers to, or in Plumb.",
                self.change.address,
                places.join("\n")
            ),
        )))
    }

    /// Has the provider plan again now that everything is known, and makes sure that the outcome is
    /// what was planned, with unknown parts filled in.
    async fn plan_again(
        &self,
        prior: &Value,
        recorded: Option<&Object>,
        config: &Value,
    ) -> Result<PlannedAgain, Failed> {
        let schema = &self.change.schema.block;
        if !self.change.after.is_wholly_known() {
            let problems = self
                .provider
                .validate_resource_config(self.block.resource.mode, &self.block.resource.kind, config.clone())
                .await;
            self.settle(problems)?;
        }
        let effective = self.effective_config(prior, config);
        let response = self
            .provider
            .plan_resource_change(PlanRequest {
                identity: recorded.and_then(|object| object.identity.clone()),
                kind: self.change.address.resource.kind.clone(),
                prior: prior.clone(),
                proposed: proposed_new(schema, prior, &effective),
                config: effective,
                private: recorded.map_or_else(Vec::new, |object| object.private.clone()),
                meta: self.meta.clone(),
            })
            .await;
        self.settle(response.diagnostics)?;
        let planned = if response.legacy_type_system {
            plumb_planner::ignored(self.block, &self.change.schema, prior, &response.planned, false)
        } else {
            response.planned
        };
        if self.action == StepAction::Update {
            let required = requires_replace(schema, &response.requires_replace, prior, &planned);
            if !required.paths.is_empty() {
                let places: Vec<String> = required.paths.iter().map(ToString::to_string).collect();
                return Err(self.inconsistent_plan(&[format!(
                    "it planned to change the object in place, and now wants to replace it because of {}",
                    places.join(", ")
                )]));
            }
        }
        let violations = assert_object_compatible(schema, &self.change.after.unmark_deep(), &planned);
        if !violations.is_empty() {
            let secret = secret_places(&self.change.after, &[]);
            let lines: Vec<String> =
                violations.iter().map(|violation| violation.describe("", &secret)).collect();
            return Err(self.inconsistent_plan(&lines));
        }
        Ok(PlannedAgain { planned, identity: response.identity, private: response.private })
    }

    fn effective_config(&self, prior: &Value, config: &Value) -> Value {
        plumb_planner::ignored(self.block, &self.change.schema, prior, config, true)
    }

    fn inconsistent_plan(&self, lines: &[String]) -> Failed {
        self.report(bug(
            "Provider produced inconsistent final plan",
            format!(
                "When expanding the plan for {} to include new values learned so far during apply, provider \"{}\" changed \
                 the planned action or produced an invalid new value:",
                self.change.address,
                self.provider_name()
            ),
            lines,
        ))
    }

    /// Sets the current object of a create-first replacement aside. Records are kept in order, so
    /// this is durable before what becomes of the new object is.
    fn depose(&self) {
        let recorded = self.run.recorder.instance(&self.change.address);
        if self.change.action != Action::CreateThenDelete || recorded.current.is_none() {
            return;
        }
        let key = std::iter::repeat_with(|| DeposedKey((self.run.deposed_key)().into()))
            .find(|key| !recorded.deposed.contains_key(key));
        let Some(key) = key else { return };
        self.run.deposed.lock().unwrap_or_else(PoisonError::into_inner).insert(self.at, key.clone());
        let step = format!("{}-depose", self.step.0);
        self.run.recorder.record_ahead(
            step.as_str().into(),
            &self.change.address,
            &self.change.provider,
            |instance: &mut InstanceState| {
                if let Some(current) = instance.current.take() {
                    instance.deposed.insert(key, current);
                }
            },
        );
    }

    async fn record_marks(
        &self,
        planned: Value,
        marks: &[(Path, Marks)],
        prior: Option<Arc<Object>>,
    ) -> Result<Held, Failed> {
        let value = schema_marked(&self.change.schema.block, &planned.with_marks_at(marks));
        let identity = prior.as_ref().and_then(|object| object.identity.clone());
        let private = prior.map_or_else(Vec::new, |object| object.private.clone());
        let object = self.object(&value, private, identity, Status::Ready)?;
        self.store(object.clone(), None, false).await?;
        // Otherwise what was not known when it was planned has turned out to be what is there.
        if marked_places(&value) != marked_places(&self.change.before) {
            self.begin();
            self.complete(&value);
        }
        self.run.objects.finish(self.at, object);
        Ok(Held(true))
    }

    /// Records what the provider has made of it, checked.
    async fn take(
        &self,
        response: ApplyResponse,
        planned: &Value,
        marks: &[(Path, Marks)],
        frame: &mut Frame,
    ) -> Result<Held, Failed> {
        if response.unanswered {
            return Err(self.leave_open(response.diagnostics));
        }
        let ApplyResponse { state, identity, private, legacy_type_system, diagnostics, .. } = response;
        let mut failed = diagnostics.iter().any(|problem| problem.is_error);
        let summary =
            diagnostics.iter().find(|problem| problem.is_error).map(|problem| problem.summary.clone());
        self.run.report(provider_problems(diagnostics, self.place(), &self.change.address));
        if state.is_null() && !failed {
            self.report(inconsistent_result(
                &self.change.address,
                &self.provider_name(),
                &["the object was to be there, and now there is none".to_owned()],
            ));
            failed = true;
        }
        if state.is_null() {
            return self.take_nothing(summary).await;
        }
        let (known, was_unknown) = without_unknown(&state);
        if was_unknown && !failed {
            let places: Vec<String> = unknown_paths(&state).iter().map(ToString::to_string).collect();
            self.report(bug(
                "Provider returned invalid result object after apply",
                format!(
                    "After the apply operation, provider \"{}\" still indicated an unknown value for {}. All values must be \
                     known after apply, so the object is recorded with those left out:",
                    self.provider_name(),
                    self.change.address
                ),
                &places,
            ));
            failed = true;
        }
        let new = null_write_only(&self.change.schema.block, &known);
        if !failed && !legacy_type_system {
            let violations = assert_object_compatible(&self.change.schema.block, planned, &new);
            if !violations.is_empty() {
                let secret = secret_places(&self.change.after, marks);
                let lines: Vec<String> =
                    violations.iter().map(|violation| violation.describe("", &secret)).collect();
                self.report(inconsistent_result(&self.change.address, &self.provider_name(), &lines));
                failed = true;
            }
        }
        let value = schema_marked(&self.change.schema.block, &new.with_marks_at(marks));
        // What was made and is not what was planned is as good as half made; so is what its provisioners
        // have not run for, should this be cut off while they do.
        let is_provisioned = self.action == StepAction::Create
            && self.block.provisioners.iter().any(|provisioner| !provisioner.when_destroy);
        let is_half_made = self.action == StepAction::Create && (failed || is_provisioned);
        let status = if is_half_made { Status::Tainted } else { self.status() };
        // A provider that does not say it leaves it as it is.
        let identity = identity.or_else(|| self.prior().1.and_then(|object| object.identity.clone()));
        let object = self.object(&value, private, identity, status)?;
        self.store(object.clone(), summary, is_provisioned).await?;
        if failed {
            return Err(Failed);
        }
        if is_provisioned {
            self.provision(&value, frame).await?;
            self.record_provisioned(&object).await?;
        }
        self.complete(&value);
        let with_self = self.scope.with_self(value);
        let address = self.change.address.to_string();
        let rules = &self.block.lifecycle.postconditions;
        let held = self.run.evaluator.check_rules("resource", &address, rules, &with_self, frame, true).await;
        if held {
            self.run.objects.finish(self.at, object);
        }
        Ok(Held(held))
    }

    async fn provision(&self, value: &Value, frame: &mut Frame) -> Result<(), Failed> {
        let work = Provisioning {
            address: &self.change.address,
            provisioners: &self.block.provisioners,
            connection: self.block.connection.as_ref(),
            scope: self.scope.with_self(value.clone()),
            when_destroy: false,
        };
        self.run.provision(&work, frame).await
    }

    /// Records that an object is made in full.
    async fn record_provisioned(&self, object: &Arc<Object>) -> Result<(), Failed> {
        let object = Object { status: Status::Ready, ..(**object).clone() };
        let step = format!("{}-provisioned", self.step.0);
        let receipt = self.run.recorder.record(
            step.as_str().into(),
            &self.change.address,
            &self.change.provider,
            None,
            |instance: &mut InstanceState| instance.current = Some(Arc::new(object)),
        );
        self.durable(receipt.await)
    }

    /// Nobody knows what came of it: the intent stays open, and the next command says what to do.
    fn leave_open(&self, mut problems: Vec<plumb_state::ProviderDiagnostic>) -> Failed {
        let what = if self.action == StepAction::Update {
            "changed in full, in part or not at all. The next refresh shows what it is like."
        } else {
            "created. The next command asks about it before anything is created in its place."
        };
        say_unknown(&mut problems, &format!("Nobody knows whether {} was {what}", self.change.address));
        self.run.report(provider_problems(problems, self.place(), &self.change.address));
        Failed
    }

    /// An update of a tainted object leaves it tainted; everything else ends ready.
    fn status(&self) -> Status {
        if self.action == StepAction::Create {
            return Status::Ready;
        }
        let recorded = self.run.recorder.instance(&self.change.address).current;
        recorded.map_or(Status::Ready, |object| object.status)
    }

    /// Nothing came of it: what was there before stays, and what was set aside comes back.
    async fn take_nothing(&self, summary: Option<String>) -> Result<Held, Failed> {
        let deposed = self.run.deposed.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.at);
        let receipt = self.run.recorder.record(
            self.step.0.into(),
            &self.change.address,
            &self.change.provider,
            Some(summary.unwrap_or_else(|| "the provider returned nothing".to_owned())),
            |instance: &mut InstanceState| {
                if let Some(key) = deposed
                    && let Some(object) = instance.deposed.remove(&key)
                {
                    instance.current = Some(object);
                }
            },
        );
        self.durable(receipt.await)?;
        Err(Failed)
    }

    fn object(
        &self,
        value: &Value,
        private: Vec<u8>,
        identity: Option<RecordedIdentity>,
        status: Status,
    ) -> Result<Arc<Object>, Failed> {
        let schema = &self.change.schema;
        let encoded = Object::encode(value, &schema.block.implied_type(), schema.version).map_err(|error| {
            self.report(Diagnostic::error(
                "Object cannot be recorded",
                format!(
                    "{} was changed, but what the provider returned cannot be recorded: {error}. Import it once the \
                     provider is mended.",
                    self.change.address
                ),
            ))
        })?;
        Ok(Arc::new(Object {
            status,
            private,
            dependencies: self.change.dependencies.clone(),
            create_before_destroy: self.change.create_before_destroy,
            identity,
            ..encoded
        }))
    }

    /// Records an object. `is_built_on` says that something outside is about to build on it.
    async fn store(
        &self,
        object: Arc<Object>,
        failure: Option<String>,
        is_built_on: bool,
    ) -> Result<(), Failed> {
        let receipt = self.run.recorder.record(
            self.step.0.into(),
            &self.change.address,
            &self.change.provider,
            failure,
            |instance: &mut InstanceState| instance.current = Some(object),
        );
        // Where nothing outside depends on it, whatever does will wait for all before it anyway.
        if is_built_on || self.provider.acts_outside() {
            self.durable(receipt.await)?;
        }
        Ok(())
    }

    fn complete(&self, value: &Value) {
        let update = self.action == StepAction::Update;
        self.run.count(|tally| if update { tally.changed += 1 } else { tally.added += 1 });
        if self.change.importing.is_some() {
            self.run.count(|tally| tally.imported += 1);
        }
        let known_as = identity(value);
        let known_as = known_as.as_ref().map(|(name, text)| (*name, text.as_str()));
        self.progress.store(SAID_END, Ordering::Relaxed);
        self.run.observer.step_complete(&self.change.address, None, self.action, known_as);
    }
}

/// What the provider planned once everything was known.
struct PlannedAgain {
    planned: Value,
    identity: Option<RecordedIdentity>,
    private: Vec<u8>,
}

/// Adds to why a provider did not answer what that means.
pub(crate) fn say_unknown(problems: &mut [plumb_state::ProviderDiagnostic], what: &str) {
    if let Some(problem) = problems.iter_mut().find(|problem| problem.is_error) {
        problem.detail.push_str("\n\n");
        problem.detail.push_str(what);
    }
}

/// Where a planned object must not be shown, with what turned out to be so since.
fn secret_places(planned: &Value, marks: &[(Path, Marks)]) -> Vec<Path> {
    let places = planned.unmark_deep_with_paths().1;
    places.into_iter().map(|(path, _)| path).chain(marks.iter().map(|(path, _)| path.clone())).collect()
}

/// Where a value must not be shown, in an order of its own.
fn marked_places(value: &Value) -> Vec<String> {
    let places = value.unmark_deep_with_paths().1;
    let mut places: Vec<String> = places.into_iter().map(|(path, _)| path.to_string()).collect();
    places.sort();
    places
}

/// The object with null where it is unknown, and whether it was anywhere.
fn without_unknown(value: &Value) -> (Value, bool) {
    if value.is_wholly_known() {
        return (value.clone(), false);
    }
    (null_unknown(value), true)
}

fn inconsistent_result(address: &AbsResourceInstance, provider: &str, lines: &[String]) -> Diagnostic {
    bug(
        "Provider produced inconsistent result after apply",
        format!(
            "When applying changes to {address}, provider \"{provider}\" produced an unexpected new value:"
        ),
        lines,
    )
}

/// The diagnostic for a provider that does not keep to the protocol.
fn bug(summary: &str, what: String, lines: &[String]) -> Diagnostic {
    let list: Vec<String> = lines.iter().map(|line| format!("  - {line}")).collect();
    let list = if list.is_empty() { String::new() } else { format!("\n{}", list.join("\n")) };
    Diagnostic::error(
        summary,
        format!(
            "{what}{list}\n\nThis is a bug in the provider, which should be reported in the provider's own issue tracker."
        ),
    )
}
