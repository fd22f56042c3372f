//! Options of commands that are for hosts.

use clap::Args;

use super::options::{ColourOptions, Switch};

/// Which hosts, how they are spoken with, and how the user is.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct HostOptions {
    /// Only these hosts of the inventory: names, patterns, groups, and what is made of them, as in
    /// "web:&prod:!web3".
    #[arg(long, value_name = "hosts")]
    pub(crate) limit: Vec<String>,
    /// Say something of all hosts, over what the inventory says.
    #[arg(long, value_name = "name=value")]
    pub(crate) data: Vec<String>,
    /// How many hosts are dealt with at once.
    #[arg(long, value_name = "n", default_value = "50")]
    pub(crate) parallel: usize,
    /// Do everything as root, by sudo.
    #[arg(long, default_value = "false")]
    pub(crate) sudo: Switch,
    /// Do everything as this user, by sudo.
    #[arg(long, value_name = "user")]
    pub(crate) sudo_user: Option<String>,
    /// Ask once for the password that sudo wants, on all hosts.
    #[arg(long, default_value = "false")]
    pub(crate) ask_sudo_password: Switch,
    /// Speak JSON: one object for each line.
    #[arg(long, default_value = "false")]
    pub(crate) json: Switch,
    /// Ask for input if necessary.
    #[arg(long, default_value = "true")]
    pub(crate) input: Switch,
    #[command(flatten)]
    pub(crate) colour: ColourOptions,
}

/// Options of `deploy`.
#[derive(Debug, Args)]
pub(crate) struct DeployArguments {
    /// One or more inventories, and the file of the deploy.
    #[arg(value_name = "inventory... deploy.star", required = true, num_args = 1..)]
    pub(crate) words: Vec<String>,
    /// Show what would be done, and do nothing.
    #[arg(long, default_value = "false")]
    pub(crate) plan: Switch,
    /// Do not ask whether to do it.
    #[arg(long, visible_alias = "auto-approve", default_value = "false")]
    pub(crate) yes: Switch,
    /// Exit with 0 where nothing is to be done, and with 2 where something is: for -plan.
    #[arg(long, default_value = "false")]
    pub(crate) detailed_exitcode: Switch,
    /// Show the lines of files that change.
    #[arg(long, default_value = "true")]
    pub(crate) diff: Switch,
    /// Show operations that have nothing to do, too, and what those that are done write.
    #[arg(long, default_value = "false")]
    pub(crate) verbose: Switch,
    /// How many hosts are changed before the next are, as in "1,10%,100%". The last of these repeats.
    #[arg(long, value_name = "waves")]
    pub(crate) serial: Option<String>,
    /// Begin no other host once so many have failed, as in "3" or "10%".
    #[arg(long, value_name = "hosts")]
    pub(crate) fail_at: Option<String>,
    /// Tell of every run of the code: what it asks, what it waits for and where, and what it prints where.
    #[arg(long, default_value = "false")]
    pub(crate) trace: Switch,
    /// Write down what the code asks of each host, into a file of this directory that tests can be given.
    #[arg(long, value_name = "directory")]
    pub(crate) record: Option<String>,
    /// Only operations with this tag.
    #[arg(long, value_name = "tag")]
    pub(crate) tags: Vec<String>,
    /// Only hosts that earlier runs have left over: those that failed, were not reached or not begun.
    #[arg(long, default_value = "false")]
    pub(crate) resume: Switch,
    /// Write what is planned, done and said on each host into a file of its own in this directory.
    #[arg(long, value_name = "directory")]
    pub(crate) log_dir: Option<std::path::PathBuf>,
    /// Say which operations took longest, however fast they were.
    #[arg(long, default_value = "false")]
    pub(crate) times: Switch,
    #[command(flatten)]
    pub(crate) hosts: HostOptions,
}

/// Options of `exec`.
#[derive(Debug, Args)]
pub(crate) struct ExecArguments {
    /// The hosts, and the command as a shell reads it.
    #[arg(value_name = "inventory command...", required = true, num_args = 1..)]
    pub(crate) words: Vec<String>,
    /// End it on each host after so many seconds.
    #[arg(long, value_name = "seconds")]
    pub(crate) timeout: Option<u64>,
    #[command(flatten)]
    pub(crate) hosts: HostOptions,
}

/// Options of `fact`.
#[derive(Debug, Args)]
pub(crate) struct FactArguments {
    /// The hosts, and a fact with its arguments, as in "apt.installed"; without one what is always known.
    #[arg(value_name = "inventory [fact [arguments...]]", required = true, num_args = 1..)]
    pub(crate) words: Vec<String>,
    #[command(flatten)]
    pub(crate) hosts: HostOptions,
}
