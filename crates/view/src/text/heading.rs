//! What is said above a change: what happens to which object, and why.

use plumb_address::{InstanceKey, Mode};
use plumb_diagnostics::TextStyle;
use plumb_plan::{Action, Change, ChangeReason};

use super::summary::counted;

/// Symbols in the order of the legend.
pub(crate) const LEGEND: [Action; 7] = [
    Action::Create,
    Action::Update,
    Action::Delete,
    Action::DeleteThenCreate,
    Action::CreateThenDelete,
    Action::Read,
    Action::Forget,
];

/// The place of an action in the legend, behind all others where it has no symbol.
pub(crate) fn rank(action: Action) -> usize {
    LEGEND.iter().position(|known| *known == action).unwrap_or(LEGEND.len())
}

/// Whether a change is to come or has been found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    Planned,
    Drift,
}

/// The comment lines above a change, each with its line break. `alike` is how many changes there are of
/// which this one alone is drawn.
pub(crate) fn heading(change: &Change, cause: Cause, alike: usize, style: &TextStyle) -> String {
    let mut lines = vec![headline(change, &subject(change), cause, style)];
    if alike > 1 {
        lines.push(format!("(the first of {} alike; the values are its own)", counted(alike)));
    }
    lines.extend(reason(change));
    if change.deposed.is_some() {
        lines.push("(left over from a partially-failed replacement of this instance)".to_owned());
    }
    if change.action != Action::NoOp
        && let Some(previous) = &change.previous_address
        && **previous != change.address
        && change.reason != Some(ChangeReason::DeleteBecauseNoMoveTarget)
    {
        lines.push(format!("(moved from {previous})"));
    }
    if change.action == Action::NoOp && change.generated_config.is_some() {
        lines.push("(config will be generated)".to_owned());
    }
    if let Some(key) = &change.importing {
        lines.push(format!("(imported from {})", key.for_display()));
        if change.action.is_replace() {
            lines.push(style.yellow("Warning: this will destroy the imported resource"));
        }
    }
    lines.into_iter().map(|line| format!("  # {line}\n")).collect()
}

/// The address, and which object there, where it is not the current one.
pub(crate) fn subject(change: &Change) -> String {
    match &change.deposed {
        Some(key) => format!("{} (deposed object {key})", change.address),
        None => change.address.to_string(),
    }
}

fn headline(change: &Change, address: &str, cause: Cause, style: &TextStyle) -> String {
    let address = style.bold(address);
    let replaced = style.alarm("replaced");
    match (change.action, cause) {
        (Action::Create, _) => format!("{address} will be created"),
        (Action::Read, _) => format!("{address} will be read during apply"),
        (Action::Update, Cause::Planned) => format!("{address} will be updated in-place"),
        (Action::Update, Cause::Drift) => format!("{address} has changed"),
        (Action::Delete, Cause::Planned) => format!("{address} will be {}", style.alarm("destroyed")),
        (Action::Delete, Cause::Drift) => format!("{address} has been deleted"),
        (Action::DeleteThenCreate | Action::CreateThenDelete, _) => match change.reason {
            Some(ChangeReason::ReplaceBecauseTainted) => {
                format!("{address} is tainted, so must be {replaced}")
            }
            Some(ChangeReason::ReplaceByRequest) => format!("{address} will be {replaced}, as requested"),
            Some(ChangeReason::ReplaceByTriggers) => {
                format!("{address} will be {replaced} due to changes in replace_triggered_by")
            }
            _ => format!("{address} must be {replaced}"),
        },
        (Action::Forget, _) => {
            format!("{address} will no longer be managed by Plumb, but will not be destroyed")
        }
        (Action::NoOp, _) => match &change.previous_address {
            Some(previous) if **previous != change.address => {
                format!("{} has moved to {address}", style.bold(&previous.to_string()))
            }
            _ => format!("{address} will be imported"),
        },
    }
}

/// What happens to several objects, behind their number.
pub(crate) fn fate_of_several(change: &Change, cause: Cause, style: &TextStyle) -> String {
    let replaced = style.alarm("replaced");
    match (change.action, cause) {
        (Action::Create, _) => "will be created".to_owned(),
        (Action::Read, _) => "will be read during apply".to_owned(),
        (Action::Update, Cause::Planned) => "will be updated in-place".to_owned(),
        (Action::Update, Cause::Drift) => "have changed".to_owned(),
        (Action::Delete, Cause::Planned) => format!("will be {}", style.alarm("destroyed")),
        (Action::Delete, Cause::Drift) => "have been deleted".to_owned(),
        (Action::DeleteThenCreate | Action::CreateThenDelete, _) => match change.reason {
            Some(ChangeReason::ReplaceBecauseTainted) => format!("are tainted, so must be {replaced}"),
            Some(ChangeReason::ReplaceByRequest) => format!("will be {replaced}, as requested"),
            Some(ChangeReason::ReplaceByTriggers) => {
                format!("will be {replaced} due to changes in replace_triggered_by")
            }
            _ => format!("must be {replaced}"),
        },
        (Action::Forget, _) => "will no longer be managed by Plumb, but will not be destroyed".to_owned(),
        (Action::NoOp, _) if change.importing.is_some() => "will be imported".to_owned(),
        (Action::NoOp, _) => "have moved".to_owned(),
    }
}

/// What is done, behind a number.
pub(crate) fn work(action: Action, cause: Cause) -> &'static str {
    match (action, cause) {
        (Action::NoOp, _) => "to leave as they are",
        (Action::Create, _) => "to create",
        (Action::Read, _) => "to read during apply",
        (Action::Update, Cause::Planned) => "to update in-place",
        (Action::Update, Cause::Drift) => "changed",
        (Action::Delete, Cause::Planned) => "to destroy",
        (Action::Delete, Cause::Drift) => "deleted",
        (Action::DeleteThenCreate | Action::CreateThenDelete, _) => "to replace",
        (Action::Forget, _) => "to stop managing",
    }
}

fn reason(change: &Change) -> Option<String> {
    if change.action == Action::Forget {
        return Some("(destroy = false is set in the configuration)".to_owned());
    }
    let address = &change.address;
    let text = match change.reason? {
        ChangeReason::ReplaceBecauseTainted
        | ChangeReason::ReplaceByRequest
        | ChangeReason::ReplaceByTriggers
        | ChangeReason::ReplaceBecauseCannotUpdate => return None,
        ChangeReason::DeleteBecauseNoResourceConfig => {
            format!("because {} is not in configuration", address.resource)
        }
        ChangeReason::DeleteBecauseNoMoveTarget => {
            let previous = change.previous_address.as_deref().unwrap_or(address);
            format!("because {previous} was moved to {address}, which is not in configuration")
        }
        ChangeReason::DeleteBecauseNoModule => format!("because {} is not in configuration", address.module),
        ChangeReason::DeleteBecauseWrongRepetition => match address.key {
            InstanceKey::None => "because resource uses count or for_each".to_owned(),
            InstanceKey::Int(_) => "because resource does not use count".to_owned(),
            InstanceKey::String(_) => "because resource does not use for_each".to_owned(),
        },
        ChangeReason::DeleteBecauseCountIndex => {
            format!("because index {} is out of range for count", address.key)
        }
        ChangeReason::DeleteBecauseEachKey => format!("because key {} is not in for_each map", address.key),
        ChangeReason::DeleteBecauseEnabledFalse => "because enabled is false".to_owned(),
        ChangeReason::ReadBecauseConfigUnknown => "config refers to values not yet known".to_owned(),
        ChangeReason::ReadBecauseDependencyPending => {
            "depends on a resource or a module with changes pending".to_owned()
        }
        ChangeReason::ReadBecauseCheckNested => "config will be reloaded to verify a check block".to_owned(),
    };
    Some(format!("({text})"))
}

/// `resource "aws_instance" "web" `, with its symbol.
pub(crate) fn opening(change: &Change, style: &TextStyle) -> String {
    let word = match change.address.resource.mode {
        Mode::Managed => "resource",
        Mode::Data => "data",
        Mode::Ephemeral => "ephemeral",
    };
    let resource = &change.address.resource;
    format!("{} {word} \"{}\" \"{}\" ", symbol(change.action, style), resource.kind, resource.name)
}

/// The symbol of an action, three columns wide.
pub(crate) fn symbol(action: Action, style: &TextStyle) -> String {
    match action {
        Action::NoOp => "   ".to_owned(),
        Action::Create => format!("  {}", style.green("+")),
        Action::Read => format!(" {}", style.cyan("<=")),
        Action::Update => format!("  {}", style.yellow("~")),
        Action::Delete => format!("  {}", style.red("-")),
        Action::DeleteThenCreate => format!("{}/{}", style.red("-"), style.green("+")),
        Action::CreateThenDelete => format!("{}/{}", style.green("+"), style.red("-")),
        Action::Forget => format!("  {}", style.yellow(".")),
    }
}

/// What a symbol means.
pub(crate) fn meaning(action: Action) -> &'static str {
    match action {
        Action::NoOp => "leave as is",
        Action::Create => "create",
        Action::Read => "read (data resources)",
        Action::Update => "update in-place",
        Action::Delete => "destroy",
        Action::DeleteThenCreate => "destroy and then create replacement",
        Action::CreateThenDelete => "create replacement and then destroy",
        Action::Forget => "stop managing, without destroying",
    }
}
