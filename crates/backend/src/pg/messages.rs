//! Messages of the protocol, version 3.

use std::io::{self, Read, Write};

/// No message of a server is larger.
const MESSAGE_MAX_BYTES: usize = 1 << 30;

/// A message that a server sends.
pub(super) struct Message {
    pub(super) kind: u8,
    pub(super) body: Vec<u8>,
}

/// Reads one.
pub(super) fn read(stream: &mut impl Read) -> io::Result<Message> {
    let mut head = [0; 5];
    stream.read_exact(&mut head)?;
    let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
    if !(4..MESSAGE_MAX_BYTES).contains(&length) {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "the server does not speak PostgreSQL's protocol",
        ));
    }
    let mut body = vec![0; length - 4];
    stream.read_exact(&mut body)?;
    Ok(Message { kind: head[0], body })
}

/// A message that is put together.
pub(super) struct Draft {
    bytes: Vec<u8>,
    /// Where its length stands.
    length_at: usize,
}

impl Draft {
    /// One that begins with a letter.
    pub(super) fn new(kind: u8) -> Self {
        Draft { bytes: vec![kind, 0, 0, 0, 0], length_at: 1 }
    }

    /// One without, as the first of a connection are.
    pub(super) fn first() -> Self {
        Draft { bytes: vec![0, 0, 0, 0], length_at: 0 }
    }

    pub(super) fn number(mut self, number: i32) -> Self {
        self.bytes.extend(number.to_be_bytes());
        self
    }

    pub(super) fn short(mut self, number: u16) -> Self {
        self.bytes.extend(number.to_be_bytes());
        self
    }

    /// A text with an end mark. Marks inside would end it.
    pub(super) fn text(mut self, text: &str) -> Self {
        self.bytes.extend(text.bytes().filter(|byte| *byte != 0));
        self.bytes.push(0);
        self
    }

    /// Bytes with their number in front.
    pub(super) fn counted(self, bytes: &[u8]) -> Self {
        let mut draft = self.number(i32::try_from(bytes.len()).unwrap_or(i32::MAX));
        draft.bytes.extend(bytes);
        draft
    }

    pub(super) fn bytes(mut self, bytes: &[u8]) -> Self {
        self.bytes.extend(bytes);
        self
    }

    /// Sends it.
    pub(super) fn send(mut self, stream: &mut impl Write) -> io::Result<()> {
        let length = u32::try_from(self.bytes.len() - self.length_at)
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "the message is too large"))?;
        self.bytes[self.length_at..self.length_at + 4].copy_from_slice(&length.to_be_bytes());
        stream.write_all(&self.bytes)
    }
}

/// The fields of an error: its code, and what it says.
pub(super) fn error(body: &[u8]) -> (String, String) {
    let (mut code, mut text, mut more) = (String::new(), String::new(), String::new());
    for field in body.split(|byte| *byte == 0).filter(|field| !field.is_empty()) {
        let value = String::from_utf8_lossy(&field[1..]).into_owned();
        match field[0] {
            b'C' => code = value,
            b'M' => text = value,
            b'H' => more = format!(" ({value})"),
            _ => {}
        }
    }
    (code, text + &more)
}

/// The columns of a row, as text.
pub(super) fn row(body: &[u8]) -> Option<Vec<Option<Vec<u8>>>> {
    let (count, mut rest) = body.split_first_chunk::<2>()?;
    let mut columns = Vec::new();
    for _ in 0..u16::from_be_bytes(*count) {
        let (length, after) = rest.split_first_chunk::<4>()?;
        match usize::try_from(i32::from_be_bytes(*length)) {
            Err(_) => {
                columns.push(None);
                rest = after;
            }
            Ok(length) => {
                let (column, after) = after.split_at_checked(length)?;
                columns.push(Some(column.to_vec()));
                rest = after;
            }
        }
    }
    Some(columns)
}

#[cfg(test)]
mod tests {
    use super::{Draft, error, read, row};

    #[test]
    fn messages_have_their_length() {
        let mut sent = Vec::new();
        Draft::new(b'Q').text("ab").short(1).send(&mut sent).expect("sent");
        assert_eq!(sent, b"Q\0\0\0\x09ab\0\0\x01");
        let message = read(&mut sent.as_slice()).expect("read");
        assert_eq!((message.kind, message.body.as_slice()), (b'Q', b"ab\0\0\x01".as_slice()));
        assert!(read(&mut b"HTTP/1.1 400".as_slice()).is_err());
    }

    #[test]
    fn rows_and_errors_are_read() {
        assert_eq!(row(b"\0\x02\0\0\0\x01x\xff\xff\xff\xff"), Some(vec![Some(b"x".to_vec()), None]));
        assert_eq!(row(b"\0\x02\0\0\0\x09x"), None);
        let (code, text) = error(b"SERROR\0C42P01\0Mno table\0Hlook\0\0");
        assert_eq!((code.as_str(), text.as_str()), ("42P01", "no table (look)"));
    }
}
