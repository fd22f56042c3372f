//! Fetching modules with the `git` program.
//!
//! Responsible for never asking anything of the user, who may not be there.

use std::path::Path;
use std::process::{Command, Stdio};

use super::{GitSource, PackageError};

/// Clones a repository to a path where nothing is yet.
pub(super) fn fetch(source: &GitSource, directory: &Path) -> Result<(), PackageError> {
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

fn run(source: &GitSource, command: &mut Command, action: &'static str) -> Result<(), PackageError> {
    let output = command.output().map_err(PackageError::NoGit)?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(PackageError::Git { action, output: source.without_secrets(said.trim().trim_end_matches('.')) })
}
