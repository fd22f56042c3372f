//! Writing files that people write too: the new text is there as a whole, or the old one stays.

use std::fs::{Metadata, Permissions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

/// Writes a file beside its place and puts it there when it is whole. Whose it is, and who may read it, stays.
pub(super) fn write_whole(file: &Path, text: &str) -> io::Result<()> {
    // Where a link leads is what is meant.
    let file = std::fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let known = match std::fs::metadata(&file) {
        Ok(known) => Some(known),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    match (draft(&file, text, known.as_ref()), known) {
        // There is no place beside it. What must not be written to stays as it is.
        (Err(error), Some(_)) if matches!(error.kind(), ErrorKind::PermissionDenied) => {
            std::fs::write(&file, text)
        }
        (result, _) => result,
    }
}

fn draft(file: &Path, text: &str, known: Option<&Metadata>) -> io::Result<()> {
    // A file that its owner keeps from being written to is not put aside for another one.
    if known.is_some() {
        std::fs::OpenOptions::new().write(true).open(file)?;
    }
    let directory = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut draft = tempfile::Builder::new()
        .prefix(".plumb-")
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(directory)?;
    draft.write_all(text.as_bytes())?;
    draft.as_file().sync_all()?;
    if let Some(known) = known {
        // Whoever may write to a file of somebody else may not always give one away.
        let _ = std::os::unix::fs::chown(draft.path(), Some(known.uid()), Some(known.gid()));
        draft.as_file().set_permissions(known.permissions())?;
    }
    draft.persist(file).map(drop).map_err(|error| error.error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_stay_what_they_are() {
        let scratch = tempfile::tempdir().expect("a directory");
        let (file, link) = (scratch.path().join("a"), scratch.path().join("b"));
        write_whole(&file, "one").expect("is written");
        std::fs::set_permissions(&file, Permissions::from_mode(0o640)).expect("can be set");
        std::os::unix::fs::symlink("a", &link).expect("a link");
        write_whole(&link, "two").expect("is written");
        assert_eq!(std::fs::read_to_string(&file).expect("reads"), "two");
        assert!(std::fs::symlink_metadata(&link).expect("is there").is_symlink());
        assert_eq!(std::fs::metadata(&file).expect("is there").permissions().mode() & 0o777, 0o640);
        assert_eq!(std::fs::read_dir(scratch.path()).expect("reads").count(), 2, "nothing else is left");
        let error = write_whole(&scratch.path().join("none/a"), "x").expect_err("there is no directory");
        assert_eq!(error.kind(), ErrorKind::NotFound);
    }
}
