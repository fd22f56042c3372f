//! Operations of databases, on servers of their own.

#![expect(clippy::print_stdout, reason = "a test that cannot run says so")]

#[path = "databases/mysql.rs"]
mod mysql;
#[path = "databases/postgres.rs"]
mod postgres;

use plumb_operations::Site;
use plumb_targets::{Debian, Target};

/// A Debian with a package, whose server does not run; nothing, which is said, where there can be none.
fn unstarted(test: &str, package: &str) -> Option<Debian> {
    Debian::with(&[package]).inspect_err(|why| println!("skipped: {test}: {why}")).ok()
}

/// The same, with the server started by a text for a shell.
fn server(test: &str, package: &str, start: &str) -> Option<Debian> {
    let debian = unstarted(test, package)?;
    debian.must(start);
    Some(debian)
}

/// Has a program note all processes that there are whenever it is run.
fn watch(target: &Target, program: &str) {
    let text = format!("#!/bin/sh\nps axww -o args >>/tmp/seen\nexec /usr/bin/{program} \"$@\"\n");
    target.write(&format!("/usr/local/bin/{program}"), text.as_bytes());
    target.must(&format!("chmod 755 /usr/local/bin/{program}; : >/tmp/seen; chmod 666 /tmp/seen"));
}

/// Has these lines change something again and again, as what runs each time does.
#[track_caller]
fn does_each_time(site: &Site, lines: &str) -> String {
    let ended = site.deploy(&["-yes"], lines);
    assert_eq!(ended.code, 0, "{lines}\n{}", ended.output);
    let again = site.deploy(&["-plan", "-detailed-exitcode"], lines);
    assert_eq!(again.code, 2, "it is done each time:\n{lines}\n{}", again.output);
    ended.output
}
