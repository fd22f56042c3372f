//! Values of the root module's variables, from everywhere that they can come from.
//!
//! From the weakest to the strongest: the environment, `terraform.tfvars`, `terraform.tfvars.json`,
//! `*.auto.tfvars` and `*.auto.tfvars.json` by name, then the command line in its own order.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use plumb_diagnostics::{Diagnostic, Diagnostics, did_you_mean};
use plumb_source::{Files, SourceMap, Span};
use plumb_value::{Type, Value, convert};

use crate::config::{Module, Variable};
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
    /// Values given, converted to the variables' types. Variables with a default that were not
    /// given are not here.
    pub values: BTreeMap<Arc<str>, Value>,
    /// Variables that have no value and no default: someone must be asked.
    pub missing: Vec<Arc<str>>,
}

/// A value before its variable has been looked at.
enum Given {
    /// Text from outside: what it means depends on the variable's type.
    Text(String, String),
    /// A value from a file.
    Value(Value, Span),
}

/// Collects the values of a module's variables.
pub fn collect_inputs(module: &Module, from: &InputSources<'_>) -> (Inputs, Diagnostics) {
    let mut collector =
        Collector { module, from, given: BTreeMap::new(), undeclared: 0, diagnostics: Diagnostics::new() };
    collector.environment();
    collector.automatic_files();
    collector.arguments();
    collector.finish()
}

/// The value that a text means for a variable, as `-var` and the environment give it and as an
/// answer to a question does. `origin` says how it came, as in `using -var="region=..."`.
pub fn value_from_text(
    variable: &Variable,
    text: &str,
    origin: &str,
    sources: &SourceMap,
) -> (Option<Value>, Diagnostics) {
    let is_literal = matches!(variable.ty, Type::String | Type::Number | Type::Bool)
        || (variable.ty == Type::Dynamic && !variable.has_type);
    if is_literal {
        return fit(variable, Value::string(text), Span::NONE, origin);
    }
    let file = sources.add(format!("<value for var.{}>", variable.name), text);
    let (expression, mut diagnostics) = plumb_syntax::parse_expression(text, file);
    if diagnostics.has_errors() {
        return (None, diagnostics);
    }
    let Some(value) = diagnostics.take(constant(&expression)) else { return (None, diagnostics) };
    let fitted = diagnostics.take(fit(variable, value, expression.span, origin));
    (fitted, diagnostics)
}

/// Makes a value one of a variable's type, with the defaults of optional attributes.
fn fit(variable: &Variable, value: Value, span: Span, origin: &str) -> (Option<Value>, Diagnostics) {
    if value.is_null() && !variable.nullable {
        let default = variable.default.clone();
        let mut diagnostics = Diagnostics::new();
        if default.is_none() {
            let reason = "required variable may not be set to null";
            diagnostics.push(unsuitable("Required variable not set", variable, reason, span, origin));
        }
        return (default, diagnostics);
    }
    let filled = match &variable.type_defaults {
        Some(defaults) => defaults.apply(&value),
        None => value,
    };
    match convert(&filled, &variable.ty) {
        Ok(value) => (Some(value), Diagnostics::new()),
        Err(error) => {
            let path = error.path.to_string();
            let place =
                if path.is_empty() { String::new() } else { format!("{}: ", path.trim_start_matches('.')) };
            let reason = format!("{place}{}", error.message);
            (None, unsuitable("Invalid value for input variable", variable, &reason, span, origin).into())
        }
    }
}

fn unsuitable(summary: &str, variable: &Variable, reason: &str, span: Span, origin: &str) -> Diagnostic {
    let detail = format!("Unsuitable value for var.{} set {origin}: {reason}.", variable.name);
    let diagnostic = Diagnostic::error(summary, detail);
    if span.is_none() {
        diagnostic.at(variable.span)
    } else {
        diagnostic.at(span).note(variable.span, "the variable is declared here")
    }
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
    module: &'a Module,
    from: &'a InputSources<'a>,
    given: BTreeMap<Arc<str>, Given>,
    /// How many values were found in files for variables that there are not.
    undeclared: usize,
    diagnostics: Diagnostics,
}

/// How many such values are told of one by one.
const UNDECLARED_SHOWN: usize = 2;

impl Collector<'_> {
    fn environment(&mut self) {
        for (name, text) in self.from.environment {
            // Others may be meant for other configurations, so nothing is said of them.
            if self.module.variables.contains_key(name.as_str()) {
                let origin = format!("using the TF_VAR_{name} environment variable");
                self.given.insert(name.as_str().into(), Given::Text(text.clone(), origin));
            }
        }
    }

    fn automatic_files(&mut self) {
        let mut names: Vec<String> = ["terraform.tfvars", "terraform.tfvars.json"]
            .into_iter()
            .filter(|name| self.from.files.is_file(&join(self.from.directory, name)))
            .map(str::to_owned)
            .collect();
        if let Ok(entries) = self.from.files.list(self.from.directory) {
            names.extend(entries.into_iter().filter_map(|(name, is_directory)| {
                let automatic = name.ends_with(".auto.tfvars") || name.ends_with(".auto.tfvars.json");
                (automatic && !is_directory && !name.starts_with('.')).then_some(name)
            }));
        }
        for name in names {
            let path = join(self.from.directory, &name);
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
        if !self.module.variables.contains_key(name) {
            let hint = did_you_mean(name, self.module.variables.keys().map(|name| &**name));
            self.diagnostics.push(Diagnostic::error(
                "Value for undeclared variable",
                format!(
                    "A variable named \"{name}\" was assigned on the command line, but the root module does not declare a \
                     variable of that name. To use this value, add a \"variable\" block to the configuration.{hint}"
                ),
            ));
            return;
        }
        let origin = format!("using -var=\"{name}=...\"");
        self.given.insert(name.into(), Given::Text(value.to_owned(), origin));
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
            self.json_file(path, &text, Span::new(file, 0, text.len() as u32));
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
            if self.is_declared(&attribute.name.text, path, attribute.name.span)
                && let Some(value) = self.diagnostics.take(constant(&attribute.value))
            {
                self.given.insert(attribute.name.text.clone(), Given::Value(value, attribute.value.span));
            }
        }
    }

    fn json_file(&mut self, path: &str, text: &str, span: Span) {
        let value = match plumb_value::json::decode_implied(text) {
            Ok(value) => value,
            Err(error) => {
                self.diagnostics.push(
                    Diagnostic::error(
                        "Invalid JSON variables file",
                        format!("The file {path} is not valid JSON: {error}."),
                    )
                    .at(span),
                );
                return;
            }
        };
        let Some(entries) = value.entries() else {
            self.diagnostics.push(Diagnostic::error(
                "Invalid JSON variables file",
                format!("The file {path} must hold one JSON object: the values by the variables' names."),
            ));
            return;
        };
        // This name is kept for comments, which JSON has no other place for.
        for (name, value) in entries.into_iter().filter(|(name, _)| &***name != "//") {
            if self.is_declared(name, path, span) {
                self.given.insert(name.clone(), Given::Value(value.clone(), span));
            }
        }
    }

    /// Files may hold values for several configurations, so a name that this one does not declare
    /// earns a warning only.
    fn is_declared(&mut self, name: &str, path: &str, span: Span) -> bool {
        if self.module.variables.contains_key(name) {
            return true;
        }
        self.undeclared += 1;
        if self.undeclared > UNDECLARED_SHOWN {
            return false;
        }
        let hint = did_you_mean(name, self.module.variables.keys().map(|name| &**name));
        self.diagnostics.push(
            Diagnostic::warning(
                "Value for undeclared variable",
                format!(
                    "The root module does not declare a variable named \"{name}\" but a value was found in file \"{path}\". \
                     If you meant to use this value, add a \"variable\" block to the configuration.{hint}\n\nTo silence these \
                     warnings, use TF_VAR_... environment variables to provide certain \"global\" settings to all \
                     configurations in your organization."
                ),
            )
            .at(span),
        );
        false
    }

    fn finish(mut self) -> (Inputs, Diagnostics) {
        if self.undeclared > UNDECLARED_SHOWN {
            self.diagnostics.push(Diagnostic::warning(
                "Values for undeclared variables",
                format!(
                    "In addition to the other similar warnings shown, {} other variable(s) defined without being declared.",
                    self.undeclared - UNDECLARED_SHOWN
                ),
            ));
        }
        let mut inputs = Inputs::default();
        for (name, variable) in &self.module.variables {
            let fitted = match self.given.get(name) {
                None => {
                    if variable.default.is_none() {
                        inputs.missing.push(name.clone());
                    }
                    continue;
                }
                Some(Given::Text(text, origin)) => value_from_text(variable, text, origin, self.from.sources),
                Some(Given::Value(value, span)) => fit(variable, value.clone(), *span, "in a variables file"),
            };
            if let Some(value) = self.diagnostics.take(fitted) {
                inputs.values.insert(name.clone(), value);
            }
        }
        (inputs, self.diagnostics)
    }
}
