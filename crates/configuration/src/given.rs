//! Values given for input variables: where each came from, and what a variable makes of it.
//!
//! Responsible for conversion to the variable's type and for what to say where that fails. It does
//! not look for values.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumb_diagnostics::Diagnostic;
use plumb_source::Span;
use plumb_value::{Value, convert};

use crate::config::Variable;

/// Values given for the variables of the root module, by name. Those with a default need not be here.
pub type GivenValues = BTreeMap<Arc<str>, Given>;

/// A value as it was given. Whether it suits its variable shows when that is evaluated.
#[derive(Clone, Debug)]
pub struct Given {
    /// As given; marks on.
    pub value: Value,
    /// How it came.
    pub origin: Origin,
}

/// How a value came to a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It stands in a file, here.
    File(Span),
    /// A test says it, here.
    Test(Span),
    /// In words that go on after "set", such as `using -var="region=..."`.
    Told(Arc<str>),
}

/// Why a value does not suit a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unsuitable {
    /// It is null, and the variable has neither a use for that nor a default.
    Null,
    /// It is of the wrong type, for this reason.
    Type(String),
}

impl Unsuitable {
    /// The headline for it.
    pub fn summary(&self) -> &'static str {
        match self {
            Unsuitable::Null => "Required variable not set",
            Unsuitable::Type(_) => "Invalid value for input variable",
        }
    }
}

impl std::fmt::Display for Unsuitable {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Unsuitable::Null => out.write_str("required variable may not be set to null"),
            Unsuitable::Type(reason) => out.write_str(reason),
        }
    }
}

impl Variable {
    /// Makes a value one of this variable: with the defaults of optional attributes, of its type, and
    /// the default where null stands for that.
    pub fn fit(&self, value: &Value) -> Result<Value, Unsuitable> {
        if value.is_null() && !self.nullable {
            return self.default.clone().ok_or(Unsuitable::Null);
        }
        let filled = match &self.type_defaults {
            Some(defaults) => defaults.apply(value),
            None => value.clone(),
        };
        convert(&filled, &self.ty).map_err(|error| {
            let path = error.path.to_string();
            Unsuitable::Type(match path.trim_start_matches('.') {
                "" => error.message,
                place => format!("{place}: {}", error.message),
            })
        })
    }
}

impl Given {
    /// A value that was told in some way.
    pub fn told(value: Value, how: impl Into<Arc<str>>) -> Self {
        Given { value, origin: Origin::Told(how.into()) }
    }

    /// The value as the variable takes it.
    pub fn fit(&self, variable: &Variable) -> Result<Value, Box<Diagnostic>> {
        variable.fit(&self.value).map_err(|reason| Box::new(self.refused(variable, &reason)))
    }

    fn refused(&self, variable: &Variable, reason: &Unsuitable) -> Diagnostic {
        let name = &variable.name;
        match &self.origin {
            Origin::File(span) | Origin::Test(span) => Diagnostic::error(
                reason.summary(),
                format!("The given value is not suitable for var.{name}: {reason}."),
            )
            .at(*span)
            .note(variable.span, "the variable is declared here"),
            Origin::Told(how) => {
                let detail = format!("Unsuitable value for var.{name} set {how}: {reason}.");
                Diagnostic::error(reason.summary(), detail).at(variable.span)
            }
        }
    }
}
