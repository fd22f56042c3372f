//! Test files: what is to be run of a configuration, and what must hold afterwards.
//!
//! Responsible for finding `*.tftest.hcl` files and for reading them, typed and with a span on every
//! piece. It evaluates nothing but constants, and runs nothing.

mod file;
mod find;
mod mock;
mod names;
mod run;
mod target;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use plumb_source::Span;

use crate::body::BodyAttribute;
use crate::config::{CheckRule, ModuleCall, PassedProvider, ProviderBlock, Repetition};
pub use file::read_test_file;
pub use find::{TestSuiteFiles, find_test_files, is_test_file};
pub use names::picked;
pub use target::{ExpectedFailure, OverrideTarget};

/// The directory in which test files are looked for beside that of the root module.
pub const TEST_DIRECTORY: &str = "tests";

/// Names that expressions of test files know beside those of the module under test: what earlier runs
/// gave, and the module's outputs.
pub const ASSERTION_NAMES: [&str; 2] = ["run", "output"];

/// Names that variables and provider blocks of test files know.
pub const OUTSIDE_NAMES: [&str; 2] = ["run", "var"];

/// A test file: runs of a configuration, in order, and what they have in common.
#[derive(Clone, Debug)]
pub struct TestFile {
    /// Its path as people write it, such as `tests/main.tftest.hcl`.
    pub name: Arc<str>,
    /// The directory that it is in.
    pub directory: PathBuf,
    /// Whether runs may go on side by side where nothing stands against it.
    pub parallel: bool,
    /// Values of variables for all runs.
    pub variables: BTreeMap<Arc<str>, BodyAttribute>,
    /// Provider configurations, real and mocked ones.
    pub providers: Vec<TestProvider>,
    /// What objects and modules are replaced by, in all runs.
    pub overrides: Vec<Override>,
    /// The runs, in order.
    pub runs: Vec<TestRun>,
}

impl TestFile {
    /// The provider configuration of a name and alias.
    pub fn provider(&self, (name, alias): &(Arc<str>, Option<Arc<str>>)) -> Option<&TestProvider> {
        self.providers.iter().find(|provider| provider.block.name == *name && provider.block.alias == *alias)
    }
}

/// A provider configuration of a test file.
#[derive(Clone, Debug)]
pub struct TestProvider {
    /// What it is configured with; nothing where it is mocked.
    pub block: ProviderBlock,
    /// What is made up in place of the provider's answers.
    pub mock: Option<Arc<MockProvider>>,
}

/// A `mock_provider` block, with what the files of its `source` say.
#[derive(Clone, Debug, Default)]
pub struct MockProvider {
    /// Values for resources, by type.
    pub resources: BTreeMap<Arc<str>, MockDefaults>,
    /// Values for data sources, by type.
    pub data: BTreeMap<Arc<str>, MockDefaults>,
    /// What single objects are replaced by.
    pub overrides: Vec<Override>,
}

/// A `mock_resource` or `mock_data` block.
#[derive(Clone, Debug)]
pub struct MockDefaults {
    /// Values of attributes that nobody configures.
    pub defaults: Option<Arc<plumb_expression::Expression>>,
    /// Whether they are known while planning already.
    pub during_plan: bool,
    /// Type and label.
    pub span: Span,
}

/// An `override_resource`, `override_data` or `override_module` block.
#[derive(Clone, Debug)]
pub struct Override {
    /// What is replaced.
    pub target: OverrideTarget,
    /// Where that is written.
    pub target_span: Span,
    /// Its attributes, or a module's outputs.
    pub values: Option<Arc<plumb_expression::Expression>>,
    /// Whether they are known while planning already.
    pub during_plan: bool,
    /// The block's header.
    pub span: Span,
}

/// What a run does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TestCommand {
    /// It plans and applies.
    #[default]
    Apply,
    /// It only plans.
    Plan,
}

/// A `run` block.
#[derive(Clone, Debug)]
pub struct TestRun {
    /// Its name.
    pub name: Arc<str>,
    /// What it does.
    pub command: TestCommand,
    /// How it plans.
    pub options: TestPlanOptions,
    /// Values of variables.
    pub variables: BTreeMap<Arc<str>, BodyAttribute>,
    /// Another module to be run in place of the one under test.
    pub module: Option<TestModule>,
    /// Provider configurations: name in the module, name in the test file.
    pub providers: Vec<PassedProvider>,
    /// What must hold afterwards.
    pub asserts: Vec<CheckRule>,
    /// Objects whose conditions must not hold.
    pub expect_failures: Vec<ExpectedFailure>,
    /// What objects and modules are replaced by.
    pub overrides: Vec<Override>,
    /// Which state it goes on from.
    pub state_key: Option<Arc<str>>,
    /// Whether it may go on beside others; the file says it where the run does not.
    pub parallel: Option<bool>,
    /// Type and label.
    pub span: Span,
    /// The label.
    pub name_span: Span,
}

/// A `plan_options` block.
#[derive(Clone, Debug)]
pub struct TestPlanOptions {
    /// Whether only what is recorded may change.
    pub refresh_only: bool,
    /// Whether objects are looked at first.
    pub refresh: bool,
    /// Objects to be replaced.
    pub replace: Vec<plumb_address::AbsResourceInstance>,
    /// What the plan is limited to.
    pub targets: Vec<plumb_address::Target>,
}

impl Default for TestPlanOptions {
    fn default() -> Self {
        TestPlanOptions { refresh_only: false, refresh: true, replace: Vec::new(), targets: Vec::new() }
    }
}

/// Whether a call is that of a run's module: no other has periods in its name.
pub(crate) fn is_call_of_run(call: &ModuleCall) -> bool {
    call.name.contains('.')
}

impl TestFile {
    /// What the module of a run is called where modules are installed, such as `test.tests.main.setup`.
    pub fn module_key(&self, run: &TestRun) -> String {
        let stem = [".tftest.hcl", ".tofutest.hcl", ".plumbtest.hcl"]
            .iter()
            .find_map(|ending| self.name.strip_suffix(ending))
            .unwrap_or(&self.name);
        format!("test.{}.{}", stem.replace(['/', '\\'], "."), run.name)
    }

    /// The modules of its runs as if the root module called them, for those who install modules.
    pub fn calls(&self) -> Vec<ModuleCall> {
        let with_module = self.runs.iter().filter_map(|run| Some((run, run.module.as_ref()?)));
        with_module
            .map(|(run, module)| ModuleCall {
                name: self.module_key(run).into(),
                source: module.source.clone(),
                source_span: module.source_span,
                version: module.version.clone(),
                computed: None,
                module: None,
                repetition: Repetition::Single,
                arguments: Arc::default(),
                providers: Vec::new(),
                has_providers: false,
                depends_on: Vec::new(),
                span: module.span,
            })
            .collect()
    }
}

/// A `module` block in a run.
#[derive(Clone, Debug)]
pub struct TestModule {
    /// Where the module comes from, as written.
    pub source: Arc<str>,
    /// Where that stands.
    pub source_span: Span,
    /// Version constraint, for modules from a registry.
    pub version: Option<(Arc<str>, Span)>,
    /// The block's header.
    pub span: Span,
}
