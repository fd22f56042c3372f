//! A directory of this machine as the messages that make one like it elsewhere.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::scp::unreadable;

/// How deep directories may lie in one another: links may lead in circles.
const DEPTH_MAX: usize = 256;

/// One message.
pub(crate) enum Step {
    /// What follows is in a directory of this name.
    Enter {
        /// Its name.
        name: String,
    },
    /// A file.
    File {
        /// Where it is here.
        path: PathBuf,
        /// Its name.
        name: String,
        /// Its size in bytes.
        size: u64,
    },
    /// The directory ends.
    Leave,
}

/// All that is in a directory in the order of names, and the directory itself if that is wanted. Links
/// are followed. It reads the disk, and may take a while.
pub(crate) fn steps(root: &Path, with_itself: bool) -> Result<Vec<Step>, Error> {
    let mut steps = Vec::new();
    if with_itself {
        // What is written as "." or ".." has another name.
        let named = match root.file_name() {
            Some(_) => root.to_owned(),
            None => fs::canonicalize(root).map_err(|source| unreadable(root, source))?,
        };
        steps.push(Step::Enter { name: name(&named)? });
    }
    within(root, 0, &mut steps)?;
    if with_itself {
        steps.push(Step::Leave);
    }
    Ok(steps)
}

fn within(directory: &Path, depth: usize, steps: &mut Vec<Step>) -> Result<(), Error> {
    if depth == DEPTH_MAX {
        return Err(not_sendable(
            directory,
            "directories lie too deep in one another, or links lead in a circle",
        ));
    }
    let entries = fs::read_dir(directory).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let mut entries = entries.map_err(|source| unreadable(directory, source))?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let metadata = fs::metadata(&path).map_err(|source| unreadable(&path, source))?;
        if metadata.is_dir() {
            steps.push(Step::Enter { name: name(&path)? });
            within(&path, depth + 1, steps)?;
            steps.push(Step::Leave);
        } else if metadata.is_file() {
            let name = name(&path)?;
            steps.push(Step::File { path, name, size: metadata.len() });
        } else {
            return Err(not_sendable(&path, "it is neither a file nor a directory"));
        }
    }
    Ok(())
}

fn name(path: &Path) -> Result<String, Error> {
    let name = path.file_name().and_then(|name| name.to_str());
    let name = name.ok_or_else(|| not_sendable(path, "its name is not text in UTF-8"))?;
    if name.contains(['\n', '\r']) {
        return Err(not_sendable(path, "its name has a line break, which scp cannot be told"));
    }
    Ok(name.to_owned())
}

fn not_sendable(path: &Path, why: &str) -> Error {
    Error::NotSendable { path: path.to_owned(), why: why.to_owned() }
}
