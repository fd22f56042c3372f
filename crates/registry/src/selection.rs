//! Which provider serves each requirement: one in this process, a plugin, or an unreleased build.
//!
//! Responsible for the rule by which built-in providers take the place of plugins, and for whether
//! the lock file still fits the configuration.

use std::collections::BTreeMap;
use std::path::PathBuf;

use plumb_address::ProviderAddress;
use plumb_diagnostics::Diagnostic;

use crate::{Constraints, LockFile, Version};

/// What a configuration and its state ask for: each provider with the constraints of all modules.
pub type Requirements = BTreeMap<ProviderAddress, Constraints>;

/// The providers that live in this process, each with the upstream version that it implements.
#[derive(Clone, Debug, Default)]
pub struct BuiltinVersions {
    versions: BTreeMap<ProviderAddress, Version>,
}

impl BuiltinVersions {
    /// None.
    pub fn none() -> Self {
        Self::default()
    }

    /// The version that is implemented of a provider.
    pub fn get(&self, provider: &ProviderAddress) -> Option<&Version> {
        self.versions.get(provider)
    }

    /// The version that is built in, if it is what is asked for: the constraints must allow it, and
    /// a lock must select it.
    pub fn select(
        &self,
        provider: &ProviderAddress,
        constraints: &Constraints,
        locks: &LockFile,
    ) -> Option<&Version> {
        let version = self.get(provider)?;
        let is_locked_elsewhere = locks.get(provider).is_some_and(|lock| lock.version() != version);
        (constraints.allows(version) && !is_locked_elsewhere).then_some(version)
    }
}

impl FromIterator<(ProviderAddress, Version)> for BuiltinVersions {
    fn from_iter<I: IntoIterator<Item = (ProviderAddress, Version)>>(versions: I) -> Self {
        BuiltinVersions { versions: versions.into_iter().collect() }
    }
}

/// What serves a requirement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// A provider in this process; without a version where it has none of its own.
    Builtin(Option<Version>),
    /// An installed plugin of this version.
    Plugin(Version),
    /// An unreleased build in a directory.
    DevOverride(PathBuf),
    /// A process that somebody else started.
    Unmanaged,
}

/// Why a requirement has no selection.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LockProblem {
    /// The lock file does not mention the provider.
    #[error("provider {provider}: required by this configuration but no version is selected")]
    NotLocked {
        /// Which provider.
        provider: ProviderAddress,
    },
    /// The lock file selects a version that is not allowed any more.
    #[error(
        "provider {provider}: locked version selection {version} doesn't match the updated version constraints \"{constraints}\""
    )]
    NotAllowed {
        /// Which provider.
        provider: ProviderAddress,
        /// What is locked.
        version: Version,
        /// What is asked for.
        constraints: String,
    },
}

/// Providers that need no installation of ours.
#[derive(Clone, Debug, Default)]
pub struct Exemptions {
    /// Those in this process.
    pub builtins: BuiltinVersions,
    /// Directories with unreleased builds.
    pub dev_overrides: BTreeMap<ProviderAddress, PathBuf>,
    /// Those that somebody else started.
    pub unmanaged: std::collections::BTreeSet<ProviderAddress>,
}

impl Exemptions {
    /// What serves a provider without any plugin being installed.
    pub fn select(
        &self,
        provider: &ProviderAddress,
        constraints: &Constraints,
        locks: &LockFile,
    ) -> Option<Selection> {
        if provider.is_builtin() {
            return Some(Selection::Builtin(self.builtins.get(provider).cloned()));
        }
        if self.unmanaged.contains(provider) {
            return Some(Selection::Unmanaged);
        }
        if let Some(directory) = self.dev_overrides.get(provider) {
            return Some(Selection::DevOverride(directory.clone()));
        }
        let version = self.builtins.select(provider, constraints, locks)?;
        Some(Selection::Builtin(Some(version.clone())))
    }
}

/// Selects what serves each requirement, by what is locked; what was installed is not looked at.
pub fn select(
    requirements: &Requirements,
    locks: &LockFile,
    exemptions: &Exemptions,
) -> (BTreeMap<ProviderAddress, Selection>, Vec<LockProblem>) {
    let mut selections = BTreeMap::new();
    let mut problems = Vec::new();
    for (provider, constraints) in requirements {
        if let Some(selection) = exemptions.select(provider, constraints, locks) {
            selections.insert(provider.clone(), selection);
            continue;
        }
        match locks.get(provider) {
            None => problems.push(LockProblem::NotLocked { provider: provider.clone() }),
            Some(lock) if !constraints.allows(lock.version()) => problems.push(LockProblem::NotAllowed {
                provider: provider.clone(),
                version: lock.version().clone(),
                constraints: constraints.to_string(),
            }),
            Some(lock) => {
                selections.insert(provider.clone(), Selection::Plugin(lock.version().clone()));
            }
        }
    }
    (selections, problems)
}

/// The error for all problems together. `is_new` says that there is no lock file yet.
pub fn lock_diagnostic(problems: &[LockProblem], is_new: bool) -> Option<Diagnostic> {
    if problems.is_empty() {
        return None;
    }
    let listed: Vec<String> = problems.iter().map(|problem| format!("  - {problem}")).collect();
    let advice = if is_new {
        "To make the initial dependency selections that will initialize the dependency lock file, run:\n  plumb init"
    } else {
        "To update the locked dependency selections to match a changed configuration, run:\n  plumb init -upgrade"
    };
    let detail = format!(
        "The following dependency selections recorded in the lock file are inconsistent with the current configuration:\n{}\n\n{advice}",
        listed.join("\n")
    );
    Some(Diagnostic::error("Inconsistent dependency lock file", detail))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ProviderLock;

    #[test]
    fn built_in_providers_serve_what_they_implement() {
        let provider = ProviderAddress::new("registry.terraform.io", "hashicorp", "random");
        let exemptions = Exemptions {
            builtins: [(provider.clone(), Version::new(3, 7, 2))].into_iter().collect(),
            ..Exemptions::default()
        };
        // Constraint, locked version, selection.
        let builtin = || Some(Selection::Builtin(Some(Version::new(3, 7, 2))));
        let plugin = |minor| Some(Selection::Plugin(Version::new(3, minor, 0)));
        let cases = [
            ("", None, builtin()),
            ("~> 3.0", None, builtin()),
            ("~> 3.0", Some("3.7.2"), builtin()),
            ("~> 3.0", Some("3.6.0"), plugin(6)),
            ("< 3.7", None, None),
            ("< 3.7", Some("3.7.2"), None),
            ("< 3.7", Some("3.5.0"), plugin(5)),
        ];
        for (constraints, locked, expected) in cases {
            let constraints = Constraints::parse(constraints).expect("is a list");
            let mut locks = LockFile::new();
            if let Some(version) = locked {
                let version = version.parse().expect("is a version");
                locks.set(provider.clone(), ProviderLock::new(version, Constraints::any(), []));
            }
            let requirements = Requirements::from([(provider.clone(), constraints.clone())]);
            let (mut selections, problems) = select(&requirements, &locks, &exemptions);
            assert_eq!(selections.remove(&provider), expected, "{constraints} {locked:?}");
            assert_eq!(problems.is_empty(), expected.is_some());
        }
    }

    #[test]
    fn what_does_not_fit_is_listed() {
        let foo = ProviderAddress::new("registry.terraform.io", "hashicorp", "foo");
        let bar = ProviderAddress::new("example.com", "acme", "bar");
        let mut locks = LockFile::new();
        locks.set(foo.clone(), ProviderLock::new(Version::new(1, 2, 0), Constraints::any(), []));
        let constraints = Constraints::parse("2.0").expect("is a list");
        let requirements = Requirements::from([(foo, constraints), (bar, Constraints::any())]);
        let (_, problems) = select(&requirements, &locks, &Exemptions::default());
        let diagnostic = lock_diagnostic(&problems, false).expect("has problems");
        assert_eq!(
            diagnostic.detail,
            "The following dependency selections recorded in the lock file are inconsistent with the current configuration:\n  - provider example.com/acme/bar: required by this configuration but no version is selected\n  - provider registry.terraform.io/hashicorp/foo: locked version selection 1.2.0 doesn't match the updated version constraints \"2.0.0\"\n\nTo update the locked dependency selections to match a changed configuration, run:\n  plumb init -upgrade"
        );
        assert_eq!(lock_diagnostic(&[], true), None);
    }
}
