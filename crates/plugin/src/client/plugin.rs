//! A plugin from the first thought of it to its end: what it is started with, its schema, its process.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use plumb_address::ProviderAddress;
use plumb_diagnostics::{Diagnostic, Diagnostics, Severity};
use plumb_schema::ProviderSchema;
use plumb_state::ProviderDiagnostics;
use tokio::sync::{OnceCell, Semaphore, watch};

use super::running::Running;
use super::session::Session;
use super::slot::Slot;
use super::standing::Standing;
use crate::reattach::Reattach;
use crate::spare::SpareSource;
use crate::wire::IdentitySchemas;
use crate::{Cause, LogSink, Method, PluginFailure, Protocol, RawSchema, SchemaCache, SchemaError};

/// How long a plugin may take to say that it is ready. Large ones on slow disks take many seconds.
const HANDSHAKE_TIMEOUT_S: u64 = 60;

/// Where the plugin comes from.
#[derive(Clone, Debug)]
pub enum Source {
    /// A program to start.
    Program {
        /// Where it is.
        path: PathBuf,
        /// What to call it with; providers take nothing.
        arguments: Vec<OsString>,
    },
    /// Someone else started it.
    Reattach(Reattach),
}

/// What a plugin is started with.
#[derive(Clone)]
pub struct LaunchOptions {
    /// The provider, for messages.
    pub provider: ProviderAddress,
    /// Where it comes from.
    pub source: Source,
    /// Variables that it gets beside those of this process.
    pub environment: Vec<(OsString, OsString)>,
    /// Whether to speak TLS with it; see [`crate::tls_disabled_by_environment`].
    pub tls: bool,
    /// How long it may take to say that it is ready.
    pub handshake_timeout: Duration,
    /// The Terraform version that it is told.
    pub terraform_version: String,
    /// Where the process shall put its socket: a directory for this user alone, which whoever names it
    /// removes. A temporary one is made where there is none.
    pub socket_directory: Option<PathBuf>,
    /// How many programs may be starting at once, all in all; a large one takes half a second of a
    /// processor for that, and more at once than there are processors would only be ready later.
    pub starts: Option<Arc<Semaphore>>,
    /// Receives what it logs.
    pub log_sink: Option<LogSink>,
    /// Where schemas are remembered between commands.
    pub schema_cache: Option<Arc<SchemaCache>>,
    /// Where to look for a process that was started ahead, before one is started.
    pub spares: Option<Arc<dyn SpareSource>>,
}

impl LaunchOptions {
    /// A program with everything else as usual.
    pub fn program(
        provider: ProviderAddress,
        path: impl Into<PathBuf>,
        terraform_version: impl Into<String>,
    ) -> Self {
        Self::new(
            provider,
            Source::Program { path: path.into(), arguments: Vec::new() },
            terraform_version.into(),
        )
    }

    /// A provider that someone else started.
    pub fn reattach(
        provider: ProviderAddress,
        reattach: Reattach,
        terraform_version: impl Into<String>,
    ) -> Self {
        Self::new(provider, Source::Reattach(reattach), terraform_version.into())
    }

    fn new(provider: ProviderAddress, source: Source, terraform_version: String) -> Self {
        LaunchOptions {
            provider,
            source,
            environment: Vec::new(),
            tls: true,
            handshake_timeout: Duration::from_secs(HANDSHAKE_TIMEOUT_S),
            terraform_version,
            socket_directory: None,
            starts: None,
            log_sink: None,
            schema_cache: None,
            spares: None,
        }
    }
}

/// A provider in another process.
///
/// Making one costs nothing: the process is started with the first call that needs it, and not at
/// all where only a remembered schema is asked for. Dropping it kills the process;
/// [`Plugin::shutdown`] lets it end in good order.
pub struct Plugin {
    options: LaunchOptions,
    slot: Slot,
    pub(super) standing: Mutex<Standing>,
    schema: OnceCell<Result<Known, Diagnostics>>,
    /// What the process itself answered when it was asked for the schema, where it was.
    asked: OnceCell<Known>,
    /// What identities look like, once somebody has asked.
    identities: Arc<OnceCell<IdentitySchemas>>,
    /// Nobody waits for it any longer.
    abandoned: watch::Sender<bool>,
}

/// A schema, and the protocol in which it was said.
#[derive(Clone)]
struct Known {
    schema: Arc<ProviderSchema>,
    protocol: Protocol,
}

impl Known {
    /// A provider that has to be asked anyway may answer differently each time.
    fn may_be_remembered(&self) -> bool {
        self.schema.capabilities.schema_optional
    }
}

impl Plugin {
    /// A plugin that will be started when it is needed.
    pub fn launch(options: LaunchOptions) -> Arc<Plugin> {
        Arc::new(Plugin {
            options,
            slot: Slot::default(),
            standing: Mutex::default(),
            schema: OnceCell::new(),
            asked: OnceCell::new(),
            identities: Arc::default(),
            abandoned: watch::Sender::new(false),
        })
    }

    /// What it was made with.
    pub fn options(&self) -> &LaunchOptions {
        &self.options
    }

    /// Starts the process now, to have it ready when it is needed.
    pub async fn start(&self) -> Result<(), Diagnostics> {
        self.running().await.map(|_| ()).map_err(|failure| Diagnostics::from(&failure))
    }

    /// Whether the process was started, successfully or not.
    pub fn is_started(&self) -> bool {
        self.slot.cell().initialized()
    }

    /// Asks the process for its schema, and returns the answer as it is.
    pub async fn raw_schema(&self) -> Result<RawSchema, Diagnostics> {
        let raw = async { self.fetch_schema(self.running().await?.as_ref()).await };
        raw.await.map_err(|failure| Diagnostics::from(&failure))
    }

    /// What it has been asked and has not answered, of that what was asked first.
    pub fn unanswered(&self) -> Option<PluginFailure> {
        self.started()?.unanswered()
    }

    /// Ends the process in good order, by force after two seconds. Calls under way fail.
    pub async fn shutdown(&self) {
        if let Some(running) = self.started() {
            running.shutdown().await;
        }
    }

    /// Ends the process at once, whatever it is doing.
    pub async fn kill(&self) {
        if let Some(running) = self.started() {
            running.kill().await;
        }
    }

    /// Ends the process at once, also while it is being started. Whoever waits for it is told that it
    /// did not answer.
    pub async fn abandon(&self) {
        self.abandoned.send_replace(true);
        if let Some(running) = self.started() {
            running.abandon().await;
        }
    }

    /// The process, if it runs already.
    pub(super) fn started(&self) -> Option<Arc<Running>> {
        self.slot.running()
    }

    pub(super) fn slot(&self) -> &Slot {
        &self.slot
    }

    pub(super) async fn running(&self) -> Result<Arc<Running>, PluginFailure> {
        self.slot.cell().get_or_init(|| self.start_or_abandon()).await.clone()
    }

    async fn start_or_abandon(&self) -> Result<Arc<Running>, PluginFailure> {
        let began = Instant::now();
        let mut abandoned = self.abandoned.subscribe();
        tokio::select! {
            biased;
            // What is being started is dropped, which ends it.
            _ = abandoned.wait_for(|abandoned| *abandoned) => {
                Err(self.options.failure(Cause::HandshakeTimeout(began.elapsed())))
            }
            running = Running::start(&self.options) => running.map(Arc::new),
        }
    }

    pub(super) async fn known_schema(&self) -> Result<Arc<ProviderSchema>, Diagnostics> {
        self.known().await.map(|known| known.schema)
    }

    async fn known(&self) -> Result<Known, Diagnostics> {
        self.schema.get_or_init(|| self.learn_schema()).await.clone()
    }

    /// Everything that calls need.
    pub(super) async fn session(&self) -> Result<Session, ProviderDiagnostics> {
        let as_reported = |failure: PluginFailure| vec![failure.to_provider_diagnostic()];
        let known = self.known().await.map_err(|diagnostics| reported(&diagnostics))?;
        let running = self.running().await.map_err(as_reported)?;
        // A program that speaks another version than it did means other things by its schema. One that
        // sets itself up while it answers this was asked: what it says is not remembered.
        if known.protocol != running.protocol {
            let ask = || async { self.ask_for_schema(&running).await };
            let fresh = self.asked.get_or_try_init(ask).await;
            let fresh = fresh.map_err(|diagnostics| reported(&diagnostics))?;
            return Ok(Session::new(running, fresh.schema.clone(), self.identities.clone()));
        }
        Ok(Session::new(running, known.schema, self.identities.clone()))
    }

    async fn learn_schema(&self) -> Result<Known, Diagnostics> {
        if let Some((cache, program)) = self.cache() {
            let load = move || {
                let known = cache.load(&program).map(|(protocol, schema)| Known { schema, protocol });
                known.filter(Known::may_be_remembered)
            };
            if let Ok(Some(known)) = tokio::task::spawn_blocking(load).await {
                return Ok(known);
            }
        }
        let running = self.running().await.map_err(|failure| Diagnostics::from(&failure))?;
        self.asked.get_or_try_init(|| self.ask_for_schema(&running)).await.cloned()
    }

    /// Asks the process, and remembers its answer for other commands where that is allowed.
    async fn ask_for_schema(&self, running: &Running) -> Result<Known, Diagnostics> {
        let raw = self.fetch_schema(running).await.map_err(|failure| Diagnostics::from(&failure))?;
        let schema = raw.decode().map_err(|problem| explained(running, problem))?;
        let known = Known { schema: Arc::new(schema), protocol: raw.protocol };
        if let Some((cache, program)) = self.cache().filter(|_| known.may_be_remembered()) {
            // In the background: for a new program its digest is needed, which takes a while. That
            // it cannot be remembered is no reason to fail, it will be asked for again.
            tokio::task::spawn_blocking(move || cache.store(&program, &raw));
        }
        Ok(known)
    }

    fn cache(&self) -> Option<(Arc<SchemaCache>, PathBuf)> {
        match &self.options.source {
            Source::Program { path, .. } => {
                Some((self.options.schema_cache.clone()?, Path::new(path).to_owned()))
            }
            Source::Reattach(_) => None,
        }
    }

    async fn fetch_schema(&self, running: &Running) -> Result<RawSchema, PluginFailure> {
        let bytes = running.call(Method::GetProviderSchema, Bytes::new()).await?;
        Ok(RawSchema { protocol: running.protocol, bytes })
    }
}

fn explained(running: &Running, problem: SchemaError) -> Diagnostics {
    match problem {
        SchemaError::Reported(reported) => reported
            .into_iter()
            .map(|diagnostic| match diagnostic.is_error {
                true => Diagnostic::error(diagnostic.summary, diagnostic.detail),
                false => Diagnostic::warning(diagnostic.summary, diagnostic.detail),
            })
            .collect(),
        SchemaError::Damaged(reason) => {
            let call = Method::GetProviderSchema.name(running.protocol);
            Diagnostics::from(&running.failure(Cause::Nonsense { call, reason }))
        }
    }
}

fn reported(diagnostics: &Diagnostics) -> ProviderDiagnostics {
    let convert = |diagnostic: &Diagnostic| plumb_state::ProviderDiagnostic {
        is_error: diagnostic.severity == Severity::Error,
        summary: diagnostic.summary.clone(),
        detail: diagnostic.detail.clone(),
        path: plumb_value::Path::root(),
    };
    diagnostics.iter().map(convert).collect()
}
