//! A server of PostgreSQL with a database of the test's own.

#![allow(dead_code, reason = "each test program uses a part of this")]

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::support::find;

/// Nobody, as whom the server runs where the test runs as root: it refuses to be root.
const NOBODY: &str = "65534";

/// A running server. It ends when this is dropped.
pub(crate) struct DatabaseServer {
    process: Child,
    port: u16,
    #[allow(dead_code, reason = "it is there for as long as the server")]
    scratch: tempfile::TempDir,
}

fn program(name: &str) -> Command {
    let program = find(name).unwrap();
    if !rustix::process::getuid().is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups"]).arg(program);
    command
}

impl DatabaseServer {
    /// `None` where there is none, which is said.
    pub(crate) fn start(test: &str) -> Option<Self> {
        if find("initdb").is_none() || find("postgres").is_none() {
            eprintln!("skipped: {test}: no postgres on PATH");
            return None;
        }
        let scratch = tempfile::tempdir().unwrap();
        std::fs::set_permissions(scratch.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        let password = scratch.path().join("password");
        std::fs::write(&password, "open sesame\n").unwrap();
        if rustix::process::getuid().is_root() {
            assert!(
                Command::new("chown").arg("-R").arg(NOBODY).arg(scratch.path()).status().unwrap().success()
            );
        }
        let data = scratch.path().join("data");
        let made = program("initdb")
            .args(["-U", "me", "-A", "scram-sha-256", "-N", "-D"])
            .arg(&data)
            .arg(format!("--pwfile={}", password.display()))
            .current_dir(scratch.path())
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let process = program("postgres")
            .arg("-D")
            .arg(&data)
            .args(["-h", "127.0.0.1", "-p", &port.to_string(), "-c", "fsync=off", "-k"])
            .arg(scratch.path())
            .current_dir(scratch.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = DatabaseServer { process, port, scratch };
        let patience = Instant::now() + Duration::from_secs(60);
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            assert!(Instant::now() < patience, "postgres does not answer");
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(server)
    }

    /// The address of the database, with that password.
    pub(crate) fn address(&self, password: &str) -> String {
        format!("postgres://me:{password}@127.0.0.1:{}/postgres?sslmode=disable", self.port)
    }

    /// A backend block for a schema of its own, with more arguments.
    pub(crate) fn block(&self, schema: &str, more: &str) -> String {
        let address = self.address("open%20sesame");
        format!(
            "terraform {{\n  backend \"pg\" {{\n    conn_str    = \"{address}\"\n    schema_name = \"{schema}\"\n    {more}\n  \
             }}\n}}\n"
        )
    }
}

impl Drop for DatabaseServer {
    fn drop(&mut self) {
        // It is ours alone. Asked to, it ends its own processes too.
        let _ = Command::new("kill").args(["-QUIT", &self.process.id().to_string()]).status();
        let _ = self.process.wait();
    }
}
