//! Plans and applies a directory from another program, without the command line.
//!
//! `cargo run -p plumb-executor --example converge -- DIRECTORY [plan|apply|destroy] [PROVIDER=PROGRAM...]`
//!
//! The state is kept in the directory, as the command line keeps it. Providers that are not part of
//! Plumb are named by address with the program that serves them.
#![expect(clippy::print_stdout, reason = "it is a program of its own")]

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use plumb_address::ProviderAddress;
use plumb_backend::{LocalBackend, LocalOptions, lock_info, random_uuid, timestamp, who};
use plumb_builtin::{
    Builtin, Machine, RemoteStateError, RemoteStateRequest, RemoteStates, World, builtin_providers,
};
use plumb_configuration::{NoInstalledModules, load};
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_evaluator::{Environment, Index};
use plumb_executor::{ApplyRequest, NoObserver, StopHandle, apply};
use plumb_plan::{ChangeRecord, Plan, PlanMode, PlanOptions};
use plumb_planner::{PlanRequest, ProviderSource, Providers, plan};
use plumb_plugin::{LaunchOptions, Plugin};
use plumb_source::{DiskFiles, SourceMap};
use plumb_state::journal::Begin;
use plumb_state::{Backend, Provider};
use plumb_value::Value;

struct NoStates;

#[async_trait]
impl RemoteStates for NoStates {
    async fn check(&self, backend: &str, _config: &Value) -> Result<(), RemoteStateError> {
        let _ = backend;
        Err(RemoteStateError::UnknownBackend)
    }

    async fn outputs(
        &self,
        _request: RemoteStateRequest,
    ) -> Result<Option<BTreeMap<Arc<str>, Value>>, RemoteStateError> {
        Err(RemoteStateError::UnknownBackend)
    }
}

struct Source {
    builtin: Vec<Builtin>,
    programs: HashMap<ProviderAddress, PathBuf>,
}

impl ProviderSource for Source {
    fn open(&self, address: &ProviderAddress) -> Result<Arc<dyn Provider>, Diagnostics> {
        if let Some(builtin) = self.builtin.iter().find(|builtin| builtin.address == *address) {
            return Ok(builtin.make());
        }
        match self.programs.get(address) {
            Some(program) => Ok(Plugin::launch(LaunchOptions::program(address.clone(), program, "1.11.4"))),
            None => {
                Err(Diagnostic::error("Provider not named", format!("Name the program of {address}.")).into())
            }
        }
    }
}

fn show(diagnostics: &Diagnostics, sources: &SourceMap) {
    for diagnostic in diagnostics.iter() {
        let place = diagnostic.subject.and_then(|span| {
            let file = sources.get(span.file)?;
            Some(format!(" ({}:{})", file.path, file.position(span.start).line))
        });
        println!(
            "{:?}: {}{}: {}",
            diagnostic.severity,
            diagnostic.summary,
            place.unwrap_or_default(),
            diagnostic.detail
        );
    }
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let directory = PathBuf::from(arguments.next().unwrap_or_else(|| ".".to_owned()));
    let command = arguments.next().unwrap_or_else(|| "plan".to_owned());
    let programs = arguments
        .filter_map(|argument| {
            let (address, program) = argument.split_once('=')?;
            Some((ProviderAddress::parse(address).ok()?, PathBuf::from(program)))
        })
        .collect();
    let files = Arc::new(DiskFiles::new(directory.clone(), None));
    let sources = SourceMap::new();
    let (config, mut diagnostics) = load(&*files, &sources, std::path::Path::new("."), &NoInstalledModules);
    let (index, problems) = Index::new(&config);
    diagnostics.append(problems);
    show(&diagnostics, &sources);
    if diagnostics.has_errors() {
        return;
    }
    let (config, index) = (Arc::new(config), Arc::new(index));
    let world: Arc<dyn World> = Arc::new(Machine);
    let states: Arc<dyn RemoteStates> = Arc::new(NoStates);
    let providers =
        Providers::new(Arc::new(Source { builtin: builtin_providers(&world, &states), programs }));
    let backend = LocalBackend::new(LocalOptions {
        directory: directory.clone(),
        terraform_version: "1.11.4".to_owned(),
        ..LocalOptions::default()
    });
    let store = backend.store("default").expect("the default workspace is always there");
    let lock = store
        .lock(lock_info("OperationTypeApply", "1.11.4"), Duration::ZERO)
        .await
        .expect("the lock is free");
    let stored = store.read().await.expect("the state can be read");
    let (state, version) = stored.map(|stored| (stored.state, Some(stored.version))).unwrap_or_default();
    let environment = Environment {
        files,
        workspace: "default".into(),
        now_ms: None,
        plan_time_ms: None,
        random: None,
        call_provider: None,
    };
    let mode = if command == "destroy" { PlanMode::Destroy } else { PlanMode::Normal };
    let began = Instant::now();
    let planned = plan(PlanRequest {
        config: config.clone(),
        index: index.clone(),
        environment: environment.clone(),
        variables: BTreeMap::new(),
        state,
        options: PlanOptions { mode, ..PlanOptions::default() },
        providers: providers.clone(),
        observer: Arc::new(plumb_planner::NoObserver),
        record: ChangeRecord::default(),
        inquiry: None,
    })
    .await;
    show(&planned.diagnostics, &sources);
    summarise(&planned.plan, began);
    if command == "plan" || planned.plan.errored {
        return;
    }
    let began = Instant::now();
    let applied = apply(ApplyRequest {
        config,
        index,
        environment,
        variables: BTreeMap::new(),
        plan: Arc::new(planned.plan),
        providers,
        store,
        lock: Arc::from(lock),
        version,
        begin: Begin {
            run: random_uuid().into(),
            command: command.as_str().into(),
            who: who().into(),
            created: timestamp().into(),
            ..Begin::default()
        },
        carried: Vec::new(),
        observer: Arc::new(NoObserver),
        stop: StopHandle::new(),
        deposed_key: Arc::new(|| random_uuid()[..8].to_owned()),
        parallelism: 10,
        inquiry: None,
        snapshot_pause: plumb_executor::SNAPSHOT_PAUSE,
    })
    .await;
    show(&applied.diagnostics, &sources);
    println!("{:?} in {:?}", applied.tally, began.elapsed());
}

fn summarise(plan: &Plan, began: Instant) {
    for change in plan.changes.iter().filter(|change| change.is_noteworthy()) {
        println!("{:?} {} {:?}", change.action, change.address, change.reason);
    }
    println!("{:?} in {:?}", plan.counts(), began.elapsed());
}
