//! Types and values of the language, exactly as providers and state files know them.
//!
//! Responsible for what a value *is*: its type, null, unknown with refinements, marks, equality,
//! order, conversion and unification, and the JSON and MessagePack forms. It knows nothing of
//! expressions, functions or schemas. Every value is immutable and cloned in constant time.

mod decimal;
mod float;
mod marks;
mod number;
mod order;
mod path;
mod print;
mod refinement;
mod types;
mod value;

pub use marks::Marks;
pub use number::Number;
pub use path::{Path, PathStep};
pub use refinement::Refinement;
pub use types::{ObjectType, Type};
pub use value::{Kind, Value};
