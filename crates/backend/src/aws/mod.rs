//! Requests to Amazon's services and to those that speak like them.
//!
//! Responsible for who asks (keys from arguments, the environment, files and other services), for where
//! a service is, and for signed requests. It knows nothing of states.

mod client;
mod credentials;
mod endpoint;
mod metadata;
mod profile;
mod proxies;
mod security_tokens;
mod sign;
mod sign_in;
pub(crate) mod xml;

use std::collections::BTreeMap;
use std::time::Duration;

pub(crate) use client::{AwsClient, AwsError, AwsRequest};
pub use endpoint::Service;
pub(crate) use endpoint::is_region;
pub(crate) use security_tokens::{account_id, is_duration};
pub(crate) use sign::escape;

/// Who asks, and where.
#[derive(Clone, Default)]
pub struct AwsOptions {
    /// Where the services are.
    pub region: String,
    /// A key pair, with a token where it is a temporary one; looked for elsewhere where empty.
    pub access_key: String,
    /// Its secret part.
    pub secret_key: String,
    /// The token of a temporary pair.
    pub token: String,
    /// The profile to take from the files.
    pub profile: String,
    /// Files of settings; the usual one where empty.
    pub config_files: Vec<String>,
    /// Files of key pairs; the usual one where empty.
    pub credentials_files: Vec<String>,
    /// The role to become.
    pub assume_role: Option<AssumedRole>,
    /// The role to become with the token of somebody who is known elsewhere.
    pub web_identity: Option<WebIdentity>,
    /// Addresses of services, in place of the usual ones.
    pub endpoints: BTreeMap<Service, String>,
    /// The region whose token service is asked.
    pub sts_region: String,
    /// Whether services are to be asked under names that have addresses of both kinds.
    pub uses_dual_stack: bool,
    /// Whether services are to be asked under names with approved cryptography.
    pub uses_fips: bool,
    /// Whether the service of the machine that hands out keys is left alone.
    pub skips_metadata: bool,
    /// That service's address; may be empty.
    pub metadata_endpoint: String,
    /// `IPv4` or `IPv6`; may be empty.
    pub metadata_mode: String,
    /// How often a request is made again that failed.
    pub retries_max: u32,
    /// A file with the authorities to trust instead of the system's.
    pub authorities_file: String,
    /// Whether any certificate will do.
    pub skips_verification: bool,
    /// Proxies for addresses of both kinds, and who is asked without one; those of the environment where empty.
    pub http_proxy: String,
    /// For `https://`.
    pub https_proxy: String,
    /// Names of servers, with commas.
    pub no_proxy: String,
    /// What the environment says: `AWS_...`, `HOME` and `PLUMB_SERVER_TIMEOUT`.
    pub environment: BTreeMap<String, String>,
}

/// A role to become.
#[derive(Clone, Default)]
pub struct AssumedRole {
    /// Its name as Amazon writes it.
    pub role_arn: String,
    /// What the session is called; made up where empty.
    pub session_name: String,
    /// What the role's owner asks for; may be empty.
    pub external_id: String,
    /// How long, such as `1h`; may be empty.
    pub duration: String,
    /// A policy that takes something away; may be empty.
    pub policy: String,
    /// More of them, by name.
    pub policy_arns: Vec<String>,
    /// Tags of the session.
    pub tags: BTreeMap<String, String>,
    /// Those that roles inherit which are assumed from this one.
    pub transitive_tag_keys: Vec<String>,
    /// Who does it; may be empty.
    pub source_identity: String,
}

/// Somebody who is known elsewhere.
#[derive(Clone, Default)]
pub struct WebIdentity {
    /// The role to become.
    pub role_arn: String,
    /// What the session is called; made up where empty.
    pub session_name: String,
    /// The token itself, or empty.
    pub token: String,
    /// The file that holds it.
    pub token_file: String,
    /// How long, such as `1h`; may be empty.
    pub duration: String,
    /// A policy that takes something away; may be empty.
    pub policy: String,
    /// More of them, by name.
    pub policy_arns: Vec<String>,
}

/// A key pair. It has no `Debug`, for it is secret.
#[derive(Clone, Default)]
pub(crate) struct Credentials {
    pub(crate) access_key: String,
    pub(crate) secret_key: String,
    /// Of a temporary pair; empty otherwise.
    pub(crate) token: String,
    /// When it ends, where it does: seconds since 1970.
    pub(crate) expires: Option<i64>,
}

impl AwsOptions {
    /// A variable that is set to something.
    fn variable(&self, name: &str) -> Option<&str> {
        self.environment.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The region, wherever it is said.
    pub(crate) fn region(&self) -> String {
        if !self.region.is_empty() {
            return self.region.clone();
        }
        let variable = self.variable("AWS_REGION").or_else(|| self.variable("AWS_DEFAULT_REGION"));
        variable.unwrap_or_default().to_owned()
    }
}

/// How long before its end a temporary pair is renewed.
const RENEWAL: Duration = Duration::from_secs(300);
