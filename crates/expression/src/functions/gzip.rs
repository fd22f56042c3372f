//! `base64gzip` and `base64gunzip`.
//!
//! What `base64gzip` gives ends up in the user data of machines, and other bytes there replace the
//! machine. So it has to give the bytes that Terraform and OpenTofu give, which are those of the package
//! `compress/gzip` of Go's standard library at its default level, written at once, flushed and closed. No
//! other compressor makes the same decisions, thus there is one here. The algorithm is the one of
//! `compress/flate` at level 6 (The Go Authors, BSD licence), which follows zlib's: hash chains with lazy
//! matching ([`matcher`]), blocks that are stored or coded, whichever is smaller ([`block`]), and codes of
//! limited length ([`huffman`]). The formats are those of RFC 1951 and RFC 1952.
//!
//! Nothing of that may be improved: a better match is a defect.

mod bits;
mod block;
mod huffman;
mod matcher;
mod run_lengths;
mod token;

use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Crc;
use flate2::bufread::MultiGzDecoder;
use plumb_value::Value;

use self::bits::BitWriter;
use super::encoding::bytes_of_base64;
use super::{FunctionError, Invocation, Outcome};

/// Deflate, no flags, no time, no remarks on the level, an unknown system.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
/// Longest text that is unpacked: a few kilobytes can stand for gigabytes.
const UNPACKED_BYTES_MAX: u64 = 256 << 20;

pub(super) fn base64_gzip(call: &Invocation<'_>) -> Outcome {
    Ok(Value::string(STANDARD.encode(compress(call.text(0).as_bytes()))))
}

/// What it is given is in no message, since it may be secret.
pub(super) fn base64_gunzip(call: &Invocation<'_>) -> Outcome {
    let bytes = bytes_of_base64(call.text(0))
        .ok_or_else(|| FunctionError::call("the given text is not valid Base64"))?;
    let unpacked = decompress(&bytes, UNPACKED_BYTES_MAX).map_err(FunctionError::call)?;
    let text = String::from_utf8(unpacked)
        .map_err(|_| FunctionError::call("what was unpacked is not valid UTF-8, as text has to be"))?;
    Ok(Value::string(text))
}

fn compress(input: &[u8]) -> Vec<u8> {
    let mut out = BitWriter::new(HEADER.to_vec());
    matcher::blocks(input, |tokens, raw| block::write(&mut out, tokens, raw));
    // Flushing ends with an empty stored block, and closing with another one, that says to be the last.
    block::write_stored(&mut out, &[], false);
    block::write_stored(&mut out, &[], true);
    let mut checksum = Crc::new();
    checksum.update(input);
    out.write_bytes(&checksum.sum().to_le_bytes());
    // The length is told modulo 2^32.
    out.write_bytes(&checksum.amount().to_le_bytes());
    out.into_bytes()
}

/// All members, one behind the other, or why there is no text.
fn decompress(packed: &[u8], bytes_max: u64) -> Result<Vec<u8>, String> {
    let mut unpacked = Vec::new();
    let read = MultiGzDecoder::new(packed).take(bytes_max + 1).read_to_end(&mut unpacked);
    read.map_err(|error| format!("the given bytes are not what gzip writes, or they are damaged: {error}"))?;
    if unpacked.len() as u64 > bytes_max {
        return Err(format!("what is packed is longer than {} MiB", bytes_max >> 20));
    }
    Ok(unpacked)
}

#[cfg(test)]
mod tests;
