//! Why a saved plan cannot be written or read, and what to tell the user.

use plumb_diagnostics::Diagnostic;
use plumb_state::StateFileError;

/// Why a saved plan cannot be written or read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanFileError {
    /// It is something else altogether.
    #[error("it is not a saved plan: {what}")]
    Foreign {
        /// What it seems to be.
        what: &'static str,
    },
    /// It is a plan that Terraform or OpenTofu saved.
    #[error("it is a plan saved by Terraform or OpenTofu")]
    OtherProgram,
    /// It was written by a newer program.
    #[error("it uses plan format {format}, which is newer than this program knows")]
    Newer {
        /// Its format version.
        format: u64,
        /// Version of the program that wrote it, as it says.
        version: String,
    },
    /// It ends too early.
    #[error("it ends too early")]
    Truncated,
    /// It is a plan, but not as it was written.
    #[error("{part}: {problem}")]
    Damaged {
        /// Which part of it.
        part: String,
        /// What is wrong with that.
        problem: String,
    },
    /// One of the states in it cannot be read.
    #[error("{part}: {error}")]
    State {
        /// Which one.
        part: &'static str,
        /// Why.
        error: StateFileError,
    },
    /// A schema that the plan needs is not to be had.
    #[error("no schema for {resource}: {problem}")]
    Schema {
        /// The resource type with its provider.
        resource: String,
        /// Why.
        problem: String,
    },
    /// A value in the plan must never be stored. Only when writing.
    #[error("{place} has an ephemeral value, which must not be stored")]
    Ephemeral {
        /// Where.
        place: String,
    },
    /// The plan cannot be put into the form of the file. Only when writing.
    #[error("{place} cannot be stored: {problem}")]
    Unstorable {
        /// Which part.
        place: String,
        /// Why.
        problem: String,
    },
}

impl PlanFileError {
    pub(super) fn damaged(part: impl Into<String>, problem: impl ToString) -> Self {
        PlanFileError::Damaged { part: part.into(), problem: problem.to_string() }
    }

    /// What to tell the user about the plan file at `path`.
    pub fn diagnostic(&self, path: &str) -> Diagnostic {
        const AGAIN: &str =
            "Nothing has been changed. Make a new plan with \"plumb plan -out\" and apply that.";
        let summary = format!("Failed to load \"{path}\" as a plan file");
        match self {
            PlanFileError::Foreign { what } => Diagnostic::error(
                summary,
                format!(
                    "The file {path} is not a saved plan: {what}. A saved plan is what \"plumb plan -out=FILE\" writes."
                ),
            ),
            PlanFileError::OtherProgram => Diagnostic::error(
                summary,
                format!(
                    "The file {path} is a plan that Terraform or OpenTofu saved. Saved plans hold what one program \
                     decided in its own form, so only the program that made a plan can apply it. {AGAIN}"
                ),
            ),
            PlanFileError::Newer { format, version } => Diagnostic::error(
                summary,
                format!(
                    "The saved plan {path} uses plan format {format}, and the newest that this program knows is {}. It \
                     was written by version {version}: apply it with that one, or make a new plan with this one. Nothing \
                     has been changed.",
                    super::FORMAT
                ),
            ),
            PlanFileError::Truncated => Diagnostic::error(
                summary,
                format!(
                    "The saved plan {path} ends too early: it was not written or copied to its end. {AGAIN}"
                ),
            ),
            PlanFileError::Damaged { part, problem } => Diagnostic::error(
                summary,
                format!(
                    "The saved plan {path} is damaged: {part}: {problem}. It was changed since it was written, or copied \
                     badly. {AGAIN}"
                ),
            ),
            PlanFileError::State { part, error } => Diagnostic::error(
                summary,
                format!("The {part} in the saved plan {path} cannot be read: {error}. {AGAIN}"),
            ),
            PlanFileError::Schema { resource, problem } => Diagnostic::error(
                summary,
                format!(
                    "The saved plan {path} needs the schema of {resource}, and there is none: {problem}. Run \"plumb \
                     init\" to install the providers that the plan was made with."
                ),
            ),
            PlanFileError::Ephemeral { place } => Diagnostic::error(
                "Failed to write plan file",
                format!(
                    "{place} has an ephemeral value. Such values must not be stored, so the plan cannot be saved. Apply \
                     without saving a plan, or give the value to a write-only argument."
                ),
            ),
            PlanFileError::Unstorable { place, problem } => Diagnostic::error(
                "Failed to write plan file",
                format!("{place} cannot be stored in {path}: {problem}."),
            ),
        }
    }
}
