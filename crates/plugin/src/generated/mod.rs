//! Messages generated from `proto/`; see `cargo run -p plumb-xtask -- generate-protocol`.

#[allow(clippy::all, missing_docs, unreachable_pub, reason = "generated")]
pub(crate) mod go_plugin;
#[allow(clippy::all, missing_docs, unreachable_pub, reason = "generated")]
pub(crate) mod provider;
