//! Instances of modules, each with a number.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use plumb_address::{InstanceKey, ModuleInstance};
use plumb_configuration::ModuleId;
use plumb_value::Value;

/// An instance of a module.
#[derive(Debug)]
pub struct ModuleNode {
    /// Its number.
    pub id: u32,
    /// The module as written.
    pub module: ModuleId,
    /// Its address.
    pub address: ModuleInstance,
    /// The instance with the call that leads here, and the call's name.
    pub parent: Option<(Arc<ModuleNode>, Arc<str>)>,
    /// Key of this instance among the call's.
    pub key: InstanceKey,
    /// What `each.value` gives in the call.
    pub each_value: Option<Value>,
    /// The kind of repetition, where this stands for instances that nobody knows yet.
    pub unknown_key: Option<crate::KeysKind>,
}

/// Every module instance met so far.
#[derive(Debug)]
pub(crate) struct ModuleNodes {
    by_step: Mutex<HashMap<(u32, Arc<str>, InstanceKey), Arc<ModuleNode>>>,
    all: Mutex<Vec<Arc<ModuleNode>>>,
}

impl ModuleNodes {
    pub(crate) fn new() -> Self {
        let root = Arc::new(ModuleNode {
            id: 0,
            module: ModuleId::ROOT,
            address: ModuleInstance::root(),
            parent: None,
            key: InstanceKey::None,
            each_value: None,
            unknown_key: None,
        });
        ModuleNodes { by_step: Mutex::default(), all: Mutex::new(vec![root]) }
    }

    pub(crate) fn root(&self) -> Arc<ModuleNode> {
        self.get(0)
    }

    pub(crate) fn get(&self, id: u32) -> Arc<ModuleNode> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)[id as usize].clone()
    }

    pub(crate) fn all(&self) -> Vec<Arc<ModuleNode>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The instance that a call leads to, made where it is met for the first time.
    pub(crate) fn child(
        &self,
        parent: &Arc<ModuleNode>,
        call: &Arc<str>,
        module: ModuleId,
        key: &InstanceKey,
        each_value: Option<&Value>,
        unknown_key: Option<crate::KeysKind>,
    ) -> Arc<ModuleNode> {
        let step = (parent.id, call.clone(), key.clone());
        let mut by_step = self.by_step.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(node) = by_step.get(&step) {
            return node.clone();
        }
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let node = Arc::new(ModuleNode {
            id: all.len() as u32,
            module,
            address: parent.address.child(call.clone(), key.clone()),
            parent: Some((parent.clone(), call.clone())),
            key: key.clone(),
            each_value: each_value.cloned(),
            unknown_key,
        });
        all.push(node.clone());
        by_step.insert(step, node.clone());
        node
    }
}
