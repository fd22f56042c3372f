//! What the provider needs of the world around it.

use std::sync::Arc;

use async_trait::async_trait;
use plumb_deploy::{Failure, Machine, Operation, Secrets};
use plumb_host::Host;
use plumb_source::Files;

use crate::way::Reached;

/// What the provider needs of the world around it.
#[async_trait]
pub trait Outside: Send + Sync {
    /// The files of this machine: code, templates, and what goes to hosts.
    fn files(&self) -> Arc<dyn Files>;

    /// What code uses of this machine beside files.
    fn machine(&self) -> Machine;

    /// Connects to a host once; or says why that cannot be, in words for people.
    async fn connect(&self, reached: &Reached) -> Result<Host, String>;

    /// What an operation is going to change, as text.
    fn planned(&self, operation: &Operation, secrets: &Secrets) -> String;

    /// How an operation failed, as text.
    fn failed(&self, operation: &Operation, failure: &Failure, secrets: &Secrets) -> String;
}
