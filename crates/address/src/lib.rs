//! Names of things: modules, resources, their instances, outputs, providers.
//!
//! Responsible for how such names are written, read and ordered; printing and parsing round-trip,
//! and the order is the one that state files and plans are sorted in. Addresses are immutable and
//! cheap to clone. It knows nothing of what the names stand for.

mod error;
mod key;
mod module;
mod order;
mod parse;
mod provider;
mod provider_parse;
mod resource;
mod scan;
mod target;
#[cfg(test)]
mod tests;

pub use error::AddressError;
pub use key::InstanceKey;
pub use module::{ConfigModule, ModuleInstance, ModuleStep};
pub use parse::RESERVED as RESERVED_NAMES;
pub use provider::{ProviderAddress, ProviderConfigAddress, ProviderConfigParts};
pub use resource::{
    AbsResource, AbsResourceInstance, ConfigResource, DeposedKey, Mode, OutputAddress, Resource,
};
pub use target::Target;
