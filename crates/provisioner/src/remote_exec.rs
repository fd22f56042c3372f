//! `remote-exec`: scripts on the object itself.

use std::sync::Arc;

use async_trait::async_trait;
use plumb_schema::Block;
use plumb_ssh::{Command, Connection, Contents, Exit, Mode, Platform, Stream, posix_quoted};
use plumb_state::{ProviderDiagnostic, ProviderDiagnostics, ProvisionRequest, Provisioner};
use plumb_value::{Type, Value};

use crate::arguments::{argument, block, error, text, texts};
use crate::connection::{Reach, reach, type_problem};
use crate::lines::Lines;
use crate::remote::{Going, Stopped, connect, described};
use crate::surroundings::Surroundings;
use crate::tail::Tail;

/// Runs scripts on the object itself.
pub(crate) struct RemoteExec {
    schema: Block,
    surroundings: Surroundings,
    going: Arc<Going>,
}

impl RemoteExec {
    pub(crate) fn new(surroundings: Surroundings, going: Arc<Going>) -> Self {
        let schema = block([
            ("inline", Type::list(Type::String), false),
            ("script", Type::String, false),
            ("scripts", Type::list(Type::String), false),
        ]);
        RemoteExec { schema, surroundings, going }
    }
}

const FAILED: &str = "remote-exec provisioner error";
const SHEBANG: &str = "#!/bin/sh\n";

#[async_trait]
impl Provisioner for RemoteExec {
    fn schema(&self) -> &Block {
        &self.schema
    }

    fn validate(&self, config: &Value) -> ProviderDiagnostics {
        let given = ["inline", "script", "scripts"].into_iter();
        if given.filter(|name| !argument(config, name).is_null()).count() == 1 {
            return Vec::new();
        }
        vec![error(
            "Invalid remote-exec provisioner configuration",
            "Exactly one of \"inline\", \"script\" and \"scripts\" must be set.",
        )]
    }

    fn validate_connection(&self, connection: &Value) -> ProviderDiagnostics {
        type_problem(connection).map(|problem| error(FAILED, problem)).into_iter().collect()
    }

    async fn provision(&self, request: ProvisionRequest) -> ProviderDiagnostics {
        let done = self.going.unless_over(self.run(&request)).await;
        let done = done.unwrap_or_else(|Stopped| Err(error(FAILED, "The run is being stopped.")));
        done.err().into_iter().collect()
    }

    fn stop(&self) {
        self.going.stop();
    }

    fn abort(&self) {
        self.going.abort();
    }
}

impl RemoteExec {
    async fn run(&self, request: &ProvisionRequest) -> Result<(), ProviderDiagnostic> {
        let failed = |detail: String| error(FAILED, detail);
        if request.connection.is_null() {
            return Err(failed(
                "There is no \"connection\" block that says how to reach the object.".to_owned(),
            ));
        }
        let reach = reach(&request.connection, &self.surroundings).map_err(failed)?;
        let scripts = scripts(&request.config, reach.platform).map_err(failed)?;
        let connection = connect(&reach, &self.going, Some(&request.output)).await.map_err(failed)?;
        for script in scripts {
            run_script(&connection, &reach, &script, request).await.map_err(failed)?;
        }
        connection.close().await;
        Ok(())
    }
}

/// All scripts, as they are to be run.
fn scripts(config: &Value, platform: Platform) -> Result<Vec<Vec<u8>>, String> {
    if !argument(config, "inline").is_null() {
        let mut script = String::new();
        for line in each(config, "inline")? {
            script.push_str(&line);
            script.push('\n');
        }
        return Ok(vec![complete(script.into_bytes(), platform)]);
    }
    let mut paths = each(config, "scripts")?;
    if let Some(path) = text(config, "script") {
        paths.push(path);
    }
    let read = |path: &String| {
        if path.is_empty() {
            return Err("The path of a script is empty.".to_owned());
        }
        let script =
            std::fs::read(path).map_err(|problem| format!("The script {path} cannot be read: {problem}."))?;
        Ok(complete(script, platform))
    };
    paths.iter().map(read).collect()
}

/// The texts of a list, of which none may be null or empty.
fn each(config: &Value, name: &str) -> Result<Vec<String>, String> {
    let texts = texts(config, name).into_iter().map(|text| text.filter(|text| !text.is_empty()));
    let texts: Option<Vec<String>> = texts.collect();
    texts.ok_or_else(|| format!("An element of \"{name}\" is null or empty."))
}

/// A script that names its interpreter.
fn complete(script: Vec<u8>, platform: Platform) -> Vec<u8> {
    if platform == Platform::Windows || script.starts_with(b"#!") {
        script
    } else {
        [SHEBANG.as_bytes(), &script].concat()
    }
}

async fn run_script(
    connection: &Connection,
    reach: &Reach,
    script: &[u8],
    request: &ProvisionRequest,
) -> Result<(), String> {
    let path = reach.script_path.replace("%RAND%", &rand::random_range(0..=i32::MAX).to_string());
    let written = connection.write(&path, Contents::Bytes(script), Mode::OwnProgram, reach.platform).await;
    written.map_err(|problem| format!("The script was not written. {}", described(reach, &problem)))?;
    let line = posix_quoted(&[&path]);
    let mut output = Output::new(request);
    let has_terminal = reach.platform == Platform::Unix;
    let exit = connection
        .run(Command { line: &line, has_terminal }, |stream, bytes| output.take(stream, bytes))
        .await;
    let tail = output.end();
    clean_up(connection, reach.platform, &path).await;
    match exit {
        Ok(exit) if exit.is_success() => Ok(()),
        Ok(exit) => Err(failure(&path, &exit, tail, request.is_secret)),
        Err(problem) => {
            Err(format!("The script {path} did not come to its end. {}", described(reach, &problem)))
        }
    }
}

fn failure(path: &str, exit: &Exit, tail: String, is_secret: bool) -> String {
    let why = exit.describe();
    if is_secret {
        format!(
            "Error executing the script {path}: {why}. The output is not shown, because secret values are among the \
             provisioner's arguments."
        )
    } else {
        format!("Error executing the script {path}: {why}. Output: {tail}")
    }
}

/// Leaves nothing of a script behind: there may be secrets in it. Where that does not work nothing is
/// wrong with what the script did.
async fn clean_up(connection: &Connection, platform: Platform, path: &str) {
    let _ = match platform {
        Platform::Unix => {
            let line = posix_quoted(&["rm", "-f", "--", path]);
            connection.run(Command { line: &line, has_terminal: false }, |_, _| {}).await.map(|_| ())
        }
        Platform::Windows => connection.write(path, Contents::Bytes(b""), Mode::Usual, platform).await,
    };
}

/// What a script writes.
struct Output {
    output: Lines,
    errors: Lines,
    tail: Tail,
}

impl Output {
    fn new(request: &ProvisionRequest) -> Self {
        Output {
            output: Lines::new(&request.output),
            errors: Lines::new(&request.output),
            tail: Tail::default(),
        }
    }

    fn take(&mut self, stream: Stream, bytes: &[u8]) {
        self.tail.push(bytes);
        match stream {
            Stream::Output => self.output.push(bytes),
            Stream::Errors => self.errors.push(bytes),
        }
    }

    /// Passes on what is left; in the end the last of what was written.
    fn end(mut self) -> String {
        self.output.flush();
        self.errors.flush();
        // A terminal ends lines in its own way.
        self.tail.into_text().replace("\r\n", "\n")
    }
}
