//! The contract with provisioners: what runs beside the making and the destroying of objects.
//!
//! Responsible for the trait, for the set of those that a command has, and for what a `connection`
//! block may hold, which is the same for all of them. It runs nothing.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use plumb_schema::{Attribute, Block};
use plumb_value::{Type, Value};

use crate::ProviderDiagnostics;

/// Takes what a provisioner writes, in pieces as it comes: a line, or several.
pub type ProvisionOutput = Arc<dyn Fn(&str) + Send + Sync>;

/// One kind of provisioner.
#[async_trait]
pub trait Provisioner: Send + Sync {
    /// What its block may hold.
    fn schema(&self) -> &Block;

    /// Checks its configuration, of which parts may be unknown.
    fn validate(&self, config: &Value) -> ProviderDiagnostics;

    /// Checks how it is to reach the object, of which parts may be unknown, marked or missing.
    fn validate_connection(&self, _connection: &Value) -> ProviderDiagnostics {
        Vec::new()
    }

    /// Does its work.
    async fn provision(&self, request: ProvisionRequest) -> ProviderDiagnostics;

    /// Begins nothing more: what only waits to begin fails, what has begun goes on to its end.
    fn stop(&self) {}

    /// Ends everything that is under way, at once. What was being done fails.
    fn abort(&self);
}

/// What a provisioner is asked to do.
pub struct ProvisionRequest {
    /// Its configuration: wholly known, without marks.
    pub config: Value,
    /// How to reach the object, after [`connection_schema`]; null where nothing says so. What is marked in
    /// it is not to be shown.
    pub connection: Value,
    /// Where its arguments come from something secret: neither they nor anything that was written may
    /// be in what is said about a failure.
    pub is_secret: bool,
    /// Takes what it writes.
    pub output: ProvisionOutput,
}

/// The provisioners of a command.
#[derive(Default)]
pub struct Provisioners {
    kinds: BTreeMap<&'static str, Arc<dyn Provisioner>>,
}

impl Provisioners {
    /// These.
    pub fn new(kinds: impl IntoIterator<Item = (&'static str, Arc<dyn Provisioner>)>) -> Self {
        Provisioners { kinds: kinds.into_iter().collect() }
    }

    /// The one of a kind.
    pub fn get(&self, kind: &str) -> Option<&Arc<dyn Provisioner>> {
        self.kinds.get(kind)
    }

    /// Begins nothing more.
    pub fn stop(&self) {
        self.kinds.values().for_each(|provisioner| provisioner.stop());
    }

    /// Ends everything that is under way, at once.
    pub fn abort(&self) {
        self.kinds.values().for_each(|provisioner| provisioner.abort());
    }
}

/// What a `connection` block may hold, whichever type of connection it is for.
pub fn connection_schema() -> &'static Block {
    static SCHEMA: OnceLock<Block> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        let optional = |ty: Type| Attribute { optional: true, ..Attribute::new(ty) };
        let mut attributes: BTreeMap<Arc<str>, Attribute> =
            TEXTS.iter().map(|name| (Arc::from(*name), optional(Type::String))).collect();
        attributes.extend(NUMBERS.iter().map(|name| (Arc::from(*name), optional(Type::Number))));
        attributes.extend(FLAGS.iter().map(|name| (Arc::from(*name), optional(Type::Bool))));
        attributes.insert("host".into(), Attribute { required: true, ..Attribute::new(Type::String) });
        Block { attributes, ..Block::default() }
    })
}

const TEXTS: [&str; 21] = [
    "agent_identity",
    "bastion_certificate",
    "bastion_host",
    "bastion_host_key",
    "bastion_password",
    "bastion_private_key",
    "bastion_user",
    "cacert",
    "certificate",
    "host_key",
    "password",
    "private_key",
    "proxy_host",
    "proxy_scheme",
    "proxy_user_name",
    "proxy_user_password",
    "script_path",
    "target_platform",
    "timeout",
    "type",
    "user",
];
const NUMBERS: [&str; 3] = ["bastion_port", "port", "proxy_port"];
const FLAGS: [&str; 4] = ["agent", "https", "insecure", "use_ntlm"];
