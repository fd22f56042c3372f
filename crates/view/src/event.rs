//! What happens while a plan is made or applied, as views are told of it.

use plumb_address::{AbsResourceInstance, DeposedKey};
use plumb_plan::Action;

/// What is being done to an object. A replacement is two operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// It is made.
    Create,
    /// It is changed in place.
    Update,
    /// It is destroyed.
    Delete,
    /// A data source is read.
    Read,
    /// It is no longer recorded.
    Forget,
    /// An ephemeral resource is opened.
    Open,
    /// An ephemeral resource is closed.
    Close,
}

impl Operation {
    /// Whether it is done to an ephemeral resource.
    pub(crate) fn is_ephemeral(self) -> bool {
        matches!(self, Operation::Open | Operation::Close)
    }

    /// The operation that an action is, where it is one.
    pub fn of(action: Action) -> Option<Operation> {
        match action {
            Action::Create => Some(Operation::Create),
            Action::Update => Some(Operation::Update),
            Action::Delete => Some(Operation::Delete),
            Action::Read => Some(Operation::Read),
            Action::Forget => Some(Operation::Forget),
            Action::NoOp | Action::DeleteThenCreate | Action::CreateThenDelete => None,
        }
    }
}

/// Something that happened to an object.
#[derive(Clone, Debug, PartialEq)]
pub enum Event<'a> {
    /// A managed object is about to be looked at.
    RefreshStart {
        /// The object.
        address: &'a AbsResourceInstance,
        /// Which object, where it is not the current one.
        deposed: Option<&'a DeposedKey>,
        /// Its `id`, where it has one.
        id: Option<&'a str>,
    },
    /// A managed object has been looked at.
    RefreshComplete {
        /// The object.
        address: &'a AbsResourceInstance,
        /// Its `id`, where it has one.
        id: Option<&'a str>,
    },
    /// An object is about to be taken over.
    ImportStart {
        /// Which instance it becomes.
        address: &'a AbsResourceInstance,
        /// The identifier that it is found by.
        id: &'a str,
    },
    /// An operation begins.
    Start {
        /// The object.
        address: &'a AbsResourceInstance,
        /// Which object, where it is not the current one.
        deposed: Option<&'a DeposedKey>,
        /// What is done.
        operation: Operation,
        /// Its `id`, where it has one yet.
        id: Option<&'a str>,
    },
    /// An operation is still under way.
    Progress {
        /// The object.
        address: &'a AbsResourceInstance,
        /// Which object, where it is not the current one.
        deposed: Option<&'a DeposedKey>,
        /// What is done.
        operation: Operation,
        /// Its `id`, where it has one yet.
        id: Option<&'a str>,
        /// Since when, in whole seconds.
        elapsed_seconds: u64,
    },
    /// An operation has come to its end.
    Complete {
        /// The object.
        address: &'a AbsResourceInstance,
        /// Which object, where it is not the current one.
        deposed: Option<&'a DeposedKey>,
        /// What was done.
        operation: Operation,
        /// Its `id`, where it has one.
        id: Option<&'a str>,
        /// How long it took, in whole seconds.
        elapsed_seconds: u64,
    },
    /// An operation has failed; what went wrong is told at the end.
    Failed {
        /// The object.
        address: &'a AbsResourceInstance,
        /// Which object, where it is not the current one.
        deposed: Option<&'a DeposedKey>,
        /// What was tried.
        operation: Operation,
        /// How long it took, in whole seconds.
        elapsed_seconds: u64,
    },
    /// A provisioner begins.
    ProvisionStart {
        /// The object.
        address: &'a AbsResourceInstance,
        /// Kind of the provisioner.
        provisioner: &'a str,
    },
    /// A provisioner has written something.
    ProvisionOutput {
        /// The object.
        address: &'a AbsResourceInstance,
        /// Kind of the provisioner.
        provisioner: &'a str,
        /// What it has written: whole lines.
        output: &'a str,
    },
    /// A provisioner has come to its end.
    ProvisionComplete {
        /// The object.
        address: &'a AbsResourceInstance,
        /// Kind of the provisioner.
        provisioner: &'a str,
    },
    /// A provisioner has failed.
    ProvisionFailed {
        /// The object.
        address: &'a AbsResourceInstance,
        /// Kind of the provisioner.
        provisioner: &'a str,
    },
}
