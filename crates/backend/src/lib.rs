//! Where state lives: on this machine's disks.
//!
//! Responsible for keeping versions of states, their locks and their journals, so that whatever was
//! reported as written is still there after any crash, and so that two runs on one state never
//! interleave, whichever program they belong to. It knows nothing of what the states say.

mod blocking;
mod disk;
mod identity;
mod local;
mod problem;
mod simulation;
#[cfg(test)]
mod tests;

pub use disk::{Disk, DiskFile, DiskLock, Locking, RealDisk};
pub use identity::{lock_info, random_uuid, timestamp, who};
pub use local::{
    DEFAULT_WORKSPACE, LocalBackend, LocalOptions, is_valid_workspace_name, save_errored, select_workspace,
    selected_workspace,
};
pub use simulation::SimulatedDisk;
