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
    let mut collector = Collector { module, from, given: BTreeMap::new(), diagnostics: Diagnostics::new() };
    collector.environment();
    collector.automatic_files();
    collector.arguments();
    collector.finish()
}

/// The value that a text means for a variable, as `-var` and the environment give it and as an
/// answer to a question does.
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
    let file = sources.add(format!("<{origin}>"), text);
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
            diagnostics.push(
                Diagnostic::error(
                    "Required variable not set",
                    format!("Unsuitable value for var.{} set from {origin}: required variable may not be set to null.", variable.name),
                )
                .at(span),
            );
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
            let place = if path.is_empty() { String::new() } else { format!("{}: ", path.trim_start_matches('.')) };
            let diagnostic = Diagnostic::error(
                "Invalid value for input variable",
                format!("Unsuitable value for var.{} set from {origin}: {place}{}.", variable.name, error.message),
            );
            let diagnostic = if span.is_none() {
                diagnostic.at(variable.span)
            } else {
                diagnostic.at(span).note(variable.span, "the variable is declared here")
            };
            (None, diagnostic.into())
        }
    }
}

struct Collector<'a> {
    module: &'a Module,
    from: &'a InputSources<'a>,
    given: BTreeMap<Arc<str>, Given>,
    diagnostics: Diagnostics,
}

impl Collector<'_> {
    fn environment(&mut self) {
        for (name, text) in self.from.environment {
            // Others may be meant for other configurations, so nothing is said of them.
            if self.module.variables.contains_key(name.as_str()) {
                let origin = format!("TF_VAR_{name}");
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
            self.file(&path.to_string_lossy(), true);
        }
    }

    fn arguments(&mut self) {
        for argument in self.from.arguments {
            match argument {
                InputArgument::File(path) => self.file(path, false),
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
        let name = name.trim();
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
        self.given.insert(name.into(), Given::Text(value.to_owned(), "command line".to_owned()));
    }

    fn file(&mut self, path: &str, automatic: bool) {
        let bytes = match self.from.files.read(Path::new(path)) {
            Ok(bytes) => bytes,
            Err(error) => {
                self.diagnostics.push(Diagnostic::error(
                    "Failed to read variables file",
                    format!("Given variables file {path} could not be read: {error}."),
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
            self.diagnostics.push(
                Diagnostic::error(
                    "Unexpected block in variables file",
                    format!(
                        "Blocks of type \"{}\" are not expected here: a variables file assigns values to variables that \
                         are declared elsewhere. To set \"{}\", write {} = {{ ... }}.",
                        block.kind.text, block.kind.text, block.kind.text
                    ),
                )
                .at(block.header),
            );
        }
        for attribute in &body.attributes {
            if self.is_declared(&attribute.name.text, attribute.name.span, automatic)
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
                    Diagnostic::error("Invalid JSON variables file", format!("The file {path} is not valid JSON: {error}."))
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
        for (name, value) in entries {
            if self.is_declared(name, Span::NONE, true) {
                self.given.insert(name.clone(), Given::Value(value.clone(), Span::NONE));
            }
        }
    }

    /// Files may hold values for several configurations, so a name that this one does not declare
    /// earns a warning only.
    fn is_declared(&mut self, name: &str, span: Span, _automatic: bool) -> bool {
        if self.module.variables.contains_key(name) {
            return true;
        }
        let hint = did_you_mean(name, self.module.variables.keys().map(|name| &**name));
        self.diagnostics.push(
            Diagnostic::warning(
                "Value for undeclared variable",
                format!(
                    "The root module does not declare a variable named \"{name}\" but a value was found in a variables \
                     file. If you meant to use this value, add a \"variable\" block to the configuration.{hint}"
                ),
            )
            .at(span),
        );
        false
    }

    fn finish(mut self) -> (Inputs, Diagnostics) {
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
                Some(Given::Value(value, span)) => fit(variable, value.clone(), *span, "a variables file"),
            };
            if let Some(value) = self.diagnostics.take(fitted) {
                inputs.values.insert(name.clone(), value);
            }
        }
        (inputs, self.diagnostics)
    }
}
