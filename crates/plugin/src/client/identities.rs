//! Identities on their way to a provider and back.
//!
//! Responsible for asking a provider what they look like, once and not before there is one, and for
//! bringing what is recorded to that form. Providers that know nothing of identities are asked nothing.

use std::sync::Arc;

use plumb_schema::IdentitySchema;
use plumb_state::{ProviderDiagnostics, RecordedIdentity};

use super::session::Session;
use crate::generated::provider as wire;
use crate::wire::{
    IdentitySchemas, diagnostics_from_wire, identity_schemas_from_wire, identity_to_wire, identity_value,
    raw_identity, recorded_identity,
};
use crate::{Cause, Method};

impl Session {
    /// What identities of a type look like; `None` where its objects have none.
    pub(super) async fn identity_schema(
        &self,
        kind: &str,
    ) -> Result<Option<Arc<IdentitySchema>>, ProviderDiagnostics> {
        let schemas = self.identities.get_or_try_init(|| self.ask_for_identities()).await?;
        Ok(schemas.get(kind).cloned())
    }

    async fn ask_for_identities(&self) -> Result<IdentitySchemas, ProviderDiagnostics> {
        let method = Method::GetResourceIdentitySchemas;
        let answer: wire::GetResourceIdentitySchemasResponse = match self.ask(method, &()).await {
            Ok(answer) => answer,
            // Providers that are older than identities.
            Err(failure) if matches!(failure.cause, Cause::Unsupported { .. }) => {
                return Ok(IdentitySchemas::new());
            }
            Err(failure) => return Err(vec![failure.to_provider_diagnostic()]),
        };
        let diagnostics = diagnostics_from_wire(answer.diagnostics);
        if diagnostics.iter().any(|diagnostic| diagnostic.is_error) {
            return Err(diagnostics);
        }
        identity_schemas_from_wire(answer.identity_schemas).map_err(|reason| self.misread(method, reason))
    }

    /// A recorded identity as the provider understands it. Where objects of the type no longer have any,
    /// there is nothing to say.
    pub(super) async fn encode_identity(
        &self,
        kind: &str,
        identity: Option<&RecordedIdentity>,
    ) -> Result<Option<wire::ResourceIdentityData>, ProviderDiagnostics> {
        let Some(identity) = identity else { return Ok(None) };
        let Some(schema) = self.identity_schema(kind).await? else { return Ok(None) };
        let current = self.current_identity(kind, identity, &schema).await?;
        identity_to_wire(&current, &schema).map(Some).map_err(|reason| self.misfit(&reason))
    }

    /// The identity in an answer, as it is recorded; `None` where the provider does not say it, or does not
    /// know all of it yet.
    pub(super) async fn decode_identity(
        &self,
        method: Method,
        kind: &str,
        data: Option<wire::ResourceIdentityData>,
    ) -> Result<Option<RecordedIdentity>, ProviderDiagnostics> {
        let Some(data) = data.filter(|data| data.identity_data.is_some()) else { return Ok(None) };
        let Some(schema) = self.identity_schema(kind).await? else {
            let reason = format!("objects of the type \"{kind}\" have no identities, and this one has");
            return Err(self.misread(method, reason));
        };
        let value = identity_value(Some(&data), &schema).map_err(|reason| self.misread(method, reason))?;
        let Some(value) = value else { return Ok(None) };
        if !value.is_wholly_known() {
            if method == Method::PlanResourceChange {
                return Ok(None);
            }
            return Err(self.misread(method, "the identity has parts that are not known".to_owned()));
        }
        recorded_identity(&value, &schema).map(Some).map_err(|reason| self.misread(method, reason))
    }

    /// A recorded identity of the schema's version.
    pub(super) async fn current_identity(
        &self,
        kind: &str,
        identity: &RecordedIdentity,
        schema: &IdentitySchema,
    ) -> Result<RecordedIdentity, ProviderDiagnostics> {
        if identity.0 == schema.version {
            return Ok(identity.clone());
        }
        let method = Method::UpgradeResourceIdentity;
        let request = wire::UpgradeResourceIdentityRequest {
            type_name: kind.to_owned(),
            version: i64::try_from(identity.0).unwrap_or(i64::MAX),
            raw_identity: Some(raw_identity(identity)),
        };
        let answer: wire::UpgradeResourceIdentityResponse = self.exchange(method, &request).await?;
        let diagnostics = diagnostics_from_wire(answer.diagnostics);
        if diagnostics.iter().any(|diagnostic| diagnostic.is_error) {
            return Err(diagnostics);
        }
        let upgraded = self.decode_identity(method, kind, answer.upgraded_identity).await?;
        upgraded.ok_or_else(|| self.misread(method, "there is no identity in it".to_owned()))
    }
}
