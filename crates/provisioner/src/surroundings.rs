//! What a provisioner has around it on this machine.

use std::path::PathBuf;

/// What the user's environment says.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// The user's home directory, which a `~` at the beginning of a path stands for.
    pub home: Option<PathBuf>,
    /// The socket of an SSH agent.
    pub agent_socket: Option<PathBuf>,
}

impl Surroundings {
    /// A path of this machine; a `~` at its beginning is the home directory.
    pub(crate) fn path(&self, text: &str) -> Result<PathBuf, String> {
        let Some(rest) = text.strip_prefix('~') else { return Ok(text.into()) };
        let Some(rest) = rest.strip_prefix(['/', '\\']).or(rest.is_empty().then_some("")) else {
            return Err(format!("{text} lies in another user's home directory: write the whole path"));
        };
        let home = self
            .home
            .as_ref()
            .ok_or_else(|| format!("{text} lies in a home directory, and none is known"))?;
        Ok(if rest.is_empty() { home.clone() } else { home.join(rest) })
    }
}
