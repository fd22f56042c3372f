//! Addresses on the web, as far as providers need them: `http` and `https` only.
//!
//! Responsible for reading, joining and comparing them. User names and fragments are not supported
//! on purpose: secrets belong into credentials, and fragments mean nothing to servers.

use std::fmt;
use std::net::IpAddr;

/// Longer addresses are not meant for people or servers.
const LENGTH_MAX: usize = 8192;

/// An absolute address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct WebAddress {
    is_encrypted: bool,
    /// In lower case; an IPv6 address has its brackets.
    host: String,
    port: Option<u16>,
    /// Starts with a slash.
    path: String,
    /// Without its question mark.
    query: Option<String>,
}

/// Why a text is no address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct WebAddressError {
    reason: &'static str,
}

const fn refuse(reason: &'static str) -> WebAddressError {
    WebAddressError { reason }
}

impl WebAddress {
    /// Reads an absolute address.
    ///
    /// # Errors
    /// When it is relative, of another scheme, or contains what no address contains.
    pub fn parse(text: &str) -> Result<Self, WebAddressError> {
        check_characters(text)?;
        let (scheme, rest) = text.split_once("://").ok_or(refuse("must be an absolute URL"))?;
        let is_encrypted = if scheme.eq_ignore_ascii_case("https") {
            true
        } else if scheme.eq_ignore_ascii_case("http") {
            false
        } else {
            return Err(refuse("must be an http or https URL"));
        };
        let rest = rest.split('#').next().unwrap_or("");
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at(end);
        let (host, port) = read_authority(authority)?;
        let (path, query) = split_query(tail);
        Ok(WebAddress { is_encrypted, host, port, path: without_dots(path), query })
    }

    /// The root of a host as providers' addresses name it: `example.com` or `example.com:8443`.
    ///
    /// # Errors
    /// When the name is no host.
    pub fn of_host(host: &str) -> Result<Self, WebAddressError> {
        check_characters(host)?;
        let (host, port) = read_authority(host)?;
        Ok(WebAddress { is_encrypted: true, host, port, path: "/".to_owned(), query: None })
    }

    /// What a reference in a document at this address points to.
    ///
    /// # Errors
    /// When the reference is no address, relative or absolute.
    pub fn join(&self, reference: &str) -> Result<Self, WebAddressError> {
        check_characters(reference)?;
        let reference = reference.split('#').next().unwrap_or("");
        if let Some(rest) = reference.strip_prefix("//") {
            return Self::parse(&format!("{}://{rest}", self.scheme()));
        }
        if has_scheme(reference) {
            return Self::parse(reference);
        }
        let (path, query) = split_query(reference);
        let mut joined = self.clone();
        if path.is_empty() {
            joined.query = query.or_else(|| self.query.clone());
        } else {
            let directory = self.path.rfind('/').map_or("/", |at| &self.path[..=at]);
            let full = if path.starts_with('/') { path.to_owned() } else { format!("{directory}{path}") };
            joined.path = without_dots(&full);
            joined.query = query;
        }
        Ok(joined)
    }

    /// The same address with a slash at the end of its path, so that references join below it.
    #[must_use]
    pub fn as_directory(mut self) -> Self {
        if !self.path.ends_with('/') {
            self.path.push('/');
        }
        self
    }

    /// The same address with further fields in its query.
    #[must_use]
    pub fn with_fields(mut self, fields: &[(&str, &str)]) -> Self {
        let more = super::encode_fields(fields);
        self.query = match self.query {
            Some(query) if !query.is_empty() => Some(format!("{query}&{more}")),
            _ => Some(more),
        };
        self
    }

    /// `http` or `https`.
    pub fn scheme(&self) -> &'static str {
        if self.is_encrypted { "https" } else { "http" }
    }

    /// Whether it is an `https` address.
    pub fn is_encrypted(&self) -> bool {
        self.is_encrypted
    }

    /// The host's name or address.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, be it written or implied.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(if self.is_encrypted { 443 } else { 80 })
    }

    /// The path, from its first slash.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The address for people: arguments, which may be secret, are left out.
    pub fn without_query(&self) -> String {
        let shown = WebAddress { query: None, ..self.clone() };
        if self.query.is_some() { format!("{shown}?...") } else { shown.to_string() }
    }

    /// The host as credentials name it: with the port where that is not the usual one.
    pub fn host_and_port(&self) -> String {
        let usual = if self.is_encrypted { 443 } else { 80 };
        match self.port {
            Some(port) if port != usual => format!("{}:{port}", self.host),
            _ => self.host.clone(),
        }
    }

    /// Whether both are served by the same server in the same way.
    pub fn same_origin(&self, other: &WebAddress) -> bool {
        self.is_encrypted == other.is_encrypted && self.host == other.host && self.port() == other.port()
    }

    /// Whether the server is on this machine.
    pub fn is_loopback(&self) -> bool {
        let bare = self.host.trim_start_matches('[').trim_end_matches(']');
        self.host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

fn check_characters(text: &str) -> Result<(), WebAddressError> {
    if text.len() > LENGTH_MAX {
        return Err(refuse("is too long"));
    }
    if text
        .chars()
        .any(|c| c.is_control() || c.is_whitespace() || !c.is_ascii() || matches!(c, '\\' | '"' | '<' | '>'))
    {
        return Err(refuse("contains characters that a URL must not have"));
    }
    Ok(())
}

/// Whether a reference starts with a scheme: a word and a colon before any slash.
fn has_scheme(reference: &str) -> bool {
    let end = reference.find(['/', '?']).unwrap_or(reference.len());
    reference[..end].contains(':')
}

fn read_authority(authority: &str) -> Result<(String, Option<u16>), WebAddressError> {
    if authority.contains('@') {
        return Err(refuse("must not contain a user name or password"));
    }
    let bracket_end = authority.rfind(']').map_or(0, |at| at + 1);
    let (host, port) = match authority[bracket_end..].find(':') {
        Some(at) => {
            let at = bracket_end + at;
            (&authority[..at], Some(&authority[at + 1..]))
        }
        None => (authority, None),
    };
    let is_address = bracket_end > 0
        && host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'))
            .is_some_and(|host| host.parse::<std::net::Ipv6Addr>().is_ok());
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    if !is_address && (host.is_empty() || !host.chars().all(is_name)) {
        return Err(refuse("must name a host"));
    }
    let port = match port {
        None | Some("") => None,
        Some(digits) => Some(digits.parse::<u16>().map_err(|_| refuse("has an invalid port number"))?),
    };
    Ok((host.to_ascii_lowercase(), port))
}

fn split_query(tail: &str) -> (&str, Option<String>) {
    match tail.split_once('?') {
        Some((path, query)) => (path, Some(query.to_owned())),
        None => (tail, None),
    }
}

/// Resolves `.` and `..`, never above the root; the result starts with a slash.
fn without_dots(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let mut pieces = path.strip_prefix('/').unwrap_or(path).split('/').peekable();
    while let Some(piece) = pieces.next() {
        let is_last = pieces.peek().is_none();
        match piece {
            "." | ".." => {
                if piece == ".." {
                    parts.pop();
                }
                if is_last {
                    parts.push("");
                }
            }
            other => parts.push(other),
        }
    }
    format!("/{}", parts.join("/"))
}

impl fmt::Display for WebAddress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}://{}", self.scheme(), self.host)?;
        if let Some(port) = self.port {
            write!(out, ":{port}")?;
        }
        out.write_str(&self.path)?;
        if let Some(query) = &self.query {
            write!(out, "?{query}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_prints() {
        let cases = [
            ("https://Example.com", Some("https://example.com/")),
            ("HTTP://example.com:8080/a/../b?x=1#y", Some("http://example.com:8080/b?x=1")),
            ("https://[::1]:8443/x", Some("https://[::1]:8443/x")),
            ("https://example.com?x", Some("https://example.com/?x")),
            ("example.com/x", None),
            ("ftp://example.com", None),
            ("https://", None),
            ("https://user:secret@example.com/", None),
            ("https://exa mple.com/", None),
            ("https://example.com:99999/", None),
            ("https://[::1/", None),
            ("https://[zz]/", None),
            ("https://example.com/\r\nX: y", None),
        ];
        for (given, expected) in cases {
            let got = WebAddress::parse(given).ok().map(|address| address.to_string());
            assert_eq!(got.as_deref(), expected, "{given}");
        }
    }

    #[test]
    fn joins_references() {
        let base = WebAddress::parse("https://h.example/a/b/c?q=1").expect("is an address");
        let cases = [
            ("d", "https://h.example/a/b/d"),
            ("./d/", "https://h.example/a/b/d/"),
            ("../d", "https://h.example/a/d"),
            ("../../../../d", "https://h.example/d"),
            ("/d?x=2", "https://h.example/d?x=2"),
            ("?x", "https://h.example/a/b/c?x"),
            ("", "https://h.example/a/b/c?q=1"),
            ("//other:1/x", "https://other:1/x"),
            ("http://other/x", "http://other/x"),
            ("x/y:z", "https://h.example/a/b/x/y:z"),
        ];
        for (reference, expected) in cases {
            let joined = base.join(reference).expect(reference);
            assert_eq!(joined.to_string(), expected, "{reference}");
        }
        assert!(base.join("mailto:x").is_err());
    }

    #[test]
    fn arguments_are_not_shown() {
        let address = |text| WebAddress::parse(text).expect("is an address");
        assert_eq!(address("https://a/x?token=secret").without_query(), "https://a/x?...");
        assert_eq!(address("https://a/x").without_query(), "https://a/x");
    }

    #[test]
    fn compares_origins() {
        let address = |text| WebAddress::parse(text).expect("is an address");
        assert!(address("https://a/x").same_origin(&address("https://A:443/y")));
        for other in ["http://a/", "https://a:444/", "https://b/", "https://a.b/"] {
            assert!(!address("https://a/").same_origin(&address(other)), "{other}");
        }
        assert!(address("http://127.0.0.1:1/").is_loopback());
        assert!(address("http://[::1]/").is_loopback());
        assert!(!address("http://10.0.0.1/").is_loopback());
        assert_eq!(WebAddress::of_host("example.com:443").expect("is a host").host_and_port(), "example.com");
    }
}
