//! Planning a managed resource instance that the configuration declares.

use std::collections::HashSet;
use std::sync::Arc;

use plumb_address::ConfigResource;
use plumb_configuration::{CheckRule, IgnoreChanges, ResourceBlock};
use plumb_diagnostics::Diagnostic;
use plumb_evaluator::{Evaluator, Frame, InstanceAddress, Outcome, RuleResult, Scope};
use plumb_plan::{Action, Change, ChangeReason};
use plumb_schema::{
    Ignored, Schema, apply_ignore_changes, assert_plan_valid, proposed_new, requires_replace,
};
use plumb_source::Span;
use plumb_state::{CheckStatus, Object, PlanRequest, PlanResponse, Status};
use plumb_value::{Marks, Path, Value};

use crate::import_command::already_managed;
use crate::instance::Instance;
use crate::pending::settle_references;
use crate::problems::{ephemeral_misuse, provider_bug};
use crate::refresh::{Failed, Live, Seen, Subject, marks_of};
use crate::session::Session;
use crate::values::schema_marked;

/// The provider's answer, checked.
struct Answer {
    planned: Value,
    private: Vec<u8>,
    requires_replace: Vec<Path>,
}

/// What there is of an object before anything is done.
#[derive(Default)]
struct Before {
    live: Option<Live>,
    /// The identifier by which it is taken over.
    importing: Option<Arc<str>>,
    /// What the provider stored beside an object that turned out to be gone.
    private_of_gone: Vec<u8>,
}

/// What was decided.
struct Decision {
    action: Action,
    reason: Option<ChangeReason>,
    planned: Value,
    private: Vec<u8>,
    requires_replace: Vec<Path>,
}

impl Session {
    /// The value of a managed instance after the plan: it is planned, or left alone.
    pub(crate) async fn plan_managed(
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
        if self.imports_unclearly(&at.address) {
            return Outcome::failed();
        }
        match instance.plan(frame).await {
            Ok(value) => Outcome::of(value),
            Err(Failed) => Outcome::failed(),
        }
    }
}

impl Instance<'_> {
    fn subject(&self) -> Subject<'_> {
        Subject {
            address: &self.at.address,
            deposed: None,
            provider: &self.provider,
            provider_config: &self.block.provider_config,
            schema: &self.schema,
            place: self.place(),
            meta: self.meta.as_ref(),
        }
    }

    fn provider_name(&self) -> String {
        self.block.provider_config.provider.to_string()
    }

    fn report(&self, diagnostic: Diagnostic) -> Failed {
        self.evaluator.report(diagnostic.on(&self.at.address));
        Failed
    }

    fn is_create_first(&self) -> bool {
        self.evaluator.index().is_create_first(self.at.module.module, &self.block.resource)
    }

    async fn plan(&self, frame: &mut Frame) -> Result<Value, Failed> {
        let scope = self.scope();
        // Where only the records are brought up to date, a condition that does not hold stops nobody.
        let required = self.session.plans_changes();
        let found = self.before(frame).await?;
        let before = self.conditions(&self.block.lifecycle.preconditions, &scope, frame, required).await?;
        if !self.session.plans_changes() {
            let Some(live) = found.live else {
                self.leave_undecided(&self.block.lifecycle.postconditions);
                return Ok(Value::unknown(self.schema.block.implied_type()));
            };
            let with_self = scope.with_self(live.value.clone());
            self.conditions(&self.block.lifecycle.postconditions, &with_self, frame, required).await?;
            return Ok(live.value);
        }
        let decoded = self.evaluator.decode(&self.block.body, &self.schema.block, &scope, frame).await;
        if decoded.failed {
            return Err(Failed);
        }
        let misuse = ephemeral_misuse(self.block, &self.schema, &decoded.value);
        if !misuse.is_empty() {
            self.evaluator.report(misuse.or_on(&self.at.address));
            return Err(Failed);
        }
        let triggered = self.is_triggered(frame).await?;
        let decision = self.ask_provider(&found, &decoded.value, triggered).await?;
        refuse_provisioners(self.evaluator, self.block, &self.at.address, decision.action)?;
        let (action, after) = (decision.action, decision.planned.clone());
        let refused = self.refuse_destruction(&decision);
        if let (Action::NoOp, Some(live)) = (action, &found.live) {
            self.keep(live);
        }
        // What is refused is shown all the same: it is why the plan is not one to apply.
        self.note(found, decision);
        refused?;
        let with_self = scope.with_self(after.clone());
        let rules = &self.block.lifecycle.postconditions;
        let afterwards = self.conditions(rules, &with_self, frame, required).await?;
        if action == Action::NoOp && (before == CheckStatus::Unknown || afterwards == CheckStatus::Unknown) {
            self.session.found().undecided.insert(self.at.address.clone());
        }
        Ok(after)
    }

    /// Takes note of conditions on an object that is not there.
    fn leave_undecided(&self, rules: &[CheckRule]) {
        if !rules.is_empty() {
            self.evaluator.note_result(RuleResult {
                kind: "resource",
                address: self.at.address.to_string(),
                status: CheckStatus::Unknown,
                message: None,
            });
        }
    }

    /// Evaluates conditions; fails where one does not hold.
    async fn conditions(
        &self,
        rules: &[CheckRule],
        scope: &Scope,
        frame: &mut Frame,
        required: bool,
    ) -> Result<CheckStatus, Failed> {
        if rules.is_empty() {
            return Ok(CheckStatus::Pass);
        }
        let address = self.at.address.to_string();
        let status = self.evaluator.rules_status("resource", &address, rules, scope, frame, required).await;
        match status {
            CheckStatus::Fail | CheckStatus::Error if required => Err(Failed),
            status => Ok(status),
        }
    }

    /// Everything for which the provider is needed. Whoever holds a permit waits for nobody else, or
    /// with one permit there would be no end to it.
    async fn ask_provider(
        &self,
        found: &Before,
        config: &Value,
        triggered: bool,
    ) -> Result<Decision, Failed> {
        let _permit = self.session.permits.acquire().await;
        self.validate(config).await?;
        self.decide(found, config, triggered).await
    }

    /// The object as it is now.
    async fn before(&self, frame: &mut Frame) -> Result<Before, Failed> {
        if let Some((address, id)) = &self.session.by_command {
            if *address == self.at.address {
                return self.take_over(id.clone(), self.block.header).await;
            }
            // Where an object could not be taken over, nobody is asked about what is made of it.
            if !settle_references(self.evaluator, self.at, self.block, frame, |_| true).await {
                return Err(Failed);
            }
        }
        let recorded = self.session.recorded(&self.at.address);
        let Some(recorded) = recorded else { return self.imported(frame).await };
        let with_dependencies = self.with_dependencies(&recorded);
        let seen = self.session.refresh(self.evaluator, &self.subject(), &with_dependencies).await?;
        Ok(match seen {
            Seen::Live(live) => Before { live: Some(live), ..Before::default() },
            // A tainted object is planned anew whether it is there or not.
            Seen::Gone(_) if recorded.status == Status::Tainted => Before::default(),
            Seen::Gone(private) => Before { private_of_gone: private, ..Before::default() },
        })
    }

    async fn imported(&self, frame: &mut Frame) -> Result<Before, Failed> {
        let wanted = self.session.imports().wanted(&self.at.address);
        let Some(wanted) = wanted else { return Ok(Before::default()) };
        let (id, span) = wanted.evaluate(self.evaluator, &self.at.address, frame).await?;
        self.take_over(id, span).await
    }

    /// Finds an object by its identifier, which is written at `span`.
    async fn take_over(&self, id: Arc<str>, span: Span) -> Result<Before, Failed> {
        let object = self.session.import(self.evaluator, &self.subject(), &id, span).await?;
        // A wrong identifier is the more likely mistake, so that is what is said first.
        if self.session.recorded(&self.at.address).is_some() {
            return Err(self.report(already_managed(&self.at.address)));
        }
        let live = self.session.refresh_imported(self.evaluator, &self.subject(), &object, &id, span).await?;
        Ok(Before { live: Some(live), importing: Some(id), ..Before::default() })
    }

    /// The record with what the configuration says now beside what was said when it was applied; of
    /// what an object depends on that is so only where it is looked at.
    fn with_dependencies(&self, object: &Arc<Object>) -> Arc<Object> {
        let create_before_destroy = self.is_create_first();
        let same = object.create_before_destroy == create_before_destroy;
        let now = if self.session.looks_at(&self.at.address) {
            self.session.dependencies(self.evaluator, &self.at.address.config())
        } else {
            Arc::new([])
        };
        if same && now == object.dependencies {
            return object.clone();
        }
        let recorded: HashSet<&ConfigResource> = object.dependencies.iter().collect();
        let added: Vec<&ConfigResource> = now.iter().filter(|block| !recorded.contains(block)).collect();
        if same && added.is_empty() {
            return object.clone();
        }
        let mut dependencies = object.dependencies.to_vec();
        dependencies.extend(added.into_iter().cloned());
        dependencies.sort_by_cached_key(ToString::to_string);
        Arc::new(Object { dependencies: dependencies.into(), create_before_destroy, ..(**object).clone() })
    }

    async fn validate(&self, config: &Value) -> Result<(), Failed> {
        let problems = self
            .provider
            .validate_resource_config(
                self.block.resource.mode,
                &self.block.resource.kind,
                config.unmark_deep(),
            )
            .await;
        self.session.settle(self.evaluator, &self.subject(), problems)
    }

    async fn decide(&self, found: &Before, config: &Value, triggered: bool) -> Result<Decision, Failed> {
        let live = found.live.as_ref();
        let block = &self.schema.block;
        let null = Value::null(block.implied_type());
        let tainted = live.is_some_and(|live| live.object.status == Status::Tainted);
        // A tainted object is planned as if it were not there: its successor owes nothing to it.
        let prior = live.filter(|_| !tainted);
        let prior_value = prior.map_or(null.clone(), |live| live.value.unmark_deep());
        let prior_private =
            prior.map_or_else(|| found.private_of_gone.clone(), |live| live.object.private.clone());
        // What is ignored keeps its marks, as it keeps its value.
        let marked_prior = prior.map_or_else(|| null.clone(), |live| live.value.clone());
        let marked = self.ignore(&marked_prior, config, true);
        let mut marks: Vec<(Path, Marks)> = lasting_marks(&marked);
        let effective = marked.unmark_deep();
        let own_marks = lasting_marks(config);
        let config = config.unmark_deep();
        let proposed = proposed_new(block, &prior_value, &effective);
        let secret: Vec<Path> =
            [&marked_prior, &marked].into_iter().flat_map(marks_of).map(|(path, _)| path).collect();
        let mut answer = self.ask(&prior_value, &proposed, &effective, prior_private, &secret).await?;
        let requested = self.session.options.replace.contains(&self.at.address);
        let forced = requested || triggered;
        let is_equal = answer.planned.same(&prior_value);
        let mut reason = None;
        let mut action = if prior_value.is_null() {
            Action::Create
        } else if is_equal && !forced {
            Action::NoOp
        } else if forced || !answer.requires_replace.is_empty() {
            reason = Some(if requested {
                ChangeReason::ReplaceByRequest
            } else {
                ChangeReason::ReplaceBecauseCannotUpdate
            });
            self.replacement()
        } else {
            Action::Update
        };
        if action.is_replace() {
            let proposed = proposed_new(block, &null, &config);
            let again = self.ask(&null, &proposed, &config, answer.private, &secret).await?;
            answer = Answer { requires_replace: answer.requires_replace, ..again };
            // Nothing is ignored of what is made anew.
            marks.extend(own_marks);
        }
        if action == Action::Create && tainted {
            action = self.replacement();
            reason = Some(ChangeReason::ReplaceBecauseTainted);
        }
        // A trigger is named before every other reason, even where the object has yet to be made.
        if triggered {
            reason = Some(ChangeReason::ReplaceByTriggers);
        }
        // What stays as it is need not be kept twice.
        let planned = if action == Action::NoOp { &prior_value } else { &answer.planned };
        let planned = schema_marked(block, &planned.with_marks_at(&marks));
        if action.is_replace() && !tainted {
            let mut found = self.session.found();
            found.marks_of_replacements.insert(self.at.address.clone(), marks);
        }
        if action == Action::NoOp && prior.is_some_and(|live| !same_marks(&live.value, &planned)) {
            // What must not be shown has changed, and the record has to say so.
            action = Action::Update;
        }
        Ok(Decision {
            action,
            reason,
            planned,
            private: answer.private,
            requires_replace: answer.requires_replace,
        })
    }

    fn replacement(&self) -> Action {
        if self.is_create_first() { Action::CreateThenDelete } else { Action::DeleteThenCreate }
    }

    fn ignore(&self, prior: &Value, value: &Value, is_config: bool) -> Value {
        ignored(self.block, &self.schema, prior, value, is_config)
    }

    /// Asks the provider for a plan and checks its answer. What is at the `secret` places is not shown.
    async fn ask(
        &self,
        prior: &Value,
        proposed: &Value,
        config: &Value,
        private: Vec<u8>,
        secret: &[Path],
    ) -> Result<Answer, Failed> {
        let request = PlanRequest {
            kind: self.block.resource.kind.clone(),
            prior: prior.clone(),
            proposed: proposed.clone(),
            config: config.clone(),
            private,
            meta: self.meta.clone(),
        };
        let PlanResponse { planned, requires_replace: named, private, legacy_type_system, diagnostics } =
            self.provider.plan_resource_change(request).await;
        self.session.settle(self.evaluator, &self.subject(), diagnostics)?;
        if planned.is_null() {
            return Err(self.invalid_plan(&["the planned object is null".to_owned()]));
        }
        if !legacy_type_system {
            let violations = assert_plan_valid(&self.schema.block, prior, config, &planned);
            if !violations.is_empty() {
                let lines: Vec<String> = violations
                    .iter()
                    .map(|violation| violation.describe(&self.at.address.to_string(), secret))
                    .collect();
                return Err(self.invalid_plan(&lines));
            }
        }
        // Providers made with the older SDK change what was to be ignored; that is taken back.
        let planned = if legacy_type_system { self.ignore(prior, &planned, false) } else { planned };
        let required = requires_replace(&self.schema.block, &named, prior, &planned);
        if !required.invalid.is_empty() {
            let lines: Vec<String> = required
                .invalid
                .iter()
                .map(|path| format!("{path} is said to require replacement, and there is no such attribute"))
                .collect();
            return Err(self.invalid_plan(&lines));
        }
        Ok(Answer { planned, private, requires_replace: required.paths })
    }

    fn invalid_plan(&self, lines: &[String]) -> Failed {
        self.report(
            provider_bug(
                "Provider produced invalid plan",
                &self.provider_name(),
                &format!("planned an invalid value for {}:", self.at.address),
                lines,
            )
            .at(self.block.header),
        )
    }

    fn refuse_destruction(&self, decision: &Decision) -> Result<(), Failed> {
        if !decision.action.destroys() || !self.block.lifecycle.prevent_destroy {
            return Ok(());
        }
        let why = match decision.reason {
            Some(ChangeReason::ReplaceBecauseCannotUpdate) => {
                let places: Vec<String> = decision
                    .requires_replace
                    .iter()
                    .map(|path| path.to_string().trim_start_matches('.').to_owned())
                    .collect();
                format!(" It would be replaced, because {} cannot be changed in place.", places.join(", "))
            }
            Some(ChangeReason::ReplaceBecauseTainted) => {
                " It would be replaced, because it is tainted.".to_owned()
            }
            _ => String::new(),
        };
        let mut diagnostic = Diagnostic::error(
            "Instance cannot be destroyed",
            format!(
                "Resource {} has lifecycle.prevent_destroy set, but the plan calls for this resource to be destroyed.{why} \
                 To avoid this error and continue with the plan, either disable lifecycle.prevent_destroy or reduce the \
                 scope of the plan using the -target option.",
                self.at.address
            ),
        )
        .at(self.block.header);
        if let Some(span) = self.block.lifecycle.prevent_destroy_span {
            diagnostic = diagnostic.note(span, "it is protected here");
        }
        self.session.found().refused += 1;
        Err(self.report(diagnostic))
    }

    async fn is_triggered(&self, frame: &mut Frame) -> Result<bool, Failed> {
        self.session.is_triggered(self.evaluator, self.at, self.block, frame).await
    }

    /// Records what an object that stays as it is depends on. It has no step that would do so, and from
    /// now on the configuration alone counts: what else was recorded may be gone or have moved.
    fn keep(&self, live: &Live) {
        let dependencies = self.session.dependencies(self.evaluator, &self.at.address.config());
        if live.object.dependencies == dependencies {
            return;
        }
        let object = Object { dependencies, ..(*live.object).clone() };
        self.session.record(&self.at.address, None, &self.block.provider_config, Some(Arc::new(object)));
    }

    fn note(&self, found: Before, decision: Decision) {
        let Before { live, importing, .. } = found;
        let before = live.map_or_else(|| Value::null(self.schema.block.implied_type()), |live| live.value);
        self.session.add(Change {
            address: self.at.address.clone(),
            previous_address: self.session.moved.get(&self.at.address).cloned().map(Box::new),
            deposed: None,
            provider: self.block.provider_config.clone(),
            action: decision.action,
            reason: decision.reason,
            before,
            after: decision.planned,
            requires_replace: decision.requires_replace,
            planned_private: decision.private,
            importing,
            schema: self.schema.clone(),
            dependencies: self.session.dependencies(self.evaluator, &self.at.address.config()),
            create_before_destroy: self.is_create_first(),
        });
    }
}

/// Refuses to make or destroy an object for which provisioners would have to run: doing half of what
/// is asked for would be worse than nothing.
pub(crate) fn refuse_provisioners(
    evaluator: &Evaluator,
    block: &ResourceBlock,
    address: &plumb_address::AbsResourceInstance,
    action: Action,
) -> Result<(), Failed> {
    let would_run = block
        .provisioners
        .iter()
        .find(|provisioner| if provisioner.when_destroy { action.destroys() } else { action.creates() });
    let Some(provisioner) = would_run else { return Ok(()) };
    let when = if provisioner.when_destroy { "destroyed" } else { "created" };
    evaluator.report(
        Diagnostic::error(
            "Provisioners are not available yet",
            format!(
                "{address} would be {when}, and its \"{}\" provisioner would have to run then, which this version cannot \
                 do. Nothing has been changed. Remove the provisioner, or do its work in another way: with user data of \
                 the machine, or with a command of your own after applying.",
                provisioner.kind
            ),
        )
        .at(provisioner.span)
        .on(address),
    );
    Err(Failed)
}

/// Whether what must not be shown is the same in both.
fn same_marks(one: &Value, two: &Value) -> bool {
    let sort = |value: &Value| {
        let mut places: Vec<String> = marks_of(value).into_iter().map(|(path, _)| path.to_string()).collect();
        places.sort();
        places
    };
    if one.deep_marks().is_empty() && two.deep_marks().is_empty() {
        return true;
    }
    sort(one) == sort(two)
}

/// A configuration, or else a planned object, with the changes taken back that `ignore_changes` of
/// the block names.
pub fn ignored(
    block: &ResourceBlock,
    schema: &Schema,
    prior: &Value,
    value: &Value,
    is_config: bool,
) -> Value {
    let schema = is_config.then_some(&schema.block);
    match &block.lifecycle.ignore_changes {
        IgnoreChanges::None => value.clone(),
        IgnoreChanges::All => apply_ignore_changes(prior, value, Ignored::All, schema),
        IgnoreChanges::Paths(paths) => {
            let paths: Vec<Path> = paths.iter().map(|(path, _)| path.clone()).collect();
            apply_ignore_changes(prior, value, Ignored::Paths(&paths), schema)
        }
    }
}

/// Marks of a configuration that its objects keep. Ephemeral values are for arguments that are only
/// sent, of which nothing is left.
pub fn lasting_marks(config: &Value) -> Vec<(Path, Marks)> {
    let marks = marks_of(config).into_iter().map(|(path, marks)| (path, marks.without(Marks::EPHEMERAL)));
    marks.filter(|(_, marks)| !marks.is_empty()).collect()
}
