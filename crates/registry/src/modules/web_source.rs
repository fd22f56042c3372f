//! Sources of modules that are archives on servers, or pages that say where the module is.

use std::fmt;

use super::checksum::Checksum;
use super::written::Written;
use crate::archive::ArchiveFormat;
use crate::web::{Token, WebAddress};

/// An archive on a server, or a page that says where the module is.
#[derive(Clone, PartialEq, Eq)]
pub struct WebSource {
    /// What the server is asked for.
    pub(super) address: WebAddress,
    /// User name and password.
    pub(super) login: Option<Token>,
    /// How the archive is packed; `None` where it is a page.
    pub(super) format: Option<ArchiveFormat>,
    /// What the archive must have.
    pub(super) checksum: Option<Checksum>,
    /// The address as it was written.
    pub(super) written: Written,
}

/// What goes before the address of a source for nothing: the scheme says the same.
const PREFIXES: [&str; 2] = ["http::", "https::"];

impl WebSource {
    /// Understands a source; `None` where it is no address of a web server.
    ///
    /// # Errors
    /// Why it is none that could be fetched, as the end of a sentence.
    pub(super) fn parse(source: &str) -> Option<Result<Self, String>> {
        let bare = PREFIXES.iter().find_map(|prefix| source.strip_prefix(prefix)).unwrap_or(source);
        let (scheme, _) = bare.split_once("://")?;
        ["http", "https"].contains(&scheme.to_ascii_lowercase().as_str()).then(|| Self::read(source, bare))
    }

    fn read(source: &str, bare: &str) -> Result<Self, String> {
        let mut written = Written::parse(bare)?;
        let arguments = Arguments::read(&written.query)?;
        let (plain, login) = without_login(&written.place);
        let rest = arguments.rest.as_str();
        let gap = if rest.is_empty() { "" } else { "?" };
        let address = WebAddress::parse(&format!("{plain}{gap}{rest}"))
            .map_err(|error| format!("the address {error}"))?;
        let format = arguments.format(address.path())?;
        written.place.insert_str(0, &source[..source.len() - bare.len()]);
        Ok(WebSource { address, login, format, checksum: arguments.checksum, written })
    }

    /// The source in full, as it is recorded.
    pub(super) fn to_full(&self) -> String {
        self.written.to_full()
    }

    /// What is fetched, whichever directory of it is wanted.
    pub(super) fn package(&self) -> String {
        self.written.package()
    }

    /// The address for people: without what may be a secret.
    pub(super) fn for_display(&self) -> String {
        self.address.without_query()
    }
}

impl fmt::Debug for WebSource {
    /// The address as it was written may hold a password.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("WebSource").field("address", &self.for_display()).finish_non_exhaustive()
    }
}

/// What the arguments of an address say that are not for the server.
pub(super) struct Arguments {
    archive: Option<String>,
    pub(super) checksum: Option<Checksum>,
    /// What is for the server.
    rest: String,
}

impl Arguments {
    pub(super) fn read(query: &str) -> Result<Self, String> {
        let mut arguments = Arguments { archive: None, checksum: None, rest: String::new() };
        let fields = query.trim_start_matches('?').split('&').filter(|field| !field.is_empty());
        for field in fields {
            let (name, value) = field.split_once('=').unwrap_or((field, ""));
            match name {
                "archive" => arguments.archive = Some(decode(value)),
                "checksum" => arguments.checksum = Some(Checksum::parse(&decode(value))?),
                _ if arguments.rest.is_empty() => arguments.rest.push_str(field),
                _ => {
                    arguments.rest.push('&');
                    arguments.rest.push_str(field);
                }
            }
        }
        Ok(arguments)
    }

    /// How what is at a path is packed; `None` where it is no archive.
    pub(super) fn format(&self, path: &str) -> Result<Option<ArchiveFormat>, String> {
        match self.archive.as_deref() {
            None | Some("") => Ok(ArchiveFormat::of_path(path)),
            Some("false" | "0" | "f" | "F" | "FALSE" | "False") => Ok(None),
            Some(name) => ArchiveFormat::named(name).map(Some).ok_or_else(|| {
                format!("archive={name} is no kind of archive; there are zip, tar.gz, tar.bz2 and tar.xz")
            }),
        }
    }
}

pub(super) fn split_query(text: &str) -> (&str, String) {
    match text.split_once('?') {
        Some((place, query)) => (place, format!("?{query}")),
        None => (text, String::new()),
    }
}

/// Takes user name and password out of an address.
fn without_login(place: &str) -> (String, Option<Token>) {
    let Some((scheme, rest)) = place.split_once("://") else { return (place.to_owned(), None) };
    let end = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    match authority.rsplit_once('@') {
        Some((user, host)) => {
            let (name, password) = user.split_once(':').unwrap_or((user, ""));
            (format!("{scheme}://{host}{path}"), Some(Token::login(&decode(name), &decode(password))))
        }
        None => (place.to_owned(), None),
    }
}

/// Undoes the escapes of addresses. What is no proper escape stands for itself.
pub(super) fn decode(text: &str) -> String {
    // A plus sign means itself here, unlike in forms.
    let fields = crate::web::decode_fields(&text.replace('+', "%2B").replace('&', "%26").replace('=', "%3D"));
    fields.into_iter().next().map(|(name, _)| name).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> WebSource {
        WebSource::parse(text).expect("is an address").expect("can be fetched")
    }

    #[test]
    fn arguments_are_for_us_or_for_the_server() {
        let zip = source(
            "https://h.example/a.zip//b/c?x=1&archive=tar.gz&checksum=md5%3A900150983cd24fb0d6963f7d28e17f72&y=2",
        );
        assert_eq!(zip.address.to_string(), "https://h.example/a.zip?x=1&y=2");
        assert_eq!(zip.format, ArchiveFormat::named("tgz"));
        assert_eq!(zip.written.subdirectory, "b/c");
        assert!(zip.checksum.is_some());
        assert!(zip.to_full().starts_with("https://h.example/a.zip//b/c?x=1&archive="), "{}", zip.to_full());
        assert_eq!(source("http::http://h.example/a.zip").to_full(), "http::http://h.example/a.zip");
        assert_eq!(source("https://h.example/a.zip").format, Some(ArchiveFormat::Zip));
        assert_eq!(source("https://h.example/a.zip?archive=false").format, None);
        assert_eq!(source("https://h.example/a").format, None);
    }

    #[test]
    fn logins_are_taken_out_and_never_shown() {
        let source = source("https://me:se%2Bcret@h.example/a.zip?token=abc");
        assert_eq!(source.address.to_string(), "https://h.example/a.zip?token=abc");
        assert_eq!(source.login, Some(Token::login("me", "se+cret")));
        for text in [source.for_display(), format!("{source:?} {:?}", source.login)] {
            assert!(
                !text.contains("se+cret") && !text.contains("se%2Bcret") && !text.contains("abc"),
                "{text}"
            );
        }
    }

    #[test]
    fn what_cannot_be_fetched_says_why() {
        for text in [
            "https://h.example/a.zip//../b",
            "https://h.example/a?archive=rar",
            "https://h.example/a.zip?checksum=crc:1",
            "https://h ost/a.zip",
        ] {
            assert!(WebSource::parse(text).expect("is an address").is_err(), "{text}");
        }
        for text in ["./a", "a/b/c", "git::https://h.example/a", "file:///a", "s3::https://h.example/a"] {
            assert!(WebSource::parse(text).is_none(), "{text}");
        }
    }
}
