//! Hosts that are known, as OpenSSH's files list them.
//!
//! The format is that of `SSH_KNOWN_HOSTS FILE FORMAT` in sshd(8): patterns, hashed names, authorities and
//! keys that are not to be taken any more. Files are read as a whole before anybody is connected to, and
//! shared by all connections.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use russh::keys::PublicKey;
use sha1::Sha1;

/// The port whose number is not written.
pub(crate) const USUAL_PORT: u16 = 22;

/// What is known of hosts.
#[derive(Clone, Debug, Default)]
pub struct KnownHosts {
    entries: Vec<Entry>,
    /// Of plain names, where each stands: files may have a line for each of ten thousand hosts.
    by_name: HashMap<String, Vec<usize>>,
    /// Which entries have to be tried for every host.
    others: Vec<usize>,
    /// Lines that say nothing which can be understood.
    wrong: Vec<WrongLine>,
    /// Keys of hosts that were taken without being known, by the names that such files have for them: from
    /// then on they are known to all who share this.
    taken: Arc<Mutex<HashMap<String, PublicKey>>>,
}

/// A line that is not understood, and left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongLine {
    /// Where.
    pub place: Place,
    /// What is wrong with it.
    pub why: String,
}

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: Arc<PathBuf>,
    /// Which line, from 1.
    pub line: usize,
}

impl std::fmt::Display for Place {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}:{}", self.file.display(), self.line)
    }
}

/// What a line says of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Hosts have it.
    Key,
    /// It certifies hosts.
    Authority,
    /// It is not to be taken, whoever shows it.
    Revoked,
}

/// A line about hosts and a key.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) role: Role,
    hosts: Hosts,
    pub(crate) key: PublicKey,
    pub(crate) place: Place,
}

#[derive(Clone, Debug)]
enum Hosts {
    /// A name that only those see who know it already.
    Hashed {
        salt: Vec<u8>,
        hash: Vec<u8>,
    },
    Patterns(Vec<Pattern>),
}

#[derive(Clone, Debug)]
struct Pattern {
    text: String,
    is_excluded: bool,
}

impl KnownHosts {
    /// Adds what a file says.
    pub fn add(&mut self, file: &Path, text: &str) {
        let file = Arc::new(file.to_owned());
        for (at, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let place = Place { file: file.clone(), line: at + 1 };
            match entry(line, place.clone()) {
                Ok(entry) => self.insert(entry),
                Err(why) => self.wrong.push(WrongLine { place, why }),
            }
        }
    }

    fn insert(&mut self, entry: Entry) {
        let at = self.entries.len();
        match &entry.hosts {
            Hosts::Patterns(patterns) if patterns.iter().all(Pattern::is_plain) => {
                for pattern in patterns {
                    self.by_name.entry(pattern.text.clone()).or_default().push(at);
                }
            }
            _ => self.others.push(at),
        }
        self.entries.push(entry);
    }

    /// Lines that could not be understood.
    pub fn wrong_lines(&self) -> &[WrongLine] {
        &self.wrong
    }

    /// Takes a host of which nothing is known; the key that it was taken with before, if that is another one.
    pub(crate) fn take(&self, name: &str, port: u16, key: &PublicKey) -> Result<(), PublicKey> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let before = taken.entry(known_as(name, port)).or_insert_with(|| key.clone());
        if before.key_data() == key.key_data() { Ok(()) } else { Err(before.clone()) }
    }

    /// All that is said of a host.
    pub(crate) fn of<'a>(&'a self, name: &str, port: u16) -> impl Iterator<Item = &'a Entry> {
        let name = known_as(name, port);
        let named = self.by_name.get(&name).map(Vec::as_slice).unwrap_or_default();
        let others = self.others.iter().filter(move |at| self.entries[**at].hosts.include(&name));
        let mut all: Vec<usize> = named.iter().chain(others).copied().collect();
        all.sort_unstable();
        all.dedup();
        all.into_iter().map(|at| &self.entries[at])
    }
}

/// How a host is named in such files.
pub(crate) fn known_as(name: &str, port: u16) -> String {
    let name = name.to_lowercase();
    if port == USUAL_PORT { name } else { format!("[{name}]:{port}") }
}

/// A line for a host that has shown a key.
pub(crate) fn line_for(name: &str, port: u16, key: &PublicKey) -> Option<String> {
    let key = key.to_openssh().ok()?;
    let words: Vec<&str> = key.split(' ').take(2).collect();
    Some(format!("{} {}\n", known_as(name, port), words.join(" ")))
}

fn entry(line: &str, place: Place) -> Result<Entry, String> {
    let (role, rest) = match line.split_once([' ', '\t']) {
        Some(("@cert-authority", rest)) => (Role::Authority, rest.trim_start()),
        Some(("@revoked", rest)) => (Role::Revoked, rest.trim_start()),
        Some((mark, _)) if mark.starts_with('@') => return Err(format!("the mark {mark} is not known")),
        _ => (Role::Key, line),
    };
    let (hosts, key) = rest.split_once([' ', '\t']).ok_or("hosts and a key are needed")?;
    let key =
        PublicKey::from_openssh(key.trim()).map_err(|error| format!("its key cannot be read: {error}"))?;
    Ok(Entry { role, hosts: Hosts::parse(hosts)?, key, place })
}

impl Hosts {
    fn parse(text: &str) -> Result<Self, String> {
        if let Some(hashed) = text.strip_prefix("|1|") {
            let (salt, hash) = hashed.split_once('|').ok_or("a hashed name has a salt and a hash")?;
            let decode = |text| STANDARD.decode(text).map_err(|error| format!("its hashed name: {error}"));
            return Ok(Hosts::Hashed { salt: decode(salt)?, hash: decode(hash)? });
        }
        let patterns = text.split(',').filter(|pattern| !pattern.is_empty());
        Ok(Hosts::Patterns(patterns.map(Pattern::parse).collect()))
    }

    /// Whether a host is meant, by the name that such files have for it.
    fn include(&self, name: &str) -> bool {
        match self {
            Hosts::Hashed { salt, hash } => Hmac::<Sha1>::new_from_slice(salt)
                .is_ok_and(|mac| mac.chain_update(name).verify_slice(hash).is_ok()),
            Hosts::Patterns(patterns) => {
                let matching =
                    || patterns.iter().filter(|pattern| is_like(pattern.text.as_bytes(), name.as_bytes()));
                matching().next().is_some() && !matching().any(|pattern| pattern.is_excluded)
            }
        }
    }
}

impl Pattern {
    fn parse(text: &str) -> Self {
        let (is_excluded, text) = match text.strip_prefix('!') {
            Some(text) => (true, text),
            None => (false, text),
        };
        // The usual port may be written all the same.
        let usual = text.strip_prefix('[').and_then(|text| text.strip_suffix("]:22")).unwrap_or(text);
        Pattern { text: usual.to_lowercase(), is_excluded }
    }

    fn is_plain(&self) -> bool {
        !self.is_excluded && !self.text.contains(['*', '?'])
    }
}

/// Whether a name is like a pattern of `*` and `?`. Time grows with the product of their lengths at most.
fn is_like(pattern: &[u8], name: &[u8]) -> bool {
    let (mut at_pattern, mut at_name, mut star) = (0, 0, None);
    while at_name < name.len() {
        match pattern.get(at_pattern) {
            Some(b'*') => {
                star = Some((at_pattern, at_name));
                at_pattern += 1;
            }
            Some(wanted) if *wanted == b'?' || *wanted == name[at_name] => {
                at_pattern += 1;
                at_name += 1;
            }
            _ => {
                let Some((behind, taken)) = star else { return false };
                star = Some((behind, taken + 1));
                (at_pattern, at_name) = (behind + 1, taken + 1);
            }
        }
    }
    pattern[at_pattern..].iter().all(|byte| *byte == b'*')
}
