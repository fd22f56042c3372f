//! Standard output, in as few writes as do.
//!
//! Responsible for lines that come by the thousand, which wait a moment for each other, and for results,
//! which are written while they are made. Nothing is lost or overtakes anything else: whoever prints
//! goes through here, on standard error too. A reader that went away is no reason to stop; that a disk is
//! full is one for those whose result is on it.

use std::io::{self, BufWriter, StdoutLock, Write};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a line may wait for others: nobody sees that it did.
const PAUSE: Duration = Duration::from_millis(100);

/// So much is written without waiting, and no more is kept for a reader who does not read.
const ENOUGH: usize = 32 * 1024;

/// How much of a result is kept before it is written.
const BUFFER: usize = 64 * 1024;

/// How long those wait who must not wait for a reader for ever.
const PATIENCE: Duration = Duration::from_secs(1);

/// What waits to be written. There is one standard output for the whole process, and so one of these.
/// It is never locked while something is written, which may take as long as a reader likes.
static WAITING: Mutex<Waiting> = Mutex::new(Waiting {
    text: Vec::new(),
    said: 0,
    written: 0,
    last: None,
    is_busy: false,
    is_urgent: false,
    has_clerk: false,
});

/// Something waits, or is urgent.
static NEWS: Condvar = Condvar::new();

/// Something has been written.
static DONE: Condvar = Condvar::new();

struct Waiting {
    text: Vec<u8>,
    /// How many bytes have ever waited, and how many of them have been written.
    said: u64,
    written: u64,
    /// When something was written last.
    last: Option<Instant>,
    /// Whether somebody writes.
    is_busy: bool,
    /// Whether somebody wants what waits to be written at once.
    is_urgent: bool,
    /// Whether there is a thread that writes what waits when its time has come.
    has_clerk: bool,
}

impl Waiting {
    /// How long what waits still may.
    fn rest(&self) -> Duration {
        self.last.map(|last| PAUSE.saturating_sub(last.elapsed())).unwrap_or_default()
    }
}

fn waiting() -> MutexGuard<'static, Waiting> {
    WAITING.lock().unwrap_or_else(PoisonError::into_inner)
}

fn until_done(guard: MutexGuard<'static, Waiting>) -> MutexGuard<'static, Waiting> {
    DONE.wait(guard).unwrap_or_else(PoisonError::into_inner)
}

/// The right to write, for one at a time.
struct Turn;

impl Turn {
    /// Waits for it, and writes what waits first. Whoever has it must not print.
    fn take() -> Turn {
        let mut guard = waiting();
        while guard.is_busy {
            guard = until_done(guard);
        }
        guard.is_busy = true;
        guard.is_urgent = false;
        let text = std::mem::take(&mut guard.text);
        drop(guard);
        let turn = Turn;
        if !text.is_empty() {
            put_out(&text);
            waiting().written += text.len() as u64;
            DONE.notify_all();
        }
        turn
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut guard = waiting();
        guard.is_busy = false;
        guard.last = Some(Instant::now());
        DONE.notify_all();
    }
}

/// The first failure to write on standard output, other than that its reader has left.
static LOST: Mutex<Option<io::Error>> = Mutex::new(None);

/// Why something on standard output is lost, if so. It is told once.
pub(crate) fn lost() -> Option<io::Error> {
    LOST.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// Whether anybody reads it is no concern of those who do something; those who only show ask later.
fn put_out(text: &[u8]) {
    let mut out = io::stdout().lock();
    if let Err(error) = out.write_all(text).and_then(|()| out.flush())
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        LOST.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
    }
}

/// Writes a line, together with those that come within a moment.
pub(crate) fn write_soon(line: &str) {
    let mut guard = waiting();
    while guard.is_busy && guard.text.len() >= ENOUGH {
        guard = until_done(guard);
    }
    let is_first = guard.text.is_empty();
    guard.text.extend(line.as_bytes());
    guard.text.push(b'\n');
    guard.said += line.len() as u64 + 1;
    let is_due = !guard.is_busy && (guard.text.len() >= ENOUGH || guard.rest().is_zero());
    if is_due || !has_clerk(&mut guard) {
        drop(guard);
        flush();
    } else if is_first {
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
        let rest = guard.rest();
        drop(NEWS.wait_timeout_while(guard, rest, |waiting| !waiting.is_urgent));
        flush();
    }
}

/// Writes everything that waits.
pub(crate) fn flush() {
    drop(Turn::take());
}

/// Waits until what waits now has been written, but not for a reader who does not read: an interrupt is
/// answered although standard output takes nothing any more.
pub(crate) fn settle() {
    let mut guard = waiting();
    let said = guard.said;
    if guard.written < said {
        guard.is_urgent = true;
        NEWS.notify_one();
        drop(DONE.wait_timeout_while(guard, PATIENCE, |waiting| waiting.written < said));
    }
}

/// Writes on standard output, behind everything that waits.
pub(crate) fn write_now(text: &[u8]) {
    let _turn = Turn::take();
    put_out(text);
}

/// Writes on standard error, behind everything that waits.
pub(crate) fn write_error(text: &[u8]) {
    settle();
    let mut out = io::stderr().lock();
    // There is nowhere else to say it.
    let _ = out.write_all(text).and_then(|()| out.flush());
}

/// Writes a result while it is made. A reader who went away has seen enough: that is no failure, and what
/// nobody reads is not made.
pub(crate) fn write_result<E: From<io::Error>>(
    make: impl FnOnce(&mut dyn Write) -> Result<(), E>,
) -> Result<(), E> {
    let _turn = Turn::take();
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
