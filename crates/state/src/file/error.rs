//! Why a state file cannot be used, and what to tell the user.

use plumb_diagnostics::Diagnostic;

/// Why a state file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StateFileError {
    /// It is not JSON, or ends too early.
    #[error("line {line}, column {column}: {problem}")]
    Syntax {
        /// Counted from 1.
        line: usize,
        /// Counted from 1, in bytes.
        column: usize,
        /// What is wrong there.
        problem: String,
    },
    /// It is JSON, but not a state.
    #[error("it has no state format version")]
    NotState,
    /// It is encrypted.
    #[error("it is encrypted, and cannot be read without its key")]
    Encrypted,
    /// It says something that no state says.
    #[error("{place}: {problem}")]
    Invalid {
        /// Which part.
        place: String,
        /// What is wrong with it.
        problem: String,
    },
    /// It was written by a newer program.
    #[error("it uses state format version {version}, which is newer than this program knows")]
    Newer {
        /// Its format version.
        version: u64,
        /// The program that wrote it, as it says.
        program: String,
    },
    /// It was written by a program so old that nothing is left to read it with.
    #[error("it uses state format version {version}, which is no longer read")]
    Older {
        /// Its format version.
        version: u64,
        /// The program that wrote it, as it says.
        program: String,
    },
}

impl StateFileError {
    /// What to tell the user about the state at `place`, an older version of which is in `backup`.
    pub fn diagnostic(&self, place: &str, backup: Option<&str>) -> Diagnostic {
        let restore = match backup {
            Some(backup) => format!(
                "The version before it is in {backup}: compare the two, and if that one is right, copy it over \
                 {place}. Nothing has been changed."
            ),
            None => format!(
                "Restore {place} from a backup or from version control, or repair it by hand. Nothing has been \
                 changed."
            ),
        };
        let by = |program: &String| {
            if program.is_empty() { String::new() } else { format!(" (by version {program})") }
        };
        match self {
            StateFileError::Syntax { line, column, problem } => Diagnostic::error(
                "Unsupported state file format",
                format!(
                    "The state file {place} could not be parsed as JSON: {problem} at line {line}, column \
                     {column}. It may have been cut short, merged badly or edited by hand.\n\n{restore}"
                ),
            ),
            StateFileError::NotState => Diagnostic::error(
                "Unsupported state file format",
                format!(
                    "The file {place} does not have a \"version\" attribute, which is required to identify the \
                     format version: it is JSON, but not a state.\n\n{restore}"
                ),
            ),
            StateFileError::Encrypted => Diagnostic::error(
                "Encrypted state not supported yet",
                format!(
                    "The state file {place} is encrypted, as OpenTofu does it where an \"encryption\" block or \
                     TF_ENCRYPTION says so. Plumb cannot decrypt states yet, so it can neither read nor change it: go on \
                     with OpenTofu, or let OpenTofu write it in the clear (method \"unencrypted\" with the present \
                     method as its fallback) first. Nothing has been changed."
                ),
            ),
            StateFileError::Invalid { place: part, problem } => Diagnostic::error(
                "Invalid state file",
                format!("The state file {place} is not valid: {part}: {problem}.\n\n{restore}"),
            ),
            StateFileError::Newer { version, program } => Diagnostic::error(
                "Unsupported state file format",
                format!(
                    "The state file {place} uses format version {version}, and the newest that this program knows \
                     is 4. It was written by a newer program{}. Use that one, or a newer release of this one. \
                     Nothing has been changed.",
                    by(program)
                ),
            ),
            StateFileError::Older { version, program } => Diagnostic::error(
                "Unsupported state file format",
                format!(
                    "The state file {place} uses format version {version}, which programs before 0.6 of Terraform \
                     wrote{} and which is no longer read. Upgrade it with Terraform 0.11 (\"terraform state \
                     pull\" writes version 3), then run this again. Nothing has been changed.",
                    by(program)
                ),
            ),
        }
    }
}
