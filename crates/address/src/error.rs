//! What is wrong with the text of an address.
//!
//! Responsible for saying it so that whoever typed the address can correct it: what, where, and
//! what to write instead. It does not decide how that is shown.

use plumb_diagnostics::Diagnostic;

/// Why a text is no address of the wanted kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct AddressError {
    /// What kind of problem it is, in a few words that name nothing in particular.
    pub summary: &'static str,
    /// What is wrong, as sentences.
    pub message: String,
    /// Where in the text the problem begins, in bytes; the text's length where something is missing
    /// at its end.
    pub position: usize,
    /// What to do about it, as sentences.
    pub hint: Option<String>,
}

impl AddressError {
    /// A problem with the address at `position`.
    pub(crate) fn new(position: usize, message: impl Into<String>) -> Self {
        AddressError { summary: "Invalid address", message: message.into(), position, hint: None }
    }

    /// The same with a hint.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same under another summary.
    pub(crate) fn summary(mut self, summary: &'static str) -> Self {
        self.summary = summary;
        self
    }

    /// The same for a text that stands `offset` bytes further in.
    pub(crate) fn shifted(mut self, offset: usize) -> Self {
        self.position += offset;
        self
    }

    /// As a diagnostic without a place in a source file.
    pub fn to_diagnostic(&self) -> Diagnostic {
        let detail = match &self.hint {
            Some(hint) => format!("{}\n\n{hint}", self.message),
            None => self.message.clone(),
        };
        Diagnostic::error(self.summary, detail)
    }
}
