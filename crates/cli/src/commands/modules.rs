//! Installing the modules of a configuration, as `init` and `get` do.
//!
//! Responsible for what is missing, for recording what was installed, and for what to say about what was
//! not. Fetching is the registry crate's business.

use std::collections::HashSet;
use std::sync::Arc;

use plumb_address::ConfigModule;
use plumb_configuration::{Config, InstalledModules as _, ModuleCall, is_local_source};
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_registry::modules::{
    ModuleError, ModuleInstaller, ModuleOutcome, ModuleRequest, ModuleSource, OtherKind, PackageError,
    RegistryError,
};
use plumb_registry::oci::{OciCredentials, OciError};
use plumb_registry::web::WebError;
use plumb_registry::{Constraints, UnpackError};

use super::get::without_modules;
use crate::session::{AmazonBuckets, Installation, ModuleManifest, Session, key_of, source_of};

/// The modules of a configuration, of which some may be missing.
pub(super) struct ModuleInstallation<'s> {
    session: &'s Session<'s>,
    /// The directory of tests, whose modules are installed too.
    tests: &'s str,
    /// What was recorded before.
    before: ModuleManifest,
    /// What is recorded by now.
    manifest: ModuleManifest,
    config: Config,
    mistakes: Diagnostics,
    problems: Diagnostics,
    failed: HashSet<ConfigModule>,
    /// Made when the first module is missing: most commands have nothing to fetch.
    installer: Option<ModuleInstaller>,
}

impl<'s> ModuleInstallation<'s> {
    /// Reads the configuration as far as its modules are there; `is_anew` treats none as if it were that
    /// has to be fetched.
    pub(super) fn begin(session: &'s Session<'s>, is_anew: bool, tests: &'s str) -> Self {
        let (before, problems) = ModuleManifest::read(&*session.files, &session.data_directory);
        let manifest = if is_anew { before.clone().without_fetched() } else { before.clone() };
        let (config, mistakes) = session.read_before_installation(&manifest, session.test_calls(tests));
        let (failed, installer) = (HashSet::new(), None);
        ModuleInstallation { session, tests, before, manifest, config, mistakes, problems, failed, installer }
    }

    /// Whether the root module calls any.
    pub(super) fn has_calls(&self) -> bool {
        !self.config.root().calls.is_empty()
    }

    /// The configuration as it was read, with its mistakes other than modules that are not there.
    pub(super) fn without_installing(mut self) -> (Config, Diagnostics) {
        self.problems.append(without_modules(self.mistakes));
        (self.config, self.problems)
    }

    /// Installs the modules and records where they are; mistakes come back with the configuration.
    pub(super) fn install(mut self, say: &dyn Fn(String)) -> Result<(Config, Diagnostics), Diagnostics> {
        // Each round makes modules known that may call others; the depth of modules is bounded.
        while self.install_missing(say) {
            let further = self.session.test_calls(self.tests);
            (self.config, self.mistakes) = self.session.read_before_installation(&self.manifest, further);
        }
        for module in &self.config.modules {
            for call in module.calls.values() {
                if let Some(id) = call.module {
                    let path = module.path.child(call.name.clone());
                    say(format!("- {} in {}", key_of(&path), self.config.module(id).directory.display()));
                }
            }
        }
        let data_directory = &self.session.data_directory;
        // What was fetched is recorded whatever else is wrong, so that it is not fetched again.
        ModuleManifest::of(&self.config, &self.manifest).write(data_directory, &self.before)?;
        self.problems.append(without_modules(self.mistakes));
        Ok((self.config, self.problems))
    }

    /// Installs what is called and not there yet; whether there is anything new.
    fn install_missing(&mut self, say: &dyn Fn(String)) -> bool {
        let missing = self.missing();
        if missing.is_empty() {
            return false;
        }
        let installer = self.installer.get_or_insert_with(|| installer_of(self.session));
        let requests: Vec<ModuleRequest> = missing.iter().map(|(_, _, request)| request.clone()).collect();
        let announce =
            |request: &ModuleRequest, what: &str| say(format!("Downloading {what} for {}...", request.key));
        let outcomes = installer.install(&requests, &announce);
        let mut has_news = false;
        for ((path, call, request), ModuleOutcome { result, unreadable_versions }) in
            missing.into_iter().zip(outcomes)
        {
            for version in unreadable_versions {
                self.problems.push(unreadable_version(&call, &version));
            }
            match result {
                Ok(installed) => {
                    self.manifest.insert(&request.key, &request.source, &installed);
                    has_news = true;
                }
                Err(error) => {
                    self.problems.push(failure(&call, &request.source, &error));
                    self.manifest.keep(&request.key, &self.before);
                    self.failed.insert(path);
                }
            }
        }
        has_news
    }

    /// Calls of modules that are not there, without those that are wrong, which is told of elsewhere.
    fn missing(&self) -> Vec<(ConfigModule, ModuleCall, ModuleRequest)> {
        let mut missing = Vec::new();
        for module in &self.config.modules {
            for call in module.calls.values() {
                if call.module.is_some() || is_local_source(&call.source) {
                    continue;
                }
                let path = module.path.child(call.name.clone());
                let is_there = || {
                    let directory = self.manifest.directory(&path, call);
                    directory.is_ok_and(|directory| self.session.files.is_directory(&directory))
                };
                if self.failed.contains(&path) || is_there() {
                    continue;
                }
                let Ok(source) = source_of(call) else { continue };
                let constraints = call.version.as_ref().map_or("", |(text, _)| text);
                let Ok(constraints) = Constraints::parse(constraints) else { continue };
                let request = ModuleRequest { key: key_of(&path), source, constraints };
                missing.push((path, call.clone(), request));
            }
        }
        missing
    }
}

/// What fetches modules for a working directory.
pub(super) fn installer_of(session: &Session<'_>) -> ModuleInstaller {
    let Installation { configuration, client, services, .. } = Installation::of(session);
    let environment = &session.shell.environment;
    let (netrc, buckets) = (environment.netrc(), Arc::new(AmazonBuckets::new(environment.for_aws())));
    let home = environment.home();
    let images = OciCredentials::new(&configuration.oci, &environment.for_registry(), home.as_deref());
    let packages = ModuleManifest::packages_below(&session.data_directory);
    ModuleInstaller::new(client, services, netrc, buckets, Arc::new(images), packages)
}

/// The headline that Terraform has for a failure.
pub(super) fn headline(error: &ModuleError) -> &'static str {
    match error {
        ModuleError::Registry(error) => match error {
            RegistryError::NotFound { .. } => "Module not found",
            RegistryError::NoVersions { .. } => "Module has no versions",
            RegistryError::NoMatch { .. } => "Unresolvable module version constraint",
            RegistryError::Access(_) | RegistryError::NoRegistry { .. } | RegistryError::BadAnswer { .. } => {
                "Error accessing remote module registry"
            }
            RegistryError::EmptyAnswer { .. } => "Invalid response from remote module registry",
            RegistryError::BadLocation { .. } => "Invalid package location from module registry",
        },
        ModuleError::Package { error, .. } if is_unsupported(error) => "Module source not supported yet",
        ModuleError::Package { .. } | ModuleError::Store(_) => "Failed to download module",
        ModuleError::Subdirectory(_) => "Failed to expand subdir globs",
    }
}

/// Whether others fetch from there.
fn is_unsupported(error: &PackageError) -> bool {
    matches!(error, PackageError::Unsupported(kind) if *kind != OtherKind::Unknown)
}

/// What went wrong with a call. The line of its source may hold a password and is not shown.
fn failure(call: &ModuleCall, source: &ModuleSource, error: &ModuleError) -> Diagnostic {
    let headline = match (error, source) {
        (ModuleError::Subdirectory(_), ModuleSource::Registry(..)) => "Unreadable module subdirectory",
        _ => headline(error),
    };
    Diagnostic::error(headline, detail(&call.name, source, error)).at(call.span)
}

fn detail(name: &str, source: &ModuleSource, error: &ModuleError) -> String {
    let what = format!("The module \"{name}\" cannot be installed from {}", source.for_display());
    match error {
        ModuleError::Registry(_) => format!("{what}: {error}.{}", advice(error)),
        ModuleError::Package { place, .. } => {
            let place =
                if *place == source.for_display() { String::new() } else { format!(" (from {place})") };
            format!("{what}{place}: {error}.{}", advice(error))
        }
        ModuleError::Subdirectory(_) | ModuleError::Store(_) => format!("{what}: {error}.{}", advice(error)),
    }
}

/// What to do about it, in sentences that follow.
pub(super) fn advice(error: &ModuleError) -> &'static str {
    match error {
        ModuleError::Registry(error) => advice_for_registry(error),
        ModuleError::Package { error, .. } => advice_for_package(error),
        ModuleError::Subdirectory(_) => " Check the part of the source after the double slash.",
        ModuleError::Store(_) => NOT_WRITTEN,
    }
}

/// Full disks and directories of others say by themselves what they are.
const NOT_WRITTEN: &str = "\n\nWhat was there before is as it was. Check the space on the disk, who owns the directory and its permissions, then \
                           run the command again.";

fn advice_for_registry(error: &RegistryError) -> &'static str {
    match error {
        RegistryError::NotFound { .. } => "\n\nCheck the name, and whether you may see the module there.",
        RegistryError::NoMatch { .. } => "\n\nChange the version argument of the call.",
        RegistryError::NoVersions { .. } => {
            "\n\nA pre-release is chosen only where the version argument names exactly it."
        }
        RegistryError::NoRegistry { .. } => "\n\nCheck the host in front of the module's name.",
        RegistryError::Access(_) => {
            "\n\nCheck the host's name, the network, and the credentials for the host, then run the command again."
        }
        RegistryError::BadAnswer { .. }
        | RegistryError::EmptyAnswer { .. }
        | RegistryError::BadLocation { .. } => "\n\nThis is for whoever runs the registry to put right.",
    }
}

fn advice_for_package(error: &PackageError) -> &'static str {
    match error {
        PackageError::Git { .. } => {
            "\n\nCheck the address, the ref argument and that git may read the repository without asking for anything, then \
             run the command again."
        }
        PackageError::GitSilent { .. } => {
            "\n\nCheck the address and the network, then run the command again. The variable PLUMB_SERVER_TIMEOUT says how many \
             seconds a server may be silent."
        }
        PackageError::Unpack(UnpackError::Archive(_)) => {
            "\n\nIt is damaged, not all of it, or something else than its name says. Run the command again, and if that does \
             not help, look at what is really there."
        }
        PackageError::Unpack(UnpackError::Write { .. }) => NOT_WRITTEN,
        PackageError::Unpack(_) => {
            "\n\nNothing of it was installed. Whoever made the archive has to make it anew; until then, name another version \
             of it."
        }
        PackageError::Web(WebError::Status { status: 401 | 403, .. }) => {
            "\n\nThe server wants to know who asks, or has refused it: give a user name and a password for it in the file \
             ~/.netrc."
        }
        PackageError::Checksum { .. } => {
            "\n\nDo not change the checksum unless you know why the archive is another one now."
        }
        PackageError::NoObject { .. } => {
            "\n\nCheck the address: the name of the bucket and what is behind it."
        }
        PackageError::Oci(error) => advice_for_artifact(error),
        PackageError::Web(_) => "\n\nCheck the address and the network, then run the command again.",
        error if is_unsupported(error) => {
            "\n\nWhere \"terraform init\" has installed it in this directory already, Plumb uses that copy."
        }
        _ => "",
    }
}

fn advice_for_artifact(error: &OciError) -> &'static str {
    match error {
        OciError::NoLogin(_) | OciError::Refused { .. } => {
            "\n\nLog in with \"docker login\" or another program that keeps its logins where that does, or put an \
             oci_credentials block into the CLI configuration."
        }
        OciError::NotFound { .. } | OciError::Address(_) => "\n\nCheck the source argument of the call.",
        OciError::Digest { .. } => {
            "\n\nDo not use what came; ask whoever runs the registry why it is another one."
        }
        OciError::Web(_) => "\n\nCheck the address and the network, then run the command again.",
        OciError::Credentials(_) => {
            "\n\nCheck the oci_credentials and oci_default_credentials blocks of the CLI configuration, and the files \
             that programs for containers keep logins in, such as ~/.docker/config.json."
        }
        OciError::Manifest { .. } => {
            "\n\nA package of a module is pushed with the artifact type application/vnd.opentofu.modulepkg and one layer \
             of the media type archive/zip."
        }
        OciError::Challenge(_) | OciError::Realm { .. } | OciError::NoToken(_) | OciError::Read { .. } => "",
    }
}

fn unreadable_version(call: &ModuleCall, version: &str) -> Diagnostic {
    let detail = format!(
        "The registry lists {version:?} among the versions of the module \"{}\". That is no version, and was passed over.",
        call.name
    );
    Diagnostic::warning("Invalid response from remote module registry", detail).at(call.span)
}
