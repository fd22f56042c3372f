//! The calls of the protocol, answered by a provider of this process.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use bytes::Bytes;
use plumb_address::Mode;
use plumb_diagnostics::Diagnostics;
use plumb_schema::{IdentitySchema, ProviderSchema, Schema};
use plumb_state::{
    ApplyRequest, DataRequest, MoveRequest, OpenResponse, PlanRequest, Provider, ProviderDiagnostic,
    ReadRequest, RecordedIdentity, UpgradeRequest,
};
use plumb_value::{Path, Type, Value};
use prost::Message;
use tokio::sync::OnceCell;
use tonic::Status;

use crate::generated::provider as wire;
use crate::wire::{
    Writer, decode_value, diagnostics_to_wire, encode_value, function_to_wire, identity_schema_to_wire,
    identity_to_wire, identity_value, path_to_wire, recorded_identity, write_provider_schema,
};
use crate::{Method, Protocol};

/// A provider that is asked in the language of the wire.
pub(super) struct Answers {
    provider: Arc<dyn Provider>,
    protocol: Protocol,
    schema: OnceCell<Arc<ProviderSchema>>,
}

type Answer<T> = Result<T, Status>;

impl Answers {
    pub(super) fn new(provider: Arc<dyn Provider>, protocol: Protocol) -> Self {
        Answers { provider, protocol, schema: OnceCell::new() }
    }

    /// Answers one call.
    pub(super) async fn answer(&self, method: Method, request: Bytes) -> Answer<Bytes> {
        let answer = match method {
            Method::GetProviderSchema => self.provider_schema().await,
            Method::GetMetadata => self.metadata().await?.encode_to_vec(),
            Method::GetFunctions => self.functions().await?.encode_to_vec(),
            Method::ValidateProviderConfig => self.validate_provider(read(request)?).await?.encode_to_vec(),
            Method::ValidateResourceConfig => {
                self.validate(Mode::Managed, read(request)?).await?.encode_to_vec()
            }
            Method::ValidateDataResourceConfig => {
                self.validate(Mode::Data, read(request)?).await?.encode_to_vec()
            }
            Method::ValidateEphemeralResourceConfig => {
                self.validate(Mode::Ephemeral, read(request)?).await?.encode_to_vec()
            }
            Method::ConfigureProvider => self.configure(read(request)?).await?.encode_to_vec(),
            Method::UpgradeResourceState => self.upgrade(read(request)?).await?.encode_to_vec(),
            Method::ReadResource => self.read(read(request)?).await?.encode_to_vec(),
            Method::PlanResourceChange => self.plan(read(request)?).await?.encode_to_vec(),
            Method::ApplyResourceChange => self.apply(read(request)?).await?.encode_to_vec(),
            Method::ImportResourceState => self.import(read(request)?).await?.encode_to_vec(),
            Method::GetResourceIdentitySchemas => self.identity_schemas().await?.encode_to_vec(),
            Method::UpgradeResourceIdentity => self.upgrade_identity(read(request)?).await?.encode_to_vec(),
            Method::MoveResourceState => self.move_state(read(request)?).await?.encode_to_vec(),
            Method::ReadDataSource => self.read_data(read(request)?).await?.encode_to_vec(),
            Method::OpenEphemeralResource => self.open(read(request)?).await?.encode_to_vec(),
            Method::RenewEphemeralResource => self.renew(read(request)?).await.encode_to_vec(),
            Method::CloseEphemeralResource => self.close(read(request)?).await.encode_to_vec(),
            Method::CallFunction => self.call_function(read(request)?).await?.encode_to_vec(),
            Method::StopProvider => {
                self.provider.stop().await;
                wire::StopResponse::default().encode_to_vec()
            }
        };
        Ok(answer.into())
    }

    async fn schema(&self) -> Answer<&Arc<ProviderSchema>> {
        let learn = || async {
            self.provider.schema().await.map_err(|diagnostics| {
                let texts = diagnostics.iter().map(|one| format!("{}: {}", one.summary, one.detail));
                Status::internal(texts.collect::<Vec<_>>().join("; "))
            })
        };
        self.schema.get_or_try_init(learn).await
    }

    async fn schema_of(&self, mode: Mode, kind: &str) -> Answer<Arc<Schema>> {
        let unknown = || Status::invalid_argument(format!("there is no type \"{kind}\""));
        self.schema().await?.table(mode).get(kind).ok_or_else(unknown)
    }

    async fn type_of(&self, mode: Mode, kind: &str) -> Answer<Type> {
        Ok(self.schema_of(mode, kind).await?.block.implied_type())
    }

    async fn meta(&self, meta: Option<&wire::DynamicValue>) -> Answer<Option<Value>> {
        match &self.schema().await?.provider_meta {
            Some(schema) => Ok(Some(value(meta, &schema.block.implied_type())?)),
            None => Ok(None),
        }
    }

    async fn provider_schema(&self) -> Vec<u8> {
        match self.provider.schema().await {
            Ok(schema) => write_provider_schema(&schema, self.protocol),
            Err(diagnostics) => {
                let mut writer = Writer::default();
                for diagnostic in diagnostics_to_wire(reported(&diagnostics)) {
                    writer.message(4, &diagnostic.encode_to_vec());
                }
                writer.finish()
            }
        }
    }

    async fn metadata(&self) -> Answer<wire::GetMetadataResponse> {
        let schema = self.schema().await?;
        let named = |name: &Arc<str>| wire::get_metadata_response::Named { name: name.to_string() };
        Ok(wire::GetMetadataResponse {
            server_capabilities: Some(wire::ServerCapabilities {
                plan_destroy: schema.capabilities.plan_destroy,
                get_provider_schema_optional: schema.capabilities.schema_optional,
                move_resource_state: schema.capabilities.move_resource_state,
            }),
            diagnostics: Vec::new(),
            data_sources: schema.data_sources.names().map(named).collect(),
            resources: schema.resources.names().map(named).collect(),
            functions: schema.functions.keys().map(named).collect(),
            ephemeral_resources: schema.ephemeral_resources.names().map(named).collect(),
        })
    }

    async fn functions(&self) -> Answer<wire::GetFunctionsResponse> {
        let functions = &self.schema().await?.functions;
        let functions: HashMap<_, _> = functions
            .iter()
            .map(|(name, signature)| (name.to_string(), function_to_wire(signature)))
            .collect();
        Ok(wire::GetFunctionsResponse { functions, diagnostics: Vec::new() })
    }

    async fn validate_provider(
        &self,
        request: wire::ValidateProviderConfigRequest,
    ) -> Answer<wire::ValidateProviderConfigResponse> {
        let ty = self.schema().await?.provider.block.implied_type();
        let config = value(request.config.as_ref(), &ty)?;
        let (prepared, diagnostics) = self.provider.validate_provider_config(config).await;
        let prepared_config = match self.protocol {
            Protocol::V5 => dynamic(&prepared, &ty)?,
            Protocol::V6 => None,
        };
        Ok(wire::ValidateProviderConfigResponse {
            prepared_config,
            diagnostics: diagnostics_to_wire(diagnostics),
        })
    }

    async fn validate(
        &self,
        mode: Mode,
        request: wire::ValidateConfigRequest,
    ) -> Answer<wire::DiagnosticsResponse> {
        let config = value(request.config.as_ref(), &self.type_of(mode, &request.type_name).await?)?;
        let diagnostics = self.provider.validate_resource_config(mode, &request.type_name, config).await;
        Ok(wire::DiagnosticsResponse { diagnostics: diagnostics_to_wire(diagnostics) })
    }

    async fn configure(&self, request: wire::ConfigureRequest) -> Answer<wire::DiagnosticsResponse> {
        let ty = self.schema().await?.provider.block.implied_type();
        let diagnostics = self.provider.configure(value(request.config.as_ref(), &ty)?).await;
        Ok(wire::DiagnosticsResponse { diagnostics: diagnostics_to_wire(diagnostics) })
    }

    async fn upgrade(
        &self,
        request: wire::UpgradeResourceStateRequest,
    ) -> Answer<wire::UpgradeResourceStateResponse> {
        let ty = self.type_of(Mode::Managed, &request.type_name).await?;
        let (json, flat) = raw_state(request.raw_state.unwrap_or_default())?;
        let response = self
            .provider
            .upgrade_resource_state(UpgradeRequest {
                kind: request.type_name.into(),
                version: u64::try_from(request.version).unwrap_or(0),
                json,
                flat,
            })
            .await;
        Ok(wire::UpgradeResourceStateResponse {
            upgraded_state: dynamic(&response.state, &ty)?,
            diagnostics: diagnostics_to_wire(response.diagnostics),
        })
    }

    async fn identity_schemas(&self) -> Answer<wire::GetResourceIdentitySchemasResponse> {
        let mut answer = wire::GetResourceIdentitySchemasResponse::default();
        for kind in self.schema().await?.resources.names() {
            match self.provider.identity_schema(kind).await {
                Ok(Some(schema)) => {
                    answer.identity_schemas.insert(kind.to_string(), identity_schema_to_wire(&schema));
                }
                Ok(None) => {}
                Err(problems) => answer.diagnostics.extend(diagnostics_to_wire(problems)),
            }
        }
        Ok(answer)
    }

    async fn upgrade_identity(
        &self,
        request: wire::UpgradeResourceIdentityRequest,
    ) -> Answer<wire::UpgradeResourceIdentityResponse> {
        let identity = recorded(request.raw_identity.unwrap_or_default(), request.version)?;
        let kind = &request.type_name;
        let mut answer = wire::UpgradeResourceIdentityResponse::default();
        match self.provider.upgrade_identity(kind, identity).await {
            Ok(upgraded) => answer.upgraded_identity = self.identity_data(kind, Some(&upgraded)).await?,
            Err(problems) => answer.diagnostics = diagnostics_to_wire(problems),
        }
        Ok(answer)
    }

    async fn identity_schema(&self, kind: &str) -> Answer<Option<Arc<IdentitySchema>>> {
        let schema = self.provider.identity_schema(kind).await;
        schema.map_err(|_| Status::internal(format!("the identity of \"{kind}\" has no schema")))
    }

    /// The identity in a request.
    async fn identity(
        &self,
        kind: &str,
        data: Option<&wire::ResourceIdentityData>,
    ) -> Answer<Option<RecordedIdentity>> {
        let Some(schema) = self.identity_schema(kind).await? else { return Ok(None) };
        let identity = identity_value(data, &schema)
            .and_then(|value| value.map(|value| recorded_identity(&value, &schema)).transpose());
        identity.map_err(Status::invalid_argument)
    }

    /// The identity in an answer.
    async fn identity_data(
        &self,
        kind: &str,
        identity: Option<&RecordedIdentity>,
    ) -> Answer<Option<wire::ResourceIdentityData>> {
        let Some(identity) = identity else { return Ok(None) };
        let Some(schema) = self.identity_schema(kind).await? else { return Ok(None) };
        identity_to_wire(identity, &schema).map(Some).map_err(Status::internal)
    }

    async fn read(&self, request: wire::ReadResourceRequest) -> Answer<wire::ReadResourceResponse> {
        let ty = self.type_of(Mode::Managed, &request.type_name).await?;
        let identity = self.identity(&request.type_name, request.current_identity.as_ref()).await?;
        let kind = request.type_name.clone();
        let response = self
            .provider
            .read_resource(ReadRequest {
                kind: request.type_name.into(),
                current: value(request.current_state.as_ref(), &ty)?,
                identity,
                private: request.private.into(),
                meta: self.meta(request.provider_meta.as_ref()).await?,
            })
            .await;
        Ok(wire::ReadResourceResponse {
            new_state: dynamic(&response.state, &ty)?,
            diagnostics: diagnostics_to_wire(response.diagnostics),
            private: response.private.into(),
            deferred: None,
            new_identity: self.identity_data(&kind, response.identity.as_ref()).await?,
        })
    }

    async fn plan(
        &self,
        request: wire::PlanResourceChangeRequest,
    ) -> Answer<wire::PlanResourceChangeResponse> {
        let ty = self.type_of(Mode::Managed, &request.type_name).await?;
        let identity = self.identity(&request.type_name, request.prior_identity.as_ref()).await?;
        let kind = request.type_name.clone();
        let response = self
            .provider
            .plan_resource_change(PlanRequest {
                kind: request.type_name.into(),
                prior: value(request.prior_state.as_ref(), &ty)?,
                proposed: value(request.proposed_new_state.as_ref(), &ty)?,
                config: value(request.config.as_ref(), &ty)?,
                identity,
                private: request.prior_private.into(),
                meta: self.meta(request.provider_meta.as_ref()).await?,
            })
            .await;
        Ok(wire::PlanResourceChangeResponse {
            planned_state: dynamic(&response.planned, &ty)?,
            requires_replace: response.requires_replace.iter().map(path_to_wire).collect(),
            planned_private: response.private.into(),
            diagnostics: diagnostics_to_wire(response.diagnostics),
            legacy_type_system: response.legacy_type_system,
            deferred: None,
            planned_identity: self.identity_data(&kind, response.identity.as_ref()).await?,
        })
    }

    async fn apply(
        &self,
        request: wire::ApplyResourceChangeRequest,
    ) -> Answer<wire::ApplyResourceChangeResponse> {
        let ty = self.type_of(Mode::Managed, &request.type_name).await?;
        let identity = self.identity(&request.type_name, request.planned_identity.as_ref()).await?;
        let kind = request.type_name.clone();
        let response = self
            .provider
            .apply_resource_change(ApplyRequest {
                kind: request.type_name.into(),
                prior: value(request.prior_state.as_ref(), &ty)?,
                planned: value(request.planned_state.as_ref(), &ty)?,
                config: value(request.config.as_ref(), &ty)?,
                identity,
                private: request.planned_private.into(),
                meta: self.meta(request.provider_meta.as_ref()).await?,
            })
            .await;
        Ok(wire::ApplyResourceChangeResponse {
            new_state: dynamic(&response.state, &ty)?,
            private: response.private.into(),
            diagnostics: diagnostics_to_wire(response.diagnostics),
            legacy_type_system: response.legacy_type_system,
            new_identity: self.identity_data(&kind, response.identity.as_ref()).await?,
        })
    }

    async fn import(
        &self,
        request: wire::ImportResourceStateRequest,
    ) -> Answer<wire::ImportResourceStateResponse> {
        let identity = self.identity(&request.type_name, request.identity.as_ref()).await?;
        let response = match identity {
            Some(identity) => self.provider.import_by_identity(&request.type_name, identity).await,
            None => self.provider.import_resource_state(&request.type_name, &request.id).await,
        };
        let mut imported_resources = Vec::new();
        for object in response.imported {
            imported_resources.push(wire::import_resource_state_response::ImportedResource {
                state: dynamic(&object.state, &self.type_of(Mode::Managed, &object.kind).await?)?,
                identity: self.identity_data(&object.kind, object.identity.as_ref()).await?,
                type_name: object.kind.to_string(),
                private: object.private.into(),
            });
        }
        let diagnostics = diagnostics_to_wire(response.diagnostics);
        Ok(wire::ImportResourceStateResponse { imported_resources, diagnostics, deferred: None })
    }

    async fn move_state(
        &self,
        request: wire::MoveResourceStateRequest,
    ) -> Answer<wire::MoveResourceStateResponse> {
        let ty = self.type_of(Mode::Managed, &request.target_type_name).await?;
        let version = request.source_identity_schema_version;
        let source_identity = request.source_identity.map(|raw| recorded(raw, version)).transpose()?;
        let kind = request.target_type_name.clone();
        let response = self
            .provider
            .move_resource_state(MoveRequest {
                source_provider: request.source_provider_address,
                source_kind: request.source_type_name.into(),
                source_version: u64::try_from(request.source_schema_version).unwrap_or(0),
                source_json: raw_state(request.source_state.unwrap_or_default())?.0,
                source_private: request.source_private.into(),
                source_identity,
                target_kind: request.target_type_name.into(),
            })
            .await;
        Ok(wire::MoveResourceStateResponse {
            target_state: dynamic(&response.state, &ty)?,
            diagnostics: diagnostics_to_wire(response.diagnostics),
            target_private: response.private.into(),
            target_identity: self.identity_data(&kind, response.identity.as_ref()).await?,
        })
    }

    async fn read_data(&self, request: wire::ReadDataSourceRequest) -> Answer<wire::ReadDataSourceResponse> {
        let ty = self.type_of(Mode::Data, &request.type_name).await?;
        let response = self
            .provider
            .read_data_source(DataRequest {
                kind: request.type_name.into(),
                config: value(request.config.as_ref(), &ty)?,
                meta: self.meta(request.provider_meta.as_ref()).await?,
            })
            .await;
        let diagnostics = diagnostics_to_wire(response.diagnostics);
        Ok(wire::ReadDataSourceResponse {
            state: dynamic(&response.state, &ty)?,
            diagnostics,
            deferred: None,
        })
    }

    async fn open(
        &self,
        request: wire::OpenEphemeralResourceRequest,
    ) -> Answer<wire::OpenEphemeralResourceResponse> {
        let ty = self.type_of(Mode::Ephemeral, &request.type_name).await?;
        let config = value(request.config.as_ref(), &ty)?;
        let response = self.provider.open_ephemeral_resource(&request.type_name, config).await;
        Ok(wire::OpenEphemeralResourceResponse {
            renew_at: renew_at(&response),
            result: dynamic(&response.result, &ty)?,
            private: response.private.into(),
            diagnostics: diagnostics_to_wire(response.diagnostics),
            deferred: None,
        })
    }

    async fn renew(&self, request: wire::EphemeralHandleRequest) -> wire::RenewEphemeralResourceResponse {
        let response =
            self.provider.renew_ephemeral_resource(&request.type_name, request.private.into()).await;
        wire::RenewEphemeralResourceResponse {
            renew_at: renew_at(&response),
            private: response.private.into(),
            diagnostics: diagnostics_to_wire(response.diagnostics),
        }
    }

    async fn close(&self, request: wire::EphemeralHandleRequest) -> wire::DiagnosticsResponse {
        let diagnostics =
            self.provider.close_ephemeral_resource(&request.type_name, request.private.into()).await;
        wire::DiagnosticsResponse { diagnostics: diagnostics_to_wire(diagnostics) }
    }

    async fn call_function(&self, request: wire::CallFunctionRequest) -> Answer<wire::CallFunctionResponse> {
        let signature = self.schema().await?.functions.get(&*request.name);
        let unknown = || Status::invalid_argument(format!("there is no function \"{}\"", request.name));
        let signature = signature.ok_or_else(unknown)?;
        let parameters = signature.parameters.iter().chain(signature.variadic.iter().cycle());
        let arguments: Answer<Vec<Value>> = request
            .arguments
            .iter()
            .zip(parameters)
            .map(|(argument, parameter)| value(Some(argument), &parameter.ty))
            .collect();
        let arguments = arguments?;
        if arguments.len() != request.arguments.len() || arguments.len() < signature.parameters.len() {
            return Err(Status::invalid_argument(format!(
                "wrong number of arguments for \"{}\"",
                request.name
            )));
        }
        Ok(match self.provider.call_function(&request.name, arguments).await {
            Ok(result) => {
                wire::CallFunctionResponse { result: dynamic(&result, &signature.returns)?, error: None }
            }
            Err(error) => wire::CallFunctionResponse {
                result: None,
                error: Some(wire::call_function_response::Error {
                    text: error.text,
                    function_argument: error.argument.and_then(|index| i64::try_from(index).ok()),
                }),
            },
        })
    }
}

fn read<M: Message + Default>(request: Bytes) -> Answer<M> {
    M::decode(request).map_err(|problem| Status::internal(format!("the request is damaged: {problem}")))
}

fn value(value: Option<&wire::DynamicValue>, ty: &Type) -> Answer<Value> {
    decode_value(value, ty)
        .map_err(|problem| Status::invalid_argument(format!("a value is damaged: {problem}")))
}

fn dynamic(value: &Value, ty: &Type) -> Answer<Option<wire::DynamicValue>> {
    // A provider that failed has no object, and need not know what type the missing one is of.
    if value.is_null() {
        return encode_value(&Value::null(ty.clone()), ty).map_err(Status::internal);
    }
    encode_value(value, ty).map_err(|problem| {
        Status::internal(format!("the provider's value does not fit its schema: {problem}"))
    })
}

/// A recorded object as JSON, and whether it is a flat map of texts.
fn raw_state(state: wire::RawState) -> Answer<(Arc<str>, bool)> {
    if state.json.is_empty() {
        let sorted: BTreeMap<String, String> = state.flatmap.into_iter().collect();
        let text = serde_json::to_string(&sorted).map_err(|problem| Status::internal(problem.to_string()))?;
        return Ok((text.into(), true));
    }
    match std::str::from_utf8(&state.json) {
        Ok(text) => Ok((text.into(), false)),
        Err(problem) => Err(Status::invalid_argument(format!("the recorded state is damaged: {problem}"))),
    }
}

/// An identity as a client has recorded it.
fn recorded(raw: wire::RawState, version: i64) -> Answer<RecordedIdentity> {
    Ok((u64::try_from(version).unwrap_or(0), raw_state(raw)?.0))
}

fn renew_at(response: &OpenResponse) -> Option<wire::Timestamp> {
    response.renew_at_ms.map(|time_ms| wire::Timestamp {
        seconds: time_ms.div_euclid(1000),
        nanos: (time_ms.rem_euclid(1000) * 1_000_000) as i32,
    })
}

fn reported(diagnostics: &Diagnostics) -> Vec<ProviderDiagnostic> {
    let convert = |diagnostic: &plumb_diagnostics::Diagnostic| ProviderDiagnostic {
        is_error: diagnostic.is_error(),
        summary: diagnostic.summary.clone(),
        detail: diagnostic.detail.clone(),
        path: Path::root(),
    };
    diagnostics.iter().map(convert).collect()
}
