//! `inventory`: which hosts there are.

use std::path::PathBuf;
use std::time::Duration;

use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_executor::Stop;
use plumb_inventory::{Processes, States, World, read};
use plumb_source::DiskFiles;
use plumb_state::State;
use plumb_view::inventory::{inventory_json, inventory_text};

use super::in_session;
use crate::arguments::InventoryArguments;
use crate::exit::{CommandResult, Exit};
use crate::session::{Session, StatePlace};
use crate::shell::Shell;

/// How long a program may take to say which hosts there are; those that ask a cloud take their time.
const PROGRAM_TIMEOUT: Duration = Duration::from_secs(120);

/// The word for the state of the directory.
const STATE: &str = "@terraform";

pub(super) fn run(shell: &mut Shell, arguments: &InventoryArguments) -> CommandResult {
    shell.dress(&arguments.colour);
    shell.keep_output_clean();
    in_session(shell, async |session| {
        let state = recorded(session, &arguments.inventories).await?;
        show(session, arguments, &Recorded(state))
    })
}

fn show(session: &Session<'_>, arguments: &InventoryArguments, states: &Recorded) -> CommandResult {
    let shell = session.shell;
    let working_directory = std::env::current_dir().unwrap_or_default();
    let home = shell.environment.home();
    let ssh_config: Option<PathBuf> = home.as_ref().map(|home| home.join(".ssh/config"));
    let world = World {
        files: &DiskFiles::new(working_directory.clone(), home),
        sources: &shell.sources,
        programs: &Processes {
            working_directory,
            timeout: PROGRAM_TIMEOUT,
            is_interrupted: &|| session.stop.asked() > Stop::No,
        },
        states,
        ssh_config: ssh_config.as_ref(),
    };
    let inventory = shell.checked(read(&arguments.inventories, &arguments.data, world))?;
    let hosts = shell.checked(inventory.select(&arguments.limit, &shell.sources))?;
    if arguments.json.0 {
        shell.terminal.line(inventory_json(&inventory, &hosts, &shell.sources));
    } else {
        shell.terminal.print(&inventory_text(&hosts, &shell.sources, &shell.terminal.style()));
    }
    Ok(Exit::Success)
}

/// The state of the directory, where an inventory is read from that.
async fn recorded(session: &Session<'_>, inventories: &[String]) -> Result<Option<State>, Diagnostics> {
    let words = inventories.iter().flat_map(|inventory| inventory.split(','));
    let is_wanted =
        |word: &str| word.strip_prefix(STATE).is_some_and(|rest| rest.is_empty() || rest.starts_with('#'));
    if !words.map(str::trim).any(is_wanted) {
        return Ok(None);
    }
    let backend = session.backend_of_directory(&StatePlace::default())?;
    Ok(Some(session.read_state(&session.store(&backend)?).await?))
}

struct Recorded(Option<State>);

impl States for Recorded {
    fn state(&self) -> Result<State, Diagnostics> {
        let missing =
            || Diagnostic::error("No state", "The state of this directory has not been read.").into();
        self.0.clone().ok_or_else(missing)
    }
}
