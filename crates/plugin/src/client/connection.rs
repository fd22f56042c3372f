//! One HTTP/2 connection to a plugin, over which any number of calls go at once.

use std::error::Error as _;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{Request, Response, Uri};
use hyper::body::Incoming;
use hyper::client::conn::http2::{Builder, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsConnector;
use tonic::Status;
use tonic::body::Body;
use tonic::client::{Grpc, GrpcService};

use crate::Endpoint;
use crate::protocol::MESSAGE_BYTES_MAX;
use crate::tls::SERVER_NAME;
use crate::wire::RawCodec;

/// The plugin may send so much of one answer before it hears back; larger than nearly every answer.
const STREAM_WINDOW_BYTES: u32 = 4 * 1024 * 1024;
/// The same for all answers together.
const CONNECTION_WINDOW_BYTES: u32 = 16 * 1024 * 1024;
/// A process on the same machine that listens answers at once.
const CONNECT_TIMEOUT_S: u64 = 20;

/// A connection; a clone is another handle to the same.
#[derive(Clone)]
pub(crate) struct Connection {
    grpc: Grpc<Sender>,
}

/// Why a call came to nothing.
#[derive(Debug)]
pub(crate) struct CallError {
    /// What was seen.
    pub(crate) status: Status,
    /// Whether the plugin may have heard of the call at all.
    pub(crate) was_sent: bool,
}

/// Lets tonic send over hyper's connection, which has no need of tonic's own reconnecting channel: a
/// plugin that is gone does not come back.
#[derive(Clone)]
struct Sender(SendRequest<Body>);

impl GrpcService<Body> for Sender {
    type ResponseBody = Incoming;
    type Error = hyper::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Incoming>, hyper::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), hyper::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        Box::pin(self.0.send_request(request))
    }
}

impl Connection {
    /// Connects; the error is in words for people.
    pub(crate) async fn open(endpoint: &Endpoint, tls: Option<ClientConfig>) -> Result<Connection, String> {
        let limit = Duration::from_secs(CONNECT_TIMEOUT_S);
        tokio::time::timeout(limit, Self::open_unlimited(endpoint, tls))
            .await
            .unwrap_or_else(|_| Err(format!("no answer within {CONNECT_TIMEOUT_S} seconds")))
    }

    async fn open_unlimited(endpoint: &Endpoint, tls: Option<ClientConfig>) -> Result<Connection, String> {
        let refused = |problem: std::io::Error| format!("{endpoint}: {problem}");
        match endpoint {
            Endpoint::Unix(path) => secure(UnixStream::connect(path).await.map_err(refused)?, tls).await,
            Endpoint::Tcp(address) => {
                let stream = TcpStream::connect(address).await.map_err(refused)?;
                // Otherwise each call waits for an acknowledgement of the packet before: 40 ms.
                stream.set_nodelay(true).map_err(refused)?;
                secure(stream, tls).await
            }
        }
    }

    /// Makes one call.
    pub(crate) async fn call(&self, path: &'static str, request: Bytes) -> Result<Bytes, CallError> {
        let mut grpc = self.grpc.clone();
        grpc.ready().await.map_err(|problem| CallError {
            status: Status::unavailable(problem.to_string()),
            was_sent: false,
        })?;
        let path = PathAndQuery::from_static(path);
        let response = grpc.unary(tonic::Request::new(request), path, RawCodec).await;
        let answered = response.map_err(|status| CallError { was_sent: !is_unsent(&status), status })?;
        Ok(answered.into_inner())
    }
}

/// Whether a request was given up before any of it went to the connection.
fn is_unsent(status: &Status) -> bool {
    let mut cause = status.source();
    while let Some(found) = cause {
        if found.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_canceled) {
            return true;
        }
        cause = found.source();
    }
    false
}

async fn secure<S>(stream: S, tls: Option<ClientConfig>) -> Result<Connection, String>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let Some(config) = tls else { return speak(stream).await };
    let name = ServerName::try_from(SERVER_NAME).map_err(|problem| problem.to_string())?;
    let stream = TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
        .map_err(|problem| format!("TLS: {problem}"))?;
    speak(stream).await
}

async fn speak<S>(stream: S) -> Result<Connection, String>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (sender, driver) = Builder::new(TokioExecutor::new())
        .initial_stream_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|problem| format!("HTTP/2: {problem}"))?;
    // Ends when the last handle is dropped or the other side is gone; the calls learn of the latter.
    tokio::spawn(driver);
    let grpc = Grpc::with_origin(Sender(sender), Uri::from_static("http://localhost"))
        .max_decoding_message_size(MESSAGE_BYTES_MAX)
        .max_encoding_message_size(MESSAGE_BYTES_MAX);
    Ok(Connection { grpc })
}
