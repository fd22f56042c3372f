//! The `terraform` provider: `terraform_data`, `terraform_remote_state` and three functions.
//!
//! Responsible for the calls of the protocol. It stands apart from the other providers because its
//! attributes are of any type, and because reading another state may wait for a network.

mod data;
mod decode;
mod functions;
mod mentions;
mod remote_state;
mod schema;

use std::sync::Arc;

use async_trait::async_trait;
use plumb_address::Mode;
use plumb_diagnostics::Diagnostics;
use plumb_schema::ProviderSchema;
use plumb_state::{
    ApplyRequest, ApplyResponse, DataRequest, DataResponse, FunctionError, ImportResponse, ImportedObject,
    MoveRequest, MoveResponse, OpenResponse, PlanRequest, PlanResponse, Provider, ProviderDiagnostics,
    ReadRequest, ReadResponse, UpgradeRequest, UpgradeResponse,
};
use plumb_value::{Type, Value};

pub use remote_state::{RemoteStateError, RemoteStateRequest, RemoteStates};

use crate::framework::{Problem, Problems, problem, quoted};
use crate::world::World;

/// The release whose schemas and behaviour these are.
pub(crate) const VERSION: &str = "1.11.4";

/// A new instance.
pub(crate) fn make(world: Arc<dyn World>, states: Arc<dyn RemoteStates>) -> Arc<dyn Provider> {
    Arc::new(Terraform { world, states })
}

struct Terraform {
    world: Arc<dyn World>,
    states: Arc<dyn RemoteStates>,
}

fn known_resource(kind: &str) -> Result<(), Problem> {
    if kind == data::KIND { Ok(()) } else { Err(unsupported("resource type", kind)) }
}

fn known_data_source(kind: &str) -> Result<(), Problem> {
    if kind == remote_state::KIND { Ok(()) } else { Err(unsupported("data source", kind)) }
}

fn unsupported(what: &str, name: &str) -> Problem {
    problem(
        format!("Unsupported {what}"),
        format!("This provider has no {what} named {}. Check the name for mistakes.", quoted(name)),
    )
}

fn nothing() -> Value {
    Value::null(Type::Dynamic)
}

impl Terraform {
    async fn validate(&self, mode: Mode, kind: &str, config: &Value) -> Result<Problems, Problem> {
        match mode {
            Mode::Managed => known_resource(kind).map(|()| data::validate(config)),
            Mode::Data => {
                known_data_source(kind)?;
                Ok(remote_state::validate(&*self.states, config).await)
            }
            Mode::Ephemeral => Err(unsupported("ephemeral resource type", kind)),
        }
    }
}

#[async_trait]
impl Provider for Terraform {
    async fn schema(&self) -> Result<Arc<ProviderSchema>, Diagnostics> {
        Ok(schema::provider().clone())
    }

    async fn validate_provider_config(&self, config: Value) -> (Value, ProviderDiagnostics) {
        (config, Vec::new())
    }

    async fn validate_resource_config(&self, mode: Mode, kind: &str, config: Value) -> ProviderDiagnostics {
        self.validate(mode, kind, &config).await.unwrap_or_else(|found| vec![found])
    }

    async fn configure(&self, _config: Value) -> ProviderDiagnostics {
        Vec::new()
    }

    async fn upgrade_resource_state(&self, request: UpgradeRequest) -> UpgradeResponse {
        match known_resource(&request.kind).and_then(|()| data::upgrade(&request.json)) {
            Ok(state) => UpgradeResponse { state, diagnostics: Vec::new() },
            Err(found) => UpgradeResponse { state: nothing(), diagnostics: vec![found] },
        }
    }

    async fn read_resource(&self, request: ReadRequest) -> ReadResponse {
        let diagnostics = known_resource(&request.kind).err().into_iter().collect();
        ReadResponse { identity: None, state: request.current, private: request.private, diagnostics }
    }

    async fn plan_resource_change(&self, request: PlanRequest) -> PlanResponse {
        let mut response = PlanResponse {
            identity: None,
            planned: nothing(),
            requires_replace: Vec::new(),
            private: Vec::new(),
            legacy_type_system: false,
            diagnostics: known_resource(&request.kind).err().into_iter().collect(),
        };
        let (planned, replaced) = data::plan(&request.prior, &request.proposed);
        response.planned = planned;
        response.requires_replace.extend(replaced);
        response.private = request.private;
        response
    }

    async fn apply_resource_change(&self, request: ApplyRequest) -> ApplyResponse {
        let applied =
            known_resource(&request.kind).and_then(|()| data::apply(&*self.world, &request.planned));
        let (state, diagnostics) = match applied {
            Ok(state) => (state, Vec::new()),
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
        if let Err(found) = known_resource(kind) {
            return ImportResponse { imported: Vec::new(), diagnostics: vec![found] };
        }
        let object = ImportedObject {
            identity: None,
            kind: kind.into(),
            state: data::import(id),
            private: Vec::new(),
        };
        ImportResponse { imported: vec![object], diagnostics: Vec::new() }
    }

    async fn move_resource_state(&self, request: MoveRequest) -> MoveResponse {
        match data::take_over(&request) {
            Ok(state) => MoveResponse {
                identity: None,
                state,
                private: request.source_private,
                diagnostics: Vec::new(),
            },
            Err(found) => MoveResponse {
                identity: None,
                state: nothing(),
                private: Vec::new(),
                diagnostics: vec![found],
            },
        }
    }

    async fn read_data_source(&self, request: DataRequest) -> DataResponse {
        let read = match known_data_source(&request.kind) {
            Ok(()) => remote_state::read(&*self.states, &request.config).await,
            Err(found) => Err(found),
        };
        match read {
            Ok(state) => DataResponse { state, diagnostics: Vec::new() },
            Err(found) => DataResponse { state: nothing(), diagnostics: vec![found] },
        }
    }

    async fn open_ephemeral_resource(&self, kind: &str, _config: Value) -> OpenResponse {
        let diagnostics = vec![unsupported("ephemeral resource type", kind)];
        OpenResponse { result: nothing(), private: Vec::new(), renew_at_ms: None, diagnostics }
    }

    async fn renew_ephemeral_resource(&self, kind: &str, _private: Vec<u8>) -> OpenResponse {
        self.open_ephemeral_resource(kind, nothing()).await
    }

    async fn close_ephemeral_resource(&self, kind: &str, _private: Vec<u8>) -> ProviderDiagnostics {
        vec![unsupported("ephemeral resource type", kind)]
    }

    async fn call_function(&self, name: &str, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        functions::call(name, &arguments)
    }

    async fn stop(&self) {}

    fn acts_outside(&self) -> bool {
        false
    }
}
