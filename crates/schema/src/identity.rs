//! What providers say identities look like: what tells an object from all others of its type.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumb_value::Type;

/// What identities of a resource type look like.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IdentitySchema {
    /// Which version of it.
    pub version: u64,
    /// What an identity is made of.
    pub attributes: BTreeMap<Arc<str>, IdentityAttribute>,
}

/// A part of an identity.
#[derive(Clone, Debug, PartialEq)]
pub struct IdentityAttribute {
    /// Its type.
    pub ty: Type,
    /// Whether who takes over an object has to say it.
    pub required_for_import: bool,
    /// Whether who takes over an object may say it, and the provider finds it out where they do not.
    pub optional_for_import: bool,
    /// What it is, for people.
    pub description: String,
}

impl IdentitySchema {
    /// The type of an identity.
    pub fn implied_type(&self) -> Type {
        Type::object(self.attributes.iter().map(|(name, attribute)| (name.clone(), attribute.ty.clone())))
    }
}
