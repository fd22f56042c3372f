//! The way from a value to a part of it.

use std::sync::Arc;

use crate::Value;

/// One step into a value.
#[derive(Clone, Debug, PartialEq)]
pub enum PathStep {
    /// To an attribute of an object.
    Attribute(Arc<str>),
    /// To an element: a number for lists and tuples, a string for maps, the element itself for sets.
    Index(Value),
}

/// Steps from a value to a part of it; empty for the value itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Path(pub Vec<PathStep>);

impl Path {
    /// The value itself.
    pub fn root() -> Self {
        Self::default()
    }

    /// One step further, to an attribute.
    #[must_use]
    pub fn attribute(&self, name: impl Into<Arc<str>>) -> Path {
        self.with(PathStep::Attribute(name.into()))
    }

    /// One step further, to an element.
    #[must_use]
    pub fn index(&self, key: Value) -> Path {
        self.with(PathStep::Index(key))
    }

    /// One step further.
    #[must_use]
    pub fn with(&self, step: PathStep) -> Path {
        let mut steps = self.0.clone();
        steps.push(step);
        Path(steps)
    }

    /// Whether this leads to `other` or to something that `other` is inside of.
    pub fn is_prefix_of(&self, other: &Path) -> bool {
        other.0.len() >= self.0.len() && self.0.iter().zip(&other.0).all(|(one, two)| one == two)
    }
}
