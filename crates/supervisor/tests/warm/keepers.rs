//! Keepers: what they do when any of the processes ends, and what they leave behind.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::scene::{Scene, is_running, read_to, signal, wait_for};

#[test]
fn a_killed_keeper_takes_its_spare_along() {
    let scene = Scene::new();
    let process = scene.leave(&[]);
    signal("KILL", scene.keeper());
    wait_for("the end of the provider", || (!is_running(process)).then_some(()));
    assert_eq!(scene.sockets().len(), 1);
    assert_eq!(scene.origin(scene.client(&[])), "own");
    assert!(scene.sockets().is_empty(), "the socket that nobody listens to is removed");
    assert_eq!(scene.kept("sockets").len(), 1);
    scene.leave(&[]);
    assert_eq!(scene.kept("sockets").len(), 1, "what a killed keeper leaves behind the next one removes");
    signal("TERM", scene.keeper());
    wait_for("its end", || (scene.kept("sockets").is_empty() && scene.sockets().is_empty()).then_some(()));
    assert_eq!(fs::read_dir(scene.path("temporary")).unwrap().count(), 0);
}

#[test]
fn a_killed_command_takes_its_spare_along() {
    let scene = Scene::new();
    let process = scene.leave(&[]);
    let keeper = scene.keeper();
    let (mut child, mut output) = scene.hold(&[]);
    assert!(read_to(&mut output, " after ").starts_with("spare"));
    read_to(&mut output, "configured true");
    assert!(is_running(process) && is_running(keeper));
    child.kill().unwrap();
    child.wait().unwrap();
    wait_for("the end of the provider", || (!is_running(process) && !is_running(keeper)).then_some(()));
}

#[test]
fn a_command_keeps_what_it_has_taken() {
    let scene = Scene::new();
    let process = scene.leave(&[]);
    let keeper = scene.keeper();
    let (mut child, mut output) = scene.hold(&["crash"]);
    read_to(&mut output, " after ");
    drop(child.stdin.take());
    // Its end is told as it was, with the last words.
    assert!(
        read_to(&mut output, "Provider example.com/test/notes").contains("it ended with exit code 2 during")
    );
    assert!(read_to(&mut output, "panic: the note").contains("too heavy"));
    assert!(child.wait().unwrap().success());
    wait_for("the end of both", || (!is_running(process) && !is_running(keeper)).then_some(()));

    // What ends those that nobody has taken does not end those that somebody has.
    let process = scene.leave(&[]);
    let keeper = scene.keeper();
    let (mut child, mut output) = scene.hold(&[]);
    assert!(read_to(&mut output, " after ").starts_with("spare"));
    let mut stop = scene.prepared(&scene.client);
    stop.arg("stop");
    assert_eq!(scene.run(stop).trim(), "Stopped { ended: 0, silent: 0 }");
    signal("TERM", keeper);
    std::thread::sleep(Duration::from_millis(200));
    assert!(is_running(process));
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}

#[test]
fn the_log_is_complete() {
    let scene = Scene::new();
    scene.leave(&[]);
    let text = scene.run(scene.client(&[]));
    assert!(text.contains("spare after"), "{text}");
    let expected = format!("log [INFO] started by {}", scene.provider.display());
    assert!(text.lines().any(|line| line.starts_with(&expected)), "{text}");
}

#[test]
fn what_nobody_asked_for_is_not_logged() {
    let quiet = ", told to log from ERROR on";
    let scene = Scene::new();
    let own = scene.run(scene.client(&["leave"]));
    assert!(own.contains("own after") && own.contains(quiet), "{own}");
    scene.ready();
    let spare = scene.run(scene.client(&[]));
    assert!(spare.contains("spare after") && spare.contains(quiet), "{spare}");
    let mut asked = scene.client(&[]);
    asked.env("TF_LOG", "info");
    let text = scene.run(asked);
    assert!(text.contains("started by") && !text.contains("told to log"), "{text}");
}

#[test]
fn spares_end_by_themselves() {
    let scene = Scene::new();
    let process = scene.leave(&["idle=3"]);
    wait_for("its end", || (!is_running(process) && scene.sockets().is_empty()).then_some(()));
    // One that is larger than all may be together does not stay.
    scene.run(scene.client(&["leave", "memory=1000"]));
    std::thread::sleep(Duration::from_secs(1));
    wait_for("its end", || scene.sockets().is_empty().then_some(()));
    // Ends in good order, too.
    let process = scene.leave(&[]);
    let keeper = scene.keeper();
    signal("TERM", keeper);
    wait_for("its end", || (!is_running(process) && scene.sockets().is_empty()).then_some(()));
}

#[test]
fn the_oldest_makes_room() {
    let scene = Scene::new();
    let leave = |words: &[&str], other: &str| {
        let mut command = scene.client(&[&["leave"], words].concat());
        command.env("OTHER", other).env("SPARES_BALLAST_MIB", "64");
        scene.run(command)
    };
    leave(&[], "0");
    let first = scene.ready();
    let mut command = scene.prepared(&scene.client);
    let text = scene.run({
        command.arg("list");
        command
    });
    let bytes: u64 = text.split(' ').nth(2).unwrap().parse().unwrap();
    std::thread::sleep(Duration::from_millis(1100));
    // Room for one and a half.
    leave(&[&format!("memory={}", bytes + bytes / 2)], "1");
    wait_for("the end of the first", || (!is_running(first)).then_some(()));
    let left = wait_for("the second", || scene.list().into_iter().next());
    assert_ne!(left.process, first);
}

#[test]
fn stopping_ends_all_of_them() {
    let scene = Scene::new();
    let process = scene.leave(&[]);
    let mut stop = scene.prepared(&scene.client);
    stop.arg("stop");
    assert_eq!(scene.run(stop).trim(), "Stopped { ended: 1, silent: 0 }");
    wait_for("its end", || (!is_running(process) && scene.sockets().is_empty()).then_some(()));
}

#[test]
fn keepers_that_do_not_answer_are_left_alone() {
    let scene = Scene::new();
    scene.leave(&[]);
    let (keeper, socket) = (scene.keeper(), scene.sockets()[0].clone());
    signal("STOP", keeper);
    let began = Instant::now();
    assert_eq!(scene.origin(scene.client(&[])), "own");
    assert!(began.elapsed() < Duration::from_secs(10));

    // The same of somebody who listens in the keeper's place, says nothing, or says nonsense.
    signal("KILL", keeper);
    let _ = fs::remove_file(&socket);
    let listener = UnixListener::bind(&socket).unwrap();
    assert_eq!(scene.origin(scene.client(&[])), "own");
    std::thread::spawn(move || {
        use std::io::Write as _;
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            let _ = connection.write_all(b"\"coming\"\n{\"hand_over\":\"{}\"}\n");
        }
    });
    assert_eq!(scene.origin(scene.client(&[])), "own");
}

#[test]
fn nothing_waits_for_a_keeper() {
    let scene = Scene::new();
    // The third descriptor is the one that is read here, and is passed on to every process.
    let mut command = scene.prepared(Path::new("sh"));
    command.args(["-c", "\"$0\" use \"$1\" \"$2\" leave 3>&1 >/dev/null"]);
    command.arg(&scene.client).arg(&scene.provider).arg(scene.path("cache"));
    let output = command.output().unwrap();
    assert!(output.status.success());
    // The pipe has come to its end, and the keeper goes on.
    scene.ready();
}

#[test]
fn nothing_secret_is_written_down() {
    let scene = Scene::new();
    scene.leave(&[]);
    let keeper = scene.keeper();
    let hidden = b"sesame-open-the-door";
    let holds = |path: PathBuf| {
        let content = fs::read(&path).unwrap_or_default();
        content.windows(hidden.len()).any(|window| window == hidden)
    };
    for entry in fs::read_dir(scene.path("run/plumb")).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o077, 0, "{}", path.display());
        assert!(!holds(path.clone()), "{}", path.display());
    }
    assert!(!holds(format!("/proc/{keeper}/cmdline").into()));
    assert!(holds(format!("/proc/{keeper}/environ").into()), "it is where every process has it");
}

#[test]
fn places_that_others_prepared_are_not_used() {
    let scene = Scene::new();
    let run = scene.path("run");
    let target = scene.path("target");
    fs::create_dir(&target).unwrap();
    std::os::unix::fs::symlink(&target, run.join("plumb")).unwrap();
    fs::create_dir(scene.path("tmp")).unwrap();
    fs::set_permissions(scene.path("tmp"), fs::Permissions::from_mode(0o777)).unwrap();
    let mut command = scene.client(&["leave"]);
    command.env("TMPDIR", scene.path("tmp"));
    assert_eq!(scene.origin(command), "nowhere");
    assert_eq!(fs::read_dir(&target).unwrap().count(), 0);
}
