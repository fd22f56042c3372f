//! A provider whose requests are put on record before they are answered.

use std::sync::Arc;

use async_trait::async_trait;
use plumb_address::Mode;
use plumb_diagnostics::Diagnostics;
use plumb_plugin::Method;
use plumb_schema::{IdentitySchema, ProviderSchema};
use plumb_state::{
    ApplyRequest, ApplyResponse, DataRequest, DataResponse, FunctionError, ImportResponse, MoveRequest,
    MoveResponse, OpenResponse, PlanRequest, PlanResponse, Provider, ProviderDiagnostics, ReadRequest,
    ReadResponse, RecordedIdentity, UpgradeRequest, UpgradeResponse,
};
use plumb_value::Value;
use serde_json::{Value as Json, json};

use crate::log::{RequestLog, describe, describe_private};

/// Writes to a log, then asks the provider inside.
pub(crate) struct Recorded<P> {
    inner: P,
    log: Option<RequestLog>,
}

impl<P> Recorded<P> {
    pub(crate) fn new(inner: P, log: Option<RequestLog>) -> Self {
        Recorded { inner, log }
    }

    fn record(&self, method: Method, kind: &str, request: impl FnOnce() -> Json) {
        if let Some(log) = &self.log {
            log.write(method, kind, &request());
        }
    }
}

fn meta(meta: Option<&Value>) -> Json {
    meta.map_or(Json::Null, describe)
}

/// JSON that a client sent, as JSON where it is such.
fn raw(text: &str) -> Json {
    serde_json::from_str(text).unwrap_or_else(|_| Json::from(text))
}

/// A request with the identity of its object, where one was sent.
fn with_identity(mut request: Json, identity: Option<&RecordedIdentity>) -> Json {
    if let (Json::Object(members), Some((_, identity))) = (&mut request, identity) {
        members.insert("identity".to_owned(), raw(identity));
    }
    request
}

#[async_trait]
impl<P: Provider> Provider for Recorded<P> {
    async fn schema(&self) -> Result<Arc<ProviderSchema>, Diagnostics> {
        self.record(Method::GetProviderSchema, "", || json!({}));
        self.inner.schema().await
    }

    async fn validate_provider_config(&self, config: Value) -> (Value, ProviderDiagnostics) {
        self.record(Method::ValidateProviderConfig, "", || json!({ "config": describe(&config) }));
        self.inner.validate_provider_config(config).await
    }

    async fn validate_resource_config(&self, mode: Mode, kind: &str, config: Value) -> ProviderDiagnostics {
        let method = match mode {
            Mode::Managed => Method::ValidateResourceConfig,
            Mode::Data => Method::ValidateDataResourceConfig,
            Mode::Ephemeral => Method::ValidateEphemeralResourceConfig,
        };
        self.record(method, kind, || json!({ "config": describe(&config) }));
        self.inner.validate_resource_config(mode, kind, config).await
    }

    async fn configure(&self, config: Value) -> ProviderDiagnostics {
        self.record(Method::ConfigureProvider, "", || json!({ "config": describe(&config) }));
        self.inner.configure(config).await
    }

    async fn upgrade_resource_state(&self, request: UpgradeRequest) -> UpgradeResponse {
        self.record(
            Method::UpgradeResourceState,
            &request.kind,
            || json!({ "version": request.version, "flat": request.flat, "state": raw(&request.json) }),
        );
        self.inner.upgrade_resource_state(request).await
    }

    async fn read_resource(&self, request: ReadRequest) -> ReadResponse {
        self.record(Method::ReadResource, &request.kind, || {
            let own = json!({
                "current": describe(&request.current),
                "private": describe_private(&request.private),
                "meta": meta(request.meta.as_ref()),
            });
            with_identity(own, request.identity.as_ref())
        });
        self.inner.read_resource(request).await
    }

    async fn plan_resource_change(&self, request: PlanRequest) -> PlanResponse {
        self.record(Method::PlanResourceChange, &request.kind, || {
            let own = json!({
                "prior": describe(&request.prior),
                "proposed": describe(&request.proposed),
                "config": describe(&request.config),
                "private": describe_private(&request.private),
                "meta": meta(request.meta.as_ref()),
            });
            with_identity(own, request.identity.as_ref())
        });
        self.inner.plan_resource_change(request).await
    }

    async fn apply_resource_change(&self, request: ApplyRequest) -> ApplyResponse {
        self.record(Method::ApplyResourceChange, &request.kind, || {
            let own = json!({
                "prior": describe(&request.prior),
                "planned": describe(&request.planned),
                "config": describe(&request.config),
                "private": describe_private(&request.private),
                "meta": meta(request.meta.as_ref()),
            });
            with_identity(own, request.identity.as_ref())
        });
        self.inner.apply_resource_change(request).await
    }

    async fn import_resource_state(&self, kind: &str, id: &str) -> ImportResponse {
        self.record(Method::ImportResourceState, kind, || json!({ "id": id }));
        self.inner.import_resource_state(kind, id).await
    }

    async fn identity_schema(&self, kind: &str) -> Result<Option<Arc<IdentitySchema>>, ProviderDiagnostics> {
        // Asked for each type of which something is said as well, and so not put on record.
        self.inner.identity_schema(kind).await
    }

    async fn import_by_identity(&self, kind: &str, identity: RecordedIdentity) -> ImportResponse {
        self.record(Method::ImportResourceState, kind, || json!({ "identity": raw(&identity.1) }));
        self.inner.import_by_identity(kind, identity).await
    }

    async fn upgrade_identity(
        &self,
        kind: &str,
        identity: RecordedIdentity,
    ) -> Result<RecordedIdentity, ProviderDiagnostics> {
        self.record(
            Method::UpgradeResourceIdentity,
            kind,
            || json!({ "version": identity.0, "identity": raw(&identity.1) }),
        );
        self.inner.upgrade_identity(kind, identity).await
    }

    async fn move_resource_state(&self, request: MoveRequest) -> MoveResponse {
        self.record(Method::MoveResourceState, &request.target_kind, || {
            json!({
                "source_provider": request.source_provider,
                "source_type": &*request.source_kind,
                "source_version": request.source_version,
                "source_state": raw(&request.source_json),
                "source_private": describe_private(&request.source_private),
            })
        });
        self.inner.move_resource_state(request).await
    }

    async fn read_data_source(&self, request: DataRequest) -> DataResponse {
        self.record(
            Method::ReadDataSource,
            &request.kind,
            || json!({ "config": describe(&request.config), "meta": meta(request.meta.as_ref()) }),
        );
        self.inner.read_data_source(request).await
    }

    async fn open_ephemeral_resource(&self, kind: &str, config: Value) -> OpenResponse {
        self.record(Method::OpenEphemeralResource, kind, || json!({ "config": describe(&config) }));
        self.inner.open_ephemeral_resource(kind, config).await
    }

    async fn renew_ephemeral_resource(&self, kind: &str, private: Vec<u8>) -> OpenResponse {
        self.record(
            Method::RenewEphemeralResource,
            kind,
            || json!({ "private": describe_private(&private) }),
        );
        self.inner.renew_ephemeral_resource(kind, private).await
    }

    async fn close_ephemeral_resource(&self, kind: &str, private: Vec<u8>) -> ProviderDiagnostics {
        self.record(
            Method::CloseEphemeralResource,
            kind,
            || json!({ "private": describe_private(&private) }),
        );
        self.inner.close_ephemeral_resource(kind, private).await
    }

    async fn call_function(&self, name: &str, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        self.record(
            Method::CallFunction,
            name,
            || json!({ "arguments": arguments.iter().map(describe).collect::<Json>() }),
        );
        self.inner.call_function(name, arguments).await
    }

    async fn stop(&self) {
        self.record(Method::StopProvider, "", || json!({}));
        self.inner.stop().await;
    }
}
