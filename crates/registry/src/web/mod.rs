//! Fetching documents and archives over HTTP.
//!
//! Responsible for what every source on the network shares: addresses, redirects, retries, limits,
//! and which host a token may be sent to. One exchange with a server is behind the trait [`Http`];
//! the real one is [`UreqHttp`]. It knows nothing of providers.

mod address;
mod certificates;
mod client;
mod form;
mod proxy;
mod ureq_http;

use std::fmt;
use std::io::Read;

pub use address::{WebAddress, WebAddressError};
pub use client::{Document, WebClient, WebError, WebLimits};
pub(crate) use form::{decode_fields, encode_fields};
pub use proxy::ProxySettings;
pub use ureq_http::UreqHttp;

/// One request to one server, without following redirects.
pub trait Http: Send + Sync {
    /// Sends a request and returns once the headers of the response are there.
    ///
    /// # Errors
    /// When there is no response: no connection, no trust, no answer in time.
    fn send(&self, request: &HttpRequest<'_>) -> Result<HttpResponse, HttpError>;
}

/// What is asked of a server.
pub struct HttpRequest<'a> {
    /// The address.
    pub address: &'a WebAddress,
    /// Headers, beside those that every request has.
    pub headers: Vec<(&'static str, String)>,
    /// What is expected, which decides how long to wait.
    pub expect: Expect,
    /// The fields of a form, encoded. With them it is a POST request, without a GET request.
    pub form: Option<&'a str>,
}

impl fmt::Debug for HttpRequest<'_> {
    /// Headers and forms may hold secrets.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("HttpRequest").field("address", &self.address.to_string()).finish_non_exhaustive()
    }
}

/// What kind of response is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// Something small, soon.
    Document,
    /// Something large, for as long as it makes progress.
    Download,
}

/// The response of a server.
pub struct HttpResponse {
    /// The status code.
    pub status: u16,
    /// The headers; names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, to be read once.
    pub body: Box<dyn Read + Send>,
}

impl HttpResponse {
    /// The first header with a name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for HttpResponse {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("HttpResponse").field("status", &self.status).finish_non_exhaustive()
    }
}

/// Why there was no response.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct HttpError {
    /// What happened, as the end of a sentence.
    pub message: String,
    /// Whether trying again may help.
    pub is_transient: bool,
}

/// Something secret that proves who is asking. It has no `Display` and its `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    secret: String,
    /// It is made of a user name and a password.
    is_login: bool,
}

impl Token {
    /// Takes a secret in.
    pub fn new(secret: impl Into<String>) -> Self {
        Token { secret: secret.into(), is_login: false }
    }

    /// A user name and a password.
    pub fn login(user: &str, password: &str) -> Self {
        use base64::Engine as _;
        let secret = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
        Token { secret, is_login: true }
    }

    /// The secret itself.
    pub fn reveal(&self) -> &str {
        &self.secret
    }

    /// Whether it is made of a user name and a password, which go where the user says, be that way
    /// encrypted or not.
    pub(crate) fn is_login(&self) -> bool {
        self.is_login
    }

    /// The value of the header that shows it to a server.
    pub(crate) fn authorization(&self) -> String {
        let scheme = if self.is_login { "Basic" } else { "Bearer" };
        format!("{scheme} {}", self.secret)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Token(hidden)")
    }
}
