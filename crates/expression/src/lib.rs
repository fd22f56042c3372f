//! Compiling and evaluating expressions, templates and functions.
//!
//! Responsible for turning a syntax tree into an [`Expression`] whose references are found once,
//! and for evaluating that to a value with diagnostics. It never fetches what references stand for:
//! whoever evaluates hands those values in, so evaluation is a pure function that never waits.

pub mod access;
mod compile;
mod describe;
mod evaluate;
mod expression;
mod functions;
mod node;
mod reference;
mod source_text;
mod static_analysis;

pub use describe::outline;
pub use expression::{CallProvider, Context, Expression, FunctionWorld, Mention, ProviderCallError, Random};
pub use functions::{
    FunctionSignature, ParameterSignature, function_names, function_signatures, parse_duration,
};
pub use reference::{PathKind, ProviderCall, Reference, RepetitionKey, Subject};
pub use source_text::{source_of, variables_source_of};
pub use static_analysis::{as_keyword, as_list, as_path};
