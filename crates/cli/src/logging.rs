//! Logs of providers, for those who ask with `TF_LOG`, `TF_LOG_PROVIDER` and `TF_LOG_PATH`.

use std::fs::File;
use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use plumb_plugin::{LogLevel, LogLine, LogSink};

use crate::environment::Environment;
use crate::terminal::Terminal;

/// Where lines of providers go; nowhere where nobody asks for them.
pub(crate) fn provider_log(environment: &Environment, terminal: &Arc<Terminal>) -> Option<LogSink> {
    let level = level(environment.get("TF_LOG_PROVIDER").or_else(|| environment.get("TF_LOG"))?)?;
    let file = environment.get("TF_LOG_PATH").and_then(|path| {
        let file = File::options().create(true).append(true).open(path);
        if let Err(error) = &file {
            terminal.print_error(&format!("Error opening log file {path}: {error}\n"));
        }
        file.ok().map(Mutex::new)
    });
    let terminal = terminal.clone();
    Some(Arc::new(move |line| {
        let line = LogLine::parse(line);
        if line.level < level {
            return;
        }
        let text = format!("{} [{}] {}\n", crate::terminal::now(), name(line.level), line.raw);
        match &file {
            Some(file) => {
                let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
                // A log that cannot be written is no reason to stop.
                let _ = file.write_all(text.as_bytes());
            }
            None => terminal.print_error(&text),
        }
    }))
}

fn level(text: &str) -> Option<LogLevel> {
    match text.to_ascii_uppercase().as_str() {
        "OFF" => None,
        "DEBUG" => Some(LogLevel::Debug),
        "INFO" => Some(LogLevel::Info),
        "WARN" => Some(LogLevel::Warning),
        "ERROR" => Some(LogLevel::Error),
        // Anything else turns on everything, as it does in Terraform.
        _ => Some(LogLevel::Trace),
    }
}

fn name(level: LogLevel) -> &'static str {
    match level {
        LogLevel::Trace => "TRACE",
        LogLevel::Debug => "DEBUG",
        LogLevel::Info => "INFO",
        LogLevel::Warning => "WARN",
        LogLevel::Error => "ERROR",
        LogLevel::Unknown => "-",
    }
}
