//! `run` blocks.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_source::Span;
use plumb_syntax::ast::{Attribute, Block};

use super::file::{is_only, read_variables};
use super::mock::{keep_override, read_override};
use super::target::{expected_failure, planning_target, replaced};
use super::{ASSERTION_NAMES, TestCommand, TestModule, TestPlanOptions, TestRun};
use crate::calls::passed_providers;
use crate::config::CheckRule;
use crate::reader::{Reader, compile, elements, keyword};
use crate::values::{only_label, refuse_constant};

/// Reads a `run` block.
pub(super) fn read_run(block: &Block, diagnostics: &mut Diagnostics) -> Option<TestRun> {
    let label = only_label(block, "run", diagnostics)?;
    let mut reader = Reader::new(&block.body);
    let mut first = BTreeMap::new();
    let command = reader.attribute("command").map(|attribute| read_command(attribute, diagnostics));
    let providers = reader.attribute("providers");
    let expected = reader.attribute("expect_failures");
    let state_key = reader.text("state_key", diagnostics).map(|(text, _)| text);
    let parallel = reader.flag("parallel", diagnostics);
    let mut run = TestRun {
        name: label.text.clone(),
        command: command.unwrap_or_default(),
        options: TestPlanOptions::default(),
        variables: BTreeMap::new(),
        module: None,
        providers: providers.map(|attribute| passed_providers(attribute, diagnostics)).unwrap_or_default(),
        asserts: Vec::new(),
        expect_failures: Vec::new(),
        overrides: Vec::new(),
        state_key,
        parallel,
        span: block.header,
        name_span: label.span,
    };
    if let Some(attribute) = expected {
        let list = elements(attribute, diagnostics).iter();
        run.expect_failures = list.filter_map(|element| expected_failure(element, diagnostics)).collect();
    }
    for assert in reader.blocks("assert") {
        run.asserts.extend(read_assert(assert, diagnostics));
    }
    for options in reader.blocks("plan_options") {
        if is_only("plan_options", options, &mut first, diagnostics) {
            run.options = read_options(options, diagnostics);
        }
    }
    for variables in reader.blocks("variables") {
        if is_only("variables", variables, &mut first, diagnostics) {
            run.variables = read_variables(variables, diagnostics);
        }
    }
    for module in reader.blocks("module") {
        if is_only("module", module, &mut first, diagnostics) {
            run.module = read_module(module, diagnostics);
        }
    }
    for kind in ["override_resource", "override_data", "override_module"] {
        for block in reader.blocks(kind) {
            let read = read_override(block, false, diagnostics);
            keep_override(kind, read, &mut run.overrides, diagnostics);
        }
    }
    reader.finish(diagnostics);
    Some(run)
}

fn read_command(attribute: &Attribute, diagnostics: &mut Diagnostics) -> TestCommand {
    match keyword(&attribute.value).map(|word| &**word) {
        Some("apply") => TestCommand::Apply,
        Some("plan") => TestCommand::Plan,
        _ => {
            diagnostics.push(
                Diagnostic::error(
                    "Invalid \"command\" keyword",
                    "The \"command\" argument requires one of the following keywords without quotes: apply or plan.",
                )
                .at(attribute.value.span),
            );
            TestCommand::Apply
        }
    }
}

fn read_options(block: &Block, diagnostics: &mut Diagnostics) -> TestPlanOptions {
    let mut reader = Reader::of(block, diagnostics);
    let mode = reader.attribute("mode");
    let refresh = reader.flag("refresh", diagnostics);
    let replace = reader.attribute("replace");
    let target = reader.attribute("target");
    reader.finish(diagnostics);
    let refresh_only = match mode.map(|attribute| keyword(&attribute.value).map(|word| &**word)) {
        None | Some(Some("normal")) => false,
        Some(Some("refresh-only")) => true,
        Some(_) => {
            let place = mode.map_or(Span::NONE, |attribute| attribute.value.span);
            diagnostics.push(
                Diagnostic::error(
                    "Invalid \"mode\" keyword",
                    "The \"mode\" argument requires one of the following keywords without quotes: normal or refresh-only.",
                )
                .at(place),
            );
            false
        }
    };
    let mut options =
        TestPlanOptions { refresh_only, refresh: refresh.unwrap_or(true), ..TestPlanOptions::default() };
    if let Some(attribute) = replace {
        let list = elements(attribute, diagnostics).iter();
        options.replace = list.filter_map(|element| replaced(element, diagnostics)).collect();
    }
    if let Some(attribute) = target {
        let list = elements(attribute, diagnostics).iter();
        options.targets = list.filter_map(|element| planning_target(element, diagnostics)).collect();
    }
    if refresh_only && !options.refresh {
        let place = block.body.attribute("refresh").map_or(block.header, |attribute| attribute.span);
        diagnostics.push(
            Diagnostic::error(
                "Incompatible plan options",
                "The \"refresh\" option cannot be set to false when running a test in \"refresh-only\" mode: there would \
                 be nothing to do.",
            )
            .at(place),
        );
    }
    options
}

fn read_module(block: &Block, diagnostics: &mut Diagnostics) -> Option<TestModule> {
    let mut reader = Reader::of(block, diagnostics);
    let source = reader.text("source", diagnostics);
    let version = reader.text("version", diagnostics);
    let is_missing = block.body.attribute("source").is_none();
    reader.finish(diagnostics);
    if is_missing {
        diagnostics.push(
            Diagnostic::error(
                "Missing \"source\" attribute for module block",
                "A module block of a run says with source which module is to be run in place of the one under test.",
            )
            .at(block.header),
        );
    }
    let (source, source_span) = source?;
    Some(TestModule { source, source_span, version, span: block.header })
}

fn read_assert(block: &Block, diagnostics: &mut Diagnostics) -> Option<CheckRule> {
    let names: Vec<Arc<str>> = ASSERTION_NAMES.into_iter().map(Arc::from).collect();
    let mut reader = Reader::of(block, diagnostics);
    let condition = reader.attribute("condition");
    let message = reader.attribute("error_message");
    reader.finish(diagnostics);
    let condition = condition.map(|attribute| compile(&attribute.value, &names));
    if let Some(condition) = &condition {
        refuse_constant("assert", condition, diagnostics);
    }
    let (Some(condition), Some(message)) = (condition.clone(), message) else {
        let missing = if condition.is_none() { "condition" } else { "error_message" };
        diagnostics.push(
            Diagnostic::error(
                "Missing required argument",
                format!("The argument \"{missing}\" is required, but no definition was found."),
            )
            .at(block.header),
        );
        return None;
    };
    Some(CheckRule { condition, error_message: compile(&message.value, &names), span: block.header })
}
