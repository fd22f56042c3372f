//! Provider processes and the wire protocol.
//!
//! Responsible for starting provider programs, speaking protocols 5 and 6 with them behind
//! [`plumb_state::Provider`], remembering their schemas, and serving a provider that is in this
//! process to others over the same protocols. It does not find or install programs, never decides
//! what to call, never prints, and reads the environment only in functions that say so.
//!
//! [`Plugin`] is the client, [`SchemaCache`] remembers schemas between commands, [`reattach`] knows
//! providers that someone else started, [`spare`] those that were started ahead, and [`serve`] is the
//! other side.

mod cache;
mod client;
mod failure;
mod generated;
mod handshake;
mod log;
mod log_reader;
mod process;
mod protocol;
pub mod reattach;
pub mod serve;
pub mod spare;
mod tls;
mod wire;

pub use cache::SchemaCache;
pub use client::{LaunchOptions, Plugin, Source};
pub use failure::{Cause, PluginFailure};
pub use handshake::{Endpoint, Handshake, HandshakeError};
pub use log::{LogLevel, LogLine, LogSink};
pub use process::Exit;
pub use protocol::{Method, Protocol};
pub use tls::disabled_by_environment as tls_disabled_by_environment;
pub use wire::{RawSchema, SchemaError};
