//! The table of states, and one state in it with its lock.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use plumb_state::{BackendError, LockInfo};

use super::PgOptions;
use super::address::Address;
use super::connection::{Column, Connection, PgError};
use crate::DEFAULT_WORKSPACE;
use crate::remote::RemoteClient;

/// The number under which workspaces are locked that are not there yet.
const CREATION: &str = "-1";

/// The table of states, in one session: locks belong to it.
pub(super) struct Database {
    options: PgOptions,
    address: Address,
    session: Mutex<Session>,
}

#[derive(Default)]
struct Session {
    connection: Option<Connection>,
    /// Counts sessions: a lock of an earlier one is gone.
    number: u64,
}

/// A name of a schema as statements have it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('\0', "").replace('"', "\"\""))
}

impl Database {
    pub(super) fn new(options: PgOptions, address: Address) -> Self {
        Database { options, address, session: Mutex::default() }
    }

    /// The table, as statements have it.
    fn table(&self) -> String {
        format!("{}.states", quoted(&self.options.schema_name))
    }

    fn session(&self) -> MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a statement in the session; opens one where there is none, and makes what must be there.
    fn ask(
        &self,
        action: &'static str,
        statement: &str,
        texts: &[&[u8]],
    ) -> Result<Vec<Vec<Column>>, BackendError> {
        let mut session = self.session();
        let failed = |error: PgError| self.failed(action, &error);
        if session.connection.is_none() {
            let mut connection = Connection::open(&self.address).map_err(failed)?;
            self.prepare(&mut connection).map_err(failed)?;
            session.connection = Some(connection);
            session.number += 1;
        }
        let Some(connection) = &mut session.connection else { return Ok(Vec::new()) };
        let answer = connection.ask(statement, texts);
        if answer.as_ref().is_err_and(|error| error.code.is_empty()) {
            session.connection = None;
        }
        answer.map_err(failed)
    }

    /// Makes schema, table and index, where they are not there and nobody else makes them.
    fn prepare(&self, connection: &mut Connection) -> Result<(), PgError> {
        let schema = &self.options.schema_name;
        if !self.options.skips_schema_creation {
            let count = "SELECT 1 FROM information_schema.schemata WHERE schema_name = $1";
            // Not everybody may make one, even where it is there.
            if connection.ask(count, &[schema.as_bytes()])?.is_empty() {
                connection.ask(&format!("CREATE SCHEMA IF NOT EXISTS {}", quoted(schema)), &[])?;
            }
        }
        let table = self.table();
        if !self.options.skips_table_creation {
            // Locks are known by numbers that are the same for all schemas of a database.
            connection.ask("CREATE SEQUENCE IF NOT EXISTS public.global_states_id_seq AS bigint", &[])?;
            let columns = "id bigint NOT NULL DEFAULT nextval('public.global_states_id_seq') PRIMARY KEY, name text UNIQUE, \
                           data text";
            connection.ask(&format!("CREATE TABLE IF NOT EXISTS {table} ({columns})"), &[])?;
        }
        if !self.options.skips_index_creation {
            connection
                .ask(&format!("CREATE UNIQUE INDEX IF NOT EXISTS states_by_name ON {table} (name)"), &[])?;
        }
        Ok(())
    }

    pub(super) fn workspaces(&self) -> Result<Vec<String>, BackendError> {
        let statement = format!("SELECT name FROM {} WHERE name != $1 ORDER BY name", self.table());
        let rows = self.ask("list", &statement, &[DEFAULT_WORKSPACE.as_bytes()])?;
        let mut names: Vec<String> = rows.iter().filter_map(|row| text(row, 0)).collect();
        names.sort();
        names.insert(0, DEFAULT_WORKSPACE.to_owned());
        Ok(names)
    }

    fn failed(&self, action: &'static str, error: &PgError) -> BackendError {
        let advice = match error.code.as_str() {
            "" => {
                "Check that the server runs, that conn_str is right, and that nothing between here and there keeps it from \
                 being reached. A server that encrypts nothing needs sslmode=disable in conn_str."
            }
            "28P01" | "28000" => "Check user and password in conn_str, or PGUSER and PGPASSWORD.",
            "42501" => {
                "This user may not do that. Whoever may can make the schema, the table and the index beforehand; then set \
                 skip_schema_creation, skip_table_creation and skip_index_creation."
            }
            "42P01" | "3F000" => {
                "The table is not there. It is made by \"plumb init\" unless skip_table_creation is set."
            }
            _ => "",
        };
        BackendError::Storage {
            action,
            place: self.address.shown(),
            cause: error.message.trim_end_matches('.').into(),
            advice: advice.to_owned(),
        }
    }
}

fn text(row: &[Column], at: usize) -> Option<String> {
    row.get(at)?.as_ref().map(|bytes| String::from_utf8_lossy(bytes).into_owned())
}

/// One state.
pub(super) struct PgClient {
    database: Arc<Database>,
    workspace: String,
    held: Mutex<Option<Held>>,
}

/// A lock that is held.
#[derive(Clone)]
struct Held {
    /// Its number in the database.
    number: String,
    /// The session that has it.
    session: u64,
}

impl PgClient {
    pub(super) fn new(database: Arc<Database>, workspace: &str) -> Self {
        PgClient { database, workspace: workspace.to_owned(), held: Mutex::default() }
    }

    fn held(&self) -> MutexGuard<'_, Option<Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes the state.
    pub(super) fn delete(&self) -> Result<(), BackendError> {
        let statement = format!("DELETE FROM {} WHERE name = $1", self.database.table());
        self.database.ask("remove", &statement, &[self.workspace.as_bytes()]).map(drop)
    }

    fn unlock_number(&self, number: &str) -> Result<(), BackendError> {
        let statement = "SELECT pg_advisory_unlock($1::bigint)";
        self.database.ask("unlock", statement, &[number.as_bytes()]).map(drop)
    }

    fn locked(&self, cause: &str) -> BackendError {
        let cause = format!("{cause}: {}", self.workspace);
        BackendError::Locked { place: self.place(), info: None, cause }
    }

    /// Takes the locks of the row and of creation; which number stays locked.
    fn take(&self) -> Result<String, BackendError> {
        let statement = format!(
            "SELECT states.id, pg_try_advisory_lock(states.id), pg_try_advisory_lock({CREATION}) FROM {} WHERE states.name = $1",
            self.database.table()
        );
        let rows = self.database.ask("lock", &statement, &[self.workspace.as_bytes()])?;
        let is_true = |text: Option<String>| text.as_deref() == Some("t");
        let Some(row) = rows.first() else {
            let statement = format!("SELECT pg_try_advisory_lock({CREATION})");
            let rows = self.database.ask("lock", &statement, &[])?;
            return match rows.first().map(|row| is_true(text(row, 0))) {
                Some(true) => Ok(CREATION.to_owned()),
                _ => Err(self.locked("Already locked for workspace creation")),
            };
        };
        let number = text(row, 0).unwrap_or_default();
        match (is_true(text(row, 1)), is_true(text(row, 2))) {
            (true, true) => {
                self.unlock_number(CREATION)?;
                Ok(number)
            }
            (true, false) => {
                self.unlock_number(&number)?;
                Err(self.locked("Cannot lock workspace; already locked for workspace creation"))
            }
            (false, has_creation) => {
                if has_creation {
                    self.unlock_number(CREATION)?;
                }
                Err(self.locked("Workspace is already locked"))
            }
        }
    }
}

impl RemoteClient for PgClient {
    fn place(&self) -> String {
        format!("{:?} in {} of {}", self.workspace, self.database.table(), self.database.address.shown())
    }

    fn get(&self) -> Result<Option<Vec<u8>>, BackendError> {
        let statement = format!("SELECT data FROM {} WHERE name = $1", self.database.table());
        let rows = self.database.ask("read", &statement, &[self.workspace.as_bytes()])?;
        Ok(rows.into_iter().next().and_then(|mut row| row.pop().flatten()))
    }

    fn put(&self, bytes: &[u8], _: Option<&str>) -> Result<(), BackendError> {
        if let Some(cause) = self.lock_loss() {
            return Err(BackendError::LockLost { place: self.place(), cause });
        }
        let statement = format!(
            "INSERT INTO {} (name, data) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET data = $2 WHERE states.name = $1",
            self.database.table()
        );
        self.database.ask("write", &statement, &[self.workspace.as_bytes(), bytes]).map(drop)
    }

    fn lock(&self, _: &LockInfo) -> Result<(), BackendError> {
        let number = self.take()?;
        let session = self.database.session().number;
        *self.held() = Some(Held { number, session });
        Ok(())
    }

    fn lock_loss(&self) -> Option<String> {
        let held = self.held().clone()?;
        // Somebody else may be asking right now; then the session lives.
        let mut session = self.database.session.try_lock().ok()?;
        if let Some(connection) = &mut session.connection
            && connection.is_doubtful()
            && connection.ask("SELECT 1", &[]).is_err()
        {
            session.connection = None;
        }
        let is_lost = session.connection.is_none() || session.number != held.session;
        is_lost.then(|| "the connection that held it has ended".to_owned())
    }

    fn unlock(&self, _: &LockInfo) -> Result<(), BackendError> {
        let Some(held) = self.held().take() else { return Ok(()) };
        if self.database.session().number != held.session {
            // It ended with its session.
            return Ok(());
        }
        self.unlock_number(&held.number)
    }

    fn force_unlock(&self, id: &str) -> Result<LockInfo, BackendError> {
        Err(BackendError::NoSuchLock {
            place: self.place(),
            id: id.to_owned(),
            cause: "locks of PostgreSQL end with the session that holds them, and nobody else can give them back. Where it \
                    does not end, look for it in pg_locks, and end it with pg_terminate_backend"
                .to_owned(),
        })
    }
}
