//! Modules as written: blocks, variables, sources, and the checks that need nothing but the source.
//!
//! Responsible for reading a tree of modules from files into [`Config`], typed and with a span on
//! every piece, and for collecting the values of input variables. It evaluates nothing but constants
//! and what must be known early, such as sources of modules; and it knows no provider's schema.

mod blocks;
mod body;
mod calls;
mod check;
mod config;
mod defaults;
mod deprecated;
mod early;
mod early_results;
mod encryption;
mod encryption_kinds;
mod expressions;
mod given;
mod inputs;
mod json;
mod load;
mod module;
mod moves;
mod overrides;
mod passing;
mod providers;
mod reader;
mod repetition;
mod resource;
mod settings;
pub mod suite;
mod type_constraint;
mod undecided;
mod values;
mod walk;

pub use body::{Body, BodyAttribute, DynamicBlock, NestedBlock, StaticBlock};
pub use check::check_expression;
pub use config::*;
pub use defaults::TypeDefaults;
pub use early::{EarlyEvaluator, EarlyInputs, NoEarlyInputs};
pub use early_results::{early_arguments, unfit_mark};
pub use encryption::{Encryption, EncryptionName, EncryptionPart, EncryptionTarget, encryption_from_text};
pub use expressions::{Taken, taken_of_resources};
pub use given::{Given, GivenValues, Origin, Unsuitable};
pub use inputs::{FreeInputs, InputArgument, InputSources, Inputs, collect_inputs, value_from_text};
pub use load::{
    InstalledModules, NoInstalledModules, check, is_local_source, load, load_given, not_installed, read,
    read_alone, read_with_further,
};
pub use module::configuration_files;
pub use undecided::BodyShape;
