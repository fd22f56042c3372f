//! The record of installed modules, `.terraform/modules/modules.json`.
//!
//! Responsible for reading and writing it as Terraform does, so that either tool can go on from what
//! the other installed, and for saying why a module that is recorded is not the one that is called.
//! It installs nothing.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use plumb_address::ConfigModule;
use plumb_configuration::{Config, InstalledModules, ModuleCall, not_installed};
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_registry::modules::{InstalledModule, ModuleSource, ModuleSourceError, address_for_display};
use plumb_registry::{Constraints, Version};
use plumb_source::Files;
use serde::{Deserialize, Serialize};

/// Which modules are installed where.
#[derive(Clone, Debug, Default)]
pub(crate) struct ModuleManifest {
    entries: BTreeMap<String, Entry>,
    /// Where packages are, each in a directory that is named after its module.
    packages: Option<PathBuf>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    key: String,
    source: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    version: String,
    dir: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Document {
    modules: Vec<Entry>,
}

/// The record's path below the data directory.
const PATH: &str = "modules/modules.json";

impl ModuleManifest {
    /// Reads the record; there need not be one.
    pub(crate) fn read(files: &dyn Files, data_directory: &Path) -> (Self, Diagnostics) {
        let path = data_directory.join(PATH);
        let packages = Some(Self::packages_below(data_directory));
        let none = ModuleManifest { packages: packages.clone(), ..Self::default() };
        let bytes = match files.read_regular(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return (none, Diagnostics::new()),
            Err(error) => return (none, unreadable(&path, &error.to_string()).into()),
        };
        match Self::parse(&bytes) {
            Ok(manifest) => (ModuleManifest { packages, ..manifest }, Diagnostics::new()),
            Err(reason) => (none, unreadable(&path, &reason).into()),
        }
    }

    /// Understands the record's text.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let document: Document = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        let entries = document.modules.into_iter().map(|entry| (entry.key.clone(), entry)).collect();
        Ok(ModuleManifest { entries, packages: None })
    }

    /// Where the module with that key is, if that was recorded of just this source.
    pub(crate) fn directory_of(&self, key: &str, source: &str) -> Option<PathBuf> {
        let entry = self.entries.get(key)?;
        let wanted = ModuleSource::parse(source).ok()?;
        (wanted.to_full() == entry.source).then(|| PathBuf::from(&entry.dir))
    }

    /// Where the record is.
    pub(crate) fn path(data_directory: &Path) -> PathBuf {
        data_directory.join(PATH)
    }

    /// Where packages are, each in a directory that is named after its module.
    pub(crate) fn packages_below(data_directory: &Path) -> PathBuf {
        data_directory.join("modules")
    }

    /// The record for a configuration: modules on this machine, and what was installed before. What
    /// the configuration no longer calls stays recorded, so that who goes back to an older revision
    /// need not install anything again.
    pub(crate) fn of(config: &Config, before: &ModuleManifest) -> Self {
        let mut manifest = before.clone();
        for module in &config.modules {
            let key = key_of(&module.path);
            let call =
                module.parent.as_ref().and_then(|(parent, name)| config.module(*parent).calls.get(name));
            let source = call.and_then(|call| source_of(call).ok());
            let version = before.entries.get(&key).map(|entry| entry.version.clone()).unwrap_or_default();
            let entry = Entry {
                key: key.clone(),
                source: source.map(|source| source.to_full()).unwrap_or_default(),
                version,
                dir: module.directory.display().to_string(),
            };
            manifest.entries.insert(key, entry);
        }
        manifest
    }

    /// Records where a module was installed.
    pub(crate) fn insert(&mut self, key: &str, source: &ModuleSource, installed: &InstalledModule) {
        let entry = Entry {
            key: key.to_owned(),
            source: source.to_full(),
            version: installed.version.as_ref().map(Version::to_string).unwrap_or_default(),
            dir: installed.directory.display().to_string(),
        };
        self.entries.insert(key.to_owned(), entry);
    }

    /// Takes over from an earlier record where a module is, for it could not be fetched anew.
    pub(crate) fn keep(&mut self, key: &str, before: &ModuleManifest) {
        if let Some(entry) = before.entries.get(key) {
            self.entries.entry(key.to_owned()).or_insert_with(|| entry.clone());
        }
    }

    /// Forgets all modules from elsewhere, so that they are fetched anew.
    pub(crate) fn without_fetched(mut self) -> Self {
        let is_local = |source: &str| matches!(ModuleSource::parse(source), Ok(ModuleSource::Local(_)));
        self.entries.retain(|_, entry| entry.source.is_empty() || is_local(&entry.source));
        self
    }

    /// Writes the record, if it has changed and says anything: beside its place first, so that it is
    /// there as a whole or not at all.
    pub(crate) fn write(&self, data_directory: &Path, before: &ModuleManifest) -> Result<(), Diagnostics> {
        let says_anything = self.entries.keys().any(|key| !key.is_empty()) || !before.entries.is_empty();
        if !says_anything || self.entries == before.entries {
            return Ok(());
        }
        let path = data_directory.join(PATH);
        let document = Document { modules: self.entries.values().cloned().collect() };
        write_beside(&path, &document).map_err(|error| {
            let detail = format!(
                "The record of installed modules, {}, cannot be written: {}",
                path.display(),
                plumb_source::explain_refusal(&error)
            );
            Diagnostic::error("Failed to update module manifest", detail).into()
        })
    }

    /// Where a local module's package ends: the nearest module above that came from elsewhere.
    fn package_of(&self, path: &ConfigModule) -> Option<(PathBuf, &str)> {
        let packages = self.packages.as_ref()?;
        let above = (1..path.0.len()).rev().map(|length| path.0[..length].join("."));
        let (key, entry) = above.map(|key| (self.entries.get(&key), key)).find_map(|(entry, key)| {
            let entry = entry?;
            let is_fetched = !matches!(ModuleSource::parse(&entry.source), Ok(ModuleSource::Local(_)));
            is_fetched.then_some((key, entry))
        })?;
        Some((packages.join(key), &entry.source))
    }
}

fn write_beside(path: &Path, document: &Document) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(directory)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".modules-");
    // Whoever works with the directory reads it, as with Terraform's.
    #[cfg(unix)]
    let builder = {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(std::fs::Permissions::from_mode(0o666))
    };
    let mut file = builder.tempfile_in(directory)?;
    io::Write::write_all(file.as_file_mut(), &serde_json::to_vec(document)?)?;
    file.as_file().sync_all()?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

/// What a call's source says. With a version it must be a module of a registry.
pub(crate) fn source_of(call: &ModuleCall) -> Result<ModuleSource, ModuleSourceError> {
    match call.version {
        Some(_) => ModuleSource::parse_with_version(&call.source),
        None => ModuleSource::parse(&call.source),
    }
}

/// A module's place in the tree of modules, as the record has it.
pub(crate) fn key_of(path: &ConfigModule) -> String {
    path.0.join(".")
}

fn unreadable(path: &Path, reason: &str) -> Diagnostic {
    Diagnostic::error(
        "Cannot read the record of installed modules",
        format!("{}: {reason}. Remove the file and run \"plumb init\" to make it anew.", path.display()),
    )
}

impl InstalledModules for ModuleManifest {
    fn directory(&self, path: &ConfigModule, call: &ModuleCall) -> Result<PathBuf, Diagnostic> {
        let source = source_of(call).map_err(|error| no_source(call, &error))?;
        let entry = self.entries.get(&key_of(path)).ok_or_else(|| not_installed(call))?;
        if source.to_full() != entry.source {
            return Err(source_changed(call));
        }
        check_version(call, &entry.version)?;
        Ok(PathBuf::from(&entry.dir))
    }

    fn check_local(
        &self,
        path: &ConfigModule,
        call: &ModuleCall,
        directory: &Path,
    ) -> Result<(), Diagnostic> {
        self.check_package(path, call, directory)?;
        let entry = self.entries.get(&key_of(path)).ok_or_else(|| not_installed(call))?;
        let is_same = source_of(call).is_ok_and(|source| source.to_full() == entry.source);
        if is_same { Ok(()) } else { Err(source_changed(call)) }
    }
}

impl ModuleManifest {
    /// A module in a package must not reach for what lies around the package.
    fn check_package(
        &self,
        path: &ConfigModule,
        call: &ModuleCall,
        directory: &Path,
    ) -> Result<(), Diagnostic> {
        let Some((package, source)) = self.package_of(path) else { return Ok(()) };
        if directory.starts_with(&package) {
            return Ok(());
        }
        let shown = ModuleSource::parse(source).map_or_else(|_| String::new(), |source| source.for_display());
        let detail = format!(
            "The module \"{}\" is called in a package that was fetched from {shown}, and {:?} would lead out of it. Such \
             modules can call others of the same package by relative paths, and all others by addresses.",
            call.name, call.source
        );
        Err(Diagnostic::error("Local module path escapes module package", detail).at(call.source_span))
    }
}

/// The same before anything is installed: local modules can be found without any record.
pub(crate) struct BeforeInstallation<'a>(pub(crate) &'a ModuleManifest);

impl InstalledModules for BeforeInstallation<'_> {
    fn directory(&self, path: &ConfigModule, call: &ModuleCall) -> Result<PathBuf, Diagnostic> {
        self.0.directory(path, call)
    }

    fn check_local(
        &self,
        path: &ConfigModule,
        call: &ModuleCall,
        directory: &Path,
    ) -> Result<(), Diagnostic> {
        self.0.check_package(path, call, directory)
    }
}

/// Whether the version that is installed is still allowed. What is no list of constraints is told of
/// elsewhere.
fn check_version(call: &ModuleCall, installed: &str) -> Result<(), Diagnostic> {
    let Some((text, _)) = &call.version else { return Ok(()) };
    let Ok(constraints) = Constraints::parse(text) else { return Ok(()) };
    let is_allowed = installed.parse().is_ok_and(|version: Version| constraints.allows_by_term(&version));
    if is_allowed || constraints.is_empty() {
        return Ok(());
    }
    let version = if installed.is_empty() { "which has none".to_owned() } else { installed.to_owned() };
    let detail = format!(
        "The version requirements have changed since this module was installed, and the installed version ({version}) is \
         no longer acceptable. Run \"plumb init\" to install all modules required by this configuration."
    );
    Err(Diagnostic::error("Module version requirements have changed", detail).at(call.source_span))
}

fn source_changed(call: &ModuleCall) -> Diagnostic {
    Diagnostic::error(
        "Module source has changed",
        "The source address was changed since this module was installed. Run \"plumb init\" to install all modules \
         required by this configuration.",
    )
    .at(call.source_span)
}

fn no_source(call: &ModuleCall, error: &ModuleSourceError) -> Diagnostic {
    if let Some((_, span)) = &call.version {
        let detail = format!(
            "A version can be chosen only for modules from a registry, and {:?} is none: {error}. Remove the version \
             argument, or name a module of a registry: namespace/name/system.",
            call.source
        );
        return Diagnostic::error("Invalid registry module source address", detail)
            .at(call.source_span)
            .note(*span, "the version");
    }
    let summary = "Invalid module source address";
    if call.source.contains("://") {
        // What stands in an address may be a password, and then so does what stands in its line.
        let shown = address_for_display(&call.source);
        let detail = format!("Nothing tells how to fetch a module from {shown:?}: {error}.");
        let span = if *shown == *call.source { call.source_span } else { call.span };
        return Diagnostic::error(summary, detail).at(span);
    }
    let detail = format!(
        "Nothing tells how to fetch a module from {:?}: {error}. For a directory beside this file write \"./{}\".",
        call.source,
        call.source.trim_start_matches('/')
    );
    Diagnostic::error(summary, detail).at(call.source_span)
}
