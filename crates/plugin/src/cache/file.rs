//! A schema in a file: a summary of it, which is read as a whole, and behind it the schema of each type,
//! which is read when the type is asked for.
//!
//! The summary is what the provider answered, with a place in the file instead of each type's schema. So
//! what a command reads does not grow with what the provider has.

use std::fs::File;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use plumb_schema::ProviderSchema;

use crate::protocol::MESSAGE_BYTES_MAX;
use crate::wire::{Field, Fields, Piece, Writer, decode_schema, is_table, schema_entry};
use crate::{Protocol, RawSchema};

/// Begins every file with a schema. The last character is the version of the format.
const MAGIC: &[u8; 8] = b"plumbsc2";
/// Magic, protocol, length of the summary, its checksum.
const HEADER_BYTES: usize = 8 + 1 + 8 + 8;
/// No summary is longer than the whole can be.
const SUMMARY_BYTES_MAX: u64 = MESSAGE_BYTES_MAX as u64;

/// A file's content for a schema; nothing where it is none.
pub(super) fn pack(schema: &RawSchema) -> Option<Vec<u8>> {
    let (mut summary, mut types) = (Writer::default(), Vec::new());
    for field in Fields::new(&schema.bytes) {
        match field.ok()? {
            (number, Field::Bytes(entry)) if is_table(number) => {
                let (name, schema) = schema_entry(entry).ok()?;
                let place = Place {
                    offset: types.len() as u64,
                    length: schema.len() as u64,
                    checksum: checksum(schema),
                };
                types.extend_from_slice(schema);
                summary.entry(number, &name, &place.to_message());
            }
            (number, Field::Bytes(message)) => summary.message(number, message),
            (number, Field::Number(value)) => summary.number(number, value),
            (_, Field::Fixed) => {}
        }
    }
    let summary = summary.finish();
    let mut content = Vec::with_capacity(HEADER_BYTES + summary.len() + types.len());
    content.extend_from_slice(MAGIC);
    content.push(schema.protocol.number());
    content.extend_from_slice(&(summary.len() as u64).to_le_bytes());
    content.extend_from_slice(&checksum(&summary).to_le_bytes());
    content.extend_from_slice(&summary);
    content.extend_from_slice(&types);
    Some(content)
}

/// The schema in a file; nothing where it is damaged. The file is kept open, and read again with the
/// first use of each type. What is damaged then calls `damaged` and is as if it were not there.
pub(super) fn open(
    file: File,
    damaged: impl Fn() + Send + Sync + 'static,
) -> Option<(Protocol, ProviderSchema)> {
    let mut header = [0; HEADER_BYTES];
    read_at(&file, &mut header, 0).ok()?;
    let protocol = Protocol::from_number(u64::from(header[8]))?;
    let length = u64::from_le_bytes(header[9..17].try_into().ok()?);
    let expected = u64::from_le_bytes(header[17..25].try_into().ok()?);
    if !header.starts_with(MAGIC) || length > SUMMARY_BYTES_MAX {
        return None;
    }
    let mut summary = vec![0; usize::try_from(length).ok()?];
    read_at(&file, &mut summary, HEADER_BYTES as u64).ok()?;
    if checksum(&summary) != expected {
        return None;
    }
    let types = Arc::new(Types { file, begin: HEADER_BYTES as u64 + length, damaged: Box::new(damaged) });
    let piece: Arc<Piece> = Arc::new(move |place| types.read(place));
    let schema = decode_schema(&summary.into(), protocol, &piece).ok()?;
    Some((protocol, schema))
}

/// The schemas of the types.
struct Types {
    file: File,
    begin: u64,
    damaged: Box<dyn Fn() + Send + Sync>,
}

impl Types {
    fn read(&self, place: &Bytes) -> Option<Bytes> {
        let read = self.try_read(place);
        if read.is_none() {
            (self.damaged)();
        }
        read
    }

    fn try_read(&self, place: &Bytes) -> Option<Bytes> {
        let place = Place::from_message(place)?;
        if place.length > MESSAGE_BYTES_MAX as u64 {
            return None;
        }
        let mut content = vec![0; usize::try_from(place.length).ok()?];
        read_at(&self.file, &mut content, self.begin.checked_add(place.offset)?).ok()?;
        (checksum(&content) == place.checksum).then(|| content.into())
    }
}

/// Where the schema of a type is, counted from the first one.
struct Place {
    offset: u64,
    length: u64,
    checksum: u64,
}

impl Place {
    fn to_message(&self) -> Vec<u8> {
        let mut message = Writer::default();
        message.number(1, self.offset);
        message.number(2, self.length);
        message.number(3, self.checksum);
        message.finish()
    }

    fn from_message(message: &Bytes) -> Option<Place> {
        let mut place = Place { offset: 0, length: 0, checksum: 0 };
        for field in Fields::new(message) {
            match field.ok()? {
                (1, field) => place.offset = field.number(),
                (2, field) => place.length = field.number(),
                (3, field) => place.checksum = field.number(),
                _ => {}
            }
        }
        Some(place)
    }
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_at(file: &File, mut buffer: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !buffer.is_empty() {
        let length = std::os::windows::fs::FileExt::seek_read(file, buffer, offset)?;
        if length == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        buffer = &mut buffer[length..];
        offset += length as u64;
    }
    Ok(())
}

/// Recognises files that are cut off or overwritten, at the speed of memory. It is no protection
/// against people, which the directory's permissions are.
fn checksum(bytes: &[u8]) -> u64 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    // Four at a time, for one multiplication waits for the one before.
    let mut sums: [u64; 4] = [1, 2, 3, 4];
    let (blocks, rest) = bytes.as_chunks::<32>();
    for block in blocks {
        for (sum, word) in sums.iter_mut().zip(block.as_chunks::<8>().0) {
            *sum = (*sum ^ u64::from_le_bytes(*word)).wrapping_mul(FACTOR).rotate_left(29);
        }
    }
    let last = rest.iter().fold(0, |sum: u64, byte| (sum ^ u64::from(*byte)).wrapping_mul(FACTOR));
    sums.into_iter().fold(last, |all, sum| (all ^ sum).wrapping_mul(FACTOR).rotate_left(29))
}
