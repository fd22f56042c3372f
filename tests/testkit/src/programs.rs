//! Where the programs under test are.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// A tool that runs configurations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// What it is called in reports.
    pub name: String,
    /// The executable.
    pub path: PathBuf,
}

impl Program {
    /// A tool at that path.
    pub fn new(name: &str, path: impl Into<PathBuf>) -> Self {
        Program { name: name.to_owned(), path: path.into() }
    }
}

/// The `terraform` on PATH, if there is one.
pub fn terraform() -> Option<Program> {
    let directories = std::env::var_os("PATH")?;
    let found = std::env::split_paths(&directories)
        .map(|directory| directory.join("terraform"))
        .find(|path| path.is_file())?;
    Some(Program::new("terraform", found))
}

/// The `plumb` under test: the one that `PLUMB` names, or the one of this repository.
pub fn plumb() -> Result<Program, String> {
    static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let path = BUILT.get_or_init(|| given_or_built("PLUMB", "plumb")).clone()?;
    Ok(Program::new("plumb", path))
}

/// The provider server of the tests: the one that `PLUMB_PROVIDER_SERVER` names, or the one of this
/// repository.
pub fn provider_server() -> Result<PathBuf, String> {
    static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    BUILT.get_or_init(|| given_or_built("PLUMB_PROVIDER_SERVER", "plumb-provider-server")).clone()
}

fn given_or_built(variable: &str, program: &str) -> Result<PathBuf, String> {
    match std::env::var_os(variable) {
        Some(path) => Ok(path.into()),
        None => built(program),
    }
}

/// A program of this repository, built if it is not up to date.
pub fn built(program: &str) -> Result<PathBuf, String> {
    let directory = target_directory()?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    // Of the whole workspace, for then the crates beneath have the features that they were built with
    // before, and are not built anew.
    command.args(["build", "--quiet", "--workspace", "--bin", program]).current_dir(crate::own_directory());
    // What cargo tells a test of its package is no setting: crates that look at it would be built anew,
    // with all that stands on them, and once more by whoever builds next.
    for (name, _) in std::env::vars_os() {
        if name
            .to_str()
            .is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"))
        {
            command.env_remove(name);
        }
    }
    if directory.file_name().is_some_and(|name| name == "release") {
        command.arg("--release");
    }
    let output = command.output().map_err(|problem| format!("cannot run cargo: {problem}"))?;
    if !output.status.success() {
        return Err(format!("cannot build {program}:\n{}", String::from_utf8_lossy(&output.stderr)));
    }
    Ok(directory.join(program))
}

/// The directory that the running test was built into.
fn target_directory() -> Result<PathBuf, String> {
    let own = std::env::current_exe().map_err(|problem| format!("cannot find this program: {problem}"))?;
    let parent = own.parent().and_then(Path::parent);
    parent.map(Path::to_path_buf).ok_or_else(|| format!("{} is in no target directory", own.display()))
}
