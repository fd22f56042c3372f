//! States and plans that are to be encrypted, which is not done yet.
//!
//! Responsible for knowing what the configuration and `TF_ENCRYPTION` say, and for refusing to write in the
//! clear what they want encrypted.

use plumb_configuration::{Config, Encryption, EncryptionTarget, encryption_from_text};
use plumb_diagnostics::{Diagnostic, Diagnostics};

use super::Session;

impl Session<'_> {
    /// Takes note of what a configuration and the environment say together, and tells what is wrong with
    /// it: each may name what stands in the other.
    pub(crate) fn note_encryption(&self, config: Option<&Config>) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        let written = config.and_then(|config| config.root().settings.encryption.clone());
        let of_environment = self.shell.environment.get("TF_ENCRYPTION");
        let given = of_environment
            .map(|text| diagnostics.take(encryption_from_text(text, &self.shell.sources)))
            .unwrap_or_default();
        let encryption = written.unwrap_or_default().overlaid_with(given);
        if !diagnostics.has_errors() {
            diagnostics.append(encryption.check());
        }
        // The first is that of this directory; others are of modules that tests run.
        let _ = self.encryption.set(encryption);
        diagnostics
    }

    fn encryption(&self) -> Result<&Encryption, Diagnostics> {
        if self.encryption.get().is_none() {
            // Without configuration there is the environment.
            let problems = self.note_encryption(None);
            if problems.has_errors() {
                return Err(problems);
            }
        }
        Ok(self.encryption.get_or_init(Encryption::default))
    }

    /// Refuses to go on where the state would have to be written encrypted.
    pub(crate) fn require_plain_state(&self) -> Result<(), Diagnostics> {
        refuse(
            self.encryption()?.state.as_ref(),
            "State encryption not supported yet",
            "This command writes the state, which is to be encrypted here",
        )
    }

    /// Whether the state may be written as it is.
    pub(crate) fn has_plain_state(&self) -> bool {
        self.require_plain_state().is_ok()
    }

    /// Refuses to go on where plans would have to be written encrypted.
    pub(crate) fn require_plain_plan(&self) -> Result<(), Diagnostics> {
        refuse(
            self.encryption()?.plan.as_ref(),
            "Plan encryption not supported yet",
            "The option -out writes the plan, which is to be encrypted here",
        )
    }
}

fn refuse(target: Option<&EncryptionTarget>, headline: &str, what: &str) -> Result<(), Diagnostics> {
    let Some(target) = target.filter(|target| target.encrypts()) else { return Ok(()) };
    let detail = format!(
        "{what}, and Plumb cannot encrypt yet. It does not write in the clear what should not be read by others. Use \
         OpenTofu for this, or take the block away (or choose the method \"unencrypted\") if the content may be read. \
         Nothing was changed."
    );
    Err(Diagnostic::error(headline, detail).at(target.span).into())
}
