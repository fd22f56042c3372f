//! `get`: modules.

use plumb_configuration::{Config, is_local_source};
use plumb_diagnostics::{Diagnostic, Diagnostics};

use crate::arguments::GetArguments;
use crate::exit::{CommandResult, Exit};
use crate::session::{ModuleManifest, Session};
use crate::shell::Shell;

pub(super) fn run(shell: &Shell, arguments: &GetArguments) -> CommandResult {
    shell.dress(&arguments.colour);
    let session = Session::quiet(shell);
    if !session.has_configuration() {
        return Ok(Exit::Success);
    }
    let (config, diagnostics) = session.read();
    let mistakes = without_modules(diagnostics);
    let problems = install_modules(&session, &config, mistakes, &|line| shell.terminal.line(line))?;
    shell.checked(((), problems))?;
    Ok(Exit::Success)
}

/// Diagnostics other than those about modules that are not there, which are reported in better words.
pub(super) fn without_modules(diagnostics: Diagnostics) -> Diagnostics {
    diagnostics.into_iter().filter(|diagnostic| diagnostic.summary != "Module not installed").collect()
}

/// Records where the modules of a configuration are, unless there are mistakes, which come back with
/// more. Modules from elsewhere cannot be fetched yet.
pub(super) fn install_modules(
    session: &Session<'_>,
    config: &Config,
    mistakes: Diagnostics,
    say: &dyn Fn(String),
) -> Result<Diagnostics, Diagnostics> {
    let mut problems = mistakes;
    for module in &config.modules {
        for call in module.calls.values() {
            let path = module.path.child(call.name.clone());
            if let Some(id) = call.module {
                say(format!("- {} in {}", path.0.join("."), config.module(id).directory.display()));
            } else if !is_local_source(&call.source) {
                problems.push(
                    Diagnostic::error(
                        "Module source not supported yet",
                        format!(
                            "The module \"{}\" comes from {:?}. So far Plumb installs modules from local directories only. \
                             Where \"terraform init\" has installed it in this directory already, Plumb uses that copy.",
                            call.name, call.source
                        ),
                    )
                    .at(call.source_span),
                );
            }
        }
    }
    let (before, more) = ModuleManifest::read(&*session.files, &session.data_directory);
    problems.append(more);
    if !problems.has_errors() {
        ModuleManifest::of(config, &before).write(&session.data_directory, &before)?;
    }
    Ok(problems)
}
