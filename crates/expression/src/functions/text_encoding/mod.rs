//! `textencodebase64` and `textdecodebase64`: texts in other character encodings than UTF-8.
//!
//! Names are those of IANA (<https://www.iana.org/assignments/character-sets>), in any case, as far as the
//! peers know them. Encodings with several bytes for a character are those of the Encoding Standard
//! (<https://encoding.spec.whatwg.org>), which theirs follow as well; those with one byte are tables.

mod hz;
mod single_byte;
mod unicode;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use encoding_rs::{DecoderResult, EncoderResult, Encoding};
use plumb_value::Value;

use self::single_byte::SingleByte;
use self::unicode::ByteOrder;
use super::encoding::bytes_of_base64;
use super::{FunctionError, Invocation, Outcome};
use crate::describe::quote;

/// An encoding, and what it is called in messages.
struct Named {
    name: &'static str,
    encoding: CharacterEncoding,
}

#[derive(Clone, Copy)]
enum CharacterEncoding {
    Utf8,
    Utf16(ByteOrder),
    HzGb2312,
    Standard(&'static Encoding),
    SingleByte(&'static SingleByte),
}

pub(super) fn encode(call: &Invocation<'_>) -> Outcome {
    let Named { name, encoding } = find(call.text(1))?;
    let text = call.text(0);
    let bytes = match encoding {
        CharacterEncoding::Utf8 => Some(text.as_bytes().to_vec()),
        CharacterEncoding::Utf16(order) => Some(unicode::encode(text, order)),
        CharacterEncoding::HzGb2312 => hz::encode(text),
        CharacterEncoding::Standard(standard) => encode_standard(text, standard),
        CharacterEncoding::SingleByte(table) => table.encode(text),
    };
    let bytes = bytes.ok_or_else(|| {
        FunctionError::argument(
            0,
            format!("the given string contains characters that cannot be represented in {name}"),
        )
    })?;
    Ok(Value::string(STANDARD.encode(bytes)))
}

pub(super) fn decode(call: &Invocation<'_>) -> Outcome {
    let Named { name, encoding } = find(call.text(1))?;
    let bytes = bytes_of_base64(call.text(0))
        .ok_or_else(|| FunctionError::argument(0, "the given value is not valid base64"))?;
    let text = match encoding {
        CharacterEncoding::Utf8 => String::from_utf8(bytes).ok(),
        CharacterEncoding::Utf16(order) => unicode::decode(&bytes, order),
        CharacterEncoding::HzGb2312 => hz::decode(&bytes),
        CharacterEncoding::Standard(standard) => decode_standard(&bytes, standard),
        CharacterEncoding::SingleByte(table) => table.decode(&bytes),
    };
    // What stands for something that could not be read cannot have been meant.
    let text = text.filter(|text| !text.contains(char::REPLACEMENT_CHARACTER)).ok_or_else(|| {
        FunctionError::argument(
            0,
            format!("the given string contains symbols that are not defined for {name}"),
        )
    })?;
    Ok(Value::string(text))
}

fn find(name: &str) -> Result<Named, FunctionError> {
    let standard = |encoding: &'static Encoding| (encoding.name(), CharacterEncoding::Standard(encoding));
    let (name, encoding) = match name.to_ascii_lowercase().as_str() {
        "utf-8" | "csutf8" => ("UTF-8", CharacterEncoding::Utf8),
        "utf-16" | "csutf16" => ("UTF-16", CharacterEncoding::Utf16(ByteOrder::Marked)),
        "utf-16be" | "csutf16be" => ("UTF-16BE", CharacterEncoding::Utf16(ByteOrder::BigEndian)),
        "utf-16le" | "csutf16le" => ("UTF-16LE", CharacterEncoding::Utf16(ByteOrder::LittleEndian)),
        "hz-gb-2312" => ("HZ-GB-2312", CharacterEncoding::HzGb2312),
        "big5" | "csbig5" => standard(encoding_rs::BIG5),
        "gbk" | "csgbk" | "cp936" | "ms936" | "windows-936" => standard(encoding_rs::GBK),
        "gb18030" | "csgb18030" => standard(encoding_rs::GB18030),
        "euc-jp" | "cseucpkdfmtjapanese" | "extended_unix_code_packed_format_for_japanese" => {
            standard(encoding_rs::EUC_JP)
        }
        "euc-kr" | "cseuckr" => standard(encoding_rs::EUC_KR),
        "shift_jis" | "csshiftjis" | "ms_kanji" => standard(encoding_rs::SHIFT_JIS),
        "iso-2022-jp" | "csiso2022jp" => standard(encoding_rs::ISO_2022_JP),
        other => {
            let table = single_byte::find(other).ok_or_else(|| {
                FunctionError::argument(
                    1,
                    format!(
                        "{} is not the IANA name, or alias, of an encoding that is supported",
                        quote(name)
                    ),
                )
            })?;
            (table.name, CharacterEncoding::SingleByte(table))
        }
    };
    Ok(Named { name, encoding })
}

fn encode_standard(text: &str, encoding: &'static Encoding) -> Option<Vec<u8>> {
    let mut encoder = encoding.new_encoder();
    let capacity = encoder.max_buffer_length_from_utf8_without_replacement(text.len())?;
    let mut bytes = Vec::with_capacity(capacity);
    let (result, _) = encoder.encode_from_utf8_to_vec_without_replacement(text, &mut bytes, true);
    matches!(result, EncoderResult::InputEmpty).then_some(bytes)
}

fn decode_standard(bytes: &[u8], encoding: &'static Encoding) -> Option<String> {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let capacity = decoder.max_utf8_buffer_length_without_replacement(bytes.len())?;
    let mut text = String::with_capacity(capacity);
    let (result, _) = decoder.decode_to_string_without_replacement(bytes, &mut text, true);
    matches!(result, DecoderResult::InputEmpty).then_some(text)
}
