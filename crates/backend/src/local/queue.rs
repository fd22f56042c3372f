//! What goes to the thread that writes a journal, and when that has to write it.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use plumb_state::BackendError;
use tokio::sync::oneshot;

/// How long a record may lie that nobody waits for: those that come meanwhile share its sync.
const PATIENCE: Duration = Duration::from_millis(10);
/// No more lies for that long.
const LYING_BYTES_MAX: usize = 256 << 10;
/// So much is taken at once at most, so that nobody waits behind everybody else.
const BATCH_BYTES: usize = 4 << 20;

/// A record on its way to the disk.
pub(super) struct Entry {
    pub(super) json: String,
    pub(super) done: oneshot::Sender<Result<(), BackendError>>,
}

/// Records in the order in which they were handed over, for one thread to take.
#[derive(Default)]
pub(super) struct Queue {
    content: Mutex<Content>,
    changed: Condvar,
}

#[derive(Default)]
struct Content {
    entries: VecDeque<Entry>,
    bytes: usize,
    /// Whether somebody waits for one of them.
    is_urgent: bool,
    is_closed: bool,
    /// How the thread waits, if it does.
    waiting: Waiting,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Waiting {
    #[default]
    No,
    ForAny,
    ForUrgent,
}

impl Queue {
    /// Hands an entry over; that fails once the queue is closed.
    pub(super) fn push(&self, entry: Entry) -> Result<(), Entry> {
        let mut content = self.content();
        if content.is_closed {
            return Err(entry);
        }
        content.bytes += entry.json.len();
        content.entries.push_back(entry);
        if content.bytes >= LYING_BYTES_MAX {
            content.is_urgent = true;
        }
        self.wake(&content);
        Ok(())
    }

    /// Somebody waits for what has been handed over.
    pub(super) fn hurry(&self) {
        let mut content = self.content();
        if !content.entries.is_empty() {
            content.is_urgent = true;
        }
        self.wake(&content);
    }

    /// Nothing more is handed over. What is there can still be taken.
    pub(super) fn close(&self) {
        let mut content = self.content();
        content.is_closed = true;
        self.wake(&content);
    }

    /// Nothing more is handed over or taken.
    pub(super) fn give_up(&self) {
        self.close();
        // Who waits for them learns that nobody will answer.
        self.content().entries.clear();
    }

    /// Waits until something has to be written. Nothing comes any more after an empty batch.
    pub(super) fn take(&self) -> Vec<Entry> {
        let mut content = self.content();
        while content.entries.is_empty() && !content.is_closed {
            content.waiting = Waiting::ForAny;
            content = self.changed.wait(content).unwrap_or_else(PoisonError::into_inner);
        }
        let began = Instant::now();
        while !content.is_urgent && !content.is_closed {
            let Some(left) = PATIENCE.checked_sub(began.elapsed()).filter(|left| !left.is_zero()) else {
                break;
            };
            content.waiting = Waiting::ForUrgent;
            let waited = self.changed.wait_timeout(content, left);
            content = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        content.waiting = Waiting::No;
        content.batch()
    }

    fn wake(&self, content: &Content) {
        let is_awaited = match content.waiting {
            Waiting::No => false,
            Waiting::ForAny => true,
            Waiting::ForUrgent => content.is_urgent || content.is_closed,
        };
        if is_awaited {
            self.changed.notify_one();
        }
    }

    fn content(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Content {
    fn batch(&mut self) -> Vec<Entry> {
        let mut bytes = 0;
        let mut count = 0;
        while let Some(entry) = self.entries.get(count)
            && (count == 0 || bytes < BATCH_BYTES)
        {
            bytes += entry.json.len();
            count += 1;
        }
        self.bytes -= bytes;
        let batch = self.entries.drain(..count).collect();
        // What is left has lain long enough.
        self.is_urgent = !self.entries.is_empty();
        batch
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn entry(text: &str) -> (Entry, oneshot::Receiver<Result<(), BackendError>>) {
        let (done, receipt) = oneshot::channel();
        (Entry { json: text.to_owned(), done }, receipt)
    }

    fn push(queue: &Queue, text: &str) {
        assert!(queue.push(entry(text).0).is_ok());
    }

    fn take(queue: &Queue) -> Vec<String> {
        queue.take().into_iter().map(|entry| entry.json).collect()
    }

    #[test]
    fn what_nobody_waits_for_is_gathered() {
        let queue = Arc::new(Queue::default());
        let taker = std::thread::spawn({
            let queue = queue.clone();
            move || (take(&queue), Instant::now())
        });
        let began = Instant::now();
        push(&queue, "a");
        std::thread::sleep(PATIENCE / 5);
        push(&queue, "b");
        let (batch, ended) = taker.join().unwrap();
        assert!(ended.duration_since(began) >= PATIENCE);
        // The machine may have been too busy to take both in time.
        assert!(batch == ["a", "b"] || batch == ["a"], "{batch:?}");
    }

    #[test]
    fn what_somebody_waits_for_is_taken_at_once_with_all_before_it() {
        let queue = Queue::default();
        for text in ["a", "b", "c"] {
            push(&queue, text);
        }
        queue.hurry();
        let began = Instant::now();
        assert_eq!(take(&queue), ["a", "b", "c"]);
        assert!(began.elapsed() < PATIENCE);
        // That was that: the next one may lie again.
        push(&queue, "d");
        let began = Instant::now();
        assert_eq!(take(&queue), ["d"]);
        assert!(began.elapsed() >= PATIENCE);
    }

    #[test]
    fn large_amounts_do_not_lie_and_are_taken_in_parts() {
        let queue = Queue::default();
        let text = "x".repeat(LYING_BYTES_MAX);
        for _ in 0..BATCH_BYTES / LYING_BYTES_MAX + 2 {
            push(&queue, &text);
        }
        let began = Instant::now();
        assert_eq!(queue.take().len(), BATCH_BYTES / LYING_BYTES_MAX);
        assert_eq!(queue.take().len(), 2);
        assert!(began.elapsed() < PATIENCE);
    }

    #[test]
    fn after_the_end_nothing_is_taken_in() {
        let queue = Queue::default();
        push(&queue, "a");
        queue.close();
        assert!(queue.push(entry("b").0).is_err());
        assert_eq!(take(&queue), ["a"]);
        assert!(take(&queue).is_empty());
    }

    #[test]
    fn who_waits_learns_that_nobody_writes_any_more() {
        let queue = Queue::default();
        let (entry, receipt) = entry("a");
        assert!(queue.push(entry).is_ok());
        queue.give_up();
        assert!(receipt.blocking_recv().is_err());
        assert!(queue.take().is_empty());
    }
}
