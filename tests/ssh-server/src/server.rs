//! The server itself.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::keys::{Keys, public, text};

/// A server on a port of the loopback. It ends with this.
pub struct Server {
    directory: TempDir,
    child: Child,
    port: u16,
    key: PathBuf,
    host_key: PathBuf,
}

impl Server {
    /// Starts a server that lets in who has [`Server::key`]. `None`, which is said, where there is none.
    pub fn start(test: &str) -> Option<Self> {
        Server::configured(test, |_, _| String::new())
    }

    /// The same with further lines of configuration, made with keys in the server's directory.
    pub fn configured(test: &str, lines: impl FnOnce(&Keys, &Path) -> String) -> Option<Self> {
        if crate::lacks(test, &["sshd", "ssh-keygen"]) {
            return None;
        }
        let directory = tempfile::tempdir().expect("a directory");
        let keys = Keys::in_directory(directory.path());
        let key = keys.plain("user", "ed25519");
        let host_key = keys.plain("host", "ed25519");
        let authorized = directory.path().join("authorized_keys");
        fs::write(&authorized, public(&key)).expect("a file");
        let lines = lines(&keys, directory.path());
        let port = free_port();
        let config = directory.path().join("sshd_config");
        let text = format!(
            "{lines}\nPort {port}\nListenAddress 127.0.0.1\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\n\
             StrictModes no\nUsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n\
             PermitRootLogin yes\nMaxStartups 100\n",
            text(&host_key),
            text(&authorized)
        );
        fs::write(&config, text).expect("a file");
        let log = fs::File::create(directory.path().join("log")).expect("a file");
        // Only root's servers need it, and only root can make it.
        let _ = fs::create_dir_all("/run/sshd");
        let mut command = Command::new(crate::find("sshd").expect("sshd"));
        command.args(["-D", "-e", "-f", crate::keys::text(&config)]).stdin(Stdio::null()).stderr(log);
        let child = command.spawn().expect("sshd runs");
        let server = Server { directory, child, port, key, host_key };
        server.wait();
        Some(server)
    }

    fn wait(&self) {
        let patience = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(Instant::now() < patience, "the server does not come up: {}", self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// The port that it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The process that listens.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// The server's program.
    pub fn program(&self) -> PathBuf {
        crate::find("sshd").expect("sshd")
    }

    /// The file with its configuration.
    pub fn config(&self) -> PathBuf {
        self.directory.path().join("sshd_config")
    }

    /// A file with the private key of its user.
    pub fn key(&self) -> &Path {
        &self.key
    }

    /// Its own public key.
    pub fn host_key(&self) -> String {
        public(&self.host_key)
    }

    /// Its user: whoever runs the tests.
    pub fn user(&self) -> String {
        let output = Command::new("id").arg("-un").output().expect("id runs");
        String::from_utf8(output.stdout).expect("a name in UTF-8").trim().to_owned()
    }

    /// Lets in whoever has this key as well.
    pub fn authorize(&self, key: &Path) {
        let file = self.directory.path().join("authorized_keys");
        let known = fs::read_to_string(&file).expect("a file");
        fs::write(file, known + &public(key)).expect("a file");
    }

    /// Where its keys are, and more can be made.
    pub fn keys(&self) -> Keys {
        Keys::in_directory(self.directory.path())
    }

    /// A directory for anything.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// What it has said of itself.
    pub fn log(&self) -> String {
        fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that has ended by itself is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that nobody uses at present.
fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    listener.local_addr().expect("its address").port()
}
