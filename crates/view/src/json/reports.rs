//! Small documents: what validation found, and which versions are in use.

use std::io::{self, Write};

use plumb_address::ProviderAddress;
use plumb_diagnostics::{Diagnostics, render_json};
use plumb_source::SourceMap;

use super::messages::html_safe;
use super::outputs::write_indented;
use super::writer::{Members, array};

/// What validation found, indented, with a line break at the end.
pub fn write_validation(
    out: &mut dyn Write,
    diagnostics: &Diagnostics,
    sources: &SourceMap,
) -> io::Result<()> {
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).count();
    let mut text = Vec::new();
    let mut members = Members::new(&mut text);
    members.string("format_version", "1.0");
    members.plain("valid", errors == 0);
    members.plain("error_count", errors);
    members.plain("warning_count", diagnostics.len() - errors);
    array(members.key("diagnostics"), diagnostics.iter(), |text, diagnostic| {
        text.extend(html_safe(&render_json(diagnostic, sources).to_string()).as_bytes());
    });
    members.end();
    write_indented(out, &text)?;
    out.write_all(b"\n")
}

/// A provider that a directory has selected.
#[derive(Clone, Debug)]
pub struct ProviderVersion {
    /// Which provider.
    pub address: ProviderAddress,
    /// Its version.
    pub version: String,
}

/// Which versions are in use.
#[derive(Clone, Debug)]
pub struct VersionReport {
    /// Version of this program.
    pub program: String,
    /// What it runs on, such as `linux_amd64`.
    pub platform: String,
    /// Providers, ordered by address.
    pub providers: Vec<ProviderVersion>,
}

/// Which versions are in use, indented, with a line break at the end. Tools read the compatible
/// version under the key that they know; the own one stands beside it.
pub fn write_version(out: &mut dyn Write, report: &VersionReport) -> io::Result<()> {
    let mut text = Vec::new();
    let mut members = Members::new(&mut text);
    members.string("terraform_version", crate::COMPATIBLE_VERSION);
    members.string("plumb_version", &report.program);
    members.string("platform", &report.platform);
    members.object("provider_selections", |members| {
        for provider in &report.providers {
            members.string(&provider.address.to_string(), &provider.version);
        }
    });
    members.plain("terraform_outdated", false);
    members.end();
    write_indented(out, &text)?;
    out.write_all(b"\n")
}
