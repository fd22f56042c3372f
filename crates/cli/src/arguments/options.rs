//! Options that several commands have.

use std::convert::Infallible;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches, Args, FromArgMatches};
use plumb_address::{AbsResourceInstance, Target};
use plumb_configuration::InputArgument;
use plumb_diagnostics::Deprecation;
use plumb_plan::Refresh;
use plumb_view::text::Detail;

/// A switch: `-name`, or `-name=false` with the words that Go takes for truth values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Switch(pub(crate) bool);

impl FromStr for Switch {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(Switch(true)),
            "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(Switch(false)),
            _ => Err("it must be true or false"),
        }
    }
}

/// A length of time as Go writes it, such as `1m30s`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wait(pub(crate) Duration);

impl FromStr for Wait {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const ERROR: &str = "it must be a length of time such as 30s or 1m30s";
        if text == "0" {
            return Ok(Wait(Duration::ZERO));
        }
        let mut total_ms = 0.0;
        let mut rest = text;
        while !rest.is_empty() {
            let digits =
                rest.find(|character: char| !character.is_ascii_digit() && character != '.').ok_or(ERROR)?;
            let number: f64 = rest[..digits].parse().map_err(|_| ERROR)?;
            rest = &rest[digits..];
            let units = [
                ("ms", 1.0),
                ("us", 0.001),
                ("ns", 0.000_001),
                ("h", 3_600_000.0),
                ("m", 60_000.0),
                ("s", 1000.0),
            ];
            let (unit, factor) = units.into_iter().find(|(unit, _)| rest.starts_with(unit)).ok_or(ERROR)?;
            rest = &rest[unit.len()..];
            total_ms += number * factor;
        }
        let is_sane = !text.is_empty() && total_ms <= 1e15;
        is_sane.then(|| Wait(Duration::from_millis(total_ms as u64))).ok_or(ERROR)
    }
}

/// Values for input variables.
#[derive(Clone, Debug, Default)]
pub(crate) struct VariableOptions {
    /// In the order in which they were given: later ones win.
    pub(crate) given: Vec<InputArgument>,
}

impl Args for VariableOptions {
    fn augment_args(command: clap::Command) -> clap::Command {
        let option = |name: &'static str, value: &'static str, help: &'static str| {
            Arg::new(name).long(name).value_name(value).help(help).action(ArgAction::Append)
        };
        command
            .arg(option(
                "var",
                "'foo=bar'",
                "Set a value for one of the input variables in the root module of the configuration. Can be given more \
                 than once.",
            ))
            .arg(option(
                "var-file",
                "filename",
                "Load variable values from the given file, in addition to the default files terraform.tfvars and \
                 *.auto.tfvars. Can be given more than once.",
            ))
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for VariableOptions {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut options = VariableOptions::default();
        options.update_from_arg_matches(matches)?;
        Ok(options)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        let of = |name: &str, make: fn(String) -> InputArgument| -> Vec<(usize, InputArgument)> {
            let indices = matches.indices_of(name).into_iter().flatten();
            let values = matches.get_many::<String>(name).into_iter().flatten();
            indices.zip(values).map(|(index, value)| (index, make(value.clone()))).collect()
        };
        let mut given = of("var", InputArgument::Value);
        given.extend(of("var-file", InputArgument::File));
        given.sort_by_key(|(index, _)| *index);
        self.given = given.into_iter().map(|(_, argument)| argument).collect();
        Ok(())
    }
}

/// How output looks.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ColourOptions {
    /// If specified, output won't contain any color.
    #[arg(long, default_value = "false")]
    pub(crate) no_color: Switch,
}

/// How much of a plan is drawn.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct DetailOptions {
    /// Draw every change of a long plan, instead of one for all that are alike.
    #[arg(long, default_value = "false")]
    pub(crate) full: Switch,
}

impl DetailOptions {
    pub(crate) fn detail(&self) -> Detail {
        if self.full.0 { Detail::Full } else { Detail::Summarised }
    }
}

/// Whether and how long to wait for the state.
#[derive(Clone, Debug, Args)]
pub(crate) struct LockOptions {
    /// Don't hold a state lock during the operation. This is dangerous if others might concurrently run commands
    /// against the same workspace.
    #[arg(long, default_value = "true")]
    pub(crate) lock: Switch,
    /// How long to try again while someone else holds the state lock.
    #[arg(long, default_value = "0s", value_name = "0s")]
    pub(crate) lock_timeout: Wait,
}

/// Where state is read.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct StateOptions {
    /// Path of the state to read, and to save unless -state-out is given. For local state only.
    #[arg(long, value_name = "path")]
    pub(crate) state: Option<String>,
}

/// Where state is written.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct StateOutputOptions {
    /// Path to write state to that is different than -state. For local state only.
    #[arg(long, value_name = "path")]
    pub(crate) state_out: Option<String>,
    /// Path to backup the existing state file before modifying. Defaults to the -state-out path with ".backup"
    /// behind it. Set to "-" to disable backup.
    #[arg(long, value_name = "path")]
    pub(crate) backup: Option<String>,
}

/// An option for another kind of backend.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct RemoteVersionOptions {
    /// For remote backends only: go on although the versions used here and there may not fit.
    #[arg(long, default_value = "false")]
    pub(crate) ignore_remote_version: Switch,
}

/// What a plan is to be like.
#[derive(Clone, Debug, Args)]
pub(crate) struct PlanOptions {
    /// Plan to destroy all objects that this configuration manages.
    #[arg(long, default_value = "false")]
    pub(crate) destroy: Switch,
    /// Only check whether remote objects still are what is recorded, and plan to record what they are.
    #[arg(long, default_value = "false")]
    pub(crate) refresh_only: Switch,
    /// Whether to look at remote objects before planning. With "false" none is looked at, with "config" only those
    /// that change. That is faster, but the record may be stale.
    #[arg(long, default_value = "true", value_name = "false|config", value_parser = refresh)]
    pub(crate) refresh: Refresh,
    /// Force replacement of a particular resource instance. Can be given more than once.
    #[arg(long, value_name = "resource", value_parser = instance)]
    pub(crate) replace: Vec<AbsResourceInstance>,
    /// Limit the operation to the given module, resource or resource instance and all of its dependencies. Can be
    /// given more than once. For exceptional use only.
    #[arg(long, value_name = "resource", value_parser = target)]
    pub(crate) target: Vec<Target>,
    /// Leave out the given module, resource or resource instance and everything that depends on it. Can be given
    /// more than once. For exceptional use only.
    #[arg(long, value_name = "resource", value_parser = target)]
    pub(crate) exclude: Vec<Target>,
    /// Like -target, for each address in a file, one in a line. Can be given more than once.
    #[arg(long, value_name = "filename")]
    pub(crate) target_file: Vec<PathBuf>,
    /// Like -exclude, for each address in a file, one in a line. Can be given more than once.
    #[arg(long, value_name = "filename")]
    pub(crate) exclude_file: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) variables: VariableOptions,
}

/// How an operation runs.
#[derive(Clone, Debug, Args)]
pub(crate) struct OperationOptions {
    /// Show warnings that come without errors in a more compact form that includes only the summary messages.
    #[arg(long, default_value = "false")]
    pub(crate) compact_warnings: Switch,
    /// Which uses of deprecated variables and outputs are told of: module:all, module:local (those of modules that
    /// are directories beside the configuration) or module:none.
    #[arg(long, default_value = "module:all", value_name = "module:m", value_parser = deprecations)]
    pub(crate) deprecation: ToldDeprecations,
    /// Ask for input for variables if not directly set.
    #[arg(long, default_value = "true")]
    pub(crate) input: Switch,
    /// Produce output in a machine-readable JSON format.
    #[arg(long, default_value = "false")]
    pub(crate) json: Switch,
    /// Limit the number of concurrent operations.
    #[arg(long, default_value = "10", value_name = "n")]
    pub(crate) parallelism: usize,
    #[command(flatten)]
    pub(crate) lock: LockOptions,
    #[command(flatten)]
    pub(crate) colour: ColourOptions,
    #[command(flatten)]
    pub(crate) state: StateOptions,
}

/// Whose deprecated variables and outputs are told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ToldDeprecations {
    /// Those of all modules.
    All,
    /// Those of modules that are directories beside the configuration.
    Local,
    /// Nobody's.
    None,
}

impl ToldDeprecations {
    /// Whether a problem is told of, which is about something deprecated from there or about nothing such.
    pub(crate) fn includes(self, deprecation: Option<Deprecation>) -> bool {
        match (self, deprecation) {
            (ToldDeprecations::All, _) | (_, None) => true,
            (ToldDeprecations::Local, Some(origin)) => origin == Deprecation::Local,
            (ToldDeprecations::None, Some(_)) => false,
        }
    }
}

/// Whose deprecated variables and outputs are told of.
fn deprecations(text: &str) -> Result<ToldDeprecations, &'static str> {
    match text {
        "module:all" => Ok(ToldDeprecations::All),
        "module:local" => Ok(ToldDeprecations::Local),
        "module:none" => Ok(ToldDeprecations::None),
        _ => Err("it must be module:all, module:local or module:none"),
    }
}

/// What is looked at: a switch with one word more than others have.
pub(crate) fn refresh(text: &str) -> Result<Refresh, &'static str> {
    match (text, Switch::from_str(text)) {
        ("config", _) => Ok(Refresh::Config),
        (_, Ok(Switch(true))) => Ok(Refresh::All),
        (_, Ok(Switch(false))) => Ok(Refresh::None),
        (_, Err(_)) => Err("it must be true, false or config"),
    }
}

/// What is looked at where that cannot be but everything.
pub(crate) fn refresh_all(text: &str) -> Result<Refresh, &'static str> {
    match refresh(text)? {
        Refresh::All => Ok(Refresh::All),
        Refresh::Config | Refresh::None => {
            Err("the command looks at every object; plan, apply and destroy are those that can do with less")
        }
    }
}

/// The address of a resource instance.
pub(crate) fn instance(text: &str) -> Result<AbsResourceInstance, plumb_address::AddressError> {
    AbsResourceInstance::parse(text)
}

/// The address of anything that can be targeted.
pub(crate) fn target(text: &str) -> Result<Target, plumb_address::AddressError> {
    Target::parse(text)
}

/// A path as it was typed.
pub(crate) fn path(text: &str) -> Result<PathBuf, Infallible> {
    Ok(text.into())
}
