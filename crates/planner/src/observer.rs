//! Who wants to know how planning goes on.

use plumb_address::{AbsResourceInstance, DeposedKey};

/// What is done to an ephemeral resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EphemeralAction {
    /// It is opened.
    Open,
    /// It is closed.
    Close,
}

/// Is told of ephemeral resources, while planning and while applying. Calls come from many tasks at
/// once and must not block.
pub trait EphemeralObserver: Send + Sync {
    /// Something begins.
    fn ephemeral_start(&self, _address: &AbsResourceInstance, _action: EphemeralAction) {}

    /// It is done.
    fn ephemeral_complete(&self, _address: &AbsResourceInstance, _action: EphemeralAction) {}

    /// It has failed.
    fn ephemeral_errored(&self, _address: &AbsResourceInstance, _action: EphemeralAction) {}
}

/// Is told as planning goes on. Calls come from many tasks at once and must not block.
pub trait Observer: EphemeralObserver {
    /// An object is being looked at; `identity` is the attribute that people know it by.
    fn refresh_start(
        &self,
        _address: &AbsResourceInstance,
        _deposed: Option<&DeposedKey>,
        _identity: Option<(&str, &str)>,
    ) {
    }

    /// It has been looked at. Nothing more is said of one that could not be.
    fn refresh_complete(&self, _address: &AbsResourceInstance, _identity: Option<(&str, &str)>) {}

    /// A provider is asked for an object that is to be taken over.
    fn import_start(&self, _address: &AbsResourceInstance, _id: &str) {}

    /// A data source is being read.
    fn read_start(&self, _address: &AbsResourceInstance) {}

    /// It has been read.
    fn read_complete(&self, _address: &AbsResourceInstance, _identity: Option<(&str, &str)>) {}

    /// What was read is of no use.
    fn read_errored(&self, _address: &AbsResourceInstance) {}

    /// It could not be read, and the provider has said why: there is nothing more to tell.
    fn read_abandoned(&self, _address: &AbsResourceInstance) {}
}

/// Nobody wants to know.
pub struct NoObserver;

impl EphemeralObserver for NoObserver {}

impl Observer for NoObserver {}
