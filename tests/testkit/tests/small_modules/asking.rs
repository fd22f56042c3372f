//! Asks a program about a module.
//!
//! Responsible for a directory with the module's files, for installing the modules that it calls, and for the
//! command that was asked for. What is said is `said`'s.

use std::path::PathBuf;

use plumb_testkit::{Finished, Installation, Program, Workspace, WorkspaceError};

use crate::archive::Module;
use crate::said::Said;

/// The schema of the provider, where a module has one of its own.
const SCHEMA: &str = "schema.json";

/// The settings of the program, where a module is about them.
const CLI_CONFIGURATION: &str = "cli.tfrc";

/// The programs that serve providers.
pub(crate) struct Asking {
    pub(crate) provider: PathBuf,
    pub(crate) builtins: PathBuf,
}

impl Asking {
    /// What the program says of the module.
    pub(crate) fn ask(&self, module: &Module, program: &Program) -> Result<Said, WorkspaceError> {
        let mut workspace = Workspace::new(&self.provider, Installation::Override)?;
        // The one that has them in its own process needs nobody to serve them.
        if program.name == "terraform" {
            workspace.serve_builtins(&self.provider, &self.builtins)?;
        }
        for (path, text) in &module.files {
            workspace.write(path, Some(text))?;
        }
        let at = workspace.directory();
        for (file, variable) in [(SCHEMA, "PROBE_SCHEMA"), (CLI_CONFIGURATION, "TF_CLI_CONFIG_FILE")] {
            if module.files.iter().any(|(path, _)| path == file) {
                workspace.set(variable, &at.join(file).display().to_string());
            }
        }
        for (name, value) in &module.environment {
            workspace.set(name, value);
        }
        let is_init = module.command.iter().any(|word| word == "init");
        if module.has_modules() && !is_init {
            let installed = workspace.run(&program.path, &["get", "-no-color"].map(str::to_owned), "")?;
            if installed.exit_code != Some(0) {
                return Ok(in_text(&installed));
            }
        }
        let mut arguments = module.command.clone();
        arguments.push("-json".to_owned());
        if module.command.iter().any(|word| word == "plan") || is_init {
            arguments.push("-input=false".to_owned());
        }
        let finished = workspace.run(&program.path, &arguments, "")?;
        let said = Said::of_json(&finished.stdout);
        let is_silent = finished.exit_code != Some(0) && !said.is_refusal();
        Ok(if is_silent { with_events(in_text(&finished), said) } else { said })
    }
}

fn in_text(finished: &Finished) -> Said {
    Said::of_text(&format!("{}\n{}", finished.stdout, finished.stderr))
}

fn with_events(mut said: Said, other: Said) -> Said {
    said.events.extend(other.events);
    said
}
