//! `show`.

use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_state::State;
use plumb_view::{json, text};

use super::{in_session, saved_plan, unshowable};
use crate::arguments::ShowArguments;
use crate::exit::{CommandResult, Exit};
use crate::session::{Schemas, Session, StatePlace};
use crate::shell::Shell;

const UNREADABLE: &str = "Failed to read the given file as a state or plan file";

pub(super) fn run(shell: &mut Shell, arguments: &ShowArguments) -> CommandResult {
    shell.dress(&arguments.colour);
    if arguments.json.0 {
        shell.keep_output_clean();
    }
    in_session(shell, async |session| {
        let Some(path) = &arguments.path else {
            let backend = session.backend_of_directory(&StatePlace::default())?;
            let state = session.read_state(&session.store(&backend)?).await?;
            return show_state(session, &state, arguments.json.0).await;
        };
        let bytes = saved_plan::read_file(path).map_err(|problems| {
            let renamed = problems.into_iter().map(|mut problem| {
                problem.summary = UNREADABLE.to_owned();
                problem
            });
            renamed.collect::<Diagnostics>()
        })?;
        if saved_plan::is_archive(&bytes) {
            return show_plan(session, path, &bytes, arguments).await;
        }
        let state = read_state(session, path, &bytes)?;
        show_state(session, &state, arguments.json.0).await
    })
}

fn read_state(session: &Session<'_>, path: &str, bytes: &[u8]) -> Result<State, Diagnostics> {
    match plumb_state::file::read(bytes) {
        Ok(Some((state, warnings))) => {
            session.shell.report(warnings);
            Ok(state)
        }
        Ok(None) => Ok(State::default()),
        Err(error) => {
            let reason = error.diagnostic(path, None).detail;
            Err(Diagnostic::error(
                UNREADABLE,
                format!("{path} is no saved plan, and as a state it cannot be read:\n\n{reason}"),
            )
            .into())
        }
    }
}

async fn show_state(session: &Session<'_>, state: &State, is_json: bool) -> CommandResult {
    let terminal = &session.shell.terminal;
    if state.is_empty() && !is_json {
        terminal.line(if state.lineage.is_empty() {
            "No state."
        } else {
            "The state file is empty. No resources are represented."
        });
        return Ok(Exit::Success);
    }
    let schemas = if state.is_empty() {
        Schemas::default()
    } else {
        let (loaded, _) = session.load_with_mistakes();
        let providers = session.providers(&loaded.config, Some(state)).await?;
        Schemas::of(&providers).await?
    };
    let find = |provider: &_, mode, kind: &str| schemas.find(provider, mode, kind);
    let style = terminal.style();
    let shown = terminal.write(|out| {
        if !is_json {
            return text::write_state(out, state, &find, &style);
        }
        json::write_state(out, state, &find)?;
        Ok(out.write_all(b"\n")?)
    });
    shown.map_err(|error| unshowable(&error))?;
    Ok(Exit::Success)
}

async fn show_plan(
    session: &Session<'_>,
    path: &str,
    bytes: &[u8],
    arguments: &ShowArguments,
) -> CommandResult {
    let terminal = &session.shell.terminal;
    let opened = saved_plan::open(session, path, bytes, None).await?;
    let (plan, config) = (&opened.saved.plan, &opened.loaded.config);
    let style = terminal.style();
    let shown = terminal.write(|out| {
        if !arguments.json.0 {
            return Ok(text::write_plan(out, plan, Some(config), &style, arguments.detail.detail())?);
        }
        opened.schemas.decide(config);
        let find = |provider: &_, mode, kind: &str| opened.schemas.find(provider, mode, kind);
        json::write_plan(out, plan, config, &find)?;
        Ok(out.write_all(b"\n")?)
    });
    shown.map_err(|error| unshowable(&error))?;
    Ok(Exit::Success)
}
