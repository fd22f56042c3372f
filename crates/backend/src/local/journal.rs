//! A journal in a file, written by a thread of its own.
//!
//! The thread takes whatever has been handed over by the time it is free, writes it at once, syncs
//! once, and tells all who wait: a thousand small steps that run side by side cost a few syncs.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use async_trait::async_trait;
use plumb_state::journal::{LineWriter, Record, read_lines};
use plumb_state::{BackendError, JournalContents, JournalStore, Receipt};
use tokio::sync::oneshot;

use super::with_suffix;
use crate::blocking::blocking;
use crate::disk::{Disk, DiskFile};
use crate::problem::storage;

/// So much is written at once at most, so that nobody waits behind everybody else.
const BATCH_BYTES: usize = 4 << 20;

/// A journal in a file.
#[derive(Clone)]
pub(super) struct LocalJournal {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    writer: Arc<Mutex<Option<Writer>>>,
}

struct Writer {
    entries: Option<Sender<Entry>>,
    thread: Option<JoinHandle<()>>,
}

/// A record on its way to the disk.
struct Entry {
    json: String,
    done: oneshot::Sender<Result<(), BackendError>>,
}

impl Drop for Writer {
    fn drop(&mut self) {
        // Without senders the thread writes what it has and ends.
        self.entries = None;
        if let Some(thread) = self.thread.take() {
            // A panic of it has failed every receipt already.
            _ = thread.join();
        }
    }
}

impl LocalJournal {
    pub(super) fn new(disk: Arc<dyn Disk>, path: PathBuf) -> LocalJournal {
        LocalJournal { disk, path, writer: Arc::default() }
    }

    /// Whether records can be appended.
    pub(super) fn is_started(&self) -> bool {
        self.writer().is_some()
    }

    fn writer(&self) -> std::sync::MutexGuard<'_, Option<Writer>> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read_now(&self) -> Result<JournalContents, BackendError> {
        let bytes = self.disk.read(&self.path).map_err(|error| storage("read", &self.path, &error))?;
        let (records, damage) = read_lines(&bytes.unwrap_or_default());
        Ok(JournalContents { records, damage })
    }

    fn start_now(&self, records: &[Record]) -> Result<(), BackendError> {
        *self.writer() = None;
        let failed = |error: &io::Error| storage("write", &self.path, error);
        let Some(Record::Begin(begin)) = records.first() else {
            return Err(failed(&io::Error::new(
                io::ErrorKind::InvalidInput,
                "a journal begins with its run",
            )));
        };
        let mut lines = LineWriter::new(&begin.run);
        let mut text = String::new();
        for record in records {
            lines.line(&record.to_json(), &mut text);
        }
        let file = self.replace(text.as_bytes()).map_err(|error| failed(&error))?;
        let (sender, receiver) = channel();
        let scribe = Scribe { file, path: self.path.clone(), lines, failure: None };
        let thread = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || scribe.run(&receiver))
            .map_err(|error| failed(&error))?;
        *self.writer() = Some(Writer { entries: Some(sender), thread: Some(thread) });
        Ok(())
    }

    /// Puts a whole journal in place of the one before, and returns the file.
    fn replace(&self, bytes: &[u8]) -> io::Result<Box<dyn DiskFile>> {
        let draft = with_suffix(&self.path, ".tmp");
        let file = self.disk.open(&draft)?;
        file.overwrite(bytes)?;
        file.sync()?;
        self.disk.rename(&draft, &self.path)?;
        self.disk.sync_directory(directory(&self.path))?;
        Ok(file)
    }

    fn clear_now(&self) -> Result<(), BackendError> {
        *self.writer() = None;
        let clear = || {
            self.disk.remove(&self.path)?;
            self.disk.sync_directory(directory(&self.path))
        };
        clear().map_err(|error| storage("remove", &self.path, &error))
    }

    /// Hands a record over; the answer comes when it is durable. `None` where no run has begun.
    fn send(&self, record: &Record) -> Option<oneshot::Receiver<Result<(), BackendError>>> {
        let (done, receipt) = oneshot::channel();
        let entry = Entry { json: record.to_json(), done };
        let writer = self.writer();
        writer.as_ref()?.entries.as_ref()?.send(entry).ok()?;
        Some(receipt)
    }

    /// Appends a record and waits for it, on a thread that may wait.
    pub(super) fn append_now(&self, record: &Record) -> Result<(), BackendError> {
        let Some(receipt) = self.send(record) else { return Err(self.not_started()) };
        receipt.blocking_recv().unwrap_or_else(|_| Err(self.not_started()))
    }

    fn not_started(&self) -> BackendError {
        let error = io::Error::new(io::ErrorKind::NotConnected, "no run has begun this journal");
        storage("write", &self.path, &error)
    }
}

fn directory(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}

#[async_trait]
impl JournalStore for LocalJournal {
    async fn read(&self) -> Result<JournalContents, BackendError> {
        let journal = self.clone();
        blocking(move || journal.read_now()).await
    }

    async fn start(&self, records: Vec<Record>) -> Result<(), BackendError> {
        let journal = self.clone();
        blocking(move || journal.start_now(&records)).await
    }

    fn append(&self, record: &Record) -> Receipt {
        let receipt = self.send(record);
        let failure = self.not_started();
        Box::pin(async move {
            let Some(receipt) = receipt else { return Err(failure) };
            // The thread answers every entry, unless it panicked.
            receipt.await.unwrap_or(Err(failure))
        })
    }

    async fn clear(&self) -> Result<(), BackendError> {
        let journal = self.clone();
        blocking(move || journal.clear_now()).await
    }
}

/// What the thread has.
struct Scribe {
    file: Box<dyn DiskFile>,
    path: PathBuf,
    lines: LineWriter,
    /// The first failure. What the disk holds after it is not known, so nothing is written any more.
    failure: Option<BackendError>,
}

impl Scribe {
    fn run(mut self, entries: &Receiver<Entry>) {
        while let Ok(first) = entries.recv() {
            let mut text = String::new();
            let mut waiting = Vec::new();
            let mut next = Some(first);
            while let Some(entry) = next {
                self.lines.line(&entry.json, &mut text);
                waiting.push(entry.done);
                next = if text.len() < BATCH_BYTES { entries.try_recv().ok() } else { None };
            }
            let result = self.write(text.as_bytes());
            for done in waiting {
                // Who no longer waits has no use for the answer.
                _ = done.send(result.clone());
            }
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), BackendError> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        let written = self.file.append(bytes).and_then(|()| self.file.sync());
        written.map_err(|error| {
            let failure = storage("write", &self.path, &error);
            self.failure = Some(failure.clone());
            failure
        })
    }
}
