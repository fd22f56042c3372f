//! The provider: behaviour, faults, delays and side effects put together.
//!
//! Responsible for the order of things in each call. What the answers are worth is `behaviour`'s, what
//! can go wrong is `fault`'s.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use plumb_address::Mode;
use plumb_diagnostics::Diagnostics;
use plumb_schema::{IdentitySchema, ProviderSchema};
use plumb_state::{
    ApplyRequest, ApplyResponse, DataRequest, DataResponse, FunctionError, ImportResponse, ImportedObject,
    MoveRequest, MoveResponse, OpenResponse, PlanRequest, PlanResponse, Provider, ProviderDiagnostic,
    ProviderDiagnostics, ReadRequest, ReadResponse, RecordedIdentity, UpgradeRequest, UpgradeResponse,
};
use plumb_value::{Kind, Path, Type, Value};
use tokio::sync::watch;

use crate::definition::{FunctionBody, ProviderDefinition, Told, TypeDefinition};
use crate::fault::{Faults, description};
use crate::identity;
use crate::log::CurrentCall;
use crate::maker;
use crate::objects::{ObjectStore, StoreError};
use crate::upgrade;

/// How much more is much more.
const FLOOD_REPETITIONS: usize = 40;

/// What the provider stores beside an object grows no further than this.
const PRIVATE_LIMIT_BYTES: usize = 200;

/// See the top of the file.
pub(crate) struct Probe {
    definition: ProviderDefinition,
    /// What others are told.
    official: Arc<ProviderSchema>,
    /// What values are written by.
    real: Arc<ProviderSchema>,
    store: Option<ObjectStore>,
    faults: Faults,
    current_call: Arc<CurrentCall>,
    stopped: watch::Sender<bool>,
}

/// A type of the schema, with the faults that one of its objects commits.
struct Subject<'a> {
    kind: &'a str,
    definition: &'a TypeDefinition,
    faults: Faults,
}

impl Probe {
    /// A provider of that definition, with faults that all its objects commit.
    pub(crate) fn new(
        definition: ProviderDefinition,
        store: Option<ObjectStore>,
        faults: Faults,
        current_call: Arc<CurrentCall>,
    ) -> Self {
        Probe {
            official: Arc::new(definition.schema(Told::Officially)),
            real: Arc::new(definition.schema(Told::Really)),
            definition,
            store,
            faults,
            current_call,
            stopped: watch::Sender::new(false),
        }
    }

    fn subject<'a>(
        &'a self,
        mode: Mode,
        kind: &'a str,
        object: &Value,
    ) -> Result<Subject<'a>, ProviderDiagnostics> {
        let table = match mode {
            Mode::Managed => &self.definition.resources,
            Mode::Data => &self.definition.data_sources,
            Mode::Ephemeral => &self.definition.ephemeral_resources,
        };
        let Some(definition) = table.get(kind) else {
            return Err(error(&format!("There is no type \"{kind}\""), Path::root()));
        };
        let text = |name| object.part(name).and_then(Value::as_str);
        let own = Faults::parse(text("fault").unwrap_or_default());
        let of_type = Faults::parse(&definition.faults);
        let faults = self.faults.of(kind, text("name")).and(of_type).and(own);
        Ok(Subject { kind, definition, faults })
    }

    /// Takes as long as the definition or the object says, then crashes or hangs if it must.
    async fn begin(&self, subject: &Subject<'_>, call: &str, object: &Value) {
        let mut delay_ms = subject.definition.delay_ms.get(call).copied().unwrap_or(0);
        if call == "apply" {
            let own =
                object.part("delay_ms").and_then(Value::as_number).and_then(plumb_value::Number::to_u64);
            delay_ms = own.unwrap_or(delay_ms);
        }
        tokio::time::sleep(Duration::from_millis(delay_ms)).await;
        if subject.faults.has("chatter") {
            print_much(&mut std::io::stdout());
        }
        if subject.faults.has("flood") {
            (0..FLOOD_REPETITIONS).for_each(|_| print_much(&mut std::io::stderr()));
        }
        if subject.faults.has(&format!("{call}-crash")) {
            crash();
        }
        if subject.faults.has(&format!("{call}-hang")) {
            std::future::pending::<()>().await;
        }
    }

    async fn until_stopped(&self) {
        // The sender is this provider's own, so waiting ends with the stop alone.
        let _ = self.stopped.subscribe().wait_for(|told| *told).await;
    }

    fn create(&self, subject: &Subject<'_>, request: &ApplyRequest) -> Result<Value, StoreError> {
        let name = request.planned.part("name").and_then(Value::as_str).unwrap_or(subject.kind);
        let id = match &self.store {
            Some(store) => store.reserve(subject.kind, name)?,
            None => format!("{name}-1"),
        };
        let mut object = subject.definition.result(&request.prior, &request.planned, &request.config, &id);
        let TypeDefinition { program, block, .. } = subject.definition;
        if !program.is_empty() {
            object = maker::create(program, &object, block).map_err(StoreError::Program)?;
        }
        if let Some(store) = &self.store {
            store.write(subject.kind, &id, &object, &subject.definition.block.ty()).inspect_err(|_| {
                store.release(subject.kind, &id);
            })?;
        }
        Ok(object)
    }

    fn update(&self, subject: &Subject<'_>, request: &ApplyRequest) -> Result<Value, StoreError> {
        let id = id_of(&request.prior);
        let mut object = subject.definition.result(&request.prior, &request.planned, &request.config, &id);
        if subject.faults.has("update-partial") {
            let name = object.part("name").cloned();
            object = replaced(&request.prior, "name", name);
        }
        if let Some(store) = &self.store {
            store.write(subject.kind, &id, &object, &subject.definition.block.ty())?;
        }
        Ok(object)
    }

    fn delete(&self, subject: &Subject<'_>, request: &ApplyRequest) -> Result<Value, StoreError> {
        let TypeDefinition { program, block, .. } = subject.definition;
        if !program.is_empty() {
            maker::delete(program, &request.prior, block).map_err(StoreError::Program)?;
        }
        if let Some(store) = &self.store {
            store.delete(subject.kind, &id_of(&request.prior))?;
        }
        let remains = subject.faults.has("delete-remains");
        Ok(if remains { request.prior.clone() } else { request.planned.clone() })
    }

    fn change(&self, subject: &Subject<'_>, request: &ApplyRequest) -> (Value, ProviderDiagnostics) {
        let what = match (request.prior.is_null(), request.planned.is_null()) {
            (_, true) => "delete",
            (true, false) => "create",
            (false, false) => "update",
        };
        let mut problems = subject.problems(&format!("{what}-warning"), false);
        if subject.faults.has(&format!("{what}-error")) {
            problems.extend(subject.problems(&format!("{what}-error"), true));
            return (request.prior.clone(), problems);
        }
        let made = match what {
            "delete" => self.delete(subject, request),
            "create" => self.create(subject, request),
            _ => self.update(subject, request),
        };
        match made {
            Ok(object) => {
                problems.extend(subject.problems(&format!("{what}-partial"), true));
                (object, problems)
            }
            Err(problem) => (request.prior.clone(), error(&problem.to_string(), Path::root())),
        }
    }

    fn found(&self, subject: &Subject<'_>, id: &str) -> Result<Option<Value>, StoreError> {
        match &self.store {
            Some(store) => store.read(subject.kind, id, &subject.definition.block),
            None => Ok(None),
        }
    }
}

impl Subject<'_> {
    fn ty(&self) -> Type {
        self.definition.block.ty()
    }

    /// The problem that a fault makes known, if it is to be committed.
    fn problems(&self, word: &str, is_error: bool) -> ProviderDiagnostics {
        let Some(path) = self.faults.find(word) else { return Vec::new() };
        vec![problem(is_error, word, description(word), path)]
    }

    fn refuse(&self, word: &str) -> Option<ProviderDiagnostics> {
        let problems = self.problems(word, true);
        (!problems.is_empty()).then_some(problems)
    }
}

fn problem(is_error: bool, summary: &str, detail: &str, path: Path) -> ProviderDiagnostic {
    ProviderDiagnostic { is_error, summary: summary.to_owned(), detail: format!("Told to: {detail}."), path }
}

fn error(summary: &str, path: Path) -> ProviderDiagnostics {
    vec![problem(true, summary, "what was asked for cannot be done", path)]
}

fn id_of(object: &Value) -> String {
    let text = |name| object.part(name).and_then(Value::as_str);
    text("id").or_else(|| text("name")).unwrap_or("none").to_owned()
}

fn replaced(object: &Value, name: &str, value: Option<Value>) -> Value {
    let Some(value) = value else { return object.clone() };
    let entries = object.entries().unwrap_or_default().into_iter();
    Value::object(
        entries
            .map(|(own, before)| (own.clone(), if **own == *name { value.clone() } else { before.clone() })),
    )
}

fn with_name(object: &Value, change: impl Fn(&str) -> String) -> Value {
    let name = object.part("name").and_then(Value::as_str).unwrap_or_default();
    replaced(object, "name", Some(Value::string(change(name))))
}

/// A megabyte: a line for each thousand, and one without an end.
fn print_much(out: &mut dyn std::io::Write) {
    let line = format!("{}\n", "much ".repeat(200));
    let text = format!("{}{}\n", line.repeat(500), "more ".repeat(100_000));
    // Whoever does not listen misses nothing.
    let _ = out.write_all(text.as_bytes());
}

#[expect(clippy::print_stderr, reason = "a crash leaves its last words")]
fn crash() -> ! {
    eprintln!("panic: the provider was told to crash");
    std::process::abort();
}

/// Every text that the provider leaves open, planned as something that it will not be.
fn guess_texts(definition: &TypeDefinition, planned: &Value, is_final: bool) -> Value {
    let guess = if is_final { "late" } else { "early" };
    let entries = planned.entries().unwrap_or_default().into_iter();
    Value::object(entries.map(|(name, value)| {
        let is_computed = definition.block.attributes.get(name).is_some_and(|attribute| attribute.computed);
        let is_open = is_computed && matches!(value.kind(), Kind::Unknown(Type::String, _));
        let guessed = is_open && &**name != "id";
        (name.clone(), if guessed { Value::string(guess) } else { value.clone() })
    }))
}

#[async_trait]
impl Provider for Probe {
    async fn schema(&self) -> Result<Arc<ProviderSchema>, Diagnostics> {
        Ok(if self.current_call.is_schema() { self.official.clone() } else { self.real.clone() })
    }

    async fn validate_provider_config(&self, config: Value) -> (Value, ProviderDiagnostics) {
        (config, Vec::new())
    }

    async fn validate_resource_config(&self, mode: Mode, kind: &str, config: Value) -> ProviderDiagnostics {
        match self.subject(mode, kind, &config) {
            Ok(subject) => {
                let mut problems = subject.problems("validate-warning", false);
                problems.extend(subject.problems("validate-error", true));
                for word in subject.faults.unknown_words() {
                    let path = Path::root().attribute("fault");
                    problems.extend(error(&format!("There is no fault \"{word}\""), path));
                }
                problems
            }
            Err(problems) => problems,
        }
    }

    async fn configure(&self, config: Value) -> ProviderDiagnostics {
        let own = config.part("fault").and_then(Value::as_str).unwrap_or_default();
        let faults = self.faults.of("", None).and(Faults::parse(own));
        let told =
            |word, is_error| faults.find(word).map(|path| problem(is_error, word, description(word), path));
        [told("configure-warning", false), told("configure-error", true)].into_iter().flatten().collect()
    }

    async fn upgrade_resource_state(&self, request: UpgradeRequest) -> UpgradeResponse {
        let failed = |diagnostics| UpgradeResponse { state: Value::null(Type::Dynamic), diagnostics };
        let subject = match self.subject(Mode::Managed, &request.kind, &Value::null(Type::Dynamic)) {
            Ok(subject) => subject,
            Err(diagnostics) => return failed(diagnostics),
        };
        self.begin(&subject, "upgrade", &Value::null(Type::Dynamic)).await;
        if let Some(diagnostics) = subject.refuse("upgrade-error") {
            return failed(diagnostics);
        }
        match upgrade::upgrade(subject.definition, request.version, &request.json, request.flat) {
            Ok(state) => UpgradeResponse { state, diagnostics: Vec::new() },
            Err(problem) => failed(error(&problem, Path::root())),
        }
    }

    async fn read_resource(&self, request: ReadRequest) -> ReadResponse {
        let subject = match self.subject(Mode::Managed, &request.kind, &request.current) {
            Ok(subject) => subject,
            Err(diagnostics) => {
                let (state, private) = (request.current, request.private);
                return ReadResponse { state, identity: None, private, diagnostics };
            }
        };
        let done = |state: Value, private, diagnostics| {
            let identity = identity::of(subject.definition, &state);
            ReadResponse { state, identity, private, diagnostics }
        };
        self.begin(&subject, "read", &request.current).await;
        if let Some(diagnostics) = subject.refuse("read-error") {
            return done(request.current, request.private, diagnostics);
        }
        let diagnostics = subject.problems("read-warning", false);
        if subject.faults.has("read-gone") {
            return done(Value::null(subject.ty()), request.private, diagnostics);
        }
        if self.store.is_none() {
            return done(request.current, request.private, diagnostics);
        }
        match self.found(&subject, &id_of(&request.current)) {
            Ok(Some(object)) => done(object, request.private, diagnostics),
            Ok(None) => done(Value::null(subject.ty()), request.private, diagnostics),
            Err(problem) => done(request.current, request.private, error(&problem.to_string(), Path::root())),
        }
    }

    async fn plan_resource_change(&self, request: PlanRequest) -> PlanResponse {
        let done = |planned, requires_replace, private, legacy_type_system, diagnostics| PlanResponse {
            identity: None,
            planned,
            requires_replace,
            private,
            legacy_type_system,
            diagnostics,
        };
        let subject_of = if request.proposed.is_null() { &request.prior } else { &request.proposed };
        let subject = match self.subject(Mode::Managed, &request.kind, subject_of) {
            Ok(subject) => subject,
            Err(diagnostics) => return done(request.proposed, vec![], vec![], false, diagnostics),
        };
        self.begin(&subject, "plan", subject_of).await;
        let is_legacy = subject.definition.legacy_type_system;
        if subject.faults.has("plan-until-stopped") {
            self.until_stopped().await;
            let diagnostics = subject.problems("plan-until-stopped", true);
            return done(request.prior, vec![], request.private, is_legacy, diagnostics);
        }
        if let Some(diagnostics) = subject.refuse("plan-error") {
            return done(request.prior, vec![], request.private, is_legacy, diagnostics);
        }
        let diagnostics = subject.problems("plan-warning", false);
        if request.proposed.is_null() {
            return done(request.proposed, vec![], request.private, is_legacy, diagnostics);
        }
        let planned = subject.definition.plan(&request.prior, &request.proposed, &request.config);
        let mut object = planned.object;
        if subject.faults.has("plan-differs") {
            object = with_name(&object, |name| format!("{name}-differs"));
        }
        if subject.faults.has("plan-nonsense") {
            object = Value::string("nonsense");
        }
        if subject.faults.has("plan-null") {
            object = Value::null(subject.ty());
        }
        if subject.faults.has("final-plan-differs") {
            object = guess_texts(subject.definition, &object, request.config.is_wholly_known());
        }
        let private = extended(&request.private, "planned");
        let identity = request.identity.or_else(|| identity::of(subject.definition, &object));
        PlanResponse { identity, ..done(object, planned.requires_replace, private, is_legacy, diagnostics) }
    }

    async fn apply_resource_change(&self, request: ApplyRequest) -> ApplyResponse {
        let subject_of = if request.planned.is_null() { &request.prior } else { &request.planned };
        let done = |state, private, legacy_type_system, diagnostics| ApplyResponse {
            identity: None,
            state,
            private,
            legacy_type_system,
            unanswered: false,
            diagnostics,
        };
        let subject = match self.subject(Mode::Managed, &request.kind, subject_of) {
            Ok(subject) => subject,
            Err(diagnostics) => return done(request.prior, request.private, false, diagnostics),
        };
        let is_legacy = subject.definition.legacy_type_system;
        self.begin(&subject, "apply", subject_of).await;
        if subject.faults.has("apply-until-stopped") {
            self.until_stopped().await;
            let diagnostics = subject.problems("apply-until-stopped", true);
            return done(request.prior, request.private, is_legacy, diagnostics);
        }
        let (mut object, diagnostics) = self.change(&subject, &request);
        if subject.faults.has("apply-crash-after") {
            crash();
        }
        if subject.faults.has("apply-hang-after") {
            std::future::pending::<()>().await;
        }
        if !request.planned.is_null() {
            if subject.faults.has("apply-differs") {
                object = with_name(&object, |name| format!("{name}-differs"));
            }
            if subject.faults.has("apply-unknown") {
                object = request.planned.clone();
            }
            if subject.faults.has("apply-nonsense") {
                object = Value::string("nonsense");
            }
            if subject.faults.has("apply-null") {
                object = Value::null(subject.ty());
            }
        }
        let identity = identity::of(subject.definition, &object);
        let private = extended(&request.private, "applied");
        ApplyResponse { identity, ..done(object, private, is_legacy, diagnostics) }
    }

    async fn import_resource_state(&self, kind: &str, id: &str) -> ImportResponse {
        let subject = match self.subject(Mode::Managed, kind, &Value::null(Type::Dynamic)) {
            Ok(subject) => subject,
            Err(diagnostics) => return ImportResponse { imported: Vec::new(), diagnostics },
        };
        self.begin(&subject, "import", &Value::null(Type::Dynamic)).await;
        if let Some(diagnostics) = subject.refuse("import-error") {
            return ImportResponse { imported: Vec::new(), diagnostics };
        }
        let mut response = ImportResponse::default();
        let count = match (subject.faults.has("import-none"), subject.faults.has("import-two")) {
            (true, _) => 0,
            (false, true) => 2,
            (false, false) => 1,
        };
        for number in 0..count {
            let id = if number == 0 { id.to_owned() } else { format!("{id}-{number}") };
            match subject.definition.stub(&id) {
                Ok(state) => response.imported.push(ImportedObject {
                    kind: kind.into(),
                    identity: None,
                    state,
                    private: b"imported".to_vec(),
                }),
                Err(problem) => response.diagnostics.extend(error(&problem, Path::root())),
            }
        }
        response
    }

    async fn identity_schema(&self, kind: &str) -> Result<Option<Arc<IdentitySchema>>, ProviderDiagnostics> {
        let definition = self.definition.resources.get(kind);
        let identity = definition.and_then(|definition| definition.identity.as_ref());
        Ok(identity.map(|identity| Arc::new(identity.schema())))
    }

    async fn import_by_identity(&self, kind: &str, identity: RecordedIdentity) -> ImportResponse {
        let failed = |problem: &str| ImportResponse {
            imported: Vec::new(),
            diagnostics: error(problem, Path::root()),
        };
        let definition =
            self.definition.resources.get(kind).and_then(|definition| definition.identity.as_ref());
        let Some(definition) = definition else { return failed("The type has no identity") };
        let id = match identity::identifier(definition, &identity) {
            Ok(id) => id,
            Err(problem) => return failed(&problem),
        };
        let mut response = self.import_resource_state(kind, &id).await;
        response.imported.iter_mut().for_each(|object| object.identity = Some(identity.clone()));
        response
    }

    async fn upgrade_identity(
        &self,
        kind: &str,
        identity: RecordedIdentity,
    ) -> Result<RecordedIdentity, ProviderDiagnostics> {
        let definition =
            self.definition.resources.get(kind).and_then(|definition| definition.identity.as_ref());
        let definition = definition.ok_or_else(|| error("The type has no identity", Path::root()))?;
        identity::upgrade(definition, &identity).map_err(|problem| error(&problem, Path::root()))
    }

    async fn move_resource_state(&self, request: MoveRequest) -> MoveResponse {
        let failed = |diagnostics| MoveResponse {
            identity: None,
            state: Value::null(Type::Dynamic),
            private: vec![],
            diagnostics,
        };
        let subject = match self.subject(Mode::Managed, &request.target_kind, &Value::null(Type::Dynamic)) {
            Ok(subject) => subject,
            Err(diagnostics) => return failed(diagnostics),
        };
        if let Some(diagnostics) = subject.refuse("move-error") {
            return failed(diagnostics);
        }
        match upgrade::decode_leniently(&request.source_json, &subject.definition.block) {
            Ok(state) => MoveResponse {
                identity: None,
                state,
                private: extended(&request.source_private, "moved"),
                diagnostics: vec![],
            },
            Err(problem) => failed(error(&problem, Path::root())),
        }
    }

    async fn read_data_source(&self, request: DataRequest) -> DataResponse {
        let failed = |diagnostics| DataResponse { state: Value::null(Type::Dynamic), diagnostics };
        let subject = match self.subject(Mode::Data, &request.kind, &request.config) {
            Ok(subject) => subject,
            Err(diagnostics) => return failed(diagnostics),
        };
        self.begin(&subject, "data", &request.config).await;
        if let Some(diagnostics) = subject.refuse("data-error") {
            return failed(diagnostics);
        }
        let mut state = subject.definition.answer(&request.config, &id_of(&request.config));
        if let (Some(kind), Some(store)) = (&subject.definition.from_object, &self.store) {
            let id = id_of(&request.config);
            match store.read(kind, &id, &subject.definition.block) {
                Ok(Some(object)) => state = object,
                Ok(None) => {
                    return failed(error(
                        &format!("There is no {kind} \"{id}\""),
                        Path::root().attribute("id"),
                    ));
                }
                Err(problem) => return failed(error(&problem.to_string(), Path::root())),
            }
        }
        if subject.faults.has("data-differs") {
            state = with_name(&state, |name| format!("{name}-differs"));
        }
        if subject.faults.has("data-unknown") {
            state = Value::unknown(subject.ty());
        }
        DataResponse { state, diagnostics: Vec::new() }
    }

    async fn open_ephemeral_resource(&self, kind: &str, config: Value) -> OpenResponse {
        let failed = |diagnostics| OpenResponse {
            result: Value::null(Type::Dynamic),
            private: Vec::new(),
            renew_at_ms: None,
            diagnostics,
        };
        let subject = match self.subject(Mode::Ephemeral, kind, &config) {
            Ok(subject) => subject,
            Err(diagnostics) => return failed(diagnostics),
        };
        self.begin(&subject, "open", &config).await;
        if let Some(diagnostics) = subject.refuse("open-error") {
            return failed(diagnostics);
        }
        OpenResponse {
            result: subject.definition.answer(&config, &id_of(&config)),
            private: format!("opened {}", id_of(&config)).into_bytes(),
            renew_at_ms: subject.definition.renew_after_ms.map(|after_ms| now_ms() + after_ms),
            diagnostics: Vec::new(),
        }
    }

    async fn renew_ephemeral_resource(&self, kind: &str, private: Vec<u8>) -> OpenResponse {
        let answer = |renew_at_ms, diagnostics| OpenResponse {
            result: Value::null(Type::Dynamic),
            private: extended(&private, "renewed"),
            renew_at_ms,
            diagnostics,
        };
        match self.subject(Mode::Ephemeral, kind, &Value::null(Type::Dynamic)) {
            Ok(subject) => {
                let renew_at_ms = subject.definition.renew_after_ms.map(|after_ms| now_ms() + after_ms);
                answer(renew_at_ms, subject.problems("renew-error", true))
            }
            Err(diagnostics) => answer(None, diagnostics),
        }
    }

    async fn close_ephemeral_resource(&self, kind: &str, _private: Vec<u8>) -> ProviderDiagnostics {
        match self.subject(Mode::Ephemeral, kind, &Value::null(Type::Dynamic)) {
            Ok(subject) => subject.problems("close-error", true),
            Err(diagnostics) => diagnostics,
        }
    }

    async fn call_function(&self, name: &str, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        let refused = |text: &str| FunctionError { text: text.to_owned(), argument: Some(0) };
        let function = self.definition.functions.get(name).ok_or_else(|| refused("no such function"))?;
        match function.does {
            FunctionBody::Echo => arguments.into_iter().next().ok_or_else(|| refused("nothing to echo")),
            FunctionBody::Join => {
                let words: Vec<&str> = arguments.iter().filter_map(Value::as_str).collect();
                Ok(Value::string(words.join("-")))
            }
            FunctionBody::Fail => Err(refused("told to fail")),
        }
    }

    async fn stop(&self) {
        self.stopped.send_replace(true);
    }
}

fn now_ms() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.ok().and_then(|now| i64::try_from(now.as_millis()).ok()).unwrap_or(0)
}

/// What was stored beside an object, and what happened since, as long as it stays short.
fn extended(private: &[u8], word: &str) -> Vec<u8> {
    if private.len() > PRIVATE_LIMIT_BYTES || private.ends_with(word.as_bytes()) {
        return private.to_vec();
    }
    let separator: &[u8] = if private.is_empty() { b"" } else { b"," };
    [private, separator, word.as_bytes()].concat()
}
