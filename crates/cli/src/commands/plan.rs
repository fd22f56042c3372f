//! `plan`.

use std::io::Write as _;
use std::path::Path;

use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_plan::Plan;
use plumb_plan::file::{Snapshot, plan_digest, save};

use super::generation::{GeneratedBlocks, Generation, note_blocks};
use super::in_session;
use super::operation::{
    make_plan, plan_options, prepare, prepare_shell, require_configuration, show_plan, warn_of_state_option,
};
use crate::arguments::PlanArguments;
use crate::exit::{CommandResult, Exit};
use crate::session::{PLAN, StatePlace};
use crate::shell::Shell;
use crate::version::PLUMB_VERSION;

pub(super) fn run(shell: &mut Shell, arguments: PlanArguments) -> CommandResult {
    prepare_shell(shell, &arguments.operation)?;
    let generation = arguments.generate_config_out.as_deref().map(Generation::to).transpose()?;
    let options = plan_options(&arguments.plan, &arguments.operation, &shell.sources)?;
    in_session(shell, async |session| {
        let operation = &arguments.operation;
        let place = StatePlace::of(&operation.state, None);
        warn_of_state_option(session, &place);
        require_configuration(session, &options)?;
        let prompt = session.prompt(operation.input.0);
        let variables = &arguments.plan.variables;
        let mut prepared = prepare(session, &place, variables, &operation.lock, PLAN, &prompt).await?;
        if arguments.out.is_some() {
            session.require_plain_plan()?;
        }
        let mut generated = None;
        let mut blocks = GeneratedBlocks::new();
        if let Some(generation) = &generation
            && let Some(written) = generation.run(session, &mut prepared, operation.parallelism).await?
        {
            generated = Some(generation);
            blocks = written;
        }
        prepared.providers.providers.end_when_done();
        let planned = make_plan(session, &prepared, options.clone()).await;
        let with_note = |mut problems: Diagnostics| {
            problems.extend(generated.map(Generation::note));
            problems
        };
        let mut planned = planned.map_err(with_note)?;
        note_blocks(&mut planned.plan, &blocks);
        // Only who reads the file asks for it, and it costs as much as writing the file.
        if arguments.out.is_some()
            && !planned.plan.errored
            && let Ok(digest) = plan_digest(&planned.plan)
        {
            planned.plan.record.plan = digest;
        }
        let plan = &planned.plan;
        let shown = show_plan(session, plan, &prepared.loaded.config, arguments.detail.detail());
        let failed = planned.diagnostics.has_errors();
        session.shell.report(if failed { with_note(planned.diagnostics) } else { planned.diagnostics });
        // A plan that failed is saved too: it cannot be applied, but shows how far planning came.
        if let Some(path) = &arguments.out {
            write_plan(plan, &prepared.snapshot, path)?;
        }
        shown?;
        if failed {
            return Ok(Exit::Failure);
        }
        if plan.is_applyable() {
            show_next_step(session.shell, arguments.out.as_deref(), generated);
        }
        let has_changes = plan.is_applyable();
        prepared.opened.close().await?;
        Ok(if arguments.detailed_exitcode.0 && has_changes { Exit::Changes } else { Exit::Success })
    })
}

/// Writes a plan for nobody but its owner, at once or not at all.
fn write_plan(plan: &Plan, snapshot: &Snapshot, path: &str) -> Result<(), Diagnostics> {
    let bytes = save(plan, snapshot, PLUMB_VERSION).map_err(|error| error.diagnostic(path))?;
    let directory = Path::new(path).parent().filter(|parent| !parent.as_os_str().is_empty());
    let write = || {
        let mut file = tempfile::NamedTempFile::new_in(directory.unwrap_or(Path::new(".")))?;
        file.write_all(&bytes)?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error).map(drop)
    };
    write().map_err(|error: std::io::Error| {
        // The error itself names a draft that nobody has asked for.
        let detail =
            format!("The plan cannot be written to {path}: {}. Nothing has been changed.", error.kind());
        Diagnostic::error("Failed to write plan file", detail).into()
    })
}

fn show_next_step(shell: &Shell, out: Option<&str>, generated: Option<&Generation>) {
    if shell.speaks_json() {
        return;
    }
    let line = "─".repeat(shell.terminal.style().width.min(78));
    let text = match out {
        Some(path) => {
            let apply = if shell.environment.in_automation() {
                String::new()
            } else {
                format!("\n\nTo perform exactly these actions, run the following command to apply:\n    plumb apply {path:?}")
            };
            format!(
                "Saved the plan to: {path}\nIt holds values of the configuration and the state in the clear; only you can \
                 read it.{apply}"
            )
        }
        None if shell.environment.in_automation() && generated.is_none() => return,
        None if shell.environment.in_automation() => String::new(),
        None => "Note: You didn't use the -out option to save this plan, so Plumb can't\nguarantee to take exactly these \
                 actions if you run \"plumb apply\" now."
            .to_owned(),
    };
    let generated = generated.map(|generation| format!("{}\n\n", generation.next_step())).unwrap_or_default();
    shell.terminal.line(format!("\n{line}\n\n{generated}{text}").trim_end());
}
