//! Names of repositories, and of what is in them.

use std::fmt;

use super::OciPrefix;
use super::digest::OciDigest;
use crate::web::WebAddress;

/// Longer tags are none.
const TAG_LENGTH_MAX: usize = 128;

/// A repository of a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OciRepository {
    /// The registry: a host, and a port where it is not the usual one.
    pub registry: String,
    /// Its name there.
    pub name: String,
}

/// Something in a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OciReference {
    /// Where.
    pub repository: OciRepository,
    /// What.
    pub version: OciVersion,
}

/// What names something in a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OciVersion {
    /// A name that may be given to something else later.
    Tag(String),
    /// What only it has.
    Digest(OciDigest),
}

impl OciRepository {
    /// Understands a registry and a name in it.
    ///
    /// # Errors
    /// Why it is none, as the end of a sentence.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (registry, name) = text.split_once('/').unwrap_or((text, ""));
        check_registry(registry)?;
        if name.is_empty() {
            return Err(format!("it does not name a repository of {registry:?}"));
        }
        check_name(name)?;
        Ok(OciRepository { registry: registry.to_owned(), name: name.to_owned() })
    }
}

impl OciPrefix {
    /// Understands a registry, with the beginning of names of repositories or without.
    ///
    /// # Errors
    /// Why it is none, as the end of a sentence.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (registry, path) = text.split_once('/').unwrap_or((text, ""));
        check_registry(registry)?;
        if text.contains('/') {
            check_name(path)?;
        }
        Ok(OciPrefix { registry: registry.to_owned(), path: path.to_owned() })
    }

    /// How much of a repository's name it says: 0 for its registry alone, and `None` where it is about others.
    pub(super) fn specificity(&self, repository: &OciRepository) -> Option<usize> {
        if self.registry != repository.registry {
            return None;
        }
        if self.path.is_empty() {
            return Some(0);
        }
        let rest = repository.name.strip_prefix(&self.path)?;
        (rest.is_empty() || rest.starts_with('/')).then(|| self.path.split('/').count())
    }
}

impl OciVersion {
    /// Understands a tag.
    ///
    /// # Errors
    /// Why it is none, as the end of a sentence.
    pub(crate) fn tag(text: &str) -> Result<Self, String> {
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let is_tag = text.starts_with(is_word)
            && text.len() <= TAG_LENGTH_MAX
            && text.chars().all(|c| is_word(c) || matches!(c, '.' | '-'));
        if is_tag {
            return Ok(OciVersion::Tag(text.to_owned()));
        }
        Err(format!(
            "{text:?} is no tag: it has up to {TAG_LENGTH_MAX} letters, digits, underscores, periods and dashes, and \
             begins with none of the last two"
        ))
    }
}

fn check_registry(registry: &str) -> Result<(), String> {
    WebAddress::of_host(registry)
        .map(drop)
        .map_err(|error| format!("{registry:?} is no registry: its name {error}"))
}

/// Parts of small letters and digits, which may have `.`, `_`, `__` or dashes between them.
fn check_name(name: &str) -> Result<(), String> {
    let is_end = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    let is_gap = |gap: &str| matches!(gap, "" | "." | "_" | "__") || gap.chars().all(|c| c == '-');
    let is_part = |part: &str| {
        let mut gaps = part.split(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
        is_end(part.chars().next()) && is_end(part.chars().last()) && gaps.all(is_gap)
    };
    if name.split('/').all(is_part) {
        return Ok(());
    }
    Err(format!(
        "{name:?} is no name of a repository: it has small letters and digits, with periods, underscores or dashes \
         between them, in parts with slashes between them"
    ))
}

/// Whether a text can be the end of a program's name.
pub(crate) fn is_helper_name(text: &str) -> bool {
    !text.is_empty() && !text.contains(['/', '\\', '\0'])
}

impl fmt::Display for OciRepository {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.registry, self.name)
    }
}

impl fmt::Display for OciPrefix {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let gap = if self.path.is_empty() { "" } else { "/" };
        write!(out, "{}{gap}{}", self.registry, self.path)
    }
}

impl fmt::Display for OciVersion {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OciVersion::Tag(tag) => out.write_str(tag),
            OciVersion::Digest(digest) => digest.fmt(out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_protocol() {
        for text in ["a.example/b", "a.example:5000/b/c-d/e__f.g_h/0", "localhost/a---b", "[::1]:1/a"] {
            assert_eq!(OciRepository::parse(text).map(|found| found.to_string()).as_deref(), Ok(text));
        }
        for text in [
            "",
            "a.example",
            "a.example/",
            "a.example/B",
            "a.example/b/",
            "a.example//b",
            "/b",
            "a.example/.b",
        ] {
            assert!(OciRepository::parse(text).is_err(), "{text}");
        }
        for text in ["a.example/b___c", "a.example/b..c", "a.example/b_.c", "a.example/b:1", "a b/c", "a@b/c"]
        {
            assert!(OciRepository::parse(text).is_err(), "{text}");
        }
        for (text, is_tag) in [("1.0", true), ("_a-b.c", true), ("", false), (".a", false), ("a/b", false)] {
            assert_eq!(OciVersion::tag(text).is_ok(), is_tag, "{text}");
        }
        assert!(OciVersion::tag(&"a".repeat(129)).is_err());
    }

    #[test]
    fn beginnings_of_names_are_whole_parts() {
        let repository = OciRepository::parse("a.example:1/b/c").expect("is one");
        for (text, expected) in [
            ("a.example:1", Some(0)),
            ("a.example:1/b", Some(1)),
            ("a.example:1/b/c", Some(2)),
            ("a.example:1/b/c/d", None),
            ("a.example:1/b/cc", None),
            ("a.example:1/bb", None),
            ("a.example", None),
        ] {
            let prefix = OciPrefix::parse(text).expect("is one");
            assert_eq!(prefix.specificity(&repository), expected, "{text}");
        }
        assert!(OciPrefix::parse("a.example/").is_err());
        assert!(OciPrefix::parse("a.example/b:1").is_err());
    }
}
