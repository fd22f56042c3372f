//! A compiled expression: the front door of this crate.

use std::path::Path;
use std::sync::Arc;

use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_source::{Files, Span};
use plumb_syntax::ast;
use plumb_value::Value;

use crate::compile::{self, Compiled};
use crate::describe::Shown;
use crate::evaluate::Evaluator;
use crate::node::Node;
use crate::reference::{ProviderCall, Reference, RepetitionKey};

/// An expression with its references found.
///
/// Evaluating it needs one value for each of [`Expression::references`], in their order. Cloning
/// costs nothing to speak of.
#[derive(Clone, Debug)]
pub struct Expression {
    content: Arc<Content>,
}

#[derive(Debug)]
struct Content {
    syntax: ast::Expr,
    root: Node,
    references: Vec<Reference>,
    provider_calls: Vec<ProviderCall>,
    is_pure: bool,
    problems: Diagnostics,
}

/// What evaluation needs besides the values of references.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Values of names that only a part of the configuration knows, such as the iterator of a
    /// `dynamic` block. They were named when the expression was compiled.
    pub locals: &'a [(Arc<str>, Value)],
    /// What functions may see of the world.
    pub world: &'a FunctionWorld<'a>,
}

/// Calls a function of a provider: local name of the provider, function, arguments without marks.
pub type CallProvider<'a> = dyn Fn(&str, &str, Vec<Value>) -> Result<Value, ProviderCallError> + Sync + 'a;

/// Why a call of a provider's function failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProviderCallError {
    /// There is no such function; a whole sentence.
    Unknown(String),
    /// Arguments are missing, the first of them this one.
    Missing(Arc<str>),
    /// There are more arguments than the function takes: so many.
    TooMany(usize),
    /// An argument is at fault.
    Argument {
        /// Its position.
        position: usize,
        /// The parameter's name.
        parameter: Arc<str>,
        /// What is wrong with it, as part of a sentence.
        reason: String,
    },
    /// Something else, as part of a sentence.
    Failed(String),
}

/// Fills a buffer with random bytes.
pub type Random<'a> = dyn Fn(&mut [u8]) + Sync + 'a;

/// What functions may see of the world.
#[derive(Clone, Copy)]
pub struct FunctionWorld<'a> {
    /// Files, for `file` and its like; relative paths are relative to the working directory.
    pub files: &'a dyn Files,
    /// Directory of the module, for functions that name it in messages.
    pub module_directory: &'a Path,
    /// The time for `timestamp()` in milliseconds since 1970; `None` during planning, when results
    /// of impure functions are unknown.
    pub now_ms: Option<i64>,
    /// The time for `plantimestamp()`.
    pub plan_time_ms: Option<i64>,
    /// Source of randomness for `uuid` and `bcrypt`; `None` during planning.
    pub random: Option<&'a Random<'a>>,
    /// Calls functions of providers.
    pub call_provider: Option<&'a CallProvider<'a>>,
}

/// Which references the messages about an error may speak of.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mention {
    /// Say of unknown values that they are known only after apply: where that is the error's cause.
    pub unknown: bool,
    /// Say of sensitive values that they are: where that is the error's cause.
    pub sensitive: bool,
}

impl Expression {
    /// Compiles an expression. `locals` are names that the context will know; they are no
    /// references. The result can be used even after errors: what failed evaluates to an unknown
    /// value without a further message.
    pub fn compile(syntax: &ast::Expr, locals: &[Arc<str>]) -> (Expression, Diagnostics) {
        let expression = Self::compile_quietly(syntax, locals);
        let problems = expression.problems().clone();
        (expression, problems)
    }

    /// The same for who asks for the [`Expression::problems`] later.
    pub fn compile_quietly(syntax: &ast::Expr, locals: &[Arc<str>]) -> Expression {
        let Compiled { root, references, provider_calls, is_pure, diagnostics: problems } =
            compile::compile(syntax, locals);
        let content = Content { syntax: syntax.clone(), root, references, provider_calls, is_pure, problems };
        Expression { content: Arc::new(content) }
    }

    /// What was wrong with it when it was compiled.
    pub fn problems(&self) -> &Diagnostics {
        &self.content.problems
    }

    /// What it refers to. Keys that are [`RepetitionKey::Computed`] have references of their own,
    /// which are not among these.
    pub fn references(&self) -> &[Reference] {
        &self.content.references
    }

    /// What it and the keys of its references refer to, all the way down: what static analysis has
    /// to look at.
    pub fn all_references(&self) -> Vec<&Reference> {
        let mut all = Vec::new();
        let mut pending: Vec<&Expression> = vec![self];
        while let Some(expression) = pending.pop() {
            for reference in expression.references() {
                all.push(reference);
                if let Some(RepetitionKey::Computed(key)) = reference.key() {
                    pending.push(key);
                }
            }
        }
        all
    }

    /// Functions of providers that it calls.
    pub fn provider_calls(&self) -> &[ProviderCall] {
        &self.content.provider_calls
    }

    /// Where it stands.
    pub fn span(&self) -> Span {
        self.content.syntax.span
    }

    /// The syntax tree that it was made from, for static analysis.
    pub fn syntax(&self) -> &ast::Expr {
        &self.content.syntax
    }

    /// Its value, if it depends on nothing but itself and has no error.
    pub fn constant(&self) -> Option<Value> {
        if !self.content.is_pure || !self.content.references.is_empty() {
            return None;
        }
        let files = plumb_source::MemoryFiles::new();
        let world = FunctionWorld::nothing(&files);
        let (value, diagnostics) = self.evaluate(&[], &Context { locals: &[], world: &world });
        (!diagnostics.has_errors() && value.is_wholly_known()).then_some(value)
    }

    /// Its value, given the values of [`Expression::references`] in their order. Where that fails
    /// the value is unknown, or has unknown parts, and the diagnostics say why.
    pub fn evaluate(&self, inputs: &[Value], context: &Context<'_>) -> (Value, Diagnostics) {
        self.evaluate_with_missing(inputs, &[], context)
    }

    /// The same where some references, named by their position, lead to nothing, such as to an
    /// instance that is not there. Their inputs are not looked at. That is an error only where the
    /// value counts: not within `try`, nor on the side of a conditional that is not chosen.
    pub fn evaluate_with_missing(
        &self,
        inputs: &[Value],
        missing: &[(usize, Diagnostic)],
        context: &Context<'_>,
    ) -> (Value, Diagnostics) {
        debug_assert_eq!(inputs.len(), self.content.references.len());
        let mut evaluator = Evaluator::new(&self.content.references, inputs, context).with_missing(missing);
        let value = evaluator.node(&self.content.root);
        (value, evaluator.finish())
    }

    /// What its references stand for, for a message about its value as a whole, as
    /// [`plumb_diagnostics::Diagnostic::values`] takes them.
    pub fn describe_values(
        &self,
        inputs: &[Value],
        context: &Context<'_>,
        mention: Mention,
    ) -> Vec<(String, String)> {
        let evaluator = Evaluator::new(&self.content.references, inputs, context);
        Shown { evaluator: &evaluator, mention }.values(&self.content.root)
    }
}

impl<'a> FunctionWorld<'a> {
    /// A world without time, randomness and providers.
    pub fn nothing(files: &'a dyn Files) -> Self {
        FunctionWorld {
            files,
            module_directory: Path::new("."),
            now_ms: None,
            plan_time_ms: None,
            random: None,
            call_provider: None,
        }
    }
}
