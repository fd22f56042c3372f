//! An SSH agent.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// An agent that ends with this.
pub struct Agent {
    directory: TempDir,
    child: Child,
}

impl Agent {
    /// Starts an agent that holds these keys, with their certificates. `None`, which is said, where there
    /// is none.
    pub fn start(test: &str, keys: &[&Path]) -> Option<Self> {
        if crate::lacks(test, &["ssh-agent", "ssh-add"]) {
            return None;
        }
        let directory = tempfile::tempdir().expect("a directory");
        let socket = directory.path().join("agent");
        let mut command = Command::new("ssh-agent");
        command.arg("-D").arg("-a").arg(&socket).stdin(Stdio::null()).stdout(Stdio::null());
        let child = command.spawn().expect("ssh-agent runs");
        let agent = Agent { directory, child };
        let patience = Instant::now() + Duration::from_secs(20);
        while !socket.exists() {
            assert!(Instant::now() < patience, "the agent does not come up");
            std::thread::sleep(Duration::from_millis(10));
        }
        for key in keys {
            let mut add = Command::new("ssh-add");
            add.arg("-q").arg(key).env("SSH_AUTH_SOCK", &socket).stdin(Stdio::null());
            assert!(add.status().expect("ssh-add runs").success());
        }
        Some(agent)
    }

    /// Where it listens.
    pub fn socket(&self) -> PathBuf {
        self.directory.path().join("agent")
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        // One that has ended by itself is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
