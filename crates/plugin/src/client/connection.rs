//! One HTTP/2 connection to a plugin, over which any number of calls go at once.
//!
//! A call is one request and one answer of gRPC over HTTP/2, as described by
//! <https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>. It is put together and taken apart
//! here, without a task of its own and in as few writes as it takes: a plan makes several calls for each
//! object.

use std::sync::Arc;
use std::time::Duration;

use bytes::{BufMut as _, Bytes, BytesMut};
use h2::client::{Builder, SendRequest};
use h2::{Reason, RecvStream};
use http::uri::{Authority, Parts, PathAndQuery, Scheme};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tonic::{Code, Status};

use super::pings::LatePings;
use super::stream::LocalStream;
use crate::Endpoint;
use crate::protocol::MESSAGE_BYTES_MAX;
use crate::tls::SERVER_NAME;

/// The plugin may send so much of one answer before it hears back; larger than nearly every answer.
const STREAM_WINDOW_BYTES: u32 = 4 * 1024 * 1024;
/// The same for all answers together.
const CONNECTION_WINDOW_BYTES: u32 = 16 * 1024 * 1024;
/// Before each message: whether it is compressed, and how long it is.
const PREFIX_BYTES: usize = 5;
/// A process on the same machine that listens answers at once.
const CONNECT_TIMEOUT_S: u64 = 20;

/// A connection; a clone is another handle to the same.
#[derive(Clone)]
pub(crate) struct Connection {
    sender: SendRequest<Bytes>,
}

/// Why a call came to nothing.
#[derive(Debug)]
pub(crate) struct CallError {
    /// What was seen.
    pub(crate) status: Status,
    /// Whether the plugin may have heard of the call at all.
    pub(crate) was_sent: bool,
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
            Endpoint::Unix(path) => secure(LocalStream::connect(path).await.map_err(refused)?, tls).await,
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
        let (head, body) = self.ask(path, request).await?.into_parts();
        let answer = receive(head.status, &head.headers, body).await;
        answer.map_err(|status| CallError { status, was_sent: true })
    }

    /// Makes a call without a request for what the plugin does to answer it, and lets go of the answer
    /// as soon as it begins.
    pub(crate) async fn provoke(&self, path: &'static str) -> Result<(), CallError> {
        let mut body = self.ask(path, Bytes::new()).await?.into_body();
        // What comes of it does not matter, only that the work is done by then.
        let _ = body.data().await;
        Ok(())
    }

    async fn ask(&self, path: &'static str, request: Bytes) -> Result<Response<RecvStream>, CallError> {
        let unsent = |problem| CallError { status: broken(problem), was_sent: false };
        if request.len() > MESSAGE_BYTES_MAX {
            let status = Status::out_of_range(format!("a request of {} bytes is too long", request.len()));
            return Err(CallError { status, was_sent: false });
        }
        let mut sender = self.sender.clone().ready().await.map_err(unsent)?;
        let (answer, mut body) = sender.send_request(head(path), false).map_err(unsent)?;
        let sent = |status| CallError { status, was_sent: true };
        // Written together with the head. What does not fit into the window waits in the connection.
        body.send_data(framed(&request), true).map_err(|problem| sent(broken(problem)))?;
        answer.await.map_err(|problem| sent(broken(problem)))
    }
}

/// The head of a request.
fn head(path: &'static str) -> Request<()> {
    let mut head = Request::new(());
    *head.method_mut() = Method::POST;
    *head.uri_mut() = uri(path);
    let headers = head.headers_mut();
    headers.insert(header::TE, HeaderValue::from_static("trailers"));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    head
}

fn uri(path: &'static str) -> Uri {
    let mut parts = Parts::default();
    parts.scheme = Some(Scheme::HTTP);
    parts.authority = Some(Authority::from_static("localhost"));
    parts.path_and_query = Some(PathAndQuery::from_static(path));
    // These three make a whole one.
    Uri::from_parts(parts).unwrap_or_default()
}

/// A message behind its length.
fn framed(message: &[u8]) -> Bytes {
    let mut framed = BytesMut::with_capacity(PREFIX_BYTES + message.len());
    framed.put_u8(0);
    framed.put_u32(u32::try_from(message.len()).unwrap_or(u32::MAX));
    framed.put_slice(message);
    framed.freeze()
}

/// Reads an answer to its end.
async fn receive(status: StatusCode, headers: &HeaderMap, mut body: RecvStream) -> Result<Bytes, Status> {
    if status != StatusCode::OK {
        return Err(Status::unknown(format!("an answer with the HTTP status {status}")));
    }
    // One that only says what went wrong has no body.
    settled(Status::from_header_map(headers))?;
    let mut content = Content::default();
    while let Some(data) = body.data().await {
        let data = data.map_err(broken)?;
        let length = data.len();
        content.add(data)?;
        // More may come. The connection may be gone since, which the next read tells.
        let _ = body.flow_control().release_capacity(length);
    }
    let trailers = body.trailers().await.map_err(broken)?.unwrap_or_default();
    match Status::from_header_map(&trailers) {
        None => Err(Status::unknown("an answer without a status")),
        status => settled(status),
    }?;
    content.message()
}

/// What a status says, where it is there.
fn settled(status: Option<Status>) -> Result<(), Status> {
    match status {
        Some(status) if status.code() != Code::Ok => Err(status),
        _ => Ok(()),
    }
}

/// What has come of an answer.
#[derive(Default)]
struct Content {
    /// Nearly every answer comes in one piece, which is not copied.
    first: Bytes,
    all: BytesMut,
}

impl Content {
    fn add(&mut self, data: Bytes) -> Result<(), Status> {
        if self.first.is_empty() && self.all.is_empty() {
            self.first = data;
            return Ok(());
        }
        let held = self.all.len().max(self.first.len());
        if held + data.len() > PREFIX_BYTES + MESSAGE_BYTES_MAX {
            return Err(Status::out_of_range(format!("an answer of more than {MESSAGE_BYTES_MAX} bytes")));
        }
        if self.all.is_empty() {
            self.all.reserve(expected(&self.first).unwrap_or(0).min(MESSAGE_BYTES_MAX) + PREFIX_BYTES);
            self.all.put(std::mem::take(&mut self.first));
        }
        self.all.put(data);
        Ok(())
    }

    /// The one message that it must be.
    fn message(self) -> Result<Bytes, Status> {
        let mut content = if self.all.is_empty() { self.first } else { self.all.freeze() };
        if expected(&content).is_none_or(|length| content.len() != PREFIX_BYTES + length) {
            return Err(Status::internal("an answer that is cut off, or more than one"));
        }
        if content[0] != 0 {
            return Err(Status::unimplemented("a compressed answer, which nobody has asked for"));
        }
        Ok(content.split_off(PREFIX_BYTES))
    }
}

/// How long the message is that begins with these bytes.
fn expected(bytes: &[u8]) -> Option<usize> {
    let length = bytes.get(1..PREFIX_BYTES)?.try_into().ok()?;
    usize::try_from(u32::from_be_bytes(length)).ok()
}

/// The connection is gone, or the plugin has cut the call short.
fn broken(problem: h2::Error) -> Status {
    let code = match problem.reason() {
        Some(Reason::CANCEL) => Code::Cancelled,
        Some(Reason::ENHANCE_YOUR_CALM) => Code::ResourceExhausted,
        Some(Reason::INADEQUATE_SECURITY) => Code::PermissionDenied,
        _ => Code::Unavailable,
    };
    let mut status = Status::new(code, "the connection broke");
    status.set_source(Arc::new(problem));
    status
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
    let (sender, driver) = Builder::new()
        .initial_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .enable_push(false)
        .handshake(LatePings::new(stream))
        .await
        .map_err(|problem| format!("HTTP/2: {problem}"))?;
    // Ends when the last handle is dropped or the other side is gone; the calls learn of the latter.
    tokio::spawn(driver);
    Ok(Connection { sender })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pieces: &[&[u8]]) -> Result<Bytes, Status> {
        let mut content = Content::default();
        for piece in pieces {
            content.add(Bytes::copy_from_slice(piece))?;
        }
        content.message()
    }

    #[test]
    fn a_message_arrives_however_it_is_cut() {
        for message in [&b""[..], b"x", b"a longer message"] {
            let framed = framed(message);
            for first in 0..=framed.len() {
                for second in first..=framed.len() {
                    let pieces = [&framed[..first], &framed[first..second], &framed[second..]];
                    assert_eq!(read(&pieces).unwrap(), message, "{first}, {second}");
                }
            }
        }
    }

    #[test]
    fn what_is_not_one_message_is_refused() {
        let framed = framed(b"text");
        let compressed = [&[1], &framed[1..]].concat();
        let two = [&framed[..], &framed[..]].concat();
        let code = |bytes: &[u8]| read(&[bytes]).unwrap_err().code();
        assert_eq!(code(b""), Code::Internal);
        assert_eq!(code(&framed[..framed.len() - 1]), Code::Internal);
        assert_eq!(code(&two), Code::Internal);
        assert_eq!(code(&compressed), Code::Unimplemented);
        let long = [0, 255, 255, 255, 255, 1];
        assert_eq!(code(&long), Code::Internal);
    }

    #[test]
    fn too_much_is_not_kept() {
        let mut content = Content::default();
        let piece = Bytes::from(vec![0; MESSAGE_BYTES_MAX / 4 + 2]);
        let refused = (0..5).find_map(|_| content.add(piece.clone()).err());
        assert_eq!(refused.map(|status| status.code()), Some(Code::OutOfRange));
    }
}
