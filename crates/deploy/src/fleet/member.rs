//! A host among others.

use async_trait::async_trait;
use plumb_host::Host;

use crate::setting::Setting;

/// A host among others: what is said of it, and the way to it.
pub struct Member {
    /// What the deploy runs with.
    pub setting: Setting,
    /// The way.
    pub connect: Box<dyn Connect>,
}

/// A way to a host.
#[async_trait]
pub trait Connect: Send + Sync {
    /// Goes it; or says why it cannot be gone, in words for people.
    async fn connect(&self) -> Result<Host, String>;
}
