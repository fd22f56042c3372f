//! HZ-GB-2312: Chinese in seven bits (RFC 1843). A tilde and a brace lead into the characters of GB 2312,
//! which are those of GB 18030 with both bytes in the upper half, without their highest bits.

use super::{decode_standard, encode_standard};

const ESCAPE: u8 = b'~';
const HIGH_BIT: u8 = 0x80;
/// Where the bytes of GB 2312 begin, without their highest bits.
const FIRST: u8 = 0x21;

pub(super) fn encode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut is_chinese = false;
    for letter in text.chars() {
        if letter.is_ascii() {
            if is_chinese {
                bytes.extend(b"~}");
                is_chinese = false;
            }
            if letter == '~' {
                bytes.push(ESCAPE);
            }
            bytes.push(u8::try_from(letter).ok()?);
            continue;
        }
        let encoded = encode_standard(letter.encode_utf8(&mut [0; 4]), encoding_rs::GB18030)?;
        let [row, cell] = encoded.try_into().ok()?;
        if row < HIGH_BIT + FIRST || cell < HIGH_BIT + FIRST {
            return None;
        }
        if !is_chinese {
            bytes.extend(b"~{");
            is_chinese = true;
        }
        bytes.extend([row - HIGH_BIT, cell - HIGH_BIT]);
    }
    Some(bytes)
}

pub(super) fn decode(bytes: &[u8]) -> Option<String> {
    let mut text = String::with_capacity(bytes.len());
    let mut is_chinese = false;
    let mut rest = bytes.iter();
    while let Some(&byte) = rest.next() {
        match byte {
            HIGH_BIT.. => return None,
            ESCAPE => match rest.next()? {
                b'{' => is_chinese = true,
                b'}' => is_chinese = false,
                b'~' => text.push('~'),
                // The line goes on.
                b'\n' => {}
                _ => return None,
            },
            _ if is_chinese => {
                let cell = *rest.next()?;
                if byte < FIRST || !(FIRST..HIGH_BIT - 1).contains(&cell) {
                    return None;
                }
                text.push_str(&decode_standard(&[byte + HIGH_BIT, cell + HIGH_BIT], encoding_rs::GB18030)?);
            }
            _ => text.push(char::from(byte)),
        }
    }
    Some(text)
}
