//! This machine, as code of deploys and inventories sees it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use plumb_deploy::{Machine, Outside, OwnLibrary, Secrets, Setting, globals, inventory_of};
use plumb_diagnostics::Diagnostics;
use plumb_executor::{Stop, StopHandle};
use plumb_inventory::{Code, Ended, Processes, ProgramError};
use plumb_starlark::{Limits, Loader};

use super::deploy::translated;
use crate::environment::Environment;
use crate::session::Session;

/// How long a program may take; those that keep passwords may ask for one themselves.
const PROGRAM_TIMEOUT: Duration = Duration::from_secs(120);
/// How much of what a program complains of is shown.
const COMPLAINT_CHARS_MAX: usize = 2000;

struct Here {
    variables: BTreeMap<String, String>,
    working_directory: PathBuf,
    stop: StopHandle,
}

/// What code may use of this machine.
pub(crate) fn machine(environment: &Environment, working_directory: PathBuf, stop: StopHandle) -> Machine {
    Machine::new(Arc::new(Here { variables: environment.all().clone(), working_directory, stop }))
}

/// The same for a command.
pub(in crate::commands) fn machine_of(session: &Session<'_>) -> Machine {
    machine(&session.shell.environment, session.files.working_directory(), session.stop.clone())
}

impl Outside for Here {
    fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }

    fn run(&self, words: &[String], input: &[u8]) -> Result<Vec<u8>, String> {
        let Some((program, arguments)) = words.split_first() else { return Err("it has no name".to_owned()) };
        let is_interrupted = || self.stop.asked() > Stop::No;
        let processes = Processes {
            working_directory: self.working_directory.clone(),
            timeout: PROGRAM_TIMEOUT,
            is_interrupted: &is_interrupted,
        };
        match processes.run_with_input(Path::new(program), arguments, input) {
            Ok(Ended { failure: None, output, .. }) => Ok(output),
            Ok(Ended { failure: Some(how), errors, .. }) => {
                let errors: String = errors.chars().take(COMPLAINT_CHARS_MAX).collect();
                Err(if errors.is_empty() { how } else { format!("{how}: {errors}") })
            }
            Err(ProgramError::NotStarted(why)) if why.kind() == std::io::ErrorKind::NotFound => Err(format!(
                "there is no program `{program}` on this machine; install it, or say where it is"
            )),
            Err(why) => Err(why.to_string()),
        }
    }
}

/// Runs code that says which hosts there are.
pub(super) struct InventoryCode<'a> {
    pub(super) session: &'a Session<'a>,
    /// Where secrets go that the code comes by.
    pub(super) secrets: &'a Secrets,
}

impl Code for InventoryCode<'_> {
    fn inventory(&self, path: &Path) -> Result<String, Diagnostics> {
        let session = self.session;
        let (library, globals) = (OwnLibrary, globals());
        let mut loader = Loader::new(&*session.files, &library, &globals, Limits::default());
        let directory = path.parent().unwrap_or(Path::new("")).to_string_lossy().into_owned();
        let mut setting = Setting::new("", &directory, session.files.clone(), self.secrets.clone());
        setting.machine = machine_of(session);
        let said = loader
            .load(&path.to_string_lossy())
            .and_then(|program| inventory_of(&program, &setting).map_err(|problem| *problem));
        said.map_err(|problem| translated(&problem, loader.sources(), &session.shell.sources).into())
    }
}
