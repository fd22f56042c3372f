//! Files of keys, and what lies beside them.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::key::Identity;
use crate::secret::Secret;

impl Identity {
    /// Reads a file with a key, as OpenSSH does: its public half and a certificate are taken from the files
    /// beside it that are named after it. A file with a public key alone, or one of which only that half is
    /// there, stands for a key that an agent has. Nothing where there is no such file.
    pub async fn read(file: &Path, passphrase: Option<&Secret>) -> Result<Option<Self>, Error> {
        let wrong = |why| Error::WrongKey { path: file.to_owned(), why };
        let public = text(&beside(file, ".pub")).await?;
        let identity = match (text(file).await?, &public) {
            (None, None) => return Ok(None),
            (None, Some(public)) => Identity::parse_public(public).map_err(wrong)?,
            (Some(private), public) => match Identity::parse_public(&private) {
                Ok(identity) => identity,
                Err(_) => {
                    let (public, passphrase) = (public.clone(), passphrase.cloned());
                    let parse =
                        move || Identity::parse_locked(&private, public.as_deref(), passphrase.as_ref());
                    // A key whose public half nobody knows is opened at once, which is made to be slow.
                    let parsed = tokio::task::spawn_blocking(parse).await;
                    parsed
                        .map_err(|error| Error::Unreadable {
                            path: file.to_owned(),
                            source: std::io::Error::other(error),
                        })?
                        .map_err(wrong)?
                }
            },
        };
        let identity = identity.named(file.display().to_string());
        match text(&beside(file, "-cert.pub")).await? {
            Some(certificate) => Ok(Some(identity.certified(&certificate).map_err(wrong)?)),
            None => Ok(Some(identity)),
        }
    }

    /// The same with a certificate from a file, if it is one of this key.
    pub async fn certified_by(self, file: &Path) -> Result<Self, Error> {
        let Some(certificate) = text(file).await? else { return Ok(self) };
        match self.clone().certified(&certificate) {
            Ok(certified) => Ok(certified),
            // Each of several keys has its own.
            Err(crate::WrongKey::OtherCertificate) => Ok(self),
            Err(why) => Err(Error::WrongKey { path: file.to_owned(), why }),
        }
    }
}

/// A path with something behind its name.
fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut path = file.as_os_str().to_owned();
    path.push(ending);
    PathBuf::from(path)
}

/// What is in a file; nothing where there is none.
async fn text(path: &Path) -> Result<Option<String>, Error> {
    match tokio::fs::read_to_string(path).await {
        Ok(text) => Ok(Some(text)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(source) => Err(Error::Unreadable { path: path.to_owned(), source }),
    }
}
