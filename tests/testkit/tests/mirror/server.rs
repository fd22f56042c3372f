//! A web server on the loopback interface, with a certificate of an authority of its own.

use std::collections::BTreeMap;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, Stream};

/// Nobody keeps a connection open for longer without asking for something.
const SILENCE_MAX: Duration = Duration::from_secs(20);

/// What is at which path.
type Pages = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

/// Serves pages for as long as the process of the test lives.
pub(crate) struct Server {
    port: u16,
    pages: Pages,
    /// Paths that were asked for, with what was shown as a token.
    seen: Arc<Mutex<Vec<(String, String)>>>,
}

impl Server {
    /// Starts it, and writes the certificate of its authority to a file.
    pub(crate) fn start(authority: &Path) -> Server {
        let config = Arc::new(encryption(authority));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let server = Server { port, pages: Pages::default(), seen: Arc::default() };
        let (pages, seen) = (server.pages.clone(), server.seen.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (config, pages, seen) = (config.clone(), pages.clone(), seen.clone());
                // Clients that leave in the middle are their own business.
                std::thread::spawn(move || answer_all(stream, config, &pages, &seen));
            }
        });
        server
    }

    /// Its name for URLs and addresses of providers.
    pub(crate) fn host(&self) -> String {
        format!("localhost:{}", self.port)
    }

    /// Puts a page at a path.
    pub(crate) fn put(&self, path: &str, content: impl Into<Vec<u8>>) {
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        pages.insert(path.to_owned(), content.into());
    }

    /// Takes all pages away.
    pub(crate) fn clear(&self) {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// What was asked for since the last time, once each, with the tokens that were shown.
    pub(crate) fn take_seen(&self) -> Vec<(String, String)> {
        let mut seen = std::mem::take(&mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner));
        seen.sort();
        seen.dedup();
        seen
    }
}

/// A certificate for `localhost` by an authority that is known to nobody else.
fn encryption(authority: &Path) -> ServerConfig {
    let authority_key = KeyPair::generate().expect("a key");
    let mut own = CertificateParams::new(Vec::<String>::new()).expect("an authority");
    own.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let certificate = own.self_signed(&authority_key).expect("a certificate");
    std::fs::write(authority, certificate.pem()).expect("the authority's file");

    let key = KeyPair::generate().expect("a key");
    let leaf = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
    let leaf = leaf.signed_by(&key, &Issuer::from_params(&own, authority_key)).expect("a certificate");
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions of TLS")
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key)
        .expect("a configuration")
}

/// Answers one request after the other, as long as the client asks.
fn answer_all(
    mut stream: TcpStream,
    config: Arc<ServerConfig>,
    pages: &Pages,
    seen: &Mutex<Vec<(String, String)>>,
) -> io::Result<()> {
    stream.set_read_timeout(Some(SILENCE_MAX))?;
    let mut connection = ServerConnection::new(config).map_err(io::Error::other)?;
    let mut reader = BufReader::new(Stream::new(&mut connection, &mut stream));
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
        let mut token = String::new();
        loop {
            let mut header = String::new();
            reader.read_line(&mut header)?;
            if header.trim().is_empty() {
                break;
            }
            if let Some((name, value)) = header.split_once(':')
                && name.eq_ignore_ascii_case("authorization")
            {
                token = value.trim().to_owned();
            }
        }
        seen.lock().unwrap_or_else(PoisonError::into_inner).push((path.clone(), token));
        let page = pages.lock().unwrap_or_else(PoisonError::into_inner).get(&path).cloned();
        let status = if page.is_some() { "200 OK" } else { "404 Not Found" };
        let body = page.unwrap_or_default();
        let kind = match path.rsplit('.').next() {
            Some("zip") => "application/zip",
            _ => "application/json",
        };
        let length = body.len();
        let head = format!("HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n");
        let out = reader.get_mut();
        out.write_all(head.as_bytes())?;
        // Some ask for the size of a file before they ask for the file.
        if !line.starts_with("HEAD ") {
            out.write_all(&body)?;
        }
        out.flush()?;
    }
}
