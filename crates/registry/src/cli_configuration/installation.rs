//! The `provider_installation` block: where providers come from.

use std::collections::BTreeMap;
use std::path::PathBuf;

use plumb_address::ProviderAddress;
use plumb_diagnostics::{Diagnostic, Diagnostics, did_you_mean};
use plumb_source::Span;

use super::decode::{text, texts};
use super::tree::Item;
use crate::ProviderFilter;
use crate::provider_patterns::{ProviderPattern, ProviderPatternError};
use crate::web::WebAddress;

const METHODS: [&str; 4] = ["direct", "filesystem_mirror", "network_mirror", "dev_overrides"];

/// Where providers come from, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProviderInstallation {
    /// The methods; each provider is looked for in all that are for it.
    pub methods: Vec<InstallationMethod>,
    /// Directories with unreleased builds that are used instead of anything installed.
    pub dev_overrides: BTreeMap<ProviderAddress, PathBuf>,
}

/// One place that providers may come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstallationMethod {
    /// What kind of place.
    pub location: InstallationLocation,
    /// For which providers.
    pub filter: ProviderFilter,
}

/// A kind of place that providers may come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InstallationLocation {
    /// Each provider's own registry.
    Direct,
    /// A directory on this machine.
    FilesystemMirror(PathBuf),
    /// A server with copies of many providers.
    NetworkMirror(WebAddress),
}

pub(super) fn decode_installation(item: &Item) -> (Vec<ProviderInstallation>, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    let invalid =
        |detail: &str, span: Span| Diagnostic::error("Invalid provider_installation block", detail).at(span);
    if item.is_assigned {
        let detail = "The provider_installation block must not be introduced with an equals sign.";
        return (Vec::new(), invalid(detail, item.header()).into());
    }
    if item.keys.len() > 1 {
        let detail = "The provider_installation block must not have any labels.";
        diagnostics.push(invalid(detail, item.header()));
    }
    let Some(objects) = item.value.objects() else {
        diagnostics.push(invalid("provider_installation must be a block.", item.header()));
        return (Vec::new(), diagnostics);
    };
    let decoded = objects.into_iter().map(|(methods, _)| diagnostics.take(decode_methods(methods))).collect();
    (decoded, diagnostics)
}

fn invalid_method(detail: impl Into<String>, span: Span) -> Diagnostic {
    Diagnostic::error("Invalid provider_installation method block", detail).at(span)
}

fn decode_methods(items: &[Item]) -> (ProviderInstallation, Diagnostics) {
    let mut installation = ProviderInstallation::default();
    let mut diagnostics = Diagnostics::new();
    for item in items {
        let objects = if item.is_assigned { None } else { item.value.objects() };
        let Some(objects) = objects else {
            let detail = "The items inside the provider_installation block must all be blocks.";
            diagnostics.push(invalid_method(detail, item.header()));
            continue;
        };
        if item.keys.len() > 1 {
            let detail = "The blocks inside the provider_installation block may not have any labels.";
            diagnostics.push(invalid_method(detail, item.header()));
        }
        for (content, _) in objects {
            if item.name() == "dev_overrides" {
                if installation.methods.is_empty() {
                    installation.dev_overrides.extend(diagnostics.take(decode_overrides(content)));
                } else {
                    let detail = "The dev_overrides block must appear before all other installation methods, because development overrides always have the highest priority.";
                    diagnostics.push(invalid_method(detail, item.header()));
                }
            } else {
                installation.methods.extend(diagnostics.take(decode_method(item, content)));
            }
        }
    }
    (installation, diagnostics)
}

fn decode_overrides(content: &[Item]) -> (BTreeMap<ProviderAddress, PathBuf>, Diagnostics) {
    let mut overrides = BTreeMap::new();
    let mut diagnostics = Diagnostics::new();
    for item in content {
        let Some(path) = diagnostics.take(text(item)) else { continue };
        match ProviderAddress::parse(item.name()) {
            Ok(provider) => {
                overrides.insert(provider, PathBuf::from(path));
            }
            Err(error) => {
                let detail =
                    format!("The entry {:?} is not a valid provider source string: {error}", item.name());
                let summary = "Invalid provider installation dev overrides";
                diagnostics.push(Diagnostic::error(summary, detail).at(item.header()));
            }
        }
    }
    (overrides, diagnostics)
}

#[derive(Default)]
struct MethodSettings {
    path: Option<String>,
    url: Option<(String, Span)>,
    filter: Option<ProviderFilter>,
}

fn decode_method(item: &Item, content: &[Item]) -> (Option<InstallationMethod>, Diagnostics) {
    let kind = item.name();
    if !METHODS.contains(&kind) {
        let hint = did_you_mean(kind, METHODS);
        let detail = format!("Unknown provider installation method {kind:?}.{hint}");
        return (None, invalid_method(detail, item.header()).into());
    }
    let (settings, mut diagnostics) = decode_settings(kind, content);
    let missing = |name: &str| {
        invalid_method(format!("Invalid {kind} block: {name:?} argument is required."), item.header())
    };
    let location = match kind {
        "filesystem_mirror" => match settings.path.filter(|path| !path.is_empty()) {
            Some(path) => Some(InstallationLocation::FilesystemMirror(PathBuf::from(path))),
            None if diagnostics.has_errors() => None,
            None => {
                diagnostics.push(missing("path"));
                None
            }
        },
        "network_mirror" => match settings.url.filter(|(url, _)| !url.is_empty()) {
            Some((url, span)) => diagnostics.take(mirror_address(&url, span)),
            None if diagnostics.has_errors() => None,
            None => {
                diagnostics.push(missing("url"));
                None
            }
        },
        _ => Some(InstallationLocation::Direct),
    };
    // Without its patterns a method would be for providers that it was never meant for.
    let method =
        location.zip(settings.filter).map(|(location, filter)| InstallationMethod { location, filter });
    (method, diagnostics)
}

fn decode_settings(kind: &str, content: &[Item]) -> (MethodSettings, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    let mut settings = MethodSettings::default();
    let (mut include, mut exclude) = (Some(Vec::new()), Some(Vec::new()));
    for setting in content {
        match (kind, setting.name()) {
            (_, "include") => include = diagnostics.take(patterns(setting, "inclusion")),
            (_, "exclude") => exclude = diagnostics.take(patterns(setting, "exclusion")),
            ("filesystem_mirror", "path") => settings.path = diagnostics.take(text(setting)),
            ("network_mirror", "url") => {
                settings.url = diagnostics.take(text(setting)).map(|url| (url, setting.value.span));
            }
            (_, name) => {
                let hint = did_you_mean(name, ["include", "exclude", "path", "url"]);
                if !hint.is_empty() {
                    let detail = format!("A {kind} block has no argument {name:?}, so it is ignored.{hint}");
                    diagnostics.push(
                        Diagnostic::warning("Unknown CLI configuration setting", detail).at(setting.header()),
                    );
                }
            }
        }
    }
    settings.filter = include.zip(exclude).map(|(include, exclude)| ProviderFilter { include, exclude });
    (settings, diagnostics)
}

fn patterns(item: &Item, noun: &str) -> (Option<Vec<ProviderPattern>>, Diagnostics) {
    let (written, mut diagnostics) = texts(item);
    let read: Result<Vec<_>, ProviderPatternError> =
        written.iter().map(|pattern| ProviderPattern::parse(pattern)).collect();
    match read {
        Ok(_) if diagnostics.has_errors() => (None, diagnostics),
        Ok(patterns) => (Some(patterns), diagnostics),
        Err(error) => {
            let detail = format!("CLI config specifies invalid provider {noun} patterns: {error}.");
            let summary = format!("Invalid provider source {noun} patterns");
            diagnostics.push(Diagnostic::error(summary, detail).at(item.value.span));
            (None, diagnostics)
        }
    }
}

fn mirror_address(url: &str, span: Span) -> (Option<InstallationLocation>, Diagnostics) {
    let invalid = |reason: String| {
        let detail = format!("Cannot use {url:?} as a URL for a network provider mirror: {reason}.");
        (None, Diagnostic::error("Invalid URL for provider installation source", detail).at(span).into())
    };
    match WebAddress::parse(url) {
        Err(error) => invalid(format!("it {error}")),
        Ok(address) if !address.is_encrypted() => invalid("the mirror must be at an https: URL".to_owned()),
        Ok(address) => {
            (Some(InstallationLocation::NetworkMirror(address.as_directory())), Diagnostics::new())
        }
    }
}
