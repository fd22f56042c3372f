//! The work: one configuration through its whole life, stage by stage.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use plumb_address::{Mode, ProviderAddress};
use plumb_backend::{LocalBackend, LocalOptions};
use plumb_builtin::{Machine, RemoteStateError, RemoteStateRequest, RemoteStates, builtin_providers};
use plumb_configuration::{Config, NoInstalledModules, load};
use plumb_diagnostics::{Diagnostics, TextStyle};
use plumb_evaluator::{Environment, Index};
use plumb_executor::{Applied, ApplyRequest, StopHandle};
use plumb_plan::file::Snapshot;
use plumb_plan::{ChangeRecord, Plan, PlanMode, PlanOptions};
use plumb_planner::{PlanRequest, ProviderSource, Providers};
use plumb_schema::Schema;
use plumb_source::{MemoryFiles, SourceMap};
use plumb_state::journal::Begin;
use plumb_state::{Backend, LockInfo, Provider, State, StateStore, Version};
use plumb_value::Value;
use plumb_view::text::Detail;

/// How many instances each of the called modules has.
const INSTANCES_OF_MODULE: usize = 16;

/// A configuration of about that many instances: by count, by key, in modules, in blocks of their own,
/// with references among all of them.
pub fn configuration(instances: usize) -> Vec<(&'static str, String)> {
    let part = instances / 4;
    let modules: String = (0..part / INSTANCES_OF_MODULE)
        .map(|number| {
            format!("module \"m{number}\" {{\n  source = \"./child\"\n  name   = \"m{number}\"\n}}\n")
        })
        .collect();
    let blocks: String = (0..part)
        .map(|number| {
            let before = number.saturating_sub(1) / 8 * 8;
            let input = match number % 8 {
                0 => format!("\"start {number}\""),
                _ => format!("terraform_data.block_{before}.id"),
            };
            format!("resource \"terraform_data\" \"block_{number}\" {{\n  input = {input}\n}}\n")
        })
        .collect();
    let root = format!(
        "locals {{\n  keys = toset([for text in split(\",\", join(\",\", terraform_data.counted[*].input)) : \"key ${{text}}\"])\n}}\n\
         resource \"terraform_data\" \"counted\" {{\n  count = {part}\n  input = \"${{count.index}}\"\n}}\n\
         resource \"terraform_data\" \"keyed\" {{\n  for_each = local.keys\n  input    = {{ key = each.key, list = [1, 2, 3] }}\n}}\n\
         output \"all\" {{\n  value = {{ for key, object in terraform_data.keyed : key => object.id }}\n}}\n{modules}{blocks}"
    );
    let half = INSTANCES_OF_MODULE / 2;
    let child = format!(
        "variable \"name\" {{\n  type = string\n}}\n\
         resource \"terraform_data\" \"first\" {{\n  count = {half}\n  input = \"${{var.name}} ${{count.index}}\"\n}}\n\
         resource \"terraform_data\" \"second\" {{\n  count = {half}\n  input = terraform_data.first[count.index].id\n}}\n"
    );
    vec![("main.tf", root), ("child/main.tf", child)]
}

/// Does the work and hands each stage to `measured` by name, to be carried out there.
///
/// # Panics
/// Where any of it fails.
pub fn stages(instances: usize, measured: &mut dyn FnMut(&'static str, &mut dyn FnMut())) {
    let bench = Bench::new(instances);
    let loaded = bench.load(measured);
    let plan = bench.plan(&loaded, State::default(), PlanMode::Normal, "plan", measured);
    bench.show(&loaded, &plan, measured);
    bench.save(&plan, measured);
    let applied = bench.apply(&loaded, plan, None, "apply", measured);
    assert!(applied.tally.added >= instances * 3 / 4, "{:?}", applied.tally);
    let (state, version) = bench.rewrite(measured);
    let again = bench.plan(&loaded, state.clone(), PlanMode::Normal, "plan without changes", measured);
    assert!(!again.is_applyable());
    let destroy = bench.plan(&loaded, state, PlanMode::Destroy, "plan to destroy", measured);
    let destroyed = bench.apply(&loaded, destroy, version, "destroy", measured);
    assert_eq!(destroyed.tally.destroyed, applied.tally.added);
}

/// Carries out one stage and keeps what came of it.
fn stage<T>(
    name: &'static str,
    measured: &mut dyn FnMut(&'static str, &mut dyn FnMut()),
    work: impl FnOnce() -> T,
) -> T {
    let mut work = Some(work);
    let mut outcome = None;
    measured(name, &mut || outcome = work.take().map(|work| work()));
    outcome.expect("each stage is carried out once")
}

struct Source;

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
        Ok(None)
    }
}

impl ProviderSource for Source {
    fn open(&self, address: &ProviderAddress) -> Result<Arc<dyn Provider>, Diagnostics> {
        let states: Arc<dyn RemoteStates> = Arc::new(NoStates);
        let machine: Arc<dyn plumb_builtin::World> = Arc::new(Machine);
        let found =
            builtin_providers(&machine, &states).into_iter().find(|builtin| builtin.address == *address);
        Ok(found.expect("a provider that is built in").make())
    }
}

struct Loaded {
    config: Arc<Config>,
    index: Arc<Index>,
}

struct Bench {
    files: MemoryFiles,
    directory: tempfile::TempDir,
    runtime: tokio::runtime::Runtime,
    providers: Arc<Providers>,
}

impl Bench {
    fn new(instances: usize) -> Bench {
        let mut files = MemoryFiles::new();
        for (path, text) in configuration(instances) {
            files.insert(path, text.as_str());
        }
        Bench {
            files,
            directory: tempfile::tempdir().expect("a directory"),
            runtime: tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_time()
                .build()
                .expect("a runtime"),
            providers: Providers::new(Arc::new(Source)),
        }
    }

    fn store(&self) -> Arc<dyn StateStore> {
        let options = LocalOptions {
            terraform_version: "1.11.4".to_owned(),
            directory: self.directory.path().into(),
            ..LocalOptions::default()
        };
        LocalBackend::new(options).store("default").expect("a store")
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

    fn load(&self, measured: &mut dyn FnMut(&'static str, &mut dyn FnMut())) -> Loaded {
        let sources = SourceMap::new();
        let (config, index) = stage("parsing", measured, || {
            let (config, diagnostics) = load(&self.files, &sources, Path::new("."), &NoInstalledModules);
            let (index, found) = Index::new(&config);
            require_none(diagnostics);
            require_none(found);
            (config, index)
        });
        Loaded { config: Arc::new(config), index: Arc::new(index) }
    }

    fn plan(
        &self,
        loaded: &Loaded,
        state: State,
        mode: PlanMode,
        name: &'static str,
        measured: &mut dyn FnMut(&'static str, &mut dyn FnMut()),
    ) -> Plan {
        stage(name, measured, || {
            let planned = self.runtime.block_on(plumb_planner::plan(PlanRequest {
                config: loaded.config.clone(),
                index: loaded.index.clone(),
                environment: self.environment(false),
                variables: Default::default(),
                state,
                options: PlanOptions { mode, ..PlanOptions::default() },
                providers: self.providers.clone(),
                observer: Arc::new(plumb_planner::NoObserver),
                record: ChangeRecord::default(),
                inquiry: None,
            }));
            require_none(planned.diagnostics);
            planned.plan
        })
    }

    /// What people and programs are shown of a plan.
    fn show(&self, loaded: &Loaded, plan: &Plan, measured: &mut dyn FnMut(&'static str, &mut dyn FnMut())) {
        for (name, detail) in
            [("text of a plan", Detail::Summarised), ("all of a plan as text", Detail::Full)]
        {
            stage(name, measured, || {
                let (config, style) = (Some(&*loaded.config), &TextStyle::PLAIN);
                plumb_view::text::write_plan(&mut io::sink(), plan, config, style, detail).expect("written");
            });
        }
        let schema = self.schema();
        let find = |_: &ProviderAddress, _: Mode, _: &str| Some(schema.clone());
        stage("JSON of a plan", measured, || {
            plumb_view::json::write_plan(&mut io::sink(), plan, &loaded.config, &find).expect("written");
        });
        stage("JSON lines of a plan", measured, || {
            let lines = plumb_view::json::planned_change_lines(plan, "2026-01-01T00:00:00Z");
            assert!(lines.map(|line| line.len()).sum::<usize>() > 0);
        });
    }

    fn schema(&self) -> Arc<Schema> {
        let address = ProviderAddress::parse("terraform.io/builtin/terraform").expect("an address");
        let schemas = self.runtime.block_on(self.providers.schema(&address)).expect("a schema");
        schemas.resources.get("terraform_data").expect("the resource")
    }

    fn save(&self, plan: &Plan, measured: &mut dyn FnMut(&'static str, &mut dyn FnMut())) {
        let snapshot = Snapshot { files: self.files.clone(), ..Snapshot::default() };
        let bytes = stage("writing a plan", measured, || {
            plumb_plan::file::save(plan, &snapshot, "test").expect("a plan that can be stored")
        });
        let schema = self.schema();
        stage("reading a plan", measured, || {
            let loaded = plumb_plan::file::load(&bytes, &|_, _, _| Ok(schema.clone())).expect("readable");
            assert_eq!(loaded.plan.changes.len(), plan.changes.len());
        });
    }

    fn apply(
        &self,
        loaded: &Loaded,
        plan: Plan,
        version: Option<Version>,
        name: &'static str,
        measured: &mut dyn FnMut(&'static str, &mut dyn FnMut()),
    ) -> Applied {
        let applied = stage(name, measured, || self.runtime.block_on(self.carry_out(loaded, plan, version)));
        require_none(applied.diagnostics.clone());
        applied
    }

    async fn carry_out(&self, loaded: &Loaded, plan: Plan, version: Option<Version>) -> Applied {
        let store = self.store();
        let lock = Arc::from(store.lock(LockInfo::default(), Duration::ZERO).await.expect("the lock"));
        let begin = Begin {
            run: "run".into(),
            lineage: version.as_ref().map(|version| version.lineage.as_str()).unwrap_or_default().into(),
            serial: version.as_ref().map_or(0, |version| version.serial),
            ..Begin::default()
        };
        plumb_executor::apply(ApplyRequest {
            config: loaded.config.clone(),
            index: loaded.index.clone(),
            environment: self.environment(true),
            variables: Default::default(),
            parallelism: plan.options.parallelism,
            inquiry: None,
            plan: Arc::new(plan),
            providers: self.providers.clone(),
            store,
            lock,
            version,
            begin,
            carried: Vec::new(),
            observer: Arc::new(plumb_executor::NoObserver),
            stop: StopHandle::new(),
            deposed_key: Arc::new(|| "00000000".to_owned()),
            // How often it is written by then would depend on how busy the machine is.
            snapshot_pause: Duration::from_secs(3600),
        })
        .await
    }

    /// Reads the state that was written, writes it again and shows it.
    fn rewrite(&self, measured: &mut dyn FnMut(&'static str, &mut dyn FnMut())) -> (State, Option<Version>) {
        let bytes = std::fs::read(self.directory.path().join("terraform.tfstate")).expect("a state");
        let state = stage("reading a state", measured, || {
            plumb_state::file::read(&bytes).expect("readable").expect("not empty").0
        });
        stage("writing a state", measured, || {
            assert_eq!(plumb_state::file::write(&state, "1.11.4").len(), bytes.len());
        });
        let schema = self.schema();
        let find = |_: &ProviderAddress, _: Mode, _: &str| Some(schema.clone());
        stage("JSON of a state", measured, || {
            plumb_view::json::write_state(&mut io::sink(), &state, &find).expect("written");
        });
        let stored = self.runtime.block_on(self.store().read()).expect("readable").expect("not empty");
        (state, Some(stored.version))
    }
}

fn require_none(diagnostics: Diagnostics) {
    let said: Vec<&str> = diagnostics.iter().map(|diagnostic| diagnostic.detail.as_str()).collect();
    assert!(said.is_empty(), "{said:?}");
}
