//! Which characters may be part of a name, and names in normal form.

use std::borrow::Cow;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// Whether a name may start with this character.
pub(crate) fn starts_ident(character: char) -> bool {
    character.is_ascii_alphabetic()
        || character == '_'
        || (!character.is_ascii() && unicode_ident::is_xid_start(character))
}

/// Whether a name may go on with this character. Unlike in most languages, a hyphen may.
pub(crate) fn continues_ident(character: char) -> bool {
    character.is_ascii_alphanumeric()
        || character == '_'
        || character == '-'
        || (!character.is_ascii() && unicode_ident::is_xid_continue(character))
}

/// Whether the text is a name as a whole.
pub fn is_identifier(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(starts_ident) && characters.all(continues_ident)
}

/// The text in Unicode normal form C, as all strings of the language are.
pub(crate) fn normal_form(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes {
        return text;
    }
    Cow::Owned(text.nfc().collect())
}
