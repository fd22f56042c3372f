//! One applying run from beginning to end.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures::FutureExt;
use plumb_address::{DeposedKey, Mode, ModuleInstance};
use plumb_configuration::{Config, GivenValues};
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_evaluator::{CellKey, Environment, Evaluator, Frame, Index, Outcome, Phase};
use plumb_plan::{Action, Change, Plan, PlanMode, StepId, StepKind};
use plumb_planner::{Providers, null_unknown};
use plumb_state::journal::{Begin, OpenIntent};
use plumb_state::{BackendError, CheckResult, Output, State, StateLock, StateStore, Version};
use plumb_value::Value;
use tokio::task::JoinSet;

use crate::objects::AppliedObjects;
use crate::recorder::Recorder;
use crate::schedule::{Ending, Schedule};
use crate::{Observer, Stop, StopHandle};

/// Everything that applying needs.
pub struct ApplyRequest {
    /// The configuration that the plan was made from.
    pub config: Arc<Config>,
    /// Its static references.
    pub index: Arc<Index>,
    /// What evaluation may see of the world, the time included.
    pub environment: Environment,
    /// Values given for the root module's variables.
    pub variables: GivenValues,
    /// The plan.
    pub plan: Arc<Plan>,
    /// Providers of this command.
    pub providers: Arc<Providers>,
    /// Where the state is kept.
    pub store: Arc<dyn StateStore>,
    /// The lock on it.
    pub lock: Arc<dyn StateLock>,
    /// The version that the store holds.
    pub version: Option<Version>,
    /// How the journal begins.
    pub begin: Begin,
    /// Intents of earlier runs whose end nobody knows, to be kept in mind.
    pub carried: Vec<OpenIntent>,
    /// Who is told how it goes on.
    pub observer: Arc<dyn Observer>,
    /// Asks the run to stop.
    pub stop: StopHandle,
    /// Eight random hexadecimal digits at a time, to name deposed objects.
    pub deposed_key: Arc<dyn Fn() -> String + Send + Sync>,
    /// How many provider calls may be under way at once.
    pub parallelism: usize,
    /// Asked once everything is applied, while values are at hand; not where nobody waits any more.
    pub inquiry: Option<plumb_planner::Inquiry>,
    /// How long to wait until the whole state is written for the first time, usually
    /// [`SNAPSHOT_PAUSE`](crate::SNAPSHOT_PAUSE). Later pauses are longer.
    pub snapshot_pause: Duration,
}

/// What has been done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Objects made.
    pub added: usize,
    /// Objects changed in place.
    pub changed: usize,
    /// Objects destroyed.
    pub destroyed: usize,
    /// Objects taken over.
    pub imported: usize,
    /// Objects no longer recorded.
    pub forgotten: usize,
    /// Objects whose step failed.
    pub failed: usize,
    /// Objects whose step was not begun, because something before it failed or the run was stopped.
    pub not_begun: usize,
}

/// What came of applying.
pub struct Applied {
    /// The state as it is now.
    pub state: State,
    /// The version written; `None` where writing it failed, and then the journal has everything.
    pub version: Option<Version>,
    /// What has been done.
    pub tally: Tally,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
    /// Whether the run was stopped before its end.
    pub stopped: Stop,
}

/// What every step needs.
pub(crate) struct Run {
    pub(crate) plan: Arc<Plan>,
    pub(crate) evaluator: Arc<Evaluator>,
    pub(crate) objects: Arc<AppliedObjects>,
    pub(crate) providers: Arc<Providers>,
    pub(crate) recorder: Arc<Recorder>,
    pub(crate) observer: Arc<dyn Observer>,
    pub(crate) deposed_key: Arc<dyn Fn() -> String + Send + Sync>,
    /// Deposed objects that create-first replacements left behind, by the change's position.
    pub(crate) deposed: Mutex<HashMap<usize, DeposedKey>>,
    pub(crate) tally: Mutex<Tally>,
    lock: Arc<dyn StateLock>,
    /// When the lock was last seen to be held.
    lock_seen: Mutex<Option<Instant>>,
    progress: Mutex<Progress>,
    stop: StopHandle,
}

/// How old an answer may be to whether the lock is still held. It says nothing of the time after it
/// anyway, and steps that change nothing outside take much less than asking does.
const LOCK_ANSWER_AGE: Duration = Duration::from_millis(10);

/// A step failed, and why is reported.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Failed;

impl Run {
    pub(crate) fn count(&self, change: impl FnOnce(&mut Tally)) {
        change(&mut self.tally.lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub(crate) fn report(&self, diagnostic: impl Into<Diagnostics>) {
        self.evaluator.report(diagnostic);
    }

    /// Whether the step's position names a create-first replacement.
    pub(crate) fn deposed_of(&self, at: usize) -> Option<DeposedKey> {
        self.deposed.lock().unwrap_or_else(PoisonError::into_inner).get(&at).cloned()
    }

    /// Whether the lock is still held.
    fn check_lock(&self) -> Result<(), BackendError> {
        let mut seen = self.lock_seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.is_none_or(|seen| seen.elapsed() > LOCK_ANSWER_AGE) {
            self.lock.check()?;
            *seen = Some(Instant::now());
        }
        Ok(())
    }

    async fn step(self: Arc<Self>, id: StepId, kind: StepKind) -> Ending {
        if let Err(error) = self.check_lock() {
            self.recorder.break_down(error);
            return Ending::Failed;
        }
        let outcome = AssertUnwindSafe(self.do_step(id, kind)).catch_unwind().await;
        let outcome = outcome.unwrap_or_else(|panic| {
            self.count(|tally| tally.failed += 1);
            self.report_panic(kind, &*panic);
            Err(Failed)
        });
        self.recorder.snapshot_if_due().await;
        if outcome.is_ok() { Ending::Done } else { Ending::Failed }
    }

    async fn do_step(self: &Arc<Self>, id: StepId, kind: StepKind) -> Result<(), Failed> {
        match kind {
            StepKind::Join => Ok(()),
            StepKind::Record(at) => self.revisit(at as usize).await,
            StepKind::Create(at) | StepKind::Update(at) => self.make(id, at as usize).await,
            StepKind::Destroy(at) => self.destroy(id, at as usize).await,
            StepKind::Read(at) => self.read(id, at as usize).await,
            StepKind::Forget(at) => self.forget(id, at as usize).await,
        }
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Not waiting is what was asked for. What is under way is let go, not ended: what it has intended
    /// stays in the journal.
    /// Nobody would end what provisioners have started, so that is ended.
    fn leave(&self) -> Walked {
        self.providers.provisioners().abort();
        let mut progress = self.progress();
        progress.is_left = true;
        Walked {
            skipped: progress.not_begun().collect(),
            under_way: progress.under_way.clone(),
            stopped: Stop::Now,
        }
    }

    /// A bug in one step must not lose what the others did, nor that this one was under way.
    fn report_panic(&self, kind: StepKind, panic: &(dyn std::any::Any + Send)) {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no reason given");
        let mut problem = Diagnostic::error(
            "Internal error",
            format!(
                "A step ended in a bug of Plumb or of a provider that is built in: {text}. Please report it. Whatever the \
                 step was about to change outside is named by the next command."
            ),
        );
        if let Some(at) = kind.change() {
            problem = problem.on(&self.plan.changes[at].address);
        }
        self.report(problem);
    }

    /// Whether it needs no object to know how often the modules on the way are there.
    fn has_constant_path(&self, address: &ModuleInstance) -> bool {
        let config = self.evaluator.config();
        let mut module = Some(config.root());
        address.0.iter().all(|step| {
            let Some(call) = module.and_then(|module| module.calls.get(&step.name)) else { return false };
            module = call.module.map(|id| config.module(id));
            call.repetition.expression().is_none_or(|expression| expression.references().is_empty())
        })
    }

    /// The `provider_meta` of the module that the object of a change is in, if that is still there.
    pub(crate) async fn meta(
        self: &Arc<Self>,
        change: &Change,
        frame: &mut Frame,
    ) -> Result<Option<Value>, Failed> {
        let module = self.evaluator.config().find(&change.address.module.config());
        if module.is_none_or(|module| module.settings.provider_meta.is_empty()) {
            return Ok(None);
        }
        // What only goes away waits for no repetition, so one that may not be known yet is not asked for.
        if change.action == Action::Delete && !self.has_constant_path(&change.address.module) {
            return Ok(None);
        }
        let Ok(Some(node)) = self.evaluator.find_module(&change.address.module, frame).await else {
            return Ok(None);
        };
        let provider = &change.provider.provider;
        self.providers.meta(&self.evaluator, &node, provider, frame).await.ok_or(Failed)
    }
}

/// Carries out a plan.
pub async fn apply(request: ApplyRequest) -> Applied {
    let plan = request.plan;
    let objects =
        Arc::new(AppliedObjects::new(plan.clone(), request.providers.clone(), request.observer.clone()));
    let phase = match plan.options.mode {
        PlanMode::Destroy => Phase::Destroy,
        PlanMode::Normal | PlanMode::RefreshOnly => Phase::Apply,
    };
    let evaluator = Evaluator::new(
        request.config,
        request.index,
        phase,
        plumb_planner::with_provider_functions(request.environment, &request.providers),
        objects.clone(),
        request.variables,
    );
    let start = Recorder::begin(
        request.store,
        request.version,
        request.begin,
        request.carried,
        &plan.previous_state,
        (*plan.prior_state).clone(),
        request.snapshot_pause,
    );
    let recorder = match start.await {
        Ok(recorder) => recorder,
        Err(error) => {
            return Applied {
                state: (*plan.previous_state).clone(),
                version: None,
                tally: Tally::default(),
                diagnostics: error.diagnostic().into(),
                stopped: Stop::No,
            };
        }
    };
    let progress = Progress { begun: vec![false; plan.steps.steps.len()], ..Progress::default() };
    let run = Arc::new(Run {
        plan,
        evaluator,
        objects,
        providers: request.providers,
        recorder: Arc::new(recorder),
        observer: request.observer,
        deposed_key: request.deposed_key,
        deposed: Mutex::default(),
        tally: Mutex::default(),
        lock: request.lock,
        lock_seen: Mutex::default(),
        progress: Mutex::new(progress),
        stop: request.stop,
    });
    let walked = walk_or_leave(&run, request.parallelism.max(1)).await;
    conclude(run, &walked, request.inquiry).await
}

/// How far the walk came.
struct Walked {
    /// Steps that were not begun.
    skipped: Vec<StepId>,
    /// Steps that were let go before they had ended.
    under_way: BTreeSet<StepId>,
    /// Whether the run was stopped.
    stopped: Stop,
}

/// What is known of a walk while it goes on.
#[derive(Default)]
struct Progress {
    /// By position in the graph.
    begun: Vec<bool>,
    /// Steps that were begun and have not ended.
    under_way: BTreeSet<StepId>,
    /// Nobody waits for the walk any more, so that nothing may begin.
    is_left: bool,
}

impl Progress {
    fn not_begun(&self) -> impl Iterator<Item = StepId> {
        (0_u32..).zip(&self.begun).filter(|(_, begun)| !**begun).map(|(id, _)| StepId(id))
    }
}

/// Walks the graph, or leaves it as soon as that is asked for.
///
/// The walk is a task like those that it starts: handing each of them to another thread, and its end back,
/// costs more than a small step does. So it may have to wait for a thread while all are held up, as by a
/// reader who does not read. Whoever waits here is held up by nothing.
async fn walk_or_leave(run: &Arc<Run>, parallelism: usize) -> Walked {
    tokio::select! {
        walked = tokio::spawn(walk(run.clone(), parallelism)) => match walked {
            Ok(walked) => walked,
            // Nobody cancels it, so it has panicked.
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        },
        () = run.stop.wait_for(Stop::Now) => run.leave(),
    }
}

/// Walks the graph.
async fn walk(run: Arc<Run>, parallelism: usize) -> Walked {
    let graph = &run.plan.steps;
    let mut schedule = Schedule::new(graph);
    let mut running: JoinSet<(StepId, Ending)> = JoinSet::new();
    let (mut stopping, mut is_told) = (false, false);
    loop {
        stopping |= run.stop.asked() >= Stop::AfterRunning || run.recorder.is_broken();
        while !stopping && running.len() < parallelism {
            let Some(id) = schedule.next() else { break };
            let kind = graph.steps[id.0 as usize].kind;
            let mut progress = run.progress();
            if progress.is_left {
                stopping = true;
                break;
            }
            progress.begun[id.0 as usize] = true;
            if matches!(kind, StepKind::Join) {
                schedule.end(id, Ending::Done);
                continue;
            }
            progress.under_way.insert(id);
            let run = run.clone();
            running.spawn(async move { (id, run.step(id, kind).await) });
        }
        if running.is_empty() {
            break;
        }
        tokio::select! {
            Some(ended) = running.join_next() => match ended {
                Ok((id, ending)) => {
                    run.progress().under_way.remove(&id);
                    schedule.end(id, ending);
                }
                // Steps catch their own panics, and nobody cancels them.
                Err(error) => run.report(Diagnostic::error("Internal error", error.to_string())),
            },
            () = run.stop.wait_for(Stop::AfterRunning), if !is_told => {
                (stopping, is_told) = (true, true);
                run.providers.provisioners().stop();
                // A provider that does not answer must not keep a second interrupt from being heard.
                let providers = run.providers.clone();
                tokio::spawn(async move { providers.stop().await });
            }
        }
    }
    let progress = run.progress();
    let skipped = if stopping || run.stop.asked() != Stop::No {
        progress.not_begun().collect()
    } else {
        schedule.skipped().to_vec()
    };
    Walked { skipped, under_way: progress.under_way.clone(), stopped: run.stop.asked() }
}

async fn conclude(run: Arc<Run>, walked: &Walked, inquiry: Option<plumb_planner::Inquiry>) -> Applied {
    let stopped = walked.stopped;
    let not_begun: std::collections::HashSet<usize> =
        walked.skipped.iter().filter_map(|id| run.plan.steps.steps[id.0 as usize].kind.change()).collect();
    run.count(|tally| tally.not_begun = not_begun.len());
    if stopped != Stop::Now {
        forget_data(&run);
        let outputs = outputs(&run).await;
        let checks = checks(&run).await;
        run.recorder.conclude(outputs, checks);
        let diagnostics = run.objects.ephemeral.close().await;
        run.report(diagnostics);
    }
    let mut diagnostics = run.evaluator.take_diagnostics();
    if let Some(inquiry) = inquiry.filter(|_| stopped == Stop::No) {
        inquiry(run.evaluator.clone()).await;
    }
    if let Some(error) = run.recorder.take_failure() {
        diagnostics.push(error.diagnostic());
    }
    if stopped != Stop::No {
        diagnostics.push(interrupted(&run, not_begun.len(), &walked.under_way));
    }
    let tally = *run.tally.lock().unwrap_or_else(PoisonError::into_inner);
    // Values and plan have done their part, and the text of the last version takes as much memory again.
    let recorder = run.recorder.clone();
    drop(run);
    let version = match recorder.finish(stopped == Stop::Now).await {
        Ok((version, found)) => {
            diagnostics.append(found);
            Some(version)
        }
        Err(error) => {
            diagnostics.push(error.diagnostic());
            None
        }
    };
    let state = recorder.state().clone();
    Applied { state, version, tally, diagnostics, stopped }
}

fn interrupted(run: &Run, left: usize, under_way: &BTreeSet<StepId>) -> Diagnostic {
    let tally = *run.tally.lock().unwrap_or_else(PoisonError::into_inner);
    let failed = match tally.failed {
        0 => String::new(),
        count => format!(", {count} cut short or failed"),
    };
    let mut detail = format!(
        "The run was stopped before its end: {} added, {} changed, {} destroyed{failed}; {left} objects are left as they \
         were. Everything done is recorded. Run the command again to go on.",
        tally.added, tally.changed, tally.destroyed
    );
    let open: Vec<String> = under_way.iter().filter_map(|id| name_of(run, *id)).collect();
    if !open.is_empty() {
        detail.push_str(&format!(
            "\n\nNobody waited for the end of these, and how they came out is not known:\n{}",
            open.join("\n")
        ));
    }
    Diagnostic::error("Interrupted", detail)
}

/// What a step does to what, for people.
fn name_of(run: &Run, id: StepId) -> Option<String> {
    let kind = run.plan.steps.steps[id.0 as usize].kind;
    let address = &run.plan.changes[kind.change()?].address;
    let action = match kind {
        StepKind::Create(_) => "create",
        StepKind::Update(_) => "update",
        StepKind::Destroy(_) => "destroy",
        StepKind::Read(_) => "read",
        StepKind::Forget(_) | StepKind::Record(_) | StepKind::Join => return None,
    };
    Some(format!("  - {action} {address}"))
}

/// What was only read is of no use once everything is to go, even where some of it would not:
/// provider configurations that are made of it read it again.
fn forget_data(run: &Run) {
    if destroys_everything(&run.plan) {
        run.recorder.state().resources.retain(|address, _| address.resource.mode != Mode::Data);
    }
}

fn destroys_everything(plan: &Plan) -> bool {
    let options = &plan.options;
    options.mode == PlanMode::Destroy && options.targets.is_empty() && options.excludes.is_empty()
}

/// The root module's outputs as they are now. One that cannot be told keeps its recorded value.
async fn outputs(run: &Arc<Run>) -> BTreeMap<Arc<str>, Output> {
    if run.plan.options.mode == PlanMode::Destroy {
        // Nothing says any more what they say, even where some objects would not go.
        return if destroys_everything(&run.plan) {
            BTreeMap::new()
        } else {
            run.recorder.state().outputs.clone()
        };
    }
    let recorded = run.recorder.state().outputs.clone();
    let planned: HashSet<&Arc<str>> = run.plan.outputs.iter().map(|output| &output.name).collect();
    let config = run.evaluator.config().clone();
    let mut outputs = BTreeMap::new();
    for (name, output) in config.root().outputs.iter().filter(|(_, output)| !output.ephemeral) {
        // What the plan leaves out, the plan was not about.
        let outcome = if planned.contains(name) {
            run.evaluator.value(CellKey::Output(0, name.clone()), &mut Frame::new()).await
        } else {
            Outcome::failed()
        };
        if !outcome.failed && outcome.value.is_null() {
            continue;
        }
        let fresh = if outcome.failed {
            None
        } else {
            Output::record(&null_unknown(&outcome.value), output.sensitive)
        };
        if let Some(output) = fresh.or_else(|| recorded.get(name).cloned()) {
            outputs.insert(name.clone(), output);
        }
    }
    let declared = &config.root().outputs;
    let untouched = |name: &Arc<str>| !declared.contains_key(name) && !planned.contains(name);
    outputs.extend(recorded.into_iter().filter(|(name, _)| untouched(name)));
    outputs
}

/// Results of conditions: those evaluated just now in place of those that the plan had, object by
/// object.
async fn checks(run: &Arc<Run>) -> Vec<CheckResult> {
    let options = &run.plan.options;
    if options.mode == PlanMode::Normal && options.targets.is_empty() && options.excludes.is_empty() {
        run.evaluator.validate_applied().await;
    }
    if options.mode == PlanMode::Normal && options.targets.is_empty() {
        plumb_planner::run_checks(&run.evaluator).await;
    }
    let fresh = plumb_planner::gather_checks(run.evaluator.take_rule_results());
    plumb_planner::merge_checks(&run.plan.checks, fresh)
}
