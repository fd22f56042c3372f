//! What a plan is made from, gathered so that the plan can carry it and be checked against it.

use plumb_configuration::{Config, GivenValues, configuration_files};
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_plan::file::Snapshot;
use plumb_plan::{ChangeRecord, Digest};
use plumb_source::MemoryFiles;

use super::{ModuleManifest, ProviderSet, Session};

impl Session<'_> {
    /// Every file that the configuration consists of, with the lock file and the list of modules.
    pub(crate) fn snapshot(&self, config: &Config) -> Snapshot {
        let mut files = MemoryFiles::new();
        for module in &config.modules {
            let names = configuration_files(&*self.files, &module.directory).unwrap_or_default();
            for name in names {
                let path = module.directory.join(name);
                if let Ok(content) = self.files.read(&path) {
                    files.insert(path, content);
                }
            }
        }
        Snapshot {
            files,
            lock_file: self.files.read(&self.lock_file_path()).ok(),
            modules_manifest: self.files.read(&ModuleManifest::path(&self.data_directory)).ok(),
        }
    }

    /// What ties a plan to the world that it is made in.
    pub(crate) fn change_record(
        &self,
        snapshot: &Snapshot,
        variables: &GivenValues,
        config: &Config,
        providers: &ProviderSet,
        version: Option<&plumb_state::Version>,
    ) -> Result<ChangeRecord, Diagnostics> {
        Ok(ChangeRecord {
            commit: None,
            configuration: configuration_digest(&snapshot.files),
            variables: variables_digest(variables, config)?,
            providers: providers.digests(),
            lineage: version.map(|version| version.lineage.clone()).unwrap_or_default(),
            serial: version.map(|version| version.serial).unwrap_or_default(),
            workspace: self.workspace()?,
            plan: Digest::default(),
            timestamp: plumb_backend::timestamp(),
            author: plumb_backend::who(),
        })
    }
}

/// The digest of every file of a configuration.
pub(crate) fn configuration_digest(files: &MemoryFiles) -> Digest {
    let parts: Vec<Vec<u8>> = files
        .iter()
        .flat_map(|(path, content)| [path.as_os_str().as_encoded_bytes().to_vec(), content.to_vec()])
        .collect();
    Digest::of_parts(parts.iter().map(Vec::as_slice))
}

/// The digest of the values of all variables, those aside that must not be stored.
pub(crate) fn variables_digest(variables: &GivenValues, config: &Config) -> Result<Digest, Diagnostics> {
    let mut parts = Vec::new();
    for (name, value) in variables {
        if config.root().variables.get(name).is_some_and(|variable| variable.ephemeral) {
            continue;
        }
        let value = value.value.unmark_deep();
        let text = plumb_value::json::encode(&value, &plumb_value::Type::Dynamic).map_err(|error| {
            Diagnostic::error(
                "Invalid value for input variable",
                format!("The value of var.{name} cannot be stored: {error}."),
            )
        })?;
        parts.push(name.as_bytes().to_vec());
        parts.push(text);
    }
    Ok(Digest::of_parts(parts.iter().map(Vec::as_slice)))
}
