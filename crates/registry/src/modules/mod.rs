//! Modules from elsewhere.
//!
//! Responsible for understanding where a module comes from and for bringing it to its place, at once
//! or not at all. It keeps no record of what is installed, and does not read configurations.

mod bucket_source;
mod checksum;
mod file_source;
mod git;
mod git_source;
mod html;
mod installer;
mod netrc;
mod oci_source;
mod package;
mod place;
mod registry;
mod registry_module;
mod source;
mod subdirectory;
#[cfg(test)]
mod tests;
mod web_source;
mod written;

pub use bucket_source::{BucketKeys, BucketPlace, BucketSource, Buckets};
pub use file_source::FileSource;
pub use git_source::GitSource;
pub use installer::{InstalledModule, ModuleError, ModuleInstaller, ModuleOutcome, ModuleRequest};
pub use netrc::Netrc;
pub use oci_source::OciSource;
pub use package::PackageError;
pub use place::StoreError;
pub use registry::RegistryError;
pub use registry_module::RegistryModule;
pub use source::{ModuleSource, ModuleSourceError, OtherKind, PackageSource, shown as address_for_display};
pub use subdirectory::SubdirectoryError;
pub use web_source::WebSource;
