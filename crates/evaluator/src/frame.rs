//! Where an expression is evaluated, and what was used in doing so.

use std::sync::Arc;

use plumb_address::InstanceKey;
use plumb_value::Value;

use crate::{CellId, ModuleNode};

/// What came of an evaluation.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The value; unknown where it failed.
    pub value: Value,
    /// Whether something that it needs failed. The reason is reported already, so whatever needs
    /// this says nothing and fails too.
    pub failed: bool,
}

impl Outcome {
    /// A value.
    pub fn of(value: Value) -> Self {
        Outcome { value, failed: false }
    }

    /// No value, for a reason that is reported already.
    pub fn failed() -> Self {
        Outcome { value: Value::dynamic(), failed: true }
    }
}

/// Where an expression stands.
#[derive(Clone, Debug)]
pub struct Scope {
    /// The module instance.
    pub module: Arc<ModuleNode>,
    /// Key of the instance: what `each.key` and `count.index` give.
    pub key: InstanceKey,
    /// What `each.value` gives.
    pub each_value: Option<Value>,
    /// What `self` gives.
    pub self_value: Option<Value>,
    /// Whether `each` and `count` are there at all although there is no key, which is so while
    /// validating, when nobody knows the instances yet.
    pub unknown_key: Option<crate::KeysKind>,
    /// The variable of which it is found out here if its value is allowed, so that it is used as it is.
    pub validates: Option<Arc<str>>,
}

impl Scope {
    /// A module instance, outside any repetition.
    pub fn module(module: Arc<ModuleNode>) -> Self {
        Scope {
            module,
            key: InstanceKey::None,
            each_value: None,
            self_value: None,
            unknown_key: None,
            validates: None,
        }
    }

    /// An instance in it.
    pub fn instance(module: Arc<ModuleNode>, key: InstanceKey, each_value: Option<Value>) -> Self {
        Scope { key, each_value, ..Scope::module(module) }
    }

    /// The same place with a value for `self`.
    #[must_use]
    pub fn with_self(&self, value: Value) -> Self {
        Scope { self_value: Some(value), ..self.clone() }
    }
}

/// What one piece of work has used so far.
#[derive(Debug, Default)]
pub struct Frame {
    /// Cells whose results were used, in order of use, perhaps more than once.
    pub inputs: Vec<CellId>,
    /// How many cells are being computed on this task's stack.
    pub(crate) depth: u32,
}

impl Frame {
    /// A new piece of work.
    pub fn new() -> Self {
        Self::default()
    }

    /// A piece of work done on behalf of a cell that is computed `depth` deep.
    pub(crate) fn at_depth(depth: u32) -> Self {
        Frame { inputs: Vec::new(), depth }
    }
}
