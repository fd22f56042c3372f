//! One run from beginning to end: plan, apply, and what must hold.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use plumb_configuration::suite::{ExpectedFailure, TestCommand, TestPlanOptions, TestRun};
use plumb_configuration::{CheckRule, Config, GivenValues, check_expression};
use plumb_diagnostics::{Diagnostic, Diagnostics, did_you_mean};
use plumb_evaluator::{CellKey, Evaluator, Frame};
use plumb_executor::{Applied, ApplyRequest, Stop, StopHandle};
use plumb_plan::{ChangeRecord, Plan, PlanMode, PlanOptions, Refresh};
use plumb_planner::{Inquiry, PlanRequest, Planned, Providers};
use plumb_state::journal::Begin;
use plumb_state::{CheckStatus, State};
use plumb_value::Value;

use crate::expected::{explain, sort};
use crate::outside::{IN_ASSERTIONS, RunOutputs, check_runs, runs_value};
use crate::report::{Made, Status};
use crate::store::{MemoryLock, MemoryStore};
use crate::subject::{Subject, TestedModule};
use crate::suite::SuiteRequest;

/// What a run works with.
pub(crate) struct Execution<'a> {
    pub(crate) request: &'a SuiteRequest,
    pub(crate) run: &'a TestRun,
    pub(crate) subject: &'a Subject,
    pub(crate) variables: &'a GivenValues,
    pub(crate) providers: Arc<Providers>,
    /// Outputs of the runs before it.
    pub(crate) runs: &'a RunOutputs,
    /// Names of all runs.
    pub(crate) names: &'a [Arc<str>],
    /// What it goes on from.
    pub(crate) state: State,
}

/// What a run came to.
pub(crate) struct Outcome {
    pub(crate) status: Status,
    pub(crate) diagnostics: Diagnostics,
    /// Outputs, for the runs behind it.
    pub(crate) outputs: BTreeMap<Arc<str>, Value>,
    /// The state as it is now, where the run has applied anything.
    pub(crate) state: Option<State>,
    pub(crate) made: Option<(Made, Arc<Config>)>,
    /// What was to be made and is not recorded, because nobody waited for it.
    pub(crate) making: Vec<String>,
}

impl Outcome {
    pub(crate) fn error(diagnostics: Diagnostics) -> Self {
        Outcome {
            status: Status::Error,
            diagnostics,
            outputs: BTreeMap::new(),
            state: None,
            made: None,
            making: Vec::new(),
        }
    }
}

/// What assertions and outputs came to.
#[derive(Default)]
struct Answer {
    outputs: BTreeMap<Arc<str>, Value>,
    status: Status,
    diagnostics: Diagnostics,
}

impl Execution<'_> {
    pub(crate) async fn run(&self) -> Outcome {
        let mistakes = self.mistakes();
        if mistakes.has_errors() {
            return Outcome::error(mistakes);
        }
        let is_plan = self.run.command == TestCommand::Plan;
        let answers = is_plan.then(|| self.ask());
        let planned = self.plan(answers.as_ref().map(|(inquiry, _)| inquiry.clone())).await;
        let Some(planned) = planned else { return Outcome::error(Diagnostics::new()) };
        if self.request.stop.asked() != Stop::No {
            return Outcome::error(interrupted());
        }
        match answers {
            Some((_, answer)) => self.judge_plan(planned, take(&answer)),
            None => self.apply_planned(planned).await,
        }
    }

    /// What is wrong with the assertions, whatever comes of the run.
    fn mistakes(&self) -> Diagnostics {
        let config = &self.subject.module.config;
        let mut diagnostics: Diagnostics =
            self.run.expect_failures.iter().filter_map(ExpectedFailure::problem).collect();
        for rule in &self.run.asserts {
            for expression in [&rule.condition, &rule.error_message] {
                diagnostics.append(check_expression(config, config.root(), expression));
                check_runs(expression, self.runs, self.names, IN_ASSERTIONS, &mut diagnostics);
                for (name, span) in plumb_configuration::suite::picked(expression, "output") {
                    if config.root().outputs.contains_key(&name) {
                        continue;
                    }
                    let hint = did_you_mean(&name, config.root().outputs.keys().map(|name| &**name));
                    diagnostics.push(
                        Diagnostic::error(
                            "Reference to undeclared output value",
                            format!(
                                "An output value with the name \"{name}\" has not been declared in the module that the run is \
                                 about.{hint}"
                            ),
                        )
                        .at(span),
                    );
                }
            }
        }
        diagnostics
    }

    /// Has the assertions decided while values are at hand.
    fn ask(&self) -> (Inquiry, Arc<Mutex<Answer>>) {
        let answer: Arc<Mutex<Answer>> = Arc::default();
        let (rules, runs) = (Arc::new(self.run.asserts.clone()), runs_value(self.runs));
        let place = answer.clone();
        let inquiry: Inquiry = Arc::new(move |evaluator: Arc<Evaluator>| {
            let (place, rules, runs) = (place.clone(), rules.clone(), runs.clone());
            Box::pin(async move {
                let found = decide(&evaluator, &rules, runs).await;
                *place.lock().unwrap_or_else(PoisonError::into_inner) = found;
            })
        });
        (inquiry, answer)
    }

    async fn plan(&self, inquiry: Option<Inquiry>) -> Option<Planned> {
        let TestedModule { config, index } = self.subject.module.clone();
        let planning = plumb_planner::plan(PlanRequest {
            config,
            index,
            environment: self.request.environment(false),
            variables: self.variables.clone(),
            state: self.state.clone(),
            options: options(&self.run.options, self.request.parallelism),
            providers: self.providers.clone(),
            observer: Arc::new(plumb_planner::NoObserver),
            record: ChangeRecord::default(),
            inquiry,
        });
        heeding(planning, &self.request.stop, &self.providers).await
    }

    fn judge_plan(&self, planned: Planned, answer: Answer) -> Outcome {
        let plan = Arc::new(planned.plan);
        let made = Some((Made::Plan(plan), self.subject.module.config.clone()));
        let sorted = sort(&self.run.expect_failures, planned.diagnostics);
        let (status, diagnostics) =
            judged(sorted.unexpected, sorted.missing, answer.status, answer.diagnostics);
        Outcome { status, diagnostics, outputs: answer.outputs, state: None, made, making: Vec::new() }
    }

    async fn apply_planned(&self, planned: Planned) -> Outcome {
        let found = explain(&self.run.expect_failures, planned.diagnostics);
        if found.has_errors() {
            return Outcome::error(found);
        }
        let (inquiry, answer) = self.ask();
        let plan = Arc::new(planned.plan);
        let applied = apply(&Applying {
            request: self.request,
            module: &self.subject.module,
            variables: self.variables,
            providers: &self.providers,
            plan: plan.clone(),
            stop: &self.request.stop,
            inquiry: Some(inquiry),
        })
        .await;
        let answer = take(&answer);
        let mut diagnostics = found.without_provisional();
        diagnostics.append(of_test(applied.diagnostics, applied.stopped));
        if !self.run.options.targets.is_empty() {
            diagnostics.push(incomplete());
        }
        let sorted = sort(&self.run.expect_failures, diagnostics);
        let (status, diagnostics) =
            judged(sorted.unexpected, sorted.missing, answer.status, answer.diagnostics);
        let made = Made::State(Arc::new(applied.state.clone()));
        let making = if applied.stopped == Stop::Now { unmade(&plan, &applied.state) } else { Vec::new() };
        Outcome {
            status,
            diagnostics,
            outputs: answer.outputs,
            state: Some(applied.state),
            made: Some((made, self.subject.module.config.clone())),
            making,
        }
    }
}

/// What a plan was to make and a state does not record.
fn unmade(plan: &Plan, state: &State) -> Vec<String> {
    let made = plan.changes.iter().filter(|change| change.action.creates());
    let unmade = made.filter(|change| state.instance(&change.address).is_none());
    unmade.map(|change| change.address.to_string()).collect()
}

fn incomplete() -> Diagnostic {
    Diagnostic::warning(
        "Applied changes may be incomplete",
        "The plan of this run was limited to its targets, so what was applied may not be all that the configuration asks \
         for.",
    )
}

/// What applying says of an interrupt is about a state that is kept; this one is not.
pub(crate) fn of_test(diagnostics: Diagnostics, stopped: Stop) -> Diagnostics {
    let detail = match stopped {
        Stop::No => return diagnostics,
        Stop::AfterRunning => {
            "The run was interrupted. What it has made is destroyed before the tests come to their end."
        }
        Stop::Now => {
            "The run was interrupted, and nobody waits for its end. What it has made is named below."
        }
    };
    let mut told: Diagnostics =
        diagnostics.into_iter().filter(|diagnostic| diagnostic.summary != "Interrupted").collect();
    told.push(Diagnostic::error("Interrupted", detail));
    told
}

fn interrupted() -> Diagnostics {
    Diagnostic::error("Interrupted", "The run was interrupted while it was planning. It has changed nothing.")
        .into()
}

/// How a run came out: what could not be done counts more than what did not hold.
fn judged(
    unexpected: Diagnostics,
    missing: Diagnostics,
    asserted: Status,
    assertions: Diagnostics,
) -> (Status, Diagnostics) {
    let has_failed = unexpected.has_errors() || missing.has_errors();
    let mut diagnostics = unexpected;
    diagnostics.append(missing);
    if has_failed {
        return (Status::Error, diagnostics);
    }
    diagnostics.append(assertions);
    (Status::Pass.and(asserted), diagnostics)
}

fn take(answer: &Mutex<Answer>) -> Answer {
    std::mem::take(&mut *answer.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Evaluates outputs and assertions.
async fn decide(evaluator: &Arc<Evaluator>, rules: &[CheckRule], runs: Value) -> Answer {
    let mut outputs = BTreeMap::new();
    for name in evaluator.config().root().outputs.keys() {
        let outcome = evaluator.value(CellKey::Output(0, name.clone()), &mut Frame::new()).await;
        outputs.insert(name.clone(), outcome.value);
    }
    // Why an output has no value was said where it was planned or applied.
    evaluator.take_diagnostics();
    let all = Value::object(outputs.iter().map(|(name, value)| (name.clone(), value.clone())));
    let locals = [("run".into(), runs), ("output".into(), all)];
    let mut status = Status::Pass;
    for rule in rules {
        status = status.and(match evaluator.assert(rule, &locals, &mut Frame::new()).await {
            CheckStatus::Pass => Status::Pass,
            CheckStatus::Fail => Status::Fail,
            CheckStatus::Unknown | CheckStatus::Error => Status::Error,
        });
    }
    Answer { outputs, status, diagnostics: evaluator.take_diagnostics() }
}

fn options(options: &TestPlanOptions, parallelism: usize) -> PlanOptions {
    PlanOptions {
        mode: if options.refresh_only { PlanMode::RefreshOnly } else { PlanMode::Normal },
        refresh: if options.refresh { Refresh::All } else { Refresh::None },
        targets: options.targets.clone(),
        excludes: Vec::new(),
        replace: options.replace.clone(),
        parallelism,
    }
}

/// Waits for planning. An interrupt asks providers to come to an end, a second one does not wait for them.
pub(crate) async fn heeding<T>(
    work: impl Future<Output = T>,
    stop: &StopHandle,
    providers: &Arc<Providers>,
) -> Option<T> {
    let mut work = Box::pin(work);
    tokio::select! {
        done = &mut work => return Some(done),
        () = stop.wait_for(Stop::AfterRunning) => {}
    }
    providers.stop().await;
    tokio::select! {
        done = &mut work => Some(done),
        () = stop.wait_for(Stop::Now) => None,
    }
}

/// What is carried out.
pub(crate) struct Applying<'a> {
    pub(crate) request: &'a SuiteRequest,
    pub(crate) module: &'a TestedModule,
    pub(crate) variables: &'a GivenValues,
    pub(crate) providers: &'a Arc<Providers>,
    pub(crate) plan: Arc<Plan>,
    pub(crate) stop: &'a StopHandle,
    pub(crate) inquiry: Option<Inquiry>,
}

/// Carries out a plan; its state is kept in memory.
pub(crate) async fn apply(applying: &Applying<'_>) -> Applied {
    let request = applying.request;
    let TestedModule { config, index } = applying.module.clone();
    plumb_executor::apply(ApplyRequest {
        config,
        index,
        environment: request.environment(true),
        variables: applying.variables.clone(),
        plan: applying.plan.clone(),
        providers: applying.providers.clone(),
        store: Arc::new(MemoryStore::default()),
        lock: Arc::new(MemoryLock::default()),
        version: None,
        begin: Begin {
            run: "test".into(),
            lineage: "".into(),
            serial: 0,
            snapshot: None,
            plan: None,
            command: "test".into(),
            who: "".into(),
            created: "".into(),
        },
        carried: Vec::new(),
        observer: Arc::new(plumb_executor::NoObserver),
        stop: applying.stop.clone(),
        deposed_key: request.deposed_key.clone(),
        parallelism: request.parallelism,
        inquiry: applying.inquiry.clone(),
        snapshot_pause: plumb_executor::SNAPSHOT_PAUSE,
    })
    .await
}
