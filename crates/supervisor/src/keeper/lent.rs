//! While a command has the spare.

use std::os::unix::process::ExitStatusExt as _;
use std::sync::Arc;
use std::time::Duration;

use plumb_plugin::spare::Prepared;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::time::timeout;

use super::Progress;
use super::log::Log;
use crate::wire::{Conversation, Reply};

/// How long a process that was killed may take to end.
const END: Duration = Duration::from_secs(2);

/// Hands the spare over, tells what becomes of it, and ends it when the one who has it is gone.
pub(super) async fn lend(mut conversation: Conversation, progress: watch::Receiver<Progress>, mut log: Log) {
    // Signals go to the command, which decides what becomes of its providers.
    let _ignored = [SignalKind::terminate(), SignalKind::hangup(), SignalKind::interrupt()].map(signal);
    if conversation.writer.write(&Reply::Coming).await.is_err() {
        return;
    }
    let Some(spare) = started(&mut conversation, progress).await else { return };
    let text = spare.hand_over().to_text();
    if conversation.writer.write(&Reply::HandOver(text)).await.is_err() {
        return;
    }
    let Conversation { mut reader, mut writer } = conversation;
    loop {
        tokio::select! {
            // Whatever it says, and above all its end, means that it needs the spare no more.
            _ = reader.read::<serde::de::IgnoredAny>() => {
                spare.kill().await;
                break;
            }
            _ = spare.exited() => break,
            line = log.next() => {
                if writer.write(&Reply::Logged(line)).await.is_err() {
                    spare.kill().await;
                    break;
                }
            }
        }
    }
    spare.settle().await;
    for line in log.rest() {
        if writer.write(&Reply::Logged(line)).await.is_err() {
            return;
        }
    }
    if let Ok(exit) = timeout(END, spare.exited()).await {
        // Nobody may be there to hear it.
        let _ = writer.write(&Reply::Exited(exit.status().into_raw())).await;
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
