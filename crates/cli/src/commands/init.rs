//! `init`: makes a directory ready for the other commands.

mod backend;
mod from_module;
mod progress;

use plumb_configuration::Config;
use plumb_diagnostics::{Diagnostic, Diagnostics, did_you_mean};
use plumb_registry::{InstallMode, InstallOutcome, Installer, LockFile, UnpackLimits};
use plumb_state::State;

use super::in_session;
use super::modules::ModuleInstallation;
use crate::arguments::InitArguments;
use crate::exit::{CommandResult, Exit};
use crate::session::{Installation, Session, requirements};
use crate::shell::Shell;
use progress::Narrator;

pub(super) fn run(shell: &mut Shell, arguments: &InitArguments) -> CommandResult {
    shell.dress(&arguments.colour);
    shell.compact_warnings(arguments.compact_warnings.0);
    shell.ask_early(arguments.input.0);
    if arguments.json.0 {
        shell.speak_json();
    }
    check(arguments)?;
    in_session(shell, async |session| {
        let narrator = Narrator::new(session.shell);
        if let Some(source) = &arguments.from_module {
            let _fetching = session.shell.downloads.begin();
            tokio::task::block_in_place(|| from_module::copy_module(session, source, &narrator))?;
        }
        if !session.has_configuration() {
            narrator.say("empty_message", EMPTY);
            return Ok(Exit::Success);
        }
        initialise(session, arguments, &narrator).await
    })
}

const EMPTY: &str = "Plumb initialized in an empty directory!\n\nThe directory has no configuration files. You may begin \
working\nwith Plumb immediately by creating configuration files.";

fn check(arguments: &InitArguments) -> Result<(), Diagnostics> {
    let refuse = |summary: &str, detail: String| Err(Diagnostic::error(summary, detail).into());
    match arguments.lockfile.as_deref() {
        None | Some("" | "readonly") => {}
        Some(other) => {
            let hint = did_you_mean(other, ["readonly"]);
            return refuse(
                "Invalid dependency lockfile mode",
                format!("There is no mode {other:?}; only \"readonly\" is valid.{hint}"),
            );
        }
    }
    if arguments.lockfile.as_deref() == Some("readonly") && arguments.upgrade.0 {
        return refuse(
            "Incompatible options",
            "The -upgrade option conflicts with -lockfile=readonly: one wants to change what the other protects.".to_owned(),
        );
    }
    if arguments.migrate_state.0 && arguments.reconfigure.0 {
        return refuse(
            "Incompatible options",
            "The -migrate-state and -reconfigure options are mutually-exclusive.".to_owned(),
        );
    }
    Ok(())
}

async fn initialise(
    session: &Session<'_>,
    arguments: &InitArguments,
    narrator: &Narrator<'_>,
) -> CommandResult {
    let is_anew = arguments.get.0 && arguments.upgrade.0;
    let modules = ModuleInstallation::begin(session, is_anew, &arguments.test_directory);
    if !arguments.get.0 || modules.has_calls() {
        let (code, text) = if arguments.upgrade.0 {
            ("upgrading_modules_message", "Upgrading modules...")
        } else {
            ("initializing_modules_message", "Initializing modules...")
        };
        narrator.say(code, text);
    }
    let say = |line: String| narrator.say("module_message", &line);
    let (config, mut diagnostics) = if arguments.get.0 {
        let _fetching = session.shell.downloads.begin();
        tokio::task::block_in_place(|| modules.install(&say))?
    } else {
        modules.without_installing()
    };
    // What is wrong with tests may keep the modules from being known that they need.
    diagnostics.append(session.test_files(&arguments.test_directory).1);
    session.shell.checked(((), diagnostics))?;

    narrator.say("initializing_backend_message", "Initializing the backend...");
    let state = backend::initialise(session, arguments, &config, narrator).await?;
    install_providers(session, arguments, &config, state.as_ref(), narrator).await?;
    narrator
        .say("output_init_success_message", &narrator.success("Plumb has been successfully initialized!"));
    if !session.shell.environment.in_automation() {
        narrator.say("output_init_success_cli_message", NEXT);
    }
    Ok(Exit::Success)
}

const NEXT: &str = "You may now begin working with Plumb. Try running \"plumb plan\" to see\nany changes that are required for \
your infrastructure. All Plumb commands\nshould now work.\n\nIf you ever set or change modules or backend configuration for \
Plumb,\nrerun this command to reinitialize your working directory. If you forget, other\ncommands will detect it and remind \
you to do so if necessary.";

async fn install_providers(
    session: &Session<'_>,
    arguments: &InitArguments,
    config: &Config,
    state: Option<&State>,
    narrator: &Narrator<'_>,
) -> Result<(), Diagnostics> {
    narrator.say("initializing_provider_plugin_message", "Initializing provider plugins...");
    let needed = session.shell.checked(requirements(config, state.into_iter().flat_map(State::providers)))?;
    let installation = Installation::of(session);
    let resident = session.resident_providers(&installation.configuration, state).await?;
    let source = installation.source(&arguments.plugin_dir)?;
    let before = session.read_locks()?;
    let locks = before.clone().unwrap_or_default();
    let directory = session.provider_directory();
    let digests = session.digest_cache();
    let installer = Installer {
        target: &directory,
        cache: installation.cache.as_ref(),
        cache_may_break_lock: installation.configuration.plugin_cache_may_break_lock_file,
        source: &source,
        fetcher: &installation.fetcher,
        digests: &digests,
        exemptions: &resident.exemptions,
        limits: UnpackLimits::default(),
    };
    let mode = if arguments.upgrade.0 { InstallMode::Upgrade } else { InstallMode::Missing };
    let fetching = session.shell.downloads.begin();
    let outcome = tokio::task::block_in_place(|| installer.ensure(&needed, &locks, mode, narrator));
    drop(fetching);
    let problems: Diagnostics =
        outcome.failures.iter().map(plumb_registry::InstallFailure::to_diagnostic).collect();
    session.shell.checked(((), problems))?;
    save_locks(session, arguments, before.as_ref(), &outcome, narrator)
}

fn save_locks(
    session: &Session<'_>,
    arguments: &InitArguments,
    before: Option<&LockFile>,
    outcome: &InstallOutcome,
    narrator: &Narrator<'_>,
) -> Result<(), Diagnostics> {
    let nothing = LockFile::new();
    let known = before.unwrap_or(&nothing);
    if outcome.locks.selects_the_same(known) {
        return Ok(());
    }
    if arguments.lockfile.as_deref() == Some("readonly") {
        // What a package's own platform adds is no change of what was decided.
        if outcome.locks.selects_the_same_versions(known) {
            return Ok(());
        }
        return Err(Diagnostic::error(
            "Provider dependency changes detected",
            "Changes to the required provider dependencies were detected, but the lock file is read-only. To use and record \
             these requirements, run \"plumb init\" without the \"-lockfile=readonly\" flag.",
        )
        .into());
    }
    session.write_locks(&outcome.locks)?;
    if known.is_empty() {
        narrator.say(
            "lock_info",
            "Plumb has created a lock file .terraform.lock.hcl to record the provider\nselections it made above. Include this \
             file in your version control repository\nso that Plumb can guarantee to make the same selections by default \
             when\nyou run \"plumb init\" in the future.",
        );
    } else {
        narrator.say(
            "dependencies_lock_changes_info",
            "Plumb has made some changes to the provider dependency selections recorded\nin the .terraform.lock.hcl file. \
             Review those changes and commit them to your\nversion control system if they represent changes you intended to \
             make.",
        );
    }
    if !outcome.incomplete.is_empty() {
        let list: Vec<String> =
            outcome.incomplete.iter().map(|provider| format!("  - {}", provider.for_display())).collect();
        session.shell.report(
            Diagnostic::warning(
                "Incomplete lock file information for providers",
                format!(
                    "Due to your customized provider installation methods, Plumb was forced to calculate lock file checksums \
                     locally for the following providers:\n{}\n\nThe current .terraform.lock.hcl file only includes checksums \
                     for {}, so it cannot be used to install these providers on another platform.\n\nTo calculate \
                     additional checksums for another platform, run:\n  plumb providers lock -platform=linux_amd64\n(where \
                     linux_amd64 is the platform to generate)",
                    list.join("\n"),
                    plumb_registry::Platform::current()
                ),
            )
            .into(),
        );
    }
    Ok(())
}
