//! What every call has in common: types from the schema, messages, values, what can go wrong.

use std::sync::Arc;

use plumb_address::Mode;
use plumb_schema::{ProviderSchema, Schema};
use plumb_state::{ProviderDiagnostic, ProviderDiagnostics};
use plumb_value::{Path, Type, Value};
use prost::Message;
use tokio::sync::OnceCell;

use super::running::Running;
use super::write_only;
use crate::generated::provider as wire;
use crate::wire::{IdentitySchemas, decode_value_like, encode_value, path_text};
use crate::{Cause, Method, PluginFailure};

/// A running plugin whose schema is known.
pub(super) struct Session {
    running: Arc<Running>,
    pub(super) schema: Arc<ProviderSchema>,
    /// What identities look like, once somebody has asked.
    pub(super) identities: Arc<OnceCell<IdentitySchemas>>,
}

/// What this side of the protocol can do. Deferring is not offered: providers that are offered it
/// behave differently even where they need not defer.
pub(super) const CAPABILITIES: Option<wire::ClientCapabilities> =
    Some(wire::ClientCapabilities { deferral_allowed: false, write_only_attributes_allowed: true });

impl Session {
    pub(super) fn new(
        running: Arc<Running>,
        schema: Arc<ProviderSchema>,
        identities: Arc<OnceCell<IdentitySchemas>>,
    ) -> Session {
        Session { running, schema, identities }
    }

    /// Sends a message and receives its answer.
    pub(super) async fn exchange<R: Message + Default>(
        &self,
        method: Method,
        request: &impl Message,
    ) -> Result<R, ProviderDiagnostics> {
        self.ask(method, request).await.map_err(|failure| vec![failure.to_provider_diagnostic()])
    }

    /// The same for those who need to know why there is no answer.
    pub(super) async fn ask<R: Message + Default>(
        &self,
        method: Method,
        request: &impl Message,
    ) -> Result<R, PluginFailure> {
        let answer = self.running.call(method, request.encode_to_vec().into()).await?;
        R::decode(answer).map_err(|problem| self.nonsense(method, problem.to_string()))
    }

    /// The answer of the provider cannot be used.
    fn nonsense(&self, method: Method, reason: String) -> PluginFailure {
        self.running.failure(Cause::Nonsense { call: method.name(self.running.protocol), reason })
    }

    /// The same as what a call reports.
    pub(super) fn misread(&self, method: Method, reason: String) -> ProviderDiagnostics {
        vec![self.nonsense(method, reason).to_provider_diagnostic()]
    }

    /// The schema of a type that the provider must have.
    pub(super) fn schema_of(&self, mode: Mode, kind: &str) -> Result<Arc<Schema>, ProviderDiagnostics> {
        let noun = match mode {
            Mode::Managed => "resource type",
            Mode::Data => "data source",
            Mode::Ephemeral => "ephemeral resource type",
        };
        self.schema.table(mode).get(kind).ok_or_else(|| {
            let detail = format!("Provider {} has no {noun} \"{kind}\".", self.running.provider());
            vec![problem(format!("Invalid {noun}"), detail)]
        })
    }

    pub(super) fn encode(
        &self,
        value: &Value,
        ty: &Type,
    ) -> Result<Option<wire::DynamicValue>, ProviderDiagnostics> {
        encode_value(value, ty).map_err(|reason| self.misfit(&reason))
    }

    /// A value is none of the schema's type.
    pub(super) fn misfit(&self, reason: &str) -> ProviderDiagnostics {
        let provider = self.running.provider();
        let detail = format!("A value for provider {provider} does not fit its schema: {reason}.");
        vec![problem("Value does not fit the schema".to_owned(), detail)]
    }

    /// The module's metadata, which a provider that has a schema for it is always sent.
    pub(super) fn encode_meta(
        &self,
        meta: Option<&Value>,
    ) -> Result<Option<wire::DynamicValue>, ProviderDiagnostics> {
        let Some(schema) = &self.schema.provider_meta else { return Ok(None) };
        let ty = schema.block.implied_type();
        match meta {
            Some(meta) => self.encode(meta, &ty),
            None => self.encode(&Value::null(ty.clone()), &ty),
        }
    }

    pub(super) fn decode(
        &self,
        method: Method,
        value: Option<&wire::DynamicValue>,
        ty: &Type,
    ) -> Result<Value, ProviderDiagnostics> {
        self.decode_like(method, value, ty, &Value::null(Type::Dynamic))
    }

    /// The same of a value that is probably much like the one which was sent, with which it shares what
    /// is equal.
    pub(super) fn decode_like(
        &self,
        method: Method,
        value: Option<&wire::DynamicValue>,
        ty: &Type,
        like: &Value,
    ) -> Result<Value, ProviderDiagnostics> {
        decode_value_like(value, ty, like).map_err(|reason| self.misread(method, reason))
    }

    /// Adds an error for each write-only attribute that the provider returned.
    pub(super) fn check_write_only(
        &self,
        method: Method,
        kind: &str,
        schema: &Schema,
        value: &Value,
        diagnostics: &mut ProviderDiagnostics,
    ) {
        for path in write_only::returned(&schema.block, value) {
            let detail = format!(
                "Provider {} returned a value for the write-only attribute \"{kind}{}\" from {}. Write-only \
                 attributes must never come back from a provider, since they would be stored. This is a fault of \
                 the provider, which its authors should be told about.",
                self.running.provider(),
                path_text(&path),
                method.name(self.running.protocol),
            );
            diagnostics.push(ProviderDiagnostic {
                path,
                ..problem("Provider produced invalid object".into(), detail)
            });
        }
    }

    /// Adds an error where the provider put off what it was asked for, which it was not allowed to.
    pub(super) fn check_deferred(
        &self,
        method: Method,
        deferred: Option<wire::Deferred>,
        diagnostics: &mut ProviderDiagnostics,
    ) {
        if deferred.is_some() {
            let detail = format!(
                "Provider {} deferred {} although it was not told that it may. This is a fault of the provider, \
                 which its authors should be told about.",
                self.running.provider(),
                method.name(self.running.protocol),
            );
            diagnostics
                .push(problem("Provider deferred changes when it was not allowed to".to_owned(), detail));
        }
    }
}

fn problem(summary: String, detail: String) -> ProviderDiagnostic {
    ProviderDiagnostic { is_error: true, summary, detail, path: Path::root() }
}
