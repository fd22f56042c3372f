//! What targets are made of, kept between runs.

use std::fs::{self, File};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use crate::{Unavailable, machine};

/// The directory of everything that is kept.
pub(crate) fn directory() -> PathBuf {
    let own = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap_or_else(|| "/root".into())).join(".cache");
    let directory = own.filter(|path| path.is_absolute()).unwrap_or_else(home).join("plumb-targets");
    // What is below belongs to root, programs with the rights of their owner among it.
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(&directory);
    made.unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    directory
}

/// Something that is made once, by `make` at the path that it gets. Whoever wants the same at the same
/// time waits. What was begun and never finished is made anew.
pub(crate) fn once(name: &str, make: impl FnOnce(&Path) -> Result<(), String>) -> Result<PathBuf, String> {
    let directory = directory();
    let (finished, begun) = (directory.join(name), directory.join(format!("{name}.begun")));
    if finished.exists() {
        return Ok(finished);
    }
    let lock = File::create(directory.join(format!("{name}.lock"))).map_err(|error| error.to_string())?;
    lock.lock().map_err(|error| error.to_string())?;
    if finished.exists() {
        return Ok(finished);
    }
    if begun.is_dir() {
        fs::remove_dir_all(&begun).map_err(|error| format!("{}: {error}", begun.display()))?;
    }
    make(&begun)?;
    fs::rename(&begun, &finished).map_err(|error| format!("{}: {error}", finished.display()))?;
    Ok(finished)
}

/// Where a package of Python's index has been installed, which `requirement` says with its version; its programs
/// are in `bin`.
pub fn python_package(requirement: &str) -> Result<PathBuf, Unavailable> {
    machine::check(&["python3"])?;
    let made = once(&format!("python-{requirement}"), |directory| {
        let mut command = machine::command("python3");
        command.args(["-m", "pip", "install", "--quiet", "--no-deps", "--only-binary=:all:"]);
        command.args(["--disable-pip-version-check", "--retries=1", "--target"]).arg(directory);
        machine::run(command.arg(requirement)).map(drop)
    });
    made.map_err(|why| machine::unavailable(format!("{requirement} cannot be had: {why}")))
}

/// The key of whoever is let in to targets; its public half lies beside it.
pub(crate) fn user_key() -> Result<PathBuf, String> {
    let directory = once("user", |directory| {
        fs::create_dir(directory).map_err(|error| error.to_string())?;
        fs::set_permissions(directory, fs::Permissions::from_mode(0o700))
            .map_err(|error| error.to_string())?;
        let mut command = machine::command("ssh-keygen");
        command.args(["-q", "-N", "", "-t", "ed25519", "-C", "user of targets", "-f"]);
        machine::run(command.arg(directory.join("key"))).map(drop)
    })?;
    Ok(directory.join("key"))
}
