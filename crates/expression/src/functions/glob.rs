//! Finding files by patterns: `*`, `?`, `[a-z]`, `{a,b}` and `**` for any directories.

use std::path::Path;

use plumb_source::Files;

/// Deepest directories that are looked into, which bounds the walk around links that form a circle.
const DEEPEST: usize = 128;
/// Most patterns that alternatives in braces may stand for.
const MOST_ALTERNATIVES: usize = 4096;

/// Paths, relative to the base, of all regular files that fit. Nothing where the pattern is not
/// valid.
pub(super) fn files(files: &dyn Files, base: &Path, pattern: &str) -> Option<Vec<String>> {
    let mut found = Vec::new();
    for plain in expand_braces(pattern)? {
        let parts: Vec<Part> = plain
            .split('/')
            .filter(|part| !part.is_empty() && *part != ".")
            .map(Part::parse)
            .collect::<Option<_>>()?;
        let mut walk = Walk { files, base, found: &mut found };
        walk.directory("", &parts, 0);
    }
    found.sort();
    found.dedup();
    Some(found)
}

/// The pattern with each choice of alternatives.
fn expand_braces(pattern: &str) -> Option<Vec<String>> {
    let Some((before, alternatives, after)) = first_braces(pattern)? else {
        return Some(vec![pattern.to_owned()]);
    };
    let mut all = Vec::new();
    for alternative in alternatives {
        all.extend(expand_braces(&format!("{before}{alternative}{after}"))?);
        if all.len() > MOST_ALTERNATIVES {
            return None;
        }
    }
    Some(all)
}

type Braces<'p> = (&'p str, Vec<&'p str>, &'p str);

/// The first alternatives with what is around them; the outer nothing is for braces that do not
/// close.
#[expect(clippy::option_option, reason = "not valid and not there are different things")]
fn first_braces(pattern: &str) -> Option<Option<Braces<'_>>> {
    let mut depth = 0;
    let mut open = 0;
    let mut starts = Vec::new();
    let mut characters = pattern.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => {
                characters.next();
            }
            '{' => {
                if depth == 0 {
                    open = at;
                    starts.push(at + 1);
                }
                depth += 1;
            }
            ',' if depth == 1 => starts.push(at + 1),
            '}' if depth > 0 => {
                depth -= 1;
                if depth == 0 {
                    let ends = starts.iter().skip(1).map(|start| start - 1).chain(std::iter::once(at));
                    let alternatives =
                        starts.iter().zip(ends).map(|(start, end)| &pattern[*start..end]).collect();
                    return Some(Some((&pattern[..open], alternatives, &pattern[at + 1..])));
                }
            }
            _ => {}
        }
    }
    if depth == 0 { Some(None) } else { None }
}

/// What one step of a path must be.
enum Part {
    /// Any directories, none among them.
    AnyDirectories,
    /// A name of this form.
    Name(Vec<Piece>),
    /// The directory above.
    Parent,
}

/// A piece of a name.
enum Piece {
    Character(char),
    AnyCharacter,
    AnyText,
    Class { is_negated: bool, ranges: Vec<(char, char)> },
}

impl Part {
    fn parse(text: &str) -> Option<Part> {
        match text {
            "**" => return Some(Part::AnyDirectories),
            ".." => return Some(Part::Parent),
            _ => {}
        }
        let mut pieces = Vec::new();
        let mut characters = text.chars().peekable();
        while let Some(character) = characters.next() {
            pieces.push(match character {
                '*' => Piece::AnyText,
                '?' => Piece::AnyCharacter,
                '\\' => Piece::Character(characters.next()?),
                '[' => {
                    let is_negated = characters.next_if(|next| matches!(next, '^' | '!')).is_some();
                    let mut ranges = Vec::new();
                    loop {
                        let low = match characters.next()? {
                            ']' if !ranges.is_empty() => break,
                            ']' | '-' => return None,
                            '\\' => characters.next()?,
                            other => other,
                        };
                        let high = if characters.next_if_eq(&'-').is_some() {
                            match characters.next()? {
                                ']' => return None,
                                '\\' => characters.next()?,
                                other => other,
                            }
                        } else {
                            low
                        };
                        ranges.push((low, high));
                    }
                    Piece::Class { is_negated, ranges }
                }
                other => Piece::Character(other),
            });
        }
        Some(Part::Name(pieces))
    }
}

impl Piece {
    fn fits(&self, character: char) -> bool {
        match self {
            Piece::Character(wanted) => *wanted == character,
            Piece::AnyCharacter => true,
            Piece::AnyText => false,
            Piece::Class { is_negated, ranges } => {
                ranges.iter().any(|(low, high)| (*low..=*high).contains(&character)) != *is_negated
            }
        }
    }
}

/// Whether a name fits. Going back only to the last star keeps this from taking long.
fn fits(pieces: &[Piece], name: &str) -> bool {
    let name: Vec<char> = name.chars().collect();
    let (mut piece, mut at) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while at < name.len() {
        match pieces.get(piece) {
            Some(Piece::AnyText) => {
                star = Some((piece, at));
                piece += 1;
            }
            Some(other) if other.fits(name[at]) => {
                piece += 1;
                at += 1;
            }
            _ => {
                let Some((star_piece, star_at)) = star else { return false };
                star = Some((star_piece, star_at + 1));
                piece = star_piece + 1;
                at = star_at + 1;
            }
        }
    }
    pieces[piece..].iter().all(|piece| matches!(piece, Piece::AnyText))
}

struct Walk<'w> {
    files: &'w dyn Files,
    base: &'w Path,
    found: &'w mut Vec<String>,
}

impl Walk<'_> {
    fn directory(&mut self, relative: &str, parts: &[Part], depth: usize) {
        let Some((part, rest)) = parts.split_first() else { return };
        if depth > DEEPEST {
            return;
        }
        let join =
            |name: &str| if relative.is_empty() { name.to_owned() } else { format!("{relative}/{name}") };
        if matches!(part, Part::Parent) {
            return self.directory(&join(".."), rest, depth + 1);
        }
        let Ok(entries) = self.files.list(&self.base.join(relative)) else { return };
        if matches!(part, Part::AnyDirectories) && !rest.is_empty() {
            self.directory(relative, rest, depth);
        }
        for (name, is_directory) in entries {
            let is_fit = match part {
                Part::AnyDirectories => true,
                Part::Name(pieces) => fits(pieces, &name),
                Part::Parent => false,
            };
            if !is_fit {
                continue;
            }
            let path = join(&name);
            let next = if matches!(part, Part::AnyDirectories) { parts } else { rest };
            if is_directory {
                self.directory(&path, next, depth + 1);
            } else if rest.is_empty() && self.files.is_file(&self.base.join(&path)) {
                self.found.push(path);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plumb_source::MemoryFiles;

    #[test]
    fn finds_files_by_patterns() {
        let tree = MemoryFiles::new()
            .with("d/a.txt", "")
            .with("d/b.md", "")
            .with("d/e/c.txt", "")
            .with("d/e/f/d.txt", "");
        let find = |pattern: &str| files(&tree, Path::new("d"), pattern);
        let some = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        assert_eq!(find("*"), some(&["a.txt", "b.md"]));
        assert_eq!(find("**"), some(&["a.txt", "b.md", "e/c.txt", "e/f/d.txt"]));
        assert_eq!(find("**/*.txt"), some(&["a.txt", "e/c.txt", "e/f/d.txt"]));
        assert_eq!(find("{a,b}.*"), some(&["a.txt", "b.md"]));
        assert_eq!(find("e/**/d.txt"), some(&["e/f/d.txt"]));
        assert_eq!(find("[!a].md"), some(&["b.md"]));
        assert_eq!(find("e/?.txt"), some(&["e/c.txt"]));
        assert_eq!(find("e"), some(&[]));
        assert_eq!(find("["), None);
        assert_eq!(find("{a"), None);
    }
}
