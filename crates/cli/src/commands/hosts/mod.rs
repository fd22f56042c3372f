//! Commands that are for hosts.

pub(super) mod deploy;
pub(super) mod exec;
pub(super) mod fact;
mod inventory;
mod limits;
pub(super) mod list;
mod many;
pub(crate) mod outside;
mod recording;
mod show;
mod trace;
pub(crate) mod way;
