//! `providers`, and the commands below it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use plumb_address::ProviderAddress;
use plumb_configuration::{Config, Module};
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_registry::source::{FilesystemMirror, NetworkMirror, Source};
use plumb_registry::web::WebAddress;
use plumb_registry::{
    LockChange, LockEvent, LockFile, MirrorEvent, Platform, Requirements, lock_platforms, mirror_packages,
};
use plumb_schema::write_provider_schemas;

use super::{in_session, warm_providers};
use crate::arguments::{
    JsonArguments, ProvidersArguments, ProvidersCommand, ProvidersLockArguments, ProvidersMirrorArguments,
};
use crate::exit::{CommandResult, Exit};
use crate::session::{Installation, Schemas, StatePlace, required_by, requirements};
use crate::shell::Shell;

pub(super) fn run(shell: &mut Shell, arguments: &ProvidersArguments) -> CommandResult {
    match &arguments.command {
        None => tree(shell),
        Some(ProvidersCommand::Lock(arguments)) => lock(shell, arguments),
        Some(ProvidersCommand::Mirror(arguments)) => mirror(shell, arguments),
        Some(ProvidersCommand::Schema(arguments)) => schema(shell, arguments),
        Some(ProvidersCommand::Ps) => warm_providers::ps(shell),
        Some(ProvidersCommand::Stop) => warm_providers::stop(shell),
    }
}

fn tree(shell: &Shell) -> CommandResult {
    in_session(shell, async |session| {
        let loaded = session.load()?;
        let mut text = "\nProviders required by configuration:\n.\n".to_owned();
        branch(&loaded.config, loaded.config.root(), "", &mut text)?;
        let backend = session.backend(Some(&loaded.config), &StatePlace::default())?;
        let state = session.read_state(&session.store(&backend)?).await?;
        let mut used: Vec<String> =
            state.resources.values().map(|resource| resource.provider.provider.to_string()).collect();
        used.sort();
        used.dedup();
        if !used.is_empty() {
            text.push_str("\nProviders required by state:\n\n");
            for provider in used {
                text.push_str(&format!("    provider[{provider}]\n\n"));
            }
        }
        session.shell.terminal.line(text.trim_end_matches('\n').to_owned() + "\n");
        Ok(Exit::Success)
    })
}

fn branch(config: &Config, module: &Module, indent: &str, out: &mut String) -> Result<(), Diagnostics> {
    let (needed, diagnostics) = required_by(module);
    if diagnostics.has_errors() {
        return Err(diagnostics);
    }
    let providers = needed.iter().map(|(provider, constraints)| {
        let constraints = constraints.to_string();
        let gap = if constraints.is_empty() { "" } else { " " };
        (format!("provider[{provider}]{gap}{constraints}"), None)
    });
    let calls =
        module.calls.values().filter_map(|call| Some((format!("module.{}", call.name), Some(call.module?))));
    let all: Vec<_> = providers.chain(calls).collect();
    for (at, (name, child)) in all.iter().enumerate() {
        let (knot, further) =
            if at + 1 == all.len() { ("└── ", "    ") } else { ("├── ", "│   ") };
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{indent}{knot}{name}");
        if let Some(id) = child {
            branch(config, config.module(*id), &format!("{indent}{further}"), out)?;
        }
    }
    Ok(())
}

fn platforms(given: &[String]) -> Result<Vec<Platform>, Diagnostics> {
    if given.is_empty() {
        return Ok(vec![Platform::current()]);
    }
    given
        .iter()
        .map(|text| {
            text.parse().map_err(|_| {
                let detail = format!(
                    "{text:?} is no platform: an operating system and a processor architecture are expected, as in \
                     linux_amd64."
                );
                Diagnostics::from(Diagnostic::error("Invalid target platform", detail))
            })
        })
        .collect()
}

fn lock(shell: &Shell, arguments: &ProvidersLockArguments) -> CommandResult {
    let platforms = platforms(&arguments.platform)?;
    in_session(shell, async |session| {
        let loaded = session.load()?;
        let needed = session.shell.checked(requirements(&loaded.config, []))?;
        let needed = chosen(needed, &arguments.providers)?;
        let installation = Installation::of(session);
        let source = lock_source(arguments, &installation)?;
        let before = session.read_locks()?.unwrap_or_default();
        let terminal = &session.shell.terminal;
        let tell = |event: &LockEvent<'_>| match event {
            LockEvent::Fetch { provider, version, platform } => {
                terminal.line(format!("- Fetching {} {version} for {platform}...", provider.for_display()));
            }
            LockEvent::Fetched { provider, version, platform, verification } => terminal.line(format!(
                "- Retrieved {} {version} for {platform} ({verification})",
                provider.for_display()
            )),
            LockEvent::Obtained { provider, platform, change } => {
                let name = provider.for_display();
                terminal.line(match change {
                    LockChange::NewProvider => {
                        format!("- Obtained {name} checksums for {platform}; This was a new provider and the checksums for this platform are now tracked in the lock file")
                    }
                    LockChange::NewHashes => {
                        format!("- Obtained {name} checksums for {platform}; Additional checksums for this platform are now tracked in the lock file")
                    }
                    LockChange::None => {
                        format!("- Obtained {name} checksums for {platform}; All checksums for this platform were already tracked in the lock file")
                    }
                });
            }
        };
        let (after, diagnostics) = tokio::task::block_in_place(|| {
            let _fetching = session.shell.downloads.begin();
            lock_platforms(&needed, &before, &platforms, &*source, &installation.fetcher, &tell)
        });
        session.shell.checked(((), diagnostics))?;
        if after.selects_the_same(&before) {
            terminal.line("\nSuccess! Plumb has validated the lock file and found no need for changes.");
            return Ok(Exit::Success);
        }
        session.write_locks(&after)?;
        terminal.line(
            "\nSuccess! Plumb has updated the lock file.\n\nReview the changes in .terraform.lock.hcl and then commit \
             to your\nversion control system to retain the new checksums.\n",
        );
        Ok(Exit::Success)
    })
}

/// Those of the requirements that were asked for; all where nothing was.
fn chosen(needed: Requirements, given: &[String]) -> Result<Requirements, Diagnostics> {
    if given.is_empty() {
        return Ok(needed);
    }
    let mut chosen = Requirements::new();
    for text in given {
        let provider = super::address(ProviderAddress::parse(text), text)?;
        let Some(constraints) = needed.get(&provider) else {
            let detail = format!(
                "The provider {provider} is not required by the current configuration. Only what is required can be locked."
            );
            return Err(Diagnostic::error("Invalid provider argument", detail).into());
        };
        chosen.insert(provider, constraints.clone());
    }
    Ok(chosen)
}

fn lock_source(
    arguments: &ProvidersLockArguments,
    installation: &Installation,
) -> Result<Box<dyn Source>, Diagnostics> {
    match (&arguments.fs_mirror, &arguments.net_mirror) {
        (Some(_), Some(_)) => Err(Diagnostic::error(
            "Invalid installation method options",
            "The -fs-mirror and -net-mirror command line options are mutually-exclusive.",
        )
        .into()),
        (Some(directory), None) => Ok(Box::new(FilesystemMirror::new(directory))),
        (None, Some(address)) => {
            let address = WebAddress::parse(address).map_err(|error| {
                Diagnostic::error(
                    "Invalid network mirror URL",
                    format!("{address:?} cannot be used: it {error}."),
                )
            })?;
            let mirror = NetworkMirror::new(
                address.as_directory(),
                installation.client.clone(),
                installation.services.clone(),
            );
            Ok(Box::new(mirror))
        }
        (None, None) => Ok(Box::new(installation.registries())),
    }
}

fn mirror(shell: &Shell, arguments: &ProvidersMirrorArguments) -> CommandResult {
    let platforms = platforms(&arguments.platform)?;
    in_session(shell, async |session| {
        let loaded = session.load()?;
        let needed = session.shell.checked(requirements(&loaded.config, []))?;
        let installation = Installation::of(session);
        let locks =
            if arguments.lock_file.0 { session.read_locks()?.unwrap_or_default() } else { LockFile::new() };
        let terminal = &session.shell.terminal;
        let tell = |event: &MirrorEvent<'_>| match event {
            MirrorEvent::SkipBuiltin { provider } => {
                terminal.line(format!("- Skipping {provider} because it is built in to Plumb CLI"));
            }
            MirrorEvent::Mirror { provider } => {
                terminal.line(format!("- Mirroring {}...", provider.for_display()));
            }
            MirrorEvent::Selected { version, is_locked: true, .. } => {
                terminal.line(format!("  - Selected v{version} to match dependency lock file"));
            }
            MirrorEvent::Selected { version, constraints, .. } if constraints.is_empty() => {
                terminal.line(format!("  - Selected v{version} with no constraints"));
            }
            MirrorEvent::Selected { version, constraints, .. } => {
                terminal.line(format!("  - Selected v{version} to meet constraints {constraints}"));
            }
            MirrorEvent::Download { platform } => {
                terminal.line(format!("  - Downloading package for {platform}..."));
            }
            MirrorEvent::Authenticated { verification } => {
                terminal.line(format!("  - Package authenticated: {verification}"));
            }
        };
        let source = installation.registries();
        let directory = &arguments.directory;
        let diagnostics = tokio::task::block_in_place(|| {
            let _fetching = session.shell.downloads.begin();
            mirror_packages(&needed, &locks, &platforms, directory, &source, &installation.fetcher, &tell)
        });
        session.shell.checked(((), diagnostics))?;
        Ok(Exit::Success)
    })
}

fn schema(shell: &mut Shell, arguments: &JsonArguments) -> CommandResult {
    if !arguments.json.0 {
        let detail = "The `plumb providers schema` command requires the `-json` flag.";
        return Err(Diagnostic::error("Schemas are shown as JSON only", detail).into());
    }
    shell.keep_output_clean();
    in_session(shell, async |session| {
        let (loaded, diagnostics) = session.load_with_mistakes();
        session.shell.checked(((), diagnostics))?;
        let backend = session.backend(Some(&loaded.config), &StatePlace::default())?;
        let state = session.read_state(&session.store(&backend)?).await?;
        let providers = session.providers(&loaded.config, Some(&state)).await?;
        let schemas = Schemas::of(&providers).await?;
        let sorted: BTreeMap<_, _> =
            schemas.iter().map(|(address, schema)| (address.to_string(), (address, schema))).collect();
        let mut out = Vec::new();
        write_provider_schemas(&mut out, sorted.into_values()).map_err(|error| {
            Diagnostic::error("Cannot show schemas", format!("The schemas cannot be written: {error}."))
        })?;
        out.push(b'\n');
        session.shell.terminal.print_bytes(&out);
        Ok(Exit::Success)
    })
}

#[cfg(test)]
mod tests {
    use super::platforms;

    #[test]
    fn platforms_are_checked() {
        assert_eq!(platforms(&[]).map(|all| all.len()), Ok(1));
        assert!(platforms(&["linux".to_owned()]).is_err());
    }
}
