//! Reading files for functions.

use std::path::PathBuf;

use plumb_source::Files;

use super::FunctionError;
use crate::describe::quote;

/// The path with a leading `~` replaced by the home directory.
pub(crate) fn expand_home(path: &str, files: &dyn Files) -> Result<PathBuf, String> {
    let Some(rest) = path.strip_prefix('~') else { return Ok(PathBuf::from(path)) };
    if !rest.is_empty() && !rest.starts_with('/') {
        return Err("cannot expand user-specific home dir".to_owned());
    }
    let home = files.home_directory().ok_or("the home directory is not known")?;
    Ok(home.join(rest.trim_start_matches('/')))
}

/// The bytes of a file that the argument at a position names.
pub(crate) fn read(path: &str, position: usize, files: &dyn Files) -> Result<Vec<u8>, FunctionError> {
    let full = expand_home(path, files)
        .map_err(|why| FunctionError::argument(position, format!("failed to expand ~: {why}")))?;
    if files.is_directory(&full) {
        return Err(FunctionError::argument(
            position,
            format!("failed to read file: {} is a directory", quote(path)),
        ));
    }
    files.read(&full).map_err(|error| {
        let why = if error.kind() == std::io::ErrorKind::NotFound {
            format!(
                "no file exists at {}; this function works only with files that are part of the configuration. If a \
                 resource of this configuration makes the file, refer to that resource's attributes instead",
                quote(path)
            )
        } else {
            format!("failed to read file {}: {error}", quote(path))
        };
        FunctionError::argument(position, why)
    })
}

/// The text of a file that the argument at a position names.
pub(crate) fn read_text(path: &str, position: usize, files: &dyn Files) -> Result<String, FunctionError> {
    String::from_utf8(read(path, position, files)?).map_err(|_| {
        FunctionError::call(format!(
            "contents of {} are not valid UTF-8; use the filebase64 function to obtain them in Base64, or functions \
             such as filesha256 to obtain a hash of them",
            quote(path)
        ))
    })
}
