//! What programs say, in the convention of Ansible's: `--list` for everything, `--host NAME` for one host.

use std::path::Path;

use plumb_diagnostics::Diagnostic;
use plumb_source::Span;

use super::mask::masked;
use super::{Kind, Reader, Source, grouped, words};
use crate::name::quoted;
use crate::programs::{Ended, ProgramError};

/// How much of what a program complains of is shown.
const COMPLAINT_CHARS_MAX: usize = 2000;

/// Runs a file with `--list`.
pub(super) fn read_file(reader: &mut Reader<'_>, path: &Path) {
    let name = path.display().to_string();
    // A plain name would be looked for elsewhere.
    let program = if path.components().count() == 1 { Path::new(".").join(path) } else { path.to_owned() };
    let Some(output) = run(reader, &program, &["--list".to_owned()], Span::NONE) else { return };
    let source = Source::of_program(&format!("what {name} says"), false);
    let file = reader.world.sources.add(source.name(), masked(&output));
    if !output.trim_start().starts_with(['{', '[']) {
        return reader.builder.report(no_json(&name, &output));
    }
    match crate::tree::read_json(file, &output) {
        Ok(node) if node.entries().is_some() && node.entry("_meta").is_none() => {
            let hosts = grouped::read(&mut reader.builder, &node, &source);
            read_each(reader, &program, &hosts);
        }
        _ => reader.read_json(file, &output, &source),
    }
}

/// Runs a command line as it is typed. What it says is JSON, or has a host in each line.
pub(super) fn read_command(reader: &mut Reader<'_>, line: &str, span: Span) {
    let words = match words::split(line, false) {
        Ok(words) => words,
        Err(wrong) => {
            let detail = format!("The command {} cannot be taken apart: {}.", quoted(line), wrong.why);
            return reader.builder.report(Diagnostic::error("Invalid command", detail).at(span));
        }
    };
    let mut words = words.into_iter().map(|word| word.text);
    let Some(program) = words.next() else { return };
    let arguments: Vec<String> = words.collect();
    let Some(output) = run(reader, Path::new(&program), &arguments, span) else { return };
    let source = Source::of_program(&format!("what {program} says"), false);
    let file = reader.world.sources.add(source.name(), masked(&output));
    let kind = Kind::of("", &output);
    reader.read_text(kind, file, &output, &source);
}

/// Asks for each host by itself, for whoever says nothing of them in `--list`.
fn read_each(reader: &mut Reader<'_>, program: &Path, hosts: &[String]) {
    for host in hosts {
        let arguments = ["--host".to_owned(), host.clone()];
        // One that fails would fail for all.
        let Some(output) = run(reader, program, &arguments, Span::NONE) else { return };
        if output.trim().is_empty() {
            continue;
        }
        let source = Source::of_program(&format!("what {} says of {host}", program.display()), false);
        let file = reader.world.sources.add(source.name(), masked(&output));
        match crate::tree::read_json(file, &output) {
            Ok(node) => grouped::read_host(&mut reader.builder, host, &node, &source),
            Err(error) => return reader.builder.report(error),
        }
    }
}

/// What a program says; nothing where it fails, and then it is said why.
pub(super) fn run(
    reader: &mut Reader<'_>,
    program: &Path,
    arguments: &[String],
    span: Span,
) -> Option<String> {
    let ended = reader.world.programs.run(program, arguments);
    let name = program.display().to_string();
    let line = [std::slice::from_ref(&name), arguments].concat().join(" ");
    let line = masked(&line);
    let failed = |why: String| Diagnostic::error("Inventory program failed", why).at(span);
    let error = match ended {
        Ok(Ended { failure: None, output, .. }) => match String::from_utf8(output) {
            Ok(text) => return Some(text),
            Err(_) => failed(format!("What \"{line}\" wrote is no text in UTF-8.")),
        },
        Ok(Ended { failure: Some(how), errors, .. }) => failed(format!(
            "\"{line}\" was to say which hosts there are, and failed ({how}).{}",
            complaint(&errors)
        )),
        Err(ProgramError::NotStarted(error)) => failed(not_started(&name, &error)),
        Err(other) => failed(format!("\"{line}\" was to say which hosts there are: {other}.")),
    };
    reader.builder.report(error);
    None
}

fn not_started(name: &str, error: &std::io::Error) -> String {
    let hint = match error.kind() {
        std::io::ErrorKind::NotFound => {
            " If the file is there, the program that its first line names (#!...) is not. If it is no program, take its \
             permission to be run away (chmod -x)."
        }
        std::io::ErrorKind::PermissionDenied => " Permit that it is run (chmod +x).",
        _ if error.raw_os_error() == Some(rustix::io::Errno::NOEXEC.raw_os_error()) => {
            " It is marked as a program (chmod +x), and is none: it needs a first line such as #!/bin/sh. If it is a file \
             with hosts in it, take that mark away (chmod -x)."
        }
        _ => "",
    };
    format!(
        "The program {name} was to say which hosts there are, and cannot be started: {}.{hint}",
        plumb_source::refusal(error)
    )
}

fn complaint(errors: &str) -> String {
    if errors.is_empty() {
        return " It did not say why.".to_owned();
    }
    // The end is where the reason is.
    let skipped = errors.chars().count().saturating_sub(COMPLAINT_CHARS_MAX);
    let shown: String =
        errors.chars().skip(skipped).filter(|one| *one == '\n' || !one.is_control()).collect();
    let lead = if skipped > 0 { "..." } else { "" };
    format!(" It wrote:\n\n{lead}{shown}")
}

fn no_json(name: &str, output: &str) -> Diagnostic {
    let said = if output.trim().is_empty() {
        "wrote nothing".to_owned()
    } else {
        let first: String = output.trim().lines().next().unwrap_or_default().chars().take(80).collect();
        format!("wrote something else, which begins with {}", quoted(&first))
    };
    let detail = format!(
        "The program {name}, called with --list, has to write its hosts as JSON, and {said}. If it is a file with hosts \
         in it and no program, take its permission to be run away (chmod -x)."
    );
    Diagnostic::error("Inventory program failed", detail)
}
