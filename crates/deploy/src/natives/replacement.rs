//! What stands in the place of what an expression matches.

use regex::bytes::{Captures, Replacer};

/// Text with places for what groups matched.
pub(super) struct Replacement(Vec<Part>);

enum Part {
    Text(Vec<u8>),
    Group(usize),
}

impl Replacement {
    /// Text alone.
    pub(super) fn literal(text: &str) -> Self {
        Replacement(vec![Part::Text(text.as_bytes().to_vec())])
    }

    /// Text in which `\1` stands for the first group.
    pub(super) fn parsed(text: &str, groups: usize) -> Result<Self, String> {
        let (mut parts, mut so_far) = (Vec::new(), String::new());
        let mut letters = text.chars();
        while let Some(letter) = letters.next() {
            if letter != '\\' {
                so_far.push(letter);
                continue;
            }
            match letters.next() {
                Some('n') => so_far.push('\n'),
                Some('t') => so_far.push('\t'),
                Some(digit) if digit.is_ascii_digit() => {
                    let group = digit as usize - '0' as usize;
                    if group > groups {
                        return Err(format!(
                            "the replacement has \\{digit}, and the expression {groups} groups"
                        ));
                    }
                    parts.push(Part::Text(std::mem::take(&mut so_far).into_bytes()));
                    parts.push(Part::Group(group));
                }
                Some(other) => so_far.push(other),
                None => {
                    return Err("the replacement ends in a backslash: two of them stand for one".to_owned());
                }
            }
        }
        parts.push(Part::Text(so_far.into_bytes()));
        Ok(Replacement(parts))
    }
}

impl Replacer for Replacement {
    fn replace_append(&mut self, captures: &Captures<'_>, into: &mut Vec<u8>) {
        for part in &self.0 {
            match part {
                Part::Text(text) => into.extend_from_slice(text),
                Part::Group(group) => {
                    into.extend_from_slice(captures.get(*group).map_or(&[][..], |found| found.as_bytes()));
                }
            }
        }
    }
}
