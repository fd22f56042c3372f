//! Providers that live in this process.
//!
//! Responsible for `terraform_data` and `terraform_remote_state`, and for what the small providers
//! of everyday use do, so that none of them needs a process of its own: same schemas, same
//! recorded objects, same behaviour as the releases that [`Builtin::version`] names. Everything
//! that they touch outside of the process goes through [`World`], and other states are read through
//! [`RemoteStates`]. This crate installs nothing and decides nothing about which provider is used
//! where.

mod base64_text;
mod framework;
mod local;
mod null;
mod random;
mod terraform;
mod time;
mod world;

use std::fmt;
use std::sync::Arc;

use plumb_address::ProviderAddress;
use plumb_state::Provider;

pub use terraform::{RemoteStateError, RemoteStateRequest, RemoteStates};
pub use world::{Entry, Machine, World};

use framework::Kit;

/// A provider that lives in this process.
pub struct Builtin {
    /// What configurations and states call it.
    pub address: ProviderAddress,
    /// The release whose schemas and behaviour it has.
    pub version: &'static str,
    make: Box<dyn Fn() -> Arc<dyn Provider> + Send + Sync>,
}

impl Builtin {
    /// One that is made elsewhere.
    pub fn new(
        name: &str,
        version: &'static str,
        make: impl Fn() -> Arc<dyn Provider> + Send + Sync + 'static,
    ) -> Self {
        Builtin { address: ProviderAddress::implied(name), version, make: Box::new(make) }
    }

    /// A new instance, to be configured once. Instances share their schema.
    pub fn make(&self) -> Arc<dyn Provider> {
        (self.make)()
    }
}

impl fmt::Debug for Builtin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.address, self.version)
    }
}

/// Makes everything that a provider can do.
type MakeKit = fn(Arc<dyn World>) -> Kit;

/// Every provider that lives in this process. The schemas are made when they are first asked for.
pub fn builtin_providers(world: &Arc<dyn World>, states: &Arc<dyn RemoteStates>) -> Vec<Builtin> {
    let kits: [(&str, &'static str, MakeKit); 4] = [
        ("local", local::VERSION, local::kit),
        ("null", null::VERSION, null::kit),
        ("random", random::VERSION, random::kit),
        ("time", time::VERSION, time::kit),
    ];
    let (terraform_world, states) = (world.clone(), states.clone());
    let terraform = Builtin {
        address: ProviderAddress::implied("terraform"),
        version: terraform::VERSION,
        make: Box::new(move || terraform::make(terraform_world.clone(), states.clone())),
    };
    let others = kits.into_iter().map(|(name, version, kit)| {
        let kit = Arc::new(kit(world.clone()));
        Builtin { address: ProviderAddress::implied(name), version, make: Box::new(move || kit.serve()) }
    });
    std::iter::once(terraform).chain(others).collect()
}
