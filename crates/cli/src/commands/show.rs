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
            return show_plan(session, path, &bytes, arguments.json.0).await;
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
    let shell = session.shell;
    let mut out = Vec::new();
    if state.is_empty() {
        if is_json {
            // Writing to memory does not fail.
            let _ = json::write_state(&mut out, state, &|_, _, _| None);
            out.push(b'\n');
            shell.terminal.print_bytes(&out);
        } else if state.lineage.is_empty() {
            shell.terminal.line("No state.");
        } else {
            shell.terminal.line("The state file is empty. No resources are represented.");
        }
        return Ok(Exit::Success);
    }
    let (loaded, _) = session.load_with_mistakes();
    let providers = session.providers(&loaded.config, Some(state)).await?;
    let schemas = Schemas::of(&providers).await?;
    let find = |provider: &_, mode, kind: &str| schemas.find(provider, mode, kind);
    if is_json {
        json::write_state(&mut out, state, &find).map_err(|error| unshowable(&error))?;
        out.push(b'\n');
    } else {
        text::write_state(&mut out, state, &find, &shell.terminal.style())
            .map_err(|error| unshowable(&error))?;
    }
    shell.terminal.print_bytes(&out);
    Ok(Exit::Success)
}

async fn show_plan(session: &Session<'_>, path: &str, bytes: &[u8], is_json: bool) -> CommandResult {
    let shell = session.shell;
    let opened = saved_plan::open(session, path, bytes, None).await?;
    let plan = &opened.saved.plan;
    let mut out = Vec::new();
    if is_json {
        let find = |provider: &_, mode, kind: &str| opened.schemas.find(provider, mode, kind);
        json::write_plan(&mut out, plan, &opened.loaded.config, &find).map_err(|error| unshowable(&error))?;
        out.push(b'\n');
    } else {
        // Writing to memory does not fail.
        let _ = text::write_plan(&mut out, plan, Some(&opened.loaded.config), &shell.terminal.style());
    }
    shell.terminal.print_bytes(&out);
    Ok(Exit::Success)
}
