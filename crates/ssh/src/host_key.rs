//! Whether a host is the one that it should be.

use std::borrow::Cow;

use russh::Preferred;
use russh::keys::ssh_key::certificate::CertType;
use russh::keys::{Algorithm, Certificate, HashAlg, PublicKey, PublicKeyOrCertificate};

/// The public key that a host must have, or of the authority that must have certified it.
#[derive(Clone, Debug)]
pub struct HostKey(PublicKey);

impl HostKey {
    /// Reads a line such as those of files with public keys.
    pub fn parse(text: &str) -> Result<Self, String> {
        PublicKey::from_openssh(text.trim()).map(HostKey).map_err(|error| error.to_string())
    }

    pub(crate) fn algorithm(&self) -> Algorithm {
        self.0.algorithm()
    }

    /// Whether a host that has proved to hold a key is this one; what is wrong if not.
    pub(crate) fn check(&self, host: &str, shown: &PublicKeyOrCertificate) -> Result<(), String> {
        match shown {
            PublicKeyOrCertificate::PublicKey { key, .. } if key.key_data() == self.0.key_data() => Ok(()),
            PublicKeyOrCertificate::PublicKey { key, .. } => Err(self.differs(key)),
            PublicKeyOrCertificate::Certificate(shown) if shown.public_key() == self.0.key_data() => Ok(()),
            PublicKeyOrCertificate::Certificate(shown) => check_certificate(&self.0, host, shown),
        }
    }

    fn differs(&self, shown: &PublicKey) -> String {
        format!("its key is {}, and the one given is {}", fingerprint(shown), fingerprint(&self.0))
    }
}

/// A key as people compare them.
pub(crate) fn fingerprint(key: &PublicKey) -> String {
    format!("{} {}", key.algorithm(), key.fingerprint(HashAlg::Sha256))
}

/// Everything that can be asked for, keys of these algorithms first.
pub(crate) fn preferring(algorithms: &[Algorithm]) -> Preferred {
    let known = Preferred::default();
    let is_wanted = |algorithm: &Algorithm| {
        algorithms.iter().any(|wanted| match (algorithm, wanted) {
            (Algorithm::Rsa { .. }, Algorithm::Rsa { .. }) => true,
            (algorithm, wanted) => algorithm == wanted,
        })
    };
    let (wanted, others): (Vec<Algorithm>, Vec<Algorithm>) = known.key.iter().cloned().partition(is_wanted);
    let key: Vec<Algorithm> = wanted.into_iter().chain(others).collect();
    Preferred { host_key_certificates: Cow::Owned(key.clone()), key: Cow::Owned(key), ..known }
}

/// Whether an authority has certified a key for the host, now.
pub(crate) fn check_certificate(
    authority: &PublicKey,
    host: &str,
    shown: &Certificate,
) -> Result<(), String> {
    if shown.signature_key() != authority.key_data() {
        let signer = PublicKey::from(shown.signature_key().clone());
        return Err(format!("the authority of its certificate is {}", signer.fingerprint(HashAlg::Sha256)));
    }
    if shown.cert_type() != CertType::Host {
        return Err("its certificate is one of a user".to_owned());
    }
    let principals = shown.valid_principals();
    if !principals.is_empty() && !principals.iter().any(|name| name == host) {
        return Err(format!("its certificate is for {} alone", principals.join(", ")));
    }
    if let Some((name, _)) = shown.critical_options().iter().next() {
        return Err(format!("its certificate demands {name}, which is not known"));
    }
    shown
        .validate(&[authority.fingerprint(HashAlg::Sha256)])
        .map_err(|error| format!("its certificate does not hold: {error}"))
}
