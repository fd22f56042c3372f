//! The plan of a host, as text.

use plumb_deploy::{Attribute, Change, HostPlan, Operation, Secrets, Verdict};
use plumb_diagnostics::TextStyle;

use super::difference::{lines, visible};

/// How hosts are shown.
#[derive(Clone)]
pub struct HostsStyle {
    /// How text is dressed.
    pub text: TextStyle,
    /// What is not shown at all.
    pub secrets: Secrets,
    /// Whether lines of files are shown.
    pub shows_differences: bool,
    /// Whether what is as it should be is shown, too.
    pub shows_all: bool,
}

/// The operations of a plan that do something, each with what it does.
pub fn host_plan_text(plan: &HostPlan, style: &HostsStyle) -> String {
    let mut text = String::new();
    for printed in &plan.printed {
        text.push_str(&format!("  {}\n", style.text.faint(&visible(printed))));
    }
    for operation in &plan.operations {
        let verdict = operation.verdict();
        if verdict == Verdict::Ok && !style.shows_all {
            continue;
        }
        text.push_str(&operation_text(operation, style));
    }
    if let Some((_, why)) = &plan.undecided {
        text.push_str(&format!(
            "  {} what follows is planned once that is done: {why}\n",
            style.text.yellow("?")
        ));
    }
    style.secrets.hidden(&text)
}

/// One operation, with what it does.
pub fn operation_text(operation: &Operation, style: &HostsStyle) -> String {
    let verdict = operation.verdict();
    let mut text = headline(operation, verdict, style);
    if verdict == Verdict::MayChange {
        let doubt = operation.doubt.as_ref().map(|doubt| doubt.why.as_str()).unwrap_or_default();
        text.push_str(&format!("      {}\n", style.text.yellow(doubt)));
    }
    for change in &operation.changes {
        text.push_str(&change_text(change, operation.is_hidden, style));
    }
    style.secrets.hidden(&text)
}

fn headline(operation: &Operation, verdict: Verdict, style: &HostsStyle) -> String {
    let symbol = match verdict {
        Verdict::Ok if operation.is_left_out => style.text.faint("-"),
        Verdict::Ok => " ".to_owned(),
        Verdict::Changes => style.text.yellow("~"),
        Verdict::MayChange => style.text.yellow("?"),
    };
    let title = visible(&operation.title);
    let login = match &operation.login {
        plumb_host::Login::Own => String::new(),
        other => style.text.faint(&format!(" ({other})")),
    };
    let notes: String = notes(operation).iter().map(|note| style.text.faint(&format!(" ({note})"))).collect();
    format!("  {symbol} {} {title}{login}{notes}\n", style.text.bold(&operation.function))
}

/// Where and when an operation is done, where that is out of the ordinary.
fn notes(operation: &Operation) -> Vec<String> {
    let mut notes = Vec::new();
    notes.extend(operation.on.as_ref().map(|host| format!("on {}", visible(host))));
    notes.extend(operation.is_once.then(|| "once for all hosts".to_owned()));
    notes.extend(operation.hosts_max.map(|hosts| match hosts {
        1 => "one host at a time".to_owned(),
        hosts => format!("{hosts} hosts at a time"),
    }));
    notes.extend(operation.is_at_end.then(|| "at the end".to_owned()));
    notes
}

fn change_text(change: &Change, is_hidden: bool, style: &HostsStyle) -> String {
    if is_hidden {
        return "      (not shown)\n".to_owned();
    }
    let mut text = format!("      {}\n", visible(&change.summary));
    let width = change.attributes.iter().map(|attribute| attribute.name.chars().count()).max().unwrap_or(0);
    for attribute in &change.attributes {
        text.push_str(&format!("        {}\n", attribute_text(attribute, width, style)));
    }
    if let Some(difference) = change.difference.as_ref().filter(|_| style.shows_differences) {
        for line in lines(difference, &style.text) {
            text.push_str(&format!("        {line}\n"));
        }
    }
    text
}

fn attribute_text(attribute: &Attribute, width: usize, style: &HostsStyle) -> String {
    let name = &attribute.name;
    let (before, after) = (attribute.before.as_deref().map(visible), attribute.after.as_deref().map(visible));
    match (before, after) {
        (Some(before), Some(after)) => {
            format!("{name:width$}  {} -> {}", style.text.red(&before), style.text.green(&after))
        }
        (None, Some(after)) => format!("{name:width$}  {}", style.text.green(&after)),
        (Some(before), None) => format!("{name:width$}  {} -> none", style.text.red(&before)),
        (None, None) => name.clone(),
    }
}

/// So many names, and how many more there are.
pub fn names_text<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    const SHOWN: usize = 8;
    let more = names.len().saturating_sub(SHOWN);
    let mut shown: Vec<String> = names.take(SHOWN).map(str::to_owned).collect();
    if more > 0 {
        shown.push(format!("{more} more"));
    }
    shown.join(", ")
}

/// How much there is to do, in one line.
pub fn plan_summary(plan: &HostPlan) -> String {
    let count = |verdict| plan.count(verdict);
    let parts = [
        (count(Verdict::Changes), "to change"),
        (count(Verdict::MayChange), "may change"),
        (count(Verdict::Ok), "ok"),
    ];
    let parts: Vec<String> = parts
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| format!("{number} {what}"))
        .collect();
    if parts.is_empty() { "no operations".to_owned() } else { parts.join(", ") }
}
