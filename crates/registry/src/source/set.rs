//! Several places in one, each for some providers.
//!
//! Responsible for which place is asked about which provider, and for the places that are asked
//! when no configuration says otherwise.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use plumb_address::ProviderAddress;

use super::{
    Available, FilesystemMirror, NetworkMirror, Package, RegistrySource, Services, Source, SourceError,
};
use crate::provider_patterns::{ProviderFilter, ProviderPattern};
use crate::web::WebClient;
use crate::{CliConfiguration, InstallationLocation, Platform, UserDirectories, Version};

/// Places with the providers that each is for.
#[derive(Default)]
pub struct SourceSet {
    members: Vec<(Box<dyn Source>, ProviderFilter)>,
}

impl SourceSet {
    /// No places.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a place for some providers.
    pub fn add(&mut self, source: Box<dyn Source>, filter: ProviderFilter) {
        self.members.push((source, filter));
    }

    /// Just some directories, as `-plugin-dir` names them.
    pub fn of_directories<P: Into<PathBuf>>(directories: impl IntoIterator<Item = P>) -> Self {
        let mut set = SourceSet::new();
        for directory in directories {
            set.add(Box::new(FilesystemMirror::new(directory)), ProviderFilter::default());
        }
        set
    }

    /// Just the registries.
    pub fn direct(client: &WebClient, services: &Arc<Services>) -> Self {
        let mut set = SourceSet::new();
        set.add(Box::new(RegistrySource::new(client.clone(), services.clone())), ProviderFilter::default());
        set
    }

    /// The places that a CLI configuration names; without a word from it the implied directories,
    /// and the registries for providers that none of those has.
    ///
    /// # Errors
    /// When an implied directory cannot be searched.
    pub fn configured(
        configuration: &CliConfiguration,
        directories: &UserDirectories,
        working_directory: &Path,
        client: &WebClient,
        services: &Arc<Services>,
    ) -> Result<Self, SourceError> {
        let Some(installation) = &configuration.provider_installation else {
            return Self::implied(directories, working_directory, client, services);
        };
        let mut set = SourceSet::new();
        for method in &installation.methods {
            let source: Box<dyn Source> = match &method.location {
                InstallationLocation::Direct => {
                    Box::new(RegistrySource::new(client.clone(), services.clone()))
                }
                InstallationLocation::FilesystemMirror(path) => {
                    Box::new(FilesystemMirror::new(working_directory.join(path)))
                }
                InstallationLocation::NetworkMirror(address) => {
                    Box::new(NetworkMirror::new(address.clone(), client.clone(), services.clone()))
                }
            };
            set.add(source, method.filter.clone());
        }
        Ok(set)
    }

    fn implied(
        directories: &UserDirectories,
        working_directory: &Path,
        client: &WebClient,
        services: &Arc<Services>,
    ) -> Result<Self, SourceError> {
        let mut set = SourceSet::new();
        let mut mirrored: BTreeSet<ProviderAddress> = BTreeSet::new();
        let own = working_directory.join("terraform.d/plugins");
        for directory in std::iter::once(own).chain(directories.plugin_directories()) {
            if !directory.is_dir() {
                continue;
            }
            let mirror = FilesystemMirror::new(directory);
            let providers = mirror.providers()?;
            if providers.is_empty() {
                continue;
            }
            let include = providers.iter().map(ProviderPattern::exactly).collect();
            mirrored.extend(providers);
            set.add(Box::new(mirror), ProviderFilter { include, exclude: Vec::new() });
        }
        // Putting a copy into an implied directory means to use no other: a registry must not win
        // with a newer version.
        let exclude = mirrored.iter().map(ProviderPattern::exactly).collect();
        let registries = RegistrySource::new(client.clone(), services.clone());
        set.add(Box::new(registries), ProviderFilter { include: Vec::new(), exclude });
        Ok(set)
    }

    fn for_provider(&self, provider: &ProviderAddress) -> Vec<&dyn Source> {
        self.members
            .iter()
            .filter(|(_, filter)| filter.admits(provider))
            .map(|(source, _)| source.as_ref())
            .collect()
    }

    fn absent(&self, provider: &ProviderAddress) -> SourceError {
        let places = self.for_provider(provider).iter().map(|source| source.label(provider)).collect();
        SourceError::NotFound { provider: provider.clone(), places }
    }
}

impl Source for SourceSet {
    fn versions(&self, provider: &ProviderAddress) -> Result<Available, SourceError> {
        let sources = self.for_provider(provider);
        let mut found: Option<Available> = None;
        for source in &sources {
            match source.versions(provider) {
                Ok(more) => {
                    let all = found.get_or_insert_with(Available::default);
                    all.versions.extend(more.versions);
                    all.warnings.extend(more.warnings);
                }
                // With only one place to look, its own words are the better message.
                Err(error) if error.is_absence() && sources.len() > 1 => {}
                Err(error) => return Err(error),
            }
        }
        let mut found = found.ok_or_else(|| self.absent(provider))?;
        found.versions.sort();
        found.versions.dedup();
        Ok(found)
    }

    fn package(
        &self,
        provider: &ProviderAddress,
        version: &Version,
        platform: &Platform,
    ) -> Result<Package, SourceError> {
        let mut absence = None;
        for source in self.for_provider(provider) {
            match source.package(provider, version, platform) {
                Err(error) if error.is_absence() => absence = Some(error),
                settled => return settled,
            }
        }
        match absence {
            None => Err(self.absent(provider)),
            // The version is known from somewhere, so what is missing is the package for here.
            Some(_) => Err(SourceError::PlatformNotSupported {
                provider: provider.clone(),
                version: version.clone(),
                platform: platform.clone(),
            }),
        }
    }

    fn label(&self, provider: &ProviderAddress) -> String {
        let labels: Vec<String> =
            self.for_provider(provider).iter().map(|source| source.label(provider)).collect();
        labels.join(", ")
    }
}
