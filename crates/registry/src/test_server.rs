//! A web server on the loopback interface for this crate's tests, plain or encrypted.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, Mutex};

use crate::web::{Http, HttpError, HttpRequest, HttpResponse, WebAddress};

/// What the server says at a path.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Announces more bytes than it sends.
    pub(crate) breaks_off: bool,
}

impl Reply {
    pub(crate) fn ok(body: impl Into<Vec<u8>>) -> Self {
        Reply { status: 200, headers: Vec::new(), body: body.into(), breaks_off: false }
    }

    pub(crate) fn status(status: u16) -> Self {
        Reply { status, ..Reply::ok("") }
    }

    pub(crate) fn redirect(target: impl Into<String>) -> Self {
        Reply { headers: vec![("Location".to_owned(), target.into())], ..Reply::status(302) }
    }
}

/// A request as it came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    /// The path, or for a proxy the method and target.
    pub(crate) target: String,
    pub(crate) authorization: Option<String>,
    pub(crate) body: String,
}

type Replies = Arc<Mutex<BTreeMap<String, Vec<Reply>>>>;

/// A server that lives as long as the test's process; each test has its own.
pub(crate) struct TestServer {
    pub(crate) port: u16,
    is_encrypted: bool,
    replies: Replies,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl TestServer {
    pub(crate) fn plain() -> Self {
        Self::start(None)
    }

    /// A server with a certificate for `localhost` that is written to a file.
    pub(crate) fn encrypted(certificate_file: &Path) -> Self {
        let made =
            rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("makes a certificate");
        std::fs::write(certificate_file, made.cert.pem()).expect("writes");
        let key =
            rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("is a key");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("has versions")
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .expect("fits");
        Self::start(Some(Arc::new(config)))
    }

    fn start(tls: Option<Arc<rustls::ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("binds");
        let server = TestServer {
            port: listener.local_addr().expect("is bound").port(),
            is_encrypted: tls.is_some(),
            replies: Arc::default(),
            seen: Arc::default(),
        };
        let (replies, seen) = (server.replies.clone(), server.seen.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (replies, seen, tls) = (replies.clone(), seen.clone(), tls.clone());
                std::thread::spawn(move || match tls {
                    None => serve(stream, &replies, &seen),
                    Some(tls) => {
                        let connection = rustls::ServerConnection::new(tls).expect("starts");
                        serve(rustls::StreamOwned::new(connection, stream), &replies, &seen);
                    }
                });
            }
        });
        server
    }

    pub(crate) fn address(&self, path: &str) -> WebAddress {
        let (scheme, host) = if self.is_encrypted { ("https", "localhost") } else { ("http", "127.0.0.1") };
        WebAddress::parse(&format!("{scheme}://{host}:{}{path}", self.port)).expect("is an address")
    }

    /// Says this at a path from now on.
    pub(crate) fn reply(&self, path: &str, reply: Reply) {
        self.reply_in_turn(path, vec![reply]);
    }

    /// Says these at a path one after another, the last one for ever.
    pub(crate) fn reply_in_turn(&self, path: &str, replies: Vec<Reply>) {
        self.replies.lock().expect("is not poisoned").insert(path.to_owned(), replies);
    }

    /// What was asked since the last time.
    pub(crate) fn take_seen(&self) -> Vec<Seen> {
        std::mem::take(&mut *self.seen.lock().expect("is not poisoned"))
    }
}

fn serve(stream: impl Read + Write, replies: &Replies, seen: &Mutex<Vec<Seen>>) {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    if reader.read_line(&mut first).is_err() || first.is_empty() {
        return;
    }
    let mut authorization = None;
    let mut body_length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).is_err() || line.trim().is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').unwrap_or_default();
        if name.eq_ignore_ascii_case("authorization") {
            authorization = Some(value.trim().to_owned());
        }
        if name.eq_ignore_ascii_case("content-length") {
            body_length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; body_length];
    if reader.read_exact(&mut body).is_err() {
        return;
    }
    let body = String::from_utf8_lossy(&body).into_owned();
    let mut words = first.split_whitespace();
    let (method, path) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
    let target = if method == "GET" { path.to_owned() } else { format!("{method} {path}") };
    seen.lock().expect("is not poisoned").push(Seen { target: target.clone(), authorization, body });
    let reply = {
        let mut replies = replies.lock().expect("is not poisoned");
        match replies.get_mut(&target) {
            Some(turns) if turns.len() > 1 => turns.remove(0),
            Some(turns) => turns[0].clone(),
            None => Reply::status(404),
        }
    };
    let stream = reader.get_mut();
    let length = reply.body.len() + if reply.breaks_off { 10 } else { 0 };
    let mut head =
        format!("HTTP/1.1 {} x\r\nConnection: close\r\nContent-Length: {length}\r\n", reply.status);
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    // A client that goes away in the middle is no failure of the server.
    let _ = stream.write_all(head.as_bytes());
    let _ = stream.write_all(&reply.body);
    let _ = stream.flush();
}

/// Sends what is meant for hosts that do not exist to a server that does; the path gets the host's
/// name in front.
pub(crate) struct Rerouted<H> {
    pub(crate) inner: H,
    pub(crate) port: u16,
}

impl<H: Http> Http for Rerouted<H> {
    fn send(&self, request: &HttpRequest<'_>) -> Result<HttpResponse, HttpError> {
        let text = request.address.to_string();
        let rest = text.split_once("://").map_or("", |(_, rest)| rest);
        let address =
            WebAddress::parse(&format!("http://127.0.0.1:{}/{rest}", self.port)).expect("is an address");
        let HttpRequest { headers, expect, form, .. } = request;
        let headers = headers.clone();
        self.inner.send(&HttpRequest { address: &address, headers, expect: *expect, form: *form })
    }
}
