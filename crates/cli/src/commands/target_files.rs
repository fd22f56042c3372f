//! Files of `-target-file` and `-exclude-file`: addresses, one in each line.
//!
//! Empty lines and lines that begin with `#` say nothing. The form is OpenTofu's.

use std::path::{Path, PathBuf};

use plumb_address::Target;
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_source::{SourceMap, Span};

/// What is named one by one and in files.
pub(super) fn all_targets(
    named: &[Target],
    files: &[PathBuf],
    sources: &SourceMap,
) -> Result<Vec<Target>, Diagnostics> {
    let mut targets = named.to_vec();
    let mut problems = Diagnostics::new();
    for path in files {
        match read(path, sources) {
            Ok(read) => targets.extend(read),
            Err(found) => problems.append(found),
        }
    }
    if problems.has_errors() { Err(problems) } else { Ok(targets) }
}

fn read(path: &Path, sources: &SourceMap) -> Result<Vec<Target>, Diagnostics> {
    let shown = path.display().to_string();
    let bytes = plumb_source::read_file(path).map_err(|error| {
        let detail = format!("The file {shown} with the addresses could not be read: {error}.");
        Diagnostic::error("Failed to read target file", detail)
    })?;
    let text = String::from_utf8_lossy(&bytes);
    let file = sources.add(shown, &*text);
    plumb_syntax::decode(&bytes, file)?;
    let mut targets = Vec::new();
    let mut problems = Diagnostics::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let address = line.trim();
        let before = line.len() - line.trim_start().len();
        let place = (start + before) as u32;
        start += line.len();
        if address.is_empty() || address.starts_with('#') {
            continue;
        }
        match Target::parse(address) {
            Ok(target) => targets.push(target),
            Err(error) => problems.push(
                Diagnostic::error(
                    format!("Invalid target {address:?}"),
                    format!("Each line is the address of a module, a resource or an instance: {error}."),
                )
                .at(Span::new(file, place, place + address.len() as u32)),
            ),
        }
    }
    if targets.is_empty() && !problems.has_errors() {
        // To go on would mean to plan everything, which is the opposite of what was wanted.
        let detail = "There is no address in this file, so nothing says what the plan is to be limited to.";
        let whole = Span::new(file, 0, text.len() as u32);
        problems.push(Diagnostic::error("Empty target file", detail).at(whole));
    }
    if problems.has_errors() { Err(problems) } else { Ok(targets) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Vec<String>, Vec<String>> {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("targets");
        std::fs::write(&path, text).expect("a file");
        let targets = all_targets(&[], &[path], &SourceMap::new());
        let texts = |targets: Vec<Target>| targets.iter().map(ToString::to_string).collect();
        targets.map(texts).map_err(|found| found.iter().map(|one| one.summary.clone()).collect())
    }

    #[test]
    fn each_line_is_an_address() {
        let text = "# first\n\n  a_b.c[0]\r\nmodule.m[\"x#y\"]\n\tdata.d.e";
        assert_eq!(
            read_text(text),
            Ok(vec!["a_b.c[0]".into(), "module.m[\"x#y\"]".into(), "data.d.e".into()])
        );
    }

    #[test]
    fn all_that_is_wrong_is_told() {
        let summaries = ["Invalid target \"a b\"", "Invalid target \"c\""].map(String::from).to_vec();
        assert_eq!(read_text("a b\nd_e.f\nc\n"), Err(summaries));
        assert_eq!(read_text("# nothing\n"), Err(vec!["Empty target file".into()]));
    }
}
