//! A provider as a program, for the tests of spares. It logs what it is started with, and how often
//! its functions are called.

use std::sync::Arc;

use plumb_plugin::Protocol;
use plumb_plugin::serve::serve;

#[path = "../../plugin/tests/support/notes.rs"]
mod notes;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::print_stderr, reason = "standard error is the log of a provider")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    if let Some(milliseconds) = std::env::var("SPARES_START_MS").ok().and_then(|text| text.parse().ok()) {
        std::thread::sleep(std::time::Duration::from_millis(milliseconds));
    }
    // Memory of its own, so that it does not matter who else runs the same program.
    let ballast_mib =
        std::env::var("SPARES_BALLAST_MIB").ok().and_then(|text| text.parse().ok()).unwrap_or(0);
    let ballast = vec![1u8; ballast_mib << 20];
    let level = std::env::var("TF_LOG_PROVIDER_NOTES");
    // In one line: a command that nobody asked for logs may end before it reads a second one.
    let told = level.map(|level| format!(", told to log from {level} on")).unwrap_or_default();
    eprintln!("[INFO] started by {}{told}", std::env::args_os().next().unwrap_or_default().display());
    serve(Arc::new(notes::Notes::default()), &Protocol::ALL, None).await?;
    std::hint::black_box(ballast);
    Ok(())
}
