//! While nobody has come for the spare.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use tokio::net::UnixListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;

use super::kept::Kept;
use super::log::Log;
use super::{Keeping, Progress, Socket};
use crate::memory::held_bytes;
use crate::wire::{ANSWER_TIMEOUT, Condition, Conversation, Description, Reply, Request};

/// How often a keeper looks whether it is still wanted.
const LOOK_AROUND: Duration = Duration::from_secs(20);
/// How many questions may wait.
const QUESTIONS_MAX: usize = 16;

/// Why a keeper waits no longer.
pub(super) enum End {
    /// Somebody has come for the spare.
    Taken(Conversation),
    /// It is not wanted any more, or there is none.
    Over,
}

/// Waits until the spare is taken or not wanted any more.
pub(super) async fn wait(keeping: Keeping<'_>, kept: &Kept, socket: &Socket, log: &mut Log) -> End {
    let (Some(mut terminate), Some(mut hang_up), Some(mut interrupt)) =
        (on(SignalKind::terminate()), on(SignalKind::hangup()), on(SignalKind::interrupt()))
    else {
        return End::Over;
    };
    let waiting = Waiting { keeping, kept, path: &socket.path };
    let (sender, mut questions) = mpsc::channel(QUESTIONS_MAX);
    let listening = listen(&socket.listener, sender);
    let lost = waiting.loses_its_spare();
    let crowded = waiting.is_crowded_out();
    let unwanted = waiting.is_unwanted();
    tokio::pin!(listening, lost, crowded, unwanted);
    loop {
        tokio::select! {
            never = &mut listening => match never {},
            Some((request, mut conversation)) = questions.recv() => match request {
                // The machine may have slept meanwhile, and the clock with it.
                Request::Take(_) if kept.is_over() => return End::Over,
                Request::Take(wanted) if wanted == kept.fingerprint => return End::Taken(conversation),
                // It lives in other circumstances, whatever the name of the socket says; or has nothing
                // that could come back.
                Request::Take(_) | Request::TakeBack(_) => {}
                Request::Describe => {
                    let reply = Reply::Described(waiting.description());
                    tokio::spawn(async move { conversation.writer.write(&reply).await });
                }
                Request::Stop => {
                    let stopping = conversation.writer.write(&Reply::Stopping);
                    let _ = tokio::time::timeout(ANSWER_TIMEOUT, stopping).await;
                    return End::Over;
                }
            },
            () = &mut lost => return End::Over,
            () = &mut crowded => return End::Over,
            () = &mut unwanted => return End::Over,
            _ = terminate.recv() => return End::Over,
            _ = hang_up.recv() => return End::Over,
            _ = interrupt.recv() => return End::Over,
            never = log.keep() => match never {},
        }
    }
}

fn on(kind: SignalKind) -> Option<Signal> {
    signal(kind).ok()
}

/// Hears questions, each from a process of the same user and in time.
async fn listen(
    listener: &UnixListener,
    questions: mpsc::Sender<(Request, Conversation)>,
) -> std::convert::Infallible {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Too many open files, most likely, which passes.
            tokio::time::sleep(ANSWER_TIMEOUT).await;
            continue;
        };
        let Ok(mut conversation) = Conversation::new(stream) else { continue };
        let questions = questions.clone();
        tokio::spawn(async move {
            if let Ok(request) = conversation.reader.read_within(ANSWER_TIMEOUT).await {
                // Nobody is left to answer when the spare has just been taken.
                let _ = questions.send((request, conversation)).await;
            }
        });
    }
}

struct Waiting<'a> {
    keeping: Keeping<'a>,
    kept: &'a Kept,
    path: &'a PathBuf,
}

impl Waiting<'_> {
    /// Comes back when the spare has ended, or could not be started.
    async fn loses_its_spare(&self) {
        let mut progress = self.keeping.progress.clone();
        let last = progress.wait_for(|progress| !matches!(progress, Progress::Starting)).await;
        let spare = match last.as_deref() {
            Ok(Progress::Running(spare, _)) => spare.clone(),
            _ => return,
        };
        drop(last);
        spare.exited().await;
    }

    /// Comes back when there is no room for the spare, which is known once it has set itself up.
    async fn is_crowded_out(&self) {
        let mut progress = self.keeping.progress.clone();
        let is_ready = |progress: &Progress| matches!(progress, Progress::Running(_, Condition::Ready));
        if progress.wait_for(is_ready).await.is_ok()
            && self.keeping.room.make(self.path, self.memory_bytes()).await
        {
            std::future::pending::<()>().await;
        }
    }

    /// Comes back when it is too late, when the spare has grown too large, or when it cannot be found
    /// any more.
    async fn is_unwanted(&self) {
        let mut look = tokio::time::interval(LOOK_AROUND);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = tokio::time::sleep(self.kept.left()) => return,
                _ = look.tick() => {
                    if self.memory_bytes() > self.keeping.room.limits.memory_bytes_max || !self.path.exists() {
                        return;
                    }
                }
            }
        }
    }

    fn memory_bytes(&self) -> u64 {
        let spare = match &*self.keeping.progress.borrow() {
            Progress::Running(spare, _) => spare.process_id().map_or(0, held_bytes),
            Progress::Starting | Progress::GivenUp => 0,
        };
        spare + held_bytes(std::process::id())
    }

    fn description(&self) -> Description {
        let (condition, process_id) = match &*self.keeping.progress.borrow() {
            Progress::Running(spare, condition) => (*condition, spare.process_id()),
            Progress::Starting | Progress::GivenUp => (Condition::Starting, None),
        };
        let began = SystemTime::now().checked_sub(self.kept.began.elapsed());
        let began = began.and_then(|began| began.duration_since(SystemTime::UNIX_EPOCH).ok());
        Description {
            provider: self.keeping.assignment.provider.clone(),
            program: self.keeping.assignment.program.display().to_string(),
            directory: std::env::current_dir().unwrap_or_default().display().to_string(),
            process_id,
            condition: self.kept.condition(condition),
            memory_bytes: self.memory_bytes(),
            started_unix_s: began.unwrap_or_default().as_secs(),
            ends_in_s: self.kept.left().as_secs(),
        }
    }
}
