//! The calls of the protocol behind the contract of providers.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use bytes::Bytes;
use plumb_address::Mode;
use plumb_diagnostics::Diagnostics;
use plumb_schema::{IdentitySchema, ProviderSchema};
use plumb_state::{
    ApplyRequest, ApplyResponse, DataRequest, DataResponse, FunctionError, ImportResponse, ImportedObject,
    MoveRequest, MoveResponse, OpenResponse, PlanRequest, PlanResponse, Provider, ProviderDiagnostics,
    ReadRequest, ReadResponse, RecordedIdentity, UpgradeRequest, UpgradeResponse,
};
use plumb_value::{Type, Value};
use prost::Message as _;

use super::configuration::configure_request;
use super::plugin::{LaunchOptions, Plugin};
use super::session::{CAPABILITIES, Session};
use crate::Method;
use crate::generated::provider as wire;
use crate::wire::{diagnostics_from_wire, path_from_wire, raw_identity};

/// Not even an answer with diagnostics came back.
type Answer<T> = Result<T, ProviderDiagnostics>;

#[async_trait]
impl Provider for Plugin {
    async fn schema(&self) -> Result<Arc<ProviderSchema>, Diagnostics> {
        self.known_schema().await
    }

    async fn validate_provider_config(&self, config: Value) -> (Value, ProviderDiagnostics) {
        let answer = async { self.session().await?.validate_provider_config(&config).await };
        let diagnostics = answer.await.unwrap_or_else(|problem| problem);
        self.standing().validated(diagnostics.is_empty());
        // Protocol 5 answers with a prepared configuration too. As in Terraform it is not used:
        // providers that prepare do so again when they are configured.
        (config, diagnostics)
    }

    async fn validate_resource_config(&self, mode: Mode, kind: &str, config: Value) -> ProviderDiagnostics {
        let answer = async { self.session().await?.validate_resource_config(mode, kind, &config).await };
        answer.await.unwrap_or_else(|problem| problem)
    }

    async fn reuse_configured(&self, config: &Value) -> bool {
        self.find_configured(config).await.is_some()
    }

    async fn configure(&self, config: Value) -> ProviderDiagnostics {
        let since = Instant::now();
        let answer = async { self.session().await?.configure(&config, self.options()).await };
        match answer.await {
            Ok((request, diagnostics)) => {
                self.standing().configured(&request, since, diagnostics.is_empty());
                diagnostics
            }
            Err(problem) => {
                self.standing().configured(&[], since, false);
                problem
            }
        }
    }

    async fn upgrade_resource_state(&self, request: UpgradeRequest) -> UpgradeResponse {
        let answer = async { self.session().await?.upgrade(&request).await };
        answer
            .await
            .unwrap_or_else(|diagnostics| UpgradeResponse { state: Value::null(Type::Dynamic), diagnostics })
    }

    async fn read_resource(&self, request: ReadRequest) -> ReadResponse {
        let answer = async { self.session().await?.read(&request).await };
        answer.await.unwrap_or_else(|diagnostics| ReadResponse {
            state: request.current,
            identity: request.identity,
            private: request.private,
            diagnostics,
        })
    }

    async fn plan_resource_change(&self, request: PlanRequest) -> PlanResponse {
        let answer = async { self.session().await?.plan(&request).await };
        answer.await.unwrap_or_else(|diagnostics| PlanResponse {
            planned: request.proposed,
            identity: request.identity,
            requires_replace: Vec::new(),
            private: request.private,
            legacy_type_system: false,
            diagnostics,
        })
    }

    async fn apply_resource_change(&self, request: ApplyRequest) -> ApplyResponse {
        let answer = async { self.session().await?.apply(&request).await };
        answer.await.unwrap_or_else(|diagnostics| not_applied(&request, false, diagnostics))
    }

    async fn import_resource_state(&self, kind: &str, id: &str) -> ImportResponse {
        let answer = async { self.session().await?.import(kind, id, None).await };
        answer.await.unwrap_or_else(|diagnostics| ImportResponse { imported: Vec::new(), diagnostics })
    }

    async fn identity_schema(&self, kind: &str) -> Answer<Option<Arc<IdentitySchema>>> {
        self.session().await?.identity_schema(kind).await
    }

    async fn import_by_identity(&self, kind: &str, identity: RecordedIdentity) -> ImportResponse {
        let answer = async { self.session().await?.import(kind, "", Some(&identity)).await };
        answer.await.unwrap_or_else(|diagnostics| ImportResponse { imported: Vec::new(), diagnostics })
    }

    async fn upgrade_identity(&self, kind: &str, identity: RecordedIdentity) -> Answer<RecordedIdentity> {
        let session = self.session().await?;
        match session.identity_schema(kind).await? {
            Some(schema) => session.current_identity(kind, &identity, &schema).await,
            None => Ok(identity),
        }
    }

    async fn move_resource_state(&self, request: MoveRequest) -> MoveResponse {
        let answer = async { self.session().await?.move_state(&request).await };
        answer.await.unwrap_or_else(|diagnostics| MoveResponse {
            state: Value::null(Type::Dynamic),
            identity: None,
            private: Vec::new(),
            diagnostics,
        })
    }

    async fn read_data_source(&self, request: DataRequest) -> DataResponse {
        let answer = async { self.session().await?.read_data(&request).await };
        answer
            .await
            .unwrap_or_else(|diagnostics| DataResponse { state: Value::null(Type::Dynamic), diagnostics })
    }

    async fn open_ephemeral_resource(&self, kind: &str, config: Value) -> OpenResponse {
        let answer = async { self.session().await?.open(kind, &config).await };
        answer.await.unwrap_or_else(not_open)
    }

    async fn renew_ephemeral_resource(&self, kind: &str, private: Vec<u8>) -> OpenResponse {
        let answer = async { self.session().await?.renew(kind, private).await };
        answer.await.unwrap_or_else(not_open)
    }

    async fn close_ephemeral_resource(&self, kind: &str, private: Vec<u8>) -> ProviderDiagnostics {
        let answer = async { self.session().await?.close(kind, private).await };
        answer.await.unwrap_or_else(|problem| problem)
    }

    async fn call_function(&self, name: &str, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        let session = self.session().await.map_err(|problem| function_error(&problem))?;
        session.call_function(name, &arguments).await
    }

    async fn close(&self) {
        // What later commands may go on with is given back at the end, where it is known that all is well.
        if !self.may_go_on() {
            self.shutdown().await;
        }
    }

    async fn stop(&self) {
        // One that never started has nothing to stop, and one that does not understand is no reason
        // not to stop.
        if let Some(running) = self.started() {
            let _ = running.call(Method::StopProvider, Bytes::new()).await;
        }
    }
}

/// Without an answer the object as it was is the best that is known of it.
fn not_applied(request: &ApplyRequest, unanswered: bool, diagnostics: ProviderDiagnostics) -> ApplyResponse {
    ApplyResponse {
        state: request.prior.clone(),
        identity: None,
        private: request.private.clone(),
        legacy_type_system: false,
        unanswered,
        diagnostics,
    }
}

impl Session {
    async fn validate_provider_config(&self, config: &Value) -> Answer<ProviderDiagnostics> {
        let ty = self.schema.provider.block.implied_type();
        let request = wire::ValidateProviderConfigRequest { config: self.encode(config, &ty)? };
        let answer: wire::ValidateProviderConfigResponse =
            self.exchange(Method::ValidateProviderConfig, &request).await?;
        Ok(diagnostics_from_wire(answer.diagnostics))
    }

    async fn validate_resource_config(
        &self,
        mode: Mode,
        kind: &str,
        config: &Value,
    ) -> Answer<ProviderDiagnostics> {
        let (method, client_capabilities) = match mode {
            Mode::Managed => (Method::ValidateResourceConfig, CAPABILITIES),
            Mode::Data => (Method::ValidateDataResourceConfig, None),
            Mode::Ephemeral => (Method::ValidateEphemeralResourceConfig, None),
        };
        let schema = self.schema_of(mode, kind)?;
        let config = self.encode(config, &schema.block.implied_type())?;
        let request = wire::ValidateConfigRequest { type_name: kind.to_owned(), config, client_capabilities };
        let answer: wire::DiagnosticsResponse = self.exchange(method, &request).await?;
        Ok(diagnostics_from_wire(answer.diagnostics))
    }

    /// What the provider says, with what it was sent.
    async fn configure(
        &self,
        config: &Value,
        options: &LaunchOptions,
    ) -> Answer<(Vec<u8>, ProviderDiagnostics)> {
        let request = configure_request(&self.schema, config, &options.terraform_version);
        let request = request.map_err(|reason| self.misfit(&reason))?;
        let answer: wire::DiagnosticsResponse = self.exchange(Method::ConfigureProvider, &request).await?;
        Ok((request.encode_to_vec(), diagnostics_from_wire(answer.diagnostics)))
    }

    async fn upgrade(&self, request: &UpgradeRequest) -> Answer<UpgradeResponse> {
        let method = Method::UpgradeResourceState;
        let schema = self.schema_of(Mode::Managed, &request.kind)?;
        let message = wire::UpgradeResourceStateRequest {
            type_name: request.kind.to_string(),
            version: i64::try_from(request.version).unwrap_or(i64::MAX),
            raw_state: Some(raw_state(&request.json, request.flat)),
        };
        let answer: wire::UpgradeResourceStateResponse = self.exchange(method, &message).await?;
        let mut diagnostics = diagnostics_from_wire(answer.diagnostics);
        let state = self.decode(method, answer.upgraded_state.as_ref(), &schema.block.implied_type())?;
        self.check_write_only(method, &request.kind, &schema, &state, &mut diagnostics);
        Ok(UpgradeResponse { state, diagnostics })
    }

    async fn read(&self, request: &ReadRequest) -> Answer<ReadResponse> {
        let method = Method::ReadResource;
        let schema = self.schema_of(Mode::Managed, &request.kind)?;
        let ty = schema.block.implied_type();
        let message = wire::ReadResourceRequest {
            type_name: request.kind.to_string(),
            current_state: self.encode(&request.current, &ty)?,
            private: request.private.clone().into(),
            provider_meta: self.encode_meta(request.meta.as_ref())?,
            client_capabilities: CAPABILITIES,
            current_identity: self.encode_identity(&request.kind, request.identity.as_ref()).await?,
        };
        let answer: wire::ReadResourceResponse = self.exchange(method, &message).await?;
        let mut diagnostics = diagnostics_from_wire(answer.diagnostics);
        let state = self.decode_like(method, answer.new_state.as_ref(), &ty, &request.current)?;
        self.check_write_only(method, &request.kind, &schema, &state, &mut diagnostics);
        self.check_deferred(method, answer.deferred, &mut diagnostics);
        let identity = self.decode_identity(method, &request.kind, answer.new_identity).await?;
        Ok(ReadResponse { state, identity, private: answer.private.into(), diagnostics })
    }

    async fn plan(&self, request: &PlanRequest) -> Answer<PlanResponse> {
        let method = Method::PlanResourceChange;
        let schema = self.schema_of(Mode::Managed, &request.kind)?;
        let ty = schema.block.implied_type();
        if request.proposed.is_null() && !self.schema.capabilities.plan_destroy {
            // Older providers do not expect to be asked whether something may be destroyed.
            return Ok(PlanResponse {
                planned: Value::null(ty),
                identity: request.identity.clone(),
                requires_replace: Vec::new(),
                private: request.private.clone(),
                legacy_type_system: false,
                diagnostics: Vec::new(),
            });
        }
        let message = wire::PlanResourceChangeRequest {
            type_name: request.kind.to_string(),
            prior_state: self.encode(&request.prior, &ty)?,
            proposed_new_state: self.encode(&request.proposed, &ty)?,
            config: self.encode(&request.config, &ty)?,
            prior_private: request.private.clone().into(),
            provider_meta: self.encode_meta(request.meta.as_ref())?,
            client_capabilities: CAPABILITIES,
            prior_identity: self.encode_identity(&request.kind, request.identity.as_ref()).await?,
        };
        let answer: wire::PlanResourceChangeResponse = self.exchange(method, &message).await?;
        let mut diagnostics = diagnostics_from_wire(answer.diagnostics);
        // The object before the change is kept beside the one after it, so that is what to share with.
        let like = if request.prior.is_null() { &request.proposed } else { &request.prior };
        let planned = self.decode_like(method, answer.planned_state.as_ref(), &ty, like)?;
        self.check_write_only(method, &request.kind, &schema, &planned, &mut diagnostics);
        self.check_deferred(method, answer.deferred, &mut diagnostics);
        let identity = self.decode_identity(method, &request.kind, answer.planned_identity).await?;
        Ok(PlanResponse {
            planned,
            identity,
            requires_replace: answer.requires_replace.iter().map(path_from_wire).collect(),
            private: answer.planned_private.into(),
            legacy_type_system: answer.legacy_type_system,
            diagnostics,
        })
    }

    async fn apply(&self, request: &ApplyRequest) -> Answer<ApplyResponse> {
        let method = Method::ApplyResourceChange;
        let schema = self.schema_of(Mode::Managed, &request.kind)?;
        let ty = schema.block.implied_type();
        let message = wire::ApplyResourceChangeRequest {
            type_name: request.kind.to_string(),
            prior_state: self.encode(&request.prior, &ty)?,
            planned_state: self.encode(&request.planned, &ty)?,
            config: self.encode(&request.config, &ty)?,
            planned_private: request.private.clone().into(),
            provider_meta: self.encode_meta(request.meta.as_ref())?,
            planned_identity: self.encode_identity(&request.kind, request.identity.as_ref()).await?,
        };
        let answer: wire::ApplyResourceChangeResponse = match self.ask(method, &message).await {
            Ok(answer) => answer,
            Err(failure) => {
                let is_unknown = failure.cause.may_have_taken_effect();
                return Ok(not_applied(request, is_unknown, vec![failure.to_provider_diagnostic()]));
            }
        };
        let mut diagnostics = diagnostics_from_wire(answer.diagnostics);
        let state = match self.decode_like(method, answer.new_state.as_ref(), &ty, &request.planned) {
            Ok(state) => state,
            Err(problems) => {
                diagnostics.extend(problems);
                return Ok(not_applied(request, true, diagnostics));
            }
        };
        self.check_write_only(method, &request.kind, &schema, &state, &mut diagnostics);
        // The object is there whatever is wrong with its identity, so that is told beside it.
        let identity = match self.decode_identity(method, &request.kind, answer.new_identity).await {
            Ok(identity) => identity,
            Err(problems) => {
                diagnostics.extend(problems);
                None
            }
        };
        Ok(ApplyResponse {
            state,
            identity,
            private: answer.private.into(),
            legacy_type_system: answer.legacy_type_system,
            unanswered: false,
            diagnostics,
        })
    }

    /// Finds objects by an identifier or, where that is empty, by an identity.
    async fn import(
        &self,
        kind: &str,
        id: &str,
        identity: Option<&RecordedIdentity>,
    ) -> Answer<ImportResponse> {
        let method = Method::ImportResourceState;
        let message = wire::ImportResourceStateRequest {
            type_name: kind.to_owned(),
            id: id.to_owned(),
            client_capabilities: CAPABILITIES,
            identity: self.encode_identity(kind, identity).await?,
        };
        let answer: wire::ImportResourceStateResponse = self.exchange(method, &message).await?;
        let mut diagnostics = diagnostics_from_wire(answer.diagnostics);
        self.check_deferred(method, answer.deferred, &mut diagnostics);
        let mut imported = Vec::new();
        for object in answer.imported_resources {
            let schema = self.schema_of(Mode::Managed, &object.type_name)?;
            let state = self.decode(method, object.state.as_ref(), &schema.block.implied_type())?;
            self.check_write_only(method, &object.type_name, &schema, &state, &mut diagnostics);
            let identity = self.decode_identity(method, &object.type_name, object.identity).await?;
            imported.push(ImportedObject {
                kind: object.type_name.into(),
                state,
                identity,
                private: object.private.into(),
            });
        }
        Ok(ImportResponse { imported, diagnostics })
    }

    async fn move_state(&self, request: &MoveRequest) -> Answer<MoveResponse> {
        let method = Method::MoveResourceState;
        let schema = self.schema_of(Mode::Managed, &request.target_kind)?;
        let message = wire::MoveResourceStateRequest {
            source_provider_address: request.source_provider.clone(),
            source_type_name: request.source_kind.to_string(),
            source_schema_version: i64::try_from(request.source_version).unwrap_or(i64::MAX),
            source_state: Some(raw_state(&request.source_json, false)),
            target_type_name: request.target_kind.to_string(),
            source_private: request.source_private.clone().into(),
            source_identity: request.source_identity.as_ref().map(raw_identity),
            source_identity_schema_version: request
                .source_identity
                .as_ref()
                .map_or(0, |(version, _)| i64::try_from(*version).unwrap_or(i64::MAX)),
        };
        let answer: wire::MoveResourceStateResponse = self.exchange(method, &message).await?;
        let mut diagnostics = diagnostics_from_wire(answer.diagnostics);
        let state = self.decode(method, answer.target_state.as_ref(), &schema.block.implied_type())?;
        self.check_write_only(method, &request.target_kind, &schema, &state, &mut diagnostics);
        let identity = self.decode_identity(method, &request.target_kind, answer.target_identity).await?;
        Ok(MoveResponse { state, identity, private: answer.target_private.into(), diagnostics })
    }

    async fn read_data(&self, request: &DataRequest) -> Answer<DataResponse> {
        let method = Method::ReadDataSource;
        let ty = self.schema_of(Mode::Data, &request.kind)?.block.implied_type();
        let message = wire::ReadDataSourceRequest {
            type_name: request.kind.to_string(),
            config: self.encode(&request.config, &ty)?,
            provider_meta: self.encode_meta(request.meta.as_ref())?,
            client_capabilities: CAPABILITIES,
        };
        let answer: wire::ReadDataSourceResponse = self.exchange(method, &message).await?;
        let mut diagnostics = diagnostics_from_wire(answer.diagnostics);
        self.check_deferred(method, answer.deferred, &mut diagnostics);
        let state = self.decode(method, answer.state.as_ref(), &ty)?;
        Ok(DataResponse { state, diagnostics })
    }

    async fn open(&self, kind: &str, config: &Value) -> Answer<OpenResponse> {
        let method = Method::OpenEphemeralResource;
        let ty = self.schema_of(Mode::Ephemeral, kind)?.block.implied_type();
        let message = wire::OpenEphemeralResourceRequest {
            type_name: kind.to_owned(),
            config: self.encode(config, &ty)?,
            client_capabilities: CAPABILITIES,
        };
        let answer: wire::OpenEphemeralResourceResponse = self.exchange(method, &message).await?;
        let mut diagnostics = diagnostics_from_wire(answer.diagnostics);
        self.check_deferred(method, answer.deferred, &mut diagnostics);
        let result = self.decode(method, answer.result.as_ref(), &ty)?;
        let renew_at_ms = answer.renew_at.map(milliseconds);
        Ok(OpenResponse { result, private: answer.private.into(), renew_at_ms, diagnostics })
    }

    async fn renew(&self, kind: &str, private: Vec<u8>) -> Answer<OpenResponse> {
        let message = wire::EphemeralHandleRequest { type_name: kind.to_owned(), private: private.into() };
        let answer: wire::RenewEphemeralResourceResponse =
            self.exchange(Method::RenewEphemeralResource, &message).await?;
        Ok(OpenResponse {
            result: Value::null(Type::Dynamic),
            private: answer.private.into(),
            renew_at_ms: answer.renew_at.map(milliseconds),
            diagnostics: diagnostics_from_wire(answer.diagnostics),
        })
    }

    async fn close(&self, kind: &str, private: Vec<u8>) -> Answer<ProviderDiagnostics> {
        let message = wire::EphemeralHandleRequest { type_name: kind.to_owned(), private: private.into() };
        let answer: wire::DiagnosticsResponse =
            self.exchange(Method::CloseEphemeralResource, &message).await?;
        Ok(diagnostics_from_wire(answer.diagnostics))
    }

    async fn call_function(&self, name: &str, arguments: &[Value]) -> Result<Value, FunctionError> {
        let Some(signature) = self.schema.functions.get(name) else {
            return Err(FunctionError {
                text: format!("there is no function named \"{name}\""),
                argument: None,
            });
        };
        let parameters = signature.parameters.iter().chain(signature.variadic.iter().cycle());
        let encoded: Result<Vec<_>, _> = arguments
            .iter()
            .zip(parameters)
            .map(|(argument, parameter)| self.encode(argument, &parameter.ty).map(Option::unwrap_or_default))
            .collect();
        let encoded = encoded.map_err(|problem| function_error(&problem))?;
        if encoded.len() != arguments.len() || encoded.len() < signature.parameters.len() {
            let text = format!("function \"{name}\" was called with {} arguments", arguments.len());
            return Err(FunctionError { text, argument: None });
        }
        let message = wire::CallFunctionRequest { name: name.to_owned(), arguments: encoded };
        let answer: wire::CallFunctionResponse = self
            .exchange(Method::CallFunction, &message)
            .await
            .map_err(|problem| function_error(&problem))?;
        if let Some(error) = answer.error {
            let argument = error.function_argument.and_then(|index| usize::try_from(index).ok());
            return Err(FunctionError { text: error.text, argument });
        }
        self.decode(Method::CallFunction, answer.result.as_ref(), &signature.returns)
            .map_err(|problem| function_error(&problem))
    }
}

/// A recorded object, in the one or the other form that the wire has for it.
fn raw_state(json: &str, flat: bool) -> wire::RawState {
    // Text that is not a flat map, although it should be one, is for the provider to complain about.
    match flat.then(|| serde_json::from_str(json).ok()).flatten() {
        Some(flatmap) => wire::RawState { json: Bytes::new(), flatmap },
        None => wire::RawState { json: Bytes::copy_from_slice(json.as_bytes()), flatmap: HashMap::new() },
    }
}

fn milliseconds(time: wire::Timestamp) -> i64 {
    time.seconds.saturating_mul(1000).saturating_add(i64::from(time.nanos / 1_000_000))
}

fn not_open(diagnostics: ProviderDiagnostics) -> OpenResponse {
    OpenResponse { result: Value::null(Type::Dynamic), private: Vec::new(), renew_at_ms: None, diagnostics }
}

fn function_error(problem: &ProviderDiagnostics) -> FunctionError {
    let text = problem.iter().map(|problem| format!("{}: {}", problem.summary, problem.detail));
    FunctionError { text: text.collect::<Vec<_>>().join("\n\n"), argument: None }
}
