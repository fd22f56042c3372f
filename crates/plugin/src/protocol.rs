//! The two major versions of the protocol and the names of their calls.

use std::fmt;

/// A major version of the provider protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// The one of the older SDK.
    V5,
    /// The one with nested attributes.
    V6,
}

impl Protocol {
    /// Every version that is spoken here, oldest first.
    pub const ALL: [Protocol; 2] = [Protocol::V5, Protocol::V6];

    /// The version of a number.
    pub fn from_number(number: u64) -> Option<Protocol> {
        Protocol::ALL.into_iter().find(|protocol| u64::from(protocol.number()) == number)
    }

    /// Its number.
    pub fn number(self) -> u8 {
        match self {
            Protocol::V5 => 5,
            Protocol::V6 => 6,
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.number().fmt(out)
    }
}

macro_rules! methods {
    ($($(#[$doc:meta])* $method:ident $five:literal $six:literal)*) => {
        /// A call of the provider protocol, by its newer name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Method {
            $($(#[$doc])* $method,)*
        }

        impl Method {
            /// Every call.
            pub const ALL: &[Method] = &[$(Method::$method),*];

            /// Where the call is found on a server.
            pub(crate) fn path(self, protocol: Protocol) -> &'static str {
                match (self, protocol) {
                    $((Method::$method, Protocol::V5) => concat!("/tfplugin5.Provider/", $five),
                      (Method::$method, Protocol::V6) => concat!("/tfplugin6.Provider/", $six),)*
                }
            }
        }
    };
}

methods! {
    /// What the provider has, without the schemas.
    GetMetadata "GetMetadata" "GetMetadata"
    /// Every schema.
    GetProviderSchema "GetSchema" "GetProviderSchema"
    /// Checks the provider's configuration.
    ValidateProviderConfig "PrepareProviderConfig" "ValidateProviderConfig"
    /// Checks a resource's configuration.
    ValidateResourceConfig "ValidateResourceTypeConfig" "ValidateResourceConfig"
    /// Checks a data source's configuration.
    ValidateDataResourceConfig "ValidateDataSourceConfig" "ValidateDataResourceConfig"
    /// Checks an ephemeral resource's configuration.
    ValidateEphemeralResourceConfig "ValidateEphemeralResourceConfig" "ValidateEphemeralResourceConfig"
    /// Brings a recorded object to the current schema.
    UpgradeResourceState "UpgradeResourceState" "UpgradeResourceState"
    /// Hands over the provider's configuration.
    ConfigureProvider "Configure" "ConfigureProvider"
    /// Looks at an object.
    ReadResource "ReadResource" "ReadResource"
    /// Plans a change.
    PlanResourceChange "PlanResourceChange" "PlanResourceChange"
    /// Makes a change.
    ApplyResourceChange "ApplyResourceChange" "ApplyResourceChange"
    /// Finds objects.
    ImportResourceState "ImportResourceState" "ImportResourceState"
    /// What identities look like.
    GetResourceIdentitySchemas "GetResourceIdentitySchemas" "GetResourceIdentitySchemas"
    /// Brings a recorded identity to the current schema.
    UpgradeResourceIdentity "UpgradeResourceIdentity" "UpgradeResourceIdentity"
    /// Takes over an object of another type.
    MoveResourceState "MoveResourceState" "MoveResourceState"
    /// Reads a data source.
    ReadDataSource "ReadDataSource" "ReadDataSource"
    /// Opens an ephemeral resource.
    OpenEphemeralResource "OpenEphemeralResource" "OpenEphemeralResource"
    /// Keeps an ephemeral resource open.
    RenewEphemeralResource "RenewEphemeralResource" "RenewEphemeralResource"
    /// Closes an ephemeral resource.
    CloseEphemeralResource "CloseEphemeralResource" "CloseEphemeralResource"
    /// The signatures of functions.
    GetFunctions "GetFunctions" "GetFunctions"
    /// Calls a function.
    CallFunction "CallFunction" "CallFunction"
    /// Asks calls under way to come to an end.
    StopProvider "Stop" "StopProvider"
}

impl Method {
    /// The call and version that a path means.
    pub(crate) fn from_path(path: &str) -> Option<(Protocol, Method)> {
        let protocol = if path.starts_with("/tfplugin5.") { Protocol::V5 } else { Protocol::V6 };
        let method = Method::ALL.iter().copied().find(|method| method.path(protocol) == path)?;
        Some((protocol, method))
    }

    /// The name of the call in a version of the protocol.
    pub fn name(self, protocol: Protocol) -> &'static str {
        let path = self.path(protocol);
        path.rsplit_once('/').map_or(path, |(_, name)| name)
    }
}

/// Calls that every go-plugin process answers.
pub(crate) mod go_plugin_path {
    pub(crate) const HEALTH_CHECK: &str = "/grpc.health.v1.Health/Check";
    pub(crate) const SHUTDOWN: &str = "/plugin.GRPCController/Shutdown";
    pub(crate) const STDIO: &str = "/plugin.GRPCStdio/StreamStdio";
}

/// What proves to a program that it was started as a plugin.
pub(crate) const MAGIC_COOKIE_NAME: &str = "TF_PLUGIN_MAGIC_COOKIE";
/// The value that goes with [`MAGIC_COOKIE_NAME`].
pub(crate) const MAGIC_COOKIE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";
/// Carries the client's certificate to the plugin.
pub(crate) const CLIENT_CERTIFICATE_NAME: &str = "PLUGIN_CLIENT_CERT";
/// Carries the versions that the client speaks.
pub(crate) const VERSIONS_NAME: &str = "PLUGIN_PROTOCOL_VERSIONS";
/// Says where the plugin shall put its socket.
pub(crate) const SOCKET_DIRECTORY_NAME: &str = "PLUGIN_UNIX_SOCKET_DIR";

/// No message is larger. The largest in practice is a schema of some 10 MiB.
pub(crate) const MESSAGE_BYTES_MAX: usize = 256 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_back_to_their_calls() {
        for protocol in Protocol::ALL {
            for method in Method::ALL {
                assert_eq!(Method::from_path(method.path(protocol)), Some((protocol, *method)));
            }
        }
        assert_eq!(Method::from_path("/tfplugin5.Provider/GetProviderSchema"), None);
        assert_eq!(Method::GetProviderSchema.name(Protocol::V5), "GetSchema");
    }
}
