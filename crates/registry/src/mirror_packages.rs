//! Copies packages into a directory: the work of `providers mirror`.
//!
//! Responsible for the packed layout of filesystem mirrors and for the index files that make the
//! same directory a network mirror when a web server serves it.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use plumb_address::ProviderAddress;
use plumb_diagnostics::{Diagnostic, Diagnostics};
use serde_json::{Value, json};

use crate::fetch::{Fetcher, Verification};
use crate::package_hash::hash_archive_files;
use crate::selection::Requirements;
use crate::source::{FilesystemMirror, PackageLocation, Source, archive_name};
use crate::{Constraints, LockFile, Platform, Version};

/// Something that happened while packages were copied.
#[derive(Debug)]
#[expect(missing_docs, reason = "the fields say all: which provider, version and platform")]
pub enum MirrorEvent<'a> {
    /// A provider is left out because it is part of the program.
    SkipBuiltin { provider: &'a ProviderAddress },
    /// A provider's turn has come.
    Mirror { provider: &'a ProviderAddress },
    /// This version is copied: the locked one, or the newest that the constraints allow.
    Selected { version: &'a Version, is_locked: bool, constraints: &'a Constraints },
    /// Its package for a platform is fetched.
    Download { platform: &'a Platform },
    /// The package was checked.
    Authenticated { verification: &'a Verification },
}

/// Copies packages of all requirements for all platforms into a directory, and indexes it.
///
/// What is locked is copied in that version. Where anything is wrong with one package, the others
/// are copied nevertheless.
pub fn mirror_packages(
    requirements: &Requirements,
    locks: &LockFile,
    platforms: &[Platform],
    directory: &Path,
    source: &dyn Source,
    fetcher: &Fetcher,
    on: &dyn Fn(&MirrorEvent<'_>),
) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    for (provider, constraints) in requirements {
        if provider.is_builtin() {
            on(&MirrorEvent::SkipBuiltin { provider });
            continue;
        }
        on(&MirrorEvent::Mirror { provider });
        let version = match choose(provider, constraints, locks, source) {
            Ok(version) => version,
            Err(reason) => {
                let detail = format!("Failed to download {provider} from its origin registry: {reason}.");
                diagnostics.push(Diagnostic::error("Provider not available", detail));
                continue;
            }
        };
        on(&MirrorEvent::Selected {
            version: &version,
            is_locked: locks.get(provider).is_some(),
            constraints,
        });
        for platform in platforms.iter().collect::<BTreeSet<_>>() {
            on(&MirrorEvent::Download { platform });
            if let Err(diagnostic) = copy(provider, &version, platform, directory, source, fetcher, on) {
                diagnostics.push(*diagnostic);
            }
        }
    }
    diagnostics.append(write_indexes(directory));
    diagnostics
}

fn choose(
    provider: &ProviderAddress,
    constraints: &Constraints,
    locks: &LockFile,
    source: &dyn Source,
) -> Result<Version, String> {
    if let Some(lock) = locks.get(provider) {
        return Ok(lock.version().clone());
    }
    let available = source.versions(provider).map_err(|error| error.to_string())?;
    let nothing = || format!("no releases match the given constraints {constraints}");
    constraints.newest(&available.versions).cloned().ok_or_else(nothing)
}

fn packages_directory(directory: &Path, provider: &ProviderAddress) -> PathBuf {
    let mut path = directory.to_path_buf();
    path.extend([&*provider.host, &*provider.namespace, &*provider.kind]);
    path
}

fn copy(
    provider: &ProviderAddress,
    version: &Version,
    platform: &Platform,
    directory: &Path,
    source: &dyn Source,
    fetcher: &Fetcher,
    on: &dyn Fn(&MirrorEvent<'_>),
) -> Result<(), Box<Diagnostic>> {
    let fail = |summary: &str, reason: String| {
        let detail = format!("Failed to download {provider} v{version} for {platform}: {reason}.");
        Box::new(Diagnostic::error(summary, detail))
    };
    let package = source
        .package(provider, version, platform)
        .map_err(|error| fail("Provider release not available", error.to_string()))?;
    if let PackageLocation::Directory(path) = &package.location {
        let reason = format!("{} is unpacked, and only archives can be mirrored", path.display());
        return Err(fail("Provider release not available", reason));
    }
    let fetched =
        fetcher.fetch(&package).map_err(|error| fail("Invalid provider package", error.to_string()))?;
    on(&MirrorEvent::Authenticated { verification: &fetched.authenticity.verification });
    // The name is ours: what a registry calls the file must not decide where it is written.
    let place = packages_directory(directory, provider);
    let name = archive_name(provider, version, platform);
    let keep = || {
        std::fs::create_dir_all(&place)?;
        // Gathered under another name, so that nobody sees half a package.
        let partial = place.join(format!(".{name}"));
        fetched.keep_archive(&partial)?;
        make_readable(&partial)?;
        std::fs::rename(&partial, place.join(&name))
    };
    keep().map_err(|error| fail("Cannot download provider release", error.to_string()))
}

/// Downloads are made for their owner only, but a mirror is there to be shared.
#[cfg(unix)]
fn make_readable(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn make_readable(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Writes the index files for every archive in a directory, also those that were there before.
fn write_indexes(directory: &Path) -> Diagnostics {
    let fail = |reason: String| Diagnostic::error("Failed to update indexes", reason);
    if !directory.is_dir() {
        return Diagnostics::new();
    }
    let mirror = FilesystemMirror::new(directory);
    match mirror.providers() {
        Ok(providers) => providers
            .iter()
            .filter_map(|provider| {
                let written = write_index(&mirror, provider);
                written.err().map(|error| {
                    fail(format!("Failed to write an updated JSON index for {provider}: {error}."))
                })
            })
            .collect(),
        Err(error) => {
            let reason = format!(
                "Could not scan the output directory to get package metadata for the JSON indexes: {error}."
            );
            fail(reason).into()
        }
    }
}

fn write_index(mirror: &FilesystemMirror, provider: &ProviderAddress) -> io::Result<()> {
    let mut versions: BTreeMap<String, Value> = BTreeMap::new();
    let mut archives: BTreeMap<String, BTreeMap<String, Value>> = BTreeMap::new();
    for (version, platform, path) in mirror.archives(provider).map_err(io::Error::other)? {
        let hash = hash_archive_files(&path)?;
        let archive =
            json!({ "hashes": [hash.as_str()], "url": archive_name(provider, &version, &platform) });
        versions.insert(version.to_string(), json!({}));
        archives.entry(version.to_string()).or_default().insert(platform.to_string(), archive);
    }
    if versions.is_empty() {
        return Ok(());
    }
    let place = packages_directory(mirror.base(), provider);
    write_json(&place.join("index.json"), &json!({ "versions": versions }))?;
    for (version, archives) in archives {
        write_json(&place.join(format!("{version}.json")), &json!({ "archives": archives }))?;
    }
    Ok(())
}

fn write_json(path: &Path, value: &Value) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    serde_json::to_writer_pretty(&mut file, value)?;
    make_readable(file.path())?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}
