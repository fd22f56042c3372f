//! `get`: modules.

use plumb_diagnostics::Diagnostics;

use super::modules::ModuleInstallation;
use crate::arguments::GetArguments;
use crate::exit::{CommandResult, Exit};
use crate::session::Session;
use crate::shell::Shell;

pub(super) fn run(shell: &Shell, arguments: &GetArguments) -> CommandResult {
    shell.dress(&arguments.colour);
    let session = Session::new(shell);
    if !session.has_configuration() {
        return Ok(Exit::Success);
    }
    let installation = ModuleInstallation::begin(&session, arguments.update.0, &arguments.test_directory);
    let _fetching = shell.downloads.begin();
    let (_, problems) = installation.install(&|line| shell.terminal.line(line))?;
    shell.checked::<()>(((), problems))?;
    Ok(Exit::Success)
}

/// Diagnostics other than those about modules that are not there, which are reported in better words.
pub(super) fn without_modules(diagnostics: Diagnostics) -> Diagnostics {
    const ABOUT_MODULES: [&str; 3] =
        ["Module not installed", "Module source has changed", "Module version requirements have changed"];
    diagnostics.into_iter().filter(|diagnostic| !ABOUT_MODULES.contains(&&*diagnostic.summary)).collect()
}
