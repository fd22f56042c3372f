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
    let arguments: Vec<String> =
        std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned()).collect();
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

fn run(arguments: Vec<String>) -> Exit {
    let environment = Environment::of_process();
    let mut shell = Shell::new(environment);
    let exit = run_command(&mut shell, arguments);
    shell.terminal.catch_up();
    exit
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
            let result = shell.enter(directory.as_deref()).and_then(|()| commands::run(shell, *command));
            shell.finish(result)
        }
    }
}
