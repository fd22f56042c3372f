//! `docs`: what a module is for those who use it.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

use plumb_address::ProviderAddress;
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_view::documentation::{
    BEGIN, END, Misplaced, ModuleTexts, documentation_json, documentation_markdown, gather, put_in_place,
};

use super::in_session;
use super::whole_file::write_whole;
use crate::arguments::DocsArguments;
use crate::exit::{CommandResult, Exit};
use crate::session::Session;
use crate::shell::Shell;

pub(super) fn run(shell: &mut Shell, arguments: &DocsArguments) -> CommandResult {
    shell.keep_output_clean();
    if let Some((summary, detail)) = contradiction(arguments) {
        return Err(Diagnostic::error(summary, detail).into());
    }
    in_session(shell, async |session| {
        let text = documentation(session, arguments.json.0)?;
        match arguments.output_file.as_deref() {
            None => {
                session.shell.terminal.line(text);
                Ok(Exit::Success)
            }
            Some(file) => in_file(session, Path::new(file), &text, arguments.check.0),
        }
    })
}

fn contradiction(arguments: &DocsArguments) -> Option<(&'static str, &'static str)> {
    match (arguments.output_file.as_deref(), arguments.json.0, arguments.check.0) {
        (None, _, true) => Some((
            "Output file required",
            "The -check option compares a file: name it with -output-file=FILE.",
        )),
        (Some(_), true, _) => Some((
            "Invalid output format",
            "The -json and -output-file options are mutually-exclusive: what goes into a file is Markdown.",
        )),
        _ => None,
    }
}

fn documentation(session: &Session<'_>, as_json: bool) -> Result<String, Diagnostics> {
    let config = session.shell.checked(session.read_alone())?;
    let locks = session.read_locks()?.unwrap_or_default();
    let locked: BTreeMap<ProviderAddress, String> =
        locks.iter().map(|(address, lock)| (address.clone(), lock.version().to_string())).collect();
    let sources = &session.shell.sources;
    let main = sources.all().into_iter().find(|file| Path::new(&*file.path) == Path::new("main.tf"));
    let main = main.as_ref().map_or("", |file| &file.text);
    let documentation = gather(config.root(), &ModuleTexts { sources, main, locked: &locked });
    Ok(if as_json { documentation_json(&documentation) } else { documentation_markdown(&documentation) })
}

/// Writes the documentation into its place in a file, or says whether it is there.
fn in_file(session: &Session<'_>, file: &Path, text: &str, only_check: bool) -> CommandResult {
    let name = file.display();
    let before = match read_text(file) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        Err(error) => {
            return Err(
                Diagnostic::error("Cannot read file", format!("{name} cannot be read: {error}.")).into()
            );
        }
    };
    let after = put_in_place(&before, text).map_err(|problem| {
        let detail = match problem {
            Misplaced::NoBegin => format!("{name} has a line {END}, and no {BEGIN} before it."),
            Misplaced::NoEnd => format!("{name} has a line {BEGIN}, and no {END} after it."),
            Misplaced::Reversed => format!("In {name} the line {END} comes before {BEGIN}."),
        };
        let detail = format!("{detail} What lies between both is replaced; nothing has been changed.");
        Diagnostic::error("No place for documentation", detail)
    })?;
    if before == after {
        session.shell.terminal.line(format!("{name} is up to date"));
        return Ok(Exit::Success);
    }
    if only_check {
        let detail = format!("{name} is not what \"plumb docs -output-file={name}\" would make of it now.");
        return Err(Diagnostic::error("Documentation is out of date", detail).into());
    }
    write_whole(file, &after).map_err(|error| {
        Diagnostic::error(
            "Cannot write file",
            format!("{name} cannot be written: {}", plumb_source::explain_refusal(&error)),
        )
    })?;
    session.shell.terminal.line(format!("{name} updated successfully"));
    Ok(Exit::Success)
}

/// A file of people, which is one: a pipe would be waited for.
fn read_text(file: &Path) -> std::io::Result<String> {
    plumb_source::as_text(plumb_source::read_regular_file(file)?)
}
