//! Who wants to know how planning goes on.

use plumb_address::AbsResourceInstance;

/// Is told as planning goes on. Calls come from many tasks at once and must not block.
pub trait Observer: Send + Sync {
    /// An object is being looked at; `identity` is the attribute that people know it by.
    fn refresh_start(&self, _address: &AbsResourceInstance, _identity: Option<(&str, &str)>) {}

    /// It has been looked at.
    fn refresh_complete(&self, _address: &AbsResourceInstance, _identity: Option<(&str, &str)>) {}

    /// A data source is being read.
    fn read_start(&self, _address: &AbsResourceInstance) {}

    /// It has been read.
    fn read_complete(&self, _address: &AbsResourceInstance, _identity: Option<(&str, &str)>) {}
}

/// Nobody wants to know.
pub struct NoObserver;

impl Observer for NoObserver {}
