//! A login that waits for a browser.
//!
//! Responsible for the port that the browser comes back to, for what it is sent out with, and for
//! taking nobody else's answer for its own.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::browser_answer::{BrowserAnswer, answer_browser};
use super::{LoginError, LoginService, quoted_from_server};
use crate::web::WebAddress;

/// How often to look for a browser.
const PAUSE: Duration = Duration::from_millis(50);

/// Browsers open connections ahead of need; more than this many at once is not a browser.
const CONNECTIONS_MAX: usize = 64;

/// What nobody else may guess.
#[derive(Clone)]
pub struct LoginSecrets {
    state: String,
    verifier: String,
}

impl LoginSecrets {
    /// Secrets made of random bytes.
    pub fn new(random: &[u8; 64]) -> Self {
        let (state, verifier) = random.split_at(16);
        LoginSecrets { state: URL_SAFE_NO_PAD.encode(state), verifier: URL_SAFE_NO_PAD.encode(verifier) }
    }
}

/// A login for which this machine listens for the answer.
pub struct PendingLogin {
    listener: TcpListener,
    secrets: LoginSecrets,
    address: WebAddress,
    redirect: String,
}

impl PendingLogin {
    /// Listens on a port that the service allows.
    ///
    /// # Errors
    /// When there is no such port, or the service gives no codes.
    pub fn begin(service: &LoginService, secrets: LoginSecrets) -> Result<Self, LoginError> {
        let authorization = service
            .authorization
            .clone()
            .ok_or_else(|| LoginError::Refused("it does not let browsers ask for tokens".to_owned()))?;
        let listener = listen(service.ports)?;
        listener.set_nonblocking(true).map_err(LoginError::Listen)?;
        let port = listener.local_addr().map_err(LoginError::Listen)?.port();
        let redirect = format!("http://localhost:{port}/login");
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(secrets.verifier.as_bytes()));
        let scopes = service.scopes.join(" ");
        let mut fields = vec![
            ("client_id", service.client.as_str()),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
            ("redirect_uri", &redirect),
            ("response_type", "code"),
        ];
        if !scopes.is_empty() {
            fields.push(("scope", &scopes));
        }
        fields.push(("state", &secrets.state));
        let address = authorization.with_fields(&fields);
        Ok(PendingLogin { listener, secrets, address, redirect })
    }

    /// Where the browser has to go.
    pub fn address(&self) -> &WebAddress {
        &self.address
    }

    /// Where the browser comes back to.
    pub(super) fn redirect(&self) -> &str {
        &self.redirect
    }

    /// What proves that whoever has the code is who asked for it.
    pub(super) fn verifier(&self) -> &str {
        &self.secrets.verifier
    }

    /// Waits for the browser to bring a code.
    ///
    /// # Errors
    /// When it brings a refusal, does not come in time, or `is_stopped` says so.
    pub fn wait(&self, limit: Duration, is_stopped: &dyn Fn() -> bool) -> Result<String, LoginError> {
        let end = Instant::now() + limit;
        let (sender, receiver) = channel();
        let open = Arc::new(AtomicUsize::new(0));
        while Instant::now() < end {
            if is_stopped() {
                return Err(LoginError::Stopped);
            }
            if let Some(outcome) = received(&receiver) {
                return outcome;
            }
            match self.listener.accept() {
                Ok((stream, _)) => self.serve(stream, &sender, &open),
                Err(error) if error.kind() == ErrorKind::WouldBlock => std::thread::sleep(PAUSE),
                // One connection that broke at once; the next may hold.
                Err(_) => std::thread::sleep(PAUSE),
            }
        }
        Err(LoginError::TooLate { minutes: limit.as_secs() / 60 })
    }

    /// Each connection has a thread: browsers open some that they never use.
    fn serve(&self, stream: TcpStream, sender: &Sender<BrowserAnswer>, open: &Arc<AtomicUsize>) {
        if open.fetch_add(1, Ordering::Relaxed) >= CONNECTIONS_MAX {
            open.fetch_sub(1, Ordering::Relaxed);
            return;
        }
        let (sender, open, state) = (sender.clone(), open.clone(), self.secrets.state.clone());
        std::thread::spawn(move || {
            if let Some(answer) = answer_browser(stream, &state) {
                // Nobody waits any more where another connection was quicker.
                let _ = sender.send(answer);
            }
            open.fetch_sub(1, Ordering::Relaxed);
        });
    }
}

fn received(receiver: &Receiver<BrowserAnswer>) -> Option<Result<String, LoginError>> {
    match receiver.try_recv().ok()? {
        BrowserAnswer::Code(code) => Some(Ok(code)),
        BrowserAnswer::Refusal(reason) => Some(Err(LoginError::Refused(quoted_from_server(&reason)))),
    }
}

fn listen(ports: Option<(u16, u16)>) -> Result<TcpListener, LoginError> {
    let bind = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    let Some((first, last)) = ports else { return bind(0).map_err(LoginError::Listen) };
    (first..=last).find_map(|port| bind(port).ok()).ok_or(LoginError::NoFreePort {
        first,
        last,
        host_rule: "the host lets a browser come back to no other",
    })
}
