//! Where the state of a configuration lives.
//!
//! Responsible for the `backend` block and for `-backend-config`.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use plumb_backend::{InvalidOption, LocalOptions};
use plumb_configuration::{Config, EarlyInputs, early_arguments, unfit_mark};
use plumb_diagnostics::{Diagnostic, Diagnostics, did_you_mean};
use plumb_source::{Files, SourceMap, Span};
use plumb_state::Backend;
use plumb_value::Value;

use super::backend_kinds::{Arguments, Kind, LOCAL, known, known_names};
use super::backend_options;
use super::hash::backend_hash;
use crate::environment::Environment;

/// Kinds of backends that Terraform has.
const KINDS: [&str; 13] = [
    "azurerm",
    "consul",
    "cos",
    "gcs",
    "http",
    "inmem",
    "kubernetes",
    "local",
    "oci",
    "oss",
    "pg",
    "remote",
    "s3",
];

/// A backend and its arguments. It has no `Debug`, for some of them are secret.
#[derive(Clone)]
pub(crate) struct BackendSettings {
    /// Whether the configuration has a block for it.
    pub(crate) is_explicit: bool,
    /// Such as `local`.
    pub(super) kind: &'static Kind,
    pub(super) arguments: Arguments,
    /// The checksum of the block alone, without what `-backend-config` adds.
    pub(super) block_hash: u32,
    /// Where arguments were given.
    places: BTreeMap<&'static str, Span>,
    /// The block's header.
    block: Span,
}

/// Where an argument stands: its name and its value.
type Place = (Span, Span);

impl Default for BackendSettings {
    fn default() -> Self {
        Self::recorded(&LOCAL, Arguments::new(), 0).implied()
    }
}

impl BackendSettings {
    /// What a record says.
    pub(super) fn recorded(kind: &'static Kind, arguments: Arguments, block_hash: u32) -> Self {
        let (places, block) = (BTreeMap::new(), Span::NONE);
        BackendSettings { is_explicit: true, kind, arguments, block_hash, places, block }
    }

    fn implied(self) -> Self {
        BackendSettings { is_explicit: false, ..self }
    }

    /// What the configuration says, given the values of variables.
    pub(crate) fn of(config: &Config, inputs: &dyn EarlyInputs) -> (Self, Diagnostics) {
        let mut diagnostics = Diagnostics::new();
        let mut settings = BackendSettings::default();
        let root = config.root();
        if let Some(span) = root.settings.cloud {
            diagnostics.push(unsupported("HCP Terraform (a cloud block)").at(span));
        }
        let Some(backend) = &root.settings.backend else { return (settings, diagnostics) };
        (settings.is_explicit, settings.block) = (true, backend.span);
        let Some(kind) = known(&backend.kind) else {
            diagnostics.push(unknown_kind(&backend.kind).at(backend.span));
            return (settings, diagnostics);
        };
        settings.kind = kind;
        diagnostics.extend(backend.body.blocks.iter().map(|block| kind.no_block(block)));
        let what = format!("backend.{}", backend.kind);
        let values = diagnostics.take(early_arguments(config, inputs, &backend.body, &what));
        for (name, value) in &values {
            let attribute = &backend.body.attributes[name];
            let span = attribute.value.span();
            match unfit(value) {
                Some(problem) => diagnostics.push(problem.at(span).within(backend.span)),
                None => diagnostics.append(settings.set(name, value, (attribute.name_span, span))),
            }
        }
        settings.block_hash = settings.hash();
        (settings, diagnostics)
    }

    /// Such as `local`.
    pub(crate) fn kind(&self) -> &'static str {
        self.kind.name
    }

    /// Whether both are the same place, wherever the arguments were given.
    pub(crate) fn is_same_place(&self, other: &BackendSettings) -> bool {
        self.kind() == other.kind() && self.arguments == other.arguments
    }

    /// Arguments that must be given and are not, with what to ask for.
    pub(crate) fn missing(&self) -> Vec<(&'static str, &'static str)> {
        let required = self.kind.required.iter();
        required.copied().filter(|(name, _)| !self.arguments.contains_key(name)).collect()
    }

    /// What to say where one of them is missing.
    pub(crate) fn missing_problem(&self, name: &str) -> Diagnostic {
        Diagnostic::error(
            "Missing Required Value",
            format!(
                "The attribute \"{name}\" is required by the backend. Write it into this block, or give it with \
                 \"init -backend-config='{name}=...'\"."
            ),
        )
        .at(self.block)
    }

    /// What to say about arguments that are given and that others have taken the place of.
    pub(crate) fn deprecations(&self) -> Diagnostics {
        let given = self.kind.deprecated.iter().filter(|(name, _)| self.arguments.contains_key(name));
        let warning = |(name, other): &(&'static str, &'static str)| {
            let place = self.places.get(name).copied().unwrap_or(self.block);
            let detail =
                format!("The parameter \"{name}\" is deprecated. Use parameter \"{other}\" instead.");
            Diagnostic::warning("Deprecated Parameter", detail).at(place)
        };
        given.map(warning).collect()
    }

    /// Takes an argument that somebody has typed.
    pub(crate) fn answer(&mut self, name: &str, text: &str) -> Diagnostics {
        self.set(name, &Value::string(text), (Span::NONE, Span::NONE))
    }

    fn set(&mut self, name: &str, value: &Value, (name_span, span): Place) -> Diagnostics {
        let Some((known, ty)) = self.kind.argument(name) else {
            return Diagnostic::error(
                "Unsupported argument",
                format!("An argument named \"{name}\" is not expected here.{}", self.kind.hint(name)),
            )
            .at(name_span)
            .into();
        };
        if value.is_null() {
            self.arguments.remove(known);
            return Diagnostics::new();
        }
        match ty.convert(value) {
            Ok(argument) => {
                self.places.insert(known, span);
                self.arguments.insert(known, argument);
                Diagnostics::new()
            }
            Err(required) => Diagnostic::error(
                "Incorrect attribute value type",
                format!("Inappropriate value for attribute \"{name}\": {required}."),
            )
            .at(span)
            .into(),
        }
    }

    /// The same of a state that another configuration names.
    pub(super) fn of_value(kind: &str, config: &Value) -> Result<Self, Option<String>> {
        let Some(kind) = known(kind) else { return Err(None) };
        let mut settings = BackendSettings::recorded(kind, Arguments::new(), 0);
        for (name, value) in config.entries().unwrap_or_default() {
            let Some((known, ty)) = kind.argument(name) else {
                return Err(Some(format!("unsupported attribute \"{name}\"")));
            };
            if !value.is_null() {
                let value = ty.convert(value).map_err(|required| Some(format!("{name}: {required}")))?;
                settings.arguments.insert(known, value);
            }
        }
        match settings.missing().first() {
            Some((name, _)) => Err(Some(format!("attribute \"{name}\" is required"))),
            None => Ok(settings),
        }
    }

    /// Adds what `-backend-config` gives: files of assignments, or `key=value`.
    pub(crate) fn add(&mut self, given: &[String], files: &dyn Files, sources: &SourceMap) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        for text in given {
            match text.split_once('=') {
                Some((name, value)) => diagnostics.append(self.add_pair(name.trim(), value, sources)),
                None => self.add_file(text, files, sources, &mut diagnostics),
            }
        }
        diagnostics
    }

    /// Texts are taken as they are typed; what has parts is written as in files.
    fn add_pair(&mut self, name: &str, value: &str, sources: &SourceMap) -> Diagnostics {
        let Some((_, ty)) = self.kind.argument(name) else {
            return Diagnostic::error(
                "Invalid backend configuration argument",
                format!(
                    "The backend configuration argument \"{name}\" given on the command line is not expected for the \
                     selected backend type, \"{}\".{}",
                    self.kind(),
                    self.kind.hint(name)
                ),
            )
            .into();
        };
        if !ty.has_parts() {
            return self.set(name, &Value::string(value), (Span::NONE, Span::NONE));
        }
        let file = sources.add(format!("-backend-config={name}"), value);
        let (expression, mut diagnostics) = plumb_syntax::parse_expression(value, file);
        let span = expression.span;
        let expression = diagnostics.take(plumb_expression::Expression::compile(&expression, &[]));
        match expression.constant() {
            _ if diagnostics.has_errors() => {}
            Some(value) => diagnostics.append(self.set(name, &value, (Span::NONE, span))),
            None => diagnostics.push(not_constant(span)),
        }
        diagnostics
    }

    fn add_file(
        &mut self,
        path: &str,
        files: &dyn Files,
        sources: &SourceMap,
        diagnostics: &mut Diagnostics,
    ) {
        let bytes = match files.read(Path::new(path)) {
            Ok(bytes) => bytes,
            Err(error) => {
                let detail = format!("The backend configuration file {path} cannot be read: {error}.");
                return diagnostics.push(Diagnostic::error("Failed to read file", detail));
            }
        };
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let file = sources.add(path, text.as_str());
        let body = diagnostics.take(plumb_syntax::parse_file(&text, file));
        for attribute in &body.attributes {
            let (expression, problems) = plumb_expression::Expression::compile(&attribute.value, &[]);
            diagnostics.append(problems);
            let place = (attribute.name.span, attribute.value.span);
            match expression.constant() {
                Some(value) => diagnostics.append(self.set(&attribute.name.text, &value, place)),
                None => diagnostics.push(not_constant(attribute.value.span)),
            }
        }
    }

    fn hash(&self) -> u32 {
        let arguments = self.kind.arguments.iter();
        backend_hash(self.kind(), arguments.map(|(name, ty)| (*ty, self.arguments.get(name))))
    }

    /// A backend with these arguments, and what the environment adds to them. Journals of runs on servers'
    /// states are kept in `directory`.
    pub(crate) fn open(
        &self,
        options: LocalOptions,
        environment: &Environment,
        directory: &Path,
    ) -> Result<Arc<dyn Backend>, Diagnostics> {
        self.try_open(options, environment, directory)
            .map_err(|wrong| wrong.into_iter().map(|wrong| self.problem(wrong)).collect())
    }

    /// The same, with what is wrong as it is.
    pub(super) fn try_open(
        &self,
        options: LocalOptions,
        environment: &Environment,
        directory: &Path,
    ) -> Result<Arc<dyn Backend>, Vec<InvalidOption>> {
        backend_options::open(self.kind(), &self.arguments, options, environment, directory)
    }

    fn problem(&self, wrong: InvalidOption) -> Diagnostic {
        let place = wrong.option.and_then(|option| self.places.get(option)).copied();
        Diagnostic::error(wrong.summary, wrong.detail)
            .at(place.filter(|place| *place != Span::NONE).unwrap_or(self.block))
    }
}

/// Why a value cannot be an argument of a backend, if so.
fn unfit(value: &Value) -> Option<Diagnostic> {
    if let Some((headline, _)) = unfit_mark(value, "backend") {
        let kind = if headline.starts_with("Sensitive") { "sensitive" } else { "ephemeral" };
        let detail = format!(
            "The value of this argument is {kind}, and what a backend is configured with is recorded in \
             .terraform/terraform.tfstate. Give secrets to the backend by variables of the environment, which are \
             recorded nowhere."
        );
        return Some(Diagnostic::error(format!("Backend config contains {kind} values"), detail));
    }
    let detail = "The value depends on the time or on chance, and where the state lives must be known.";
    (!value.is_wholly_known()).then(|| Diagnostic::error("Invalid backend argument", detail))
}

fn not_constant(span: Span) -> Diagnostic {
    Diagnostic::error("Invalid backend argument", "The value must be a constant.").at(span)
}

pub(super) fn unknown_kind(kind: &str) -> Diagnostic {
    if KINDS.contains(&kind) {
        return unsupported(&format!("\"{kind}\""));
    }
    let hint = did_you_mean(kind, KINDS);
    Diagnostic::error("Unsupported backend type", format!("There is no backend type named \"{kind}\".{hint}"))
}

fn unsupported(kind: &str) -> Diagnostic {
    Diagnostic::error(
        "Backend not supported yet",
        format!(
            "This configuration keeps its state in a backend that Plumb does not have yet: {kind}. So far state can live \
             in the backends {}. Nothing was changed.",
            known_names()
        ),
    )
}
