//! Why it is not known how to reach a host.

use std::path::PathBuf;

/// Why it is not known how to reach a host.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SettingsError {
    /// The program `ssh` does not tell.
    #[error("{host}: {program} does not say how to reach it: {why}")]
    Program {
        /// The host.
        host: String,
        /// The program.
        program: String,
        /// What it says instead.
        why: String,
    },
    /// Without the program, its files mean nothing.
    #[error("{host}: {} cannot be read, because there is no program ssh on this machine: install OpenSSH's client", file.display())]
    NoProgram {
        /// The host.
        host: String,
        /// The file that it was to read.
        file: PathBuf,
    },
    /// A key that is asked for is not there.
    #[error("{host}: there is no identity file {}: state another one, or make it with ssh-keygen", file.display())]
    NoIdentity {
        /// The host.
        host: String,
        /// The file.
        file: PathBuf,
    },
    /// A key that is asked for cannot be used.
    #[error("{host}: {why}")]
    Identity {
        /// The host.
        host: String,
        /// The file, and what is wrong.
        why: String,
    },
    /// A value makes no sense.
    #[error("{host}: its {option} is \"{value}\": {why}")]
    Value {
        /// The host.
        host: String,
        /// The option, as files name it.
        option: &'static str,
        /// Its value.
        value: String,
        /// What is wrong with it.
        why: String,
    },
    /// Something is wanted that only OpenSSH's own program does.
    #[error(
        "{host}: its settings want what only the program ssh does: {}. Reach it through that program, or leave those \
         settings out", what.join(", ")
    )]
    Unsupported {
        /// The host.
        host: String,
        /// Options and what they want.
        what: Vec<String>,
    },
}
