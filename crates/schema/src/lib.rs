//! What providers say their objects look like, and the laws between configuration, prior state,
//! planned state and new state that follow from it.
//!
//! Responsible for schemas, the value types that they imply, proposed new state, and the checks
//! that a provider's plan and its result are what the protocol allows. It never calls a provider.

mod block;
mod provider;

pub use block::{Attribute, Block, NestedBlock, NestedType, Nesting, Schema, TextKind};
pub use provider::{Capabilities, FunctionParameter, FunctionSignature, ProviderSchema, SchemaTable};
