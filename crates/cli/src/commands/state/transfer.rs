//! Whole states in and out.

use plumb_diagnostics::Diagnostic;

use plumb_state::State;

use super::super::{in_session, unwritten};
use crate::arguments::StatePushArguments;
use crate::exit::{CommandResult, Exit};
use crate::session::{OpenState, StatePlace};
use crate::shell::Shell;
use crate::version::TERRAFORM_VERSION;

pub(super) fn pull(shell: &mut Shell) -> CommandResult {
    shell.keep_output_clean();
    in_session(shell, async |session| {
        let backend = session.backend_of_directory(&StatePlace::default())?;
        let state = session.read_state(&session.store(&backend)?).await?;
        if state.lineage.is_empty() && state.is_empty() {
            return Ok(Exit::Success);
        }
        let bytes = plumb_state::file::write(&state, TERRAFORM_VERSION);
        session.shell.terminal.write(|out| out.write_all(&bytes)).map_err(|error| unwritten(&error))?;
        Ok(Exit::Success)
    })
}

pub(super) fn push(shell: &Shell, arguments: &StatePushArguments) -> CommandResult {
    in_session(shell, async |session| {
        let path = &arguments.path;
        let bytes = match path.as_str() {
            "-" => session.shell.terminal.read_all(),
            path => plumb_source::read_file(path.as_ref()),
        };
        let bytes = bytes.map_err(|error| {
            Diagnostic::error(
                "Failed to read state",
                format!("The state to push, {path}, cannot be read: {error}."),
            )
        })?;
        let read = plumb_state::file::read(&bytes).map_err(|error| error.diagnostic(path, None))?;
        let Some((state, warnings)) = read else {
            let detail = format!("There is no state in {path}: it is empty.");
            return Err(Diagnostic::error("Failed to read state", detail).into());
        };
        session.shell.report(warnings);
        let backend = session.backend_of_directory(&StatePlace::default())?;
        let store = session.store(&backend)?;
        let opened = session.open_state(store, &arguments.lock, "state-push").await?;
        if !is_there_already(&opened, &state) {
            opened.store.push(&state, arguments.force.0).await.map_err(|error| error.diagnostic())?;
        }
        opened.close().await?;
        Ok(Exit::Success)
    })
}

/// Whether a copy that a failed run has left, before the state had a history of its own, says what the
/// state says by now: the journal was faster.
fn is_there_already(opened: &OpenState, copy: &State) -> bool {
    let content = |state: &State| {
        let state = State { lineage: String::new(), serial: 0, ..state.clone() };
        plumb_state::file::write(&state, TERRAFORM_VERSION)
    };
    opened.version.is_some() && copy.lineage.is_empty() && content(&opened.state) == content(copy)
}
