//! Encodings with one byte for each character, from a table.

use std::collections::HashMap;
use std::sync::LazyLock;

/// What is said of each encoding; the beginning of the file says how.
const TABLES: &str = include_str!("single_byte.txt");

pub(super) struct SingleByte {
    /// As it is registered.
    pub(super) name: &'static str,
    /// What each byte means, if anything.
    characters: [Option<char>; 256],
    bytes: HashMap<char, u8>,
}

/// The encoding of that name or alias, which is in small letters.
pub(super) fn find(name: &str) -> Option<&'static SingleByte> {
    static ENCODINGS: LazyLock<Vec<(Vec<String>, SingleByte)>> = LazyLock::new(|| all(TABLES));
    ENCODINGS.iter().find(|(names, _)| names.iter().any(|own| own == name)).map(|(_, encoding)| encoding)
}

fn all(tables: &'static str) -> Vec<(Vec<String>, SingleByte)> {
    let mut encodings: Vec<(&'static str, String)> = Vec::new();
    for line in tables.lines().filter(|line| !line.starts_with('#')) {
        if !line.starts_with(' ') {
            encodings.push((line, String::new()));
        } else if let Some((_, table)) = encodings.last_mut() {
            table.push_str(line);
        }
    }
    encodings.into_iter().map(|(names, table)| (small(names), encoding(names, &table))).collect()
}

fn small(names: &str) -> Vec<String> {
    names.split_whitespace().map(str::to_ascii_lowercase).collect()
}

fn encoding(names: &'static str, table: &str) -> SingleByte {
    let mut characters = [None; 256];
    let meanings = table.split_whitespace().flat_map(meanings);
    for (place, meaning) in characters.iter_mut().zip(meanings) {
        *place = meaning;
    }
    let bytes =
        (0..=255_u8).zip(&characters).filter_map(|(byte, meaning)| Some(((*meaning)?, byte))).collect();
    SingleByte { name: names.split_whitespace().next().unwrap_or(names), characters, bytes }
}

/// What one word of a table says of one or more bytes.
fn meanings(word: &str) -> Vec<Option<char>> {
    if let Some(count) = word.strip_prefix('?') {
        return vec![None; count.strip_prefix('*').map_or(1, |count| count.parse().unwrap_or(0))];
    }
    let (first, last) = word.split_once('-').unwrap_or((word, word));
    let code_point = |text| u32::from_str_radix(text, 16).unwrap_or(0);
    (code_point(first)..=code_point(last)).map(char::from_u32).collect()
}

impl SingleByte {
    pub(super) fn encode(&self, text: &str) -> Option<Vec<u8>> {
        text.chars().map(|letter| self.bytes.get(&letter).copied()).collect()
    }

    pub(super) fn decode(&self, bytes: &[u8]) -> Option<String> {
        bytes.iter().map(|byte| self.characters[usize::from(*byte)]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_says_something_of_every_byte_and_nothing_twice() {
        let mut names = Vec::new();
        for line in TABLES.lines().filter(|line| !line.starts_with(['#', ' '])) {
            names.extend(small(line));
        }
        assert!(names.len() > 100);
        let mut unique = names.clone();
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), names.len());
        for (own, encoding) in all(TABLES) {
            let known = encoding.characters.iter().flatten().count();
            assert_eq!(known, encoding.bytes.len(), "{own:?}");
            let table = TABLES.split('\n').skip_while(|line| !line.starts_with(encoding.name)).skip(1);
            let words = table.take_while(|line| line.starts_with(' ')).flat_map(str::split_whitespace);
            assert_eq!(words.flat_map(meanings).count(), 256, "{own:?}");
        }
    }
}
