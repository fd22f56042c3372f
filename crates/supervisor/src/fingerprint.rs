//! A short name for everything that a process lives in, which tells nothing about it.
//!
//! Environments hold passwords, and some are short. A plain digest would let whoever sees it try them
//! out, so the digest is keyed with a secret of the user.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::circumstances::Circumstances;

/// The length of a user's secret.
pub(crate) const SECRET_BYTES: usize = 32;
/// How much of a fingerprint is part of a file's name; enough that two never agree by chance.
const NAME_CHARACTERS: usize = 32;
/// The length of a fingerprint.
const FINGERPRINT_CHARACTERS: usize = 64;

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

/// What a process has been configured with.
pub(crate) struct ConfiguredWith<'a> {
    /// The provider's address.
    pub(crate) provider: &'a str,
    /// How long it may be used.
    pub(crate) life: Duration,
    /// The message that it was sent.
    pub(crate) message: &'a [u8],
    /// A digest of the files that it may have read.
    pub(crate) files: &'a [u8],
}

/// Two processes with the same are the same in everything that is inherited, and in their program.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(crate) struct Fingerprint(String);

impl From<Fingerprint> for String {
    fn from(fingerprint: Fingerprint) -> String {
        fingerprint.0
    }
}

impl TryFrom<String> for Fingerprint {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Fingerprint, &'static str> {
        Fingerprint::from_text(&text).ok_or("that is no fingerprint")
    }
}

impl Fingerprint {
    /// The fingerprint of a process that somebody who lives in these circumstances would start.
    pub(crate) fn new(secret: &Secret, circumstances: &Circumstances, subject: &Subject<'_>) -> Fingerprint {
        let program = subject.program.as_os_str().as_encoded_bytes();
        let parts = [program, &[u8::from(subject.tls)], subject.digest.as_bytes(), circumstances.encoded()];
        Self::of(secret, &parts)
    }

    /// The fingerprint of such a process once it has been configured.
    pub(crate) fn configured(&self, secret: &Secret, with: &ConfiguredWith<'_>) -> Fingerprint {
        let life = with.life.as_nanos().to_le_bytes();
        let parts =
            [b"configured", self.0.as_bytes(), with.provider.as_bytes(), &life, with.message, with.files];
        Self::of(secret, &parts)
    }

    fn of(secret: &Secret, parts: &[&[u8]]) -> Fingerprint {
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

    /// From what somebody sent; nothing where it is none, for names of files are made of it.
    pub(crate) fn from_text(text: &str) -> Option<Fingerprint> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        let is_whole = text.len() == FINGERPRINT_CHARACTERS && text.bytes().all(is_digit);
        is_whole.then(|| Fingerprint(text.to_owned()))
    }

    /// The whole of it.
    pub(crate) fn as_text(&self) -> &str {
        &self.0
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

        let configured =
            |from: usize, secret: u8, provider: &str, life_s: u64, message: &str, files: &str| {
                let (message, files) = (message.as_bytes(), files.as_bytes());
                let with = ConfiguredWith { provider, life: Duration::from_secs(life_s), message, files };
                all[from].configured(&Secret([secret; SECRET_BYTES]), &with)
            };
        let further = [
            configured(0, 1, "p", 60, "m", "f"),
            configured(1, 1, "p", 60, "m", "f"),
            configured(0, 2, "p", 60, "m", "f"),
            configured(0, 1, "q", 60, "m", "f"),
            configured(0, 1, "p", 61, "m", "f"),
            configured(0, 1, "p", 60, "n", "f"),
            configured(0, 1, "p", 60, "m", "g"),
            configured(0, 1, "p", 60, "mf", ""),
        ];
        let different: std::collections::BTreeSet<_> = all.iter().chain(&further).collect();
        assert_eq!(different.len(), all.len() + further.len());
    }

    #[test]
    fn what_is_none_is_not_taken_for_one() {
        let good = "0a".repeat(32);
        let read = |text: &str| serde_json::from_value::<Fingerprint>(text.into()).ok();
        assert_eq!(read(&good).unwrap().as_text(), good);
        for text in ["", "0a", "../../../../etc/x", &"0A".repeat(32), &"/.".repeat(32), &"0a".repeat(33)] {
            assert!(read(text).is_none(), "{text}");
        }
    }
}
