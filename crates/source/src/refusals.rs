//! What a disk that refuses means for people.

use std::io::{Error, ErrorKind};

/// The system's words in a sentence of their own, without its number for them, and what to do about it.
pub fn explain_refusal(error: &Error) -> String {
    let (words, remedy) = (refusal(error), remedy(error));
    if remedy.is_empty() { format!("{words}.") } else { format!("{words}. {remedy}") }
}

/// The system's words without its number for them, and without paths that only this program knows.
pub fn refusal(error: &Error) -> String {
    let text = error.to_string();
    text.find(" (os error").map_or(text.as_str(), |at| &text[..at]).to_owned()
}

/// What to do, in sentences; empty where the words say all.
fn remedy(error: &Error) -> &'static str {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "Free some space and run the command again.",
        ErrorKind::FileTooLarge => "Files may not become so large here: see the limits of this user.",
        ErrorKind::PermissionDenied => {
            "The user that runs this may not write there: check who owns the directory and the file, and their permissions."
        }
        ErrorKind::ReadOnlyFilesystem => "The disk is mounted read-only.",
        ErrorKind::NotFound => "Check that the directory is there.",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_not_for_people() {
        let full = Error::from_raw_os_error(28);
        let said = explain_refusal(&full);
        assert!(
            said.ends_with("Free some space and run the command again.") && !said.contains("28"),
            "{said}"
        );
        assert_eq!(explain_refusal(&Error::other("no file")), "no file.");
    }
}
