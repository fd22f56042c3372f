//! Modules as written: blocks, variables, sources, and the checks that need nothing but the source.
//!
//! Responsible for reading a tree of modules from files into [`Config`], typed and with a span on
//! every piece, and for collecting the values of input variables. It evaluates nothing but
//! constants, and knows no provider's schema.

mod body;
mod config;

pub use body::{Body, BodyAttribute, DynamicBlock, NestedBlock, StaticBlock};
pub use config::*;
