//! Providers that someone else started, typically under a debugger: `TF_REATTACH_PROVIDERS`.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{Endpoint, Protocol};

/// The variable that describes such providers.
pub const VARIABLE: &str = "TF_REATTACH_PROVIDERS";

/// Where a provider that someone else started is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reattach {
    /// What it speaks.
    pub protocol: Protocol,
    /// Where it listens.
    pub endpoint: Endpoint,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Described {
    #[serde(default)]
    protocol: String,
    #[serde(default)]
    protocol_version: u64,
    addr: Address,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Address {
    network: String,
    string: String,
}

/// What is wrong with the variable.
#[derive(Debug, thiserror::Error)]
pub enum ReattachError {
    /// It is not the JSON that is expected.
    #[error("{VARIABLE} is not valid: {0}")]
    Json(#[from] serde_json::Error),
    /// A provider does not speak gRPC.
    #[error("{VARIABLE}: provider {address} speaks {protocol:?}; only grpc is spoken here")]
    NotGrpc {
        /// The provider, as written.
        address: String,
        /// What it says.
        protocol: String,
    },
    /// A provider speaks a version that is not spoken here.
    #[error(
        "{VARIABLE}: provider {address} speaks protocol version {version}; versions 5 and 6 are spoken here"
    )]
    ProtocolVersion {
        /// The provider, as written.
        address: String,
        /// What it says.
        version: u64,
    },
    /// A provider listens on something strange.
    #[error("{VARIABLE}: provider {address} listens on {network:?}; only unix and tcp are known here")]
    Network {
        /// The provider, as written.
        address: String,
        /// What it says.
        network: String,
    },
}

/// Reads the variable's text; the keys are provider addresses as written there.
pub fn parse(text: &str) -> Result<BTreeMap<String, Reattach>, ReattachError> {
    let described: BTreeMap<String, Described> = serde_json::from_str(text)?;
    described
        .into_iter()
        .map(|(address, provider)| Ok((address.clone(), understand(address, &provider)?)))
        .collect()
}

fn understand(address: String, provider: &Described) -> Result<Reattach, ReattachError> {
    if provider.protocol != "grpc" {
        return Err(ReattachError::NotGrpc { address, protocol: provider.protocol.clone() });
    }
    // Providers from before the field was there speak version 5.
    let version = if provider.protocol_version == 0 { 5 } else { provider.protocol_version };
    let Some(protocol) = Protocol::from_number(version) else {
        return Err(ReattachError::ProtocolVersion { address, version });
    };
    let Some(endpoint) = Endpoint::new(&provider.addr.network, &provider.addr.string) else {
        return Err(ReattachError::Network { address, network: provider.addr.network.clone() });
    };
    Ok(Reattach { protocol, endpoint })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_variable() {
        let provider = |protocol: &str, version: &str, network: &str| {
            format!(
                r#"{{"registry.terraform.io/a/b":{{"Protocol":"{protocol}",{version}"Pid":1,"Test":true,
                "Addr":{{"Network":"{network}","String":"/tmp/x"}}}}}}"#
            )
        };
        let cases = [
            (provider("grpc", r#""ProtocolVersion":6,"#, "unix"), "registry.terraform.io/a/b 6 unix|/tmp/x"),
            (provider("grpc", "", "unix"), "registry.terraform.io/a/b 5 unix|/tmp/x"),
            (
                provider("netrpc", "", "unix"),
                "TF_REATTACH_PROVIDERS: provider registry.terraform.io/a/b speaks \"netrpc\"; only grpc is spoken here",
            ),
            (
                provider("grpc", r#""ProtocolVersion":4,"#, "unix"),
                "TF_REATTACH_PROVIDERS: provider registry.terraform.io/a/b speaks protocol version 4; versions 5 \
                 and 6 are spoken here",
            ),
            (
                provider("grpc", "", "pipe"),
                "TF_REATTACH_PROVIDERS: provider registry.terraform.io/a/b listens on \"pipe\"; only unix and tcp \
                 are known here",
            ),
        ];
        for (text, expected) in cases {
            let actual = match parse(&text) {
                Ok(providers) => providers
                    .iter()
                    .map(|(address, found)| format!("{address} {} {}", found.protocol, found.endpoint))
                    .collect(),
                Err(problem) => problem.to_string(),
            };
            assert_eq!(actual, expected);
        }
        assert!(parse("[").is_err());
    }
}
