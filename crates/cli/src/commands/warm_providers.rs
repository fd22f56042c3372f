//! `providers ps` and `providers stop`: the provider processes that are kept ready.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use plumb_supervisor::{Condition, Description, Stopped, list, stop_all};

use super::in_session;
use crate::exit::{CommandResult, Exit};
use crate::session::warm;
use crate::shell::Shell;

const HEADLINE: [&str; 7] = ["PROVIDER", "PROCESS", "STATE", "MEMORY", "AGE", "ENDS IN", "DIRECTORY"];

pub(super) fn ps(shell: &Shell) -> CommandResult {
    in_session(shell, async |session| {
        let found = match warm::place(session.shell) {
            Some(place) => list(&place).await,
            None => Vec::new(),
        };
        if !found.is_empty() {
            session.shell.terminal.print(&table(&found, SystemTime::now()));
            return Ok(Exit::Success);
        }
        let settings = session.cli_configuration().warm_providers;
        let why = match warm::wanted(session.shell, &settings) {
            Ok(()) => "The next command that uses a provider leaves one behind.".to_owned(),
            Err(why) => format!("None are left behind here, because {why}."),
        };
        session.shell.terminal.line(format!("No provider processes are kept ready. {why}"));
        Ok(Exit::Success)
    })
}

pub(super) fn stop(shell: &Shell) -> CommandResult {
    in_session(shell, async |session| {
        let stopped = match warm::place(session.shell) {
            Some(place) => stop_all(&place).await,
            None => Stopped::default(),
        };
        let Stopped { ended, silent } = stopped;
        let noun = |count| if count == 1 { "process" } else { "processes" };
        session.shell.terminal.line(match ended {
            0 if silent == 0 => "No provider processes were kept ready.".to_owned(),
            _ => format!("Stopped {ended} provider {}.", noun(ended)),
        });
        if silent > 0 {
            session.shell.terminal.line(format!(
                "{silent} {} did not answer. They end by themselves when their time is over.",
                noun(silent)
            ));
            return Ok(Exit::Failure);
        }
        Ok(Exit::Success)
    })
}

fn table(spares: &[Description], now: SystemTime) -> String {
    let rows: Vec<[String; 7]> = spares.iter().map(|spare| row(spare, now)).collect();
    let width = |column: usize| {
        let widths = rows.iter().map(|row| row[column].chars().count());
        widths.chain([HEADLINE[column].len()]).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..HEADLINE.len()).map(width).collect();
    let mut text = String::new();
    for row in std::iter::once(HEADLINE.map(str::to_owned)).chain(rows) {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            // Writing to a string cannot fail.
            let _ = write!(line, "{cell:<width$}  ");
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn row(spare: &Description, now: SystemTime) -> [String; 7] {
    let began = SystemTime::UNIX_EPOCH + Duration::from_secs(spare.started_unix_s);
    let age = now.duration_since(began).unwrap_or_default().as_secs();
    [
        spare.provider.clone(),
        spare.process_id.map_or_else(|| "-".to_owned(), |id| id.to_string()),
        match spare.condition {
            Condition::Starting => "starting",
            Condition::WarmingUp => "warming up",
            Condition::Ready => "ready",
            Condition::Configured => "configured",
        }
        .to_owned(),
        format!("{} MiB", spare.memory_bytes / (1024 * 1024)),
        duration(age),
        duration(spare.ends_in_s),
        spare.directory.clone(),
    ]
}

fn duration(seconds: u64) -> String {
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds}s"),
        (0, minutes, seconds) => format!("{minutes}m{seconds:02}s"),
        (hours, minutes, _) => format!("{hours}h{minutes:02}m"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spares_are_shown_in_columns() {
        let ready = Description {
            provider: "registry.terraform.io/hashicorp/aws".into(),
            program: "p".into(),
            directory: "/srv/network".into(),
            process_id: Some(4711),
            condition: Condition::Ready,
            memory_bytes: 150 * 1024 * 1024,
            started_unix_s: 1000,
            ends_in_s: 3700,
        };
        let starting = Description {
            process_id: None,
            condition: Condition::Starting,
            memory_bytes: 0,
            ends_in_s: 59,
            ..ready.clone()
        };
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1083);
        let expected = "\
PROVIDER                             PROCESS  STATE     MEMORY   AGE    ENDS IN  DIRECTORY
registry.terraform.io/hashicorp/aws  4711     ready     150 MiB  1m23s  1h01m    /srv/network
registry.terraform.io/hashicorp/aws  -        starting  0 MiB    1m23s  59s      /srv/network
";
        assert_eq!(table(&[ready, starting], now), expected);
    }
}
