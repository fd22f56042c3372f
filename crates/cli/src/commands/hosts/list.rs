//! `inventory`: which hosts there are.

use plumb_deploy::Secrets;
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
        let (shell, secrets) = (session.shell, Secrets::new());
        let inventory = read_all(session, &arguments.inventories, &arguments.data, &secrets).await?;
        let hosts = shell.checked(inventory.select(&arguments.limit, &shell.sources))?;
        if arguments.json.0 {
            let text = inventory_json(&inventory, &hosts, &shell.sources);
            shell.terminal.line(secrets.hidden(&text));
        } else {
            let text = inventory_text(&hosts, &shell.sources, &shell.terminal.style());
            shell.terminal.print(&secrets.hidden(&text));
        }
        Ok(Exit::Success)
    })
}
