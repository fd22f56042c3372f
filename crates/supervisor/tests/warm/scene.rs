//! A directory with a provider and commands that use it, and what can be done to them.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Cargo puts examples beside the directory of the tests.
pub(crate) fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.parent().and_then(Path::parent).unwrap().join("examples").join(name)
}

/// Nothing here takes longer, on a busy machine either.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

#[track_caller]
pub(crate) fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

pub(crate) fn is_running(process: u32) -> bool {
    // One that nobody has asked about after its end does not count.
    let status = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    status.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

pub(crate) fn signal(name: &str, process: u32) {
    let status = Command::new("kill").args([&format!("-{name}"), &process.to_string()]).status().unwrap();
    assert!(status.success());
}

pub(crate) struct Scene {
    pub(crate) directory: tempfile::TempDir,
    pub(crate) client: PathBuf,
    pub(crate) provider: PathBuf,
}

/// A spare as `list` shows it.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) condition: String,
    pub(crate) process: u32,
}

impl Scene {
    pub(crate) fn new() -> Scene {
        let directory = tempfile::tempdir().unwrap();
        for name in ["run", "work", "cache", "temporary", "home"] {
            fs::create_dir(directory.path().join(name)).unwrap();
        }
        fs::set_permissions(directory.path().join("run"), fs::Permissions::from_mode(0o700)).unwrap();
        let provider = directory.path().join("terraform-provider-notes");
        let scene = Scene { directory, client: example("spares_client"), provider };
        scene.install(b"");
        scene
    }

    /// Puts the provider's program where it belongs, with something at its end that changes nothing.
    pub(crate) fn install(&self, ending: &[u8]) {
        let mut program = fs::read(example("spares_provider")).unwrap();
        program.extend_from_slice(ending);
        let new = self.path("new");
        fs::write(&new, program).unwrap();
        fs::set_permissions(&new, fs::Permissions::from_mode(0o755)).unwrap();
        let past = std::time::SystemTime::now() - Duration::from_secs(60);
        fs::File::options().write(true).open(&new).unwrap().set_modified(past).unwrap();
        fs::rename(&new, &self.provider).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn prepared(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("XDG_RUNTIME_DIR", self.path("run"))
            .env("TMPDIR", self.path("temporary"))
            .env("HOME", self.path("home"))
            .env("PASSWORD", "sesame-open-the-door")
            .current_dir(self.path("work"))
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn client(&self, words: &[&str]) -> Command {
        let mut command = self.prepared(&self.client);
        command.arg("use").arg(&self.provider).arg(self.path("cache")).args(words);
        command
    }

    /// Runs a client to its end; what it printed.
    #[track_caller]
    pub(crate) fn run(&self, mut command: Command) -> String {
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Where the process of a client came from.
    #[track_caller]
    pub(crate) fn origin(&self, command: Command) -> String {
        let text = self.run(command);
        assert!(text.contains("configured true"), "{text}");
        let line = text.lines().find(|line| line.contains(" after ")).unwrap_or_default().to_owned();
        line.split(' ').next().unwrap_or_default().to_owned()
    }

    pub(crate) fn list(&self) -> Vec<Listed> {
        let mut command = self.prepared(&self.client);
        command.arg("list");
        let text = self.run(command);
        let listed = |line: &str| {
            let mut words = line.split(' ');
            let condition = words.next()?.to_owned();
            Some(Listed { condition, process: words.next()?.parse().ok()? })
        };
        text.lines().filter_map(listed).collect()
    }

    /// Has a spare left behind, and waits until it is ready. Its process.
    #[track_caller]
    pub(crate) fn leave(&self, words: &[&str]) -> u32 {
        self.run(self.client(&[&["leave"], words].concat()));
        self.ready()
    }

    #[track_caller]
    pub(crate) fn ready(&self) -> u32 {
        let ready = || self.list().into_iter().find(|spare| spare.condition == "Ready");
        wait_for("a spare", ready).process
    }

    pub(crate) fn sockets(&self) -> Vec<PathBuf> {
        self.kept("spare")
    }

    /// What is there with names that end so.
    pub(crate) fn kept(&self, ending: &str) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(self.path("run/plumb")) else { return Vec::new() };
        let paths = entries.map(|entry| entry.unwrap().path());
        paths.filter(|path| path.extension().is_some_and(|extension| extension == ending)).collect()
    }

    /// The process of the keeper of the only spare.
    #[track_caller]
    pub(crate) fn keeper(&self) -> u32 {
        let sockets = self.sockets();
        assert_eq!(sockets.len(), 1);
        let name = sockets[0].file_stem().unwrap().to_str().unwrap();
        name.rsplit_once('-').unwrap().1.parse().unwrap()
    }

    /// A client that holds on to its process until it is told to go on.
    pub(crate) fn hold(&self, words: &[&str]) -> (Child, BufReader<std::process::ChildStdout>) {
        let mut command = self.client(&[&["hold"], words].concat());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        (child, output)
    }
}

/// Reads lines up to the one with that text, which is returned.
pub(crate) fn read_to(output: &mut impl std::io::BufRead, wanted: &str) -> String {
    for line in output.lines() {
        let line = line.unwrap();
        if line.contains(wanted) {
            return line;
        }
    }
    panic!("there is no line with {wanted:?}");
}

impl Drop for Scene {
    fn drop(&mut self) {
        let mut command = self.prepared(&self.client);
        let _ = command.arg("stop").output();
    }
}
