//! A made-up world, and checks of one call each.
//!
//! Objects are written as JSON without the attributes that are null; what an answer says is printed
//! as `name=value` pairs, again without those that are null.

use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::path::{Path as FilePath, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use plumb_address::Mode;
use plumb_builtin::{
    Builtin, Entry, RemoteStateError, RemoteStateRequest, RemoteStates, World, builtin_providers,
};
use plumb_schema::Schema;
use plumb_state::{
    ApplyRequest, ApplyResponse, DataRequest, ImportResponse, PlanRequest, Provider, ProviderDiagnostics,
    ReadRequest, UpgradeRequest,
};
use plumb_value::{Kind, Path, PathStep, Type, Value, json};

/// A world in which nothing happens but what the test lets happen.
#[derive(Default)]
pub(crate) struct Fake {
    /// Seconds since 1970.
    pub(crate) now: AtomicU64,
    /// What randomness begins with; each byte is one more than the last.
    drawn: AtomicU64,
    pub(crate) files: Mutex<BTreeMap<PathBuf, (Vec<u8>, u32)>>,
    pub(crate) directories: Mutex<BTreeMap<PathBuf, u32>>,
    pub(crate) slept: Mutex<Vec<Duration>>,
    /// Whether waits last for ever.
    pub(crate) endless: std::sync::atomic::AtomicBool,
    pub(crate) states: Mutex<BTreeMap<String, Value>>,
}

#[async_trait]
impl World for Fake {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(self.now.load(Ordering::Relaxed))
    }

    fn fill_random(&self, buffer: &mut [u8]) -> io::Result<()> {
        for byte in buffer {
            *byte = self.drawn.fetch_add(1, Ordering::Relaxed) as u8;
        }
        Ok(())
    }

    fn look_at(&self, path: &FilePath) -> io::Result<Option<Entry>> {
        if self.files.lock().unwrap().contains_key(path) {
            return Ok(Some(Entry::File));
        }
        Ok(self.directories.lock().unwrap().contains_key(path).then_some(Entry::Directory))
    }

    fn read_file(&self, path: &FilePath) -> io::Result<Vec<u8>> {
        let files = self.files.lock().unwrap();
        files.get(path).map(|(content, _)| content.clone()).ok_or_else(|| io::Error::other("no such file"))
    }

    fn write_file(&self, path: &FilePath, content: &[u8], permissions: u32) -> io::Result<()> {
        if path.starts_with("/forbidden") {
            return Err(io::Error::other("not allowed"));
        }
        self.files.lock().unwrap().insert(path.into(), (content.to_vec(), permissions));
        Ok(())
    }

    fn create_directories(&self, path: &FilePath, permissions: u32) -> io::Result<()> {
        self.directories.lock().unwrap().insert(path.into(), permissions);
        Ok(())
    }

    fn remove_file(&self, path: &FilePath) -> io::Result<()> {
        self.files.lock().unwrap().remove(path).map(|_| ()).ok_or_else(|| io::Error::other("no such file"))
    }

    async fn sleep(&self, duration: Duration) {
        self.slept.lock().unwrap().push(duration);
        if self.endless.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
    }
}

#[async_trait]
impl RemoteStates for Fake {
    async fn check(&self, backend: &str, config: &Value) -> Result<(), RemoteStateError> {
        match (backend, config.part("path")) {
            ("local", Some(_)) => Ok(()),
            ("local", None) => Err(RemoteStateError::InvalidConfig("attribute \"path\" is required".into())),
            _ => Err(RemoteStateError::UnknownBackend),
        }
    }

    async fn outputs(
        &self,
        request: RemoteStateRequest,
    ) -> Result<Option<BTreeMap<Arc<str>, Value>>, RemoteStateError> {
        self.check(&request.backend, &request.config).await?;
        let path = request.config.part("path").and_then(Value::as_str).unwrap_or_default().to_owned();
        let states = self.states.lock().unwrap();
        let found = states.get(&format!("{path}@{}", request.workspace));
        Ok(found.map(|outputs| {
            outputs
                .entries()
                .unwrap()
                .into_iter()
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect()
        }))
    }
}

pub(crate) fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
}

/// One provider in a made-up world.
pub(crate) struct Bench {
    pub(crate) world: Arc<Fake>,
    pub(crate) provider: Arc<dyn Provider>,
}

impl Bench {
    pub(crate) fn new(name: &str) -> Bench {
        let world = Arc::new(Fake::default());
        world.now.store(1_600_000_000, Ordering::Relaxed);
        let builtin = Bench::all(&world).into_iter().find(|builtin| &*builtin.address.kind == name).unwrap();
        Bench { provider: builtin.make(), world }
    }

    pub(crate) fn all(world: &Arc<Fake>) -> Vec<Builtin> {
        let (real, states): (Arc<dyn World>, Arc<dyn RemoteStates>) = (world.clone(), world.clone());
        builtin_providers(&real, &states)
    }

    pub(crate) fn schema(&self, mode: Mode, kind: &str) -> Arc<Schema> {
        run(self.provider.schema()).unwrap().table(mode).get(kind).unwrap()
    }

    /// An object from JSON; `null` is none, `"?"` an unknown attribute.
    pub(crate) fn object(&self, mode: Mode, kind: &str, text: &str) -> Value {
        let schema = self.schema(mode, kind);
        let ty = schema.block.object_type();
        let given = json::decode_implied(text).unwrap();
        if given.is_null() {
            return Value::null(Type::Object(ty.clone()));
        }
        for (name, _) in given.entries().unwrap() {
            assert!(ty.position(name).is_some(), "{kind} has no {name}");
        }
        let values = ty.attributes().iter().map(|(name, ty)| match given.part(name) {
            Some(value) if value.as_str() == Some("?") => Value::unknown(ty.clone()),
            Some(value) => plumb_value::convert(value, ty).unwrap(),
            None => Value::null(ty.clone()),
        });
        Value::object_of(ty.clone(), values)
    }

    /// What configuring this over that prior object comes to before the provider is asked.
    pub(crate) fn proposed(&self, kind: &str, prior: &Value, config: &Value) -> Value {
        if config.is_null() || prior.is_null() {
            return config.clone();
        }
        let schema = self.schema(Mode::Managed, kind);
        let values = schema.block.attributes.iter().map(|(name, attribute)| {
            let configured = config.part(name).unwrap();
            let keeps = attribute.computed && configured.is_null();
            if keeps { prior.part(name).unwrap().clone() } else { configured.clone() }
        });
        Value::object_of(schema.block.object_type().clone(), values)
    }

    fn plan_of(&self, kind: &str, prior: &Value, config: &Value) -> (Value, Vec<Path>, ProviderDiagnostics) {
        let response = run(self.provider.plan_resource_change(PlanRequest {
            identity: None,
            kind: kind.into(),
            prior: prior.clone(),
            proposed: self.proposed(kind, prior, config),
            config: config.clone(),
            private: b"kept".to_vec(),
            meta: None,
        }));
        assert_eq!(response.private, b"kept");
        (response.planned, response.requires_replace, response.diagnostics)
    }

    /// Plans; prints the planned object, then what asks for replacement, then problems.
    #[track_caller]
    pub(crate) fn plan(&self, kind: &str, prior: &str, config: &str, expected: &str) {
        let (prior, config) =
            (self.object(Mode::Managed, kind, prior), self.object(Mode::Managed, kind, config));
        let (planned, replace, problems) = self.plan_of(kind, &prior, &config);
        let mut text = show(&planned);
        for path in replace {
            text.push_str(&format!(" !{}", show_path(&path)));
        }
        assert_eq!(text + &show_problems(&problems), expected, "{kind}: {prior:?} to {config:?}");
    }

    /// Plans and applies.
    pub(crate) fn change(&self, kind: &str, prior: &str, config: &str) -> ApplyResponse {
        let (prior, config) =
            (self.object(Mode::Managed, kind, prior), self.object(Mode::Managed, kind, config));
        self.change_values(kind, prior, config)
    }

    pub(crate) fn change_values(&self, kind: &str, prior: Value, config: Value) -> ApplyResponse {
        let (planned, _, problems) = self.plan_of(kind, &prior, &config);
        assert_eq!(show_problems(&problems), "");
        let request = ApplyRequest {
            identity: None,
            kind: kind.into(),
            prior,
            planned: planned.clone(),
            config,
            private: Vec::new(),
            meta: None,
        };
        let response = run(self.provider.apply_resource_change(request));
        if response.diagnostics.is_empty() {
            assert!(response.state.is_wholly_known());
            agrees(&planned, &response.state);
        }
        response
    }

    /// Plans and applies; prints the new object, then problems.
    #[track_caller]
    pub(crate) fn apply(&self, kind: &str, prior: &str, config: &str, expected: &str) {
        let response = self.change(kind, prior, config);
        assert_eq!(
            show(&response.state) + &show_problems(&response.diagnostics),
            expected,
            "{kind}: {config}"
        );
    }

    /// Creates, then plans the same again: nothing may change.
    #[track_caller]
    pub(crate) fn settles(&self, kind: &str, config: &str) -> Value {
        let config = self.object(Mode::Managed, kind, config);
        let nothing = self.object(Mode::Managed, kind, "null");
        let created = self.change_values(kind, nothing, config.clone());
        assert_eq!(show_problems(&created.diagnostics), "");
        let read = self.read_value(kind, created.state.clone());
        let (planned, replace, problems) = self.plan_of(kind, &read, &config);
        assert_eq!(show_problems(&problems), "");
        assert!(replace.is_empty(), "{kind}: {replace:?}");
        assert_eq!(show(&planned), show(&created.state));
        created.state
    }

    pub(crate) fn read_value(&self, kind: &str, current: Value) -> Value {
        let request =
            ReadRequest { identity: None, kind: kind.into(), current, private: b"kept".to_vec(), meta: None };
        let response = run(self.provider.read_resource(request));
        assert_eq!(show_problems(&response.diagnostics), "");
        assert_eq!(response.private, b"kept");
        response.state
    }

    /// Validates; prints problems.
    #[track_caller]
    pub(crate) fn validate(&self, mode: Mode, kind: &str, config: &str, expected: &str) {
        let config = self.object(mode, kind, config);
        let problems = run(self.provider.validate_resource_config(mode, kind, config.clone()));
        assert_eq!(show_problems(&problems).trim_start(), expected, "{kind}: {config:?}");
    }

    /// Imports; prints the object, then problems.
    #[track_caller]
    pub(crate) fn import(&self, kind: &str, id: &str, expected: &str) {
        let ImportResponse { imported, diagnostics } = run(self.provider.import_resource_state(kind, id));
        let text: String = imported.iter().map(|object| show(&object.state)).collect();
        assert_eq!((text + &show_problems(&diagnostics)).trim_start(), expected, "{kind}: {id}");
        let ty = self.schema(Mode::Managed, kind).block.implied_type();
        assert!(imported.iter().all(|object| ty.has_dynamic() || object.state.is_of_type(&ty)));
    }

    pub(crate) fn upgraded(&self, kind: &str, version: u64, text: &str) -> (Value, ProviderDiagnostics) {
        let request = UpgradeRequest { kind: kind.into(), version, json: text.into(), flat: false };
        let response = run(self.provider.upgrade_resource_state(request));
        (response.state, response.diagnostics)
    }

    /// Brings a recorded object to the current schema; prints it, then problems.
    #[track_caller]
    pub(crate) fn upgrade(&self, kind: &str, version: u64, text: &str, expected: &str) {
        let (state, problems) = self.upgraded(kind, version, text);
        let shown = if problems.is_empty() { show(&state) } else { String::new() };
        assert_eq!((shown + &show_problems(&problems)).trim_start(), expected, "{kind} {version}: {text}");
    }

    /// Reads a data source; prints the object, then problems.
    #[track_caller]
    pub(crate) fn data(&self, kind: &str, config: &str, expected: &str) {
        let config = self.object(Mode::Data, kind, config);
        let response =
            run(self.provider.read_data_source(DataRequest { kind: kind.into(), config, meta: None }));
        let shown = if response.diagnostics.is_empty() { show(&response.state) } else { String::new() };
        assert_eq!((shown + &show_problems(&response.diagnostics)).trim_start(), expected);
    }

    /// Calls a function; prints the result or the error.
    #[track_caller]
    pub(crate) fn call(&self, name: &str, arguments: &[Value], expected: &str) {
        let signature = run(self.provider.schema()).unwrap().functions.get(name).cloned();
        let text = match run(self.provider.call_function(name, arguments.to_vec())) {
            Ok(value) => {
                let returns = signature.unwrap().returns;
                assert!(returns.has_dynamic() || value.is_of_type(&returns));
                show(&value)
            }
            Err(error) => format!("{error} @{:?}", error.argument),
        };
        assert_eq!(text, expected, "{name}");
    }
}

/// Whatever was known in the plan came out as it was planned.
#[track_caller]
fn agrees(planned: &Value, applied: &Value) {
    for (name, value) in planned.entries().unwrap_or_default() {
        let applied = applied.part(name).unwrap();
        assert!(
            !value.is_wholly_known() || value.same(applied),
            "{name}: planned {value:?}, got {applied:?}"
        );
    }
}

fn show_path(path: &Path) -> String {
    let steps = path.0.iter().map(|step| match step {
        PathStep::Attribute(name) => name.to_string(),
        PathStep::Index(key) => format!("[{key:?}]"),
    });
    steps.collect::<Vec<_>>().join(".")
}

/// Each problem as ` [path summary: detail]`, a warning with a question mark in front.
pub(crate) fn show_problems(problems: &ProviderDiagnostics) -> String {
    let show = |problem: &plumb_state::ProviderDiagnostic| {
        let sign = if problem.is_error { "" } else { "?" };
        let path = show_path(&problem.path);
        format!(" [{sign}{path} {}: {}]", problem.summary, problem.detail)
    };
    problems.iter().map(show).collect()
}

pub(crate) fn show(value: &Value) -> String {
    match value.kind() {
        Kind::Null(_) => "null".to_owned(),
        Kind::Unknown(..) => "?".to_owned(),
        Kind::Bool(flag) => flag.to_string(),
        Kind::Number(number) => number.to_string(),
        Kind::String(text) => text.to_string(),
        Kind::List(..) | Kind::Set(..) | Kind::Tuple(..) => {
            let parts: Vec<String> = value.as_sequence().unwrap().iter().map(show).collect();
            format!("[{}]", parts.join(" "))
        }
        Kind::Map(..) | Kind::Object(..) => {
            let entries = value.entries().unwrap();
            let parts: Vec<String> = entries
                .into_iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(name, value)| format!("{name}={}", show(value)))
                .collect();
            format!("{{{}}}", parts.join(" "))
        }
    }
}
