//! Commands that are for hosts.

pub(super) mod deploy;
pub(super) mod exec;
pub(super) mod fact;
mod inventory;
mod many;
mod show;
mod way;
