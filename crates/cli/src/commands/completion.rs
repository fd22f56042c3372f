//! `completion`: scripts that complete commands in shells.

use clap_complete::Shell as Kind;
use plumb_diagnostics::{Diagnostic, did_you_mean};

use crate::arguments::{CompletionArguments, command_line};
use crate::exit::{CommandResult, Exit};
use crate::shell::Shell;

pub(super) fn run(shell: &Shell, arguments: &CompletionArguments) -> CommandResult {
    let kind = match arguments.shell.as_str() {
        "bash" => Kind::Bash,
        "zsh" => Kind::Zsh,
        "fish" => Kind::Fish,
        other => {
            let hint = did_you_mean(other, ["bash", "zsh", "fish"]);
            let detail = format!("There is completion for bash, zsh and fish, but not for {other:?}.{hint}");
            return Err(Diagnostic::error("Unknown shell", detail).into());
        }
    };
    let mut script = Vec::new();
    clap_complete::generate(kind, &mut command_line(), "plumb", &mut script);
    shell.terminal.print_bytes(&script);
    Ok(Exit::Success)
}
