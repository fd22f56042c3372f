//! Digests, identifiers and other cryptography.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use plumb_value::{Type, Value};
use sha2::Digest as _;

use super::{Function, FunctionError, Invocation, Outcome, Parameter, decryption, world};

/// Cost of `bcrypt` where none is given, and what it may be.
const BCRYPT_COST: u32 = 10;
const BCRYPT_COSTS: std::ops::RangeInclusive<i64> = 4..=31;
/// Longest password that `bcrypt` looks at.
const LONGEST_PASSWORD: usize = 72;

pub(super) fn functions() -> Vec<Function> {
    let of_text =
        |name, run| Function::new(name, Type::String, run).takes(Parameter::new("str", Type::String));
    let of_file = |name, run| {
        Function::new(name, Type::String, run).takes(Parameter::new("path", Type::String)).reads_world()
    };
    vec![
        of_text("base64sha256", |call| base64(sha2::Sha256::digest(text(call)).as_slice())),
        of_text("base64sha512", |call| base64(sha2::Sha512::digest(text(call)).as_slice())),
        of_text("bcrypt", password_hash).takes_many(Parameter::new("cost", Type::Number)).reads_world(),
        of_file("filebase64sha256", |call| base64(sha2::Sha256::digest(file(call)?).as_slice())),
        of_file("filebase64sha512", |call| base64(sha2::Sha512::digest(file(call)?).as_slice())),
        of_file("filemd5", |call| hexadecimal(md5::Md5::digest(file(call)?).as_slice())),
        of_file("filesha1", |call| hexadecimal(sha1::Sha1::digest(file(call)?).as_slice())),
        of_file("filesha256", |call| hexadecimal(sha2::Sha256::digest(file(call)?).as_slice())),
        of_file("filesha512", |call| hexadecimal(sha2::Sha512::digest(file(call)?).as_slice())),
        of_text("md5", |call| hexadecimal(md5::Md5::digest(text(call)).as_slice())),
        Function::new("rsadecrypt", Type::String, decryption::rsa_decrypt)
            .takes(Parameter::new("ciphertext", Type::String))
            .takes(Parameter::new("privatekey", Type::String)),
        of_text("sha1", |call| hexadecimal(sha1::Sha1::digest(text(call)).as_slice())),
        of_text("sha256", |call| hexadecimal(sha2::Sha256::digest(text(call)).as_slice())),
        of_text("sha512", |call| hexadecimal(sha2::Sha512::digest(text(call)).as_slice())),
        Function::new("uuid", Type::String, random_identifier).reads_world(),
        Function::new("uuidv5", Type::String, named_identifier)
            .takes(Parameter::new("namespace", Type::String))
            .takes(Parameter::new("name", Type::String)),
    ]
}

fn text<'a>(call: &'a Invocation<'_>) -> &'a [u8] {
    call.text(0).as_bytes()
}

fn file(call: &Invocation<'_>) -> Result<Vec<u8>, FunctionError> {
    world::read(call.text(0), 0, call.world.files).map_err(|error| FunctionError::call(error.message))
}

fn base64(bytes: &[u8]) -> Outcome {
    Ok(Value::string(STANDARD.encode(bytes)))
}

fn hexadecimal(bytes: &[u8]) -> Outcome {
    Ok(Value::string(hex(bytes)))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A new hash each time, so that it is known only when changes are applied.
fn password_hash(call: &Invocation<'_>) -> Outcome {
    let cost = match call.arguments.get(1) {
        None => BCRYPT_COST,
        Some(_) if call.arguments.len() > 2 => {
            return Err(FunctionError::call("bcrypt() takes no more than two arguments"));
        }
        // Less than the least means the usual.
        Some(_) => match call.integer(1)? {
            low if low < *BCRYPT_COSTS.start() => BCRYPT_COST,
            cost if BCRYPT_COSTS.contains(&cost) => cost as u32,
            other => {
                let message = format!("the cost {other} is not between 4 and 31");
                return Err(FunctionError::call(message));
            }
        },
    };
    if text(call).len() > LONGEST_PASSWORD {
        return Err(FunctionError::call("error occurred generating password: it is longer than 72 bytes"));
    }
    let Some(random) = call.world.random else { return Ok(Value::unknown(Type::String)) };
    let mut salt = [0; 16];
    random(&mut salt);
    let hash = bcrypt::hash_with_salt(text(call), cost, salt)
        .map_err(|error| FunctionError::call(format!("error occurred generating password: {error}")))?;
    Ok(Value::string(hash.format_for_version(bcrypt::Version::TwoA)))
}

/// A new identifier each time, so that it is known only when changes are applied.
fn random_identifier(call: &Invocation<'_>) -> Outcome {
    let Some(random) = call.world.random else { return Ok(Value::unknown(Type::String)) };
    let mut bytes = [0; 16];
    random(&mut bytes);
    Ok(Value::string(identifier(&bytes)))
}

fn identifier(bytes: &[u8]) -> String {
    let digits = hex(bytes);
    [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..32]].join("-")
}

fn named_identifier(call: &Invocation<'_>) -> Outcome {
    let given = call.text(0);
    let well_known = |number: u8| {
        let mut namespace =
            [0x6b, 0xa7, 0xb8, 0, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0, 0xc0, 0x4f, 0xd4, 0x30, 0xc8];
        namespace[3] = number;
        namespace
    };
    let namespace = match given {
        "dns" => well_known(0x10),
        "url" => well_known(0x11),
        "oid" => well_known(0x12),
        "x500" => well_known(0x14),
        other => parse_identifier(other).ok_or_else(|| {
            FunctionError::call(format!("uuidv5() doesn't support namespace {other} (it is no UUID)"))
        })?,
    };
    let mut hasher = sha1::Sha1::new();
    hasher.update(namespace);
    hasher.update(call.text(1).as_bytes());
    let mut bytes = hasher.finalize()[..16].to_vec();
    bytes[6] = (bytes[6] & 0x0f) | 0x50;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    Ok(Value::string(identifier(&bytes)))
}

/// In the usual form, in braces, behind `urn:uuid:` or without dashes.
fn parse_identifier(text: &str) -> Option<[u8; 16]> {
    let text = match text.len() {
        45 if text.get(..9)?.eq_ignore_ascii_case("urn:uuid:") => text.get(9..)?,
        38 => text.get(1..37)?,
        _ => text,
    };
    let has_dashes = text.len() == 36;
    if !has_dashes && text.len() != 32 {
        return None;
    }
    let mut digits = Vec::with_capacity(32);
    for (at, character) in text.chars().enumerate() {
        if has_dashes && matches!(at, 8 | 13 | 18 | 23) {
            if character != '-' {
                return None;
            }
            continue;
        }
        digits.push(u8::try_from(character.to_digit(16)?).ok()?);
    }
    let bytes: Vec<u8> =
        digits.chunks(2).map(|pair| pair[0] << 4 | pair.get(1).copied().unwrap_or(0)).collect();
    bytes.try_into().ok()
}
