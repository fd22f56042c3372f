//! A provider for tests that does what its schema file and the configuration tell it to do.
//!
//! Responsible for being a real provider program with real side effects that can be counted, whose
//! every request is on record and whose every way to misbehave has a name. It holds no knowledge of
//! any case: schemas, values and faults come from files, the environment and the configuration.
//!
//! The program is started as a plugin. What it reads from the environment:
//! - `PROBE_SCHEMA`: file with the schema, see `definition`; without it `default_schema.json`,
//! - `PROBE_OBJECTS`: directory for the objects that it makes, one file for each,
//! - `PROBE_LOG`: file to which a line of JSON is appended for every request,
//! - `PROBE_PROTOCOL`: `5` or `6` to offer that version of the protocol alone,
//! - `PROBE_FAULTS`: faults to commit, separated by spaces, see `fault`.
//!
//! Its name decides what its types are called: as `terraform-provider-other` it has `other_thing`
//! where as `terraform-provider-probe` it has `probe_thing`.

mod behaviour;
mod definition;
mod fault;
mod generated;
mod identity;
mod log;
mod maker;
mod objects;
mod probe;
mod recorded;
mod upgrade;
mod walk;

use std::path::Path;
use std::sync::Arc;

use plumb_plugin::Protocol;
use plumb_plugin::serve::serve;

use crate::definition::ProviderDefinition;
use crate::fault::Faults;
use crate::log::{CurrentCall, RequestLog};
use crate::objects::ObjectStore;
use crate::probe::Probe;
use crate::recorded::Recorded;

const DEFAULT_SCHEMA: &str = include_str!("default_schema.json");

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let schema = match std::env::var_os("PROBE_SCHEMA") {
        Some(path) => std::fs::read_to_string(&path)
            .map_err(|problem| format!("cannot read {}: {problem}", Path::new(&path).display()))?,
        None => DEFAULT_SCHEMA.to_owned(),
    };
    let definition = ProviderDefinition::read(&schema, &own_type_name())?;
    let chosen =
        std::env::var("PROBE_PROTOCOL").ok().and_then(|text| Protocol::from_number(text.parse().ok()?));
    let offered = chosen.map_or_else(|| definition.protocols(), |protocol| vec![protocol]);
    let store = std::env::var_os("PROBE_OBJECTS").map(ObjectStore::new);
    let log = std::env::var_os("PROBE_LOG").map(RequestLog::new).transpose()?;
    let faults = Faults::parse(&std::env::var("PROBE_FAULTS").unwrap_or_default());
    let current = Arc::new(CurrentCall::default());
    let probe = Probe::new(definition, store, faults, current.clone());
    let served = Recorded::new(probe, log);
    serve(Arc::new(served), &offered, Some(current)).await?;
    Ok(())
}

/// The part of the program's name that says whose provider it is.
fn own_type_name() -> String {
    let program = std::env::args_os().next().unwrap_or_default();
    let name = Path::new(&program).file_name().map(|name| name.to_string_lossy().into_owned());
    let own = name.as_deref().and_then(|name| name.strip_prefix("terraform-provider-"));
    own.and_then(|own| own.split(['_', '.']).next()).unwrap_or("probe").to_owned()
}
