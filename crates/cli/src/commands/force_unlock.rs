//! `force-unlock`.

use super::in_session;
use crate::arguments::ForceUnlockArguments;
use crate::exit::{CommandResult, Exit};
use crate::session::StatePlace;
use crate::shell::Shell;

pub(super) fn run(shell: &Shell, arguments: &ForceUnlockArguments) -> CommandResult {
    in_session(shell, async |session| {
        let backend = session.backend_of_directory(&StatePlace::default())?;
        let store = session.store(&backend)?;
        if !arguments.force.0 {
            let text = "Plumb will remove the lock on the state of this workspace.\nThis will allow others to work on it, \
                        even though the one who holds the lock may still be at work.\nOnly 'yes' will be accepted to \
                        confirm.";
            if !session.prompt(true).confirm("Do you really want to force-unlock?", text).await? {
                session.shell.terminal.line("force-unlock cancelled.");
                return Ok(Exit::Failure);
            }
        }
        store.force_unlock(&arguments.id).await.map_err(|error| error.diagnostic())?;
        let style = session.shell.terminal.style();
        session.shell.terminal.line(format!(
            "{}\n\nThe state has been unlocked, and Plumb commands should now be able to obtain a new lock on it.",
            style.success("Plumb state has been successfully unlocked!")
        ));
        Ok(Exit::Success)
    })
}
