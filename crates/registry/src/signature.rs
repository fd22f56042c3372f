//! Checks OpenPGP signatures of publishers.
//!
//! Responsible for saying which of some public keys made a detached signature. Whose the keys are
//! is the registry's word, except for the one key that is known here by its fingerprint.

use pgp::composed::{Deserializable, DetachedSignature, SignedPublicKey, SignedPublicSubKey};
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{Signature, SignatureType};
use pgp::types::{KeyDetails, Timestamp, VerifyingKey};

/// The fingerprint that HashiCorp publishes for the key which signs its own providers. A key with
/// this fingerprint is that key, wherever it was fetched from.
const HASHICORP_FINGERPRINT: &str = "c874011f0ab405110d02105534365d9472d7468f";

/// A key that made a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer {
    /// The key's short name, such as `34365D9472D7468F`.
    pub key_id: String,
    /// Whether it is the key of HashiCorp.
    pub is_hashicorp: bool,
}

/// Why a signature is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// A key cannot be read.
    #[error("error decoding signing key: {0}")]
    Key(String),
    /// The signature cannot be read.
    #[error("error decoding signature: {0}")]
    Signature(String),
    /// The keys did not make this signature.
    #[error("authentication signature from unknown issuer")]
    UnknownIssuer,
    /// One of the keys claims to have made the signature, but it does not fit the document.
    #[error("error checking signature: {0}")]
    Mismatch(String),
}

/// Finds the key that made a detached signature of a document. Keys are in ASCII armour; the
/// signature may be or not.
///
/// # Errors
/// When no key did, or one must not be trusted with it.
pub fn verify<'a>(
    document: &[u8],
    signature: &[u8],
    keys: impl IntoIterator<Item = &'a str>,
) -> Result<Signer, SignatureError> {
    let signatures = read_signatures(signature)?;
    let mut failure = SignatureError::UnknownIssuer;
    for armour in keys {
        let (certificates, _) = SignedPublicKey::from_string_many(armour)
            .map_err(|error| SignatureError::Key(error.to_string()))?;
        for certificate in certificates {
            let certificate = certificate.map_err(|error| SignatureError::Key(error.to_string()))?;
            for signature in &signatures {
                match check(&certificate, signature, document) {
                    Ok(()) => return Ok(signer(&certificate)),
                    Err(SignatureError::UnknownIssuer) => {}
                    Err(error) => failure = error,
                }
            }
        }
    }
    Err(failure)
}

fn read_signatures(bytes: &[u8]) -> Result<Vec<Signature>, SignatureError> {
    let unreadable = |error: pgp::errors::Error| SignatureError::Signature(error.to_string());
    let read: Vec<_> = if bytes.trim_ascii_start().starts_with(b"-----BEGIN") {
        let (signatures, _) = DetachedSignature::from_armor_many(bytes).map_err(unreadable)?;
        signatures.collect()
    } else {
        DetachedSignature::from_bytes_many(bytes).map_err(unreadable)?.collect()
    };
    let signatures: Result<Vec<_>, _> = read.into_iter().collect();
    let signatures = signatures.map_err(unreadable)?;
    if signatures.is_empty() {
        return Err(SignatureError::Signature("there is none in the file".to_owned()));
    }
    Ok(signatures.into_iter().map(|detached| detached.signature).collect())
}

fn signer(certificate: &SignedPublicKey) -> Signer {
    Signer {
        key_id: certificate.legacy_key_id().to_string().to_uppercase(),
        is_hashicorp: certificate.fingerprint().to_string().to_lowercase() == HASHICORP_FINGERPRINT,
    }
}

fn mismatch(reason: impl Into<String>) -> SignatureError {
    SignatureError::Mismatch(reason.into())
}

fn check(
    certificate: &SignedPublicKey,
    signature: &Signature,
    document: &[u8],
) -> Result<(), SignatureError> {
    if names(signature, certificate) {
        check_signature(signature, &certificate.primary_key, document)?;
        return check_certificate(certificate, signature);
    }
    let subkey = certificate.public_subkeys.iter().find(|subkey| names(signature, &subkey.key));
    let Some(subkey) = subkey else { return Err(SignatureError::UnknownIssuer) };
    check_signature(signature, &subkey.key, document)?;
    check_subkey(certificate, subkey, signature)?;
    check_certificate(certificate, signature)
}

/// Whether a signature says that this key made it. One that says nothing may be any key's.
fn names(signature: &Signature, key: &impl KeyDetails) -> bool {
    let (fingerprints, ids) = (signature.issuer_fingerprint(), signature.issuer_key_id());
    if !fingerprints.is_empty() {
        return fingerprints.into_iter().any(|fingerprint| *fingerprint == key.fingerprint());
    }
    ids.is_empty() || ids.into_iter().any(|id| *id == key.legacy_key_id())
}

fn check_signature(
    signature: &Signature,
    key: &impl VerifyingKey,
    document: &[u8],
) -> Result<(), SignatureError> {
    if !matches!(signature.typ(), Some(SignatureType::Binary | SignatureType::Text)) {
        return Err(mismatch("it is not a signature of a document"));
    }
    let is_strong = |algorithm: HashAlgorithm| {
        !matches!(algorithm, HashAlgorithm::Md5 | HashAlgorithm::Sha1 | HashAlgorithm::Ripemd160)
    };
    if !signature.hash_alg().is_some_and(is_strong) {
        return Err(mismatch("it uses a hash algorithm that can be forged"));
    }
    signature.verify(key, document).map_err(|_| mismatch("the signature does not match the document"))
}

/// The key must have been in force when it signed, and never have been revoked.
fn check_certificate(certificate: &SignedPublicKey, signature: &Signature) -> Result<(), SignatureError> {
    let primary = &certificate.primary_key;
    let revoked = &certificate.details.revocation_signatures;
    if revoked.iter().any(|revocation| revocation.verify_key(primary).is_ok()) {
        return Err(mismatch("the key was revoked"));
    }
    let from_users = certificate.details.users.iter().flat_map(|user| {
        user.signatures.iter().filter(|certification| {
            certification.is_certification()
                && certification.verify_certification(primary, pgp::types::Tag::UserId, &user.id).is_ok()
        })
    });
    let direct = certificate.details.direct_signatures.iter();
    let statements = from_users.chain(direct.filter(|statement| statement.verify_key(primary).is_ok()));
    check_validity(primary.created_at(), statements, signature)
}

fn check_subkey(
    certificate: &SignedPublicKey,
    subkey: &SignedPublicSubKey,
    signature: &Signature,
) -> Result<(), SignatureError> {
    let primary = &certificate.primary_key;
    let of_type = |wanted: SignatureType| {
        subkey.signatures.iter().filter(move |statement| {
            statement.typ() == Some(wanted) && statement.verify_subkey_binding(primary, &subkey.key).is_ok()
        })
    };
    if of_type(SignatureType::SubkeyRevocation).next().is_some() {
        return Err(mismatch("the subkey was revoked"));
    }
    let bindings: Vec<&Signature> = of_type(SignatureType::SubkeyBinding)
        .filter(|binding| {
            // Without the subkey's own consent anyone could claim it for their certificate.
            binding.key_flags().sign()
                && binding
                    .embedded_signature()
                    .is_some_and(|consent| consent.verify_primary_key_binding(&subkey.key, primary).is_ok())
        })
        .collect();
    if bindings.is_empty() {
        return Err(mismatch("the subkey is not bound to its key for signing"));
    }
    check_validity(subkey.key.created_at(), bindings.into_iter(), signature)
}

/// The newest statement about a key says for how long it is in force.
fn check_validity<'a>(
    created: Timestamp,
    statements: impl Iterator<Item = &'a Signature>,
    signature: &Signature,
) -> Result<(), SignatureError> {
    let Some(signed) = signature.created() else { return Err(mismatch("it does not say when it was made")) };
    if signed < created {
        return Err(mismatch("it is older than the key that made it"));
    }
    let newest = statements.max_by_key(|statement| statement.created());
    let lifetime = newest.and_then(Signature::key_expiration_time).map_or(0, pgp::types::Duration::as_secs);
    // Releases stay valid when a key expires afterwards: publishers do not sign them again.
    if lifetime > 0 && u64::from(signed.as_secs()) > u64::from(created.as_secs()) + u64::from(lifetime) {
        return Err(mismatch("the key had expired when it signed"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::SigningKey;

    #[test]
    fn finds_the_key_that_signed() {
        let (one, other) = (SigningKey::generate(), SigningKey::generate());
        let document = b"some checksums\n";
        let keys = [other.public_armour(), one.public_armour()];
        let keys = || keys.iter().map(String::as_str);
        for signature in [one.sign(document), one.sign_with_subkey(document), one.sign_in_armour(document)] {
            let signer = verify(document, &signature, keys()).expect("is signed");
            assert_eq!(signer.key_id, one.key_id());
            assert!(!signer.is_hashicorp);
            assert!(matches!(verify(b"other", &signature, keys()), Err(SignatureError::Mismatch(_))));
            assert_eq!(verify(document, &signature, keys().take(1)), Err(SignatureError::UnknownIssuer));
            assert_eq!(verify(document, &signature, []), Err(SignatureError::UnknownIssuer));
        }
    }

    #[test]
    fn unreadable_things_are_errors() {
        let key = SigningKey::generate();
        let signature = key.sign(b"x");
        assert!(matches!(verify(b"x", &signature, ["no key"]), Err(SignatureError::Key(_))));
        let armour = key.public_armour();
        for nonsense in [&b""[..], b"nonsense", b"-----BEGIN PGP SIGNATURE-----\n\nxx\n"] {
            let result = verify(b"x", nonsense, [armour.as_str()]);
            assert!(matches!(result, Err(SignatureError::Signature(_))), "{result:?}");
        }
    }

    #[test]
    fn a_foreign_subkey_does_not_vouch() {
        let (mine, theirs) = (SigningKey::generate(), SigningKey::generate());
        let stolen = mine.public_armour_with_subkey_of(&theirs);
        let signature = theirs.sign_with_subkey(b"x");
        let result = verify(b"x", &signature, [stolen.as_str()]);
        assert!(matches!(result, Err(SignatureError::Mismatch(_))), "{result:?}");
    }
}
