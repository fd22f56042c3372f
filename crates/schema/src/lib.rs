//! What providers say their objects look like, and the laws between configuration, prior state,
//! planned state and new state that follow from it.
//!
//! Responsible for schemas, the value types that they imply, proposed new state, and the checks
//! that a provider's plan and its result are what the protocol allows. It never calls a provider.

mod block;
mod body_shape;
mod check;
mod coerce;
mod compatible;
mod compatible_value;
mod correlate;
mod empty;
mod identity;
mod ignore;
mod json;
mod legacy;
mod marks;
mod notation;
mod plan_valid;
mod proposed;
mod provider;
mod replace;
mod shape;
#[cfg(test)]
mod tests;
mod violation;

pub use block::{Attribute, Block, NestedBlock, NestedType, Nesting, Schema, TextKind};
pub use body_shape::{SchemaShape, as_blocks};
pub use coerce::{CoerceError, coerce};
pub use compatible::assert_object_compatible;
pub use identity::{IdentityAttribute, IdentitySchema};
pub use ignore::{Ignored, apply_ignore_changes};
pub use json::write_provider_schemas;
pub use legacy::normalise_legacy;
pub use marks::{null_write_only, sensitive_paths, unknown_paths, write_only_paths};
pub use plan_valid::assert_plan_valid;
pub use proposed::{planned_data_object, proposed_new};
pub use provider::{Capabilities, Decode, FunctionParameter, FunctionSignature, ProviderSchema, SchemaTable};
pub use replace::{RequiredReplacement, requires_replace};
pub use violation::{Violation, path_text};
