//! Systems to deploy to: a Debian, and one with nothing but BusyBox.
//!
//! Responsible for what tests and measurements of deploys run against. Each target has a root file system
//! of its own, of which what is written is kept in memory alone, and mount, process, network, host name
//! and IPC namespaces of its own, so that root may do there what it likes. It ends with what started it,
//! however that ends. What a target is made of is kept between runs, in the user's cache directory.

#![expect(clippy::print_stdout, reason = "a test that cannot run says so")]

mod applets;
mod busybox;
mod cache;
mod debian;
mod line;
mod machine;
mod namespace;
mod packages;
mod server;
mod target;

pub use busybox::BusyBox;
pub use cache::python_package;
pub use debian::Debian;
pub use packages::Package;
pub use server::SshServer;
pub use target::{Output, Target};

/// Why there can be no such target here, in words for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unavailable(pub String);

impl std::fmt::Display for Unavailable {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0)
    }
}

/// Says that a test cannot run, and why.
pub fn skip(test: &str, why: &Unavailable) {
    println!("skipped: {test}: {why}");
}

/// The target, or nothing, which is said, where there can be none.
fn or_skip<T>(test: &str, made: Result<T, Unavailable>) -> Option<T> {
    made.inspect_err(|why| skip(test, why)).ok()
}
