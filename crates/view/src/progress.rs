//! Lines that tell what happens while it happens.
//!
//! Responsible for the words alone: they are the ones that wrappers search for. When a line is due
//! (every ten seconds for what takes long) is up to whoever keeps the time.

use std::fmt::Write as _;

use plumb_address::{AbsResourceInstance, DeposedKey};
use plumb_diagnostics::TextStyle;

use crate::{Event, Operation};

/// What is written for an event, without the last line break. `None` where nothing is: people are
/// not told of what went as it should right after they were told of its beginning.
pub fn line(event: &Event<'_>, style: &TextStyle) -> Option<String> {
    let text = match event {
        Event::RefreshStart { address, deposed, id } => {
            format!("{}Refreshing state...{}", subject(address, *deposed, style), identifier(*id))
        }
        Event::RefreshComplete { .. } => return None,
        Event::ImportStart { address, id } => {
            format!("{}Preparing import...{}", subject(address, None, style), identifier(Some(id)))
        }
        Event::Start { address, deposed, operation, id } => {
            format!("{}{}...{}", subject(address, *deposed, style), beginning(*operation), identifier(*id))
        }
        Event::Progress { address, deposed, operation, id, elapsed_seconds } => {
            let elapsed = duration(*elapsed_seconds);
            let subject = subject(address, *deposed, style);
            let inner = id.map(|id| format!("id={}, ", shorten(id))).unwrap_or_default();
            format!("{subject}Still {}... [{inner}{elapsed} elapsed]", ongoing(*operation))
        }
        Event::Complete { address, deposed, operation, id, elapsed_seconds } => {
            let id = if *operation == Operation::Delete { None } else { *id };
            let subject = subject(address, *deposed, style);
            let noun = noun(*operation);
            format!("{subject}{noun} complete after {}{}", duration(*elapsed_seconds), identifier(id))
        }
        Event::Failed { .. } => return None,
        Event::ProvisionStart { address, provisioner } => {
            format!("{}Provisioning with '{provisioner}'...", subject(address, None, style))
        }
        Event::ProvisionOutput { address, provisioner, output } => {
            return Some(provisioner_output(address, provisioner, output, style));
        }
        Event::ProvisionComplete { .. } | Event::ProvisionFailed { .. } => return None,
    };
    Some(text)
}

fn subject(address: &AbsResourceInstance, deposed: Option<&DeposedKey>, style: &TextStyle) -> String {
    let mut text = address.to_string();
    if let Some(key) = deposed {
        let _ = write!(text, " (deposed object {key})");
    }
    text.push_str(": ");
    style.bold(&text)
}

fn identifier(id: Option<&str>) -> String {
    id.map(|id| format!(" [id={id}]")).unwrap_or_default()
}

/// An identifier that would push the elapsed time out of sight, cut in the middle.
fn shorten(id: &str) -> String {
    const LENGTH_MAX: usize = 20;
    let length = id.chars().count();
    if length <= LENGTH_MAX {
        return id.to_owned();
    }
    let side = (LENGTH_MAX - 3) / 2;
    let start: String = id.chars().take(side).collect();
    let end: String = id.chars().skip(length - side).collect();
    format!("{start}...{end}")
}

fn beginning(operation: Operation) -> &'static str {
    match operation {
        Operation::Create => "Creating",
        Operation::Update => "Modifying",
        Operation::Delete => "Destroying",
        Operation::Read => "Reading",
        Operation::Forget => "Removing",
        Operation::Open => "Opening",
        Operation::Close => "Closing",
    }
}

fn ongoing(operation: Operation) -> &'static str {
    match operation {
        Operation::Create => "creating",
        Operation::Update => "modifying",
        Operation::Delete => "destroying",
        Operation::Read => "reading",
        Operation::Forget => "removing",
        Operation::Open => "opening",
        Operation::Close => "closing",
    }
}

fn noun(operation: Operation) -> &'static str {
    match operation {
        Operation::Create => "Creation",
        Operation::Update => "Modifications",
        Operation::Delete => "Destruction",
        Operation::Read => "Read",
        Operation::Forget => "Removal",
        Operation::Open => "Opening",
        Operation::Close => "Closing",
    }
}

/// `9s`, `1m10s`, `2h0m5s`.
pub(crate) fn duration(seconds: u64) -> String {
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}h{minutes}m{rest}s")
    } else if minutes > 0 {
        format!("{minutes}m{rest}s")
    } else {
        format!("{rest}s")
    }
}

fn provisioner_output(
    address: &AbsResourceInstance,
    provisioner: &str,
    output: &str,
    style: &TextStyle,
) -> String {
    let lead = style.bold(&format!("{address} ({provisioner}):"));
    let lines: Vec<String> = output
        .lines()
        .map(|line| line.trim_end_matches('\r'))
        .filter(|line| !line.is_empty())
        .map(|line| format!("{lead} {line}"))
        .collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use plumb_address::{InstanceKey, ModuleInstance, Resource};

    use super::*;

    #[test]
    fn lines_are_the_ones_that_tools_know() {
        let address =
            Resource::managed("aws_x", "y").in_module(ModuleInstance::root()).instance(InstanceKey::Int(0));
        let key = DeposedKey("245be59a".into());
        let id = Some("vpc-1");
        let deposed = Some(&key);
        let address = &address;
        let long = Some("arn:aws:iam::123456789012:role/very-long");
        let cases = [
            (
                Event::RefreshStart { address, deposed: None, id },
                Some("aws_x.y[0]: Refreshing state... [id=vpc-1]"),
            ),
            (
                Event::RefreshStart { address, deposed, id },
                Some("aws_x.y[0] (deposed object 245be59a): Refreshing state... [id=vpc-1]"),
            ),
            (Event::RefreshComplete { address, id }, None),
            (Event::ImportStart { address, id: "i" }, Some("aws_x.y[0]: Preparing import... [id=i]")),
            (
                Event::Start { address, deposed: None, operation: Operation::Create, id: None },
                Some("aws_x.y[0]: Creating..."),
            ),
            (
                Event::Start { address, deposed, operation: Operation::Delete, id },
                Some("aws_x.y[0] (deposed object 245be59a): Destroying... [id=vpc-1]"),
            ),
            (
                Event::Start { address, deposed: None, operation: Operation::Read, id: None },
                Some("aws_x.y[0]: Reading..."),
            ),
            (
                Event::Progress {
                    address,
                    deposed: None,
                    operation: Operation::Create,
                    id: None,
                    elapsed_seconds: 10,
                },
                Some("aws_x.y[0]: Still creating... [10s elapsed]"),
            ),
            (
                Event::Progress {
                    address,
                    deposed: None,
                    operation: Operation::Delete,
                    id: long,
                    elapsed_seconds: 70,
                },
                Some("aws_x.y[0]: Still destroying... [id=arn:aws:...ery-long, 1m10s elapsed]"),
            ),
            (
                Event::Complete {
                    address,
                    deposed: None,
                    operation: Operation::Create,
                    id,
                    elapsed_seconds: 3605,
                },
                Some("aws_x.y[0]: Creation complete after 1h0m5s [id=vpc-1]"),
            ),
            (
                Event::Complete {
                    address,
                    deposed: None,
                    operation: Operation::Delete,
                    id,
                    elapsed_seconds: 0,
                },
                Some("aws_x.y[0]: Destruction complete after 0s"),
            ),
            (
                Event::Complete {
                    address,
                    deposed: None,
                    operation: Operation::Read,
                    id,
                    elapsed_seconds: 0,
                },
                Some("aws_x.y[0]: Read complete after 0s [id=vpc-1]"),
            ),
            (
                Event::ProvisionStart { address, provisioner: "local-exec" },
                Some("aws_x.y[0]: Provisioning with 'local-exec'..."),
            ),
            (
                Event::ProvisionOutput { address, provisioner: "local-exec", output: "a\r\n\nb\n" },
                Some("aws_x.y[0] (local-exec): a\naws_x.y[0] (local-exec): b"),
            ),
        ];
        for (event, expected) in cases {
            assert_eq!(line(&event, &TextStyle::PLAIN).as_deref(), expected, "{event:?}");
        }
    }
}
