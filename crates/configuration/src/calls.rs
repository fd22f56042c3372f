//! `module` and `provider` blocks.

use std::collections::BTreeMap;

use plumb_address::{ConfigModule, ProviderAddress, ProviderConfigAddress};
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_syntax::ast::{Attribute, Block, ExprKind, ObjectKey};

use crate::blocks::{compile_attribute, compile_body};
use crate::config::{ModuleCall, PassedProvider, ProviderBlock};
use crate::reader::{Reader, literal_text, provider_reference};
use crate::resource::repetition;
use crate::values::{depends_on, only_label};

const OWN: [&str; 6] = ["source", "version", "count", "for_each", "depends_on", "providers"];

pub(crate) fn read_call(block: &Block, diagnostics: &mut Diagnostics) -> Option<ModuleCall> {
    let label = only_label(block, "module", diagnostics)?;
    for nested in &block.body.blocks {
        diagnostics.push(
            Diagnostic::error(
                "Unsupported block type",
                format!(
                    "Blocks of type \"{}\" are not expected here. Module arguments are set with the equals sign.",
                    nested.kind.text
                ),
            )
            .at(nested.header),
        );
    }
    let mut reader = Reader::new(&block.body);
    let source = reader.text("source", diagnostics);
    let version = reader.text("version", diagnostics);
    let repetition = repetition(&mut reader, diagnostics);
    let dependencies = depends_on(&mut reader, diagnostics);
    let passed = reader.attribute("providers");
    let providers = passed.map(|attribute| passed_providers(attribute, diagnostics)).unwrap_or_default();
    let arguments: BTreeMap<_, _> = block
        .body
        .attributes
        .iter()
        .filter(|attribute| !OWN.contains(&&*attribute.name.text))
        .map(|attribute| (attribute.name.text.clone(), compile_attribute(attribute, &[], diagnostics)))
        .collect();
    let Some((source, source_span)) = source else {
        if block.body.attribute("source").is_none() {
            diagnostics.push(
                Diagnostic::error(
                    "Missing required argument",
                    "The argument \"source\" is required, but no definition was found.",
                )
                .at(block.header),
            );
        }
        return None;
    };
    Some(ModuleCall {
        name: label.text.clone(),
        source,
        source_span,
        version,
        module: None,
        repetition,
        arguments,
        providers,
        has_providers: passed.is_some(),
        depends_on: dependencies,
        span: block.header,
    })
}

fn passed_providers(attribute: &Attribute, diagnostics: &mut Diagnostics) -> Vec<PassedProvider> {
    let ExprKind::Object(items) = &attribute.value.kind else {
        diagnostics.push(
            Diagnostic::error(
                "Invalid providers argument",
                "The providers argument is a map from the called module's provider configurations to this module's, \
                 such as { aws = aws.west }.",
            )
            .at(attribute.value.span),
        );
        return Vec::new();
    };
    let mut passed = Vec::new();
    for item in items {
        let inside = match &item.key {
            ObjectKey::Name(name) => Some((name.text.clone(), None)),
            ObjectKey::Expr(expression) => provider_reference(expression, diagnostics),
        };
        let outside = provider_reference(&item.value, diagnostics);
        if let (Some(inside), Some(outside)) = (inside, outside) {
            passed.push(PassedProvider { inside, outside, span: item.value.span });
        }
    }
    passed
}

pub(crate) fn read_provider(block: &Block, diagnostics: &mut Diagnostics) -> Option<ProviderBlock> {
    const OWN: [&str; 2] = ["alias", "version"];
    const RESERVED: [&str; 4] = ["count", "depends_on", "for_each", "source"];
    let label = only_label(block, "provider", diagnostics)?;
    for attribute in &block.body.attributes {
        if RESERVED.contains(&&*attribute.name.text) {
            diagnostics.push(
                Diagnostic::error(
                    "Reserved argument name in provider block",
                    format!("The provider argument name \"{}\" is reserved for use by the language.", attribute.name.text),
                )
                .at(attribute.name.span),
            );
        }
    }
    let alias = block.body.attribute("alias").and_then(|attribute| {
        let alias = literal_text(&attribute.value);
        if alias.is_none() {
            diagnostics.push(
                Diagnostic::error("Invalid provider alias", "An alias is a name in quotes, without any variables.")
                    .at(attribute.value.span),
            );
        }
        alias
    });
    let version = block.body.attribute("version").and_then(|attribute| {
        diagnostics.push(
            Diagnostic::warning(
                "Version constraints inside provider configuration blocks are deprecated",
                "Move the constraint to the required_providers block of the terraform block.",
            )
            .at(attribute.span),
        );
        literal_text(&attribute.value).map(|text| (text, attribute.value.span))
    });
    let reserved: Vec<&str> = OWN.iter().chain(&RESERVED).copied().collect();
    Some(ProviderBlock {
        name: label.text.clone(),
        address: ProviderConfigAddress {
            module: ConfigModule::root(),
            provider: ProviderAddress::implied(&label.text),
            alias: alias.clone(),
        },
        alias,
        version,
        body: compile_body(&block.body, &reserved, &["_"], &[], diagnostics),
        span: block.header,
    })
}
