//! `deploy`: makes hosts what code says that they are.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use plumb_deploy::{Fleet, HostFailure, Member, Order, OwnLibrary, Setting, Waves, check, globals};
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_executor::Stop;
use plumb_source::{SourceMap, Span};
use plumb_starlark::{Limits, Loader, Program, Sources};
use plumb_view::hosts::HostsStyle;

use super::many::Many;
use super::recording::Recording;
use super::show::{Show, watcher};
use super::trace::tracer;
use crate::arguments::DeployArguments;
use crate::commands::in_session;
use crate::exit::{CommandResult, Exit};
use crate::session::Session;
use crate::shell::Shell;

pub(crate) fn run(shell: &mut Shell, arguments: &DeployArguments) -> CommandResult {
    shell.dress(&arguments.hosts.colour);
    if arguments.hosts.json.0 {
        shell.keep_output_clean();
    }
    in_session(shell, async |session| deploy(session, arguments).await)
}

async fn deploy(session: &Session<'_>, arguments: &DeployArguments) -> CommandResult {
    let Some((file, inventories)) = arguments.words.split_last().filter(|(_, rest)| !rest.is_empty()) else {
        let detail = "A deploy is for the hosts of one or more inventories: plumb deploy INVENTORY DEPLOY.star. For this \
                      machine, the inventory is @local.";
        return Err(Diagnostic::error("No inventory is named", detail).into());
    };
    let order = order(arguments)?;
    let program = load(session, file)?;
    let directory = Path::new(file).parent().unwrap_or(Path::new(""));
    let mut many = Many::of(session, inventories, &arguments.hosts, &arguments.tags, directory).await?;
    check_code(session, &program, &many.settings)?;
    if arguments.trace.0 {
        let terminal = session.shell.terminal.clone();
        let trace = tracer(terminal, &program, &many.secrets, arguments.hosts.json.0);
        many.settings.iter_mut().for_each(|setting| setting.trace = Some(trace.clone()));
    }
    let Many { names, mut settings, ways, secrets, .. } = many;
    let recording = arguments.record.as_deref().map(|directory| Recording::of(directory, &mut settings));
    let stop = settings.first().map(|setting| setting.stop.clone()).unwrap_or_default();
    let member = |(setting, way)| Member { setting, connect: Box::new(way) };
    let members: Vec<Member> = settings.into_iter().zip(ways).map(member).collect();
    let terminal = session.shell.terminal.clone();
    let heard = if arguments.hosts.json.0 {
        Arc::new(|_: usize, _: plumb_deploy::Progress<'_>| {})
    } else {
        watcher(terminal, names.clone(), secrets.clone(), arguments.verbose.0)
    };
    let fleet = Fleet::new(program.clone(), members, order, heard);
    let show = Show {
        shell: session.shell,
        program: &program,
        names: &names,
        style: HostsStyle {
            text: session.shell.terminal.style(),
            secrets,
            shows_differences: arguments.diff.0,
            shows_all: arguments.verbose.0,
        },
        as_json: arguments.hosts.json.0,
    };
    let work = go(session, arguments, &fleet, &show, recording.as_ref());
    let stopping = async {
        session.stop.wait_for(Stop::AfterRunning).await;
        stop.store(true, Ordering::Relaxed);
        std::future::pending::<()>().await;
    };
    tokio::select! {
        result = work => result,
        () = stopping => Ok(Exit::Failure),
    }
}

async fn go(
    session: &Session<'_>,
    arguments: &DeployArguments,
    fleet: &Fleet,
    show: &Show<'_>,
    recording: Option<&Recording>,
) -> CommandResult {
    let planned = fleet.plan().await;
    if let Some(recording) = recording {
        recording.write(&show.style.secrets)?;
    }
    if !(arguments.yes.0 && !arguments.plan.0 && show.as_json) {
        show.plans(&planned);
    }
    let failures: Vec<(usize, &HostFailure)> =
        planned.iter().enumerate().filter_map(|(at, plan)| Some((at, plan.as_ref().err()?))).collect();
    let unplanned = failures.len();
    let problems = show.failures(failures.into_iter());
    let has_changes = planned.iter().flatten().any(|prepared| prepared.plan.has_changes());
    session.shell.report(problems);
    if arguments.plan.0 || !has_changes {
        if !show.as_json && !has_changes && unplanned == 0 {
            let text = "No changes. All hosts are as the deploy describes them.";
            session.shell.terminal.line(show.style.text.success(text));
        }
        return Ok(match (unplanned > 0, has_changes && arguments.detailed_exitcode.0) {
            (true, _) => Exit::Failure,
            (false, true) => Exit::Changes,
            (false, false) => Exit::Success,
        });
    }
    if !arguments.yes.0 && !agreed(session, arguments, unplanned).await? {
        return Err(Diagnostic::error("Deploy cancelled", "Nothing was done.").into());
    }
    let prepared = planned.into_iter().map(Result::ok).collect();
    let ended = fleet.apply(prepared).await;
    let problems = show.results(&ended, unplanned);
    let is_well = unplanned == 0 && ended.iter().all(plumb_deploy::Ended::is_done);
    session.shell.report(problems);
    show.summary(&ended, unplanned);
    Ok(if is_well { Exit::Success } else { Exit::Failure })
}

async fn agreed(
    session: &Session<'_>,
    arguments: &DeployArguments,
    unplanned: usize,
) -> Result<bool, Diagnostics> {
    let prompt = session.prompt(arguments.hosts.input.0);
    if !prompt.is_allowed() {
        let detail = "Nobody is there to say whether to do this. With -yes it is done without a question, with -plan it is \
                      only shown.";
        return Err(Diagnostic::error("Nobody has agreed to this plan", detail).into());
    }
    let text = if unplanned > 0 {
        "Plumb will do what is shown above on the hosts that could be planned.\nOnly 'yes' will be accepted to approve."
    } else {
        "Plumb will do what is shown above.\nOnly 'yes' will be accepted to approve."
    };
    prompt.confirm("Do you want to do this?", text).await
}

fn order(arguments: &DeployArguments) -> Result<Order, Diagnostics> {
    let wrong = |option: &str, why: String| {
        Diagnostics::from(Diagnostic::error(format!("Invalid value for {option}"), format!("{why}.")))
    };
    let waves = arguments.serial.as_deref().map(str::parse::<Waves>).transpose();
    let fail_at = arguments.fail_at.as_deref().map(str::parse).transpose();
    let connections_max = super::limits::connections_max();
    Ok(Order {
        parallel: arguments.hosts.parallel.clamp(1, connections_max),
        connections_max,
        waves: waves.map_err(|why| wrong("-serial", why))?.unwrap_or_default(),
        fail_at: fail_at.map_err(|why| wrong("-fail-at", why))?,
    })
}

/// Loads the code of a deploy.
pub(super) fn load(session: &Session<'_>, file: &str) -> Result<Program, Diagnostics> {
    let (library, globals) = (OwnLibrary, globals());
    let mut loader = Loader::new(&*session.files, &library, &globals, Limits::default());
    loader.load(file).map_err(|diagnostic| {
        Diagnostics::from(translated(&diagnostic, loader.sources(), &session.shell.sources))
    })
}

/// So many hosts for which the code is wrong are enough to say that it is: code that does not end takes its
/// time for each of them.
const WRONG_HOSTS_MAX: usize = 16;

/// What is wrong with the code itself, before anything is connected to. What is wrong for some hosts only, as
/// the code goes on by what is said of them, is theirs: the others go on.
fn check_code(session: &Session<'_>, program: &Program, settings: &[Setting]) -> Result<(), Diagnostics> {
    let mut found: Vec<Diagnostic> = Vec::new();
    for setting in settings.iter().take(WRONG_HOSTS_MAX) {
        let Err(diagnostic) = check(program, setting) else { return Ok(()) };
        let is_new = !found
            .iter()
            .any(|other| (other.subject, &other.detail) == (diagnostic.subject, &diagnostic.detail));
        if is_new {
            found.push(*diagnostic);
        }
    }
    if found.is_empty() {
        return Ok(());
    }
    let here = |diagnostic: Diagnostic| translated(&diagnostic, program.sources(), &session.shell.sources);
    Err(found.into_iter().map(here).collect())
}

/// A place in code as a place in the texts that this program shows.
pub(super) fn span_here(span: Span, of: &Sources, here: &SourceMap) -> Span {
    let Some(file) = of.map().get(span.file) else { return Span::NONE };
    let known = (0..).map(plumb_source::FileId).map_while(|id| here.get(id).map(|found| (id, found)));
    let found = known.into_iter().find(|(_, found)| found.path == file.path && found.text == file.text);
    let id = found.map_or_else(|| here.add(file.path.clone(), file.text.clone()), |(id, _)| id);
    Span { file: id, ..span }
}

/// The same of all places of a diagnostic.
pub(crate) fn translated(diagnostic: &Diagnostic, of: &Sources, here: &SourceMap) -> Diagnostic {
    let mut diagnostic = diagnostic.clone();
    let there = |span: Span| span_here(span, of, here);
    diagnostic.subject = diagnostic.subject.map(there);
    diagnostic.context = diagnostic.context.map(there);
    for note in &mut diagnostic.notes {
        note.span = there(note.span);
    }
    diagnostic
}
