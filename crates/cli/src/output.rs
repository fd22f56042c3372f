//! Standard output, in as few writes as do.
//!
//! Responsible for lines that come by the thousand, which wait a moment for each other, and for results,
//! which are written while they are made. Nothing is lost or overtakes anything else: whoever prints
//! goes through here, on standard error too. A reader that went away is no reason to stop; that a disk is
//! full is one for those whose result is on it.

use std::io::{self, BufWriter, StdoutLock, Write};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, Instant};

/// How long a line may wait for others: nobody sees that it did.
const PAUSE: Duration = Duration::from_millis(50);

/// So much is written without waiting.
const ENOUGH: usize = 32 * 1024;

/// How much of a result is kept before it is written.
const BUFFER: usize = 64 * 1024;

/// How long those wait who must not wait for a reader for ever.
const PATIENCE: Duration = Duration::from_secs(1);

/// What waits to be written. There is one standard output for the whole process, and so one of these.
static WAITING: Mutex<Waiting> = Mutex::new(Waiting { text: Vec::new(), written: None, has_clerk: false });

/// Tells the clerk that something waits.
static NEWS: Condvar = Condvar::new();

struct Waiting {
    text: Vec<u8>,
    /// When something was written last.
    written: Option<Instant>,
    /// Whether there is a thread that writes what waits when its time has come.
    has_clerk: bool,
}

impl Waiting {
    fn write(&mut self) {
        if !self.text.is_empty() {
            let mut out = io::stdout().lock();
            // Whether anybody reads it is no concern of those who do something.
            let _ = out.write_all(&self.text).and_then(|()| out.flush());
            self.text.clear();
            self.written = Some(Instant::now());
        }
    }

    fn is_due(&self) -> bool {
        self.text.len() >= ENOUGH || self.written.is_none_or(|written| written.elapsed() >= PAUSE)
    }
}

fn waiting() -> MutexGuard<'static, Waiting> {
    WAITING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes a line, together with those that come within a moment.
pub(crate) fn write_soon(line: &str) {
    let mut waiting = waiting();
    waiting.text.extend(line.as_bytes());
    waiting.text.push(b'\n');
    if waiting.is_due() || !has_clerk(&mut waiting) {
        waiting.write();
    } else {
        NEWS.notify_one();
    }
}

/// Whether somebody writes what waits; sees to it if that can be.
fn has_clerk(waiting: &mut Waiting) -> bool {
    if !waiting.has_clerk {
        waiting.has_clerk = std::thread::Builder::new().name("output".into()).spawn(write_what_waits).is_ok();
    }
    waiting.has_clerk
}

fn write_what_waits() {
    loop {
        let mut guard = waiting();
        while guard.text.is_empty() {
            guard = NEWS.wait(guard).unwrap_or_else(PoisonError::into_inner);
        }
        let rest = guard.written.map(|written| PAUSE.saturating_sub(written.elapsed())).unwrap_or_default();
        drop(guard);
        std::thread::sleep(rest);
        waiting().write();
    }
}

/// Writes everything that waits.
pub(crate) fn flush() {
    waiting().write();
}

/// Waits until everything that waits has been written, but not for a reader who does not read: an
/// interrupt is answered although standard output takes nothing any more.
pub(crate) fn settle() {
    let until = Instant::now() + PATIENCE;
    loop {
        let is_settled = match WAITING.try_lock() {
            Ok(waiting) => waiting.text.is_empty(),
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner().text.is_empty(),
            Err(TryLockError::WouldBlock) => false,
        };
        if is_settled || Instant::now() >= until {
            return;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Writes on standard output, behind everything that waits.
pub(crate) fn write_now(text: &[u8]) {
    let mut waiting = waiting();
    waiting.write();
    let mut out = io::stdout().lock();
    let _ = out.write_all(text).and_then(|()| out.flush());
}

/// Writes on standard error, behind everything that waits.
pub(crate) fn write_error(text: &[u8]) {
    settle();
    let mut out = io::stderr().lock();
    let _ = out.write_all(text).and_then(|()| out.flush());
}

/// Writes a result while it is made. A reader who went away has seen enough: that is no failure, and what
/// nobody reads is not made.
pub(crate) fn write_result<E: From<io::Error>>(
    make: impl FnOnce(&mut dyn Write) -> Result<(), E>,
) -> Result<(), E> {
    let mut waiting = waiting();
    waiting.write();
    let reader = Reader { out: io::stdout().lock(), is_gone: false };
    let mut out = BufWriter::with_capacity(BUFFER, reader);
    let made = make(&mut out).and_then(|()| Ok(out.flush()?));
    if out.get_ref().is_gone { Ok(()) } else { made }
}

/// Whoever reads standard output.
struct Reader {
    out: StdoutLock<'static>,
    is_gone: bool,
}

impl Reader {
    fn heed<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        self.is_gone |= result.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::BrokenPipe);
        result
    }
}

impl Write for Reader {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let result = self.out.write(bytes);
        self.heed(result)
    }

    fn flush(&mut self) -> io::Result<()> {
        let result = self.out.flush();
        self.heed(result)
    }
}
