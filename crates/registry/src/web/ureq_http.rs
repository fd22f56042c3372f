//! The real [`Http`], over `ureq` and `rustls`.
//!
//! Responsible for connections, proxies, TLS and time limits. Redirects and retries are not its
//! business.

use std::io::{self, Read};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};

use super::{Expect, Http, HttpError, HttpRequest, HttpResponse, ProxySettings, certificates};
use crate::Environment;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// A download may take hours, but not stand still for longer than this.
const STALL_TIMEOUT: Duration = Duration::from_secs(60);

/// How long Terraform waits for documents of registries.
const DOCUMENT_TIMEOUT_DEFAULT: Duration = Duration::from_secs(10);

/// A client with the proxies, certificate authorities and time limits of an environment.
pub struct UreqHttp {
    environment: Environment,
    user_agent: String,
    proxies: ProxySettings,
    document_timeout: Duration,
    stall_timeout: Duration,
    connect_timeout: Duration,
    /// Made with the first request: most commands make none, and loading certificates takes time.
    agent: OnceLock<Result<ureq::Agent, String>>,
}

impl UreqHttp {
    /// A client that calls itself `user_agent`.
    pub fn new(environment: &Environment, user_agent: impl Into<String>) -> Self {
        let seconds = environment.number::<u64>("TF_REGISTRY_CLIENT_TIMEOUT").filter(|seconds| *seconds > 0);
        let mut user_agent = user_agent.into();
        if let Some(more) = environment.get("TF_APPEND_USER_AGENT") {
            user_agent.push(' ');
            user_agent.push_str(more.trim());
        }
        UreqHttp {
            environment: environment.clone(),
            user_agent,
            proxies: ProxySettings::from_environment(environment),
            stall_timeout: environment.silence_max().unwrap_or(STALL_TIMEOUT),
            connect_timeout: environment
                .silence_max()
                .map_or(CONNECT_TIMEOUT, |most| most.min(CONNECT_TIMEOUT)),
            document_timeout: seconds.map_or(DOCUMENT_TIMEOUT_DEFAULT, Duration::from_secs),
            agent: OnceLock::new(),
        }
    }

    fn agent(&self) -> Result<&ureq::Agent, HttpError> {
        let agent = self.agent.get_or_init(|| self.make_agent());
        agent.as_ref().map_err(|message| HttpError { message: message.clone(), is_transient: false })
    }

    fn make_agent(&self) -> Result<ureq::Agent, String> {
        let authorities: Vec<Certificate<'static>> = certificates::load(&self.environment)?
            .iter()
            .map(|certificate| Certificate::from_der(certificate.as_ref()).to_owned())
            .collect();
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .root_certs(RootCerts::Specific(Arc::new(authorities)))
            .build();
        let config = ureq::Agent::config_builder()
            .tls_config(tls)
            .user_agent(self.user_agent.as_str())
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            // Chosen per request; without this line ureq would ask the environment.
            .proxy(None)
            .timeout_connect(Some(self.connect_timeout))
            .build();
        Ok(config.new_agent())
    }
}

impl Http for UreqHttp {
    fn send(&self, request: &HttpRequest<'_>) -> Result<HttpResponse, HttpError> {
        let agent = self.agent()?;
        let address = request.address.to_string();
        let sent = match request.form {
            Some(form) => self.prepare(agent.post(address), request)?.send(form),
            None => self.prepare(agent.get(address), request)?.call(),
        };
        let (parts, body) = sent.map_err(|error| explain(&error))?.into_parts();
        let headers = parts
            .headers
            .iter()
            .map(|(name, value)| {
                (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
            })
            .collect();
        let body: Box<dyn Read + Send> = Box::new(Explained(body.into_reader()));
        Ok(HttpResponse { status: parts.status.as_u16(), headers, body })
    }
}

impl UreqHttp {
    /// Headers, proxy and time limits, which do not depend on the method.
    fn prepare<Method>(
        &self,
        mut builder: ureq::RequestBuilder<Method>,
        request: &HttpRequest<'_>,
    ) -> Result<ureq::RequestBuilder<Method>, HttpError> {
        for (name, value) in &request.headers {
            builder = builder.header(*name, value);
        }
        let mut config = builder.config();
        if let Some(proxy) = self.proxies.proxy_for(request.address) {
            let proxy = ureq::Proxy::new(proxy).map_err(|_| HttpError {
                message: "the proxy that the environment names is not a valid address".to_owned(),
                is_transient: false,
            })?;
            config = config.proxy(Some(proxy));
        }
        config = match request.expect {
            Expect::Document => config.timeout_global(Some(self.document_timeout)),
            Expect::Download => config
                .timeout_recv_response(Some(self.stall_timeout))
                .timeout_per_read(Some(self.stall_timeout)),
        };
        Ok(config.build())
    }
}

/// A body whose errors are in words that people know.
struct Explained<R>(R);

impl<R: Read> Read for Explained<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(|error| {
            let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<ureq::Error>());
            match (inner, error.kind()) {
                (Some(ureq::Error::Timeout(_)), _) | (None, io::ErrorKind::TimedOut) => {
                    io::Error::new(io::ErrorKind::TimedOut, "the server did not go on in time")
                }
                (_, io::ErrorKind::UnexpectedEof) => io::Error::new(io::ErrorKind::UnexpectedEof, HUNG_UP),
                _ => error,
            }
        })
    }
}

const HUNG_UP: &str = "the server has closed the connection";

fn explain(error: &ureq::Error) -> HttpError {
    let message = match error {
        ureq::Error::Timeout(_) => "the server did not answer in time".to_owned(),
        ureq::Error::HostNotFound => "no such host".to_owned(),
        ureq::Error::ConnectionFailed => "the connection failed".to_owned(),
        ureq::Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => HUNG_UP.to_owned(),
        ureq::Error::Io(error) => plain(error),
        other => other.to_string(),
    };
    // Unlike Go, rustls does not take the certificate of an authority for that of a server, even
    // where it is trusted.
    let message = if message.contains("CaUsedAsEndEntity") {
        "the server shows the certificate of an authority as its own; give it a certificate made with basicConstraints CA:FALSE".to_owned()
    } else {
        message
    };
    let is_transient = match error {
        ureq::Error::Timeout(_) | ureq::Error::HostNotFound | ureq::Error::ConnectionFailed => true,
        // Certificates that are not trusted surface here as well, and stay so.
        ureq::Error::Io(error) => error.kind() != io::ErrorKind::InvalidData,
        _ => false,
    };
    HttpError { message, is_transient }
}

/// The system's words without the number behind them.
fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    text.find(" (os error").map_or(text.as_str(), |at| &text[..at]).to_owned()
}
