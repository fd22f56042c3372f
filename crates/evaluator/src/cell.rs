//! Cells: what has been asked for, and what came of it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use plumb_address::{InstanceKey, ProviderConfigAddress, Resource};
use tokio::sync::Notify;

use crate::{Keys, Outcome};

/// What a cell computes. Numbers name module instances.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum CellKey {
    /// An input variable.
    Variable(u32, Arc<str>),
    /// Whether an input variable's value is one that it allows, as far as that is about this value
    /// alone.
    Valid(u32, Arc<str>),
    /// A local value.
    Local(u32, Arc<str>),
    /// An output value.
    Output(u32, Arc<str>),
    /// Which instances a resource has.
    ResourceKeys(u32, Resource),
    /// Which instances a module call has.
    CallKeys(u32, Arc<str>),
    /// An instance of a resource.
    Instance(u32, Resource, InstanceKey),
    /// All instances of a resource as one value.
    Resource(u32, Resource),
    /// All outputs of all instances of a module call as one value.
    Call(u32, Arc<str>),
    /// Everything in a module instance is done: what `depends_on = [module.x]` waits for.
    Done(u32),
    /// What the `depends_on` of the calls that lead to a module instance wait for.
    Gate(u32),
    /// A provider's configuration.
    Provider(ProviderConfigAddress),
}

/// Names a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CellId(pub u32);

/// What a cell came to.
#[derive(Clone, Debug)]
pub(crate) enum CellResult {
    /// A value, or the fact that it failed.
    Value(Outcome),
    /// Which instances there are; `None` where that failed.
    Keys(Option<Arc<Keys>>),
}

/// One cell. It is computed by whoever asks first; others wait.
#[derive(Debug)]
pub(crate) struct Cell {
    pub(crate) id: CellId,
    pub(crate) key: CellKey,
    done: OnceLock<CellResult>,
    /// Cells whose results went into this one.
    pub(crate) inputs: OnceLock<Box<[CellId]>>,
    waiters: Notify,
}

impl Cell {
    /// The result, if it is there.
    pub(crate) fn ready(&self) -> Option<&CellResult> {
        self.done.get()
    }

    /// Waits for the result.
    pub(crate) async fn wait(&self) -> &CellResult {
        loop {
            let notified = self.waiters.notified();
            if let Some(result) = self.done.get() {
                return result;
            }
            notified.await;
        }
    }

    /// Sets the result; the first one stays.
    pub(crate) fn finish(&self, result: CellResult, mut inputs: Vec<CellId>) {
        inputs.sort_unstable();
        inputs.dedup();
        // Who waits for the result may look at the inputs at once, so those go first.
        let _ = self.inputs.set(inputs.into_boxed_slice());
        let _ = self.done.set(result);
        self.waiters.notify_waiters();
    }
}

/// All cells. Many are asked for at once, so the table is split.
#[derive(Debug)]
pub(crate) struct Cells {
    shards: Box<[Mutex<HashMap<CellKey, Arc<Cell>>>]>,
    all: Mutex<Vec<Arc<Cell>>>,
    hasher: std::hash::RandomState,
}

const SHARDS: usize = 32;

impl Cells {
    pub(crate) fn new() -> Self {
        Cells {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            all: Mutex::default(),
            hasher: std::hash::RandomState::new(),
        }
    }

    /// The cell for a key, and whether the caller is the first to ask and has to compute it.
    pub(crate) fn get(&self, key: CellKey) -> (Arc<Cell>, bool) {
        use std::hash::BuildHasher as _;
        let shard = &self.shards[self.hasher.hash_one(&key) as usize % SHARDS];
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cell) = shard.get(&key) {
            return (cell.clone(), false);
        }
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let cell = Arc::new(Cell {
            id: CellId(all.len() as u32),
            key: key.clone(),
            done: OnceLock::new(),
            inputs: OnceLock::new(),
            waiters: Notify::new(),
        });
        all.push(cell.clone());
        shard.insert(key, cell.clone());
        (cell, true)
    }

    /// Every cell asked for so far, by number.
    pub(crate) fn all(&self) -> Vec<Arc<Cell>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
