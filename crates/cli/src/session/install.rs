//! Everything that installing providers works with.

use std::path::PathBuf;
use std::sync::Arc;

use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_registry::source::{Services, SourceSet};
use plumb_registry::web::{UreqHttp, WebClient, WebLimits};
use plumb_registry::{CliConfiguration, Credentials, Fetcher, Platform, ProviderDirectory, UserDirectories};

use super::Session;
use crate::version::user_agent;

/// Everything that installing providers works with.
pub(crate) struct Installation {
    pub(crate) configuration: CliConfiguration,
    pub(crate) directories: UserDirectories,
    pub(crate) client: WebClient,
    pub(crate) services: Arc<Services>,
    pub(crate) fetcher: Fetcher,
    pub(crate) cache: Option<ProviderDirectory>,
}

impl Installation {
    /// What the user's settings and the environment say.
    pub(crate) fn of(session: &Session<'_>) -> Self {
        let environment = session.shell.environment.for_registry();
        let configuration = session.cli_configuration();
        let directories = UserDirectories::new(&environment, session.shell.environment.home().as_deref());
        let http = Arc::new(UreqHttp::new(&environment, user_agent()));
        let client = WebClient::new(http, WebLimits::from_environment(&environment))
            .noting(session.shell.downloads.clone());
        let credentials = Credentials::new(&configuration, &environment, &directories);
        let services = Arc::new(Services::new(client.clone(), credentials, &configuration));
        let fetcher = Fetcher::new(client.clone(), std::env::temp_dir());
        let cache = configuration
            .plugin_cache_directory
            .as_ref()
            .map(|directory| ProviderDirectory::new(directory, Platform::current()));
        Installation { configuration, directories, client, services, fetcher, cache }
    }

    /// The places that packages come from: the directories given, or those that the settings name.
    pub(crate) fn source(&self, plugin_directories: &[PathBuf]) -> Result<SourceSet, Diagnostics> {
        if !plugin_directories.is_empty() {
            return Ok(SourceSet::of_directories(plugin_directories.iter().cloned()));
        }
        let here = std::env::current_dir().unwrap_or_default();
        SourceSet::configured(&self.configuration, &self.directories, &here, &self.client, &self.services)
            .map_err(|error| {
                Diagnostic::error(
                    "Failed to search for provider packages",
                    format!("Cannot look for local packages: {error}."),
                )
                .into()
            })
    }

    /// The registries alone.
    pub(crate) fn registries(&self) -> SourceSet {
        SourceSet::direct(&self.client, &self.services)
    }
}
