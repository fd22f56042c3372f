//! Reading MessagePack token by token from bytes that are not trusted.

use rmp::Marker;

/// What went wrong; the caller knows what was wanted.
pub(super) enum Malformed {
    /// The bytes end too early.
    Truncated,
    /// Something else is there.
    Unexpected,
}

type Outcome<T> = Result<T, Malformed>;

pub(super) struct Reader<'b> {
    bytes: &'b [u8],
}

/// A number in one of its forms.
pub(super) enum Numeral<'b> {
    Signed(i64),
    Unsigned(u64),
    Double(f64),
    Text(&'b [u8]),
}

impl<'b> Reader<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Reader<'b> {
        Reader { bytes }
    }

    pub(super) fn remaining(&self) -> usize {
        self.bytes.len()
    }

    /// What comes next, without consuming it.
    pub(super) fn peek(&self) -> Outcome<Marker> {
        self.bytes.first().map(|byte| Marker::from_u8(*byte)).ok_or(Malformed::Truncated)
    }

    fn marker(&mut self) -> Outcome<Marker> {
        let marker = self.peek()?;
        self.bytes = &self.bytes[1..];
        Ok(marker)
    }

    pub(super) fn take(&mut self, length: usize) -> Outcome<&'b [u8]> {
        if length > self.bytes.len() {
            return Err(Malformed::Truncated);
        }
        let (taken, rest) = self.bytes.split_at(length);
        self.bytes = rest;
        Ok(taken)
    }

    fn unsigned(&mut self, width: usize) -> Outcome<u64> {
        Ok(self.take(width)?.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)))
    }

    fn length(&mut self, width: usize) -> Outcome<usize> {
        usize::try_from(self.unsigned(width)?).map_err(|_| Malformed::Truncated)
    }

    /// Whether null comes next, which is then consumed.
    pub(super) fn null(&mut self) -> Outcome<bool> {
        let is_null = self.peek()? == Marker::Null;
        if is_null {
            self.marker()?;
        }
        Ok(is_null)
    }

    pub(super) fn bool(&mut self) -> Outcome<bool> {
        match self.marker()? {
            Marker::True => Ok(true),
            Marker::False => Ok(false),
            _ => Err(Malformed::Unexpected),
        }
    }

    /// The bytes of a text, or of what stands for one.
    pub(super) fn text(&mut self) -> Outcome<&'b [u8]> {
        let length = match self.marker()? {
            Marker::FixStr(length) => usize::from(length),
            Marker::Str8 | Marker::Bin8 => self.length(1)?,
            Marker::Str16 | Marker::Bin16 => self.length(2)?,
            Marker::Str32 | Marker::Bin32 => self.length(4)?,
            Marker::Null => 0,
            _ => return Err(Malformed::Unexpected),
        };
        self.take(length)
    }

    pub(super) fn array(&mut self) -> Outcome<usize> {
        match self.marker()? {
            Marker::FixArray(length) => Ok(usize::from(length)),
            Marker::Array16 => self.length(2),
            Marker::Array32 => self.length(4),
            _ => Err(Malformed::Unexpected),
        }
    }

    pub(super) fn map(&mut self) -> Outcome<usize> {
        match self.marker()? {
            Marker::FixMap(length) => Ok(usize::from(length)),
            Marker::Map16 => self.length(2),
            Marker::Map32 => self.length(4),
            _ => Err(Malformed::Unexpected),
        }
    }

    pub(super) fn number(&mut self) -> Outcome<Numeral<'b>> {
        if matches!(
            self.peek()?,
            Marker::FixStr(_)
                | Marker::Str8
                | Marker::Str16
                | Marker::Str32
                | Marker::Bin8
                | Marker::Bin16
                | Marker::Bin32
        ) {
            return self.text().map(Numeral::Text);
        }
        Ok(match self.marker()? {
            Marker::FixPos(value) => Numeral::Unsigned(u64::from(value)),
            Marker::FixNeg(value) => Numeral::Signed(i64::from(value)),
            Marker::U8 => Numeral::Unsigned(self.unsigned(1)?),
            Marker::U16 => Numeral::Unsigned(self.unsigned(2)?),
            Marker::U32 => Numeral::Unsigned(self.unsigned(4)?),
            Marker::U64 => Numeral::Unsigned(self.unsigned(8)?),
            // The casts take the low bits, which are all that were read, with their sign.
            Marker::I8 => Numeral::Signed(i64::from(self.unsigned(1)? as i8)),
            Marker::I16 => Numeral::Signed(i64::from(self.unsigned(2)? as i16)),
            Marker::I32 => Numeral::Signed(i64::from(self.unsigned(4)? as i32)),
            Marker::I64 => Numeral::Signed(self.unsigned(8)? as i64),
            Marker::F32 => Numeral::Double(f64::from(f32::from_bits(self.unsigned(4)? as u32))),
            Marker::F64 => Numeral::Double(f64::from_bits(self.unsigned(8)?)),
            _ => return Err(Malformed::Unexpected),
        })
    }

    pub(super) fn integer(&mut self) -> Outcome<i64> {
        match self.number()? {
            Numeral::Signed(value) => Ok(value),
            Numeral::Unsigned(value) => i64::try_from(value).map_err(|_| Malformed::Unexpected),
            Numeral::Double(_) | Numeral::Text(_) => Err(Malformed::Unexpected),
        }
    }

    pub(super) fn is_extension(&self) -> Outcome<bool> {
        Ok(matches!(
            self.peek()?,
            Marker::FixExt1
                | Marker::FixExt2
                | Marker::FixExt4
                | Marker::FixExt8
                | Marker::FixExt16
                | Marker::Ext8
                | Marker::Ext16
                | Marker::Ext32
        ))
    }

    /// Code and length of an extension; its content is next.
    pub(super) fn extension(&mut self) -> Outcome<(i8, usize)> {
        let length = match self.marker()? {
            Marker::FixExt1 => 1,
            Marker::FixExt2 => 2,
            Marker::FixExt4 => 4,
            Marker::FixExt8 => 8,
            Marker::FixExt16 => 16,
            Marker::Ext8 => self.length(1)?,
            Marker::Ext16 => self.length(2)?,
            Marker::Ext32 => self.length(4)?,
            _ => return Err(Malformed::Unexpected),
        };
        let code = self.take(1)?.first().copied().unwrap_or_default() as i8;
        Ok((code, length))
    }

    /// Passes over one value, however it is nested: counting what is still to come needs no stack.
    pub(super) fn skip(&mut self) -> Outcome<()> {
        let mut pending: u64 = 1;
        while pending > 0 {
            pending -= 1;
            match self.peek()? {
                Marker::FixArray(_) | Marker::Array16 | Marker::Array32 => pending += self.array()? as u64,
                Marker::FixMap(_) | Marker::Map16 | Marker::Map32 => pending += 2 * self.map()? as u64,
                Marker::Null | Marker::True | Marker::False => {
                    self.marker()?;
                }
                Marker::Reserved => return Err(Malformed::Unexpected),
                _ if self.is_extension()? => {
                    let (_, length) = self.extension()?;
                    self.take(length)?;
                }
                _ => {
                    self.number()?;
                }
            }
        }
        Ok(())
    }
}
