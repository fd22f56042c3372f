//! The hosts that a command is for.

use std::sync::Arc;
use std::time::Duration;

use plumb_deploy::{Secrets, Setting};
use plumb_diagnostics::Diagnostics;
use plumb_executor::Stop;
use plumb_inventory::{Host, Processes, States, World, read};
use plumb_state::State;
use serde_json::{Map, Value};

use crate::arguments::HostOptions;
use crate::session::Session;

/// How long a program may take that says which hosts there are.
const PROGRAM_TIME: Duration = Duration::from_secs(60);

/// Reads inventories, and chooses among their hosts.
pub(super) fn chosen(
    session: &Session<'_>,
    words: &[String],
    options: &HostOptions,
) -> Result<Vec<Arc<Host>>, Diagnostics> {
    let is_interrupted = || session.stop.asked() != Stop::No;
    let programs = Processes {
        working_directory: session.files.working_directory(),
        timeout: PROGRAM_TIME,
        is_interrupted: &is_interrupted,
    };
    let ssh_config = session.shell.environment.home().map(|home| home.join(".ssh/config"));
    let world = World {
        files: &*session.files,
        sources: &session.shell.sources,
        programs: &programs,
        states: &Here,
        ssh_config: ssh_config.as_ref(),
    };
    let inventory = session.shell.checked(read(words, &options.data, world))?;
    let hosts = session.shell.checked(inventory.select(&options.limit, &session.shell.sources))?;
    let mut problems = Diagnostics::new();
    for host in &hosts {
        problems.append(host.problems().clone());
    }
    session.shell.checked((hosts, problems))
}

/// What a deploy runs with for a host.
pub(super) fn setting(base: &Setting, host: &Host) -> Setting {
    let mut data = Map::new();
    for (name, (_, datum)) in host.data() {
        if datum.is_hidden() {
            hide(&datum.value, &base.secrets);
        }
        data.insert(name.to_owned(), datum.value.clone());
    }
    base.of(host.name(), host.groups().map(str::to_owned).collect(), data)
}

fn hide(value: &Value, secrets: &Secrets) {
    match value {
        Value::String(text) => secrets.add(text),
        Value::Array(items) => items.iter().for_each(|item| hide(item, secrets)),
        Value::Object(entries) => entries.values().for_each(|value| hide(value, secrets)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The state of the working directory.
struct Here;

impl States for Here {
    fn state(&self) -> Result<State, Diagnostics> {
        Ok(State::default())
    }
}
