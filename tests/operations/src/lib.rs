//! Deploys to systems of their own, over SSH, by the program that people run.
//!
//! Responsible for where such a deploy is written and how it is run, for what every operation has to hold
//! there (that it changes something, once), and for showing what went otherwise. It knows commands and
//! what they print, and nothing of Plumb's own crates.

mod cases;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use plumb_targets::{SshServer, Target};
use serde_json::Value;

pub use cases::{System, busybox, busybox_with_users, debian, follow, hold};

/// A directory with a deploy for one system.
pub struct Site {
    directory: tempfile::TempDir,
    modules: Vec<&'static str>,
    variables: Vec<(String, String)>,
}

/// How a run ended.
#[derive(Debug)]
pub struct Ended {
    /// Its exit code; -1 where a signal ended it.
    pub code: i32,
    /// Everything that it printed.
    pub output: String,
    /// What of it went to the standard output.
    pub stdout: String,
    /// What of it went to the standard error.
    pub stderr: String,
}

impl Site {
    /// A directory whose inventory has that system, as the host `target`, for deploys with these modules of
    /// operations.
    pub fn of(target: &Target, modules: &[&'static str]) -> Self {
        let site = Site::without_inventory(modules);
        let server = target.ssh();
        site.write("known_hosts", &format!("{}\n", server.known_hosts_line()));
        let line = inventory_line("target", server, &site.path().join("known_hosts"));
        site.write("hosts.ini", &line);
        site
    }

    /// A directory whose inventory has this machine.
    pub fn here(modules: &[&'static str]) -> Self {
        let site = Site::without_inventory(modules);
        site.write("hosts.ini", "target ansible_connection=local\n");
        site
    }

    fn without_inventory(modules: &[&'static str]) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        Site { directory, modules: modules.to_vec(), variables: Vec::new() }
    }

    /// The same, where `plumb` has this variable in its environment.
    #[must_use]
    pub fn with_variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Where the deploy is, and what it uploads.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Writes a file there.
    pub fn write(&self, name: &str, text: &str) {
        write(&self.path().join(name), text);
    }

    /// Runs `plumb deploy` with these options on a deploy of these lines.
    pub fn deploy(&self, options: &[&str], lines: &str) -> Ended {
        self.write("deploy.star", &self.code(lines));
        let arguments = [&["deploy", "-no-color"], options, &["hosts.ini", "deploy.star"]].concat();
        self.plumb(&arguments)
    }

    /// Runs `plumb` there.
    pub fn plumb(&self, arguments: &[&str]) -> Ended {
        plumb(self.path(), arguments, &self.variables)
    }

    /// Has these lines change the system, and then find that there is nothing to do; returns what the first
    /// run printed.
    #[track_caller]
    pub fn changes(&self, lines: &str) -> String {
        let planned = self.deploy(&["-plan", "-detailed-exitcode"], lines);
        assert_eq!(planned.code, 2, "it changes something:\n{lines}\n{}", planned.output);
        let done = self.deploy(&["-yes"], lines);
        assert_eq!(done.code, 0, "it is done:\n{lines}\n{}", done.output);
        self.is_so(lines);
        done.output
    }

    /// Has these lines find nothing to do.
    #[track_caller]
    pub fn is_so(&self, lines: &str) {
        let again = self.deploy(&["-plan", "-detailed-exitcode"], lines);
        assert_eq!(again.code, 0, "there is nothing left to do:\n{lines}\n{}", again.output);
    }

    /// Has these lines fail, and what is printed say each of these texts.
    #[track_caller]
    pub fn refuses(&self, lines: &str, texts: &[&str]) {
        let refused = self.deploy(&["-yes"], lines);
        assert_eq!(refused.code, 1, "it fails:\n{lines}\n{}", refused.output);
        for text in texts {
            assert!(refused.output.contains(text), "{text:?} is not in:\n{}", refused.output);
        }
    }

    /// A fact of the system, such as `server.users`.
    #[track_caller]
    pub fn fact(&self, name: &str, arguments: &[&str]) -> Value {
        let command = [&["fact", "-json", "hosts.ini", name], arguments].concat();
        let ended = self.plumb(&command);
        assert_eq!(ended.code, 0, "{command:?}: {}", ended.output);
        let line = ended.output.lines().next().unwrap_or_default();
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {}", ended.output))
    }

    fn code(&self, lines: &str) -> String {
        let modules: Vec<_> = self.modules.iter().map(|module| format!("{module:?}")).collect();
        let mut code = format!("load(\"@plumb//ops\", {})\n\ndef deploy(host):\n", modules.join(", "));
        for line in lines.lines() {
            code.push_str(&format!("    {line}\n"));
        }
        code
    }
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
    fs::write(path, text).expect("a file");
}

fn inventory_line(name: &str, server: &SshServer, known_hosts: &Path) -> String {
    format!(
        "{name} ssh_hostname={} ssh_port={} ssh_user={} ssh_key={} ssh_known_hosts={}\n",
        server.ip(),
        server.port(),
        server.user(),
        server.key().display(),
        known_hosts.display(),
    )
}

/// Runs `plumb` in a directory.
fn plumb(directory: &Path, arguments: &[&str], variables: &[(String, String)]) -> Ended {
    let program = plumb_testkit::plumb().expect("plumb");
    let mut command = Command::new(program.path);
    command.args(arguments).current_dir(directory).env_remove("SSH_AUTH_SOCK").stdin(Stdio::null());
    command.envs(variables.iter().map(|(name, value)| (name, value)));
    let output = command.output().expect("plumb runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    Ended { code: output.status.code().unwrap_or(-1), output: format!("{stdout}{stderr}"), stdout, stderr }
}
