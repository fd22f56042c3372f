//! A deploy in a directory of its own, and this machine as the host.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use plumb_deploy::{Applied, DeployError, HostPlan, Known, Secrets, Setting, apply, globals, settle};
use plumb_diagnostics::{TextStyle, render_text};
use plumb_host::{Host, Local};
use plumb_source::DiskFiles;
use plumb_starlark::{Library, Limits, Loader, Program};
use tempfile::TempDir;

pub(crate) struct Deploy {
    pub(crate) directory: TempDir,
    pub(crate) setting: Setting,
    pub(crate) host: Host,
}

impl Deploy {
    pub(crate) fn new(shell: &'static str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let files = Arc::new(DiskFiles::new(directory.path().to_owned(), None));
        let setting = Setting::new("here", "", files, Secrets::new());
        let words: &[&str] = if shell == "ash" { &["busybox", "sh", "-c"] } else { &[shell, "-c"] };
        let host = Host::new(Arc::new(Local::through("here", words.iter().copied())));
        Deploy { directory, setting, host }
    }

    /// One that sees the directory `etc` in the place of the system's.
    pub(crate) fn with_own_etc(shell: &'static str) -> Self {
        let mut deploy = Deploy::new(shell);
        let program = if shell == "ash" { "busybox sh" } else { shell };
        let script = format!("mount --bind {}/etc /etc && exec {program} -c \"$1\"", deploy.root());
        let words = ["unshare", "-m", "sh", "-c", script.as_str(), "sh"];
        deploy.host = Host::new(Arc::new(Local::through("here", words)));
        deploy
    }

    /// The path of the directory.
    pub(crate) fn root(&self) -> String {
        self.directory.path().to_str().unwrap().to_owned()
    }

    pub(crate) fn host_directory(&self) -> &Path {
        self.directory.path()
    }

    /// The path of something of the host, which lies in the same directory.
    pub(crate) fn path(&self, name: &str) -> String {
        self.directory.path().join(name).to_str().unwrap().to_owned()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.directory.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.directory.path().join(name))
            .unwrap_or_else(|_| panic!("{name} is there"))
    }

    pub(crate) fn is_there(&self, name: &str) -> bool {
        self.directory.path().join(name).exists()
    }

    /// Loads code; `ROOT` in it stands for the directory.
    pub(crate) fn load(&self, code: &str) -> Program {
        self.try_load(code).unwrap_or_else(|error| panic!("{error}"))
    }

    pub(crate) fn try_load(&self, code: &str) -> Result<Program, String> {
        self.write("deploy.star", &code.replace("ROOT", self.directory.path().to_str().unwrap()));
        let files = DiskFiles::new(self.directory.path().to_owned(), None);
        let (library, globals) = (LibraryOnDisk, globals());
        let mut loader = Loader::new(&files, &library, &globals, Limits::default());
        let loaded = loader.load("deploy.star");
        loaded.map_err(|error| render_text(&error, loader.sources().map(), &TextStyle::PLAIN))
    }

    /// The plan, or what is wrong, as people are told of it.
    pub(crate) async fn plan(&mut self, code: &str) -> Result<HostPlan, String> {
        let program = self.try_load(code)?;
        let plan = settle(&program, &self.setting, &mut self.host, &mut Known::new()).await;
        plan.map_err(|error| explained(&error, &program))
    }

    pub(crate) async fn apply(&mut self, code: &str) -> Result<Applied, String> {
        let program = self.try_load(code)?;
        let mut known = Known::new();
        let plan = settle(&program, &self.setting, &mut self.host, &mut known).await;
        let plan = plan.map_err(|error| explained(&error, &program))?;
        let applied = apply(&program, &self.setting, &mut self.host, &mut known, plan, &mut |_| {}).await;
        applied.map_err(|error| explained(&error, &program))
    }
}

pub(crate) fn explained(error: &DeployError, program: &Program) -> String {
    match error {
        DeployError::Code(diagnostic) => render_text(diagnostic, program.sources().map(), &TextStyle::PLAIN),
        other => other.to_string(),
    }
}

/// The library as it lies beside the tests, so that they see what is changed in it at once.
struct LibraryOnDisk;

impl Library for LibraryOnDisk {
    fn text(&self, name: &str) -> Option<Cow<'_, str>> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("library").join(name.strip_prefix("@plumb//")?);
        std::fs::read_to_string(path).ok().map(Cow::Owned)
    }

    fn members(&self, name: &str) -> Option<Vec<&str>> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("library").join(name.strip_prefix("@plumb//")?);
        let files = std::fs::read_dir(path).ok()?;
        let stem = |path: std::path::PathBuf| Some(path.file_stem()?.to_str()?.to_owned());
        Some(files.filter_map(|file| Some(&*stem(file.ok()?.path())?.leak())).collect())
    }
}

/// Shells that people have; `ash` is that of BusyBox.
pub(crate) fn shells() -> Vec<&'static str> {
    let is_there = |program: &str| std::process::Command::new(program).arg("--help").output().is_ok();
    let programs = [("dash", "dash"), ("bash", "bash"), ("ash", "busybox")];
    programs.into_iter().filter(|(_, program)| is_there(program)).map(|(shell, _)| shell).collect()
}
