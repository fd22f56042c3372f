//! Warm processes from the first to the last, with real processes: who gets one, who does not, and what
//! is left when any of the processes is killed.
#![cfg(target_os = "linux")]
#![expect(clippy::print_stdout, reason = "says what is skipped")]

mod keepers;
mod reuse;
mod reuse_refused;
mod scene;
mod spares;
