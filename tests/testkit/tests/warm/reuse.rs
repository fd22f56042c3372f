//! Configured processes that go from one command to the next: the provider is configured once, hears
//! of everything else as ever, and commands print the same. It is not so where anything differs.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::Value as Json;

use crate::scene::{ON, PATIENCE, Scene, is_running};

const PROVIDERS: &str = r#"
terraform {
  required_providers {
    probe = { source = "testing/probe" }
  }
}

variable "region" {
  default = "north"
}

variable "token" {
  default   = "sesame-open-the-door"
  sensitive = true
}

variable "fault" {
  default = null
}

variable "plan_fault" {
  default = null
}

provider "probe" {
  region = var.region
  token  = var.token
  fault  = var.fault
}

resource "probe_thing" "one" {
  name  = "one"
  fault = var.plan_fault
}
"#;

const ALIASES: &str = r#"
provider "probe" {
  alias  = "south"
  region = "south"
}

resource "probe_thing" "two" {
  provider = probe.south
  name     = "two"
}
"#;

const SETTINGS: &str =
    "mode = \"on\"\n  memory_mib = 16384\n  reuse_configured = true\n  reuse_seconds = 300";

/// What the provider was asked, without what differs from process to process.
type Requests = Vec<(String, Json)>;

impl Scene {
    fn reusing(further: &str) -> Scene {
        let scene = Scene::new();
        scene.workspace.write("main.tf", Some(&format!("{PROVIDERS}{further}"))).unwrap();
        scene.settings(SETTINGS);
        scene
    }

    /// Replaces the settings of warm providers.
    fn settings(&self, settings: &str) {
        let path = self.path("cli.tfrc");
        let before = std::fs::read_to_string(&path).unwrap();
        let others = before.split("warm_providers").next().unwrap();
        std::fs::write(&path, format!("{others}warm_providers {{\n  {settings}\n}}\n")).unwrap();
    }

    /// Runs a plan that must come to a good end; what it printed, and what the provider was asked.
    #[track_caller]
    fn plan(&self, arguments: &[&str], variables: &[(&str, &str)]) -> (String, Requests) {
        self.forget_requests();
        let printed = self.run(&[&["plan", "-no-color"], arguments].concat(), variables);
        assert_eq!(printed.code, Some(0), "{}", printed.text);
        (printed.text, self.requests())
    }

    /// Processes that run already hold on to the file.
    fn forget_requests(&self) {
        std::fs::write(self.path("requests"), "").unwrap();
    }

    fn requests(&self) -> Requests {
        let text = std::fs::read_to_string(self.path("requests")).unwrap_or_default();
        let lines = text.lines().map(|line| serde_json::from_str::<Json>(line).unwrap());
        let told = lines.map(|line| (line["method"].as_str().unwrap().to_owned(), line["request"].clone()));
        // Spares set themselves up with it, at any time.
        told.filter(|(method, _)| method != "GetProviderSchema").collect()
    }

    /// What `providers ps` shows of those that are configured: process and seconds left.
    fn configured(&self) -> Vec<(u32, u64)> {
        let printed = self.run(&["providers", "ps"], &[]);
        let lines = printed.text.lines().filter(|line| line.contains(" configured "));
        lines
            .map(|line| {
                let words: Vec<&str> = line.split_whitespace().collect();
                let (minutes, seconds) = words[6].split_once('m').unwrap_or(("0", words[6]));
                let seconds: u64 = seconds.trim_end_matches('s').parse().unwrap();
                (words[1].parse().unwrap(), minutes.parse::<u64>().unwrap() * 60 + seconds)
            })
            .collect()
    }

    /// Has a process configured with the usual and left behind. Its number.
    #[track_caller]
    fn leave_configured(&self) -> u32 {
        self.plan(&[], &[]);
        self.wait_until_ready();
        self.plan(&[], &[]);
        let [(process, _)] = self.configured()[..] else { panic!("there is not one configured process") };
        process
    }
}

fn times(requests: &Requests, wanted: &str) -> usize {
    requests.iter().filter(|(method, _)| method == wanted).count()
}

#[test]
fn what_is_configured_alike_is_configured_once() {
    let scene = Scene::reusing("");
    let (cold_text, cold) = scene.plan(&[], &[]);
    assert_eq!(times(&cold, "ConfigureProvider"), 1);
    let spare = scene.wait_until_ready();
    let (spare_text, from_spare) = scene.plan(&[], &[]);
    assert_eq!((&spare_text, &from_spare), (&cold_text, &cold));
    let [(process, left_s)] = scene.configured()[..] else { panic!("there is not one configured process") };
    assert_eq!(process, spare);
    assert!((200..=300).contains(&left_s), "{left_s}");
    let unconfigured = scene.wait_until_ready();

    let (text, reused) = scene.plan(&[], &[]);
    assert_eq!(text, cold_text);
    // All that is not asked again: to check the configuration just before, and to take it.
    let at = cold.iter().position(|(method, _)| method == "ConfigureProvider").unwrap();
    assert_eq!(cold[at - 1].0, "ValidateProviderConfig");
    let expected: Requests = [&cold[..at - 1], &cold[at + 1..]].concat();
    assert_eq!(reused, expected);
    // No process was started for it, and none has ended.
    assert_eq!(scene.configured().len(), 1);
    assert_eq!((scene.configured()[0].0, scene.ready()), (process, Some(unconfigured)));

    // So it goes on, whatever the command is.
    let commands: [(&[&str], &str); 4] = [
        (&["apply", "-auto-approve"], "1 added"),
        (&["plan", "-detailed-exitcode"], "No changes"),
        (&["refresh"], "probe_thing.one"),
        (&["destroy", "-auto-approve"], "1 destroyed"),
    ];
    for (arguments, wanted) in commands {
        scene.forget_requests();
        scene.expect(arguments, &[], 0, wanted);
        assert_eq!(times(&scene.requests(), "ConfigureProvider"), 0, "{arguments:?}");
        assert_eq!(scene.configured()[0].0, process, "{arguments:?}");
    }
    // Whole seconds are shown.
    std::thread::sleep(Duration::from_millis(1100));
    assert!(scene.configured()[0].1 < left_s, "being used does not make it live longer");
    scene.expect(&["providers", "stop"], &[], 0, "Stopped 2 provider processes.");
    assert!(!is_running(process) && scene.leaves_nothing());
}

#[test]
fn a_saved_plan_needs_no_other_process() {
    let scene = Scene::reusing("");
    let process = scene.leave_configured();
    scene.plan(&["-out=saved"], &[]);
    let unconfigured = scene.wait_until_ready();
    scene.expect(&["apply", "saved"], &[], 0, "1 added");
    assert_eq!((scene.configured()[0].0, scene.ready()), (process, Some(unconfigured)));
}

#[test]
fn each_alias_has_its_own() {
    let scene = Scene::reusing(ALIASES);
    let (_, cold) = scene.plan(&[], &[]);
    assert_eq!(times(&cold, "ConfigureProvider"), 2);
    let began = Instant::now();
    // Each process that the command used leaves one behind.
    while scene.run(&["providers", "ps"], &[]).text.matches(" ready ").count() < 2 {
        assert!(began.elapsed() < PATIENCE);
        std::thread::sleep(Duration::from_millis(30));
    }
    let (_, from_spares) = scene.plan(&[], &[]);
    assert_eq!(times(&from_spares, "ConfigureProvider"), 2);
    assert_eq!(scene.configured().len(), 2);
    scene.wait_until_ready();
    let (_, reused) = scene.plan(&[], &[]);
    assert_eq!(times(&reused, "ConfigureProvider"), 0);
    let before: BTreeSet<u32> = scene.configured().iter().map(|(process, _)| *process).collect();
    // Where one of them changes, the other goes on.
    let (_, one) = scene.plan(&["-var=region=east"], &[]);
    assert_eq!(times(&one, "ConfigureProvider"), 1);
    let after: BTreeSet<u32> = scene.configured().iter().map(|(process, _)| *process).collect();
    assert!(before.is_subset(&after));
}

#[test]
fn what_differs_is_configured_anew() {
    let scene = Scene::reusing("");
    let process = scene.leave_configured();
    let credentials = scene.path("home/.aws/credentials");
    let write = |content: &str| {
        std::fs::create_dir_all(credentials.parent().unwrap()).unwrap();
        std::fs::write(&credentials, content).unwrap();
    };
    let key = scene.workspace.directory().join("key");
    let nothing = &|| {};
    let named = credentials.display().to_string();
    let variables: [(&str, &str); 1] = [("AWS_WEB_IDENTITY_TOKEN_FILE", &named)];
    type Case<'a> = (&'a str, &'a dyn Fn(), &'a [&'a str], &'a [(&'a str, &'a str)]);
    let cases: [Case<'_>; 13] = [
        ("another value", nothing, &["-var=region=south"], &[]),
        ("another sensitive value", nothing, &["-var=token=other"], &[]),
        ("one that is null", nothing, &["-var=token=null"], &[]),
        ("one more variable", nothing, &[], &[("MORE", "1")]),
        ("another value of a variable", nothing, &[], &[("CHECKPOINT_DISABLE", "2")]),
        ("a file that is always read", &|| write("one"), &[], &[]),
        ("its content", &|| write("two"), &[], &[]),
        ("a file that a variable names", nothing, &[], &variables),
        ("its content", &|| write("three"), &[], &variables),
        ("a file that the configuration names", nothing, &["-var=token=key"], &[]),
        ("that it is there", &|| std::fs::write(&key, "one").unwrap(), &["-var=token=key"], &[]),
        ("its content", &|| std::fs::write(&key, "two").unwrap(), &["-var=token=key"], &[]),
        ("a file of settings", &|| scene.settings(&SETTINGS.replace("300", "299")), &[], &[]),
    ];
    for (name, change, arguments, variables) in cases {
        change();
        let (_, requests) = scene.plan(arguments, variables);
        assert_eq!(times(&requests, "ConfigureProvider"), 1, "{name}");
        assert!(is_running(process), "{name}");
    }
    // As it was.
    std::fs::remove_file(&credentials).unwrap();
    scene.settings(SETTINGS);
    let (_, requests) = scene.plan(&[], &[]);
    assert_eq!(times(&requests, "ConfigureProvider"), 0);
    assert!(scene.configured().iter().any(|(found, _)| *found == process));
}

#[test]
fn it_has_to_be_asked_for() {
    let scene = Scene::reusing("");
    for settings in ["mode = \"on\"", "mode = \"on\"\n  reuse_seconds = 60", "reuse_configured = true"] {
        scene.settings(settings);
        for _ in 0..2 {
            let (_, requests) = scene.plan(&[], &[]);
            assert_eq!(times(&requests, "ConfigureProvider"), 1, "{settings}");
            if settings.starts_with("mode") {
                scene.wait_until_ready();
            }
        }
        assert!(scene.configured().is_empty(), "{settings}");
        scene.run(&["providers", "stop"], &[]);
    }
    assert!(scene.leaves_nothing());
    // Where providers are not kept warm this is nothing either, as in CI with the usual mode.
    scene.settings("reuse_configured = true");
    scene.plan(&[], &[("CI", "true")]);
    assert!(scene.leaves_nothing());
    // Who reads logs gets all of them.
    scene.settings(SETTINGS);
    for _ in 0..3 {
        let (text, requests) = scene.plan(&[], &[("TF_LOG", "trace")]);
        assert_eq!(times(&requests, "ConfigureProvider"), 1, "{text}");
    }
    // Switching all of it off for one command leaves the process alone.
    scene.settings(SETTINGS);
    let process = scene.leave_configured();
    let (_, requests) = scene.plan(&[], &[("PLUMB_WARM_PROVIDERS", "off")]);
    assert_eq!(times(&requests, "ConfigureProvider"), 1);
    assert!(is_running(process));
}

#[test]
fn none_goes_on_from_a_bad_end_or_with_something_to_say() {
    let scene = Scene::reusing("");
    let cases: [(&str, i32, &[&str]); 4] = [
        ("nothing can be planned", 1, &["-var=plan_fault=plan-error"]),
        ("it crashes", 1, &["-var=plan_fault=plan-crash"]),
        ("it refuses its configuration", 1, &["-var=fault=configure-error"]),
        ("it has something to say about its configuration", 0, &["-var=fault=configure-warning"]),
    ];
    for (name, code, arguments) in cases {
        scene.plan(&[], &[]);
        let spare = scene.wait_until_ready();
        let arguments = [&["plan", "-no-color"], arguments].concat();
        let printed = scene.run(&arguments, &[]);
        assert_eq!(printed.code, Some(code), "{name}: {}", printed.text);
        assert!(scene.configured().is_empty(), "{name}");
        assert!(!is_running(spare), "{name}");
        // The same words each time.
        scene.wait_until_ready();
        assert_eq!(scene.run(&arguments, &[]).text, printed.text, "{name}");
        scene.run(&["providers", "stop"], &[]);
    }
}

#[test]
fn ephemeral_values_do_not_go_on() {
    let scene = Scene::reusing("");
    let ephemeral = PROVIDERS.replace("sensitive = true", "ephemeral = true");
    scene.workspace.write("main.tf", Some(&ephemeral)).unwrap();
    for _ in 0..2 {
        let (_, requests) = scene.plan(&[], &[]);
        assert_eq!(times(&requests, "ConfigureProvider"), 1);
        scene.wait_until_ready();
        assert!(scene.configured().is_empty());
    }
    // The same value, and nothing that is not to be kept.
    scene.workspace.write("main.tf", Some(PROVIDERS)).unwrap();
    scene.plan(&[], &[]);
    assert_eq!(scene.configured().len(), 1);
}

#[test]
fn none_goes_on_from_an_interruption() {
    let scene = Scene::reusing("");
    let process = scene.leave_configured();
    scene.forget_requests();
    let mut command = scene.command(&["plan", "-var=plan_fault=plan-until-stopped"], &[]);
    let child = command.stdout(std::process::Stdio::null()).spawn().unwrap();
    let began = Instant::now();
    while times(&scene.requests(), "PlanResourceChange") == 0 {
        assert!(began.elapsed() < PATIENCE);
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(times(&scene.requests(), "ConfigureProvider"), 0);
    let interrupt = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(interrupt.unwrap().success());
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(1));
    assert!(scene.configured().is_empty());
    assert!(!is_running(process));
}

#[test]
fn one_that_has_crashed_meanwhile_is_replaced() {
    let scene = Scene::reusing("");
    let process = scene.leave_configured();
    let killed = std::process::Command::new("kill").args(["-KILL", &process.to_string()]).status();
    assert!(killed.unwrap().success());
    let (_, requests) = scene.plan(&[], &[]);
    assert_eq!(times(&requests, "ConfigureProvider"), 1);
}

#[test]
fn secrets_of_a_configuration_are_nowhere() {
    let scene = Scene::reusing("");
    scene.leave_configured();
    scene.plan(&[], &[]);
    let hidden = b"sesame-open-the-door";
    for entry in std::fs::read_dir(scene.path("run/plumb")).unwrap() {
        let path = entry.unwrap().path();
        let content = std::fs::read(&path).unwrap_or_default();
        assert!(!content.windows(hidden.len()).any(|part| part == hidden), "{}", path.display());
    }
    let printed = scene.run(&["providers", "ps"], &[("TF_LOG", "trace"), ON]);
    assert!(!printed.text.contains("sesame"), "{}", printed.text);
    for keeper in std::fs::read_dir("/proc").unwrap().flatten() {
        let arguments = std::fs::read(keeper.path().join("cmdline")).unwrap_or_default();
        assert!(!arguments.windows(hidden.len()).any(|part| part == hidden), "{}", keeper.path().display());
    }
}
