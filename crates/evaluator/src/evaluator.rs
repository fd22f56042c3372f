//! The evaluator: asks for cells, and evaluates expressions once what they refer to is there.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use futures::FutureExt;
use futures::future::BoxFuture;
use plumb_configuration::{Config, DynamicBlock, Given, GivenValues, Module};
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_expression::{
    Context, Expression, FunctionWorld, Mention, PathKind, ProviderCallError, Reference, Subject,
};
use plumb_source::{Files, Span};
use plumb_value::{Marks, Path, Type, Value};

use crate::cell::{Cell, CellResult, Cells};
use crate::instances::ModuleNodes;
use crate::{CellId, CellKey, Frame, Index, Keys, KeysKind, ModuleNode, Objects, Outcome, RuleResult, Scope};

/// What the evaluation is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// To find mistakes without any inputs: variables and repetitions are unknown.
    Validate,
    /// To plan.
    Plan,
    /// To take over an object: nothing is planned, so what does not exist stays unknown.
    Import,
    /// To destroy: resources are what is recorded.
    Destroy,
    /// To apply: everything is known that has been applied.
    Apply,
}

/// What evaluation may see of the world.
#[derive(Clone)]
pub struct Environment {
    /// Files that functions read.
    pub files: Arc<dyn Files>,
    /// Name of the workspace.
    pub workspace: Arc<str>,
    /// The time for `timestamp()`; `None` while planning.
    pub now_ms: Option<i64>,
    /// The time for `plantimestamp()`.
    pub plan_time_ms: Option<i64>,
    /// Randomness for `uuid()` and `bcrypt()`; `None` while planning.
    pub random: Option<Arc<dyn Fn(&mut [u8]) + Send + Sync>>,
    /// Calls functions of providers: module, local name, function, arguments.
    pub call_provider: Option<Arc<ProviderCaller>>,
}

/// What a reference came to.
pub(crate) enum Fetched {
    /// A value, or the fact that it failed.
    Found(Outcome),
    /// It names an instance that is not there, or by a key that there is not. Whether that is an error depends on whether the
    /// expression makes use of it, so what is to be said then comes along.
    Missing(Box<Diagnostic>),
}

impl Fetched {
    /// The value where nothing can make up for a missing one.
    pub(crate) fn required(self, evaluator: &Evaluator) -> Outcome {
        match self {
            Fetched::Found(outcome) => outcome,
            Fetched::Missing(problem) => evaluator.fail(*problem),
        }
    }
}

/// What goes into an expression.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inputs {
    /// A value for each reference.
    pub(crate) values: Vec<Value>,
    /// References that name an instance that is not there.
    pub(crate) missing: Vec<(usize, Diagnostic)>,
}

/// Calls a function of a provider by the provider's local name in a module.
pub type ProviderCaller =
    dyn Fn(&Module, &str, &str, Vec<Value>) -> Result<Value, ProviderCallError> + Send + Sync;

/// What to say of a number that nothing can record.
pub(crate) fn infinite(what: &str, part: &Path) -> Diagnostic {
    Diagnostic::error(
        "Infinite number",
        format!(
            "The value of {what}{part} is infinite, which is what a division by zero gives. Infinity can be compared and \
             computed with, but neither recorded nor sent to a provider. Make sure that the divisor is not zero, for \
             example with a condition."
        ),
    )
}

/// How many cells one task computes inside one another before the next gets a task of its own, so
/// that chains of any length fit every stack.
const DEPTH_MAX: u32 = 24;

/// Evaluates one configuration for one purpose.
pub struct Evaluator {
    config: Arc<Config>,
    index: Arc<Index>,
    phase: Phase,
    environment: Environment,
    pub(crate) objects: Arc<dyn Objects>,
    variables: GivenValues,
    cells: Cells,
    pub(crate) nodes: ModuleNodes,
    diagnostics: Mutex<Diagnostics>,
    /// Of which dynamic blocks any was made, by where their content begins; in [`Phase::Validate`] alone.
    made: Mutex<HashSet<Span>>,
    pub(crate) rules: Mutex<Vec<RuleResult>>,
    pub(crate) refused: OnceLock<BTreeSet<Arc<str>>>,
    /// Whether any instance of a module is replaced.
    pub(crate) has_replaced: bool,
}

impl Evaluator {
    /// An evaluator that has not evaluated anything yet. `variables` holds what was
    /// given for the root module's, marked; it is not asked for in [`Phase::Validate`].
    pub fn new(
        config: Arc<Config>,
        index: Arc<Index>,
        phase: Phase,
        environment: Environment,
        objects: Arc<dyn Objects>,
        variables: GivenValues,
    ) -> Arc<Self> {
        let has_replaced = config.modules.iter().any(|module| !module.replaced.is_empty());
        Arc::new(Evaluator {
            has_replaced,
            config,
            index,
            phase,
            environment,
            objects,
            variables,
            cells: Cells::new(),
            nodes: ModuleNodes::new(),
            diagnostics: Mutex::default(),
            made: Mutex::default(),
            rules: Mutex::default(),
            refused: OnceLock::new(),
        })
    }

    /// The configuration.
    pub fn config(&self) -> &Arc<Config> {
        &self.config
    }

    /// The static references.
    pub fn index(&self) -> &Arc<Index> {
        &self.index
    }

    /// What this is for.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// What it may see of the world.
    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    /// The root module's instance.
    pub fn root(&self) -> Arc<ModuleNode> {
        self.nodes.root()
    }

    /// Every module instance met so far.
    pub fn module_nodes(&self) -> Vec<Arc<ModuleNode>> {
        self.nodes.all()
    }

    /// The module that an instance is of.
    pub fn module(&self, node: &ModuleNode) -> &Module {
        self.config.module(node.module)
    }

    /// Value of a variable of the root module as it was given.
    pub(crate) fn given(&self, name: &str) -> Option<&Given> {
        self.variables.get(name)
    }

    /// Says what is wrong.
    pub fn report(&self, diagnostic: impl Into<Diagnostics>) {
        self.diagnostics.lock().unwrap_or_else(PoisonError::into_inner).append(diagnostic.into());
    }

    /// Everything reported so far; it is handed out once.
    pub fn take_diagnostics(&self) -> Diagnostics {
        std::mem::take(&mut *self.diagnostics.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn note_made(&self, block: &DynamicBlock) {
        if self.phase() == Phase::Validate {
            self.made.lock().unwrap_or_else(PoisonError::into_inner).insert(block.content_header);
        }
    }

    /// Whether validating has made any of a dynamic block.
    pub fn has_made(&self, block: &DynamicBlock) -> bool {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).contains(&block.content_header)
    }

    /// Whether any error has been reported and not been taken.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.lock().unwrap_or_else(PoisonError::into_inner).has_errors()
    }

    /// Results of conditions evaluated so far; they are handed out once.
    pub fn take_rule_results(&self) -> Vec<RuleResult> {
        std::mem::take(&mut *self.rules.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Every cell asked for so far with the cells that went into it, by number.
    pub fn dependencies(&self) -> Vec<(CellKey, Vec<CellId>)> {
        let cells = self.cells.all();
        cells
            .iter()
            .map(|cell| {
                (cell.key.clone(), cell.inputs.get().map(|inputs| inputs.to_vec()).unwrap_or_default())
            })
            .collect()
    }

    /// The value of an expression.
    pub async fn evaluate(
        self: &Arc<Self>,
        expression: &Expression,
        scope: &Scope,
        frame: &mut Frame,
    ) -> Outcome {
        match self.inputs(expression, scope, frame).await {
            Some(inputs) => self.evaluate_ready(expression, scope, &inputs, &[]),
            None => Outcome::failed(),
        }
    }

    /// The values of what an expression refers to; `None` where one of them failed.
    pub(crate) async fn inputs(
        self: &Arc<Self>,
        expression: &Expression,
        scope: &Scope,
        frame: &mut Frame,
    ) -> Option<Inputs> {
        let mut inputs = Inputs::default();
        let mut failed = false;
        for (at, reference) in expression.references().iter().enumerate() {
            let outcome = match self.fetch(reference, scope, frame).await {
                Fetched::Found(outcome) => outcome,
                Fetched::Missing(problem) => {
                    inputs.missing.push((at, *problem));
                    Outcome::of(Value::dynamic())
                }
            };
            failed |= outcome.failed;
            inputs.values.push(outcome.value);
        }
        (!failed).then_some(inputs)
    }

    /// The value of an expression whose inputs are at hand.
    pub(crate) fn evaluate_ready(
        &self,
        expression: &Expression,
        scope: &Scope,
        inputs: &Inputs,
        locals: &[(Arc<str>, Value)],
    ) -> Outcome {
        let (value, diagnostics) = self.evaluate_unreported(expression, scope, inputs, locals);
        let failed = diagnostics.has_errors();
        if !diagnostics.is_empty() {
            self.report(diagnostics);
        }
        if failed { Outcome::failed() } else { Outcome::of(value) }
    }

    /// The same with what is to be said of it, for those who may not need the value.
    pub(crate) fn evaluate_unreported(
        &self,
        expression: &Expression,
        scope: &Scope,
        inputs: &Inputs,
        locals: &[(Arc<str>, Value)],
    ) -> (Value, Diagnostics) {
        self.with_context(scope, locals, |context| {
            expression.evaluate_with_missing(&inputs.values, &inputs.missing, context)
        })
    }

    /// What the references in an expression stand for, for a message about its value as a whole.
    pub(crate) fn describe(
        &self,
        expression: &Expression,
        scope: &Scope,
        inputs: &Inputs,
    ) -> Vec<(String, String)> {
        self.describe_seeing(expression, scope, inputs, &[])
    }

    /// The same for an expression that knows names beside the configuration's.
    pub(crate) fn describe_seeing(
        &self,
        expression: &Expression,
        scope: &Scope,
        inputs: &Inputs,
        locals: &[(Arc<str>, Value)],
    ) -> Vec<(String, String)> {
        self.with_context(scope, locals, |context| {
            expression.describe_values(&inputs.values, context, Mention::default())
        })
    }

    fn with_context<T>(
        &self,
        scope: &Scope,
        locals: &[(Arc<str>, Value)],
        work: impl FnOnce(&Context<'_>) -> T,
    ) -> T {
        let module = self.module(&scope.module);
        let environment = &self.environment;
        let caller = environment.call_provider.as_ref().map(|call| {
            move |provider: &str, function: &str, arguments: Vec<Value>| {
                call(module, provider, function, arguments)
            }
        });
        let random = environment.random.as_ref().map(|random| move |bytes: &mut [u8]| random(bytes));
        let world = FunctionWorld {
            files: &*environment.files,
            module_directory: &module.directory,
            now_ms: environment.now_ms,
            plan_time_ms: environment.plan_time_ms,
            random: random.as_ref().map(|random| random as &(dyn Fn(&mut [u8]) + Sync)),
            call_provider: caller.as_ref().map(|call| {
                call as &(dyn Fn(&str, &str, Vec<Value>) -> Result<Value, ProviderCallError> + Sync)
            }),
        };
        work(&Context { locals, world: &world })
    }

    /// What a reference stands for. Where `for_each` or `count` of the scope are not there, that is
    /// an error of the configuration which is reported here.
    pub(crate) async fn fetch(
        self: &Arc<Self>,
        reference: &Reference,
        scope: &Scope,
        frame: &mut Frame,
    ) -> Fetched {
        let module = scope.module.id;
        let outcome = match &reference.subject {
            Subject::Variable(name) => self.fetch_variable(name, scope, frame).await,
            Subject::Local(name) => self.value(CellKey::Local(module, name.clone()), frame).await,
            Subject::Resource(resource, key) => {
                return self.fetch_resource(reference, resource, key.as_ref(), scope, frame).await;
            }
            Subject::Module(call, key, output) => {
                return self.fetch_module(reference, call, key.as_ref(), output.as_ref(), scope, frame).await;
            }
            Subject::EachKey | Subject::EachValue | Subject::CountIndex => self.fetch_repetition(reference, scope),
            Subject::SelfObject => match &scope.self_value {
                Some(value) => Outcome::of(value.clone()),
                None => self.fail(
                    Diagnostic::error(
                        "Invalid \"self\" reference",
                        "The \"self\" object is not available in this context. This object can be used only in \
                         resource provisioner, connection, and postcondition blocks.",
                    )
                    .at(reference.span),
                ),
            },
            Subject::Path(kind) => Outcome::of(self.path(*kind, &scope.module)),
            Subject::Workspace => Outcome::of(Value::string(self.environment.workspace.clone())),
            Subject::Applying => {
                Outcome::of(Value::bool(self.phase == Phase::Apply).with_marks(Marks::EPHEMERAL))
            }
        };
        Fetched::Found(outcome)
    }

    /// Reports a problem; the outcome of what has it.
    pub(crate) fn fail(&self, diagnostic: Diagnostic) -> Outcome {
        self.report(diagnostic);
        Outcome::failed()
    }

    fn path(&self, kind: PathKind, node: &ModuleNode) -> Value {
        let text = match kind {
            PathKind::Module => self.module(node).directory.to_string_lossy().into_owned(),
            PathKind::Root => self.config.root().directory.to_string_lossy().into_owned(),
            PathKind::Cwd => self.environment.files.launch_directory().to_string_lossy().into_owned(),
        };
        Value::string(if text.is_empty() { ".".to_owned() } else { text })
    }

    fn fetch_repetition(&self, reference: &Reference, scope: &Scope) -> Outcome {
        use plumb_address::InstanceKey;
        let unknown = scope.unknown_key;
        let value = match (&reference.subject, &scope.key, unknown) {
            (Subject::CountIndex, InstanceKey::Int(index), _) => Some(Value::number(*index)),
            (Subject::CountIndex, _, Some(KeysKind::Count)) => Some(Value::unknown(Type::Number)),
            (Subject::EachKey, InstanceKey::String(key), _) => Some(Value::string(key.clone())),
            (Subject::EachKey, _, Some(KeysKind::ForEach)) => Some(Value::unknown(Type::String)),
            (Subject::EachValue, InstanceKey::String(_), _) => scope.each_value.clone(),
            (Subject::EachValue, _, Some(KeysKind::ForEach)) => Some(Value::dynamic()),
            _ => None,
        };
        if let Some(value) = value {
            return Outcome::of(value);
        }
        let diagnostic = if matches!(reference.subject, Subject::CountIndex) {
            Diagnostic::error(
                "Reference to \"count\" in non-counted context",
                "The \"count\" object can only be used in \"module\", \"resource\", and \"data\" blocks, and only when \
                 the \"count\" argument is set.",
            )
        } else {
            let summary = match reference.subject {
                Subject::EachValue => "each.value cannot be used in this context",
                _ => "Reference to \"each\" in context without for_each",
            };
            Diagnostic::error(
                summary,
                "The \"each\" object can be used only in \"module\" or \"resource\" blocks, and only when the \
                 \"for_each\" argument is set.",
            )
        };
        self.fail(diagnostic.at(reference.span))
    }

    /// The value of a cell.
    pub async fn value(self: &Arc<Self>, key: CellKey, frame: &mut Frame) -> Outcome {
        match self.cell(key, frame).await {
            CellResult::Value(outcome) => outcome,
            CellResult::Keys(_) => Outcome::failed(),
        }
    }

    /// Which instances a cell says there are.
    pub(crate) async fn keys_of(self: &Arc<Self>, key: CellKey, frame: &mut Frame) -> Option<Arc<Keys>> {
        match self.cell(key, frame).await {
            CellResult::Keys(keys) => keys,
            CellResult::Value(_) => None,
        }
    }

    async fn cell(self: &Arc<Self>, key: CellKey, frame: &mut Frame) -> CellResult {
        let (cell, first) = self.cells.get(key);
        frame.inputs.push(cell.id);
        if let Some(result) = cell.ready() {
            return result.clone();
        }
        if first {
            if frame.depth < DEPTH_MAX {
                self.compute_cell(cell.clone(), frame.depth + 1).await;
            } else {
                let evaluator = self.clone();
                let cell = cell.clone();
                tokio::spawn(async move { evaluator.compute_cell(cell, 0).await });
            }
        }
        cell.wait().await.clone()
    }

    /// Computes a cell. A panic on the way must not leave those who wait for it waiting.
    fn compute_cell(self: &Arc<Self>, cell: Arc<Cell>, depth: u32) -> BoxFuture<'static, ()> {
        let evaluator = self.clone();
        Box::pin(async move {
            let mut frame = Frame::at_depth(depth);
            let computed = AssertUnwindSafe(evaluator.compute(&cell.key, &mut frame)).catch_unwind().await;
            let result = computed.unwrap_or_else(|_| {
                evaluator.report(Diagnostic::error(
                    "Internal error",
                    format!("Evaluating {:?} ended in a bug of Plumb. Please report it; nothing has been changed.", cell.key),
                ));
                CellResult::Value(Outcome::failed())
            });
            cell.finish(result, frame.inputs);
        })
    }

    fn compute<'a>(self: &'a Arc<Self>, key: &'a CellKey, frame: &'a mut Frame) -> BoxFuture<'a, CellResult> {
        match key {
            CellKey::ResourceKeys(node, resource) => Box::pin(async move {
                CellResult::Keys(self.compute_resource_keys(&self.nodes.get(*node), resource, frame).await)
            }),
            CellKey::CallKeys(node, call) => Box::pin(async move {
                CellResult::Keys(self.compute_call_keys(&self.nodes.get(*node), call, frame).await)
            }),
            CellKey::Variable(node, name) => {
                self.outcome(async move { self.compute_variable(&self.nodes.get(*node), name, frame).await })
            }
            CellKey::Valid(node, name) => {
                self.outcome(async move { self.compute_valid(&self.nodes.get(*node), name, frame).await })
            }
            CellKey::Local(node, name) => {
                self.outcome(async move { self.compute_local(self.nodes.get(*node), name, frame).await })
            }
            CellKey::Output(node, name) => {
                self.outcome(async move { self.compute_output(self.nodes.get(*node), name, frame).await })
            }
            CellKey::Instance(node, resource, key) => self.outcome(async move {
                self.compute_instance(&self.nodes.get(*node), resource, key, frame).await
            }),
            CellKey::Resource(node, resource) => self
                .outcome(async move { self.compute_resource(&self.nodes.get(*node), resource, frame).await }),
            CellKey::Call(node, call) => {
                self.outcome(async move { self.compute_call(&self.nodes.get(*node), call, frame).await })
            }
            CellKey::Done(node) => {
                self.outcome(async move { self.compute_done(&self.nodes.get(*node), frame).await })
            }
            CellKey::Gate(node) => {
                self.outcome(async move { self.compute_gate(&self.nodes.get(*node), frame).await })
            }
            CellKey::Provider(address) => {
                self.outcome(async move { self.compute_provider(address, frame).await })
            }
        }
    }

    fn outcome<'a>(&self, work: impl Future<Output = Outcome> + Send + 'a) -> BoxFuture<'a, CellResult> {
        Box::pin(async move { CellResult::Value(work.await) })
    }

    async fn compute_local(
        self: &Arc<Self>,
        node: Arc<ModuleNode>,
        name: &Arc<str>,
        frame: &mut Frame,
    ) -> Outcome {
        let config = self.config.clone();
        match config.module(node.module).locals.get(name) {
            Some(local) => self.evaluate(&local.value, &Scope::module(node), frame).await,
            None => Outcome::failed(),
        }
    }

    async fn compute_output(
        self: &Arc<Self>,
        node: Arc<ModuleNode>,
        name: &Arc<str>,
        frame: &mut Frame,
    ) -> Outcome {
        let config = self.config.clone();
        let Some(output) = config.module(node.module).outputs.get(name) else { return Outcome::failed() };
        if let Some(said) = self.said_of(&node, name) {
            return Outcome::of(said.with_marks(output_marks(output)));
        }
        let scope = Scope::module(node);
        for reference in &output.depends_on {
            if self.depend(reference, &scope, frame).await.failed {
                return Outcome::failed();
            }
        }
        if self.phase != Phase::Destroy {
            let address =
                plumb_address::OutputAddress { module: scope.module.address.clone(), name: name.clone() };
            let held = self
                .check_rules("output", &address.to_string(), &output.preconditions, &scope, frame, true)
                .await;
            if !held {
                return Outcome::failed();
            }
        }
        let outcome = self.evaluate(&output.value, &scope, frame).await;
        if outcome.failed {
            return outcome;
        }
        if scope.module.address.is_root() {
            if self.leaks(output, &outcome.value) {
                return Outcome::failed();
            }
            if let Some(part) = outcome.value.infinite_part() {
                let problem = infinite(&format!("output.{name}"), &part);
                return self.fail(problem.at(output.value.span()));
            }
        }
        Outcome::of(outcome.value.with_marks(output_marks(output)))
    }

    /// Whether an output of the root module would show what must not be shown, or store what must
    /// not be stored; that is reported.
    fn leaks(&self, output: &plumb_configuration::Output, value: &Value) -> bool {
        let marks = value.deep_marks();
        if marks.is_ephemeral() && !output.ephemeral {
            self.report(
                Diagnostic::error(
                    "Ephemeral value not allowed",
                    format!(
                        "This output value is not declared as returning an ephemeral value, so \"{}\" cannot be set to \
                         a value derived from one.",
                        output.name
                    ),
                )
                .at(output.value.span()),
            );
            return true;
        }
        if marks.is_sensitive() && !output.sensitive {
            self.report(
                Diagnostic::error(
                    "Output refers to sensitive values",
                    "To reduce the risk of accidentally exporting sensitive data that was intended to be only \
                     internal, any root module output containing sensitive data must be explicitly marked as \
                     sensitive, to confirm your intent.\n\nIf you do intend to export this data, annotate \
                     the output value as sensitive by adding the following argument:\n    sensitive = true",
                )
                .at(output.span),
            );
            return true;
        }
        false
    }

    async fn compute_provider(
        self: &Arc<Self>,
        address: &plumb_address::ProviderConfigAddress,
        frame: &mut Frame,
    ) -> Outcome {
        let config = self.config.clone();
        let block = config.provider_block(address);
        if block.is_some_and(|block| block.is_mocked) {
            return Outcome::of(Value::null(Type::Dynamic));
        }
        let schema = match self.objects.schemas().provider_schema(&address.provider).await {
            Ok(schema) => schema,
            Err(diagnostics) => {
                self.report(diagnostics);
                return Outcome::failed();
            }
        };
        let Some(node) = self.single_node(&address.module, frame).await else { return Outcome::failed() };
        let empty = plumb_configuration::Body::default();
        let (body, locals) = block.map_or((&empty, &[][..]), |block| (&block.body, &block.locals[..]));
        let scope = match (&address.key, block) {
            (Some(key), Some(block)) => {
                let each_value = block.instances.get(key).cloned();
                Scope::instance(node.clone(), plumb_address::InstanceKey::String(key.clone()), each_value)
            }
            _ => Scope::module(node.clone()),
        };
        let decoded = self.decode_seeing(body, &schema.block, &scope, locals, frame).await;
        if decoded.failed { Outcome::failed() } else { Outcome::of(decoded.value) }
    }

    /// The only instance of a module as written; `None` where it has none or that failed.
    async fn single_node(
        self: &Arc<Self>,
        path: &plumb_address::ConfigModule,
        frame: &mut Frame,
    ) -> Option<Arc<ModuleNode>> {
        let mut node = self.root();
        for call in path.0.iter() {
            node = self.call_instances(&node, call, frame).await?.into_iter().next()?;
        }
        Some(node)
    }

    /// A table of the root module's variables as evaluated, for the plan.
    pub async fn root_variables(self: &Arc<Self>) -> HashMap<Arc<str>, Value> {
        let mut values = HashMap::new();
        for name in self.config.root().variables.keys() {
            let outcome = self.value(CellKey::Variable(0, name.clone()), &mut Frame::new()).await;
            if !outcome.failed {
                values.insert(name.clone(), outcome.value);
            }
        }
        values
    }
}

/// What an output is declared as.
fn output_marks(output: &plumb_configuration::Output) -> Marks {
    let mut marks = Marks::NONE;
    if output.sensitive {
        marks |= Marks::SENSITIVE;
    }
    if output.ephemeral {
        marks |= Marks::EPHEMERAL;
    }
    marks
}
