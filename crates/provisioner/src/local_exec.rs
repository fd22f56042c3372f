//! `local-exec`: a program on this machine.

use std::path::Path;

use async_trait::async_trait;
use plumb_schema::Block;
use plumb_state::{ProviderDiagnostic, ProviderDiagnostics, ProvisionRequest, Provisioner};
use plumb_value::{Type, Value};
use tokio::process::Command;

use crate::arguments::{argument, block, error, error_at, filled, flag, texts};
use crate::program::{NotRun, Shared, describe};
use crate::quote::quoted_list;

/// Runs programs on this machine.
pub(crate) struct LocalExec {
    schema: Block,
    programs: Shared,
}

impl LocalExec {
    pub(crate) fn new(programs: Shared) -> Self {
        let schema = block([
            ("command", Type::String, true),
            ("interpreter", Type::list(Type::String), false),
            ("working_dir", Type::String, false),
            ("environment", Type::map(Type::String), false),
            ("quiet", Type::Bool, false),
        ]);
        LocalExec { schema, programs }
    }
}

#[async_trait]
impl Provisioner for LocalExec {
    fn schema(&self) -> &Block {
        &self.schema
    }

    fn validate(&self, _config: &Value) -> ProviderDiagnostics {
        Vec::new()
    }

    async fn provision(&self, request: ProvisionRequest) -> ProviderDiagnostics {
        self.run(&request).await.err().into_iter().collect()
    }

    fn abort(&self) {
        self.programs.abort();
    }
}

const FAILED: &str = "local-exec provisioner error";

impl LocalExec {
    async fn run(&self, request: &ProvisionRequest) -> Result<(), ProviderDiagnostic> {
        let config = &request.config;
        let command = filled(config, "command").ok_or_else(|| {
            error("Invalid local-exec provisioner command", "The command must be a non-empty string.")
        })?;
        let words = words(config, &command)?;
        if flag(config, "quiet") == Some(true) {
            (request.output)("local-exec: Executing: Suppressed by quiet=true");
        } else {
            (request.output)(&format!("Executing: {}", quoted_list(&words)));
        }
        let outcome = self.programs.run(program(config, &words), None, &request.output).await;
        let (why, tail) = match outcome {
            Ok(ended) if ended.status.success() => return Ok(()),
            Ok(ended) => (describe(ended.status), ended.tail),
            Err(NotRun::Stopped) => ("the run is being stopped".to_owned(), String::new()),
            Err(NotRun::Failed(problem)) => (not_started(config, &words, &problem), String::new()),
        };
        let detail = if request.is_secret {
            format!(
                "Error running command: {why}. The command and its output are not shown, because secret values are \
                 among the provisioner's arguments."
            )
        } else {
            format!("Error running command '{command}': {why}. Output: {tail}")
        };
        Err(error(FAILED, detail))
    }
}

fn program(config: &Value, words: &[String]) -> Command {
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]);
    if let Some(directory) = filled(config, "working_dir") {
        command.current_dir(directory);
    }
    for (name, value) in argument(config, "environment").entries().unwrap_or_default() {
        if let Some(value) = value.as_str() {
            command.env(&**name, value);
        }
    }
    command
}

/// The system says only that something is not there, so it is looked up what.
fn not_started(config: &Value, words: &[String], problem: &std::io::Error) -> String {
    match filled(config, "working_dir") {
        Some(directory) if !Path::new(&directory).is_dir() => {
            format!("the working directory {directory} is not there, or is no directory")
        }
        _ => format!("{} cannot be started: {problem}", words[0]),
    }
}

/// The program with its arguments.
fn words(config: &Value, command: &str) -> Result<Vec<String>, ProviderDiagnostic> {
    let given = texts(config, "interpreter");
    let given: Option<Vec<String>> = given.into_iter().collect();
    let mut words = given.ok_or_else(|| {
        error_at(
            "Invalid local-exec provisioner interpreter",
            "Every element of the interpreter must be a string, and one is null.",
            "interpreter",
        )
    })?;
    if words.is_empty() {
        let shell = if cfg!(windows) { ["cmd", "/C"] } else { ["/bin/sh", "-c"] };
        words = shell.map(str::to_owned).to_vec();
    }
    words.push(command.to_owned());
    Ok(words)
}
