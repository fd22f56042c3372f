//! Connections to servers of OpenSSH, and through what lies between.
#![cfg(unix)]

mod bastion;
mod commands;
mod identities;
mod key_files;
mod known;
mod passwords;
mod proxies;
mod proxy_commands;
mod round_trips;
mod silence;
mod support;
mod trust;
mod writing;
