//! Signatures over the curve P-521, which go-plugin's certificates use and ring does not know.

use p521::ecdsa::signature::Verifier as _;
use p521::ecdsa::{Signature, VerifyingKey};
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

static ECDSA_P521_SHA512: &dyn SignatureVerificationAlgorithm = &EcdsaP521Sha512;

/// What ring knows, and P-521. The order is the one of preference.
pub(super) fn algorithms() -> WebPkiSupportedAlgorithms {
    static ALL: std::sync::OnceLock<WebPkiSupportedAlgorithms> = std::sync::OnceLock::new();
    *ALL.get_or_init(|| {
        let ring = rustls::crypto::ring::default_provider().signature_verification_algorithms;
        let mut all = ring.all.to_vec();
        all.push(ECDSA_P521_SHA512);
        let mut mapping = ring.mapping.to_vec();
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

    #[test]
    fn offers_the_curve_of_go_plugin() {
        assert!(algorithms().supported_schemes().contains(&SignatureScheme::ECDSA_NISTP521_SHA512));
    }
}
