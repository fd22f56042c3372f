//! Where state lives: on this machine's disks, or with a server.
//!
//! Responsible for keeping versions of states, their locks and their journals, so that whatever was
//! reported as written is still there after any crash, and so that two runs on one state never
//! interleave, whichever program they belong to. It knows nothing of what the states say.

mod aws;
mod blocking;
mod disk;
mod http;
mod identity;
mod invalid_option;
mod local;
mod pg;
mod problem;
mod remote;
mod s3;
mod simulation;
mod succession;
#[cfg(test)]
mod tests;
mod waiting;
mod web;

pub use aws::{AssumedRole, AwsOptions, Service, WebIdentity};
pub use disk::{Disk, DiskFile, DiskLock, Locking, RealDisk};
pub use http::{HttpBackend, HttpOptions};
pub use identity::{lock_info, random_uuid, timestamp, who};
pub use invalid_option::InvalidOption;
pub use local::{
    DEFAULT_WORKSPACE, LocalBackend, LocalOptions, is_valid_workspace_name, save_errored, select_workspace,
    selected_workspace,
};
pub use pg::{PgBackend, PgOptions};
pub use remote::JournalPlace;
pub use s3::{BucketReader, S3Backend, S3Options};
pub use simulation::SimulatedDisk;
