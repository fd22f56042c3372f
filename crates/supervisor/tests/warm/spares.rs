//! Spares: who gets one, and who does not.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use crate::scene::{Scene, is_running, read_to, wait_for};

#[test]
fn a_spare_is_used_up_by_one_command() {
    let scene = Scene::new();
    assert_eq!(scene.origin(scene.client(&["leave"])), "own");
    let process = scene.ready();
    assert!(is_running(process));
    assert_eq!(scene.origin(scene.client(&[])), "spare");
    wait_for("its end", || (!is_running(process)).then_some(()));
    assert_eq!(scene.origin(scene.client(&[])), "own");
    assert!(scene.sockets().is_empty());
}

#[test]
fn of_two_commands_one_gets_it() {
    let scene = Scene::new();
    scene.leave(&[]);
    let mut both: Vec<_> = (0..2).map(|_| scene.hold(&[])).collect();
    let mut origins: Vec<String> = both
        .iter_mut()
        .map(|(_, output)| read_to(output, " after ").split(' ').next().unwrap().to_owned())
        .collect();
    origins.sort();
    assert_eq!(origins, ["own", "spare"]);
    for (mut child, _) in both {
        drop(child.stdin.take());
        assert!(child.wait().unwrap().success());
    }
}

#[test]
fn one_that_is_being_started_is_waited_for() {
    let scene = Scene::new();
    let slow = |words: &[&str]| {
        let mut command = scene.client(words);
        command.env("SPARES_START_MS", "700");
        command
    };
    scene.run(slow(&["leave"]));
    wait_for("a keeper", || (!scene.sockets().is_empty()).then_some(()));
    assert_eq!(scene.origin(slow(&[])), "spare");
}

#[test]
fn what_differs_gets_no_spare() {
    let scene = Scene::new();
    scene.leave(&[]);
    let with = |change: &dyn for<'a> Fn(&'a mut Command) -> &'a mut Command| {
        let mut command = scene.client(&[]);
        let _ = change(&mut command);
        command
    };
    let elsewhere = scene.path("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    // The shell's own variables are taken away again.
    let through_shell = |before: &str| {
        let mut command = scene.prepared(Path::new("sh"));
        let call = format!("{before} env -u PWD -u OLDPWD -u SHLVL -u _ \"$0\" use \"$1\" \"$2\"");
        command.args(["-c", &call]).arg(&scene.client).arg(&scene.provider).arg(scene.path("cache"));
        command
    };
    let other_client = scene.path("client");
    fs::copy(&scene.client, &other_client).unwrap();
    let mut other_program = scene.prepared(&other_client);
    other_program.arg("use").arg(&scene.provider).arg(scene.path("cache"));
    let other_path = {
        let link = scene.path("linked-provider");
        std::os::unix::fs::symlink(&scene.provider, &link).unwrap();
        let mut command = scene.prepared(&scene.client);
        command.arg("use").arg(link).arg(scene.path("cache"));
        command
    };
    let cases = [
        ("another variable", with(&|command| command.env("MORE", "1"))),
        ("another value", with(&|command| command.env("PASSWORD", "other"))),
        ("one variable less", with(&|command| command.env_remove("PASSWORD"))),
        ("another directory", with(&|command| command.current_dir(&elsewhere))),
        ("no TLS", scene.client(&["plain"])),
        ("another path", other_path),
        ("another program of the command", other_program),
        ("another mask for files", through_shell("umask 077; exec")),
        ("other limits", through_shell("ulimit -n 200; exec")),
        ("another session", through_shell("exec setsid -w")),
    ];
    for (name, command) in cases {
        assert_eq!(scene.origin(command), "own", "{name}");
    }
    // It has not been used up by any of them, and is found where nothing but the way of calling differs.
    assert_eq!(scene.list().len(), 1);
    assert_eq!(scene.origin(through_shell("exec")), "spare");
}

#[test]
fn another_user_gets_no_spare() {
    let scene = Scene::new();
    let process = scene.leave(&[]);
    if fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) != 0) {
        println!("skipped: another_user_gets_no_spare: only root can become another user");
        return;
    }
    // Even where the directories would let it pass.
    for (name, mode) in [("", 0o755), ("run", 0o755), ("cache", 0o777)] {
        fs::set_permissions(scene.path(name), fs::Permissions::from_mode(mode)).unwrap();
    }
    let place = scene.path("run/plumb");
    fs::set_permissions(&place, fs::Permissions::from_mode(0o777)).unwrap();
    let socket = scene.sockets()[0].clone();
    fs::set_permissions(&socket, fs::Permissions::from_mode(0o777)).unwrap();
    let ask = r#"
import socket, sys
connection = socket.socket(socket.AF_UNIX)
connection.settimeout(5)
connection.connect(sys.argv[1])
try:
    connection.sendall(b'"describe"\n')
    print(len(connection.recv(100)))
except OSError:
    print(0)
"#;
    let answered = |user: u32| {
        let mut command = Command::new("python3");
        command.args(["-c", ask]).arg(&socket).uid(user).gid(user);
        command.output().map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    match answered(0).as_deref() {
        Ok("100") => assert_eq!(answered(65_534).unwrap(), "0"),
        _ => println!("skipped: another_user_gets_no_spare: python3 cannot run"),
    }
    // And one's own command does not trust a directory that others can write to.
    assert_ne!(scene.origin(scene.client(&[])), "spare");
    fs::set_permissions(&place, fs::Permissions::from_mode(0o700)).unwrap();
    fs::set_permissions(scene.path("run"), fs::Permissions::from_mode(0o700)).unwrap();
    assert!(is_running(process));
}

#[test]
fn a_changed_program_gets_no_spare() {
    let scene = Scene::new();
    scene.leave(&[]);
    scene.install(b"changed");
    // Its digest is not known at first, then it is another one.
    assert_eq!(scene.origin(scene.client(&["leave"])), "own");
    let newer = || scene.list().into_iter().filter(|spare| spare.condition == "Ready").nth(1);
    wait_for("a second spare", newer);
    assert_eq!(scene.origin(scene.client(&[])), "spare");
    assert_eq!(scene.origin(scene.client(&[])), "own");
    // The first program again: its spare is still there.
    scene.install(b"");
    scene.run(scene.client(&["leave"]));
    assert!(!scene.list().is_empty());
}
