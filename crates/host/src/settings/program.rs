//! Asking the program `ssh` what its files say of a host.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::process::Command;
use tokio::sync::{OnceCell, Semaphore};

use super::destination::{Destination, Surroundings};
use super::error::SettingsError;
use super::told::Told;

/// More of them at once are not faster, and each is a process.
const RUNNING_MAX: usize = 16;

/// What the program has told so far. Nobody asks twice.
pub(crate) struct Asked {
    program: String,
    running: Semaphore,
    answers: Mutex<HashMap<Vec<String>, Arc<Answer>>>,
}

type Answer = OnceCell<Result<Option<Arc<Told>>, SettingsError>>;

impl Asked {
    pub(crate) fn new(program: String) -> Self {
        Asked { program, running: Semaphore::new(RUNNING_MAX), answers: Mutex::default() }
    }

    /// The program's name or path.
    pub(crate) fn program(&self) -> &str {
        &self.program
    }

    /// What the program tells; nothing where there is no such program.
    pub(crate) async fn told(
        &self,
        destination: &Destination,
        surroundings: &Surroundings,
    ) -> Result<Option<Arc<Told>>, SettingsError> {
        let mut arguments = destination.arguments();
        arguments.extend(["--".to_owned(), destination.host.clone()]);
        let answer = {
            let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
            answers.entry(arguments.clone()).or_default().clone()
        };
        answer.get_or_init(|| self.ask(&destination.host, arguments, surroundings)).await.clone()
    }

    async fn ask(
        &self,
        host: &str,
        arguments: Vec<String>,
        surroundings: &Surroundings,
    ) -> Result<Option<Arc<Told>>, SettingsError> {
        let failed = |why: String| SettingsError::Program {
            host: host.to_owned(),
            program: format!("{} -G", self.program),
            why,
        };
        // It is never closed.
        let _running = self.running.acquire().await;
        let output = Command::new(&self.program)
            .arg("-G")
            .args(arguments)
            .env_clear()
            .envs(&surroundings.environment)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await;
        let output = match output {
            Ok(output) => output,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error.to_string())),
        };
        if !output.status.success() {
            return Err(failed(complaint(&output.stderr, output.status)));
        }
        Ok(Some(Arc::new(Told::parse(&String::from_utf8_lossy(&output.stdout)))))
    }
}

/// What the program says of itself, in one line.
fn complaint(errors: &[u8], status: std::process::ExitStatus) -> String {
    let text = String::from_utf8_lossy(errors);
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.contains("terminal"));
    let lines: Vec<&str> = lines.collect();
    if lines.is_empty() { status.to_string() } else { lines.join("; ") }
}
