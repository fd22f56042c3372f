//! Requests with everything around them: redirects, retries, limits, tokens.
//!
//! Responsible for never sending a token to any server but the one it was meant for, and for
//! bounding what a server can make us read.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::time::Duration;

use super::{Expect, Http, HttpError, HttpRequest, HttpResponse, Token, WebAddress, encode_fields};
use crate::{Environment, UnderWay};

/// As many hops as Go's client follows.
const REDIRECTS_MAX: usize = 10;

/// Servers count and pack before they send something of a large repository.
const SILENCE_MAX_DEFAULT: Duration = Duration::from_secs(300);

const DOCUMENT_BYTES_MAX: u64 = 64 << 20;

/// How often and how much.
#[derive(Clone, Debug)]
pub struct WebLimits {
    /// How often a document is asked for again after a failure that may pass.
    pub document_retries: u32,
    /// How often a download is started again.
    pub download_retries: u32,
    /// How long to wait before the first retry; each further one waits twice as long.
    pub retry_wait: Duration,
    /// The largest archive that is downloaded.
    pub download_bytes_max: u64,
    /// How long a program that downloads may hear nothing from its server.
    pub silence_max: Duration,
}

impl Default for WebLimits {
    fn default() -> Self {
        WebLimits {
            document_retries: 1,
            download_retries: 2,
            retry_wait: Duration::from_secs(1),
            download_bytes_max: 4 << 30,
            silence_max: SILENCE_MAX_DEFAULT,
        }
    }
}

impl WebLimits {
    /// The usual limits, with the changes that the environment asks for.
    pub fn from_environment(environment: &Environment) -> Self {
        let mut limits = WebLimits::default();
        if let Some(retries) = environment.number("TF_REGISTRY_DISCOVERY_RETRY") {
            limits.document_retries = retries;
        }
        if let Some(retries) = environment.number("TF_PROVIDER_DOWNLOAD_RETRY") {
            limits.download_retries = retries;
        }
        if let Some(silence_max) = environment.silence_max() {
            limits.silence_max = silence_max;
        }
        limits
    }
}

/// Fetches things from servers.
#[derive(Clone)]
pub struct WebClient {
    http: Arc<dyn Http>,
    limits: WebLimits,
    under_way: UnderWay,
}

/// A document that was fetched.
#[derive(Debug)]
pub struct Document {
    /// Where it came from in the end: what references in it are relative to.
    pub address: WebAddress,
    /// The status code.
    pub status: u16,
    /// The headers; names in lower case.
    headers: Vec<(String, String)>,
    /// Its content.
    pub content: Vec<u8>,
}

impl Document {
    /// The first header with a name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers_named(name).next()
    }

    /// All headers with a name in lower case.
    pub fn headers_named(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers.iter().filter(move |(header, _)| header == name).map(|(_, value)| value.as_str())
    }
}

/// Why something could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum WebError {
    /// There was no response.
    #[error("cannot reach {}: {error}", .address.without_query())]
    Unreachable {
        /// Where the request went.
        address: WebAddress,
        /// What happened.
        error: HttpError,
    },
    /// The response broke off.
    #[error("the response from {} broke off: {error}", .address.without_query())]
    BrokeOff {
        /// Where it came from.
        address: WebAddress,
        /// What happened.
        error: io::Error,
    },
    /// The response is larger than anything that is expected.
    #[error("the response from {} is larger than {limit_bytes} bytes", .address.without_query())]
    TooLarge {
        /// Where it came from.
        address: WebAddress,
        /// What is allowed.
        limit_bytes: u64,
    },
    /// The server refused or failed.
    #[error("{} answered with status {status}", .address.without_query())]
    Status {
        /// Where it came from.
        address: WebAddress,
        /// The status code.
        status: u16,
    },
    /// The server sends us elsewhere, in a way that we do not follow.
    #[error("{} redirects to {target}: {reason}", .address.without_query())]
    Redirect {
        /// Where it came from.
        address: WebAddress,
        /// Where it points.
        target: String,
        /// Why that is not followed.
        reason: String,
    },
    /// Secrets would have gone through the open network.
    #[error("{} is not encrypted, and secrets would have to be sent there", .address.without_query())]
    NotEncrypted {
        /// Where they would have gone.
        address: WebAddress,
    },
    /// What was downloaded could not be stored.
    #[error("cannot store what {} sent: {error}", .address.without_query())]
    Store {
        /// Where it came from.
        address: WebAddress,
        /// What happened.
        error: io::Error,
    },
}

impl WebError {
    fn is_transient(&self) -> bool {
        match self {
            WebError::Unreachable { error, .. } => error.is_transient,
            WebError::BrokeOff { .. } => true,
            WebError::Status { status, .. } => is_transient_status(*status),
            WebError::TooLarge { .. }
            | WebError::Redirect { .. }
            | WebError::NotEncrypted { .. }
            | WebError::Store { .. } => false,
        }
    }
}

fn is_transient_status(status: u16) -> bool {
    status == 429 || (status >= 500 && status != 501)
}

impl WebClient {
    /// A client that makes its requests through `http`.
    pub fn new(http: Arc<dyn Http>, limits: WebLimits) -> Self {
        WebClient { http, limits, under_way: UnderWay::default() }
    }

    /// The same, with what it downloads among what is under way.
    #[must_use]
    pub fn noting(self, under_way: UnderWay) -> Self {
        WebClient { under_way, ..self }
    }

    /// What is under way.
    pub(crate) fn under_way(&self) -> &UnderWay {
        &self.under_way
    }

    /// How long a program that downloads may hear nothing from its server.
    pub(crate) fn silence_max(&self) -> Duration {
        self.limits.silence_max
    }

    /// The same client, which asks for everything once.
    #[must_use]
    pub fn without_retries(&self) -> Self {
        let limits = WebLimits { document_retries: 0, download_retries: 0, ..self.limits.clone() };
        WebClient { http: self.http.clone(), limits, under_way: self.under_way.clone() }
    }

    /// Fetches a document whatever the final status is, following redirects and retrying.
    ///
    /// # Errors
    /// When there is no complete response, or the server keeps failing.
    pub fn document(&self, address: &WebAddress, token: Option<&Token>) -> Result<Document, WebError> {
        self.document_of(address, token, None)
    }

    /// The same for a document of a type, where a server has several.
    ///
    /// # Errors
    /// As [`WebClient::document`].
    pub fn document_of(
        &self,
        address: &WebAddress,
        token: Option<&Token>,
        media_type: Option<&str>,
    ) -> Result<Document, WebError> {
        self.with_retries(self.limits.document_retries, || {
            let (address, response) = self.follow(address, token, media_type, Expect::Document)?;
            if is_transient_status(response.status) {
                return Err(WebError::Status { address, status: response.status });
            }
            read_document(address, response)
        })
    }

    /// Sends a form with secrets and takes the answer whatever its status is. It is sent once, to this
    /// address only: redirects are not followed, and nothing is retried, for the server may have used
    /// up what was sent.
    ///
    /// # Errors
    /// When the way there is not encrypted, when there is no complete response, or a redirect.
    pub fn send_secrets(&self, address: &WebAddress, fields: &[(&str, &str)]) -> Result<Document, WebError> {
        if !may_carry_secrets(address) {
            return Err(WebError::NotEncrypted { address: address.clone() });
        }
        let form = encode_fields(fields);
        let headers = vec![
            ("content-type", "application/x-www-form-urlencoded".to_owned()),
            ("accept", "application/json".to_owned()),
        ];
        let request = HttpRequest { address, headers, expect: Expect::Document, form: Some(&form) };
        let response = self
            .http
            .send(&request)
            .map_err(|error| WebError::Unreachable { address: address.clone(), error })?;
        if let Some(target) = redirect_target(&response) {
            let target = target.escape_default().to_string();
            let reason = "secrets are sent to no other address than the one that was announced".to_owned();
            return Err(WebError::Redirect { address: address.clone(), target, reason });
        }
        read_document(address.clone(), response)
    }

    /// Fetches a document that must be there.
    ///
    /// # Errors
    /// As [`WebClient::document`], and for any status but 200.
    pub fn existing_document(
        &self,
        address: &WebAddress,
        token: Option<&Token>,
    ) -> Result<Document, WebError> {
        let document = self.document(address, token)?;
        if document.status == 200 {
            Ok(document)
        } else {
            Err(WebError::Status { address: document.address, status: document.status })
        }
    }

    /// Downloads to a fresh file in a directory. No token is ever sent for the download of a provider;
    /// who wrote a login into the address of a module's archive wants it to be sent there.
    ///
    /// # Errors
    /// When there is no complete response with status 200, or it cannot be stored.
    pub fn download(
        &self,
        address: &WebAddress,
        login: Option<&Token>,
        directory: &std::path::Path,
    ) -> Result<tempfile::NamedTempFile, WebError> {
        self.download_within(address, login, directory, u64::MAX)
    }

    /// The same for what is known to be no larger than that.
    ///
    /// # Errors
    /// As [`WebClient::download`], and when it is larger.
    pub fn download_within(
        &self,
        address: &WebAddress,
        login: Option<&Token>,
        directory: &std::path::Path,
        limit_bytes: u64,
    ) -> Result<tempfile::NamedTempFile, WebError> {
        let limit_bytes = limit_bytes.min(self.limits.download_bytes_max);
        self.with_retries(self.limits.download_retries, || {
            let (address, response) = self.follow(address, login, None, Expect::Download)?;
            if response.status != 200 {
                return Err(WebError::Status { address, status: response.status });
            }
            let expected = response.header("content-length").and_then(|length| length.parse::<u64>().ok());
            if expected.is_some_and(|expected| expected > limit_bytes) {
                return Err(WebError::TooLarge { address, limit_bytes });
            }
            let mut file = tempfile::NamedTempFile::new_in(directory)
                .map_err(|error| WebError::Store { address: address.clone(), error })?;
            let _noted = self.under_way.path(file.path());
            let received = copy(response.body, file.as_file_mut(), limit_bytes, &address)?;
            if expected.is_some_and(|expected| expected != received) {
                let error = io::Error::from(io::ErrorKind::UnexpectedEof);
                return Err(WebError::BrokeOff { address, error });
            }
            Ok(file)
        })
    }

    fn with_retries<T>(
        &self,
        retries: u32,
        attempt: impl Fn() -> Result<T, WebError>,
    ) -> Result<T, WebError> {
        let mut wait = self.limits.retry_wait;
        for _ in 0..retries {
            match attempt() {
                Err(error) if error.is_transient() => {
                    std::thread::sleep(wait);
                    wait *= 2;
                }
                settled => return settled,
            }
        }
        attempt()
    }

    fn follow(
        &self,
        address: &WebAddress,
        token: Option<&Token>,
        media_type: Option<&str>,
        expect: Expect,
    ) -> Result<(WebAddress, HttpResponse), WebError> {
        let mut address = address.clone();
        let mut token = token.filter(|token| token.is_login() || may_carry_secrets(&address));
        for _ in 0..=REDIRECTS_MAX {
            let mut headers = Vec::new();
            if let Some(token) = token {
                headers.push(("authorization", token.authorization()));
            }
            headers.extend(media_type.map(|media_type| ("accept", media_type.to_owned())));
            let request = HttpRequest { address: &address, headers, expect, form: None };
            let response = match self.http.send(&request) {
                Ok(response) => response,
                Err(error) => return Err(WebError::Unreachable { address, error }),
            };
            let Some(target) = redirect_target(&response) else { return Ok((address, response)) };
            let next = next_hop(&address, target)?;
            if !next.same_origin(&address) {
                token = None;
            }
            address = next;
        }
        let reason = format!("there were more than {REDIRECTS_MAX} redirects in a row");
        Err(WebError::Redirect { target: address.without_query(), address, reason })
    }
}

fn read_document(address: WebAddress, response: HttpResponse) -> Result<Document, WebError> {
    let (status, headers) = (response.status, response.headers);
    let mut content = Vec::new();
    let mut body = response.body.take(DOCUMENT_BYTES_MAX + 1);
    if let Err(error) = body.read_to_end(&mut content) {
        return Err(WebError::BrokeOff { address, error });
    }
    if content.len() as u64 > DOCUMENT_BYTES_MAX {
        return Err(WebError::TooLarge { address, limit_bytes: DOCUMENT_BYTES_MAX });
    }
    Ok(Document { address, status, headers, content })
}

/// A token over plain HTTP is a token for everyone on the way, except within this machine.
fn may_carry_secrets(address: &WebAddress) -> bool {
    address.is_encrypted() || address.is_loopback()
}

fn redirect_target(response: &HttpResponse) -> Option<&str> {
    if matches!(response.status, 301 | 302 | 303 | 307 | 308) { response.header("location") } else { None }
}

fn next_hop(address: &WebAddress, target: &str) -> Result<WebAddress, WebError> {
    let refuse = |reason: String| WebError::Redirect {
        address: address.clone(),
        target: target.split('?').next().unwrap_or_default().escape_default().to_string(),
        reason,
    };
    let next = address.join(target).map_err(|error| refuse(format!("the target {error}")))?;
    if address.is_encrypted() && !next.is_encrypted() {
        return Err(refuse("the target is not encrypted".to_owned()));
    }
    Ok(next)
}

fn copy(
    mut body: impl Read,
    file: &mut impl Write,
    limit_bytes: u64,
    address: &WebAddress,
) -> Result<u64, WebError> {
    let mut buffer = vec![0; 128 * 1024];
    let mut received = 0;
    loop {
        let count = match body.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(WebError::BrokeOff { address: address.clone(), error }),
        };
        received += count as u64;
        if received > limit_bytes {
            return Err(WebError::TooLarge { address: address.clone(), limit_bytes });
        }
        file.write_all(&buffer[..count])
            .map_err(|error| WebError::Store { address: address.clone(), error })?;
    }
    file.flush().map_err(|error| WebError::Store { address: address.clone(), error })?;
    Ok(received)
}
