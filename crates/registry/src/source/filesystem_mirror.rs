//! Directories with copies of providers.
//!
//! Responsible for both layouts: packed, `HOST/NAMESPACE/TYPE/terraform-provider-…_OS_ARCH.zip`, and
//! unpacked, `HOST/NAMESPACE/TYPE/VERSION/OS_ARCH/`. Only the directory of the provider in question
//! is looked at, however large the mirror is.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use plumb_address::ProviderAddress;

use super::{Authentication, Available, Package, PackageLocation, Source, SourceError};
use crate::{Platform, Version};

/// A directory with copies of providers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilesystemMirror {
    base: PathBuf,
}

/// The name of a package's archive.
pub fn archive_name(provider: &ProviderAddress, version: &Version, platform: &Platform) -> String {
    format!("terraform-provider-{}_{version}_{platform}.zip", provider.kind)
}

type Contents = BTreeMap<(Version, Platform), PackageLocation>;

impl FilesystemMirror {
    /// The mirror in a directory.
    pub fn new(base: impl Into<PathBuf>) -> Self {
        FilesystemMirror { base: base.into() }
    }

    /// Where it is.
    pub fn base(&self) -> &Path {
        &self.base
    }

    /// Every provider that has a package in the mirror.
    ///
    /// # Errors
    /// When its directories cannot be listed.
    pub fn providers(&self) -> Result<BTreeSet<ProviderAddress>, SourceError> {
        let mut found = BTreeSet::new();
        for host in self.names(&self.base)? {
            for namespace in self.names(&self.base.join(&host))? {
                for kind in self.names(&self.base.join(&host).join(&namespace))? {
                    let text = format!("{host}/{namespace}/{kind}");
                    // What is no address in normal form is no provider's directory.
                    let Ok(provider) = ProviderAddress::parse(&text) else { continue };
                    if provider.to_string() == text && !self.contents(&provider)?.is_empty() {
                        found.insert(provider);
                    }
                }
            }
        }
        Ok(found)
    }

    /// Every archive of a provider that is packed, with its version and platform.
    ///
    /// # Errors
    /// When its directories cannot be listed.
    pub fn archives(
        &self,
        provider: &ProviderAddress,
    ) -> Result<Vec<(Version, Platform, PathBuf)>, SourceError> {
        let packed =
            self.contents(provider)?.into_iter().filter_map(
                |((version, platform), location)| match location {
                    PackageLocation::Archive(path) => Some((version, platform, path)),
                    PackageLocation::Directory(_) | PackageLocation::Remote(_) => None,
                },
            );
        Ok(packed.collect())
    }

    fn cannot_search(&self, path: &Path, error: &io::Error) -> SourceError {
        SourceError::Directory { path: path.to_path_buf(), reason: error.to_string() }
    }

    /// The names in a directory; none where it is not one.
    fn names(&self, directory: &Path) -> Result<Vec<String>, SourceError> {
        let fail = |error: io::Error| self.cannot_search(directory, &error);
        let entries = match std::fs::read_dir(directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => return Ok(Vec::new()),
            Err(error) => return Err(fail(error)),
        };
        let mut names = Vec::new();
        for entry in entries {
            names.extend(entry.map_err(fail)?.file_name().into_string().ok());
        }
        Ok(names)
    }

    fn contents(&self, provider: &ProviderAddress) -> Result<Contents, SourceError> {
        // A mirror that is not there is a mistake; a provider that is not in it is not.
        std::fs::metadata(&self.base).map_err(|error| self.cannot_search(&self.base, &error))?;
        let mut directory = self.base.clone();
        directory.extend([&*provider.host, &*provider.namespace, &*provider.kind]);
        let mut contents = Contents::new();
        if !directory.is_dir() {
            return Ok(contents);
        }
        for name in self.names(&directory)? {
            let path = directory.join(&name);
            if let Some((version, platform)) = read_archive_name(&name, &provider.kind) {
                if path.is_file() {
                    // Where a package is both packed and unpacked, nothing needs unpacking.
                    contents.entry((version, platform)).or_insert(PackageLocation::Archive(path));
                }
            } else if let Ok(version) = Version::parse_exact(&name) {
                for platform in self.names(&path)? {
                    let package = path.join(&platform);
                    if let Ok(platform) = platform.parse::<Platform>()
                        && package.is_dir()
                    {
                        contents.insert((version.clone(), platform), PackageLocation::Directory(package));
                    }
                }
            }
        }
        Ok(contents)
    }

    fn absent(&self, provider: &ProviderAddress) -> SourceError {
        SourceError::NotFound { provider: provider.clone(), places: vec![self.label(provider)] }
    }
}

fn read_archive_name(name: &str, kind: &str) -> Option<(Version, Platform)> {
    let rest = name.strip_prefix("terraform-provider-")?.strip_prefix(kind)?.strip_prefix('_')?;
    let (version, platform) = rest.strip_suffix(".zip")?.split_once('_')?;
    Some((Version::parse_exact(version).ok()?, platform.parse().ok()?))
}

impl Source for FilesystemMirror {
    fn versions(&self, provider: &ProviderAddress) -> Result<Available, SourceError> {
        let contents = self.contents(provider)?;
        if contents.is_empty() {
            return Err(self.absent(provider));
        }
        let versions: BTreeSet<Version> = contents.into_keys().map(|(version, _)| version).collect();
        Ok(Available { versions: versions.into_iter().collect(), warnings: Vec::new() })
    }

    fn package(
        &self,
        provider: &ProviderAddress,
        version: &Version,
        platform: &Platform,
    ) -> Result<Package, SourceError> {
        let mut contents = self.contents(provider)?;
        let Some(location) = contents.remove(&(version.clone(), platform.clone())) else {
            return Err(SourceError::PlatformNotSupported {
                provider: provider.clone(),
                version: version.clone(),
                platform: platform.clone(),
            });
        };
        Ok(Package {
            provider: provider.clone(),
            version: version.clone(),
            platform: platform.clone(),
            file_name: archive_name(provider, version, platform),
            location,
            authentication: Authentication::None,
        })
    }

    fn label(&self, _: &ProviderAddress) -> String {
        self.base.display().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::write_package;

    #[test]
    fn finds_packed_and_unpacked_packages() {
        let scratch = tempfile::tempdir().expect("makes a directory");
        let provider = ProviderAddress::new("example.com", "acme", "foo");
        let directory = scratch.path().join("example.com/acme/foo");
        write_package(&directory.join("1.0.0/linux_amd64"), "foo", "1.0.0", b"x");
        write_package(&directory.join("1.0.0/darwin_arm64"), "foo", "1.0.0", b"x");
        for name in [
            "terraform-provider-foo_1.0.0_linux_amd64.zip",
            "terraform-provider-foo_1.1.0-rc1_linux_amd64.zip",
            "terraform-provider-foo_1.2_linux_amd64.zip",
            "terraform-provider-bar_9.0.0_linux_amd64.zip",
            "notes.txt",
        ] {
            std::fs::write(directory.join(name), "").expect("writes");
        }
        std::fs::create_dir_all(directory.join("not-a-version/linux_amd64")).expect("makes a directory");
        std::fs::create_dir_all(scratch.path().join("example.com/acme/empty")).expect("makes a directory");

        let mirror = FilesystemMirror::new(scratch.path());
        assert_eq!(mirror.providers().expect("lists"), BTreeSet::from([provider.clone()]));
        let versions = mirror.versions(&provider).expect("has some").versions;
        assert_eq!(versions.iter().map(ToString::to_string).collect::<Vec<_>>(), ["1.0.0", "1.1.0-rc1"]);
        let platform: Platform = "linux_amd64".parse().expect("is one");
        let location = |version: &str| {
            mirror
                .package(&provider, &version.parse().expect("is a version"), &platform)
                .map(|package| package.location)
        };
        assert_eq!(location("1.0.0"), Ok(PackageLocation::Directory(directory.join("1.0.0/linux_amd64"))));
        let archive = directory.join("terraform-provider-foo_1.1.0-rc1_linux_amd64.zip");
        assert_eq!(location("1.1.0-rc1"), Ok(PackageLocation::Archive(archive)));
        assert!(matches!(location("2.0.0"), Err(SourceError::PlatformNotSupported { .. })));
    }

    #[test]
    fn says_what_is_missing() {
        let scratch = tempfile::tempdir().expect("makes a directory");
        let provider = ProviderAddress::new("example.com", "acme", "foo");
        let error = FilesystemMirror::new(scratch.path()).versions(&provider).expect_err("is not there");
        let expected = format!(
            "provider example.com/acme/foo was not found in any of the search locations\n\n  - {}",
            scratch.path().display()
        );
        assert_eq!(error.to_string(), expected);
        let error = FilesystemMirror::new("/nonexistent").versions(&provider).expect_err("is not there");
        assert!(error.to_string().starts_with("cannot search /nonexistent: "), "{error}");
    }
}
