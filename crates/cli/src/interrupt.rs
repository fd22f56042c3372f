//! Interrupts, from the keyboard or from whoever runs the program.

use std::sync::Arc;

use plumb_executor::{Stop, StopHandle};

use crate::terminal::Terminal;

/// Listens from now on. The first interrupt asks what runs to come to its end, the second to stop at
/// once. To be called within the runtime.
pub(crate) fn listen(terminal: &Arc<Terminal>) -> StopHandle {
    let stop = StopHandle::new();
    let (handle, terminal) = (stop.clone(), terminal.clone());
    tokio::spawn(async move {
        loop {
            next_signal().await;
            match handle.interrupt() {
                Stop::No => {}
                Stop::AfterRunning => terminal.print_error(
                    "\nInterrupt received.\nPlease wait for Plumb to exit: what runs comes to its end.\nGracefully \
                     shutting down...\n\n",
                ),
                Stop::Now => {
                    terminal.abandon_work();
                    terminal.print_error(
                        "\nTwo interrupts received. Exiting immediately. What was under way is in the journal, and the \
                         next command names it.\n",
                    );
                }
            }
        }
    });
    stop
}

#[cfg(unix)]
async fn next_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return std::future::pending().await };
    tokio::select! {
        result = tokio::signal::ctrl_c() => if result.is_err() { std::future::pending().await },
        _ = terminate.recv() => {}
    }
}

#[cfg(not(unix))]
async fn next_signal() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending().await
    }
}
