//! Commands that are for hosts.

pub(super) mod deploy;
mod inventory;
mod show;
mod way;
