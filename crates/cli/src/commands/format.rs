//! `fmt`.

use std::path::{Path, PathBuf};

use plumb_diagnostics::{Diagnostic, Diagnostics};
use similar::TextDiff;

use super::hosts::deploy::translated;
use super::whole_file::write_whole;
use crate::arguments::FormatArguments;
use crate::exit::{CommandResult, Exit};
use crate::shell::Shell;

/// Endings of files that are laid out.
const ENDINGS: [&str; 8] =
    [".tf", ".tofu", ".plumb", ".tfvars", ".tftest.hcl", ".tofutest.hcl", ".tfmock.hcl", CODE];

/// The ending of files of code.
const CODE: &str = ".star";

/// How deep directories are looked through.
const DEPTH_MAX: usize = 256;

pub(super) fn run(shell: &Shell, arguments: &FormatArguments) -> CommandResult {
    shell.dress(&arguments.colour);
    let mut formatter = Formatter { shell, arguments, diagnostics: Diagnostics::new(), has_changes: false };
    match arguments.targets.as_slice() {
        [single] if single == "-" => formatter.standard_input(),
        [] => formatter.directory(Path::new("."), 0),
        targets => {
            for target in targets {
                formatter.target(target);
            }
        }
    }
    if formatter.diagnostics.has_errors() {
        shell.report(formatter.diagnostics);
        return Ok(Exit::Unreadable);
    }
    let is_refused = arguments.check.0 && formatter.has_changes;
    Ok(if is_refused { Exit::Unformatted } else { Exit::Success })
}

struct Formatter<'a> {
    shell: &'a Shell,
    arguments: &'a FormatArguments,
    diagnostics: Diagnostics,
    has_changes: bool,
}

impl Formatter<'_> {
    fn standard_input(&mut self) {
        let bytes = match self.shell.terminal.read_all() {
            Ok(bytes) => bytes,
            Err(error) => return self.fail("Cannot read standard input", &format!("{error}.")),
        };
        let Some((before, after)) = self.formatted("<standard input>", &bytes) else { return };
        self.has_changes = before != after;
        if self.arguments.diff.0 {
            if self.has_changes {
                self.shell.terminal.print(&difference("<standard input>", &before, &after));
            }
        } else if !self.arguments.check.0 {
            self.shell.terminal.print(&after);
        }
    }

    fn target(&mut self, target: &str) {
        let path = Path::new(target);
        if path.is_dir() {
            return self.directory(path, 0);
        }
        if !path.exists() {
            return self
                .fail(&format!("No file or directory at {target}"), "What is to be laid out must be there.");
        }
        if !ENDINGS.iter().any(|ending| target.ends_with(ending)) {
            return self.fail(
                "Unsupported file type",
                &format!(
                    "Files whose names end with {} can be processed with plumb fmt, and {target} is none of these.",
                    ENDINGS.join(", ")
                ),
            );
        }
        self.file(path);
    }

    fn directory(&mut self, path: &Path, depth: usize) {
        let mut entries: Vec<PathBuf> = match std::fs::read_dir(path) {
            Ok(entries) => entries.flatten().map(|entry| entry.path()).collect(),
            Err(error) => {
                return self
                    .fail("Cannot read directory", &format!("{} cannot be read: {error}.", path.display()));
            }
        };
        entries.sort();
        for entry in entries {
            let name = entry.file_name().unwrap_or_default().to_string_lossy().into_owned();
            // What editors and tools leave behind is theirs.
            if name.starts_with('.') || name.ends_with('~') || (name.starts_with('#') && name.ends_with('#'))
            {
                continue;
            }
            if entry.is_dir() {
                if self.arguments.recursive.0 && depth < DEPTH_MAX {
                    self.directory(&entry, depth + 1);
                }
            } else if ENDINGS.iter().any(|ending| name.ends_with(ending)) {
                self.file(&entry);
            }
        }
    }

    fn file(&mut self, path: &Path) {
        let shown = path.strip_prefix(".").unwrap_or(path).display().to_string();
        let bytes = match plumb_source::read_regular_file(path) {
            Ok(bytes) => bytes,
            Err(error) => return self.fail("Cannot read file", &format!("{shown} cannot be read: {error}.")),
        };
        let Some((before, after)) = self.formatted(&shown, &bytes) else { return };
        if before == after {
            return;
        }
        self.has_changes = true;
        if self.arguments.list.0 {
            self.shell.terminal.line(&shown);
        }
        if self.arguments.write.0
            && !self.arguments.check.0
            && let Err(error) = write_whole(path, &after)
        {
            self.fail(
                "Cannot write file",
                &format!("{shown} cannot be written: {}", plumb_source::explain_refusal(&error)),
            );
        }
        if self.arguments.diff.0 {
            self.shell.terminal.print(&difference(&shown, &before, &after));
        }
    }

    /// The text as it is and as it should be; `None` where it has mistakes, which are reported.
    fn formatted(&mut self, name: &str, bytes: &[u8]) -> Option<(String, String)> {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let file = self.shell.sources.add(name, text.as_str());
        if let Err(problem) = plumb_syntax::decode(bytes, file) {
            self.diagnostics.append(problem);
            return None;
        }
        if name.ends_with(CODE) {
            return self.formatted_code(name, text);
        }
        match plumb_syntax::format(&text, file) {
            Ok(formatted) => Some((text, formatted)),
            Err(problems) => {
                self.diagnostics.append(problems);
                None
            }
        }
    }

    fn formatted_code(&mut self, name: &str, text: String) -> Option<(String, String)> {
        let sources = plumb_starlark::Sources::new();
        match plumb_starlark::format(name, &text, &sources) {
            Ok(formatted) => Some((text, formatted)),
            Err(problem) => {
                self.diagnostics.push(translated(&problem, &sources, &self.shell.sources));
                None
            }
        }
    }

    fn fail(&mut self, summary: &str, detail: &str) {
        self.diagnostics.push(Diagnostic::error(summary, detail));
    }
}

fn difference(name: &str, before: &str, after: &str) -> String {
    TextDiff::from_lines(before, after)
        .unified_diff()
        .context_radius(3)
        .header(&format!("old/{name}"), &format!("new/{name}"))
        .to_string()
}
