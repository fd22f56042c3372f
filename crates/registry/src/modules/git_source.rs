//! Sources of modules that are git repositories, in the notations that go-getter understands.

use std::fmt;
use std::path::{Component, Path};

use super::web_source::decode;
use crate::web::Token;

/// A directory in a git repository.
#[derive(Clone, PartialEq, Eq)]
pub struct GitSource {
    /// What `git clone` is given.
    pub(super) address: String,
    /// Directory in the repository; empty for the whole.
    pub(super) subdirectory: String,
    /// A branch, tag or commit.
    pub(super) reference: Option<String>,
    /// How many commits of the history are fetched.
    pub(super) depth: Option<u32>,
    /// A private key for `ssh`, as its file would have it.
    pub(super) ssh_key: Option<Token>,
    /// The arguments as they were written, with the question mark.
    query: String,
}

impl GitSource {
    /// Understands the source of a module; `None` where it is no git repository, or is written in a way
    /// that is not understood.
    pub(super) fn parse(source: &str) -> Option<Self> {
        let (place, query) = match source.split_once('?') {
            Some((place, query)) => (place, format!("?{query}")),
            None => (source, String::new()),
        };
        let (address, subdirectory) = match place.strip_prefix("git::") {
            Some(forced) => forced_address(forced)?,
            None if place.starts_with("git://") => forced_address(place)?,
            None => short_form(place)?,
        };
        // What begins with a hyphen would be an option of git.
        if address.starts_with('-') || !is_inner_path(&subdirectory) {
            return None;
        }
        let (reference, depth, ssh_key) = (None, None, None);
        let mut parsed = GitSource { address, subdirectory, reference, depth, ssh_key, query: String::new() };
        for argument in query.trim_start_matches('?').split('&').filter(|argument| !argument.is_empty()) {
            match argument.split_once('=')? {
                ("ref", value) if is_plain(value) => parsed.reference = Some(value.to_owned()),
                ("depth", value) => parsed.depth = Some(value.parse().ok().filter(|depth| *depth > 0)?),
                ("sshkey", value) => parsed.ssh_key = Some(read_key(value)?),
                _ => return None,
            }
        }
        parsed.query = query;
        Some(parsed)
    }

    /// The source in full, as it is recorded.
    pub(super) fn to_full(&self) -> String {
        let gap = if self.subdirectory.is_empty() { "" } else { "//" };
        format!("git::{}{gap}{}{}", self.address, self.subdirectory, self.query)
    }

    /// The same for people: without what may be a password, and without a key.
    pub(super) fn for_display(&self) -> String {
        let shown = self.without_secrets(&self.to_full());
        match (&self.ssh_key, shown.split_once('?')) {
            (Some(_), Some((place, query))) => {
                let fields = query.split('&').map(|field| match field.split_once('=') {
                    Some(("sshkey", _)) => "sshkey=(hidden)",
                    _ => field,
                });
                format!("{place}?{}", fields.collect::<Vec<_>>().join("&"))
            }
            _ => shown,
        }
    }

    /// What is fetched, whichever directory of it is wanted.
    pub(super) fn package(&self) -> String {
        format!("git::{}{}", self.address, self.query)
    }

    /// Directory of the module within the repository; empty for the whole.
    pub(super) fn subdirectory(&self) -> &str {
        &self.subdirectory
    }

    /// Takes the password of the address out of a text.
    pub(super) fn without_secrets(&self, text: &str) -> String {
        let authority = self.address.split_once("://").map_or("", |(_, rest)| rest);
        let authority = authority.split('/').next().unwrap_or_default();
        match authority.rsplit_once('@').and_then(|(user, _)| user.split_once(':')) {
            Some((_, password)) if !password.is_empty() => text.replace(password, "(hidden)"),
            _ => text.to_owned(),
        }
    }
}

impl fmt::Debug for GitSource {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("GitSource").field("address", &self.for_display()).finish_non_exhaustive()
    }
}

/// A key in base64, whose signs an address may have escaped.
fn read_key(value: &str) -> Option<Token> {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::STANDARD.decode(decode(value)).ok()?;
    String::from_utf8(bytes).ok().map(Token::new)
}

/// What follows `git::`: a URL, or the notation of `scp`.
fn forced_address(text: &str) -> Option<(String, String)> {
    if let Some((scheme, rest)) = text.split_once("://") {
        if !["https", "http", "ssh", "git", "file"].contains(&scheme) {
            return None;
        }
        let (place, subdirectory) = split_subdirectory(rest);
        return Some((format!("{scheme}://{place}"), subdirectory));
    }
    scp_form(text)
}

/// What is a git repository without saying so.
fn short_form(text: &str) -> Option<(String, String)> {
    for host in ["github.com/", "bitbucket.org/"] {
        let Some(rest) = text.strip_prefix(host) else { continue };
        let (place, subdirectory) = split_subdirectory(rest);
        let mut parts = place.trim_end_matches('/').splitn(3, '/');
        let (owner, name) = (parts.next()?, parts.next()?.trim_end_matches(".git"));
        let deeper = parts.next().unwrap_or_default();
        let subdirectory =
            [deeper, &subdirectory].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/");
        return (!owner.is_empty() && !name.is_empty())
            .then(|| (format!("https://{host}{owner}/{name}.git"), subdirectory));
    }
    text.starts_with("git@").then(|| scp_form(text)).flatten()
}

/// `user@host:path`, which is the same as `ssh://user@host/path`.
fn scp_form(text: &str) -> Option<(String, String)> {
    let (user, rest) = text.split_once('@')?;
    let (host, rest) = rest.split_once(':')?;
    let (path, subdirectory) = split_subdirectory(rest);
    let is_name = |name: &str| {
        !name.is_empty()
            && !name.starts_with('-')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c))
    };
    (is_name(user) && is_name(host))
        .then(|| (format!("ssh://{user}@{host}/{}", path.trim_start_matches('/')), subdirectory))
}

fn split_subdirectory(text: &str) -> (&str, String) {
    match text.split_once("//") {
        Some((place, subdirectory)) => (place, subdirectory.trim_matches('/').to_owned()),
        None => (text, String::new()),
    }
}

/// Whether a path leads to one place within the directory that it is relative to.
fn is_inner_path(path: &str) -> bool {
    Path::new(path).components().all(|part| matches!(part, Component::Normal(_)))
        && !path.contains(['{', '\\'])
}

/// Whether a reference is written as it is meant, and cannot be taken for an option of git.
fn is_plain(reference: &str) -> bool {
    !reference.is_empty() && !reference.starts_with('-') && !reference.contains(['%', '+'])
}

#[cfg(test)]
mod tests {
    use super::{GitSource, Token};

    #[track_caller]
    fn check(source: &str, full: &str) {
        assert_eq!(GitSource::parse(source).map(|source| source.to_full()).as_deref(), Some(full));
    }

    #[test]
    fn notations_mean_what_they_mean_to_go_getter() {
        check("git::https://example.com/a.git", "git::https://example.com/a.git");
        check("git::https://example.com/a.git//x/y?ref=v1", "git::https://example.com/a.git//x/y?ref=v1");
        check("github.com/a/b", "git::https://github.com/a/b.git");
        check("github.com/a/b.git//x?ref=v1&depth=1", "git::https://github.com/a/b.git//x?ref=v1&depth=1");
        check("github.com/a/b/x", "git::https://github.com/a/b.git//x");
        check("bitbucket.org/a/b", "git::https://bitbucket.org/a/b.git");
        check("git@github.com:a/b.git//x", "git::ssh://git@github.com/a/b.git//x");
        check("git::git@example.com:a/b.git", "git::ssh://git@example.com/a/b.git");
        check("git::file:///srv/a", "git::file:///srv/a");
    }

    #[test]
    fn what_is_no_repository_or_may_be_an_option_is_left_alone() {
        for source in [
            "./a",
            "a/b/aws",
            "github.com/a",
            "https://example.com/a.zip",
            "git::ext::sh -c true",
            "git::-x@host:a",
            "git::a@-oProxyCommand=x:a",
            "git::https://example.com/a//../b",
            "git::https://example.com/a?ref=--upload-pack=x",
            "git::https://example.com/a?depth=0",
            "git::https://example.com/a?sshkey=no-base64!",
        ] {
            assert_eq!(GitSource::parse(source), None, "{source}");
        }
    }

    #[test]
    fn passwords_are_hidden() {
        let source = GitSource::parse("git::https://me:secret@example.com/a.git").unwrap();
        assert_eq!(source.for_display(), "git::https://me:(hidden)@example.com/a.git");
        let source = GitSource::parse("git::ssh://git@example.com/a.git?ref=v1&sshkey=a2V5Cg%3D%3D").unwrap();
        assert_eq!(source.ssh_key.as_ref().map(Token::reveal), Some("key\n"));
        assert_eq!(source.for_display(), "git::ssh://git@example.com/a.git?ref=v1&sshkey=(hidden)");
        assert!(!format!("{source:?}").contains("a2V5Cg"), "{source:?}");
    }
}
