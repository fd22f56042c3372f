//! Values of the root module's variables, missing ones asked for.

use plumb_configuration::{
    Config, Given, GivenValues, InputArgument, InputSources, Variable, collect_inputs, value_from_text,
};
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_value::Marks;

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
    /// Everything that may give variables of the root module a value.
    pub(crate) fn input_sources<'a>(
        &'a self,
        environment: &'a [(String, String)],
        arguments: &'a [InputArgument],
    ) -> InputSources<'a> {
        InputSources {
            files: &*self.files,
            sources: &self.shell.sources,
            directory: &self.directory,
            environment,
            arguments,
        }
    }

    /// Values given for the root module's variables, with their marks. Whether they suit their
    /// variables shows when those are evaluated.
    pub(crate) async fn inputs(
        &self,
        config: &Config,
        request: InputRequest<'_>,
    ) -> Result<GivenValues, Diagnostics> {
        let environment = self.shell.environment.inputs();
        let sources = self.input_sources(&environment, request.arguments);
        let variables = &config.root().variables;
        let mut diagnostics = Diagnostics::new();
        let inputs = diagnostics.take(collect_inputs(config.root(), &sources));
        let mut values = inputs.values;
        // Where something is wrong already nobody is bothered with questions, and what would have been
        // asked for is not missing. A wrong answer is no reason not to ask for the others: all mistakes
        // are shown together.
        let is_hopeless = diagnostics.has_errors();
        for name in &inputs.missing {
            let Some(variable) = variables.get(name) else { continue };
            if let Some(answer) = self.answer(variable) {
                values.insert(name.clone(), answer);
                continue;
            }
            if !request.prompt.is_allowed() {
                diagnostics.push(missing(variable));
                continue;
            }
            if is_hopeless {
                continue;
            }
            let given = self.ask(variable, request.prompt, &mut diagnostics).await?;
            values.extend(given.map(|given| (name.clone(), given)));
        }
        self.shell.checked(((), diagnostics))?;
        for (name, given) in &mut values {
            if let Some(variable) = variables.get(name) {
                mark(variable, given);
            }
        }
        Ok(values)
    }

    /// The same for commands that make no plan, in which nothing else would say that a value does not
    /// suit its variable.
    pub(crate) async fn suitable_inputs(
        &self,
        config: &Config,
        request: InputRequest<'_>,
    ) -> Result<GivenValues, Diagnostics> {
        let values = self.inputs(config, request).await?;
        let variables = &config.root().variables;
        let problems: Diagnostics = values
            .iter()
            .filter_map(|(name, given)| given.fit(variables.get(name)?).err())
            .map(|problem| *problem)
            .collect();
        if problems.has_errors() { Err(problems) } else { Ok(values) }
    }

    pub(super) async fn ask(
        &self,
        variable: &Variable,
        prompt: &Prompt,
        diagnostics: &mut Diagnostics,
    ) -> Result<Option<Given>, Diagnostics> {
        let question = Question {
            title: &format!("var.{}", variable.name),
            text: &told_of(variable),
            is_secret: variable.sensitive || variable.ephemeral,
        };
        let answer = prompt.ask(&question).await?;
        let value = diagnostics.take(value_from_text(variable, &answer, &self.shell.sources));
        Ok(value.map(|value| {
            let mut given = Given::told(value, "by the answer");
            mark(variable, &mut given);
            given
        }))
    }
}

/// What whoever is asked for a value ought to know.
fn told_of(variable: &Variable) -> String {
    let deprecated = variable.deprecated.as_ref();
    let deprecated = deprecated
        .map(|message| format!("Variable is marked as deprecated with the following message: {message}"));
    let description = variable.description.as_deref().map(str::to_owned);
    [description, deprecated].into_iter().flatten().collect::<Vec<_>>().join("\n")
}

fn mark(variable: &Variable, given: &mut Given) {
    let mut marks = Marks::NONE;
    if variable.sensitive {
        marks |= Marks::SENSITIVE;
    }
    if variable.ephemeral {
        marks |= Marks::EPHEMERAL;
    }
    given.value = given.value.clone().with_marks(marks);
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
