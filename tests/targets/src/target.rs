//! A target, whatever it is made of.

use std::io::Write as _;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use crate::namespace::{self, Namespace};
use crate::server::SshServer;
use crate::{Unavailable, cache};

static MADE: AtomicU32 = AtomicU32::new(0);

/// A system that can be deployed to. It ends with this.
pub struct Target {
    base: PathBuf,
    name: String,
    address: Ipv4Addr,
    namespace: Namespace,
    /// The words by which one comes into it, of which its server needs to know when they change.
    words: Arc<Mutex<Vec<String>>>,
    /// What takes a connection, as its standard input and output.
    server_words: &'static [&'static str],
    server: OnceLock<SshServer>,
}

/// What came of something that was run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// The exit status; that of a signal is 128 and its number, as shells have it.
    pub status: i32,
    /// What it wrote on its standard output.
    pub stdout: String,
    /// What it wrote on its standard error.
    pub stderr: String,
}

impl Target {
    pub(crate) fn start(
        base: &Path,
        kind: &str,
        server_words: &'static [&'static str],
    ) -> Result<Self, Unavailable> {
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let address = address(number);
        let name = format!("{kind}-{number}");
        let namespace = Namespace::start(base, &name)?;
        let words = Arc::new(Mutex::new(namespace.words()));
        let server = OnceLock::new();
        Ok(Target { base: base.to_owned(), name, address, namespace, words, server_words, server })
    }

    /// Its host name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The words before the text of a shell that runs there, as `plumb_host::Local::through` wants them.
    pub fn shell_words(&self) -> Vec<String> {
        let mut words = self.namespace.words();
        words.extend(["sh", "-c"].map(str::to_owned));
        words
    }

    /// Runs a text in a shell there, as root.
    pub fn shell(&self, text: &str) -> Output {
        self.run(&["sh", "-c", text], b"")
    }

    /// Runs a text in a shell there, and panics where it fails; what it wrote.
    #[track_caller]
    pub fn must(&self, text: &str) -> String {
        let output = self.shell(text);
        assert_eq!(output.status, 0, "{}: {text}: {}{}", self.name, output.stdout, output.stderr);
        output.stdout
    }

    /// Runs a program there with this as its input.
    pub fn run(&self, program: &[&str], input: &[u8]) -> Output {
        let mut command = namespace::command(&self.namespace.words());
        command.args(program).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{}: {error}", self.name));
        let mut stdin = child.stdin.take().expect("its input");
        let output = std::thread::scope(|scope| {
            scope.spawn(move || {
                // Whoever does not read it does not want it.
                let _ = stdin.write_all(input);
            });
            child.wait_with_output().unwrap_or_else(|error| panic!("{}: {error}", self.name))
        });
        let signal = std::os::unix::process::ExitStatusExt::signal(&output.status);
        Output {
            status: output.status.code().or(signal.map(|signal| 128 + signal)).unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// What a file there holds, as text; nothing where it cannot be read.
    pub fn read(&self, path: &str) -> Option<String> {
        let output = self.run(&["cat", "--", path], b"");
        (output.status == 0).then_some(output.stdout)
    }

    /// Writes a file there, and the directories that it needs.
    #[track_caller]
    pub fn write(&self, path: &str, contents: &[u8]) {
        let text = "case $1 in */*) mkdir -p \"${1%/*}/\" ;; esac && exec cat > \"$1\"";
        let output = self.run(&["sh", "-c", text, "write", path], contents);
        assert_eq!(output.status, 0, "{}: {path}: {}", self.name, output.stderr);
    }

    /// Its SSH server, on an address of the loopback that is the target's own. It listens from the first
    /// time on that it is asked for.
    pub fn ssh(&self) -> &SshServer {
        self.ssh_at_distance(Duration::ZERO)
    }

    /// The same, as far away as this: whatever goes there and back takes so long.
    pub fn ssh_at_distance(&self, round_trip: Duration) -> &SshServer {
        self.server.get_or_init(|| {
            self.let_in();
            let host_key = self.must("cat /etc/ssh/ssh_host_ed25519_key.pub");
            SshServer::listen(self.address, Arc::clone(&self.words), self.server_words, round_trip, host_key)
        })
    }

    fn let_in(&self) {
        let key = cache::user_key().unwrap_or_else(|why| panic!("a key: {why}"));
        let public = std::fs::read(key.with_extension("pub")).expect("a public key");
        self.write("/root/.ssh/authorized_keys", &public);
        self.must("chmod 700 /root/.ssh && chmod 600 /root/.ssh/authorized_keys");
    }

    /// Starts it anew as it was at first; its server goes on.
    pub fn reset(&mut self) {
        let again = Namespace::start(&self.base, &self.name);
        self.namespace = again.unwrap_or_else(|why| panic!("{}: {why}", self.name));
        *self.words.lock().expect("is not poisoned") = self.namespace.words();
        if self.server.get().is_some() {
            self.let_in();
        }
    }

    /// Puts an empty file system of this size over a directory, which need not be there.
    #[track_caller]
    pub fn limit_disk(&self, directory: &str, kilobytes: u32) {
        let text = format!("mkdir -p \"$1\" && mount -t tmpfs -o mode=755,size={kilobytes}k small \"$1\"");
        let output = self.run(&["sh", "-c", &text, "limit", directory], b"");
        assert_eq!(output.status, 0, "{}: {directory}: {}", self.name, output.stderr);
    }

    /// Lets nobody write below a directory any more; that may be `/`.
    #[track_caller]
    pub fn make_read_only(&self, directory: &str) {
        let text = "[ \"$1\" = / ] || mount --bind \"$1\" \"$1\" && mount -o remount,bind,ro \"$1\"";
        let output = self.run(&["sh", "-c", text, "protect", directory], b"");
        assert_eq!(output.status, 0, "{}: {directory}: {}", self.name, output.stderr);
    }

    /// Takes a program away from everywhere on `PATH`. What shells have built in stays.
    #[track_caller]
    pub fn remove_program(&self, name: &str) {
        let text = "IFS=:; for directory in $PATH; do rm -f \"$directory/$1\"; done; ! command -v \"$1\"";
        let output = self.run(&["sh", "-c", text, "remove", name], b"");
        assert_eq!(output.status, 0, "{}: {name} is still there: {}", self.name, output.stdout);
    }
}

/// An address of the loopback for each target. Another process may come to the same one, which does no
/// harm: ports are taken where they are free.
fn address(number: u32) -> Ipv4Addr {
    let scattered = std::process::id().wrapping_mul(251).wrapping_add(number);
    let [_, _, high, low] = scattered.to_be_bytes();
    Ipv4Addr::new(127, 77, high, low.clamp(1, 254))
}
