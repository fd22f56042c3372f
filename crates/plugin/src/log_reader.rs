//! Reading what a process writes to its log.
//!
//! A thread of its own does that, and not the runtime: the system wakes a runtime for every line, a
//! thread only when it asks for more, and it can leave lines to gather that nobody waits for.

use std::io::{BufRead as _, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::Thread;
use std::time::Duration;

use tokio::sync::watch;

use crate::log::{LastLines, LogSink};

/// Longer lines are cut; a plugin must not be able to fill the memory.
pub(crate) const LINE_BYTES_MAX: u64 = 64 * 1024;
/// So much of a log is read at once, which is what a pipe holds.
const READ_BYTES: usize = 64 * 1024;
/// How long lines are left to gather that nobody has asked for, where there are few.
const PAUSE: Duration = Duration::from_millis(150);

/// Where lines go.
pub(crate) struct LogReader {
    pub(crate) last: Arc<LastLines>,
    pub(crate) sink: Option<LogSink>,
    /// Whether somebody has asked for the lines, and gets them at once.
    pub(crate) is_awaited: bool,
}

/// The end of a log.
pub(crate) struct LogEnd {
    ended: watch::Receiver<bool>,
    reader: Option<(Thread, Arc<AtomicBool>)>,
}

impl LogEnd {
    /// One that somebody else tells of.
    pub(crate) fn told(ended: watch::Receiver<bool>) -> Self {
        LogEnd { ended, reader: None }
    }

    /// Waits until everything has been read, but not for long. From now on no lines are left to gather.
    pub(crate) async fn wait(&self, limit: Duration) {
        if let Some((thread, hurries)) = &self.reader {
            hurries.store(true, Ordering::Release);
            thread.unpark();
        }
        let mut ended = self.ended.clone();
        let _ = tokio::time::timeout(limit, ended.wait_for(|ended| *ended)).await;
    }
}

impl LogReader {
    /// Begins to read.
    pub(crate) fn start(self, stream: impl Read + Send + 'static) -> std::io::Result<LogEnd> {
        let (sender, ended) = watch::channel(false);
        let hurries = Arc::new(AtomicBool::new(self.is_awaited));
        let told = hurries.clone();
        let thread = std::thread::Builder::new().name("provider log".to_owned()).spawn(move || {
            self.read(stream, &told);
            sender.send_replace(true);
        })?;
        Ok(LogEnd { ended, reader: Some((thread.thread().clone(), hurries)) })
    }

    fn read(&self, stream: impl Read, hurries: &AtomicBool) {
        let mut stream = BufReader::with_capacity(READ_BYTES, stream);
        loop {
            let found = stream.fill_buf().map_or(0, <[u8]>::len);
            if found == 0 {
                return;
            }
            while !stream.buffer().is_empty() {
                let Some(text) = read_line(&mut stream) else { return };
                if let Some(sink) = &self.sink {
                    sink(&text);
                }
                self.last.push(text);
            }
            if found < READ_BYTES / 2 && !hurries.load(Ordering::Acquire) {
                std::thread::park_timeout(PAUSE);
            }
        }
    }
}

/// The next line, in parts where it is very long; nothing at the end.
fn read_line(stream: &mut BufReader<impl Read>) -> Option<String> {
    let mut line = Vec::new();
    match stream.take(LINE_BYTES_MAX).read_until(b'\n', &mut line) {
        Ok(0) | Err(_) => None,
        Ok(_) => Some(String::from_utf8_lossy(&line).into_owned()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::sync::mpsc::channel;
    use std::time::Instant;

    use super::*;

    #[tokio::test(flavor = "current_thread")]
    async fn every_line_arrives_in_order_however_fast_they_come() {
        for is_awaited in [true, false] {
            let (reader, mut writer) = std::io::pipe().unwrap();
            let (sender, lines) = channel();
            let sink: LogSink = Arc::new(move |line: &str| sender.send(line.to_owned()).unwrap());
            let log = LogReader { last: Arc::default(), sink: Some(sink), is_awaited };
            let began = Instant::now();
            let end = log.start(reader).unwrap();
            for number in 0..20_000 {
                writeln!(writer, "line {number} of a log that is longer than a pipe can hold").unwrap();
            }
            write!(writer, "{}end", "x".repeat(LINE_BYTES_MAX as usize)).unwrap();
            drop(writer);
            end.wait(Duration::from_secs(60)).await;
            for number in 0..20_000 {
                assert!(lines.recv().unwrap().starts_with(&format!("line {number} ")));
            }
            let rest: Vec<String> = lines.iter().collect();
            assert_eq!(rest.iter().map(String::len).collect::<Vec<_>>(), [LINE_BYTES_MAX as usize, 3]);
            // Nobody who writes much waits for one who gathers.
            assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
        }
    }

    #[tokio::test(flavor = "current_thread")]
    async fn nobody_waits_for_lines_to_gather_at_the_end() {
        const LOGS: u32 = 20;
        let began = Instant::now();
        for _ in 0..LOGS {
            let (reader, mut writer) = std::io::pipe().unwrap();
            let (sender, lines) = channel();
            let sink: LogSink = Arc::new(move |line: &str| sender.send(line.to_owned()).unwrap());
            let log = LogReader { last: Arc::default(), sink: Some(sink), is_awaited: false };
            let end = log.start(reader).unwrap();
            writeln!(writer, "first").unwrap();
            assert_eq!(lines.recv().unwrap(), "first\n");
            // It gathers by now.
            writeln!(writer, "last").unwrap();
            drop(writer);
            end.wait(Duration::from_secs(60)).await;
            assert_eq!(lines.iter().collect::<Vec<_>>(), ["last\n"]);
        }
        assert!(began.elapsed() < PAUSE * LOGS / 2, "{:?}", began.elapsed());
    }
}
