//! Schemas, and arguments taken out of values of them.

use std::sync::Arc;

use plumb_schema::{Attribute, Block};
use plumb_state::ProviderDiagnostic;
use plumb_value::{Path, Type, Value};

/// A schema of these attributes, of which some must be set.
pub(crate) fn block<const N: usize>(attributes: [(&str, Type, bool); N]) -> Block {
    let attributes = attributes.into_iter().map(|(name, ty, required)| {
        (Arc::from(name), Attribute { required, optional: !required, ..Attribute::new(ty) })
    });
    Block { attributes: attributes.collect(), ..Block::default() }
}

/// An argument; null where there is none.
pub(crate) fn argument(config: &Value, name: &str) -> Value {
    config.attribute(name).unwrap_or_else(|| Value::null(Type::Dynamic))
}

/// A text that is set.
pub(crate) fn text(config: &Value, name: &str) -> Option<String> {
    argument(config, name).as_str().map(str::to_owned)
}

/// A text that is set and not empty: with an empty one nothing is meant.
pub(crate) fn filled(config: &Value, name: &str) -> Option<String> {
    text(config, name).filter(|text| !text.is_empty())
}

/// Whether a flag is set.
pub(crate) fn flag(config: &Value, name: &str) -> Option<bool> {
    argument(config, name).as_bool()
}

/// The texts of a list that is set; `None` for those that are null.
pub(crate) fn texts(config: &Value, name: &str) -> Vec<Option<String>> {
    let elements = argument(config, name).elements().unwrap_or_default();
    elements.into_iter().map(|(_, element)| element.as_str().map(str::to_owned)).collect()
}

/// An error about a provisioner as a whole.
pub(crate) fn error(summary: impl Into<String>, detail: impl Into<String>) -> ProviderDiagnostic {
    ProviderDiagnostic { is_error: true, summary: summary.into(), detail: detail.into(), path: Path::root() }
}

/// An error about an argument.
pub(crate) fn error_at(summary: &str, detail: impl Into<String>, name: &str) -> ProviderDiagnostic {
    ProviderDiagnostic { path: Path::root().attribute(name), ..error(summary, detail) }
}
