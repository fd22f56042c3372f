//! Signed requests, made again where they may do better.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use ureq::http::Request;

use super::proxies::Agents;
use super::sign::{Scope, Unsigned, signed};
use super::{AwsOptions, Credentials, RENEWAL, Service, credentials, xml};
use crate::InvalidOption;
use crate::web::{Answer, certificates, explain, is_transient, read, trusting};

const WAIT_MIN: Duration = Duration::from_millis(100);
const WAIT_MAX: Duration = Duration::from_secs(20);

/// What a service is asked.
pub(crate) struct AwsRequest<'a> {
    pub(crate) method: &'static str,
    /// Put in front of the server's name, with a point; may be empty.
    pub(crate) host_prefix: String,
    /// Escaped; begins with `/`.
    pub(crate) path: String,
    /// Escaped and sorted; may be empty.
    pub(crate) query: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: &'a [u8],
}

impl Default for AwsRequest<'_> {
    fn default() -> Self {
        AwsRequest {
            method: "GET",
            host_prefix: String::new(),
            path: "/".to_owned(),
            query: String::new(),
            headers: Vec::new(),
            body: &[],
        }
    }
}

/// Why a service did not do what it was asked.
#[derive(Clone, Debug)]
pub(crate) struct AwsError {
    /// Such as `NoSuchBucket`; empty where there was no answer.
    pub(crate) code: String,
    /// What it says, or what the system says.
    pub(crate) message: String,
}

impl AwsError {
    pub(super) fn credentials(message: impl Into<String>) -> Self {
        AwsError { code: "Credentials".to_owned(), message: message.into() }
    }

    /// An error of a service that speaks XML.
    pub(crate) fn of_xml(status: u16, document: &str) -> Self {
        let code = xml::text(document, "Code").unwrap_or_else(|| status.to_string());
        let message = xml::text(document, "Message").unwrap_or_default();
        AwsError { code, message }
    }

    /// An error of a service that speaks JSON.
    pub(crate) fn of_json(status: u16, document: &[u8]) -> Self {
        let document: serde_json::Value = serde_json::from_slice(document).unwrap_or_default();
        let kind = document["__type"].as_str().unwrap_or_default();
        let code = kind.rsplit('#').next().unwrap_or_default();
        let message = document["message"].as_str().or_else(|| document["Message"].as_str());
        AwsError {
            code: if code.is_empty() { status.to_string() } else { code.to_owned() },
            message: message.unwrap_or_default().to_owned(),
        }
    }
}

impl std::fmt::Display for AwsError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.code.as_str(), self.message.as_str()) {
            ("" | "Credentials", message) => out.write_str(message),
            (code, "") if code.chars().all(|one| one.is_ascii_digit()) => {
                write!(out, "the service answered with status {code}")
            }
            (code, "") => out.write_str(code),
            (code, message) => write!(out, "{code}: {}", message.trim_end_matches('.')),
        }
    }
}

/// Who asks services.
pub(crate) struct AwsClient {
    options: AwsOptions,
    agents: Agents,
    credentials: Mutex<Option<Credentials>>,
}

impl AwsClient {
    /// # Errors
    /// The option that is wrong.
    pub(crate) fn new(options: AwsOptions) -> Result<Self, InvalidOption> {
        let tls = trusting(authorities(&options)?, !options.skips_verification).build();
        let agents = Agents::new(&tls, &options)?;
        Ok(AwsClient { options, agents, credentials: Mutex::default() })
    }

    pub(crate) fn options(&self) -> &AwsOptions {
        &self.options
    }

    /// The keys, looked for when they are first needed, and again before they end.
    pub(super) fn credentials(&self) -> Result<Credentials, AwsError> {
        let mut known = self.credentials.lock().unwrap_or_else(PoisonError::into_inner);
        let soon = jiff::Timestamp::now().as_second() + i64::try_from(RENEWAL.as_secs()).unwrap_or_default();
        match &*known {
            Some(credentials) if credentials.expires.is_none_or(|end| end > soon) => Ok(credentials.clone()),
            _ => {
                let found = credentials::find(self)?;
                *known = Some(found.clone());
                Ok(found)
            }
        }
    }

    /// Asks a service with the keys that there are.
    pub(crate) fn ask(&self, service: Service, request: &AwsRequest<'_>) -> Result<Answer, AwsError> {
        let credentials = self.credentials()?;
        self.ask_as(service, &self.options.region(), request, Some(&credentials))
    }

    /// The same with other keys, or with none.
    pub(super) fn ask_as(
        &self,
        service: Service,
        region: &str,
        request: &AwsRequest<'_>,
        credentials: Option<&Credentials>,
    ) -> Result<Answer, AwsError> {
        let mut attempt = 0;
        loop {
            let answer = self.ask_once(service, region, request, credentials);
            if !is_worth_another(&answer) || attempt >= self.options.retries_max {
                return answer.map_err(|message| AwsError { code: String::new(), message });
            }
            let factor = 2_u32.saturating_pow(attempt);
            std::thread::sleep(WAIT_MIN.saturating_mul(factor).min(WAIT_MAX));
            attempt += 1;
        }
    }

    fn ask_once(
        &self,
        service: Service,
        region: &str,
        request: &AwsRequest<'_>,
        credentials: Option<&Credentials>,
    ) -> Result<Answer, String> {
        let server = self.options.address(service, region);
        let (scheme, server) = server.split_once("://").unwrap_or(("https", &server));
        let (host, base) = server.split_at(server.find('/').unwrap_or(server.len()));
        let host = match request.host_prefix.as_str() {
            "" => host.to_owned(),
            prefix => format!("{prefix}.{host}"),
        };
        let path = format!("{base}{}", request.path);
        let mut headers = request.headers.clone();
        if let Some(credentials) = credentials {
            let time = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
            let unsigned = Unsigned {
                method: request.method,
                path: &path,
                query: &request.query,
                host: &host,
                headers,
                body: request.body,
            };
            headers = signed(unsigned, &Scope { region, service: service.name(), time: &time }, credentials);
        }
        let mark = if request.query.is_empty() { "" } else { "?" };
        let address = format!("{scheme}://{host}{path}{mark}{}", request.query);
        let mut built = Request::builder().method(request.method).uri(address);
        for (name, value) in headers {
            built = built.header(name, value);
        }
        let unsendable = |error: ureq::http::Error| error.to_string();
        let agent = self.agents.of(scheme, &host);
        let answer = if matches!(request.method, "PUT" | "POST") {
            agent.run(unredirected(agent, built.body(request.body).map_err(unsendable)?))
        } else {
            agent.run(unredirected(agent, built.body(()).map_err(unsendable)?))
        };
        read(answer.map_err(|error| explain(&error))?)
    }
}

/// What is signed is signed for one server. Where it sends us elsewhere, it says why.
fn unredirected<B: ureq::AsSendBody>(agent: &ureq::Agent, request: Request<B>) -> Request<B> {
    agent.configure_request(request).max_redirects(0).max_redirects_will_error(false).build()
}

/// Whether asking again may help: services also say so in errors that blame the one who asks.
fn is_worth_another(answer: &Result<Answer, String>) -> bool {
    const PASSING: [&str; 5] = [
        "ThrottlingException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "SlowDown",
        "RequestTimeout\"",
    ];
    is_transient(answer)
        || answer.as_ref().is_ok_and(|answer| {
            answer.status == 400 && {
                let text = String::from_utf8_lossy(&answer.body);
                PASSING.iter().any(|code| text.contains(code))
            }
        })
}

fn authorities(options: &AwsOptions) -> Result<Vec<ureq::tls::Certificate<'static>>, InvalidOption> {
    let given = Some(options.authorities_file.as_str()).filter(|path| !path.is_empty());
    let Some(path) = given.or_else(|| options.variable("AWS_CA_BUNDLE")) else { return Ok(Vec::new()) };
    let wrong = |cause: String| {
        InvalidOption::new(
            "custom_ca_bundle",
            "Invalid custom_ca_bundle",
            format!("The file {path} {cause}."),
        )
    };
    let pem =
        plumb_source::read_file(path.as_ref()).map_err(|error| wrong(format!("cannot be read: {error}")))?;
    let found = certificates(&pem);
    if found.is_empty() { Err(wrong("holds no certificate in PEM".to_owned())) } else { Ok(found) }
}
