//! Becoming a provider that does not outlive its keeper.
//!
//! The system ends a process together with its parent where the process has asked for that, and what
//! it has asked for stays when it becomes another program. So the keeper starts this program, which
//! asks, and then becomes the provider.

use std::ffi::OsString;
use std::process::ExitCode;

/// What a shell answers where a program cannot be run.
const NOT_RUN: u8 = 127;

/// Becomes the program that the arguments name, after the number of the parent. Comes back only where
/// that fails.
pub fn run_guarded(arguments: &[OsString]) -> ExitCode {
    if let [parent, program, rest @ ..] = arguments {
        become_program(parent, program, rest);
    }
    ExitCode::from(NOT_RUN)
}

#[cfg(target_os = "linux")]
fn become_program(parent: &OsString, program: &OsString, arguments: &[OsString]) {
    use std::os::unix::process::CommandExt as _;

    use rustix::process::{Signal, getppid, set_parent_process_death_signal};

    if set_parent_process_death_signal(Some(Signal::KILL)).is_err() {
        return;
    }
    // The parent may have ended before it could be asked about.
    let current = getppid().map(|id| id.as_raw_nonzero().to_string());
    if current.as_deref() != parent.to_str() {
        return;
    }
    // What this returns is why it failed; the keeper sees the exit code.
    let _ = std::process::Command::new(program).args(arguments).exec();
}

#[cfg(not(target_os = "linux"))]
fn become_program(_parent: &OsString, _program: &OsString, _arguments: &[OsString]) {}
