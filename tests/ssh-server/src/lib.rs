//! An SSH server of OpenSSH for a test, with keys, certificates and agents.
//!
//! Responsible for what a test of connections needs, and the machine may lack. Everything that a server
//! is made of lies in a directory of its own, and ends with it. Whoever runs the tests is its user.

#![expect(clippy::print_stdout, reason = "a test that cannot run says so")]

mod agent;
mod keys;
mod server;

use std::path::PathBuf;

pub use agent::Agent;
pub use keys::Keys;
pub use server::Server;

/// A program on `PATH`, or where administrators' programs are.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let usual = ["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from);
    std::env::split_paths(&path)
        .chain(usual)
        .map(|directory| directory.join(name))
        .find(|program| program.is_file())
}

/// Says that a test cannot run for lack of a program, if that is so.
pub(crate) fn lacks(test: &str, programs: &[&str]) -> bool {
    let missing = programs.iter().find(|program| find(program).is_none());
    if let Some(program) = missing {
        println!("skipped: {test}: there is no {program}");
    }
    missing.is_some()
}
