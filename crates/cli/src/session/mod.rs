//! What commands have in common: the configuration, the inputs, the state and the providers of a
//! working directory.
//!
//! Responsible for finding these and for the order in which they are asked for. It prints nothing
//! but warnings, and decides nothing about changes.

mod backend_kinds;
mod backend_options;
mod backend_record;
mod backend_s3;
mod backends;
mod buckets;
mod early;
mod encryption;
mod files;
mod hash;
mod hosts;
mod inputs;
mod install;
mod locks;
mod modules;
mod observers;
mod providers;
mod recorded;
mod recovery;
mod remote_states;
mod requirements;
mod snapshot;
mod state;
mod tests;
pub(crate) mod warm;

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use plumb_backend::{DEFAULT_WORKSPACE, is_valid_workspace_name, selected_workspace};
use plumb_configuration::{Config, EarlyInputs, FreeInputs, Given, ModuleCall};
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_evaluator::{Environment, Index};
use plumb_executor::{Stop, StopHandle};
use plumb_source::Files;

pub(crate) use backend_record::{SavedBackend, write_for_owner};
pub(crate) use backends::BackendSettings;
pub(crate) use buckets::AmazonBuckets;
pub(crate) use inputs::InputRequest;
pub(crate) use install::Installation;
pub(crate) use modules::{ModuleManifest, key_of, source_of};
pub(crate) use observers::Progress;
use providers::Ending;
pub(crate) use providers::ProviderSet;
pub(crate) use recorded::{PlannedValues, Schemas};
pub(crate) use requirements::{required_by, requirements};
pub(crate) use snapshot::configuration_digest;
pub(crate) use state::{OpenState, PLAN, StatePlace};

use crate::interrupt;
use crate::prompt::Prompt;
use crate::shell::Shell;

/// What a command may take to end by itself after a second interrupt, and how often providers that
/// were started meanwhile are ended.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// A configuration with its static references.
#[derive(Clone)]
pub(crate) struct Loaded {
    pub(crate) config: Arc<Config>,
    pub(crate) index: Arc<Index>,
}

impl Loaded {
    /// A configuration in which nothing is declared.
    pub(crate) fn nothing() -> Self {
        let files = plumb_source::MemoryFiles::new();
        let none = plumb_configuration::NoInstalledModules;
        let (config, _) =
            plumb_configuration::load(&files, &plumb_source::SourceMap::new(), Path::new("."), &none);
        let (index, _) = Index::new(&config);
        Loaded { config: Arc::new(config), index: Arc::new(index) }
    }
}

/// One command at work in a directory. To be made within the runtime.
pub(crate) struct Session<'s> {
    pub(crate) shell: &'s Shell,
    pub(crate) files: Arc<dyn Files>,
    pub(crate) stop: StopHandle,
    /// The directory of the root module, mostly `.`.
    pub(crate) directory: PathBuf,
    /// The directory of working data, mostly `.terraform`.
    pub(crate) data_directory: PathBuf,
    workspace: std::sync::OnceLock<String>,
    /// Values given for variables, as far as anybody needs them early.
    early: std::sync::OnceLock<(FreeInputs, Diagnostics)>,
    /// What somebody answered who was asked for variables that are needed early.
    answers: Mutex<BTreeMap<Arc<str>, Result<Given, Diagnostics>>>,
    /// How the state and plans are to be encrypted.
    encryption: std::sync::OnceLock<plumb_configuration::Encryption>,
    /// Providers that were asked for, to be ended with the session.
    provider_sets: Mutex<Vec<Arc<ProviderSet>>>,
    /// Objects may be changing.
    is_applying: AtomicBool,
}

impl<'s> Session<'s> {
    /// A session in the working directory.
    pub(crate) fn new(shell: &'s Shell) -> Self {
        Self::of(shell, interrupt::listen(&shell.terminal, shell.farewell(), &shell.downloads))
    }

    /// A session of a command that nothing interrupts; it needs no runtime.
    pub(crate) fn quiet(shell: &'s Shell) -> Self {
        Self::of(shell, StopHandle::new())
    }

    fn of(shell: &'s Shell, stop: StopHandle) -> Self {
        Session {
            shell,
            files: Arc::new(files::CommandFiles::new(&shell.launch_directory, shell.environment.home())),
            stop,
            directory: ".".into(),
            data_directory: shell.environment.data_directory(),
            workspace: std::sync::OnceLock::new(),
            early: std::sync::OnceLock::new(),
            answers: Mutex::default(),
            encryption: std::sync::OnceLock::new(),
            provider_sets: Mutex::default(),
            is_applying: AtomicBool::new(false),
        }
    }

    /// Ends everything that was started; after a second interrupt nothing is waited for. What a command
    /// has used that came to a good end may be of use to others.
    pub(crate) async fn close(&self, has_succeeded: bool) {
        let ending = match self.stop.asked() {
            Stop::Now => Ending::AtOnce,
            Stop::No if has_succeeded => Ending::Good,
            _ => Ending::Bad,
        };
        let sets = std::mem::take(&mut *self.provider_sets.lock().unwrap_or_else(PoisonError::into_inner));
        for set in sets {
            if ending == Ending::AtOnce {
                // Whoever could not wait is told for whom.
                self.shell.report(set.unanswered());
            }
            set.close(ending).await;
        }
    }

    /// From now on objects may be changing, and who changes them looks after interrupts itself: what a
    /// provider is doing to an object must stay open in the journal, and not seem to have failed.
    pub(crate) fn begin_applying(&self) {
        self.is_applying.store(true, Ordering::Relaxed);
    }

    /// After a second interrupt ends providers that keep a command waiting, whatever they are asked,
    /// so that their calls fail and the command comes to its end.
    pub(crate) async fn cut_short(&self) -> Infallible {
        self.stop.wait_for(Stop::Now).await;
        loop {
            tokio::time::sleep(LAST_WORDS).await;
            if self.is_applying.load(Ordering::Relaxed) {
                std::future::pending::<()>().await;
            }
            let sets = self.provider_sets.lock().unwrap_or_else(PoisonError::into_inner).clone();
            for set in sets {
                set.abandon().await;
            }
        }
    }

    fn keep(&self, set: &Arc<ProviderSet>) {
        self.provider_sets.lock().unwrap_or_else(PoisonError::into_inner).push(set.clone());
    }

    /// The name of the workspace.
    pub(crate) fn workspace(&self) -> Result<String, Diagnostics> {
        if let Some(name) = self.workspace.get() {
            return Ok(name.clone());
        }
        let name = match self.shell.environment.workspace() {
            Some(name) if !is_valid_workspace_name(name) => {
                return Err(Diagnostic::error(
                    "Invalid workspace name set using TF_WORKSPACE",
                    format!(
                        "The workspace name {name:?} is not allowed: it must contain only characters that stand for \
                         themselves in URLs, and no path separators."
                    ),
                )
                .into());
            }
            Some(name) => name.to_owned(),
            None => selected_workspace(&self.data_directory).map_err(|error| error.diagnostic())?,
        };
        Ok(self.workspace.get_or_init(|| name).clone())
    }

    /// Whether the workspace is the one that is always there.
    pub(crate) fn is_default_workspace(&self) -> Result<bool, Diagnostics> {
        Ok(self.workspace()? == DEFAULT_WORKSPACE)
    }

    /// Whether the directory has any configuration.
    pub(crate) fn has_configuration(&self) -> bool {
        plumb_configuration::configuration_files(&*self.files, &self.directory)
            .is_ok_and(|names| !names.is_empty())
    }

    /// Reads the configuration without looking at what refers to what, as commands do that only make
    /// the directory ready. The record of modules need not be on disk yet; `further` are calls that tests
    /// make.
    pub(crate) fn read_before_installation(
        &self,
        manifest: &ModuleManifest,
        further: Vec<ModuleCall>,
    ) -> (Config, Diagnostics) {
        self.read_with(&*self.files, &modules::BeforeInstallation(manifest), self, further)
    }

    fn read_with(
        &self,
        files: &dyn Files,
        installed: &dyn plumb_configuration::InstalledModules,
        inputs: &dyn EarlyInputs,
        further: Vec<ModuleCall>,
    ) -> (Config, Diagnostics) {
        let sources = &self.shell.sources;
        let (config, mut diagnostics) = plumb_configuration::read_with_further(
            files,
            sources,
            &self.directory,
            installed,
            inputs,
            further,
        );
        diagnostics.append(requirements::check_required_versions(&config));
        diagnostics.append(requirements::check_constraints(&config));
        diagnostics.append(self.note_encryption(Some(&config)));
        (config, diagnostics)
    }

    /// Reads the root module alone; its mistakes come with it.
    pub(crate) fn read_alone(&self) -> (Config, Diagnostics) {
        plumb_configuration::read_alone(&*self.files, &self.shell.sources, &self.directory)
    }

    /// Reads the configuration; its mistakes come with it.
    pub(crate) fn load_with_mistakes(&self) -> (Loaded, Diagnostics) {
        let (loaded, diagnostics, _) = self.load_to_evaluate();
        (loaded, diagnostics)
    }

    /// Reads the configuration with a file more, which is not on disk.
    pub(crate) fn load_with(&self, path: &Path, text: String) -> Result<Loaded, Diagnostics> {
        let files = files::WithFile::new(&*self.files, path, text);
        let (loaded, diagnostics, _) = self.load_from(&files, self);
        self.shell.checked((loaded, diagnostics))
    }

    /// The same, and whether it can be evaluated in spite of its mistakes: all of it could be read, and
    /// nothing in it waits for itself.
    pub(crate) fn load_to_evaluate(&self) -> (Loaded, Diagnostics, bool) {
        self.load_from(&*self.files, self)
    }

    /// Reads the configuration as it is with other values of variables than those of this command; its
    /// mistakes come with it.
    pub(crate) fn load_given(&self, inputs: &dyn EarlyInputs) -> (Loaded, Diagnostics) {
        let (loaded, diagnostics, _) = self.load_from(&*self.files, inputs);
        (loaded, diagnostics)
    }

    fn load_from(&self, files: &dyn Files, inputs: &dyn EarlyInputs) -> (Loaded, Diagnostics, bool) {
        let (manifest, mut diagnostics) = ModuleManifest::read(&*self.files, &self.data_directory);
        let config = diagnostics.take(self.read_with(files, &manifest, inputs, Vec::new()));
        let (index, cycles) = Index::new(&config);
        let can_be_evaluated = !diagnostics.has_errors() && !cycles.has_errors();
        // What is not there or cannot be read would make everything that refers to it wrong too.
        if !diagnostics.has_errors() {
            diagnostics.append(plumb_configuration::check(&config));
            diagnostics.append(cycles);
        }
        (Loaded { config: Arc::new(config), index: Arc::new(index) }, diagnostics, can_be_evaluated)
    }

    /// Reads the configuration, which must have no mistakes.
    pub(crate) fn load(&self) -> Result<Loaded, Diagnostics> {
        if !self.has_configuration() {
            return Err(no_configuration(&self.directory).into());
        }
        self.shell.checked(self.load_with_mistakes())
    }

    /// The same where a directory without configuration will do: nothing is declared there.
    pub(crate) fn load_or_nothing(&self) -> Result<Loaded, Diagnostics> {
        if self.has_configuration() { self.load() } else { Ok(Loaded::nothing()) }
    }

    /// What evaluation may see of the world. `is_applying` says whether the clock and randomness are
    /// among it.
    pub(crate) fn evaluation(
        &self,
        is_applying: bool,
        providers: &ProviderSet,
    ) -> Result<Environment, Diagnostics> {
        let now_ms = jiff::Timestamp::now().as_millisecond();
        let environment = Environment {
            files: self.files.clone(),
            workspace: self.workspace()?.into(),
            now_ms: is_applying.then_some(now_ms),
            plan_time_ms: Some(now_ms),
            random: if is_applying { Some(Arc::new(fill_random)) } else { None },
            call_provider: None,
        };
        Ok(plumb_planner::with_provider_functions(environment, &providers.providers))
    }

    /// Asks people, if that is wanted.
    pub(crate) fn prompt(&self, is_wanted: bool) -> Prompt {
        let is_allowed = is_wanted && self.shell.environment.allows_input() && !self.shell.speaks_json();
        Prompt::new(self.shell.terminal.clone(), self.stop.clone(), is_allowed)
    }
}

/// Randomness of the machine.
pub(crate) fn fill_random(buffer: &mut [u8]) {
    use plumb_builtin::World as _;
    // A system without randomness leaves zeros, which only ever makes names repeat.
    let _ = plumb_builtin::Machine.fill_random(buffer);
}

/// The error of a directory without configuration.
pub(crate) fn no_configuration(directory: &Path) -> Diagnostic {
    let place = if directory == Path::new(".") {
        "The directory".to_owned()
    } else {
        format!("{}", directory.display())
    };
    Diagnostic::error(
        "No configuration files",
        format!(
            "{place} contains no configuration files, so there is nothing that this command could work with. Go to a \
             directory that has some, name one with -chdir=DIR, or write a file such as main.tf and run \"plumb init\"."
        ),
    )
}
