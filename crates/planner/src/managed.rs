//! Planning a managed resource instance that the configuration declares.

use std::collections::HashSet;
use std::sync::Arc;

use plumb_address::ConfigResource;
use plumb_configuration::{CheckRule, IgnoreChanges, ResourceBlock};
use plumb_diagnostics::Diagnostic;
use plumb_evaluator::{Evaluator, Frame, InstanceAddress, Outcome, RuleResult, Scope};
use plumb_plan::{Action, Change, ChangeReason};
use plumb_schema::{Ignored, Schema, apply_ignore_changes};
use plumb_source::Span;
use plumb_state::{CheckStatus, Object, Status};
use plumb_value::{Marks, Path, Value};

use crate::decision::{Before, Decision};
use crate::identities::Sought;
use crate::import_command::already_managed;
use crate::instance::Instance;
use crate::pending::settle_references;
use crate::problems::ephemeral_misuse;
use crate::protection::is_protected;
use crate::provisioners::{await_provisioners, refuse_unreachable};
use crate::refresh::{Failed, Live, Seen, Subject, marks_of};
use crate::session::Session;

impl Session {
    /// The value of a managed instance after the plan: it is planned, or left alone.
    pub(crate) async fn plan_managed(
        &self,
        evaluator: &Arc<Evaluator>,
        at: &InstanceAddress,
        block: &ResourceBlock,
        frame: &mut Frame,
    ) -> Outcome {
        let recorded = self.prior.resources.get(&at.address.resource());
        if let Some(recorded) = recorded.filter(|recorded| {
            recorded.instances.get(&at.address.key).is_some_and(|instance| instance.current.is_some())
        }) {
            self.uses.see(&recorded.provider);
        }
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
    pub(crate) fn subject(&self) -> Subject<'_> {
        Subject {
            address: &self.at.address,
            deposed: None,
            provider: &self.provider,
            provider_config: &self.provider_config,
            schema: &self.schema,
            place: self.place(),
            meta: self.meta.as_ref(),
        }
    }

    fn report(&self, diagnostic: Diagnostic) -> Failed {
        self.evaluator.report(diagnostic.on(&self.at.address));
        Failed
    }

    pub(crate) fn is_create_first(&self) -> bool {
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
        let (found, decision) = self.ask_provider(found, &decoded.value, triggered).await?;
        refuse_unreachable(
            self.evaluator,
            &self.session.providers,
            &self.block.provisioners,
            self.block.connection.as_ref(),
            &self.at.address,
            decision.action,
        )?;
        let (action, after) = (decision.action, decision.planned.clone());
        let refused = self.refuse_destruction(&decision, frame).await;
        if let (Action::NoOp, Some(live)) = (action, &found.live) {
            self.keep(live);
        }
        // What is refused is shown all the same: it is why the plan is not one to apply.
        self.note(found, decision);
        refused?;
        let with_self = scope.with_self(after.clone());
        if action.creates() && !await_provisioners(self.evaluator, self.block, &with_self, frame).await {
            return Err(Failed);
        }
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

    /// The object as it is now; in a light plan as it is recorded, as long as it may well stay so.
    async fn before(&self, frame: &mut Frame) -> Result<Before, Failed> {
        if let Some(wanted) = &self.session.by_command {
            if let Some((sought, span)) = wanted.get().and_then(|wanted| wanted.get(&self.at.address)) {
                return self.take_over(sought, span.unwrap_or(self.block.header)).await;
            }
            // Where an object could not be taken over, nobody is asked about what is made of it.
            if !settle_references(self.evaluator, self.at, self.block, frame, |_| true).await {
                return Err(Failed);
            }
        }
        let recorded = self.session.recorded(&self.at.address);
        let Some(recorded) = recorded else { return self.imported(frame).await };
        let with_dependencies = self.with_dependencies(&recorded);
        let is_tainted = recorded.status == Status::Tainted;
        if self.session.is_light() && !is_tainted && !self.is_requested() {
            let seen = self.session.recall(self.evaluator, &self.subject(), &with_dependencies).await?;
            return Ok(Before { is_recalled: true, ..Before::from(seen) });
        }
        let seen = self.session.refresh(self.evaluator, &self.subject(), &with_dependencies).await?;
        Ok(match seen {
            // A tainted object is planned anew whether it is there or not.
            Seen::Gone(_) if is_tainted => Before::default(),
            seen => Before::from(seen),
        })
    }

    async fn imported(&self, frame: &mut Frame) -> Result<Before, Failed> {
        let wanted = self.session.imports().wanted(&self.at.address);
        let Some(wanted) = wanted else { return Ok(Before::default()) };
        let (sought, span) = wanted.evaluate(self.evaluator, &self.at.address, frame).await?;
        self.take_over(&sought, span).await
    }

    /// Finds an object by what it is known by, which is written at `span`.
    async fn take_over(&self, sought: &Sought, span: Span) -> Result<Before, Failed> {
        let key = self.session.import_key(self.evaluator, &self.subject(), sought, span).await?;
        let object = self.session.import(self.evaluator, &self.subject(), &key, span).await?;
        // A wrong identifier is the more likely mistake, so that is what is said first.
        if self.session.recorded(&self.at.address).is_some() {
            return Err(self.report(already_managed(&self.at.address)));
        }
        let live =
            self.session.refresh_imported(self.evaluator, &self.subject(), &object, &key, span).await?;
        Ok(Before { live: Some(live), importing: Some(key), ..Before::default() })
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

    async fn refuse_destruction(&self, decision: &Decision, frame: &mut Frame) -> Result<(), Failed> {
        let destroys = decision.action.destroys();
        let is_protected =
            is_protected(self.evaluator, self.block, &self.at.address, destroys, frame).await?;
        if !destroys || !is_protected {
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
        if let Some(prevent) = &self.block.lifecycle.prevent_destroy {
            diagnostic = diagnostic.note(prevent.span, "it is protected here");
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
        self.session.record(&self.at.address, None, &self.provider_config, Some(Arc::new(object)));
    }

    fn note(&self, found: Before, decision: Decision) {
        let Before { live, is_recalled, importing, .. } = found;
        if let Some(marks) = decision.marks_of_replacement {
            self.session.found().marks_of_replacements.insert(self.at.address.clone(), marks);
        }
        let before = live.map_or_else(|| Value::null(self.schema.block.implied_type()), |live| live.value);
        self.session.add(Change {
            address: self.at.address.clone(),
            previous_address: self.session.moved.get(&self.at.address).cloned().map(Box::new),
            deposed: None,
            provider: self.provider_config.clone(),
            action: decision.action,
            reason: decision.reason,
            before,
            after: decision.planned,
            requires_replace: decision.requires_replace,
            planned_private: decision.private,
            importing,
            generated_config: None,
            schema: self.schema.clone(),
            dependencies: self.session.dependencies(self.evaluator, &self.at.address.config()),
            create_before_destroy: self.is_create_first(),
            unrefreshed: is_recalled,
        });
    }
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
