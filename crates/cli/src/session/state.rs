//! The state that a command works on: found, locked, read, recovered.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use plumb_address::AbsResourceInstance;
use plumb_backend::{LocalOptions, lock_info};
use plumb_configuration::EarlyInputs;
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_state::journal::OpenIntent;
use plumb_state::{Backend, BackendError, LockInfo, State, StateLock, StateStore, Version};

use super::{BackendSettings, SavedBackend, Session, recovery};
use crate::arguments::{LockOptions, StateOptions, StateOutputOptions};
use crate::prompt::Prompt;
use crate::version::TERRAFORM_VERSION;

/// Where to look for the state, beside what the configuration says.
#[derive(Clone, Debug, Default)]
pub(crate) struct StatePlace {
    /// `-state`.
    pub(crate) state: Option<String>,
    /// `-state-out`.
    pub(crate) state_out: Option<String>,
    /// `-backup`.
    pub(crate) backup: Option<String>,
}

impl StatePlace {
    /// What options say.
    pub(crate) fn of(state: &StateOptions, output: Option<&StateOutputOptions>) -> Self {
        StatePlace {
            state: state.state.clone(),
            state_out: output.and_then(|output| output.state_out.clone()),
            backup: output.and_then(|output| output.backup.clone()),
        }
    }

    /// With a backup that no later one replaces, as commands that change states by hand make it.
    pub(crate) fn with_dated_backup(mut self) -> Self {
        if self.backup.is_none() {
            let seconds = jiff::Timestamp::now().as_second();
            let state = self.state_out.as_deref().or(self.state.as_deref()).unwrap_or("terraform.tfstate");
            let backup = format!("{state}.{seconds}.backup");
            // Two commands in one second must not overwrite each other's.
            let mut further = (1..).map(|number| format!("{state}.{seconds}-{number}.backup"));
            let is_free = |path: &String| !std::path::Path::new(path).exists();
            self.backup = if is_free(&backup) { Some(backup) } else { further.find(|path| is_free(path)) };
        }
        self
    }

    fn options(&self) -> LocalOptions {
        let path = |text: &Option<String>| text.as_ref().filter(|text| !text.is_empty()).map(PathBuf::from);
        LocalOptions {
            state: path(&self.state),
            state_out: path(&self.state_out),
            backup: path(&self.backup),
            ..LocalOptions::default()
        }
    }
}

/// A lock that is held until somebody gives it back.
pub(crate) struct HeldLock {
    info: LockInfo,
    lock: Mutex<Option<Box<dyn StateLock>>>,
}

impl HeldLock {
    fn new(lock: Box<dyn StateLock>) -> Arc<Self> {
        Arc::new(HeldLock { info: lock.info().clone(), lock: Mutex::new(Some(lock)) })
    }

    fn take(&self) -> Option<Box<dyn StateLock>> {
        self.lock.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

#[async_trait]
impl StateLock for HeldLock {
    fn info(&self) -> &LockInfo {
        &self.info
    }

    fn check(&self) -> Result<(), BackendError> {
        match &*self.lock.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(lock) => lock.check(),
            None => Err(BackendError::LockLost {
                place: self.info.path.clone(),
                cause: "it was given back".to_owned(),
            }),
        }
    }

    async fn release(self: Box<Self>) -> Result<(), BackendError> {
        match self.take() {
            Some(lock) => lock.release().await,
            None => Ok(()),
        }
    }
}

/// A lock that nobody holds: `-lock=false`.
struct NoLock(LockInfo);

#[async_trait]
impl StateLock for NoLock {
    fn info(&self) -> &LockInfo {
        &self.0
    }

    fn check(&self) -> Result<(), BackendError> {
        Ok(())
    }

    async fn release(self: Box<Self>) -> Result<(), BackendError> {
        Ok(())
    }
}

/// A state that was read, and perhaps locked.
pub(crate) struct OpenState {
    pub(crate) store: Arc<dyn StateStore>,
    pub(crate) lock: Arc<HeldLock>,
    /// The version that the store holds.
    pub(crate) version: Option<Version>,
    /// What it says, journal included.
    pub(crate) state: State,
    /// Intents of earlier runs whose end nobody knows.
    pub(crate) open: Vec<OpenIntent>,
}

impl OpenState {
    /// Writes another state in its place.
    pub(crate) async fn write(&mut self, state: &State) -> Result<(), Diagnostics> {
        let version =
            self.store.write(state, self.version.as_ref()).await.map_err(|error| error.diagnostic())?;
        self.version = Some(version);
        Ok(())
    }

    /// Asks about what an interrupted run may have created; nothing stays open.
    pub(crate) async fn settle(
        &mut self,
        not_created: &[AbsResourceInstance],
        prompt: &Prompt,
    ) -> Result<(), Diagnostics> {
        let open = std::mem::take(&mut self.open);
        self.open = recovery::resolve_open(open, not_created, prompt).await?;
        Ok(())
    }

    /// What an interrupted run was about to do at an address is known from now on.
    pub(crate) async fn forget_open(&mut self, address: &AbsResourceInstance) -> Result<(), Diagnostics> {
        let before = self.open.len();
        self.open.retain(|open| open.intent.address != *address);
        if self.open.len() < before {
            recovery::keep_open(&self.store, self.version.as_ref(), &self.open).await?;
        }
        Ok(())
    }

    /// Gives the lock back.
    pub(crate) async fn close(self) -> Result<(), Diagnostics> {
        match self.lock.take() {
            Some(lock) => lock.release().await.map_err(|error| error.diagnostic().into()),
            None => Ok(()),
        }
    }
}

/// The operation that changes nothing but what an interrupted run left to be written down; without a
/// lock not even that.
pub(crate) const PLAN: &str = "OperationTypePlan";

/// Terraform reads the state while it takes the lock, so what is wrong with the state's text has the
/// lock's headline there; tools look for that one.
fn as_lock_error(diagnostic: &mut Diagnostic) {
    if ["Unsupported state file format", "Invalid state file"].contains(&&*diagnostic.summary) {
        diagnostic.detail = format!("{}: {}", diagnostic.summary, diagnostic.detail);
        diagnostic.summary = "Error acquiring the state lock".to_owned();
    }
}

/// How long a lock may take before people are told what is waited for.
const PATIENCE: Duration = Duration::from_millis(400);

impl Session<'_> {
    /// The backend that was initialised, where that is what the configuration says.
    pub(crate) fn backend(
        &self,
        config: Option<&plumb_configuration::Config>,
        place: &StatePlace,
    ) -> Result<Arc<dyn Backend>, Diagnostics> {
        self.backend_given(config, place, self)
    }

    /// The same with other values of variables than those of this command.
    pub(crate) fn backend_given(
        &self,
        config: Option<&plumb_configuration::Config>,
        place: &StatePlace,
        inputs: &dyn EarlyInputs,
    ) -> Result<Arc<dyn Backend>, Diagnostics> {
        let saved = SavedBackend::read(&*self.files, &self.data_directory)?;
        if let Some(config) = config {
            let wanted = self.shell.checked(BackendSettings::of(config, inputs))?;
            saved.check(&wanted)?;
        }
        self.open_backend(&saved.settings(), place.options())
    }

    /// A backend with these settings, and what the environment adds to them.
    pub(crate) fn open_backend(
        &self,
        settings: &BackendSettings,
        options: LocalOptions,
    ) -> Result<Arc<dyn Backend>, Diagnostics> {
        settings.open(options, &self.shell.environment, &self.directory)
    }

    /// The backend of a directory whose configuration need not be without mistakes.
    pub(crate) fn backend_of_directory(&self, place: &StatePlace) -> Result<Arc<dyn Backend>, Diagnostics> {
        if !self.has_configuration() {
            return self.backend(None, place);
        }
        let (loaded, _) = self.load_with_mistakes();
        self.backend(Some(&loaded.config), place)
    }

    /// Where the state of the selected workspace is kept.
    pub(crate) fn store(&self, backend: &Arc<dyn Backend>) -> Result<Arc<dyn StateStore>, Diagnostics> {
        backend.store(&self.workspace()?).map_err(|error| error.diagnostic().into())
    }

    /// Reads a state for which no lock is needed, journal included.
    pub(crate) async fn read_state(&self, store: &Arc<dyn StateStore>) -> Result<State, Diagnostics> {
        let (known, diagnostics) = recovery::read(store).await?;
        self.shell.report(diagnostics);
        Ok(known.state)
    }

    /// Locks and reads a state, and writes down what an interrupted run had not.
    pub(crate) async fn open_state(
        &self,
        store: Arc<dyn StateStore>,
        options: &LockOptions,
        operation: &str,
    ) -> Result<OpenState, Diagnostics> {
        if operation != PLAN {
            self.require_plain_state()?;
        }
        let lock = self.lock(&store, options, operation).await?;
        let is_only_looking = operation == PLAN && (!options.lock.0 || !self.has_plain_state());
        match self.read_opened(&store, operation, is_only_looking).await {
            Ok((version, state, open)) => Ok(OpenState { store, lock, version, state, open }),
            Err(mut diagnostics) => {
                if let Some(lock) = lock.take()
                    && let Err(error) = lock.release().await
                {
                    diagnostics.push(error.diagnostic());
                }
                if options.lock.0 {
                    diagnostics.iter_mut().for_each(as_lock_error);
                }
                Err(diagnostics)
            }
        }
    }

    async fn lock(
        &self,
        store: &Arc<dyn StateStore>,
        options: &LockOptions,
        operation: &str,
    ) -> Result<Arc<HeldLock>, Diagnostics> {
        let info = lock_info(operation, TERRAFORM_VERSION);
        if !options.lock.0 {
            return Ok(HeldLock::new(Box::new(NoLock(info))));
        }
        let mut locking = store.lock(info, options.lock_timeout.0);
        let lock = tokio::select! {
            lock = &mut locking => lock,
            () = tokio::time::sleep(PATIENCE) => {
                if !self.shell.speaks_json() {
                    self.shell.terminal.line("Acquiring state lock. This may take a few moments...");
                }
                tokio::select! {
                    lock = &mut locking => lock,
                    () = self.stop.wait_for(plumb_executor::Stop::AfterRunning) => {
                        let detail = "The wait for the state lock was interrupted. Nothing was done.";
                        return Err(Diagnostic::error("Interrupted", detail).into());
                    }
                }
            }
        };
        lock.map(HeldLock::new).map_err(|error| {
            let mut diagnostic = error.diagnostic();
            if matches!(error, BackendError::Storage { .. }) {
                // Whoever keeps the lock had trouble. Tools look for this headline.
                diagnostic.summary = "Error acquiring the state lock".to_owned();
            }
            diagnostic.into()
        })
    }

    async fn read_opened(
        &self,
        store: &Arc<dyn StateStore>,
        operation: &str,
        is_only_looking: bool,
    ) -> Result<(Option<Version>, State, Vec<OpenIntent>), Diagnostics> {
        let (known, mut diagnostics) = recovery::read(store).await?;
        diagnostics.extend(recovery::beside(&known.running));
        self.shell.report(diagnostics);
        let recovery::Known { mut version, ended, state, is_left, .. } = known;
        // A plan leaves what is only open where it is: whoever applies takes care of that.
        let is_due = ended.changed || (is_left && (operation != PLAN || ended.open.is_empty()));
        if is_due && !is_only_looking {
            version = recovery::write_down(store, version, &ended).await?;
        }
        Ok((version, state, ended.open))
    }
}
