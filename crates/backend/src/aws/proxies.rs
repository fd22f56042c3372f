//! Which proxy stands before which server.

use ureq::Proxy;
use ureq::tls::TlsConfig;

use super::AwsOptions;
use crate::InvalidOption;
use crate::web::{agent, agent_through, is_here, silence_max};

/// A client for each way to a server.
pub(super) struct Agents {
    /// With the proxies of the environment; with none where options name some.
    plain: ureq::Agent,
    /// With none at all.
    direct: ureq::Agent,
    http: Option<ureq::Agent>,
    https: Option<ureq::Agent>,
    /// Servers that are asked without one.
    exempt: Vec<String>,
}

impl Agents {
    pub(super) fn new(tls: &TlsConfig, options: &AwsOptions) -> Result<Self, InvalidOption> {
        let silence = silence_max(options.variable("PLUMB_SERVER_TIMEOUT"));
        let through = |option: &'static str, address: &str| {
            if address.is_empty() {
                return Ok(None);
            }
            let proxy = Proxy::new(address).map_err(|_| {
                let detail = "An address such as http://proxy.example.com:3128 is required.";
                InvalidOption::new(option, format!("Invalid {option}"), detail)
            })?;
            Ok::<_, InvalidOption>(Some(agent_through(tls.clone(), Some(proxy), silence)))
        };
        let http = through("http_proxy", &options.http_proxy)?;
        let https = through("https_proxy", &options.https_proxy)?;
        let is_given = http.is_some() || https.is_some();
        let direct = agent_through(tls.clone(), None, silence);
        let plain = if is_given { direct.clone() } else { agent(tls.clone(), silence) };
        let exempt = options.no_proxy.split(',').map(|name| name.trim().trim_start_matches('.').to_owned());
        Ok(Agents { plain, direct, http, https, exempt: exempt.filter(|name| !name.is_empty()).collect() })
    }

    /// The client for a server, which may have a port behind its name.
    pub(super) fn of(&self, scheme: &str, server: &str) -> &ureq::Agent {
        let name = server.rsplit_once(':').map_or(server, |(name, _)| name);
        if is_here(name) {
            return &self.direct;
        }
        let is_exempt = self.exempt.iter().any(|exempt| {
            exempt == "*"
                || exempt == server
                || name
                    .strip_suffix(exempt.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        });
        let proxied = if scheme == "https" { &self.https } else { &self.http };
        proxied.as_ref().filter(|_| !is_exempt).unwrap_or(&self.plain)
    }
}
