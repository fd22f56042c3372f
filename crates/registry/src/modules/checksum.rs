//! Checksums of archives, as `checksum=` in a source gives them.

use std::fs::File;
use std::io;
use std::path::Path;

use crate::package_hash::{digest_of, hexadecimal};

/// What an archive must have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Checksum {
    /// This digest.
    Digest(Algorithm, String),
    /// The one that a list has for it; this is where the list is.
    List(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Algorithm {
    Md5,
    Sha1,
    Sha256,
    Sha512,
}

const ALGORITHMS: [(&str, Algorithm, usize); 4] = [
    ("md5", Algorithm::Md5, 32),
    ("sha1", Algorithm::Sha1, 40),
    ("sha256", Algorithm::Sha256, 64),
    ("sha512", Algorithm::Sha512, 128),
];

impl Checksum {
    /// Understands the value of the argument; without the name of an algorithm the length tells.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if let Some(place) = text.strip_prefix("file:") {
            return Ok(Checksum::List(place.to_owned()));
        }
        match text.split_once(':') {
            Some((name, digits)) => {
                let known = ALGORITHMS.iter().find(|(known, ..)| *known == name);
                let (_, algorithm, length) = known.ok_or_else(|| {
                    format!("there is no checksum {name:?}; use md5, sha1, sha256, sha512 or file")
                })?;
                let digits = read_digits(digits).filter(|digits| digits.len() == *length);
                let digits =
                    digits.ok_or_else(|| format!("a {name} checksum has {length} hexadecimal digits"))?;
                Ok(Checksum::Digest(*algorithm, digits))
            }
            None => of_digits(text).ok_or_else(|| {
                "the checksum is not of the form sha256:DIGITS, and has no length that would tell which it is"
                    .to_owned()
            }),
        }
    }

    /// Finds the checksum of a file in a list as `sha256sum` or `shasum --tag` make them, or in a file
    /// that has nothing else.
    pub(super) fn find_in_list(list: &str, file_name: &str) -> Option<Self> {
        let lines: Vec<&str> = list.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let named = lines.iter().find_map(|line| {
            let (name, digits) = match line.split_once(" = ") {
                Some((tag, digits)) => (tag.split_once('(')?.1.strip_suffix(')')?, digits),
                None => {
                    let (digits, name) = line.split_once(char::is_whitespace)?;
                    (name.trim_start().trim_start_matches('*'), digits)
                }
            };
            (base_name(name) == file_name).then(|| of_digits(digits.trim())).flatten()
        });
        named.or_else(|| match &lines[..] {
            [only] => of_digits(only),
            _ => None,
        })
    }
}

fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn of_digits(text: &str) -> Option<Checksum> {
    let digits = read_digits(text)?;
    let (_, algorithm, _) = ALGORITHMS.iter().find(|(.., length)| *length == digits.len())?;
    Some(Checksum::Digest(*algorithm, digits))
}

fn read_digits(text: &str) -> Option<String> {
    text.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| text.to_ascii_lowercase())
}

impl Algorithm {
    /// The digest of a file, in hexadecimal digits.
    pub(super) fn digest(self, path: &Path) -> io::Result<String> {
        match self {
            Algorithm::Md5 => digest::<md5::Md5>(path),
            Algorithm::Sha1 => digest::<sha1::Sha1>(path),
            Algorithm::Sha256 => digest::<sha2::Sha256>(path),
            Algorithm::Sha512 => digest::<sha2::Sha512>(path),
        }
    }
}

fn digest<D: sha2::Digest>(path: &Path) -> io::Result<String> {
    digest_of::<D>(File::open(path)?).map(|digest| hexadecimal(&digest))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABC: [(&str, &str); 4] = [
        ("md5", "900150983cd24fb0d6963f7d28e17f72"),
        ("sha1", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("sha256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "sha512",
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        ),
    ];

    #[test]
    fn all_algorithms_are_known_by_name_and_length() {
        let file = tempfile::NamedTempFile::new().expect("makes a file");
        std::fs::write(file.path(), "abc").expect("writes");
        for (name, digits) in ABC {
            let upper = digits.to_ascii_uppercase();
            for text in [format!("{name}:{digits}"), upper] {
                let Ok(Checksum::Digest(algorithm, expected)) = Checksum::parse(&text) else {
                    panic!("{text}")
                };
                assert_eq!(algorithm.digest(file.path()).expect("reads"), expected, "{text}");
            }
        }
        for text in ["", "sha256:00", "crc32:00000000", "xyz", "md5:zz0150983cd24fb0d6963f7d28e17f72"] {
            assert!(Checksum::parse(text).is_err(), "{text}");
        }
        assert_eq!(Checksum::parse("file:./sums"), Ok(Checksum::List("./sums".to_owned())));
    }

    #[test]
    fn lists_are_read_in_all_styles() {
        let digits = ABC[2].1;
        let expected = Some(Checksum::Digest(Algorithm::Sha256, digits.to_owned()));
        for list in [
            format!("{digits}\n"),
            format!("{digits}  a.zip\n"),
            format!("00  b.zip\n{digits} *./dist/a.zip\n"),
            format!("SHA256 (b.zip) = 00\nSHA256 (a.zip) = {digits}\n"),
        ] {
            assert_eq!(Checksum::find_in_list(&list, "a.zip"), expected, "{list}");
        }
        for list in [String::new(), format!("{digits}  b.zip\n{digits}  c.zip\n")] {
            assert_eq!(Checksum::find_in_list(&list, "a.zip"), None, "{list}");
        }
    }
}
