//! Interruption as a value.

use std::sync::Arc;

use tokio::sync::watch;

/// How far to go on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stop {
    /// To the end.
    #[default]
    No,
    /// What runs comes to its end; nothing new begins.
    AfterRunning,
    /// Nothing is waited for. What runs is named, and the journal has it.
    Now,
}

/// Asks a run to stop, and tells the run that it is asked. Cloning gives another hold on the same.
#[derive(Clone, Debug)]
pub struct StopHandle {
    sender: Arc<watch::Sender<Stop>>,
}

impl Default for StopHandle {
    fn default() -> Self {
        Self::new()
    }
}

impl StopHandle {
    /// Nobody has asked yet.
    pub fn new() -> Self {
        StopHandle { sender: Arc::new(watch::Sender::new(Stop::No)) }
    }

    /// Asks once more: first for [`Stop::AfterRunning`], then for [`Stop::Now`]. Says what is asked
    /// for from now on.
    pub fn interrupt(&self) -> Stop {
        self.sender.send_modify(|stop| {
            *stop = match *stop {
                Stop::No => Stop::AfterRunning,
                Stop::AfterRunning | Stop::Now => Stop::Now,
            };
        });
        self.asked()
    }

    /// What is asked for.
    pub fn asked(&self) -> Stop {
        *self.sender.borrow()
    }

    /// Waits until at least so much is asked for.
    pub async fn wait_for(&self, level: Stop) {
        let mut receiver = self.sender.subscribe();
        // The sender lives as long as this handle does, so waiting ends in what was waited for.
        let _ = receiver.wait_for(|stop| *stop >= level).await;
    }
}
