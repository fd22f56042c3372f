//! Records checksums for further platforms: the work of `providers lock`.
//!
//! Responsible for fetching the packages of several platforms, checking them against their
//! publishers, and adding their checksums to the lock file. Nothing is installed.

use std::collections::{BTreeMap, BTreeSet};

use plumb_address::ProviderAddress;
use plumb_diagnostics::{Diagnostic, Diagnostics};

use crate::fetch::{Fetcher, Verification};
use crate::install_events::InstallError;
use crate::package_hash::PackageHash;
use crate::selection::Requirements;
use crate::source::Source;
use crate::{Constraints, LockFile, Platform, ProviderLock, Version, parallel};

const FETCH_THREADS_MAX: usize = 4;

/// What a lock came to know about a platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockChange {
    /// The provider was not locked before.
    NewProvider,
    /// Further checksums of a provider that was.
    NewHashes,
    /// Nothing new.
    None,
}

/// Something that happened while checksums were gathered. Calls come from several threads.
#[derive(Debug)]
#[expect(missing_docs, reason = "the fields say all: which provider, version and platform")]
pub enum LockEvent<'a> {
    /// A package is fetched.
    Fetch { provider: &'a ProviderAddress, version: &'a Version, platform: &'a Platform },
    /// That is done, and it was checked.
    Fetched {
        provider: &'a ProviderAddress,
        version: &'a Version,
        platform: &'a Platform,
        verification: &'a Verification,
    },
    /// The checksums for a platform are in the lock file now.
    Obtained { provider: &'a ProviderAddress, platform: &'a Platform, change: LockChange },
}

struct Task<'a> {
    provider: &'a ProviderAddress,
    version: &'a Version,
    platform: &'a Platform,
}

/// Adds the checksums of all requirements for all platforms; returns the lock file from now on.
/// With errors it is as it was.
pub fn lock_platforms(
    requirements: &Requirements,
    locks: &LockFile,
    platforms: &[Platform],
    source: &dyn Source,
    fetcher: &Fetcher,
    on: &(dyn Fn(&LockEvent<'_>) + Sync),
) -> (LockFile, Diagnostics) {
    let lockable: Vec<(&ProviderAddress, &Constraints)> =
        requirements.iter().filter(|(provider, _)| !provider.is_builtin() && !provider.is_legacy()).collect();
    let chosen = parallel::map(&lockable, FETCH_THREADS_MAX, |(provider, constraints)| {
        choose(provider, constraints, locks, source)
    });
    let mut diagnostics = Diagnostics::new();
    let mut versions: BTreeMap<&ProviderAddress, Version> = BTreeMap::new();
    for ((provider, _), result) in lockable.iter().zip(chosen) {
        match result {
            Ok(version) => drop(versions.insert(provider, version)),
            Err(error) => diagnostics.push(failed(provider, None, &error)),
        }
    }
    let platforms: BTreeSet<&Platform> = platforms.iter().collect();
    let tasks: Vec<Task<'_>> = platforms
        .iter()
        .flat_map(|platform| versions.iter().map(|(provider, version)| Task { provider, version, platform }))
        .collect();
    let results = parallel::map(&tasks, FETCH_THREADS_MAX, |task| hashes(task, source, fetcher, on));
    let mut updated = locks.clone();
    for (task, result) in tasks.iter().zip(results) {
        match result {
            Ok(hashes) => {
                let constraints = requirements.get(task.provider).cloned().unwrap_or_default();
                let change = add(&mut updated, locks, task, constraints, hashes);
                on(&LockEvent::Obtained { provider: task.provider, platform: task.platform, change });
            }
            Err(error) => diagnostics.push(failed(task.provider, Some(task.platform), &error)),
        }
    }
    if diagnostics.has_errors() { (locks.clone(), diagnostics) } else { (updated, diagnostics) }
}

fn failed(provider: &ProviderAddress, platform: Option<&Platform>, error: &InstallError) -> Diagnostic {
    let platform = platform.map(|platform| format!(" for {platform}")).unwrap_or_default();
    let detail = format!(
        "Failed to fetch {provider}{platform} in order to calculate its checksums: {error}. The lock file was not changed."
    );
    Diagnostic::error("Could not retrieve providers for locking", detail)
}

fn choose(
    provider: &ProviderAddress,
    constraints: &Constraints,
    locks: &LockFile,
    source: &dyn Source,
) -> Result<Version, InstallError> {
    if let Some(lock) = locks.get(provider) {
        let version = lock.version().clone();
        if constraints.allows(&version) {
            return Ok(version);
        }
        let (provider, constraints) = (provider.clone(), constraints.to_string());
        return Err(InstallError::LockedOutOfConstraints { provider, version, constraints });
    }
    let available = source.versions(provider)?;
    let nothing = || InstallError::NothingMatches { constraints: constraints.to_string() };
    constraints.newest(&available.versions).cloned().ok_or_else(nothing)
}

fn hashes(
    task: &Task<'_>,
    source: &dyn Source,
    fetcher: &Fetcher,
    on: &(dyn Fn(&LockEvent<'_>) + Sync),
) -> Result<Vec<PackageHash>, InstallError> {
    let Task { provider, version, platform } = *task;
    let package = source.package(provider, version, platform)?;
    on(&LockEvent::Fetch { provider, version, platform });
    let fetched = fetcher.fetch(&package)?;
    let hash = fetched.on_disk.files_hash().map_err(InstallError::Hash)?;
    let verification = &fetched.authenticity.verification;
    on(&LockEvent::Fetched { provider, version, platform, verification });
    Ok(std::iter::once(hash).chain(fetched.authenticity.signed_hashes).collect())
}

fn add(
    updated: &mut LockFile,
    before: &LockFile,
    task: &Task<'_>,
    constraints: Constraints,
    hashes: Vec<PackageHash>,
) -> LockChange {
    let change = match before.get(task.provider) {
        None => LockChange::NewProvider,
        Some(lock) if hashes.iter().all(|hash| lock.hashes().contains(hash)) => LockChange::None,
        Some(_) => LockChange::NewHashes,
    };
    let kept = updated.get(task.provider).map(|lock| lock.hashes().to_vec()).unwrap_or_default();
    let lock = ProviderLock::new(task.version.clone(), constraints, kept.into_iter().chain(hashes));
    updated.set(task.provider.clone(), lock);
    change
}
