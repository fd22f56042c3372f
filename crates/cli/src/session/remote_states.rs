//! Outputs of other states, for `terraform_remote_state`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use plumb_backend::{LocalBackend, LocalOptions};
use plumb_builtin::{RemoteStateError, RemoteStateRequest, RemoteStates};
use plumb_state::Backend as _;
use plumb_value::Value;

use super::recovery;

/// States in the backends that are known here.
pub(super) struct KnownStates;

const ARGUMENTS: [&str; 2] = ["path", "workspace_dir"];

fn argument(config: &Value, name: &str) -> Result<Option<PathBuf>, RemoteStateError> {
    let Some(value) = config.part(name).filter(|value| !value.is_null()) else { return Ok(None) };
    match value.as_str() {
        Some(path) => Ok(Some(PathBuf::from(path))),
        None => Err(RemoteStateError::InvalidConfig(format!("{name} must be a string"))),
    }
}

fn backend(kind: &str, config: &Value) -> Result<LocalBackend, RemoteStateError> {
    if kind != "local" {
        return Err(RemoteStateError::UnknownBackend);
    }
    for (name, _) in config.entries().unwrap_or_default() {
        if !ARGUMENTS.contains(&&**name) {
            return Err(RemoteStateError::InvalidConfig(format!("unsupported attribute \"{name}\"")));
        }
    }
    Ok(LocalBackend::new(LocalOptions {
        path: argument(config, "path")?,
        workspace_directory: argument(config, "workspace_dir")?,
        ..LocalOptions::default()
    }))
}

#[async_trait]
impl RemoteStates for KnownStates {
    async fn check(&self, kind: &str, config: &Value) -> Result<(), RemoteStateError> {
        backend(kind, config).map(drop)
    }

    async fn outputs(
        &self,
        request: RemoteStateRequest,
    ) -> Result<Option<BTreeMap<Arc<str>, Value>>, RemoteStateError> {
        let failed = |diagnostic: &plumb_diagnostics::Diagnostic| RemoteStateError::Failed {
            summary: diagnostic.summary.clone(),
            detail: diagnostic.detail.clone(),
        };
        let backend = backend(&request.backend, &request.config)?;
        let store = backend.store(&request.workspace).map_err(|error| failed(&error.diagnostic()))?;
        let (known, _) = recovery::read(&store).await.map_err(|diagnostics| {
            diagnostics.iter().next().map_or(RemoteStateError::UnknownBackend, failed)
        })?;
        if known.version.is_none() && known.state.is_empty() {
            return Ok(None);
        }
        Ok(Some(known.state.outputs.into_iter().map(|(name, output)| (name, output.value)).collect()))
    }
}
