//! Protobuf messages without their definition: field by field, nothing copied.
//!
//! A provider's schemas can be 10 MiB of which a configuration needs a few kilobytes. Reading them
//! this way means stepping over what is not needed.

use std::borrow::Cow;

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field<'m> {
    /// A number, a flag or a member of an enumeration.
    Number(u64),
    /// Text, bytes or a message.
    Bytes(&'m [u8]),
    /// A number of a fixed width, which the protocol does not use.
    Fixed,
}

impl<'m> Field<'m> {
    pub(crate) fn flag(&self) -> bool {
        self.number() != 0
    }

    pub(crate) fn number(&self) -> u64 {
        match self {
            Field::Number(number) => *number,
            Field::Bytes(_) | Field::Fixed => 0,
        }
    }

    pub(crate) fn bytes(&self) -> &'m [u8] {
        match self {
            Field::Bytes(bytes) => bytes,
            Field::Number(_) | Field::Fixed => &[],
        }
    }

    pub(crate) fn text(&self) -> Cow<'m, str> {
        String::from_utf8_lossy(self.bytes())
    }
}

/// The message is cut off or not a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the message is damaged")]
pub(crate) struct Damaged;

/// Iterates over the fields of a message.
pub(crate) struct Fields<'m> {
    rest: &'m [u8],
}

impl<'m> Fields<'m> {
    pub(crate) fn new(message: &'m [u8]) -> Self {
        Fields { rest: message }
    }

    fn varint(&mut self) -> Result<u64, Damaged> {
        let mut value = 0;
        for (index, byte) in self.rest.iter().take(10).enumerate() {
            value |= u64::from(byte & 0x7f) << (7 * index);
            if byte & 0x80 == 0 {
                self.rest = &self.rest[index + 1..];
                return Ok(value);
            }
        }
        Err(Damaged)
    }

    fn take(&mut self, length: u64) -> Result<&'m [u8], Damaged> {
        let length = usize::try_from(length).map_err(|_| Damaged)?;
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(Damaged)?;
        self.rest = rest;
        Ok(taken)
    }

    fn field(&mut self) -> Result<(u64, Field<'m>), Damaged> {
        let key = self.varint()?;
        let field = match key & 7 {
            0 => Field::Number(self.varint()?),
            1 => self.take(8).map(|_| Field::Fixed)?,
            2 => {
                let length = self.varint()?;
                Field::Bytes(self.take(length)?)
            }
            5 => self.take(4).map(|_| Field::Fixed)?,
            _ => return Err(Damaged),
        };
        Ok((key >> 3, field))
    }
}

impl<'m> Iterator for Fields<'m> {
    type Item = Result<(u64, Field<'m>), Damaged>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_err() {
            self.rest = &[];
        }
        Some(field)
    }
}

/// Makes a message field by field. As in every encoder, fields that hold nothing are left out.
#[derive(Default)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }

    pub(crate) fn number(&mut self, field: u64, value: u64) {
        if value != 0 {
            self.varint(field << 3);
            self.varint(value);
        }
    }

    pub(crate) fn flag(&mut self, field: u64, value: bool) {
        self.number(field, u64::from(value));
    }

    /// Text and bytes.
    pub(crate) fn text(&mut self, field: u64, value: impl AsRef<[u8]>) {
        if !value.as_ref().is_empty() {
            self.message(field, value.as_ref());
        }
    }

    /// A message, which is there even where it is empty.
    pub(crate) fn message(&mut self, field: u64, message: &[u8]) {
        self.varint(field << 3 | 2);
        self.varint(message.len() as u64);
        self.bytes.extend_from_slice(message);
    }

    /// An entry of a map from text to messages.
    pub(crate) fn entry(&mut self, field: u64, key: &str, message: &[u8]) {
        let mut entry = Writer::default();
        entry.text(1, key);
        entry.message(2, message);
        self.message(field, &entry.finish());
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_can_be_read() {
        let mut writer = Writer::default();
        writer.number(1, 300);
        writer.number(2, 0);
        writer.flag(3, true);
        writer.text(200, "text");
        writer.message(5, &[]);
        writer.number(6, u64::MAX);
        let message = writer.finish();
        let fields: Vec<_> = Fields::new(&message).map(Result::unwrap).collect();
        let expected = [
            (1, Field::Number(300)),
            (3, Field::Number(1)),
            (200, Field::Bytes(b"text")),
            (5, Field::Bytes(&[])),
            (6, Field::Number(u64::MAX)),
        ];
        assert_eq!(fields, expected);
    }

    #[test]
    fn damaged_messages_end_with_an_error() {
        let damaged: [&[u8]; 5] = [&[0x80], &[0x0a, 5, 1], &[0x0b], &[0x09, 1, 2], &[0xff; 20]];
        for bytes in damaged {
            let fields: Vec<_> = Fields::new(bytes).collect();
            assert_eq!(fields, [Err(Damaged)], "{bytes:?}");
        }
    }
}
