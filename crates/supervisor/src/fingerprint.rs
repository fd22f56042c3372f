//! A short name for everything that a process lives in, which tells nothing about it.
//!
//! Environments hold passwords, and some are short. A plain digest would let whoever sees it try them
//! out, so the digest is keyed with a secret of the user.

use std::fmt;
use std::path::Path;

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::circumstances::Circumstances;

/// The length of a user's secret.
pub(crate) const SECRET_BYTES: usize = 32;
/// How much of a fingerprint is part of a file's name; enough that two never agree by chance.
const NAME_CHARACTERS: usize = 32;

/// The secret of a user.
#[derive(Clone)]
pub(crate) struct Secret(pub(crate) [u8; SECRET_BYTES]);

/// What a process is started from, beside what it inherits.
pub(crate) struct Subject<'a> {
    /// The program, as it is called.
    pub(crate) program: &'a Path,
    /// Whether it is spoken to with TLS.
    pub(crate) tls: bool,
    /// The SHA-256 of the program.
    pub(crate) digest: &'a str,
}

/// Two processes with the same are the same in everything that is inherited, and in their program.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Fingerprint(String);

impl Fingerprint {
    /// The fingerprint of a process that somebody who lives in these circumstances would start.
    pub(crate) fn new(secret: &Secret, circumstances: &Circumstances, subject: &Subject<'_>) -> Fingerprint {
        let program = subject.program.as_os_str().as_encoded_bytes();
        let parts = [program, &[u8::from(subject.tls)], subject.digest.as_bytes(), circumstances.encoded()];
        // Keys of any length are taken.
        let Ok(mut digest) = Hmac::<Sha256>::new_from_slice(&secret.0) else {
            return Fingerprint(String::new());
        };
        for part in parts {
            digest.update(&(part.len() as u64).to_le_bytes());
            digest.update(part);
        }
        let digest = digest.finalize().into_bytes();
        Fingerprint(digest.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// What names of files begin with.
    pub(crate) fn name(&self) -> &str {
        &self.0[..NAME_CHARACTERS.min(self.0.len())]
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_counts() {
        let here = Circumstances::from_parts([("environment", b"A=1".to_vec())]);
        let there = Circumstances::from_parts([("environment", b"A=2".to_vec())]);
        let of = |secret: u8, circumstances: &Circumstances, program: &str, tls: bool, digest: &str| {
            let subject = Subject { program: Path::new(program), tls, digest };
            Fingerprint::new(&Secret([secret; SECRET_BYTES]), circumstances, &subject)
        };
        let all = [
            of(1, &here, "/p", true, "d"),
            of(2, &here, "/p", true, "d"),
            of(1, &there, "/p", true, "d"),
            of(1, &here, "/q", true, "d"),
            of(1, &here, "/p", false, "d"),
            of(1, &here, "/p", true, "e"),
        ];
        let different: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(different.len(), all.len());
        assert_eq!(of(1, &here, "/p", true, "d"), all[0]);
        assert!(all.iter().all(|fingerprint| fingerprint.name().len() == NAME_CHARACTERS));
    }
}
