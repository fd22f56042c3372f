//! How much of a text is certain when more text will follow it.

use plumb_value::safe_prefix;

/// Longest prefix that is kept of a text that is not wholly known, in bytes.
const LONGEST: usize = 128;

/// The part of a prefix that no text behind it can change, if it is not too long to be of use.
pub(crate) fn certain_prefix(prefix: &str) -> String {
    let mut end = prefix.len().min(LONGEST);
    while !prefix.is_char_boundary(end) {
        end -= 1;
    }
    safe_prefix(&prefix[..end])
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
