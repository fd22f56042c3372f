//! JSON text, piece by piece.
//!
//! Responsible for commas and quotes. Strings are escaped as the peer escapes them, so that equal
//! documents are equal bytes.

use std::fmt::Display;
use std::io::{self, Write};

use plumb_value::json::write_string;

/// The members of one JSON object, in the order in which they are written.
pub(crate) struct Members<'t> {
    text: &'t mut Vec<u8>,
    is_empty: bool,
}

impl<'t> Members<'t> {
    /// Opens an object.
    pub(crate) fn new(text: &'t mut Vec<u8>) -> Self {
        text.push(b'{');
        Members { text, is_empty: true }
    }

    /// Goes on with an object that has members already, which are elsewhere.
    pub(crate) fn go_on(text: &'t mut Vec<u8>) -> Self {
        Members { text, is_empty: false }
    }

    /// Writes the key of a member whose value is to be written next.
    pub(crate) fn key(&mut self, name: &str) -> &mut Vec<u8> {
        if !self.is_empty {
            self.text.push(b',');
        }
        self.is_empty = false;
        write_string(name, self.text);
        self.text.push(b':');
        self.text
    }

    pub(crate) fn string(&mut self, name: &str, value: &str) {
        write_string(value, self.key(name));
    }

    /// A string that is left out where it is empty.
    pub(crate) fn optional_string(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.string(name, value);
        }
    }

    /// A number, boolean or null.
    pub(crate) fn plain(&mut self, name: &str, value: impl Display) {
        // Writing to a vector cannot fail.
        let _ = write!(self.key(name), "{value}");
    }

    pub(crate) fn object(&mut self, name: &str, write: impl FnOnce(&mut Members<'_>)) {
        let mut members = Members::new(self.key(name));
        write(&mut members);
        members.end();
    }

    /// A member that is taken back where `write` returns false.
    pub(crate) fn unless(&mut self, name: &str, write: impl FnOnce(&mut Vec<u8>) -> bool) {
        let (length, was_empty) = (self.text.len(), self.is_empty);
        if !write(self.key(name)) {
            self.text.truncate(length);
            self.is_empty = was_empty;
        }
    }

    pub(crate) fn strings(&mut self, name: &str, values: impl IntoIterator<Item = impl AsRef<str>>) {
        array(self.key(name), values, |text, value| write_string(value.as_ref(), text));
    }

    /// Closes the object.
    pub(crate) fn end(self) {
        self.text.push(b'}');
    }
}

/// An array of what `write` makes of each item.
pub(crate) fn array<T>(
    text: &mut Vec<u8>,
    items: impl IntoIterator<Item = T>,
    mut write: impl FnMut(&mut Vec<u8>, T),
) {
    text.push(b'[');
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            text.push(b',');
        }
        write(text, item);
    }
    text.push(b']');
}

/// Writes items one by one between brackets, each as soon as it is made: there may be many.
pub(crate) fn write_each<T>(
    out: &mut dyn Write,
    [opening, closing]: [u8; 2],
    items: impl IntoIterator<Item = T>,
    mut write: impl FnMut(&mut Vec<u8>, T),
) -> io::Result<()> {
    let mut text = vec![opening];
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            text.push(b',');
        }
        write(&mut text, item);
        out.write_all(&text)?;
        text.clear();
    }
    text.push(closing);
    out.write_all(&text)
}

/// A member of an object whose members are written one by one.
pub(crate) fn member(text: &mut Vec<u8>, name: &str, write: impl FnOnce(&mut Members<'_>)) {
    write_string(name, text);
    text.push(b':');
    let mut members = Members::new(text);
    write(&mut members);
    members.end();
}

/// What was written, as text; it is always valid.
pub(crate) fn into_text(text: Vec<u8>) -> String {
    String::from_utf8(text).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}
