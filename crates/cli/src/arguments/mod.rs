//! From what was typed to a command with its options.
//!
//! Responsible for the command line as users of Terraform know it: `-chdir` first, flags with one
//! dash, `TF_CLI_ARGS`, and messages that say what was meant. It looks at no file.

mod command;
mod early;
mod extra;
mod flags;
mod help;
mod hosts;
mod options;

use std::path::PathBuf;

use clap::FromArgMatches as _;
use plumb_configuration::InputArgument;
use plumb_diagnostics::did_you_mean;

pub(crate) use command::*;
pub(crate) use early::command_line;
pub(crate) use hosts::*;
pub(crate) use options::*;

use crate::environment::Environment;

/// What was typed.
pub(crate) enum Parsed {
    /// A text is to be shown: help, mostly.
    Text(String),
    /// It makes no sense, which the text explains.
    Lost(String),
    /// Nothing was asked for: the start page.
    Welcome {
        /// The directory to look at.
        directory: Option<PathBuf>,
        /// Whether it is an answer to a command line without a command.
        as_error: bool,
    },
    /// A command.
    Command {
        /// The directory to go to first.
        directory: Option<PathBuf>,
        /// What to do there.
        command: Box<Command>,
        /// Whether the output is to be without colours whatever the command is.
        is_plain: bool,
        /// Values of variables, which any command may need to find modules and the state.
        variables: Vec<InputArgument>,
    },
}

/// Commands that let pass whatever words come behind them, as those of Terraform do.
const HEEDS_NO_WORDS: [&str; 3] = ["version", "state pull", "workspace show"];

/// Understands the arguments of the program.
pub(crate) fn parse(arguments: Vec<String>, environment: &Environment) -> Parsed {
    let global = match Global::take(arguments) {
        Ok(global) => global,
        Err(problem) => return Parsed::Lost(problem),
    };
    let root = command_line();
    if global.version {
        return command_of(&root, global.directory, vec!["version".to_owned()]);
    }
    if global.rest.is_empty() {
        return Parsed::Welcome { directory: global.directory, as_error: !global.help };
    }
    let words = match extra::with_environment(global.rest, &root, environment) {
        Ok(words) => words,
        Err(problem) => return Parsed::Lost(problem),
    };
    let mut words = words;
    if global.help {
        words.push("-help".to_owned());
    }
    command_of(&root, global.directory, words)
}

fn command_of(root: &clap::Command, directory: Option<PathBuf>, words: Vec<String>) -> Parsed {
    let (path, command) = match find(root, &words) {
        Ok(found) => found,
        Err(parsed) => return *parsed,
    };
    let (own, is_plain) = flags::without_colour(&words[path.len()..], command);
    let own = own.as_slice();
    if flags::asks_for_help(own) {
        return Parsed::Text(help::of_command(command, &path));
    }
    if command.is_subcommand_required_set() {
        return Parsed::Lost(help::of_command(command, &path));
    }
    let arguments = match flags::rewritten(own, command) {
        Ok(arguments) => arguments,
        Err(problem) => return Parsed::Lost(flags::explained(None, &problem, &path)),
    };
    let is_lenient = HEEDS_NO_WORDS.contains(&path.join(" ").as_str());
    let arguments = arguments.into_iter().take_while(|argument| !is_lenient || argument != "--");
    let whole = std::iter::once("plumb".to_owned()).chain(path.iter().cloned()).chain(arguments);
    let parsed = root.clone().try_get_matches_from(whole).and_then(|matches| {
        CommandLine::from_arg_matches(&matches).map(|line| (line, early::given(&matches)))
    });
    match parsed {
        Ok((line, variables)) => {
            Parsed::Command { directory, command: Box::new(line.command), is_plain, variables }
        }
        Err(error) => {
            let (headline, problem) = flags::reason(&error);
            Parsed::Lost(flags::explained(headline.as_deref(), &problem, &path))
        }
    }
}

/// The command that the first words name, with those words.
fn find<'a>(
    root: &'a clap::Command,
    words: &[String],
) -> Result<(Vec<String>, &'a clap::Command), Box<Parsed>> {
    let mut path = Vec::new();
    let mut command = root;
    for word in words {
        if !command.has_subcommands() || word.starts_with('-') {
            break;
        }
        let Some(next) = command.find_subcommand(word) else {
            return Err(Box::new(Parsed::Lost(unknown(command, &path, word))));
        };
        path.push(next.get_name().to_owned());
        command = next;
    }
    Ok((path, command))
}

fn unknown(parent: &clap::Command, path: &[String], word: &str) -> String {
    let names: Vec<&str> =
        parent.get_subcommands().flat_map(clap::Command::get_name_and_visible_aliases).collect();
    let hint = did_you_mean(word, names);
    let whole: Vec<&str> = path.iter().map(String::as_str).chain([word]).collect();
    let list = std::iter::once("plumb").chain(path.iter().map(String::as_str)).collect::<Vec<_>>().join(" ");
    let elsewhere = match word {
        "stacks" | "query" | "modules" | "rpcapi" if path.is_empty() => {
            " Terraform has such a command; Plumb does not have it yet."
        }
        _ => "",
    };
    format!(
        "Plumb has no command named {:?}.{hint}{elsewhere}\n\nTo see all of Plumb's commands, run:\n  {list} -help\n",
        whole.join(" ")
    )
}

/// Options before the command.
#[derive(Default)]
struct Global {
    directory: Option<PathBuf>,
    help: bool,
    version: bool,
    rest: Vec<String>,
}

impl Global {
    fn take(arguments: Vec<String>) -> Result<Self, String> {
        let mut global = Global::default();
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let name = argument.strip_prefix("--").or_else(|| argument.strip_prefix('-'));
            match name {
                Some("help" | "h") => global.help = true,
                Some("version" | "v") => global.version = true,
                Some("chdir") => {
                    return Err("Invalid -chdir option: must include an equals sign followed by a directory path, like \
                                -chdir=example\n"
                        .to_owned());
                }
                Some(option) if option.starts_with("chdir=") => {
                    let path = &option["chdir=".len()..];
                    if path.is_empty() {
                        return Err("Invalid -chdir option: it names no directory, as -chdir=example does\n"
                            .to_owned());
                    }
                    global.directory = Some(path.into());
                }
                Some(option) if !option.is_empty() => {
                    return Err(format!(
                        "There is no global option {argument:?}: before the command there can be -chdir=DIR, -help and \
                         -version; options of a command go behind it.\n\nTo see all of Plumb's commands, run:\n  plumb \
                         -help\n"
                    ));
                }
                _ => {
                    global.rest.push(argument);
                    global.rest.extend(arguments);
                    break;
                }
            }
        }
        Ok(global)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(line: &str, variables: &[(&str, &str)]) -> String {
        let environment =
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let words = line.split_whitespace().map(str::to_owned).collect();
        match parse(words, &environment) {
            Parsed::Text(text) => format!("text: {}", text.lines().next().unwrap_or_default()),
            Parsed::Lost(text) => format!("lost: {}", text.lines().take(3).collect::<Vec<_>>().join(" | ")),
            Parsed::Welcome { as_error, .. } => format!("welcome: {as_error}"),
            Parsed::Command { directory, command, .. } => {
                format!(
                    "{}{command:?}",
                    directory.map(|path| format!("{}: ", path.display())).unwrap_or_default()
                )
            }
        }
    }

    #[test]
    fn understands_flags_as_terraform_does() {
        let contains = [
            ("plan -out=p -refresh=false", "out: Some(\"p\")", "refresh: None"),
            ("plan -refresh=config", "refresh: Config", ""),
            ("apply -refresh p", "refresh: All", "plan: Some(\"p\")"),
            ("destroy -refresh=F", "refresh: None", ""),
            ("plan --out p -destroy", "out: Some(\"p\")", "destroy: Switch(true)"),
            ("-chdir=a/b apply -auto-approve p", "a/b: ", "plan: Some(\"p\")"),
            ("plan -var a=1 -var-file=f -var=b=-2", "Value(\"a=1\")", "Value(\"b=-2\")"),
            ("plan -lock-timeout=1h2m3s", "3723s", ""),
            ("import -lock=0 null_resource.a -id", "id: \"-id\"", "lock: Switch(false)"),
            ("apply -backup -", "backup: Some(\"-\")", ""),
            ("state list -id=3 a.b", "id: Some(\"3\")", "addresses: [\"a.b\"]"),
            ("env list", "List", ""),
            ("state list -no-color a.b", "addresses: [\"a.b\"]", ""),
            ("force-unlock x -no-color", "id: \"x\"", ""),
        ];
        for (line, one, two) in contains {
            let shown = show(line, &[]);
            assert!(shown.contains(one) && shown.contains(two), "{line}: {shown}");
        }
    }

    #[test]
    fn variables_keep_their_order() {
        let shown = show("plan -var-file=a -var b=1 -var-file=c", &[]);
        let positions: Vec<_> =
            ["File(\"a\")", "Value(\"b=1\")", "File(\"c\")"].iter().map(|part| shown.find(part)).collect();
        assert!(positions.iter().all(Option::is_some) && positions.is_sorted(), "{shown}");
    }

    #[test]
    fn the_environment_adds_arguments() {
        let shown =
            show("plan -out=p", &[("TF_CLI_ARGS", "-parallelism=3"), ("TF_CLI_ARGS_plan", "-var 'a=b c'")]);
        assert!(shown.contains("parallelism: 3") && shown.contains("Value(\"a=b c\")"), "{shown}");
        let shown = show("state list", &[("TF_CLI_ARGS_state_list", "-id=x")]);
        assert!(shown.contains("id: Some(\"x\")"), "{shown}");
    }

    #[test]
    fn mistakes_are_explained() {
        let cases = [
            ("plam", "lost: Plumb has no command named \"plam\". Did you mean \"plan\"?"),
            ("state lst", "lost: Plumb has no command named \"state lst\". Did you mean \"list\"?"),
            ("plan -otu=x", "lost: Error: Failed to parse command-line flags"),
            (
                "plan -refresh=perhaps",
                "lost: Error: Failed to parse command-line flags |  | invalid value \"perhaps\" for -refresh: it must be \
                 true, false or config",
            ),
            (
                "refresh -refresh=config",
                "lost: Error: Failed to parse command-line flags |  | invalid value \"config\" for -refresh: the command \
                 looks at every object; plan, apply and destroy",
            ),
            ("-chdir x plan", "lost: Invalid -chdir option"),
            ("", "welcome: true"),
            ("-help", "welcome: false"),
            ("plan -help", "text: Usage: plumb [global options] plan [options]"),
        ];
        for (line, expected) in cases {
            let shown = show(line, &[]);
            assert!(shown.starts_with(expected), "{line}: {shown}");
        }
    }
}
