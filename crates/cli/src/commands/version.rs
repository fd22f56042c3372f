//! `version`.

use plumb_registry::Platform;
use plumb_view::json::{ProviderVersion, VersionReport, write_version};

use crate::arguments::VersionArguments;
use crate::exit::{CommandResult, Exit};
use crate::session::Session;
use crate::shell::Shell;
use crate::version::{PLUMB_VERSION, TERRAFORM_VERSION};

pub(super) fn run(shell: &Shell, arguments: &VersionArguments) -> CommandResult {
    let session = Session::quiet(shell);
    // A version is asked for in broken directories too.
    let locks = session.read_locks().ok().flatten().unwrap_or_default();
    let providers = locks
        .iter()
        .map(|(address, lock)| ProviderVersion {
            address: address.clone(),
            version: lock.version().to_string(),
        })
        .collect();
    let report = VersionReport {
        program: PLUMB_VERSION.to_owned(),
        platform: Platform::current().to_string(),
        providers,
    };
    if arguments.json.0 {
        let mut text = Vec::new();
        // Writing to memory does not fail.
        let _ = write_version(&mut text, &report);
        shell.terminal.print_bytes(&text);
        return Ok(Exit::Success);
    }
    // Tools look for the words "Terraform v" and the numbers behind them.
    let mut text = format!(
        "Plumb v{PLUMB_VERSION} (compatible with Terraform v{TERRAFORM_VERSION})\non {}\n",
        report.platform
    );
    for provider in &report.providers {
        text.push_str(&format!("+ provider {} v{}\n", provider.address, provider.version));
    }
    shell.terminal.print(&text);
    Ok(Exit::Success)
}
