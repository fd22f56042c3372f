//! Values of variables: from the run, from the file, from outside.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumb_configuration::suite::{TestFile, TestRun, picked};
use plumb_configuration::{FreeInputs, Given, GivenValues, Module, Origin, Variable};
use plumb_diagnostics::{Diagnostic, Diagnostics, did_you_mean};
use plumb_evaluator::Environment;
use plumb_expression::Expression;
use plumb_source::SourceMap;
use plumb_value::{Marks, Value};

use crate::outside::{IN_VALUES, RunOutputs, check_runs, evaluate, runs_value};

/// Everything that variables can come from.
#[derive(Clone, Copy)]
pub(crate) struct Variables<'a> {
    pub(crate) outside: &'a FreeInputs,
    pub(crate) file: &'a TestFile,
    pub(crate) module: &'a Module,
    pub(crate) sources: &'a SourceMap,
    pub(crate) environment: &'a Environment,
    /// Outputs of runs that have ended.
    pub(crate) runs: &'a RunOutputs,
    /// Names of all runs of the file.
    pub(crate) names: &'a [Arc<str>],
}

/// Where an expression stands: it sees what is further out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// In the `variables` block of the file.
    File,
    /// In a run, or in a provider block.
    Run,
}

impl Variables<'_> {
    /// The values for a run, as its module takes them.
    pub(crate) fn for_run(&self, run: &TestRun, diagnostics: &mut Diagnostics) -> GivenValues {
        let mut values = GivenValues::new();
        for (name, variable) in self.module.variables.iter() {
            match self.given(run, variable, diagnostics) {
                Some(given) => _ = values.insert(name.clone(), marked(variable, given)),
                None if variable.default.is_none() && !self.is_given(run, name) => {
                    diagnostics.push(missing(variable, &run.name));
                }
                None => {}
            }
        }
        for (name, attribute) in &run.variables {
            if !self.module.variables.contains_key(name) {
                let hint = did_you_mean(name, self.module.variables.keys().map(|name| &**name));
                diagnostics.push(
                    Diagnostic::warning(
                        "Value for undeclared variable",
                        format!(
                            "The module under test does not declare a variable named \"{name}\", but it is given a value in \
                             the run block \"{}\".{hint}",
                            run.name
                        ),
                    )
                    .at(attribute.name_span),
                );
            }
        }
        values
    }

    fn is_given(&self, run: &TestRun, name: &str) -> bool {
        run.variables.contains_key(name)
            || self.file.variables.contains_key(name)
            || self.outside.names().any(|known| **known == *name)
    }

    fn given(&self, run: &TestRun, variable: &Variable, diagnostics: &mut Diagnostics) -> Option<Given> {
        let name = &variable.name;
        if let Some(attribute) = run.variables.get(name) {
            let value = self.evaluate(&attribute.value, Level::Run, diagnostics)?;
            return Some(Given { value, origin: Origin::Test(attribute.value.span()) });
        }
        if let Some(attribute) = self.file.variables.get(name) {
            let value = self.evaluate(&attribute.value, Level::File, diagnostics)?;
            return Some(Given { value, origin: Origin::Test(attribute.value.span()) });
        }
        diagnostics.take(self.outside.value(name, Some(variable), self.sources))
    }

    /// The value of an expression that stands outside of any module.
    pub(crate) fn evaluate(
        &self,
        expression: &Expression,
        level: Level,
        diagnostics: &mut Diagnostics,
    ) -> Option<Value> {
        let locals = self.locals([expression], level, diagnostics)?;
        diagnostics.take(evaluate(expression, &locals, self.environment))
    }

    /// Values of the names that expressions outside of any module know, as far as they use them.
    pub(crate) fn locals<'e>(
        &self,
        expressions: impl IntoIterator<Item = &'e Expression>,
        level: Level,
        diagnostics: &mut Diagnostics,
    ) -> Option<Vec<(Arc<str>, Value)>> {
        let mut values: BTreeMap<Arc<str>, Value> = BTreeMap::new();
        let mut problems = Diagnostics::new();
        for expression in expressions {
            check_runs(expression, self.runs, self.names, IN_VALUES, &mut problems);
            for (name, span) in picked(expression, "var") {
                if values.contains_key(&name) {
                    continue;
                }
                let before = problems.len();
                match self.variable(&name, level, &mut problems) {
                    Some(value) => _ = values.insert(name, value),
                    None if problems.len() == before => problems.push(self.unavailable(&name).at(span)),
                    None => {}
                }
            }
        }
        let failed = problems.has_errors();
        diagnostics.append(problems);
        let var = Value::object(values);
        (!failed).then(|| vec![("run".into(), runs_value(self.runs)), ("var".into(), var)])
    }

    /// A value that a run has for a variable, whoever declares it.
    pub(crate) fn of_run(&self, run: &TestRun, name: &str, diagnostics: &mut Diagnostics) -> Option<Value> {
        match run.variables.get(name) {
            Some(attribute) => self.evaluate(&attribute.value, Level::Run, diagnostics),
            None => self.variable(name, Level::Run, diagnostics),
        }
    }

    fn variable(&self, name: &str, level: Level, diagnostics: &mut Diagnostics) -> Option<Value> {
        let declared = self.module.variables.get(name);
        let in_file = self.file.variables.get(name).filter(|_| level == Level::Run);
        let value = match in_file {
            Some(attribute) => self.evaluate(&attribute.value, Level::File, diagnostics)?,
            None => match diagnostics.take(self.outside.value(name, declared, self.sources)) {
                Some(given) => given.value,
                None => declared.and_then(|variable| variable.default.clone())?,
            },
        };
        let Some(variable) = declared else { return Some(value) };
        // What does not suit its variable is told of where it is given to it.
        let value = variable.fit(&value).unwrap_or(value);
        Some(if variable.sensitive { value.with_marks(Marks::SENSITIVE) } else { value })
    }

    fn unavailable(&self, name: &str) -> Diagnostic {
        let known = self.file.variables.keys().chain(self.outside.names()).map(|name| &**name);
        let hint = did_you_mean(name, known);
        Diagnostic::error(
            "Reference to unavailable variable",
            format!(
                "There is no value for the variable \"{name}\" here: neither the variables block of this file nor the command \
                 line, the environment or a file of values has one.{hint}"
            ),
        )
    }
}

fn marked(variable: &Variable, mut given: Given) -> Given {
    let mut marks = Marks::NONE;
    if variable.sensitive {
        marks |= Marks::SENSITIVE;
    }
    if variable.ephemeral {
        marks |= Marks::EPHEMERAL;
    }
    given.value = given.value.with_marks(marks);
    given
}

fn missing(variable: &Variable, run: &str) -> Diagnostic {
    Diagnostic::error(
        "No value for required variable",
        format!(
            "The module under test for run block \"{run}\" has a required variable \"{}\" with no set value. Use a variables \
             block in the run or the file, a -var or -var-file argument, or a file of values.",
            variable.name
        ),
    )
    .at(variable.span)
}
