//! What was found out of hosts, in files for tests.

use std::fs::Permissions;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use plumb_deploy::{Recorder, Secrets, Setting};
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_source::explain_refusal;

use super::log::make_directory;

/// What is taken down of each host.
pub(super) struct Recording {
    directory: PathBuf,
    hosts: Vec<(String, Vec<String>, Recorder)>,
}

impl Recording {
    /// Has what is found out of hosts be taken down.
    pub(super) fn of(directory: &str, settings: &mut [Setting]) -> Self {
        let of = |setting: &mut Setting| {
            let recorder = Recorder::default();
            setting.recorder = Some(recorder.clone());
            (setting.name.clone(), setting.groups.clone(), recorder)
        };
        Recording { directory: directory.into(), hosts: settings.iter_mut().map(of).collect() }
    }

    /// Writes a file for each host, which is for its owner alone: what hosts say is not for everybody.
    pub(super) fn write(&self, secrets: &Secrets) -> Result<(), Diagnostics> {
        make_directory(&self.directory).map_err(|why| refused(&self.directory, &why))?;
        for (name, groups, recorder) in &self.hosts {
            let path = self.directory.join(format!("{}.json", name.replace('/', "_")));
            let text = serde_json::to_string_pretty(&recorder.document(name, groups)).unwrap_or_default();
            let text = secrets.hidden(&text) + "\n";
            write(&self.directory, &path, &text).map_err(|why| refused(&path, &why))?;
        }
        Ok(())
    }
}

fn write(directory: &Path, path: &Path, text: &str) -> std::io::Result<()> {
    let private = Permissions::from_mode(0o600);
    let mut file = tempfile::Builder::new().prefix(".plumb-").permissions(private).tempfile_in(directory)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

fn refused(path: &Path, why: &std::io::Error) -> Diagnostics {
    let detail = format!("{} cannot be written: {}", path.display(), explain_refusal(why));
    Diagnostic::error("What was found out cannot be written down", detail).into()
}
