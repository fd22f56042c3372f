//! What planning and applying have in common: what they need, and what they show.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

use plumb_backend::{random_uuid, save_errored, timestamp, who};
use plumb_configuration::GivenValues;
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_executor::{Applied, ApplyRequest, Stop, Tally};
use plumb_plan::file::Snapshot;
use plumb_plan::{ChangeRecord, Counts, Plan, PlanMode, PlanOptions, Refresh};
use plumb_planner::{PlanRequest, Planned};
use plumb_source::SourceMap;
use plumb_state::journal::Begin;
use plumb_state::{Output, State};
use plumb_view::json;
use plumb_view::text::{self, Detail, Summary};

use super::target_files::all_targets;
use super::unwritten;
use super::validate::without_those_of;
use crate::arguments;
use crate::exit::{CommandResult, Exit};
use crate::prompt::Prompt;
use crate::session::{
    InputRequest, Loaded, OpenState, Progress, ProviderSet, Session, StatePlace, no_configuration,
};
use crate::shell::Shell;
use crate::terminal::now;
use crate::version::{PLUMB_VERSION, TERRAFORM_VERSION};

/// Sets the shell up as the options say.
pub(super) fn prepare_shell(
    shell: &mut Shell,
    options: &arguments::OperationOptions,
) -> Result<(), Diagnostics> {
    shell.dress(&options.colour);
    shell.compact_warnings(options.compact_warnings.0);
    shell.tell_deprecations(options.deprecation);
    shell.ask_early(options.input.0);
    if options.json.0 {
        shell.speak_json();
        shell.terminal.line(json::version_line(&format!("Plumb {PLUMB_VERSION}"), &now()));
    }
    if options.parallelism == 0 {
        let detail = "The parallelism must be greater than or equal to 1.";
        return Err(Diagnostic::error("Invalid parallelism value", detail).into());
    }
    Ok(())
}

/// What is asked of a plan.
pub(super) fn plan_options(
    plan: &arguments::PlanOptions,
    operation: &arguments::OperationOptions,
    sources: &SourceMap,
) -> Result<PlanOptions, Diagnostics> {
    let refuse = |detail: &str| Err(Diagnostic::error("Incompatible plan mode options", detail).into());
    if plan.destroy.0 && plan.refresh_only.0 {
        return refuse("The -destroy and -refresh-only options are mutually-exclusive.");
    }
    match plan.refresh {
        Refresh::None if plan.refresh_only.0 => {
            return refuse(
                "It doesn't make sense to use -refresh-only at the same time as -refresh=false: there would be nothing to \
                 do.",
            );
        }
        Refresh::Config if plan.refresh_only.0 => {
            return refuse(
                "It doesn't make sense to use -refresh-only at the same time as -refresh=config: the one looks at every \
                 object and changes none, the other looks only at what changes. Leave one of them away.",
            );
        }
        _ => {}
    }
    if !plan.replace.is_empty() && (plan.destroy.0 || plan.refresh_only.0) {
        return refuse("The -replace option can be used only in the normal planning mode.");
    }
    let targets = all_targets(&plan.target, &plan.target_file, sources)?;
    let excludes = all_targets(&plan.exclude, &plan.exclude_file, sources)?;
    if !targets.is_empty() && !excludes.is_empty() {
        return refuse("The -target and -exclude options are mutually-exclusive.");
    }
    let mode = match (plan.destroy.0, plan.refresh_only.0) {
        (true, _) => PlanMode::Destroy,
        (_, true) => PlanMode::RefreshOnly,
        _ => PlanMode::Normal,
    };
    Ok(PlanOptions {
        mode,
        refresh: plan.refresh,
        targets,
        excludes,
        replace: plan.replace.clone(),
        parallelism: operation.parallelism,
    })
}

/// Refuses to take a directory without configuration for one that wants everything to be destroyed,
/// unless just that is asked for.
pub(super) fn require_configuration(session: &Session<'_>, options: &PlanOptions) -> Result<(), Diagnostics> {
    if options.mode == PlanMode::Destroy || session.has_configuration() {
        return Ok(());
    }
    Err(no_configuration(&session.directory).into())
}

/// Everything that a plan is made from.
pub(super) struct Prepared {
    pub(super) loaded: Loaded,
    pub(super) variables: GivenValues,
    pub(super) opened: OpenState,
    pub(super) providers: Arc<ProviderSet>,
    pub(super) snapshot: Snapshot,
    pub(super) record: ChangeRecord,
}

/// Reads, locks and asks for everything that a plan is made from.
pub(super) async fn prepare(
    session: &Session<'_>,
    place: &StatePlace,
    variables: &arguments::VariableOptions,
    lock: &arguments::LockOptions,
    operation: &str,
    prompt: &Prompt,
) -> Result<Prepared, Diagnostics> {
    let loaded = session.load_or_nothing()?;
    let backend = session.backend(Some(&loaded.config), place)?;
    let opened = session.open_state(session.store(&backend)?, lock, operation).await?;
    let providers = session.providers(&loaded.config, Some(&opened.state)).await?;
    let request = InputRequest { arguments: &variables.given, prompt };
    let variables = session.inputs(&loaded.config, request).await?;
    let snapshot = session.snapshot(&loaded.config);
    let record =
        session.change_record(&snapshot, &variables, &loaded.config, &providers, opened.version.as_ref())?;
    Ok(Prepared { loaded, variables, opened, providers, snapshot, record })
}

impl Prepared {
    /// Notes anew what the plan is made from, after the configuration has changed.
    pub(super) fn take_snapshot(&mut self, session: &Session<'_>) -> Result<(), Diagnostics> {
        let Prepared { loaded, variables, opened, providers, .. } = self;
        let snapshot = session.snapshot(&loaded.config);
        self.record = session.change_record(
            &snapshot,
            variables,
            &loaded.config,
            providers,
            opened.version.as_ref(),
        )?;
        self.snapshot = snapshot;
        Ok(())
    }
}

/// Says what to write instead of `-state`, where that is given.
pub(super) fn warn_of_state_option(session: &Session<'_>, place: &StatePlace) {
    if place.state.is_none() {
        return;
    }
    let warning = Diagnostic::warning(
        "Deprecated flag: -state",
        "Say where the state lies in the configuration instead, with the path attribute of the \"local\" backend: \
         https://developer.hashicorp.com/terraform/language/v1.10.x/settings/backends/local#path",
    );
    session.shell.report(warning.into());
}

/// Makes a plan. An interrupt asks providers to come to an end, a second one does not wait for them.
pub(super) async fn make_plan(
    session: &Session<'_>,
    prepared: &Prepared,
    options: PlanOptions,
) -> Result<Planned, Diagnostics> {
    let request = PlanRequest {
        config: prepared.loaded.config.clone(),
        index: prepared.loaded.index.clone(),
        environment: session.evaluation(false, &prepared.providers)?,
        variables: prepared.variables.clone(),
        state: prepared.opened.state.clone(),
        options,
        providers: prepared.providers.providers.clone(),
        observer: Progress::new(session.shell),
        record: prepared.record.clone(),
        inquiry: None,
    };
    // What is wrong whatever the state and the inputs are is found before anything is asked or read.
    let providers = prepared.providers.providers.clone();
    let (config, index) = (request.config.clone(), request.index.clone());
    let found = plumb_planner::validate(config, index, request.environment.clone(), providers).await;
    if found.has_errors() {
        return Err(found);
    }
    let mut planning = Box::pin(plumb_planner::plan(request));
    let mut planned = tokio::select! {
        planned = &mut planning => planned,
        () = session.stop.wait_for(Stop::AfterRunning) => {
            prepared.providers.providers.stop().await;
            tokio::select! {
                planned = &mut planning => planned,
                () = session.stop.wait_for(Stop::Now) => return Err(interrupted()),
            }
        }
    };
    if session.stop.asked() != Stop::No {
        return Err(interrupted());
    }
    // Warnings hold for blocks without instances, too.
    let mut diagnostics = without_those_of(found, &planned.diagnostics);
    diagnostics.append(std::mem::take(&mut planned.diagnostics));
    planned.diagnostics = diagnostics;
    if planned.came_to_nothing {
        return Err(planned.diagnostics);
    }
    Ok(planned)
}

fn interrupted() -> Diagnostics {
    Diagnostic::error(
        "Interrupted",
        "Planning was interrupted before it came to its end. Nothing was changed.",
    )
    .into()
}

/// Shows a plan.
pub(super) fn show_plan(
    session: &Session<'_>,
    plan: &Plan,
    config: &plumb_configuration::Config,
    detail: Detail,
) -> Result<(), Diagnostics> {
    let shell = session.shell;
    let style = shell.terminal.style();
    let shown = shell.terminal.write(|out| {
        if shell.speaks_json() {
            stream_plan(out, plan)
        } else {
            text::write_plan(out, plan, Some(config), &style, detail)
        }
    });
    shown.map_err(|error| unwritten(&error))
}

/// The messages of a plan for programs.
fn stream_plan(out: &mut dyn Write, plan: &Plan) -> io::Result<()> {
    let at = now();
    for line in json::drift_lines(plan, &at).chain(json::planned_change_lines(plan, &at)) {
        writeln!(out, "{line}")?;
    }
    writeln!(out, "{}", json::change_summary_line(Summary::Plan, &plan.counts(), &at))?;
    if !plan.outputs.is_empty() {
        writeln!(out, "{}", json::output_changes_line(&plan.outputs, &at))?;
    }
    Ok(())
}

/// Tells programs what a saved plan is about to do.
pub(super) fn announce(session: &Session<'_>, plan: &Plan) {
    if session.shell.speaks_json() {
        json::planned_change_lines(plan, &now()).for_each(|line| session.shell.terminal.line_soon(&line));
    }
}

fn incomplete_warning() -> Diagnostic {
    Diagnostic::warning(
        "Applied changes may be incomplete",
        "The plan was limited to some of the objects, so what was applied may not be all that the configuration asks for. \
         Make a plan without -target and -exclude to see what is left:\n    plumb plan\n\nLimits are for recovering from \
         mistakes and for unusual situations, not for routine use.",
    )
}

/// Everything that applying needs.
pub(super) struct Approved {
    pub(super) loaded: Loaded,
    pub(super) variables: GivenValues,
    pub(super) opened: OpenState,
    pub(super) providers: Arc<ProviderSet>,
    pub(super) plan: Arc<Plan>,
}

/// Carries out a plan and shows what came of it.
pub(super) async fn carry_out(session: &Session<'_>, approved: Approved, command: &str) -> CommandResult {
    let Approved { loaded, variables, mut opened, providers, plan } = approved;
    let carried = std::mem::take(&mut opened.open);
    let begin = Begin {
        run: random_uuid().into(),
        lineage: opened.version.as_ref().map(|version| version.lineage.as_str()).unwrap_or_default().into(),
        serial: opened.version.as_ref().map(|version| version.serial).unwrap_or_default(),
        snapshot: opened.version.as_ref().map(|version| version.digest.clone()),
        plan: None,
        command: command.into(),
        who: who().into(),
        created: timestamp().into(),
    };
    let options = plan.options.clone();
    session.begin_applying();
    let applied = plumb_executor::apply(ApplyRequest {
        config: loaded.config.clone(),
        index: loaded.index.clone(),
        environment: session.evaluation(true, &providers)?,
        variables,
        plan,
        providers: providers.providers.clone(),
        store: opened.store.clone(),
        lock: opened.lock.clone(),
        version: opened.version.clone(),
        begin,
        carried,
        observer: Progress::new(session.shell),
        stop: session.stop.clone(),
        deposed_key: Arc::new(|| random_uuid().chars().take(8).collect()),
        parallelism: options.parallelism,
        inquiry: None,
        snapshot_pause: plumb_executor::SNAPSHOT_PAUSE,
    })
    .await;
    let exit = report_applied(session, &options, &applied, command);
    opened.close().await?;
    Ok(exit)
}

fn report_applied(session: &Session<'_>, options: &PlanOptions, applied: &Applied, command: &str) -> Exit {
    let shell = session.shell;
    let mut diagnostics = applied.diagnostics.clone();
    let has_done_nothing = applied.tally == Tally::default();
    // Where not even the journal could be begun there is nothing to be saved.
    if applied.version.is_none() && !has_done_nothing {
        diagnostics.append(rescue(&applied.state));
    }
    if !options.targets.is_empty() || !options.excludes.is_empty() {
        diagnostics.push(incomplete_warning());
    }
    let failed = diagnostics.has_errors();
    shell.report(diagnostics);
    // A plan to destroy that was saved is applied like any other.
    let is_destroy = command == "destroy";
    let Tally { added, changed, destroyed, imported, forgotten, .. } = applied.tally;
    let counts = Counts {
        add: added,
        change: changed,
        destroy: destroyed,
        import: imported,
        forget: forgotten,
        ..Counts::default()
    };
    if failed {
        // A run that was stopped has been told of in full.
        if applied.stopped == Stop::No && !has_done_nothing {
            report_incomplete(shell, &applied.tally);
        }
        return Exit::Failure;
    }
    let kind = if is_destroy { Summary::Destroy } else { Summary::Apply };
    if shell.speaks_json() {
        shell.terminal.line(json::change_summary_line(kind, &counts, &now()));
    } else {
        let style = shell.terminal.style();
        shell.terminal.line(format!("\n{}", text::summary_line(kind, &counts, &style)));
    }
    if !is_destroy {
        show_outputs(shell, &applied.state.outputs);
    }
    Exit::Success
}

/// Shows the outputs as they are recorded now.
pub(super) fn show_outputs(shell: &Shell, outputs: &BTreeMap<Arc<str>, Output>) {
    if shell.speaks_json() {
        shell.terminal.line(json::outputs_line(outputs, &now()));
    } else if !outputs.is_empty() {
        shell.terminal.line(format!("\n{}\n", shell.terminal.style().success("Outputs:")));
        // They are recorded, whoever reads them.
        let _ = shell.terminal.write(|out| text::write_outputs(out, outputs));
    }
}

/// What was and what was not done.
fn report_incomplete(shell: &Shell, tally: &Tally) {
    if shell.speaks_json() {
        return;
    }
    let mut text = format!(
        "\nApply incomplete: {} added, {} changed, {} destroyed; {} failed",
        tally.added, tally.changed, tally.destroyed, tally.failed
    );
    if tally.not_begun > 0 {
        text.push_str(&format!(", {} not begun", tally.not_begun));
    }
    shell.terminal.print_error(&format!("{text}.\nWhat was done is recorded in the state.\n"));
}

/// Keeps a state that could not be written where it belongs.
fn rescue(state: &State) -> Diagnostics {
    let here = std::path::Path::new(".");
    match save_errored(here, state, TERRAFORM_VERSION) {
        Ok(path) => Diagnostic::error(
            "Failed to save state",
            format!(
                "The state could not be written where it belongs. What was done is in the journal of this directory: once the \
                 reason is out of the way, the next command writes it. A copy was saved in {}, for the case that this \
                 directory is gone by then; bring it home with:\n    plumb state push {}",
                path.display(),
                path.display()
            ),
        )
        .into(),
        Err(error) => {
            let mut diagnostics = Diagnostics::from(error.diagnostic());
            diagnostics.push(Diagnostic::error(
                "Failed to save state",
                "The state could not be written, neither where it belongs nor in this directory. What was done is in the \
                 journal beside the state, and the next command takes it from there.",
            ));
            diagnostics
        }
    }
}
