//! Options that set variables, for commands that need them early only: where modules come from, where the
//! state lives and how it is encrypted may be made of variables.

use clap::{Args as _, CommandFactory as _, FromArgMatches as _};
use plumb_configuration::InputArgument;

use super::{CommandLine, VariableOptions};

/// Commands that look at no configuration, with those below them.
const WITHOUT_CONFIGURATION: [&str; 8] =
    ["fmt", "login", "logout", "metadata", "version", "completion", "ps", "stop"];

/// What can be typed, with the options that set variables wherever a configuration is looked at.
pub(crate) fn command_line() -> clap::Command {
    with_variables(CommandLine::command())
}

fn with_variables(command: clap::Command) -> clap::Command {
    if WITHOUT_CONFIGURATION.contains(&command.get_name()) {
        return command;
    }
    if command.has_subcommands() {
        return command.mut_subcommands(with_variables);
    }
    let is_there = command.get_arguments().any(|argument| argument.get_id() == "var");
    if is_there { command } else { VariableOptions::augment_args(command) }
}

/// The values that were given, whatever the command is.
pub(super) fn given(mut matches: &clap::ArgMatches) -> Vec<InputArgument> {
    while let Some((_, below)) = matches.subcommand() {
        matches = below;
    }
    let is_known = matches.try_contains_id("var").is_ok();
    let options = if is_known { VariableOptions::from_arg_matches(matches).ok() } else { None };
    options.unwrap_or_default().given
}
