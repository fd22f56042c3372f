//! What commands know before a configuration is evaluated: values of variables, and the workspace.

use std::sync::Arc;

use plumb_configuration::{EarlyInputs, FreeInputs, Given, Variable};
use plumb_diagnostics::Diagnostics;
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
}

impl EarlyInputs for Session<'_> {
    fn given(&self, variable: &Variable) -> (Option<Given>, Diagnostics) {
        let (inputs, problems) = self.early_inputs();
        if problems.has_errors() {
            return (None, problems.clone());
        }
        inputs.value(&variable.name, Some(variable), &self.shell.sources)
    }

    fn workspace(&self) -> Result<Arc<str>, Diagnostics> {
        Session::workspace(self).map(Arc::from)
    }

    fn files(&self) -> &dyn Files {
        &*self.files
    }
}
