//! What this machine has and allows.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Unavailable;

/// What every target needs.
const PROGRAMS: [&str; 6] = ["unshare", "nsenter", "pivot_root", "mount", "env", "ssh-keygen"];
const ADMINISTRATORS: [&str; 3] = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/// Says why no target can be had here, if that is so.
pub(crate) fn check(programs: &[&str]) -> Result<(), Unavailable> {
    // It is there on Linux alone, and whoever runs this owns it.
    let owner = std::fs::metadata("/proc/self").map_err(|_| unavailable("only Linux has namespaces"))?.uid();
    if owner != 0 {
        return Err(unavailable("only root can make a system of its own"));
    }
    let missing = PROGRAMS.iter().chain(programs).find(|name| find(name).is_none());
    missing.map_or(Ok(()), |name| Err(unavailable(format!("there is no {name}"))))
}

pub(crate) fn unavailable(why: impl Into<String>) -> Unavailable {
    Unavailable(why.into())
}

/// A program on `PATH`, or where administrators' programs are.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    std::env::split_paths(&path()).map(|directory| directory.join(name)).find(|program| program.is_file())
}

/// A program, for which those of administrators are on `PATH`.
pub(crate) fn command(name: &str) -> Command {
    let mut command = Command::new(find(name).unwrap_or_else(|| name.into()));
    command.env("PATH", path()).stdin(Stdio::null());
    command
}

fn path() -> std::ffi::OsString {
    let usual = std::env::var_os("PATH").unwrap_or_default();
    let all = std::env::split_paths(&usual).chain(ADMINISTRATORS.map(PathBuf::from));
    std::env::join_paths(all).expect("parts of a path")
}

/// Runs a program to its end; what it wrote on its standard output, or why it failed.
pub(crate) fn run(command: &mut Command) -> Result<String, String> {
    let name = Path::new(command.get_program()).display().to_string();
    let output = command.output().map_err(|error| format!("{name} cannot be started: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{name}: {}: {}", output.status, last_lines(&said)))
}

fn last_lines(text: &str) -> String {
    let lines: Vec<_> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(3)..].join("; ")
}
