//! A tool at work in a directory.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What a command left behind.
#[derive(Debug)]
pub struct Finished {
    /// Its exit code; -1 where a signal ended it.
    pub exit_code: i32,
    /// Everything that it printed.
    pub stdout: String,
    /// Everything that it printed about problems.
    pub stderr: String,
}

/// A program with the environment that it runs in.
#[derive(Clone, Debug)]
pub struct Tool {
    /// The executable.
    pub program: PathBuf,
    /// Every variable beside `PATH`.
    pub environment: Vec<(String, OsString)>,
}

impl Tool {
    /// Runs a command.
    pub fn run(&self, directory: &Path, arguments: &[&str]) -> io::Result<Finished> {
        self.run_with_input(directory, arguments, "")
    }

    /// Runs a command with a text on standard input.
    pub fn run_with_input(&self, directory: &Path, arguments: &[&str], input: &str) -> io::Result<Finished> {
        let mut child = Command::new(&self.program)
            .args(arguments)
            .current_dir(directory)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        // Whoever needs no input may be gone before it is written.
        let _ = io::Write::write_all(child.stdin.as_mut().expect("it is piped"), input.as_bytes());
        drop(child.stdin.take());
        let output = child.wait_with_output()?;
        Ok(Finished {
            exit_code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    /// Runs a command that must end with that code; returns what it printed.
    #[track_caller]
    pub fn expect(&self, exit_code: i32, directory: &Path, arguments: &[&str]) -> String {
        self.expect_with_input(exit_code, directory, arguments, "")
    }

    /// The same with a text on standard input.
    #[track_caller]
    pub fn expect_with_input(
        &self,
        exit_code: i32,
        directory: &Path,
        arguments: &[&str],
        input: &str,
    ) -> String {
        match self.run_with_input(directory, arguments, input) {
            Ok(finished) if finished.exit_code == exit_code => finished.stdout,
            Ok(finished) => panic!(
                "{} {arguments:?} ended with {} and not with {exit_code}:\n{}\n{}",
                self.program.display(),
                finished.exit_code,
                finished.stdout,
                finished.stderr
            ),
            Err(error) => panic!("{} cannot run: {error}", self.program.display()),
        }
    }
}

/// The filesystem mirror with that provider, if there is one: `TF_PLUGIN_MIRROR`, else `/opt/tf-plugins`.
pub fn provider_mirror(provider: &str) -> Option<PathBuf> {
    let mirror = std::env::var_os("TF_PLUGIN_MIRROR").map_or_else(|| "/opt/tf-plugins".into(), PathBuf::from);
    mirror.join(provider).is_dir().then_some(mirror)
}

/// Copies a configuration with its modules, without what runs have left in its directory.
pub fn copy_configuration(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let path = entry.path();
        let target = to.join(entry.file_name());
        let is_wanted = path.extension().is_some_and(|extension| extension == "tf" || extension == "tfvars");
        let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
        if entry.file_type()?.is_dir() && !is_hidden {
            copy_configuration(&path, &target)?;
        } else if is_wanted {
            fs::copy(path, target)?;
        }
    }
    Ok(())
}
