//! Directories of installed providers: `.terraform/providers` and plugin caches.
//!
//! Responsible for their layout, `HOST/NAMESPACE/TYPE/VERSION/OS_ARCH`, and for putting packages
//! into them at once or not at all, also when several programs do so at the same time. Whether a
//! package may be trusted is decided before it comes here.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use plumb_address::ProviderAddress;

use crate::archive::{UnpackError, UnpackLimits, unpack};
use crate::{Platform, Version};

/// How often a package is put in place again after another program got in between.
const REPLACE_ATTEMPTS_MAX: usize = 10;

/// What the names of directories begin with in which packages are made ready.
const STAGING: &str = ".installing-";

/// Nobody makes a package ready for longer.
const LEFT_BEHIND: Duration = Duration::from_secs(24 * 3600);

/// A directory of installed providers for one platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderDirectory {
    base: PathBuf,
    platform: Platform,
}

/// Why a package was not put in place.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// The archive was not unpacked.
    #[error(transparent)]
    Unpack(#[from] UnpackError),
    /// The directory cannot be changed.
    #[error("{path} cannot be written: {}", plumb_source::refusal(.error))]
    Write {
        /// What was to be made or replaced.
        path: PathBuf,
        /// What happened.
        error: io::Error,
    },
}

fn cannot_write(path: &Path) -> impl FnOnce(io::Error) -> PlaceError {
    let path = path.to_path_buf();
    move |error| PlaceError::Write { path, error }
}

impl ProviderDirectory {
    /// The directory at a path, which need not exist yet.
    pub fn new(base: impl Into<PathBuf>, platform: Platform) -> Self {
        ProviderDirectory { base: base.into(), platform }
    }

    /// Where it is.
    pub fn base(&self) -> &Path {
        &self.base
    }

    /// The platform that its packages are for.
    pub fn platform(&self) -> &Platform {
        &self.platform
    }

    /// Where a package lies or would lie.
    pub fn package_path(&self, provider: &ProviderAddress, version: &Version) -> PathBuf {
        let mut path = self.base.clone();
        path.extend([&*provider.host, &*provider.namespace, &*provider.kind]);
        path.push(version.to_string());
        path.push(self.platform.to_string());
        path
    }

    /// The directory of a package, where it is installed.
    pub fn installed(&self, provider: &ProviderAddress, version: &Version) -> Option<PathBuf> {
        let path = self.package_path(provider, version);
        path.is_dir().then_some(path)
    }

    /// Unpacks an archive into place.
    ///
    /// # Errors
    /// When it cannot be unpacked or put in place; nothing is changed then.
    pub fn place_archive(
        &self,
        provider: &ProviderAddress,
        version: &Version,
        archive: &Path,
        limits: &UnpackLimits,
    ) -> Result<PathBuf, PlaceError> {
        let staging = self.staging()?;
        let fresh = staging.path().join("new");
        std::fs::create_dir(&fresh).map_err(cannot_write(&fresh))?;
        unpack(archive, &fresh, limits)?;
        self.replace(provider, version, &staging)
    }

    /// Makes a package available that is unpacked elsewhere: by a link, or by a copy where the file
    /// system has no links.
    ///
    /// # Errors
    /// When neither can be put in place; nothing is changed then.
    pub fn place_link(
        &self,
        provider: &ProviderAddress,
        version: &Version,
        package: &Path,
    ) -> Result<PathBuf, PlaceError> {
        let target = std::path::absolute(package).map_err(cannot_write(package))?;
        let staging = self.staging()?;
        let fresh = staging.path().join("new");
        if link(&target, &fresh).is_err() {
            copy_directory(&target, &fresh, 0).map_err(cannot_write(&fresh))?;
        }
        self.replace(provider, version, &staging)
    }

    /// A directory to prepare a package in, on the same file system as its place.
    fn staging(&self) -> Result<tempfile::TempDir, PlaceError> {
        std::fs::create_dir_all(&self.base).map_err(cannot_write(&self.base))?;
        self.clear_away();
        tempfile::Builder::new().prefix(STAGING).tempdir_in(&self.base).map_err(cannot_write(&self.base))
    }

    /// Removes what programs have left that came to a sudden end. One that is at work is left alone.
    fn clear_away(&self) {
        for entry in std::fs::read_dir(&self.base).into_iter().flatten().flatten() {
            let age = entry.metadata().and_then(|metadata| metadata.modified()).map(|then| then.elapsed());
            let is_old = matches!(age, Ok(Ok(age)) if age > LEFT_BEHIND);
            if is_old && entry.file_name().to_string_lossy().starts_with(STAGING) {
                // What cannot be removed is in nobody's way.
                let _ = std::fs::remove_dir_all(entry.path());
            }
        }
    }

    /// Moves what was staged into place. What was there before is moved aside in one step, and
    /// goes away with the staging directory.
    fn replace(
        &self,
        provider: &ProviderAddress,
        version: &Version,
        staging: &tempfile::TempDir,
    ) -> Result<PathBuf, PlaceError> {
        let place = self.package_path(provider, version);
        let parent = place.parent().unwrap_or(&self.base);
        let fresh = staging.path().join("new");
        let mut attempt = 0;
        loop {
            std::fs::create_dir_all(parent).map_err(cannot_write(parent))?;
            match std::fs::rename(&fresh, &place) {
                Ok(()) => return Ok(place),
                // Renaming never replaces a directory that has something in it, on any system.
                Err(error)
                    if std::fs::symlink_metadata(&place).is_err() || attempt == REPLACE_ATTEMPTS_MAX =>
                {
                    return Err(PlaceError::Write { path: place, error });
                }
                Err(_) => attempt += 1,
            }
            // Should another program have moved it meanwhile, the next attempt finds out.
            let _ = std::fs::rename(&place, staging.path().join(format!("old-{attempt}")));
        }
    }
}

#[cfg(unix)]
fn link(target: &Path, place: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, place)
}

#[cfg(windows)]
fn link(target: &Path, place: &Path) -> io::Result<()> {
    std::os::windows::fs::symlink_dir(target, place)
}

#[cfg(not(any(unix, windows)))]
fn link(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

fn copy_directory(from: &Path, to: &Path, depth: usize) -> io::Result<()> {
    if depth > 256 {
        return Err(io::Error::other("the package is nested too deeply"));
    }
    std::fs::create_dir(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_directory(&entry.path(), &target, depth + 1)?;
        } else {
            std::fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}

/// The program in a package: the first file whose name is `terraform-provider-TYPE`, alone or with
/// an underscore or dot behind it.
///
/// # Errors
/// A sentence that says why there is none.
pub fn executable_in(package: &Path, kind: &str) -> Result<PathBuf, String> {
    let prefix = format!("terraform-provider-{kind}");
    let entries = std::fs::read_dir(package).map_err(|error| format!("{}: {error}", package.display()))?;
    let mut names: Vec<_> = entries
        .flatten()
        .map(|entry| entry.file_name())
        .filter(|name| {
            let rest = name.to_str().and_then(|name| name.strip_prefix(prefix.as_str()));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['_', '.']))
        })
        .filter(|name| package.join(name).is_file())
        .collect();
    names.sort();
    match names.into_iter().next() {
        Some(name) => Ok(package.join(name)),
        None => Err(format!("could not find executable file starting with {prefix}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{package_zip, write_package};

    fn provider() -> ProviderAddress {
        ProviderAddress::new("example.com", "acme", "foo")
    }

    fn directory(scratch: &tempfile::TempDir) -> ProviderDirectory {
        ProviderDirectory::new(scratch.path().join("providers"), "linux_amd64".parse().expect("is one"))
    }

    fn program(package: &Path) -> String {
        let path = executable_in(package, "foo").expect("has one");
        std::fs::read_to_string(path).expect("reads")
    }

    #[test]
    fn archives_and_links_replace_one_another() {
        let scratch = tempfile::tempdir().expect("makes a directory");
        let directory = directory(&scratch);
        let version = Version::new(1, 2, 3);
        let archive = scratch.path().join("a.zip");
        let mirror = scratch.path().join("mirror");
        write_package(&mirror, "foo", "1.2.3", b"linked");
        assert_eq!(directory.installed(&provider(), &version), None);
        for round in 0..3 {
            std::fs::write(&archive, package_zip("foo", "1.2.3", format!("round {round}").as_bytes()))
                .expect("writes");
            let package = directory
                .place_archive(&provider(), &version, &archive, &UnpackLimits::default())
                .expect("installs");
            assert_eq!(program(&package), format!("round {round}"));
            for _ in 0..2 {
                let package = directory.place_link(&provider(), &version, &mirror).expect("links");
                assert_eq!(program(&package), "linked");
            }
        }
        let place = scratch.path().join("providers/example.com/acme/foo/1.2.3/linux_amd64");
        assert_eq!(directory.installed(&provider(), &version), Some(place));
        assert_eq!(program(&mirror), "linked", "what is linked to stays");
        let left: Vec<_> = std::fs::read_dir(directory.base())
            .expect("lists")
            .flatten()
            .map(|entry| entry.file_name())
            .collect();
        assert_eq!(left, ["example.com"]);
    }

    #[test]
    fn a_bad_archive_leaves_what_was_there() {
        let scratch = tempfile::tempdir().expect("makes a directory");
        let directory = directory(&scratch);
        let version = Version::new(1, 0, 0);
        let archive = scratch.path().join("a.zip");
        std::fs::write(&archive, package_zip("foo", "1.0.0", b"good")).expect("writes");
        let package = directory
            .place_archive(&provider(), &version, &archive, &UnpackLimits::default())
            .expect("installs");
        std::fs::write(&archive, b"nonsense").expect("writes");
        assert!(directory.place_archive(&provider(), &version, &archive, &UnpackLimits::default()).is_err());
        assert_eq!(program(&package), "good");
    }

    #[test]
    fn programs_may_install_the_same_package_at_the_same_time() {
        let scratch = tempfile::tempdir().expect("makes a directory");
        let directory = directory(&scratch);
        let version = Version::new(1, 0, 0);
        let archive = scratch.path().join("a.zip");
        std::fs::write(&archive, package_zip("foo", "1.0.0", b"same")).expect("writes");
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..5 {
                        directory
                            .place_archive(&provider(), &version, &archive, &UnpackLimits::default())
                            .expect("installs");
                    }
                });
            }
        });
        assert_eq!(program(&directory.package_path(&provider(), &version)), "same");
    }

    #[test]
    fn finds_the_program() {
        let scratch = tempfile::tempdir().expect("makes a directory");
        for name in
            ["terraform-provider-foobar", "LICENSE", "terraform-provider-foo_v2", "terraform-provider-foo_v1"]
        {
            std::fs::write(scratch.path().join(name), "").expect("writes");
        }
        std::fs::create_dir(scratch.path().join("terraform-provider-foo")).expect("makes a directory");
        let name =
            |kind| executable_in(scratch.path(), kind).map(|path| path.file_name().map(ToOwned::to_owned));
        assert_eq!(name("foo"), Ok(Some("terraform-provider-foo_v1".into())));
        assert_eq!(name("foobar"), Ok(Some("terraform-provider-foobar".into())));
        assert_eq!(
            name("bar"),
            Err("could not find executable file starting with terraform-provider-bar".to_owned())
        );
    }
}
