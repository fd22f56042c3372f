//! Playbooks and what is made of them: a folder for each in `cases`. With `UPDATE_EXPECT` set, what is made is written
//! there.

use std::path::{Path, PathBuf};

use plumb_diagnostics::{TextStyle, render_text};
use plumb_playbook::convert;
use plumb_source::{DiskFiles, SourceMap};

/// The code that is made of a case, and what is told besides.
fn converted(case: &Path) -> (String, String) {
    let files = DiskFiles::new(case.to_path_buf(), None);
    let sources = SourceMap::new();
    let (made, diagnostics) =
        convert(Path::new("playbook.yml"), Some(Path::new("deploy.star")), &files, &sources);
    let code = made.iter().map(|file| match file.path.to_str() {
        Some("deploy.star") => file.text.clone(),
        other => format!("\n==> {} <==\n{}", other.unwrap_or_default(), file.text),
    });
    let told = diagnostics.iter().map(|one| {
        let line = one.subject.and_then(|span| {
            let file = sources.get(span.file)?;
            Some(format!("{}:{}", file.path, file.line_number(span.start)))
        });
        format!("{}: {}: {}\n", line.unwrap_or_default(), one.summary, one.detail)
    });
    (code.collect(), told.collect())
}

fn cases() -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let entries = std::fs::read_dir(directory).expect("cases");
    let mut cases: Vec<PathBuf> = entries.map(|entry| entry.expect("a case").path()).collect();
    cases.sort();
    cases
}

#[test]
fn playbooks_become_the_code_that_is_expected() {
    let mut wrong = Vec::new();
    for case in cases() {
        let (code, told) = converted(&case);
        for (name, text) in [("expected.star", &code), ("expected.txt", &told)] {
            let path = case.join(name);
            if std::env::var_os("UPDATE_EXPECT").is_some() {
                std::fs::write(&path, text).expect("a file that can be written");
            }
            let expected = std::fs::read_to_string(&path).unwrap_or_default();
            if expected != *text {
                wrong.push(format!("{}:\n{text}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn there_is_a_case_for_each_feature() {
    assert!(cases().len() >= 30);
}

#[test]
fn what_is_no_playbook_is_refused_in_its_place() {
    let rows = [
        ("a: [1\n", "Invalid YAML", 1),
        ("a: 1\n", "Not a playbook", 1),
        ("- 1\n", "Invalid play", 1),
        ("- tasks: []\n", "Not a playbook", 1),
        ("- debug: msg=x\n", "Invalid play", 1),
        ("- hosts: all\n  task: []\n", "Invalid play", 2),
        ("- hosts: {a: b}\n", "Invalid play", 1),
        ("- hosts: all\n  tasks: {a: b}\n", "Invalid tasks", 2),
        ("- hosts: all\n  tasks: [x]\n", "Invalid task", 2),
        ("- hosts: all\n  tasks:\n    - name: nothing\n", "Invalid task", 3),
        ("- hosts: all\n  tasks:\n    - copy: {}\n      regster: x\n", "Invalid task", 4),
        ("- hosts: all\n  tasks:\n    - copy: [1]\n", "Invalid task", 3),
        ("- hosts: all\n  tasks:\n    - block: 7\n", "Invalid task", 3),
        ("- hosts: all\n  vars: [1]\n", "Invalid variables", 2),
        ("- hosts: all\n  roles: [[1]]\n", "Invalid role", 2),
        ("- hosts: all\n  vars_files: [none.yml]\n", "Cannot read file", 2),
        ("- import_playbook: site.yml\n", "Recursive include", 1),
        ("- hosts: all\n  tasks:\n    - include_tasks: again.yml\n", "Recursive include", 1),
        ("$ANSIBLE_VAULT;1.1;AES256\n6231\n", "Ansible vault not supported", 1),
        ("- hosts: all\n  vars: {a: !what x}\n", "Invalid YAML", 2),
    ];
    for (text, summary, line) in rows {
        let files = plumb_source::MemoryFiles::new()
            .with("site.yml", text)
            .with("again.yml", "- include_tasks: again.yml\n");
        let sources = SourceMap::new();
        let (made, diagnostics) = convert(Path::new("site.yml"), None, &files, &sources);
        assert!(made.is_empty(), "{text}");
        let first =
            diagnostics.iter().find(|one| one.is_error()).unwrap_or_else(|| panic!("{text} is refused"));
        let place = first.subject.unwrap_or_else(|| panic!("{text}: {first:?} has a place"));
        let found = sources.get(place.file).expect("a file").line_number(place.start);
        assert_eq!((first.summary.as_str(), found), (summary, line), "{text}: {first:?}");
        assert!(!render_text(first, &sources, &TextStyle::PLAIN).is_empty());
    }
}
