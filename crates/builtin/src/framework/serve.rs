//! The calls of the protocol.
//!
//! Responsible for turning each into what the resource itself has to say, and for everything that
//! is the same for all of them.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use plumb_address::Mode;
use plumb_diagnostics::Diagnostics;
use plumb_schema::{ProviderSchema, Schema, SchemaTable};
use plumb_state::{
    ApplyRequest, ApplyResponse, DataRequest, DataResponse, FunctionError, ImportResponse, ImportedObject,
    MoveRequest, MoveResponse, OpenResponse, PlanRequest, PlanResponse, Provider, ProviderDiagnostics,
    ReadRequest, ReadResponse, UpgradeRequest, UpgradeResponse,
};
use plumb_value::{Type, Value};
use tokio::sync::watch;

use super::check::check_fields;
use super::plan::plan;
use super::shape::Form;
use super::{
    DataSource, EphemeralResource, Function, Object, Problem, Problems, Recorded, Resource, Shape, problem,
    quoted,
};
use crate::time::Timestamp;
use crate::world::World;

/// Something of a kind together with its shape, made when it is first needed.
struct Kind<T: ?Sized> {
    behaviour: Box<T>,
    shape: OnceLock<Arc<Shape>>,
}

impl<T: ?Sized> Kind<T> {
    fn new(behaviour: Box<T>) -> Arc<Self> {
        Arc::new(Kind { behaviour, shape: OnceLock::new() })
    }
}

type Kinds<T> = BTreeMap<&'static str, Arc<Kind<T>>>;

/// Everything that one provider can do; shared by all its instances.
pub(crate) struct Kit {
    world: Arc<dyn World>,
    acts_outside: bool,
    resources: Kinds<dyn Resource>,
    data_sources: Kinds<dyn DataSource>,
    ephemeral_resources: Kinds<dyn EphemeralResource>,
    functions: BTreeMap<&'static str, Box<dyn Function>>,
    schema: OnceLock<Arc<ProviderSchema>>,
}

impl Kit {
    /// A provider that can do nothing yet.
    pub(crate) fn new(world: Arc<dyn World>) -> Kit {
        Kit {
            world,
            acts_outside: false,
            resources: BTreeMap::new(),
            data_sources: BTreeMap::new(),
            ephemeral_resources: BTreeMap::new(),
            functions: BTreeMap::new(),
            schema: OnceLock::new(),
        }
    }

    /// Its objects are outside of this process.
    pub(crate) fn acting_outside(mut self) -> Kit {
        self.acts_outside = true;
        self
    }

    /// With a kind of managed resource.
    pub(crate) fn resource(mut self, name: &'static str, resource: impl Resource + 'static) -> Kit {
        self.resources.insert(name, Kind::new(Box::new(resource)));
        self
    }

    /// With a kind of data source.
    pub(crate) fn data_source(mut self, name: &'static str, source: impl DataSource + 'static) -> Kit {
        self.data_sources.insert(name, Kind::new(Box::new(source)));
        self
    }

    /// With a kind of ephemeral resource.
    pub(crate) fn ephemeral(mut self, name: &'static str, resource: impl EphemeralResource + 'static) -> Kit {
        self.ephemeral_resources.insert(name, Kind::new(Box::new(resource)));
        self
    }

    /// With a function.
    pub(crate) fn function(mut self, name: &'static str, function: impl Function + 'static) -> Kit {
        self.functions.insert(name, Box::new(function));
        self
    }

    /// A new instance of the provider.
    pub(crate) fn serve(self: &Arc<Self>) -> Arc<dyn Provider> {
        Arc::new(Served { kit: self.clone(), stopped: watch::Sender::new(false) })
    }

    fn schema(&self) -> &Arc<ProviderSchema> {
        self.schema.get_or_init(|| {
            Arc::new(ProviderSchema {
                provider: Arc::new(Schema::default()),
                resources: table(&self.resources, Resource::shape),
                data_sources: table(&self.data_sources, DataSource::shape),
                ephemeral_resources: table(&self.ephemeral_resources, EphemeralResource::shape),
                functions: self
                    .functions
                    .iter()
                    .map(|(name, function)| (Arc::from(*name), function.signature()))
                    .collect(),
                ..ProviderSchema::default()
            })
        })
    }
}

fn table<T: ?Sized + Send + Sync + 'static>(kinds: &Kinds<T>, make: fn(&T) -> Shape) -> SchemaTable {
    let mut table = SchemaTable::new();
    for (name, kind) in kinds {
        let kind = kind.clone();
        table.insert_lazy(*name, move || Some(shape_of(&kind, make).schema()));
    }
    table
}

fn shape_of<T: ?Sized>(kind: &Kind<T>, make: fn(&T) -> Shape) -> &Arc<Shape> {
    kind.shape.get_or_init(|| Arc::new(make(&kind.behaviour)))
}

/// One instance of a provider.
struct Served {
    kit: Arc<Kit>,
    stopped: watch::Sender<bool>,
}

impl Served {
    fn resource(&self, name: &str) -> Result<(&dyn Resource, &Arc<Shape>), Problem> {
        let kind = self.kit.resources.get(name).ok_or_else(|| unsupported("resource type", name))?;
        Ok((&*kind.behaviour, shape_of(kind, Resource::shape)))
    }

    fn data_source(&self, name: &str) -> Result<(&dyn DataSource, &Arc<Shape>), Problem> {
        let kind = self.kit.data_sources.get(name).ok_or_else(|| unsupported("data source", name))?;
        Ok((&*kind.behaviour, shape_of(kind, DataSource::shape)))
    }

    fn ephemeral(&self, name: &str) -> Result<(&dyn EphemeralResource, &Arc<Shape>), Problem> {
        let kind = self
            .kit
            .ephemeral_resources
            .get(name)
            .ok_or_else(|| unsupported("ephemeral resource type", name))?;
        Ok((&*kind.behaviour, shape_of(kind, EphemeralResource::shape)))
    }

    fn validate(&self, mode: Mode, kind: &str, config: &Value) -> Result<Problems, Problem> {
        let mut problems = Problems::new();
        let shape = match mode {
            Mode::Managed => self.resource(kind)?.1,
            Mode::Data => self.data_source(kind)?.1,
            Mode::Ephemeral => self.ephemeral(kind)?.1,
        };
        let Some(config) = shape.open(config) else { return Ok(problems) };
        check_fields(shape, &config, &mut problems);
        if mode == Mode::Managed {
            self.resource(kind)?.0.check(&config, &mut problems);
        }
        if let Some(message) = shape.deprecated {
            let summary = if mode == Mode::Data { "Data Source Deprecated" } else { "Resource Deprecated" };
            problems.push(Problem { is_error: false, ..problem(summary, message) });
        }
        Ok(problems)
    }

    fn upgrade(&self, request: &UpgradeRequest) -> Result<Value, Problem> {
        let (resource, shape) = self.resource(&request.kind)?;
        let recorded = Recorded::parse(&request.json, request.flat)?;
        if request.version == shape.version {
            return Ok(recorded.decode(shape)?.into_value());
        }
        let upgraded = resource.upgrade(&*self.kit.world, request.version, &recorded, shape.blank());
        let Some(upgraded) = upgraded else {
            return Err(problem(
                "Unable to Upgrade Resource State",
                format!(
                    "The object was recorded under version {} of the schema of {}, and there is no way from there \
                     to version {}. Apply with the provider release that wrote the state first, or with one in \
                     between.",
                    request.version, request.kind, shape.version
                ),
            ));
        };
        Ok(upgraded?.into_value())
    }

    fn plan(&self, request: &PlanRequest) -> Result<PlanResponse, Problem> {
        let (resource, shape) = self.resource(&request.kind)?;
        let mut response = unchanged_plan(request);
        let Some(proposed) = shape.open(&request.proposed) else { return Ok(response) };
        let prior = shape.open(&request.prior);
        let config = shape.open(&request.config).unwrap_or_else(|| shape.blank());
        let mut planned = plan(shape, &*self.kit.world, prior.as_ref(), &config, proposed);
        response.diagnostics = planned.problems;
        if response.diagnostics.iter().all(|found| !found.is_error)
            && let Err(found) = resource.adjust_plan(prior.as_ref(), &mut planned.object)
        {
            response.diagnostics.push(found);
        }
        response.requires_replace = planned.requires_replace;
        response.planned = planned.object.into_value();
        Ok(response)
    }

    async fn apply(&self, request: &ApplyRequest) -> Result<Value, Problem> {
        let (resource, shape) = self.resource(&request.kind)?;
        let world = &*self.kit.world;
        match (shape.open(&request.prior), shape.open(&request.planned)) {
            (None, None) => Ok(request.planned.clone()),
            (None, Some(planned)) => {
                self.wait(resource.wait_before_create(&planned)?, &request.kind).await?;
                let created = resource.create(world, planned.clone())?;
                Ok(keep_planned_spelling(shape, &planned, created).into_value())
            }
            (Some(prior), Some(planned)) => {
                let updated = resource.update(&prior, planned.clone())?;
                Ok(keep_planned_spelling(shape, &planned, updated).into_value())
            }
            (Some(prior), None) => {
                self.wait(resource.wait_before_delete(&prior)?, &request.kind).await?;
                resource.delete(world, &prior)?;
                Ok(request.planned.clone())
            }
        }
    }

    /// Waits, unless the provider is asked to stop.
    async fn wait(&self, duration: Duration, kind: &str) -> Result<(), Problem> {
        if duration.is_zero() {
            return Ok(());
        }
        let mut stopped = self.stopped.subscribe();
        tokio::select! {
            () = self.kit.world.sleep(duration) => Ok(()),
            _ = stopped.wait_for(|stopped| *stopped) => Err(problem(
                "Interrupted while waiting",
                format!("The wait of {kind} was cut short because the run was asked to stop. Run it again to go on."),
            )),
        }
    }

    fn read(&self, request: &ReadRequest) -> Result<Value, Problem> {
        let (resource, shape) = self.resource(&request.kind)?;
        let Some(current) = shape.open(&request.current) else { return Ok(request.current.clone()) };
        let found = resource.read(&*self.kit.world, current)?;
        Ok(found.map_or_else(|| Value::null(shape.ty()), Object::into_value))
    }

    fn import(&self, kind: &str, id: &str) -> Result<ImportedObject, Problem> {
        let (resource, shape) = self.resource(kind)?;
        let object = resource.import(&*self.kit.world, id, shape.blank())?;
        Ok(ImportedObject {
            identity: None,
            kind: kind.into(),
            state: object.into_value(),
            private: Vec::new(),
        })
    }

    fn read_data(&self, request: &DataRequest) -> Result<Value, Problem> {
        let (source, shape) = self.data_source(&request.kind)?;
        let config = shape.open(&request.config).unwrap_or_else(|| shape.blank());
        Ok(source.read(&*self.kit.world, config)?.into_value())
    }

    fn open(&self, kind: &str, config: &Value) -> Result<Value, Problem> {
        let (resource, shape) = self.ephemeral(kind)?;
        let config = shape.open(config).unwrap_or_else(|| shape.blank());
        Ok(resource.open(&*self.kit.world, config)?.into_value())
    }
}

fn unsupported(what: &str, name: &str) -> Problem {
    problem(
        format!("Unsupported {what}"),
        format!("This provider has no {what} named {}. Check the name for mistakes.", quoted(name)),
    )
}

fn unchanged_plan(request: &PlanRequest) -> PlanResponse {
    PlanResponse {
        identity: None,
        planned: request.proposed.clone(),
        requires_replace: Vec::new(),
        private: request.private.clone(),
        legacy_type_system: false,
        diagnostics: Vec::new(),
    }
}

/// Timestamps keep the way they were written in the plan where the new ones say the same.
fn keep_planned_spelling(shape: &Shape, planned: &Object, mut applied: Object) -> Object {
    for (at, field) in shape.fields.iter().enumerate() {
        if field.form == Form::Timestamp
            && let (Some(planned_text), Some(text)) =
                (planned.values[at].as_str(), applied.values[at].as_str())
            && planned_text != text
            && let (Ok(planned_time), Ok(time)) = (Timestamp::parse(planned_text), Timestamp::parse(text))
            && planned_time.to_string() == time.to_string()
        {
            applied.values[at] = planned.values[at].clone();
        }
    }
    applied
}

#[async_trait]
impl Provider for Served {
    async fn schema(&self) -> Result<Arc<ProviderSchema>, Diagnostics> {
        Ok(self.kit.schema().clone())
    }

    async fn validate_provider_config(&self, config: Value) -> (Value, ProviderDiagnostics) {
        (config, Vec::new())
    }

    async fn validate_resource_config(&self, mode: Mode, kind: &str, config: Value) -> ProviderDiagnostics {
        self.validate(mode, kind, &config).unwrap_or_else(|found| vec![found])
    }

    async fn configure(&self, _config: Value) -> ProviderDiagnostics {
        Vec::new()
    }

    async fn upgrade_resource_state(&self, request: UpgradeRequest) -> UpgradeResponse {
        match self.upgrade(&request) {
            Ok(state) => UpgradeResponse { state, diagnostics: Vec::new() },
            Err(found) => UpgradeResponse { state: Value::null(Type::Dynamic), diagnostics: vec![found] },
        }
    }

    async fn read_resource(&self, request: ReadRequest) -> ReadResponse {
        match self.read(&request) {
            Ok(state) => {
                ReadResponse { identity: None, state, private: request.private, diagnostics: Vec::new() }
            }
            Err(found) => ReadResponse {
                identity: None,
                state: request.current,
                private: request.private,
                diagnostics: vec![found],
            },
        }
    }

    async fn plan_resource_change(&self, request: PlanRequest) -> PlanResponse {
        self.plan(&request)
            .unwrap_or_else(|found| PlanResponse { diagnostics: vec![found], ..unchanged_plan(&request) })
    }

    async fn apply_resource_change(&self, request: ApplyRequest) -> ApplyResponse {
        let (state, diagnostics) = match self.apply(&request).await {
            Ok(state) => (state, Vec::new()),
            // Nothing was done: what was there before is what is there.
            Err(found) => (request.prior, vec![found]),
        };
        ApplyResponse {
            identity: None,
            state,
            private: request.private,
            legacy_type_system: false,
            unanswered: false,
            diagnostics,
        }
    }

    async fn import_resource_state(&self, kind: &str, id: &str) -> ImportResponse {
        match self.import(kind, id) {
            Ok(object) => ImportResponse { imported: vec![object], diagnostics: Vec::new() },
            Err(found) => ImportResponse { imported: Vec::new(), diagnostics: vec![found] },
        }
    }

    async fn move_resource_state(&self, request: MoveRequest) -> MoveResponse {
        let found = problem(
            "Move Resource State Not Supported",
            format!(
                "An object of {} cannot become one of {}: this provider takes over no objects of other types.",
                request.source_kind, request.target_kind
            ),
        );
        MoveResponse {
            identity: None,
            state: Value::null(Type::Dynamic),
            private: Vec::new(),
            diagnostics: vec![found],
        }
    }

    async fn read_data_source(&self, request: DataRequest) -> DataResponse {
        match self.read_data(&request) {
            Ok(state) => DataResponse { state, diagnostics: Vec::new() },
            Err(found) => DataResponse { state: Value::null(Type::Dynamic), diagnostics: vec![found] },
        }
    }

    async fn open_ephemeral_resource(&self, kind: &str, config: Value) -> OpenResponse {
        let (result, diagnostics) = match self.open(kind, &config) {
            Ok(result) => (result, Vec::new()),
            Err(found) => (Value::null(Type::Dynamic), vec![found]),
        };
        OpenResponse { result, private: Vec::new(), renew_at_ms: None, diagnostics }
    }

    async fn renew_ephemeral_resource(&self, _kind: &str, private: Vec<u8>) -> OpenResponse {
        let result = Value::null(Type::Dynamic);
        OpenResponse { result, private, renew_at_ms: None, diagnostics: Vec::new() }
    }

    async fn close_ephemeral_resource(&self, _kind: &str, _private: Vec<u8>) -> ProviderDiagnostics {
        Vec::new()
    }

    async fn call_function(&self, name: &str, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        let Some(function) = self.kit.functions.get(name) else {
            let text = format!("This provider has no function named {}.", quoted(name));
            return Err(FunctionError { text, argument: None });
        };
        function.call(&*self.kit.world, &arguments)
    }

    async fn stop(&self) {
        self.stopped.send_replace(true);
    }

    fn acts_outside(&self) -> bool {
        self.kit.acts_outside
    }
}
