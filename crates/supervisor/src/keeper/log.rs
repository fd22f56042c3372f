//! What a spare writes to its log, until somebody is there to read it.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;

use plumb_plugin::LogSink;
use tokio::sync::mpsc;

/// How many lines are on their way at most; a reader that is slower loses some.
const LINES_ON_THEIR_WAY_MAX: usize = 10_000;
/// How many lines are kept for the one who takes the spare.
const LINES_KEPT_MAX: usize = 200;
/// When so much is told at once it is enough. Written as JSON it may be six times as long, and a line
/// longer.
const TOLD_BYTES: usize = 64 * 1024;

/// The lines of a log, in order.
pub(super) struct Log {
    kept: VecDeque<String>,
    arriving: mpsc::Receiver<String>,
}

/// Where lines are put, and where they are found.
pub(super) fn channel() -> (LogSink, Log) {
    let (sender, arriving) = mpsc::channel(LINES_ON_THEIR_WAY_MAX);
    let sink: LogSink = Arc::new(move |line: &str| {
        // A provider must not wait for those who read its log.
        let _ = sender.try_send(line.trim_end().to_owned());
    });
    (sink, Log { kept: VecDeque::new(), arriving })
}

impl Log {
    /// Keeps lines for later; never ends.
    pub(super) async fn keep(&mut self) -> Infallible {
        while let Some(line) = self.arriving.recv().await {
            if self.kept.len() == LINES_KEPT_MAX {
                self.kept.pop_front();
            }
            self.kept.push_back(line);
        }
        std::future::pending().await
    }

    /// The lines that are there, as many as are told at once; none where there are none.
    pub(super) fn rest(&mut self) -> Vec<String> {
        let (mut lines, mut bytes) = (Vec::new(), 0);
        while bytes < TOLD_BYTES {
            let Some(line) = self.kept.pop_front().or_else(|| self.arriving.try_recv().ok()) else { break };
            bytes += line.len();
            lines.push(line);
        }
        lines
    }

    /// The same, once there are any; waits for them for ever where none come.
    pub(super) async fn next(&mut self) -> Vec<String> {
        if self.kept.is_empty() {
            match self.arriving.recv().await {
                Some(line) => self.kept.push_back(line),
                None => std::future::pending().await,
            }
        }
        self.rest()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    #[tokio::test(flavor = "current_thread")]
    async fn the_last_lines_are_kept_and_further_ones_follow() {
        let (sink, mut log) = channel();
        for number in 0..LINES_KEPT_MAX + 5 {
            sink(&number.to_string());
        }
        let _ = timeout(Duration::from_millis(10), log.keep()).await;
        sink("after");
        let numbers = (5..LINES_KEPT_MAX + 5).map(|number| number.to_string());
        let expected: Vec<String> = numbers.chain(["after".to_owned()]).collect();
        assert_eq!(log.next().await, expected);
        assert!(timeout(Duration::from_millis(10), log.next()).await.is_err());
        sink("last");
        assert_eq!(log.rest(), ["last"]);
        assert!(log.rest().is_empty());
    }

    #[tokio::test(flavor = "current_thread")]
    async fn much_is_told_in_parts() {
        let (sink, mut log) = channel();
        let line = "x".repeat(TOLD_BYTES / 4);
        for _ in 0..6 {
            sink(&line);
        }
        assert_eq!((log.next().await.len(), log.next().await.len()), (4, 2));
        assert!(log.rest().is_empty());
    }
}
