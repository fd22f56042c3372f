//! Commands that change a state without touching what it records.

use plumb_address::{ProviderAddress, Target};
use plumb_backend::LocalOptions;
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_state::State;

use super::super::{address, in_session};
use crate::arguments::{ReplaceProviderArguments, StateMoveArguments, StateRemoveArguments};
use crate::exit::{CommandResult, Exit};
use crate::session::{BackendSettings, Session, StatePlace};
use crate::shell::Shell;

pub(super) fn mv(shell: &Shell, arguments: &StateMoveArguments) -> CommandResult {
    let from = address(Target::parse(&arguments.source), &arguments.source)?;
    let to = address(Target::parse(&arguments.destination), &arguments.destination)?;
    in_session(shell, async |session| {
        // Here -state-out names another state that the object moves to, not where this one is written.
        let place = StatePlace {
            state: arguments.state.state.clone(),
            state_out: None,
            backup: arguments.state_output.backup.clone(),
        };
        let backend = session.backend_of_directory(&place.with_dated_backup())?;
        let store = session.store(&backend)?;
        let mut opened = session.open_state(store, &arguments.lock, "state-mv").await?;
        if opened.version.is_none() {
            return Err(super::no_state().into());
        }
        let mut state = opened.state.clone();
        let target = arguments
            .state_output
            .state_out
            .as_ref()
            .filter(|path| Some(*path) != arguments.state.state.as_ref());
        let terminal = &session.shell.terminal;
        let moved = plural(moved_at_once(&state, &from));
        match target {
            Some(path) if !arguments.dry_run.0 => {
                move_out(session, arguments, path, &mut state, &from, &to).await?;
            }
            Some(_) => {}
            None => {
                state.move_to(&from, &to)?;
                state.forget_dependencies_on(&from);
            }
        }
        if arguments.dry_run.0 {
            terminal.line(format!("Would move {:?} to {:?}", from.to_string(), to.to_string()));
            opened.close().await?;
            return Ok(Exit::Success);
        }
        opened.write(&state).await?;
        opened.close().await?;
        terminal.line(format!(
            "Move {:?} to {:?}\nSuccessfully moved {moved}.",
            from.to_string(),
            to.to_string()
        ));
        Ok(Exit::Success)
    })
}

/// How many things are moved, as people count them: a resource is one, whatever it repeats, and of a
/// module each module in it is.
fn moved_at_once(state: &State, from: &Target) -> usize {
    let Target::Module(_) = from else { return 1 };
    let modules = state.resources.keys().map(|address| &address.module);
    modules.filter(|module| from.contains_module(module)).collect::<std::collections::BTreeSet<_>>().len()
}

fn plural(count: usize) -> String {
    format!("{count} object(s)")
}

/// Moves something to another state. The other state is written first: in the worst case the object
/// is recorded twice, never nowhere.
async fn move_out(
    session: &Session<'_>,
    arguments: &StateMoveArguments,
    path: &str,
    state: &mut State,
    from: &Target,
    to: &Target,
) -> Result<(), Diagnostics> {
    let place =
        StatePlace { state: Some(path.to_owned()), state_out: None, backup: arguments.backup_out.clone() };
    let place = place.with_dated_backup();
    let options = LocalOptions {
        state: place.state.map(Into::into),
        backup: place.backup.map(Into::into),
        ..LocalOptions::default()
    };
    let store = session
        .open_backend(&BackendSettings::default(), options)?
        .store(&session.workspace()?)
        .map_err(|error| error.diagnostic())?;
    let mut other = session.open_state(store, &arguments.lock, "state-mv").await?;
    let mut moving = state.clone();
    moving.move_to(from, to)?;
    let mut whole = other.state.clone();
    for (address, resource) in &moving.resources {
        if state.resources.get(address) == Some(resource) {
            continue;
        }
        for (key, instance) in resource.instances.iter() {
            let is_new = state.instance(&address.instance(key.clone())) != Some(instance);
            if !is_new {
                continue;
            }
            let target = address.instance(key.clone());
            if whole.instance(&target).is_some() {
                return Err(Diagnostic::error(
                    "Invalid target address",
                    format!("Cannot move to {target}: there is already a resource instance at that address in {path}."),
                )
                .into());
            }
            whole.update_instance(&target, &resource.provider, |empty| *empty = instance.clone());
        }
    }
    other.write(&whole).await?;
    other.close().await?;
    state.remove(from);
    Ok(())
}

pub(super) fn rm(shell: &Shell, arguments: &StateRemoveArguments) -> CommandResult {
    let targets = arguments
        .addresses
        .iter()
        .map(|text| address(Target::parse(text), text))
        .collect::<Result<Vec<_>, _>>()?;
    in_session(shell, async |session| {
        let place = StatePlace::of(&arguments.state, Some(&arguments.state_output)).with_dated_backup();
        let backend = session.backend_of_directory(&place)?;
        let store = session.store(&backend)?;
        let mut opened = session.open_state(store, &arguments.lock, "state-rm").await?;
        if opened.version.is_none() {
            return Err(super::no_state().into());
        }
        let mut state = opened.state.clone();
        let gone: Vec<_> = targets.iter().flat_map(|target| state.remove(target)).collect();
        let terminal = &session.shell.terminal;
        if gone.is_empty() {
            return Err(Diagnostic::error(
                "Invalid target address",
                "No matching objects found. To view the available instances, use \"plumb state list\". Please modify the \
                 address to reference a specific instance.",
            )
            .into());
        }
        let word = if arguments.dry_run.0 { "Would remove" } else { "Removed" };
        if !arguments.dry_run.0 {
            opened.write(&state).await?;
        }
        opened.close().await?;
        for address in &gone {
            terminal.line(format!("{word} {address}"));
        }
        if !arguments.dry_run.0 {
            terminal.line(format!("Successfully removed {} resource instance(s).", gone.len()));
        }
        Ok(Exit::Success)
    })
}

pub(super) fn replace_provider(shell: &Shell, arguments: &ReplaceProviderArguments) -> CommandResult {
    let from = address(ProviderAddress::parse(&arguments.from), &arguments.from)?;
    let to = address(ProviderAddress::parse(&arguments.to), &arguments.to)?;
    in_session(shell, async |session| {
        let place = StatePlace::of(&arguments.state, Some(&arguments.state_output)).with_dated_backup();
        let backend = session.backend_of_directory(&place)?;
        let store = session.store(&backend)?;
        let mut opened = session.open_state(store, &arguments.lock, "state-replace-provider").await?;
        let mut state = opened.state.clone();
        let changed = state.replace_provider(&from, &to);
        let terminal = &session.shell.terminal;
        if changed.is_empty() {
            opened.close().await?;
            terminal.line("No matching resources found.");
            return Ok(Exit::Success);
        }
        let list: Vec<String> = changed.iter().map(|address| format!("  {address}")).collect();
        terminal.line(format!(
            "Plumb will perform the following actions:\n\n  ~ Updating provider:\n    - {from}\n    + {to}\n\nChanging {} \
             resources:\n\n{}\n",
            changed.len(),
            list.join("\n")
        ));
        if !arguments.auto_approve.0 {
            let text = "Only 'yes' will be accepted to continue.";
            if !session.prompt(true).confirm("Do you want to make these changes?", text).await? {
                terminal.line("Cancelled replacing providers.");
                return Ok(Exit::Success);
            }
        }
        opened.write(&state).await?;
        opened.close().await?;
        terminal.line(format!("Successfully replaced provider for {} resources.", changed.len()));
        Ok(Exit::Success)
    })
}
