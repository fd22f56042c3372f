//! While a command has the spare.

use std::os::unix::process::ExitStatusExt as _;
use std::sync::Arc;
use std::time::Duration;

use plumb_plugin::spare::Prepared;
use tokio::net::unix::OwnedWriteHalf;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::time::timeout;

use super::Progress;
use super::log::Log;
use crate::wire::{ANSWER_TIMEOUT, Conversation, GivenBack, Reply, Request, Writer};

/// How long a process that was killed may take to end.
const END: Duration = Duration::from_secs(2);

/// A spare that came back.
pub(super) struct TakenBack {
    pub(super) how: GivenBack,
    /// Where the command hears that it has arrived.
    pub(super) writer: Writer<OwnedWriteHalf>,
}

/// Hands the spare over and tells what becomes of it. Ends it when the one who has it is gone, unless
/// it was given back before.
pub(super) async fn lend(
    mut conversation: Conversation,
    progress: watch::Receiver<Progress>,
    log: &mut Log,
) -> Option<TakenBack> {
    // Signals go to the command, which decides what becomes of its providers.
    let _ignored = [SignalKind::terminate(), SignalKind::hangup(), SignalKind::interrupt()].map(signal);
    let is_there = conversation.writer.write(&Reply::Coming).await.is_ok();
    let spare = if is_there { started(&mut conversation, progress).await } else { None };
    let Some(spare) = spare else {
        // Whoever asked has not waited, or there is nothing to wait for.
        return Some(TakenBack { how: GivenBack::Unchanged, writer: conversation.writer });
    };
    conversation.writer.write(&Reply::HandOver(spare.hand_over().to_text())).await.ok()?;
    let Conversation { mut reader, mut writer } = conversation;
    let said = reader.read::<Request>();
    tokio::pin!(said);
    loop {
        tokio::select! {
            // Whatever else it says, and above all its end, means that it needs the spare no more.
            said = &mut said => {
                if let Ok(Request::TakeBack(how)) = said {
                    // Its lines are not for others.
                    let _ = timeout(ANSWER_TIMEOUT, tell_rest(log, &mut writer)).await;
                    return Some(TakenBack { how, writer });
                }
                spare.kill().await;
                break;
            }
            _ = spare.exited() => break,
            lines = log.next() => {
                if writer.write(&Reply::Logged(lines)).await.is_err() {
                    spare.kill().await;
                    break;
                }
            }
        }
    }
    spare.settle().await;
    tell_rest(log, &mut writer).await;
    if let Ok(exit) = timeout(END, spare.exited()).await {
        // Nobody may be there to hear it.
        let _ = writer.write(&Reply::Exited(exit.status().into_raw())).await;
    }
    None
}

/// Passes on what is left of the log, to one who may be gone.
async fn tell_rest(log: &mut Log, writer: &mut Writer<OwnedWriteHalf>) {
    loop {
        let lines = log.rest();
        if lines.is_empty() || writer.write(&Reply::Logged(lines)).await.is_err() {
            return;
        }
    }
}

/// The spare once it runs. Nothing where it does not come to that, or where the one who waits for it
/// goes away.
async fn started(
    conversation: &mut Conversation,
    mut progress: watch::Receiver<Progress>,
) -> Option<Arc<Prepared>> {
    let is_decided = |progress: &Progress| !matches!(progress, Progress::Starting);
    tokio::select! {
        decided = progress.wait_for(is_decided) => match &*decided.ok()? {
            Progress::Running(spare, _) => Some(spare.clone()),
            Progress::Starting | Progress::GivenUp => None,
        },
        _ = conversation.reader.read::<serde::de::IgnoredAny>() => None,
    }
}
