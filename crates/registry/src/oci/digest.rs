//! Digests, by which registries name what they hold.

use std::fmt;
use std::io::{self, Read};

use sha2::{Sha256, Sha512};

use crate::package_hash::{digest_of, hexadecimal};

/// What content has, and no other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OciDigest {
    algorithm: Algorithm,
    digits: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Algorithm {
    Sha256,
    Sha512,
}

const ALGORITHMS: [(&str, Algorithm, usize); 2] =
    [("sha256", Algorithm::Sha256, 64), ("sha512", Algorithm::Sha512, 128)];

impl OciDigest {
    /// Understands a digest.
    ///
    /// # Errors
    /// Why it is none, as the end of a sentence.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (name, digits) = text.split_once(':').unwrap_or((text, ""));
        let known = ALGORITHMS.iter().find(|(known, ..)| *known == name);
        let Some((name, algorithm, length)) = known else {
            return Err(format!("{text:?} is no digest: it begins with sha256: or sha512:"));
        };
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if digits.len() != *length || !digits.bytes().all(is_digit) {
            return Err(format!(
                "{text:?} is no digest: behind {name}: are {length} hexadecimal digits in small letters"
            ));
        }
        Ok(OciDigest { algorithm: *algorithm, digits: digits.to_owned() })
    }

    /// Whether content has it.
    ///
    /// # Errors
    /// When the content cannot be read.
    pub(super) fn is_of(&self, content: impl Read) -> io::Result<bool> {
        let found = match self.algorithm {
            Algorithm::Sha256 => hexadecimal(&digest_of::<Sha256>(content)?),
            Algorithm::Sha512 => hexadecimal(&digest_of::<Sha512>(content)?),
        };
        Ok(found == self.digits)
    }
}

impl fmt::Display for OciDigest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = ALGORITHMS.iter().find(|(_, algorithm, _)| *algorithm == self.algorithm);
        write!(out, "{}:{}", known.map_or("", |(name, ..)| name), self.digits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_read_and_compared() {
        let abc = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let digest = OciDigest::parse(abc).expect("is one");
        assert_eq!(digest.to_string(), abc);
        assert!(digest.is_of(&b"abc"[..]).expect("reads"));
        assert!(!digest.is_of(&b"abd"[..]).expect("reads"));
        let long = format!("sha512:{}", "0".repeat(128));
        assert_eq!(OciDigest::parse(&long).map(|digest| digest.to_string()), Ok(long));
        for text in ["", "sha256", "sha256:", "md5:900150983cd24fb0d6963f7d28e17f72", &abc.to_uppercase()] {
            assert!(OciDigest::parse(text).is_err(), "{text}");
        }
        assert!(OciDigest::parse(&abc.replace("ba78", "BA78")).is_err());
    }
}
