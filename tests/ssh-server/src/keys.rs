//! Keys and certificates, made by OpenSSH's own program.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A directory with keys.
pub struct Keys {
    directory: PathBuf,
}

impl Keys {
    /// Keys that lie in this directory.
    pub fn in_directory(directory: &Path) -> Self {
        Keys { directory: directory.to_owned() }
    }

    /// Makes a key; `options` say of which type, or in which format. Where it lies.
    pub fn make(&self, name: &str, options: &[&str]) -> PathBuf {
        let file = self.directory.join(name);
        self.run(&[&["-q", "-C", name, "-f", text(&file)][..], options].concat());
        file
    }

    /// Makes a key without a passphrase.
    pub fn plain(&self, name: &str, kind: &str) -> PathBuf {
        self.make(name, &["-N", "", "-t", kind])
    }

    /// Certifies a key with another one; `options` say for whom. Where the certificate lies.
    pub fn certify(&self, authority: &Path, key: &Path, options: &[&str]) -> PathBuf {
        let arguments = ["-q", "-s", text(authority), "-I", "test"];
        self.run(&[&arguments[..], options, &[&format!("{}.pub", text(key))]].concat());
        PathBuf::from(format!("{}-cert.pub", text(key)))
    }

    fn run(&self, arguments: &[&str]) {
        let mut command = Command::new("ssh-keygen");
        let status = command.args(arguments).stdin(Stdio::null()).status().expect("ssh-keygen runs");
        assert!(status.success(), "ssh-keygen {arguments:?}");
    }
}

/// The public half of a key.
pub(crate) fn public(key: &Path) -> String {
    fs::read_to_string(format!("{}.pub", text(key))).expect("a public key")
}

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}
