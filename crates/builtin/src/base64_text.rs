//! Base64 as the providers read it: as Go does, which passes over line breaks and over bits that no
//! byte needs.

use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::{DecodeError, Engine as _, alphabet};

/// Reads base64 with padding.
pub(crate) fn decode(text: &str) -> Result<Vec<u8>, DecodeError> {
    let config = GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true);
    GeneralPurpose::new(&alphabet::STANDARD, config).decode(without_line_breaks(text))
}

/// Reads base64 with the alphabet for URLs and without padding.
pub(crate) fn decode_url(text: &str) -> Result<Vec<u8>, DecodeError> {
    url_engine().decode(without_line_breaks(text))
}

/// Writes base64 with the alphabet for URLs and without padding.
pub(crate) fn encode_url(bytes: &[u8]) -> String {
    url_engine().encode(bytes)
}

fn url_engine() -> GeneralPurpose {
    let config = GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true);
    GeneralPurpose::new(&alphabet::URL_SAFE, config)
}

fn without_line_breaks(text: &str) -> String {
    text.replace(['\r', '\n'], "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_go_reads() {
        for (text, bytes) in [
            ("3q2+7w==", Some(&[0xde, 0xad, 0xbe, 0xef][..])),
            ("3q2+\r\n7w=\n=\n", Some(&[0xde, 0xad, 0xbe, 0xef])),
            ("3q2+7x==", Some(&[0xde, 0xad, 0xbe, 0xef])),
            ("3q2+7w", None),
            ("3q2+ 7w==", None),
            ("", Some(&[])),
        ] {
            assert_eq!(decode(text).ok().as_deref(), bytes, "{text:?}");
        }
        assert_eq!(decode_url("3q2-7\nw").ok().as_deref(), Some(&[0xde, 0xad, 0xbe, 0xef][..]));
        assert!(decode_url("3q2-7w==").is_err());
    }
}
