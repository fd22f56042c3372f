//! A plan for people.
//!
//! Responsible for its parts and their order, and for drawing one change. Which changes are drawn is up
//! to [`super::changes`].

use std::io::{self, Write};

use plumb_address::Mode;
use plumb_configuration::Config;
use plumb_diagnostics::TextStyle;
use plumb_plan::{Action, Change, OutputChange, Plan, PlanMode};
use plumb_value::{Marks, Value};

use super::block::compare_block;
use super::changes::{Detail, Look, write_changes};
use super::comparison::{Pair, compare_any};
use super::difference::{Act, Difference};
use super::heading::{Cause, LEGEND, heading, meaning, opening, rank, symbol};
use super::quote::name;
use super::render::{Drawing, Options};
use super::summary::{Summary, summary_line};
use crate::json::{concerns, relevant_attributes};
use crate::schemas::with_schema_marks;

/// Writes what a plan will do, one object at a time.
///
/// Of changes made by others only those are shown that this plan has to do with, where the
/// configuration is at hand to tell; everything is when only looking.
pub fn write_plan(
    out: &mut dyn Write,
    plan: &Plan,
    config: Option<&Config>,
    style: &TextStyle,
    detail: Detail,
) -> io::Result<()> {
    write_news(out, plan, &Look { config, style, detail })?;
    write_unrefreshed(out, plan, style)
}

fn write_news(out: &mut dyn Write, plan: &Plan, look: &Look<'_>) -> io::Result<()> {
    let style = look.style;
    let changes: Vec<&Change> = plan.changes.iter().filter(|change| is_shown(change)).collect();
    let has_outputs = plan.outputs.iter().any(is_changed);
    let has_news = !changes.is_empty() || has_outputs;
    let has_drift = write_drift(out, plan, has_news, look)?;
    if !has_news {
        return write_no_changes(out, plan, has_drift, style);
    }
    if has_drift {
        write_rule(out, style)?;
    }
    if !changes.is_empty() {
        write_planned(out, plan, &changes, look)?;
    }
    if has_outputs {
        writeln!(out, "\nChanges to Outputs:")?;
        write_outputs(out, &plan.outputs, style)?;
        if changes.is_empty() && !plan.errored {
            let note = "Applying this plan records the new output values. It changes no real infrastructure.";
            writeln!(out, "\n{}", style.wrap(note))?;
        }
    }
    Ok(())
}

fn is_shown(change: &Change) -> bool {
    match change.address.resource.mode {
        Mode::Managed => change.is_noteworthy(),
        // That a data source is gone is nothing to be done about.
        Mode::Data => change.action == Action::Read,
        Mode::Ephemeral => false,
    }
}

fn write_planned(out: &mut dyn Write, plan: &Plan, changes: &[&Change], look: &Look<'_>) -> io::Result<()> {
    let style = look.style;
    let mut is_used = [false; LEGEND.len() + 1];
    changes.iter().for_each(|change| is_used[rank(change.action)] = true);
    let mut used = LEGEND.into_iter().filter(|action| is_used[rank(*action)]).peekable();
    if used.peek().is_some() {
        writeln!(out, "\nThese symbols mark what will happen to each resource:")?;
        for action in used {
            writeln!(out, "{} {}", symbol(action, style), meaning(action))?;
        }
    }
    if plan.errored {
        writeln!(out, "\nPlumb planned the following actions before it met a problem:")?;
    } else {
        writeln!(out, "\nPlumb will perform the following actions:")?;
    }
    write_changes(out, changes, Cause::Planned, look)?;
    writeln!(out, "\n{}", summary_line(Summary::Plan, &plan.counts(), style))
}

/// One change, with a blank line before it. `alike` is how many changes there are of which this one alone
/// is drawn.
pub(crate) fn write_change(
    out: &mut dyn Write,
    change: &Change,
    cause: Cause,
    alike: usize,
    style: &TextStyle,
) -> io::Result<()> {
    let mut text = String::from("\n");
    text.push_str(&heading(change, cause, alike, style));
    text.push_str(&opening(change, style));
    let mut options = Options::new(*style);
    options.shows_all = change.importing.is_some();
    Drawing { out: &mut text }.difference(&difference(change), 0, options);
    text.push('\n');
    out.write_all(text.as_bytes())
}

/// How the object differs before and after.
pub(crate) fn difference(change: &Change) -> Difference {
    let side = |value: &Value| (!value.is_null()).then(|| with_schema_marks(value, &change.schema));
    let before = side(&change.before);
    // What is forgotten stays what it is.
    let after = if change.action == Action::Forget { before.clone() } else { side(&change.after) };
    let replace = if change.action.is_replace() { change.requires_replace.clone() } else { Vec::new() };
    compare_block(&Pair { before, after, replace }, &change.schema.block)
}

fn is_changed(output: &OutputChange) -> bool {
    output.action != Action::NoOp
}

/// The changed outputs, ordered by name.
fn write_outputs(out: &mut dyn Write, outputs: &[OutputChange], style: &TextStyle) -> io::Result<()> {
    let width = outputs.iter().map(|output| name(&output.name).chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for output in outputs.iter().filter(|output| is_changed(output)) {
        text.clear();
        let difference = output_difference(output);
        let mut drawing = Drawing { out: &mut text };
        let options = Options::new(*style);
        // Nothing that can be seen has changed, or both sides are secret.
        let act = if difference.act == Act::None { Act::Update } else { difference.act };
        drawing.begin(0, act, options);
        drawing.out.push_str(&format!("{:width$} = ", name(&output.name)));
        drawing.difference(&difference, 0, options);
        text.push('\n');
        out.write_all(text.as_bytes())?;
    }
    Ok(())
}

fn output_difference(output: &OutputChange) -> Difference {
    let side = |value: &Value, is_there: bool| {
        let value = if output.sensitive { value.clone().with_marks(Marks::SENSITIVE) } else { value.clone() };
        is_there.then_some(value)
    };
    let before = side(&output.before, output.action != Action::Create);
    let after = side(&output.after, output.action != Action::Delete);
    compare_any(&Pair::new(before, after))
}

/// What others changed. Returns whether anything was written.
fn write_drift(out: &mut dyn Write, plan: &Plan, has_news: bool, look: &Look<'_>) -> io::Result<bool> {
    let style = look.style;
    let only_looks = plan.options.mode == PlanMode::RefreshOnly;
    if plan.drift.is_empty() || (!has_news && !only_looks) {
        return Ok(false);
    }
    let relevant = look.config.filter(|_| !only_looks).map(|config| relevant_attributes(plan, config));
    let is_shown = |drift: &&Change| {
        if drift.action == Action::NoOp {
            return only_looks && drift.is_noteworthy();
        }
        relevant.as_ref().is_none_or(|relevant| concerns(relevant, drift))
    };
    let drift: Vec<&Change> = plan.drift.iter().filter(is_shown).collect();
    if drift.is_empty() {
        return Ok(false);
    }
    let note = style.cyan("Note:");
    writeln!(out, "\n{note} {}\n", style.bold("Objects have changed outside of this configuration"))?;
    let intro = "Since the last apply, these objects were changed by someone or something else. What follows may \
                 depend on that:";
    writeln!(out, "{}", style.wrap(intro))?;
    write_changes(out, &drift, Cause::Drift, look)?;
    let ending = if only_looks {
        "This plan only looks: applying it records what was found and changes no objects."
    } else {
        "Unless the configuration has been changed in the same way, or says ignore_changes for these attributes, \
         the actions below may undo these changes."
    };
    writeln!(out, "\n{}", style.wrap(ending))?;
    Ok(true)
}

/// Says how much of what a plan builds on nobody has looked at.
fn write_unrefreshed(out: &mut dyn Write, plan: &Plan, style: &TextStyle) -> io::Result<()> {
    let (objects, providers) = match plan.unrefreshed().count() {
        0 => return Ok(()),
        1 => ("1 object was".to_owned(), "its provider"),
        count => (format!("{count} objects were"), "their providers"),
    };
    let note = format!(
        "{objects} taken as recorded, without asking {providers} (-refresh=config). Plan with -refresh=true to see \
         changes made by others."
    );
    writeln!(out, "\n{}", style.wrap(&note))
}

fn write_rule(out: &mut dyn Write, style: &TextStyle) -> io::Result<()> {
    let width = if style.width == 0 { TextStyle::PLAIN_WIDTH } else { style.width };
    writeln!(out, "\n{}", style.faint(&"─".repeat(width)))
}

fn write_no_changes(out: &mut dyn Write, plan: &Plan, has_drift: bool, style: &TextStyle) -> io::Result<()> {
    if plan.errored {
        let rest = style.bold(" A problem came up before anything was planned.");
        return writeln!(out, "\n{}{rest}", style.alarm("Planning failed."));
    }
    let (headline, detail) = match plan.options.mode {
        // What was found has been told, and what applying does with it.
        PlanMode::RefreshOnly if has_drift => return Ok(()),
        PlanMode::RefreshOnly => (
            "Your infrastructure still matches the configuration.",
            "All objects are as they were recorded by the last apply.",
        ),
        PlanMode::Destroy => (
            "No objects need to be destroyed.",
            "Either nothing has been created yet, or everything has been destroyed already.",
        ),
        PlanMode::Normal if !plan.options.refresh.looks() || plan.unrefreshed().next().is_some() => (
            "What is recorded matches the configuration.",
            "The objects as they are recorded were compared with the configuration, and nothing has to be done.",
        ),
        PlanMode::Normal => (
            "Your infrastructure matches the configuration.",
            "The real objects were compared with the configuration, and nothing has to be done.",
        ),
    };
    writeln!(out, "\n{}{}", style.success("No changes."), style.bold(&format!(" {headline}")))?;
    writeln!(out, "\n{}", style.wrap(detail))?;
    let options = &plan.options;
    if !options.targets.is_empty() || !options.excludes.is_empty() {
        let note = "Only a part of the configuration was looked at, as -target or -exclude asked for. If you expected \
                    changes, check the addresses given there.";
        writeln!(out, "\n{}", style.wrap(note))?;
    }
    Ok(())
}
