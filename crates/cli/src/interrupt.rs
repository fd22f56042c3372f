//! Interrupts, from the keyboard or from whoever runs the program, and the end of the terminal.

use std::sync::Arc;
use std::time::Duration;

use plumb_executor::{Stop, StopHandle};
use plumb_registry::UnderWay;

use crate::exit::Exit;
use crate::terminal::Terminal;

/// Gets the process ready to hear of the end of its terminal. To be called before the runtime is made.
pub(crate) fn prepare() {
    #[cfg(unix)]
    HEEDS_HANGUPS.get_or_init(plumb_supervisor::keep_hangups_from_children);
}

/// Whether the end of the terminal concerns this process.
#[cfg(unix)]
static HEEDS_HANGUPS: std::sync::OnceLock<bool> = std::sync::OnceLock::new();

/// What arrived.
enum Signal {
    Interrupt,
    /// The terminal is gone.
    Hangup,
}

/// Listens from now on. The first interrupt asks what runs to come to its end, the second to stop at
/// once. The end of the terminal is like a first interrupt, however often it is told: shells and the
/// system both tell it.
///
/// A thread of its own listens: all others may be waiting for somebody to read what they write.
///
/// `farewell` says what becomes of what is under way when nobody waits for it. Of `downloads` nothing is worth
/// waiting for: while there are some, the first interrupt ends the process.
pub(crate) fn listen(terminal: &Arc<Terminal>, farewell: &'static str, downloads: &UnderWay) -> StopHandle {
    let stop = StopHandle::new();
    let (handle, terminal, downloads) = (stop.clone(), terminal.clone(), downloads.clone());
    let (ready, is_ready) = std::sync::mpsc::channel();
    let listening = std::thread::Builder::new().name("interrupts".to_owned()).spawn(move || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_io().build() else { return };
        runtime.block_on(async move {
            let mut signals = Signals::new();
            // Whoever waits for it may have gone on without.
            let _ = ready.send(());
            loop {
                match signals.next().await {
                    Signal::Interrupt => {
                        downloads.abandon(|| leave(&terminal));
                        interrupt(&handle, &terminal, farewell);
                    }
                    Signal::Hangup => hang_up(&handle, &terminal),
                }
            }
        });
    });
    // Where nobody can listen, signals do what they do to every program.
    if listening.is_ok() {
        let _ = is_ready.recv();
    }
    stop
}

/// Ends the process. Whatever is not whole is gone by now.
#[expect(clippy::exit, reason = "threads that wait for servers cannot be made to come back")]
fn leave(terminal: &Terminal) {
    terminal.print_error(
        "\nInterrupt received. What was being fetched is given up; what was there before stays as it was.\n",
    );
    std::process::exit(Exit::Failure.code().into());
}

/// What does not come to its end by then waits for a server or a disk, and would go on for as long as that does.
/// Nothing is lost with it: what was done is in the journal.
const GRACE: Duration = Duration::from_secs(5);

fn give_up_soon(terminal: &Arc<Terminal>) {
    let terminal = terminal.clone();
    // Where there is no thread to be had a third interrupt does it.
    let _ = std::thread::Builder::new().name("end".to_owned()).spawn(move || {
        std::thread::sleep(GRACE);
        give_up(&terminal);
    });
}

#[expect(clippy::exit, reason = "threads that wait for servers cannot be made to come back")]
fn give_up(terminal: &Terminal) {
    terminal.print_error(
        "\nError: Interrupted\n\nSomething that was waited for has not answered since. Where the state has a lock, it may \
         still be held: the next command says so, and \"plumb force-unlock\" gives it back.\n",
    );
    std::process::exit(Exit::Failure.code().into());
}

fn interrupt(handle: &StopHandle, terminal: &Arc<Terminal>, farewell: &str) {
    match handle.interrupt() {
        Stop::No => {}
        Stop::AfterRunning => terminal.print_error(
            "\nInterrupt received.\nPlease wait for Plumb to exit: what runs comes to its end.\nGracefully \
             shutting down...\n\n",
        ),
        // Nobody waits any more.
        Stop::Now if terminal.has_abandoned_work() => give_up(terminal),
        Stop::Now => {
            terminal.abandon_work();
            give_up_soon(terminal);
            terminal.print_error(&format!("\nTwo interrupts received. Exiting immediately. {farewell}\n"));
        }
    }
}

fn hang_up(handle: &StopHandle, terminal: &Terminal) {
    if handle.asked() == Stop::No {
        handle.interrupt();
        // For those who read it in a file.
        terminal.print_error(
            "\nThe terminal is gone. What runs comes to its end, and nothing more is begun.\n\n",
        );
    }
}

/// What is listened for.
#[cfg(unix)]
struct Signals {
    interrupt: Option<tokio::signal::unix::Signal>,
    terminate: Option<tokio::signal::unix::Signal>,
    hangup: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    fn new() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        // What cannot be listened for does what it does to every program.
        let listen = |kind| signal(kind).ok();
        let heeds_hangups = HEEDS_HANGUPS.get().is_some_and(|heeds| *heeds);
        Signals {
            interrupt: listen(SignalKind::interrupt()),
            terminate: listen(SignalKind::terminate()),
            hangup: if heeds_hangups { listen(SignalKind::hangup()) } else { None },
        }
    }

    async fn next(&mut self) -> Signal {
        tokio::select! {
            () = arrival(&mut self.interrupt) => Signal::Interrupt,
            () = arrival(&mut self.terminate) => Signal::Interrupt,
            () = arrival(&mut self.hangup) => Signal::Hangup,
        }
    }
}

#[cfg(unix)]
async fn arrival(signal: &mut Option<tokio::signal::unix::Signal>) {
    if let Some(signal) = signal
        && signal.recv().await.is_some()
    {
        return;
    }
    std::future::pending::<()>().await;
}

/// What is listened for.
#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> Self {
        Signals
    }

    async fn next(&mut self) -> Signal {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Signal::Interrupt
    }
}
