//! Settings for a server, and work with it.

use std::fs;
use std::future::Future;
use std::path::Path;

use plumb_ssh::{Command, Connection, Error, Exit, Host, Identity, Settings, Stream};
use plumb_ssh_server::Server;

/// Runs something that waits.
pub(crate) fn wait<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().worker_threads(2).build();
    runtime.unwrap().block_on(work)
}

/// How to reach a server with the key that it lets in.
pub(crate) fn settings(server: &Server) -> Settings {
    Settings::straight(host(server))
}

pub(crate) fn host(server: &Server) -> Host {
    Host {
        identities: vec![identity(server.key(), None)],
        ..Host::new("127.0.0.1", server.port(), server.user())
    }
}

pub(crate) fn identity(key: &Path, certificate: Option<&Path>) -> Identity {
    let certificate = certificate.map(|file| fs::read_to_string(file).unwrap());
    Identity::parse(&fs::read_to_string(key).unwrap(), certificate.as_deref()).unwrap()
}

/// What a command comes to, and what it writes.
pub(crate) struct Ran {
    pub(crate) exit: Exit,
    pub(crate) output: String,
    pub(crate) errors: String,
}

pub(crate) async fn run(connection: &Connection, line: &str, has_terminal: bool) -> Result<Ran, Error> {
    let (mut output, mut errors) = (Vec::new(), Vec::new());
    let exit = connection
        .run(Command { line, has_terminal }, |stream, bytes| match stream {
            Stream::Output => output.extend(bytes),
            Stream::Errors => errors.extend(bytes),
        })
        .await?;
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ok(Ran { exit, output: text(output), errors: text(errors) })
}

/// Whether a connection can be made and used; what is wrong if not.
#[track_caller]
pub(crate) fn works(settings: &Settings) -> Result<(), String> {
    wait(async {
        let connection = Connection::open(settings).await.map_err(|error| error.to_string())?;
        let ran = run(&connection, "echo works", false).await.map_err(|error| error.to_string())?;
        connection.close().await;
        assert_eq!((ran.exit, &*ran.output), (Exit::Status(0), "works\n"));
        Ok(())
    })
}
