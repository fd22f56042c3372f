//! Installs what a configuration requires.
//!
//! Responsible for the order of things: which version to take, whether it is there already, whether
//! the plugin cache has it, where to fetch it from, whether it is what the lock file says, and what
//! the lock file should say from now on. It writes into provider directories only; saving the lock
//! file is up to the caller, who may have been told not to.

use std::collections::{BTreeMap, BTreeSet};

use plumb_address::ProviderAddress;

use crate::fetch::{Authenticity, FetchedPackage, Fetcher};
use crate::install_events::{InstallError, InstallEvent, InstallEvents, InstallFailure};
use crate::package_hash::{PackageHash, PackageOnDisk};
use crate::provider_directory::executable_in;
use crate::selection::{Exemptions, Requirements, Selection};
use crate::source::{Package, Source, SourceError};
use crate::{
    Constraints, DigestCache, LockFile, ProviderDirectory, ProviderLock, UnpackLimits, Version, parallel,
};

/// Questions wait for the network, not for processors.
const QUERY_THREADS_MAX: usize = 10;

/// Downloads share one line, and each uses memory and a processor for unpacking.
const INSTALL_THREADS_MAX: usize = 4;

/// Which versions to look for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstallMode {
    /// What is locked stays; only new requirements are looked for.
    Missing,
    /// The newest that is allowed, whatever is locked.
    Upgrade,
}

/// Everything that an installation works with.
pub struct Installer<'a> {
    /// Where the providers of this working directory are.
    pub target: &'a ProviderDirectory,
    /// A directory that working directories share packages through.
    pub cache: Option<&'a ProviderDirectory>,
    /// Whether packages from the cache may be used that the lock file does not know.
    pub cache_may_break_lock: bool,
    /// Where packages come from.
    pub source: &'a dyn Source,
    /// What brings them here.
    pub fetcher: &'a Fetcher,
    /// Remembers hashes.
    pub digests: &'a DigestCache,
    /// Providers that need no installation.
    pub exemptions: &'a Exemptions,
    /// What archives may unfold to.
    pub limits: UnpackLimits,
}

/// What an installation came to.
#[derive(Debug, Default)]
pub struct InstallOutcome {
    /// The selections from now on. With failures, those providers are as they were.
    pub locks: LockFile,
    /// What serves each requirement that did not fail.
    pub selections: BTreeMap<ProviderAddress, Selection>,
    /// What went wrong, by provider.
    pub failures: Vec<InstallFailure>,
    /// Providers of which only this platform's checksums are known.
    pub incomplete: BTreeSet<ProviderAddress>,
    /// Whether any package was signed by somebody other than HashiCorp.
    pub has_third_party_signatures: bool,
}

/// A version that was decided on.
struct Decision {
    provider: ProviderAddress,
    version: Version,
}

/// What became of a decision.
struct Installed {
    /// The lock from now on, where it changed.
    lock: Option<ProviderLock>,
    is_incomplete: bool,
    is_third_party: bool,
}

type Query<'r> = (&'r ProviderAddress, &'r Constraints);

impl Installer<'_> {
    /// Installs what is required.
    pub fn ensure(
        &self,
        requirements: &Requirements,
        locks: &LockFile,
        mode: InstallMode,
        events: &dyn InstallEvents,
    ) -> InstallOutcome {
        let mut outcome = InstallOutcome { locks: locks.clone(), ..InstallOutcome::default() };
        let queries = self.exempt(requirements, locks, &mut outcome, events);
        for (provider, constraints) in &queries {
            let is_locked = mode == InstallMode::Missing && locks.get(provider).is_some();
            events.on(&InstallEvent::Query { provider, constraints, is_locked });
        }
        let decisions =
            parallel::map(&queries, QUERY_THREADS_MAX, |query| self.decide(*query, locks, mode, events));
        let decisions: Vec<Decision> = keep_failures(decisions, &mut outcome);

        let installed = parallel::map(&decisions, INSTALL_THREADS_MAX, |decision| {
            let constraints = requirements.get(&decision.provider).cloned().unwrap_or_default();
            let result = self.install(decision, locks, &constraints, events);
            result.inspect_err(|failure| events.on(&InstallEvent::Failed(failure)))
        });
        for (decision, result) in decisions.into_iter().zip(installed) {
            match result {
                Ok(installed) => outcome.take(decision, installed),
                Err(failure) => outcome.failures.push(failure),
            }
        }
        outcome.locks.retain(|provider| requirements.contains_key(provider));
        outcome.failures.sort_by(|left, right| left.provider.cmp(&right.provider));
        outcome
    }

    /// Selects what needs no installation; returns the rest.
    fn exempt<'r>(
        &self,
        requirements: &'r Requirements,
        locks: &LockFile,
        outcome: &mut InstallOutcome,
        events: &dyn InstallEvents,
    ) -> Vec<Query<'r>> {
        let mut queries = Vec::new();
        for (provider, constraints) in requirements {
            let Some(selection) = self.exemptions.select(provider, constraints, locks) else {
                queries.push((provider, constraints));
                continue;
            };
            if provider.is_builtin()
                && let Err(error) = self.check_builtin(provider, constraints)
            {
                let failure = InstallFailure::builtin(provider, error);
                events.on(&InstallEvent::Failed(&failure));
                outcome.failures.push(failure);
                continue;
            }
            events.on(&InstallEvent::Exempt { provider, selection: &selection });
            outcome.selections.insert(provider.clone(), selection);
        }
        queries
    }

    fn check_builtin(
        &self,
        provider: &ProviderAddress,
        constraints: &Constraints,
    ) -> Result<(), InstallError> {
        let is_known = &*provider.kind == "terraform" || self.exemptions.builtins.get(provider).is_some();
        if !is_known {
            Err(InstallError::NoSuchBuiltin { kind: provider.kind.to_string() })
        } else if !constraints.is_empty() {
            Err(InstallError::BuiltinWithVersion)
        } else {
            Ok(())
        }
    }

    fn decide(
        &self,
        (provider, constraints): Query<'_>,
        locks: &LockFile,
        mode: InstallMode,
        events: &dyn InstallEvents,
    ) -> Result<Decision, InstallFailure> {
        let lock = locks.get(provider).filter(|_| mode == InstallMode::Missing);
        let result = self.choose(provider, constraints, lock, events);
        match result {
            Ok(version) => Ok(Decision { provider: provider.clone(), version }),
            Err(error) => {
                let failure = InstallFailure::query(provider, error);
                events.on(&InstallEvent::Failed(&failure));
                Err(failure)
            }
        }
    }

    fn choose(
        &self,
        provider: &ProviderAddress,
        constraints: &Constraints,
        lock: Option<&ProviderLock>,
        events: &dyn InstallEvents,
    ) -> Result<Version, InstallError> {
        if let Some(lock) = lock {
            let version = lock.version();
            if !constraints.allows(version) {
                return Err(InstallError::LockedOutOfConstraints {
                    provider: provider.clone(),
                    version: version.clone(),
                    constraints: constraints.to_string(),
                });
            }
            // What is here already needs no network, so a locked directory works offline.
            if self.is_present(provider, version) {
                return Ok(version.clone());
            }
        }
        let available = self.source.versions(provider)?;
        if !available.warnings.is_empty() {
            events.on(&InstallEvent::Warnings { provider, warnings: &available.warnings });
        }
        match lock {
            Some(lock) if available.versions.contains(lock.version()) => Ok(lock.version().clone()),
            Some(lock) => Err(InstallError::LockedVersionGone { version: lock.version().clone() }),
            None => constraints
                .newest(&available.versions)
                .cloned()
                .ok_or_else(|| InstallError::NothingMatches { constraints: constraints.to_string() }),
        }
    }

    /// Whether the target or the cache has the version, be it the right package or not.
    fn is_present(&self, provider: &ProviderAddress, version: &Version) -> bool {
        self.target.installed(provider, version).is_some()
            || self.cache.is_some_and(|cache| cache.installed(provider, version).is_some())
    }

    fn install(
        &self,
        decision: &Decision,
        locks: &LockFile,
        constraints: &Constraints,
        events: &dyn InstallEvents,
    ) -> Result<Installed, InstallFailure> {
        let Decision { provider, version } = decision;
        let lock = locks.get(provider).filter(|lock| lock.version() == version);
        let prior = lock.map(ProviderLock::known_hashes).unwrap_or_default();
        if self.is_installed(provider, version, &prior) {
            events.on(&InstallEvent::AlreadyInstalled { provider, version });
            return Ok(Installed { lock: None, is_incomplete: false, is_third_party: false });
        }
        let (hash, authenticity) = match self.link_from_cache(decision, &prior, events) {
            Ok(Some(hash)) => (hash, None),
            Ok(None) => {
                let fail = |error| InstallFailure::install(provider, version, error);
                let (hash, authenticity) = self.fetch(decision, &prior, events).map_err(fail)?;
                (hash, Some(authenticity))
            }
            Err(error) => return Err(InstallFailure::cache(provider, version, error)),
        };
        let signed =
            authenticity.as_ref().map(|authenticity| authenticity.signed_hashes.clone()).unwrap_or_default();
        let is_incomplete = signed.is_empty() && prior.is_empty();
        // Hashes of schemes that are not known here stay for whoever knows them.
        let kept = lock.map(|lock| lock.hashes().to_vec()).unwrap_or_default();
        let hashes = std::iter::once(hash).chain(kept).chain(signed);
        Ok(Installed {
            lock: Some(ProviderLock::new(version.clone(), constraints.clone(), hashes)),
            is_incomplete,
            is_third_party: authenticity
                .is_some_and(|authenticity| authenticity.verification.is_third_party()),
        })
    }

    fn is_installed(&self, provider: &ProviderAddress, version: &Version, allowed: &[PackageHash]) -> bool {
        let Some(package) = self.target.installed(provider, version) else { return false };
        !allowed.is_empty() && self.digests.hash_directory(&package).is_ok_and(|hash| allowed.contains(&hash))
    }

    fn link_from_cache(
        &self,
        Decision { provider, version }: &Decision,
        allowed: &[PackageHash],
        events: &dyn InstallEvents,
    ) -> Result<Option<PackageHash>, InstallError> {
        let Some(cache) = self.cache else { return Ok(None) };
        let Some(package) = cache.installed(provider, version) else { return Ok(None) };
        let Ok(hash) = self.digests.hash_directory(&package) else { return Ok(None) };
        if !allowed.contains(&hash) && !self.cache_may_break_lock {
            return Ok(None);
        }
        events.on(&InstallEvent::LinkFromCache { provider, version, cache: cache.base() });
        executable_in(&package, &provider.kind).map_err(|reason| InstallError::NoProgram { reason })?;
        self.target.place_link(provider, version, &package)?;
        events.on(&InstallEvent::LinkedFromCache { provider, version });
        Ok(Some(hash))
    }

    fn fetch(
        &self,
        Decision { provider, version }: &Decision,
        allowed: &[PackageHash],
        events: &dyn InstallEvents,
    ) -> Result<(PackageHash, Authenticity), InstallError> {
        let package = self.find(provider, version)?;
        events.on(&InstallEvent::Fetch { provider, version, location: &package.location });
        let fetched = self.fetcher.fetch(&package)?;
        self.check_lock(provider, version, &fetched, allowed)?;
        let directory = self.cache.unwrap_or(self.target);
        let mut place = match &fetched.on_disk {
            PackageOnDisk::Directory(path) => directory.place_link(provider, version, path)?,
            PackageOnDisk::Archive(path) => directory.place_archive(provider, version, path, &self.limits)?,
        };
        if self.cache.is_some() {
            place = self.target.place_link(provider, version, &place)?;
        }
        executable_in(&place, &provider.kind).map_err(|reason| InstallError::NoProgram { reason })?;
        let hash = self.digests.hash_directory(&place).map_err(InstallError::Hash)?;
        events.on(&InstallEvent::Fetched {
            provider,
            version,
            verification: &fetched.authenticity.verification,
        });
        Ok((hash, fetched.authenticity))
    }

    fn find(&self, provider: &ProviderAddress, version: &Version) -> Result<Package, InstallError> {
        let error = match self.source.package(provider, version, self.target.platform()) {
            Ok(package) => return Ok(package),
            Err(error) => error,
        };
        // The choice of a locked version may not have asked whether it still exists.
        let is_gone = matches!(error, SourceError::PlatformNotSupported { .. })
            && self.source.versions(provider).is_ok_and(|available| !available.versions.contains(version));
        if is_gone {
            return Err(InstallError::LockedVersionGone { version: version.clone() });
        }
        Err(error.into())
    }

    fn check_lock(
        &self,
        provider: &ProviderAddress,
        version: &Version,
        fetched: &FetchedPackage,
        allowed: &[PackageHash],
    ) -> Result<(), InstallError> {
        if allowed.is_empty() {
            return Ok(());
        }
        let (is_allowed, is_local) = match &fetched.on_disk {
            PackageOnDisk::Directory(path) => {
                (allowed.contains(&self.digests.hash_directory(path).map_err(InstallError::Hash)?), true)
            }
            archive @ PackageOnDisk::Archive(_) => {
                (archive.matching(allowed).map_err(InstallError::Hash)?.is_some(), false)
            }
        };
        if is_allowed {
            return Ok(());
        }
        Err(InstallError::LockMismatch { provider: provider.clone(), version: version.clone(), is_local })
    }
}

fn keep_failures<T>(results: Vec<Result<T, InstallFailure>>, outcome: &mut InstallOutcome) -> Vec<T> {
    let mut good = Vec::new();
    for result in results {
        match result {
            Ok(value) => good.push(value),
            Err(failure) => outcome.failures.push(failure),
        }
    }
    good
}

impl InstallOutcome {
    fn take(&mut self, decision: Decision, installed: Installed) {
        let Decision { provider, version } = decision;
        if let Some(lock) = installed.lock {
            self.locks.set(provider.clone(), lock);
        }
        if installed.is_incomplete {
            self.incomplete.insert(provider.clone());
        }
        self.has_third_party_signatures |= installed.is_third_party;
        self.selections.insert(provider, Selection::Plugin(version));
    }
}
