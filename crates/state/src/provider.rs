//! The contract with providers. Plugin processes, built-ins and hosts are alike behind it.

use std::sync::Arc;

use async_trait::async_trait;
use plumb_address::Mode;
use plumb_diagnostics::Diagnostics;
use plumb_schema::{IdentitySchema, ProviderSchema};
use plumb_value::{Path, Value};

/// One provider instance: a process with a configuration, or its like in this process.
///
/// Values are of the schema's implied types and carry no marks; unknowns are allowed where the
/// protocol allows them. Problems that a provider reports come back as [`ProviderDiagnostic`]s in
/// the response; a provider that cannot be talked to reports that the same way, naming itself.
#[async_trait]
pub trait Provider: Send + Sync {
    /// What the provider says about itself.
    async fn schema(&self) -> Result<Arc<ProviderSchema>, Diagnostics>;

    /// Checks the provider's own configuration; the result is what to configure it with.
    async fn validate_provider_config(&self, config: Value) -> (Value, ProviderDiagnostics);

    /// Checks the configuration of a resource, data source or ephemeral resource.
    async fn validate_resource_config(&self, mode: Mode, kind: &str, config: Value) -> ProviderDiagnostics;

    /// Goes on with an instance that was configured with just this before, without a word, where there
    /// is one; it is as if both had been asked again, the checking above and the configuring below.
    /// Whether it does. Without asking this an instance is never used beyond the command.
    async fn reuse_configured(&self, _config: &Value) -> bool {
        false
    }

    /// Says that nobody will ask for anything more, so that a process may end now rather than with the
    /// command.
    async fn close(&self) {}

    /// Hands over the provider's configuration; once, before anything below.
    async fn configure(&self, config: Value) -> ProviderDiagnostics;

    /// Brings a recorded object to the current schema.
    async fn upgrade_resource_state(&self, request: UpgradeRequest) -> UpgradeResponse;

    /// Looks at an object as it is now.
    async fn read_resource(&self, request: ReadRequest) -> ReadResponse;

    /// Plans a change.
    async fn plan_resource_change(&self, request: PlanRequest) -> PlanResponse;

    /// Makes a change.
    async fn apply_resource_change(&self, request: ApplyRequest) -> ApplyResponse;

    /// Finds objects by an identifier.
    async fn import_resource_state(&self, kind: &str, id: &str) -> ImportResponse;

    /// What identities of a resource type look like; `None` where its objects have none.
    async fn identity_schema(&self, _kind: &str) -> Result<Option<Arc<IdentitySchema>>, ProviderDiagnostics> {
        Ok(None)
    }

    /// Finds objects by an identity of the current schema.
    async fn import_by_identity(&self, kind: &str, _identity: RecordedIdentity) -> ImportResponse {
        ImportResponse { imported: Vec::new(), diagnostics: vec![no_identities(kind)] }
    }

    /// Brings a recorded identity to the current schema. Who asks for anything else need not do so first.
    async fn upgrade_identity(
        &self,
        kind: &str,
        _identity: RecordedIdentity,
    ) -> Result<RecordedIdentity, ProviderDiagnostics> {
        Err(vec![no_identities(kind)])
    }

    /// Takes over an object recorded under another type.
    async fn move_resource_state(&self, request: MoveRequest) -> MoveResponse;

    /// Reads a data source.
    async fn read_data_source(&self, request: DataRequest) -> DataResponse;

    /// Opens an ephemeral resource.
    async fn open_ephemeral_resource(&self, kind: &str, config: Value) -> OpenResponse;

    /// Keeps an ephemeral resource open.
    async fn renew_ephemeral_resource(&self, kind: &str, private: Vec<u8>) -> OpenResponse;

    /// Closes an ephemeral resource.
    async fn close_ephemeral_resource(&self, kind: &str, private: Vec<u8>) -> ProviderDiagnostics;

    /// Calls a function.
    async fn call_function(&self, name: &str, arguments: Vec<Value>) -> Result<Value, FunctionError>;

    /// Asks calls under way to come to an end soon.
    async fn stop(&self);

    /// Whether its changes reach anything outside this process. Where they do not, a crash can leave
    /// nothing behind that the state does not know, so no intent need be recorded before them.
    fn acts_outside(&self) -> bool {
        true
    }
}

/// What tells an object from all others of its type, as its provider says it: which version of their schema
/// it is of, and an object in JSON.
pub type RecordedIdentity = (u64, Arc<str>);

fn no_identities(kind: &str) -> ProviderDiagnostic {
    ProviderDiagnostic {
        is_error: true,
        summary: "Resource has no identity".to_owned(),
        detail: format!("The provider knows objects of the type \"{kind}\" by their identifiers only."),
        path: Path::root(),
    }
}

/// A problem that a provider reports, with where in the object it is.
#[derive(Clone, Debug, PartialEq)]
pub struct ProviderDiagnostic {
    /// Whether the call failed.
    pub is_error: bool,
    /// Headline.
    pub summary: String,
    /// Explanation.
    pub detail: String,
    /// Which part of the object; root for the whole.
    pub path: Path,
}

/// Problems that a provider reports.
pub type ProviderDiagnostics = Vec<ProviderDiagnostic>;

/// For [`Provider::upgrade_resource_state`].
#[derive(Clone, Debug)]
pub struct UpgradeRequest {
    /// Resource type.
    pub kind: Arc<str>,
    /// Schema version under which the object was recorded.
    pub version: u64,
    /// The object as recorded: JSON.
    pub json: Arc<str>,
    /// Whether that is the flat map of texts of states from before 0.12; see [`crate::Object::flat`].
    pub flat: bool,
}

/// From [`Provider::upgrade_resource_state`].
#[derive(Clone, Debug)]
pub struct UpgradeResponse {
    /// The object under the current schema.
    pub state: Value,
    /// Problems.
    pub diagnostics: ProviderDiagnostics,
}

/// For [`Provider::read_resource`].
#[derive(Clone, Debug)]
pub struct ReadRequest {
    /// Resource type.
    pub kind: Arc<str>,
    /// The object as recorded.
    pub current: Value,
    /// Its identity, of whichever version of the schema.
    pub identity: Option<RecordedIdentity>,
    /// What the provider stored beside it.
    pub private: Vec<u8>,
    /// The module's `provider_meta`, null where there is none.
    pub meta: Option<Value>,
}

/// From [`Provider::read_resource`].
#[derive(Clone, Debug)]
pub struct ReadResponse {
    /// The object as it is; null where it is gone.
    pub state: Value,
    /// Its identity, where the provider says it.
    pub identity: Option<RecordedIdentity>,
    /// What the provider stores beside it.
    pub private: Vec<u8>,
    /// Problems.
    pub diagnostics: ProviderDiagnostics,
}

/// For [`Provider::plan_resource_change`].
#[derive(Clone, Debug)]
pub struct PlanRequest {
    /// Resource type.
    pub kind: Arc<str>,
    /// The object as it is; null to create one.
    pub prior: Value,
    /// What it should be, computed attributes taken from the prior; null to destroy it.
    pub proposed: Value,
    /// What the author wrote; null to destroy it.
    pub config: Value,
    /// The identity of the object as it is, of whichever version of the schema.
    pub identity: Option<RecordedIdentity>,
    /// What the provider stored beside the object.
    pub private: Vec<u8>,
    /// The module's `provider_meta`.
    pub meta: Option<Value>,
}

/// From [`Provider::plan_resource_change`].
#[derive(Clone, Debug)]
pub struct PlanResponse {
    /// What the object will be.
    pub planned: Value,
    /// The identity that it will have, where all of it is known by now.
    pub identity: Option<RecordedIdentity>,
    /// Changes at these places cannot be made in place.
    pub requires_replace: Vec<Path>,
    /// What the provider wants back when it applies.
    pub private: Vec<u8>,
    /// Whether the provider's answers need the tolerances of the older SDK.
    pub legacy_type_system: bool,
    /// Problems.
    pub diagnostics: ProviderDiagnostics,
}

/// For [`Provider::apply_resource_change`].
#[derive(Clone, Debug)]
pub struct ApplyRequest {
    /// Resource type.
    pub kind: Arc<str>,
    /// The object as it is; null to create one.
    pub prior: Value,
    /// What was planned; null to destroy it.
    pub planned: Value,
    /// What the author wrote; null to destroy it.
    pub config: Value,
    /// The identity that was planned; to destroy an object, the one that it has.
    pub identity: Option<RecordedIdentity>,
    /// What the plan's answer said to hand back.
    pub private: Vec<u8>,
    /// The module's `provider_meta`.
    pub meta: Option<Value>,
}

/// From [`Provider::apply_resource_change`].
#[derive(Clone, Debug)]
pub struct ApplyResponse {
    /// What the object is now, as far as known even where the call failed.
    pub state: Value,
    /// Its identity, where the provider says it.
    pub identity: Option<RecordedIdentity>,
    /// What the provider stores beside it.
    pub private: Vec<u8>,
    /// Whether the provider's answers need the tolerances of the older SDK.
    pub legacy_type_system: bool,
    /// Whether nobody knows what came of it: the provider was asked, and there is no answer that could
    /// be understood. What it was asked to do may be done, in part or not at all.
    pub unanswered: bool,
    /// Problems.
    pub diagnostics: ProviderDiagnostics,
}

/// From [`Provider::import_resource_state`].
#[derive(Clone, Debug, Default)]
pub struct ImportResponse {
    /// What was found.
    pub imported: Vec<ImportedObject>,
    /// Problems.
    pub diagnostics: ProviderDiagnostics,
}

/// An object found by its identifier.
#[derive(Clone, Debug)]
pub struct ImportedObject {
    /// Resource type.
    pub kind: Arc<str>,
    /// As much of the object as is needed to read it.
    pub state: Value,
    /// Its identity, where the provider says it.
    pub identity: Option<RecordedIdentity>,
    /// What the provider stores beside it.
    pub private: Vec<u8>,
}

/// For [`Provider::move_resource_state`].
#[derive(Clone, Debug)]
pub struct MoveRequest {
    /// The provider that recorded the object.
    pub source_provider: String,
    /// The type under which it was recorded.
    pub source_kind: Arc<str>,
    /// The schema version under which it was recorded.
    pub source_version: u64,
    /// The object as recorded: JSON.
    pub source_json: Arc<str>,
    /// What the other provider stored beside it.
    pub source_private: Vec<u8>,
    /// Its identity as the other provider said it.
    pub source_identity: Option<RecordedIdentity>,
    /// The type that it becomes.
    pub target_kind: Arc<str>,
}

/// From [`Provider::move_resource_state`].
#[derive(Clone, Debug)]
pub struct MoveResponse {
    /// The object under its new type.
    pub state: Value,
    /// Its identity, where the provider says it.
    pub identity: Option<RecordedIdentity>,
    /// What the provider stores beside it.
    pub private: Vec<u8>,
    /// Problems.
    pub diagnostics: ProviderDiagnostics,
}

/// For [`Provider::read_data_source`].
#[derive(Clone, Debug)]
pub struct DataRequest {
    /// Data source type.
    pub kind: Arc<str>,
    /// What the author wrote.
    pub config: Value,
    /// The module's `provider_meta`.
    pub meta: Option<Value>,
}

/// From [`Provider::read_data_source`].
#[derive(Clone, Debug)]
pub struct DataResponse {
    /// What was read.
    pub state: Value,
    /// Problems.
    pub diagnostics: ProviderDiagnostics,
}

/// From [`Provider::open_ephemeral_resource`] and [`Provider::renew_ephemeral_resource`].
#[derive(Clone, Debug)]
pub struct OpenResponse {
    /// The object; null when renewing.
    pub result: Value,
    /// What to hand back when renewing and closing.
    pub private: Vec<u8>,
    /// When it must be renewed, in milliseconds since 1970.
    pub renew_at_ms: Option<i64>,
    /// Problems.
    pub diagnostics: ProviderDiagnostics,
}

/// Why a function of a provider failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct FunctionError {
    /// What is wrong.
    pub text: String,
    /// Which argument is at fault, counted from 0.
    pub argument: Option<usize>,
}
