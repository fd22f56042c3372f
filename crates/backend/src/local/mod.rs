//! States as files of this machine, where Terraform keeps them too.
//!
//! Responsible for which files those are: `terraform.tfstate`, one directory for each workspace
//! besides the default one, and the backups, locks and journals beside them.

pub(crate) mod journal;
mod lock;
mod queue;
mod store;
mod versions;
pub(crate) mod workspace;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use plumb_state::{Backend, BackendError, Digest, State, StateStore};

use crate::disk::{Disk, RealDisk};
use crate::problem::storage;
use store::LocalStore;
pub use workspace::{DEFAULT_WORKSPACE, is_valid_workspace_name, select_workspace, selected_workspace};

/// Where a local backend keeps its files.
#[derive(Clone, Debug, Default)]
pub struct LocalOptions {
    /// Directory that the other paths are relative to; the working directory where it is empty.
    pub directory: PathBuf,
    /// The default workspace's state; `terraform.tfstate` where not given.
    pub path: Option<PathBuf>,
    /// Directory of the other workspaces; `terraform.tfstate.d` where not given.
    pub workspace_directory: Option<PathBuf>,
    /// Where to write instead, whatever the workspace: `-state-out`.
    pub state_out: Option<PathBuf>,
    /// Where to read instead, whatever the workspace: `-state`.
    pub state: Option<PathBuf>,
    /// The backup: `-backup`. Beside the state where not given; `-` for none.
    pub backup: Option<PathBuf>,
    /// The version of Terraform that files say they were written by.
    pub terraform_version: String,
}

/// The files of one state, all of them whole paths.
#[derive(Clone, Debug)]
struct Files {
    /// What people know it as: the path as it was given.
    name: String,
    /// Read while nothing was written yet.
    input: PathBuf,
    /// The state.
    output: PathBuf,
    /// The version before; `None` for no backup.
    backup: Option<PathBuf>,
}

impl Files {
    /// A file beside the state, with something behind its name.
    fn beside(&self, suffix: &str) -> PathBuf {
        with_suffix(&self.output, suffix)
    }

    /// Who holds the lock.
    fn lock_info(&self) -> PathBuf {
        let name = self.output.file_name().unwrap_or_default().to_string_lossy().into_owned();
        self.output.with_file_name(format!(".{name}.lock.info"))
    }

    /// The directory that the state lies in.
    fn directory(&self) -> &Path {
        self.output.parent().unwrap_or(Path::new(""))
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(suffix);
    PathBuf::from(path)
}

/// States in files.
pub struct LocalBackend {
    options: LocalOptions,
    disk: Arc<dyn Disk>,
}

impl LocalBackend {
    /// On this machine's disks.
    pub fn new(options: LocalOptions) -> LocalBackend {
        LocalBackend::on(Arc::new(RealDisk), options)
    }

    /// On another disk, such as one that can be made to fail.
    pub fn on(disk: Arc<dyn Disk>, options: LocalOptions) -> LocalBackend {
        LocalBackend { options, disk }
    }

    fn workspace_directory(&self) -> PathBuf {
        let directory =
            self.options.workspace_directory.as_deref().unwrap_or(Path::new("terraform.tfstate.d"));
        self.options.directory.join(directory)
    }

    /// The path of a workspace's state, relative to the backend's directory.
    fn state_path(&self, workspace: &str) -> PathBuf {
        if workspace == DEFAULT_WORKSPACE {
            return self.options.path.clone().unwrap_or_else(|| "terraform.tfstate".into());
        }
        let directory =
            self.options.workspace_directory.as_deref().unwrap_or(Path::new("terraform.tfstate.d"));
        directory.join(workspace).join("terraform.tfstate")
    }

    fn files(&self, workspace: &str) -> Files {
        let usual = self.state_path(workspace);
        let input = self.options.state.clone().unwrap_or_else(|| usual.clone());
        let output = self.options.state_out.clone().unwrap_or_else(|| input.clone());
        let whole = |path: &Path| self.options.directory.join(path);
        let backup = match &self.options.backup {
            Some(path) if path.as_os_str() == "-" => None,
            Some(path) => Some(whole(path)),
            None => Some(with_suffix(&whole(&output), ".backup")),
        };
        Files { name: output.display().to_string(), input: whole(&input), output: whole(&output), backup }
    }
}

#[async_trait]
impl Backend for LocalBackend {
    async fn workspaces(&self) -> Result<Vec<String>, BackendError> {
        let directory = self.workspace_directory();
        let mut names =
            self.disk.directories(&directory).map_err(|error| storage("list", &directory, &error))?;
        names.retain(|name| name != DEFAULT_WORKSPACE);
        names.sort();
        names.insert(0, DEFAULT_WORKSPACE.to_owned());
        Ok(names)
    }

    async fn create_workspace(&self, name: &str) -> Result<(), BackendError> {
        workspace::require_valid(name)?;
        if name == DEFAULT_WORKSPACE {
            return Ok(());
        }
        let directory = self.workspace_directory().join(name);
        self.disk.create_directory(&directory).map_err(|error| storage("create", &directory, &error))
    }

    async fn delete_workspace(&self, name: &str) -> Result<(), BackendError> {
        workspace::require_valid(name)?;
        let refuse =
            |cause: &str| Err(BackendError::Workspace { name: name.to_owned(), cause: cause.to_owned() });
        if name == DEFAULT_WORKSPACE {
            return refuse("cannot delete the default workspace");
        }
        if !self.workspaces().await?.iter().any(|known| known == name) {
            return refuse("it does not exist");
        }
        let directory = self.workspace_directory().join(name);
        self.disk.remove_directory(&directory).map_err(|error| storage("remove", &directory, &error))
    }

    fn store(&self, workspace: &str) -> Result<Arc<dyn StateStore>, BackendError> {
        workspace::require_valid(workspace)?;
        let files = self.files(workspace);
        Ok(Arc::new(LocalStore::new(self.disk.clone(), files, self.options.terraform_version.clone())))
    }
}

/// Saves a state that could not be written where it belongs as `errored.tfstate` in a directory, for
/// `state push` to bring home later. An earlier one of other content is kept under another name.
pub fn save_errored(
    directory: &Path,
    state: &State,
    terraform_version: &str,
) -> Result<PathBuf, BackendError> {
    save_errored_on(&RealDisk, directory, state, terraform_version)
}

/// The same on another disk.
pub(crate) fn save_errored_on(
    disk: &dyn Disk,
    directory: &Path,
    state: &State,
    terraform_version: &str,
) -> Result<PathBuf, BackendError> {
    let bytes = plumb_state::file::write(state, terraform_version);
    let mut path = directory.join("errored.tfstate");
    let existing = disk.read(&path).map_err(|error| storage("read", &path, &error))?;
    if existing.is_some_and(|existing| !existing.is_empty() && existing != bytes) {
        path = directory.join(format!("errored.{}.tfstate", &Digest::of(&bytes).0[..8]));
    }
    let write = || {
        let file = disk.open(&path)?;
        file.overwrite(&bytes)?;
        file.sync()?;
        disk.sync_directory(directory)
    };
    write().map_err(|error| {
        // Half of a state is of no use to anyone.
        _ = disk.remove(&path);
        storage("write", &path, &error)
    })?;
    Ok(path)
}
