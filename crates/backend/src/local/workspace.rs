//! Names of workspaces, and which one is selected.

use std::path::Path;

use plumb_state::BackendError;

use crate::disk::{Disk as _, RealDisk};
use crate::problem::storage;

/// The workspace that is always there.
pub const DEFAULT_WORKSPACE: &str = "default";

/// Whether a workspace may have that name: it must survive in paths and URLs as it is.
pub fn is_valid_workspace_name(name: &str) -> bool {
    let is_plain = |character: char| {
        character.is_ascii_alphanumeric()
            || matches!(character, '-' | '_' | '.' | '~' | '$' | '&' | '+' | ':' | '=' | '@')
    };
    !name.is_empty() && name != "." && name != ".." && name.chars().all(is_plain)
}

/// Refuses to delete the workspace that is always there.
pub(crate) fn require_deletable(name: &str) -> Result<(), BackendError> {
    require_valid(name)?;
    if name != DEFAULT_WORKSPACE {
        return Ok(());
    }
    Err(BackendError::Workspace { name: name.to_owned(), cause: "can't delete default state".to_owned() })
}

pub(crate) fn require_valid(name: &str) -> Result<(), BackendError> {
    if is_valid_workspace_name(name) {
        return Ok(());
    }
    Err(BackendError::Workspace {
        name: name.to_owned(),
        cause:
            "the name may only have letters, digits and characters that stand for themselves in URLs, and no \
                slashes or blanks"
                .to_owned(),
    })
}

/// The workspace that is selected in a data directory, `.terraform` by default.
pub fn selected_workspace(data_directory: &Path) -> Result<String, BackendError> {
    let path = data_directory.join("environment");
    let bytes = RealDisk.read(&path).map_err(|error| storage("read", &path, &error))?;
    let text = String::from_utf8_lossy(&bytes.unwrap_or_default()).trim().to_owned();
    Ok(if text.is_empty() { DEFAULT_WORKSPACE.to_owned() } else { text })
}

/// Selects a workspace in a data directory.
pub fn select_workspace(data_directory: &Path, name: &str) -> Result<(), BackendError> {
    require_valid(name)?;
    let path = data_directory.join("environment");
    std::fs::create_dir_all(data_directory).map_err(|error| storage("create", data_directory, &error))?;
    // At once or not at all: an empty file would select another workspace.
    let draft = data_directory.join(".environment-new");
    let written = std::fs::write(&draft, name).and_then(|()| std::fs::rename(&draft, &path));
    written.map_err(|error| {
        _ = std::fs::remove_file(&draft);
        storage("write", &path, &error)
    })
}
