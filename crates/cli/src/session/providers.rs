//! The providers of a command: which serve, how they are opened, and their good end.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use plumb_address::ProviderAddress;
use plumb_builtin::{Builtin, Machine, RemoteStates, World, builtin_providers};
use plumb_configuration::Config;
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_executor::StopHandle;
use plumb_planner::{ProviderSource, Providers};
use plumb_plugin::spare::SpareSource;
use plumb_plugin::{LaunchOptions, LogSink, Plugin, SchemaCache, reattach};
use plumb_provisioner::Surroundings;
use plumb_registry::{
    BuiltinVersions, CliConfiguration, DigestCache, Exemptions, InstalledPlugin, LockFile, Platform,
    ProviderDirectory, Selection, installed_plugins, lock_diagnostic, missing_plugins_diagnostic, select,
};
use plumb_source::Files;
use plumb_state::{Provider, Provisioners, State};
use plumb_supervisor::Spares;

use super::remote_states::KnownStates;
use crate::environment::Environment;
use tokio::sync::Semaphore;

use super::{Session, requirements};
use crate::logging::provider_log;
use crate::version::TERRAFORM_VERSION;

/// The providers of a command.
pub(crate) struct ProviderSet {
    /// For planning and applying.
    pub(crate) providers: Arc<Providers>,
    sources: Arc<Sources>,
}

/// How a command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// It did what was asked, and nobody interrupted it.
    Good,
    /// It did not.
    Bad,
    /// Nobody waits for it any longer.
    AtOnce,
}

impl ProviderSet {
    /// Every provider that is needed.
    pub(crate) fn addresses(&self) -> Vec<ProviderAddress> {
        self.sources.selections.keys().cloned().collect()
    }

    /// What identifies the code of each provider: a package's hash, or the version of a built-in.
    pub(crate) fn digests(&self) -> BTreeMap<String, String> {
        self.sources
            .selections
            .iter()
            .map(|(address, selection)| (address.to_string(), self.digest(address, selection)))
            .collect()
    }

    fn digest(&self, address: &ProviderAddress, selection: &Selection) -> String {
        match selection {
            Selection::Builtin(_) => {
                let version = self.sources.builtins.get(address).map_or("", |builtin| builtin.version);
                format!("built-in {version}")
            }
            Selection::Plugin(version) => {
                let hash = self.sources.plugins.get(address).and_then(|plugin| plugin.hash.as_ref());
                hash.map_or_else(|| version.to_string(), ToString::to_string)
            }
            Selection::DevOverride(directory) => format!("development override {}", directory.display()),
            Selection::Unmanaged => "unmanaged".to_owned(),
        }
    }

    /// Plugins that have been asked for something and have not answered.
    pub(crate) fn unanswered(&self) -> Diagnostics {
        let plugins = self.sources.plugins_in_use();
        let failures = plugins.iter().filter_map(|plugin| plugin.unanswered());
        failures.flat_map(|failure| Diagnostics::from(&failure)).collect()
    }

    /// Ends what is not answering, for those who wait for it to hear so.
    pub(crate) async fn abandon(&self) {
        let plugins = self.sources.plugins_in_use().clone();
        for plugin in plugins {
            plugin.abandon().await;
        }
    }

    /// Ends all processes, or lets later commands have them.
    pub(crate) async fn close(&self, ending: Ending) {
        let plugins = std::mem::take(&mut *self.sources.plugins_in_use());
        let end = move |plugin: Arc<Plugin>| async move {
            match ending {
                Ending::Good => plugin.give_back_or_shut_down().await,
                Ending::Bad => plugin.shutdown().await,
                Ending::AtOnce => plugin.kill().await,
            }
        };
        let ends: Vec<_> = plugins.into_iter().map(|plugin| tokio::spawn(end(plugin))).collect();
        for end in ends {
            // One that panics has ended too.
            let _ = end.await;
        }
        if let Some(spares) = self.sources.spares.as_ref().filter(|_| ending != Ending::AtOnce) {
            spares.leave_behind();
        }
    }
}

/// Opens providers by what was selected for each.
struct Sources {
    surroundings: Surroundings,
    builtins: BTreeMap<ProviderAddress, Builtin>,
    selections: BTreeMap<ProviderAddress, Selection>,
    plugins: BTreeMap<ProviderAddress, InstalledPlugin>,
    reattached: BTreeMap<ProviderAddress, reattach::Reattach>,
    schema_cache: Option<Arc<SchemaCache>>,
    spares: Option<Arc<Spares>>,
    log_sink: Option<LogSink>,
    tls: bool,
    starts: Arc<Semaphore>,
    in_use: Mutex<Vec<Arc<Plugin>>>,
}

impl Sources {
    fn plugins_in_use(&self) -> std::sync::MutexGuard<'_, Vec<Arc<Plugin>>> {
        self.in_use.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Unreleased builds change all the time; nothing is started ahead of them.
    fn spares_of(&self, address: &ProviderAddress) -> Option<Arc<dyn SpareSource>> {
        match self.selections.get(address) {
            Some(Selection::Plugin(_)) => Some(self.spares.clone()?),
            _ => None,
        }
    }

    fn launch(&self, options: LaunchOptions) -> Arc<dyn Provider> {
        let plugin = Plugin::launch(LaunchOptions {
            tls: self.tls,
            log_sink: self.log_sink.clone(),
            schema_cache: self.schema_cache.clone(),
            starts: Some(self.starts.clone()),
            ..options
        });
        self.plugins_in_use().push(plugin.clone());
        plugin
    }
}

impl ProviderSource for Sources {
    fn provisioners(&self) -> Provisioners {
        plumb_provisioner::provisioners(&self.surroundings)
    }

    fn open(&self, address: &ProviderAddress) -> Result<Arc<dyn Provider>, Diagnostics> {
        let opened = match self.selections.get(address) {
            Some(Selection::Builtin(_)) => self.builtins.get(address).map(Builtin::make),
            Some(Selection::Plugin(_) | Selection::DevOverride(_)) => {
                self.plugins.get(address).map(|plugin| {
                    let options =
                        LaunchOptions::program(address.clone(), &plugin.executable, TERRAFORM_VERSION);
                    self.launch(LaunchOptions { spares: self.spares_of(address), ..options })
                })
            }
            Some(Selection::Unmanaged) => self.reattached.get(address).map(|found| {
                self.launch(LaunchOptions::reattach(address.clone(), found.clone(), TERRAFORM_VERSION))
            }),
            // Its functions need no declaration.
            None if address.is_builtin() => self.builtins.get(address).map(Builtin::make),
            None => None,
        };
        opened.ok_or_else(|| {
            Diagnostic::error(
                "Provider not available",
                format!(
                    "Provider {address} is needed, but it was not among those that this directory was initialized \
                     with. Run \"plumb init\"."
                ),
            )
            .into()
        })
    }
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// The providers that live in this process, by address.
fn builtins(
    environment: &Environment,
    directory: &Path,
    files: &Arc<dyn Files>,
    stop: &StopHandle,
) -> BTreeMap<ProviderAddress, Builtin> {
    let world: Arc<dyn World> = Arc::new(Machine);
    let states: Arc<dyn RemoteStates> =
        Arc::new(KnownStates { environment: environment.clone(), directory: directory.to_owned() });
    let hosts = super::hosts::provider(environment, files, stop);
    let all = builtin_providers(&world, &states).into_iter().chain([hosts]);
    all.map(|builtin| (builtin.address.clone(), builtin)).collect()
}

/// What providers need no installation, and what they are.
pub(crate) struct Resident {
    builtins: BTreeMap<ProviderAddress, Builtin>,
    reattached: BTreeMap<ProviderAddress, reattach::Reattach>,
    pub(crate) exemptions: Exemptions,
}

impl Session<'_> {
    /// Providers that need no installation. A built-in one that is older than what the state was
    /// written with is not among them.
    pub(crate) async fn resident_providers(
        &self,
        configuration: &CliConfiguration,
        state: Option<&State>,
    ) -> Result<Resident, Diagnostics> {
        let builtins = builtins(&self.shell.environment, &self.directory, &self.files, &self.stop);
        let mut versions = Vec::new();
        for (address, builtin) in &builtins {
            let is_outgrown = match state {
                Some(state) if !address.is_builtin() => is_outgrown(builtin, state).await?,
                _ => false,
            };
            if let Ok(version) = builtin.version.parse()
                && !is_outgrown
            {
                versions.push((address.clone(), version));
            }
        }
        let reattached = self.reattached()?;
        let exemptions = Exemptions {
            builtins: versions.into_iter().collect::<BuiltinVersions>(),
            dev_overrides: configuration.dev_overrides(),
            unmanaged: reattached.keys().cloned().collect(),
        };
        Ok(Resident { builtins, reattached, exemptions })
    }

    fn reattached(&self) -> Result<BTreeMap<ProviderAddress, reattach::Reattach>, Diagnostics> {
        let Some(text) = self.shell.environment.get(reattach::VARIABLE) else { return Ok(BTreeMap::new()) };
        let invalid = |reason: String| {
            let detail = format!("The environment variable {} cannot be used: {reason}.", reattach::VARIABLE);
            Diagnostics::from(Diagnostic::error("Invalid provider reattachment", detail))
        };
        let found = reattach::parse(text).map_err(|error| invalid(error.to_string()))?;
        found
            .into_iter()
            .map(|(address, reattach)| {
                let address = ProviderAddress::parse(&address).map_err(|error| invalid(error.to_string()))?;
                Ok((address, reattach))
            })
            .collect()
    }

    /// The settings of the user, their problems shown.
    pub(crate) fn cli_configuration(&self) -> CliConfiguration {
        let environment = self.shell.environment.for_registry();
        let (configuration, diagnostics) =
            CliConfiguration::load(&*self.files, &environment, &self.shell.sources);
        if !diagnostics.is_empty() && !self.shell.speaks_json() {
            self.shell.terminal.print_error("There are some problems with the CLI configuration:\n");
            let style = self.shell.terminal.error_style();
            let text = plumb_diagnostics::render_all_text(diagnostics.iter(), &self.shell.sources, &style);
            self.shell.terminal.print_error(&text);
            if diagnostics.has_errors() {
                self.shell
                    .terminal
                    .print_error("As a result of the above problems, Plumb may not behave as intended.\n\n");
            }
        }
        configuration
    }

    /// The directory of installed providers.
    pub(crate) fn provider_directory(&self) -> ProviderDirectory {
        ProviderDirectory::new(self.data_directory.join("providers"), Platform::current())
    }

    /// Remembers hashes of packages.
    pub(crate) fn digest_cache(&self) -> DigestCache {
        match self.shell.environment.cache_directory() {
            Some(directory) => DigestCache::in_directory(directory.join("digests")),
            None => DigestCache::disabled(),
        }
    }

    /// The providers that a configuration and a state need; all of them must be installed.
    pub(crate) async fn providers(
        &self,
        config: &Config,
        state: Option<&State>,
    ) -> Result<Arc<ProviderSet>, Diagnostics> {
        self.providers_and(config, state, &BTreeSet::new()).await
    }

    /// As [`Session::providers`], and further ones beside them.
    pub(crate) async fn providers_and(
        &self,
        config: &Config,
        state: Option<&State>,
        further: &BTreeSet<ProviderAddress>,
    ) -> Result<Arc<ProviderSet>, Diagnostics> {
        let recorded = state.into_iter().flat_map(State::providers).chain(further);
        let needed = self.shell.checked(requirements(config, recorded))?;
        let configuration = self.cli_configuration();
        let resident = self.resident_providers(&configuration, state).await?;
        let locks = self.read_locks()?;
        let is_new = locks.is_none();
        let locks = locks.unwrap_or_default();
        let (selections, problems) = select(&needed, &locks, &resident.exemptions);
        if let Some(diagnostic) = lock_diagnostic(&problems, is_new) {
            return Err(diagnostic.into());
        }
        let plugins = self.verified_plugins(&selections, &locks)?;
        let schema_cache =
            self.shell.environment.schema_directory().map(|directory| Arc::new(SchemaCache::new(directory)));
        let log_sink = provider_log(&self.shell.environment, &self.shell.terminal);
        let sources = Arc::new(Sources {
            surroundings: self.shell.environment.surroundings(),
            builtins: resident.builtins,
            selections,
            plugins,
            reattached: resident.reattached,
            spares: self.spares(&configuration, schema_cache.as_ref(), log_sink.is_some()),
            schema_cache,
            log_sink,
            tls: !plumb_plugin::tls_disabled_by_environment(),
            starts: Arc::new(Semaphore::new(processors())),
            in_use: Mutex::default(),
        });
        let set = Arc::new(ProviderSet { providers: Providers::new(sources.clone()), sources });
        self.keep(&set);
        Ok(set)
    }

    fn verified_plugins(
        &self,
        selections: &BTreeMap<ProviderAddress, Selection>,
        locks: &LockFile,
    ) -> Result<BTreeMap<ProviderAddress, InstalledPlugin>, Diagnostics> {
        let needs_plugins = selections
            .values()
            .any(|selection| matches!(selection, Selection::Plugin(_) | Selection::DevOverride(_)));
        if !needs_plugins {
            return Ok(BTreeMap::new());
        }
        let directory = self.provider_directory();
        let (plugins, errors) = installed_plugins(selections, locks, &directory, &self.digest_cache());
        match missing_plugins_diagnostic(&errors) {
            Some(diagnostic) => Err(diagnostic.into()),
            None => Ok(plugins),
        }
    }
}

/// Whether a state has objects that a built-in provider is too old for.
async fn is_outgrown(builtin: &Builtin, state: &State) -> Result<bool, Diagnostics> {
    let mut schema = None;
    for (address, resource) in &state.resources {
        if resource.provider.provider != builtin.address {
            continue;
        }
        let schema = match &mut schema {
            Some(schema) => schema,
            none => none.insert(builtin.make().schema().await?),
        };
        let known =
            schema.table(address.resource.mode).get(&address.resource.kind).map(|schema| schema.version);
        let objects = resource
            .instances
            .values()
            .flat_map(|instance| instance.current.iter().chain(instance.deposed.values()));
        // A type that is not known came with a later release too.
        if known.is_none() || objects.into_iter().any(|object| Some(object.schema_version) > known) {
            return Ok(true);
        }
    }
    Ok(false)
}
