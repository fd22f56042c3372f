//! `state list`, `show`, `mv`, `rm`, `pull`, `push` and `replace-provider`.

mod change;
mod transfer;

use plumb_address::{AbsResourceInstance, Target};
use plumb_diagnostics::Diagnostic;
use plumb_view::text::write_object;

use super::{address, in_session, unshowable, unwritten};
use crate::arguments::{StateCommand, StateListArguments, StateShowArguments};
use crate::exit::{CommandResult, Exit};
use crate::session::{Schemas, StatePlace};
use crate::shell::Shell;

pub(super) fn run(shell: &mut Shell, command: StateCommand) -> CommandResult {
    match command {
        StateCommand::List(arguments) => list(shell, &arguments),
        StateCommand::Show(arguments) => show(shell, &arguments),
        StateCommand::Mv(arguments) => change::mv(shell, &arguments),
        StateCommand::Rm(arguments) => change::rm(shell, &arguments),
        StateCommand::ReplaceProvider(arguments) => change::replace_provider(shell, &arguments),
        StateCommand::Pull(_) => transfer::pull(shell),
        StateCommand::Push(arguments) => transfer::push(shell, &arguments),
    }
}

/// The error of commands that need a state where there is none.
fn no_state() -> Diagnostic {
    Diagnostic::error(
        "No state file was found",
        "State management commands require a state file. Run this command in a directory where Plumb has been run or use \
         the -state flag to point the command to a specific state location.",
    )
}

fn list(shell: &mut Shell, arguments: &StateListArguments) -> CommandResult {
    shell.keep_output_clean();
    let targets = arguments
        .addresses
        .iter()
        .map(|text| address(Target::parse(text), text))
        .collect::<Result<Vec<_>, _>>()?;
    in_session(shell, async |session| {
        let backend = session.backend_of_directory(&StatePlace::of(&arguments.state, None))?;
        let state = session.read_state(&session.store(&backend)?).await?;
        if state.lineage.is_empty() && state.is_empty() {
            return Err(no_state().into());
        }
        let mut found = state.list(&targets, arguments.id.as_deref())?.into_iter();
        let listed =
            session.shell.terminal.write(|out| found.try_for_each(|address| writeln!(out, "{address}")));
        listed.map_err(|error| unwritten(&error))?;
        Ok(Exit::Success)
    })
}

fn show(shell: &Shell, arguments: &StateShowArguments) -> CommandResult {
    shell.dress(&arguments.colour);
    let wanted = address(AbsResourceInstance::parse(&arguments.address), &arguments.address)?;
    in_session(shell, async |session| {
        let backend = session.backend_of_directory(&StatePlace::of(&arguments.state, None))?;
        let state = session.read_state(&session.store(&backend)?).await?;
        if state.lineage.is_empty() && state.is_empty() {
            return Err(no_state().into());
        }
        let (Some(instance), Some(resource)) =
            (state.instance(&wanted), state.resources.get(&wanted.resource()))
        else {
            return Err(Diagnostic::error(
                "No instance found for the given address",
                format!(
                    "The state has no instance {wanted}. This command requires that the address references one specific \
                     instance. To view the available instances, use \"plumb state list\"."
                ),
            )
            .into());
        };
        let (loaded, _) = session.load_with_mistakes();
        let providers = session.providers(&loaded.config, Some(&state)).await?;
        let schemas = Schemas::of(&providers).await?;
        let find = |provider: &_, mode, kind: &str| schemas.find(provider, mode, kind);
        let style = session.shell.terminal.style();
        let current = instance.current.iter().map(|object| (None, object));
        let deposed = instance.deposed.iter().map(|(key, object)| (Some(key), object));
        let shown = session.shell.terminal.write(|out| {
            current.chain(deposed).try_for_each(|(key, object)| {
                write_object(out, &wanted, key, object, &resource.provider.provider, &find, &style)
            })
        });
        shown.map_err(|error| unshowable(&error))?;
        Ok(Exit::Success)
    })
}
