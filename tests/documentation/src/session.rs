//! A reader at a shell, with nothing but what the document gives.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command as Process;

use crate::block::Content;
use crate::{Block, Command, blocks, matches};

/// Why a document is not true.
#[derive(Debug)]
pub struct SessionError(String);

impl std::fmt::Display for SessionError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for SessionError {}

impl From<io::Error> for SessionError {
    fn from(error: io::Error) -> Self {
        SessionError(error.to_string())
    }
}

/// Runs documents.
pub struct Session {
    /// The directory with the `plumb` to be run.
    programs: PathBuf,
    /// The directory with the examples.
    examples: PathBuf,
    scratch: tempfile::TempDir,
    directories: usize,
}

impl Session {
    /// A session with the programs of that directory, and these examples.
    pub fn new(programs: &Path, examples: &Path) -> Result<Self, SessionError> {
        let scratch = tempfile::Builder::new().prefix("plumb-documentation-").tempdir()?;
        fs::create_dir(scratch.path().join("home"))?;
        Ok(Session { programs: programs.into(), examples: examples.into(), scratch, directories: 0 })
    }

    /// Runs everything that a document shows; returns how many commands that were.
    pub fn run(&mut self, document: &Path) -> Result<usize, SessionError> {
        let name = document.display();
        let text = fs::read_to_string(document).map_err(|error| SessionError(format!("{name}: {error}")))?;
        let mut count = 0;
        for block in blocks(&text) {
            let directory = self.enter(&block, &name)?;
            match &block.content {
                Content::File { name, text } => write(&directory.join(name), text)?,
                Content::Commands(commands) => {
                    for command in commands {
                        self.execute(command, &directory)
                            .map_err(|error| SessionError(format!("{name}:{}: {error}", command.line)))?;
                        count += 1;
                    }
                }
            }
        }
        Ok(count)
    }

    /// The directory of a block, made where it asks for a new one.
    fn enter(&mut self, block: &Block, document: &dyn std::fmt::Display) -> Result<PathBuf, SessionError> {
        let Some(wanted) = &block.directory else {
            if self.directories == 0 {
                return Err(SessionError(format!(
                    "{document}:{}: the first block names no directory",
                    block.line
                )));
            }
            return Ok(self.directory());
        };
        self.directories += 1;
        let directory = self.directory();
        fs::create_dir(&directory)?;
        if wanted != "empty" {
            copy(&self.examples.join(wanted), &directory)?;
        }
        Ok(directory)
    }

    fn directory(&self) -> PathBuf {
        self.scratch.path().join(format!("directory-{}", self.directories))
    }

    fn execute(&self, command: &Command, directory: &Path) -> Result<(), SessionError> {
        let paths = std::env::var_os("PATH").unwrap_or_default();
        let paths = std::iter::once(self.programs.clone()).chain(std::env::split_paths(&paths));
        let paths = std::env::join_paths(paths).map_err(|error| SessionError(error.to_string()))?;
        let output = Process::new("/bin/sh")
            .arg("-c")
            .arg(format!("exec 2>&1\n{}", command.text))
            .current_dir(directory)
            .env_clear()
            .env("PATH", paths)
            .env("HOME", self.scratch.path().join("home"))
            .env("LANG", "C.UTF-8")
            .stdin(std::process::Stdio::null())
            .output()?;
        let printed = String::from_utf8_lossy(&output.stdout);
        if !output.status.success() {
            return Err(SessionError(format!("`{}` ended with {}:\n{printed}", command.text, output.status)));
        }
        if !matches(&command.expected, &printed) {
            let expected = command.expected.join("\n");
            return Err(SessionError(format!(
                "`{}` printed something else.\n--- the document says\n{expected}\n--- it printed\n{printed}",
                command.text
            )));
        }
        Ok(())
    }
}

fn write(path: &Path, text: &str) -> Result<(), SessionError> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    Ok(fs::write(path, text)?)
}

/// Copies a directory, without what earlier runs have left in it.
fn copy(from: &Path, to: &Path) -> Result<(), SessionError> {
    let failed = |error: io::Error| SessionError(format!("{}: {error}", from.display()));
    for entry in fs::read_dir(from).map_err(failed)? {
        let entry = entry?;
        let name = entry.file_name();
        let text = name.to_string_lossy();
        if text.starts_with('.') || text.starts_with("terraform.tfstate") || text == "out" {
            continue;
        }
        let target = to.join(&name);
        if entry.file_type()?.is_dir() {
            fs::create_dir(&target)?;
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
