//! Where provider packages come from.
//!
//! Responsible for what all kinds of places have in common: which versions of a provider there are,
//! where the package of one version for one platform is, and what is known about it that it can be
//! checked against. Packages are fetched and checked by [`crate::fetch`].

mod discovery;
mod filesystem_mirror;
mod network_mirror;
mod registry;
mod set;

use std::path::PathBuf;

use plumb_address::ProviderAddress;

pub use discovery::{HostServices, Services};
pub use filesystem_mirror::{FilesystemMirror, archive_name};
pub use network_mirror::NetworkMirror;
pub use registry::RegistrySource;
pub(crate) use registry::read_digest;
pub use set::SourceSet;

use crate::web::WebAddress;
use crate::{PackageHash, Platform, Version};

/// A place that packages come from.
pub trait Source: Send + Sync {
    /// The versions of a provider, for any platform.
    ///
    /// # Errors
    /// When the provider is not there or the place cannot be asked.
    fn versions(&self, provider: &ProviderAddress) -> Result<Available, SourceError>;

    /// The package of a version for a platform.
    ///
    /// # Errors
    /// When it is not there or the place cannot be asked.
    fn package(
        &self,
        provider: &ProviderAddress,
        version: &Version,
        platform: &Platform,
    ) -> Result<Package, SourceError>;

    /// What to call the place in a message.
    fn label(&self, provider: &ProviderAddress) -> String;
}

/// The versions of a provider.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Available {
    /// In no particular order, each once.
    pub versions: Vec<Version>,
    /// What the publisher wants users of the provider to know.
    pub warnings: Vec<String>,
}

/// A package, not fetched yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// Which provider.
    pub provider: ProviderAddress,
    /// Which version.
    pub version: Version,
    /// For which platform.
    pub platform: Platform,
    /// The name that its archive has or would have.
    pub file_name: String,
    /// Where it is.
    pub location: PackageLocation,
    /// What it can be checked against.
    pub authentication: Authentication,
}

/// Where a package is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PackageLocation {
    /// Unpacked on this machine.
    Directory(PathBuf),
    /// An archive on this machine.
    Archive(PathBuf),
    /// An archive on a server.
    Remote(WebAddress),
}

/// What is known about a package before it is fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authentication {
    /// Nothing.
    None,
    /// It has one of these checksums, says whoever mirrors it.
    Checksums(Vec<PackageHash>),
    /// It is as its publisher signed it.
    Signed(Box<SignedChecksums>),
}

/// A publisher's signed list of checksums.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedChecksums {
    /// The archive's own SHA-256, says the registry.
    pub archive_digest: [u8; 32],
    /// The list: one line with digest and file name for each archive of the release.
    pub document: Vec<u8>,
    /// A detached OpenPGP signature of the list.
    pub signature: Vec<u8>,
    /// The publisher's public keys, says the registry.
    pub keys: Vec<String>,
}

/// Why a place has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// The provider is in none of the places.
    #[error("provider {provider} was not found in any of the search locations\n\n{}", list(.places))]
    NotFound {
        /// Which provider.
        provider: ProviderAddress,
        /// Where it was looked for.
        places: Vec<String>,
    },
    /// A registry does not know the provider.
    #[error("provider registry {host} does not have a provider named {provider}")]
    Unknown {
        /// The registry's host.
        host: String,
        /// Which provider.
        provider: ProviderAddress,
    },
    /// A host has no registry of providers.
    #[error("host {host} does not offer a provider registry")]
    NoRegistry {
        /// The host.
        host: String,
    },
    /// There is no package for the platform.
    #[error("provider {provider} {version} is not available for {platform}")]
    PlatformNotSupported {
        /// Which provider.
        provider: ProviderAddress,
        /// Which version.
        version: Version,
        /// For which platform.
        platform: Platform,
    },
    /// The provider speaks other versions of the plugin protocol.
    #[error(
        "provider {provider} {version} speaks plugin protocol {protocols}, but only 5 and 6 are supported"
    )]
    ProtocolNotSupported {
        /// Which provider.
        provider: ProviderAddress,
        /// Which version.
        version: Version,
        /// What it speaks.
        protocols: String,
    },
    /// A host wants to know who is asking, or does not like the answer.
    #[error("{}", unauthorized(.host, *.had_token))]
    Unauthorized {
        /// The host.
        host: String,
        /// Whether a token was sent.
        had_token: bool,
    },
    /// A host cannot be reached or does not answer as it should.
    #[error("could not connect to {host}: {reason}")]
    Unreachable {
        /// The host.
        host: String,
        /// What happened.
        reason: String,
    },
    /// A host answered, but not with what was asked for.
    #[error("could not query provider registry for {provider}: {reason}")]
    BadAnswer {
        /// Which provider.
        provider: ProviderAddress,
        /// What is wrong.
        reason: String,
    },
    /// A directory cannot be searched.
    #[error("cannot search {path}: {reason}")]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What happened.
        reason: String,
    },
    /// There is no token because something went wrong.
    #[error("cannot look up credentials: {reason}")]
    Credentials {
        /// What happened.
        reason: String,
    },
}

fn list(places: &[String]) -> String {
    places.iter().map(|place| format!("  - {place}")).collect::<Vec<_>>().join("\n")
}

fn unauthorized(host: &str, had_token: bool) -> String {
    if had_token {
        format!("host {host} rejected the given authentication credentials")
    } else {
        format!(
            "host {host} requires authentication credentials; set them with \"login {host}\", a credentials block of the CLI configuration or an environment variable"
        )
    }
}

impl SourceError {
    /// Whether the place simply does not have it, so that others may be asked.
    pub fn is_absence(&self) -> bool {
        matches!(
            self,
            SourceError::NotFound { .. }
                | SourceError::Unknown { .. }
                | SourceError::PlatformNotSupported { .. }
        )
    }
}
