//! `terraform` blocks.

use std::collections::HashMap;
use std::sync::Arc;

use plumb_address::ProviderAddress;
use plumb_diagnostics::{Diagnostic, Diagnostics, did_you_mean};
use plumb_source::Span;
use plumb_syntax::ast::{Attribute, Block, Expr, ExprKind, ObjectKey};
use plumb_value::{Type, convert};

use crate::blocks::compile_body;
use crate::calls::check_provider_name;
use crate::config::{Backend, RequiredProvider, Settings};
use crate::encryption::read_encryption;
use crate::reader::{Reader, constant, dotted_names, keyword, literal_text, refuse_labels};
use crate::values::unexpected_block;

/// Reads one `terraform` block into what the others said.
pub(crate) fn read_settings(block: &Block, settings: &mut Settings, diagnostics: &mut Diagnostics) {
    let mut reader = Reader::of(block, diagnostics);
    if let Some(attribute) = reader.attribute("required_version") {
        read_required_version(attribute, settings, diagnostics);
    }
    if let Some(attribute) = reader.attribute("experiments") {
        diagnostics.push(experiments(attribute));
    }
    if let Some(attribute) = reader.attribute("language") {
        check_language(attribute, diagnostics);
    }
    for backend in reader.blocks("backend") {
        read_backend(backend, settings, diagnostics);
    }
    for cloud in reader.blocks("cloud") {
        read_cloud(cloud, settings, diagnostics);
    }
    for encryption in reader.blocks("encryption") {
        let read = read_encryption(encryption, diagnostics);
        if let Some(earlier) = &settings.encryption {
            let detail = "A module may have only one encryption configuration. Merge the two blocks.";
            let mut problem =
                Diagnostic::error("Duplicate encryption configuration", detail).at(encryption.header);
            if let Some(span) = earlier.span {
                problem = problem.note(span, "the first one");
            }
            diagnostics.push(problem);
            continue;
        }
        settings.encryption = Some(read);
    }
    for required in reader.blocks("required_providers") {
        read_required_providers(required, settings, diagnostics);
    }
    for meta in reader.blocks("provider_meta") {
        let [label] = &meta.labels[..] else {
            diagnostics.push(
                Diagnostic::error(
                    "Missing provider for provider_meta",
                    "All provider_meta blocks must have 1 label (provider).",
                )
                .at(meta.header),
            );
            continue;
        };
        let body = compile_body(&meta.body, &[], &[], &[], diagnostics);
        settings.provider_meta.insert(label.text.clone(), body);
    }
    reader.finish(diagnostics);
}

fn read_required_version(attribute: &Attribute, settings: &mut Settings, diagnostics: &mut Diagnostics) {
    let Some(value) = diagnostics.take(constant(&attribute.value)) else { return };
    match value.as_text() {
        Some(text) => settings.required_versions.push((text.clone(), attribute.value.span)),
        None => diagnostics.push(
            Diagnostic::error(
                "Invalid version constraint",
                format!("A string value is required for {}.", attribute.name.text),
            )
            .at(attribute.value.span),
        ),
    }
}

fn check_language(attribute: &Attribute, diagnostics: &mut Diagnostics) {
    const KNOWN: &str = "TF2021";
    let word = keyword(&attribute.value);
    if word.is_some_and(|word| &**word == KNOWN) {
        return;
    }
    diagnostics.push(
        Diagnostic::error(
            "Unsupported language edition",
            format!(
                "The only edition of the language is {KNOWN}; remove this line, or write language = {KNOWN}."
            ),
        )
        .at(attribute.value.span),
    );
}

fn read_backend(block: &Block, settings: &mut Settings, diagnostics: &mut Diagnostics) {
    let [label] = &block.labels[..] else {
        diagnostics.push(
            Diagnostic::error(
                "Missing type for backend",
                "A backend block must have one label: the type of the backend, such as \"local\" or \"s3\".",
            )
            .at(block.header),
        );
        return;
    };
    if let Some(earlier) = &settings.backend {
        diagnostics.push(
            Diagnostic::error(
                "Duplicate backend configuration",
                "A module may have only one backend configuration.",
            )
            .at(block.header)
            .note(earlier.span, "the first one"),
        );
        return;
    }
    if let Some(cloud) = settings.cloud {
        diagnostics.push(both_backend_and_cloud(block.header, cloud));
    }
    let body = compile_body(&block.body, &[], &[], &[], diagnostics);
    settings.backend = Some(Backend { kind: label.text.clone(), body, span: block.header });
}

fn read_cloud(block: &Block, settings: &mut Settings, diagnostics: &mut Diagnostics) {
    if let Some(earlier) = settings.cloud {
        diagnostics.push(
            Diagnostic::error(
                "Duplicate HCP Terraform configurations",
                "A module may have only one \"cloud\" block configuring HCP Terraform or Terraform Enterprise.",
            )
            .at(block.header)
            .note(earlier, "the first one"),
        );
        return;
    }
    if let Some(backend) = &settings.backend {
        diagnostics.push(both_backend_and_cloud(backend.span, block.header));
    }
    settings.cloud = Some(block.header);
}

fn both_backend_and_cloud(backend: Span, cloud: Span) -> Diagnostic {
    Diagnostic::error(
        "Both a backend and cloud configuration are present",
        "A module may declare either one \"cloud\" block or one \"backend\" block, for both say where the state lives.",
    )
    .at(backend)
    .note(cloud, "the cloud block")
}

fn experiments(attribute: &Attribute) -> Diagnostic {
    let names: Vec<&str> = match &attribute.value.kind {
        ExprKind::Tuple(elements) => {
            elements.iter().filter_map(|element| keyword(element)).map(|name| &**name).collect()
        }
        _ => Vec::new(),
    };
    let named = if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) };
    Diagnostic::error(
        "Module uses experimental features",
        format!(
            "Experimental features{named} are for trying out designs of the language before they are released, so there \
             are none in a release. What became of them needs no such line: remove the argument \"experiments\"."
        ),
    )
    .at(attribute.name.span)
}

fn read_required_providers(block: &Block, settings: &mut Settings, diagnostics: &mut Diagnostics) {
    refuse_labels(block, diagnostics);
    if let Some(earlier) = settings.required_providers_block {
        diagnostics.push(
            Diagnostic::error(
                "Duplicate required providers configuration",
                "A module may have only one required_providers block. Merge the two.",
            )
            .at(block.header)
            .note(earlier, "the first one"),
        );
        return;
    }
    settings.required_providers_block = Some(block.header);
    for nested in &block.body.blocks {
        diagnostics.push(unexpected_block(nested));
    }
    let mut by_address: HashMap<ProviderAddress, (Arc<str>, Span)> = HashMap::new();
    for attribute in &block.body.attributes {
        let name = &attribute.name.text;
        if !check_provider_name(name, attribute.name.span, diagnostics) {
            continue;
        }
        let Some(entry) = required_provider(name, &attribute.value, diagnostics) else { continue };
        if let Some((other, span)) = by_address.insert(entry.address.clone(), (name.clone(), attribute.span))
        {
            diagnostics.push(
                Diagnostic::warning(
                    "Duplicate required provider",
                    format!(
                        "Provider {} with the local name \"{other}\" was required already, and is required again under the \
                         name \"{name}\". Use one name for it.",
                        entry.address.for_display()
                    ),
                )
                .at(attribute.span)
                .note(span, "the first one"),
            );
        }
        // Of a name that is there twice the parser has told already.
        settings.required_providers.entry(name.clone()).or_insert(entry);
    }
}

fn required_provider(
    name: &Arc<str>,
    value: &Expr,
    diagnostics: &mut Diagnostics,
) -> Option<RequiredProvider> {
    let mut entry = RequiredProvider {
        address: ProviderAddress::implied(name),
        has_source: false,
        versions: Vec::new(),
        configuration_aliases: Vec::new(),
        span: value.span,
    };
    if matches!(value.kind, ExprKind::Template(_) | ExprKind::Number(_)) {
        let version =
            diagnostics.take(constant(value)).and_then(|value| convert(&value, &Type::String).ok())?;
        entry.versions.push((version.as_text()?.clone(), value.span));
        return Some(entry);
    }
    let ExprKind::Object(items) = &value.kind else {
        diagnostics.push(
            Diagnostic::error(
                "Invalid required_providers object",
                "Required providers entries must be strings or objects, such as { source = \"hashicorp/aws\", version = \
                 \"~> 5.0\" }.",
            )
            .at(value.span),
        );
        return None;
    };
    for item in items {
        let key = match &item.key {
            ObjectKey::Name(name) => Some(name.text.clone()),
            ObjectKey::Expr(expression) => literal_text(expression),
        };
        match key.as_deref() {
            Some("source") => read_source(&item.value, &mut entry, diagnostics),
            Some("version") => match literal_text(&item.value) {
                Some(version) => entry.versions.push((version, item.value.span)),
                None => diagnostics.push(
                    Diagnostic::error("Invalid version constraint", "Version must be specified as a string.")
                        .at(item.value.span),
                ),
            },
            Some("configuration_aliases") => read_aliases(name, &item.value, &mut entry, diagnostics),
            _ => diagnostics.push(
                Diagnostic::error(
                    "Invalid required_providers object",
                    unknown_requirement(name, key.as_deref()),
                )
                .at(item.value.span),
            ),
        }
    }
    Some(entry)
}

fn unknown_requirement(provider: &str, key: Option<&str>) -> String {
    const KNOWN: [&str; 3] = ["source", "version", "configuration_aliases"];
    let found = key.map_or_else(|| "this".to_owned(), |key| format!("\"{key}\""));
    let meant = key.map(|key| did_you_mean(key, KNOWN)).unwrap_or_default();
    format!(
        "What is required of the provider \"{provider}\" can only be \"source\", \"version\" and \
         \"configuration_aliases\", and not {found}.{meant} To configure a provider, use a \"provider\" block."
    )
}

fn read_source(value: &Expr, entry: &mut RequiredProvider, diagnostics: &mut Diagnostics) {
    let Some(text) = literal_text(value) else {
        diagnostics.push(
            Diagnostic::error("Invalid source", "Source must be specified as a string.").at(value.span),
        );
        return;
    };
    match ProviderAddress::parse(&text) {
        Ok(address) => {
            entry.address = address;
            entry.has_source = true;
        }
        Err(error) => diagnostics.push(
            Diagnostic::error(
                "Invalid provider source string",
                format!(
                    "The \"source\" attribute must be in the format \"[hostname/][namespace/]name\": {error}"
                ),
            )
            .at(value.span),
        ),
    }
}

fn read_aliases(own: &Arc<str>, value: &Expr, entry: &mut RequiredProvider, diagnostics: &mut Diagnostics) {
    let invalid =
        |detail: String, span| Diagnostic::error("Invalid configuration_aliases value", detail).at(span);
    let ExprKind::Tuple(elements) = &value.kind else {
        let detail =
            format!("The aliases of \"{own}\" are a list in brackets, such as [{own}.west, {own}.east].");
        diagnostics.push(Diagnostic::error("Invalid expression", detail).at(value.span));
        return;
    };
    for element in elements {
        match dotted_names(element).as_deref() {
            Some([name, alias]) if name == own => {
                entry.configuration_aliases.push((name.clone(), alias.clone()));
            }
            Some([name, alias]) => diagnostics.push(invalid(
                format!(
                    "Configuration aliases must be prefixed with the provider name: \"{own}.{alias}\" rather than \
                     \"{name}.{alias}\"."
                ),
                element.span,
            )),
            None => {
                let detail = format!(
                    "An alias of \"{own}\" is written without quotes, as it is referred to, such as {own}.west."
                );
                diagnostics.push(Diagnostic::error("Invalid expression", detail).at(element.span));
            }
            Some(_) => diagnostics.push(invalid(
                "Configuration aliases can only contain references to local provider configuration names in the format \
                 of provider.alias."
                    .to_owned(),
                element.span,
            )),
        }
    }
}
