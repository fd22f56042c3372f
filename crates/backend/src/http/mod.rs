//! A state behind an address that is read with `GET` and written with `POST`, or what the options say.
//!
//! Responsible for the options and for what there is: one workspace.

mod client;
mod connection;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use plumb_state::{Backend, BackendError, StateStore};

use crate::remote::JournalPlace;
use crate::{DEFAULT_WORKSPACE, InvalidOption};
use client::HttpClient;

/// Where the state is and how it is asked for.
#[derive(Clone, Default)]
pub struct HttpOptions {
    /// The state.
    pub address: String,
    /// How it is written; `POST` where empty.
    pub update_method: String,
    /// The lock; where empty there is none.
    pub lock_address: String,
    /// How it is taken; `LOCK` where empty.
    pub lock_method: String,
    /// Where it is given back; where empty it cannot be.
    pub unlock_address: String,
    /// How it is given back; `UNLOCK` where empty.
    pub unlock_method: String,
    /// For basic authentication.
    pub username: String,
    /// For basic authentication.
    pub password: String,
    /// Whether any certificate of the server will do.
    pub skips_verification: bool,
    /// How often a request is made again that failed.
    pub retries_max: u32,
    /// How long to wait before the first time.
    pub retry_wait_min: Duration,
    /// How long to wait at most.
    pub retry_wait_max: Duration,
    /// How many seconds the server may be silent; the usual time where empty.
    pub silence_max_s: String,
    /// PEM of the authorities to trust instead of the system's; may be empty.
    pub authorities: String,
    /// PEM of the certificate to show; may be empty.
    pub certificate: String,
    /// PEM of its key.
    pub private_key: String,
}

/// A state behind an address. Proxies are those that the environment names.
pub struct HttpBackend {
    client: Arc<HttpClient>,
    journals: JournalPlace,
}

impl HttpBackend {
    /// Makes no request yet.
    ///
    /// # Errors
    /// The option that is wrong.
    pub fn new(options: HttpOptions, journals: JournalPlace) -> Result<HttpBackend, InvalidOption> {
        Ok(HttpBackend { client: Arc::new(HttpClient::new(options)?), journals })
    }
}

fn no_workspaces(name: &str) -> BackendError {
    BackendError::Workspace {
        name: name.to_owned(),
        cause: "workspaces not supported: the \"http\" backend has one state, and so the workspace \"default\" alone"
            .to_owned(),
    }
}

#[async_trait]
impl Backend for HttpBackend {
    async fn workspaces(&self) -> Result<Vec<String>, BackendError> {
        Ok(vec![DEFAULT_WORKSPACE.to_owned()])
    }

    fn has_workspaces(&self) -> bool {
        false
    }

    async fn create_workspace(&self, name: &str) -> Result<(), BackendError> {
        if name == DEFAULT_WORKSPACE { Ok(()) } else { Err(no_workspaces(name)) }
    }

    async fn delete_workspace(&self, name: &str) -> Result<(), BackendError> {
        Err(no_workspaces(name))
    }

    fn store(&self, workspace: &str) -> Result<Arc<dyn StateStore>, BackendError> {
        if workspace != DEFAULT_WORKSPACE {
            return Err(no_workspaces(workspace));
        }
        let identity = self.client.address().to_owned();
        Ok(Arc::new(self.journals.store(self.client.clone(), "http", &identity)))
    }
}
