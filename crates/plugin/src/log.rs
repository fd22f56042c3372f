//! What plugins write on their standard error: structured lines, plain text, the trace of a crash.

use std::collections::VecDeque;
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

/// Receives every line as it comes, on a thread of the runtime; it must be quick.
pub type LogSink = Arc<dyn Fn(&LogLine) + Send + Sync>;

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

/// The last lines of a plugin, for reports.
#[derive(Default)]
pub(crate) struct LastLines(Mutex<VecDeque<LogLine>>);

impl LastLines {
    pub(crate) fn push(&self, line: LogLine) {
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
        let crash = lines.iter().rposition(|line| is_crash(&line.message));
        if let Some(start) = crash {
            return lines.range(start..).take(SHOWN_LINES_MAX).map(shown).collect();
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
    fn reports_show_what_tells_most() {
        let kept = LastLines::default();
        for number in 0..300 {
            kept.push(LogLine::parse(&format!("[DEBUG] {number}")));
        }
        assert_eq!(kept.for_report().last().map(String::as_str), Some("[DEBUG] 299"));
        assert_eq!(kept.for_report().len(), SHOWN_LINES_MAX);
        kept.push(LogLine::parse("[ERROR] it broke"));
        assert_eq!(kept.for_report(), ["[ERROR] it broke"]);
        kept.push(LogLine::parse("panic: nil"));
        for number in 0..40 {
            kept.push(LogLine::parse(&format!("goroutine {number}")));
        }
        assert_eq!(kept.for_report()[..2], ["panic: nil", "goroutine 0"]);
    }
}
