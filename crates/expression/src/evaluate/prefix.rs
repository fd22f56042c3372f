//! How much of a text is certain when more text will follow it.

use unicode_segmentation::UnicodeSegmentation;

/// Longest prefix that is kept of a text that is not wholly known, in bytes.
const LONGEST: usize = 128;

/// The part of a prefix that no text behind it can change: marks and joiners could make another
/// character of its last one, unless that is one of the separators that texts for machines use.
pub(crate) fn certain_prefix(prefix: &str) -> &str {
    let mut end = prefix.len().min(LONGEST);
    while !prefix.is_char_boundary(end) {
        end -= 1;
    }
    let prefix = &prefix[..end];
    let Some((last, cluster)) = prefix.grapheme_indices(true).next_back() else { return "" };
    let mut characters = cluster.chars();
    let stands_alone =
        matches!((characters.next(), characters.next()), (Some(one), None) if is_separator(one));
    if stands_alone { prefix } else { &prefix[..last] }
}

fn is_separator(character: char) -> bool {
    matches!(
        character,
        '-' | '_'
            | ':'
            | ';'
            | '/'
            | '\\'
            | ','
            | '.'
            | '('
            | ')'
            | '{'
            | '}'
            | '['
            | ']'
            | '|'
            | '?'
            | '!'
            | '~'
            | ' '
            | '\t'
            | '@'
            | '#'
            | '$'
            | '%'
            | '^'
            | '&'
            | '*'
            | '+'
            | '"'
            | '\''
    )
}

#[cfg(test)]
mod tests {
    use super::certain_prefix;

    #[test]
    fn keeps_what_nothing_behind_can_change() {
        for (given, certain) in [
            ("", ""),
            ("a", ""),
            ("boo", "bo"),
            ("ami-", "ami-"),
            ("https://", "https://"),
            ("boop\r", "boop"),
            ("hello \u{1f937}", "hello "),
            ("hello \u{1f937}\u{200d}", "hello "),
            ("hello \u{1f937} ", "hello \u{1f937} "),
        ] {
            assert_eq!(certain_prefix(given), certain, "{given:?}");
        }
        assert!(certain_prefix(&"ä".repeat(200)).len() < 128);
    }
}
