//! `deploy`: makes hosts what code says that they are.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use plumb_deploy::{
    Ended, Fleet, HostFailure, Member, Order, OwnLibrary, Prepared, Setting, Watcher, Waves, check, globals,
};
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_executor::Stop;
use plumb_source::{SourceMap, Span};
use plumb_starlark::{Limits, Loader, Program, Sources};
use plumb_view::hosts::{HostsStyle, duration_text, names_text};

use super::leftover::{Left, Leftover, Why};
use super::log::Logs;
use super::many::Many;
use super::notices::Notices;
use super::recording::Recording;
use super::show::{Show, watcher};
use super::times::Times;
use super::trace::tracer;
use crate::arguments::DeployArguments;
use crate::commands::in_session;
use crate::exit::{CommandResult, Exit};
use crate::session::Session;
use crate::shell::Shell;

/// What becomes of what is under way when nobody waits for it.
pub(super) const FAREWELL: &str = "What was begun on hosts goes on there to its end.";

pub(crate) fn run(shell: &mut Shell, arguments: &DeployArguments) -> CommandResult {
    shell.dress(&arguments.hosts.colour);
    if arguments.hosts.json.0 {
        shell.keep_output_clean();
    }
    shell.say_farewell(FAREWELL);
    in_session(shell, async |session| deploy(session, arguments).await)
}

/// A deploy under way.
struct Run<'a> {
    session: &'a Session<'a>,
    arguments: &'a DeployArguments,
    fleet: Fleet,
    show: Show<'a>,
    notices: Arc<Notices>,
    leftover: Leftover,
    logs: Option<Arc<Logs>>,
    recording: Option<Recording>,
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
    let leftover = Leftover::of(&session.data_directory, arguments);
    let left = if arguments.resume.0 { Some(leftover.to_resume()?) } else { None };
    let (options, tags) = (&arguments.hosts, &arguments.tags);
    let mut many = Many::of(session, inventories, options, tags, directory, left.as_ref()).await?;
    check_code(session, &program, &many.settings)?;
    if arguments.trace.0 {
        let terminal = session.shell.terminal.clone();
        let trace = tracer(terminal, &program, &many.secrets, arguments.hosts.json.0);
        many.settings.iter_mut().for_each(|setting| setting.trace = Some(trace.clone()));
    }
    let Many { names, mut settings, ways, secrets, notices, .. } = many;
    if let Some(left) = &left {
        tell_resumed(session, left, &names, options.json.0);
    }
    let recording = arguments.record.as_deref().map(|directory| Recording::of(directory, &mut settings));
    let stop = settings.first().map(|setting| setting.stop.clone()).unwrap_or_default();
    let member = |(setting, way)| Member { setting, connect: Box::new(way) };
    let members: Vec<Member> = settings.into_iter().zip(ways).map(member).collect();
    let times = Times::new(names.len());
    let mut watchers = vec![times.watcher()];
    if !options.json.0 {
        let terminal = session.shell.terminal.clone();
        watchers.push(watcher(terminal, names.clone(), secrets.clone(), arguments.verbose.0));
    }
    let logs = arguments.log_dir.as_deref().map(|directory| {
        let program = program.clone();
        let explained = move |failure: &HostFailure| match failure {
            HostFailure::Deploy(error) => error.explained(&program),
            other => other.to_string(),
        };
        Logs::new(directory, &names, secrets.clone(), explained)
    });
    let logs = logs.transpose()?;
    watchers.extend(logs.as_ref().map(Logs::watcher));
    let heard: Watcher = Arc::new(move |at, progress| watchers.iter().for_each(|watch| watch(at, progress)));
    let show = Show {
        shell: session.shell,
        program: &program,
        names: &names,
        times,
        style: HostsStyle {
            text: session.shell.terminal.style(),
            secrets,
            shows_differences: arguments.diff.0,
            shows_all: arguments.verbose.0,
        },
        as_json: options.json.0,
    };
    let fleet = Fleet::new(program.clone(), members, order, heard);
    let run = Run { session, arguments, fleet, show, notices, leftover, logs, recording };
    let work = run.go();
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

impl Run<'_> {
    async fn go(&self) -> CommandResult {
        let (session, arguments, show) = (self.session, self.arguments, &self.show);
        // What is only being looked at is given up at once.
        let planned = tokio::select! {
            planned = self.fleet.plan() => planned,
            () = session.stop.wait_for(Stop::AfterRunning) => {
                self.tell_notices();
                return Err(Diagnostic::error("Interrupted", "Nothing was done on any host.").into());
            }
        };
        self.tell_notices();
        if let Some(recording) = &self.recording {
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
        // Programs are told what became of each host where that is nothing, too.
        let is_told_anyway = show.as_json && arguments.yes.0;
        if arguments.plan.0 || !(has_changes || is_told_anyway) {
            if !arguments.plan.0 {
                self.note_or_tell(planned.iter().map(why_unplanned));
            }
            if !show.as_json && !has_changes && unplanned == 0 {
                let text = "No changes. All hosts are as the deploy describes them.";
                session.shell.terminal.line(show.style.text.success(text));
            }
            if show.as_json {
                for (at, plan) in planned.into_iter().enumerate() {
                    let failure = plan.err().map(Ended::Failed);
                    failure.iter().for_each(|failure| show.result(at, failure));
                }
            }
            self.tell_broken_logs();
            return Ok(match (unplanned > 0, has_changes && arguments.detailed_exitcode.0) {
                (true, _) => Exit::Failure,
                (false, true) => Exit::Changes,
                (false, false) => Exit::Success,
            });
        }
        if !arguments.yes.0 && !agreed(session, arguments, unplanned).await? {
            return Err(Diagnostic::error("Deploy cancelled", "Nothing was done.").into());
        }
        Ok(self.apply(planned).await)
    }

    /// Does what was agreed to, and tells what became of it.
    async fn apply(&self, planned: Vec<Result<Prepared, HostFailure>>) -> Exit {
        let (session, show) = (self.session, &self.show);
        // So that it is known, too, if this process comes to no end of its own. Whether it can be written shows in
        // the end, should there be something to write then.
        let so_far = planned.iter().map(|plan| match plan {
            Ok(prepared) => prepared.plan.has_changes().then_some(Why::Unfinished),
            Err(failure) => Some(Why::of_failure(failure)),
        });
        let _ = self.note(so_far);
        let is_told: Vec<bool> = planned.iter().map(Result::is_err).collect();
        let parted = planned.into_iter().map(|plan| match plan {
            Ok(prepared) => (Some(prepared), None),
            Err(failure) => (None, Some(Ended::Failed(failure))),
        });
        let (prepared, failures): (Vec<_>, Vec<_>) = parted.unzip();
        let ended = self.fleet.apply(prepared, session.stop.wait_for(Stop::Now)).await;
        let ended: Vec<Ended> =
            ended.into_iter().zip(failures).map(|(ended, failure)| failure.unwrap_or(ended)).collect();
        self.tell_notices();
        let left = self.note_or_tell(ended.iter().map(Why::of));
        let problems = show.results(&ended, &is_told);
        let is_well = ended.iter().all(Ended::is_done);
        session.shell.report(problems);
        show.times(&ended, self.arguments.times.0);
        show.summary(&ended);
        if left > 0 && show.names.len() > 1 && !show.as_json {
            let hosts =
                if left == 1 { "the host that is".to_owned() } else { format!("the {left} hosts that are") };
            session.shell.terminal.line(format!("With -resume it goes on with {hosts} left over."));
        }
        self.tell_broken_logs();
        if is_well { Exit::Success } else { Exit::Failure }
    }

    /// Notes why hosts are left over, all of them in order. Returns how many there are now.
    fn note(&self, run: impl Iterator<Item = Option<Why>>) -> Result<usize, Diagnostic> {
        let is_for_all = !self.arguments.resume.0 && self.arguments.hosts.limit.is_empty();
        self.leftover.note(self.show.names.iter().cloned().zip(run), is_for_all)
    }

    /// The same, and says where that cannot be.
    fn note_or_tell(&self, run: impl Iterator<Item = Option<Why>>) -> usize {
        self.note(run).unwrap_or_else(|problem| {
            self.session.shell.report(problem.into());
            0
        })
    }

    fn tell_notices(&self) {
        let Show { shell, style, as_json, .. } = &self.show;
        self.notices.tell(&shell.terminal, *as_json, &style.secrets);
    }

    fn tell_broken_logs(&self) {
        if let Some(problem) = self.logs.as_ref().and_then(|logs| logs.problem()) {
            self.session.shell.report(problem.into());
        }
    }
}

/// Why a host is left over that could not be planned.
fn why_unplanned(plan: &Result<Prepared, HostFailure>) -> Option<Why> {
    plan.as_ref().err().map(Why::of_failure)
}

/// Says with which hosts a deploy goes on, and since when they are left over.
fn tell_resumed(session: &Session<'_>, left: &Left, names: &[String], as_json: bool) {
    let terminal = &session.shell.terminal;
    let why = |name: &String| left.hosts.get(name).copied().unwrap_or(Why::Failed);
    if as_json {
        let hosts: Vec<_> =
            names.iter().map(|name| serde_json::json!({ "host": name, "left": why(name).name() })).collect();
        let line = serde_json::json!({ "type": "resumed", "noted_at": left.noted_at, "hosts": hosts });
        return terminal.line(line.to_string());
    }
    let age = left.age().map_or_else(String::new, |age| format!(", noted {} ago", duration_text(age)));
    terminal.line(format!("Resuming with what was left over{age}:"));
    for kind in [Why::Failed, Why::NotReached, Why::Unfinished, Why::NotBegun] {
        let of: Vec<&str> = names.iter().filter(|name| why(name) == kind).map(String::as_str).collect();
        if !of.is_empty() {
            terminal.line(format!("  {}: {}", kind.words(), names_text(of.into_iter())));
        }
    }
    terminal.line("");
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
