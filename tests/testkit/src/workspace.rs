//! A throw-away directory in which a tool runs as if nothing else were there.
//!
//! Responsible for the directory, the environment, the provider server that the tool finds, and for
//! what a run leaves behind. It does not know what a run means.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value as Json;

/// No command takes longer, or it counts as one that never ends.
const TIME_MAX: Duration = Duration::from_secs(90);

/// How often to look whether a command has ended.
const PAUSE: Duration = Duration::from_millis(4);

/// The same where it matters when it ends.
const WATCHING_PAUSE: Duration = Duration::from_micros(100);

/// What every question ends with.
const QUESTION: &str = "Enter a value:";

/// How long to wait for a question before answering it anyway.
const PATIENCE: Duration = Duration::from_secs(2);

/// The providers that are built into Plumb and are plugins elsewhere.
const BUILTINS: [&str; 4] = ["hashicorp/local", "hashicorp/null", "hashicorp/random", "hashicorp/time"];

/// What the provider server is installed as.
const PROBES: [&str; 2] = ["testing/probe", "testing/other"];

/// Versions that the provider server has in mirrors.
const PROVIDER_VERSION: &str = "1.0.0";

/// How the tool finds the provider server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Installation {
    /// By `dev_overrides`: no `init` is needed.
    #[default]
    Override,
    /// By a filesystem mirror: `init` installs it.
    Mirror,
    /// The providers that are built into Plumb are there as plugins, by `dev_overrides`; the server is
    /// the program that serves them.
    ServedBuiltins,
    /// There is nothing at all.
    Nothing,
}

/// Why a workspace could not be used.
#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {
    /// A file could not be used.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A program could not be run.
    #[error("cannot run {program}: {source}")]
    Program {
        /// Which.
        program: PathBuf,
        /// Why.
        source: io::Error,
    },
}

trait AtPath<T> {
    fn at(self, path: &Path) -> Result<T, WorkspaceError>;
}

impl<T> AtPath<T> for io::Result<T> {
    fn at(self, path: &Path) -> Result<T, WorkspaceError> {
        self.map_err(|source| WorkspaceError::File { path: path.to_owned(), source })
    }
}

/// What a command left behind.
#[derive(Clone, Debug, Default)]
pub struct Finished {
    /// `None` where it was killed or took too long.
    pub exit_code: Option<i32>,
    /// Everything that it said.
    pub stdout: String,
    /// Everything that it said beside that.
    pub stderr: String,
    /// The provider's requests, in the order in which they came.
    pub requests: Vec<Json>,
}

/// See the top of the file. It is removed when it is dropped.
#[derive(Debug)]
pub struct Workspace {
    root: tempfile::TempDir,
    environment: Vec<(String, String)>,
    runs: usize,
}

impl Workspace {
    /// An empty workspace with that provider server installed as `testing/probe` and `testing/other`.
    pub fn new(provider_server: &Path, installation: Installation) -> Result<Self, WorkspaceError> {
        let temporary = std::env::temp_dir();
        let root = tempfile::Builder::new().prefix("testkit-").tempdir().at(&temporary)?;
        let workspace = Workspace { root, environment: Vec::new(), runs: 0 };
        for directory in [workspace.directory(), workspace.objects(), workspace.path("home")] {
            fs::create_dir_all(&directory).at(&directory)?;
        }
        workspace.install(provider_server, installation)?;
        Ok(workspace)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// Everything of the workspace is below this.
    pub fn root(&self) -> &Path {
        self.root.path()
    }

    /// Where commands run.
    pub fn directory(&self) -> PathBuf {
        self.path("work")
    }

    /// Where the provider keeps its objects.
    pub fn objects(&self) -> PathBuf {
        self.path("objects")
    }

    /// A variable of the environment that every later command has.
    pub fn set(&mut self, name: &str, value: &str) {
        self.environment.retain(|(existing, _)| existing != name);
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    /// Takes a variable out of the environment again.
    pub fn unset(&mut self, name: &str) {
        self.environment.retain(|(existing, _)| existing != name);
    }

    fn install(&self, server: &Path, installation: Installation) -> Result<(), WorkspaceError> {
        let methods = match installation {
            Installation::Override => self.install_overrides(&[(server, &PROBES)])?,
            Installation::ServedBuiltins => self.install_overrides(&[(server, &BUILTINS)])?,
            Installation::Mirror => self.install_mirror(server)?,
            Installation::Nothing => "  direct {}\n".to_owned(),
        };
        self.write_cli_configuration(&methods)
    }

    fn write_cli_configuration(&self, methods: &str) -> Result<(), WorkspaceError> {
        let path = self.path("cli.tfrc");
        fs::write(&path, format!("provider_installation {{\n{methods}}}\n")).at(&path)
    }

    /// The provider server is there by `dev_overrides`, and beside it the providers that are built into
    /// Plumb, served by another program.
    pub fn serve_builtins(
        &self,
        provider_server: &Path,
        builtin_server: &Path,
    ) -> Result<(), WorkspaceError> {
        let methods = self.install_overrides(&[(provider_server, &PROBES), (builtin_server, &BUILTINS)])?;
        self.write_cli_configuration(&methods)
    }

    fn install_overrides(&self, served: &[(&Path, &[&str])]) -> Result<String, WorkspaceError> {
        let directory = self.path("providers");
        fs::create_dir_all(&directory).at(&directory)?;
        let mut overrides = String::new();
        let addresses =
            served.iter().flat_map(|(server, addresses)| addresses.iter().map(move |one| (server, one)));
        for (server, address) in addresses {
            let name = address.rsplit('/').next().unwrap_or(address);
            let target = directory.join(format!("terraform-provider-{name}"));
            if !target.exists() {
                link(server, &target).at(&target)?;
            }
            overrides += &format!("    {address:?} = {:?}\n", directory.display().to_string());
        }
        Ok(format!("  dev_overrides {{\n{overrides}  }}\n  direct {{}}\n"))
    }

    fn install_mirror(&self, server: &Path) -> Result<String, WorkspaceError> {
        for name in ["probe", "other"] {
            let version = format!("registry.terraform.io/testing/{name}/{PROVIDER_VERSION}/{}", platform());
            let directory = self.path("mirror").join(version);
            fs::create_dir_all(&directory).at(&directory)?;
            let target = directory.join(format!("terraform-provider-{name}"));
            // A link would do for running it, but not for being installed.
            fs::copy(server, &target).at(&target)?;
        }
        let path = self.path("mirror").display().to_string();
        Ok(format!("  filesystem_mirror {{\n    path = {path:?}\n  }}\n"))
    }

    /// Where the provider will put the requests of the next command on record.
    pub fn next_requests(&self) -> PathBuf {
        self.path(&format!("{}.requests", self.runs + 1))
    }

    /// Copies everything below a directory, over what is there.
    pub fn copy(&self, from: &Path, skip: &dyn Fn(&Path) -> bool) -> Result<(), WorkspaceError> {
        copy_below(from, &self.directory(), skip)
    }

    /// Writes a file, or removes it where there is no content.
    pub fn write(&self, name: &str, content: Option<&str>) -> Result<(), WorkspaceError> {
        let path = self.directory().join(name);
        let Some(content) = content else { return fs::remove_file(&path).at(&path) };
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).at(parent)?;
        }
        fs::write(&path, content).at(&path)
    }

    /// Changes members of an object as someone else would, makes it where it is not there, or removes
    /// it where there are no members.
    pub fn change_object(&self, name: &str, members: Option<&Json>) -> Result<(), WorkspaceError> {
        let path = self.objects().join(format!("{name}.json"));
        let Some(members) = members else {
            return match fs::rename(&path, path.with_extension("json.deleted")) {
                // A tool that never made it shows that elsewhere.
                Err(problem) if problem.kind() == io::ErrorKind::NotFound => Ok(()),
                result => result.at(&path),
            };
        };
        let mut object: Json = fs::read_to_string(&path)
            .ok()
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_else(|| Json::Object(serde_json::Map::new()));
        if let (Json::Object(object), Json::Object(members)) = (&mut object, members) {
            object.extend(members.clone());
        }
        fs::write(&path, object.to_string()).at(&path)
    }

    /// Every object of the provider by the name of its file; those deleted are null.
    pub fn all_objects(&self) -> Result<Vec<(String, Json)>, WorkspaceError> {
        let directory = self.objects();
        let mut found = Vec::new();
        for entry in fs::read_dir(&directory).at(&directory)? {
            let path = entry.at(&directory)?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let text = fs::read_to_string(&path).at(&path)?;
            let content = if name.ends_with(".deleted") { None } else { serde_json::from_str(&text).ok() };
            found.push((name, content.unwrap_or(Json::Null)));
        }
        found.sort_by(|one, two| one.0.cmp(&two.0));
        Ok(found)
    }

    /// A file of the working directory as JSON, if it is there and is such.
    pub fn json_file(&self, name: &str) -> Option<Json> {
        serde_json::from_str(&fs::read_to_string(self.directory().join(name)).ok()?).ok()
    }

    /// Runs a program in the working directory and kills it as soon as it is time, if it still runs
    /// by then. It is asked again and again, as often as the machine allows.
    pub fn run_until(
        &mut self,
        program: &Path,
        arguments: &[String],
        is_time: &mut dyn FnMut(Duration) -> bool,
    ) -> Result<Finished, WorkspaceError> {
        let mut is_over = |elapsed| elapsed > TIME_MAX || is_time(elapsed);
        self.run_for(program, arguments, "", WATCHING_PAUSE, &mut is_over)
    }

    /// Runs a program in the working directory; `input` is all that there is to read.
    pub fn run(
        &mut self,
        program: &Path,
        arguments: &[String],
        input: &str,
    ) -> Result<Finished, WorkspaceError> {
        self.run_for(program, arguments, input, PAUSE, &mut |elapsed| elapsed > TIME_MAX)
    }

    /// A program in the working directory with nothing but what the workspace has, for those who start
    /// it themselves.
    pub fn command(&self, program: &Path, arguments: &[String]) -> Command {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(self.directory())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path("home"))
            .env("CHECKPOINT_DISABLE", "1")
            .env("TF_CLI_CONFIG_FILE", self.path("cli.tfrc"))
            .env("PROBE_OBJECTS", self.objects())
            .envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    fn run_for(
        &mut self,
        program: &Path,
        arguments: &[String],
        input: &str,
        pause: Duration,
        is_over: &mut dyn FnMut(Duration) -> bool,
    ) -> Result<Finished, WorkspaceError> {
        let log = self.next_requests();
        self.runs += 1;
        let file = |kind: &str| self.path(&format!("{}.{kind}", self.runs));
        let (stdout, stderr) = (file("stdout"), file("stderr"));
        let mut command = self.command(program, arguments);
        command
            .env("PROBE_LOG", &log)
            .stdin(if input.is_empty() { Stdio::null() } else { Stdio::piped() })
            .stdout(Stdio::from(fs::File::create(&stdout).at(&stdout)?))
            .stderr(Stdio::from(fs::File::create(&stderr).at(&stderr)?));
        let started = Instant::now();
        let run = |source| WorkspaceError::Program { program: program.to_owned(), source };
        let mut child = command.spawn().map_err(run)?;
        let mut typist = Typist::new(child.stdin.take(), input);
        let status = loop {
            typist.go_on(&stdout);
            if let Some(status) = child.try_wait().map_err(run)? {
                break Some(status);
            }
            if is_over(started.elapsed()) {
                child.kill().and_then(|()| child.wait()).map_err(run)?;
                break None;
            }
            std::thread::sleep(pause);
        };
        let text =
            |path: &Path| fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).at(path);
        let requests = fs::read_to_string(&log).unwrap_or_default();
        Ok(Finished {
            exit_code: status.and_then(|status| status.code()),
            stdout: text(&stdout)?,
            stderr: text(&stderr)?,
            requests: requests.lines().filter_map(|line| serde_json::from_str(line).ok()).collect(),
        })
    }
}

/// Types one line for each question, as a person would: what is typed before a question is asked is
/// not always an answer to it.
struct Typist<'a> {
    stdin: Option<ChildStdin>,
    lines: std::str::Lines<'a>,
    answered: usize,
    last: Instant,
}

impl<'a> Typist<'a> {
    fn new(stdin: Option<ChildStdin>, input: &'a str) -> Self {
        Typist { stdin, lines: input.lines(), answered: 0, last: Instant::now() }
    }

    /// Types the next line if it is time, and leaves when there is nothing more to say.
    fn go_on(&mut self, stdout: &Path) {
        let Some(stdin) = &mut self.stdin else { return };
        let asked = || fs::read_to_string(stdout).unwrap_or_default().matches(QUESTION).count();
        if self.last.elapsed() < PATIENCE && asked() <= self.answered {
            return;
        }
        // A program that does not listen any more ends by itself.
        let is_over = match self.lines.next() {
            Some(line) => writeln!(stdin, "{line}").is_err(),
            None => true,
        };
        (self.answered, self.last) = (self.answered + 1, Instant::now());
        if is_over {
            self.stdin = None;
        }
    }
}

fn copy_below(from: &Path, to: &Path, skip: &dyn Fn(&Path) -> bool) -> Result<(), WorkspaceError> {
    fs::create_dir_all(to).at(to)?;
    for entry in fs::read_dir(from).at(from)? {
        let source = entry.at(from)?.path();
        if skip(&source) {
            continue;
        }
        let target = to.join(source.file_name().unwrap_or_default());
        if source.is_dir() {
            copy_below(&source, &target, skip)?;
        } else {
            fs::copy(&source, &target).at(&source)?;
        }
    }
    Ok(())
}

#[cfg(unix)]
fn link(from: &Path, to: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(from, to)
}

#[cfg(not(unix))]
fn link(from: &Path, to: &Path) -> io::Result<()> {
    fs::copy(from, to).map(drop)
}

/// The operating system and processor, as directories of providers name them.
pub fn platform() -> String {
    let system = if std::env::consts::OS == "macos" { "darwin" } else { std::env::consts::OS };
    let processor = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    format!("{system}_{processor}")
}
