//! Types and values of the language, exactly as providers and state files know them.
//!
//! Responsible for what a value *is*: its type, null, unknown with refinements, marks, equality,
//! order, conversion and unification, and the JSON and MessagePack forms. It knows nothing of
//! expressions, functions or schemas. Every value is immutable and cloned in constant time.

mod arithmetic;
mod convert;
mod decimal;
mod equality;
mod float;
mod index;
pub mod json;
mod marks;
pub mod msgpack;
mod name;
mod number;
mod order;
mod path;
mod prefix;
mod print;
mod quote;
mod refine;
mod refinement;
mod types;
mod value;
mod walk;

pub use arithmetic::OperationError;
pub use convert::{
    ConversionError, can_convert, convert, convert_to_common, mismatch_message, unify, unify_safely,
};
pub use index::IndexError;
pub use marks::Marks;
pub use number::Number;
pub use path::{Path, PathStep};
pub use prefix::safe_prefix;
pub use quote::quote;
pub use refinement::Refinement;
pub use types::{ObjectType, Type};
pub use value::{Kind, Value};
