//! Configured processes: they go from one command to the next, for a short time, and end with whoever
//! has them.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::scene::{Scene, is_running, read_to, signal, wait_for};

/// Long enough for every test.
pub(crate) const REUSE: &str = "reuse=300";

impl Scene {
    /// Has a configured process left behind, on a machine that is not too busy for that. Its number.
    #[track_caller]
    pub(crate) fn configured(&self, words: &[&str]) -> u32 {
        wait_for("a configured process", || {
            let spare = self.leave(&[]);
            let text = self.run(self.client(&[words, &[REUSE]].concat()));
            assert!(text.contains("configured true"), "{text}");
            self.configured_processes().into_iter().find(|process| *process == spare)
        })
    }

    /// Those that are kept.
    #[track_caller]
    pub(crate) fn configured_processes(&self) -> Vec<u32> {
        let listed = self.list().into_iter().filter(|spare| spare.condition == "Configured");
        listed.map(|spare| spare.process).collect()
    }

    /// Everything that runs in the directory of the commands.
    fn processes(&self) -> Vec<PathBuf> {
        let work = self.path("work");
        let entries = fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
        entries
            .filter(|process| fs::read_link(process.join("cwd")).is_ok_and(|found| found == work))
            .collect()
    }

    /// Whether a client goes on with a process.
    #[track_caller]
    pub(crate) fn reuses(&self, words: &[&str]) -> bool {
        let text = self.run(self.client(&[words, &[REUSE]].concat()));
        let reuses = text.lines().any(|line| line == "reused");
        assert_ne!(reuses, text.contains("configured"), "{text}");
        reuses
    }
}

#[test]
fn a_configured_process_goes_from_one_command_to_the_next() {
    let scene = Scene::new();
    let process = scene.configured(&[]);
    for _ in 0..3 {
        assert!(scene.reuses(&[]));
        assert_eq!(scene.configured_processes(), [process]);
    }
    // To one that has been given its key alone, and with the same as another.
    let (mut child, mut output) = scene.hold(&[REUSE]);
    read_to(&mut output, "reused");
    assert!(!scene.reuses(&[]), "it is one command's alone");
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
    assert_eq!(scene.configured_processes(), [process]);
}

#[test]
fn those_that_were_not_configured_are_given_back_too() {
    let scene = Scene::new();
    let configured = scene.configured(&[]);
    let spare = scene.leave(&[]);
    // It needs one that nobody has configured first, and no more when it has found the other.
    let text = scene.run(scene.client(&["fresh", REUSE]));
    assert!(text.contains("spare after") && text.contains("reused"), "{text}");
    let mut kept: Vec<(String, u32)> =
        scene.list().into_iter().map(|spare| (spare.condition, spare.process)).collect();
    kept.sort();
    assert_eq!(kept, [("Configured".to_owned(), configured), ("Ready".to_owned(), spare)]);
    // One that its command started itself has nobody to go back to.
    signal("KILL", spare);
    wait_for("its end", || (scene.list().len() == 1).then_some(()));
    let text = scene.run(scene.client(&["fresh", REUSE]));
    assert!(text.contains("own after") && text.contains("reused"), "{text}");
    assert_eq!(scene.configured_processes(), [configured]);
}

#[test]
fn its_time_begins_when_it_is_configured() {
    let scene = Scene::new();
    scene.leave(&[]);
    let life = Duration::from_secs(4);
    scene.run(scene.client(&["reuse=4"]));
    let configured = Instant::now();
    let [process] = scene.configured_processes()[..] else { panic!("there is none") };
    // Being used does not make it live longer.
    while configured.elapsed() < life.mul_f32(0.7) {
        let text = scene.run(scene.client(&["reuse=4"]));
        assert!(text.contains("reused"), "{text}");
        std::thread::sleep(Duration::from_millis(300));
    }
    wait_for("its end", || (!is_running(process)).then_some(()));
    assert!(configured.elapsed() < life + Duration::from_secs(3), "{:?}", configured.elapsed());
    let text = scene.run(scene.client(&["reuse=4"]));
    assert!(text.contains("configured true"), "{text}");

    // One that is in use then is not taken from the command, but does not come back.
    scene.leave(&[]);
    let (mut child, mut output) = scene.hold(&["reuse=1"]);
    read_to(&mut output, "configured true");
    std::thread::sleep(Duration::from_millis(1200));
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
    assert!(scene.configured_processes().is_empty());
}

#[test]
fn nothing_stays_when_a_process_is_killed() {
    // The keeper.
    let scene = Scene::new();
    let process = scene.configured(&[]);
    signal("KILL", scene.keeper());
    wait_for("the end of the provider", || (!is_running(process)).then_some(()));
    assert!(!scene.reuses(&[]));
    // The command that uses it.
    let process = scene.configured(&[]);
    let keeper = scene.keeper();
    let (mut child, mut output) = scene.hold(&[REUSE]);
    read_to(&mut output, "reused");
    child.kill().unwrap();
    child.wait().unwrap();
    wait_for("the end of both", || (!is_running(process) && !is_running(keeper)).then_some(()));
    // The command that has configured it.
    let process = scene.leave(&[]);
    let keeper = scene.keeper();
    let (mut child, mut output) = scene.hold(&[REUSE]);
    read_to(&mut output, "configured true");
    child.kill().unwrap();
    child.wait().unwrap();
    wait_for("the end of both", || (!is_running(process) && !is_running(keeper)).then_some(()));
    // The provider, while nobody has it and while somebody does.
    let process = scene.configured(&[]);
    let keeper = scene.keeper();
    signal("KILL", process);
    wait_for("the end of the keeper", || (!is_running(keeper)).then_some(()));
    assert!(!scene.reuses(&[]));
    let process = scene.configured(&[]);
    let keeper = scene.keeper();
    let (mut child, mut output) = scene.hold(&[REUSE]);
    read_to(&mut output, "reused");
    signal("KILL", process);
    wait_for("the end of the keeper", || (!is_running(keeper)).then_some(()));
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
    assert!(scene.sockets().is_empty() && scene.kept("sockets").is_empty());
}

#[test]
fn nothing_stays_whenever_a_command_is_killed() {
    let scene = Scene::new();
    for step in 0..20 {
        scene.configured(&[]);
        // Both that it needs are there, so it starts none itself.
        scene.leave(&[]);
        let mut command = scene.client(&["fresh", "leave", REUSE]);
        let mut child = command.stdout(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(step * 4));
        child.kill().unwrap();
        child.wait().unwrap();
        // What is left is known, and ends when it is told to.
        wait_for("the end of all that is left", || {
            let mut stop = scene.prepared(&scene.client);
            stop.arg("stop");
            assert!(scene.run(stop).contains("silent: 0"));
            scene.processes().is_empty().then_some(())
        });
    }
}

#[test]
fn keepers_that_are_stopped_delay_nobody() {
    let scene = Scene::new();
    scene.configured(&[]);
    let keeper = scene.keeper();
    signal("STOP", keeper);
    let began = Instant::now();
    assert!(!scene.reuses(&[]));
    assert!(began.elapsed() < Duration::from_secs(10));
    signal("CONT", keeper);
    // It finds that nobody waits for its answer any more.
    wait_for("it to go on", || (!scene.configured_processes().is_empty()).then_some(()));
    assert!(scene.reuses(&[]));
    // One that is stopped while a command has its process.
    let (mut child, mut output) = scene.hold(&[REUSE]);
    read_to(&mut output, "reused");
    signal("STOP", keeper);
    let began = Instant::now();
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
    assert!(began.elapsed() < Duration::from_secs(10));
    signal("CONT", keeper);
    // It has heard all of it, and in the right order.
    wait_for("it to come back", || (!scene.configured_processes().is_empty()).then_some(()));
}

#[test]
fn the_configuration_is_written_nowhere() {
    let scene = Scene::new();
    let hidden = "quiet-sesame-open-the-door";
    let process = scene.configured(&[&format!("prefix={hidden}")]);
    let keeper = scene.keeper();
    assert!(scene.reuses(&[&format!("prefix={hidden}")]));
    assert!(!scene.reuses(&["prefix=quiet"]));
    let mut paths = vec![scene.directory.path().to_owned()];
    let mut files: Vec<PathBuf> = [keeper, process]
        .iter()
        .flat_map(|process| ["cmdline", "environ"].map(|name| format!("/proc/{process}/{name}").into()))
        .collect();
    while let Some(path) = paths.pop() {
        match fs::read_dir(&path) {
            Ok(entries) => paths.extend(entries.map(|entry| entry.unwrap().path())),
            Err(_) => files.push(path),
        }
    }
    assert!(files.len() > 6, "{files:?}");
    for path in files {
        let content = fs::read(&path).unwrap_or_default();
        let holds = content.windows(hidden.len()).any(|window| window == hidden.as_bytes());
        assert!(!holds, "{}", path.display());
        assert!(!path.to_string_lossy().contains(hidden));
    }
    let mut list = scene.prepared(&scene.client);
    list.arg("list");
    assert!(!scene.run(list).contains(hidden));
}
