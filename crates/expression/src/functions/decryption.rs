//! `rsadecrypt`, and the forms in which people have private keys.
//!
//! PKCS #1 and PKCS #8 (RFC 8017, RFC 5208) and the form of OpenSSH (`PROTOCOL.key` in its sources), each
//! in PEM. No message says anything of the key but its kind.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use plumb_value::Value;
use rsa::pkcs1::DecodeRsaPrivateKey as _;
use rsa::pkcs8::DecodePrivateKey as _;
use rsa::{BigUint, Pkcs1v15Encrypt, RsaPrivateKey};

use super::encoding::bytes_of_base64;
use super::{FunctionError, Invocation, Outcome};

const OPENSSH_MAGIC: &[u8] = b"openssh-key-v1\0";
const PROTECTED: &str = "it is protected by a passphrase, which cannot be given here";
const DAMAGED: &str = "it is damaged";
const NO_RSA: &str = "it is no RSA key";

pub(super) fn rsa_decrypt(call: &Invocation<'_>) -> Outcome {
    let ciphertext = bytes_of_base64(call.text(0))
        .ok_or_else(|| FunctionError::argument(0, "the cipher text must be base64-encoded"))?;
    let key = private_key(call.text(1))
        .map_err(|reason| FunctionError::argument(1, format!("invalid private key: {reason}")))?;
    let text = key.decrypt(Pkcs1v15Encrypt, &ciphertext).map_err(|_| {
        FunctionError::call(
            "the text cannot be decrypted: it was not encrypted for this key, or it is damaged",
        )
    })?;
    let text = String::from_utf8(text)
        .map_err(|_| FunctionError::call("what was decrypted is not valid UTF-8, as text has to be"))?;
    Ok(Value::string(text))
}

/// The first key in a text in PEM.
fn private_key(text: &str) -> Result<RsaPrivateKey, String> {
    let block = text.split_once("-----BEGIN ").and_then(|(_, rest)| rest.split_once("-----"));
    let (label, rest) = block.ok_or("there is no key in PEM form in it")?;
    let (body, _) = rest.split_once(&format!("-----END {label}-----")).ok_or("it is cut off")?;
    if body.contains("ENCRYPTED") || label == "ENCRYPTED PRIVATE KEY" {
        return Err(PROTECTED.to_owned());
    }
    let body: String = body.split_whitespace().collect();
    let bytes = STANDARD.decode(body).map_err(|_| DAMAGED.to_owned())?;
    match label {
        "RSA PRIVATE KEY" => RsaPrivateKey::from_pkcs1_der(&bytes).map_err(|_| DAMAGED.to_owned()),
        // The other kinds of keys come in this form, too.
        "PRIVATE KEY" => RsaPrivateKey::from_pkcs8_der(&bytes).map_err(|problem| match problem {
            rsa::pkcs8::Error::PublicKey(_) => NO_RSA.to_owned(),
            _ => DAMAGED.to_owned(),
        }),
        "OPENSSH PRIVATE KEY" => openssh_key(&bytes),
        "EC PRIVATE KEY" | "DSA PRIVATE KEY" => Err(NO_RSA.to_owned()),
        other => Err(format!("unsupported key type \"{other}\"")),
    }
}

/// What `ssh-keygen` writes: fields behind their lengths.
fn openssh_key(bytes: &[u8]) -> Result<RsaPrivateKey, String> {
    let damaged = || DAMAGED.to_owned();
    let mut fields = Fields(bytes.strip_prefix(OPENSSH_MAGIC).ok_or_else(damaged)?);
    if fields.next().ok_or_else(damaged)? != b"none" {
        return Err(PROTECTED.to_owned());
    }
    let _options = (fields.next(), fields.next());
    if fields.number() != Some(1) {
        return Err("there must be exactly one key in it".to_owned());
    }
    let _public = fields.next();
    let mut private = Fields(fields.next().ok_or_else(damaged)?);
    let checks = (private.number(), private.number());
    if checks.0.is_none() || checks.0 != checks.1 {
        return Err(damaged());
    }
    if private.next().ok_or_else(damaged)? != b"ssh-rsa" {
        return Err(NO_RSA.to_owned());
    }
    let mut number = || private.next().map(BigUint::from_bytes_be).ok_or_else(damaged);
    let (modulus, public, secret, _coefficient) = (number()?, number()?, number()?, number()?);
    let primes = vec![number()?, number()?];
    RsaPrivateKey::from_components(modulus, public, secret, primes).map_err(|_| damaged())
}

struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn number(&mut self) -> Option<u32> {
        let (number, rest) = self.0.split_first_chunk::<4>()?;
        self.0 = rest;
        Some(u32::from_be_bytes(*number))
    }

    fn next(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        let (field, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_are_none_are_told_what_they_are() {
        let pem = |label: &str, body: &[u8]| {
            format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(body))
        };
        let openssh = |fields: &[&[u8]]| {
            let mut bytes = OPENSSH_MAGIC.to_vec();
            for field in fields {
                bytes.extend_from_slice(&u32::try_from(field.len()).unwrap().to_be_bytes());
                bytes.extend_from_slice(field);
            }
            pem("OPENSSH PRIVATE KEY", &bytes)
        };
        let cases = [
            (String::new(), "there is no key in PEM form in it"),
            (pem("RSA PRIVATE KEY", b"x").replace("END", ""), "it is cut off"),
            (pem("RSA PRIVATE KEY", b"x"), DAMAGED),
            (pem("RSA PRIVATE KEY", b"x").replace('=', "!"), DAMAGED),
            (pem("PRIVATE KEY", b"x"), DAMAGED),
            (pem("EC PRIVATE KEY", b"x"), NO_RSA),
            (pem("PUBLIC KEY", b"x"), "unsupported key type \"PUBLIC KEY\""),
            (pem("ENCRYPTED PRIVATE KEY", b"x"), PROTECTED),
            (openssh(&[b"aes256-ctr"]), PROTECTED),
            (openssh(&[]), DAMAGED),
            (openssh(&[b"none", b"none", b""]), "there must be exactly one key in it"),
        ];
        for (key, reason) in cases {
            assert_eq!(private_key(&key).unwrap_err(), reason, "{key}");
        }
    }
}
