//! `get`: modules.

use std::collections::HashSet;

use plumb_address::ConfigModule;
use plumb_configuration::{Config, InstalledModules as _, ModuleCall, is_local_source};
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_registry::modules::{GitSource, ModuleError, install};

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
    let (_, problems) = install_modules(&session, arguments.update.0, &arguments.test_directory, &|line| {
        shell.terminal.line(line);
    })?;
    shell.checked(((), problems))?;
    Ok(Exit::Success)
}

/// Diagnostics other than those about modules that are not there, which are reported in better words.
pub(super) fn without_modules(diagnostics: Diagnostics) -> Diagnostics {
    diagnostics.into_iter().filter(|diagnostic| diagnostic.summary != "Module not installed").collect()
}

/// Installs the modules of a configuration and records where they are, unless there are mistakes, which
/// come back with the configuration.
pub(super) fn install_modules(
    session: &Session<'_>,
    upgrade: bool,
    tests: &str,
    say: &dyn Fn(String),
) -> Result<(Config, Diagnostics), Diagnostics> {
    let (before, mut problems) = ModuleManifest::read(&*session.files, &session.data_directory);
    let mut manifest = if upgrade { before.clone().without_git() } else { before.clone() };
    let mut failed = HashSet::new();
    // Each round makes modules known that may call others; the depth of modules is bounded.
    let (config, mistakes) = loop {
        let (config, mistakes) = session.read_before_installation(&manifest, session.test_calls(tests));
        if install_missing(session, &config, &mut manifest, &mut failed, &mut problems, say) == 0 {
            break (config, mistakes);
        }
    };
    problems.append(without_modules(mistakes));
    for module in &config.modules {
        for call in module.calls.values() {
            let path = module.path.child(call.name.clone());
            if let Some(id) = call.module {
                say(format!("- {} in {}", path.0.join("."), config.module(id).directory.display()));
            } else if !is_local_source(&call.source) && !failed.contains(&path) {
                problems.push(not_supported(call));
            }
        }
    }
    if !problems.has_errors() {
        ModuleManifest::of(&config, &manifest).write(&session.data_directory, &before)?;
    }
    Ok((config, problems))
}

/// Installs what is called and not there yet; how much that was.
fn install_missing(
    session: &Session<'_>,
    config: &Config,
    manifest: &mut ModuleManifest,
    failed: &mut HashSet<ConfigModule>,
    problems: &mut Diagnostics,
    say: &dyn Fn(String),
) -> usize {
    let mut installed = 0;
    for module in &config.modules {
        for call in module.calls.values().filter(|call| call.module.is_none()) {
            let path = module.path.child(call.name.clone());
            let Some(source) = GitSource::parse(&call.source) else { continue };
            if manifest.directory(&path, &call.source).is_some() || failed.contains(&path) {
                continue;
            }
            if call.version.is_some() {
                problems.push(no_versions(call));
                failed.insert(path);
                continue;
            }
            say(format!("Downloading {} for {}...", source.for_display(), path.0.join(".")));
            let target = ModuleManifest::directory_for(&session.data_directory, &path);
            match install(&source, &target) {
                Ok(()) => {
                    manifest.insert_git(&path, &source, &target);
                    installed += 1;
                }
                Err(error) => {
                    problems.push(download_failed(call, &source, &error));
                    failed.insert(path);
                }
            }
        }
    }
    installed
}

fn download_failed(call: &ModuleCall, source: &GitSource, error: &ModuleError) -> Diagnostic {
    let detail = format!(
        "Could not fetch the module \"{}\" from {}: {error}.\n\nCheck the address, the ref argument and that git may \
         read the repository without asking for anything, then run the command again.",
        call.name,
        source.for_display()
    );
    Diagnostic::error("Failed to download module", detail).at(call.source_span)
}

fn no_versions(call: &ModuleCall) -> Diagnostic {
    let detail = "A version can be chosen only for modules from a registry. Remove the version argument, and choose a \
                  revision of the repository with ?ref= in the source.";
    Diagnostic::error("Invalid registry module source address", detail).at(call.source_span)
}

fn not_supported(call: &ModuleCall) -> Diagnostic {
    let detail = format!(
        "The module \"{}\" comes from {:?}. So far Plumb installs modules from local directories and git repositories \
         only. Where \"terraform init\" has installed it in this directory already, Plumb uses that copy.",
        call.name, call.source
    );
    Diagnostic::error("Module source not supported yet", detail).at(call.source_span)
}
