//! `import`.

use plumb_address::{AbsResourceInstance, Mode};
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_planner::{Identifier, ImportRequest};

use super::operation::prepare_shell;
use super::{address, in_session};
use crate::arguments::ImportArguments;
use crate::exit::{CommandResult, Exit};
use crate::session::{InputRequest, Loaded, Progress, Session, StatePlace, no_configuration};
use crate::shell::Shell;

pub(super) fn run(shell: &mut Shell, arguments: &ImportArguments) -> CommandResult {
    prepare_shell(shell, &arguments.operation)?;
    let target = address(AbsResourceInstance::parse(&arguments.address), &arguments.address)?;
    if target.resource.mode != Mode::Managed {
        return Err(Diagnostic::error(
            "A managed resource address is required",
            "Importing into a data resource is not allowed: what it reads is read again each time.",
        )
        .into());
    }
    shell.enter(arguments.config.as_deref())?;
    in_session(shell, async |session| import(session, arguments, &target).await)
}

async fn import(
    session: &Session<'_>,
    arguments: &ImportArguments,
    target: &AbsResourceInstance,
) -> CommandResult {
    let operation = &arguments.operation;
    if !session.has_configuration() {
        // Of all commands, Terraform's `import` alone says it so, and libraries that drive it look for that.
        let summary = "No Terraform configuration files".to_owned();
        return Err(Diagnostic { summary, ..no_configuration(&session.directory) }.into());
    }
    let loaded = session.load()?;
    require_block(&loaded, target)?;
    let place = StatePlace::of(&operation.state, Some(&arguments.state_output));
    let backend = session.backend(Some(&loaded.config), &place)?;
    let mut opened =
        session.open_state(session.store(&backend)?, &operation.lock, "OperationTypeImport").await?;
    let providers = session.providers(&loaded.config, Some(&opened.state)).await?;
    let prompt = session.prompt(operation.input.0);
    let request = InputRequest { arguments: &arguments.variables.given, prompt: &prompt };
    let variables = session.suitable_inputs(&loaded.config, request).await?;
    let imported = plumb_planner::import(ImportRequest {
        config: loaded.config.clone(),
        index: loaded.index.clone(),
        environment: session.evaluation(false, &providers)?,
        variables,
        state: opened.state.clone(),
        providers: providers.providers.clone(),
        observer: Progress::new(session.shell),
        parallelism: operation.parallelism,
        targets: vec![(target.clone(), Identifier::Given(arguments.id.as_str().into()))],
    })
    .await;
    let Some(state) = imported.state else { return Err(imported.diagnostics) };
    session.shell.report(imported.diagnostics);
    opened.write(&state).await?;
    opened.forget_open(target).await?;
    opened.close().await?;
    if !session.shell.speaks_json() {
        let terminal = &session.shell.terminal;
        terminal.line(format!(
            "\n{}\n\nThe resources that were imported are shown above. These resources are now in\nyour state and will \
             henceforth be managed by Plumb.\n",
            terminal.style().success("Import successful!")
        ));
    }
    Ok(Exit::Success)
}

fn require_block(loaded: &Loaded, target: &AbsResourceInstance) -> Result<(), Diagnostics> {
    let module = target.module.config();
    let found = loaded.config.find(&module).and_then(|module| module.resources.get(&target.resource));
    if found.is_some() {
        return Ok(());
    }
    let place = if module.is_root() { "the root module".to_owned() } else { format!("module {module}") };
    Err(Diagnostic::error(
        format!("Resource address {:?} does not exist in the configuration", target.to_string()),
        format!(
            "Before importing this resource, please create its configuration in {place}. For example:\n\nresource {:?} \
             {:?} {{\n  # (resource arguments)\n}}",
            target.resource.kind, target.resource.name
        ),
    )
    .into())
}
