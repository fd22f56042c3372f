//! What became of hosts, as text.

use plumb_deploy::{Ended, Failure, Operation, Secrets};

use super::difference::visible;

/// More lines than that of what a command said are left out, but for the last ones.
const SAID_LINES_MAX: usize = 30;

/// How an operation failed: what it was, the command, its status, and what it said.
pub fn failure_text(operation: &Operation, failure: &Failure, secrets: &Secrets) -> String {
    let mut text = format!("{} {}: {}", operation.function, operation.title, failure.summary);
    text.push_str(&format!("\n\nIt ended with status {}.", failure.status));
    if operation.is_hidden {
        return secrets.hidden(&text);
    }
    if let Some(command) = &failure.command {
        text.push_str(&format!(" The command was:\n\n{}", indented(command)));
    }
    for (what, said) in [("It wrote", &failure.output), ("It wrote as errors", &failure.errors)] {
        if !said.trim().is_empty() {
            text.push_str(&format!("\n\n{what}:\n\n{}", indented(said)));
        }
    }
    secrets.hidden(&text)
}

fn indented(text: &str) -> String {
    let lines: Vec<&str> = text.trim_end().lines().collect();
    let skipped = lines.len().saturating_sub(SAID_LINES_MAX);
    let mut shown: Vec<String> =
        lines[skipped..].iter().map(|line| format!("    {}", visible(line))).collect();
    if skipped > 0 {
        shown.insert(0, format!("    ... {skipped} lines before"));
    }
    shown.join("\n")
}

/// Whether something was begun on a host that somebody stopped.
pub(super) fn is_unfinished(ended: &Ended) -> bool {
    match ended {
        Ended::CutOff => true,
        Ended::Applied(applied) => applied.is_unfinished(),
        Ended::Failed(_) | Ended::NotBegun => false,
    }
}

/// What became of all hosts, in one line.
pub fn summary_line(ended: &[Ended]) -> String {
    let (mut changed, mut operations, mut unchanged, mut failed, mut left) = (0, 0, 0, 0, 0);
    let (mut unfinished, mut so_far) = (0, 0);
    // What was done on hosts that failed then.
    let mut in_vain = 0;
    for one in ended {
        match one {
            one if is_unfinished(one) => {
                unfinished += 1;
                if let Ended::Applied(applied) = one {
                    so_far += applied.changed();
                }
            }
            Ended::Applied(applied) if !applied.is_done() => {
                failed += 1;
                in_vain += applied.changed();
            }
            Ended::Applied(applied) if applied.changed() == 0 => unchanged += 1,
            Ended::Applied(applied) => {
                changed += 1;
                operations += applied.changed();
            }
            Ended::Failed(_) | Ended::CutOff => failed += 1,
            Ended::NotBegun => left += 1,
        }
    }
    let counted = |count: usize| format!("{count} operation{}", if count == 1 { "" } else { "s" });
    let mut parts =
        vec![format!("{changed} changed by {}", counted(operations)), format!("{unchanged} unchanged")];
    if failed > 0 {
        parts.push(match in_vain {
            0 => format!("{failed} failed"),
            done => format!("{failed} failed after {}", counted(done)),
        });
    }
    if unfinished > 0 {
        parts.push(match so_far {
            0 => format!("{unfinished} unfinished"),
            done => format!("{unfinished} unfinished after {}", counted(done)),
        });
    }
    if left > 0 {
        parts.push(format!("{left} not begun"));
    }
    parts.join(", ")
}
