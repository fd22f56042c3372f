//! `workspace list`, `show`, `new`, `select` and `delete`.

use std::sync::Arc;

use plumb_backend::{DEFAULT_WORKSPACE, is_valid_workspace_name, select_workspace};
use plumb_diagnostics::{Diagnostic, Diagnostics, did_you_mean};
use plumb_state::Backend;

use super::in_session;
use crate::arguments::{
    WorkspaceCommand, WorkspaceDeleteArguments, WorkspaceNewArguments, WorkspaceSelectArguments,
};
use crate::exit::{CommandResult, Exit};
use crate::session::{Session, StatePlace};
use crate::shell::Shell;

pub(super) fn run(shell: &Shell, command: WorkspaceCommand) -> CommandResult {
    if let WorkspaceCommand::Show(_) = command {
        shell.terminal.line(Session::quiet(shell).workspace()?);
        return Ok(Exit::Success);
    }
    in_session(shell, async |session| {
        let backend = session.backend_of_directory(&StatePlace::default())?;
        if !backend.has_workspaces() {
            return Err(problem(
                "workspaces not supported",
                "The backend that this directory uses has one state, and so the workspace \"default\" alone.",
            ));
        }
        match &command {
            WorkspaceCommand::List(_) => list(session, &backend).await,
            WorkspaceCommand::New(arguments) => new(session, &backend, arguments).await,
            WorkspaceCommand::Select(arguments) => select(session, &backend, arguments).await,
            WorkspaceCommand::Delete(arguments) => delete(session, &backend, arguments).await,
            WorkspaceCommand::Show(_) => Ok(Exit::Success),
        }
    })
}

async fn names(backend: &Arc<dyn Backend>) -> Result<Vec<String>, Diagnostics> {
    backend.workspaces().await.map_err(|error| error.diagnostic().into())
}

async fn list(session: &Session<'_>, backend: &Arc<dyn Backend>) -> CommandResult {
    let current = session.workspace()?;
    let mut text = String::new();
    for name in names(backend).await? {
        let mark = if name == current { "* " } else { "  " };
        text.push_str(&format!("{mark}{name}\n"));
    }
    session.shell.terminal.line(text);
    if session.shell.environment.workspace().is_some() {
        session.shell.terminal.line(
            "\nThe active workspace is being overridden using the TF_WORKSPACE environment\nvariable.\n",
        );
    }
    Ok(Exit::Success)
}

async fn new(
    session: &Session<'_>,
    backend: &Arc<dyn Backend>,
    arguments: &WorkspaceNewArguments,
) -> CommandResult {
    let name = &arguments.name;
    check_name(name)?;
    refuse_override(session)?;
    if names(backend).await?.contains(name) {
        return Err(problem(
            format!("Workspace {name:?} already exists"),
            "Each workspace has a name of its own. To work in it, run \"plumb workspace select\".",
        ));
    }
    create(session, backend, name).await?;
    if let Some(path) = &arguments.state {
        let bytes = plumb_source::read_file(path.as_ref())
            .map_err(|error| problem("Failed to read state", format!("{path} cannot be read: {error}.")))?;
        let read = plumb_state::file::read(&bytes).map_err(|error| error.diagnostic(path, None))?;
        if let Some((state, warnings)) = read {
            session.shell.report(warnings);
            let store = backend.store(name).map_err(|error| error.diagnostic())?;
            let opened = session.open_state(store, &arguments.lock, "workspace-new").await?;
            opened.store.push(&state, true).await.map_err(|error| error.diagnostic())?;
            opened.close().await?;
        }
    }
    Ok(Exit::Success)
}

async fn create(session: &Session<'_>, backend: &Arc<dyn Backend>, name: &str) -> Result<(), Diagnostics> {
    session.require_plain_state()?;
    backend.create_workspace(name).await.map_err(|error| error.diagnostic())?;
    select_workspace(&session.data_directory, name).map_err(|error| error.diagnostic())?;
    let style = session.shell.terminal.style();
    session.shell.terminal.line(format!(
        "{}\n\nYou're now on a new, empty workspace. Workspaces isolate their state,\nso if you run \"plumb plan\" Plumb \
         will not see any existing state\nfor this configuration.",
        style.success(&format!("Created and switched to workspace {name:?}!"))
    ));
    Ok(())
}

async fn select(
    session: &Session<'_>,
    backend: &Arc<dyn Backend>,
    arguments: &WorkspaceSelectArguments,
) -> CommandResult {
    let name = &arguments.name;
    refuse_override(session)?;
    check_name(name)?;
    if *name == session.workspace()? {
        return Ok(Exit::Success);
    }
    let known = names(backend).await?;
    if !known.contains(name) {
        if arguments.or_create.0 {
            create(session, backend, name).await?;
            return Ok(Exit::Success);
        }
        let hint = did_you_mean(name, known.iter().map(String::as_str));
        return Err(missing(name, &hint));
    }
    select_workspace(&session.data_directory, name).map_err(|error| error.diagnostic())?;
    let style = session.shell.terminal.style();
    session.shell.terminal.line(style.success(&format!("Switched to workspace {name:?}.")));
    Ok(Exit::Success)
}

async fn delete(
    session: &Session<'_>,
    backend: &Arc<dyn Backend>,
    arguments: &WorkspaceDeleteArguments,
) -> CommandResult {
    let name = &arguments.name;
    let known = names(backend).await?;
    if !known.contains(name) {
        return Err(missing(name, &did_you_mean(name, known.iter().map(String::as_str))));
    }
    if *name == session.workspace()? {
        return Err(problem(
            format!("Workspace {name:?} is your active workspace"),
            "The workspace that is selected cannot be deleted. Switch to another one and try again.",
        ));
    }
    if name == DEFAULT_WORKSPACE {
        return Err(problem("Cannot delete the default workspace", "It is always there."));
    }
    let store = backend.store(name).map_err(|error| error.diagnostic())?;
    let opened = session.open_state(store, &arguments.lock, "workspace-delete").await?;
    let managed: Vec<String> = opened.state.instances().map(|(address, _)| address.to_string()).collect();
    if !managed.is_empty() && !arguments.force.0 {
        let shown: Vec<String> = managed.iter().take(16).map(|address| format!("  - {address}")).collect();
        return Err(Diagnostic::error(
            "Workspace is not empty",
            format!(
                "Workspace {name:?} is currently tracking the following resource instances:\n{}\n\nDeleting this workspace \
                 would cause Plumb to lose track of any associated remote objects, which would then require you to delete \
                 them manually outside of Plumb. You should destroy these objects with Plumb before deleting the \
                 workspace.\n\nIf you want to delete this workspace anyway, and have Plumb forget about these managed \
                 objects, use the -force option to disable this safety check.",
                shown.join("\n")
            ),
        )
        .into());
    }
    opened.close().await?;
    backend.delete_workspace(name).await.map_err(|error| error.diagnostic())?;
    let style = session.shell.terminal.style();
    session.shell.terminal.line(style.success(&format!("Deleted workspace {name:?}!")));
    if !managed.is_empty() {
        session.shell.terminal.line(style.yellow(&format!(
            "WARNING: {name:?} was non-empty.\nThe resources managed by the deleted workspace may still exist,\nbut are no \
             longer manageable by Plumb since the state has\nbeen deleted."
        )));
    }
    Ok(Exit::Success)
}

fn refuse_override(session: &Session<'_>) -> Result<(), Diagnostics> {
    match session.shell.environment.workspace() {
        None => Ok(()),
        Some(_) => Err(Diagnostic::error(
            "The selected workspace is currently overridden using the TF_WORKSPACE environment variable",
            "To select a new workspace, either update this environment variable or unset it and then run this command \
             again.",
        )
        .into()),
    }
}

fn check_name(name: &str) -> Result<(), Diagnostics> {
    if is_valid_workspace_name(name) {
        return Ok(());
    }
    Err(problem(
        format!("The workspace name {name:?} is not allowed"),
        "The name must contain only characters that stand for themselves in URLs, and no path separators.",
    ))
}

fn missing(name: &str, hint: &str) -> Diagnostics {
    problem(
        format!("Workspace {name:?} doesn't exist"),
        format!(
            "There is no such workspace.{hint} Make it with \"plumb workspace new\", or with the option -or-create of \
             \"plumb workspace select\"."
        ),
    )
}

fn problem(summary: impl Into<std::borrow::Cow<'static, str>>, detail: impl Into<String>) -> Diagnostics {
    Diagnostic::error(summary.into().into_owned(), detail.into()).into()
}
