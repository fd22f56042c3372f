//! `taint` and `untaint`.

use plumb_address::AbsResourceInstance;
use plumb_diagnostics::Diagnostic;

use super::{address, in_session};
use crate::arguments::TaintArguments;
use crate::exit::{CommandResult, Exit};
use crate::session::StatePlace;
use crate::shell::Shell;

pub(super) fn run(shell: &Shell, arguments: &TaintArguments, is_taint: bool) -> CommandResult {
    let target = address(AbsResourceInstance::parse(&arguments.address), &arguments.address)?;
    in_session(shell, async |session| {
        let backend =
            session.backend_of_directory(&StatePlace::of(&arguments.state, Some(&arguments.state_output)))?;
        let store = session.store(&backend)?;
        let operation = if is_taint { "taint" } else { "untaint" };
        let mut opened = session.open_state(store, &arguments.lock, operation).await?;
        let mut state = opened.state.clone();
        if arguments.allow_missing.0 && state.instance(&target).is_none() {
            session.shell.report(
                Diagnostic::warning(
                    "No such resource instance",
                    format!(
                        "Resource instance {target} was not found, but this is not an error because -allow-missing was set."
                    ),
                )
                .into(),
            );
            opened.close().await?;
            return Ok(Exit::Success);
        }
        let is_changed =
            if is_taint { state.taint(&target)? } else { state.untaint(&target).map(|()| true)? };
        if is_changed {
            opened.write(&state).await?;
        }
        opened.close().await?;
        session.shell.terminal.line(match (is_taint, is_changed) {
            (true, true) => format!("Resource instance {target} has been marked as tainted."),
            (true, false) => format!("Resource instance {target} is already tainted."),
            (false, _) => format!("Resource instance {target} has been successfully untainted."),
        });
        Ok(Exit::Success)
    })
}
