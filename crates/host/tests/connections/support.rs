//! A user with a home, files of settings, and servers.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use plumb_host::{
    ConnectError, Connected, Destination, Login, Means, Persistence, Request, Resolver, Shell, Surroundings,
};
use plumb_ssh_server::Server;
use tempfile::TempDir;

/// A user's home, and what is in it.
pub(crate) struct Home {
    directory: TempDir,
}

impl Home {
    pub(crate) fn new() -> Self {
        Home { directory: tempfile::tempdir().expect("a directory") }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let file = self.path(name);
        std::fs::create_dir_all(file.parent().expect("a directory")).expect("a directory");
        std::fs::write(&file, text).expect("a file");
        file
    }

    /// The file of settings with this text.
    pub(crate) fn config(&self, text: &str) -> PathBuf {
        self.write("config", text)
    }

    pub(crate) fn surroundings(&self) -> Surroundings {
        let environment =
            [("PATH", std::env::var("PATH").unwrap_or_default()), ("AGENT", "/agent".to_owned())];
        Surroundings {
            environment: environment.map(|(name, value)| (name.to_owned(), value)).into(),
            home: self.directory.path().to_owned(),
            user: "me".to_owned(),
            user_id: Some(1000),
            host_name: Some("here.example.com".to_owned()),
        }
    }

    pub(crate) fn resolver(&self) -> Resolver {
        Resolver::new(self.surroundings())
    }

    /// A destination about a host of the file of settings.
    pub(crate) fn destination(&self, host: &str) -> Destination {
        Destination { config_file: Some(self.path("config")), ..Destination::of(host) }
    }
}

/// Settings of a server as a host, which is known and lets in by the server's key.
pub(crate) fn block(name: &str, server: &Server, more: &str) -> String {
    let mut text =
        format!("Host {name}\n  HostName 127.0.0.1\n  Port {}\n  User {}\n", server.port(), server.user());
    writeln!(text, "  IdentityFile {}\n{more}", server.key().display()).expect("a text");
    text
}

/// A line for a file of known hosts.
pub(crate) fn known(server: &Server) -> String {
    format!("[127.0.0.1]:{} {}", server.port(), server.host_key())
}

pub(crate) async fn connect(
    resolver: &Resolver,
    destination: &Destination,
) -> Result<Connected, ConnectError> {
    resolver.connect(destination, Means::Automatic, Persistence::default()).await
}

/// What a first request writes on its standard output.
pub(crate) async fn said(connected: &Connected, text: &str) -> String {
    let mut shell = Shell::open(&*connected.transport, &Login::Own).await.expect("a shell");
    let replies = shell.run(&[Request::trusted(text)], &mut |_, _| {}).await.expect("a reply");
    String::from_utf8_lossy(&replies[0].output).into_owned()
}

/// Whether a program is there; it is said if not.
#[expect(clippy::print_stdout, reason = "a test that cannot run says so")]
pub(crate) fn lacks(test: &str, program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let is_there = std::env::split_paths(&path).any(|directory| directory.join(program).is_file());
    if !is_there {
        println!("skipped: {test}: there is no {program}");
    }
    !is_there
}

/// Writes a program.
pub(crate) fn write_program(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::write(path, text).expect("a file");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("a mode");
}
