//! Where the state of a configuration lives.
//!
//! Responsible for the `backend` block, for `-backend-config`, and for the record of what was
//! initialised, `.terraform/terraform.tfstate`, in Terraform's own form.

use std::collections::BTreeMap;
use std::path::Path;

use plumb_backend::{LocalBackend, LocalOptions};
use plumb_configuration::Config;
use plumb_diagnostics::{Diagnostic, Diagnostics, did_you_mean};
use plumb_source::{Files, SourceMap, Span};
use plumb_value::Value;
use serde_json::json;

use super::hash::backend_hash;
use crate::version::TERRAFORM_VERSION;

/// The arguments of the local backend, by name.
const LOCAL_ARGUMENTS: [&str; 2] = ["path", "workspace_dir"];

/// Kinds of backends that Terraform has.
const KINDS: [&str; 13] = [
    "azurerm",
    "consul",
    "cos",
    "gcs",
    "http",
    "inmem",
    "kubernetes",
    "local",
    "oci",
    "oss",
    "pg",
    "remote",
    "s3",
];

/// A backend and its arguments. Only local ones are known so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct BackendSettings {
    /// Whether the configuration has a block for it.
    pub(crate) is_explicit: bool,
    arguments: BTreeMap<&'static str, String>,
    /// The checksum of the block alone, without what `-backend-config` adds.
    block_hash: u32,
}

impl BackendSettings {
    /// What the configuration says.
    pub(crate) fn of(config: &Config) -> (Self, Diagnostics) {
        let mut diagnostics = Diagnostics::new();
        let mut settings = BackendSettings::default();
        let root = config.root();
        if let Some(span) = root.settings.cloud {
            diagnostics.push(unsupported("HCP Terraform (a cloud block)").at(span));
        }
        let Some(backend) = &root.settings.backend else { return (settings, diagnostics) };
        settings.is_explicit = true;
        if &*backend.kind != "local" {
            diagnostics.push(unknown_kind(&backend.kind).at(backend.span));
            return (settings, diagnostics);
        }
        for block in &backend.body.blocks {
            let span = match block {
                plumb_configuration::NestedBlock::Static(block) => block.header,
                plumb_configuration::NestedBlock::Dynamic(block) => block.header,
            };
            diagnostics.push(
                Diagnostic::error(
                    "Unsupported block type",
                    "The \"local\" backend has no blocks in its configuration.",
                )
                .at(span),
            );
        }
        for (name, attribute) in &backend.body.attributes {
            let span = attribute.value.span();
            if !attribute.value.references().is_empty() {
                diagnostics.push(
                    Diagnostic::error(
                        "Variables not allowed",
                        "Variables may not be used here: where the state lives must be known before anything is \
                         evaluated. Give what varies with \"init -backend-config=...\".",
                    )
                    .at(span),
                );
                continue;
            }
            match attribute.value.constant() {
                Some(value) => diagnostics.append(settings.set(name, &value, attribute.name_span, span)),
                None => diagnostics
                    .push(Diagnostic::error("Invalid backend argument", "The value must be known.").at(span)),
            }
        }
        settings.block_hash = settings.hash();
        (settings, diagnostics)
    }

    fn set(&mut self, name: &str, value: &Value, name_span: Span, span: Span) -> Diagnostics {
        let Some(known) = LOCAL_ARGUMENTS.into_iter().find(|known| *known == name) else {
            let hint = did_you_mean(name, LOCAL_ARGUMENTS);
            return Diagnostic::error(
                "Unsupported argument",
                format!("An argument named \"{name}\" is not expected here.{hint}"),
            )
            .at(name_span)
            .into();
        };
        if value.is_null() {
            self.arguments.remove(known);
            return Diagnostics::new();
        }
        match plumb_value::convert(value, &plumb_value::Type::String) {
            Ok(text) => {
                self.arguments.insert(known, text.as_str().unwrap_or_default().to_owned());
                Diagnostics::new()
            }
            Err(_) => Diagnostic::error(
                "Incorrect attribute value type",
                format!("Inappropriate value for attribute \"{name}\": string required."),
            )
            .at(span)
            .into(),
        }
    }

    /// Adds what `-backend-config` gives: files of assignments, or `key=value`.
    pub(crate) fn add(&mut self, given: &[String], files: &dyn Files, sources: &SourceMap) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        if !given.is_empty() && !self.is_explicit {
            diagnostics.push(Diagnostic::warning(
                "Missing backend configuration",
                "-backend-config was used without a \"backend\" block in the configuration. If you intended to override \
                 the default local backend configuration, no action is required, but you may add an explicit backend \
                 block to your configuration to clear this warning.",
            ));
        }
        for text in given {
            match text.split_once('=') {
                Some((name, value)) => {
                    diagnostics.append(self.set(
                        name.trim(),
                        &Value::string(value.trim()),
                        Span::NONE,
                        Span::NONE,
                    ));
                }
                None => self.add_file(text, files, sources, &mut diagnostics),
            }
        }
        diagnostics
    }

    fn add_file(
        &mut self,
        path: &str,
        files: &dyn Files,
        sources: &SourceMap,
        diagnostics: &mut Diagnostics,
    ) {
        let bytes = match files.read(Path::new(path)) {
            Ok(bytes) => bytes,
            Err(error) => {
                let detail = format!("The backend configuration file {path} cannot be read: {error}.");
                return diagnostics.push(Diagnostic::error("Failed to read file", detail));
            }
        };
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let file = sources.add(path, text.as_str());
        let body = diagnostics.take(plumb_syntax::parse_file(&text, file));
        for attribute in &body.attributes {
            let (expression, problems) = plumb_expression::Expression::compile(&attribute.value, &[]);
            diagnostics.append(problems);
            match expression.constant() {
                Some(value) => diagnostics.append(self.set(
                    &attribute.name.text,
                    &value,
                    attribute.name.span,
                    attribute.value.span,
                )),
                None => diagnostics.push(
                    Diagnostic::error("Invalid backend argument", "The value must be a constant.")
                        .at(attribute.value.span),
                ),
            }
        }
    }

    fn hash(&self) -> u32 {
        backend_hash(
            "local",
            LOCAL_ARGUMENTS.into_iter().map(|name| self.arguments.get(name).map(String::as_str)),
        )
    }

    /// A backend with these arguments.
    pub(crate) fn open(&self, options: LocalOptions) -> LocalBackend {
        let path =
            |name| self.arguments.get(name).filter(|path| !path.is_empty()).map(std::path::PathBuf::from);
        LocalBackend::new(LocalOptions {
            path: path("path"),
            workspace_directory: path("workspace_dir"),
            terraform_version: TERRAFORM_VERSION.to_owned(),
            ..options
        })
    }
}

/// What was initialised last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SavedBackend {
    settings: Option<BackendSettings>,
}

const RECORD: &str = "terraform.tfstate";

impl SavedBackend {
    /// Reads the record; without one nothing was initialised.
    pub(crate) fn read(files: &dyn Files, data_directory: &Path) -> Result<Self, Diagnostics> {
        let path = data_directory.join(RECORD);
        let bytes = match files.read(&path) {
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
        if backend["type"] != "local" {
            return Err(unknown_kind(backend["type"].as_str().unwrap_or_default()).into());
        }
        let argument = |name: &'static str| Some((name, backend["config"][name].as_str()?.to_owned()));
        let arguments = LOCAL_ARGUMENTS.into_iter().filter_map(argument).collect();
        let block_hash =
            backend["hash"].as_u64().and_then(|hash| u32::try_from(hash).ok()).unwrap_or_default();
        Ok(SavedBackend { settings: Some(BackendSettings { is_explicit: true, arguments, block_hash }) })
    }

    /// What was initialised; the implied local backend where nothing was.
    pub(crate) fn settings(&self) -> BackendSettings {
        self.settings.clone().unwrap_or_default()
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
                "Initial configuration of the requested backend \"local\"",
            )),
            (Some(_), false) => Err(not_initialised(
                "Backend initialization required, please run \"plumb init\"",
                "Unsetting the previously set backend \"local\"",
            )),
            (Some(saved), true) if saved.block_hash == wanted.block_hash => Ok(()),
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
                "The record of the initialised backend, {}, cannot be written: {error}.",
                path.display()
            );
            Diagnostics::from(Diagnostic::error("Failed to record the backend", detail))
        };
        if !settings.is_explicit {
            return match std::fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(fail(error)),
                _ => Ok(()),
            };
        }
        let config: serde_json::Map<String, serde_json::Value> = LOCAL_ARGUMENTS
            .into_iter()
            .map(|name| {
                (
                    name.to_owned(),
                    settings.arguments.get(name).map_or(serde_json::Value::Null, |text| json!(text)),
                )
            })
            .collect();
        let document = json!({
            "version": 3,
            "terraform_version": TERRAFORM_VERSION,
            "backend": { "type": "local", "config": config, "hash": settings.block_hash },
        });
        let text = serde_json::to_string_pretty(&document).unwrap_or_default();
        std::fs::create_dir_all(data_directory).and_then(|()| std::fs::write(&path, text)).map_err(fail)
    }
}

fn unreadable(path: &Path, reason: &str) -> Diagnostics {
    let detail = format!(
        "The record of the initialised backend, {}, cannot be read: {reason}. Remove it and run \"plumb init\" to make it anew.",
        path.display()
    );
    Diagnostic::error("Cannot read the record of the backend", detail).into()
}

fn unknown_kind(kind: &str) -> Diagnostic {
    if KINDS.contains(&kind) {
        return unsupported(&format!("\"{kind}\""));
    }
    let hint = did_you_mean(kind, KINDS);
    Diagnostic::error("Unsupported backend type", format!("There is no backend type named \"{kind}\".{hint}"))
}

fn unsupported(kind: &str) -> Diagnostic {
    Diagnostic::error(
        "Backend not supported yet",
        format!(
            "This configuration keeps its state in a backend that Plumb does not have yet: {kind}. So far state can live \
             in the \"local\" backend only. Nothing was changed."
        ),
    )
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
