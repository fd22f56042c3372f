//! What the system says when a disk refuses, in words that help.

use std::io::{Error, ErrorKind};
use std::path::Path;

use plumb_state::BackendError;

/// An error of the system as one of the backend.
pub(crate) fn storage(action: &'static str, path: &Path, error: &Error) -> BackendError {
    BackendError::Storage {
        action,
        place: path.strip_prefix(".").unwrap_or(path).display().to_string(),
        cause: cause(error).into(),
        advice: advice(error, path),
    }
}

/// The system's words without the number behind them.
fn cause(error: &Error) -> String {
    let text = error.to_string();
    match text.find(" (os error") {
        Some(at) => text[..at].to_owned(),
        None => text,
    }
}

fn advice(error: &Error, path: &Path) -> String {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() && parent != Path::new(".") => {
            parent.display().to_string()
        }
        _ => "the working directory".to_owned(),
    };
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => format!(
            "The disk that holds {directory} is full. What was there before is unchanged; free some space and run \
             the command again."
        ),
        ErrorKind::PermissionDenied => format!(
            "The user that runs this may not write there. What was there before is unchanged; check who owns \
             {directory} and the file, and their permissions."
        ),
        ErrorKind::ReadOnlyFilesystem => format!(
            "The disk that holds {directory} is mounted read-only. What was there before is unchanged; keep the state somewhere else \
             with the option \"-state\", or mount it for writing."
        ),
        ErrorKind::NotFound => format!("Check that {directory} exists."),
        ErrorKind::Unsupported => {
            "This file system knows no locks. With \"-lock=false\" the command goes on without \
                                   one; make sure that nobody else works on the state meanwhile."
                .to_owned()
        }
        _ => String::new(),
    }
}
