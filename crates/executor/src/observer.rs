//! Who wants to know how applying goes on.

use plumb_address::{AbsResourceInstance, DeposedKey};
use plumb_planner::EphemeralObserver;

/// What is done to an object, as people are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StepAction {
    /// It is made.
    Create,
    /// It is changed in place.
    Update,
    /// It is destroyed.
    Delete,
    /// A data source is read.
    Read,
}

/// Is told as applying goes on. Calls come from many tasks at once and must not block.
pub trait Observer: EphemeralObserver {
    /// A step begins; `identity` is the attribute that people know the object by.
    fn step_start(
        &self,
        _address: &AbsResourceInstance,
        _deposed: Option<&DeposedKey>,
        _action: StepAction,
        _identity: Option<(&str, &str)>,
    ) {
    }

    /// A step is done and recorded.
    fn step_complete(
        &self,
        _address: &AbsResourceInstance,
        _deposed: Option<&DeposedKey>,
        _action: StepAction,
        _identity: Option<(&str, &str)>,
    ) {
    }

    /// A step has failed, and nothing is said about that but what went wrong.
    fn step_abandoned(&self, _address: &AbsResourceInstance, _deposed: Option<&DeposedKey>) {}

    /// A step has failed.
    fn step_errored(
        &self,
        _address: &AbsResourceInstance,
        _deposed: Option<&DeposedKey>,
        _action: StepAction,
    ) {
    }

    /// A provisioner of a kind begins.
    fn provision_start(&self, _address: &AbsResourceInstance, _kind: &str) {}

    /// It has written something that may be shown.
    fn provision_output(&self, _address: &AbsResourceInstance, _kind: &str, _output: &str) {}

    /// It is done.
    fn provision_complete(&self, _address: &AbsResourceInstance, _kind: &str) {}

    /// It has failed.
    fn provision_errored(&self, _address: &AbsResourceInstance, _kind: &str) {}
}

/// Nobody wants to know.
pub struct NoObserver;

impl EphemeralObserver for NoObserver {}

impl Observer for NoObserver {}
