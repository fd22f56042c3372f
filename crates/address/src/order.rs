//! The order of resources in state files.
//!
//! Addresses themselves are ordered as in plans and lists of the state: modules near the root first,
//! keys by number. State files differ in one thing: modules are ordered by their text, so that
//! `module.a[10]` stands before `module.a[2]` and before `module.a[0].module.b`.

use std::cmp::Ordering;

use crate::AbsResource;

impl AbsResource {
    /// How two resources are ordered in a state file.
    pub fn state_file_order(&self, other: &AbsResource) -> Ordering {
        if self.module == other.module {
            return self.resource.cmp(&other.resource);
        }
        self.module
            .to_string()
            .cmp(&other.module.to_string())
            .then_with(|| self.resource.cmp(&other.resource))
    }

    /// A key that sorts resources as a state file does, for sorting many of them.
    pub fn state_file_key(&self) -> (String, crate::Resource) {
        (self.module.to_string(), self.resource.clone())
    }
}
