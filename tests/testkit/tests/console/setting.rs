//! A directory with what expressions may refer to, and the tools.

use std::path::{Path, PathBuf};

use plumb_testkit::{Program, own_directory, terraform};

/// Where the rows and what they refer to are kept.
pub(crate) fn data_directory() -> PathBuf {
    own_directory().join("../../crates/expression/tests")
}

/// A directory of its own with everything that expressions may refer to.
pub(crate) fn directory() -> tempfile::TempDir {
    let directory = tempfile::Builder::new().prefix("console-").tempdir().expect("a directory");
    let data = data_directory();
    copy(&data.join("fixture"), directory.path(), &|name| name.into(), &|content| content);
    let keys = directory.path().join("keys");
    copy(&data.join("keys"), &keys, &|name| name.with_extension("pem"), &|content| pem(&content));
    directory
}

fn copy(from: &Path, to: &Path, name: &dyn Fn(&Path) -> PathBuf, content: &dyn Fn(Vec<u8>) -> Vec<u8>) {
    std::fs::create_dir_all(to).expect("a directory");
    for entry in std::fs::read_dir(from).expect("the fixture") {
        let source = entry.expect("an entry").path();
        let target = to.join(name(Path::new(source.file_name().expect("entries have names"))));
        if source.is_dir() {
            copy(&source, &target, name, content);
        } else {
            let read = std::fs::read(&source).expect("a file of the fixture");
            std::fs::write(&target, content(read)).expect("a file");
        }
    }
}

/// A key in its usual form, of a file with its kind and its body.
fn pem(file: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(file);
    let (kind, body) = text.split_once('\n').expect("a kind and a body");
    format!("-----BEGIN {kind}-----\n{body}-----END {kind}-----\n").into_bytes()
}

/// The peer, or a line that says which test is skipped for the lack of it.
pub(crate) fn terraform_for(test: &str) -> Option<Program> {
    let found = terraform();
    if found.is_none() {
        println!("skipped: {test}: no terraform on PATH");
    }
    found
}
