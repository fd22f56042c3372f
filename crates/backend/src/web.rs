//! What all that speaks to servers have in common: trust, proxies, and words for failures.

use std::io;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use ureq::config::ConfigBuilder;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, TlsConfigBuilder, parse_pem};
use ureq::typestate::AgentScope;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// A server that is silent for longer than this does not answer.
const SILENCE_MAX_DEFAULT: Duration = Duration::from_secs(300);

/// How long a server may be silent: so many seconds, or the usual time where nothing else is said.
pub(crate) fn silence_max(seconds: Option<&str>) -> Duration {
    let seconds = seconds.and_then(|seconds| seconds.trim().parse().ok()).filter(|seconds| *seconds > 0);
    seconds.map_or(SILENCE_MAX_DEFAULT, Duration::from_secs)
}

/// An answer of this size is no state.
pub(crate) const ANSWER_MAX_BYTES: u64 = 1 << 30;

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

/// The text of a file that somebody names, which may be a pipe and may not be endless.
pub(crate) fn read_text(path: &Path) -> io::Result<String> {
    plumb_source::as_text(plumb_source::read_file(path)?)
}

/// Certificates in a text in PEM; none where there are none in it.
pub(crate) fn certificates(pem: &[u8]) -> Vec<Certificate<'static>> {
    let items = parse_pem(pem).filter_map(|item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(certificate),
        _ => None,
    });
    items.collect()
}

/// The authorities that the system trusts, read once.
fn system_authorities() -> Arc<Vec<Certificate<'static>>> {
    static AUTHORITIES: OnceLock<Arc<Vec<Certificate<'static>>>> = OnceLock::new();
    let load = || {
        let found = rustls_native_certs::load_native_certs().certs;
        found.iter().map(|certificate| Certificate::from_der(certificate.as_ref()).to_owned()).collect()
    };
    AUTHORITIES.get_or_init(|| Arc::new(load())).clone()
}

/// Settings that trust these authorities, or those of the system where there are none.
pub(crate) fn trusting(authorities: Vec<Certificate<'static>>, verifies: bool) -> TlsConfigBuilder {
    let authorities = if authorities.is_empty() { system_authorities() } else { Arc::new(authorities) };
    TlsConfig::builder().root_certs(RootCerts::Specific(authorities)).disable_verification(!verifies)
}

/// A client. Proxies are those that the environment names.
pub(crate) fn agent(tls: TlsConfig, silence_max: Duration) -> ureq::Agent {
    builder(tls, silence_max).build().new_agent()
}

/// A client with a certain proxy, or with none.
pub(crate) fn agent_through(
    tls: TlsConfig,
    proxy: Option<ureq::Proxy>,
    silence_max: Duration,
) -> ureq::Agent {
    builder(tls, silence_max).proxy(proxy).build().new_agent()
}

/// Whether a server is this machine, which no proxy stands before.
pub(crate) fn is_here(host: &str) -> bool {
    host == "localhost" || host == "[::1]" || host.starts_with("127.")
}

fn builder(tls: TlsConfig, silence_max: Duration) -> ConfigBuilder<AgentScope> {
    ureq::Agent::config_builder()
        .tls_config(tls)
        .http_status_as_error(false)
        .allow_non_standard_methods(true)
        .timeout_connect(Some(silence_max.min(CONNECT_TIMEOUT)))
        .timeout_recv_response(Some(silence_max))
        .timeout_per_read(Some(silence_max))
}

/// The whole of an answer.
pub(crate) fn read(mut answer: ureq::http::Response<ureq::Body>) -> Result<Answer, String> {
    let status = answer.status().as_u16();
    let body = answer.body_mut().with_config().limit(ANSWER_MAX_BYTES).read_to_vec();
    Ok(Answer { status, body: body.map_err(|error| explain(&error))? })
}

/// Why there was no answer.
pub(crate) fn explain(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Timeout(_) => "the server did not answer in time".to_owned(),
        ureq::Error::HostNotFound => "no such host".to_owned(),
        ureq::Error::ConnectionFailed => "the connection failed".to_owned(),
        ureq::Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            "the server has closed the connection".to_owned()
        }
        ureq::Error::BodyExceedsLimit(_) => "the answer is larger than any state is".to_owned(),
        ureq::Error::Io(error) => {
            let text = error.to_string();
            // The system's words without the number behind them.
            text.find(" (os error").map_or(text.as_str(), |at| &text[..at]).to_owned()
        }
        other => other.to_string(),
    }
}

/// Whether an answer may be another one a moment later.
pub(crate) fn is_transient(answer: &Result<Answer, String>) -> bool {
    match answer {
        Ok(answer) => answer.status == 429 || (answer.status >= 500 && answer.status != 501),
        Err(_) => true,
    }
}
