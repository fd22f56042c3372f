//! Signatures that ring does not verify and plugins make: over the curve P-521, which go-plugin's
//! certificates use, and with RSA keys of less than 2048 bits, which those of Python's `tf` package
//! have.
//!
//! A short key is no weakness here: the certificate is known byte for byte, and was made by a program
//! of this machine for this machine.

use p521::ecdsa::signature::Verifier as _;
use p521::ecdsa::{Signature, VerifyingKey};
use rsa::pkcs1::DecodeRsaPublicKey as _;
use rsa::pss;
use rsa::signature::Verifier as _;
use rsa::traits::PublicKeyParts as _;
use rustls::SignatureScheme;
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::{AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm, alg_id};

/// ECDSA over P-521 with SHA-512.
#[derive(Debug)]
struct EcdsaP521Sha512;

impl SignatureVerificationAlgorithm for EcdsaP521Sha512 {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let key = VerifyingKey::from_sec1_bytes(public_key).map_err(|_| InvalidSignature)?;
        let signature = Signature::from_der(signature).map_err(|_| InvalidSignature)?;
        key.verify(message, &signature).map_err(|_| InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::ECDSA_P521
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::ECDSA_SHA512
    }
}

/// RSA keys of at least so many bits are ring's, and shorter ones than these nobody's.
const RING_BITS_MIN: usize = 2048;
const BITS_MIN: usize = 1024;

#[derive(Clone, Copy, Debug)]
enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

/// RSA with probabilistic padding, by ring where the key is long enough for it.
#[derive(Debug)]
struct Rsa {
    ring: &'static dyn SignatureVerificationAlgorithm,
    hash: Hash,
}

impl SignatureVerificationAlgorithm for Rsa {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let key = rsa::RsaPublicKey::from_pkcs1_der(public_key).map_err(|_| InvalidSignature)?;
        if !(BITS_MIN..RING_BITS_MIN).contains(&key.n().bits()) {
            return self.ring.verify_signature(public_key, message, signature);
        }
        let signature = pss::Signature::try_from(signature).map_err(|_| InvalidSignature)?;
        let verified = match self.hash {
            Hash::Sha256 => pss::VerifyingKey::<rsa::sha2::Sha256>::new(key).verify(message, &signature),
            Hash::Sha384 => pss::VerifyingKey::<rsa::sha2::Sha384>::new(key).verify(message, &signature),
            Hash::Sha512 => pss::VerifyingKey::<rsa::sha2::Sha512>::new(key).verify(message, &signature),
        };
        verified.map_err(|_| InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.ring.public_key_alg_id()
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.ring.signature_alg_id()
    }
}

/// What is used in place of an algorithm of ring that knows long keys alone.
fn with_short_keys(
    scheme: SignatureScheme,
    ring: &'static [&'static dyn SignatureVerificationAlgorithm],
) -> &'static [&'static dyn SignatureVerificationAlgorithm] {
    let hash = match scheme {
        SignatureScheme::RSA_PSS_SHA256 => Hash::Sha256,
        SignatureScheme::RSA_PSS_SHA384 => Hash::Sha384,
        SignatureScheme::RSA_PSS_SHA512 => Hash::Sha512,
        _ => return ring,
    };
    let wrapped = ring.iter().map(|ring| {
        let own: &'static dyn SignatureVerificationAlgorithm = Box::leak(Box::new(Rsa { ring: *ring, hash }));
        own
    });
    wrapped.collect::<Vec<_>>().leak()
}

static ECDSA_P521_SHA512: &dyn SignatureVerificationAlgorithm = &EcdsaP521Sha512;

/// What ring knows, and P-521 and short RSA keys. The order is the one of preference.
pub(super) fn algorithms() -> WebPkiSupportedAlgorithms {
    static ALL: std::sync::OnceLock<WebPkiSupportedAlgorithms> = std::sync::OnceLock::new();
    *ALL.get_or_init(|| {
        let ring = rustls::crypto::ring::default_provider().signature_verification_algorithms;
        let mut all = ring.all.to_vec();
        all.push(ECDSA_P521_SHA512);
        let mut mapping: Vec<_> = ring
            .mapping
            .iter()
            .map(|(scheme, algorithms)| (*scheme, with_short_keys(*scheme, algorithms)))
            .collect();
        let p521: &'static [&'static dyn SignatureVerificationAlgorithm] = &[&EcdsaP521Sha512];
        mapping.push((SignatureScheme::ECDSA_NISTP521_SHA512, p521));
        // Leaked once per process: the library wants lists that live as long as the program.
        WebPkiSupportedAlgorithms { all: all.leak(), mapping: mapping.leak() }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    // Made with `openssl ecparam -name secp521r1 -genkey` and `openssl dgst -sha512 -sign`.
    const PUBLIC_KEY: &str = include_str!("../../tests/data/p521_public_key.hex");
    const SIGNATURE: &str = include_str!("../../tests/data/p521_signature.hex");
    const MESSAGE: &[u8] = b"a message to sign\n";

    fn bytes(hex: &str) -> Vec<u8> {
        let digits: Vec<u32> = hex.chars().filter_map(|character| character.to_digit(16)).collect();
        digits.chunks(2).map(|pair| (pair[0] * 16 + pair[1]) as u8).collect()
    }

    #[test]
    fn verifies_what_another_library_signed() {
        let (key, signature) = (bytes(PUBLIC_KEY), bytes(SIGNATURE));
        let verify = |key: &[u8], message: &[u8], signature: &[u8]| {
            ECDSA_P521_SHA512.verify_signature(key, message, signature).is_ok()
        };
        assert!(verify(&key, MESSAGE, &signature));
        assert!(!verify(&key, b"another message\n", &signature));
        let mut changed = signature.clone();
        *changed.last_mut().unwrap() ^= 1;
        assert!(!verify(&key, MESSAGE, &changed));
        assert!(!verify(&key[1..], MESSAGE, &signature));
        assert!(!verify(&key, MESSAGE, &[]));
    }

    // Made with `openssl genrsa`, `openssl rsa -RSAPublicKey_out -outform DER` and
    // `openssl dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest -sign`.
    const RSA: [(&str, &str); 2] = [
        (
            include_str!("../../tests/data/rsa1024_public_key.hex"),
            include_str!("../../tests/data/rsa1024_signature.hex"),
        ),
        (
            include_str!("../../tests/data/rsa2048_public_key.hex"),
            include_str!("../../tests/data/rsa2048_signature.hex"),
        ),
    ];

    #[test]
    fn rsa_keys_may_be_short() {
        let verify = |scheme: SignatureScheme, key: &[u8], message: &[u8], signature: &[u8]| {
            let mapping = algorithms().mapping;
            let (_, found) = mapping.iter().find(|(known, _)| *known == scheme).unwrap();
            found[0].verify_signature(key, message, signature).is_ok()
        };
        for (key, signature) in RSA {
            let (key, mut signature) = (bytes(key), bytes(signature));
            assert!(verify(SignatureScheme::RSA_PSS_SHA256, &key, MESSAGE, &signature));
            assert!(!verify(SignatureScheme::RSA_PSS_SHA512, &key, MESSAGE, &signature));
            assert!(!verify(SignatureScheme::RSA_PSS_SHA256, &key, b"another message\n", &signature));
            *signature.last_mut().unwrap() ^= 1;
            assert!(!verify(SignatureScheme::RSA_PSS_SHA256, &key, MESSAGE, &signature));
            assert!(!verify(SignatureScheme::RSA_PSS_SHA256, &key[1..], MESSAGE, &signature));
        }
        let far_too_short = bytes(include_str!("../../tests/data/rsa512_public_key.hex"));
        assert!(!verify(SignatureScheme::RSA_PSS_SHA256, &far_too_short, MESSAGE, &[0; 64]));
    }

    #[test]
    fn offers_the_curve_of_go_plugin() {
        assert!(algorithms().supported_schemes().contains(&SignatureScheme::ECDSA_NISTP521_SHA512));
    }
}
