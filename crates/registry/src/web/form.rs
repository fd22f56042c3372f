//! Fields of forms and queries, as `application/x-www-form-urlencoded` writes them.

use std::fmt::Write as _;

/// Writes fields: `a=1&b=x+y`.
pub(crate) fn encode_fields(fields: &[(&str, &str)]) -> String {
    let mut out = String::new();
    for (name, value) in fields {
        if !out.is_empty() {
            out.push('&');
        }
        encode(name, &mut out);
        out.push('=');
        encode(value, &mut out);
    }
    out
}

fn encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            other => {
                // Writing to a string does not fail.
                let _ = write!(out, "%{other:02X}");
            }
        }
    }
}

/// Reads fields. What is no proper escape stands for itself.
pub(crate) fn decode_fields(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|field| !field.is_empty())
        .map(|field| {
            let (name, value) = field.split_once('=').unwrap_or((field, ""));
            (decode(name), decode(value))
        })
        .collect()
}

fn decode(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.as_bytes().iter();
    while let Some(byte) = bytes.next() {
        match *byte {
            b'+' => out.push(b' '),
            b'%' => match escape(bytes.as_slice()) {
                Some(escaped) => {
                    out.push(escaped);
                    bytes.nth(1);
                }
                None => out.push(b'%'),
            },
            other => out.push(other),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn escape(rest: &[u8]) -> Option<u8> {
    let digit = |at: usize| char::from(*rest.get(at)?).to_digit(16);
    u8::try_from(digit(0)? * 16 + digit(1)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        let fields =
            [("scope", "a b"), ("redirect_uri", "http://localhost:1/login"), ("ü", "100%&+="), ("", "")];
        let written = encode_fields(&fields);
        assert_eq!(
            written,
            "scope=a+b&redirect_uri=http%3A%2F%2Flocalhost%3A1%2Flogin&%C3%BC=100%25%26%2B%3D&="
        );
        let read = decode_fields(&written);
        assert!(read.iter().map(|(name, value)| (name.as_str(), value.as_str())).eq(fields));
    }

    #[test]
    fn reads_what_nobody_should_write() {
        let cases = [
            ("", vec![]),
            ("&&a", vec![("a", "")]),
            ("a=b=c", vec![("a", "b=c")]),
            ("a=%", vec![("a", "%")]),
            ("a=%4", vec![("a", "%4")]),
            ("a=%zz%41", vec![("a", "%zzA")]),
            ("a=%ff", vec![("a", "\u{fffd}")]),
        ];
        for (text, expected) in cases {
            let read = decode_fields(text);
            let read: Vec<_> = read.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            assert_eq!(read, expected, "{text}");
        }
    }
}
