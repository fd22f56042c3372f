//! What plugins write on their standard error: structured lines, plain text, the trace of a crash.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;

/// How important a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogLevel {
    /// Every detail.
    Trace,
    /// For those who look for a fault.
    Debug,
    /// The course of things.
    Info,
    /// Something odd.
    Warning,
    /// Something went wrong.
    Error,
    /// Text that has no level, such as the trace of a crash.
    Unknown,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// How important it is.
    pub level: LogLevel,
    /// The part of the plugin that wrote it; empty where it does not say.
    pub module: String,
    /// What it says; for a structured line without its other fields.
    pub message: String,
    /// The line as it was written.
    pub raw: String,
}

/// Receives every line as it comes and as it was written, on a thread of the runtime; it must be quick.
/// What the line means, [`LogLine::parse`] says to those who want to know.
pub type LogSink = Arc<dyn Fn(&str) + Send + Sync>;

#[derive(Deserialize)]
struct Structured {
    #[serde(rename = "@level")]
    level: String,
    #[serde(rename = "@message", default)]
    message: String,
    #[serde(rename = "@module", default)]
    module: String,
}

impl LogLine {
    /// Understands a line as far as it can be.
    pub fn parse(raw: &str) -> LogLine {
        let raw = raw.trim_end().to_owned();
        if raw.starts_with('{')
            && let Ok(line) = serde_json::from_str::<Structured>(&raw)
        {
            let level = level_named(&line.level).unwrap_or(LogLevel::Unknown);
            return LogLine { level, module: line.module, message: line.message, raw };
        }
        let level = bracketed_level(&raw).unwrap_or(LogLevel::Unknown);
        LogLine { level, module: String::new(), message: raw.clone(), raw }
    }
}

fn level_named(name: &str) -> Option<LogLevel> {
    match name.to_ascii_lowercase().as_str() {
        "trace" => Some(LogLevel::Trace),
        "debug" => Some(LogLevel::Debug),
        "info" => Some(LogLevel::Info),
        "warn" | "warning" => Some(LogLevel::Warning),
        "err" | "error" => Some(LogLevel::Error),
        _ => None,
    }
}

/// Older providers write `2025/01/01 10:00:00 [DEBUG] text`.
fn bracketed_level(text: &str) -> Option<LogLevel> {
    let (_, after) = text.split_once('[')?;
    let (name, _) = after.split_once(']')?;
    level_named(name)
}

/// How many lines are kept.
const KEPT_LINES_MAX: usize = 200;
/// How many lines a report shows.
const SHOWN_LINES_MAX: usize = 12;
/// How much of one line a report shows.
const SHOWN_CHARACTERS_MAX: usize = 400;

/// The last lines of a plugin, for reports: nearly always nobody asks what they mean.
#[derive(Default)]
pub(crate) struct LastLines(Mutex<VecDeque<String>>);

impl LastLines {
    pub(crate) fn push(&self, line: String) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == KEPT_LINES_MAX {
            lines.pop_front();
        }
        lines.push_back(line);
    }

    /// What to show: the last lines, those for fault finders left out where there are others. A
    /// crash is shown from its beginning, which says why; its end is the least telling part.
    pub(crate) fn for_report(&self) -> Vec<String> {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let lines: Vec<LogLine> = lines.iter().map(|line| LogLine::parse(line)).collect();
        let crash = lines.iter().rposition(|line| is_crash(&line.message));
        if let Some(start) = crash {
            return lines[start..].iter().take(SHOWN_LINES_MAX).map(shown).collect();
        }
        let important: Vec<&LogLine> = lines.iter().filter(|line| line.level > LogLevel::Debug).collect();
        let chosen = if important.is_empty() { lines.iter().collect() } else { important };
        let skipped = chosen.len().saturating_sub(SHOWN_LINES_MAX);
        chosen.into_iter().skip(skipped).map(shown).collect()
    }
}

fn is_crash(text: &str) -> bool {
    text.starts_with("panic: ") || text.starts_with("fatal error: ") || text.contains("' panicked at ")
}

fn shown(line: &LogLine) -> String {
    line.message.chars().take(SHOWN_CHARACTERS_MAX).collect()
}

/// Begins the names of all variables by which people ask for logs.
const ASKED_FOR_PREFIX: &str = "TF_LOG";
/// Parts of the usual libraries for providers that log by themselves, each with a level of its own.
const LOGGING_PARTS: [&str; 5] = [
    "TF_LOG_SDK",
    "TF_LOG_SDK_PROTO",
    "TF_LOG_SDK_FRAMEWORK",
    "TF_LOG_SDK_MUX",
    "TF_LOG_SDK_HELPER_RESOURCE",
];
/// Begins the name of the variable for a provider's own level.
const PROVIDER_PART_PREFIX: &str = "TF_LOG_PROVIDER_";

/// Variables that let a provider write down errors alone, for when nobody has asked for its log. The
/// usual libraries write down everything unless they are told otherwise: a plan of a hundred objects
/// is some seven thousand lines, made, sent and read for nothing. Reads the environment of this process:
/// where people have said anything about logs it stays at that. The provider is the first of these words
/// that can be one: it may be started through another program.
pub(crate) fn quiet_variables<'a>(mut words: impl Iterator<Item = &'a Path>) -> Vec<(String, &'static str)> {
    let is_asked_for =
        |(name, _): (OsString, OsString)| name.as_encoded_bytes().starts_with(ASKED_FOR_PREFIX.as_bytes());
    if std::env::vars_os().any(is_asked_for) {
        return Vec::new();
    }
    let own = words.find_map(provider_part).into_iter();
    own.chain(LOGGING_PARTS.map(str::to_owned)).map(|name| (name, "ERROR")).collect()
}

/// The variable for the own level of the provider that a program is by its name.
fn provider_part(program: &Path) -> Option<String> {
    let name = program.file_name()?.to_str()?.strip_prefix("terraform-provider-")?;
    let kind = name.split(['_', '.']).next().filter(|kind| !kind.is_empty())?;
    Some(format!("{PROVIDER_PART_PREFIX}{}", kind.replace('-', "_").to_ascii_uppercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_understood() {
        let cases = [
            (
                r#"{"@level":"warn","@message":"odd","@module":"provider.x","a":1}"#,
                LogLevel::Warning,
                "provider.x",
                "odd",
            ),
            ("2025/01/01 10:00:00 [DEBUG] text", LogLevel::Debug, "", "2025/01/01 10:00:00 [DEBUG] text"),
            ("panic: boom\r\n", LogLevel::Unknown, "", "panic: boom"),
            (r#"{"level":"x"}"#, LogLevel::Unknown, "", r#"{"level":"x"}"#),
        ];
        for (raw, level, module, message) in cases {
            let line = LogLine::parse(raw);
            assert_eq!((line.level, &*line.module, &*line.message), (level, module, message), "{raw}");
        }
    }

    #[test]
    fn programs_tell_whose_log_is_meant() {
        let part = |program: &str| provider_part(Path::new(program));
        assert_eq!(part("/x/terraform-provider-aws_v5.100.0_x5").as_deref(), Some("TF_LOG_PROVIDER_AWS"));
        assert_eq!(part("terraform-provider-google-beta").as_deref(), Some("TF_LOG_PROVIDER_GOOGLE_BETA"));
        assert_eq!((part("other"), part("terraform-provider-_v1")), (None, None));
    }

    #[test]
    fn reports_show_what_tells_most() {
        let kept = LastLines::default();
        for number in 0..300 {
            kept.push(format!("[DEBUG] {number}"));
        }
        assert_eq!(kept.for_report().last().map(String::as_str), Some("[DEBUG] 299"));
        assert_eq!(kept.for_report().len(), SHOWN_LINES_MAX);
        kept.push("[ERROR] it broke\n".to_owned());
        assert_eq!(kept.for_report(), ["[ERROR] it broke"]);
        kept.push("panic: nil".to_owned());
        for number in 0..40 {
            kept.push(format!("goroutine {number}"));
        }
        assert_eq!(kept.for_report()[..2], ["panic: nil", "goroutine 0"]);
    }
}
