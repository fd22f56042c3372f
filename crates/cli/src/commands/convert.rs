//! `convert`: a playbook of Ansible, as a deploy.

use std::path::Path;

use plumb_diagnostics::{Diagnostic, Diagnostics, render_json};
use plumb_playbook::{CodeFile, convert};
use serde_json::json;

use super::in_session;
use super::whole_file::write_whole;
use crate::arguments::ConvertArguments;
use crate::exit::{CommandResult, Exit};
use crate::session::Session;
use crate::shell::Shell;

pub(super) fn run(shell: &mut Shell, arguments: &ConvertArguments) -> CommandResult {
    shell.dress(&arguments.colour);
    shell.keep_output_clean();
    in_session(shell, async |session| converted(session, arguments))
}

fn converted(session: &Session<'_>, arguments: &ConvertArguments) -> CommandResult {
    let shell = session.shell;
    let output = arguments.output.as_deref().map(Path::new);
    let (files, mut diagnostics) =
        convert(Path::new(&arguments.playbook), output, &*session.files, &shell.sources);
    let has_failed = diagnostics.has_errors();
    if !has_failed
        && output.is_some()
        && let Err(error) = write_all(&files)
    {
        diagnostics.push(error);
    }
    let exit = if diagnostics.has_errors() { Exit::Failure } else { Exit::Success };
    if arguments.json.0 {
        shell.terminal.line(as_json(&files, &diagnostics, session));
        return Ok(exit);
    }
    if output.is_none() {
        files.iter().for_each(|file| shell.terminal.print(&file.text));
    } else if exit == Exit::Success {
        files.iter().for_each(|file| shell.terminal.line(format!("{} written", file.path.display())));
    }
    shell.report(diagnostics);
    Ok(exit)
}

fn as_json(files: &[CodeFile], diagnostics: &Diagnostics, session: &Session<'_>) -> String {
    let file = |file: &CodeFile| json!({ "path": file.path.display().to_string(), "content": file.text });
    json!({
        "format_version": "1.0",
        "files": files.iter().map(file).collect::<Vec<_>>(),
        "diagnostics": diagnostics.iter().map(|one| render_json(one, &session.shell.sources)).collect::<Vec<_>>(),
    })
    .to_string()
}

/// Writes files that are not there yet, or none.
fn write_all(files: &[CodeFile]) -> Result<(), Diagnostic> {
    if let Some(there) = files.iter().find(|file| file.path.symlink_metadata().is_ok()) {
        let name = there.path.display();
        let detail = format!(
            "{name} is there already, and may have been worked on: remove it, or name another output."
        );
        return Err(Diagnostic::error("File already exists", detail));
    }
    for file in files {
        let refused = |error: &std::io::Error| {
            let why = plumb_source::explain_refusal(error);
            let detail = format!("{} cannot be written: {why}", file.path.display());
            Diagnostic::error("Cannot write file", detail)
        };
        if let Some(directory) = file.path.parent() {
            std::fs::create_dir_all(directory).map_err(|error| refused(&error))?;
        }
        write_whole(&file.path, &file.text).map_err(|error| refused(&error))?;
    }
    Ok(())
}
