//! Spares from the first to the last, with real processes: who gets one, who does not, and what is
//! left when any of the processes is killed.
#![cfg(target_os = "linux")]
#![expect(clippy::print_stdout, reason = "says what is skipped")]

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Cargo puts examples beside the directory of the tests.
fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.parent().and_then(Path::parent).unwrap().join("examples").join(name)
}

/// Nothing here takes longer, on a busy machine either.
const PATIENCE: Duration = Duration::from_secs(30);

#[track_caller]
fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn is_running(process: u32) -> bool {
    // One that nobody has asked about after its end does not count.
    let status = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    status.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

fn signal(name: &str, process: u32) {
    let status = Command::new("kill").args([&format!("-{name}"), &process.to_string()]).status().unwrap();
    assert!(status.success());
}

struct Scene {
    directory: tempfile::TempDir,
    client: PathBuf,
    provider: PathBuf,
}

/// A spare as `list` shows it.
#[derive(Debug)]
struct Listed {
    condition: String,
    process: u32,
}

impl Scene {
    fn new() -> Scene {
        let directory = tempfile::tempdir().unwrap();
        for name in ["run", "work", "cache", "temporary"] {
            fs::create_dir(directory.path().join(name)).unwrap();
        }
        fs::set_permissions(directory.path().join("run"), fs::Permissions::from_mode(0o700)).unwrap();
        let provider = directory.path().join("terraform-provider-notes");
        let scene = Scene { directory, client: example("spares_client"), provider };
        scene.install(b"");
        scene
    }

    /// Puts the provider's program where it belongs, with something at its end that changes nothing.
    fn install(&self, ending: &[u8]) {
        let mut program = fs::read(example("spares_provider")).unwrap();
        program.extend_from_slice(ending);
        let new = self.path("new");
        fs::write(&new, program).unwrap();
        fs::set_permissions(&new, fs::Permissions::from_mode(0o755)).unwrap();
        let past = std::time::SystemTime::now() - Duration::from_secs(60);
        fs::File::options().write(true).open(&new).unwrap().set_modified(past).unwrap();
        fs::rename(&new, &self.provider).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn prepared(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("XDG_RUNTIME_DIR", self.path("run"))
            .env("TMPDIR", self.path("temporary"))
            .env("PASSWORD", "sesame-open-the-door")
            .current_dir(self.path("work"))
            .stdin(Stdio::null());
        command
    }

    fn client(&self, words: &[&str]) -> Command {
        let mut command = self.prepared(&self.client);
        command.arg("use").arg(&self.provider).arg(self.path("cache")).args(words);
        command
    }

    /// Runs a client to its end; what it printed.
    #[track_caller]
    fn run(&self, mut command: Command) -> String {
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Where the process of a client came from.
    #[track_caller]
    fn origin(&self, command: Command) -> String {
        let text = self.run(command);
        assert!(text.contains("configured true"), "{text}");
        let line = text.lines().find(|line| line.contains(" after ")).unwrap_or_default().to_owned();
        line.split(' ').next().unwrap_or_default().to_owned()
    }

    fn list(&self) -> Vec<Listed> {
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
    fn leave(&self, words: &[&str]) -> u32 {
        self.run(self.client(&[&["leave"], words].concat()));
        self.ready()
    }

    #[track_caller]
    fn ready(&self) -> u32 {
        let ready = || self.list().into_iter().find(|spare| spare.condition == "Ready");
        wait_for("a spare", ready).process
    }

    fn sockets(&self) -> Vec<PathBuf> {
        self.kept("spare")
    }

    /// What is there with names that end so.
    fn kept(&self, ending: &str) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(self.path("run/plumb")) else { return Vec::new() };
        let paths = entries.map(|entry| entry.unwrap().path());
        paths.filter(|path| path.extension().is_some_and(|extension| extension == ending)).collect()
    }

    /// The process of the keeper of the only spare.
    #[track_caller]
    fn keeper(&self) -> u32 {
        let sockets = self.sockets();
        assert_eq!(sockets.len(), 1);
        let name = sockets[0].file_stem().unwrap().to_str().unwrap();
        name.rsplit_once('-').unwrap().1.parse().unwrap()
    }

    /// A client that holds on to its process until it is told to go on.
    fn hold(&self, words: &[&str]) -> (Child, BufReader<std::process::ChildStdout>) {
        let mut command = self.client(&[&["hold"], words].concat());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        (child, output)
    }
}

/// Reads lines up to the one with that text, which is returned.
fn read_to(output: &mut impl std::io::BufRead, wanted: &str) -> String {
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
    assert!(text.lines().any(|line| line == expected), "{text}");
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
    let first = scene.leave(&[]);
    let mut command = scene.prepared(&scene.client);
    let text = scene.run({
        command.arg("list");
        command
    });
    let bytes: u64 = text.split(' ').nth(2).unwrap().parse().unwrap();
    std::thread::sleep(Duration::from_millis(1100));
    // Room for one and a little.
    let mut other = scene.client(&["leave", &format!("memory={}", bytes + bytes / 10)]);
    other.env("OTHER", "1");
    scene.run(other);
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
