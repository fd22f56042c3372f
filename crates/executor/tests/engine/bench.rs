//! Runs the engine in this process: configuration in memory, providers in memory, state on a disk
//! in memory that may lose power.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use plumb_address::ProviderAddress;
use plumb_backend::{Disk, LocalBackend, LocalOptions, SimulatedDisk};
use plumb_builtin::{Machine, RemoteStateError, RemoteStateRequest, RemoteStates, builtin_providers};
use plumb_configuration::{
    Config, GivenValues, InputArgument, InputSources, NoInstalledModules, collect_inputs, load,
};
use plumb_diagnostics::Diagnostics;
use plumb_evaluator::{Environment, Index};
use plumb_executor::{Applied, StopHandle};
use plumb_plan::{ChangeRecord, Plan, PlanOptions};
use plumb_planner::{Planned, ProviderSource, Providers};
use plumb_source::{MemoryFiles, SourceMap};
use plumb_state::journal::{Begin, OpenIntent, Replayed, replay_all};
use plumb_state::{
    Backend, BackendError, LockInfo, Provider, Recorded, State, StateLock, StateStore, StoredState,
};
use plumb_value::Value;

use crate::provider::TestProvider;
use crate::world::World;

/// Opens the test provider and those that are built in.
struct Source {
    world: Arc<World>,
}

struct NoStates;

#[async_trait::async_trait]
impl RemoteStates for NoStates {
    async fn check(&self, _backend: &str, _config: &Value) -> Result<(), RemoteStateError> {
        Ok(())
    }

    async fn outputs(
        &self,
        _request: RemoteStateRequest,
    ) -> Result<Option<BTreeMap<Arc<str>, Value>>, RemoteStateError> {
        Ok(Some(BTreeMap::new()))
    }
}

impl ProviderSource for Source {
    fn open(&self, address: &ProviderAddress) -> Result<Arc<dyn Provider>, Diagnostics> {
        if &*address.kind == "test" {
            return Ok(Arc::new(TestProvider::new(self.world.clone())));
        }
        let states: Arc<dyn RemoteStates> = Arc::new(NoStates);
        let machine: Arc<dyn plumb_builtin::World> = Arc::new(Machine);
        let found =
            builtin_providers(&machine, &states).into_iter().find(|builtin| builtin.address == *address);
        Ok(found.expect("a provider that is built in").make())
    }
}

/// A directory with a configuration, its state and the world.
pub(crate) struct Bench {
    pub(crate) world: Arc<World>,
    pub(crate) files: MemoryFiles,
    pub(crate) sources: Arc<SourceMap>,
    pub(crate) disk: SimulatedDisk,
    pub(crate) variables: Vec<String>,
    pub(crate) stop: StopHandle,
    pub(crate) observer: Arc<dyn plumb_executor::Observer>,
    /// A directory for the state, where a disk in memory would be in the way of measuring.
    pub(crate) directory: Option<tempfile::TempDir>,
    /// How long applies wait until they write the whole state.
    pub(crate) snapshot_pause: Duration,
    keys: Arc<AtomicUsize>,
}

/// A configuration that was read.
pub(crate) struct Loaded {
    pub(crate) config: Arc<Config>,
    pub(crate) index: Arc<Index>,
    pub(crate) variables: GivenValues,
}

/// The state, locked and recovered.
pub(crate) struct Held {
    pub(crate) store: Arc<dyn StateStore>,
    pub(crate) lock: Arc<dyn StateLock>,
    pub(crate) stored: Option<StoredState>,
    pub(crate) state: State,
    pub(crate) open: Vec<OpenIntent>,
}

/// What came of applying.
pub(crate) struct Outcome {
    pub(crate) planned: Planned,
    pub(crate) applied: Option<Applied>,
}

impl Bench {
    pub(crate) fn new() -> Bench {
        Bench {
            world: Arc::default(),
            files: MemoryFiles::new(),
            sources: Arc::new(SourceMap::new()),
            disk: SimulatedDisk::new(),
            variables: Vec::new(),
            stop: StopHandle::new(),
            observer: Arc::new(plumb_executor::NoObserver),
            directory: None,
            snapshot_pause: plumb_executor::SNAPSHOT_PAUSE,
            keys: Arc::default(),
        }
    }

    /// With one file.
    pub(crate) fn of(configuration: &str) -> Bench {
        let mut bench = Bench::new();
        bench.files.insert("main.tf", configuration);
        bench
    }

    /// Reads the configuration.
    pub(crate) fn load(&self) -> Result<Loaded, Diagnostics> {
        let (config, mut diagnostics) = load(&self.files, &self.sources, Path::new("."), &NoInstalledModules);
        let (index, found) = Index::new(&config);
        diagnostics.append(found);
        let arguments: Vec<InputArgument> =
            self.variables.iter().cloned().map(InputArgument::Value).collect();
        let from = InputSources {
            files: &self.files,
            sources: &self.sources,
            directory: Path::new("."),
            environment: &[],
            arguments: &arguments,
        };
        let inputs = diagnostics.take(collect_inputs(config.root(), &from));
        if diagnostics.has_errors() {
            return Err(diagnostics);
        }
        Ok(Loaded { config: Arc::new(config), index: Arc::new(index), variables: inputs.values })
    }

    pub(crate) fn providers(&self) -> Arc<Providers> {
        Providers::new(Arc::new(Source { world: self.world.clone() }))
    }

    pub(crate) fn store(&self) -> Arc<dyn StateStore> {
        let options = LocalOptions { terraform_version: "1.11.4".to_owned(), ..LocalOptions::default() };
        let backend = match &self.directory {
            Some(directory) => {
                LocalBackend::new(LocalOptions { directory: directory.path().into(), ..options })
            }
            None => LocalBackend::on(Arc::new(self.disk.clone()) as Arc<dyn Disk>, options),
        };
        backend.store("default").expect("a store")
    }

    /// Puts together what is known, without the lock.
    pub(crate) async fn recall(&self) -> Replayed {
        let recorded = self.store().read_with_journals().await.expect("readable");
        replay_all(
            recorded.stored.as_ref(),
            recorded.journals.iter().map(|journal| journal.records.as_slice()),
        )
    }

    /// Locks the state and puts together what is known.
    pub(crate) async fn hold(&self) -> Result<Held, BackendError> {
        let store = self.store();
        let lock: Arc<dyn StateLock> = Arc::from(store.lock(LockInfo::default(), Duration::ZERO).await?);
        let Recorded { stored, journals } = store.read_with_journals().await?;
        let records = journals.iter().map(|journal| journal.records.as_slice());
        let Replayed { state, open, .. } = replay_all(stored.as_ref(), records);
        Ok(Held { store, lock, stored, state, open })
    }

    pub(crate) async fn state(&self) -> State {
        self.hold().await.expect("the state").state
    }

    fn environment(&self, is_apply: bool) -> Environment {
        Environment {
            files: Arc::new(self.files.clone()),
            workspace: "default".into(),
            now_ms: is_apply.then_some(0),
            plan_time_ms: Some(0),
            random: None,
            call_provider: None,
        }
    }

    /// Makes a plan of a state.
    pub(crate) async fn plan_of(
        &self,
        loaded: &Loaded,
        state: State,
        options: PlanOptions,
        providers: &Arc<Providers>,
    ) -> Planned {
        plumb_planner::plan(plumb_planner::PlanRequest {
            config: loaded.config.clone(),
            index: loaded.index.clone(),
            environment: self.environment(false),
            variables: loaded.variables.clone(),
            state,
            options,
            providers: providers.clone(),
            observer: Arc::new(plumb_planner::NoObserver),
            record: ChangeRecord::default(),
            inquiry: None,
        })
        .await
    }

    /// Carries a plan out.
    pub(crate) async fn apply_of(
        &self,
        loaded: &Loaded,
        held: &Held,
        plan: Arc<Plan>,
        providers: &Arc<Providers>,
    ) -> Applied {
        let keys = self.keys.clone();
        let version = held.stored.as_ref().map(|stored| stored.version.clone());
        let begin = Begin {
            run: format!("run-{}", keys.fetch_add(1, Ordering::Relaxed)).into(),
            lineage: version.as_ref().map(|version| version.lineage.as_str()).unwrap_or_default().into(),
            serial: version.as_ref().map_or(0, |version| version.serial),
            snapshot: version.as_ref().map(|version| version.digest.clone()),
            ..Begin::default()
        };
        let parallelism = plan.options.parallelism;
        plumb_executor::apply(plumb_executor::ApplyRequest {
            config: loaded.config.clone(),
            index: loaded.index.clone(),
            environment: self.environment(true),
            variables: loaded.variables.clone(),
            plan,
            providers: providers.clone(),
            store: held.store.clone(),
            lock: held.lock.clone(),
            version,
            begin,
            carried: held.open.clone(),
            observer: self.observer.clone(),
            stop: self.stop.clone(),
            deposed_key: {
                let keys = Arc::new(AtomicUsize::new(1));
                Arc::new(move || format!("{:08x}", keys.fetch_add(1, Ordering::Relaxed)))
            },
            parallelism,
            inquiry: None,
            snapshot_pause: self.snapshot_pause,
        })
        .await
    }

    /// Plans and applies.
    pub(crate) async fn apply(&self, options: PlanOptions) -> Result<Outcome, Diagnostics> {
        let loaded = self.load()?;
        let held = self.hold().await.map_err(|error| Diagnostics::from(error.diagnostic()))?;
        let providers = self.providers();
        let Planned { plan, came_to_nothing, diagnostics } =
            self.plan_of(&loaded, held.state.clone(), options, &providers).await;
        self.world.sort_log();
        if plan.errored {
            return Ok(Outcome { planned: Planned { plan, came_to_nothing, diagnostics }, applied: None });
        }
        let plan = Arc::new(plan);
        let applied = self.apply_of(&loaded, &held, plan.clone(), &providers).await;
        let plan = Arc::into_inner(plan);
        // Tasks that nobody waits for any more may still hold the plan.
        let Some(plan) = plan else { return Err(diagnostics) };
        Ok(Outcome { planned: Planned { plan, came_to_nothing, diagnostics }, applied: Some(applied) })
    }

    /// Plans only.
    pub(crate) async fn plan(&self, options: PlanOptions) -> Result<Planned, Diagnostics> {
        let loaded = self.load()?;
        let state = self.state().await;
        Ok(self.plan_of(&loaded, state, options, &self.providers()).await)
    }
}

/// Runs something with the workers that the program has.
pub(crate) fn run<T>(future: impl Future<Output = T>) -> T {
    static RUNTIME: OnceLock<tokio::runtime::Runtime> = OnceLock::new();
    RUNTIME
        .get_or_init(|| {
            tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_time()
                .build()
                .expect("a runtime")
        })
        .block_on(future)
}

/// Options for one thing at a time, so that the order is always the same.
pub(crate) fn one_at_a_time() -> PlanOptions {
    PlanOptions { parallelism: 1, ..PlanOptions::default() }
}
