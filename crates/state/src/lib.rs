//! What exists: resources, instances and objects as recorded, and the contracts with those who
//! make and keep them.
//!
//! Responsible for the state in memory, its file format v4, the journal's records, and the traits
//! [`Provider`], [`Provisioner`] and [`Backend`]. It decides nothing about changes and touches no disk.

mod backend;
mod error;
pub mod file;
pub mod journal;
mod lock;
mod object;
mod operations;
#[cfg(test)]
mod operations_tests;
mod provider;
mod provisioner;
mod state;

pub use backend::{
    Backend, Digest, JournalContents, JournalStore, Owner, Receipt, Recorded, StateLock, StateStore,
    StoredState, Version,
};
pub use error::BackendError;
pub use file::StateFileError;
pub use lock::LockInfo;
pub use object::ObjectError;
pub use provider::*;
pub use provisioner::{ProvisionOutput, ProvisionRequest, Provisioner, Provisioners, connection_schema};
pub use state::{CheckResult, CheckStatus, InstanceState, Object, Output, ResourceState, State, Status};
