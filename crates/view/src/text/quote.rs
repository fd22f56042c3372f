//! Names and lines as they would be written.

use std::borrow::Cow;

use plumb_value::quote;

/// A name as it is, or in quotes where it could not be written so.
pub(crate) fn name(text: &str) -> String {
    let mut letters = text.chars();
    let begins_well = letters.next().is_some_and(|first| first.is_alphabetic() || first == '_');
    let is_name =
        begins_well && letters.all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '-'));
    if is_name { text.to_owned() } else { quote(text) }
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
