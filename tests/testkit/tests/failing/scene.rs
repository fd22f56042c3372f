//! A directory with two providers in it, the program, and what both leave behind.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use plumb_testkit::{Installation, Workspace, plumb, provider_server};
use serde_json::Value as Json;

/// Nothing here takes longer, on a busy machine either.
const PATIENCE: Duration = Duration::from_secs(30);

const PROVIDERS: &str = r#"
terraform {
  required_providers {
    probe = { source = "testing/probe" }
    other = { source = "testing/other" }
  }
}
"#;

/// See the top of the file.
pub(crate) struct Scene {
    pub(crate) workspace: Workspace,
    program: PathBuf,
}

/// What a command printed, and how it ended.
#[derive(Debug)]
pub(crate) struct Printed {
    pub(crate) code: Option<i32>,
    /// On one line: where lines are wrapped is no concern of tests.
    pub(crate) text: String,
    /// What a program would read, as it is.
    pub(crate) stdout: String,
}

/// A command that is under way.
pub(crate) struct UnderWay {
    child: Child,
    printed: PathBuf,
}

impl Scene {
    /// With that configuration of `probe_thing` and `other_thing`.
    pub(crate) fn new(configuration: &str) -> Scene {
        let server = provider_server().expect("it builds");
        let mut workspace = Workspace::new(&server, Installation::Override).expect("a workspace");
        // Both providers are one program, whose name says which it is: nothing may be remembered of it.
        workspace.set("XDG_CACHE_HOME", "/dev/null");
        let scene = Scene { workspace, program: plumb().expect("it builds").path };
        std::fs::create_dir(scene.temporary()).expect("a directory");
        scene.configure(configuration);
        scene
    }

    /// Another configuration.
    pub(crate) fn configure(&self, configuration: &str) {
        let text = format!("{PROVIDERS}{configuration}");
        self.workspace.write("main.tf", Some(&text)).expect("it can be written");
    }

    /// Where temporary files go.
    pub(crate) fn temporary(&self) -> PathBuf {
        self.workspace.root().join("temporary")
    }

    fn command(&self, line: &str, faults: &str) -> Command {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let mut command = self.workspace.command(&self.program, &words);
        command
            .env("PROBE_LOG", self.workspace.root().join("requests"))
            .env("PROBE_FAULTS", faults)
            .env("TMPDIR", self.temporary())
            .stdin(Stdio::null());
        command
    }

    /// Runs a command whose providers commit those faults.
    pub(crate) fn run(&self, line: &str, faults: &str) -> Printed {
        self.run_with(line, faults, &[])
    }

    /// The same with variables of the environment.
    pub(crate) fn run_with(&self, line: &str, faults: &str, variables: &[(&str, &str)]) -> Printed {
        let mut command = self.command(line, faults);
        let output = command.envs(variables.iter().copied()).output().expect("it runs");
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let (stdout, stderr) = (text(output.stdout), text(output.stderr));
        Printed { code: output.status.code(), text: flat(&format!("{stdout}{stderr}")), stdout }
    }

    /// Starts a command whose providers commit those faults.
    pub(crate) fn start(&self, line: &str, faults: &str) -> UnderWay {
        self.start_by(self.command(line, faults))
    }

    /// Starts one by way of another program, which is told the rest.
    pub(crate) fn start_through(&self, program: &str, line: &str, faults: &str) -> UnderWay {
        let plain = self.command(line, faults);
        let mut command = Command::new(program);
        command
            .arg(plain.get_program())
            .args(plain.get_args())
            .env_clear()
            .envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))))
            .current_dir(self.workspace.directory())
            .stdin(Stdio::null());
        self.start_by(command)
    }

    fn start_by(&self, mut command: Command) -> UnderWay {
        let printed = self.workspace.root().join("printed");
        let file = std::fs::File::create(&printed).expect("a file");
        command.stdout(file.try_clone().expect("a file")).stderr(file);
        UnderWay { child: command.spawn().expect("it runs"), printed }
    }

    /// Requests so far, each with the name of the object that it is about.
    pub(crate) fn requests(&self) -> Vec<(String, String, u64)> {
        let text = std::fs::read_to_string(self.workspace.root().join("requests")).unwrap_or_default();
        let lines = text.lines().filter_map(|line| serde_json::from_str::<Json>(line).ok());
        let described = |line: Json| {
            let objects = ["planned", "proposed", "current", "prior"].map(|part| &line["request"][part]);
            let name = objects.into_iter().find_map(|object| object["name"].as_str()).unwrap_or_default();
            let method = line["method"].as_str().unwrap_or_default();
            (method.to_owned(), name.to_owned(), line["process"].as_u64().unwrap_or_default())
        };
        lines.map(described).collect()
    }

    /// Waits until a provider was asked that about an object; the provider's process.
    #[track_caller]
    pub(crate) fn wait_for_request(&self, method: &str, name: &str) -> u64 {
        wait_for(&format!("{method} of {name}"), || {
            let mut requests = self.requests().into_iter();
            requests.find(|request| request.0 == method && request.1 == name).map(|request| request.2)
        })
    }

    /// Waits until an object is there.
    #[track_caller]
    pub(crate) fn wait_for_object(&self, name: &str) {
        wait_for(name, || self.made(name).contains(&name.to_owned()).then_some(()));
    }

    /// Names of the objects that exist and begin so, those made twice named twice.
    pub(crate) fn made(&self, beginning: &str) -> Vec<String> {
        let objects = self.workspace.all_objects().expect("the objects");
        let names = objects.iter().filter_map(|(_, object)| object["name"].as_str());
        names.filter(|name| name.starts_with(beginning)).map(str::to_owned).collect()
    }

    /// The identifier of an object that exists.
    pub(crate) fn id_of(&self, name: &str) -> String {
        let objects = self.workspace.all_objects().expect("the objects");
        let found = objects.iter().find(|(_, object)| object["name"] == name).expect("it exists");
        found.1["id"].as_str().expect("an identifier").to_owned()
    }

    /// Addresses in the state, in order.
    #[track_caller]
    pub(crate) fn recorded(&self) -> String {
        let listed = self.run("state list", "");
        assert_eq!(listed.code, Some(0), "{}", listed.text);
        flat(&listed.stdout)
    }

    /// Whether something is left to be asked about.
    pub(crate) fn has_journal(&self) -> bool {
        self.workspace.directory().join("terraform.tfstate.journal").exists()
    }
}

impl Printed {
    /// Fails unless it ended so and printed all of these.
    #[track_caller]
    pub(crate) fn expect(self, code: i32, texts: &[&str]) -> Printed {
        assert_eq!(self.code, Some(code), "{}", self.text);
        for text in texts {
            assert!(self.text.contains(&flat(text)), "{text:?} is not in: {}", self.text);
        }
        self
    }

    /// Fails if it printed that.
    #[track_caller]
    pub(crate) fn without(self, text: &str) -> Printed {
        assert!(!self.text.contains(text), "{text:?} is in: {}", self.text);
        self
    }
}

impl UnderWay {
    /// Its number.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal by its name.
    #[track_caller]
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([format!("-{name}"), self.id().to_string()]).status();
        assert!(sent.expect("it runs").success());
    }

    /// What it has printed so far.
    pub(crate) fn so_far(&self) -> String {
        flat(&String::from_utf8_lossy(&std::fs::read(&self.printed).unwrap_or_default()))
    }

    /// Waits until it has printed a text.
    #[track_caller]
    pub(crate) fn wait_for(&self, text: &str) {
        wait_for(text, || self.so_far().contains(text).then_some(()));
    }

    /// Whether it still runs after a moment.
    #[track_caller]
    pub(crate) fn goes_on(&mut self) {
        std::thread::sleep(Duration::from_millis(500));
        let ended = self.child.try_wait().expect("it can be asked");
        assert!(ended.is_none(), "it has ended: {}", self.so_far());
    }

    /// Waits for its end.
    #[track_caller]
    pub(crate) fn end(mut self) -> Printed {
        let began = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("it can be asked") {
                break status;
            }
            assert!(began.elapsed() < PATIENCE, "it goes on: {}", self.so_far());
            std::thread::sleep(Duration::from_millis(10));
        };
        Printed { code: status.code(), text: self.so_far(), stdout: String::new() }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        // Of one that has ended nothing is left to be ended.
        let _ = self.child.kill().and_then(|()| self.child.wait());
    }
}

/// Waits for something that happens soon.
#[track_caller]
pub(crate) fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Whether a process runs.
pub(crate) fn is_running(process: u64) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    status.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

/// A text on one line, without the rule beside diagnostics.
fn flat(text: &str) -> String {
    let words = text.split_whitespace().filter(|word| !["│", "|", "╷", "╵"].contains(word));
    words.collect::<Vec<_>>().join(" ")
}
