//! Providers that are kept warm between commands, with the whole program: they are there when they
//! are asked for, they are nowhere else, and what commands do stays the same.
#![cfg(target_os = "linux")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use plumb_testkit::{Installation, Workspace, plumb, provider_server};

const CONFIGURATION: &str = r#"
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
const PATIENCE: Duration = Duration::from_secs(30);

struct Scene {
    workspace: Workspace,
    program: PathBuf,
}

/// What a command printed.
struct Printed {
    code: Option<i32>,
    text: String,
}

impl Scene {
    fn new() -> Scene {
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

    fn path(&self, name: &str) -> PathBuf {
        self.workspace.root().join(name)
    }

    fn run(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Printed {
        let output = Command::new(&self.program)
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
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        Printed { code: output.status.code(), text: text.concat() }
    }

    #[track_caller]
    fn expect(&self, arguments: &[&str], variables: &[(&str, &str)], code: i32, wanted: &str) {
        let printed = self.run(arguments, variables);
        assert_eq!(printed.code, Some(code), "{arguments:?}: {}", printed.text);
        assert!(printed.text.contains(wanted), "{arguments:?} should print {wanted:?}: {}", printed.text);
    }

    /// The process that `providers ps` shows as ready.
    fn ready(&self) -> Option<u32> {
        let printed = self.run(&["providers", "ps"], &[]);
        let line = printed.text.lines().find(|line| line.contains(" ready "))?;
        assert!(line.starts_with("registry.terraform.io/testing/probe "), "{line}");
        line.split_whitespace().nth(1)?.parse().ok()
    }

    #[track_caller]
    fn wait_until_ready(&self) -> u32 {
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
    fn leaves_nothing(&self) -> bool {
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
fn make_old(path: &Path) {
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

fn is_running(process: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    status.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

const ON: (&str, &str) = ("PLUMB_WARM_PROVIDERS", "on");

#[test]
fn each_command_uses_the_spare_of_the_one_before() {
    let scene = Scene::new();
    scene.expect(&["plan"], &[ON], 0, "1 to add");
    let mut processes = vec![scene.wait_until_ready()];
    let commands: [(&[&str], &str); 5] = [
        (&["apply", "-auto-approve"], "1 added"),
        (&["plan"], "No changes"),
        (&["validate"], "valid"),
        (&["state", "list"], "probe_thing.one"),
        (&["destroy", "-auto-approve"], "1 destroyed"),
    ];
    for (arguments, wanted) in commands {
        scene.expect(arguments, &[ON], 0, wanted);
        let next = scene.wait_until_ready();
        let before = processes[processes.len() - 1];
        if arguments[0] == "state" {
            assert_eq!(next, before, "a command without providers leaves the spare alone");
            continue;
        }
        assert!(!is_running(before), "{arguments:?} has used it up");
        assert!(!processes.contains(&next));
        processes.push(next);
    }
    scene.expect(&["providers", "stop"], &[], 0, "Stopped 1 provider process.");
    assert!(scene.leaves_nothing());
    scene.expect(&["providers", "stop"], &[], 0, "No provider processes were kept ready.");
}

#[test]
fn nothing_is_left_behind_where_nobody_asked_for_it() {
    let scene = Scene::new();
    let no_terminal =
        "No provider processes are kept ready. None are left behind here, because there is no terminal.";
    scene.expect(&["plan"], &[], 0, "1 to add");
    scene.expect(&["providers", "ps"], &[], 0, no_terminal);
    for (variable, why) in [
        (("CI", "true"), "because CI is set"),
        (("TF_IN_AUTOMATION", "1"), "because TF_IN_AUTOMATION is set"),
    ] {
        scene.expect(&["plan"], &[variable], 0, "1 to add");
        scene.expect(&["providers", "ps"], &[variable], 0, why);
    }
    assert!(scene.leaves_nothing());

    // A setting asks for it; the variable says more.
    let settings = scene.path("cli.tfrc");
    let before = std::fs::read_to_string(&settings).unwrap();
    std::fs::write(&settings, before + "warm_providers {\n  mode = \"on\"\n}\n").unwrap();
    scene.expect(&["plan"], &[("PLUMB_WARM_PROVIDERS", "off")], 0, "1 to add");
    scene.expect(
        &["providers", "ps"],
        &[("PLUMB_WARM_PROVIDERS", "off")],
        0,
        "because they are switched off",
    );
    assert!(scene.leaves_nothing());
    scene.expect(&["plan"], &[], 0, "1 to add");
    scene.wait_until_ready();
}

#[test]
fn another_environment_gets_another_process() {
    let scene = Scene::new();
    scene.expect(&["plan"], &[ON], 0, "1 to add");
    let process = scene.wait_until_ready();
    scene.expect(&["plan"], &[ON, ("TF_VAR_unused", "1")], 0, "1 to add");
    assert!(is_running(process));
    // One that is switched off uses none either.
    scene.expect(&["plan"], &[("PLUMB_WARM_PROVIDERS", "off")], 0, "1 to add");
    assert!(is_running(process));
    scene.expect(&["plan"], &[ON], 0, "1 to add");
    assert!(!is_running(process));
}

#[test]
fn what_a_provider_says_is_reported_as_ever() {
    let scene = Scene::new();
    for fault in ["plan-error", "plan-crash"] {
        let fault = ("PROBE_FAULTS", fault);
        let arguments = ["plan", "-no-color"];
        let without = scene.run(&arguments, &[("PLUMB_WARM_PROVIDERS", "off"), fault]);
        assert_eq!(without.code, Some(1));
        assert_eq!(scene.run(&arguments, &[ON, fault]).text, without.text);
        let process = scene.wait_until_ready();
        let warm = scene.run(&arguments, &[ON, fault]);
        assert!(!is_running(process));
        assert_eq!((warm.code, warm.text), (without.code, without.text));
        scene.run(&["providers", "stop"], &[]);
    }
}
