//! The SSH server of a target.
//!
//! The target has a network of its own, into which nobody comes. So connections are taken here, on an
//! address of this machine's loopback, and each is handed to a server in the target that serves it alone, as
//! `inetd` did and systemd's sockets do.

use std::io::Read as _;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::{cache, line, namespace};

/// A server that listens on an address of its own. It ends with its target.
pub struct SshServer {
    address: SocketAddr,
    host_key: String,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    target: Arc<Mutex<Vec<String>>>,
    program: &'static [&'static str],
    address: Ipv4Addr,
    round_trip: Duration,
    is_closed: AtomicBool,
    log: Mutex<String>,
}

impl SshServer {
    pub(crate) fn listen(
        address: Ipv4Addr,
        target: Arc<Mutex<Vec<String>>>,
        program: &'static [&'static str],
        round_trip: Duration,
        host_key: String,
    ) -> Self {
        let listener = TcpListener::bind((address, 0)).unwrap_or_else(|error| panic!("{address}: {error}"));
        let is_closed = AtomicBool::new(false);
        let log = Mutex::default();
        let shared = Arc::new(Shared { target, program, address, round_trip, is_closed, log });
        let address = listener.local_addr().expect("its address");
        let serving = Arc::clone(&shared);
        let thread = std::thread::spawn(move || serve(&serving, &listener));
        SshServer { address, host_key, shared, thread: Some(thread) }
    }

    /// The address that it listens on, one of 127.0.0.0/8.
    pub fn ip(&self) -> String {
        self.address.ip().to_string()
    }

    /// The port that it listens on.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Who is let in.
    pub fn user(&self) -> &'static str {
        "root"
    }

    /// A file with the private key of who is let in; without a passphrase.
    pub fn key(&self) -> PathBuf {
        cache::user_key().unwrap_or_else(|why| panic!("a key: {why}"))
    }

    /// Its own public key, as a line of a file.
    pub fn host_key(&self) -> &str {
        self.host_key.trim_end()
    }

    /// The line of a `known_hosts` file by which it is known.
    pub fn known_hosts_line(&self) -> String {
        format!("[{}]:{} {}\n", self.ip(), self.port(), self.host_key())
    }

    /// What it has said of connections that are over.
    pub fn log(&self) -> String {
        self.shared.log.lock().expect("is not poisoned").clone()
    }
}

impl Drop for SshServer {
    fn drop(&mut self) {
        self.shared.is_closed.store(true, Ordering::Relaxed);
        // It only looks up when somebody comes.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            // It has nothing to say any more.
            let _ = thread.join();
        }
    }
}

fn serve(shared: &Arc<Shared>, listener: &TcpListener) {
    for connection in listener.incoming() {
        if shared.is_closed.load(Ordering::Relaxed) {
            return;
        }
        let Ok(connection) = connection else { continue };
        let shared = Arc::clone(shared);
        std::thread::spawn(move || {
            if let Err(error) = converse(&shared, connection) {
                shared.note(&format!("a connection cannot be served: {error}\n"));
            }
        });
    }
}

fn converse(shared: &Shared, connection: TcpStream) -> std::io::Result<()> {
    let connection = match shared.round_trip {
        Duration::ZERO => connection,
        round_trip => line::lengthened(connection, shared.address, round_trip)?,
    };
    let mut child = {
        let mut command = namespace::command(&shared.target.lock().expect("is not poisoned"));
        command.args(shared.program).stderr(Stdio::piped());
        command.stdin(OwnedFd::from(connection.try_clone()?)).stdout(OwnedFd::from(connection));
        // The connection goes with the command, so that it ends when the server does.
        command.spawn()?
    };
    let mut said = String::new();
    if let Some(mut errors) = child.stderr.take() {
        let _ = errors.read_to_string(&mut said);
    }
    shared.note(&said);
    child.wait().map(drop)
}

impl Shared {
    fn note(&self, text: &str) {
        self.log.lock().expect("is not poisoned").push_str(text);
    }
}
