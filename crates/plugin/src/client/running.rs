//! A plugin that runs, and the connection to it.

use std::error::Error as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use rustls::pki_types::CertificateDer;
use tokio::sync::watch;
use tonic::{Code, Status};

use super::connection::{CallError, Connection};
use super::plugin::{LaunchOptions, Source};
use crate::process::{Launch, Process};
use crate::protocol::go_plugin_path;
use crate::reattach::Reattach;
use crate::spare::{ConfigurationKey, HandOver, Returned, Spare};
use crate::tls::{self, Identity};
use crate::{Cause, Endpoint, Method, PluginFailure, Protocol};

/// How long a process has to end by itself when it is asked to.
const SHUTDOWN_S: u64 = 2;
/// The end of a process is seen a moment after its connection breaks.
const EXIT_AFTER_DISCONNECT_MS: u64 = 1000;
/// An answer that was sent before the end may be read a moment after it.
const ANSWER_AFTER_EXIT_MS: u64 = 200;
/// A process that was started ahead is ready, or it is not worth waiting for.
const CONNECT_TO_SPARE_MS: u64 = 1000;

/// A connected plugin.
pub(crate) struct Running {
    pub(crate) protocol: Protocol,
    connection: Connection,
    /// None where someone else started it, who will also end it.
    process: Option<Process>,
    provider: Arc<str>,
    program: Option<PathBuf>,
    asked: Mutex<Asked>,
    /// Nobody waits for it any longer.
    abandoned: watch::Sender<bool>,
}

/// Calls that are still to be answered. Those that nobody waits for any longer stay here.
#[derive(Default)]
struct Asked {
    count: u64,
    open: Vec<(u64, Method, Instant)>,
    /// One was not answered, or asked the process to stop: nobody else is to have it.
    is_spoilt: bool,
}

impl Running {
    /// The process of these options: one that was started ahead where there is one.
    pub(crate) async fn start(options: &LaunchOptions) -> Result<Running, PluginFailure> {
        match &options.source {
            Source::Program { .. } => match Self::adopt(options).await {
                Some(running) => Ok(running),
                None => {
                    let (mut running, _) = Self::start_anew(options).await?;
                    // There is one connection, and it is there.
                    if let Some(process) = &mut running.process {
                        process.close_door();
                    }
                    Ok(running)
                }
            },
            Source::Reattach(reattach) => Self::attach(options, reattach).await,
        }
    }

    /// A new process, with what another process would need to speak with it.
    pub(crate) async fn start_anew(options: &LaunchOptions) -> Result<(Running, HandOver), PluginFailure> {
        let (path, arguments) = match &options.source {
            Source::Program { path, arguments } => (path.clone(), arguments.clone()),
            Source::Reattach(_) => return Err(options.failure(Cause::Missing)),
        };
        let identity = options.tls.then(Identity::generate).transpose();
        let identity = identity.map_err(|problem| options.failure(Cause::Connect(problem.to_string())))?;
        let launch = Launch {
            program: path,
            arguments,
            environment: options.environment.clone(),
            client_certificate: identity.as_ref().map(|identity| identity.pem.clone()),
            handshake_timeout: options.handshake_timeout,
            socket_directory: options.socket_directory.clone(),
            log_sink: options.log_sink.clone(),
        };
        Self::start_program(options, &launch, identity).await
    }

    /// Takes over a process that was started ahead. One that cannot be reached is not worth a word.
    async fn adopt(options: &LaunchOptions) -> Option<Running> {
        let spare = options.spares.as_ref()?.take(options).await?;
        Self::take_over(options, spare).await
    }

    /// The same with one that has been configured.
    pub(super) async fn adopt_configured(options: &LaunchOptions, key: &ConfigurationKey) -> Option<Running> {
        let spare = options.spares.as_ref()?.take_configured(options, key).await?;
        Self::take_over(options, spare).await
    }

    async fn take_over(options: &LaunchOptions, spare: Spare) -> Option<Running> {
        let HandOver { handshake, identity } = spare.hand_over.clone();
        if options.tls != identity.is_some() {
            return None;
        }
        let connection = connect(&handshake.endpoint, identity.as_ref(), handshake.certificate);
        let limit = Duration::from_millis(CONNECT_TO_SPARE_MS);
        let connection = tokio::time::timeout(limit, connection).await.ok()?.ok()?;
        let process = Process::adopt(spare, options.log_sink.clone());
        Some(options.running(handshake.protocol, connection, Some(process)))
    }

    async fn start_program(
        options: &LaunchOptions,
        launch: &Launch,
        identity: Option<Identity>,
    ) -> Result<(Running, HandOver), PluginFailure> {
        let turn = match &options.starts {
            Some(starts) => starts.acquire().await.ok(),
            None => None,
        };
        let (process, handshake) = Process::start(launch)
            .await
            .map_err(|(cause, log)| PluginFailure { log, ..options.failure(cause) })?;
        drop(turn);
        let certificate = handshake.certificate.clone();
        let connection = connect(&handshake.endpoint, identity.as_ref(), certificate).await;
        match connection {
            Ok(connection) => {
                let running = options.running(handshake.protocol, connection, Some(process));
                Ok((running, HandOver { handshake, identity }))
            }
            Err(problem) => {
                let ended = process.exited_within(Duration::from_millis(ANSWER_AFTER_EXIT_MS)).await;
                let cause = ended.map_or(Cause::Connect(problem), Cause::ExitedEarly);
                process.settle().await;
                Err(PluginFailure { log: process.last_lines(), ..options.failure(cause) })
            }
        }
    }

    async fn attach(options: &LaunchOptions, reattach: &Reattach) -> Result<Running, PluginFailure> {
        let connection = Connection::open(&reattach.endpoint, None).await;
        let connection = connection.map_err(|problem| options.failure(Cause::Connect(problem)))?;
        Ok(options.running(reattach.protocol, connection, None))
    }

    /// Makes one call, and watches the process meanwhile.
    pub(crate) async fn call(&self, method: Method, request: Bytes) -> Result<Bytes, PluginFailure> {
        if let Some(failure) = self.gone_before(method).await {
            return Err(failure);
        }
        let number = self.note_call(method);
        let began = Instant::now();
        let mut abandoned = self.abandoned.subscribe();
        if method == Method::StopProvider {
            self.asked().is_spoilt = true;
        }
        let answer = tokio::select! {
            biased;
            // How it is ended then says nothing about why.
            _ = abandoned.wait_for(|abandoned| *abandoned) => {
                let cause = Cause::Unanswered { call: method.name(self.protocol), waited: began.elapsed() };
                Err(self.failure(cause))
            }
            answer = self.answer(method, request) => answer,
        };
        let mut asked = self.asked();
        asked.open.retain(|(open, ..)| *open != number);
        asked.is_spoilt |= answer.is_err();
        drop(asked);
        answer
    }

    /// Has it do what it does to answer a call without a request, or end meanwhile. The answer does not
    /// matter, not even whether there is one.
    pub(crate) async fn provoke(&self, method: Method) {
        tokio::select! {
            _ = self.connection.provoke(method.path(self.protocol)) => {}
            _ = self.exited() => {}
        }
    }

    /// Whether somebody keeps it who would have it back, and nothing speaks against that.
    pub(super) fn can_be_given_back(&self) -> bool {
        let asked = self.asked();
        asked.open.is_empty()
            && !asked.is_spoilt
            && !*self.abandoned.borrow()
            && self.process.as_ref().is_some_and(Process::can_be_given_back)
    }

    /// Gives it back to the one who keeps it.
    pub(super) async fn give_back(self, standing: Returned) {
        let Running { process, connection, .. } = self;
        // Nothing more is said to it, not even good-bye.
        drop(connection);
        if let Some(process) = process {
            process.give_back(standing).await;
        }
    }

    /// Whether there is nobody left to be asked.
    async fn gone_before(&self, method: Method) -> Option<PluginFailure> {
        let exit = self.process.as_ref().and_then(Process::ended);
        if exit.is_none() && !*self.abandoned.borrow() {
            return None;
        }
        self.settle().await;
        Some(self.failure(Cause::Gone { exit, call: method.name(self.protocol) }))
    }

    /// The call that has been waited for longest, where there is any, as a failure.
    pub(crate) fn unanswered(&self) -> Option<PluginFailure> {
        let (method, since) = self.asked().open.first().map(|(_, method, since)| (*method, *since))?;
        let cause = Cause::Unanswered { call: method.name(self.protocol), waited: since.elapsed() };
        Some(self.failure(cause))
    }

    fn asked(&self) -> std::sync::MutexGuard<'_, Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note_call(&self, method: Method) -> u64 {
        let mut asked = self.asked();
        asked.count += 1;
        let number = asked.count;
        asked.open.push((number, method, Instant::now()));
        number
    }

    async fn answer(&self, method: Method, request: Bytes) -> Result<Bytes, PluginFailure> {
        let answer = self.connection.call(method.path(self.protocol), request);
        tokio::pin!(answer);
        let answer = tokio::select! {
            biased;
            answer = &mut answer => answer,
            _ = self.exited() => {
                let wait = Duration::from_millis(ANSWER_AFTER_EXIT_MS);
                let late = tokio::time::timeout(wait, answer).await;
                late.unwrap_or_else(|_| {
                    let status = Status::unavailable("the process ended");
                    Err(CallError { status, was_sent: true })
                })
            }
        };
        match answer {
            Ok(answer) => Ok(answer),
            Err(error) => Err(self.explain(method, &error).await),
        }
    }

    /// The number by which the system knows the process, while it runs and was started here.
    pub(crate) fn process_id(&self) -> Option<u32> {
        self.process.as_ref()?.id()
    }

    /// The end of the process, which never comes for one that someone else started.
    pub(crate) async fn exited(&self) -> crate::Exit {
        match &self.process {
            Some(process) => process.exited().await,
            None => std::future::pending().await,
        }
    }

    /// Waits until everything that the process logged before its end has been read, but not for long.
    pub(crate) async fn settle(&self) {
        if let Some(process) = &self.process {
            process.settle().await;
        }
    }

    /// Ends the process at once.
    pub(crate) async fn kill(&self) {
        if let Some(process) = &self.process {
            process.kill().await;
        }
    }

    /// Ends the process at once because it keeps others waiting, who are told so.
    pub(crate) async fn abandon(&self) {
        self.abandoned.send_replace(true);
        self.kill().await;
    }

    async fn explain(&self, method: Method, error: &CallError) -> PluginFailure {
        let call = method.name(self.protocol);
        let status = &error.status;
        let broken =
            status.source().is_some() || matches!(status.code(), Code::Unavailable | Code::Cancelled);
        let cause = match status.code() {
            Code::Unimplemented => Cause::Unsupported { call },
            _ if !error.was_sent => Cause::Gone { exit: self.exit_soon().await, call },
            _ if broken => match self.exit_soon().await {
                Some(exit) => Cause::Exited { exit, call },
                None => Cause::Disconnected { call, reason: reason(status) },
            },
            _ => Cause::Refused { call, reason: reason(status) },
        };
        self.failure(cause)
    }

    async fn exit_soon(&self) -> Option<crate::Exit> {
        let process = self.process.as_ref()?;
        let exit = process.exited_within(Duration::from_millis(EXIT_AFTER_DISCONNECT_MS)).await?;
        process.settle().await;
        Some(exit)
    }

    /// What went wrong, with what the plugin said last.
    pub(crate) fn failure(&self, cause: Cause) -> PluginFailure {
        PluginFailure {
            provider: self.provider.clone(),
            program: self.program.clone(),
            cause,
            log: self.process.as_ref().map(Process::last_lines).unwrap_or_default(),
        }
    }

    /// The provider's address, for messages.
    pub(crate) fn provider(&self) -> &str {
        &self.provider
    }

    /// Ends the process in good order, and by force where it does not listen.
    pub(crate) async fn shutdown(&self) {
        let Some(process) = &self.process else { return };
        let asked = async {
            // The process may be gone before it answers; what counts is that it goes.
            let _ = self.connection.call(go_plugin_path::SHUTDOWN, Bytes::new()).await;
            process.exited().await;
        };
        if tokio::time::timeout(Duration::from_secs(SHUTDOWN_S), asked).await.is_err() {
            process.kill().await;
        }
    }
}

impl LaunchOptions {
    fn program_path(&self) -> Option<PathBuf> {
        match &self.source {
            Source::Program { path, .. } => Some(path.clone()),
            Source::Reattach(_) => None,
        }
    }

    pub(super) fn failure(&self, cause: Cause) -> PluginFailure {
        let provider = self.provider.for_display().into();
        PluginFailure { provider, program: self.program_path(), cause, log: Vec::new() }
    }

    fn running(&self, protocol: Protocol, connection: Connection, process: Option<Process>) -> Running {
        let provider = self.provider.for_display().into();
        Running {
            protocol,
            connection,
            process,
            provider,
            program: self.program_path(),
            asked: Mutex::default(),
            abandoned: watch::Sender::new(false),
        }
    }
}

/// TLS is spoken where this side offered its certificate and the plugin answered with its own.
async fn connect(
    endpoint: &Endpoint,
    identity: Option<&Identity>,
    certificate: Option<Vec<u8>>,
) -> Result<Connection, String> {
    let config = match (identity, certificate) {
        (Some(identity), Some(certificate)) => {
            let config = tls::client_config(identity, CertificateDer::from(certificate));
            Some(config.map_err(|problem| problem.to_string())?)
        }
        (None, Some(_)) => {
            return Err("it insists on TLS, which is switched off (TF_DISABLE_PLUGIN_TLS)".to_owned());
        }
        (_, None) => None,
    };
    Connection::open(endpoint, config).await
}

fn reason(status: &Status) -> String {
    let mut text = format!("{}: {}", status.code(), status.message());
    let mut source = status.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
