//! Brings modules to their places.
//!
//! Responsible for choosing versions, for fetching equal packages once however many modules come from
//! them, several packages at a time, and for each module having a directory of its own, as Terraform
//! has it. It keeps no record of what is installed, and does not read configurations.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::package::PackageFetcher;
use super::place::{self, StoreError, store_error};
use super::registry::{self, ModuleRegistry};
use super::{
    Buckets, ModuleSource, PackageError, PackageSource, RegistryError, RegistryModule, subdirectory,
};
use crate::archive::UnpackLimits;
use crate::oci::{OciClient, OciCredentials};
use crate::source::Services;
use crate::web::WebClient;
use crate::{Constraints, Version, parallel};

/// More at a time would only make servers refuse.
const AT_ONCE_MAX: usize = 8;

/// What the names of directories begin with in which modules are made ready.
const WORKSHOP: &str = ".fetching-";

/// Nobody fetches modules for longer.
const LEFT_BEHIND: Duration = Duration::from_secs(24 * 3600);

/// A module that is to be installed.
#[derive(Clone, Debug)]
pub struct ModuleRequest {
    /// Where in the tree of modules: `a.b`.
    pub key: String,
    /// Where it comes from.
    pub source: ModuleSource,
    /// Which versions will do; they matter for modules in registries only.
    pub constraints: Constraints,
}

/// A module that was installed.
#[derive(Clone, Debug)]
pub struct InstalledModule {
    /// Where it is.
    pub directory: PathBuf,
    /// Which version, where it comes from a registry.
    pub version: Option<Version>,
}

/// What became of a request.
#[derive(Debug)]
pub struct ModuleOutcome {
    /// The module, or why it is not there.
    pub result: Result<InstalledModule, ModuleError>,
    /// What the registry lists as versions and is none.
    pub unreadable_versions: Vec<String>,
}

/// Why a module was not installed.
#[derive(Debug, thiserror::Error)]
pub enum ModuleError {
    /// The registry does not have it for us.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// It could not be fetched.
    #[error("{error}")]
    Package {
        /// From where, for people.
        place: String,
        /// Why.
        error: Arc<PackageError>,
    },
    /// Its package has no such directory.
    #[error(transparent)]
    Subdirectory(#[from] subdirectory::SubdirectoryError),
    /// It could not be put in its place.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Installs modules below a directory.
pub struct ModuleInstaller {
    registry: ModuleRegistry,
    fetcher: PackageFetcher,
    directory: PathBuf,
    /// Packages that have been fetched, and where each lies.
    fetched: BTreeMap<String, Result<PathBuf, Arc<PackageError>>>,
}

/// A request on its way.
struct Wanted<'r> {
    request: &'r ModuleRequest,
    version: Option<Version>,
    unreadable_versions: Vec<String>,
    package: Result<PackageSource, ModuleError>,
}

impl ModuleInstaller {
    /// Installs below a directory such as `.terraform/modules`; logins for servers may be in a file.
    pub fn new(
        client: WebClient,
        services: Arc<Services>,
        netrc: Option<PathBuf>,
        buckets: Arc<dyn Buckets>,
        images: Arc<OciCredentials>,
        directory: impl Into<PathBuf>,
    ) -> Self {
        let (images, limits) = (OciClient::new(client.clone(), images), UnpackLimits::for_modules());
        ModuleInstaller {
            registry: ModuleRegistry::new(client.clone(), services),
            fetcher: PackageFetcher { client, buckets, images, netrc, limits },
            directory: directory.into(),
            fetched: BTreeMap::new(),
        }
    }

    /// Forgets what was fetched.
    #[cfg(test)]
    pub(super) fn forget(&mut self) {
        self.fetched.clear();
    }

    /// Lets archives unfold to no more than that.
    #[cfg(test)]
    pub(super) fn limit(&mut self, limits: UnpackLimits) {
        self.fetcher.limits = limits;
    }

    /// Where the package of a module is, whichever directory in it is the module's.
    pub fn place_of(&self, key: &str) -> PathBuf {
        self.directory.join(key)
    }

    /// Installs modules, and says of each that it is about to be fetched. What cannot be installed leaves
    /// nothing behind; what was in its place stays there.
    pub fn install(
        &mut self,
        requests: &[ModuleRequest],
        announce: &dyn Fn(&ModuleRequest, &str),
    ) -> Vec<ModuleOutcome> {
        let chosen = parallel::map(requests, AT_ONCE_MAX, |request| self.choose(request));
        for (request, chosen) in requests.iter().zip(&chosen) {
            match (&request.source, &chosen.0) {
                (ModuleSource::Registry(module, _), Ok(Some(version))) => {
                    announce(request, &format!("{module} {version}"));
                }
                (ModuleSource::Package(PackageSource::Unsupported { .. }), _) => {}
                (source, Ok(None)) => announce(request, &source.for_display()),
                (_, Ok(Some(_)) | Err(_)) => {}
            }
        }
        let located: Vec<_> = requests.iter().zip(chosen).collect();
        let wanted: Vec<Wanted<'_>> = parallel::map(&located, AT_ONCE_MAX, |(request, chosen)| {
            let (version, unreadable) = chosen;
            let package = version.clone().and_then(|version| self.locate(&request.source, version.as_ref()));
            let version = version.clone().ok().flatten();
            let package = package.map_err(ModuleError::Registry);
            Wanted { request, version, unreadable_versions: unreadable.clone(), package }
        });
        match self.workshop() {
            Ok(workshop) => {
                let _noted = self.fetcher.client.under_way().path(workshop.path());
                self.fetch(&wanted, workshop.path());
                wanted
                    .into_iter()
                    .enumerate()
                    .map(|(index, wanted)| self.finish(wanted, workshop.path(), index))
                    .collect()
            }
            Err((path, error)) => {
                let fail = |wanted: Wanted<'_>| ModuleOutcome {
                    result: Err(StoreError {
                        path: path.clone(),
                        error: std::io::Error::new(error.kind(), error.to_string()),
                    }
                    .into()),
                    unreadable_versions: wanted.unreadable_versions,
                };
                wanted.into_iter().map(fail).collect()
            }
        }
    }

    /// Fetches a package and copies a module's files out of it into an empty directory.
    ///
    /// # Errors
    /// When it cannot be fetched or written; then the directory is as empty as before.
    pub fn copy_to(
        &mut self,
        source: &ModuleSource,
        directory: &Path,
        announce: &dyn Fn(&str),
    ) -> Result<(), ModuleError> {
        let key = String::new();
        let request = ModuleRequest { key, source: source.clone(), constraints: Constraints::any() };
        let version = self.choose(&request).0?;
        if let (ModuleSource::Registry(module, _), Some(version)) = (source, &version) {
            announce(&format!("{module} {version}"));
        }
        let package = self.locate(source, version.as_ref())?;
        let scratch = std::env::temp_dir();
        let workshop = tempfile::tempdir_in(&scratch).map_err(|error| store_error(&scratch, error))?;
        let _noted = self.fetcher.client.under_way().path(workshop.path());
        let whole = workshop.path().join("package");
        self.fetcher
            .fetch(&package, &whole)
            .map_err(|error| ModuleError::Package { place: package.for_display(), error: Arc::new(error) })?;
        let part = whole.join(subdirectory::find(&whole, &directory_in(source, &package))?);
        place::copy_content(&part, directory).inspect_err(|_| empty(directory))?;
        Ok(())
    }

    /// The version that a module of a registry is to have, and what the registry lists beside it.
    fn choose(&self, request: &ModuleRequest) -> (Result<Option<Version>, RegistryError>, Vec<String>) {
        let ModuleSource::Registry(module, _) = &request.source else { return (Ok(None), Vec::new()) };
        match self.registry.versions(module) {
            Ok(listed) => {
                let chosen = registry::choose(module, &listed, &request.constraints);
                (chosen.map(Some), listed.unreadable)
            }
            Err(error) => (Err(error), Vec::new()),
        }
    }

    fn locate(
        &self,
        source: &ModuleSource,
        version: Option<&Version>,
    ) -> Result<PackageSource, RegistryError> {
        match (source, version) {
            (ModuleSource::Package(package), _) => Ok(package.clone()),
            (ModuleSource::Registry(module, _), Some(version)) => self.registry.location(module, version),
            (ModuleSource::Registry(module, _), None) => Err(not_chosen(module)),
            (ModuleSource::Local(path), _) => Err(RegistryError::BadLocation {
                host: String::new(),
                location: path.clone(),
                reason: "a directory beside the configuration is not fetched".to_owned(),
            }),
        }
    }

    /// A place for what is under way, on the same disk; it goes with everything that is left in it.
    fn workshop(&self) -> Result<tempfile::TempDir, (PathBuf, std::io::Error)> {
        let fail = |error| (self.directory.clone(), error);
        std::fs::create_dir_all(&self.directory).map_err(fail)?;
        self.clear_away();
        tempfile::Builder::new().prefix(WORKSHOP).tempdir_in(&self.directory).map_err(fail)
    }

    /// Removes what runs have left that came to a sudden end. One that is at work is left alone.
    fn clear_away(&self) {
        for entry in std::fs::read_dir(&self.directory).into_iter().flatten().flatten() {
            let age = entry.metadata().and_then(|metadata| metadata.modified()).map(|then| then.elapsed());
            let is_old = matches!(age, Ok(Ok(age)) if age > LEFT_BEHIND);
            if is_old && entry.file_name().to_string_lossy().starts_with(WORKSHOP) {
                // What cannot be removed is in nobody's way.
                let _ = std::fs::remove_dir_all(entry.path());
            }
        }
    }

    /// Fetches each package that is not there yet.
    fn fetch(&mut self, wanted: &[Wanted<'_>], workshop: &Path) {
        let mut missing: BTreeMap<String, &PackageSource> = BTreeMap::new();
        for package in wanted.iter().filter_map(|wanted| wanted.package.as_ref().ok()) {
            let name = package.package();
            if !self.fetched.contains_key(&name) {
                missing.insert(name, package);
            }
        }
        let missing: Vec<(usize, String, &PackageSource)> =
            missing.into_iter().enumerate().map(|(index, (name, package))| (index, name, package)).collect();
        let results = parallel::map(&missing, AT_ONCE_MAX, |(index, _, package)| {
            // Each has a directory for itself, for what is downloaded before it is unpacked.
            let own = workshop.join(index.to_string());
            std::fs::create_dir(&own).map_err(|error| store_error(&own, error))?;
            let target = own.join("package");
            self.fetcher.fetch(package, &target)?;
            Ok(target)
        });
        for ((_, name, _), result) in missing.into_iter().zip(results) {
            self.fetched.insert(name, result.map_err(Arc::new));
        }
    }

    fn finish(&mut self, wanted: Wanted<'_>, workshop: &Path, index: usize) -> ModuleOutcome {
        let Wanted { request, version, unreadable_versions, package } = wanted;
        let result = package.and_then(|package| {
            let directory = self.put(request, &package, workshop, index)?;
            Ok(InstalledModule { directory, version })
        });
        ModuleOutcome { result, unreadable_versions }
    }

    /// Puts a fetched package where a module has its own. The first takes what was fetched, others copy
    /// it from there.
    fn put(
        &mut self,
        request: &ModuleRequest,
        package: &PackageSource,
        workshop: &Path,
        index: usize,
    ) -> Result<PathBuf, ModuleError> {
        let name = package.package();
        let here = match self.fetched.get(&name) {
            Some(Ok(here)) => here.clone(),
            Some(Err(error)) => {
                return Err(ModuleError::Package { place: package.for_display(), error: error.clone() });
            }
            None => return Err(store_error(workshop, std::io::ErrorKind::NotFound.into()).into()),
        };
        let inner = subdirectory::find(&here, &directory_in(&request.source, package))?;
        let target = self.place_of(&request.key);
        let aside = workshop.join(format!("old-{index}"));
        if here.starts_with(workshop) {
            place::put(&here, &target, &aside)?;
            self.fetched.insert(name, Ok(target.clone()));
        } else if here != target {
            let fresh = workshop.join(format!("copy-{index}"));
            place::copy(&here, &fresh)?;
            place::put(&fresh, &target, &aside)?;
        }
        // Joining nothing would leave a slash at the end, which path.module would show.
        Ok(target.join(inner).components().collect())
    }
}

/// The directory of a module in its package: what the registry says, and then what the caller says.
fn directory_in(source: &ModuleSource, package: &PackageSource) -> String {
    match source {
        ModuleSource::Registry(_, directory) => subdirectory::join(package.subdirectory(), directory),
        ModuleSource::Local(_) | ModuleSource::Package(_) => package.subdirectory().to_owned(),
    }
}

fn not_chosen(module: &RegistryModule) -> RegistryError {
    RegistryError::NoVersions { module: module.clone() }
}

/// Takes everything out of a directory that had been empty. What cannot be removed stays: there is
/// nothing better to tell than why it came to that.
fn empty(directory: &Path) {
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        let is_directory = entry.file_type().is_ok_and(|kind| kind.is_dir());
        let _ = if is_directory { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
    }
}
