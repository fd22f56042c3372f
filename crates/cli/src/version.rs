//! Versions: our own, and the one that we are compatible with.

/// The version of Terraform that files, providers and tools are told.
pub(crate) const TERRAFORM_VERSION: &str = "1.11.4";

/// Our own version.
pub(crate) const PLUMB_VERSION: &str = env!("CARGO_PKG_VERSION");

/// What servers are told about who asks.
pub(crate) fn user_agent() -> String {
    format!("Plumb/{PLUMB_VERSION} (compatible with Terraform/{TERRAFORM_VERSION})")
}
