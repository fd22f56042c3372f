//! Showing what is planned for hosts, and what becomes of it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, PoisonError};

use plumb_deploy::{
    Applied, Ended, Heard, HostFailure, HostPlan, Operation, Outcome, Prepared, Progress, Secrets, Watcher,
};
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_starlark::Program;
use plumb_view::hosts::{
    HostsStyle, failure_text, host_plan_text, names_text, plan_summary, summary_line, times_text,
    write_host_outcome, write_host_plan, write_hosts_summary, write_times,
};

use super::said::Said;
use super::times::{Times, remarkable};
use crate::shell::Shell;
use crate::terminal::Terminal;

/// What stands in the place of the name of a host, where a plan is that of several.
const ANY_HOST: &str = "<host>";

/// With more hosts than that one line is told of each, and not one of each operation.
const HOSTS_IN_DETAIL_MAX: usize = 20;

/// Plans that are alike: that of the first host, the same without its name, and which hosts they are of.
struct Alike {
    text: String,
    of_any: String,
    summary: String,
    hosts: Vec<usize>,
}

/// Shows hosts.
pub(super) struct Show<'a> {
    pub(super) shell: &'a Shell,
    pub(super) program: &'a Program,
    pub(super) names: &'a [String],
    pub(super) times: Arc<Times>,
    pub(super) style: HostsStyle,
    pub(super) as_json: bool,
}

impl Show<'_> {
    /// The plans of all hosts; those that are alike once.
    pub(super) fn plans(&self, plans: &[Result<Prepared, HostFailure>]) {
        let planned = plans.iter().enumerate().filter_map(|(at, plan)| Some((at, &plan.as_ref().ok()?.plan)));
        if self.as_json {
            for (at, plan) in planned {
                self.lines(|out| {
                    write_host_plan(out, &self.names[at], plan, &self.place(), &self.style.secrets)
                });
            }
            return;
        }
        let mut alike: Vec<Alike> = Vec::new();
        let mut known: HashMap<(String, String), usize> = HashMap::new();
        for (at, plan) in planned {
            let (text, summary) = (host_plan_text(plan, &self.style), plan_summary(plan));
            // What differs in nothing but the name of the host is alike.
            let of_any = text.replace(&self.names[at], ANY_HOST);
            match known.entry((of_any.clone(), summary.clone())) {
                Entry::Occupied(same) => alike[*same.get()].hosts.push(at),
                Entry::Vacant(new) => {
                    new.insert(alike.len());
                    alike.push(Alike { text, of_any, summary, hosts: vec![at] });
                }
            }
        }
        let terminal = &self.shell.terminal;
        for Alike { text, of_any, summary, hosts } in alike {
            let names = names_text(hosts.iter().map(|at| self.names[*at].as_str()));
            terminal.line(format!("{}: {summary}", self.style.text.bold(&names)));
            terminal.print(if hosts.len() == 1 { &text } else { &of_any });
            terminal.line("");
        }
    }

    /// Why hosts could not be planned; those that say the same once.
    pub(super) fn failures<'f>(
        &self,
        failures: impl Iterator<Item = (usize, &'f HostFailure)>,
    ) -> Diagnostics {
        grouped(failures.map(|(at, failure)| (at, self.failure(failure, &self.names[at]))), self.names)
    }

    fn failure(&self, failure: &HostFailure, host: &str) -> Diagnostic {
        let mut diagnostic = match failure {
            HostFailure::Deploy(plumb_deploy::DeployError::Code(diagnostic)) => self.here(diagnostic),
            HostFailure::Unreachable(why) => Diagnostic::error("A host cannot be reached", sentence(why)),
            HostFailure::Unhealthy(why) => {
                Diagnostic::error("A host is not healthy after it was changed", sentence(why))
            }
            HostFailure::Deploy(why @ plumb_deploy::DeployError::Other { .. }) => {
                Diagnostic::error("Another host cannot be asked", sentence(&why.to_string()))
            }
            HostFailure::Deploy(why) => {
                Diagnostic::error("A host cannot be spoken with", sentence(&why.to_string()))
            }
        };
        // What differs in nothing but the name of the host is the same.
        diagnostic.detail = self.style.secrets.hidden(&diagnostic.detail.replace(&format!("{host}: "), ""));
        diagnostic
    }

    /// What went wrong in code, with places in the texts that this program shows.
    fn here(&self, diagnostic: &Diagnostic) -> Diagnostic {
        super::deploy::translated(diagnostic, self.program.sources(), &self.shell.sources)
    }

    /// What became of everything, and what went wrong that has not been told.
    pub(super) fn results(&self, ended: &[Ended], is_told: &[bool]) -> Diagnostics {
        if self.as_json {
            ended.iter().enumerate().for_each(|(at, one)| self.result(at, one));
        }
        let untold = ended.iter().enumerate().filter(|(at, _)| !is_told[*at]);
        let problems = untold.flat_map(|(at, one)| {
            let found = match one {
                Ended::Failed(failure) => vec![self.failure(failure, &self.names[at])],
                Ended::Applied(applied) => self.problems(applied, &self.names[at]),
                Ended::CutOff => vec![Diagnostic::error(
                    "A host was not waited for",
                    "What was sent there goes on to its end, and nobody knows how far it came. Run the deploy again: it does \
                     what is missing.",
                )],
                Ended::NotBegun => Vec::new(),
            };
            found.into_iter().map(move |diagnostic| (at, diagnostic))
        });
        grouped(problems, self.names)
    }

    /// What became of a host, for programs.
    pub(super) fn result(&self, at: usize, ended: &Ended) {
        let explained = |failure: &HostFailure| self.failure(failure, "").detail;
        let took = |operation| self.times.took(at, operation);
        let (place, secrets) = (self.place(), &self.style.secrets);
        self.lines(|out| write_host_outcome(out, &self.names[at], ended, &took, &place, &explained, secrets));
    }

    /// What is wrong with a host whose plan was carried out.
    fn problems(&self, applied: &Applied, host: &str) -> Vec<Diagnostic> {
        let mut problems = Vec::new();
        if !applied.moved.is_empty() {
            let detail = format!(
                "Nothing was done where it was still to be done, for this is otherwise than when it was planned: {}. Plan \
                 again.",
                applied.moved.join(", ")
            );
            problems.push(Diagnostic::error("The plan no longer fits the host", detail));
        }
        if applied.is_unfinished() {
            let next = applied.plan.operations.get(applied.outcomes.len());
            let next = next.map_or_else(String::new, |next| {
                let title = next.title.replace(host, ANY_HOST);
                format!(" It would go on with {} {title}.", next.function)
            });
            let done = applied.changed();
            let detail = format!(
                "{done} operation{} changed something there; what follows was not begun.{next}",
                if done == 1 { "" } else { "s" }
            );
            let detail = self.style.secrets.hidden(&detail);
            problems.push(Diagnostic::error("A host was stopped in the middle of its deploy", detail));
        }
        if let Some((operation, failure)) = applied.failure() {
            let detail = failure_text(operation, failure, &self.style.secrets);
            let diagnostic = Diagnostic::error("An operation failed", detail);
            let span = super::deploy::span_here(operation.place, self.program.sources(), &self.shell.sources);
            problems.push(if span.is_none() { diagnostic } else { diagnostic.at(span) });
        }
        problems
    }

    /// Which operations took longest, where that is wanted or somebody may wonder.
    pub(super) fn times(&self, ended: &[Ended], is_wanted: bool) {
        let slowest = self.times.slowest(ended, self.names);
        let secrets = &self.style.secrets;
        if self.as_json {
            return self.lines(|out| write_times(out, &slowest, self.times.elapsed(), secrets));
        }
        let told = if is_wanted { &slowest } else { remarkable(&slowest) };
        if !told.is_empty() {
            self.shell.terminal.print(&times_text(told, secrets, &self.style.text));
        }
    }

    /// The last line.
    pub(super) fn summary(&self, ended: &[Ended]) {
        if self.as_json {
            self.lines(|out| write_hosts_summary(out, ended));
        } else {
            let line = summary_line(ended);
            let is_well = ended.iter().all(Ended::is_done);
            let text = format!("Deploy {}: {line}.", if is_well { "complete" } else { "incomplete" });
            let style = &self.style.text;
            self.shell.terminal.line(if is_well { style.success(&text) } else { style.bold(&text) });
        }
    }

    fn lines(&self, write: impl FnOnce(&mut dyn std::io::Write) -> std::io::Result<()>) {
        let mut text = Vec::new();
        // Writing to memory does not fail.
        let _ = write(&mut text);
        self.shell.terminal.print_bytes(&text);
    }

    fn place(&self) -> impl Fn(&Operation) -> Option<(String, u32)> + '_ {
        |operation| {
            let file = self.program.sources().map().get(operation.place.file)?;
            Some((file.path.to_string(), file.position(operation.place.start).line))
        }
    }
}

/// What is wrong with hosts; what is the same with several of them once.
pub(super) fn grouped(problems: impl Iterator<Item = (usize, Diagnostic)>, names: &[String]) -> Diagnostics {
    let mut alike: Vec<(Diagnostic, Vec<usize>)> = Vec::new();
    for (at, diagnostic) in problems {
        let same = |other: &Diagnostic| {
            (&other.summary, &other.detail, other.subject)
                == (&diagnostic.summary, &diagnostic.detail, diagnostic.subject)
        };
        match alike.iter_mut().find(|(other, _)| same(other)) {
            Some((_, hosts)) => hosts.push(at),
            None => alike.push((diagnostic, vec![at])),
        }
    }
    let named = alike
        .into_iter()
        .map(|(diagnostic, hosts)| diagnostic.on(names_text(hosts.iter().map(|at| names[*at].as_str()))));
    named.collect()
}

/// The whole lines of what has been written so far, and at the end what is left.
pub(super) fn lines_of(written: &mut Vec<u8>, is_end: bool) -> Vec<String> {
    let end = if is_end {
        Some(written.len())
    } else {
        written.iter().rposition(|byte| *byte == b'\n').map(|at| at + 1)
    };
    let Some(end) = end.filter(|end| *end > 0) else { return Vec::new() };
    let whole: Vec<u8> = written.drain(..end).collect();
    let visible = |character: char| {
        if character.is_control() && character != '\t' {
            character.escape_default().to_string()
        } else {
            character.into()
        }
    };
    let line = |line: &str| line.chars().map(visible).collect::<String>();
    String::from_utf8_lossy(&whole).lines().map(line).collect()
}

pub(super) fn sentence(text: &str) -> String {
    let text = text.trim_end();
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}

/// Says what is being done, as it is.
pub(super) fn watcher(
    terminal: Arc<Terminal>,
    names: Vec<String>,
    secrets: Secrets,
    is_verbose: bool,
) -> Watcher {
    let is_short = names.len() > HOSTS_IN_DETAIL_MAX && !is_verbose;
    let plans: Mutex<Vec<Vec<Planned>>> = Mutex::new(names.iter().map(|_| Vec::new()).collect());
    // What was written without its line having come to its end.
    let said: Mutex<Vec<Said>> = Mutex::new(names.iter().map(|_| Said::default()).collect());
    let tell = {
        let (terminal, names, secrets) = (terminal.clone(), names.clone(), secrets.clone());
        move |at: usize, lines: Vec<(bool, String)>, planned: Option<&Planned>| {
            let is_hidden = planned.is_some_and(|planned| planned.is_hidden);
            for (_, line) in lines.iter().filter(|_| !is_hidden) {
                terminal.line(secrets.hidden(&format!("{}:   {line}", names[at])));
            }
        }
    };
    Arc::new(move |at, progress| {
        let style = terminal.style();
        let mut plans = plans.lock().unwrap_or_else(PoisonError::into_inner);
        match progress {
            Progress::Planned(_) | Progress::Heard(Heard::Planned(_)) if is_short => {}
            Progress::Planned(plan) | Progress::Heard(Heard::Planned(plan)) => plans[at] = planned(plan),
            Progress::Applied(applied) if is_short => {
                let what = match (applied.is_done(), applied.changed()) {
                    (false, _) if applied.is_unfinished() => style.yellow("unfinished"),
                    (false, _) => style.red("failed"),
                    (true, 0) => return,
                    (true, changed) => style.green(&format!("{changed} changed")),
                };
                terminal.line(format!("{}: {what}", names[at]));
            }
            Progress::Heard(Heard::Ended(..)) if is_short => {}
            Progress::Heard(Heard::Ended(operation, outcome)) => {
                let planned = plans[at].get(operation);
                let title = planned.map_or("", |planned| planned.title.as_str());
                let said = &mut said.lock().unwrap_or_else(PoisonError::into_inner)[at];
                tell(at, said.lines(operation, true), planned);
                let what = match outcome {
                    Outcome::Changed => style.green("changed"),
                    Outcome::Failed(failure) if failure.is_ignored => {
                        style.yellow("failed, which is ignored")
                    }
                    Outcome::Failed(_) => style.red("failed"),
                    Outcome::Ok | Outcome::LeftOut | Outcome::NotBegun => return,
                };
                terminal.line(secrets.hidden(&format!("{}: {title}: {what}", names[at])));
            }
            Progress::Heard(Heard::Wrote(operation, stream, bytes)) if is_verbose => {
                let said = &mut said.lock().unwrap_or_else(PoisonError::into_inner)[at];
                said.wrote(operation, stream, bytes);
                tell(at, said.lines(operation, false), plans[at].get(operation));
            }
            Progress::Heard(Heard::Begun(_) | Heard::Wrote(..))
            | Progress::Connected
            | Progress::Failed(_)
            | Progress::Applied(_) => {}
        }
    })
}

/// An operation, as far as it is told of while it is done.
struct Planned {
    title: String,
    is_hidden: bool,
}

fn planned(plan: &HostPlan) -> Vec<Planned> {
    let planned =
        |of: &Operation| Planned { title: format!("{} {}", of.function, of.title), is_hidden: of.is_hidden };
    plan.operations.iter().map(planned).collect()
}
