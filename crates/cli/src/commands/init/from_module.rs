//! `init -from-module`: a module's files as the beginning of a configuration.

use std::path::{Path, PathBuf};

use plumb_configuration::is_local_source;
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_registry::modules::ModuleSource;

use super::Narrator;
use crate::commands::modules::{advice, headline, installer_of};
use crate::session::Session;

/// Copies the files of a module into the working directory, which must have none.
pub(super) fn copy_module(
    session: &Session<'_>,
    source: &str,
    narrator: &Narrator<'_>,
) -> Result<(), Diagnostics> {
    let is_empty = std::fs::read_dir(".").is_ok_and(|mut entries| entries.next().is_none());
    if !is_empty {
        return Err(Diagnostic::error(
            "Can't populate non-empty directory",
            "The -from-module option can only be used in an empty directory, so that nothing is overwritten.",
        )
        .into());
    }
    let parsed = ModuleSource::parse(&absolute(source)).map_err(|error| {
        let detail = format!("Nothing tells how to fetch a module from {source:?}: {error}.");
        Diagnostic::error("Invalid module source address", detail)
    })?;
    let shown = if is_local_source(source) { source.to_owned() } else { parsed.for_display() };
    narrator.say("copying_configuration_message", &format!("Copying configuration from {shown:?}..."));
    let announce = |what: &str| narrator.say("module_message", &format!("Downloading {what}..."));
    installer_of(session).copy_to(&parsed, Path::new("."), &announce).map_err(|error| {
        let detail = format!("The module cannot be copied from {shown}: {error}.{}", advice(&error));
        Diagnostic::error(headline(&error), detail).into()
    })
}

/// A relative path is relative to the working directory here.
fn absolute(source: &str) -> String {
    if !is_local_source(source) {
        return source.to_owned();
    }
    let here: PathBuf = std::env::current_dir().unwrap_or_default();
    here.join(source).display().to_string()
}
