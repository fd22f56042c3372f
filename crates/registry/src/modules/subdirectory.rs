//! Directories within packages, as `//` in a source names them.

use std::path::{Component, Path, PathBuf};

/// Splits the directory within the package off an address. The two slashes of `scheme://` are none.
pub(super) fn split(place: &str) -> (&str, &str) {
    let start = place.find("://").map_or(0, |at| at + 3);
    match place[start..].find("//") {
        Some(at) => (&place[..start + at], place[start + at + 2..].trim_start_matches('/')),
        None => (place, ""),
    }
}

/// Takes what means nothing out of a path in a package; `None` where it leads outside.
pub(super) fn normalise(path: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            other => parts.push(other),
        }
    }
    Some(parts.join("/"))
}

/// A path that names exactly one place below a directory; `None` where it has parts that mean something else.
pub(super) fn plain(path: &str) -> Option<&Path> {
    let is_name = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(['\\', '\0']);
    path.split('/').all(is_name).then(|| Path::new(path))
}

/// One directory below another, either of which may be empty.
pub(super) fn join(outer: &str, inner: &str) -> String {
    [outer, inner].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
}

/// Why there is no directory to go on with.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SubdirectoryError {
    /// There is none.
    #[error("the package has no directory {0:?}")]
    None(String),
    /// There are several.
    #[error("several directories of the package match {0:?}")]
    Several(String),
}

/// The directory in an unpacked package that a path means, in which `*`, `?` and `[..]` stand for what
/// they match: there must be one, and it must lie within the package.
pub(super) fn find(package: &Path, path: &str) -> Result<PathBuf, SubdirectoryError> {
    let none = || SubdirectoryError::None(path.to_owned());
    let whole = package.canonicalize().map_err(|_| none())?;
    let mut found = vec![PathBuf::new()];
    for part in path.split('/').filter(|part| !part.is_empty()) {
        found = if part.contains(['*', '?', '[']) {
            found.iter().flat_map(|directory| matching(package, directory, part)).collect()
        } else {
            found.into_iter().map(|directory| directory.join(part)).collect()
        };
    }
    let is_inner = |inner: &PathBuf| {
        let is_plain = inner.components().all(|part| matches!(part, Component::Normal(_)));
        let end = package.join(inner).canonicalize();
        is_plain && end.is_ok_and(|end| end.starts_with(&whole) && end.is_dir())
    };
    found.retain(is_inner);
    match &found[..] {
        [] => Err(none()),
        [only] => Ok(only.clone()),
        _ => Err(SubdirectoryError::Several(path.to_owned())),
    }
}

/// Entries of a directory whose names match, files among them.
fn matching(package: &Path, directory: &Path, pattern: &str) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(package.join(directory)) else { return Vec::new() };
    let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    names.filter(|name| matches(pattern, name)).map(|name| directory.join(name)).collect()
}

/// Whether a name matches a pattern of Go's `path.Match`.
fn matches(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    // Where to go on after the latest star, and how much of the name it has taken.
    let mut star = None;
    let (mut at, mut next) = (0, 0);
    while next < name.len() {
        if pattern.get(at) == Some(&'*') {
            star = Some((at + 1, next));
            at += 1;
        } else if let Some(length) = matched_one(&pattern[at.min(pattern.len())..], name[next]) {
            at += length;
            next += 1;
        } else if let Some((after, taken)) = star {
            star = Some((after, taken + 1));
            (at, next) = (after, taken + 1);
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(|rest| *rest == '*')
}

/// How much of a pattern one character matches.
fn matched_one(pattern: &[char], character: char) -> Option<usize> {
    match pattern {
        ['?', ..] => Some(1),
        ['\\', escaped, ..] => (*escaped == character).then_some(2),
        ['[', rest @ ..] => {
            let end = rest.iter().position(|end| *end == ']').filter(|end| *end > 0)?;
            let (is_negated, set) = match &rest[..end] {
                ['^', set @ ..] => (true, set),
                set => (false, set),
            };
            (is_in_set(set, character) != is_negated).then_some(end + 2)
        }
        [plain, ..] => (*plain == character).then_some(1),
        [] => None,
    }
}

fn is_in_set(set: &[char], character: char) -> bool {
    match set {
        [low, '-', high, rest @ ..] => (*low..=*high).contains(&character) || is_in_set(rest, character),
        [one, rest @ ..] => *one == character || is_in_set(rest, character),
        [] => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_split_where_the_package_ends() {
        let cases = [
            ("https://h/a.zip//b/c", ("https://h/a.zip", "b/c")),
            ("https://h/a.zip", ("https://h/a.zip", "")),
            ("a/b/c//d", ("a/b/c", "d")),
            ("file:///srv/a//b", ("file:///srv/a", "b")),
        ];
        for (given, expected) in cases {
            assert_eq!(split(given), expected, "{given}");
        }
        assert_eq!(normalise("a/./b//c/../d/").as_deref(), Some("a/b/d"));
        assert_eq!(normalise("a/../../b"), None);
    }

    #[test]
    fn names_match_patterns() {
        for (pattern, name, expected) in [
            ("*", "", true),
            ("*", "abc", true),
            ("top-*", "top-1", true),
            ("top-*", "to", false),
            ("*-*b", "a-b-b", true),
            ("a?c", "abc", true),
            ("[a-c]x", "bx", true),
            ("[^a-c]x", "bx", false),
            ("[]x", "]x", false),
            ("\\*", "*", true),
            ("a", "ab", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn exactly_one_directory_is_meant() {
        let package = tempfile::tempdir().expect("makes a directory");
        for directory in ["top-1/modules/a", "top-1/modules/b"] {
            std::fs::create_dir_all(package.path().join(directory)).expect("makes a directory");
        }
        std::fs::write(package.path().join("top-file"), "").expect("writes");
        let found = |path: &str| find(package.path(), path).map(|found| found.display().to_string());
        assert_eq!(found("").as_deref(), Ok(""));
        assert_eq!(found("*").as_deref(), Ok("top-1"));
        assert_eq!(found("top-?/modules/[a]").as_deref(), Ok("top-1/modules/a"));
        assert_eq!(found("*/modules/*"), Err(SubdirectoryError::Several("*/modules/*".to_owned())));
        for path in ["nope", "nope*", "top-file", "../x"] {
            assert_eq!(found(path), Err(SubdirectoryError::None(path.to_owned())), "{path}");
        }
    }
}
