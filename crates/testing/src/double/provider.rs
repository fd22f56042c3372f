//! A provider whose answers are made up.
//!
//! Responsible for answering as if everything that is asked for were done at once. What configurations
//! must look like is still the real provider's to say, and its functions are its own.

use std::sync::Arc;

use async_trait::async_trait;
use plumb_address::Mode;
use plumb_diagnostics::Diagnostics;
use plumb_schema::{Block, IdentitySchema, ProviderSchema, Schema};
use plumb_state::{
    ApplyRequest, ApplyResponse, DataRequest, DataResponse, FunctionError, ImportResponse, ImportedObject,
    MoveRequest, MoveResponse, OpenResponse, PlanRequest, PlanResponse, Provider, ProviderDiagnostic,
    ProviderDiagnostics, ReadRequest, ReadResponse, RecordedIdentity, UpgradeRequest, UpgradeResponse,
};
use plumb_value::{Path, Type, Value, json};

use super::fill::{Filler, Filling};
use super::generate::Generator;

/// Stands in for a provider where it is about one object.
pub(crate) struct Double {
    /// Says what configurations must look like; nobody has configured it.
    pub(crate) real: Arc<dyn Provider>,
    /// Address of the object.
    pub(crate) object: String,
    /// What the test says of the object.
    pub(crate) values: Option<Value>,
    /// Whether that is known while planning already.
    pub(crate) during_plan: bool,
    pub(crate) generator: Generator,
}

impl Double {
    async fn schema_of(&self, mode: Mode, kind: &str) -> Result<Arc<Schema>, ProviderDiagnostics> {
        let schema = self.real.schema().await.map_err(|diagnostics| {
            let said =
                diagnostics.into_iter().map(|found| problem(&found.summary, &found.detail, Path::root()));
            said.collect::<Vec<_>>()
        })?;
        schema.table(mode).get(kind).ok_or_else(|| {
            let detail = format!("The provider that is mocked knows no type \"{kind}\".");
            vec![problem("Unknown type", &detail, Path::root())]
        })
    }

    /// An object that is there already, of which some attributes are known.
    async fn found(
        &self,
        kind: &str,
        known: impl Fn(&str, &Type) -> Option<Value> + Send + Sync,
        identity: Option<RecordedIdentity>,
    ) -> ImportResponse {
        let schema = match self.schema_of(Mode::Managed, kind).await {
            Ok(schema) => schema,
            Err(diagnostics) => return ImportResponse { imported: Vec::new(), diagnostics },
        };
        let ty = schema.block.object_type();
        let values = ty
            .attributes()
            .iter()
            .map(|(name, ty)| known(name, ty).unwrap_or_else(|| Value::null(ty.clone())));
        let found = Value::object_of(ty.clone(), values);
        let (state, diagnostics) = self.filled(&schema.block, &found, Filling::Unset);
        let imported = ImportedObject { kind: kind.into(), state, identity, private: Vec::new() };
        ImportResponse { imported: vec![imported], diagnostics }
    }

    fn filled(&self, block: &Block, current: &Value, filling: Filling) -> (Value, ProviderDiagnostics) {
        let generator = self.generator;
        let mut filler = Filler { generator, object: &self.object, filling, problems: Vec::new() };
        let filled = filler.block(block, current, self.values.as_ref(), &Path::root());
        let problems = filler.problems.into_iter().map(|(path, reason)| {
            let detail = format!(
                "The value that the test gives in the provider's place for {}{path} does not fit: {reason}.",
                self.object
            );
            problem("Failed to compute attribute", &detail, path)
        });
        (filled, problems.collect())
    }
}

fn problem(summary: &str, detail: &str, path: Path) -> ProviderDiagnostic {
    ProviderDiagnostic { is_error: true, summary: summary.to_owned(), detail: detail.to_owned(), path }
}

#[async_trait]
impl Provider for Double {
    async fn schema(&self) -> Result<Arc<ProviderSchema>, Diagnostics> {
        self.real.schema().await
    }

    async fn validate_provider_config(&self, config: Value) -> (Value, ProviderDiagnostics) {
        (config, Vec::new())
    }

    async fn validate_resource_config(&self, mode: Mode, kind: &str, config: Value) -> ProviderDiagnostics {
        self.real.validate_resource_config(mode, kind, config).await
    }

    async fn configure(&self, _config: Value) -> ProviderDiagnostics {
        Vec::new()
    }

    async fn upgrade_resource_state(&self, request: UpgradeRequest) -> UpgradeResponse {
        // What was made up is of the current schema; what a real provider made may be older.
        if let Ok(schema) = self.schema_of(Mode::Managed, &request.kind).await
            && request.version == schema.version
            && !request.flat
            && let Ok(state) = plumb_value::json::decode(&request.json, &schema.block.implied_type())
        {
            return UpgradeResponse { state, diagnostics: Vec::new() };
        }
        self.real.upgrade_resource_state(request).await
    }

    async fn read_resource(&self, request: ReadRequest) -> ReadResponse {
        ReadResponse {
            identity: None,
            state: request.current,
            private: request.private,
            diagnostics: Vec::new(),
        }
    }

    async fn plan_resource_change(&self, request: PlanRequest) -> PlanResponse {
        let mut response = PlanResponse {
            identity: None,
            planned: request.proposed.clone(),
            requires_replace: Vec::new(),
            private: Vec::new(),
            legacy_type_system: false,
            diagnostics: Vec::new(),
        };
        if request.proposed.is_null() || !request.prior.is_null() {
            return response;
        }
        match self.schema_of(Mode::Managed, &request.kind).await {
            Ok(schema) => {
                let filling = if self.during_plan { Filling::Unset } else { Filling::Unknown };
                let current = unset_where_not_configured(&schema.block, &request.proposed, &request.config);
                (response.planned, response.diagnostics) = self.filled(&schema.block, &current, filling);
            }
            Err(problems) => response.diagnostics = problems,
        }
        response
    }

    async fn apply_resource_change(&self, request: ApplyRequest) -> ApplyResponse {
        let mut response = ApplyResponse {
            identity: None,
            state: request.planned.clone(),
            private: request.private,
            legacy_type_system: false,
            unanswered: false,
            diagnostics: Vec::new(),
        };
        if !request.planned.is_null() {
            match self.schema_of(Mode::Managed, &request.kind).await {
                Ok(schema) => {
                    (response.state, response.diagnostics) =
                        self.filled(&schema.block, &request.planned, Filling::NotKnown);
                }
                Err(problems) => response.diagnostics = problems,
            }
        }
        response
    }

    async fn import_resource_state(&self, kind: &str, id: &str) -> ImportResponse {
        self.found(kind, |name, _| (name == "id").then(|| Value::string(id)), None).await
    }

    async fn identity_schema(&self, kind: &str) -> Result<Option<Arc<IdentitySchema>>, ProviderDiagnostics> {
        self.real.identity_schema(kind).await
    }

    async fn import_by_identity(&self, kind: &str, identity: RecordedIdentity) -> ImportResponse {
        let failed = |diagnostics| ImportResponse { imported: Vec::new(), diagnostics };
        let schema = match self.identity_schema(kind).await {
            Ok(schema) => schema.unwrap_or_default(),
            Err(diagnostics) => return failed(diagnostics),
        };
        let value = match json::decode(&identity.1, &schema.implied_type()) {
            Ok(value) => value,
            Err(error) => {
                let detail = format!("The identity does not fit its schema: {error}.");
                return failed(vec![problem("Invalid import identity argument", &detail, Path::root())]);
            }
        };
        // What has the same name in the identity and in the object is the same.
        let part = |name: &str, ty: &Type| value.part(name).filter(|part| part.ty() == *ty).cloned();
        self.found(kind, part, Some(identity.clone())).await
    }

    async fn move_resource_state(&self, request: MoveRequest) -> MoveResponse {
        self.real.move_resource_state(request).await
    }

    async fn read_data_source(&self, request: DataRequest) -> DataResponse {
        match self.schema_of(Mode::Data, &request.kind).await {
            Ok(schema) => {
                let (state, diagnostics) = self.filled(&schema.block, &request.config, Filling::Unset);
                DataResponse { state, diagnostics }
            }
            Err(diagnostics) => DataResponse { state: request.config, diagnostics },
        }
    }

    async fn open_ephemeral_resource(&self, kind: &str, config: Value) -> OpenResponse {
        let (result, diagnostics) = match self.schema_of(Mode::Ephemeral, kind).await {
            Ok(schema) => self.filled(&schema.block, &config, Filling::Unset),
            Err(diagnostics) => (config, diagnostics),
        };
        OpenResponse { result, private: Vec::new(), renew_at_ms: None, diagnostics }
    }

    async fn renew_ephemeral_resource(&self, _kind: &str, private: Vec<u8>) -> OpenResponse {
        let result = Value::null(plumb_value::Type::Dynamic);
        OpenResponse { result, private, renew_at_ms: None, diagnostics: Vec::new() }
    }

    async fn close_ephemeral_resource(&self, _kind: &str, _private: Vec<u8>) -> ProviderDiagnostics {
        Vec::new()
    }

    async fn call_function(&self, name: &str, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        self.real.call_function(name, arguments).await
    }

    async fn stop(&self) {}

    fn acts_outside(&self) -> bool {
        false
    }
}

/// The proposed object with attributes that nobody configures taken out, so that they are filled in.
fn unset_where_not_configured(block: &Block, proposed: &Value, config: &Value) -> Value {
    let ty = block.object_type();
    if proposed.is_null() || !proposed.is_known() || config.is_null() || !config.is_known() {
        return proposed.clone();
    }
    let values = ty.attributes().iter().map(|(name, part_type)| {
        let part = proposed.part(name).cloned().unwrap_or_else(|| Value::null(part_type.clone()));
        let is_unset = block.attributes.get(name).is_some_and(|attribute| attribute.computed)
            && config.part(name).is_some_and(Value::is_null);
        if is_unset { Value::null(part_type.clone()) } else { part }
    });
    Value::object_of(ty.clone(), values)
}
