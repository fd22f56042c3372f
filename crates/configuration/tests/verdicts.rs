//! What is accepted and what is refused, where and under which headline, against what Terraform
//! 1.11.4 says of the same files: `terraform validate -json` was asked once, and its answers are the
//! data of these tests. Where Plumb differs on purpose, the entry has its own answer and says why.

use std::collections::BTreeMap;
use std::path::Path;

use plumb_configuration::{NoInstalledModules, load};
use plumb_diagnostics::{Diagnostic, Severity};
use plumb_source::{MemoryFiles, SourceMap};
use serde::Deserialize;

/// Severity, summary, file and line.
type Verdict = (String, String, Option<String>, Option<u32>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    files: BTreeMap<String, String>,
    terraform: Vec<Verdict>,
    /// Where it is not the same.
    plumb: Option<Vec<Verdict>>,
    why: Option<String>,
}

fn verdict(diagnostic: &Diagnostic, sources: &SourceMap) -> Verdict {
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let place = diagnostic.subject.and_then(|span| Some((sources.get(span.file)?, span.start)));
    (
        severity.to_owned(),
        diagnostic.summary.clone(),
        place.as_ref().map(|(file, _)| file.path.to_string()),
        place.as_ref().map(|(file, start)| file.position(*start).line),
    )
}

#[track_caller]
fn check(data: &str, is_valid: bool) {
    let cases: Vec<Case> = serde_json::from_str(data).expect("the cases are readable");
    let mut failures = Vec::new();
    for case in &cases {
        let mut files = MemoryFiles::new();
        for (path, text) in &case.files {
            files.insert(path, text.as_bytes());
        }
        let sources = SourceMap::new();
        let (_, diagnostics) = load(&files, &sources, Path::new("."), &NoInstalledModules);
        let mut found: Vec<Verdict> =
            diagnostics.iter().map(|diagnostic| verdict(diagnostic, &sources)).collect();
        let mut expected = case.plumb.clone().unwrap_or_else(|| case.terraform.clone());
        found.sort();
        expected.sort();
        assert_eq!(case.plumb.is_some(), case.why.is_some(), "{} must say why it differs", case.name);
        if is_valid && diagnostics.has_errors() {
            failures.push(format!("{}: is valid", case.name));
        }
        if found != expected {
            failures.push(format!("{}:\n  expected {expected:?}\n  found    {found:?}", case.name));
        }
    }
    assert!(failures.is_empty(), "{} of {}:\n{}", failures.len(), cases.len(), failures.join("\n"));
}

#[test]
fn what_is_refused_is_refused_the_same_way() {
    check(include_str!("invalid.json"), false);
}

#[test]
fn what_is_accepted_is_accepted() {
    check(include_str!("valid.json"), true);
}
