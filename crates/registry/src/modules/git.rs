//! Fetching modules with the `git` program.
//!
//! Responsible for never asking anything of the user, who may not be there, and for leaving nothing
//! half-written: a repository is cloned beside its place and moved there when it is whole.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::GitSource;

/// Why a module could not be installed.
#[derive(Debug, thiserror::Error)]
pub enum ModuleError {
    /// The program cannot be started.
    #[error(
        "the program git cannot be started: {0}. It is needed for modules in git repositories: install it"
    )]
    NoGit(io::Error),
    /// The program failed.
    #[error("git {action} failed: {output}")]
    Git {
        /// What was tried.
        action: &'static str,
        /// What it said.
        output: String,
    },
    /// The repository has no such directory.
    #[error("the repository has no directory {0:?}")]
    NoSubdirectory(String),
    /// Something could not be written.
    #[error("{path} cannot be written: {error}")]
    Store {
        /// What.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

/// Installs a module as a directory, in place of what was there.
///
/// # Errors
/// When it cannot be fetched or written; what was there is left as it was.
pub fn install(source: &GitSource, target: &Path) -> Result<(), ModuleError> {
    let beside = target.parent().unwrap_or(Path::new("."));
    let fail = |path: &Path, error| ModuleError::Store { path: path.to_owned(), error };
    std::fs::create_dir_all(beside).map_err(|error| fail(beside, error))?;
    let workshop = tempfile::Builder::new()
        .prefix(".fetching-")
        .tempdir_in(beside)
        .map_err(|error| fail(beside, error))?;
    let fresh = workshop.path().join("fresh");
    fetch(source, &fresh)?;
    check_subdirectory(source, &fresh)?;
    let old = workshop.path().join("old");
    match std::fs::rename(target, &old) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(fail(target, error)),
    }
    std::fs::rename(&fresh, target).map_err(|error| {
        // Should that fail too, there is nothing better to tell than the first failure.
        let _ = std::fs::rename(&old, target);
        fail(target, error)
    })
}

fn fetch(source: &GitSource, directory: &Path) -> Result<(), ModuleError> {
    let mut clone = git();
    clone.arg("clone").arg("--quiet");
    if let Some(depth) = source.depth {
        clone.arg(format!("--depth={depth}"));
        if let Some(reference) = &source.reference {
            clone.arg(format!("--branch={reference}"));
        }
    }
    run(source, clone.arg("--").arg(&source.address).arg(directory), "clone")?;
    if let (Some(reference), None) = (&source.reference, source.depth) {
        run(
            source,
            git().arg("-C").arg(directory).args(["checkout", "--quiet", reference, "--"]),
            "checkout",
        )?;
    }
    let submodules = ["submodule", "--quiet", "update", "--init", "--recursive"];
    run(source, git().arg("-C").arg(directory).args(submodules), "submodule update")
}

/// The program, which must not ask for anything: whoever could answer may not be there.
fn git() -> Command {
    let mut command = Command::new("git");
    command.stdin(Stdio::null()).env("GIT_TERMINAL_PROMPT", "0");
    command.env("SSH_ASKPASS", "false").env("SSH_ASKPASS_REQUIRE", "force");
    // Within a hook of git these lead to the repository of the user.
    for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        command.env_remove(variable);
    }
    command
}

fn run(source: &GitSource, command: &mut Command, action: &'static str) -> Result<(), ModuleError> {
    let output = command.output().map_err(ModuleError::NoGit)?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(ModuleError::Git { action, output: source.without_secrets(said.trim().trim_end_matches('.')) })
}

/// A link must not lead out of the repository.
fn check_subdirectory(source: &GitSource, directory: &Path) -> Result<(), ModuleError> {
    let fail = |error| ModuleError::Store { path: directory.to_owned(), error };
    let whole = directory.canonicalize().map_err(fail)?;
    match whole.join(&source.subdirectory).canonicalize() {
        Ok(part) if part.starts_with(&whole) && part.is_dir() => Ok(()),
        _ => Err(ModuleError::NoSubdirectory(source.subdirectory.clone())),
    }
}
