//! Outputs of other states, for `terraform_remote_state`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use plumb_backend::{InvalidOption, LocalOptions};
use plumb_builtin::{RemoteStateError, RemoteStateRequest, RemoteStates};
use plumb_state::Backend;
use plumb_value::Value;

use super::{BackendSettings, recovery};
use crate::environment::Environment;

/// States in the backends that are known here.
pub(super) struct KnownStates {
    pub(super) environment: Environment,
    pub(super) directory: PathBuf,
}

impl KnownStates {
    fn backend(&self, kind: &str, config: &Value) -> Result<Arc<dyn Backend>, RemoteStateError> {
        let settings = BackendSettings::of_value(kind, config).map_err(|wrong| match wrong {
            None => RemoteStateError::UnknownBackend,
            Some(wrong) => RemoteStateError::InvalidConfig(wrong),
        })?;
        settings
            .try_open(LocalOptions::default(), &self.environment, &self.directory)
            .map_err(|wrong| RemoteStateError::InvalidConfig(sentence(&wrong)))
    }
}

fn sentence(wrong: &[InvalidOption]) -> String {
    let texts: Vec<String> =
        wrong.iter().map(|wrong| format!("{}. {}", wrong.summary, wrong.detail)).collect();
    texts.join(" ").trim_end_matches('.').to_owned()
}

#[async_trait]
impl RemoteStates for KnownStates {
    async fn check(&self, kind: &str, config: &Value) -> Result<(), RemoteStateError> {
        self.backend(kind, config).map(drop)
    }

    async fn outputs(
        &self,
        request: RemoteStateRequest,
    ) -> Result<Option<BTreeMap<Arc<str>, Value>>, RemoteStateError> {
        let failed = |diagnostic: &plumb_diagnostics::Diagnostic| RemoteStateError::Failed {
            summary: diagnostic.summary.clone(),
            detail: diagnostic.detail.clone(),
        };
        let backend = self.backend(&request.backend, &request.config)?;
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
