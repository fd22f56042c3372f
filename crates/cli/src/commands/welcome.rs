//! The start page: what the program is for, and what to do next in this directory.

use std::path::Path;

use clap::CommandFactory as _;

use crate::arguments::CommandLine;
use crate::exit::Exit;
use crate::session::Session;
use crate::shell::Shell;
use crate::version::{PLUMB_VERSION, TERRAFORM_VERSION};

/// Shows the start page. Where it answers a command line without a command, that counts as a failure.
pub(crate) fn welcome(shell: &mut Shell, directory: Option<&Path>, as_error: bool) -> Exit {
    if let Err(diagnostics) = shell.enter(directory) {
        return shell.finish(Err(diagnostics));
    }
    let text = page(&next_step(&Session::quiet(shell)));
    if as_error {
        // As tools expect it of a command line that lacks a command.
        shell.terminal.print(&text);
        return Exit::Failure;
    }
    shell.terminal.print(&text);
    Exit::Success
}

const MAIN: [&str; 5] = ["init", "validate", "plan", "apply", "destroy"];

fn page(next: &str) -> String {
    let command = CommandLine::command();
    let line = |name: &str, about: String| format!("  {name:<13} {about}\n");
    let mut main = String::new();
    let mut others = Vec::new();
    for below in command.get_subcommands() {
        let text = line(below.get_name(), below.get_about().map(ToString::to_string).unwrap_or_default());
        if MAIN.contains(&below.get_name()) { main.push_str(&text) } else { others.push(text) }
    }
    others.sort();
    format!(
        "Usage: plumb [global options] <subcommand> [args]\n\nPlumb v{PLUMB_VERSION} plans and makes changes to \
         infrastructure that is described in files.\nIt reads what Terraform v{TERRAFORM_VERSION} reads, and takes the \
         same commands and options.\n\nWhat to do next here:\n{next}\n\nMain commands:\n{main}\nAll other \
         commands:\n{}\nGlobal options (use these before the subcommand, if any):\n  -chdir=DIR    Switch to a different \
         working directory before executing the\n                given subcommand.\n  -help         Show this help \
         output, or the help for a specified subcommand.\n  -version      An alias for the \"version\" subcommand.\n",
        others.concat()
    )
}

fn next_step(session: &Session<'_>) -> String {
    if !session.has_configuration()
        && let Some(deploy) = deploy_here(session)
    {
        return format!(
            "  This directory has a deploy: \"plumb deploy -plan @local {deploy}\" shows what it would change on this machine;\n  \
             with the name of a host or a file of them in the place of @local, there."
        );
    }
    if !session.has_configuration() {
        return "  This directory has no configuration (*.tf files). Go to one that has some, or begin with a file\n  \
                main.tf such as\n\n    resource \"local_file\" \"hello\" {\n      filename = \"hello.txt\"\n      content  = \
                \"Hello!\\n\"\n    }\n\n  and run \"plumb init\", then \"plumb plan\"."
            .to_owned();
    }
    if Path::new("terraform.tfstate").is_file() || session.data_directory.join("terraform.tfstate").is_file()
    {
        return "  This directory has a configuration and a state: \"plumb plan\" shows what the configuration would\n  \
                change, \"plumb show\" what is recorded, \"plumb output\" the results."
            .to_owned();
    }
    if session.data_directory.is_dir() || session.lock_file_path().is_file() {
        return "  This directory is initialized, and nothing has been created from it yet: run \"plumb plan\" to see\n  \
                what would be, then \"plumb apply\"."
            .to_owned();
    }
    "  This directory has a configuration that was not initialized here yet: run \"plumb init\", then \"plumb plan\"\n  to \
     see what would be created."
        .to_owned()
}

/// A file of code here that has a function for hosts.
fn deploy_here(session: &Session<'_>) -> Option<String> {
    let names = session.files.list(Path::new(".")).ok()?;
    let mut files = names.into_iter().filter(|(name, is_directory)| !is_directory && name.ends_with(".star"));
    let is_deploy = |name: &str| {
        let text = session.files.read_regular(Path::new(name)).unwrap_or_default();
        text.split(|byte| *byte == b'\n').any(|line| line.starts_with(b"def deploy("))
    };
    files.find(|(name, _)| is_deploy(name)).map(|(name, _)| name)
}
