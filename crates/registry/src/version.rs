//! Version numbers and their order.
//!
//! Responsible for reading, comparing and printing versions the way Terraform does: one or more
//! numeric segments, an optional pre-release and optional build metadata. It knows nothing of
//! where versions come from.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// Segments beyond this many are not a version but a mistake.
const SEGMENTS_MAX: usize = 16;

/// A version such as `1.2.3-rc1+build5`.
///
/// Missing segments count as zero, so `1.2` and `1.2.0` are equal. Build metadata takes part in
/// equality and hashing but not in precedence; as a last tie-break it keeps the order total.
#[derive(Clone, Debug)]
pub struct Version {
    segments: Vec<u64>,
    written_segments: usize,
    prerelease: String,
    metadata: String,
}

/// Why a text is not a version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed version: {text}")]
pub struct VersionError {
    /// What was to be read.
    pub text: String,
}

impl Version {
    /// A release with three segments.
    pub fn new(major: u64, minor: u64, patch: u64) -> Self {
        Version {
            segments: vec![major, minor, patch],
            written_segments: 3,
            prerelease: String::new(),
            metadata: String::new(),
        }
    }

    /// The numeric segments, at least three.
    pub fn segments(&self) -> &[u64] {
        &self.segments
    }

    /// How many numeric segments were written down.
    pub fn written_segments(&self) -> usize {
        self.written_segments
    }

    /// The pre-release, without its dash; empty for a release.
    pub fn prerelease(&self) -> &str {
        &self.prerelease
    }

    /// The build metadata, without its plus sign; empty where there is none.
    pub fn metadata(&self) -> &str {
        &self.metadata
    }

    /// Whether this is a pre-release.
    pub fn is_prerelease(&self) -> bool {
        !self.prerelease.is_empty()
    }

    /// Whether both have the same numeric segments.
    pub fn same_segments(&self, other: &Version) -> bool {
        compare_segments(&self.segments, &other.segments) == Ordering::Equal
    }

    /// Order of precedence: build metadata does not count.
    pub fn precedence(&self, other: &Version) -> Ordering {
        compare_segments(&self.segments, &other.segments)
            .then_with(|| compare_prereleases(&self.prerelease, &other.prerelease))
    }

    /// Reads a version in the strict form that lock files and registries use: exactly three
    /// segments and no `v` in front.
    ///
    /// # Errors
    /// When the text is not a version in that form.
    pub fn parse_exact(text: &str) -> Result<Self, VersionError> {
        let version: Version = text.parse()?;
        if version.written_segments == 3 && version.to_string() == text {
            Ok(version)
        } else {
            Err(VersionError { text: text.to_owned() })
        }
    }
}

fn compare_segments(left: &[u64], right: &[u64]) -> Ordering {
    let length = left.len().max(right.len());
    let at = |segments: &[u64], index: usize| segments.get(index).copied().unwrap_or(0);
    (0..length)
        .map(|index| at(left, index).cmp(&at(right, index)))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

fn compare_prereleases(left: &str, right: &str) -> Ordering {
    match (left.is_empty(), right.is_empty()) {
        (true, true) => return Ordering::Equal,
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    let mut left = left.split('.');
    let mut right = right.split('.');
    loop {
        match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(one), Some(other)) => {
                let order = compare_identifiers(one, other);
                if order.is_ne() {
                    return order;
                }
            }
        }
    }
}

/// Numbers come before words; numbers compare as numbers of any length.
fn compare_identifiers(left: &str, right: &str) -> Ordering {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match (is_number(left), is_number(right)) {
        (true, true) => {
            let (left, right) = (left.trim_start_matches('0'), right.trim_start_matches('0'));
            left.len().cmp(&right.len()).then_with(|| left.cmp(right))
        }
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (false, false) => left.cmp(right),
    }
}

impl FromStr for Version {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, VersionError> {
        read(text).ok_or_else(|| VersionError { text: text.to_owned() })
    }
}

fn read(text: &str) -> Option<Version> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let (text, metadata) = match text.split_once('+') {
        Some((text, metadata)) => (text, Some(metadata)),
        None => (text, None),
    };
    let numeric_end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (numbers, rest) = text.split_at(numeric_end);
    let mut segments = Vec::new();
    for part in numbers.split('.') {
        segments.push(part.parse::<u64>().ok()?);
    }
    if segments.len() > SEGMENTS_MAX {
        return None;
    }
    // `1.2beta` is as good as `1.2-beta`; digits straight after a dash need the dash.
    let prerelease = rest.strip_prefix('-').unwrap_or(rest);
    if (!rest.is_empty() && !is_identifiers(prerelease)) || metadata.is_some_and(|text| !is_identifiers(text))
    {
        return None;
    }
    let written_segments = segments.len();
    segments.resize(written_segments.max(3), 0);
    Some(Version {
        segments,
        written_segments,
        prerelease: prerelease.to_owned(),
        metadata: metadata.unwrap_or_default().to_owned(),
    })
}

fn is_identifiers(text: &str) -> bool {
    text.split('.').all(|part| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'~'))
    })
}

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, segment) in self.segments.iter().enumerate() {
            if index > 0 {
                out.write_str(".")?;
            }
            write!(out, "{segment}")?;
        }
        if !self.prerelease.is_empty() {
            write!(out, "-{}", self.prerelease)?;
        }
        if !self.metadata.is_empty() {
            write!(out, "+{}", self.metadata)?;
        }
        Ok(())
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        // The texts decide between spellings such as `rc01` and `rc1` numbers of equal precedence,
        // so that the order agrees with equality.
        self.precedence(other)
            .then_with(|| self.prerelease.cmp(&other.prerelease))
            .then_with(|| self.metadata.cmp(&other.metadata))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Version {}

impl std::hash::Hash for Version {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        let significant = self.segments.iter().rposition(|segment| *segment != 0).map_or(0, |at| at + 1);
        self.segments[..significant].hash(state);
        self.prerelease.hash(state);
        self.metadata.hash(state);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_and_prints() {
        let cases = [
            ("1.2.3", Some("1.2.3")),
            ("v1.2.3", Some("1.2.3")),
            ("1", Some("1.0.0")),
            ("1.2", Some("1.2.0")),
            ("1.2.3.4", Some("1.2.3.4")),
            ("1.2.3-beta.1+x.y", Some("1.2.3-beta.1+x.y")),
            ("1.2.3+x-y", Some("1.2.3+x-y")),
            ("1.2beta", Some("1.2.0-beta")),
            ("1.2.0-x.7.z~9", Some("1.2.0-x.7.z~9")),
            ("", None),
            ("v", None),
            ("1.", None),
            (".1", None),
            ("1..2", None),
            ("1.2.x", None),
            ("1.2-", None),
            ("1.2+", None),
            ("1.2-a..b", None),
            ("1.2-ä", None),
            ("foo", None),
            ("99999999999999999999.0.0", None),
            ("1.2 3", None),
        ];
        for (text, expected) in cases {
            let got = text.parse::<Version>().ok().map(|version| version.to_string());
            assert_eq!(got.as_deref(), expected, "{text}");
        }
        assert!(Version::parse_exact("1.2").is_err());
        assert!(Version::parse_exact("v1.2.3").is_err());
        assert!(Version::parse_exact("01.2.3").is_err());
        assert!(Version::parse_exact("1.2.3-rc1").is_ok());
    }

    #[test]
    fn orders_by_precedence() {
        let ascending = [
            "0.1.0",
            "1.0.0-1",
            "1.0.0-2",
            "1.0.0-11",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-rc.1",
            "1.0.0",
            "1.0.0.1",
            "1.2.0",
            "1.10.0",
            "2.0.0",
        ];
        for (index, left) in ascending.iter().enumerate() {
            for (other, right) in ascending.iter().enumerate() {
                let left: Version = left.parse().expect("is a version");
                let right: Version = right.parse().expect("is a version");
                assert_eq!(left.cmp(&right), index.cmp(&other), "{left} {right}");
            }
        }
        let one: Version = "1.0.0+a".parse().expect("is a version");
        let other: Version = "1.0.0+b".parse().expect("is a version");
        assert_eq!(one.precedence(&other), Ordering::Equal);
        assert_ne!(one, other);
    }

    fn versions() -> impl Strategy<Value = String> {
        "[0-9]{1,3}(\\.[0-9]{1,3}){0,3}(-[a-z0-9]{1,3}(\\.[a-z0-9]{1,3}){0,2})?(\\+[a-z0-9]{1,4})?"
    }

    proptest! {
        #[test]
        fn printing_and_reading_round_trips(text in versions()) {
            let version: Version = text.parse().expect("is a version");
            let again: Version = version.to_string().parse().expect("is a version");
            prop_assert_eq!(&version, &again);
            prop_assert_eq!(version.to_string(), again.to_string());
        }

        #[test]
        fn the_order_is_total(a in versions(), b in versions(), c in versions()) {
            let mut all: Vec<Version> = [a, b, c].iter().map(|text| text.parse().expect("is a version")).collect();
            prop_assert_eq!(all[0].cmp(&all[1]), all[1].cmp(&all[0]).reverse());
            all.sort();
            prop_assert!(all[0] <= all[1] && all[1] <= all[2] && all[0] <= all[2]);
        }

        #[test]
        fn anything_may_be_read(text in ".{0,40}") {
            let _ = text.parse::<Version>();
        }
    }
}
