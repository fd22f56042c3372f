//! Connections to servers of OpenSSH, and through what lies between.
#![cfg(unix)]

mod bastion;
mod commands;
mod identities;
mod known;
mod passwords;
mod proxies;
mod support;
mod trust;
mod writing;
