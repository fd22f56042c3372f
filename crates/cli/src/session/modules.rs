//! The record of installed modules, `.terraform/modules/modules.json`.
//!
//! Responsible for reading and writing it as Terraform does, so that either tool can go on from what
//! the other installed. It installs nothing.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use plumb_address::ConfigModule;
use plumb_configuration::{Config, InstalledModules, is_local_source};
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_registry::modules::GitSource;
use plumb_source::Files;
use serde::{Deserialize, Serialize};

/// Which modules are installed where.
#[derive(Clone, Debug, Default)]
pub(crate) struct ModuleManifest {
    entries: BTreeMap<String, Entry>,
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
        let bytes = match files.read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return (Self::default(), Diagnostics::new());
            }
            Err(error) => return (Self::default(), unreadable(&path, &error.to_string()).into()),
        };
        match Self::parse(&bytes) {
            Ok(manifest) => (manifest, Diagnostics::new()),
            Err(reason) => (Self::default(), unreadable(&path, &reason).into()),
        }
    }

    /// Understands the record's text.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let document: Document = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        let entries = document.modules.into_iter().map(|entry| (entry.key.clone(), entry)).collect();
        Ok(ModuleManifest { entries })
    }

    /// Where the module with that key is, if that was recorded of just this source.
    pub(crate) fn directory_of(&self, key: &str, source: &str) -> Option<PathBuf> {
        let path = ConfigModule([key.into()].into());
        if is_local_source(source) {
            return self.allows_local(&path, source).then(|| PathBuf::from(&self.entries[key].dir));
        }
        self.directory(&path, source)
    }

    /// Where the record is.
    pub(crate) fn path(data_directory: &Path) -> PathBuf {
        data_directory.join(PATH)
    }

    /// The record for a configuration: modules on this machine, and what was installed before. What
    /// the configuration no longer calls stays recorded, so that who goes back to an older revision
    /// need not install anything again.
    pub(crate) fn of(config: &Config, before: &ModuleManifest) -> Self {
        let mut entries = before.entries.clone();
        for module in &config.modules {
            let key = key_of(&module.path);
            let call =
                module.parent.as_ref().and_then(|(parent, name)| config.module(*parent).calls.get(name));
            let version = before.entries.get(&key).map(|entry| entry.version.clone()).unwrap_or_default();
            let entry = Entry {
                key: key.clone(),
                source: call.map(|call| full_source(&call.source)).unwrap_or_default(),
                version,
                dir: module.directory.display().to_string(),
            };
            entries.insert(key, entry);
        }
        ModuleManifest { entries }
    }

    /// Records where a module from a git repository was installed.
    pub(crate) fn insert_git(&mut self, path: &ConfigModule, source: &GitSource, directory: &Path) {
        let key = key_of(path);
        // Joining nothing would leave a slash at the end, which path.module would show.
        let dir: PathBuf = directory.join(source.subdirectory()).components().collect();
        let dir = dir.display().to_string();
        let entry = Entry { key: key.clone(), source: source.to_full(), version: String::new(), dir };
        self.entries.insert(key, entry);
    }

    /// Forgets all modules from git repositories, so that they are fetched anew.
    pub(crate) fn without_git(mut self) -> Self {
        self.entries.retain(|_, entry| GitSource::parse(&entry.source).is_none());
        self
    }

    /// Where a module that is called along a path is installed.
    pub(crate) fn directory_for(data_directory: &Path, path: &ConfigModule) -> PathBuf {
        data_directory.join("modules").join(key_of(path))
    }

    /// Writes the record, if it has changed and says anything.
    pub(crate) fn write(&self, data_directory: &Path, before: &ModuleManifest) -> Result<(), Diagnostics> {
        if self.entries.len() <= 1 && before.entries.is_empty() || self.entries == before.entries {
            return Ok(());
        }
        let path = data_directory.join(PATH);
        let document = Document { modules: self.entries.values().cloned().collect() };
        let write = || {
            std::fs::create_dir_all(path.parent().unwrap_or(data_directory))?;
            std::fs::write(&path, serde_json::to_vec(&document)?)
        };
        write().map_err(|error| {
            let detail =
                format!("The record of installed modules, {}, cannot be written: {error}.", path.display());
            Diagnostic::error("Failed to record installed modules", detail).into()
        })
    }
}

/// A source as it is recorded.
fn full_source(source: &str) -> String {
    GitSource::parse(source).map_or_else(|| source.to_owned(), |git| git.to_full())
}

fn key_of(path: &ConfigModule) -> String {
    path.0.join(".")
}

fn unreadable(path: &Path, reason: &str) -> Diagnostic {
    Diagnostic::error(
        "Cannot read the record of installed modules",
        format!("{}: {reason}. Remove the file and run \"plumb init\" to make it anew.", path.display()),
    )
}

impl InstalledModules for ModuleManifest {
    fn directory(&self, path: &ConfigModule, source: &str) -> Option<PathBuf> {
        let entry = self.entries.get(&key_of(path))?;
        // A call whose source was changed since needs another module than the installed one. What is
        // recorded is the source in full, of which the call may have written the short form.
        let is_same = entry.source == source
            || entry.source.ends_with(&format!("/{source}"))
            || GitSource::parse(source).is_some_and(|git| git.to_full() == entry.source);
        (is_same && !is_local_source(source)).then(|| PathBuf::from(&entry.dir))
    }

    fn allows_local(&self, path: &ConfigModule, source: &str) -> bool {
        self.entries.get(&key_of(path)).is_some_and(|entry| entry.source == source)
    }
}

/// The same before anything is installed: local modules can be found without any record.
pub(crate) struct BeforeInstallation<'a>(pub(crate) &'a ModuleManifest);

impl InstalledModules for BeforeInstallation<'_> {
    fn directory(&self, path: &ConfigModule, source: &str) -> Option<PathBuf> {
        self.0.directory(path, source)
    }
}
