//! UTF-16.

/// In which order the two bytes of a unit stand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ByteOrder {
    BigEndian,
    LittleEndian,
    /// A mark at the beginning tells; it is written in front, and where there is none the high byte is first.
    Marked,
}

/// U+FEFF with its high byte first.
const MARK: [u8; 2] = [0xfe, 0xff];
const SWAPPED_MARK: [u8; 2] = [0xff, 0xfe];

pub(super) fn encode(text: &str, order: ByteOrder) -> Vec<u8> {
    let mut bytes = if order == ByteOrder::Marked { MARK.to_vec() } else { Vec::new() };
    bytes.extend(text.encode_utf16().flat_map(|unit| match order {
        ByteOrder::LittleEndian => unit.to_le_bytes(),
        ByteOrder::BigEndian | ByteOrder::Marked => unit.to_be_bytes(),
    }));
    bytes
}

pub(super) fn decode(bytes: &[u8], order: ByteOrder) -> Option<String> {
    let (bytes, order) = match (order, bytes.first_chunk()) {
        (ByteOrder::Marked, Some(&MARK)) => (&bytes[2..], ByteOrder::BigEndian),
        (ByteOrder::Marked, Some(&SWAPPED_MARK)) => (&bytes[2..], ByteOrder::LittleEndian),
        _ => (bytes, order),
    };
    let (units, rest) = bytes.as_chunks::<2>();
    let units = units.iter().map(|unit| match order {
        ByteOrder::LittleEndian => u16::from_le_bytes(*unit),
        ByteOrder::BigEndian | ByteOrder::Marked => u16::from_be_bytes(*unit),
    });
    let text: Result<String, _> = char::decode_utf16(units).collect();
    text.ok().filter(|_| rest.is_empty())
}
