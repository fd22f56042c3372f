//! What an installation tells whoever watches it: progress, and failures as diagnostics.

use std::io;
use std::path::Path;

use plumb_address::ProviderAddress;
use plumb_diagnostics::Diagnostic;

use crate::fetch::{FetchError, Verification};
use crate::provider_directory::PlaceError;
use crate::selection::Selection;
use crate::source::{PackageLocation, SourceError};
use crate::{Constraints, Version};

const LOCK_DOCUMENTATION: &str =
    "https://developer.hashicorp.com/terraform/language/files/dependency-lock#checksum-verification";

/// Somebody who watches an installation. Calls come from several threads.
pub trait InstallEvents: Sync {
    /// Something happened.
    fn on(&self, event: &InstallEvent<'_>);
}

/// Watches nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoEvents;

impl InstallEvents for NoEvents {
    fn on(&self, _: &InstallEvent<'_>) {}
}

/// Something that happened to a provider.
#[derive(Debug)]
#[expect(missing_docs, reason = "the fields say all: which provider, which version")]
pub enum InstallEvent<'a> {
    /// It needs no installation.
    Exempt { provider: &'a ProviderAddress, selection: &'a Selection },
    /// Its version is looked for: the locked one, or one that fits.
    Query { provider: &'a ProviderAddress, constraints: &'a Constraints, is_locked: bool },
    /// Its publisher has something to say.
    Warnings { provider: &'a ProviderAddress, warnings: &'a [String] },
    /// It is there already.
    AlreadyInstalled { provider: &'a ProviderAddress, version: &'a Version },
    /// It is linked from the plugin cache.
    LinkFromCache { provider: &'a ProviderAddress, version: &'a Version, cache: &'a Path },
    /// That is done.
    LinkedFromCache { provider: &'a ProviderAddress, version: &'a Version },
    /// It is fetched.
    Fetch { provider: &'a ProviderAddress, version: &'a Version, location: &'a PackageLocation },
    /// That is done, and it was checked.
    Fetched { provider: &'a ProviderAddress, version: &'a Version, verification: &'a Verification },
    /// Something went wrong; it is among the outcome's failures as well.
    Failed(&'a InstallFailure),
}

/// Why a provider was not installed.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// It could not be found.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// It could not be fetched, or is not what was promised.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// It could not be put in place.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// It could not be hashed.
    #[error("failed to compute a checksum for it: {0}")]
    Hash(io::Error),
    /// There is no program in it.
    #[error("provider binary not found: {reason}")]
    NoProgram {
        /// What is missing.
        reason: String,
    },
    /// What is locked is not what is asked for.
    #[error(
        "locked provider {provider} {version} does not match configured version constraint {constraints}; must use plumb init -upgrade to allow selection of new versions"
    )]
    LockedOutOfConstraints {
        /// Which provider.
        provider: ProviderAddress,
        /// What is locked.
        version: Version,
        /// What is asked for.
        constraints: String,
    },
    /// What is locked does not exist any more.
    #[error("the previously-selected version {version} is no longer available")]
    LockedVersionGone {
        /// What is locked.
        version: Version,
    },
    /// No version is what is asked for.
    #[error("no available releases match the given constraints {constraints}")]
    NothingMatches {
        /// What is asked for.
        constraints: String,
    },
    /// The package is not the one that was locked.
    #[error("the {} package for {provider} {version} doesn't match any of the checksums previously recorded in the dependency lock file{}; for more information: {LOCK_DOCUMENTATION}",
        if *.is_local { "local" } else { "current" },
        if *.is_local { " (this might be because the available checksums are for packages targeting different platforms)" } else { "" })]
    LockMismatch {
        /// Which provider.
        provider: ProviderAddress,
        /// Which version.
        version: Version,
        /// Whether it is unpacked on this machine already.
        is_local: bool,
    },
    /// There is no such provider in this process.
    #[error("this release has no built-in provider named \"{kind}\"")]
    NoSuchBuiltin {
        /// Its name.
        kind: String,
    },
    /// A version was asked of a provider that is part of the program.
    #[error("built-in providers do not support explicit version constraints")]
    BuiltinWithVersion,
}

/// During what a provider failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InstallStage {
    /// Selecting one that is part of the program.
    Builtin,
    /// Finding a version.
    Query,
    /// Linking this version from the plugin cache.
    Cache(Version),
    /// Installing this version.
    Install(Version),
}

/// A provider that was not installed.
#[derive(Debug)]
pub struct InstallFailure {
    /// Which provider.
    pub provider: ProviderAddress,
    /// During what.
    pub stage: InstallStage,
    /// Why.
    pub error: InstallError,
}

impl InstallFailure {
    pub(crate) fn builtin(provider: &ProviderAddress, error: InstallError) -> Self {
        InstallFailure { provider: provider.clone(), stage: InstallStage::Builtin, error }
    }

    pub(crate) fn query(provider: &ProviderAddress, error: InstallError) -> Self {
        InstallFailure { provider: provider.clone(), stage: InstallStage::Query, error }
    }

    pub(crate) fn cache(provider: &ProviderAddress, version: &Version, error: InstallError) -> Self {
        InstallFailure { provider: provider.clone(), stage: InstallStage::Cache(version.clone()), error }
    }

    pub(crate) fn install(provider: &ProviderAddress, version: &Version, error: InstallError) -> Self {
        InstallFailure { provider: provider.clone(), stage: InstallStage::Install(version.clone()), error }
    }

    /// The error to show. Its summary and meaning are Terraform's.
    pub fn to_diagnostic(&self) -> Diagnostic {
        let name = self.provider.for_display();
        let error = &self.error;
        let whence = format!(
            "To see which modules are currently depending on {name} and what versions are specified, run the following command:\n    plumb providers"
        );
        if let InstallError::Source(SourceError::PlatformNotSupported { version, platform, .. }) = error {
            let detail = format!(
                "Provider {name} v{version} does not have a package available for your current platform, {platform}.\n\nProvider releases are separate from Plumb releases, so not all providers are available for all platforms. Other versions of this provider may have different platforms supported."
            );
            return Diagnostic::error("Incompatible provider version", detail);
        }
        match &self.stage {
            InstallStage::Builtin => {
                let detail = format!("Cannot use {}: {error}.", self.provider);
                Diagnostic::error("Invalid dependency on built-in provider", detail)
            }
            InstallStage::Query => match error {
                InstallError::Source(SourceError::NoRegistry { host }) => {
                    let detail = format!(
                        "The host \"{host}\" given in provider source address \"{}\" does not offer a provider registry.",
                        self.provider
                    );
                    Diagnostic::error("Invalid provider registry host", detail)
                }
                // The list of places ends the message, so that it can be copied from.
                InstallError::Source(SourceError::NotFound { .. }) => query_failed(&name, error, ""),
                InstallError::Source(SourceError::Unknown { .. }) => {
                    let hint = format!(
                        "All modules should specify their required_providers so that external consumers will get the correct providers when using a module. {whence}"
                    );
                    query_failed(&name, error, &hint)
                }
                _ => query_failed(&name, error, &whence),
            },
            InstallStage::Cache(version) => {
                let detail = format!(
                    "Error while importing {name} v{version} from the shared cache directory: {error}."
                );
                Diagnostic::error("Failed to install provider from shared cache", detail)
            }
            InstallStage::Install(version) => {
                let detail = format!("Error while installing {name} v{version}: {error}");
                Diagnostic::error("Failed to install provider", detail)
            }
        }
    }
}

fn query_failed(name: &str, error: &InstallError, hint: &str) -> Diagnostic {
    let gap = if hint.is_empty() { "" } else { "\n\n" };
    let detail =
        format!("Could not retrieve the list of available versions for provider {name}: {error}{gap}{hint}");
    Diagnostic::error("Failed to query available provider packages", detail)
}
