//! A directory that is initialized, and commands that run in it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use plumb_testkit::{Installation, Workspace, plumb, provider_server};

pub(crate) const CONFIGURATION: &str = r#"
terraform {
  required_providers {
    probe = { source = "testing/probe" }
  }
}

resource "probe_thing" "one" {
  name = "one"
}
"#;

/// Nothing here takes longer, on a busy machine either.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Scene {
    pub(crate) workspace: Workspace,
    pub(crate) program: PathBuf,
}

/// What a command printed.
pub(crate) struct Printed {
    pub(crate) code: Option<i32>,
    pub(crate) text: String,
}

impl Scene {
    pub(crate) fn new() -> Scene {
        let server = provider_server().unwrap();
        let workspace = Workspace::new(&server, Installation::Mirror).unwrap();
        workspace.write("main.tf", Some(CONFIGURATION)).unwrap();
        let scene = Scene { workspace, program: plumb().unwrap().path };
        std::fs::create_dir(scene.path("run")).unwrap();
        let own = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        std::fs::set_permissions(scene.path("run"), own).unwrap();
        assert_eq!(scene.run(&["init"], &[]).code, Some(0));
        make_old(&scene.workspace.directory().join(".terraform/providers"));
        scene
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.workspace.root().join(name)
    }

    pub(crate) fn run(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Printed {
        let output = self.command(arguments, variables).output().unwrap();
        let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        Printed { code: output.status.code(), text: text.concat() }
    }

    pub(crate) fn command(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .current_dir(self.workspace.directory())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path("home"))
            .env("XDG_RUNTIME_DIR", self.path("run"))
            .env("TF_CLI_CONFIG_FILE", self.path("cli.tfrc"))
            .env("CHECKPOINT_DISABLE", "1")
            .env("PROBE_OBJECTS", self.workspace.objects())
            .env("PROBE_LOG", self.path("requests"))
            .envs(variables.iter().copied())
            .stdin(Stdio::null());
        command
    }

    #[track_caller]
    pub(crate) fn expect(&self, arguments: &[&str], variables: &[(&str, &str)], code: i32, wanted: &str) {
        let printed = self.run(arguments, variables);
        assert_eq!(printed.code, Some(code), "{arguments:?}: {}", printed.text);
        assert!(printed.text.contains(wanted), "{arguments:?} should print {wanted:?}: {}", printed.text);
    }

    /// The process that `providers ps` shows as ready.
    pub(crate) fn ready(&self) -> Option<u32> {
        let printed = self.run(&["providers", "ps"], &[]);
        let line = printed.text.lines().find(|line| line.contains(" ready "))?;
        assert!(line.starts_with("registry.terraform.io/testing/probe "), "{line}");
        line.split_whitespace().nth(1)?.parse().ok()
    }

    #[track_caller]
    pub(crate) fn wait_until_ready(&self) -> u32 {
        let began = Instant::now();
        loop {
            if let Some(process) = self.ready() {
                return process;
            }
            assert!(began.elapsed() < PATIENCE, "there is no spare");
            std::thread::sleep(Duration::from_millis(30));
        }
    }

    /// Whether anything was left behind, now or in a moment.
    pub(crate) fn leaves_nothing(&self) -> bool {
        std::thread::sleep(Duration::from_millis(300));
        let place = self.path("run/plumb");
        let left = |name: &std::ffi::OsStr| Path::new(name).extension().is_some_and(|end| end == "spare");
        let entries = std::fs::read_dir(place).into_iter().flatten().flatten();
        entries.filter(|entry| left(&entry.file_name())).count() == 0
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        self.run(&["providers", "stop"], &[]);
    }
}

/// The digest of a program that was written a moment ago is not relied on.
pub(crate) fn make_old(path: &Path) {
    if path.is_dir() {
        for entry in std::fs::read_dir(path).unwrap() {
            make_old(&entry.unwrap().path());
        }
    } else {
        let past = std::time::SystemTime::now() - Duration::from_secs(60);
        let file = std::fs::File::options().write(true).open(path).unwrap();
        file.set_modified(past).unwrap();
    }
}

pub(crate) fn is_running(process: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    status.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

pub(crate) const ON: (&str, &str) = ("PLUMB_WARM_PROVIDERS", "on");
