//! The functions of the language: one table, one place for each.
//!
//! A function says in its signature what it takes; everything about nulls, unknown values and marks
//! that follows from that is done here, once, before and after it runs. Families of functions have
//! files of their own, each with a `functions()` that lists what it brings.

mod catalogue;
mod collection;
mod conversion;
mod csv;
mod datetime;
mod decryption;
mod descriptions;
mod digits;
mod elementary;
mod encoding;
mod filesystem;
mod format;
mod glob;
mod gzip;
mod hash;
mod network;
mod numeric;
mod pattern;
mod regular;
mod set;
mod signature;
mod string;
mod table;
mod text_encoding;
pub(crate) mod world;
mod yaml;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use plumb_diagnostics::did_you_mean;

pub use catalogue::{FunctionSignature, ParameterSignature, function_signatures};
pub use datetime::parse_duration;
pub(crate) use signature::{Function, FunctionError, Invocation, Outcome, Parameter};

static TABLE: LazyLock<BTreeMap<&'static str, Function>> = LazyLock::new(|| {
    let families: [fn() -> Vec<Function>; 13] = [
        numeric::functions,
        string::functions,
        format::functions,
        regular::functions,
        collection::functions,
        set::functions,
        table::functions,
        encoding::functions,
        filesystem::functions,
        datetime::functions,
        hash::functions,
        network::functions,
        conversion::functions,
    ];
    families.iter().flat_map(|family| family()).map(|function| (function.name, function)).collect()
});

/// Functions that evaluation itself does, because their arguments are more than values.
const SPECIAL: [&str; 4] = ["can", "templatefile", "templatestring", "try"];

/// The function of that name.
pub(crate) fn find(name: &str) -> Option<&'static Function> {
    TABLE.get(name)
}

/// Names of all functions that can be called, sorted.
pub fn function_names() -> Vec<&'static str> {
    let mut names: Vec<&'static str> = TABLE.keys().copied().chain(SPECIAL).collect();
    names.sort_unstable();
    names
}

/// What to say of a call of a function that is not there.
pub(crate) fn unknown_function(name: &str) -> String {
    format!("There is no function named \"{name}\".{}", did_you_mean(name, function_names()))
}

/// What to say of a call into a namespace that is not there.
pub(crate) fn unknown_namespace(names: &[&str]) -> String {
    match names {
        ["provider", ..] => format!(
            "\"{}\" does not name a function of a provider. Those are called as provider::NAME::FUNCTION, with the \
             provider's name in required_providers.",
            names.join("::")
        ),
        [namespace, ..] => format!(
            "The function namespace \"{namespace}\" is not valid. Functions of providers are called as \
             provider::NAME::FUNCTION, built-in ones without a namespace or with \"core::\"."
        ),
        [] => "A function call needs a name.".to_owned(),
    }
}
