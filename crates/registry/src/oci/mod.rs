//! Registries of images, as far as packages of modules are kept in them.
//!
//! Responsible for asking them as the distribution protocol of the Open Container Initiative says, for who
//! asks, and for what comes being what was asked for. What is in a package is nothing to it.

mod challenge;
mod client;
mod credentials;
mod credentials_file;
mod digest;
mod helper;
mod manifest;
mod repository;

pub(crate) use client::OciClient;
pub use client::OciError;
pub use credentials::{OciCredentials, OciCredentialsError};
pub(crate) use digest::OciDigest;
pub(crate) use repository::is_helper_name;
pub use repository::{OciReference, OciRepository, OciVersion};

use std::path::PathBuf;

use crate::web::Token;

/// What the CLI configuration says about who asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OciSettings {
    /// For some repositories, by what their names begin with.
    pub logins: Vec<(OciPrefix, OciLoginSettings)>,
    /// For all others.
    pub defaults: Option<OciDefaults>,
}

/// A registry, or what the names of some of its repositories begin with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OciPrefix {
    /// The registry: a host, and a port where it is not the usual one.
    pub registry: String,
    /// The first parts of a repository's name; empty for all.
    pub path: String,
}

/// How somebody proves who they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OciLoginSettings {
    /// With a name and a password.
    Password(Token),
    /// With tokens that somebody else has issued.
    Tokens {
        /// What is shown to the registry.
        access: Token,
        /// What another of them can be had for.
        refresh: Token,
    },
    /// As the program `docker-credential-NAME` says.
    Helper(String),
}

/// Who asks where no block says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OciDefaults {
    /// Whether what other programs have written down counts.
    pub has_ambient: bool,
    /// The files that count instead of the usual ones.
    pub files: Option<Vec<PathBuf>>,
    /// The program `docker-credential-NAME` that is asked where nothing says more.
    pub helper: Option<String>,
}

impl Default for OciDefaults {
    fn default() -> Self {
        OciDefaults { has_ambient: true, files: None, helper: None }
    }
}
