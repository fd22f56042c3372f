//! Asks a registry for a package.
//!
//! Responsible for the requests that the distribution protocol asks for, and for showing who asks to nobody
//! but the registry and the server of tokens that it names.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;
use tempfile::NamedTempFile;

use super::challenge::Challenge;
use super::credentials::{OciCredentials, OciCredentialsError, OciLogin};
use super::manifest::{self, ArchiveLayer, MANIFEST_TYPE};
use super::{OciDigest, OciReference, OciRepository, OciVersion};
use crate::web::{Document, Token, WebAddress, WebAddressError, WebClient, WebError};

/// What registries have to take in, and so enough for any manifest.
const MANIFEST_BYTES_MAX: usize = 4 << 20;

/// The registry of this name has its protocol at another one.
const DOCKER_HUB: (&str, &str) = ("docker.io", "registry-1.docker.io");

/// Who asks for tokens.
const CLIENT_ID: &str = "plumb";

/// Why there is no package.
#[derive(Debug, thiserror::Error)]
pub enum OciError {
    /// The address is none.
    #[error("its address is none of the form oci://REGISTRY/REPOSITORY?tag=TAG: {0}")]
    Address(String),
    /// The registry did not answer.
    #[error(transparent)]
    Web(#[from] WebError),
    /// There is none.
    #[error("{repository} has nothing with the {kind} {version}")]
    NotFound {
        /// Where.
        repository: OciRepository,
        /// What its name is.
        kind: &'static str,
        /// Its name.
        version: OciVersion,
    },
    /// The registry wants to know who asks, and nobody is told.
    #[error("{0} does not give it to everybody, and no login for it is known")]
    NoLogin(OciRepository),
    /// The registry does not want to give it.
    #[error("{repository} does not give it: the registry refused {what}")]
    Refused {
        /// Where.
        repository: OciRepository,
        /// Who asked.
        what: &'static str,
    },
    /// There is no login.
    #[error(transparent)]
    Credentials(#[from] OciCredentialsError),
    /// The registry wants something that nobody here knows.
    #[error("{0} asks for a login in a way that the distribution protocol does not know")]
    Challenge(OciRepository),
    /// The registry names a server that is not to be trusted.
    #[error("{repository} says that tokens come from {realm:?}: {reason}")]
    Realm {
        /// Where.
        repository: OciRepository,
        /// What it says.
        realm: String,
        /// Why that is not right.
        reason: String,
    },
    /// The server of tokens does not give one.
    #[error("the server of tokens at {0} answered without a token")]
    NoToken(String),
    /// The manifest is none of a package.
    #[error("the manifest of {version} in {repository} {reason}")]
    Manifest {
        /// Where.
        repository: OciRepository,
        /// Which.
        version: OciVersion,
        /// What is wrong with it.
        reason: String,
    },
    /// What came is not what was asked for.
    #[error("{what} from {repository} does not have the digest {digest}: it is not what it should be")]
    Digest {
        /// Where it came from.
        repository: OciRepository,
        /// What it is.
        what: &'static str,
        /// What it should have.
        digest: OciDigest,
    },
    /// What came cannot be read again.
    #[error("what {repository} sent cannot be read: {error}")]
    Read {
        /// Where it came from.
        repository: OciRepository,
        /// Why.
        error: io::Error,
    },
}

/// Asks registries.
#[derive(Clone)]
pub(crate) struct OciClient {
    client: WebClient,
    credentials: Arc<OciCredentials>,
}

impl OciClient {
    pub(crate) fn new(client: WebClient, credentials: Arc<OciCredentials>) -> Self {
        OciClient { client, credentials }
    }

    /// Downloads the archive of a package to a fresh file in a directory.
    pub(crate) fn download(
        &self,
        reference: &OciReference,
        directory: &Path,
    ) -> Result<NamedTempFile, OciError> {
        let mut visit = Visit::begin(self, &reference.repository)?;
        let manifest = visit.manifest(&reference.version)?;
        let fail = |reason| visit.bad_manifest(&reference.version, reason);
        let archive = manifest::archive_of(&manifest.content).map_err(fail)?;
        visit.archive(&archive, directory)
    }
}

/// What is known in the course of asking for one package.
struct Visit<'v> {
    client: &'v WebClient,
    credentials: &'v OciCredentials,
    repository: &'v OciRepository,
    /// What the registry's answers are below.
    base: WebAddress,
    /// What is shown to the registry, once it has asked.
    token: Option<Token>,
    /// How somebody has proved who they are, in words.
    shown: Option<&'static str>,
}

impl<'v> Visit<'v> {
    fn begin(client: &'v OciClient, repository: &'v OciRepository) -> Result<Self, OciError> {
        let OciClient { client, credentials } = client;
        let base = base(repository, "https").map_err(|error| OciError::Address(error.to_string()))?;
        Ok(Visit { client, credentials, repository, base, token: None, shown: None })
    }

    fn manifest(&mut self, version: &OciVersion) -> Result<Document, OciError> {
        let name = format!("manifests/{version}");
        let mut document = self.first(&name)?;
        if document.status == 401 {
            self.prove(&document)?;
            document = self.ask(&name)?;
        }
        match document.status {
            200 => {}
            401 | 403 => return Err(self.refused()),
            404 => {
                let kind = match version {
                    OciVersion::Tag(_) => "tag",
                    OciVersion::Digest(_) => "digest",
                };
                let (repository, version) = (self.repository.clone(), version.clone());
                return Err(OciError::NotFound { repository, kind, version });
            }
            status => return Err(WebError::Status { address: document.address, status }.into()),
        }
        if document.content.len() > MANIFEST_BYTES_MAX {
            return Err(self.bad_manifest(version, format!("is larger than {MANIFEST_BYTES_MAX} bytes")));
        }
        self.check_manifest(version, &document)?;
        Ok(document)
    }

    /// The digest is the one asked for, or for a tag the one that the registry says.
    fn check_manifest(&self, version: &OciVersion, document: &Document) -> Result<(), OciError> {
        let digest = match version {
            OciVersion::Digest(digest) => Some(digest.clone()),
            OciVersion::Tag(_) => {
                document.header("docker-content-digest").and_then(|text| OciDigest::parse(text).ok())
            }
        };
        let Some(digest) = digest else { return Ok(()) };
        self.check("the manifest", &digest, &document.content[..])
    }

    fn archive(&self, archive: &ArchiveLayer, directory: &Path) -> Result<NamedTempFile, OciError> {
        let address = self.address(&format!("blobs/{}", archive.digest))?;
        let fetched =
            self.client.download_within(&address, self.token.as_ref(), directory, archive.size_bytes);
        let file = fetched.map_err(|error| match error {
            WebError::Status { status: 401 | 403, .. } => self.refused(),
            other => other.into(),
        })?;
        let content = File::open(file.path())
            .map_err(|error| OciError::Read { repository: self.repository.clone(), error })?;
        self.check("the archive", &archive.digest, content)?;
        Ok(file)
    }

    fn check(&self, what: &'static str, digest: &OciDigest, content: impl io::Read) -> Result<(), OciError> {
        let repository = self.repository.clone();
        match digest.is_of(content) {
            Ok(true) => Ok(()),
            Ok(false) => Err(OciError::Digest { repository, what, digest: digest.clone() }),
            Err(error) => Err(OciError::Read { repository, error }),
        }
    }

    /// The first request. A registry on this machine may be without encryption, which no other may.
    fn first(&mut self, name: &str) -> Result<Document, OciError> {
        if !self.base.is_loopback() {
            return self.ask(name);
        }
        let encrypted = match self.client.without_retries().document_of(
            &self.address(name)?,
            None,
            Some(MANIFEST_TYPE),
        ) {
            Err(error @ WebError::Unreachable { .. }) => error,
            settled => return Ok(settled?),
        };
        let plain = base(self.repository, "http").map_err(|error| OciError::Address(error.to_string()))?;
        let encrypted_base = std::mem::replace(&mut self.base, plain);
        match self.ask(name) {
            // Such an answer has a server that speaks with encryption alone.
            Ok(Document { status: 400, .. }) | Err(OciError::Web(WebError::Unreachable { .. })) => {
                self.base = encrypted_base;
                Err(encrypted.into())
            }
            settled => settled,
        }
    }

    fn ask(&self, name: &str) -> Result<Document, OciError> {
        let address = self.address(name)?;
        Ok(self.client.document_of(&address, self.token.as_ref(), Some(MANIFEST_TYPE))?)
    }

    fn address(&self, name: &str) -> Result<WebAddress, OciError> {
        // A digest has a colon, before which a reference would have its scheme.
        self.base.join(&format!("./{name}")).map_err(|error| OciError::Address(error.to_string()))
    }

    /// Does what the registry asks for.
    fn prove(&mut self, document: &Document) -> Result<(), OciError> {
        let challenge = Challenge::parse(document.headers_named("www-authenticate"));
        let challenge = challenge.ok_or_else(|| OciError::Challenge(self.repository.clone()))?;
        let login = self.credentials.for_repository(self.repository)?;
        self.shown = match &login {
            None => None,
            Some(OciLogin::Password(_)) => Some("the user name and the password"),
            Some(OciLogin::Access(_) | OciLogin::Refresh(_)) => Some("the token"),
        };
        let no_login = || OciError::NoLogin(self.repository.clone());
        self.token = Some(match (challenge, login) {
            (_, Some(OciLogin::Access(token))) => token,
            (Challenge::Basic, Some(OciLogin::Password(login))) => login,
            (Challenge::Basic, None) => return Err(no_login()),
            (Challenge::Basic, Some(OciLogin::Refresh(_))) => return Err(self.refused()),
            (Challenge::Bearer { realm, service, scopes }, login) => {
                self.obtain(&realm, service.as_deref(), scopes, login.as_ref())?
            }
        });
        Ok(())
    }

    /// Has a token issued.
    fn obtain(
        &self,
        realm: &str,
        service: Option<&str>,
        mut scopes: Vec<String>,
        login: Option<&OciLogin>,
    ) -> Result<Token, OciError> {
        let realm = self.realm(realm)?;
        if scopes.is_empty() {
            scopes.push(format!("repository:{}:pull", self.repository.name));
        }
        let mut fields: Vec<(&str, &str)> = service.map(|service| ("service", service)).into_iter().collect();
        let document = match login {
            Some(OciLogin::Refresh(token)) => {
                let scope = scopes.join(" ");
                fields.extend([("grant_type", "refresh_token"), ("client_id", CLIENT_ID)]);
                fields.extend([("scope", scope.as_str()), ("refresh_token", token.reveal())]);
                self.client.send_secrets(&realm, &fields)?
            }
            Some(OciLogin::Password(_) | OciLogin::Access(_)) | None => {
                fields.extend(scopes.iter().map(|scope| ("scope", scope.as_str())));
                let login = match login {
                    Some(OciLogin::Password(login)) => Some(login),
                    _ => None,
                };
                self.client.document(&realm.clone().with_fields(&fields), login)?
            }
        };
        match document.status {
            200 => {}
            400 | 401 | 403 => return Err(self.refused()),
            status => return Err(WebError::Status { address: document.address, status }.into()),
        }
        let issued: Option<Issued> = serde_json::from_slice(&document.content).ok();
        let token = issued.map(|issued| issued.access_token.or(issued.token).unwrap_or_default());
        token
            .filter(|token| !token.is_empty())
            .map(Token::new)
            .ok_or_else(|| OciError::NoToken(realm.without_query()))
    }

    /// Who issues tokens. What proves who asks goes there, and must not be seen on the way.
    fn realm(&self, realm: &str) -> Result<WebAddress, OciError> {
        let fail = |reason: &str| OciError::Realm {
            repository: self.repository.clone(),
            realm: realm.split('?').next().unwrap_or_default().escape_default().to_string(),
            reason: reason.to_owned(),
        };
        let address = WebAddress::parse(realm).map_err(|error| fail(&format!("the address {error}")))?;
        if address.is_loopback() && !self.base.is_loopback() {
            return Err(fail("this is another server on this machine alone"));
        }
        if !address.is_encrypted() && !address.is_loopback() {
            return Err(fail("it is not encrypted"));
        }
        Ok(address)
    }

    fn refused(&self) -> OciError {
        match self.shown {
            Some(what) => OciError::Refused { repository: self.repository.clone(), what },
            None => OciError::NoLogin(self.repository.clone()),
        }
    }

    fn bad_manifest(&self, version: &OciVersion, reason: String) -> OciError {
        OciError::Manifest { repository: self.repository.clone(), version: version.clone(), reason }
    }
}

#[derive(Deserialize)]
struct Issued {
    token: Option<String>,
    access_token: Option<String>,
}

/// What the protocol has for a repository is below that.
fn base(repository: &OciRepository, scheme: &str) -> Result<WebAddress, WebAddressError> {
    let OciRepository { registry, name } = repository;
    let host = if registry == DOCKER_HUB.0 { DOCKER_HUB.1 } else { registry };
    WebAddress::parse(&format!("{scheme}://{host}/v2/{name}/"))
}
