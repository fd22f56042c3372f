//! Paths.

use plumb_starlark::language as starlark;
use plumb_starlark::language::environment::GlobalsBuilder;
use plumb_starlark::language::eval::Evaluator;

use super::{error, file_of};
use crate::pass::Pass;

/// Where a path of this machine leads that code gives: it starts beside the file that the code is in.
pub(super) fn beside(path: &str, pass: &Pass, evaluator: &Evaluator) -> String {
    if path.starts_with('/') {
        return path.to_owned();
    }
    let file = file_of(evaluator);
    let directory = match file.as_deref().map(|file| file.rsplit_once('/')) {
        Some(Some((directory, _))) => directory,
        Some(None) => "",
        None => &pass.setting.directory,
    };
    if directory.is_empty() { path.to_owned() } else { format!("{directory}/{path}") }
}

#[starlark::starlark_module]
pub(super) fn natives(builder: &mut GlobalsBuilder) {
    /// The directory that a path lies in.
    fn dirname(path: &str) -> starlark::Result<String> {
        Ok(match path.trim_end_matches('/').rsplit_once('/') {
            Some(("", _)) => "/".to_owned(),
            Some((directory, _)) => directory.to_owned(),
            None => ".".to_owned(),
        })
    }

    /// The last part of a path.
    fn basename(path: &str) -> starlark::Result<String> {
        let path = path.trim_end_matches('/');
        Ok(path.rsplit_once('/').map_or(path, |(_, name)| name).to_owned())
    }

    /// A path on a host, without what says nothing in it; it has to be absolute.
    fn host_path(path: &str) -> starlark::Result<String> {
        if !path.starts_with('/') {
            return Err(error(format!("`{path}` is no path on a host: that begins with a slash")));
        }
        if path.contains('\0') {
            return Err(error("a path has a zero byte in it"));
        }
        let mut parts: Vec<&str> = Vec::new();
        for part in path.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    return Err(error(format!("`{path}` has `..` in it: say where it leads")));
                }
                part => parts.push(part),
            }
        }
        Ok(format!("/{}", parts.join("/")))
    }
}
