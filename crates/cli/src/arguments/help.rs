//! Help texts, made from the definitions of the commands.

use std::any::TypeId;
use std::fmt::Write as _;

use super::options::Switch;

const WIDTH: usize = 79;
const INDENT: usize = 26;

/// What a command is for, and what can be given to it.
pub(crate) fn of_command(command: &clap::Command, path: &[String]) -> String {
    let mut out = usage(command, path);
    if let Some(about) = command.get_long_about().or_else(|| command.get_about()) {
        paragraphs(&about.to_string(), &mut out);
    }
    if command.has_subcommands() {
        out.push_str("\nSubcommands:\n\n");
        out.push_str(&list(command));
        return out;
    }
    let options: Vec<&clap::Arg> = command
        .get_arguments()
        .filter(|argument| argument.get_long().is_some() && !argument.is_hide_set())
        .collect();
    if !options.is_empty() {
        out.push_str("\nOptions:\n\n");
        for option in options {
            entry(&flag(option), &help_of(option), &mut out);
        }
    }
    out
}

fn usage(command: &clap::Command, path: &[String]) -> String {
    let mut out = format!("Usage: plumb [global options] {}", path.join(" "));
    if command.has_subcommands() {
        return out + " <subcommand> [options] [args]\n\n";
    }
    if command.get_arguments().any(|argument| argument.get_long().is_some()) {
        out.push_str(" [options]");
    }
    for argument in command.get_positionals() {
        let name =
            argument.get_value_names().and_then(|names| names.first()).map_or("ARG", |name| name.as_str());
        let many = argument.get_num_args().is_some_and(|range| range.max_values() > 1);
        let dots = if many { "..." } else { "" };
        let _ = if argument.is_required_set() {
            write!(out, " {name}{dots}")
        } else {
            write!(out, " [{name}{dots}]")
        };
    }
    out + "\n\n"
}

/// Names and purposes of the commands below one, a line each.
pub(crate) fn list(command: &clap::Command) -> String {
    let mut out = String::new();
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
        let about = below.get_about().map(ToString::to_string).unwrap_or_default();
        let _ = writeln!(out, "  {:<20}{about}", below.get_name());
    }
    out
}

fn flag(option: &clap::Arg) -> String {
    let name = option.get_long().unwrap_or_default();
    if option.get_value_parser().type_id() == TypeId::of::<Switch>() {
        let is_on = option.get_default_values().first().is_some_and(|value| value == "true");
        return if is_on { format!("-{name}=false") } else { format!("-{name}") };
    }
    let value =
        option.get_value_names().and_then(|names| names.first()).map_or("value", |name| name.as_str());
    format!("-{name}={value}")
}

fn help_of(option: &clap::Arg) -> String {
    option.get_help().map(ToString::to_string).unwrap_or_default()
}

fn entry(name: &str, help: &str, out: &mut String) {
    let lines = wrapped(help, WIDTH - INDENT);
    let mut lines = lines.iter();
    if name.len() + 4 > INDENT {
        let _ = writeln!(out, "  {name}");
    } else {
        let _ =
            writeln!(out, "  {name:<width$}{}", lines.next().map_or("", String::as_str), width = INDENT - 2);
    }
    for line in lines {
        let _ = writeln!(out, "{:INDENT$}{line}", "");
    }
}

fn paragraphs(text: &str, out: &mut String) {
    for (at, paragraph) in text.split("\n\n").enumerate() {
        if at > 0 {
            out.push('\n');
        }
        for line in wrapped(paragraph, WIDTH - 2) {
            let _ = writeln!(out, "  {line}");
        }
    }
}

fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let current = lines.last().map_or(0, |line| line.chars().count());
        if current > 0 && current + 1 + word.chars().count() > width {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}
