//! What the `source` argument of a module says.

use std::fmt;

use super::{BucketSource, FileSource, GitSource, OciSource, RegistryModule, WebSource};
use crate::web::WebAddress;

/// Where a module comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModuleSource {
    /// From a directory, relative to the file that says so.
    Local(String),
    /// From a registry, and there from a directory of the module's package; empty for the whole.
    Registry(RegistryModule, String),
    /// From somewhere else in one piece.
    Package(PackageSource),
}

/// Something that is fetched in one piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PackageSource {
    /// A git repository.
    Git(GitSource),
    /// An archive on a server, or a page that says where the module is.
    Web(WebSource),
    /// A directory or an archive on this machine.
    File(FileSource),
    /// An archive or other objects in a bucket.
    Bucket(Box<BucketSource>),
    /// A package in a registry of images.
    Oci(OciSource),
    /// What others can fetch and we cannot.
    Unsupported {
        /// The source in full, as it is recorded.
        full: String,
        /// What it is.
        kind: OtherKind,
    },
}

/// Kinds of sources that we do not fetch from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtherKind {
    /// A git repository with arguments that are not understood.
    Git,
    /// A Mercurial repository.
    Mercurial,
    /// A bucket of Google Cloud Storage.
    GoogleCloud,
    /// Nobody knows how to fetch from there.
    Unknown,
}

impl fmt::Display for OtherKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            OtherKind::Git => {
                "git repositories that are named like this, other than by https, http, ssh, git and file, with the arguments ref, depth and sshkey, none of which begins with a hyphen"
            }
            OtherKind::Mercurial => "Mercurial repositories",
            OtherKind::GoogleCloud => "buckets of Google Cloud Storage",
            OtherKind::Unknown => "addresses of this kind",
        })
    }
}

/// Why a text is no source.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct ModuleSourceError {
    reason: String,
}

fn refuse(reason: impl Into<String>) -> ModuleSourceError {
    ModuleSourceError { reason: reason.into() }
}

impl ModuleSource {
    /// Understands a source.
    ///
    /// # Errors
    /// When it is none, or no module could come from there.
    pub fn parse(text: &str) -> Result<Self, ModuleSourceError> {
        if is_local(text) {
            return Ok(ModuleSource::Local(normalise_local(text)));
        }
        if let Ok((module, directory)) = RegistryModule::parse(text) {
            return Ok(ModuleSource::Registry(module, directory));
        }
        PackageSource::parse(text).map(ModuleSource::Package)
    }

    /// Understands a source of which a version is asked for, so that it must be in a registry.
    ///
    /// # Errors
    /// When it is not.
    pub fn parse_with_version(text: &str) -> Result<Self, ModuleSourceError> {
        RegistryModule::parse(text)
            .map(|(module, directory)| ModuleSource::Registry(module, directory))
            .map_err(refuse)
    }

    /// The source in full, as it is recorded.
    pub fn to_full(&self) -> String {
        match self {
            ModuleSource::Local(path) => path.clone(),
            ModuleSource::Registry(module, directory) if directory.is_empty() => module.to_string(),
            ModuleSource::Registry(module, directory) => format!("{module}//{directory}"),
            ModuleSource::Package(package) => package.to_full(),
        }
    }

    /// The source for people: without what may be a secret.
    pub fn for_display(&self) -> String {
        match self {
            ModuleSource::Local(_) | ModuleSource::Registry(..) => self.to_full(),
            ModuleSource::Package(package) => package.for_display(),
        }
    }
}

impl PackageSource {
    /// Understands an address of a package.
    ///
    /// # Errors
    /// When it is none, or nothing could be fetched from there.
    pub fn parse(text: &str) -> Result<Self, ModuleSourceError> {
        if let Some(source) = GitSource::parse(text) {
            return Ok(PackageSource::Git(source));
        }
        if let Some(source) = WebSource::parse(text) {
            return source.map(PackageSource::Web).map_err(refuse);
        }
        if let Some(source) = FileSource::parse(text) {
            return source.map(PackageSource::File).map_err(refuse);
        }
        if let Some(source) = BucketSource::parse(text) {
            return source.map(|source| PackageSource::Bucket(Box::new(source))).map_err(refuse);
        }
        if let Some(source) = OciSource::parse(text) {
            return source.map(PackageSource::Oci).map_err(refuse);
        }
        unsupported(text).ok_or_else(|| {
            refuse(
                "it is neither a directory, which begins with ./ or ../, nor a module of a registry, nor an address \
                 that says how to fetch it",
            )
        })
    }

    /// The address that a server gives, which may be relative to where it gave it.
    pub(super) fn parse_relative(text: &str, base: &WebAddress) -> Result<Self, String> {
        let is_relative = ["/", "./", "../"].iter().any(|start| text.starts_with(start));
        if !is_relative {
            return Self::parse(text).map_err(|error| error.to_string());
        }
        // The two slashes before a directory of the package survive, since joining leaves them alone.
        let address = base.join(text).map_err(|error| format!("it {error}"))?;
        Self::parse(&address.to_string()).map_err(|error| error.to_string())
    }

    /// The source in full, as it is recorded.
    pub fn to_full(&self) -> String {
        match self {
            PackageSource::Git(source) => source.to_full(),
            PackageSource::Web(source) => source.to_full(),
            PackageSource::File(source) => source.to_full(),
            PackageSource::Bucket(source) => source.to_full(),
            PackageSource::Oci(source) => source.to_full(),
            PackageSource::Unsupported { full, .. } => full.clone(),
        }
    }

    /// The source for people: without what may be a secret.
    pub fn for_display(&self) -> String {
        match self {
            PackageSource::Git(source) => source.for_display(),
            PackageSource::Web(source) => source.for_display(),
            PackageSource::File(source) => source.package(),
            PackageSource::Bucket(source) => source.for_display(),
            PackageSource::Oci(source) => source.for_display(),
            PackageSource::Unsupported { full, .. } => shown(full),
        }
    }

    /// What is fetched, whichever directory of it is wanted.
    pub(super) fn package(&self) -> String {
        match self {
            PackageSource::Git(source) => source.package(),
            PackageSource::Web(source) => source.package(),
            PackageSource::File(source) => source.package(),
            PackageSource::Bucket(source) => source.package(),
            PackageSource::Oci(source) => source.package(),
            PackageSource::Unsupported { full, .. } => full.clone(),
        }
    }

    /// The directory of the module in the package; empty for the whole.
    pub(super) fn subdirectory(&self) -> &str {
        match self {
            PackageSource::Git(source) => source.subdirectory(),
            PackageSource::Web(source) => &source.written.subdirectory,
            PackageSource::File(source) => &source.written.subdirectory,
            PackageSource::Bucket(source) => &source.written.subdirectory,
            PackageSource::Oci(source) => &source.written.subdirectory,
            PackageSource::Unsupported { .. } => "",
        }
    }
}

/// Whether a source is a path relative to the file that says so.
fn is_local(source: &str) -> bool {
    ["./", "../", ".\\", "..\\"].iter().any(|start| source.starts_with(start))
        || source == "."
        || source == ".."
}

/// A relative path as it is recorded: without detours, and beginning with a dot.
fn normalise_local(source: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let written = source.replace('\\', "/");
    for part in written.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            other => parts.push(other),
        }
    }
    match parts.first() {
        None => "./".to_owned(),
        Some(&"..") if parts.len() == 1 => "../".to_owned(),
        Some(&"..") => parts.join("/"),
        Some(_) => format!("./{}", parts.join("/")),
    }
}

/// Sources that others understand, by what goes before the address or stands in it.
fn unsupported(text: &str) -> Option<PackageSource> {
    let place = text.split('?').next().unwrap_or_default();
    let after_scheme = place.split_once("://").map_or(place, |(_, rest)| rest);
    let is_outside =
        after_scheme.split_once("//").is_some_and(|(_, inner)| inner.split('/').any(|part| part == ".."));
    let is_relative = place.split_once("::").is_some_and(|(_, place)| is_local(place));
    if is_outside || is_relative {
        return None;
    }
    let (kind, full) = match text.split_once("::") {
        Some(("git", _)) => (OtherKind::Git, text.to_owned()),
        Some(("hg", _)) => (OtherKind::Mercurial, text.to_owned()),
        Some(("gcs", _)) => (OtherKind::GoogleCloud, text.to_owned()),
        Some((forced, _)) if forced.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
            (OtherKind::Unknown, text.to_owned())
        }
        _ if text.contains("googleapis.com/") => (OtherKind::GoogleCloud, format!("gcs::https://{text}")),
        _ if text.contains("://") => (OtherKind::Unknown, text.to_owned()),
        _ => return None,
    };
    Some(PackageSource::Unsupported { full, kind })
}

/// An address without login and arguments.
pub fn shown(address: &str) -> String {
    let place = address.split('?').next().unwrap_or_default();
    let (scheme, rest) = place.split_once("://").map_or(("", place), |(scheme, rest)| (scheme, rest));
    let end = rest.find('/').unwrap_or(rest.len());
    let host = rest[..end].rsplit_once('@').map_or(&rest[..end], |(_, host)| host);
    let gap = if scheme.is_empty() { "" } else { "://" };
    format!("{scheme}{gap}{host}{}", &rest[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_recorded_as_terraform_records_them() {
        for (text, expected) in [
            ("./x", "./x"),
            ("./x/../y/", "./y"),
            ("../x", "../x"),
            ("..", "../"),
            ("./", "./"),
            (".\\x", "./x"),
            ("a/b/aws//x", "registry.terraform.io/a/b/aws//x"),
            ("github.com/a/b//x?ref=v1", "git::https://github.com/a/b.git//x?ref=v1"),
            ("https://h.example/a.zip//x?archive=zip", "https://h.example/a.zip//x?archive=zip"),
            ("/srv/a//x", "file:///srv/a//x"),
            ("s3.amazonaws.com/b/x.zip", "s3::https://s3.amazonaws.com/b/x.zip"),
            ("hg::https://h.example/x", "hg::https://h.example/x"),
            ("oci://h.example/a/b//x?tag=1", "oci://h.example/a/b//x?tag=1"),
        ] {
            let full = ModuleSource::parse(text).map(|source| source.to_full());
            assert_eq!(full.as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn secrets_are_not_shown() {
        for (address, expected) in [
            ("https://me:secret@h.example/a@b?token=secret", "https://h.example/a@b"),
            ("ns/x/y", "ns/x/y"),
            ("s3::https://k:secret@h.example", "s3::https://h.example"),
        ] {
            assert_eq!(shown(address), expected);
        }
    }

    #[test]
    fn what_nothing_comes_from_is_refused() {
        for text in [
            "",
            "a/b",
            "a/b/c/d/e",
            "foo bar",
            "gitlab.com/a/b",
            "https://h.example/a.zip//../x",
            "git::https://h.example/a.git//../x",
            "s3::./x",
        ] {
            assert!(ModuleSource::parse(text).is_err(), "{text}");
        }
        for text in ["./a", "git::file:///x", "https://h.example/a.zip", "a/b"] {
            assert!(ModuleSource::parse_with_version(text).is_err(), "{text}");
        }
        assert!(ModuleSource::parse_with_version("a/b/aws").is_ok());
    }
}
