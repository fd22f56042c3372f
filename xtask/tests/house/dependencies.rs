//! Every dependency is a decision.

use std::collections::BTreeSet;
use std::fs;

use crate::root;

/// How many packages of others the lock file may name. Raise it together with the reason for a new one: 70 came
/// with SSH, which nobody should have to install a program for; a third of them are for Windows alone or
/// are newer versions of what checks signatures here. 6 unpack archives of modules.
const MOST_PACKAGES: usize = 552;

/// Packages that must not come in by the back door: they need a C compiler or link to a system
/// library, and what they do is done here by others.
const REFUSED: [&str; 4] = ["aws-lc-sys", "native-tls", "openssl", "openssl-sys"];

#[test]
fn the_number_of_packages_is_bounded() {
    let names = locked();
    assert!(
        names.len() <= MOST_PACKAGES,
        "Cargo.lock names {} packages of others, and {MOST_PACKAGES} is the bound",
        names.len()
    );
}

#[test]
fn refused_packages_stay_outside() {
    let names: BTreeSet<String> = locked().into_iter().collect();
    let found: Vec<_> = REFUSED.into_iter().filter(|name| names.contains(*name)).collect();
    assert!(found.is_empty(), "Cargo.lock names {found:?}");
}

/// The names of packages of others in the lock file, as often as they are in it.
fn locked() -> Vec<String> {
    let text = fs::read_to_string(root().join("Cargo.lock")).expect("Cargo.lock");
    text.split("[[package]]")
        .filter(|package| package.contains("\nsource = "))
        .filter_map(|package| package.lines().find_map(|line| line.strip_prefix("name = \"")))
        .map(|name| name.trim_end_matches('"').to_owned())
        .collect()
}
