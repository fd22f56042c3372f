//! The dependency lock file, `.terraform.lock.hcl`.
//!
//! Responsible for what it records (one version, the constraints it was selected by, and the
//! checksums that its packages may have, for each provider) and for reading and writing it byte for
//! byte as Terraform does. What to select, and which checksums to trust, is decided elsewhere.

mod read;
mod write;

use std::collections::BTreeMap;

use plumb_address::ProviderAddress;

use crate::{Constraints, PackageHash, Version};

/// The file's name, in the directory of the root module.
pub const LOCK_FILE_NAME: &str = ".terraform.lock.hcl";

/// The selections of a configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LockFile {
    providers: BTreeMap<ProviderAddress, ProviderLock>,
}

/// The selection of one provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderLock {
    version: Version,
    constraints: Constraints,
    hashes: Vec<PackageHash>,
}

impl ProviderLock {
    /// A selection; the hashes are sorted, each kept once.
    pub fn new(
        version: Version,
        constraints: Constraints,
        hashes: impl IntoIterator<Item = PackageHash>,
    ) -> Self {
        let mut hashes: Vec<PackageHash> = hashes.into_iter().collect();
        hashes.sort();
        hashes.dedup();
        ProviderLock { version, constraints, hashes }
    }

    /// The version that was selected.
    pub fn version(&self) -> &Version {
        &self.version
    }

    /// What was asked for when it was selected; for information only.
    pub fn constraints(&self) -> &Constraints {
        &self.constraints
    }

    /// The checksums that its packages may have, sorted.
    pub fn hashes(&self) -> &[PackageHash] {
        &self.hashes
    }

    /// The checksums that can be compared with packages, leaving out those of unknown schemes.
    pub fn known_hashes(&self) -> Vec<PackageHash> {
        self.hashes.iter().filter(|hash| hash.is_known_scheme()).cloned().collect()
    }
}

impl LockFile {
    /// No selections.
    pub fn new() -> Self {
        Self::default()
    }

    /// The selection of a provider.
    pub fn get(&self, provider: &ProviderAddress) -> Option<&ProviderLock> {
        self.providers.get(provider)
    }

    /// Selects a version of a provider, replacing an earlier selection.
    pub fn set(&mut self, provider: ProviderAddress, lock: ProviderLock) {
        self.providers.insert(provider, lock);
    }

    /// Forgets a provider.
    pub fn remove(&mut self, provider: &ProviderAddress) -> Option<ProviderLock> {
        self.providers.remove(provider)
    }

    /// Keeps only the providers for which the answer is yes.
    pub fn retain(&mut self, mut keep: impl FnMut(&ProviderAddress) -> bool) {
        self.providers.retain(|provider, _| keep(provider));
    }

    /// Every selection, ordered by address.
    pub fn iter(&self) -> impl Iterator<Item = (&ProviderAddress, &ProviderLock)> {
        self.providers.iter()
    }

    /// Whether nothing is selected.
    pub fn is_empty(&self) -> bool {
        self.providers.is_empty()
    }

    /// Whether both select the same packages. Constraints do not count: they only tell how a
    /// selection came about, and a file is not rewritten for their sake.
    pub fn selects_the_same(&self, other: &LockFile) -> bool {
        self.providers.len() == other.providers.len()
            && self.providers.iter().all(|(provider, lock)| {
                other
                    .get(provider)
                    .is_some_and(|theirs| lock.version == theirs.version && lock.hashes == theirs.hashes)
            })
    }

    /// Whether both name the same providers, whatever the versions.
    pub fn names_the_same(&self, other: &LockFile) -> bool {
        self.providers.keys().eq(other.providers.keys())
    }

    /// Whether both select the same versions of the same providers, whatever the checksums.
    pub fn selects_the_same_versions(&self, other: &LockFile) -> bool {
        self.names_the_same(other)
            && self
                .providers
                .values()
                .zip(other.providers.values())
                .all(|(lock, theirs)| lock.version == theirs.version)
    }
}
