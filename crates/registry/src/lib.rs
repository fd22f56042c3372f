//! Finding, verifying and installing providers; fetching modules; the dependency lock file; the CLI configuration.
//!
//! Responsible for turning requirements into packages on disk that may be run: where they come from
//! ([`source`]), whether they are what the lock file and their publishers say they are
//! ([`PackageHash`], [`signature`]), and where they lie ([`ProviderDirectory`]), in the layout that
//! Terraform uses, so that either tool can go on from what the other installed.
//!
//! It starts no providers, prints nothing, and asks neither the environment nor the terminal:
//! [`Environment`] is data, progress goes to [`InstallEvents`], and the network is behind
//! [`web::Http`].

mod archive;
mod cli_configuration;
mod constraints;
mod credentials;
mod digest_cache;
mod environment;
mod fetch;
mod install_events;
mod installed;
mod installer;
mod lock_file;
mod lock_platforms;
pub mod login;
mod mirror_packages;
pub mod modules;
pub mod oci;
mod package_hash;
mod parallel;
mod platform;
mod provider_directory;
mod provider_patterns;
mod selection;
pub mod signature;
pub mod source;
#[cfg(test)]
mod test_server;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod under_way;
mod version;
pub mod web;

pub use archive::{UnpackError, UnpackLimits, unpack};
pub use cli_configuration::{
    CliConfiguration, CredentialsHelperSettings, InstallationLocation, InstallationMethod,
    ProviderInstallation, UserDirectories, WARM_MODES, WarmProvidersSettings,
};
pub use constraints::{Constraint, ConstraintError, Constraints, Operator};
pub use credentials::{Credentials, CredentialsError, CredentialsPlace};
pub use digest_cache::DigestCache;
pub use environment::Environment;
pub use fetch::{Authenticity, FetchError, FetchedPackage, Fetcher, Verification};
pub use install_events::{InstallError, InstallEvent, InstallEvents, InstallFailure, InstallStage, NoEvents};
pub use installed::{InstalledError, InstalledPlugin, installed_plugins, missing_plugins_diagnostic};
pub use installer::{InstallMode, InstallOutcome, Installer};
pub use lock_file::{LOCK_FILE_NAME, LockFile, ProviderLock};
pub use lock_platforms::{LockChange, LockEvent, lock_platforms};
pub use mirror_packages::{MirrorEvent, mirror_packages};
pub use package_hash::{
    PackageHash, PackageHashError, PackageOnDisk, hash_archive_files, hash_directory, hash_file,
};
pub use platform::{Platform, PlatformError};
pub use provider_directory::{PlaceError, ProviderDirectory, executable_in};
pub use provider_patterns::{ProviderFilter, ProviderPattern, ProviderPatternError};
pub use selection::{
    BuiltinVersions, Exemptions, LockProblem, Requirements, Selection, lock_diagnostic, select,
};
pub use under_way::{Noted, UnderWay};
pub use version::{Version, VersionError};
