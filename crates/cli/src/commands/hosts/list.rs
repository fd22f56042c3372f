//! `inventory`: which hosts there are.

use plumb_view::inventory::{inventory_json, inventory_text};

use super::inventory::read_all;
use crate::arguments::InventoryArguments;
use crate::commands::in_session;
use crate::exit::{CommandResult, Exit};
use crate::shell::Shell;

pub(crate) fn run(shell: &mut Shell, arguments: &InventoryArguments) -> CommandResult {
    shell.dress(&arguments.colour);
    shell.keep_output_clean();
    in_session(shell, async |session| {
        let shell = session.shell;
        let inventory = read_all(session, &arguments.inventories, &arguments.data).await?;
        let hosts = shell.checked(inventory.select(&arguments.limit, &shell.sources))?;
        if arguments.json.0 {
            shell.terminal.line(inventory_json(&inventory, &hosts, &shell.sources));
        } else {
            shell.terminal.print(&inventory_text(&hosts, &shell.sources, &shell.terminal.style()));
        }
        Ok(Exit::Success)
    })
}
