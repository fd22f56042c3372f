//! `mock_provider` blocks, the files that they take in, and overrides.

use std::path::Path;
use std::sync::Arc;

use plumb_address::{ConfigModule, Mode, ProviderAddress, ProviderConfigAddress};
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_expression::Expression;
use plumb_source::{Files, SourceMap};
use plumb_syntax::ast::{Attribute, Block};

use super::file::parse;
use super::{MockDefaults, MockProvider, Override, OverrideTarget, TestProvider};
use crate::body::Body;
use crate::calls::{check_provider_name, read_alias};
use crate::config::ProviderBlock;
use crate::json::MOCK_FILE;
use crate::module::join;
use crate::moves::endpoint;
use crate::reader::{Reader, compile, constant, keyword};
use crate::values::only_label;
use crate::walk::{first_call, first_variable};

/// Where the files of a mock provider's `source` are read.
pub(super) struct World<'a> {
    pub(super) files: &'a dyn Files,
    pub(super) sources: &'a SourceMap,
    /// The directory of the test file.
    pub(super) directory: &'a Path,
}

/// Reads a `mock_provider` block with the files of its `source`.
pub(super) fn read_mock_provider(
    block: &Block,
    world: &World<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<TestProvider> {
    let label = only_label(block, "mock_provider", diagnostics)?;
    if !check_provider_name(&label.text, label.span, diagnostics) {
        return None;
    }
    let mut reader = Reader::new(&block.body);
    let alias = match reader.attribute("alias") {
        None => None,
        Some(attribute) => Some(read_alias(attribute, diagnostics)?),
    };
    let source = reader.text("source", diagnostics);
    let during_plan = read_during(&mut reader, false, diagnostics);
    let mut mock = MockProvider::default();
    if let Some((source, span)) = source {
        let directory = join(world.directory, source.trim_start_matches("./"));
        if world.files.is_directory(&directory) {
            read_files(&directory, world, during_plan, &mut mock, diagnostics);
        } else {
            diagnostics.push(
                Diagnostic::error(
                    "Failed to read mock data directory",
                    format!(
                        "There is no directory {}. The source of a mock provider is a directory of .tfmock.hcl files, \
                         relative to the test file.",
                        directory.display()
                    ),
                )
                .at(span),
            );
        }
    }
    read_content(&mut reader, during_plan, &mut mock, diagnostics);
    reader.finish(diagnostics);
    let address = ProviderConfigAddress::new(
        ConfigModule::root(),
        ProviderAddress::implied(&label.text),
        alias.clone(),
    );
    let block = ProviderBlock {
        name: label.text.clone(),
        alias,
        address,
        for_each: None,
        instances: Arc::default(),
        version: None,
        body: Body { span: Some(block.body.span), ..Body::default() },
        locals: Vec::new(),
        is_mocked: true,
        span: block.header,
    };
    Some(TestProvider { block, mock: Some(Arc::new(mock)) })
}

/// Reads every `.tfmock.hcl` and `.tfmock.json` file of a directory.
fn read_files(
    directory: &Path,
    world: &World<'_>,
    during_plan: bool,
    mock: &mut MockProvider,
    diagnostics: &mut Diagnostics,
) {
    let entries = world.files.list(directory).unwrap_or_default();
    let names = entries.into_iter().filter(|(name, is_directory)| !is_directory && !name.starts_with('.'));
    for (name, _) in names {
        let path = join(directory, &name).to_string_lossy().into_owned();
        if !name.ends_with(".tfmock.hcl") && !name.ends_with(".tfmock.json") {
            continue;
        }
        let Some(body) = parse(world.files, world.sources, &path, &MOCK_FILE, diagnostics) else { continue };
        let mut reader = Reader::new(&body);
        read_content(&mut reader, during_plan, mock, diagnostics);
        reader.finish(diagnostics);
    }
}

/// Reads what a mock provider's block and its files may say alike.
fn read_content(
    reader: &mut Reader<'_>,
    during_plan: bool,
    mock: &mut MockProvider,
    diagnostics: &mut Diagnostics,
) {
    for (kind, mode) in [("mock_resource", Mode::Managed), ("mock_data", Mode::Data)] {
        for block in reader.blocks(kind) {
            let Some((name, defaults)) = read_defaults(block, kind, during_plan, diagnostics) else {
                continue;
            };
            let table = if mode == Mode::Data { &mut mock.data } else { &mut mock.resources };
            if let Some(earlier) = table.get(&name) {
                diagnostics.push(
                    Diagnostic::error(
                        format!("Duplicate {kind} block"),
                        format!("There is a {kind} block for \"{name}\" already."),
                    )
                    .at(block.header)
                    .note(earlier.span, "the first one"),
                );
                continue;
            }
            table.insert(name, defaults);
        }
    }
    for kind in ["override_resource", "override_data"] {
        for block in reader.blocks(kind) {
            let read = read_override(block, during_plan, diagnostics);
            keep_override(kind, read, &mut mock.overrides, diagnostics);
        }
    }
}

fn read_defaults(
    block: &Block,
    kind: &str,
    during_plan: bool,
    diagnostics: &mut Diagnostics,
) -> Option<(Arc<str>, MockDefaults)> {
    let [label] = &block.labels[..] else {
        let (summary, place) = match block.labels.get(1) {
            None => (format!("Missing type for {kind}"), block.header),
            Some(extra) => (format!("Extraneous label for {kind}"), extra.span),
        };
        let detail = format!("All {kind} blocks must have 1 label: the type that they are about.");
        diagnostics.push(Diagnostic::error(summary, detail).at(place));
        return None;
    };
    let mut reader = Reader::new(&block.body);
    let defaults = reader.attribute("defaults").and_then(|attribute| said(attribute, diagnostics));
    let during_plan = read_during(&mut reader, during_plan, diagnostics);
    reader.finish(diagnostics);
    Some((label.text.clone(), MockDefaults { defaults, during_plan, span: block.header }))
}

/// Reads an override; `during_plan` holds where it says nothing itself.
pub(super) fn read_override(
    block: &Block,
    during_plan: bool,
    diagnostics: &mut Diagnostics,
) -> Option<Override> {
    let mut reader = Reader::of(block, diagnostics);
    let target = reader.attribute("target");
    let values = match &*block.kind.text {
        "override_module" => reader.attribute("outputs"),
        _ => reader.attribute("values"),
    };
    let values = values.and_then(|attribute| said(attribute, diagnostics));
    let during_plan = read_during(&mut reader, during_plan, diagnostics);
    reader.finish(diagnostics);
    let Some(target) = target else {
        diagnostics.push(
            Diagnostic::error(
                "Missing target attribute",
                "An override says with target what it is for, such as target = aws_instance.web.",
            )
            .at(block.header),
        );
        return None;
    };
    let endpoint = endpoint(&target.value, diagnostics)?;
    let fits = match (&*block.kind.text, &endpoint.resource) {
        ("override_resource", Some((resource, _))) => resource.mode == Mode::Managed,
        ("override_data", Some((resource, _))) => resource.mode == Mode::Data,
        ("override_module", None) => true,
        _ => false,
    };
    if !fits {
        diagnostics.push(
            Diagnostic::error(
                "Invalid override target",
                format!("{} blocks can only target {}.", block.kind.text, targets_of(block)),
            )
            .at(target.value.span),
        );
        return None;
    }
    Some(Override {
        target: OverrideTarget::from(endpoint),
        target_span: target.value.span,
        values,
        during_plan,
        span: block.header,
    })
}

fn targets_of(block: &Block) -> &'static str {
    match &*block.kind.text {
        "override_resource" => "managed resources",
        "override_data" => "data sources",
        _ => "modules",
    }
}

/// Values that are said in a provider's place: an object that refers to nothing.
fn said(attribute: &Attribute, diagnostics: &mut Diagnostics) -> Option<Arc<Expression>> {
    let value = &attribute.value;
    if first_variable(value).is_some() {
        diagnostics.append(constant(value).1);
        return None;
    }
    // What functions give shows when it is evaluated.
    if first_call(value).is_none() {
        let value = diagnostics.take(constant(value))?;
        if value.is_null() || value.entries().is_none() {
            let name = &attribute.name.text;
            let detail = format!("The argument {name} must be an object, with an attribute for each value.");
            diagnostics.push(
                Diagnostic::error(format!("Invalid {name} attribute"), detail).at(attribute.value.span),
            );
            return None;
        }
    }
    Some(compile(value, &[]))
}

/// Adds an override, unless there is one for the same already.
pub(super) fn keep_override(
    kind: &str,
    read: Option<Override>,
    known: &mut Vec<Override>,
    diagnostics: &mut Diagnostics,
) {
    let Some(read) = read else { return };
    if let Some(earlier) = known.iter().find(|earlier| earlier.target == read.target) {
        diagnostics.push(
            Diagnostic::error(
                format!("Duplicate {kind} block"),
                "There is an override for the same object here already. Merge the two.",
            )
            .at(read.span)
            .note(earlier.span, "the first one"),
        );
        return;
    }
    known.push(read);
}

/// Whether values are known while planning already.
fn read_during(reader: &mut Reader<'_>, otherwise: bool, diagnostics: &mut Diagnostics) -> bool {
    let Some(attribute) = reader.attribute("override_during") else { return otherwise };
    match keyword(&attribute.value).map(|word| &**word) {
        Some("plan") => true,
        Some("apply") => false,
        _ => {
            diagnostics.push(
                Diagnostic::error(
                    "Invalid override_during value",
                    "The override_during argument requires one of the following keywords without quotes: plan or apply.",
                )
                .at(attribute.value.span),
            );
            otherwise
        }
    }
}
