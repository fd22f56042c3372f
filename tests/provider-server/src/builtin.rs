//! The built-in providers as programs: another tool starts one as a plugin and drives it.
//!
//! Which one it is, the name of the program says, as names of plugins do: `terraform-provider-random`.
//! Responsible for nothing else; what the providers do is the business of `plumb-builtin`.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use plumb_builtin::{Machine, RemoteStateError, RemoteStateRequest, RemoteStates, World, builtin_providers};
use plumb_plugin::Protocol;
use plumb_plugin::serve::serve;
use plumb_state::Provider;
use plumb_value::Value;

/// A program of its own reads no states.
struct NoStates;

#[async_trait]
impl RemoteStates for NoStates {
    async fn check(&self, _backend: &str, _config: &Value) -> Result<(), RemoteStateError> {
        Err(RemoteStateError::UnknownBackend)
    }

    async fn outputs(
        &self,
        _request: RemoteStateRequest,
    ) -> Result<Option<BTreeMap<Arc<str>, Value>>, RemoteStateError> {
        Err(RemoteStateError::UnknownBackend)
    }
}

/// The provider that a program of this name stands for.
fn provider(program: &str) -> Option<Arc<dyn Provider>> {
    let file_name = Path::new(program).file_name()?.to_str()?;
    let name = file_name.strip_prefix("terraform-provider-")?.split('_').next()?;
    let (world, states): (Arc<dyn World>, Arc<dyn RemoteStates>) = (Arc::new(Machine), Arc::new(NoStates));
    let all = builtin_providers(&world, &states);
    all.into_iter().find(|builtin| &*builtin.address.kind == name).map(|builtin| builtin.make())
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), Box<dyn Error>> {
    let program = std::env::args().next().unwrap_or_default();
    let provider = provider(&program).ok_or_else(|| {
        format!("{program} is the name of no built-in provider; call it terraform-provider-NAME")
    })?;
    serve(provider, &Protocol::ALL, None).await?;
    Ok(())
}
