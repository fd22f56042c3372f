//! A whole test file.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use plumb_diagnostics::{Diagnostic, Diagnostics, did_you_mean};
use plumb_source::{Files, SourceMap, Span};
use plumb_syntax::ast::{Block, Body};

use super::mock::{self, read_mock_provider, read_override};
use super::run::read_run;
use super::{OUTSIDE_NAMES, TestFile, TestProvider};
use crate::blocks::compile_attribute;
use crate::body::BodyAttribute;
use crate::calls::read_provider_seeing;
use crate::json::{Shape, TEST_FILE, read_as};
use crate::reader::{Reader, refuse_labels};
use crate::values::unexpected_block;

const KINDS: [&str; 8] = [
    "test",
    "run",
    "variables",
    "provider",
    "mock_provider",
    "override_resource",
    "override_data",
    "override_module",
];

/// Reads a test file. The result holds what could be read, errors or not.
pub fn read_test_file(files: &dyn Files, sources: &SourceMap, path: &str) -> (TestFile, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    let directory = Path::new(path).parent().unwrap_or(Path::new(""));
    let file = TestFile {
        name: path.into(),
        directory: directory.to_owned(),
        parallel: false,
        variables: BTreeMap::new(),
        providers: Vec::new(),
        overrides: Vec::new(),
        runs: Vec::new(),
    };
    let Some(body) = parse(files, sources, path, &TEST_FILE, &mut diagnostics) else {
        return (file, diagnostics);
    };
    let mut reader = FileReader { file, files, sources, first: BTreeMap::new(), diagnostics };
    reader.read(&body);
    (reader.file, reader.diagnostics)
}

/// Reads and parses a file, in JSON by a shape.
pub(super) fn parse(
    files: &dyn Files,
    sources: &SourceMap,
    path: &str,
    shape: &'static Shape,
    diagnostics: &mut Diagnostics,
) -> Option<Body> {
    let bytes = match files.read_regular(Path::new(path)) {
        Ok(bytes) => bytes,
        Err(error) => {
            diagnostics.push(Diagnostic::error(
                "Failed to read file",
                format!("The file {path} could not be read: {error}."),
            ));
            return None;
        }
    };
    let text: Arc<str> = String::from_utf8_lossy(&bytes).into();
    let file = sources.add(path, text.clone());
    if let Err(problem) = plumb_syntax::decode(&bytes, file) {
        diagnostics.append(problem);
        return None;
    }
    if !path.ends_with(".json") {
        return Some(diagnostics.take(plumb_syntax::parse_file(&text, file)));
    }
    match plumb_syntax::json::parse(&text, file) {
        Ok(root) => Some(read_as(&root, shape, diagnostics)),
        Err(problems) => {
            diagnostics.append(problems);
            None
        }
    }
}

struct FileReader<'a> {
    file: TestFile,
    files: &'a dyn Files,
    sources: &'a SourceMap,
    /// Blocks that may be there once, by kind.
    first: BTreeMap<&'static str, Span>,
    diagnostics: Diagnostics,
}

impl FileReader<'_> {
    fn read(&mut self, body: &Body) {
        for attribute in &body.attributes {
            self.diagnostics.push(
                Diagnostic::error(
                    "Unsupported argument",
                    format!(
                        "An argument named \"{}\" is not expected here: a test file consists of blocks. Values of \
                         variables go into a variables block.",
                        attribute.name.text
                    ),
                )
                .at(attribute.name.span),
            );
        }
        // Whether runs go side by side is what those say nothing of that come first, too.
        for block in body.blocks_of("test") {
            self.settings(block);
        }
        for block in &body.blocks {
            self.block(block);
        }
    }

    fn block(&mut self, block: &Block) {
        match &*block.kind.text {
            "test" => {}
            "run" => self.run(block),
            "variables" => {
                if self.is_only("variables", block) {
                    self.file.variables = read_variables(block, &mut self.diagnostics);
                }
            }
            "provider" => {
                let read = read_provider_seeing(block, &outside_names(), &mut self.diagnostics);
                if let Some(block) = read {
                    if let Some(expression) = &block.for_each {
                        let detail = "A provider configuration of a test stands in the place of a single one: it has no \
                                      for_each. Write a block for each instance, or leave it to the module under test.";
                        let problem = Diagnostic::error("Reserved argument name in provider block", detail);
                        self.diagnostics.push(problem.at(expression.span()));
                    }
                    self.provider(TestProvider { block, mock: None });
                }
            }
            "mock_provider" => {
                let directory = self.file.directory.clone();
                let world = mock::World { files: self.files, sources: self.sources, directory: &directory };
                if let Some(provider) = read_mock_provider(block, &world, &mut self.diagnostics) {
                    self.provider(provider);
                }
            }
            "override_resource" | "override_data" | "override_module" => {
                let read = read_override(block, false, &mut self.diagnostics);
                mock::keep_override(&block.kind.text, read, &mut self.file.overrides, &mut self.diagnostics);
            }
            kind => self.diagnostics.push(
                Diagnostic::error(
                    "Unsupported block type",
                    format!("Blocks of type \"{kind}\" are not expected here.{}", did_you_mean(kind, KINDS)),
                )
                .at(block.header),
            ),
        }
    }

    fn settings(&mut self, block: &Block) {
        if !self.is_only("test", block) {
            return;
        }
        let mut reader = Reader::of(block, &mut self.diagnostics);
        self.file.parallel = reader.flag("parallel", &mut self.diagnostics).unwrap_or(false);
        reader.finish(&mut self.diagnostics);
    }

    fn run(&mut self, block: &Block) {
        let Some(run) = read_run(block, &mut self.diagnostics) else { return };
        let earlier = self.file.runs.iter().find(|earlier| earlier.name == run.name);
        if let Some(earlier) = earlier {
            self.diagnostics.push(
                Diagnostic::error(
                    "Duplicate \"run\" block names",
                    format!(
                        "There is a run block named \"{}\" in this file already. Names must be unique within a test file.",
                        run.name
                    ),
                )
                .at(run.span)
                .note(earlier.span, "the first one"),
            );
            return;
        }
        self.file.runs.push(run);
    }

    fn provider(&mut self, provider: TestProvider) {
        let key = (provider.block.name.clone(), provider.block.alias.clone());
        if let Some(earlier) = self.file.provider(&key) {
            self.diagnostics.push(
                Diagnostic::error(
                    "Duplicate provider block",
                    format!(
                        "There is a configuration for {} in this file already. Tell configurations of one provider apart \
                         with alias.",
                        crate::calls::shown(&key)
                    ),
                )
                .at(provider.block.span)
                .note(earlier.block.span, "the first one"),
            );
            return;
        }
        self.file.providers.push(provider);
    }

    /// Complains where there is a block already of a kind that may be there once.
    fn is_only(&mut self, kind: &'static str, block: &Block) -> bool {
        is_only(kind, block, &mut self.first, &mut self.diagnostics)
    }
}

/// Complains where there is a block already of a kind that may be there once.
pub(super) fn is_only(
    kind: &'static str,
    block: &Block,
    first: &mut BTreeMap<&'static str, Span>,
    diagnostics: &mut Diagnostics,
) -> bool {
    let Some(earlier) = first.get(kind) else {
        first.insert(kind, block.header);
        return true;
    };
    diagnostics.push(
        Diagnostic::error(
            format!("Multiple \"{kind}\" blocks"),
            format!("There is a {kind} block here already; it may be there only once. Merge the two."),
        )
        .at(block.header)
        .note(*earlier, "the first one"),
    );
    false
}

/// The names that variables and provider blocks of test files know.
pub(super) fn outside_names() -> Vec<Arc<str>> {
    OUTSIDE_NAMES.into_iter().map(Arc::from).collect()
}

/// Reads a `variables` block.
pub(super) fn read_variables(
    block: &Block,
    diagnostics: &mut Diagnostics,
) -> BTreeMap<Arc<str>, BodyAttribute> {
    refuse_labels(block, diagnostics);
    for nested in &block.body.blocks {
        diagnostics.push(unexpected_block(nested));
    }
    let names = outside_names();
    let attributes = block.body.attributes.iter();
    attributes.map(|attribute| (attribute.name.text.clone(), compile_attribute(attribute, &names))).collect()
}
