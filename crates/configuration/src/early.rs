//! Values that are needed before anything else is: sources of modules, the backend, keys of providers.
//!
//! Responsible for what expressions come to that refer to variables, locals, paths and the workspace
//! alone, and for saying of others that they cannot be known so early. The rest of the configuration is
//! evaluated elsewhere, where objects have values.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use plumb_diagnostics::{Diagnostic, Diagnostics, did_you_mean};
use plumb_expression::{Context, Expression, FunctionWorld, PathKind, Reference, Subject};
use plumb_source::{Files, Span};
use plumb_value::{Marks, Value};

use crate::config::{Config, Module, ModuleId, Variable};
use crate::given::Given;

/// What can be known before a configuration is evaluated. Nothing is asked for that nobody needs.
pub trait EarlyInputs: Sync {
    /// The value that a variable of the root module was given, if any.
    fn given(&self, variable: &Variable) -> (Option<Given>, Diagnostics);

    /// The name of the workspace.
    ///
    /// # Errors
    /// Why there is none.
    fn workspace(&self) -> Result<Arc<str>, Diagnostics>;

    /// Files that functions read.
    fn files(&self) -> &dyn Files;
}

/// Nothing is given: there are defaults only.
#[derive(Default)]
pub struct NoEarlyInputs(plumb_source::MemoryFiles);

impl EarlyInputs for NoEarlyInputs {
    fn given(&self, _variable: &Variable) -> (Option<Given>, Diagnostics) {
        (None, Diagnostics::new())
    }

    fn workspace(&self) -> Result<Arc<str>, Diagnostics> {
        Ok("default".into())
    }

    fn files(&self) -> &dyn Files {
        &self.0
    }
}

/// A variable or a local of a module.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Cell {
    Variable(ModuleId, Arc<str>),
    Local(ModuleId, Arc<str>),
}

/// What a cell's value is made of.
enum Origin<'c> {
    /// It is there, or it is known why not.
    Found(Option<Value>),
    /// An expression within a module, for a variable where that is one.
    Expression(ModuleId, &'c Expression, Option<&'c Variable>),
}

/// Evaluates what is needed early. Every cell is computed once, and every mistake is told once.
pub struct EarlyEvaluator<'c> {
    config: &'c Config,
    inputs: &'c dyn EarlyInputs,
    /// `None` for those that failed, which has been told.
    values: HashMap<Cell, Option<Value>>,
    diagnostics: Diagnostics,
}

impl<'c> EarlyEvaluator<'c> {
    /// Nothing is evaluated yet.
    pub fn new(config: &'c Config, inputs: &'c dyn EarlyInputs) -> Self {
        EarlyEvaluator { config, inputs, values: HashMap::new(), diagnostics: Diagnostics::new() }
    }

    /// Everything that was wrong.
    pub fn finish(self) -> Diagnostics {
        self.diagnostics
    }

    /// How much has been told so far.
    pub(crate) fn told(&self) -> usize {
        self.diagnostics.len()
    }

    /// Says what else is wrong.
    pub fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// The value of an expression in a module; `None` where there is none, which is told. `what` says what
    /// needs it, such as `module.network.source`.
    pub fn evaluate(&mut self, module: ModuleId, expression: &Expression, what: &str) -> Option<Value> {
        let before = std::mem::take(&mut self.diagnostics);
        let value = self.settle(module, expression).and_then(|()| self.compute(module, expression));
        let mut found = std::mem::replace(&mut self.diagnostics, before);
        let own = expression.span();
        for diagnostic in found.iter_mut() {
            let is_elsewhere = diagnostic.subject.is_none_or(|subject| !encloses(own, subject));
            if is_elsewhere && diagnostic.is_error() {
                diagnostic.notes.push(plumb_diagnostics::Note {
                    span: own,
                    message: format!("{what} needs the value before anything is evaluated"),
                });
            }
        }
        self.diagnostics.append(found);
        value
    }

    /// Computes everything that an expression refers to. Without recursion, so that chains of any length
    /// will do.
    fn settle(&mut self, module: ModuleId, expression: &Expression) -> Option<()> {
        let mut pending = self.needs(module, expression)?;
        let mut open: HashSet<Cell> = HashSet::new();
        while let Some((cell, span)) = pending.last().cloned() {
            if self.values.contains_key(&cell) {
                pending.pop();
                continue;
            }
            let (module, expression, variable) = match self.origin(&cell, span) {
                Origin::Found(value) => {
                    self.values.insert(cell, value);
                    continue;
                }
                Origin::Expression(module, expression, variable) => (module, expression, variable),
            };
            let missing = match self.needs(module, expression) {
                Some(needs) => needs.into_iter().filter(|(need, _)| !self.values.contains_key(need)),
                None => {
                    self.values.insert(cell, None);
                    continue;
                }
            };
            let missing: Vec<(Cell, Span)> = missing.collect();
            if missing.is_empty() {
                let value = self.compute(module, expression);
                let value = match variable {
                    Some(variable) => value.and_then(|value| self.argument(variable, &value, expression)),
                    None => value,
                };
                self.values.insert(cell, value);
                continue;
            }
            open.insert(cell);
            for (need, span) in missing {
                if open.contains(&need) {
                    self.report(circular(&need, span));
                    self.values.insert(need, None);
                } else {
                    pending.push((need, span));
                }
            }
        }
        Some(())
    }

    /// The cells that an expression refers to; `None` where it refers to something else, which is told.
    fn needs(&mut self, module: ModuleId, expression: &Expression) -> Option<Vec<(Cell, Span)>> {
        if expression.problems().has_errors() {
            self.diagnostics.append(expression.problems().clone());
            return None;
        }
        let before = self.diagnostics.len();
        for call in expression.provider_calls() {
            let detail = format!(
                "provider::{}::{} is a function of a provider, and this must be known before any provider is there. Use \
                 functions of the language alone.",
                call.provider, call.function
            );
            self.report(Diagnostic::error("Provider function in static context", detail).at(call.span));
        }
        let mut cells = Vec::new();
        for reference in expression.references() {
            match &reference.subject {
                Subject::Variable(name) => {
                    cells.push((Cell::Variable(module, name.clone()), reference.span));
                }
                Subject::Local(name) => cells.push((Cell::Local(module, name.clone()), reference.span)),
                Subject::Path(_) | Subject::Workspace => {}
                _ => self.report(dynamic(reference)),
            }
        }
        (self.diagnostics.len() == before).then_some(cells)
    }

    fn origin(&mut self, cell: &Cell, span: Span) -> Origin<'c> {
        match cell {
            Cell::Local(id, name) => {
                let module = self.config.module(*id);
                match module.locals.get(name) {
                    Some(local) => Origin::Expression(*id, &local.value, None),
                    None => {
                        self.report(undefined("local", name, module.locals.keys(), span));
                        Origin::Found(None)
                    }
                }
            }
            Cell::Variable(id, name) => {
                let module = self.config.module(*id);
                match module.variables.get(name) {
                    Some(variable) => self.origin_of_variable(module, variable),
                    None => {
                        self.report(undefined("variable", name, module.variables.keys(), span));
                        Origin::Found(None)
                    }
                }
            }
        }
    }

    fn origin_of_variable(&mut self, module: &'c Module, variable: &'c Variable) -> Origin<'c> {
        let Some((caller, call)) = &module.parent else { return Origin::Found(self.input(variable)) };
        let Some(block) = self.config.module(*caller).calls.get(call) else { return Origin::Found(None) };
        if let Some(argument) = block.arguments.get(&variable.name) {
            return Origin::Expression(*caller, &argument.value, Some(variable));
        }
        if variable.default.is_none() {
            let detail = format!(
                "The call of module \"{call}\" gives no value to the variable \"{}\", which has no default.",
                variable.name
            );
            let problem = Diagnostic::error("Missing required variable in module call", detail);
            self.report(problem.at(block.span).note(variable.span, "the variable is declared here"));
        }
        Origin::Found(variable.default.clone().map(|value| marked(variable, value)))
    }

    /// The value of a variable of the root module.
    fn input(&mut self, variable: &Variable) -> Option<Value> {
        let (given, problems) = self.inputs.given(variable);
        let failed = problems.has_errors();
        self.diagnostics.append(problems);
        if failed {
            return None;
        }
        let value = match given {
            Some(given) => given.fit(variable).map_err(|problem| self.report(*problem)).ok(),
            None => {
                if variable.default.is_none() {
                    self.report(missing(variable));
                }
                variable.default.clone()
            }
        };
        value.map(|value| marked(variable, value))
    }

    /// The value that a call gives to a variable of its module.
    fn argument(&mut self, variable: &Variable, value: &Value, expression: &Expression) -> Option<Value> {
        match variable.fit(value) {
            Ok(value) => Some(marked(variable, value)),
            Err(reason) => {
                let detail = format!("The given value is not suitable for var.{}: {reason}.", variable.name);
                let problem = Diagnostic::error(reason.summary(), detail).at(expression.span());
                self.report(problem.note(variable.span, "the variable is declared here"));
                None
            }
        }
    }

    /// The value of an expression whose cells are computed.
    fn compute(&mut self, id: ModuleId, expression: &Expression) -> Option<Value> {
        let module = self.config.module(id);
        let values: Option<Vec<Value>> =
            expression.references().iter().map(|reference| self.value(id, module, reference)).collect();
        let world = FunctionWorld {
            module_directory: &module.directory,
            ..FunctionWorld::nothing(self.inputs.files())
        };
        let (value, diagnostics) = expression.evaluate(&values?, &Context { locals: &[], world: &world });
        let failed = diagnostics.has_errors();
        self.diagnostics.append(diagnostics);
        (!failed).then_some(value)
    }

    fn value(&mut self, id: ModuleId, module: &Module, reference: &Reference) -> Option<Value> {
        match &reference.subject {
            Subject::Variable(name) => self.values.get(&Cell::Variable(id, name.clone())).cloned().flatten(),
            Subject::Local(name) => self.values.get(&Cell::Local(id, name.clone())).cloned().flatten(),
            Subject::Path(kind) => Some(self.path(*kind, module)),
            Subject::Workspace => match self.inputs.workspace() {
                Ok(name) => Some(Value::string(name)),
                Err(problems) => {
                    self.diagnostics.append(problems);
                    None
                }
            },
            // Nobody gets here with a reference that was refused.
            _ => None,
        }
    }

    fn path(&self, kind: PathKind, module: &Module) -> Value {
        let path = match kind {
            PathKind::Module => module.directory.clone(),
            PathKind::Root => self.config.root().directory.clone(),
            PathKind::Cwd => self.inputs.files().launch_directory(),
        };
        let text = path.to_string_lossy().into_owned();
        Value::string(if text.is_empty() { ".".to_owned() } else { text })
    }
}

fn encloses(outer: Span, inner: Span) -> bool {
    outer.file == inner.file && outer.start <= inner.start && inner.end <= outer.end
}

fn marked(variable: &Variable, value: Value) -> Value {
    let mut marks = Marks::NONE;
    if variable.sensitive {
        marks |= Marks::SENSITIVE;
    }
    if variable.ephemeral {
        marks |= Marks::EPHEMERAL;
    }
    value.with_marks(marks)
}

/// What to say of a reference to something that has no value yet.
pub(crate) fn dynamic(reference: &Reference) -> Diagnostic {
    let (headline, why) = match &reference.subject {
        Subject::Module(..) => (
            "Module output not supported in static context",
            "is known only when the module has been evaluated",
        ),
        Subject::Applying => {
            ("Invalid attribute in static context", "is known only while planning and applying")
        }
        Subject::Resource(..) => {
            ("Dynamic value in static context", "is known only when the object has been planned or read")
        }
        _ => ("Dynamic value in static context", "differs from one instance to the next"),
    };
    let detail = format!(
        "{} {why}, and this must be known before that. Here may be variables, locals that are made of such, path.* and \
         terraform.workspace.",
        reference.text
    );
    Diagnostic::error(headline, detail).at(reference.span)
}

fn undefined<'n>(
    kind: &str,
    name: &str,
    known: impl Iterator<Item = &'n Arc<str>>,
    span: Span,
) -> Diagnostic {
    let hint = did_you_mean(name, known.map(|name| &**name));
    Diagnostic::error(
        format!("Undefined {kind}"),
        format!("A {kind} with the name \"{name}\" has not been declared.{hint}"),
    )
    .at(span)
}

fn circular(cell: &Cell, span: Span) -> Diagnostic {
    let name = match cell {
        Cell::Variable(_, name) => format!("var.{name}"),
        Cell::Local(_, name) => format!("local.{name}"),
    };
    let detail = format!("The value of {name} is made of what is made of {name}, so there is no beginning.");
    Diagnostic::error("Circular reference", detail).at(span)
}

fn missing(variable: &Variable) -> Diagnostic {
    let detail = format!(
        "The root module input variable \"{0}\" is not set, and has no default value. Use -var '{0}=...', -var-file or the \
         variable TF_VAR_{0} of the environment, with this command and with every other that needs the same value.",
        variable.name
    );
    Diagnostic::error("No value for required variable", detail).at(variable.span)
}
