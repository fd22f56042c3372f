//! As whom things are done on a host.

use plumb_ssh::Secret;

use crate::inventory::Host;
use crate::settings::{Settings, flag_of};
use crate::vocabulary::{SUDO, SUDO_PASSWORD, SUDO_USER};

/// Everything is done as another user than the one who logs in, by way of `sudo`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sudo {
    /// As which user; `root` where nothing is said.
    pub user: Option<String>,
    /// The password that `sudo` asks for.
    pub password: Option<Secret>,
}

impl Host {
    /// Whether things are done by way of `sudo`, and as whom. What is wrong with what is said of that is among
    /// [`Host::problems`].
    pub fn sudo(&self) -> Option<Sudo> {
        let (_, datum) = self.get(SUDO)?;
        if flag_of(&datum.value) != Some(true) {
            return None;
        }
        let mut settings = Settings::of(self, None);
        Some(Sudo { user: settings.name(SUDO_USER), password: settings.secret(SUDO_PASSWORD) })
    }
}
