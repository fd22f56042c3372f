//! A file of a host on its way to this machine.
//!
//! What comes is written beside its place as it comes, however much it is, and moved there once it is whole.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use plumb_host::Request;
use plumb_source::explain_refusal;
use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;

/// A file that is brought here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetch {
    /// Where it is on the host.
    pub path: String,
    /// Where it goes on this machine.
    pub to: PathBuf,
    /// Its sum, in hexadecimal; anything else does not get to its place.
    pub sha256: String,
    /// Whether the directory that it goes to is made.
    pub makes_directory: bool,
}

/// What has come of it so far.
pub(crate) struct Receiving {
    to: PathBuf,
    wanted: String,
    file: NamedTempFile,
    sum: Sha256,
    failure: Option<String>,
}

impl Fetch {
    /// The request for it, of which nothing is kept.
    pub(crate) fn request(&self) -> Request {
        let path = plumb_host::quoted([self.path.as_str()]);
        Request::trusted(format!("cat -- {path}")).keeping(0)
    }

    /// Makes ready for it, before the host is asked.
    pub(crate) fn begin(&self) -> Result<Receiving, String> {
        let directory = self.to.parent().unwrap_or(Path::new("."));
        if self.makes_directory {
            fs::create_dir_all(directory).map_err(|why| refused(directory, &why))?;
        }
        if self.to.is_dir() {
            return Err(format!(
                "{} is a directory of this machine: say which file in it",
                self.to.display()
            ));
        }
        let file = NamedTempFile::new_in(directory).map_err(|why| refused(directory, &why))?;
        Ok(Receiving {
            to: self.to.clone(),
            wanted: self.sha256.clone(),
            file,
            sum: Sha256::new(),
            failure: None,
        })
    }
}

impl Receiving {
    /// Takes in what has come.
    pub(crate) fn take(&mut self, bytes: &[u8]) {
        if self.failure.is_some() {
            return;
        }
        self.sum.update(bytes);
        if let Err(why) = self.file.write_all(bytes) {
            self.failure = Some(refused(&self.to, &why));
        }
    }

    /// All has come: puts it in its place.
    pub(crate) fn end(self) -> Result<(), String> {
        if let Some(why) = self.failure {
            return Err(why);
        }
        if plumb_host::hexadecimal(&self.sum.finalize()) != self.wanted {
            return Err(format!(
                "{} was left as it is: the file on the host has changed since it was looked at",
                self.to.display()
            ));
        }
        self.file.as_file().sync_all().map_err(|why| refused(&self.to, &why))?;
        self.file.persist(&self.to).map(drop).map_err(|why| refused(&self.to, &why.error))
    }
}

fn refused(path: &Path, why: &std::io::Error) -> String {
    format!("{} of this machine cannot be written: {}", path.display(), explain_refusal(why))
}
