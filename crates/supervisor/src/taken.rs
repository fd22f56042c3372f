//! A spare in the hands of a command: taking it, hearing of it, giving it back.

use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::ExitStatus;
use std::time::Duration;

use async_trait::async_trait;
use plumb_plugin::spare::{HandOver, Keeper, Returned, Spare, SpareEvent};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use crate::fingerprint::Fingerprint;
use crate::wire::{ANSWER_TIMEOUT, Conversation, GivenBack, Reply, Request};

/// How long to wait for a spare that is being started. Starting another meanwhile would make both
/// slower; most take a fraction of this.
const COMING_TIMEOUT: Duration = Duration::from_secs(2);

/// Asks a keeper for its spare. There is none where the keeper does not answer in time, and where
/// somebody else is quicker. `life` is how long after it was configured it may be used, where it is
/// to be given back.
pub(crate) async fn take_from(
    socket: &Path,
    fingerprint: &Fingerprint,
    life: Option<Duration>,
) -> Option<Spare> {
    let request = Request::Take(fingerprint.clone());
    let mut conversation = Conversation::ask(socket, &request).await.ok()?;
    let Ok(Reply::Coming) = conversation.reader.read_within(ANSWER_TIMEOUT).await else { return None };
    let Ok(Reply::HandOver(text)) = conversation.reader.read_within(COMING_TIMEOUT).await else {
        return None;
    };
    let hand_over = HandOver::from_text(&text)?;
    let (sender, events) = mpsc::unbounded_channel();
    let (orders, received) = oneshot::channel();
    tokio::spawn(follow(conversation, sender, received));
    Some(Spare { hand_over, events, keeper: Box::new(Lent { orders, life }) })
}

/// What is to become of a spare, other than its end.
struct TakeBack {
    how: GivenBack,
    done: oneshot::Sender<()>,
}

/// The keeper of a spare that this process has taken. Without orders the spare is ended.
struct Lent {
    orders: oneshot::Sender<TakeBack>,
    life: Option<Duration>,
}

#[async_trait]
impl Keeper for Lent {
    fn takes_back(&self) -> bool {
        self.life.is_some()
    }

    async fn take_back(self: Box<Self>, standing: Returned) {
        let how = match standing {
            Returned::Fresh => GivenBack::Unchanged,
            Returned::Configured { key, since } => {
                let left = self.life.unwrap_or_default().saturating_sub(since.elapsed());
                let left_ms = u64::try_from(left.as_millis()).unwrap_or(0);
                let Some(fingerprint) = Fingerprint::from_text(key.as_text()) else { return };
                GivenBack::Configured { fingerprint, left_ms }
            }
        };
        let (done, is_done) = oneshot::channel();
        if self.orders.send(TakeBack { how, done }).is_ok() {
            // Whether it has it or not, the process is not this one's any more.
            let _ = timeout(ANSWER_TIMEOUT, is_done).await;
        }
    }
}

/// Passes on what a keeper tells, until its end. Where the spare is not needed any more the keeper
/// hears so by the end of what is said to it.
async fn follow(
    conversation: Conversation,
    events: mpsc::UnboundedSender<SpareEvent>,
    mut orders: oneshot::Receiver<TakeBack>,
) {
    let Conversation { mut reader, writer } = conversation;
    let mut writer = Some(writer);
    // Dropped together with this task, when the keeper has answered or is gone.
    let mut giving_back = None;
    loop {
        let reply = tokio::select! {
            reply = reader.read::<Reply>() => reply,
            order = &mut orders, if writer.is_some() && giving_back.is_none() => {
                match (order, &mut writer) {
                    (Ok(TakeBack { how, done }), Some(writer)) => {
                        if writer.write(&Request::TakeBack(how)).await.is_err() {
                            return;
                        }
                        giving_back = Some(done);
                    }
                    _ => writer = None,
                }
                continue;
            }
        };
        let event = match reply {
            Ok(Reply::Logged(lines)) => SpareEvent::Logged(lines),
            Ok(Reply::Exited(status)) => SpareEvent::Exited(ExitStatus::from_raw(status)),
            Ok(_) | Err(_) => return,
        };
        if events.send(event).is_err() && giving_back.is_none() {
            return;
        }
    }
}
