//! What is done by itself, in its turn among the operations: starting a host anew, and what a program of this
//! machine does with it. Neither goes through the shell that all else goes through.

use plumb_host::{Event, Host};

use crate::apply::{Heard, Outcome, Sent, settle_outcome, untouched};
use crate::known;
use crate::plan::Action;
use crate::settle::DeployError;

/// Does it. `place` is that of the operation in the plan.
pub(crate) async fn done_alone(
    sent: &Sent<'_>,
    action: &Action,
    place: usize,
    host: &mut Host,
    hear: &mut (dyn FnMut(Heard<'_>) + Send),
) -> Result<(Outcome, known::Result), DeployError> {
    let mut done = untouched(sent.operation);
    hear(Heard::Begun(place));
    let mut observe = |_: usize, event: Event<'_>| {
        if let Event::Wrote(stream, bytes) = event {
            hear(Heard::Wrote(place, stream, bytes));
        }
    };
    let login = &sent.operation.login;
    let reply = match action {
        Action::Restart { restart, .. } => host.restart(login, restart, &mut observe).await?,
        Action::Rsync(rsync) => host.rsync(login, rsync, &mut observe).await?,
        Action::Run { .. } | Action::Write(_) | Action::Fetch(_) => return Ok(done),
    };
    settle_outcome(&mut done, sent, &reply);
    hear(Heard::Ended(place, &done.0));
    Ok(done)
}
