//! The line that a plugin prints first: where it listens, what it speaks, how to recognise it.

use std::fmt;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

use crate::Protocol;

/// Where a plugin listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// A socket file.
    Unix(PathBuf),
    /// Host and port.
    Tcp(String),
}

impl Endpoint {
    /// An endpoint from the two words that handshakes and `TF_REATTACH_PROVIDERS` describe it with.
    pub fn new(network: &str, address: &str) -> Option<Endpoint> {
        match network {
            "unix" => Some(Endpoint::Unix(PathBuf::from(address))),
            "tcp" => Some(Endpoint::Tcp(address.to_owned())),
            _ => None,
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Endpoint::Unix(path) => write!(out, "unix|{}", path.display()),
            Endpoint::Tcp(address) => write!(out, "tcp|{address}"),
        }
    }
}

/// What the first line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handshake {
    /// The version that the plugin chose.
    pub protocol: Protocol,
    /// Where it listens.
    pub endpoint: Endpoint,
    /// The certificate (DER) that it will show, where it wants TLS.
    pub certificate: Option<Vec<u8>>,
}

/// What is wrong with the first line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HandshakeError {
    /// It has nothing in common with a handshake.
    #[error("its first line of output is not a plugin's handshake: {line:?}")]
    Unrecognized {
        /// The line, cut where it is long.
        line: String,
    },
    /// The way of starting plugins has changed.
    #[error(
        "it uses version {version:?} of the way in which plugins are started; only version 1 is known here"
    )]
    CoreVersion {
        /// What it says.
        version: String,
    },
    /// It speaks a version of the provider protocol that is not spoken here.
    #[error("it speaks version {version:?} of the provider protocol; versions 5 and 6 are spoken here")]
    ProtocolVersion {
        /// What it says.
        version: String,
    },
    /// It does not speak gRPC.
    #[error("it wants to speak {protocol:?}; only grpc is spoken here")]
    NotGrpc {
        /// What it says.
        protocol: String,
    },
    /// It listens on something strange.
    #[error("it listens on {network:?}; only unix and tcp are known here")]
    Network {
        /// What it says.
        network: String,
    },
    /// Its certificate cannot be read.
    #[error("the certificate in its handshake is not readable")]
    Certificate,
}

/// A sixth field up to this length is something other than a certificate.
const CERTIFICATE_CHARACTERS_MIN: usize = 50;
/// How much of a line that is not understood is shown.
const SHOWN_CHARACTERS_MAX: usize = 200;

impl Handshake {
    /// Reads the line.
    pub fn parse(line: &str) -> Result<Handshake, HandshakeError> {
        let line = line.trim();
        let fields: Vec<&str> = line.split('|').collect();
        let [core, application, network, address, rest @ ..] = fields.as_slice() else {
            return Err(HandshakeError::Unrecognized {
                line: line.chars().take(SHOWN_CHARACTERS_MAX).collect(),
            });
        };
        if core.parse::<u64>().is_err() || application.parse::<u64>().is_err() {
            return Err(HandshakeError::Unrecognized {
                line: line.chars().take(SHOWN_CHARACTERS_MAX).collect(),
            });
        }
        if *core != "1" {
            return Err(HandshakeError::CoreVersion { version: (*core).to_owned() });
        }
        let protocol = application
            .parse()
            .ok()
            .and_then(Protocol::from_number)
            .ok_or_else(|| HandshakeError::ProtocolVersion { version: (*application).to_owned() })?;
        let endpoint = Endpoint::new(network, address)
            .ok_or_else(|| HandshakeError::Network { network: (*network).to_owned() })?;
        // Without a fifth field the plugin is from before gRPC.
        let spoken = rest.first().copied().unwrap_or("netrpc");
        if spoken != "grpc" {
            return Err(HandshakeError::NotGrpc { protocol: spoken.to_owned() });
        }
        let certificate = match rest.get(1) {
            Some(text) if text.len() > CERTIFICATE_CHARACTERS_MIN => Some(decode_certificate(text)?),
            _ => None,
        };
        Ok(Handshake { protocol, endpoint, certificate })
    }
}

/// Go writes no padding; others do.
fn decode_certificate(text: &str) -> Result<Vec<u8>, HandshakeError> {
    STANDARD_NO_PAD.decode(text).or_else(|_| STANDARD.decode(text)).map_err(|_| HandshakeError::Certificate)
}

impl fmt::Display for Handshake {
    /// The line, in the form that go-plugin prints: six fields without and seven with the flag for
    /// a broker that shares the connection, which is never offered here.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "1|{}|{}|grpc|", self.protocol, self.endpoint)?;
        match &self.certificate {
            Some(der) => out.write_str(&STANDARD_NO_PAD.encode(der)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> String {
        match Handshake::parse(line) {
            Ok(handshake) => {
                let certificate = handshake.certificate.as_ref().map(Vec::len);
                format!("{} {} {certificate:?}", handshake.protocol, handshake.endpoint)
            }
            Err(problem) => problem.to_string(),
        }
    }

    #[test]
    fn handshake_lines() {
        let certificate = "QUJD".repeat(20);
        let cases = [
            ("1|5|unix|/tmp/plugin604647690|grpc|\n".to_owned(), "5 unix|/tmp/plugin604647690 None"),
            ("1|6|tcp|127.0.0.1:10000|grpc".to_owned(), "6 tcp|127.0.0.1:10000 None"),
            (format!("1|6|unix|/p|grpc|{certificate}"), "6 unix|/p Some(60)"),
            (format!("1|6|unix|/p|grpc|{certificate}QQ|true"), "6 unix|/p Some(61)"),
            (format!("1|6|unix|/p|grpc|{certificate}QQ==|false"), "6 unix|/p Some(61)"),
            ("1|5|unix|/p|grpc|short".to_owned(), "5 unix|/p None"),
            (format!("1|5|unix|/p|grpc|{certificate}!"), "the certificate in its handshake is not readable"),
            (
                "2|5|unix|/p|grpc|".to_owned(),
                "it uses version \"2\" of the way in which plugins are started; only version 1 is known here",
            ),
            (
                "1|4|unix|/p|grpc|".to_owned(),
                "it speaks version \"4\" of the provider protocol; versions 5 and 6 are spoken here",
            ),
            ("1|5|unix|/p".to_owned(), "it wants to speak \"netrpc\"; only grpc is spoken here"),
            ("1|5|pipe|/p|grpc|".to_owned(), "it listens on \"pipe\"; only unix and tcp are known here"),
            (
                "hello | world | a | b | c".to_owned(),
                "its first line of output is not a plugin's handshake: \"hello | world | a | b | c\"",
            ),
            (String::new(), "its first line of output is not a plugin's handshake: \"\""),
        ];
        for (line, expected) in cases {
            assert_eq!(parsed(&line), expected, "{line}");
        }
    }

    #[test]
    fn what_is_printed_can_be_read() {
        let plain = Handshake {
            protocol: Protocol::V5,
            endpoint: Endpoint::Unix("/run/x".into()),
            certificate: None,
        };
        let guarded = Handshake {
            protocol: Protocol::V6,
            endpoint: Endpoint::Tcp("127.0.0.1:1".into()),
            certificate: Some(vec![7; 100]),
        };
        for handshake in [plain, guarded] {
            assert_eq!(Handshake::parse(&handshake.to_string()), Ok(handshake));
        }
    }
}
