//! `terraform` blocks.

use std::sync::Arc;

use plumb_address::ProviderAddress;
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_syntax::ast::{Block, Expr, ExprKind, ObjectKey};
use plumb_value::Type;

use crate::blocks::compile_body;
use crate::config::{Backend, RequiredProvider, Settings};
use crate::reader::{Reader, constant_of, dotted_names, literal_text};

/// Reads one `terraform` block into what the others said.
pub(crate) fn read_settings(block: &Block, settings: &mut Settings, diagnostics: &mut Diagnostics) {
    let mut reader = Reader::new(&block.body);
    if let Some(attribute) = reader.attribute("required_version")
        && let Some(value) = constant_of(attribute, &Type::String, diagnostics)
        && let Some(text) = value.as_text()
    {
        settings.required_versions.push((text.clone(), attribute.value.span));
    }
    // Experiments that have ended are accepted by name; there are none that change anything.
    reader.attribute("experiments");
    reader.attribute("language");
    if let Some(backend) = reader.single_block("backend", diagnostics) {
        read_backend(backend, settings, diagnostics);
    }
    if let Some(cloud) = reader.single_block("cloud", diagnostics) {
        settings.cloud = Some(cloud.header);
    }
    for required in reader.blocks("required_providers") {
        for attribute in &required.body.attributes {
            let name = &attribute.name.text;
            let Some(entry) = required_provider(name, &attribute.value, diagnostics) else { continue };
            if let Some(earlier) = settings.required_providers.get(name) {
                diagnostics.push(
                    Diagnostic::error(
                        "Duplicate required provider",
                        format!("The provider {name} is required twice in this module. Merge the two entries."),
                    )
                    .at(attribute.span)
                    .note(earlier.span, "the first one"),
                );
                continue;
            }
            settings.required_providers.insert(name.clone(), entry);
        }
    }
    for meta in reader.blocks("provider_meta") {
        if let [label] = &meta.labels[..] {
            let body = compile_body(&meta.body, &[], &[], &[], diagnostics);
            settings.provider_meta.insert(label.text.clone(), body);
        }
    }
    reader.finish(diagnostics);
}

fn read_backend(block: &Block, settings: &mut Settings, diagnostics: &mut Diagnostics) {
    let [label] = &block.labels[..] else {
        diagnostics.push(
            Diagnostic::error(
                "Missing name for backend",
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
    let body = compile_body(&block.body, &[], &[], &[], diagnostics);
    settings.backend = Some(Backend { kind: label.text.clone(), body, span: block.header });
}

fn required_provider(name: &Arc<str>, value: &Expr, diagnostics: &mut Diagnostics) -> Option<RequiredProvider> {
    let mut entry = RequiredProvider {
        address: ProviderAddress::implied(name),
        has_source: false,
        versions: Vec::new(),
        configuration_aliases: Vec::new(),
        span: value.span,
    };
    if let Some(version) = literal_text(value) {
        entry.versions.push((version, value.span));
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
            Some("configuration_aliases") => read_aliases(&item.value, &mut entry, diagnostics),
            _ => diagnostics.push(
                Diagnostic::error(
                    "Invalid required_providers object",
                    "required_providers objects can only contain \"version\", \"source\" and \"configuration_aliases\" \
                     attributes. To configure a provider, use a \"provider\" block.",
                )
                .at(item.value.span),
            ),
        }
    }
    Some(entry)
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
                format!("The \"source\" attribute must be in the format \"[hostname/][namespace/]name\": {error}"),
            )
            .at(value.span),
        ),
    }
}

fn read_aliases(value: &Expr, entry: &mut RequiredProvider, diagnostics: &mut Diagnostics) {
    let elements: &[Expr] = match &value.kind {
        ExprKind::Tuple(elements) => elements,
        _ => &[],
    };
    for element in elements {
        match dotted_names(element).as_deref() {
            Some([name, alias]) => entry.configuration_aliases.push((name.clone(), alias.clone())),
            _ => diagnostics.push(
                Diagnostic::error(
                    "Invalid configuration_aliases value",
                    "Configuration aliases can only contain references to local provider configuration names in the \
                     format of provider.alias.",
                )
                .at(element.span),
            ),
        }
    }
}
