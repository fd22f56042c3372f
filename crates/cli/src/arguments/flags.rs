//! Flags in the form that Go programs take them, rewritten to the form that `clap` takes.
//!
//! `-name`, `--name`, `-name=value` and `-name value` all mean the same, a switch takes a value only
//! behind an equals sign, and what follows a flag that wants a value is that value, whatever it
//! looks like. What comes behind the first word that is no flag is a flag only if there is one of
//! that name: identifiers of objects may begin with a dash.

use std::any::TypeId;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use plumb_diagnostics::did_you_mean;
use plumb_plan::Refresh;

use super::options::Switch;

/// Whether the words ask for help rather than for the command.
pub(crate) fn asks_for_help(words: &[String]) -> bool {
    words
        .iter()
        .take_while(|word| *word != "--")
        .any(|word| matches!(word.as_str(), "-help" | "--help" | "-h" | "-help=true" | "--help=true"))
}

/// The words without those that forbid colours, and whether there were any, for commands that know no such
/// option: whoever has `TF_CLI_ARGS=-no-color` means all commands.
pub(crate) fn without_colour(words: &[String], command: &clap::Command) -> (Vec<String>, bool) {
    const NAME: &str = "no-color";
    if command.get_arguments().any(|argument| is_named(argument, NAME)) {
        return (words.to_vec(), false);
    }
    let forbids = |word: &&String| word.strip_prefix("--").or_else(|| word.strip_prefix('-')) == Some(NAME);
    let others: Vec<String> = words.iter().filter(|word| !forbids(word)).cloned().collect();
    let is_plain = others.len() < words.len();
    (others, is_plain)
}

/// The words as `clap` understands them.
pub(crate) fn rewritten(words: &[String], command: &clap::Command) -> Result<Vec<String>, String> {
    let mut flags = Vec::new();
    let mut others = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if word == "--" {
            others.extend(words.cloned());
            break;
        }
        let Some(flag) =
            word.strip_prefix("--").or_else(|| word.strip_prefix('-')).filter(|flag| !flag.is_empty())
        else {
            others.push(word.clone());
            continue;
        };
        let (name, value) = match flag.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (flag, None),
        };
        let Some(argument) = command.get_arguments().find(|argument| is_named(argument, name)) else {
            if others.is_empty() {
                return Err(no_such_flag(name, command));
            }
            others.push(word.clone());
            continue;
        };
        let value = match value {
            Some(value) => value.to_owned(),
            None if needs_no_value(argument) => "true".to_owned(),
            None => words.next().cloned().ok_or_else(|| format!("flag needs an argument: -{name}"))?,
        };
        let name = argument.get_long().unwrap_or(name);
        flags.push(format!("--{name}={value}"));
    }
    if !others.is_empty() {
        flags.push("--".to_owned());
        flags.extend(others);
    }
    Ok(flags)
}

/// Whether a flag is a switch, be it one that knows more than on and off.
fn needs_no_value(argument: &clap::Arg) -> bool {
    let kind = argument.get_value_parser().type_id();
    kind == TypeId::of::<Switch>() || kind == TypeId::of::<Refresh>()
}

fn is_named(argument: &clap::Arg, name: &str) -> bool {
    argument.get_long_and_visible_aliases().is_some_and(|names| names.contains(&name))
        || argument.get_all_aliases().is_some_and(|names| names.contains(&name))
}

fn no_such_flag(name: &str, command: &clap::Command) -> String {
    let known: Vec<&str> = command.get_arguments().filter_map(clap::Arg::get_long).collect();
    let hint = did_you_mean(name, known.iter().copied()).replace('"', "");
    let hint = match hint.strip_prefix(" Did you mean ") {
        Some(guess) => format!(" Did you mean -{guess}"),
        None => String::new(),
    };
    format!("flag provided but not defined: -{name}.{hint}")
}

/// Why `clap` refuses, in words that fit the rest: a headline, where it is not the usual one, and more.
pub(crate) fn reason(error: &clap::Error) -> (Option<String>, String) {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        Some(ContextValue::Strings(texts)) => Some(texts.join(", ")),
        _ => None,
    };
    let argument = context(ContextKind::InvalidArg).unwrap_or_default();
    let name = argument.split(['=', ' ']).next().unwrap_or_default().replace("--", "-");
    let name = name.as_str();
    let value = context(ContextKind::InvalidValue).unwrap_or_default();
    match error.kind() {
        ErrorKind::MissingRequiredArgument => {
            (None, format!("The command needs more arguments: {}.", argument.replace("--", "-")))
        }
        ErrorKind::UnknownArgument | ErrorKind::TooManyValues => (
            Some("Too many command line arguments".to_owned()),
            "The command takes fewer arguments than were given. To work in another directory, use the global option \
             -chdir."
                .to_owned(),
        ),
        ErrorKind::ArgumentConflict => {
            (None, format!("The option {name} can be given once only, and not beside others that exclude it."))
        }
        _ => {
            let source =
                std::error::Error::source(error).map(|source| format!(": {source}")).unwrap_or_default();
            let headline = match name {
                "-target" | "-exclude" => Some(format!("Invalid target {value:?}")),
                "-replace" => Some(format!("Invalid force-replace address {value:?}")),
                _ => None,
            };
            (headline, format!("invalid value {value:?} for {name}{source}"))
        }
    }
}

/// The message for a command line that makes no sense.
pub(crate) fn explained(headline: Option<&str>, problem: &str, path: &[String]) -> String {
    format!(
        "Error: {}\n\n{problem}\n\nFor the options of this command, run:\n  plumb {} -help\n",
        headline.unwrap_or("Failed to parse command-line flags"),
        path.join(" ")
    )
}
