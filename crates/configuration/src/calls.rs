//! `module` and `provider` blocks.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumb_address::{ConfigModule, ProviderAddress, ProviderConfigAddress};
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_source::Span;
use plumb_syntax::ast::{Attribute, Block, ExprKind, ObjectKey};
use plumb_value::Type;

use crate::blocks::{compile_attribute, compile_body};
use crate::config::{ComputedSource, ModuleCall, PassedProvider, ProviderBlock};
use crate::reader::{
    EarlyText, Reader, compile, constant_of, literal_text, provider_instance, provider_reference,
};
use crate::repetition::repetition;
use crate::resource::reserved_block;
use crate::values::{depends_on, only_label};

const OWN: [&str; 6] = ["source", "version", "count", "for_each", "depends_on", "providers"];

pub(crate) fn read_call(block: &Block, diagnostics: &mut Diagnostics) -> Option<ModuleCall> {
    let label = only_label(block, "module", diagnostics)?;
    for nested in &block.body.blocks {
        match &*nested.kind.text {
            // Arguments whose names the language takes; handled below.
            "_" | "lifecycle" => {}
            "locals" => diagnostics.push(reserved_block("module", nested)),
            kind => diagnostics.push(
                Diagnostic::error(
                    "Unsupported block type",
                    format!(
                        "Blocks of type \"{kind}\" are not expected here. Module arguments are set with the equals sign: \
                         {kind} = {{ ... }}."
                    ),
                )
                .at(nested.header),
            ),
        }
    }
    let mut reader = Reader::new(&block.body);
    let source = reader.early_text("source", diagnostics);
    let version = reader.early_text("version", diagnostics);
    let lifecycle = reader.single_block("lifecycle", diagnostics);
    let enabled = lifecycle.and_then(|block| enabled_alone(block, diagnostics));
    let repetition = repetition(&mut reader, enabled, "module instances", diagnostics);
    let dependencies = depends_on(&mut reader, diagnostics);
    let passed = reader.attribute("providers");
    let providers = passed.map(|attribute| passed_providers(attribute, diagnostics)).unwrap_or_default();
    let own = block.body.attributes.iter().filter(|attribute| !OWN.contains(&&*attribute.name.text));
    let escaped = block.body.blocks_of("_").flat_map(|escape| &escape.body.attributes);
    let arguments: BTreeMap<_, _> = own
        .chain(escaped)
        .map(|attribute| (attribute.name.text.clone(), compile_attribute(attribute, &[])))
        .collect();
    let Some(source) = source else {
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
    let (source, source_span, computed_source) = match source {
        EarlyText::Written(text, span) => (text, span, None),
        EarlyText::Computed(expression) => ("".into(), expression.span(), Some(expression)),
    };
    let (version, computed_version) = match version {
        None => (None, None),
        Some(EarlyText::Written(text, span)) => (Some((text, span)), None),
        Some(EarlyText::Computed(expression)) => (None, Some(expression)),
    };
    let is_computed = computed_source.is_some() || computed_version.is_some();
    let computed = ComputedSource { source: computed_source, version: computed_version };
    let call = ModuleCall {
        name: label.text.clone(),
        source,
        source_span,
        version,
        computed: is_computed.then(|| Arc::new(computed)),
        module: None,
        repetition,
        arguments: Arc::new(arguments),
        providers,
        has_providers: passed.is_some(),
        depends_on: dependencies,
        span: block.header,
    };
    diagnostics.extend(version_of_local(&call));
    Some(call)
}

/// What to say of a version of what has none.
pub(crate) fn version_of_local(call: &ModuleCall) -> Option<Diagnostic> {
    let (_, span) = call.version.as_ref()?;
    let source = &call.source;
    if !crate::is_local_source(source) {
        return None;
    }
    let detail = format!(
        "\"{source}\" is a directory on this machine, and such modules have no versions: only modules from a registry \
         have. Remove the version argument."
    );
    let problem = Diagnostic::error("Invalid registry module source address", detail).at(call.source_span);
    Some(problem.note(*span, "the version"))
}

/// The only argument that the `lifecycle` of a module takes.
fn enabled_alone<'b>(lifecycle: &'b Block, diagnostics: &mut Diagnostics) -> Option<&'b Attribute> {
    let mut reader = Reader::of(lifecycle, diagnostics);
    let enabled = reader.attribute("enabled");
    reader.finish(diagnostics);
    enabled
}

pub(crate) fn passed_providers(attribute: &Attribute, diagnostics: &mut Diagnostics) -> Vec<PassedProvider> {
    let ExprKind::Object(items) = &attribute.value.kind else {
        diagnostics.push(
            Diagnostic::error(
                "Invalid expression",
                "The providers argument is a map from the called module's provider configurations to this module's, \
                 such as { aws = aws.west }.",
            )
            .at(attribute.value.span),
        );
        return Vec::new();
    };
    let mut passed: Vec<PassedProvider> = Vec::new();
    let mut seen = std::collections::HashMap::new();
    for item in items {
        let inside = match &item.key {
            ObjectKey::Name(name) => Some((name.text.clone(), None)),
            ObjectKey::Expr(expression) => provider_reference(expression, diagnostics),
        };
        let outside = provider_instance(&item.value, diagnostics);
        if let (Some(inside), Some((outside, key))) = (inside, outside) {
            if let Some(earlier) = seen.insert(inside.clone(), item.value.span) {
                diagnostics.push(
                    Diagnostic::error(
                        "Duplicate provider address",
                        format!("A configuration is passed for {} twice.", shown(&inside)),
                    )
                    .at(item.value.span)
                    .note(earlier, "the first one"),
                );
                continue;
            }
            passed.push(PassedProvider { inside, outside, key, span: item.value.span });
        }
    }
    passed
}

/// A local name with its alias, as it is written.
pub(crate) fn shown((name, alias): &(Arc<str>, Option<Arc<str>>)) -> String {
    match alias {
        Some(alias) => format!("{name}.{alias}"),
        None => name.to_string(),
    }
}

/// Whether a text may be the local name of a provider; says what is wrong where it may not.
pub(crate) fn check_provider_name(name: &str, span: Span, diagnostics: &mut Diagnostics) -> bool {
    // The rules are those of the last part of a source.
    let detail = match ProviderAddress::parse(&format!("hashicorp/{name}")) {
        Ok(address) if *address.kind == *name => return true,
        Ok(address) => format!(
            "Provider names must be normalized. Replace \"{name}\" with \"{}\" to fix this error.",
            address.kind
        ),
        Err(_) => format!(
            "\"{name}\" is no name for a provider: it must contain only letters, digits, and dashes, and may not use \
             leading or trailing dashes."
        ),
    };
    diagnostics.push(Diagnostic::error("Invalid provider local name", detail).at(span));
    false
}

pub(crate) fn read_provider(block: &Block, diagnostics: &mut Diagnostics) -> Option<ProviderBlock> {
    read_provider_seeing(block, &[], diagnostics)
}

/// The same where the surroundings bring names that the block may refer to.
pub(crate) fn read_provider_seeing(
    block: &Block,
    locals: &[Arc<str>],
    diagnostics: &mut Diagnostics,
) -> Option<ProviderBlock> {
    const OWN: [&str; 3] = ["alias", "version", "for_each"];
    const RESERVED: [&str; 3] = ["count", "depends_on", "source"];
    let label = only_label(block, "provider", diagnostics)?;
    for attribute in &block.body.attributes {
        if RESERVED.contains(&&*attribute.name.text) {
            diagnostics.push(
                Diagnostic::error(
                    "Reserved argument name in provider block",
                    format!(
                        "The provider argument name \"{}\" is reserved for use by the language.",
                        attribute.name.text
                    ),
                )
                .at(attribute.name.span),
            );
        }
    }
    for reserved in block.body.blocks_of("lifecycle").chain(block.body.blocks_of("locals")) {
        diagnostics.push(reserved_block("provider", reserved));
    }
    if !check_provider_name(&label.text, label.span, diagnostics) {
        return None;
    }
    let alias = match block.body.attribute("alias") {
        None => None,
        Some(attribute) => Some(read_alias(attribute, diagnostics)?),
    };
    let for_each = block.body.attribute("for_each").map(|attribute| compile(&attribute.value, &[]));
    if let (Some(expression), None) = (&for_each, &alias) {
        let detail = "Several instances of a provider configuration are told apart by keys behind its alias: give the block an \
                      alias, and name its instances where they are used, such as aws.by_region[each.key].";
        let problem = Diagnostic::error("Alias required when using \"for_each\"", detail);
        diagnostics.push(problem.at(expression.span()));
    }
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
    let mut body = compile_body(&block.body, &reserved, &["_", "lifecycle", "locals"], locals, diagnostics);
    for escape in block.body.blocks_of("_") {
        let inner = compile_body(&escape.body, &[], &[], locals, diagnostics);
        body.absorb(inner);
    }
    Some(ProviderBlock {
        name: label.text.clone(),
        address: ProviderConfigAddress::new(
            ConfigModule::root(),
            ProviderAddress::implied(&label.text),
            alias.clone(),
        ),
        alias,
        for_each,
        instances: Arc::default(),
        version,
        body,
        locals: Vec::new(),
        is_mocked: false,
        span: block.header,
    })
}

pub(crate) fn read_alias(attribute: &Attribute, diagnostics: &mut Diagnostics) -> Option<Arc<str>> {
    let alias = constant_of(attribute, &Type::String, diagnostics)?;
    let alias = alias.as_text()?;
    if !plumb_syntax::is_identifier(alias) {
        diagnostics.push(
            Diagnostic::error(
                "Invalid provider configuration alias",
                "An alias must be a valid name. A name must start with a letter or underscore and may contain only \
                 letters, digits, underscores, and dashes.",
            )
            .at(attribute.value.span),
        );
        return None;
    }
    Some(alias.clone())
}
