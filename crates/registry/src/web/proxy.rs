//! Which proxy a request goes through.
//!
//! Responsible for the meaning of `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, in upper or lower
//! case, with the rules that Go programs have. It opens no connections.

use std::net::IpAddr;

use super::WebAddress;
use crate::Environment;

/// What the environment says about proxies.
#[derive(Clone, Debug, Default)]
pub struct ProxySettings {
    encrypted: Option<String>,
    plain: Option<String>,
    exceptions: Vec<Exception>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Exception {
    host: HostPattern,
    port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum HostPattern {
    Everything,
    Address(IpAddr),
    Network(IpAddr, u8),
    /// The domain's name; whether the domain itself is meant beside what is below it.
    Domain(String, bool),
}

impl ProxySettings {
    /// Reads the variables.
    pub fn from_environment(environment: &Environment) -> Self {
        let get = |upper, lower| environment.first(&[upper, lower]).map(str::to_owned);
        // A web server hands request headers to its programs as HTTP_ variables, so there a client
        // could name the proxy.
        let is_gateway_program = environment.get("REQUEST_METHOD").is_some();
        let exceptions = environment.first(&["NO_PROXY", "no_proxy"]).unwrap_or("");
        ProxySettings {
            encrypted: get("HTTPS_PROXY", "https_proxy"),
            plain: get("HTTP_PROXY", "http_proxy").filter(|_| !is_gateway_program),
            exceptions: exceptions.split(',').filter_map(read_exception).collect(),
        }
    }

    /// The proxy for an address, as an address or a bare host; none where it is asked directly.
    pub fn proxy_for(&self, address: &WebAddress) -> Option<&str> {
        let proxy = if address.is_encrypted() { &self.encrypted } else { &self.plain };
        let proxy = proxy.as_deref()?;
        let is_exempt =
            address.is_loopback() || self.exceptions.iter().any(|exception| exception.covers(address));
        (!is_exempt).then_some(proxy)
    }
}

fn read_exception(text: &str) -> Option<Exception> {
    let text = text.trim().to_ascii_lowercase();
    if text.is_empty() {
        return None;
    }
    if text == "*" {
        return Some(Exception { host: HostPattern::Everything, port: None });
    }
    if let Some((network, bits)) = text.split_once('/') {
        let network: IpAddr = network.parse().ok()?;
        let bits: u8 = bits.parse().ok()?;
        let width = if network.is_ipv4() { 32 } else { 128 };
        return (bits <= width)
            .then_some(Exception { host: HostPattern::Network(network, bits), port: None });
    }
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(Exception { host: HostPattern::Address(address), port: None });
    }
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) => (host, Some(port.parse::<u16>().ok()?)),
        None => (text.as_str(), None),
    };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = bare.parse::<IpAddr>() {
        return Some(Exception { host: HostPattern::Address(address), port });
    }
    let host = host.strip_prefix('*').unwrap_or(host);
    let host = match host.strip_prefix('.') {
        Some(below) => HostPattern::Domain(below.to_owned(), false),
        None => HostPattern::Domain(host.to_owned(), true),
    };
    Some(Exception { host, port })
}

impl Exception {
    fn covers(&self, address: &WebAddress) -> bool {
        if self.port.is_some_and(|port| port != address.port()) {
            return false;
        }
        let bare = address.host().trim_start_matches('[').trim_end_matches(']');
        let ip = bare.parse::<IpAddr>().ok();
        match &self.host {
            HostPattern::Everything => true,
            HostPattern::Address(exempt) => ip == Some(*exempt),
            HostPattern::Network(network, bits) => ip.is_some_and(|ip| in_network(ip, *network, *bits)),
            HostPattern::Domain(domain, itself) => {
                let below = || bare.strip_suffix(domain.as_str()).is_some_and(|rest| rest.ends_with('.'));
                (*itself && bare == domain) || below()
            }
        }
    }
}

fn in_network(address: IpAddr, network: IpAddr, bits: u8) -> bool {
    let same_start = |left: &[u8], right: &[u8]| {
        let (whole, rest) = (usize::from(bits / 8), bits % 8);
        let mask = !(0xff_u8.checked_shr(u32::from(rest)).unwrap_or(0));
        left[..whole] == right[..whole] && (rest == 0 || left[whole] & mask == right[whole] & mask)
    };
    match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) => same_start(&address.octets(), &network.octets()),
        (IpAddr::V6(address), IpAddr::V6(network)) => same_start(&address.octets(), &network.octets()),
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn picks_by_scheme_and_exceptions() {
        let environment: Environment = [
            ("HTTPS_PROXY", "http://secure:1"),
            ("http_proxy", "plain:2"),
            ("NO_PROXY", "exempt.example, .below.example,10.1.0.0/16,192.0.2.7,port.example:8443,[2001:db8::1]:9,fd00::/8"),
        ]
        .into_iter()
        .collect();
        let settings = ProxySettings::from_environment(&environment);
        let cases = [
            ("https://a.example/", Some("http://secure:1")),
            ("http://a.example/", Some("plain:2")),
            ("https://exempt.example/", None),
            ("https://x.exempt.example/", None),
            ("https://notexempt.example/", Some("http://secure:1")),
            ("https://below.example/", Some("http://secure:1")),
            ("https://x.below.example/", None),
            ("https://10.1.255.1/", None),
            ("https://10.2.0.1/", Some("http://secure:1")),
            ("https://192.0.2.7/", None),
            ("https://port.example/", Some("http://secure:1")),
            ("https://port.example:8443/", None),
            ("https://[2001:db8::1]:9/", None),
            ("https://[2001:db8::1]/", Some("http://secure:1")),
            ("https://[fd12::1]/", None),
            ("https://localhost/", None),
            ("http://127.0.0.1:80/", None),
        ];
        for (address, expected) in cases {
            let address = WebAddress::parse(address).expect("is an address");
            assert_eq!(settings.proxy_for(&address), expected, "{address}");
        }
    }

    #[test]
    fn a_star_exempts_all_and_gateway_programs_ignore_the_plain_proxy() {
        let address = WebAddress::parse("http://a.example/").expect("is an address");
        for (name, value) in [("NO_PROXY", "*"), ("REQUEST_METHOD", "GET")] {
            let environment: Environment = [("HTTP_PROXY", "x"), (name, value)].into_iter().collect();
            assert_eq!(ProxySettings::from_environment(&environment).proxy_for(&address), None, "{name}");
        }
    }
}
