//! The content of a file on its way to a host.

use std::io::Write as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use plumb_ssh::posix_quoted;
use sha2::{Digest as _, Sha256};

use crate::hexadecimal::hexadecimal;
use crate::shell::absent_from;

/// From here on it is worth while to compress.
const COMPRESSED_BYTES_MIN: usize = 16 * 1024;
/// Text up to here is written by the shell itself, which starts no program for it.
const PRINTED_BYTES_MAX: usize = 8 * 1024;
/// How much base64 stands on one line.
const LINE_BYTES: usize = 4096;

/// What is to be in a file, and its sum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    bytes: Bytes,
    sha256: String,
}

impl Content {
    /// These bytes.
    pub fn new(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        let sha256 = hexadecimal(&Sha256::digest(&bytes));
        Content { bytes, sha256 }
    }

    /// The bytes.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Their sum, in hexadecimal.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// A command that writes it to a file, which must not be there yet.
    pub(crate) fn written_to(&self, file: &str) -> String {
        if self.bytes.is_empty() {
            return format!(": >{file}");
        }
        if self.bytes.len() >= COMPRESSED_BYTES_MIN
            && let Some(compressed) = compressed(&self.bytes)
        {
            return encoded(&compressed, &format!("| gzip -dc >{file}"));
        }
        // A document keeps what is text as it is; it has no zero bytes, and ends with its last line.
        let text = std::str::from_utf8(&self.bytes).ok().filter(|text| !text.contains('\0'));
        match text.filter(|text| text.ends_with('\n') || text.len() <= PRINTED_BYTES_MAX) {
            Some(text) if text.len() <= PRINTED_BYTES_MAX => {
                format!("printf %s {} >{file}", posix_quoted(&[text]))
            }
            Some(text) => {
                let end = absent_from(text);
                format!("cat >{file} <<'{end}'\n{text}{end}\n")
            }
            None => encoded(&self.bytes, &format!(">{file}")),
        }
    }
}

/// Nothing, where it does not get smaller.
fn compressed(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).ok()?;
    let compressed = encoder.finish().ok()?;
    (compressed.len() < bytes.len()).then_some(compressed)
}

fn encoded(bytes: &[u8], onwards: &str) -> String {
    let mut command = format!(
        "{{ if command -v base64 >/dev/null 2>&1; then base64 -d; else openssl base64 -d; fi; }} <<'B64' {onwards}\n"
    );
    // A multiple of three bytes fills its letters.
    for line in bytes.chunks(LINE_BYTES / 4 * 3) {
        BASE64_STANDARD.encode_string(line, &mut command);
        command.push('\n');
    }
    command.push_str("B64\n");
    command
}
