//! Brings a package to this machine and checks that it is what its publisher made.
//!
//! Responsible for downloads, checksums and signatures. What the lock file says about a package is
//! checked by whoever installs it, since that holds for packages of any origin.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::package_hash::{PackageHash, PackageOnDisk, hash_file, hexadecimal};
use crate::signature::{self, SignatureError};
use crate::source::{Authentication, Package, PackageLocation, SignedChecksums};
use crate::web::{WebClient, WebError};

/// Fetches packages.
#[derive(Clone)]
pub struct Fetcher {
    client: WebClient,
    scratch: PathBuf,
}

/// A package on this machine that passed its checks.
#[derive(Debug)]
pub struct FetchedPackage {
    /// Where it lies. What was downloaded goes away with this value.
    pub on_disk: PackageOnDisk,
    /// What is known about it.
    pub authenticity: Authenticity,
    /// Keeps what was downloaded.
    download: Option<NamedTempFile>,
}

/// What is known about where a package comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authenticity {
    /// How it was checked.
    pub verification: Verification,
    /// Checksums for all platforms of the release that the publisher signed, this package's among
    /// them.
    pub signed_hashes: Vec<PackageHash>,
}

/// How a package was checked. Its `Display` is what Terraform says in parentheses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verification {
    /// Not at all, beside what the lock file says.
    Unauthenticated,
    /// It has the checksum that a mirror promised.
    Checksum,
    /// It is signed by HashiCorp.
    SignedByHashiCorp {
        /// The key's short name.
        key_id: String,
    },
    /// It is signed by a key that the registry says is its publisher's.
    SelfSigned {
        /// The key's short name.
        key_id: String,
    },
}

impl Verification {
    /// Whether somebody other than HashiCorp signed it.
    pub fn is_third_party(&self) -> bool {
        matches!(self, Verification::SelfSigned { .. })
    }
}

impl fmt::Display for Verification {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verification::Unauthenticated => out.write_str("unauthenticated"),
            Verification::Checksum => out.write_str("verified checksum"),
            Verification::SignedByHashiCorp { .. } => out.write_str("signed by HashiCorp"),
            Verification::SelfSigned { key_id } => write!(out, "self-signed, key ID {key_id}"),
        }
    }
}

/// Why a package was not fetched, or must not be used.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// It could not be downloaded.
    #[error("could not download it: {0}")]
    Download(#[from] WebError),
    /// It could not be read.
    #[error("failed to verify provider package checksums: {0}")]
    Read(io::Error),
    /// It is something else than what was promised.
    #[error("archive has incorrect checksum {found} (expected {expected})")]
    ArchiveChecksum {
        /// What it has.
        found: PackageHash,
        /// What it should have.
        expected: PackageHash,
    },
    /// It has none of the checksums that a mirror promised.
    #[error("provider package doesn't match any of the expected checksums: {}", join(.expected))]
    Checksums {
        /// What it could have.
        expected: Vec<PackageHash>,
    },
    /// None of the promised checksums is of a kind that can be computed.
    #[error("the mirror gives only checksums of unknown schemes for this package: {}", join(.given))]
    UnknownSchemes {
        /// What was given.
        given: Vec<PackageHash>,
    },
    /// The signed list of checksums does not fit the package.
    #[error("{0}")]
    ChecksumList(String),
    /// The list of checksums is not signed by the publisher.
    #[error("the provider is not signed with a valid signing key; please contact the provider author ({0})")]
    Signature(#[from] SignatureError),
}

fn join(hashes: &[PackageHash]) -> String {
    hashes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

impl FetchedPackage {
    /// Gives what was downloaded to a path; copies what was not.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn keep_archive(self, path: &Path) -> io::Result<()> {
        match self.download {
            // A rename fails between file systems, and then a copy does it.
            Some(file) => match file.persist(path) {
                Ok(_) => Ok(()),
                Err(error) => std::fs::copy(error.file.path(), path).map(drop),
            },
            None => std::fs::copy(self.on_disk.path(), path).map(drop),
        }
    }
}

impl Fetcher {
    /// Fetches through a client; downloads lie in a directory while they are needed.
    pub fn new(client: WebClient, scratch: impl Into<PathBuf>) -> Self {
        Fetcher { client, scratch: scratch.into() }
    }

    /// Fetches a package and checks it.
    ///
    /// # Errors
    /// When it cannot be fetched or is not what was promised.
    pub fn fetch(&self, package: &Package) -> Result<FetchedPackage, FetchError> {
        // A signature that is not good makes the download pointless.
        let signed = match &package.authentication {
            Authentication::Signed(checksums) => {
                Some((checksums.as_ref(), check_list(checksums, &package.file_name)?))
            }
            Authentication::None | Authentication::Checksums(_) => None,
        };
        let (on_disk, download) = match &package.location {
            PackageLocation::Directory(path) => (PackageOnDisk::Directory(path.clone()), None),
            PackageLocation::Archive(path) => (PackageOnDisk::Archive(path.clone()), None),
            PackageLocation::Remote(address) => {
                let file = self.client.download(address, None, &self.scratch)?;
                (PackageOnDisk::Archive(file.path().to_path_buf()), Some(file))
            }
        };
        let authenticity = match (&package.authentication, signed) {
            (_, Some((checksums, authenticity))) => {
                check_archive(&on_disk, checksums)?;
                authenticity
            }
            (Authentication::Checksums(expected), None) => {
                check_hashes(&on_disk, expected)?;
                Authenticity { verification: Verification::Checksum, signed_hashes: Vec::new() }
            }
            (Authentication::None | Authentication::Signed(_), None) => {
                Authenticity { verification: Verification::Unauthenticated, signed_hashes: Vec::new() }
            }
        };
        Ok(FetchedPackage { on_disk, authenticity, download })
    }
}

/// Checks that the list has the archive with the digest that the registry says, and who signed it.
fn check_list(checksums: &SignedChecksums, file_name: &str) -> Result<Authenticity, FetchError> {
    let expected = hexadecimal(&checksums.archive_digest);
    let document = String::from_utf8_lossy(&checksums.document);
    let listed = document.lines().find_map(|line| {
        let mut words = line.split_ascii_whitespace();
        let digest = words.next()?;
        // Tools that hash in binary mode write an asterisk before the name.
        let name = words.next()?;
        (name == file_name || name.strip_prefix('*') == Some(file_name)).then_some(digest)
    });
    match listed {
        None => {
            let message = format!("checksum list has no SHA-256 hash for {file_name:?}");
            return Err(FetchError::ChecksumList(message));
        }
        Some(digest) if !digest.eq_ignore_ascii_case(&expected) => {
            let message = format!("checksum list has unexpected SHA-256 hash {digest} (expected {expected})");
            return Err(FetchError::ChecksumList(message));
        }
        Some(_) => {}
    }
    let keys = checksums.keys.iter().map(String::as_str);
    let signer = signature::verify(&checksums.document, &checksums.signature, keys)?;
    let key_id = signer.key_id;
    let verification = if signer.is_hashicorp {
        Verification::SignedByHashiCorp { key_id }
    } else {
        Verification::SelfSigned { key_id }
    };
    Ok(Authenticity { verification, signed_hashes: listed_hashes(&document) })
}

/// All digests of a list; none where a line is not as it should be.
fn listed_hashes(document: &str) -> Vec<PackageHash> {
    let lines = document.lines().filter(|line| !line.trim().is_empty());
    let digests = lines.map(|line| {
        let mut words = line.split_ascii_whitespace();
        let digest = crate::source::read_digest(words.next()?)?;
        words.next().map(|_| PackageHash::archive(&digest))
    });
    digests.collect::<Option<Vec<_>>>().unwrap_or_default()
}

fn check_archive(package: &PackageOnDisk, checksums: &SignedChecksums) -> Result<(), FetchError> {
    let found = hash_file(package.path()).map_err(FetchError::Read)?;
    if found == checksums.archive_digest {
        return Ok(());
    }
    Err(FetchError::ArchiveChecksum {
        found: PackageHash::archive(&found),
        expected: PackageHash::archive(&checksums.archive_digest),
    })
}

fn check_hashes(package: &PackageOnDisk, expected: &[PackageHash]) -> Result<(), FetchError> {
    if !expected.iter().any(PackageHash::is_known_scheme) {
        return Err(FetchError::UnknownSchemes { given: expected.to_vec() });
    }
    match package.matching(expected).map_err(FetchError::Read)? {
        Some(_) => Ok(()),
        None => Err(FetchError::Checksums { expected: expected.to_vec() }),
    }
}
