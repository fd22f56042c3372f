//! Deciding what becomes of a managed object.
//!
//! Responsible for what the provider is asked about it, for checking the answers, and for the action
//! that follows from them. A light plan asks about the object as it is recorded, and looks at it only
//! where something would change: then all is asked anew about what was found.

use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_plan::{Action, ChangeReason, ImportKey};
use plumb_schema::{assert_plan_valid, proposed_new, requires_replace};
use plumb_state::{PlanRequest, PlanResponse, ProviderDiagnostic, RecordedIdentity, Status};
use plumb_value::{Marks, Path, Value};

use crate::instance::Instance;
use crate::managed::{ignored, lasting_marks};
use crate::problems::{provider_bug, provider_problems};
use crate::refresh::{Failed, Live, Seen, marks_of};
use crate::values::schema_marked;

/// What there is of an object before anything is done.
#[derive(Default)]
pub(crate) struct Before {
    pub(crate) live: Option<Live>,
    /// Whether that is only what is recorded: nobody has looked yet.
    pub(crate) is_recalled: bool,
    /// What it is known by, where it is taken over.
    pub(crate) importing: Option<ImportKey>,
    /// What the provider stored beside an object that turned out to be gone.
    pub(crate) private_of_gone: Vec<u8>,
}

impl From<Seen> for Before {
    fn from(seen: Seen) -> Self {
        match seen {
            Seen::Live(live) => Before { live: Some(live), ..Before::default() },
            Seen::Gone(private) => Before { private_of_gone: private, ..Before::default() },
        }
    }
}

/// What was decided.
pub(crate) struct Decision {
    pub(crate) action: Action,
    pub(crate) reason: Option<ChangeReason>,
    pub(crate) planned: Value,
    pub(crate) private: Vec<u8>,
    pub(crate) requires_replace: Vec<Path>,
    /// Marks that the configuration puts on the successor of an object that is replaced.
    pub(crate) marks_of_replacement: Option<Vec<(Path, Marks)>>,
}

/// What the provider is asked.
struct Asked<'v> {
    prior: &'v Value,
    proposed: &'v Value,
    config: &'v Value,
    /// The identity of the object as it is.
    identity: Option<RecordedIdentity>,
    private: Vec<u8>,
}

/// The provider's answer, checked.
struct Answer {
    planned: Value,
    private: Vec<u8>,
    requires_replace: Vec<Path>,
}

impl Instance<'_> {
    /// Everything for which the provider is needed; what there was of the object comes back, for that
    /// may have been looked at only here. Whoever holds a permit waits for nobody else, or with one
    /// permit there would be no end to it.
    pub(crate) async fn ask_provider(
        &self,
        mut found: Before,
        config: &Value,
        triggered: bool,
    ) -> Result<(Before, Decision), Failed> {
        let _permit = self.session.permits.acquire().await;
        self.validate(config).await?;
        if found.is_recalled {
            if let Some(decision) = self.stay(&found, config, triggered).await {
                return Ok((found, decision));
            }
            found = self.look(found).await?;
        }
        let mut diagnostics = Diagnostics::new();
        let decision = self.decide(&found, config, triggered, &mut diagnostics).await;
        self.evaluator.report(diagnostics);
        Ok((found, decision?))
    }

    async fn validate(&self, config: &Value) -> Result<(), Failed> {
        let resource = &self.block.resource;
        let problems =
            self.provider.validate_resource_config(resource.mode, &resource.kind, config.unmark_deep()).await;
        self.session.settle(self.evaluator, &self.subject(), problems)
    }

    /// The decision that an object stays what is recorded. `None` where it does not, or where that
    /// cannot be told: what went wrong on the way was about a record that may be stale, and matters to
    /// nobody.
    async fn stay(&self, recalled: &Before, config: &Value, triggered: bool) -> Option<Decision> {
        if triggered || !config.is_wholly_known() {
            return None;
        }
        let mut diagnostics = Diagnostics::new();
        let decision = self.decide(recalled, config, triggered, &mut diagnostics).await.ok()?;
        if decision.action != Action::NoOp {
            return None;
        }
        self.evaluator.report(diagnostics);
        Some(decision)
    }

    /// Looks at an object that has only been recalled.
    async fn look(&self, recalled: Before) -> Result<Before, Failed> {
        let Some(Live { value, object }) = recalled.live else { return Ok(recalled) };
        self.session.look(self.evaluator, &self.subject(), &object, value).await.map(Before::from)
    }

    async fn decide(
        &self,
        found: &Before,
        config: &Value,
        triggered: bool,
        diagnostics: &mut Diagnostics,
    ) -> Result<Decision, Failed> {
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
        let identity = prior.and_then(|live| live.object.identity.clone());
        let asked = Asked {
            prior: &prior_value,
            proposed: &proposed,
            config: &effective,
            identity,
            private: prior_private,
        };
        let mut answer = self.ask(asked, &secret, diagnostics).await?;
        let (mut action, mut reason) = self.choose(&prior_value, &answer, triggered);
        if action.is_replace() {
            let proposed = proposed_new(block, &null, &config);
            let asked = Asked {
                prior: &null,
                proposed: &proposed,
                config: &config,
                identity: None,
                private: answer.private,
            };
            let again = self.ask(asked, &secret, diagnostics).await?;
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
            marks_of_replacement: (action.is_replace() && !tainted).then_some(marks),
        })
    }

    /// The action that a provider's answer leads to, and the reason where it is not plain.
    fn choose(&self, prior: &Value, answer: &Answer, triggered: bool) -> (Action, Option<ChangeReason>) {
        let requested = self.is_requested();
        let forced = requested || triggered;
        if prior.is_null() {
            (Action::Create, None)
        } else if answer.planned.same(prior) && !forced {
            (Action::NoOp, None)
        } else if forced || !answer.requires_replace.is_empty() {
            let reason = if requested {
                ChangeReason::ReplaceByRequest
            } else {
                ChangeReason::ReplaceBecauseCannotUpdate
            };
            (self.replacement(), Some(reason))
        } else {
            (Action::Update, None)
        }
    }

    /// Whether `-replace` names the object.
    pub(crate) fn is_requested(&self) -> bool {
        self.session.options.replace.contains(&self.at.address)
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
        asked: Asked<'_>,
        secret: &[Path],
        diagnostics: &mut Diagnostics,
    ) -> Result<Answer, Failed> {
        let Asked { prior, proposed, config, identity, private } = asked;
        let request = PlanRequest {
            kind: self.block.resource.kind.clone(),
            prior: prior.clone(),
            proposed: proposed.clone(),
            config: config.clone(),
            identity,
            private,
            meta: self.meta.clone(),
        };
        let PlanResponse {
            planned,
            requires_replace: named,
            private,
            legacy_type_system,
            diagnostics: problems,
            // The plan that is made again right before the change says it too.
            identity: _,
        } = self.provider.plan_resource_change(request).await;
        self.note_problems(problems, diagnostics)?;
        if planned.is_null() {
            return Err(self.refuse(&["the planned object is null".to_owned()], diagnostics));
        }
        if !legacy_type_system {
            let violations = assert_plan_valid(&self.schema.block, prior, config, &planned);
            if !violations.is_empty() {
                let lines: Vec<String> = violations
                    .iter()
                    .map(|violation| violation.describe(&self.at.address.to_string(), secret))
                    .collect();
                return Err(self.refuse(&lines, diagnostics));
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
            return Err(self.refuse(&lines, diagnostics));
        }
        Ok(Answer { planned, private, requires_replace: required.paths })
    }

    /// Takes note of what a provider said; fails where any of it is an error.
    fn note_problems(
        &self,
        problems: Vec<ProviderDiagnostic>,
        diagnostics: &mut Diagnostics,
    ) -> Result<(), Failed> {
        let failed = problems.iter().any(|problem| problem.is_error);
        diagnostics.append(provider_problems(problems, self.place(), &self.at.address));
        if failed { Err(Failed) } else { Ok(()) }
    }

    /// Takes note of an answer that keeps no rules.
    fn refuse(&self, lines: &[String], diagnostics: &mut Diagnostics) -> Failed {
        let diagnostic: Diagnostic = provider_bug(
            "Provider produced invalid plan",
            &self.block.provider_config.provider.to_string(),
            &format!("planned an invalid value for {}:", self.at.address),
            lines,
        );
        diagnostics.push(diagnostic.at(self.block.header).on(&self.at.address));
        Failed
    }
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
