//! Everything that a process inherits from the one that starts it, and that may matter to it.

use std::fmt;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;

/// What a process of this one would inherit: user, environment, directory, limits, namespaces and so
/// on. It holds secrets, so it is nothing to store or show.
pub struct Circumstances {
    encoded: Vec<u8>,
}

impl Circumstances {
    pub(crate) fn from_parts<'a>(parts: impl IntoIterator<Item = (&'a str, Vec<u8>)>) -> Circumstances {
        let mut encoded = Vec::new();
        for (name, content) in parts {
            for bytes in [name.as_bytes(), &content] {
                encoded.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
                encoded.extend_from_slice(bytes);
            }
        }
        Circumstances { encoded }
    }

    /// Each part with its length, so that no two are written alike.
    pub(crate) fn encoded(&self) -> &[u8] {
        &self.encoded
    }

    /// Those of this process. Nothing where they cannot be told, which is so on other systems.
    #[cfg(not(target_os = "linux"))]
    pub fn of_process() -> Option<Circumstances> {
        None
    }

    /// Those of this process. Nothing where they cannot be told, which is so on other systems.
    #[cfg(target_os = "linux")]
    pub fn of_process() -> Option<Circumstances> {
        linux::parts().map(Circumstances::from_parts)
    }
}

impl fmt::Debug for Circumstances {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Circumstances").finish_non_exhaustive()
    }
}

/// Changes whenever the content of a file does.
pub(crate) fn identity(metadata: &Metadata) -> Vec<u8> {
    let numbers = [
        i128::from(metadata.dev()),
        i128::from(metadata.ino()),
        i128::from(metadata.size()),
        i128::from(metadata.mtime()),
        i128::from(metadata.mtime_nsec()),
        i128::from(metadata.ctime()),
        i128::from(metadata.ctime_nsec()),
    ];
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs;
    use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
    use std::os::unix::fs::MetadataExt as _;

    /// Raised whenever keepers of an older program could not serve a newer one.
    const FORMAT: u8 = 1;

    /// The lines of a process's status that are about what it may do.
    const STATUS: [&str; 14] = [
        "Uid:",
        "Gid:",
        "Groups:",
        "Umask:",
        "NoNewPrivs:",
        "Seccomp:",
        "Seccomp_filters:",
        "CapInh:",
        "CapPrm:",
        "CapEff:",
        "CapBnd:",
        "CapAmb:",
        "Speculation_Store_Bypass:",
        "THP_enabled:",
    ];

    /// Files about what a process inherits, each as a whole. Not every system has all of them.
    const FILES: [&str; 5] = ["limits", "cgroup", "attr/current", "loginuid", "sessionid"];

    /// The places of fields after the name in a process's line of numbers.
    const SESSION_FIELD: usize = 3;
    const TERMINAL_FIELD: usize = 4;
    const START_FIELD: usize = 19;

    pub(super) fn parts() -> Option<Vec<(&'static str, Vec<u8>)>> {
        let mut parts = vec![("format", vec![FORMAT])];
        parts.push(("own program", identity("/proc/self/exe")?));
        parts.push(("environment", environment()));
        parts.push(("directory", std::env::current_dir().ok()?.into_os_string().into_vec()));
        // A path may lead elsewhere than it did.
        parts.push(("directory itself", place(".")?));
        parts.push(("root", place("/")?));
        parts.push(("status", status()?));
        for file in FILES {
            parts.push((file, fs::read(format!("/proc/self/{file}")).unwrap_or_default()));
        }
        parts.push(("namespaces", namespaces()?));
        parts.push(("session", session()?));
        Some(parts)
    }

    fn environment() -> Vec<u8> {
        let mut variables: Vec<_> = std::env::vars_os().collect();
        variables.sort();
        let mut encoded = Vec::new();
        for (name, value) in variables {
            for text in [name.as_bytes(), value.as_bytes()] {
                encoded.extend_from_slice(&(text.len() as u64).to_le_bytes());
                encoded.extend_from_slice(text);
            }
        }
        encoded
    }

    /// Changes whenever the content of a file does.
    fn identity(path: &str) -> Option<Vec<u8>> {
        Some(super::identity(&fs::metadata(path).ok()?))
    }

    fn place(path: &str) -> Option<Vec<u8>> {
        let metadata = fs::metadata(path).ok()?;
        Some([metadata.dev().to_le_bytes(), metadata.ino().to_le_bytes()].concat())
    }

    fn status() -> Option<Vec<u8>> {
        let text = fs::read_to_string("/proc/self/status").ok()?;
        let chosen = text.lines().filter(|line| STATUS.iter().any(|name| line.starts_with(name)));
        Some(chosen.collect::<Vec<_>>().join("\n").into_bytes())
    }

    /// Where each kind of namespace leads: who is in another network sees other machines.
    fn namespaces() -> Option<Vec<u8>> {
        let mut all: Vec<_> = fs::read_dir("/proc/self/ns")
            .ok()?
            .flatten()
            .filter_map(|entry| Some((entry.file_name(), fs::read_link(entry.path()).ok()?)))
            .collect();
        all.sort();
        let text = all.iter().map(|(kind, target)| format!("{}={}\n", kind.display(), target.display()));
        Some(text.collect::<String>().into_bytes())
    }

    /// The terminal, and the session that it belongs to: helpers for passwords trust one terminal and
    /// not another. The number of a session may be given out again, so its beginning counts too.
    fn session() -> Option<Vec<u8>> {
        let own = numbers(&fs::read_to_string("/proc/self/stat").ok()?)?;
        let (session, terminal) = (own.get(SESSION_FIELD)?, own.get(TERMINAL_FIELD)?);
        // The one that began the session may have ended.
        let leader = fs::read_to_string(format!("/proc/{session}/stat")).ok();
        let began = leader.and_then(|text| numbers(&text)?.get(START_FIELD).cloned()).unwrap_or_default();
        Some(format!("{session} {terminal} {began}").into_bytes())
    }

    /// The fields after the name of the program, which itself may hold anything.
    fn numbers(text: &str) -> Option<Vec<String>> {
        let (_, rest) = text.rsplit_once(')')?;
        Some(rest.split_whitespace().map(str::to_owned).collect())
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn parts_are_there_and_stay_the_same() {
            let parts = parts().unwrap();
            for name in ["environment", "directory", "status", "namespaces", "session", "limits"] {
                let (_, content) = parts.iter().find(|(found, _)| *found == name).unwrap();
                assert!(!content.is_empty(), "{name}");
            }
            assert!(parts == super::parts().unwrap());
        }

        #[test]
        fn names_of_programs_do_not_confuse() {
            let text = "12 (a) b (c) S 1 12 12 34816 12 4194304 1";
            assert_eq!(numbers(text).unwrap()[..5], ["S", "1", "12", "12", "34816"]);
        }
    }
}
