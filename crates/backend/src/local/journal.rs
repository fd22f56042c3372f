//! Journals in files. That of this run is written by a thread of its own.
//!
//! The thread takes whatever has been handed over by the time it is free, writes it at once, syncs
//! once, and tells all who wait: a thousand small steps that run side by side cost a few syncs. Records
//! that nobody waits for lie for a moment, so that they share a sync with those that follow.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use async_trait::async_trait;
use plumb_state::journal::{LineWriter, Record, read_lines};
use plumb_state::{BackendError, Digest, JournalContents, JournalStore, Owner, Receipt};
use tokio::sync::oneshot;

use super::queue::{Entry, Queue};
use super::with_suffix;
use crate::blocking::blocking;
use crate::disk::{Disk, DiskFile};
use crate::problem::storage;

/// The journals beside a state, each in a file that the run which writes it has for itself: that is
/// how others know that it is alive. The first has the plain name, further ones a number behind it.
#[derive(Clone)]
pub(crate) struct LocalJournal {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    /// The journal of this run, if it has begun one.
    own: Option<Own>,
    /// Journals of runs that had ended when they were last read, with what was read.
    ended: Vec<(PathBuf, Digest)>,
}

struct Own {
    path: PathBuf,
    writer: Writer,
}

struct Writer {
    queue: Arc<Queue>,
    thread: Option<JoinHandle<()>>,
}

/// The draft of a journal. Whoever has it is the only one who begins or removes journals.
struct Draft {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    file: Option<Box<dyn DiskFile>>,
}

impl Drop for Draft {
    fn drop(&mut self) {
        if self.file.is_some() {
            // What could not be written may be what fills the disk.
            _ = self.disk.remove(&self.path);
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // The thread writes what it has and ends.
        self.queue.close();
        if let Some(thread) = self.thread.take() {
            // A panic of it has failed every receipt already.
            _ = thread.join();
        }
    }
}

impl LocalJournal {
    pub(crate) fn new(disk: Arc<dyn Disk>, path: PathBuf) -> LocalJournal {
        LocalJournal { disk, path, inner: Arc::default() }
    }

    /// Whether records can be appended.
    pub(crate) fn is_started(&self) -> bool {
        self.inner().own.is_some()
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn failed(&self, action: &'static str, error: &io::Error) -> BackendError {
        storage(action, &self.path, error)
    }

    /// The files of all journals.
    pub(crate) fn paths(&self) -> Result<Vec<PathBuf>, BackendError> {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let names = self.disk.files(directory(&self.path), &name);
        let mut names = names.map_err(|error| self.failed("read", &error))?;
        names.retain(|found| {
            let rest = found.strip_prefix(&name).unwrap_or_default();
            rest.is_empty() || rest.strip_prefix('.').is_some_and(|rest| rest.parse::<u32>().is_ok())
        });
        names.sort();
        Ok(names.iter().map(|name| self.path.with_file_name(name)).collect())
    }

    /// The journals of all runs, the one that began first at the front.
    pub(crate) fn read_now(&self) -> Result<Vec<JournalContents>, BackendError> {
        let own = self.inner().own.as_ref().map(|own| own.path.clone());
        let (mut journals, mut ended) = (Vec::new(), Vec::new());
        for path in self.paths()? {
            // Asked first: what a run has written that is no longer alive does not grow.
            let is_taken = self.disk.is_taken(&path).map_err(|error| storage("read", &path, &error))?;
            let bytes = self.disk.read(&path).map_err(|error| storage("read", &path, &error))?;
            let Some(bytes) = bytes else { continue };
            let owner = match (own.as_ref() == Some(&path), is_taken) {
                (true, _) => Owner::Own,
                (false, true) => Owner::Running,
                (false, false) => Owner::Ended,
            };
            let (records, damage) = read_lines(&bytes);
            if owner == Owner::Ended {
                ended.push((path, Digest::of(&bytes)));
            }
            journals.push(JournalContents { owner, records, damage });
        }
        journals.sort_by(|one, two| begun(one).cmp(&begun(two)));
        self.inner().ended = ended;
        Ok(journals)
    }

    fn start_now(&self, records: &[Record]) -> Result<(), BackendError> {
        let failed = |error: &io::Error| self.failed("write", error);
        let draft = self.draft().map_err(|error| failed(&error))?;
        let own = self.inner().own.as_ref().map(|own| own.path.clone());
        let path = match own {
            Some(path) => path,
            None => self.free_path()?,
        };
        self.begin(draft, path, records).map_err(|error| failed(&error))
    }

    /// A name that no journal has.
    fn free_path(&self) -> Result<PathBuf, BackendError> {
        let taken = self.paths()?;
        let further = (2_u32..).map(|number| with_suffix(&self.path, &format!(".{number}")));
        let mut names = std::iter::once(self.path.clone()).chain(further);
        // There are more numbers than files.
        Ok(names.find(|path| !taken.contains(path)).unwrap_or_else(|| self.path.clone()))
    }

    fn draft(&self) -> io::Result<Draft> {
        let path = with_suffix(&self.path, ".tmp");
        let file = Some(self.disk.open_alone(&path)?);
        Ok(Draft { disk: self.disk.clone(), path, file })
    }

    /// Puts a whole journal under that name, in place of what has it, and goes on writing it.
    fn begin(&self, mut draft: Draft, path: PathBuf, records: &[Record]) -> io::Result<()> {
        let Some(Record::Begin(begin)) = records.first() else {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "a journal begins with its run"));
        };
        let mut lines = LineWriter::new(&begin.run);
        let mut text = String::new();
        for record in records {
            lines.line(&record.to_json(), &mut text);
        }
        let Some(file) = &draft.file else { return Ok(()) };
        file.overwrite(text.as_bytes())?;
        file.sync()?;
        self.disk.rename(&draft.path, &path)?;
        // The draft is the journal now.
        let Some(file) = draft.file.take() else { return Ok(()) };
        self.disk.sync_directory(directory(&path))?;
        let queue = Arc::new(Queue::default());
        let scribe = Scribe { file, path: path.clone(), lines, failure: None, queue: queue.clone() };
        let thread = std::thread::Builder::new().name("journal".to_owned()).spawn(move || scribe.run())?;
        let writer = Writer { queue, thread: Some(thread) };
        self.inner().own = Some(Own { path, writer });
        Ok(())
    }

    fn clear_now(&self) -> Result<(), BackendError> {
        let Some(own) = self.inner().own.take() else { return Ok(()) };
        let removed = self.disk.remove(&own.path);
        // Only now others find that nobody has it.
        drop(own);
        removed
            .and_then(|()| self.disk.sync_directory(directory(&self.path)))
            .map_err(|error| self.failed("remove", &error))
    }

    fn take_over_now(&self, records: &[Record]) -> Result<(), BackendError> {
        let failed = |error: &io::Error| self.failed("write", error);
        let (own, ended) = {
            let mut inner = self.inner();
            (inner.own.as_ref().map(|own| own.path.clone()), std::mem::take(&mut inner.ended))
        };
        if records.is_empty() && ended.is_empty() {
            return self.clear_now();
        }
        let draft = self.draft().map_err(|error| failed(&error))?;
        // What someone else has taken over since is theirs, whatever its name.
        let mut ended: Vec<PathBuf> = ended
            .into_iter()
            .filter(|(path, digest)| self.is_left(path, digest))
            .map(|(path, _)| path)
            .collect();
        if records.is_empty() {
            self.remove(&ended)?;
            return self.clear_now();
        }
        let path = match own {
            Some(path) => path,
            None if ended.is_empty() => self.free_path()?,
            None => ended.remove(0),
        };
        self.begin(draft, path, records).map_err(|error| failed(&error))?;
        self.remove(&ended)
    }

    /// Whether a journal that was left behind is still as it was read.
    fn is_left(&self, path: &Path, digest: &Digest) -> bool {
        let is_free = self.disk.is_taken(path).is_ok_and(|is_taken| !is_taken);
        is_free && matches!(self.disk.read(path), Ok(Some(bytes)) if Digest::of(&bytes) == *digest)
    }

    fn remove(&self, paths: &[PathBuf]) -> Result<(), BackendError> {
        for path in paths {
            self.disk.remove(path).map_err(|error| storage("remove", path, &error))?;
        }
        self.disk.sync_directory(directory(&self.path)).map_err(|error| self.failed("remove", &error))
    }

    /// Hands a record over. `None` where no run has begun.
    fn send(&self, record: &Record) -> Option<Sent> {
        let (done, receipt) = oneshot::channel();
        let entry = Entry { json: record.to_json(), done };
        let queue = self.inner().own.as_ref()?.writer.queue.clone();
        queue.push(entry).ok()?;
        Some(Sent { queue, receipt })
    }

    /// Appends a record and waits for it, on a thread that may wait.
    pub(crate) fn append_now(&self, record: &Record) -> Result<(), BackendError> {
        let Some(sent) = self.send(record) else { return Err(self.not_started()) };
        sent.queue.hurry();
        sent.receipt.blocking_recv().unwrap_or_else(|_| Err(self.not_started()))
    }

    fn not_started(&self) -> BackendError {
        let error = io::Error::new(io::ErrorKind::NotConnected, "no run has begun this journal");
        self.failed("write", &error)
    }
}

/// A record that was handed over.
struct Sent {
    queue: Arc<Queue>,
    receipt: oneshot::Receiver<Result<(), BackendError>>,
}

/// When the run began.
fn begun(journal: &JournalContents) -> Option<&str> {
    journal.records.iter().find_map(|record| match record {
        Record::Begin(begin) => Some(&*begin.created),
        _ => None,
    })
}

fn directory(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}

#[async_trait]
impl JournalStore for LocalJournal {
    async fn read(&self) -> Result<Vec<JournalContents>, BackendError> {
        let journal = self.clone();
        blocking(move || journal.read_now()).await
    }

    async fn start(&self, records: Vec<Record>) -> Result<(), BackendError> {
        let journal = self.clone();
        blocking(move || journal.start_now(&records)).await
    }

    fn append(&self, record: &Record) -> Receipt {
        let sent = self.send(record);
        let journal = self.clone();
        Box::pin(async move {
            let Some(sent) = sent else { return Err(journal.not_started()) };
            // This runs only where somebody waits.
            sent.queue.hurry();
            // The thread answers every entry, unless it panicked.
            sent.receipt.await.unwrap_or_else(|_| Err(journal.not_started()))
        })
    }

    async fn clear(&self) -> Result<(), BackendError> {
        let journal = self.clone();
        blocking(move || journal.clear_now()).await
    }

    async fn take_over(&self, records: Vec<Record>) -> Result<(), BackendError> {
        let journal = self.clone();
        blocking(move || journal.take_over_now(&records)).await
    }
}

/// What the thread has.
struct Scribe {
    file: Box<dyn DiskFile>,
    path: PathBuf,
    lines: LineWriter,
    /// The first failure. What the disk holds after it is not known, so nothing is written any more.
    failure: Option<BackendError>,
    queue: Arc<Queue>,
}

impl Drop for Scribe {
    fn drop(&mut self) {
        // After a panic nobody takes what is handed over.
        self.queue.give_up();
    }
}

impl Scribe {
    fn run(mut self) {
        loop {
            let batch = self.queue.take();
            if batch.is_empty() {
                return;
            }
            let mut text = String::new();
            for entry in &batch {
                self.lines.line(&entry.json, &mut text);
            }
            let result = self.write(text.as_bytes());
            for entry in batch {
                // Who no longer waits has no use for the answer.
                _ = entry.done.send(result.clone());
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
