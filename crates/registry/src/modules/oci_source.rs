//! Sources of modules that are packages in registries of images.

use super::source::shown;
use super::written::Written;
use crate::oci::{OciDigest, OciReference, OciRepository, OciVersion};
use crate::web::decode_fields;

/// What is fetched where nothing is said.
const USUAL_TAG: &str = "latest";

/// What goes before the address for nothing: the scheme says the same.
const PREFIX: &str = "oci::";

/// A package in a registry of images.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OciSource {
    /// What the registry is asked for, or why there is no such thing. What is installed already is used
    /// whatever its address looks like.
    pub(super) wanted: Result<OciReference, String>,
    /// The address as it was written.
    pub(super) written: Written,
}

impl OciSource {
    /// Understands a source; `None` where it is no address of a registry of images.
    ///
    /// # Errors
    /// Why no module could come from there, as the end of a sentence.
    pub(super) fn parse(source: &str) -> Option<Result<Self, String>> {
        let bare = source.strip_prefix(PREFIX);
        let (scheme, _) = bare.unwrap_or(source).split_once("://").unwrap_or_default();
        let is_meant = bare.is_some() || scheme.eq_ignore_ascii_case("oci");
        is_meant.then(|| Self::read(source))
    }

    fn read(source: &str) -> Result<Self, String> {
        let written = Written::parse(source)?;
        let place = written.place.as_str();
        let wanted = reference(place.strip_prefix(PREFIX).unwrap_or(place), &written.query);
        Ok(OciSource { wanted, written })
    }

    /// The source in full, as it is recorded.
    pub(super) fn to_full(&self) -> String {
        self.written.to_full()
    }

    /// What is fetched, whichever directory of it is wanted.
    pub(super) fn package(&self) -> String {
        self.written.package()
    }

    /// The address for people. Arguments that mean nothing may be secrets that were put into the wrong place.
    pub(super) fn for_display(&self) -> String {
        match &self.wanted {
            Ok(_) => self.package(),
            Err(_) => shown(&self.written.place),
        }
    }
}

fn reference(place: &str, query: &str) -> Result<OciReference, String> {
    let (scheme, rest) = place.split_once("://").unwrap_or(("", place));
    if !scheme.eq_ignore_ascii_case("oci") {
        return Err("its scheme is not oci".to_owned());
    }
    if rest.contains('@') {
        // What is written there would otherwise be shown.
        return Err(
            "it has a login or a digest in it; a login belongs into an oci_credentials block of the CLI \
                    configuration, and a digest behind ?digest="
                .to_owned(),
        );
    }
    let repository = OciRepository::parse(rest)?;
    Ok(OciReference { repository, version: version(query)? })
}

fn version(query: &str) -> Result<OciVersion, String> {
    let (mut tag, mut digest) = (None, None);
    for (name, value) in decode_fields(query.trim_start_matches('?')) {
        let place = match name.as_str() {
            "tag" => &mut tag,
            "digest" => &mut digest,
            "archive" => {
                return Err("the argument \"archive\" has no place here: the package says how it is packed"
                    .to_owned());
            }
            _ => return Err(format!("there is no argument {name:?}; there are tag and digest")),
        };
        if value.is_empty() {
            return Err(format!("the argument {name:?} is empty"));
        }
        if place.replace(value).is_some() {
            return Err(format!("the argument {name:?} is given twice"));
        }
    }
    match (tag, digest) {
        (Some(_), Some(_)) => Err("tag and digest cannot both be given".to_owned()),
        (_, Some(digest)) => OciDigest::parse(&digest).map(OciVersion::Digest),
        (tag, None) => OciVersion::tag(tag.as_deref().unwrap_or(USUAL_TAG)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> OciSource {
        OciSource::parse(text).expect("is one").expect("may be one")
    }

    #[test]
    fn addresses_say_what_is_wanted_and_are_recorded_as_they_are() {
        let digest = format!("sha256:{}", "a".repeat(64));
        for (text, repository, version) in [
            ("oci://a.example/b/c", "a.example/b/c", "latest"),
            ("oci://a.example:5000/b//x/y?tag=1.0", "a.example:5000/b", "1.0"),
            (&format!("oci://a.example/b?digest={digest}"), "a.example/b", &digest),
            (
                &format!("oci::oci://a.example/b?digest={}", digest.replace(':', "%3A")),
                "a.example/b",
                &digest,
            ),
        ] {
            let source = source(text);
            let wanted = source.wanted.clone().expect("is a reference");
            assert_eq!(
                (wanted.repository.to_string(), wanted.version.to_string()),
                (repository.to_owned(), version.to_owned())
            );
            assert_eq!(source.to_full(), text);
        }
        assert_eq!(source("oci://a.example/b//x/./y/?tag=1").to_full(), "oci://a.example/b//x/y?tag=1");
        assert_eq!(source("oci://a.example/b//x?tag=1").for_display(), "oci://a.example/b?tag=1");
    }

    #[test]
    fn what_cannot_be_asked_for_says_why() {
        for (text, expected) in [
            ("oci://", "is no registry"),
            ("oci://a.example", "does not name a repository"),
            ("oci://a.example/B", "no name of a repository"),
            ("oci://me:sesame@a.example/b", "a login or a digest"),
            ("oci::https://a.example/b", "scheme is not oci"),
            ("oci://a.example/b?tag=", "is empty"),
            ("oci://a.example/b?tag=a&tag=b", "twice"),
            ("oci://a.example/b?tag=.a", "is no tag"),
            ("oci://a.example/b?digest=md5:00", "is no digest"),
            ("oci://a.example/b?ref=sesame", "no argument \"ref\""),
            ("oci://a.example/b?archive=zip", "has no place here"),
        ] {
            let source = source(text);
            let reason = source.wanted.clone().expect_err("is none");
            assert!(reason.contains(expected), "{text}: {reason}");
            let shown = format!("{} {reason}", source.for_display());
            assert!(!shown.contains("sesame"), "{shown}");
        }
        assert!(OciSource::parse("oci://a.example/b//../c").is_some_and(|source| source.is_err()));
        for text in ["./oci", "a/b/oci", "https://a.example/oci://b", "git::oci://a.example/b"] {
            assert!(OciSource::parse(text).is_none(), "{text}");
        }
    }
}
