//! The programs of installed providers, checked before they are run.
//!
//! Responsible for finding the package that the lock file selects and for refusing one that is not
//! what the lock file knows. Packages are hashed in parallel, and once per change of their files.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use plumb_address::ProviderAddress;
use plumb_diagnostics::Diagnostic;

use crate::package_hash::PackageHash;
use crate::provider_directory::executable_in;
use crate::selection::Selection;
use crate::{DigestCache, LockFile, ProviderDirectory, Version, parallel};

/// A plugin that may be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstalledPlugin {
    /// Its version; none for an unreleased build.
    pub version: Option<Version>,
    /// The program.
    pub executable: PathBuf,
    /// The package's `h1:` hash; none for an unreleased build, which may change at any time.
    pub hash: Option<PackageHash>,
}

/// Why a plugin cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum InstalledError {
    /// It is not installed.
    #[error("there is no package for {provider} {version} cached in {directory}")]
    NotInstalled {
        /// Which provider.
        provider: ProviderAddress,
        /// Which version.
        version: Version,
        /// Where it was looked for.
        directory: PathBuf,
    },
    /// It is something else than what was installed.
    #[error(
        "the cached package for {provider} {version} (in {directory}) does not match any of the checksums recorded in the dependency lock file"
    )]
    Mismatch {
        /// Which provider.
        provider: ProviderAddress,
        /// Which version.
        version: Version,
        /// Where it is.
        directory: PathBuf,
    },
    /// It cannot be read.
    #[error("failed to verify checksum of {provider} {version} package cached in {directory}: {error}")]
    Unreadable {
        /// Which provider.
        provider: ProviderAddress,
        /// Which version.
        version: Version,
        /// Where it is.
        directory: PathBuf,
        /// What happened.
        error: io::Error,
    },
    /// There is no program in it.
    #[error("{reason}")]
    NoProgram {
        /// Which provider.
        provider: ProviderAddress,
        /// What is missing.
        reason: String,
    },
}

/// The programs for all selections that need one, and what is wrong with the others.
pub fn installed_plugins(
    selections: &BTreeMap<ProviderAddress, Selection>,
    locks: &LockFile,
    directory: &ProviderDirectory,
    digests: &DigestCache,
) -> (BTreeMap<ProviderAddress, InstalledPlugin>, BTreeMap<ProviderAddress, InstalledError>) {
    let selections: Vec<_> = selections.iter().collect();
    let results =
        parallel::map(&selections, parallel::processors(), |(provider, selection)| match selection {
            Selection::Plugin(version) => {
                Some(installed_plugin(provider, version, locks, directory, digests))
            }
            Selection::DevOverride(package) => Some(unreleased_plugin(provider, package)),
            Selection::Builtin(_) | Selection::Unmanaged => None,
        });
    let mut plugins = BTreeMap::new();
    let mut errors = BTreeMap::new();
    for ((provider, _), result) in selections.into_iter().zip(results) {
        match result {
            Some(Ok(plugin)) => drop(plugins.insert(provider.clone(), plugin)),
            Some(Err(error)) => drop(errors.insert(provider.clone(), error)),
            None => {}
        }
    }
    (plugins, errors)
}

fn unreleased_plugin(provider: &ProviderAddress, package: &Path) -> Result<InstalledPlugin, InstalledError> {
    let executable = executable_in(package, &provider.kind)
        .map_err(|reason| InstalledError::NoProgram { provider: provider.clone(), reason })?;
    Ok(InstalledPlugin { version: None, executable, hash: None })
}

fn installed_plugin(
    provider: &ProviderAddress,
    version: &Version,
    locks: &LockFile,
    directory: &ProviderDirectory,
    digests: &DigestCache,
) -> Result<InstalledPlugin, InstalledError> {
    let (provider, version, base) = (provider.clone(), version.clone(), directory.base().to_path_buf());
    let Some(package) = directory.installed(&provider, &version) else {
        return Err(InstalledError::NotInstalled { provider, version, directory: base });
    };
    let hash = match digests.hash_directory(&package) {
        Ok(hash) => hash,
        Err(error) => return Err(InstalledError::Unreadable { provider, version, directory: base, error }),
    };
    // A lock without checksums was written by hand, and trusts whatever is installed.
    let allowed = locks.get(&provider).map(crate::ProviderLock::known_hashes).unwrap_or_default();
    if !allowed.is_empty() && !allowed.contains(&hash) {
        return Err(InstalledError::Mismatch { provider, version, directory: base });
    }
    match executable_in(&package, &provider.kind) {
        Ok(executable) => Ok(InstalledPlugin { version: Some(version), executable, hash: Some(hash) }),
        Err(reason) => Err(InstalledError::NoProgram { provider, reason }),
    }
}

/// The error for all plugins that cannot be run.
pub fn missing_plugins_diagnostic(errors: &BTreeMap<ProviderAddress, InstalledError>) -> Option<Diagnostic> {
    if errors.is_empty() {
        return None;
    }
    let listed: Vec<String> =
        errors.iter().map(|(provider, error)| format!("  - {provider}: {error}")).collect();
    let detail = format!(
        "The installed provider plugins are not consistent with the packages selected in the dependency lock file:\n{}\n\nPlumb uses external plugins to work with many infrastructure services. To download the plugins that this configuration needs, run:\n  plumb init",
        listed.join("\n")
    );
    Some(Diagnostic::error("Required plugins are not installed", detail))
}
