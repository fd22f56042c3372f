//! Who asks a registry of images.
//!
//! Responsible for finding the login that says most about a repository, among what the CLI configuration says
//! and what other programs have written down. A program is asked, and a file read, when a registry wants to
//! know who asks, and not before.

use std::io;
use std::path::{Path, PathBuf};

use super::credentials_file::{CredentialsFile, Specificity, usual_places};
use super::{OciLoginSettings, OciRepository, OciSettings, helper};
use crate::Environment;
use crate::web::Token;

/// Logins for registries of images.
#[derive(Debug, Default)]
pub struct OciCredentials {
    settings: OciSettings,
    /// Where other programs have theirs.
    usual_files: Vec<PathBuf>,
}

/// How somebody proves who they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum OciLogin {
    /// With a name and a password.
    Password(Token),
    /// With a token that the registry takes.
    Access(Token),
    /// With a token that another can be had for.
    Refresh(Token),
}

/// Why there is no login.
#[derive(Debug, thiserror::Error)]
pub enum OciCredentialsError {
    /// A file that is named cannot be used.
    #[error("the file of logins {path}, which docker_style_config_files names, cannot be read: {error}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A login is none.
    #[error("in {path} {reason}")]
    BadLogin {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A program is not there.
    #[error("there is no program {program} on the path, which is to know the login")]
    NoHelper {
        /// Its name.
        program: String,
    },
    /// A program failed.
    #[error("the program {program}, which is to know the login to {registry}, failed: {message}")]
    Helper {
        /// Its name.
        program: String,
        /// What it was asked about.
        registry: String,
        /// What it said.
        message: String,
    },
}

impl OciCredentials {
    /// What is configured, and what is in an environment.
    pub fn new(settings: &OciSettings, environment: &Environment, home: Option<&Path>) -> Self {
        let home = environment.get("HOME").map(PathBuf::from).or_else(|| home.map(Path::to_path_buf));
        OciCredentials { settings: settings.clone(), usual_files: usual_places(environment, home.as_deref()) }
    }

    /// The login that says most about a repository; of those that say as much, the first.
    pub(super) fn for_repository(
        &self,
        repository: &OciRepository,
    ) -> Result<Option<OciLogin>, OciCredentialsError> {
        let mut best: Option<(Specificity, OciLoginSettings)> = None;
        for (specificity, login) in self.all_for(repository)? {
            if best.as_ref().is_none_or(|(found, _)| *found < specificity) {
                best = Some((specificity, login));
            }
        }
        match best.map(|(_, login)| login) {
            None => Ok(None),
            Some(OciLoginSettings::Password(login)) => Ok(Some(OciLogin::Password(login))),
            Some(OciLoginSettings::Tokens { access, .. }) if !access.reveal().is_empty() => {
                Ok(Some(OciLogin::Access(access)))
            }
            Some(OciLoginSettings::Tokens { refresh, .. }) => Ok(Some(OciLogin::Refresh(refresh))),
            Some(OciLoginSettings::Helper(name)) => helper::ask(&name, &repository.registry),
        }
    }

    fn all_for(
        &self,
        repository: &OciRepository,
    ) -> Result<Vec<(Specificity, OciLoginSettings)>, OciCredentialsError> {
        let blocks = self.settings.logins.iter().filter_map(|(prefix, login)| {
            Some((Specificity::Parts(prefix.specificity(repository)?), login.clone()))
        });
        let mut found: Vec<_> = blocks.collect();
        let defaults = self.settings.defaults.clone().unwrap_or_default();
        let helper = defaults.helper.map(OciLoginSettings::Helper);
        found.extend(helper.map(|helper| (Specificity::Everything, helper)));
        if !defaults.has_ambient {
            return Ok(found);
        }
        let (paths, are_named) = match defaults.files {
            Some(files) => (files, true),
            None => (self.usual_files.clone(), false),
        };
        for path in paths {
            let file = match read(&path) {
                Ok(file) => file,
                Err(error) if are_named => return Err(OciCredentialsError::File { path, error }),
                // Files of other programs may be missing, or have a form that only those know.
                Err(_) => continue,
            };
            let logins = file.logins(repository);
            found.extend(logins.map_err(|reason| OciCredentialsError::BadLogin { path, reason })?);
        }
        Ok(found)
    }
}

fn read(path: &Path) -> io::Result<CredentialsFile> {
    // What is wrong with JSON is told with its place, and not with what is there.
    CredentialsFile::parse(&std::fs::read(path)?).map_err(|error| {
        let place = format!("no file of logins: line {}, column {}", error.line(), error.column());
        io::Error::new(io::ErrorKind::InvalidData, place)
    })
}
