//! The files that a provider may take credentials or settings from.
//!
//! Which files a provider reads only the provider knows. So everything counts that is likely to be read:
//! what is named in the environment, in the provider's configuration, where the tools of the large
//! platforms keep their things, and what such files name in turn. Too much is no harm: then a process is
//! not used again.
//!
//! Responsible for that a change of any of these files shows in the digest. Contents go nowhere else.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata};
use std::io::{ErrorKind, Read as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};
use sha2::{Digest as _, Sha256};

use crate::circumstances::identity;

/// Of larger files it counts what the system says of them, not what is in them.
const CONTENT_BYTES_MAX: u64 = 1024 * 1024;
/// Where more might be read, nobody can say quickly whether they are the same.
const FILES_MAX: usize = 4096;
/// Paths are not longer, and other texts are no paths.
const PATH_BYTES_MAX: usize = 4096;

/// Files that count whatever is said, most of them below the home directory.
const USUAL: [&str; 13] = [
    ".aws/config",
    ".aws/credentials",
    ".config/gh/hosts.yml",
    ".docker/config.json",
    ".git-credentials",
    ".kube/config",
    ".netrc",
    ".oci/config",
    ".terraform.d/credentials.tfrc.json",
    ".terraformrc",
    ".vault-token",
    "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt",
    "/var/run/secrets/kubernetes.io/serviceaccount/token",
];

/// Directories below the home directory of which every file counts, with the variable that says where
/// they are instead, and with where inside of that.
const USUAL_DIRECTORIES: [(&str, Option<(&str, &str)>); 5] = [
    (".aws/cli/cache", None),
    (".aws/sso/cache", None),
    (".azure", Some(("AZURE_CONFIG_DIR", ""))),
    (".config/gcloud", Some(("CLOUDSDK_CONFIG", ""))),
    (".config/gcloud/configurations", Some(("CLOUDSDK_CONFIG", "configurations"))),
];

/// A digest of all these files as they are now, for a process of this environment and directory that
/// is configured with these texts. Nothing where it cannot be told.
pub(crate) fn digest(texts: &[String]) -> Option<Vec<u8>> {
    let variables: Vec<(OsString, OsString)> = std::env::vars_os().collect();
    digest_of(&named(&variables, texts)?)
}

/// The files that are named, or might be.
fn named(variables: &[(OsString, OsString)], texts: &[String]) -> Option<BTreeSet<PathBuf>> {
    let variable = |name: &str| variables.iter().find(|(found, _)| found == name).map(|(_, value)| value);
    // Without it providers ask elsewhere where it is.
    let home = variable("HOME").map(PathBuf::from).filter(|home| home.is_absolute())?;
    let mut paths: BTreeSet<PathBuf> = USUAL.iter().map(|path| home.join(path)).collect();
    for (directory, instead) in USUAL_DIRECTORIES {
        let instead = instead.and_then(|(name, inside)| Some(Path::new(variable(name)?).join(inside)));
        add_entries(&instead.unwrap_or_else(|| home.join(directory)), &mut paths);
    }
    let read = variables.iter().filter(|(name, _)| !names_a_log(name)).map(|(_, value)| value.as_bytes());
    for text in read.chain(texts.iter().map(String::as_bytes)) {
        add_path(text, &home, &mut paths);
        for part in text.split(|byte| *byte == b':') {
            add_path(part, &home, &mut paths);
        }
        if paths.len() > FILES_MAX {
            return None;
        }
    }
    for path in paths.clone() {
        add_named_in(&path, &home, &mut paths);
        if paths.len() > FILES_MAX {
            return None;
        }
    }
    Some(paths)
}

/// Logs are written, and change with every command.
fn names_a_log(variable: &OsStr) -> bool {
    variable.as_bytes().split(|byte| *byte == b'_').any(|word| word.eq_ignore_ascii_case(b"LOG"))
}

/// Every entry of a directory; the directory itself, where it cannot be looked into.
fn add_entries(directory: &Path, paths: &mut BTreeSet<PathBuf>) {
    paths.insert(directory.to_owned());
    if let Ok(entries) = std::fs::read_dir(directory) {
        paths.extend(entries.flatten().take(FILES_MAX + 1).map(|entry| entry.path()));
    }
}

fn add_path(text: &[u8], home: &Path, paths: &mut BTreeSet<PathBuf>) {
    if text.is_empty() || text.len() > PATH_BYTES_MAX || text.iter().any(|byte| matches!(byte, 0 | b'\n')) {
        return;
    }
    let inside = text.strip_prefix(b"~/").or_else(|| text.strip_prefix(b"$HOME/"));
    match inside.or_else(|| text.strip_prefix(b"${HOME}/")) {
        Some(inside) => paths.insert(home.join(OsStr::from_bytes(inside))),
        None => paths.insert(PathBuf::from(OsStr::from_bytes(text))),
    };
}

/// Tools refer from one file to the next: to certificates, to tokens that are renewed. What looks like
/// a path from the root or from home counts.
fn add_named_in(path: &Path, home: &Path, paths: &mut BTreeSet<PathBuf>) {
    let Some(content) = std::fs::metadata(path).ok().and_then(|metadata| content(path, &metadata)) else {
        return;
    };
    // Programs are full of paths that nobody means.
    let Ok(text) = std::str::from_utf8(&content) else { return };
    let is_around = |character: char| character.is_whitespace() || "\"'=,;()[]{}<>".contains(character);
    for word in text.split(is_around).filter(|word| word.starts_with('/') || word.starts_with("~/")) {
        add_path(word.as_bytes(), home, paths);
        if paths.len() > FILES_MAX {
            return;
        }
    }
}

fn digest_of(paths: &BTreeSet<PathBuf>) -> Option<Vec<u8>> {
    let mut digest = Sha256::new();
    for path in paths {
        for part in [path.as_os_str().as_bytes(), &state(path)?] {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part);
        }
    }
    Some(digest.finalize().to_vec())
}

/// How a file is; nothing where it changes while it is looked at.
fn state(path: &Path) -> Option<Vec<u8>> {
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(problem) => {
            let is_missing = matches!(problem.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory);
            let reason = if is_missing { 0 } else { problem.raw_os_error().unwrap_or(-1) };
            return Some([b"none".as_slice(), &reason.to_le_bytes()].concat());
        }
    };
    if !metadata.is_file() {
        return Some(b"no file".to_vec());
    }
    let Some(content) = content(path, &metadata) else {
        return Some([b"file".to_vec(), identity(&metadata)].concat());
    };
    let is_whole = content.len() as u64 == metadata.len();
    is_whole.then(|| [b"content".as_slice(), &Sha256::digest(&content)].concat())
}

/// The content of a regular file that is not too large and may be read.
fn content(path: &Path, metadata: &Metadata) -> Option<Vec<u8>> {
    if !metadata.is_file() || metadata.len() > CONTENT_BYTES_MAX {
        return None;
    }
    // It might have become a pipe to which nobody writes.
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty()).ok()?);
    let mut content = Vec::new();
    file.take(CONTENT_BYTES_MAX + 1).read_to_end(&mut content).ok()?;
    Some(content)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    struct Scratch(tempfile::TempDir);

    impl Scratch {
        fn new() -> Scratch {
            let scratch = Scratch(tempfile::tempdir().unwrap());
            for (name, content) in
                [("named", "a"), ("second", "b"), ("configured", "c"), (".aws/config", "d")]
            {
                scratch.write(name, content);
            }
            scratch
        }

        fn path(&self, name: &str) -> PathBuf {
            self.0.path().join(name)
        }

        fn write(&self, name: &str, content: &str) {
            fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
            fs::write(self.path(name), content).unwrap();
        }

        /// The digest for an environment that names one file, and two in a list, and a configuration.
        fn digest(&self) -> Vec<u8> {
            let list = format!("{}:{}", self.path("second").display(), self.path("third").display());
            let variables = [
                ("HOME", self.0.path().as_os_str().to_owned()),
                ("CREDENTIALS", self.path("named").into()),
                ("KUBECONFIG", list.into()),
                ("TF_LOG_PATH", self.path("log").into()),
                ("CLOUDSDK_CONFIG", self.path("cloud").into()),
            ];
            let variables = variables.map(|(name, value)| (name.into(), value));
            let texts = ["eu-west-1".to_owned(), "~/configured".to_owned(), "/dev/zero".to_owned()];
            digest_of(&named(&variables, &texts).unwrap()).unwrap()
        }
    }

    #[test]
    fn every_change_shows() {
        let scratch = Scratch::new();
        let changes: [(&str, &dyn Fn()); 16] = [
            ("content", &|| scratch.write("named", "A")),
            ("removed", &|| fs::remove_file(scratch.path("named")).unwrap()),
            ("created again, otherwise", &|| scratch.write("named", "AA")),
            ("one of a list", &|| scratch.write("second", "B")),
            ("one of a list that was missing", &|| scratch.write("third", "")),
            ("one of the configuration", &|| scratch.write("configured", "C")),
            ("one that is always read", &|| scratch.write(".aws/config", "D")),
            ("one that is always read, which was missing", &|| scratch.write(".netrc", "E")),
            ("one of a directory", &|| scratch.write(".aws/sso/cache/1.json", "1")),
            ("another of it", &|| scratch.write(".aws/sso/cache/2.json", "2")),
            ("the content of that", &|| scratch.write(".aws/sso/cache/2.json", "3")),
            ("one of a directory that is elsewhere", &|| scratch.write("cloud/credentials.db", "4")),
            ("further inside of that", &|| scratch.write("cloud/configurations/config_default", "5")),
            ("a name in a file", &|| {
                let token = format!("web_identity_token_file={}\n", scratch.path("token").display());
                scratch.write(".aws/config", &token);
            }),
            ("the file of that name", &|| scratch.write("token", "t")),
            ("a link that leads elsewhere", &|| {
                fs::remove_file(scratch.path("named")).unwrap();
                scratch.write("target", "other");
                symlink(scratch.path("target"), scratch.path("named")).unwrap();
            }),
        ];
        let mut seen = BTreeSet::from([scratch.digest()]);
        for (name, change) in changes {
            change();
            assert_eq!(scratch.digest(), scratch.digest());
            assert!(seen.insert(scratch.digest()), "{name}");
        }
        // What does not concern it.
        let before = scratch.digest();
        scratch.write("log", "line");
        scratch.write("unnamed", "x");
        assert_eq!(scratch.digest(), before);
    }

    #[test]
    fn large_files_count_by_what_the_system_says() {
        let scratch = Scratch::new();
        let large = "x".repeat(usize::try_from(CONTENT_BYTES_MAX).unwrap() + 1);
        scratch.write("named", &large);
        let before = scratch.digest();
        assert_eq!(scratch.digest(), before);
        scratch.write("other", &large);
        fs::rename(scratch.path("other"), scratch.path("named")).unwrap();
        assert_ne!(scratch.digest(), before);
    }

    #[test]
    fn where_it_cannot_be_told_it_is_not() {
        let variables = |home: &str| [("HOME".into(), home.into())];
        assert!(named(&[], &[]).is_none());
        assert!(named(&variables("relative"), &[]).is_none());
        assert!(named(&variables("/nowhere"), &[]).is_some());
        let many: Vec<String> = (0..=FILES_MAX).map(|number| number.to_string()).collect();
        assert!(named(&variables("/nowhere"), &many).is_none());
    }
}
