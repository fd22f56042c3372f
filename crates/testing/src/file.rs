//! One file: its runs in order or side by side, and the destruction of what they have made.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use plumb_configuration::suite::{TestFile, TestRun};
use plumb_configuration::{Config, GivenValues};
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_executor::Stop;
use plumb_planner::Providers;
use plumb_state::State;

use crate::cleanup::clean_up;
use crate::execute::{Execution, Outcome};
use crate::order::Order;
use crate::outside::RunOutputs;
use crate::report::{Abandoned, FileReport, Progress, RunReport, Status};
use crate::subject::{Subject, TestedModule, check_targets, prepare};
use crate::suite::{SuiteFile, SuiteRequest};
use crate::variables::Variables;

/// A state that runs share, and how the last of them used it.
pub(crate) struct Kept {
    pub(crate) state: State,
    /// Position of that run.
    pub(crate) run: usize,
    pub(crate) subject: Arc<Subject>,
    pub(crate) variables: GivenValues,
}

/// A file while it is run.
pub(crate) struct FileRun<'a> {
    pub(crate) request: &'a SuiteRequest,
    pub(crate) suite_file: &'a SuiteFile,
    pub(crate) file: &'a TestFile,
    report: Mutex<FileReport>,
    outputs: Mutex<RunOutputs>,
    /// By state key.
    states: Mutex<BTreeMap<Arc<str>, Kept>>,
    /// Configurations that were found to be in order, by what they are made of.
    validated: Mutex<HashSet<String>>,
    names: Vec<Arc<str>>,
    /// What nobody waited for, with the position of its run.
    making: Mutex<Vec<(usize, String)>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl RunReport {
    /// A run that was not begun.
    pub(crate) fn pending(run: &TestRun) -> Self {
        RunReport {
            name: run.name.clone(),
            command: run.command,
            status: Status::Pending,
            assertions: run.asserts.len(),
            diagnostics: Diagnostics::new(),
            made: None,
            took: std::time::Duration::ZERO,
        }
    }
}

/// The state that a run goes on from: its own, or that of its module.
pub(crate) fn state_key(run: &TestRun) -> Arc<str> {
    match (&run.state_key, &run.module) {
        (Some(key), _) => key.clone(),
        (None, Some(module)) => module.source.clone(),
        (None, None) => "".into(),
    }
}

/// Runs a file.
pub(crate) async fn run_file(request: &SuiteRequest, suite_file: &SuiteFile) -> FileReport {
    let file = &suite_file.file;
    let report = FileReport {
        name: file.name.clone(),
        status: Status::Pass,
        diagnostics: unused_overrides(request, suite_file),
        runs: file.runs.iter().map(RunReport::pending).collect(),
    };
    let run = FileRun {
        request,
        suite_file,
        file,
        report: Mutex::new(report),
        outputs: Mutex::default(),
        states: Mutex::default(),
        validated: Mutex::default(),
        names: file.runs.iter().map(|run| run.name.clone()).collect(),
        making: Mutex::default(),
    };
    run.tell(Progress::Starting);
    run.runs().await;
    run.tell(Progress::Teardown);
    if request.stop.asked() != Stop::Now {
        clean_up(&run).await;
    }
    if request.stop.asked() == Stop::Now {
        run.abandon();
    }
    run.tell(Progress::Complete);
    run.report.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// Warns of overrides of the file that no module has an object for.
fn unused_overrides(request: &SuiteRequest, suite_file: &SuiteFile) -> Diagnostics {
    let others = suite_file.modules.values().map(|module| &*module.config);
    let configs: Vec<&Config> = std::iter::once(&*request.module.config).chain(others).collect();
    check_targets(&configs, &suite_file.file.overrides)
}

impl FileRun<'_> {
    pub(crate) fn tell(&self, progress: Progress) {
        let report = lock(&self.report).clone();
        self.request.observer.file(&report, progress);
    }

    pub(crate) fn fail(&self) {
        let mut report = lock(&self.report);
        report.status = report.status.and(Status::Error);
    }

    pub(crate) fn states(&self) -> MutexGuard<'_, BTreeMap<Arc<str>, Kept>> {
        lock(&self.states)
    }

    pub(crate) fn providers(&self, subject: &Subject) -> Arc<Providers> {
        match &subject.doubles {
            Some(doubles) => self.request.providers.with_stand_ins(doubles.clone()),
            None => self.request.providers.clone(),
        }
    }

    async fn runs(&self) {
        let mut order = Order::new(self.file);
        let mut under_way = FuturesUnordered::new();
        loop {
            while let Some(at) = order.next() {
                under_way.push(async move {
                    self.run(at).await;
                    at
                });
            }
            match under_way.next().await {
                Some(at) => order.end(at),
                None => return,
            }
        }
    }

    async fn run(&self, at: usize) {
        let run = &self.file.runs[at];
        let is_left_out = self.request.stop.asked() != Stop::No || lock(&self.report).status == Status::Error;
        if is_left_out {
            return self.conclude(at, RunReport { status: Status::Skip, ..RunReport::pending(run) });
        }
        self.request.observer.run_begins(&self.file.name, &run.name);
        let since = Instant::now();
        let Outcome { status, diagnostics, outputs, made, making, .. } = self.execute(at).await;
        if !making.is_empty() {
            lock(&self.making).extend(making.into_iter().map(|address| (at, address)));
        }
        lock(&self.outputs).insert(run.name.clone(), outputs);
        let pending = RunReport::pending(run);
        self.conclude(at, RunReport { status, diagnostics, made, took: since.elapsed(), ..pending });
    }

    fn conclude(&self, at: usize, run: RunReport) {
        self.request.observer.run_ended(&self.file.name, &run);
        let mut report = lock(&self.report);
        report.status = report.status.and(run.status);
        report.runs[at] = run;
    }

    fn module(&self, run: &TestRun) -> Result<&TestedModule, Diagnostics> {
        if run.module.is_none() {
            return Ok(&self.request.module);
        }
        self.suite_file.modules.get(&run.name).ok_or_else(|| {
            let detail = "The module of this run is not installed. Run \"plumb init\" to install all modules that \
                          tests need.";
            Diagnostic::error("Module not installed", detail).at(run.span).into()
        })
    }

    async fn execute(&self, at: usize) -> Outcome {
        let run = &self.file.runs[at];
        let module = match self.module(run) {
            Ok(module) => module,
            Err(diagnostics) => return Outcome::error(diagnostics),
        };
        let environment = self.request.environment(false);
        let runs = lock(&self.outputs).clone();
        let variables = Variables {
            outside: &self.suite_file.variables,
            file: self.file,
            module: module.config.root(),
            sources: &self.request.sources,
            environment: &environment,
            runs: &runs,
            names: &self.names,
        };
        let mut diagnostics = Diagnostics::new();
        let subject = prepare(module, run, &variables, self.request.seed(), &mut diagnostics);
        let given = variables.for_run(run, &mut diagnostics);
        let Some(subject) = subject.filter(|_| !diagnostics.has_errors()) else {
            return Outcome::error(diagnostics);
        };
        let subject = Arc::new(subject);
        let providers = self.providers(&subject);
        if let Err(found) = self.validate(run, &subject, &providers).await {
            diagnostics.append(found);
            return Outcome::error(diagnostics);
        }
        let key = state_key(run);
        let state = self.states().get(&key).map(|kept| kept.state.clone()).unwrap_or_default();
        let execution = Execution {
            request: self.request,
            run,
            subject: &subject,
            variables: &given,
            providers,
            runs: &runs,
            names: &self.names,
            state,
        };
        let mut outcome = execution.run().await;
        if let Some(state) = outcome.state.take() {
            self.states().insert(key, Kept { state, run: at, subject, variables: given });
        }
        diagnostics.append(std::mem::take(&mut outcome.diagnostics));
        Outcome { diagnostics, ..outcome }
    }

    /// Finds what is wrong whatever the state and the inputs are; once for runs that are alike in that.
    async fn validate(
        &self,
        run: &TestRun,
        subject: &Subject,
        providers: &Arc<Providers>,
    ) -> Result<(), Diagnostics> {
        let module = run.module.as_ref().map_or("", |module| &module.source);
        let passed: Vec<String> =
            run.providers.iter().map(|passed| format!("{:?}={:?}", passed.inside, passed.outside)).collect();
        let overridden: Vec<String> = run
            .overrides
            .iter()
            .filter(|one| one.target.resource.is_none())
            .map(|one| format!("{:?}", one.target))
            .collect();
        let key = format!("{module}|{passed:?}|{overridden:?}");
        if lock(&self.validated).contains(&key) {
            return Ok(());
        }
        let TestedModule { config, index } = subject.module.clone();
        let environment = self.request.environment(false);
        let found = plumb_planner::validate(config, index, environment, providers.clone()).await;
        if found.has_errors() {
            return Err(found);
        }
        lock(&self.validated).insert(key);
        Ok(())
    }

    /// Names everything that stays, because nobody waits for it to be destroyed.
    fn abandon(&self) {
        let states = self.states();
        let left = states.values().filter(|kept| !kept.state.resources.is_empty()).map(|kept| {
            let run = &self.file.runs[kept.run];
            (&*run.name, run.module.as_ref().map(|module| &*module.source), &kept.state)
        });
        let making = lock(&self.making);
        let making = making.first().map(|(at, _)| {
            let of_run = making.iter().filter(|(run, _)| run == at).map(|(_, address)| address.clone());
            (&*self.file.runs[*at].name, of_run.collect())
        });
        let abandoned = Abandoned { file: &self.file.name, making, states: left.collect() };
        self.request.observer.abandoned(&abandoned);
        self.fail();
    }
}
