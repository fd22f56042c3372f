//! Configured processes that are not used again: nobody gets one whose own would differ in anything,
//! and none goes on from a command that did not come to a good end.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use crate::reuse::REUSE;
use crate::scene::{Scene, is_running, read_to, wait_for};

impl Scene {
    /// Whether a command like that of a client goes on with a process.
    #[track_caller]
    fn would_reuse(&self, mut command: Command) -> bool {
        let text = self.run({
            command.arg(REUSE);
            command
        });
        let reuses = text.lines().any(|line| line == "reused");
        assert_ne!(reuses, text.contains("configured true"), "{text}");
        reuses
    }

    /// A client that is started by another program.
    fn through(&self, program: &[&str]) -> Command {
        let mut command = self.prepared(Path::new(program[0]));
        command.args(&program[1..]).arg(&self.client).arg("use").arg(&self.provider).arg(self.path("cache"));
        command
    }
}

#[test]
fn what_lives_otherwise_gets_none() {
    let scene = Scene::new();
    let process = scene.configured(&[]);
    let with = |change: &dyn for<'a> Fn(&'a mut Command) -> &'a mut Command| {
        let mut command = scene.client(&[]);
        let _ = change(&mut command);
        command
    };
    let elsewhere = scene.path("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let other_client = scene.path("client");
    fs::copy(&scene.client, &other_client).unwrap();
    let other_program = {
        let mut command = scene.prepared(&other_client);
        command.arg("use").arg(&scene.provider).arg(scene.path("cache"));
        command
    };
    let shell = |before: &str| format!("{before} exec env -u PWD -u OLDPWD -u SHLVL -u _ \"$0\" \"$@\"");
    let cases = [
        ("another variable", with(&|command| command.env("MORE", "1"))),
        ("another value", with(&|command| command.env("PASSWORD", "other"))),
        ("one variable less", with(&|command| command.env_remove("PASSWORD"))),
        ("another home", with(&|command| command.env("HOME", &elsewhere))),
        ("another directory", with(&|command| command.current_dir(&elsewhere))),
        ("no TLS", scene.client(&["plain"])),
        ("another configuration", scene.client(&["prefix="])),
        ("a larger configuration", scene.client(&["prefix=quiet"])),
        ("another program of the command", other_program),
        ("another mask for files", scene.through(&["sh", "-c", &shell("umask 077;")])),
        ("other limits", scene.through(&["sh", "-c", &shell("ulimit -n 200;")])),
        ("another session", scene.through(&["setsid", "-w"])),
    ];
    for (name, command) in cases {
        assert!(!scene.would_reuse(command), "{name}");
        assert!(is_running(process), "{name}");
    }
    // Another time, and none at all.
    for words in [&["reuse=299"] as &[&str], &[]] {
        let text = scene.run(scene.client(words));
        assert!(text.contains("configured true"), "{words:?}: {text}");
    }
    // It is found where nothing but the way of calling differs.
    assert!(scene.would_reuse(scene.through(&["env"])));
    assert_eq!(scene.configured_processes(), [process]);
}

#[test]
fn another_user_or_group_gets_none() {
    let scene = Scene::new();
    let process = scene.configured(&[]);
    if fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) != 0) {
        println!("skipped: another_user_or_group_gets_none: only root can become another user");
        return;
    }
    if Command::new("setpriv").arg("--version").output().is_err() {
        println!("skipped: another_user_or_group_gets_none: there is no setpriv");
        return;
    }
    let others = [
        ("another group", ["setpriv", "--regid=65534", "--keep-groups"].as_slice()),
        ("other groups", &["setpriv", "--groups=65534"]),
        ("fewer capabilities", &["setpriv", "--bounding-set=-all"]),
        ("no new privileges", &["setpriv", "--no-new-privs"]),
    ];
    for (name, program) in others {
        assert!(!scene.would_reuse(scene.through(program)), "{name}");
        assert!(is_running(process), "{name}");
    }
    // Another user, even where the directories let everything pass.
    for (name, mode) in [("", 0o755), ("run", 0o777), ("cache", 0o777), ("home", 0o777), ("work", 0o777)] {
        fs::set_permissions(scene.path(name), fs::Permissions::from_mode(mode)).unwrap();
    }
    for entry in fs::read_dir(scene.path("run/plumb")).unwrap() {
        fs::set_permissions(entry.unwrap().path(), fs::Permissions::from_mode(0o777)).unwrap();
    }
    fs::set_permissions(scene.path("run/plumb"), fs::Permissions::from_mode(0o777)).unwrap();
    let user = scene.through(&["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]);
    let output = {
        let mut user = user;
        user.arg(REUSE).output().unwrap()
    };
    let text = String::from_utf8_lossy(&output.stdout);
    // Where the program itself lies in somebody's home, another user cannot even start it.
    assert!(!text.contains("reused"), "{text}");
    assert!(is_running(process));
    fs::set_permissions(scene.path("run/plumb"), fs::Permissions::from_mode(0o700)).unwrap();
    fs::set_permissions(scene.path("run"), fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn a_changed_program_gets_none() {
    let scene = Scene::new();
    let process = scene.configured(&[]);
    scene.install(b"changed");
    // Twice: its digest is not known at first.
    for _ in 0..2 {
        scene.run(scene.client(&["leave", REUSE]));
        wait_for("its spare", || scene.list().into_iter().find(|spare| spare.condition == "Ready"));
        assert!(scene.configured_processes().contains(&process));
    }
    assert!(scene.configured_processes().len() < 3);
    // One of the same size and time, too.
    scene.install(b"Changed");
    assert!(!scene.reuses(&[]));
    assert!(is_running(process));
}

#[test]
fn changed_files_get_none() {
    let scene = Scene::new();
    let credentials = scene.path("credentials");
    let with_file = |words: &[&str]| {
        let mut command = scene.client(words);
        command.env("SOME_CREDENTIALS", &credentials);
        command
    };
    let configure = || {
        scene.run(with_file(&["leave"]));
        scene.ready();
        assert!(!scene.would_reuse(with_file(&[])));
        assert!(scene.would_reuse(with_file(&[])));
    };
    configure();
    fs::write(&credentials, "created").unwrap();
    assert!(!scene.would_reuse(with_file(&[])), "created");
    configure();
    fs::write(&credentials, "Created").unwrap();
    assert!(!scene.would_reuse(with_file(&[])), "changed");
    fs::write(scene.path("home/.netrc"), "machine example.com").unwrap();
    configure();
    fs::remove_file(&credentials).unwrap();
    fs::write(&credentials, "Created").unwrap();
    assert!(scene.would_reuse(with_file(&[])), "the content counts, not the file");
    fs::remove_file(scene.path("home/.netrc")).unwrap();
    assert!(!scene.would_reuse(with_file(&[])), "removed");
    fs::remove_file(&credentials).unwrap();
}

#[test]
fn files_that_change_while_a_command_runs_keep_it_from_going_on() {
    let scene = Scene::new();
    let file = scene.path("home/.netrc");
    let held = |change: &dyn Fn()| {
        scene.leave(&[]);
        let (mut child, mut output) = scene.hold(&[REUSE]);
        read_to(&mut output, "configured true");
        change();
        drop(child.stdin.take());
        assert!(child.wait().unwrap().success());
        scene.configured_processes().len()
    };
    assert_eq!(held(&|| fs::write(&file, "changed").unwrap()), 0);
    assert_eq!(held(&|| fs::remove_file(&file).unwrap()), 0);
    assert_eq!(held(&|| {}), 1);
}

#[test]
fn none_goes_on_from_a_bad_end() {
    let scene = Scene::new();
    let ends: [(&str, &[&str]); 5] = [
        ("a command that failed", &["fail"]),
        ("one that asked it to stop", &["stop"]),
        ("one in which it crashed", &["crash"]),
        ("one that configured it again", &["twice"]),
        ("one that was warned", &["prefix=old"]),
    ];
    for (name, words) in ends {
        let process = scene.leave(&[]);
        let text = scene.run(scene.client(&[words, &[REUSE]].concat()));
        assert!(text.contains("configured true"), "{name}: {text}");
        assert!(scene.configured_processes().is_empty(), "{name}");
        wait_for(name, || (!is_running(process)).then_some(()));
    }
    // The same of one that goes on.
    for (name, words) in &ends[..3] {
        let process = scene.configured(&[]);
        let text = scene.run(scene.client(&[words, &[REUSE] as &[&str]].concat()));
        assert!(text.contains("reused"), "{name}: {text}");
        assert!(scene.configured_processes().is_empty(), "{name}");
        wait_for(name, || (!is_running(process)).then_some(()));
    }
}
