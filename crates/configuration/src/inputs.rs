//! Values of the root module's variables, from everywhere that they can come from.
//!
//! From the weakest to the strongest: the environment, `terraform.tfvars`, `terraform.tfvars.json`,
//! `*.auto.tfvars` and `*.auto.tfvars.json` by name, then the command line in its own order.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use plumb_diagnostics::{Diagnostic, Diagnostics, did_you_mean};
use plumb_source::{FileId, Files, SourceMap, Span};
use plumb_syntax::ast::Expr;
use plumb_value::{Type, Value};

use crate::config::{Module, Variable};
use crate::deprecated;
use crate::given::{Given, GivenValues, Origin};
use crate::module::join;
use crate::reader::constant;

/// An argument of the command line that sets variables.
#[derive(Clone, Debug)]
pub enum InputArgument {
    /// `-var NAME=VALUE`.
    Value(String),
    /// `-var-file PATH`.
    File(String),
}

/// Everything that variables can come from.
pub struct InputSources<'a> {
    /// Where files are read.
    pub files: &'a dyn Files,
    /// Takes in the files read, for messages.
    pub sources: &'a SourceMap,
    /// Directory of the root module.
    pub directory: &'a Path,
    /// Environment variables `TF_VAR_NAME`, the prefix taken off.
    pub environment: &'a [(String, String)],
    /// Of the command line, in order.
    pub arguments: &'a [InputArgument],
}

/// What was found for the variables.
#[derive(Debug, Default)]
pub struct Inputs {
    /// Values as given. Variables with a default that were not given are not here.
    pub values: GivenValues,
    /// Variables that have no value and no default: someone must be asked.
    pub missing: Vec<Arc<str>>,
}

/// A value before its variable has been looked at.
enum Raw {
    /// Text from outside with words for how it came: what it means depends on the variable's type.
    Text(String, Arc<str>),
    /// An expression in a file, with the file's path and the name's place.
    Expression(Expr, Arc<str>, Span),
    /// A value in a JSON file.
    Value(Value, Arc<str>, Span),
}

/// Collects the values of a module's variables. Where files or arguments cannot be read at all,
/// nothing is said about single values.
pub fn collect_inputs(module: &Module, from: &InputSources<'_>) -> (Inputs, Diagnostics) {
    let mut collector = Collector::new(&module.variables, from);
    collector.environment();
    collector.automatic_files(from.directory);
    collector.arguments();
    if collector.diagnostics.has_errors() {
        return (Inputs::default(), collector.diagnostics);
    }
    collector.finish()
}

/// Values for whatever module asks for them: tests run several, and refer to values that none declares.
#[derive(Default)]
pub struct FreeInputs {
    raw: BTreeMap<Arc<str>, Raw>,
}

impl FreeInputs {
    /// Collects the values. Files in `further`, such as the directory of tests, are stronger than those of
    /// the root module's directory.
    pub fn collect(from: &InputSources<'_>, further: Option<&Path>) -> (Self, Diagnostics) {
        let nothing = BTreeMap::new();
        let mut collector = Collector::new(&nothing, from);
        for (name, text) in from.environment {
            collector.take_from_environment(name, text);
        }
        collector.automatic_files(from.directory);
        if let Some(further) = further {
            collector.automatic_files(further);
        }
        collector.arguments();
        (FreeInputs { raw: collector.raw }, collector.diagnostics)
    }

    /// The names that have values.
    pub fn names(&self) -> impl Iterator<Item = &Arc<str>> {
        self.raw.keys()
    }

    /// A value as a variable takes it, or as it looks where nobody declares one.
    pub fn value(
        &self,
        name: &str,
        variable: Option<&Variable>,
        sources: &SourceMap,
    ) -> (Option<Given>, Diagnostics) {
        let Some(raw) = self.raw.get(name) else { return (None, Diagnostics::new()) };
        match (raw, variable) {
            (_, Some(variable)) => given(variable, raw, sources),
            (Raw::Text(text, how), None) => {
                (Some(Given::told(undeclared_value(text), how.clone())), Diagnostics::new())
            }
            (Raw::Expression(expression, ..), None) => {
                let (value, diagnostics) = constant(expression);
                (value.map(|value| Given { value, origin: Origin::File(expression.span) }), diagnostics)
            }
            (Raw::Value(value, _, span), None) => {
                (Some(Given { value: value.clone(), origin: Origin::File(*span) }), Diagnostics::new())
            }
        }
    }
}

/// What a text is that no variable has a type for: an expression where it is one, otherwise itself.
fn undeclared_value(text: &str) -> Value {
    let (expression, diagnostics) = plumb_syntax::parse_expression(text, plumb_source::FileId::NONE);
    let value = if diagnostics.has_errors() { None } else { constant(&expression).0 };
    value.unwrap_or_else(|| Value::string(text))
}

/// The tree of a file in JSON, where it is one.
fn parsed(text: &str, file: FileId) -> (Option<plumb_syntax::json::Value>, Diagnostics) {
    match plumb_syntax::json::parse(text, file) {
        Ok(root) => (Some(root), Diagnostics::new()),
        Err(problems) => (None, problems),
    }
}

fn given(variable: &Variable, raw: &Raw, sources: &SourceMap) -> (Option<Given>, Diagnostics) {
    match raw {
        Raw::Text(text, how) => {
            let (value, diagnostics) = value_from_text(variable, text, sources);
            (value.map(|value| Given::told(value, how.clone())), diagnostics)
        }
        Raw::Expression(expression, _, _) => {
            let (value, diagnostics) = constant(expression);
            (value.map(|value| Given { value, origin: Origin::File(expression.span) }), diagnostics)
        }
        Raw::Value(value, _, span) => {
            (Some(Given { value: value.clone(), origin: Origin::File(*span) }), Diagnostics::new())
        }
    }
}

/// The value that a text means for a variable, as `-var` and the environment give it and as an
/// answer to a question does; not converted yet.
pub fn value_from_text(variable: &Variable, text: &str, sources: &SourceMap) -> (Option<Value>, Diagnostics) {
    let is_literal = matches!(variable.ty, Type::String | Type::Number | Type::Bool)
        || (variable.ty == Type::Dynamic && !variable.has_type);
    if is_literal {
        return (Some(Value::string(text)), Diagnostics::new());
    }
    let file = sources.add(format!("<value for var.{}>", variable.name), text);
    let (expression, mut diagnostics) = plumb_syntax::parse_expression(text, file);
    if diagnostics.has_errors() {
        return (None, diagnostics);
    }
    let value = diagnostics.take(constant(&expression));
    (value, diagnostics)
}

/// What to say of a block where there can only be values.
fn block_in_file(block: &plumb_syntax::ast::Block, path: &str) -> Diagnostic {
    match (&*block.kind.text, &block.labels[..]) {
        ("variable", [label]) => Diagnostic::error(
            "Variable declaration in .tfvars file",
            format!(
                "A .tfvars file is used to assign values to variables that have already been declared in .tf files, not to \
                 declare new variables. To declare variable \"{0}\", place this block in one of your .tf files, such as \
                 variables.tf.\n\nTo set a value for this variable in {path}, use the definition syntax instead:\n    {0} = \
                 <value>",
                label.text
            ),
        )
        .at(block.header),
        _ => crate::values::unexpected_block(block),
    }
}

struct Collector<'a> {
    variables: &'a BTreeMap<Arc<str>, Variable>,
    from: &'a InputSources<'a>,
    raw: BTreeMap<Arc<str>, Raw>,
    diagnostics: Diagnostics,
}

/// How many values in files for variables that there are not are told of one by one.
const UNDECLARED_SHOWN: usize = 2;

impl<'a> Collector<'a> {
    fn new(variables: &'a BTreeMap<Arc<str>, Variable>, from: &'a InputSources<'a>) -> Self {
        Collector { variables, from, raw: BTreeMap::new(), diagnostics: Diagnostics::new() }
    }

    fn environment(&mut self) {
        for (name, text) in self.from.environment {
            // Others may be meant for other configurations, so nothing is said of them.
            if self.variables.contains_key(name.as_str()) {
                self.take_from_environment(name, text);
            }
        }
    }

    fn take_from_environment(&mut self, name: &str, text: &str) {
        let how = format!("using the TF_VAR_{name} environment variable");
        self.raw.insert(name.into(), Raw::Text(text.to_owned(), how.into()));
    }

    fn automatic_files(&mut self, directory: &Path) {
        let mut names: Vec<String> = ["terraform.tfvars", "terraform.tfvars.json"]
            .into_iter()
            .filter(|name| self.from.files.is_file(&join(directory, name)))
            .map(str::to_owned)
            .collect();
        if let Ok(entries) = self.from.files.list(directory) {
            names.extend(entries.into_iter().filter_map(|(name, is_directory)| {
                let automatic = name.ends_with(".auto.tfvars") || name.ends_with(".auto.tfvars.json");
                (automatic && !is_directory && !name.starts_with('.')).then_some(name)
            }));
        }
        for name in names {
            let path = join(directory, &name);
            self.file(&path.to_string_lossy());
        }
    }

    fn arguments(&mut self) {
        for argument in self.from.arguments {
            match argument {
                InputArgument::File(path) => self.file(path),
                InputArgument::Value(text) => self.argument(text),
            }
        }
    }

    fn argument(&mut self, text: &str) {
        let Some((name, value)) = text.split_once('=') else {
            self.diagnostics.push(Diagnostic::error(
                "Invalid -var option",
                format!("The given -var option \"{text}\" is not correctly specified. Must be a variable name and value separated by an equals sign, like -var=\"key=value\"."),
            ));
            return;
        };
        if name.ends_with(char::is_whitespace) {
            let trimmed = name.trim();
            self.diagnostics.push(Diagnostic::error(
                "Invalid -var option",
                format!(
                    "Variable name \"{name}\" is invalid due to trailing space. Did you mean -var=\"{trimmed}={}\"?",
                    value.trim_start()
                ),
            ));
            return;
        }
        let how = format!("using -var=\"{name}=...\"");
        self.raw.insert(name.into(), Raw::Text(value.to_owned(), how.into()));
    }

    fn file(&mut self, path: &str) {
        let bytes = match self.from.files.read(Path::new(path)) {
            Ok(bytes) => bytes,
            Err(error) => {
                self.diagnostics.push(Diagnostic::error(
                    "Failed to read variables file",
                    if error.kind() == std::io::ErrorKind::NotFound {
                        format!("Given variables file {path} does not exist.")
                    } else {
                        format!("Given variables file {path} could not be read: {error}.")
                    },
                ));
                return;
            }
        };
        let text: Arc<str> = String::from_utf8_lossy(&bytes).into();
        let file = self.from.sources.add(path, text.clone());
        if path.ends_with(".json") {
            self.json_file(path, &text, file);
            return;
        }
        if let Err(problem) = plumb_syntax::decode(&bytes, file) {
            self.diagnostics.append(problem);
            return;
        }
        let body = self.diagnostics.take(plumb_syntax::parse_file(&text, file));
        for block in &body.blocks {
            self.diagnostics.push(block_in_file(block, path));
        }
        for attribute in &body.attributes {
            let raw = Raw::Expression(attribute.value.clone(), path.into(), attribute.name.span);
            self.raw.insert(attribute.name.text.clone(), raw);
        }
    }

    fn json_file(&mut self, path: &str, text: &str, file: FileId) {
        let Some(root) = self.diagnostics.take(parsed(text, file)) else { return };
        for property in crate::json::read_values(&root, &mut self.diagnostics) {
            let span = property.value.span;
            let written = text.get(span.start as usize..span.end as usize).unwrap_or_default();
            match plumb_value::json::decode_implied(written) {
                Ok(value) => {
                    let raw = Raw::Value(value, path.into(), property.span());
                    self.raw.insert(property.name.text.clone(), raw);
                }
                Err(error) => self.diagnostics.push(
                    Diagnostic::error(
                        "Invalid JSON variables file",
                        format!("The value of \"{}\" cannot be read: {error}.", property.name.text),
                    )
                    .at(span),
                ),
            }
        }
    }

    fn finish(mut self) -> (Inputs, Diagnostics) {
        let mut inputs = Inputs::default();
        let mut undeclared = 0;
        for (name, raw) in std::mem::take(&mut self.raw) {
            match self.variables.get(&name) {
                Some(variable) => {
                    self.diagnostics.extend(deprecated::set_from_outside(variable));
                    let given = self.diagnostics.take(given(variable, &raw, self.from.sources));
                    inputs.values.extend(given.map(|given| (name, given)));
                }
                None => self.undeclared(&name, raw, &mut undeclared),
            }
        }
        if undeclared > UNDECLARED_SHOWN {
            self.diagnostics.push(Diagnostic::warning(
                "Values for undeclared variables",
                format!(
                    "In addition to the other similar warnings shown, {} other variable(s) defined without being declared.",
                    undeclared - UNDECLARED_SHOWN
                ),
            ));
        }
        let is_missing =
            |variable: &&Variable| variable.default.is_none() && !inputs.values.contains_key(&variable.name);
        inputs.missing =
            self.variables.values().filter(is_missing).map(|variable| variable.name.clone()).collect();
        (inputs, self.diagnostics)
    }

    /// Files may hold values for several configurations, so a name that this one does not declare
    /// earns a warning only. What is typed is meant.
    fn undeclared(&mut self, name: &str, raw: Raw, count: &mut usize) {
        let hint = || did_you_mean(name, self.variables.keys().map(|name| &**name));
        let (path, span) = match raw {
            Raw::Text(..) => {
                self.diagnostics.push(Diagnostic::error(
                    "Value for undeclared variable",
                    format!(
                        "A variable named \"{name}\" was assigned on the command line, but the root module does not declare \
                         a variable of that name. To use this value, add a \"variable\" block to the configuration.{}",
                        hint()
                    ),
                ));
                return;
            }
            Raw::Expression(_, path, span) | Raw::Value(_, path, span) => (path, span),
        };
        *count += 1;
        if *count > UNDECLARED_SHOWN {
            return;
        }
        self.diagnostics.push(
            Diagnostic::warning(
                "Value for undeclared variable",
                format!(
                    "The root module does not declare a variable named \"{name}\" but a value was found in file \"{path}\". \
                     If you meant to use this value, add a \"variable\" block to the configuration.{}\n\nTo silence these \
                     warnings, use TF_VAR_... environment variables to provide certain \"global\" settings to all \
                     configurations in your organization. To reduce the verbosity of these warnings, use the \
                     -compact-warnings option.",
                    hint()
                ),
            )
            .note(span, "the value is given here"),
        );
    }
}
