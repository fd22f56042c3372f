//! Calls of the protocol.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use plumb_address::Mode;
use plumb_diagnostics::Diagnostics;
use plumb_schema::ProviderSchema;
use plumb_state::{
    ApplyRequest, ApplyResponse, DataRequest, DataResponse, FunctionError, ImportResponse, MoveRequest,
    MoveResponse, OpenResponse, PlanRequest, PlanResponse, Provider, ProviderDiagnostics, ReadRequest,
    ReadResponse, UpgradeRequest, UpgradeResponse,
};
use plumb_value::{Type, Value};

use crate::facts;
use crate::outside::Outside;
use crate::problem::{Problem, problem};
use crate::resource::{self, Around, Seen};
use crate::schema::{DEPLOY, FACTS, provider};

/// The provider.
pub(crate) struct Hosts {
    around: Around,
}

impl Hosts {
    pub(crate) fn new(outside: Arc<dyn Outside>, seen: Seen) -> Self {
        Hosts { around: Around { outside, stop: Arc::new(AtomicBool::new(false)), seen } }
    }
}

fn is_deploy(kind: &str) -> Result<(), Problem> {
    if kind == DEPLOY { Ok(()) } else { Err(unsupported("resource type", kind)) }
}

fn unsupported(what: &str, name: &str) -> Problem {
    let detail = format!("This provider has no {what} named {name:?}. Check the name for mistakes.");
    problem(format!("Unsupported {what}"), detail)
}

fn nothing() -> Value {
    Value::null(Type::Dynamic)
}

#[async_trait]
impl Provider for Hosts {
    async fn schema(&self) -> Result<Arc<ProviderSchema>, Diagnostics> {
        Ok(provider().clone())
    }

    async fn validate_provider_config(&self, config: Value) -> (Value, ProviderDiagnostics) {
        (config, Vec::new())
    }

    async fn validate_resource_config(&self, mode: Mode, kind: &str, config: Value) -> ProviderDiagnostics {
        match (mode, kind) {
            (Mode::Managed, DEPLOY) => resource::validate(&config, &self.around),
            (Mode::Data, FACTS) => facts::validate(&config, &*self.around.outside),
            (Mode::Managed, other) => vec![unsupported("resource type", other)],
            (Mode::Data, other) => vec![unsupported("data source", other)],
            (Mode::Ephemeral, other) => vec![unsupported("ephemeral resource type", other)],
        }
    }

    async fn configure(&self, _config: Value) -> ProviderDiagnostics {
        Vec::new()
    }

    async fn upgrade_resource_state(&self, request: UpgradeRequest) -> UpgradeResponse {
        match is_deploy(&request.kind).and_then(|()| resource::recorded(&request.json)) {
            Ok(state) => UpgradeResponse { state, diagnostics: Vec::new() },
            Err(found) => UpgradeResponse { state: nothing(), diagnostics: vec![found] },
        }
    }

    async fn read_resource(&self, request: ReadRequest) -> ReadResponse {
        let (state, diagnostics) = match is_deploy(&request.kind) {
            Ok(()) => resource::read(request.current, &self.around).await,
            Err(found) => (request.current, vec![found]),
        };
        ReadResponse { identity: None, state, private: request.private, diagnostics }
    }

    async fn plan_resource_change(&self, request: PlanRequest) -> PlanResponse {
        let mut response = PlanResponse {
            planned: request.proposed.clone(),
            identity: None,
            requires_replace: Vec::new(),
            private: request.private,
            legacy_type_system: false,
            diagnostics: Vec::new(),
        };
        if request.proposed.is_null() {
            return response;
        }
        match resource::plan(&request.prior, request.proposed, &self.around).await {
            Ok(planned) => {
                response.planned = planned.object;
                response.requires_replace = planned.requires_replace;
            }
            Err(found) => response.diagnostics.push(found),
        }
        response
    }

    async fn apply_resource_change(&self, request: ApplyRequest) -> ApplyResponse {
        let (state, diagnostics) = resource::apply(&request.prior, &request.planned, &self.around).await;
        ApplyResponse {
            state,
            identity: None,
            private: request.private,
            legacy_type_system: false,
            unanswered: false,
            diagnostics,
        }
    }

    async fn import_resource_state(&self, kind: &str, _id: &str) -> ImportResponse {
        let detail = "A deploy is what a configuration says of a host: there is nothing on the host that it could be \
                      found by. Apply it: where the host is as the deploy describes it, nothing is done there.";
        let found = is_deploy(kind).err().unwrap_or_else(|| problem("Deploys cannot be imported", detail));
        ImportResponse { imported: Vec::new(), diagnostics: vec![found] }
    }

    async fn move_resource_state(&self, request: MoveRequest) -> MoveResponse {
        let detail = format!("No other type can become a {DEPLOY}. Remove the moved block.");
        let found = problem("Unsupported source for move", detail);
        let found = is_deploy(&request.target_kind).err().unwrap_or(found);
        MoveResponse { state: nothing(), identity: None, private: Vec::new(), diagnostics: vec![found] }
    }

    async fn read_data_source(&self, request: DataRequest) -> DataResponse {
        let read = match &*request.kind {
            FACTS => facts::read(&request.config, &*self.around.outside, &self.around.stop).await,
            other => Err(unsupported("data source", other)),
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

    async fn call_function(&self, name: &str, _arguments: Vec<Value>) -> Result<Value, FunctionError> {
        Err(FunctionError { text: format!("this provider has no function named {name:?}"), argument: None })
    }

    async fn stop(&self) {
        self.around.stop.store(true, Ordering::Relaxed);
    }
}
