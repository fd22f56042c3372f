//! The backend of a directory that is initialised: recorded, and its states taken along.

use std::sync::Arc;

use plumb_backend::{DEFAULT_WORKSPACE, LocalOptions, select_workspace};
use plumb_configuration::Config;
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_state::{Backend, State, StateStore};

use super::progress::Narrator;
use crate::arguments::InitArguments;
use crate::prompt::Question;
use crate::session::{BackendSettings, SavedBackend, Session};

/// Initialises the backend; returns the state of the selected workspace, where there is one.
pub(super) async fn initialise(
    session: &Session<'_>,
    arguments: &InitArguments,
    config: &Config,
    narrator: &Narrator<'_>,
) -> Result<Option<State>, Diagnostics> {
    let mut saved = SavedBackend::read(&*session.files, &session.data_directory)?;
    if !arguments.backend.0 {
        return Ok(None);
    }
    if arguments.reconfigure.0 {
        // As if nothing had been initialised yet.
        saved = SavedBackend::default();
    }
    let mut wanted = session.shell.checked(BackendSettings::of(config, session))?;
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
    if arguments.backend_config.is_empty() && saved.is_of_block(&wanted) {
        // What -backend-config gave the last time stays.
        return use_backend(session, arguments, &saved, &saved.settings(), narrator).await;
    }
    let added = wanted.add(&arguments.backend_config, &*session.files, &session.shell.sources);
    session.shell.checked(((), added))?;
    complete(session, arguments, &mut wanted).await?;
    session.shell.report(wanted.deprecations());
    use_backend(session, arguments, &saved, &wanted, narrator).await
}

/// Asks for what must be given and was not.
async fn complete(
    session: &Session<'_>,
    arguments: &InitArguments,
    wanted: &mut BackendSettings,
) -> Result<(), Diagnostics> {
    let prompt = session.prompt(arguments.input.0);
    let missing = wanted.missing();
    if !prompt.is_allowed() {
        let problems: Diagnostics = missing.iter().map(|(name, _)| wanted.missing_problem(name)).collect();
        return if problems.is_empty() { Ok(()) } else { Err(problems) };
    }
    for (name, text) in missing {
        let answer = prompt.ask(&Question { title: name, text, is_secret: false }).await?;
        session.shell.checked(((), wanted.answer(name, &answer)))?;
    }
    Ok(())
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
    let backend = if saved.is_explicit() != wanted.is_explicit || !current.is_same_place(wanted) {
        switch(session, arguments, saved, &current, wanted, narrator).await?
    } else {
        if wanted.is_explicit && !saved.is_of_block(wanted) {
            // Something moved from the block to an option, or the other way.
            SavedBackend::write(wanted, &session.data_directory)?;
        }
        session.open_backend(wanted, LocalOptions::default())?
    };
    let store = if backend.has_workspaces() {
        session.store(&backend)?
    } else {
        backend.store(DEFAULT_WORKSPACE).map_err(|error| error.diagnostic())?
    };
    // A state that cannot be read must not keep anybody from initialising, but must be told of.
    let state = session.read_state(&store).await?;
    Ok(Some(state))
}

/// Takes states along, as far as that is wanted, and records the new backend, which comes back open.
async fn switch(
    session: &Session<'_>,
    arguments: &InitArguments,
    saved: &SavedBackend,
    current: &BackendSettings,
    wanted: &BackendSettings,
    narrator: &Narrator<'_>,
) -> Result<Arc<dyn Backend>, Diagnostics> {
    let is_change = saved.is_explicit();
    if is_change && !arguments.migrate_state.0 && !arguments.force_copy.0 {
        return Err(Diagnostic::error(
            "Backend configuration changed",
            "A change in the backend configuration has been detected, which may require migrating existing state.\n\nIf you \
             wish to attempt automatic migration of the state, use \"plumb init -migrate-state\". If you wish to store the \
             current configuration with no changes to the state, use \"plumb init -reconfigure\".",
        )
        .into());
    }
    let from = session.open_backend(current, LocalOptions::default())?;
    let to = session.open_backend(wanted, LocalOptions::default())?;
    let moved = migrate(session, arguments, &from, &to).await?;
    SavedBackend::write(wanted, &session.data_directory)?;
    if !is_change {
        for store in moved {
            vacate(session, arguments, store).await?;
        }
    }
    if wanted.is_explicit {
        let text = format!(
            "Successfully configured the backend \"{}\"! Plumb will automatically\nuse this backend unless the \
             backend configuration changes.",
            wanted.kind()
        );
        narrator.say("backend_configured_success", &narrator.success(&text));
    } else {
        narrator.say(
            "backend_configured_unset",
            &narrator.success(&format!(
                "Successfully unset the backend \"{}\". Plumb will now operate locally.",
                current.kind()
            )),
        );
    }
    Ok(to)
}

/// A state that moves.
struct Move {
    workspace: String,
    from: Arc<dyn StateStore>,
    to: Arc<dyn StateStore>,
    /// Whether something else is there already.
    is_taken: bool,
}

/// Copies the states of all workspaces, if that is wanted and there are any; returns where those lay that
/// were copied.
async fn migrate(
    session: &Session<'_>,
    arguments: &InitArguments,
    from: &Arc<dyn Backend>,
    to: &Arc<dyn Backend>,
) -> Result<Vec<Arc<dyn StateStore>>, Diagnostics> {
    let names = from.workspaces().await.map_err(|error| error.diagnostic())?;
    if names.len() > 1 && !to.has_workspaces() {
        return migrate_one(session, arguments, from, to, &names).await;
    }
    let mut moving = Vec::new();
    for name in names {
        moving.extend(planned(session, from, to, &name, &name).await?);
    }
    carry_out(session, arguments, to, moving).await
}

/// Takes the selected workspace alone along, where there is place for no other.
async fn migrate_one(
    session: &Session<'_>,
    arguments: &InitArguments,
    from: &Arc<dyn Backend>,
    to: &Arc<dyn Backend>,
    names: &[String],
) -> Result<Vec<Arc<dyn StateStore>>, Diagnostics> {
    let current = session.workspace()?;
    if !arguments.force_copy.0 {
        let prompt = session.prompt(arguments.input.0);
        if !prompt.is_allowed() {
            return Err(Diagnostic::error(
                "Backend does not support workspaces",
                format!(
                    "There are several workspaces: {}. The new backend has one state only, and nobody may be asked whether \
                     that of workspace {current:?} is to be copied there. Use -force-copy to copy it, or -reconfigure to \
                     leave all states where they are. Nothing was changed.",
                    names.join(", ")
                ),
            )
            .into());
        }
        let text = format!(
            "There are several workspaces: {}. The new backend has one state only.\nEnter \"yes\" to copy that of \
             {current:?} and to leave the others where they are.",
            names.join(", ")
        );
        if !prompt.confirm("Do you want to copy only your current workspace?", &text).await? {
            return Err(Diagnostic::error("Migration aborted", "Nothing was changed.").into());
        }
    }
    let moving = planned(session, from, to, &current, DEFAULT_WORKSPACE).await?;
    let moved = carry_out(session, arguments, to, moving.into_iter().collect()).await?;
    select_workspace(&session.data_directory, DEFAULT_WORKSPACE).map_err(|error| error.diagnostic())?;
    Ok(moved)
}

/// What is to be copied for a workspace, if anything.
async fn planned(
    session: &Session<'_>,
    from: &Arc<dyn Backend>,
    to: &Arc<dyn Backend>,
    name: &str,
    new_name: &str,
) -> Result<Option<Move>, Diagnostics> {
    let from = from.store(name).map_err(|error| error.diagnostic())?;
    let to = to.store(new_name).map_err(|error| error.diagnostic())?;
    let state = session.read_state(&from).await?;
    let there = session.read_state(&to).await?;
    // What is there already needs no copy, such as the same file under two descriptions.
    let text = |state: &State| plumb_state::file::write(state, "");
    if state.is_empty() || text(&state) == text(&there) {
        return Ok(None);
    }
    Ok(Some(Move { workspace: new_name.to_owned(), from, to, is_taken: !there.is_empty() }))
}

async fn carry_out(
    session: &Session<'_>,
    arguments: &InitArguments,
    to: &Arc<dyn Backend>,
    moving: Vec<Move>,
) -> Result<Vec<Arc<dyn StateStore>>, Diagnostics> {
    if moving.is_empty() {
        return Ok(Vec::new());
    }
    session.require_plain_state()?;
    if !is_confirmed(session, arguments, &moving).await? {
        return Ok(Vec::new());
    }
    let mut moved = Vec::new();
    for Move { workspace, from, to: target, .. } in moving {
        to.create_workspace(&workspace).await.map_err(|error| error.diagnostic())?;
        let source = session.open_state(from, &arguments.lock, "migration source state").await?;
        let target = session.open_state(target, &arguments.lock, "migration destination state").await?;
        target.store.push(&source.state, true).await.map_err(|error| error.diagnostic())?;
        target.close().await?;
        moved.push(source.store.clone());
        source.close().await?;
    }
    Ok(moved)
}

async fn is_confirmed(
    session: &Session<'_>,
    arguments: &InitArguments,
    moving: &[Move],
) -> Result<bool, Diagnostics> {
    if arguments.force_copy.0 {
        return Ok(true);
    }
    let taken = moving.iter().filter(|planned| planned.is_taken);
    let replaced: Vec<&str> = taken.map(|planned| planned.workspace.as_str()).collect();
    let warning = if replaced.is_empty() {
        "The new place holds no state yet.".to_owned()
    } else {
        format!("The new place holds other states already, which would be replaced: {}.", replaced.join(", "))
    };
    let prompt = session.prompt(arguments.input.0);
    let text = format!(
        "Pre-existing state was found while the backend was changed. {warning}\nEnter \"yes\" to copy and \"no\" to start \
         with what is there."
    );
    if !prompt.is_allowed() {
        return Err(Diagnostic::error(
            "Cannot ask about existing state",
            "Existing state was found, and nobody may be asked whether to copy it to the new backend. Use -force-copy to \
             copy it, or run this where somebody can answer. Nothing was changed.",
        )
        .into());
    }
    prompt.confirm("Do you want to copy existing state to the new backend?", &text).await
}

/// Empties a state of this directory that lives somewhere else from now on, so that nobody goes on with
/// what grows old. Its backup stays.
async fn vacate(
    session: &Session<'_>,
    arguments: &InitArguments,
    store: Arc<dyn StateStore>,
) -> Result<(), Diagnostics> {
    let mut opened = session.open_state(store, &arguments.lock, "migration source state").await?;
    let state = State { lineage: opened.state.lineage.clone(), ..State::default() };
    opened.write(&state).await?;
    opened.close().await
}
