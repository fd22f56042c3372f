//! States as rows of a table in a database of PostgreSQL, with its advisory locks.
//!
//! Responsible for the tables and rows, which Terraform uses too, and for workspaces.

mod address;
mod client;
mod connection;
mod login;
mod messages;
mod trust;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use plumb_state::{Backend, BackendError, StateStore};

use crate::blocking::blocking;
use crate::local::workspace::{require_deletable, require_valid};
use crate::remote::{JournalPlace, RemoteClient as _};
use crate::{DEFAULT_WORKSPACE, InvalidOption};
use address::Address;
use client::{Database, PgClient};

/// Where the states are.
#[derive(Clone, Default)]
pub struct PgOptions {
    /// An address, or settings as `name=value`.
    pub connection: String,
    /// The schema with the table.
    pub schema_name: String,
    /// Whether the schema is there already.
    pub skips_schema_creation: bool,
    /// Whether the table is there already.
    pub skips_table_creation: bool,
    /// Whether the index is there already.
    pub skips_index_creation: bool,
    /// What the environment says: `PG...`, `HOME`, `USER` and `PLUMB_SERVER_TIMEOUT`.
    pub environment: BTreeMap<String, String>,
}

/// States in a database.
#[derive(Clone)]
pub struct PgBackend {
    database: Arc<Database>,
    journals: JournalPlace,
}

impl PgBackend {
    /// Does not connect yet.
    ///
    /// # Errors
    /// The option that is wrong.
    pub fn new(options: PgOptions, journals: JournalPlace) -> Result<PgBackend, InvalidOption> {
        let address = Address::parse(&options.connection, &options.environment)
            .map_err(|cause| InvalidOption::new("conn_str", "Invalid conn_str", cause))?;
        Ok(PgBackend { database: Arc::new(Database::new(options, address)), journals })
    }

    fn client(&self, workspace: &str) -> PgClient {
        PgClient::new(self.database.clone(), workspace)
    }

    /// Makes the row of a workspace, so that others see it in their lists.
    fn create(&self, name: &str) -> Result<(), BackendError> {
        if self.database.workspaces()?.iter().any(|known| known == name) {
            return Ok(());
        }
        self.journals.begin(&self.client(name))
    }
}

#[async_trait]
impl Backend for PgBackend {
    async fn workspaces(&self) -> Result<Vec<String>, BackendError> {
        let database = self.database.clone();
        blocking(move || database.workspaces()).await
    }

    async fn create_workspace(&self, name: &str) -> Result<(), BackendError> {
        require_valid(name)?;
        if name == DEFAULT_WORKSPACE {
            return Ok(());
        }
        let (backend, name) = (self.clone(), name.to_owned());
        blocking(move || backend.create(&name)).await
    }

    async fn delete_workspace(&self, name: &str) -> Result<(), BackendError> {
        require_deletable(name)?;
        let client = self.client(name);
        blocking(move || client.delete()).await
    }

    fn store(&self, workspace: &str) -> Result<Arc<dyn StateStore>, BackendError> {
        require_valid(workspace)?;
        let client = self.client(workspace);
        let identity = client.place();
        Ok(Arc::new(self.journals.store(Arc::new(client), "pg", &identity)))
    }
}
