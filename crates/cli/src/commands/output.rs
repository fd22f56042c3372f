//! `output`.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumb_diagnostics::{Diagnostic, did_you_mean};
use plumb_state::Output;
use plumb_view::{json, text};

use super::{in_session, unwritten};
use crate::arguments::OutputArguments;
use crate::exit::{CommandResult, Exit};
use crate::session::StatePlace;
use crate::shell::Shell;

pub(super) fn run(shell: &mut Shell, arguments: &OutputArguments) -> CommandResult {
    shell.dress(&arguments.colour);
    if arguments.json.0 || arguments.raw.0 {
        shell.keep_output_clean();
    }
    if arguments.json.0 && arguments.raw.0 {
        let detail = "The -raw and -json options are mutually-exclusive.";
        return Err(Diagnostic::error("Invalid output format", detail).into());
    }
    if arguments.raw.0 && arguments.name.is_none() {
        let detail = "You must give the name of a single output value when using the -raw option.";
        return Err(Diagnostic::error("Output name required", detail).into());
    }
    in_session(shell, async |session| {
        let backend = session.backend_of_directory(&StatePlace::of(&arguments.state, None))?;
        let state = session.read_state(&session.store(&backend)?).await?;
        match &arguments.name {
            // Where there is none at all, none is missing: scripts rely on that.
            Some(_) if state.outputs.is_empty() && !arguments.json.0 => {
                all(session.shell, false, &state.outputs)
            }
            Some(name) => one(session.shell, arguments, name, &state.outputs),
            None => all(session.shell, arguments.json.0, &state.outputs),
        }
    })
}

fn all(shell: &Shell, is_json: bool, outputs: &BTreeMap<Arc<str>, Output>) -> CommandResult {
    if !is_json && outputs.is_empty() {
        shell.report(
            Diagnostic::warning(
                "No outputs found",
                "The state file either has no outputs defined, or all the defined outputs are empty. Please define an \
                 output in your configuration with the `output` keyword and run \"plumb refresh\" for it to become \
                 available. If you are using interpolation, please verify the interpolated value is not empty. You can \
                 use the \"plumb console\" command to assist.",
            )
            .into(),
        );
    }
    let shown = shell.terminal.write(|out| {
        if is_json { json::write_outputs(out, outputs) } else { text::write_outputs(out, outputs) }
    });
    shown.map_err(|error| unwritten(&error))?;
    Ok(Exit::Success)
}

fn one(
    shell: &Shell,
    arguments: &OutputArguments,
    name: &str,
    outputs: &BTreeMap<Arc<str>, Output>,
) -> CommandResult {
    let Some(output) = outputs.get(name) else {
        let hint = did_you_mean(name, outputs.keys().map(|name| &**name));
        return Err(Diagnostic::error(
            format!("Output {name:?} not found"),
            format!(
                "The output variable requested could not be found in the state file. If you recently added this to your \
                 configuration, be sure to run \"plumb apply\", since the state won't be updated with new output \
                 variables until that command is run.{hint}"
            ),
        )
        .into());
    };
    if arguments.json.0 {
        let shown = shell.terminal.write(|out| {
            json::write_output_value(out, &output.value)?;
            out.write_all(b"\n")
        });
        shown.map_err(|error| unwritten(&error))?;
    } else if arguments.raw.0 {
        let raw = text::raw_value(&output.value).ok_or_else(|| {
            Diagnostic::error(
                "Unsupported value for raw output",
                format!(
                    "The -raw option only supports strings, numbers, and boolean values, but output value {name:?} is \
                     {}.\n\nUse the -json option for machine-readable representations of output values that have complex \
                     types.",
                    if output.value.is_null() { "null".to_owned() } else { output.value.ty().friendly_name() }
                ),
            )
        })?;
        shell.terminal.print(&raw);
    } else {
        shell.terminal.line(text::format_value(&output.value));
    }
    Ok(Exit::Success)
}
