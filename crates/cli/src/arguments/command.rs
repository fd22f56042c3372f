//! All commands with their options.
//!
//! The first line of each documentation comment is what help texts show; so these comments speak to
//! the users of the program.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use plumb_address::AbsResourceInstance;

use super::hosts::{DeployArguments, ExecArguments, FactArguments};
use super::options::{
    ColourOptions, DetailOptions, LockOptions, OperationOptions, PlanOptions, RemoteVersionOptions,
    StateOptions, StateOutputOptions, Switch, VariableOptions, path,
};

/// Infrastructure as code that stays true to plan.
#[derive(Debug, Parser)]
#[command(
    name = "plumb",
    disable_help_flag = true,
    disable_help_subcommand = true,
    disable_version_flag = true,
    infer_long_args = false
)]
pub(crate) struct CommandLine {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// A command.
#[derive(Debug, Subcommand)]
#[command(disable_help_flag = true, disable_help_subcommand = true)]
pub(crate) enum Command {
    /// Prepare your working directory for other commands
    Init(InitArguments),
    /// Check whether the configuration is valid
    Validate(ValidateArguments),
    /// Show changes required by the current configuration
    Plan(PlanArguments),
    /// Create or update infrastructure
    Apply(ApplyArguments),
    /// Destroy previously-created infrastructure
    Destroy(ApplyArguments),
    /// Try expressions at an interactive command prompt
    Console(ConsoleArguments),
    /// Reformat your configuration in the standard style
    Fmt(FormatArguments),
    /// Release a stuck lock on the current workspace
    ForceUnlock(ForceUnlockArguments),
    /// Install or upgrade modules
    Get(GetArguments),
    /// Make hosts what code describes
    Deploy(DeployArguments),
    /// Run a command on hosts
    Exec(ExecArguments),
    /// Show what is known of hosts
    Fact(FactArguments),
    /// Turn a playbook of Ansible into a deploy
    Convert(ConvertArguments),
    /// Document the module: what it needs, what it is given, and what it gives
    Docs(DocsArguments),
    /// Show how the objects of the configuration depend on each other, for Graphviz or Mermaid
    Graph(GraphArguments),
    /// Associate existing infrastructure with a resource
    Import(ImportArguments),
    /// Show which hosts there are, how each is reached, and what is said of it
    Inventory(InventoryArguments),
    /// Obtain and save credentials for a remote host
    Login(HostArguments),
    /// Remove locally-stored credentials for a remote host
    Logout(HostArguments),
    /// Metadata related commands
    #[command(subcommand)]
    Metadata(MetadataCommand),
    /// Show output values from your root module
    Output(OutputArguments),
    /// Show the providers required for this configuration
    Providers(ProvidersArguments),
    /// Update the state to match remote systems
    Refresh(RefreshArguments),
    /// Show the current state or a saved plan
    Show(ShowArguments),
    /// Advanced state management
    #[command(subcommand)]
    State(StateCommand),
    /// Execute integration tests for the module in this directory
    Test(TestArguments),
    /// Mark a resource instance as not fully functional
    Taint(TaintArguments),
    /// Remove the 'tainted' mark from a resource instance
    Untaint(TaintArguments),
    /// Show the current version
    Version(VersionArguments),
    /// Workspace management
    #[command(subcommand, alias = "env")]
    Workspace(WorkspaceCommand),
    /// Print a script that completes commands in your shell
    Completion(CompletionArguments),
}

/// Options of `init`.
#[derive(Debug, Args)]
pub(crate) struct InitArguments {
    /// Do not initialize the backend, and use what was previously initialized instead.
    #[arg(long, default_value = "true", alias = "cloud")]
    pub(crate) backend: Switch,
    /// Configuration to be merged with what is in the configuration's backend block: a path to a file with
    /// assignments, or 'key=value'. Can be given more than once.
    #[arg(long, value_name = "path")]
    pub(crate) backend_config: Vec<String>,
    /// Answer yes to all questions about copying state data to a new backend.
    #[arg(long, default_value = "false")]
    pub(crate) force_copy: Switch,
    /// Copy the files of a module on this machine into this directory before initialization.
    #[arg(long, value_name = "source")]
    pub(crate) from_module: Option<String>,
    /// Do not install modules.
    #[arg(long, default_value = "true")]
    pub(crate) get: Switch,
    /// Ask questions where that is needed.
    #[arg(long, default_value = "true")]
    pub(crate) input: Switch,
    /// Produce output in a machine-readable JSON format.
    #[arg(long, default_value = "false")]
    pub(crate) json: Switch,
    /// Set a dependency lockfile mode. Only "readonly" is valid.
    #[arg(long, value_name = "mode")]
    pub(crate) lockfile: Option<String>,
    /// Reconfigure the backend, and migrate any existing state.
    #[arg(long, default_value = "false")]
    pub(crate) migrate_state: Switch,
    /// Reconfigure the backend, ignoring any saved configuration.
    #[arg(long, default_value = "false")]
    pub(crate) reconfigure: Switch,
    /// Install the latest module and provider versions allowed within configured constraints.
    #[arg(long, default_value = "false")]
    pub(crate) upgrade: Switch,
    /// A directory to take providers from, instead of everywhere else. Can be given more than once.
    #[arg(long, value_name = "directory", value_parser = path)]
    pub(crate) plugin_dir: Vec<PathBuf>,
    /// Show warnings in a more compact form.
    #[arg(long, default_value = "false")]
    pub(crate) compact_warnings: Switch,
    /// The directory with tests.
    #[arg(long, default_value = "tests", value_name = "path")]
    pub(crate) test_directory: String,
    #[command(flatten)]
    pub(crate) lock: LockOptions,
    #[command(flatten)]
    pub(crate) colour: ColourOptions,
    #[command(flatten)]
    pub(crate) remote: RemoteVersionOptions,
}

/// Options of `validate`.
#[derive(Debug, Args)]
pub(crate) struct ValidateArguments {
    /// Produce output in a machine-readable JSON format.
    #[arg(long, default_value = "false")]
    pub(crate) json: Switch,
    /// Do not validate test files.
    #[arg(long, default_value = "false")]
    pub(crate) no_tests: Switch,
    /// The directory with tests.
    #[arg(long, default_value = "tests", value_name = "path")]
    pub(crate) test_directory: String,
    #[command(flatten)]
    pub(crate) colour: ColourOptions,
    /// The directory to validate instead of this one.
    #[arg(value_name = "DIR", value_parser = path)]
    pub(crate) directory: Option<PathBuf>,
}

/// Options of `plan`.
#[derive(Debug, Args)]
pub(crate) struct PlanArguments {
    /// Return detailed exit codes: 0 for no changes, 1 for errors, 2 for changes.
    #[arg(long, default_value = "false")]
    pub(crate) detailed_exitcode: Switch,
    /// Write a plan file to the given path, to be given to "apply".
    #[arg(long, value_name = "path")]
    pub(crate) out: Option<String>,
    /// Generate configuration for imported resources that have none, into a new file.
    #[arg(long, value_name = "path")]
    pub(crate) generate_config_out: Option<String>,
    #[command(flatten)]
    pub(crate) detail: DetailOptions,
    #[command(flatten)]
    pub(crate) plan: PlanOptions,
    #[command(flatten)]
    pub(crate) operation: OperationOptions,
}

/// Options of `apply` and `destroy`.
#[derive(Debug, Args)]
pub(crate) struct ApplyArguments {
    /// Skip interactive approval of plan before applying.
    #[arg(long, default_value = "false")]
    pub(crate) auto_approve: Switch,
    /// Refuse a saved plan where files of the configuration have changed since it was made.
    #[arg(long, default_value = "false")]
    pub(crate) strict: Switch,
    /// Say that what an interrupted run was about to create at this address does not exist, so that it can be
    /// created again. Can be given more than once.
    #[arg(long, value_name = "resource", value_parser = super::options::instance)]
    pub(crate) not_created: Vec<AbsResourceInstance>,
    #[command(flatten)]
    pub(crate) detail: DetailOptions,
    #[command(flatten)]
    pub(crate) plan_options: PlanOptions,
    #[command(flatten)]
    pub(crate) operation: OperationOptions,
    #[command(flatten)]
    pub(crate) state_output: StateOutputOptions,
    /// A plan that "plan -out" has made.
    #[arg(value_name = "PLAN")]
    pub(crate) plan: Option<String>,
}

/// Options of `refresh`.
#[derive(Debug, Args)]
pub(crate) struct RefreshArguments {
    /// Accepted where it says what the command does.
    #[arg(long, default_value = "true", hide = true, value_parser = super::options::refresh_all)]
    pub(crate) refresh: plumb_plan::Refresh,
    /// Limit the operation to this resource and its dependencies. Can be given more than once.
    #[arg(long, value_name = "resource", value_parser = super::options::target)]
    pub(crate) target: Vec<plumb_address::Target>,
    #[command(flatten)]
    pub(crate) variables: VariableOptions,
    #[command(flatten)]
    pub(crate) operation: OperationOptions,
    #[command(flatten)]
    pub(crate) state_output: StateOutputOptions,
}

/// Options of `console`.
#[derive(Debug, Args)]
pub(crate) struct ConsoleArguments {
    /// Make a plan first, and evaluate expressions against what will be rather than what is.
    #[arg(long, default_value = "false")]
    pub(crate) plan: Switch,
    #[command(flatten)]
    pub(crate) state: StateOptions,
    #[command(flatten)]
    pub(crate) variables: VariableOptions,
    #[command(flatten)]
    pub(crate) lock: LockOptions,
    #[command(flatten)]
    pub(crate) colour: ColourOptions,
}

/// Options of `fmt`.
#[derive(Debug, Args)]
pub(crate) struct FormatArguments {
    /// List files whose formatting differs (always disabled if using STDIN).
    #[arg(long, default_value = "true")]
    pub(crate) list: Switch,
    /// Write to source files (always disabled if using STDIN or -check).
    #[arg(long, default_value = "true")]
    pub(crate) write: Switch,
    /// Display diffs of formatting changes.
    #[arg(long, default_value = "false")]
    pub(crate) diff: Switch,
    /// Check if the input is formatted. Exit status will be 0 if all input is properly formatted and non-zero
    /// otherwise.
    #[arg(long, default_value = "false")]
    pub(crate) check: Switch,
    /// Also process files in subdirectories.
    #[arg(long, default_value = "false")]
    pub(crate) recursive: Switch,
    #[command(flatten)]
    pub(crate) colour: ColourOptions,
    /// Files and directories, or a single dash for standard input.
    #[arg(value_name = "target")]
    pub(crate) targets: Vec<String>,
}

/// Options of `force-unlock`.
#[derive(Debug, Args)]
pub(crate) struct ForceUnlockArguments {
    /// Don't ask for input for unlock confirmation.
    #[arg(long, default_value = "false")]
    pub(crate) force: Switch,
    /// The identifier that the message about the lock shows.
    #[arg(value_name = "LOCK_ID")]
    pub(crate) id: String,
}

/// Options of `test`.
#[derive(Debug, Args)]
pub(crate) struct TestArguments {
    /// Not supported: the source of a module in a private registry, for tests that run there.
    #[arg(long, value_name = "source")]
    pub(crate) cloud_run: Option<String>,
    /// Only execute this test file. Can be given more than once.
    #[arg(long, value_name = "testfile")]
    pub(crate) filter: Vec<String>,
    /// Produce output in a machine-readable JSON format.
    #[arg(long, default_value = "false")]
    pub(crate) json: Switch,
    /// Also write the results to this file, in the XML format of JUnit.
    #[arg(long, value_name = "path")]
    pub(crate) junit_xml: Option<String>,
    /// Limit the number of concurrent operations of each run.
    #[arg(long, default_value = "10", value_name = "n")]
    pub(crate) parallelism: usize,
    /// The directory with tests.
    #[arg(long, default_value = "tests", value_name = "path")]
    pub(crate) test_directory: String,
    /// Print the plan or state of each run as it executes.
    #[arg(long, default_value = "false")]
    pub(crate) verbose: Switch,
    #[command(flatten)]
    pub(crate) colour: ColourOptions,
    #[command(flatten)]
    pub(crate) variables: VariableOptions,
}

/// Options of `get`.
#[derive(Debug, Args)]
pub(crate) struct GetArguments {
    /// Check already-downloaded modules for available updates and install the newest versions available.
    #[arg(long, default_value = "false")]
    pub(crate) update: Switch,
    /// The directory with tests.
    #[arg(long, default_value = "tests", value_name = "path")]
    pub(crate) test_directory: String,
    #[command(flatten)]
    pub(crate) colour: ColourOptions,
}

/// Options of `docs`.
#[derive(Debug, Args)]
pub(crate) struct DocsArguments {
    /// Print JSON instead of Markdown.
    #[arg(long, default_value = "false")]
    pub(crate) json: Switch,
    /// Write into a file, between the lines <!-- BEGIN_TF_DOCS --> and <!-- END_TF_DOCS -->, or at its end.
    #[arg(long, value_name = "file")]
    pub(crate) output_file: Option<String>,
    /// Write nothing, and fail where the file would change.
    #[arg(long, default_value = "false")]
    pub(crate) check: Switch,
}

/// Options of `graph`.
#[derive(Debug, Args)]
pub(crate) struct GraphArguments {
    /// Show the steps of a saved plan instead of the configuration.
    #[arg(long, value_name = "tfplan")]
    pub(crate) plan: Option<String>,
    /// Show the steps of an operation: plan, plan-refresh-only, plan-destroy or apply. With mermaid,
    /// draw what is shown otherwise for Mermaid instead of Graphviz.
    #[arg(long = "type", value_name = "type")]
    pub(crate) kind: Option<String>,
    /// Accepted for compatibility: cycles are reported as errors with the path that they take.
    #[arg(long, default_value = "false")]
    pub(crate) draw_cycles: Switch,
    /// Accepted for compatibility.
    #[arg(long, default_value = "-1", hide = true)]
    pub(crate) module_depth: i64,
}

/// Options of `import`.
#[derive(Debug, Args)]
pub(crate) struct ImportArguments {
    /// The directory with the configuration.
    #[arg(long, value_name = "path", value_parser = path)]
    pub(crate) config: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) variables: VariableOptions,
    #[command(flatten)]
    pub(crate) operation: OperationOptions,
    #[command(flatten)]
    pub(crate) state_output: StateOutputOptions,
    #[command(flatten)]
    pub(crate) remote: RemoteVersionOptions,
    /// Where to put the object.
    #[arg(value_name = "ADDR")]
    pub(crate) address: String,
    /// How the provider knows it.
    #[arg(value_name = "ID")]
    pub(crate) id: String,
}

/// Options of `convert`.
#[derive(Debug, Args)]
pub(crate) struct ConvertArguments {
    /// The file that the deploy is written to; each role goes to one of its own in "roles" beside it. Without it
    /// everything is printed.
    #[arg(long, value_name = "path")]
    pub(crate) output: Option<String>,
    /// Print JSON: the files, and what was not converted.
    #[arg(long, default_value = "false")]
    pub(crate) json: Switch,
    #[command(flatten)]
    pub(crate) colour: ColourOptions,
    /// The playbook.
    #[arg(value_name = "PLAYBOOK")]
    pub(crate) playbook: String,
}

/// Options of `inventory`.
#[derive(Debug, Args)]
pub(crate) struct InventoryArguments {
    /// Only these hosts: names, groups and patterns with commas between them. "&web" keeps only those that are in
    /// web as well, "!canary" leaves canary out. Can be given more than once.
    #[arg(long, value_name = "hosts")]
    pub(crate) limit: Vec<String>,
    /// A value that all hosts have, whatever the inventory says: 'name=value'. Can be given more than once.
    #[arg(long, value_name = "name=value")]
    pub(crate) data: Vec<String>,
    /// Print JSON.
    #[arg(long, default_value = "false")]
    pub(crate) json: Switch,
    #[command(flatten)]
    pub(crate) colour: ColourOptions,
    /// Files, directories, programs, names of hosts with commas between them, or words such as @local.
    #[arg(value_name = "INVENTORY", required = true)]
    pub(crate) inventories: Vec<String>,
}

/// Options of `login` and `logout`.
#[derive(Debug, Args)]
pub(crate) struct HostArguments {
    /// The host; app.terraform.io where none is given.
    #[arg(value_name = "hostname")]
    pub(crate) host: Option<String>,
}

/// Commands below `metadata`.
#[derive(Debug, Subcommand)]
pub(crate) enum MetadataCommand {
    /// Show signatures and descriptions for the available functions
    Functions(JsonArguments),
}

/// Options of commands that only speak JSON.
#[derive(Debug, Args)]
pub(crate) struct JsonArguments {
    /// Produce output in a machine-readable JSON format. Required.
    #[arg(long, default_value = "false")]
    pub(crate) json: Switch,
}

/// Options of `output`.
#[derive(Debug, Args)]
pub(crate) struct OutputArguments {
    /// Print JSON.
    #[arg(long, default_value = "false")]
    pub(crate) json: Switch,
    /// For values that can be converted to a string, print the raw string directly.
    #[arg(long, default_value = "false")]
    pub(crate) raw: Switch,
    #[command(flatten)]
    pub(crate) state: StateOptions,
    #[command(flatten)]
    pub(crate) colour: ColourOptions,
    /// Which output; all where none is given.
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
}

/// Options of `providers` and the commands below it.
#[derive(Debug, Args)]
pub(crate) struct ProvidersArguments {
    #[command(subcommand)]
    pub(crate) command: Option<ProvidersCommand>,
}

/// Commands below `providers`.
#[derive(Debug, Subcommand)]
pub(crate) enum ProvidersCommand {
    /// Write out dependency locks for the configured providers
    Lock(ProvidersLockArguments),
    /// Save local copies of all required provider plugins
    Mirror(ProvidersMirrorArguments),
    /// Show schemas for the providers used in the configuration
    Schema(JsonArguments),
    /// Show the provider processes that are kept ready for the next command
    Ps,
    /// Stop the provider processes that are kept ready
    Stop,
}

/// Options of `providers lock`.
#[derive(Debug, Args)]
pub(crate) struct ProvidersLockArguments {
    /// A filesystem mirror to ask instead of the registries.
    #[arg(long, value_name = "dir", value_parser = path)]
    pub(crate) fs_mirror: Option<PathBuf>,
    /// A network mirror to ask instead of the registries.
    #[arg(long, value_name = "url")]
    pub(crate) net_mirror: Option<String>,
    /// A target platform to request package checksums for; this machine's where none is given. Can be given more
    /// than once.
    #[arg(long, value_name = "os_arch")]
    pub(crate) platform: Vec<String>,
    /// Accepted for compatibility: packages are always fetched anew, to be checked.
    #[arg(long, default_value = "false")]
    pub(crate) enable_plugin_cache: Switch,
    /// Which providers; all where none are given.
    #[arg(value_name = "provider")]
    pub(crate) providers: Vec<String>,
}

/// Options of `providers mirror`.
#[derive(Debug, Args)]
pub(crate) struct ProvidersMirrorArguments {
    /// A target platform to fetch packages for; this machine's where none is given. Can be given more than once.
    #[arg(long, value_name = "os_arch")]
    pub(crate) platform: Vec<String>,
    /// Use the versions in the dependency lock file.
    #[arg(long, default_value = "true")]
    pub(crate) lock_file: Switch,
    /// Where to put the packages.
    #[arg(value_name = "target-dir", value_parser = path)]
    pub(crate) directory: PathBuf,
}

/// Options of `show`.
#[derive(Debug, Args)]
pub(crate) struct ShowArguments {
    /// Produce output in a machine-readable JSON format.
    #[arg(long, default_value = "false")]
    pub(crate) json: Switch,
    #[command(flatten)]
    pub(crate) detail: DetailOptions,
    #[command(flatten)]
    pub(crate) colour: ColourOptions,
    /// A state file or a saved plan; the current state where nothing is given.
    #[arg(value_name = "path")]
    pub(crate) path: Option<String>,
}

/// Commands below `state`.
#[derive(Debug, Subcommand)]
pub(crate) enum StateCommand {
    /// List resources in the state
    #[command(alias = "ls")]
    List(StateListArguments),
    /// Move an item in the state
    #[command(alias = "move")]
    Mv(StateMoveArguments),
    /// Pull current state and output to stdout
    Pull(StatePullArguments),
    /// Update remote state from a local state file
    Push(StatePushArguments),
    /// Replace provider in the state
    ReplaceProvider(ReplaceProviderArguments),
    /// Remove instances from the state
    #[command(alias = "remove")]
    Rm(StateRemoveArguments),
    /// Show a resource in the state
    Show(StateShowArguments),
}

/// Options of `state list`.
#[derive(Debug, Args)]
pub(crate) struct StateListArguments {
    /// Include only instances whose "id" attribute is this.
    #[arg(long, value_name = "ID")]
    pub(crate) id: Option<String>,
    #[command(flatten)]
    pub(crate) state: StateOptions,
    /// Modules and resources to list.
    #[arg(value_name = "address")]
    pub(crate) addresses: Vec<String>,
}

/// Options of `state mv`.
#[derive(Debug, Args)]
pub(crate) struct StateMoveArguments {
    /// Print what would be moved, but move nothing.
    #[arg(long, default_value = "false")]
    pub(crate) dry_run: Switch,
    /// Where the backup of the state that is written by -state-out goes.
    #[arg(long, value_name = "path")]
    pub(crate) backup_out: Option<String>,
    #[command(flatten)]
    pub(crate) lock: LockOptions,
    #[command(flatten)]
    pub(crate) state: StateOptions,
    #[command(flatten)]
    pub(crate) state_output: StateOutputOptions,
    #[command(flatten)]
    pub(crate) remote: RemoteVersionOptions,
    /// What to move.
    #[arg(value_name = "SOURCE")]
    pub(crate) source: String,
    /// Where to.
    #[arg(value_name = "DESTINATION")]
    pub(crate) destination: String,
}

/// Options of `state pull`.
#[derive(Debug, Args)]
pub(crate) struct StatePullArguments {}

/// Options of `state push`.
#[derive(Debug, Args)]
pub(crate) struct StatePushArguments {
    /// Write the state even if lineages don't match or what is there is newer.
    #[arg(long, default_value = "false")]
    pub(crate) force: Switch,
    #[command(flatten)]
    pub(crate) lock: LockOptions,
    #[command(flatten)]
    pub(crate) remote: RemoteVersionOptions,
    /// The file with the state, or a single dash for standard input.
    #[arg(value_name = "PATH")]
    pub(crate) path: String,
}

/// Options of `state replace-provider`.
#[derive(Debug, Args)]
pub(crate) struct ReplaceProviderArguments {
    /// Skip interactive approval.
    #[arg(long, default_value = "false")]
    pub(crate) auto_approve: Switch,
    #[command(flatten)]
    pub(crate) lock: LockOptions,
    #[command(flatten)]
    pub(crate) state: StateOptions,
    #[command(flatten)]
    pub(crate) state_output: StateOutputOptions,
    #[command(flatten)]
    pub(crate) remote: RemoteVersionOptions,
    /// The provider to replace.
    #[arg(value_name = "FROM_PROVIDER_FQN")]
    pub(crate) from: String,
    /// The provider to put in its place.
    #[arg(value_name = "TO_PROVIDER_FQN")]
    pub(crate) to: String,
}

/// Options of `state rm`.
#[derive(Debug, Args)]
pub(crate) struct StateRemoveArguments {
    /// Print what would be removed, but remove nothing.
    #[arg(long, default_value = "false")]
    pub(crate) dry_run: Switch,
    #[command(flatten)]
    pub(crate) lock: LockOptions,
    #[command(flatten)]
    pub(crate) state: StateOptions,
    #[command(flatten)]
    pub(crate) state_output: StateOutputOptions,
    #[command(flatten)]
    pub(crate) remote: RemoteVersionOptions,
    /// What to forget.
    #[arg(value_name = "ADDRESS", required = true)]
    pub(crate) addresses: Vec<String>,
}

/// Options of `state show`.
#[derive(Debug, Args)]
pub(crate) struct StateShowArguments {
    #[command(flatten)]
    pub(crate) state: StateOptions,
    #[command(flatten)]
    pub(crate) colour: ColourOptions,
    /// Which instance.
    #[arg(value_name = "ADDRESS")]
    pub(crate) address: String,
}

/// Options of `taint` and `untaint`.
#[derive(Debug, Args)]
pub(crate) struct TaintArguments {
    /// Succeed even if the resource is missing.
    #[arg(long, default_value = "false")]
    pub(crate) allow_missing: Switch,
    #[command(flatten)]
    pub(crate) lock: LockOptions,
    #[command(flatten)]
    pub(crate) state: StateOptions,
    #[command(flatten)]
    pub(crate) state_output: StateOutputOptions,
    #[command(flatten)]
    pub(crate) remote: RemoteVersionOptions,
    /// Which instance.
    #[arg(value_name = "address")]
    pub(crate) address: String,
}

/// Options of `version`.
#[derive(Debug, Args)]
pub(crate) struct VersionArguments {
    /// Output the version information as a JSON object.
    #[arg(long, default_value = "false")]
    pub(crate) json: Switch,
}

/// Commands below `workspace`.
#[derive(Debug, Subcommand)]
pub(crate) enum WorkspaceCommand {
    /// Delete a workspace
    Delete(WorkspaceDeleteArguments),
    /// List Workspaces
    List(WorkspaceListArguments),
    /// Create a new workspace
    New(WorkspaceNewArguments),
    /// Select a workspace
    Select(WorkspaceSelectArguments),
    /// Show the name of the current workspace
    Show(WorkspaceListArguments),
}

/// Options of `workspace delete`.
#[derive(Debug, Args)]
pub(crate) struct WorkspaceDeleteArguments {
    /// Remove a workspace even if it is managing resources. They can no longer be tracked or managed then.
    #[arg(long, default_value = "false")]
    pub(crate) force: Switch,
    #[command(flatten)]
    pub(crate) lock: LockOptions,
    /// Which workspace.
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
}

/// Options of `workspace list` and `workspace show`.
#[derive(Debug, Args)]
pub(crate) struct WorkspaceListArguments {}

/// Options of `workspace new`.
#[derive(Debug, Args)]
pub(crate) struct WorkspaceNewArguments {
    #[command(flatten)]
    pub(crate) lock: LockOptions,
    /// Copy an existing state file into the new workspace.
    #[arg(long, value_name = "path")]
    pub(crate) state: Option<String>,
    /// What to call it.
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
}

/// Options of `workspace select`.
#[derive(Debug, Args)]
pub(crate) struct WorkspaceSelectArguments {
    /// Create the workspace if it doesn't exist.
    #[arg(long, default_value = "false")]
    pub(crate) or_create: Switch,
    /// Which workspace.
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
}

/// Options of `completion`.
#[derive(Debug, Args)]
pub(crate) struct CompletionArguments {
    /// The shell: bash, zsh or fish.
    #[arg(value_name = "SHELL")]
    pub(crate) shell: String,
}
