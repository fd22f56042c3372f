//! The commands, one file for each.
//!
//! Responsible for the order of things within a command: read what is there, ask the core, show what
//! it says. A command decides nothing that the core could decide.

mod apply;
mod completion;
mod console;
mod convert;
mod docs;
mod force_unlock;
mod format;
mod generation;
mod get;
mod graph;
pub(crate) mod hosts;
mod import;
mod init;
mod login;
mod metadata;
mod modules;
mod operation;
mod output;
mod plan;
mod providers;
mod refresh;
mod saved_plan;
mod show;
mod state;
mod taint;
mod target_files;
mod test;
mod validate;
mod version;
mod warm_providers;
mod welcome;
mod whole_file;
mod workspace;

use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_view::ViewError;

pub(crate) use welcome::welcome;

use crate::arguments::Command;
use crate::exit::{CommandResult, Exit};
use crate::session::Session;
use crate::shell::Shell;

/// Runs a command.
pub(crate) fn run(shell: &mut Shell, command: Command) -> CommandResult {
    match command {
        Command::Init(arguments) => init::run(shell, &arguments),
        Command::Validate(arguments) => validate::run(shell, &arguments),
        Command::Plan(arguments) => plan::run(shell, arguments),
        Command::Apply(arguments) => apply::run(shell, arguments, false),
        Command::Destroy(arguments) => apply::run(shell, arguments, true),
        Command::Refresh(arguments) => refresh::run(shell, arguments),
        Command::Console(arguments) => console::run(shell, &arguments),
        Command::Fmt(arguments) => format::run(shell, &arguments),
        Command::ForceUnlock(arguments) => force_unlock::run(shell, &arguments),
        Command::Get(arguments) => get::run(shell, &arguments),
        Command::Deploy(arguments) => hosts::deploy::run(shell, &arguments),
        Command::Exec(arguments) => hosts::exec::run(shell, &arguments),
        Command::Fact(arguments) => hosts::fact::run(shell, &arguments),
        Command::Convert(arguments) => convert::run(shell, &arguments),
        Command::Docs(arguments) => docs::run(shell, &arguments),
        Command::Graph(arguments) => graph::run(shell, &arguments),
        Command::Import(arguments) => import::run(shell, &arguments),
        Command::Inventory(arguments) => hosts::list::run(shell, &arguments),
        Command::Login(arguments) => login::login(shell, &arguments),
        Command::Logout(arguments) => login::logout(shell, &arguments),
        Command::Metadata(command) => metadata::run(shell, &command),
        Command::Output(arguments) => output::run(shell, &arguments),
        Command::Providers(arguments) => providers::run(shell, &arguments),
        Command::Show(arguments) => show::run(shell, &arguments),
        Command::State(command) => state::run(shell, command),
        Command::Test(arguments) => test::run(shell, &arguments),
        Command::Taint(arguments) => taint::run(shell, &arguments, true),
        Command::Untaint(arguments) => taint::run(shell, &arguments, false),
        Command::Version(arguments) => version::run(shell, &arguments),
        Command::Workspace(command) => workspace::run(shell, command),
        Command::Completion(arguments) => completion::run(shell, &arguments),
    }
}

/// Whether all that a command does is to show something, so that it has failed where that is lost.
pub(crate) fn only_shows(command: &Command) -> bool {
    matches!(
        command,
        Command::Validate(_)
            | Command::Console(_)
            | Command::Convert(_)
            | Command::Docs(_)
            | Command::Fmt(_)
            | Command::Graph(_)
            | Command::Inventory(_)
            | Command::Metadata(_)
            | Command::Output(_)
            | Command::Providers(_)
            | Command::Show(_)
            | Command::Version(_)
            | Command::Completion(_)
    )
}

/// Does the work of a command that waits for providers and disks, and ends what it has started.
fn in_session(shell: &Shell, work: impl AsyncFnOnce(&Session<'_>) -> CommandResult) -> CommandResult {
    shell.block_on(async {
        let session = Session::new(shell);
        let result = {
            let mut work = Box::pin(work(&session));
            tokio::select! {
                result = &mut work => result,
                // Whatever waits for a provider hears now that there is none, and comes to its end.
                never = session.cut_short() => match never {},
            }
        };
        session.close(matches!(result, Ok(Exit::Success | Exit::Changes))).await;
        result
    })?
}

/// An address that was typed, or why it is none.
fn address<T>(parsed: Result<T, plumb_address::AddressError>, text: &str) -> Result<T, Diagnostics> {
    parsed.map_err(|error| {
        let mut diagnostic = error.to_diagnostic();
        diagnostic.detail = format!("{text:?} is no valid address here: {}", diagnostic.detail);
        diagnostic.into()
    })
}

/// Why something cannot be shown.
fn unshowable(error: &ViewError) -> Diagnostics {
    match error {
        ViewError::Write(error) => unwritten(error),
        ViewError::Object { .. } => Diagnostic::error("Cannot show this", format!("{error}.")).into(),
    }
}

/// Why a result is not where it was to go.
pub(crate) fn unwritten(error: &std::io::Error) -> Diagnostics {
    let detail = format!(
        "What was to be shown could not be written to standard output: {}. What is there of it is not all of it.",
        plumb_source::refusal(error)
    );
    Diagnostic::error("Failed to write output", detail).into()
}
