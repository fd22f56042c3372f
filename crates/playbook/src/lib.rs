//! Playbooks of Ansible, turned into deploys.
//!
//! Responsible for reading a playbook with all that it includes, and for writing code in the language of deploys that
//! does the same, readable by people who go on with it. What cannot be said in that language stands in it as a comment,
//! and is told as a warning in its place. Nothing here connects to a host, prints, writes a file, or knows how
//! operations do what they do.

mod code;
mod facts;
mod flow;
mod frame;
mod jinja;
mod layout;
mod loops;
mod modules;
mod named;
mod play;
mod prelude;
mod read;
mod role;
mod scope;
mod task;
mod tasks;
mod unit;
mod writer;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use plumb_diagnostics::Diagnostics;
use plumb_source::{Files, SourceMap, Span};

use crate::code::Statement;
use crate::read::{Includes, Reader};
use crate::unit::Unit;
use crate::writer::Writer;

/// A file of code, and where it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeFile {
    /// Where it goes; empty for what is shown.
    pub path: PathBuf,
    /// The code.
    pub text: String,
}

/// Converts a playbook. With an `output` the code goes to that file, and each role to one in `roles` beside it;
/// without one there is a single file. Paths in the code begin where it goes, or in the working directory.
pub fn convert(
    playbook: &Path,
    output: Option<&Path>,
    files: &dyn Files,
    sources: &SourceMap,
) -> (Vec<CodeFile>, Diagnostics) {
    // The way from one to the other is told from where both begin.
    let absolute = files.working_directory().join(playbook);
    let playbook = if output.is_some_and(Path::is_absolute) { absolute.as_path() } else { playbook };
    let mut writer = Writer {
        reader: Reader { files, sources },
        diagnostics: Diagnostics::new(),
        playbook: tasks::directory_of(playbook),
        units: vec![Unit::new(output.map(Path::to_path_buf).unwrap_or_default())],
        has_files: output.is_some(),
        roles: BTreeMap::new(),
        open_roles: Vec::new(),
        functions: vec!["deploy".to_owned()],
    };
    let node = match writer.reader.read(playbook, None, &mut writer.diagnostics) {
        Ok(node) => node,
        Err(error) => {
            writer.diagnostics.push(error);
            return (Vec::new(), writer.diagnostics);
        }
    };
    let mut calls = Vec::new();
    if let Ok(includes) = Includes::default().with(playbook, Span::NONE) {
        writer.plays(&node, playbook, &includes, &mut calls);
    }
    if writer.diagnostics.has_errors() {
        return (Vec::new(), writer.diagnostics);
    }
    let main = Statement::Def("deploy".to_owned(), "host".to_owned(), None, calls);
    writer.units[0].functions.push(main);
    let written = writer.files(playbook);
    let files = written.into_iter().map(|(path, text)| CodeFile { path, text }).collect();
    (files, writer.diagnostics)
}

#[cfg(test)]
mod tests;
