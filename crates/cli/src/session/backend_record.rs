//! The record of what was initialised, `.terraform/terraform.tfstate`, in Terraform's own form.

use std::path::Path;

use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_source::Files;
use serde_json::json;

use super::BackendSettings;
use super::backend_kinds::known;
use super::backends::unknown_kind;
use crate::version::TERRAFORM_VERSION;

/// What was initialised last.
#[derive(Clone, Default)]
pub(crate) struct SavedBackend {
    settings: Option<BackendSettings>,
}

const RECORD: &str = "terraform.tfstate";

impl SavedBackend {
    /// Reads the record; without one nothing was initialised.
    pub(crate) fn read(files: &dyn Files, data_directory: &Path) -> Result<Self, Diagnostics> {
        let path = data_directory.join(RECORD);
        let bytes = match files.read_regular(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(unreadable(&path, &error.to_string())),
        };
        let document: serde_json::Value =
            serde_json::from_slice(&bytes).map_err(|error| unreadable(&path, &error.to_string()))?;
        let backend = &document["backend"];
        if backend.is_null() {
            return Ok(Self::default());
        }
        let kind = backend["type"].as_str().unwrap_or_default();
        let Some(kind) = known(kind) else { return Err(unknown_kind(kind).into()) };
        let argument = |(name, _): &(&'static str, _)| {
            let value = &backend["config"][name];
            (!value.is_null()).then(|| (*name, value.clone()))
        };
        let arguments = kind.arguments.iter().filter_map(argument).collect();
        let block_hash =
            backend["hash"].as_u64().and_then(|hash| u32::try_from(hash).ok()).unwrap_or_default();
        Ok(SavedBackend { settings: Some(BackendSettings::recorded(kind, arguments, block_hash)) })
    }

    /// What was initialised; the implied local backend where nothing was.
    pub(crate) fn settings(&self) -> BackendSettings {
        self.settings.clone().unwrap_or_default()
    }

    /// Whether exactly this block was initialised, whatever `-backend-config` added.
    pub(crate) fn is_of_block(&self, wanted: &BackendSettings) -> bool {
        let is_same =
            |saved: &BackendSettings| saved.kind() == wanted.kind() && saved.block_hash == wanted.block_hash;
        wanted.is_explicit && self.settings.as_ref().is_some_and(is_same)
    }

    /// Whether a backend other than the implied one was initialised.
    pub(crate) fn is_explicit(&self) -> bool {
        self.settings.is_some()
    }

    /// Checks that what was initialised is what the configuration says.
    pub(crate) fn check(&self, wanted: &BackendSettings) -> Result<(), Diagnostic> {
        match (&self.settings, wanted.is_explicit) {
            (None, false) => Ok(()),
            (None, true) => Err(not_initialised(
                "Backend initialization required, please run \"plumb init\"",
                &format!("Initial configuration of the requested backend \"{}\"", wanted.kind()),
            )),
            (Some(saved), false) => Err(not_initialised(
                "Backend initialization required, please run \"plumb init\"",
                &format!("Unsetting the previously set backend \"{}\"", saved.kind()),
            )),
            (Some(saved), true) if saved.kind() == wanted.kind() && saved.block_hash == wanted.block_hash => {
                Ok(())
            }
            (Some(saved), true) if saved.kind() != wanted.kind() => Err(not_initialised(
                "Backend initialization required, please run \"plumb init\"",
                &format!("Backend type changed from \"{}\" to \"{}\"", saved.kind(), wanted.kind()),
            )),
            (Some(_), true) => Err(not_initialised(
                "Backend initialization required: please run \"plumb init\"",
                "Backend configuration block has changed",
            )),
        }
    }

    /// Records what was initialised.
    pub(crate) fn write(settings: &BackendSettings, data_directory: &Path) -> Result<(), Diagnostics> {
        let path = data_directory.join(RECORD);
        let fail = |error: std::io::Error| {
            let detail = format!(
                "The record of the initialised backend, {}, cannot be written: {}",
                path.display(),
                plumb_source::explain_refusal(&error)
            );
            Diagnostics::from(Diagnostic::error("Failed to record the backend", detail))
        };
        if !settings.is_explicit {
            return match std::fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(fail(error)),
                _ => Ok(()),
            };
        }
        let config: serde_json::Map<String, serde_json::Value> = settings
            .kind
            .arguments
            .iter()
            .map(|(name, _)| ((*name).to_owned(), settings.arguments.get(name).cloned().unwrap_or_default()))
            .collect();
        let document = json!({
            "version": 3,
            "terraform_version": TERRAFORM_VERSION,
            "backend": { "type": settings.kind(), "config": config, "hash": settings.block_hash },
        });
        let text = serde_json::to_string_pretty(&document).unwrap_or_default();
        std::fs::create_dir_all(data_directory)
            .and_then(|()| write_for_owner(&path, text.as_bytes()))
            .map_err(fail)
    }
}

/// Replaces a file as a whole by one that its owner alone may read.
pub(crate) fn write_for_owner(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write as _;
    let directory = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(bytes)?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

fn unreadable(path: &Path, reason: &str) -> Diagnostics {
    let detail = format!(
        "The record of the initialised backend, {}, cannot be read: {reason}. Remove it and run \"plumb init\" to make it anew.",
        path.display()
    );
    Diagnostic::error("Cannot read the record of the backend", detail).into()
}

fn not_initialised(summary: &str, reason: &str) -> Diagnostic {
    Diagnostic::error(
        summary,
        format!(
            "Reason: {reason}\n\nThe \"backend\" is where state lives. When its configuration changes, the working \
             directory must be initialized anew, so that existing state can be taken along. Run \"plumb init\" with \
             \"-migrate-state\" to copy existing state to the new place, or with \"-reconfigure\" to leave it where it \
             is and begin with what the new place holds.\n\nIf you did not mean to change it, set the block back to what \
             it was. No changes to your existing configuration or state have been made."
        ),
    )
}
