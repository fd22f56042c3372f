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
use super::uniform;

/// More of them at once are not faster, and each is a process.
const RUNNING_MAX: usize = 16;

/// What the program has told so far. Nobody asks twice.
pub(crate) struct Asked {
    program: String,
    running: Semaphore,
    answers: Answers<Result<Option<Arc<Told>>, SettingsError>>,
    /// What was told of the first host of each kind, where that holds for all of them.
    shared: Answers<Option<Arc<Told>>>,
}

type Answers<T> = Mutex<HashMap<Vec<String>, Arc<OnceCell<T>>>>;

/// What there is to tell, and what else the program says.
struct Answer {
    told: Arc<Told>,
    log: String,
}

impl Asked {
    pub(crate) fn new(program: String) -> Self {
        let running = Semaphore::new(RUNNING_MAX);
        Asked { program, running, answers: Mutex::default(), shared: Mutex::default() }
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
        let answer = cell(&self.answers, [destination.arguments(), vec![destination.host.clone()]].concat());
        let asking = async {
            if !uniform::is_plain(destination) {
                return Ok(self.ask(destination, surroundings).await?.map(|answer| answer.told));
            }
            self.told_plainly(destination, surroundings).await
        };
        answer.get_or_init(|| asking).await.clone()
    }

    /// The same of a host that is asked about by nothing but its name, user and port.
    async fn told_plainly(
        &self,
        destination: &Destination,
        surroundings: &Surroundings,
    ) -> Result<Option<Arc<Told>>, SettingsError> {
        let mut own = None;
        let shared = cell(&self.shared, destination.kind());
        let first = async {
            let Some(answer) = self.ask(destination, surroundings).await? else { return Ok(None) };
            own = Some(answer.told.clone());
            let is_uniform = uniform::is_uniform(destination, &answer.told, &answer.log).await;
            Ok(is_uniform.then_some(answer.told))
        };
        let shared = shared.get_or_try_init(|| first).await?;
        match (own, shared) {
            (Some(own), _) => Ok(Some(own)),
            (None, Some(shared)) => Ok(Some(Arc::new(shared.of(destination)))),
            (None, None) => Ok(self.ask(destination, surroundings).await?.map(|answer| answer.told)),
        }
    }

    async fn ask(
        &self,
        destination: &Destination,
        surroundings: &Surroundings,
    ) -> Result<Option<Answer>, SettingsError> {
        let failed = |why: String| SettingsError::Program {
            host: destination.host.clone(),
            program: format!("{} -G", self.program),
            why,
        };
        // It is never closed.
        let _running = self.running.acquire().await;
        let output = Command::new(&self.program)
            // It says then which files it reads.
            .args(["-v", "-G"])
            .args(destination.arguments())
            .args(["--", &destination.host])
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
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let told = Arc::new(Told::parse(&text(&output.stdout)));
        Ok(Some(Answer { told, log: text(&output.stderr) }))
    }
}

fn cell<T>(answers: &Answers<T>, question: Vec<String>) -> Arc<OnceCell<T>> {
    answers.lock().unwrap_or_else(PoisonError::into_inner).entry(question).or_default().clone()
}

/// What the program says of itself, in one line.
fn complaint(errors: &[u8], status: std::process::ExitStatus) -> String {
    let text = String::from_utf8_lossy(errors);
    let is_of_use = |line: &&str| {
        let is_log = line.starts_with("debug1:") || line.starts_with("OpenSSH_");
        !line.is_empty() && !line.contains("terminal") && !is_log
    };
    let lines: Vec<&str> = text.lines().map(str::trim).filter(is_of_use).collect();
    if lines.is_empty() { status.to_string() } else { lines.join("; ") }
}
