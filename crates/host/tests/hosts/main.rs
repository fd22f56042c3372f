//! Finding out what there is on a host, and changing it.

#![expect(clippy::print_stderr, reason = "tests say what they skip")]

mod asking;
mod rsync;
mod together;
mod writing;

use std::sync::Arc;

use plumb_host::{Host, Local};

/// Shells that people have, and what has them run a text.
const SHELLS: [&[&str]; 3] = [&["dash", "-c"], &["bash", "--posix", "-c"], &["busybox", "sh", "-c"]];

/// Shells that people have, as the programs that start them here.
fn hosts() -> Vec<Host> {
    SHELLS
        .iter()
        .filter(|shell| std::process::Command::new(shell[0]).arg("-c").arg("true").output().is_ok())
        .map(|shell| Host::new(Arc::new(Local::through(shell[0], shell.iter().copied()))))
        .collect()
}
