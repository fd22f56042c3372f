//! Starting a host anew, in its turn among the operations.

use plumb_host::{Event, Host, Restart};

use crate::apply::{Heard, Outcome, Sent, settle_outcome, untouched};
use crate::known;
use crate::settle::DeployError;

/// Does it, and waits for the host. `place` is that of the operation in the plan.
pub(crate) async fn restarted(
    sent: &Sent<'_>,
    restart: &Restart,
    place: usize,
    host: &mut Host,
    hear: &mut (dyn FnMut(Heard<'_>) + Send),
) -> Result<(Outcome, known::Result), DeployError> {
    hear(Heard::Begun(place));
    let mut observe = |_: usize, event: Event<'_>| {
        if let Event::Wrote(stream, bytes) = event {
            hear(Heard::Wrote(place, stream, bytes));
        }
    };
    let reply = host.restart(&sent.operation.login, restart, &mut observe).await?;
    let mut done = untouched(sent.operation);
    settle_outcome(&mut done, sent, &reply);
    hear(Heard::Ended(place, &done.0));
    Ok(done)
}
