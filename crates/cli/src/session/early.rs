//! What commands know before a configuration is evaluated: values of variables, and the workspace.

use std::sync::{Arc, PoisonError};

use plumb_configuration::{EarlyInputs, FreeInputs, Given, Variable};
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_source::Files;

use super::Session;

impl Session<'_> {
    /// Everything that was given for variables. Files are read when the first is asked for.
    fn early_inputs(&self) -> &(FreeInputs, Diagnostics) {
        self.early.get_or_init(|| {
            let environment = self.shell.environment.inputs();
            FreeInputs::collect(&self.input_sources(&environment, &self.shell.variables), None)
        })
    }

    /// Whether somebody is there who answers.
    fn asks_early(&self) -> bool {
        self.prompt(self.shell.asks()).is_allowed() && self.shell.terminal.has_interactive_input()
    }

    /// What somebody has answered already.
    pub(super) fn answer(&self, variable: &Variable) -> Option<Given> {
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.get(&variable.name)?.clone().ok()
    }

    /// What somebody answers. Each variable is asked for once, whatever comes of it.
    fn answered(&self, variable: &Variable) -> Result<Given, Diagnostics> {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = answers.entry(variable.name.clone()).or_insert_with(|| self.ask_apart(variable));
        answer.clone()
    }

    /// Asks from where nobody can wait: on a thread of its own, so that an interrupt ends the question.
    fn ask_apart(&self, variable: &Variable) -> Result<Given, Diagnostics> {
        let ask = || {
            let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(|error| {
                Diagnostic::error(
                    "Failed to request interactive input",
                    format!("Nobody can be asked: {error}."),
                )
            })?;
            let mut diagnostics = Diagnostics::new();
            let given = runtime.block_on(self.ask(variable, &self.prompt(true), &mut diagnostics))?;
            given.ok_or(diagnostics)
        };
        std::thread::scope(|scope| scope.spawn(ask).join())
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

impl EarlyInputs for Session<'_> {
    fn given(&self, variable: &Variable) -> (Option<Given>, Diagnostics) {
        let (inputs, problems) = self.early_inputs();
        if problems.has_errors() {
            return (None, problems.clone());
        }
        let (given, mut problems) = inputs.value(&variable.name, Some(variable), &self.shell.sources);
        let is_missing = given.is_none() && !problems.has_errors() && variable.default.is_none();
        if !is_missing || !self.asks_early() {
            return (given, problems);
        }
        match self.answered(variable) {
            Ok(given) => (Some(given), problems),
            Err(wrong) => {
                problems.append(wrong);
                (None, problems)
            }
        }
    }

    fn workspace(&self) -> Result<Arc<str>, Diagnostics> {
        Session::workspace(self).map(Arc::from)
    }

    fn files(&self) -> &dyn Files {
        &*self.files
    }
}
