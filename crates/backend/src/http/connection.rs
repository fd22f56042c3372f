//! Requests, with what the options say about certificates and about trying again.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::Digest as _;
use ureq::http::{Method, Request, Uri};
use ureq::tls::{ClientCert, PrivateKey, TlsConfig};

use super::HttpOptions;
use crate::InvalidOption;
use crate::web::{
    Answer, agent, agent_through, certificates, explain, is_here, is_transient, read, silence_max, trusting,
};

/// Who speaks to the server.
pub(super) struct Connection {
    agent: ureq::Agent,
    authorization: Option<String>,
    retries_max: u32,
    wait_min: Duration,
    wait_max: Duration,
}

impl Connection {
    pub(super) fn new(options: &HttpOptions) -> Result<Self, InvalidOption> {
        let authorization = (!options.username.is_empty()).then(|| {
            let pair = format!("{}:{}", options.username, options.password);
            format!("Basic {}", STANDARD.encode(pair))
        });
        let uri = options.address.parse::<Uri>().ok();
        let is_here = uri.as_ref().and_then(Uri::host).is_some_and(is_here);
        let tls = tls(options)?;
        let silence = silence_max(Some(options.silence_max_s.as_str()));
        Ok(Connection {
            agent: if is_here { agent_through(tls, None, silence) } else { agent(tls, silence) },
            authorization,
            retries_max: options.retries_max,
            wait_min: options.retry_wait_min,
            wait_max: options.retry_wait_max,
        })
    }

    /// Asks, again where the server could not be reached or has trouble of its own.
    ///
    /// # Errors
    /// What the system or the server's certificate said, for the last time.
    pub(super) fn ask(&self, method: &Method, address: &str, body: Option<&[u8]>) -> Result<Answer, String> {
        let mut attempt = 0;
        loop {
            let answer = self.ask_once(method, address, body);
            if !is_transient(&answer) || attempt >= self.retries_max {
                return answer;
            }
            let factor = 2_u32.saturating_pow(attempt);
            std::thread::sleep(self.wait_min.saturating_mul(factor).min(self.wait_max));
            attempt += 1;
        }
    }

    fn ask_once(&self, method: &Method, address: &str, body: Option<&[u8]>) -> Result<Answer, String> {
        let mut headers = Vec::new();
        if let Some(authorization) = &self.authorization {
            headers.push(("authorization", authorization.clone()));
        }
        if let Some(body) = body {
            headers.push(("content-type", "application/json".to_owned()));
            headers.push(("content-md5", STANDARD.encode(md5::Md5::digest(body))));
        }
        let request = Request::builder().method(method).uri(address);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, value));
        let unsendable = |error: ureq::http::Error| error.to_string();
        let answer = match body {
            // A body is unusual for it, but is what servers of locks expect.
            Some(body) if method == Method::DELETE => {
                let request = self.agent.delete(address).force_send_body();
                let request =
                    headers.iter().fold(request, |request, (name, value)| request.header(*name, value));
                request.send(body)
            }
            Some(body) => self.agent.run(request.body(body).map_err(unsendable)?),
            None => self.agent.run(request.body(()).map_err(unsendable)?),
        };
        read(answer.map_err(|error| explain(&error))?)
    }
}

fn no_pem(option: &'static str, what: &str) -> InvalidOption {
    let detail = format!("A {what} is required as text in PEM, which begins with -----BEGIN.");
    InvalidOption::new(option, format!("{option} holds no {what}"), detail)
}

fn lonely(option: &'static str, other: &str) -> InvalidOption {
    let detail = format!("The two belong together: give {other} too, or neither of them.");
    InvalidOption::new(option, format!("{option} is set but {other} is not"), detail)
}

fn tls(options: &HttpOptions) -> Result<TlsConfig, InvalidOption> {
    let authorities = certificates(options.authorities.as_bytes());
    if authorities.is_empty() && !options.authorities.is_empty() {
        return Err(no_pem("client_ca_certificate_pem", "certificate"));
    }
    let mut tls = trusting(authorities, !options.skips_verification);
    match (options.certificate.is_empty(), options.private_key.is_empty()) {
        (true, true) => {}
        (false, false) => {
            let chain = certificates(options.certificate.as_bytes());
            if chain.is_empty() {
                return Err(no_pem("client_certificate_pem", "certificate"));
            }
            let key = PrivateKey::from_pem(options.private_key.as_bytes())
                .map_err(|_| no_pem("client_private_key_pem", "private key"))?;
            tls = tls.client_cert(Some(ClientCert::new_with_certs(&chain, key)));
        }
        (true, false) => return Err(lonely("client_private_key_pem", "client_certificate_pem")),
        (false, true) => return Err(lonely("client_certificate_pem", "client_private_key_pem")),
    }
    Ok(tls.build())
}
