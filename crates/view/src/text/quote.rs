//! Names and strings as they would be written.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The text in quotes, with escapes for everything that cannot be seen.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if control.is_control() => {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{:04x}", u32::from(control));
            }
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

/// A name as it is, or in quotes where it could not be written so.
pub(crate) fn name(text: &str) -> String {
    let mut letters = text.chars();
    let begins_well = letters.next().is_some_and(|first| first.is_alphabetic() || first == '_');
    let is_name =
        begins_well && letters.all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '-'));
    if is_name { text.to_owned() } else { quoted(text) }
}

/// A line of text without what would move the cursor or change colours.
pub(crate) fn visible(line: &str) -> Cow<'_, str> {
    let is_control = |character: char| character.is_control() && character != '\t';
    if line.contains(is_control) {
        Cow::Owned(
            line.chars().map(|one| if is_control(one) { char::REPLACEMENT_CHARACTER } else { one }).collect(),
        )
    } else {
        Cow::Borrowed(line)
    }
}
