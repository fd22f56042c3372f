//! The `plumb` program.
//!
//! Responsible for the way from what was typed to a command, and from what came of it to an exit
//! code; this is the only place that knows exit codes. It decides nothing else: commands are in
//! [`commands`], what they share is in [`session`], and everything that is printed goes through
//! [`terminal`].

mod arguments;
mod commands;
mod environment;
mod exit;
mod interrupt;
mod logging;
mod output;
mod prompt;
mod session;
mod shell;
mod terminal;
mod version;

use std::ffi::OsString;
use std::process::ExitCode;

use arguments::Parsed;
use environment::Environment;
use exit::Exit;
use plumb_diagnostics::{Diagnostic, Diagnostics};
use shell::Shell;

/// Work on many small objects, by several threads at once, takes a third less CPU time with it than with
/// that of the system.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // Before anything else: a keeper lets go of what it has inherited.
    if let Some(exit) = serve_commands() {
        return exit;
    }
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    terminal::explain_panics();
    // A panic has been explained by the time that it arrives here.
    let exit = std::panic::catch_unwind(|| run(arguments)).unwrap_or_else(|_| {
        output::settle();
        Exit::Failure
    });
    ExitCode::from(exit.code())
}

/// What the program does when commands start it to keep providers ready, and not a person.
fn serve_commands() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    let first = arguments.next()?;
    let serve: fn(&[OsString]) -> ExitCode = match first.to_str()? {
        plumb_supervisor::KEEPER_ARGUMENT => plumb_supervisor::run_as_keeper,
        plumb_supervisor::GUARD_ARGUMENT => plumb_supervisor::run_guarded,
        _ => return None,
    };
    Some(serve(&arguments.collect::<Vec<_>>()))
}

fn run(arguments: Vec<OsString>) -> Exit {
    let environment = Environment::of_process();
    let mut shell = Shell::new(environment);
    let exit = match readable(arguments, &shell.environment) {
        Ok(arguments) => run_command(&mut shell, arguments),
        Err(diagnostics) => shell.finish(Err(diagnostics)),
    };
    shell.terminal.catch_up();
    exit
}

/// What was given as text. To guess would be to use another file or value than the one that is meant.
fn readable(arguments: Vec<OsString>, environment: &Environment) -> Result<Vec<String>, Diagnostics> {
    let refuse = |what: String| {
        let detail = format!(
            "{what} is not encoded as UTF-8. Names of files and values are text in UTF-8 here: rename the file, or save \
             what the value is made of in UTF-8."
        );
        Diagnostic::error("Invalid character encoding", detail)
    };
    let variables = environment.unreadable().iter();
    let mut problems: Diagnostics =
        variables.map(|name| refuse(format!("The value of the environment variable {name}"))).collect();
    let mut texts = Vec::new();
    for argument in arguments {
        match argument.into_string() {
            Ok(text) => texts.push(text),
            Err(argument) => problems.push(refuse(format!("The argument {:?}", argument.to_string_lossy()))),
        }
    }
    if problems.has_errors() { Err(problems) } else { Ok(texts) }
}

fn run_command(shell: &mut Shell, arguments: Vec<String>) -> Exit {
    match arguments::parse(arguments, &shell.environment) {
        Parsed::Text(text) => {
            shell.terminal.print(&text);
            Exit::Success
        }
        Parsed::Lost(text) => {
            shell.terminal.print_error(&text);
            Exit::Failure
        }
        Parsed::Welcome { directory, as_error } => commands::welcome(shell, directory.as_deref(), as_error),
        Parsed::Command { directory, command, is_plain, variables } => {
            if is_plain {
                shell.terminal.forbid_colour();
            }
            shell.variables = variables;
            let only_shows = commands::only_shows(&command);
            let result = shell.enter(directory.as_deref()).and_then(|()| commands::run(shell, *command));
            let exit = shell.finish(result);
            if only_shows && exit == Exit::Success {
                shell.finish(shell.terminal.everything_shown())
            } else {
                exit
            }
        }
    }
}
