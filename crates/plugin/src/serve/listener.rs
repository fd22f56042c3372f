//! Listens, lets the one client in, and ends in good order.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http2::Builder;
use hyper_util::rt::{TokioExecutor, TokioIo};
use plumb_state::Provider;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::dispatch::Dispatcher;
use super::{ServeError, ServeOptions};
use crate::tls::{self, Identity};
use crate::{Endpoint, Handshake};

/// How long to wait for the first connection.
const FIRST_CONNECTION_S: u64 = 60;
/// How long to wait for the next connection when all are gone.
const NEXT_CONNECTION_S: u64 = 5;
/// How long the answers under way have when the client says that it is over.
const LAST_ANSWERS_MS: u64 = 1000;

/// A provider that listens.
pub struct Server {
    listener: UnixListener,
    handshake: Handshake,
    tls: Option<Arc<ServerConfig>>,
    dispatcher: Dispatcher,
    shutdown: watch::Receiver<bool>,
    end_when_alone: bool,
    /// Removes the socket at the end.
    _directory: tempfile::TempDir,
}

impl Server {
    /// Listens on a new socket that only the current user can reach.
    pub fn bind(provider: Arc<dyn Provider>, options: ServeOptions) -> Result<Server, ServeError> {
        let directory = match &options.socket_directory {
            Some(parent) => socket_directory(parent)?,
            None => socket_directory(&std::env::temp_dir())?,
        };
        let socket = directory.path().join("socket");
        let listener = UnixListener::bind(&socket)?;
        let (tls, certificate) = match &options.client_certificate {
            Some(pem) => {
                let identity = Identity::generate()?;
                let config = tls::server_config(&identity, tls::certificate_of(pem)?)?;
                (Some(Arc::new(config)), Some(identity.certificate.to_vec()))
            }
            None => (None, None),
        };
        let (shutdown_sender, shutdown) = watch::channel(false);
        Ok(Server {
            listener,
            handshake: Handshake {
                protocol: options.protocol,
                endpoint: Endpoint::Unix(socket),
                certificate,
            },
            tls,
            dispatcher: Dispatcher::new(provider, options.protocol, options.recorder, shutdown_sender),
            shutdown,
            end_when_alone: options.end_when_alone,
            _directory: directory,
        })
    }

    /// What to tell the client.
    pub fn handshake(&self) -> &Handshake {
        &self.handshake
    }

    /// Serves until the client says that it is over.
    pub async fn run(self) {
        let mut connections = JoinSet::new();
        let mut shutdown = self.shutdown.clone();
        let mut told = std::pin::pin!(async move {
            let _ = shutdown.wait_for(|told| *told).await;
        });
        let mut patience_s = FIRST_CONNECTION_S;
        loop {
            let alone = self.end_when_alone && connections.is_empty();
            let patience = if alone { Duration::from_secs(patience_s) } else { Duration::MAX };
            tokio::select! {
                () = &mut told => break,
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, _)) => {
                        connections.spawn(self.connection(stream));
                        patience_s = NEXT_CONNECTION_S;
                    }
                    // Out of descriptors, most likely: others may be given back.
                    Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
                },
                Some(_) = connections.join_next() => {}
                () = tokio::time::sleep(patience) => break,
            }
        }
        let finished = async { while connections.join_next().await.is_some() {} };
        // Whoever waits longer is waiting for a connection to end that its other side keeps open.
        let _ = tokio::time::timeout(Duration::from_millis(LAST_ANSWERS_MS), finished).await;
    }

    fn connection(&self, stream: UnixStream) -> impl Future<Output = ()> + Send + 'static {
        let (tls, dispatcher, shutdown) = (self.tls.clone(), self.dispatcher.clone(), self.shutdown.clone());
        async move {
            match tls {
                Some(config) => {
                    // One that cannot prove who it is has no business here.
                    if let Ok(stream) = TlsAcceptor::from(config).accept(stream).await {
                        speak(stream, dispatcher, shutdown).await;
                    }
                }
                None => speak(stream, dispatcher, shutdown).await,
            }
        }
    }
}

async fn speak<S>(stream: S, dispatcher: Dispatcher, mut shutdown: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let connection = Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), dispatcher);
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        // A connection that breaks is one that ended.
        _ = connection.as_mut() => return,
        _ = shutdown.wait_for(|told| *told) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = connection.await;
}

/// Nobody else may enter it, whatever the socket's own permissions.
fn socket_directory(parent: &Path) -> std::io::Result<tempfile::TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("plugin");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(std::fs::Permissions::from_mode(0o700));
    }
    builder.tempdir_in(parent)
}
