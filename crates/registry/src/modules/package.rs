//! Fetching packages, whatever they are, to a place where nothing is yet.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::checksum::Checksum;
use super::place::{self, StoreError, store_error};
use super::subdirectory::SubdirectoryError;
use super::web_source::WebSource;
use super::{
    BucketSource, Buckets, FileSource, Netrc, OciSource, OtherKind, PackageSource, git, html, subdirectory,
};
use crate::archive::{ArchiveFormat, UnpackError, UnpackLimits, unpack_module};
use crate::oci::{OciClient, OciError};
use crate::web::{Token, WebAddress, WebClient, WebError};

/// How often a server may send us on to somewhere else.
const HOPS_MAX: usize = 10;

/// Lists of checksums are small.
const LIST_BYTES_MAX: usize = 4 << 20;

/// Why a package could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// The program cannot be started.
    #[error(
        "the program git cannot be started: {0}. It is needed for modules in git repositories: install it"
    )]
    NoGit(io::Error),
    /// The program failed.
    #[error("git {action} failed: {output}")]
    Git {
        /// What was tried.
        action: &'static str,
        /// What it said.
        output: String,
    },
    /// The program waited for a server that said nothing.
    #[error("git {action} was given up, for nothing came from the server for {silence_s} seconds")]
    GitSilent {
        /// What was tried.
        action: &'static str,
        /// For how long.
        silence_s: u64,
    },
    /// The server did not give it.
    #[error(transparent)]
    Web(#[from] WebError),
    /// The page says nothing about a module.
    #[error(
        "{address} is no archive by its name, such as a.zip or a.tar.gz, or an argument such as archive=zip, and does \
         not say where the module is: neither with the header X-Terraform-Get nor with <meta name=\"terraform-get\">"
    )]
    NoAddress {
        /// Which page.
        address: String,
    },
    /// The page says that the module is where none can be.
    #[error("{address} says that the module is at an address that is none: {reason}")]
    BadAddress {
        /// Which page.
        address: String,
        /// What is wrong.
        reason: String,
    },
    /// Each page leads to another.
    #[error("there were more than {HOPS_MAX} pages in a row that say that the module is elsewhere")]
    TooManyHops,
    /// There is a checksum for something that has none.
    #[error("a checksum can be given for an archive only, and this is none")]
    NoArchive,
    /// The archive is another one.
    #[error("the archive has the checksum {found}, and {expected} is expected: it is not what it should be")]
    Checksum {
        /// What it has.
        found: String,
        /// What it should have.
        expected: String,
    },
    /// The list has no checksum for the archive.
    #[error("the list of checksums at {place} has none for {file:?}")]
    NotListed {
        /// Where the list is.
        place: String,
        /// The archive's name.
        file: String,
    },
    /// The archive cannot be used.
    #[error(transparent)]
    Unpack(#[from] UnpackError),
    /// There is nothing on this machine.
    #[error("{path} cannot be read: {error}")]
    Read {
        /// What.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// There is a file where a directory should be.
    #[error("{0} is neither a directory nor an archive, which a name such as a.zip or archive= tells")]
    NotADirectory(PathBuf),
    /// The package has no such directory.
    #[error(transparent)]
    Subdirectory(#[from] SubdirectoryError),
    /// The bucket does not give it.
    #[error("{0}")]
    Bucket(String),
    /// The bucket has nothing of that name.
    #[error("the bucket {bucket:?} has no object {key:?}{}", if *.is_archive { "" } else { ", and none below it" })]
    NoObject {
        /// Which bucket.
        bucket: String,
        /// Which name.
        key: String,
        /// Whether it was to be one object.
        is_archive: bool,
    },
    /// The registry of images does not give it.
    #[error(transparent)]
    Oci(#[from] OciError),
    /// The file of logins cannot be read.
    #[error("the file of logins {path} cannot be read: {error}")]
    Netrc {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// We cannot.
    #[error("{}", unsupported(*.0))]
    Unsupported(OtherKind),
    /// Something could not be written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn unsupported(kind: OtherKind) -> String {
    match kind {
        OtherKind::Unknown => "nobody knows how to fetch modules from addresses of this kind".to_owned(),
        kind => format!("Plumb does not fetch modules from {kind} yet"),
    }
}

fn no_object(source: &BucketSource, is_archive: bool) -> PackageError {
    let (bucket, key) = (source.bucket.name.clone(), source.key.clone());
    PackageError::NoObject { bucket, key, is_archive }
}

fn no_path(name: &str) -> PackageError {
    PackageError::Bucket(format!("the bucket has an object {name:?}, which is not a path inside the package"))
}

/// Fetches packages.
pub(super) struct PackageFetcher {
    pub(super) client: WebClient,
    pub(super) buckets: Arc<dyn Buckets>,
    pub(super) images: OciClient,
    /// Where the file of logins is, if anywhere.
    pub(super) netrc: Option<PathBuf>,
    pub(super) limits: UnpackLimits,
}

impl PackageFetcher {
    /// Fetches a whole package to a path where nothing is yet. When that fails, what is there then is of
    /// no use.
    pub(super) fn fetch(&self, source: &PackageSource, target: &Path) -> Result<(), PackageError> {
        self.fetch_after(source, target, 0)
    }

    fn fetch_after(&self, source: &PackageSource, target: &Path, hops: usize) -> Result<(), PackageError> {
        match source {
            PackageSource::Git(source) => git::fetch(source, target, &self.client),
            PackageSource::File(source) => self.fetch_file(source, target),
            PackageSource::Web(source) => match source.format {
                Some(format) => self.fetch_archive(source, format, target),
                None => self.fetch_elsewhere(source, target, hops),
            },
            PackageSource::Bucket(source) => match source.format {
                Some(format) => self.fetch_packed_object(source, format, target),
                None => self.fetch_objects(source, target),
            },
            PackageSource::Oci(source) => self.fetch_artifact(source, target),
            PackageSource::Unsupported { kind, .. } => Err(PackageError::Unsupported(*kind)),
        }
    }

    fn fetch_file(&self, source: &FileSource, target: &Path) -> Result<(), PackageError> {
        let path = &source.path;
        let metadata = path.metadata().map_err(|error| PackageError::Read { path: path.clone(), error })?;
        if !metadata.is_dir() && !metadata.is_file() {
            return Err(PackageError::NotADirectory(path.clone()));
        }
        match (source.format, metadata.is_dir()) {
            (Some(format), false) => {
                let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
                self.check(source.checksum.as_ref(), path, &name)?;
                self.unpack(path, format, target)
            }
            (_, true) if source.checksum.is_some() => Err(PackageError::NoArchive),
            (_, true) => place::link(path, target).map_err(|error| store_error(target, error).into()),
            (None, false) => Err(PackageError::NotADirectory(path.clone())),
        }
    }

    fn fetch_archive(
        &self,
        source: &WebSource,
        format: ArchiveFormat,
        target: &Path,
    ) -> Result<(), PackageError> {
        let beside = target.parent().unwrap_or(Path::new("."));
        let login = self.login(source)?;
        let archive = self.client.download(&source.address, login.as_ref(), beside)?;
        let name = source.address.path().rsplit('/').next().unwrap_or_default();
        self.check(source.checksum.as_ref(), archive.path(), name)?;
        self.unpack(archive.path(), format, target)
    }

    fn unpack(&self, archive: &Path, format: ArchiveFormat, target: &Path) -> Result<(), PackageError> {
        std::fs::create_dir(target).map_err(|error| store_error(target, error))?;
        Ok(unpack_module(archive, format, target, &self.limits)?)
    }

    /// Fetches a package of a registry of images, which is an archive of the one kind that there is.
    fn fetch_artifact(&self, source: &OciSource, target: &Path) -> Result<(), PackageError> {
        let beside = target.parent().unwrap_or(Path::new("."));
        let wanted = source.wanted.as_ref().map_err(|reason| OciError::Address(reason.clone()))?;
        let archive = self.images.download(wanted, beside)?;
        self.unpack(archive.path(), ArchiveFormat::Zip, target)
    }

    fn fetch_packed_object(
        &self,
        source: &BucketSource,
        format: ArchiveFormat,
        target: &Path,
    ) -> Result<(), PackageError> {
        let content = self
            .buckets
            .read(&source.bucket, &source.key, source.version.as_deref())
            .map_err(PackageError::Bucket)?
            .ok_or_else(|| no_object(source, true))?;
        let beside = target.parent().unwrap_or(Path::new("."));
        let archive = tempfile::NamedTempFile::new_in(beside).map_err(|error| store_error(beside, error))?;
        std::fs::write(archive.path(), content).map_err(|error| store_error(archive.path(), error))?;
        let name = source.key.rsplit('/').next().unwrap_or_default();
        self.check(source.checksum.as_ref(), archive.path(), name)?;
        self.unpack(archive.path(), format, target)
    }

    /// Fetches all objects below a name, as files below a directory.
    fn fetch_objects(&self, source: &BucketSource, target: &Path) -> Result<(), PackageError> {
        if source.checksum.is_some() {
            return Err(PackageError::NoArchive);
        }
        let prefix = format!("{}/", source.key.trim_end_matches('/'));
        let keys = self.buckets.list(&source.bucket, &prefix).map_err(PackageError::Bucket)?;
        // What ends with a slash stands for a directory.
        let keys: Vec<&String> = keys.iter().filter(|key| !key.ends_with('/')).collect();
        if keys.is_empty() {
            return Err(no_object(source, false));
        }
        if keys.len() > self.limits.entries_max {
            let limit = format!("{} files", self.limits.entries_max);
            return Err(UnpackError::TooLarge { limit }.into());
        }
        for key in keys {
            let name = key.strip_prefix(&prefix).unwrap_or(key);
            let path = target.join(subdirectory::plain(name).ok_or_else(|| no_path(name))?);
            // It may have been removed since the list was made.
            let content = self.buckets.read(&source.bucket, key, None).map_err(PackageError::Bucket)?;
            let Some(content) = content else { continue };
            let directory = path.parent().unwrap_or(target);
            std::fs::create_dir_all(directory).map_err(|error| store_error(directory, error))?;
            std::fs::write(&path, content).map_err(|error| store_error(&path, error))?;
        }
        Ok(())
    }

    /// Asks a page where the module is, and fetches it from there.
    fn fetch_elsewhere(&self, source: &WebSource, target: &Path, hops: usize) -> Result<(), PackageError> {
        if source.checksum.is_some() {
            return Err(PackageError::NoArchive);
        }
        if hops == HOPS_MAX {
            return Err(PackageError::TooManyHops);
        }
        let address = source.address.clone().with_fields(&[("terraform-get", "1")]);
        let document = self.client.document(&address, self.login(source)?.as_ref())?;
        if !(200..300).contains(&document.status) {
            return Err(WebError::Status { address: document.address, status: document.status }.into());
        }
        let header = document.header("x-terraform-get").filter(|address| !address.is_empty());
        let found = match header {
            Some(address) => Some(address.to_owned()),
            None => html::module_address(&String::from_utf8_lossy(&document.content)),
        };
        let shown = document.address.without_query();
        let found = found.ok_or_else(|| PackageError::NoAddress { address: shown.clone() })?;
        let next = PackageSource::parse_relative(&found, &document.address)
            .map_err(|reason| PackageError::BadAddress { address: shown, reason })?;
        if next.subdirectory().is_empty() {
            return self.fetch_after(&next, target, hops + 1);
        }
        // The directory takes the place of the package.
        let beside = target.parent().unwrap_or(Path::new("."));
        let workshop = tempfile::tempdir_in(beside).map_err(|error| store_error(beside, error))?;
        let whole = workshop.path().join("whole");
        self.fetch_after(&next, &whole, hops + 1)?;
        let part = whole.join(subdirectory::find(&whole, next.subdirectory())?);
        Ok(place::copy_content(&part, target)?)
    }

    fn login(&self, source: &WebSource) -> Result<Option<Token>, PackageError> {
        if let Some(login) = &source.login {
            return Ok(Some(login.clone()));
        }
        let Some(path) = &self.netrc else { return Ok(None) };
        let netrc = Netrc::read(path).map_err(|error| PackageError::Netrc { path: path.clone(), error })?;
        Ok(netrc.login_for(&source.address))
    }

    fn check(&self, checksum: Option<&Checksum>, archive: &Path, name: &str) -> Result<(), PackageError> {
        let (algorithm, expected) = match checksum {
            None => return Ok(()),
            Some(Checksum::Digest(algorithm, expected)) => (*algorithm, expected.clone()),
            Some(Checksum::List(place)) => match Checksum::find_in_list(&self.list(place)?, name) {
                Some(Checksum::Digest(algorithm, expected)) => (algorithm, expected),
                Some(Checksum::List(_)) | None => {
                    let place = place.split('?').next().unwrap_or_default().to_owned();
                    return Err(PackageError::NotListed { place, file: name.to_owned() });
                }
            },
        };
        let found = algorithm
            .digest(archive)
            .map_err(|error| PackageError::Read { path: archive.to_owned(), error })?;
        if found == expected { Ok(()) } else { Err(PackageError::Checksum { found, expected }) }
    }

    /// A list of checksums, from a server or a file.
    fn list(&self, place: &str) -> Result<String, PackageError> {
        let bytes = match WebAddress::parse(place) {
            Ok(address) => self.client.existing_document(&address, None)?.content,
            Err(_) => {
                let path = PathBuf::from(place.strip_prefix("file://").unwrap_or(place));
                plumb_source::read_regular_file(&path).map_err(|error| PackageError::Read { path, error })?
            }
        };
        Ok(String::from_utf8_lossy(&bytes[..bytes.len().min(LIST_BYTES_MAX)]).into_owned())
    }
}
