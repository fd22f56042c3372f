//! The place of a plugin's process: empty at first, started by the first who needs it, and exchanged
//! where a better one is found.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use super::running::Running;
use crate::PluginFailure;

/// A process, or why there is none. A failure is kept too: every call would only fail in the same way,
/// after the same time.
pub(super) type Started = Result<Arc<Running>, PluginFailure>;

/// See the top of this file.
#[derive(Default)]
pub(super) struct Slot(Mutex<Arc<OnceCell<Started>>>);

impl Slot {
    /// What is there, to be started where nothing is.
    pub(super) fn cell(&self) -> Arc<OnceCell<Started>> {
        self.lock().clone()
    }

    /// The process, if it runs.
    pub(super) fn running(&self) -> Option<Arc<Running>> {
        self.lock().get().and_then(|started| started.as_ref().ok().cloned())
    }

    /// Puts a process there instead of the one that was there.
    pub(super) fn exchange(&self, running: Running) -> Arc<OnceCell<Started>> {
        let cell = OnceCell::new_with(Some(Ok(Arc::new(running))));
        std::mem::replace(&mut *self.lock(), Arc::new(cell))
    }

    /// Takes the process out, if it runs and nobody else holds on to it. It stays where that is so.
    pub(super) fn take_alone(&self) -> Option<Running> {
        let mut slot = self.lock();
        let cell = std::mem::take(&mut *slot);
        match alone(cell) {
            Ok(running) => Some(running),
            Err(cell) => {
                *slot = cell;
                None
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Arc<OnceCell<Started>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The process of a place that nobody else has anything to do with.
pub(super) fn alone(cell: Arc<OnceCell<Started>>) -> Result<Running, Arc<OnceCell<Started>>> {
    let keep = |started: Option<Started>| Arc::new(OnceCell::new_with(started));
    match Arc::try_unwrap(cell)?.into_inner() {
        Some(Ok(running)) => Arc::try_unwrap(running).map_err(|running| keep(Some(Ok(running)))),
        other => Err(keep(other)),
    }
}
