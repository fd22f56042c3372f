//! The CLI configuration: settings of a user and a machine rather than of a project.
//!
//! Responsible for finding `.terraformrc` and its companions, reading them, and laying environment
//! variables over them. It never looks at the process's environment: both the files and the
//! variables are handed in.

mod decode;
mod installation;
mod json;
mod legacy_syntax;
mod oci;
#[cfg(test)]
mod tests;
mod tree;
mod warm_providers;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_source::{FileId, Files, SourceMap};

pub use installation::{InstallationLocation, InstallationMethod, ProviderInstallation};
pub use warm_providers::{WARM_MODES, WarmProvidersSettings};

use crate::Environment;
use crate::oci::OciSettings;
use crate::web::Token;

/// All settings.
#[derive(Clone, Default)]
pub struct CliConfiguration {
    /// A directory that working directories share installed providers through.
    pub plugin_cache_directory: Option<PathBuf>,
    /// Whether packages from the cache may be used that the lock file does not know yet.
    pub plugin_cache_may_break_lock_file: bool,
    /// Whether not to ask for news about new versions.
    pub disable_checkpoint: bool,
    /// Whether not to identify the installation when asking for news.
    pub disable_checkpoint_signature: bool,
    /// Tokens by host; none where a block says that there is none.
    pub credentials: BTreeMap<String, Option<Token>>,
    /// A program that knows further tokens.
    pub credentials_helper: Option<CredentialsHelperSettings>,
    /// Services by host, replacing what the host itself would say.
    pub hosts: BTreeMap<String, BTreeMap<String, serde_json::Value>>,
    /// Where providers come from; the usual places where this says nothing.
    pub provider_installation: Option<ProviderInstallation>,
    /// Who asks registries of images.
    pub oci: OciSettings,
    /// Whether provider processes are started ahead.
    pub warm_providers: WarmProvidersSettings,
}

/// A program that knows tokens: `terraform-credentials-NAME`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialsHelperSettings {
    /// The last part of the program's name.
    pub name: String,
    /// Arguments that come before those of the protocol.
    pub arguments: Vec<String>,
}

impl fmt::Debug for CliConfiguration {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("CliConfiguration")
            .field("plugin_cache_directory", &self.plugin_cache_directory)
            .field("plugin_cache_may_break_lock_file", &self.plugin_cache_may_break_lock_file)
            .field("disable_checkpoint", &self.disable_checkpoint)
            .field("credentials", &self.credentials.keys().collect::<Vec<_>>())
            .field("hosts", &self.hosts.keys().collect::<Vec<_>>())
            .field("provider_installation", &self.provider_installation)
            .finish_non_exhaustive()
    }
}

/// Where a user's settings and plugins lie.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserDirectories {
    /// The default configuration file.
    pub configuration_file: Option<PathBuf>,
    /// The directory with further settings, tokens and plugins.
    pub configuration_directory: Option<PathBuf>,
    /// Directories for data of programs, the user's own first.
    pub data_directories: Vec<PathBuf>,
}

impl UserDirectories {
    /// The places that the conventions of the operating system name.
    pub fn new(environment: &Environment, home: Option<&Path>) -> Self {
        let home = environment.get("HOME").map(PathBuf::from).or_else(|| home.map(Path::to_path_buf));
        match std::env::consts::OS {
            "windows" => Self::windows(environment),
            "macos" => Self::macos(home.as_deref()),
            _ => Self::unix(environment, home.as_deref()),
        }
    }

    fn unix(environment: &Environment, home: Option<&Path>) -> Self {
        let own = environment
            .get("XDG_DATA_HOME")
            .map(PathBuf::from)
            .or_else(|| home.map(|home| home.join(".local/share")));
        let shared = environment.get("XDG_DATA_DIRS").unwrap_or("/usr/local/share:/usr/share");
        let shared = shared.split(':').filter(|path| !path.is_empty()).map(PathBuf::from);
        UserDirectories {
            configuration_file: home.map(|home| home.join(".terraformrc")),
            configuration_directory: home.map(|home| home.join(".terraform.d")),
            data_directories: own.into_iter().chain(shared).map(|path| path.join("terraform")).collect(),
        }
    }

    fn macos(home: Option<&Path>) -> Self {
        const DATA: &str = "Library/Application Support/io.terraform";
        let shared = Path::new("/").join(DATA);
        UserDirectories {
            configuration_file: home.map(|home| home.join(".terraformrc")),
            configuration_directory: home.map(|home| home.join(".terraform.d")),
            data_directories: home.map(|home| home.join(DATA)).into_iter().chain([shared]).collect(),
        }
    }

    fn windows(environment: &Environment) -> Self {
        let roaming = environment.get("APPDATA").map(PathBuf::from);
        UserDirectories {
            configuration_file: roaming.as_ref().map(|path| path.join("terraform.rc")),
            configuration_directory: roaming.as_ref().map(|path| path.join("terraform.d")),
            data_directories: roaming.map(|path| path.join("HashiCorp/Terraform")).into_iter().collect(),
        }
    }

    /// The file that `login` keeps tokens in.
    pub fn credentials_file(&self) -> Option<PathBuf> {
        self.configuration_directory.as_ref().map(|directory| directory.join("credentials.tfrc.json"))
    }

    /// Where providers are looked for when no `provider_installation` block says otherwise, and
    /// programs that know tokens.
    pub fn plugin_directories(&self) -> Vec<PathBuf> {
        let own = self.configuration_directory.iter().map(|directory| directory.join("plugins"));
        own.chain(self.data_directories.iter().map(|directory| directory.join("plugins"))).collect()
    }
}

impl CliConfiguration {
    /// Reads all files that apply, and lays the environment over them. Mistakes are diagnostics;
    /// the settings without mistakes hold, and Terraform goes on with them.
    pub fn load(
        files: &dyn Files,
        environment: &Environment,
        sources: &SourceMap,
    ) -> (CliConfiguration, Diagnostics) {
        let directories = UserDirectories::new(environment, files.home_directory().as_deref());
        let mut loader = Loader { files, sources, diagnostics: Diagnostics::new() };
        let mut configuration = CliConfiguration::default();
        match environment.first(&["TF_CLI_CONFIG_FILE", "TERRAFORM_CONFIG"]) {
            // Whoever names a file means it instead of everything else.
            Some(path) => match loader.read_main(Path::new(path)) {
                Some(main) => configuration = main,
                None => loader.warn_missing(path),
            },
            None => {
                if let Some(path) = &directories.configuration_file {
                    configuration = loader.read_main(path).unwrap_or_default();
                }
                if let Some(directory) = &directories.configuration_directory {
                    loader.merge_directory(directory, &mut configuration);
                }
            }
        }
        if let Some(path) = &configuration.plugin_cache_directory {
            let expanded = environment.expand(&path.to_string_lossy());
            configuration.plugin_cache_directory = Some(PathBuf::from(expanded));
        }
        configuration.apply_environment(environment);
        loader.check_cache_directory(&configuration);
        (configuration, loader.diagnostics)
    }

    fn apply_environment(&mut self, environment: &Environment) {
        if let Some(path) = environment.get("TF_PLUGIN_CACHE_DIR") {
            self.plugin_cache_directory = Some(PathBuf::from(path));
        }
        let may_break = environment.get("TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE");
        if may_break.is_some_and(|value| value != "0") {
            self.plugin_cache_may_break_lock_file = true;
        }
        if environment.get("CHECKPOINT_DISABLE").is_some() {
            self.disable_checkpoint = true;
        }
    }

    /// Adds the settings of another file, which win where tokens and services are named twice.
    fn merge(&mut self, other: CliConfiguration, diagnostics: &mut Diagnostics) {
        if self.plugin_cache_directory.is_none() {
            self.plugin_cache_directory = other.plugin_cache_directory;
        }
        self.plugin_cache_may_break_lock_file |= other.plugin_cache_may_break_lock_file;
        self.disable_checkpoint |= other.disable_checkpoint;
        self.disable_checkpoint_signature |= other.disable_checkpoint_signature;
        let WarmProvidersSettings { mode, idle_minutes, memory_mib, reuse_configured, reuse_seconds } =
            other.warm_providers;
        let warm = &mut self.warm_providers;
        warm.mode = warm.mode.take().or(mode);
        warm.idle_minutes = warm.idle_minutes.or(idle_minutes);
        warm.memory_mib = warm.memory_mib.or(memory_mib);
        warm.reuse_configured = warm.reuse_configured.or(reuse_configured);
        warm.reuse_seconds = warm.reuse_seconds.or(reuse_seconds);
        self.credentials.extend(other.credentials);
        self.hosts.extend(other.hosts);
        oci::merge(&mut self.oci, other.oci, diagnostics);
        let mut only_one = |kind: &str| {
            let detail = format!("No more than one {kind} block may be specified, in all files together.");
            diagnostics.push(Diagnostic::error(format!("Duplicate {kind} block"), detail));
        };
        match (&self.credentials_helper, other.credentials_helper) {
            (Some(_), Some(_)) => only_one("credentials_helper"),
            (None, helper) => self.credentials_helper = helper,
            (Some(_), None) => {}
        }
        match (&self.provider_installation, other.provider_installation) {
            (Some(_), Some(_)) => only_one("provider_installation"),
            (None, installation) => self.provider_installation = installation,
            (Some(_), None) => {}
        }
    }

    /// Directories with unreleased builds, by provider.
    pub fn dev_overrides(&self) -> BTreeMap<plumb_address::ProviderAddress, PathBuf> {
        self.provider_installation
            .as_ref()
            .map(|installation| installation.dev_overrides.clone())
            .unwrap_or_default()
    }
}

struct Loader<'a> {
    files: &'a dyn Files,
    sources: &'a SourceMap,
    diagnostics: Diagnostics,
}

impl Loader<'_> {
    fn read_main(&mut self, path: &Path) -> Option<CliConfiguration> {
        self.files.is_file(path).then(|| self.read(path))
    }

    fn warn_missing(&mut self, path: &str) {
        let detail = format!(
            "The CLI configuration file at {path:?} does not exist. It is named by the environment variable TF_CLI_CONFIG_FILE, so no other file was looked for."
        );
        self.diagnostics.push(Diagnostic::warning("Unable to open CLI configuration file", detail));
    }

    fn merge_directory(&mut self, directory: &Path, configuration: &mut CliConfiguration) {
        if !self.files.is_directory(directory) {
            return;
        }
        let entries = match self.files.list(directory) {
            Ok(entries) => entries,
            Err(error) => return self.cannot_read(directory, &error),
        };
        for (name, is_directory) in entries {
            if !is_directory && (name.ends_with(".tfrc") || name.ends_with(".tfrc.json")) {
                let more = self.read(&directory.join(name));
                configuration.merge(more, &mut self.diagnostics);
            }
        }
    }

    fn cannot_read(&mut self, path: &Path, error: &std::io::Error) {
        let detail = format!("{} cannot be read: {error}. Its settings are ignored.", path.display());
        self.diagnostics.push(Diagnostic::error("Cannot read CLI configuration", detail));
    }

    fn read(&mut self, path: &Path) -> CliConfiguration {
        let content = match self.files.read(path) {
            Ok(content) => content,
            Err(error) => {
                self.cannot_read(path, &error);
                return CliConfiguration::default();
            }
        };
        let Ok(text) = String::from_utf8(content) else {
            let detail = format!("{} is not encoded as UTF-8. Its settings are ignored.", path.display());
            self.diagnostics.push(Diagnostic::error("Invalid character encoding", detail));
            return CliConfiguration::default();
        };
        let file = self.sources.add(path.to_string_lossy(), text.as_str());
        let is_json = path.extension().is_some_and(|extension| extension == "json")
            || text.trim_start().starts_with('{');
        let mut configuration = self.diagnostics.take(parse(&text, file, is_json));
        oci::resolve(&mut configuration.oci, path.parent().unwrap_or(Path::new("")));
        configuration
    }

    fn check_cache_directory(&mut self, configuration: &CliConfiguration) {
        let Some(path) = &configuration.plugin_cache_directory else { return };
        if !self.files.is_directory(path) {
            let detail = format!(
                "The specified plugin cache dir {} cannot be opened: there is no such directory. Create it, or remove the setting.",
                path.display()
            );
            self.diagnostics.push(Diagnostic::error("Plugin cache directory not found", detail));
        }
    }
}

fn parse(text: &str, file: FileId, is_json: bool) -> (CliConfiguration, Diagnostics) {
    let items = if is_json { json::parse(text, file) } else { legacy_syntax::parse(text, file) };
    match items {
        Ok(items) => decode::decode(&items),
        Err(diagnostic) => (CliConfiguration::default(), diagnostic.into()),
    }
}
