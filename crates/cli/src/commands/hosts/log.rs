//! A log of each host, in a file of its own.
//!
//! What is planned, done and said on a host is written behind what its file has already, each piece at once and whole,
//! so that runs side by side and whoever reads meanwhile see nothing half-written. Nobody but the owner may read it.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use plumb_deploy::{
    Applied, Failure, Heard, HostFailure, HostPlan, Operation, Outcome, Progress, Secrets, Watcher,
};
use plumb_diagnostics::{Diagnostic, TextStyle};
use plumb_source::explain_refusal;
use plumb_view::hosts::{HostsStyle, duration_text, host_plan_text, operation_text, plan_summary};

use super::said::Said;
use crate::terminal::now;

/// Longer names of files some file systems do not take.
const NAME_BYTES_MAX: usize = 200;

/// Logs of hosts.
pub(super) struct Logs {
    hosts: Vec<Mutex<Log>>,
    style: HostsStyle,
    explained: Box<dyn Fn(&HostFailure) -> String + Send + Sync>,
    /// Why the first thing that could not be written was not.
    refused: Mutex<Option<(PathBuf, String)>>,
}

struct Log {
    path: PathBuf,
    /// What the operations of the plan are about, and whether what they say is hidden.
    operations: Vec<(String, bool)>,
    /// How each of them was written last.
    written: Vec<String>,
    begun: Instant,
    operation_begun: Instant,
    /// The operation that is being done.
    running: Option<usize>,
    said: Said,
}

impl Logs {
    /// Logs in a directory, which is made where there is none.
    pub(super) fn new(
        directory: &Path,
        names: &[String],
        secrets: Secrets,
        explained: impl Fn(&HostFailure) -> String + Send + Sync + 'static,
    ) -> Result<Arc<Self>, Diagnostic> {
        make_directory(directory).map_err(|why| {
            let detail =
                format!("{} cannot be made for logs: {}.", directory.display(), explain_refusal(&why));
            Diagnostic::error("Logs cannot be written", detail)
        })?;
        let log = |name: &String| {
            Mutex::new(Log {
                path: directory.join(file_name(name)),
                operations: Vec::new(),
                written: Vec::new(),
                begun: Instant::now(),
                operation_begun: Instant::now(),
                running: None,
                said: Said::default(),
            })
        };
        let style = HostsStyle { text: TextStyle::PLAIN, secrets, shows_differences: true, shows_all: true };
        Ok(Arc::new(Logs {
            hosts: names.iter().map(log).collect(),
            style,
            explained: Box::new(explained),
            refused: Mutex::default(),
        }))
    }

    /// Who writes.
    pub(super) fn watcher(self: &Arc<Self>) -> Watcher {
        let logs = self.clone();
        Arc::new(move |host, progress| {
            let Some(log) = logs.hosts.get(host) else { return };
            let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
            let text = logs.text(&mut log, progress);
            if text.is_empty() {
                return;
            }
            if let Err(why) = append(&log.path, &logs.style.secrets.hidden(&text)) {
                let mut refused = logs.refused.lock().unwrap_or_else(PoisonError::into_inner);
                refused.get_or_insert_with(|| (log.path.clone(), explain_refusal(&why)));
            }
        })
    }

    /// What could not be written.
    pub(super) fn problem(&self) -> Option<Diagnostic> {
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let (path, why) = refused.as_ref()?;
        let detail = format!(
            "{} cannot be written: {why}. What was done on the host was done all the same; its log is not whole.",
            path.display()
        );
        Some(Diagnostic::warning("A log is not whole", detail))
    }

    /// What is written of something that is heard.
    fn text(&self, log: &mut Log, progress: Progress<'_>) -> String {
        match progress {
            Progress::Connected => {
                log.begun = Instant::now();
                line("connected")
            }
            Progress::Planned(plan) => {
                let text = host_plan_text(plan, &self.style);
                self.planned(log, plan);
                line(&format!("plan: {}", plan_summary(plan))) + &text
            }
            Progress::Heard(Heard::Planned(plan)) => {
                let new: String = self.planned(log, plan).concat();
                if new.is_empty() {
                    new
                } else {
                    line("planned anew, for what was done has decided it:") + &new
                }
            }
            Progress::Heard(Heard::Begun(at)) => {
                log.operation_begun = Instant::now();
                log.running = Some(at);
                line(&format!("begin    {}", log.title(at))) + &log.said(at, false)
            }
            Progress::Heard(Heard::Wrote(at, stream, bytes)) => {
                log.said.wrote(at, stream, bytes);
                if log.running == Some(at) { log.said(at, false) } else { String::new() }
            }
            Progress::Heard(Heard::Ended(at, outcome)) => {
                let mut text = log.said(at, true);
                text.push_str(&log.ended(at, outcome));
                text
            }
            Progress::Failed(failure) => line(&format!("failed: {}", indented(&(self.explained)(failure)))),
            Progress::Applied(applied) => log.applied(applied),
        }
    }

    /// Takes in a plan. Returns what is otherwise than it was written before.
    fn planned(&self, log: &mut Log, plan: &HostPlan) -> Vec<String> {
        let title = |of: &Operation| (format!("{} {}", of.function, of.title), of.is_hidden);
        log.operations = plan.operations.iter().map(title).collect();
        let texts: Vec<String> = plan.operations.iter().map(|of| operation_text(of, &self.style)).collect();
        let before = std::mem::replace(&mut log.written, texts);
        let new = log.written.iter().enumerate().filter(|(at, text)| before.get(*at) != Some(text));
        new.map(|(_, text)| text.clone()).collect()
    }
}

impl Log {
    fn title(&self, at: usize) -> &str {
        self.operations.get(at).map_or("an operation", |(title, _)| title)
    }

    fn is_hidden(&self, at: usize) -> bool {
        self.operations.get(at).is_some_and(|(_, is_hidden)| *is_hidden)
    }

    /// Lines that were said.
    fn said(&mut self, at: usize, is_end: bool) -> String {
        let is_hidden = self.is_hidden(at);
        let mut text = String::new();
        for (is_error, said) in self.said.lines(at, is_end).iter().filter(|_| !is_hidden) {
            let sign = if *is_error { '!' } else { '|' };
            text.push_str(&line(&format!("  {sign} {said}")));
        }
        text
    }

    fn ended(&self, at: usize, outcome: &Outcome) -> String {
        let took = duration_text(self.operation_begun.elapsed());
        let title = self.title(at);
        match outcome {
            Outcome::Changed => line(&format!("changed  {title} (status 0, {took})")),
            Outcome::Failed(failure) => {
                let Failure { summary, status, is_ignored, command, .. } = &**failure;
                let ignored = if *is_ignored { ", which is ignored" } else { "" };
                let mut text =
                    line(&format!("failed   {title}: {summary} (status {status}, {took}){ignored}"));
                if let Some(command) = command.as_ref().filter(|_| !self.is_hidden(at)) {
                    let _ = writeln!(text, "  {}", indented(command));
                }
                text
            }
            Outcome::Ok | Outcome::LeftOut | Outcome::NotBegun => String::new(),
        }
    }

    fn applied(&self, applied: &Applied) -> String {
        let word = match (applied.is_done(), applied.is_unfinished()) {
            (true, _) => "done",
            (false, true) => "unfinished",
            (false, false) => "failed",
        };
        let took = duration_text(self.begun.elapsed());
        let moved = match applied.moved.as_slice() {
            [] => String::new(),
            moved => format!(", for this has changed since it was planned: {}", moved.join(", ")),
        };
        line(&format!("{word}: {} changed, {took} since it was connected to{moved}", applied.changed()))
    }
}

fn line(text: &str) -> String {
    format!("{} {text}\n", now())
}

/// A text whose further lines do not look like lines of the log.
fn indented(text: &str) -> String {
    text.trim_end().replace('\n', "\n  ")
}

/// The name of the file of a host: what is no plain letter, digit or sign is written as in URLs.
fn file_name(host: &str) -> String {
    let mut name = String::new();
    for (at, byte) in host.bytes().enumerate() {
        let is_plain = byte.is_ascii_alphanumeric() || b"-_@".contains(&byte) || (byte == b'.' && at > 0);
        if is_plain {
            name.push(char::from(byte));
        } else {
            let _ = write!(name, "%{byte:02X}");
        }
    }
    if name.len() > NAME_BYTES_MAX {
        let sum = plumb_host::Content::new(host.as_bytes().to_vec());
        name.truncate(NAME_BYTES_MAX - 20);
        let _ = write!(name, "~{}", &sum.sha256()[..16]);
    }
    name + ".log"
}

fn append(path: &Path, text: &str) -> io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}

/// Makes a directory, with those above it, for its owner alone.
pub(super) fn make_directory(directory: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn names_of_hosts_are_names_of_files() {
        assert_eq!(file_name("web1.example.org"), "web1.example.org.log");
        assert_eq!(file_name("@local"), "@local.log");
        assert_eq!(file_name("../../etc/passwd"), "%2E./../etc/passwd.log".replace('/', "%2F"));
        assert_eq!(file_name("me@[::1]:22"), "me@%5B%3A%3A1%5D%3A22.log");
        assert_eq!(file_name("a%2Fb"), "a%252Fb.log");
        let long = ["a", "b"].map(|end| file_name(&("x".repeat(400) + end)));
        assert!(long[0] != long[1] && long[0].len() <= 204, "{long:?}");
    }
}
