//! Sources of modules that are objects of buckets: an archive, or all objects below a name.

use std::fmt;

use super::checksum::Checksum;
use super::source::shown;
use super::web_source::{Arguments, decode};
use super::written::Written;
use crate::archive::ArchiveFormat;
use crate::web::{Token, WebAddress, decode_fields};

/// The region where nothing else is said.
const USUAL_REGION: &str = "us-east-1";

/// The ends of Amazon's names of servers.
const DOMAINS: [&str; 2] = [".amazonaws.com", ".amazonaws.com.cn"];

/// An object of a bucket, or all objects below a name.
#[derive(Clone, PartialEq, Eq)]
pub struct BucketSource {
    /// Which bucket.
    pub(super) bucket: BucketPlace,
    /// The object, or what the objects are below.
    pub(super) key: String,
    /// The version of the object; the last one where nothing is said.
    pub(super) version: Option<String>,
    /// How the archive is packed; `None` for objects.
    pub(super) format: Option<ArchiveFormat>,
    /// What the archive must have.
    pub(super) checksum: Option<Checksum>,
    /// The address, without what says that it is one of a bucket.
    pub(super) written: Written,
}

/// A bucket, and who asks for what is in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BucketPlace {
    /// The server, where it is none of Amazon's.
    pub endpoint: Option<String>,
    /// The region.
    pub region: String,
    /// The bucket.
    pub name: String,
    /// Keys that the address has in it.
    pub keys: Option<BucketKeys>,
    /// The profile that the address names.
    pub profile: Option<String>,
}

/// A key pair that an address has in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketKeys {
    /// The part that is known.
    pub access_key: String,
    /// The part that is not.
    pub secret_key: Token,
    /// What a temporary pair has as well.
    pub token: Option<Token>,
}

/// Reads what is in buckets.
pub trait Buckets: Send + Sync {
    /// The names of all objects that begin so.
    ///
    /// # Errors
    /// Why not, as the end of a sentence.
    fn list(&self, bucket: &BucketPlace, prefix: &str) -> Result<Vec<String>, String>;

    /// The content of an object; `None` where there is none.
    ///
    /// # Errors
    /// Why not, as the end of a sentence.
    fn read(&self, bucket: &BucketPlace, key: &str, version: Option<&str>)
    -> Result<Option<Vec<u8>>, String>;
}

impl BucketSource {
    /// Understands a source; `None` where it names no bucket of this kind.
    ///
    /// # Errors
    /// Why it is none that could be fetched, as the end of a sentence.
    pub(super) fn parse(source: &str) -> Option<Result<Self, String>> {
        if let Some(bare) = source.strip_prefix("s3::") {
            return Some(Self::read(bare));
        }
        if source.starts_with("s3://") {
            let reason = "the address of a bucket is written s3::https://SERVER/BUCKET/NAME";
            return Some(Err(reason.to_owned()));
        }
        Self::with_server(source).map(|address| Self::read(&address))
    }

    /// The address in full of a source that begins with the name of one of Amazon's servers.
    fn with_server(source: &str) -> Option<String> {
        let (host, path) = source.split_once('/')?;
        if host.contains(':') || !DOMAINS.iter().any(|domain| host.ends_with(domain)) {
            return None;
        }
        let server = Server::of(host)?;
        let bucket = if server.bucket.is_empty() { String::new() } else { format!("/{}", server.bucket) };
        Some(format!("https://{}{bucket}/{path}", server.host))
    }

    fn read(bare: &str) -> Result<Self, String> {
        let written = Written::parse(bare)?;
        let address = WebAddress::parse(&written.place).map_err(|error| format!("the address {error}"))?;
        let arguments = Arguments::read(&written.query)?;
        let fields = decode_fields(written.query.trim_start_matches('?'));
        let field =
            |name: &str| fields.iter().find(|(found, _)| found == name).map(|(_, value)| value.clone());
        let (mut bucket, key) = located(&address, field("region"))?;
        bucket.keys = field("aws_access_key_id").map(|access_key| BucketKeys {
            access_key,
            secret_key: Token::new(field("aws_access_key_secret").unwrap_or_default()),
            token: field("aws_access_token").map(Token::new),
        });
        bucket.profile = field("aws_profile").filter(|profile| !profile.is_empty());
        Ok(BucketSource {
            format: arguments.format(&key)?,
            checksum: arguments.checksum,
            version: field("version").filter(|version| !version.is_empty()),
            bucket,
            key,
            written,
        })
    }

    /// The source in full, as it is recorded.
    pub(super) fn to_full(&self) -> String {
        format!("s3::{}", self.written.to_full())
    }

    /// What is fetched, whichever directory of it is wanted.
    pub(super) fn package(&self) -> String {
        format!("s3::{}", self.written.package())
    }

    /// The address for people: without what may be a secret.
    pub(super) fn for_display(&self) -> String {
        format!("s3::{}", shown(&self.written.place))
    }
}

impl fmt::Debug for BucketSource {
    /// The arguments may hold keys.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("BucketSource").field("address", &self.for_display()).finish_non_exhaustive()
    }
}

/// What the name of one of Amazon's servers says.
struct Server<'h> {
    /// Empty where it is in the path.
    bucket: String,
    region: &'h str,
    /// The name without the bucket.
    host: &'h str,
}

impl<'h> Server<'h> {
    /// Names such as `s3-eu-west-1`, `s3.eu-west-1` and `BUCKET.s3.eu-west-1` before the domain.
    fn of(host: &'h str) -> Option<Self> {
        let names = DOMAINS.iter().find_map(|domain| host.strip_suffix(domain))?;
        let labels: Vec<&str> = names.split('.').collect();
        let at = labels.iter().rposition(|label| *label == "s3" || label.starts_with("s3-"))?;
        let behind = labels[at + 1..].last().copied();
        let region = behind.or_else(|| labels[at].strip_prefix("s3-")).unwrap_or(USUAL_REGION);
        let bucket = labels[..at].join(".");
        let start = if bucket.is_empty() { 0 } else { bucket.len() + 1 };
        Some(Server { bucket, region, host: &host[start..] })
    }
}

/// The bucket and the name in it that an address means.
fn located(address: &WebAddress, region: Option<String>) -> Result<(BucketPlace, String), String> {
    let path = decode(address.path().trim_start_matches('/'));
    let server = Server::of(address.host());
    if let Some(server) = server.as_ref().filter(|server| !server.bucket.is_empty()) {
        let place = BucketPlace {
            region: server.region.to_owned(),
            name: server.bucket.clone(),
            ..BucketPlace::default()
        };
        return if path.is_empty() { Err(nothing_in(address)) } else { Ok((place, path)) };
    }
    let (name, key) = path
        .split_once('/')
        .filter(|(name, key)| !name.is_empty() && !key.is_empty())
        .ok_or_else(|| nothing_in(address))?;
    let place = BucketPlace {
        endpoint: server.is_none().then(|| format!("{}://{}", address.scheme(), address.host_and_port())),
        region: match &server {
            Some(server) => server.region.to_owned(),
            None => region.filter(|region| !region.is_empty()).unwrap_or_else(|| USUAL_REGION.to_owned()),
        },
        name: name.to_owned(),
        ..BucketPlace::default()
    };
    Ok((place, key.to_owned()))
}

fn nothing_in(address: &WebAddress) -> String {
    format!("the address {} does not name a bucket and what is in it", address.without_query())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> BucketSource {
        BucketSource::parse(text).expect("names a bucket").expect("can be fetched")
    }

    #[test]
    fn servers_of_amazon_say_bucket_and_region() {
        for (text, bucket, region, key) in [
            ("s3::https://s3.amazonaws.com/b/x/y.zip", "b", "us-east-1", "x/y.zip"),
            ("s3::https://s3-eu-west-1.amazonaws.com/b/x", "b", "eu-west-1", "x"),
            ("s3::https://s3.eu-west-1.amazonaws.com/b/x", "b", "eu-west-1", "x"),
            ("s3::https://s3.dualstack.eu-west-1.amazonaws.com/b/x", "b", "eu-west-1", "x"),
            ("s3::https://b.s3.amazonaws.com/x", "b", "us-east-1", "x"),
            ("s3::https://b.s3-eu-west-1.amazonaws.com/x", "b", "eu-west-1", "x"),
            ("s3::https://a.b.s3.eu-west-1.amazonaws.com/x%20y", "a.b", "eu-west-1", "x y"),
            ("s3::https://s3.cn-north-1.amazonaws.com.cn/b/x", "b", "cn-north-1", "x"),
        ] {
            let source = source(text);
            let found = (source.bucket.name.as_str(), source.bucket.region.as_str(), source.key.as_str());
            assert_eq!((found, &source.bucket.endpoint), ((bucket, region, key), &None), "{text}");
        }
    }

    #[test]
    fn other_servers_have_the_bucket_in_the_path() {
        let source = source(
            "s3::http://127.0.0.1:9000/b/x.tgz//y?region=here&aws_access_key_id=k&aws_access_key_secret=sesame&version=7",
        );
        assert_eq!(source.bucket.endpoint.as_deref(), Some("http://127.0.0.1:9000"));
        assert_eq!((source.bucket.name.as_str(), source.bucket.region.as_str()), ("b", "here"));
        assert_eq!((source.written.subdirectory.as_str(), source.version.as_deref()), ("y", Some("7")));
        assert!(source.format.is_some() && source.bucket.keys.is_some());
        let shown = format!("{source:?} {:?} {}", source.bucket, source.for_display());
        assert!(!shown.contains("sesame"), "{shown}");
    }

    #[test]
    fn sources_are_recorded_as_terraform_records_them() {
        for (text, expected) in [
            ("s3.amazonaws.com/b/x.zip", "s3::https://s3.amazonaws.com/b/x.zip"),
            ("b.s3.amazonaws.com/x.zip//y?version=1", "s3::https://s3.amazonaws.com/b/x.zip//y?version=1"),
            ("b.s3-eu-west-1.amazonaws.com/x.zip", "s3::https://s3-eu-west-1.amazonaws.com/b/x.zip"),
            ("b.s3.eu-west-1.amazonaws.com/x.zip", "s3::https://s3.eu-west-1.amazonaws.com/b/x.zip"),
            ("s3::http://h.example/b/x//y/?region=z", "s3::http://h.example/b/x//y?region=z"),
        ] {
            assert_eq!(source(text).to_full(), expected);
        }
    }

    #[test]
    fn what_cannot_be_fetched_says_why() {
        for text in [
            "s3::https://s3.amazonaws.com/b",
            "s3::https://s3.amazonaws.com/b/",
            "s3::https://b.s3.amazonaws.com/",
            "s3::http://h.example/x",
            "s3::b/x",
            "s3::https://h.example/b/x//../y",
            "s3::https://h.example/b/x?archive=rar",
            "s3://b/x",
        ] {
            assert!(BucketSource::parse(text).is_some_and(|source| source.is_err()), "{text}");
        }
        for text in ["./a", "a/b/c", "https://s3.amazonaws.com/b/x.zip", "gcs::https://h.example/b/x"] {
            assert!(BucketSource::parse(text).is_none(), "{text}");
        }
    }
}
