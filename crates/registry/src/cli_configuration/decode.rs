//! Turns the tree of a CLI configuration file into settings, reporting every mistake.

use plumb_diagnostics::{Diagnostic, Diagnostics, did_you_mean};
use plumb_source::Span;

use super::installation::decode_installation;
use super::oci;
use super::tree::{Item, Node, NodeKind};
use super::warm_providers::decode_warm_providers;
use super::{CliConfiguration, CredentialsHelperSettings};
use crate::web::{Token, WebAddress};

/// Everything that may stand at the top of a file, whether it still means something or not.
const SETTINGS: [&str; 13] = [
    "credentials",
    "credentials_helper",
    "disable_checkpoint",
    "disable_checkpoint_signature",
    "host",
    "oci_credentials",
    "oci_default_credentials",
    "plugin_cache_dir",
    "plugin_cache_may_break_dependency_lock_file",
    "provider_installation",
    "providers",
    "provisioners",
    "warm_providers",
];

/// Decodes one file.
pub(super) fn decode(items: &[Item]) -> (CliConfiguration, Diagnostics) {
    let mut configuration = CliConfiguration::default();
    let mut diagnostics = Diagnostics::new();
    for item in items {
        decode_setting(item, &mut configuration, &mut diagnostics);
    }
    (configuration, diagnostics)
}

fn decode_setting(item: &Item, configuration: &mut CliConfiguration, diagnostics: &mut Diagnostics) {
    match item.name() {
        "plugin_cache_dir" => {
            let path = diagnostics.take(text(item));
            configuration.plugin_cache_directory = path.filter(|path| !path.is_empty()).map(Into::into);
        }
        "plugin_cache_may_break_dependency_lock_file" => {
            configuration.plugin_cache_may_break_lock_file = diagnostics.take(boolean(item));
        }
        "disable_checkpoint" => configuration.disable_checkpoint = diagnostics.take(boolean(item)),
        "disable_checkpoint_signature" => {
            configuration.disable_checkpoint_signature = diagnostics.take(boolean(item));
        }
        "host" => decode_hosts(item, configuration, diagnostics),
        "credentials" => decode_credentials(item, configuration, diagnostics),
        "credentials_helper" => decode_helper(item, configuration, diagnostics),
        "provider_installation" => {
            for installation in diagnostics.take(decode_installation(item)) {
                if configuration.provider_installation.is_some() {
                    let detail = "No more than one provider_installation block may be specified.";
                    diagnostics.push(repeated("Duplicate provider_installation block", detail, item));
                } else {
                    configuration.provider_installation = Some(installation);
                }
            }
        }
        "oci_credentials" => oci::decode_logins(item, &mut configuration.oci, diagnostics),
        "oci_default_credentials" => oci::decode_defaults(item, &mut configuration.oci, diagnostics),
        "warm_providers" => configuration.warm_providers = diagnostics.take(decode_warm_providers(item)),
        name => {
            // Unknown settings are allowed, since files serve programs of several versions; only
            // what looks like a slip of the finger is worth a word.
            let hint = if SETTINGS.contains(&name) { String::new() } else { did_you_mean(name, SETTINGS) };
            if !hint.is_empty() {
                let detail = format!("There is no setting {name:?}, so it is ignored.{hint}");
                diagnostics
                    .push(Diagnostic::warning("Unknown CLI configuration setting", detail).at(item.header()));
            }
        }
    }
}

fn repeated(summary: &str, detail: &str, item: &Item) -> Diagnostic {
    Diagnostic::error(summary, detail).at(item.header())
}

/// `kind "label" { ... }`, or the same as an object of objects: each label with its content.
pub(super) fn labelled<'a>(
    item: &'a Item,
    diagnostics: &mut Diagnostics,
) -> Vec<(&'a str, Span, &'a [Item])> {
    let mut found = Vec::new();
    let Some(objects) = item.value.objects() else {
        let detail = format!(
            "{:?} must be a block with a label, but this is {}.",
            item.name(),
            item.value.description()
        );
        diagnostics.push(Diagnostic::error("Invalid CLI configuration setting", detail).at(item.value.span));
        return found;
    };
    for (content, _) in objects {
        if let Some(label) = item.keys.get(1) {
            found.push((label.text.as_str(), label.span, content));
            continue;
        }
        for inner in content {
            match inner.value.objects() {
                Some(objects) => found
                    .extend(objects.into_iter().map(|(content, _)| (inner.name(), inner.header(), content))),
                None => {
                    let detail =
                        format!("{:?} needs a label: write {} \"...\" {{ }}.", item.name(), item.name());
                    diagnostics.push(
                        Diagnostic::error("Invalid CLI configuration setting", detail).at(item.header()),
                    );
                    break;
                }
            }
        }
    }
    found
}

/// The host that a block is about, in the form in which credentials and services are looked up.
fn host_label(kind: &str, label: &str, span: Span, diagnostics: &mut Diagnostics) -> Option<String> {
    match WebAddress::of_host(label) {
        Ok(address) => Some(address.host_and_port()),
        Err(error) => {
            let detail = format!("The {kind} {label:?} block has an invalid hostname: it {error}.");
            diagnostics.push(Diagnostic::error("Invalid hostname", detail).at(span));
            None
        }
    }
}

fn decode_hosts(item: &Item, configuration: &mut CliConfiguration, diagnostics: &mut Diagnostics) {
    for (label, span, content) in labelled(item, diagnostics) {
        let Some(host) = host_label("host", label, span, diagnostics) else { continue };
        let services = configuration.hosts.entry(host).or_default();
        for setting in content.iter().filter(|setting| setting.name() == "services") {
            for (entries, _) in setting.value.objects().unwrap_or_default() {
                services.extend(entries.iter().map(|entry| (entry.name().to_owned(), to_json(&entry.value))));
            }
        }
    }
}

fn to_json(node: &Node) -> serde_json::Value {
    use serde_json::Value;
    match &node.kind {
        NodeKind::String(text) => Value::String(text.clone()),
        NodeKind::Number(text) => serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.clone())),
        NodeKind::Bool(value) => Value::Bool(*value),
        NodeKind::List(elements) => Value::Array(elements.iter().map(to_json).collect()),
        NodeKind::Object(items) => {
            Value::Object(items.iter().map(|item| (item.name().to_owned(), to_json(&item.value))).collect())
        }
    }
}

fn decode_credentials(item: &Item, configuration: &mut CliConfiguration, diagnostics: &mut Diagnostics) {
    for (label, span, content) in labelled(item, diagnostics) {
        let Some(host) = host_label("credentials", label, span, diagnostics) else { continue };
        let mut token = None;
        for setting in content.iter().filter(|setting| setting.name() == "token") {
            token = diagnostics.take(text(setting)).filter(|token| !token.is_empty()).map(Token::new);
        }
        // A block without a token still says that there is none, whatever a helper would say.
        configuration.credentials.insert(host, token);
    }
}

fn decode_helper(item: &Item, configuration: &mut CliConfiguration, diagnostics: &mut Diagnostics) {
    for (label, _, content) in labelled(item, diagnostics) {
        if configuration.credentials_helper.is_some() {
            let detail = "No more than one credentials_helper block may be specified.";
            diagnostics.push(repeated("Duplicate credentials_helper block", detail, item));
            return;
        }
        let mut arguments = Vec::new();
        for setting in content.iter().filter(|setting| setting.name() == "args") {
            arguments = diagnostics.take(texts(setting));
        }
        configuration.credentials_helper =
            Some(CredentialsHelperSettings { name: label.to_owned(), arguments });
    }
}

fn wrong_type(item: &Item, node: &Node, wanted: &str) -> Diagnostic {
    let detail = format!("{:?} must be {wanted}, but this is {}.", item.name(), node.description());
    Diagnostic::error("Invalid CLI configuration setting", detail).at(node.span)
}

/// A setting that is a string; numbers and booleans have their text.
pub(super) fn text(item: &Item) -> (Option<String>, Diagnostics) {
    match &item.value.kind {
        NodeKind::String(text) | NodeKind::Number(text) => (Some(text.clone()), Diagnostics::new()),
        NodeKind::Bool(value) => (Some(value.to_string()), Diagnostics::new()),
        NodeKind::List(_) | NodeKind::Object(_) => (None, wrong_type(item, &item.value, "a string").into()),
    }
}

/// A setting that is a list of strings.
pub(super) fn texts(item: &Item) -> (Vec<String>, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    let NodeKind::List(elements) = &item.value.kind else {
        return (Vec::new(), wrong_type(item, &item.value, "a list of strings").into());
    };
    let mut found = Vec::new();
    for element in elements {
        match &element.kind {
            NodeKind::String(text) => found.push(text.clone()),
            _ => diagnostics.push(wrong_type(item, element, "a list of strings")),
        }
    }
    (found, diagnostics)
}

pub(super) fn boolean(item: &Item) -> (bool, Diagnostics) {
    match &item.value.kind {
        NodeKind::Bool(value) => (*value, Diagnostics::new()),
        NodeKind::String(text) if matches!(text.as_str(), "true" | "false") => {
            (text == "true", Diagnostics::new())
        }
        _ => (false, wrong_type(item, &item.value, "true or false").into()),
    }
}
