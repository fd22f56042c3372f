//! Commands that are for hosts.

pub(super) mod deploy;
pub(super) mod exec;
pub(super) mod fact;
mod inventory;
mod leftover;
mod limits;
pub(super) mod list;
mod log;
mod many;
pub(crate) mod notices;
pub(crate) mod outside;
mod recording;
mod said;
mod show;
mod times;
mod trace;
pub(crate) mod way;
