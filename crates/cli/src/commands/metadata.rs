//! `metadata`: what programs that help people to write configurations want to know.

use plumb_diagnostics::Diagnostic;
use plumb_view::json::write_functions;

use crate::arguments::{JsonArguments, MetadataCommand};
use crate::exit::{CommandResult, Exit};
use crate::shell::Shell;

pub(super) fn run(shell: &Shell, command: &MetadataCommand) -> CommandResult {
    match command {
        MetadataCommand::Functions(arguments) => functions(shell, arguments),
    }
}

fn functions(shell: &Shell, arguments: &JsonArguments) -> CommandResult {
    if !arguments.json.0 {
        let detail = "The `plumb metadata functions` command requires the `-json` flag.";
        return Err(Diagnostic::error("Functions are described as JSON only", detail).into());
    }
    let mut out = Vec::new();
    write_functions(&mut out, &plumb_expression::function_signatures()).map_err(|error| {
        Diagnostic::error("Cannot describe functions", format!("They cannot be written: {error}."))
    })?;
    shell.terminal.print_bytes(&out);
    Ok(Exit::Success)
}
