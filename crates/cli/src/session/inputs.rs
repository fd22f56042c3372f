//! Values of the root module's variables, missing ones asked for.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumb_configuration::{Config, InputArgument, InputSources, Variable, collect_inputs, value_from_text};
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_value::{Marks, Value};

use super::Session;
use crate::prompt::{Prompt, Question};

/// What variables are to be collected from, beside files and the environment.
pub(crate) struct InputRequest<'a> {
    /// Of the command line.
    pub(crate) arguments: &'a [InputArgument],
    /// Asks for what is missing.
    pub(crate) prompt: &'a Prompt,
}

impl Session<'_> {
    /// Values of the root module's variables, with their marks.
    pub(crate) async fn inputs(
        &self,
        config: &Config,
        request: InputRequest<'_>,
    ) -> Result<BTreeMap<Arc<str>, Value>, Diagnostics> {
        let environment = self.shell.environment.inputs();
        let sources = InputSources {
            files: &*self.files,
            sources: &self.shell.sources,
            directory: &self.directory,
            environment: &environment,
            arguments: request.arguments,
        };
        let mut diagnostics = Diagnostics::new();
        let inputs = diagnostics.take(collect_inputs(config.root(), &sources));
        let mut values = inputs.values;
        for name in &inputs.missing {
            let Some(variable) = config.root().variables.get(name) else { continue };
            if !request.prompt.is_allowed() || diagnostics.has_errors() {
                diagnostics.push(missing(variable));
                continue;
            }
            let value = self.ask(variable, request.prompt, &mut diagnostics).await?;
            values.extend(value.map(|value| (name.clone(), value)));
        }
        self.shell.checked(((), diagnostics))?;
        Ok(values.into_iter().map(|(name, value)| marked(config, name, value)).collect())
    }

    async fn ask(
        &self,
        variable: &Variable,
        prompt: &Prompt,
        diagnostics: &mut Diagnostics,
    ) -> Result<Option<Value>, Diagnostics> {
        let question = Question {
            title: &format!("var.{}", variable.name),
            text: variable.description.as_deref().unwrap_or_default(),
            is_secret: variable.sensitive || variable.ephemeral,
        };
        let answer = prompt.ask(&question).await?;
        Ok(diagnostics.take(value_from_text(variable, &answer, "by the answer", &self.shell.sources)))
    }
}

fn marked(config: &Config, name: Arc<str>, value: Value) -> (Arc<str>, Value) {
    let Some(variable) = config.root().variables.get(&name) else { return (name, value) };
    let mut value = value;
    if variable.sensitive {
        value = value.with_marks(Marks::SENSITIVE);
    }
    if variable.ephemeral {
        value = value.with_marks(Marks::EPHEMERAL);
    }
    (name, value)
}

fn missing(variable: &Variable) -> Diagnostic {
    Diagnostic::error(
        "No value for required variable",
        format!(
            "The root module input variable \"{}\" is not set, and has no default value. Use a -var or -var-file command \
             line argument to provide a value for this variable.",
            variable.name
        ),
    )
    .at(variable.span)
}
