//! The backend of a directory that is initialised: recorded, and its states taken along.

use std::sync::Arc;

use plumb_backend::LocalOptions;
use plumb_configuration::Config;
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_state::{Backend, State};

use super::progress::Narrator;
use crate::arguments::InitArguments;
use crate::session::{BackendSettings, SavedBackend, Session};

/// Initialises the backend; returns the state of the selected workspace, where there is one.
pub(super) async fn initialise(
    session: &Session<'_>,
    arguments: &InitArguments,
    config: &Config,
    narrator: &Narrator<'_>,
) -> Result<Option<State>, Diagnostics> {
    let saved = SavedBackend::read(&*session.files, &session.data_directory)?;
    if !arguments.backend.0 {
        return Ok(None);
    }
    let mut wanted = session.shell.checked(BackendSettings::of(config))?;
    if !wanted.is_explicit && !arguments.backend_config.is_empty() {
        session.shell.report(
            Diagnostic::warning(
                "Missing backend configuration",
                "The option -backend-config adds to a \"backend\" block, and the configuration has none: it has no effect.",
            )
            .into(),
        );
        return use_backend(session, arguments, &saved, &wanted, narrator).await;
    }
    let added = wanted.add(&arguments.backend_config, &*session.files, &session.shell.sources);
    session.shell.checked(((), added))?;
    use_backend(session, arguments, &saved, &wanted, narrator).await
}

/// Goes over to a backend, if it is another than before; returns the state there.
async fn use_backend(
    session: &Session<'_>,
    arguments: &InitArguments,
    saved: &SavedBackend,
    wanted: &BackendSettings,
    narrator: &Narrator<'_>,
) -> Result<Option<State>, Diagnostics> {
    let current = saved.settings();
    if current != *wanted || saved.is_explicit() != wanted.is_explicit {
        switch(session, arguments, saved, &current, wanted, narrator).await?;
    }
    let backend: Arc<dyn Backend> = Arc::new(wanted.open(LocalOptions::default()));
    // A state that cannot be read must not keep anybody from initialising, but must be told of.
    let state = session.read_state(&session.store(&backend)?).await?;
    Ok(Some(state))
}

async fn switch(
    session: &Session<'_>,
    arguments: &InitArguments,
    saved: &SavedBackend,
    current: &BackendSettings,
    wanted: &BackendSettings,
    narrator: &Narrator<'_>,
) -> Result<(), Diagnostics> {
    let is_change = saved.is_explicit();
    let may_move = arguments.migrate_state.0 || arguments.force_copy.0 || !is_change;
    if is_change && !may_move && !arguments.reconfigure.0 {
        return Err(Diagnostic::error(
            "Backend configuration changed",
            "A change in the backend configuration has been detected, which may require migrating existing state.\n\nIf you \
             wish to attempt automatic migration of the state, use \"plumb init -migrate-state\". If you wish to store the \
             current configuration with no changes to the state, use \"plumb init -reconfigure\".",
        )
        .into());
    }
    if !arguments.reconfigure.0 && may_move {
        let from: Arc<dyn Backend> = Arc::new(current.open(LocalOptions::default()));
        let to: Arc<dyn Backend> = Arc::new(wanted.open(LocalOptions::default()));
        migrate(session, arguments, &from, &to).await?;
    }
    SavedBackend::write(wanted, &session.data_directory)?;
    if wanted.is_explicit {
        let text = "Successfully configured the backend \"local\"! Plumb will automatically\nuse this backend unless the \
                    backend configuration changes.";
        narrator.say("backend_configured_success", &narrator.success(text));
    } else {
        narrator.say(
            "backend_configured_unset",
            &narrator.success("Successfully unset the backend \"local\". Plumb will now operate locally."),
        );
    }
    Ok(())
}

/// Copies the states of all workspaces, if that is wanted and there are any.
async fn migrate(
    session: &Session<'_>,
    arguments: &InitArguments,
    from: &Arc<dyn Backend>,
    to: &Arc<dyn Backend>,
) -> Result<(), Diagnostics> {
    let mut moving = Vec::new();
    for name in from.workspaces().await.map_err(|error| error.diagnostic())? {
        let source = from.store(&name).map_err(|error| error.diagnostic())?;
        let target = to.store(&name).map_err(|error| error.diagnostic())?;
        // The same file under two descriptions needs no copy.
        let state = session.read_state(&source).await?;
        let there = session.read_state(&target).await?;
        if !state.is_empty() && there.lineage != state.lineage {
            moving.push((name, state, target, !there.is_empty()));
        }
    }
    if moving.is_empty() {
        return Ok(());
    }
    let replaced: Vec<&str> =
        moving.iter().filter(|(.., is_taken)| *is_taken).map(|(name, ..)| name.as_str()).collect();
    let warning = if replaced.is_empty() {
        "The new place holds no state yet.".to_owned()
    } else {
        format!("The new place holds other states already, which would be replaced: {}.", replaced.join(", "))
    };
    if !arguments.force_copy.0 {
        let prompt = session.prompt(arguments.input.0);
        let text = format!(
            "Pre-existing state was found while the backend was changed. {warning}\nEnter \"yes\" to copy and \"no\" to start \
             with what is there."
        );
        if !prompt.is_allowed() {
            return Err(Diagnostic::error(
                "Cannot ask about existing state",
                "Existing state was found, and nobody may be asked whether to copy it to the new backend. Use -force-copy to \
                 copy it, or -reconfigure to leave it where it is.",
            )
            .into());
        }
        if !prompt.confirm("Do you want to copy existing state to the new backend?", &text).await? {
            return Ok(());
        }
    }
    for (name, state, target, _) in moving {
        to.create_workspace(&name).await.map_err(|error| error.diagnostic())?;
        let opened = session.open_state(target, &arguments.lock, "migrate").await?;
        opened.store.push(&state, true).await.map_err(|error| error.diagnostic())?;
        opened.close().await?;
    }
    Ok(())
}
