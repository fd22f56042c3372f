//! Hosts in plans: the provider `host`, with the resource `host_deploy` and the data source `host_facts`.
//!
//! Responsible for what deploys are to plans and states: their arguments, what would change on a host as a part
//! of an object, waiting for hosts that are only just being made, and what is kept where a deploy fails. It
//! reaches no host and reads no file but through [`Outside`], prints nothing, and knows nothing of how
//! operations look to people.

mod arguments;
mod code;
mod facts;
mod fields;
mod look;
mod outside;
mod patience;
mod problem;
mod provider;
mod resource;
mod schema;
mod way;

use std::sync::Arc;

use plumb_state::Provider;

pub use outside::Outside;
pub use way::Reached;

use resource::Seen;

/// The version that states and locks know the provider by.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What configurations call the provider.
pub const NAME: &str = "host";

/// Makes instances, which share what they have seen of hosts while planning.
pub fn maker(outside: Arc<dyn Outside>) -> impl Fn() -> Arc<dyn Provider> + Send + Sync {
    let seen = Seen::default();
    move || Arc::new(provider::Hosts::new(outside.clone(), seen.clone()))
}
