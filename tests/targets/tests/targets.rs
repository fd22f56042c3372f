//! Each target is what it says, is reached as hosts are, can be broken, and ends with what started it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;
use std::time::{Duration, Instant};

use plumb_host::{Local, Login, Request, Shell, Ssh, Transport};
use plumb_ssh::{Connection, Host, HostKey, Identity, Settings, Trust};
use plumb_targets::{BusyBox, Debian, Package, Target};

fn wait<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(work)
}

async fn connected(target: &Target) -> Ssh {
    let server = target.ssh();
    let key = std::fs::read_to_string(server.key()).expect("a key");
    let mut host = Host::new(server.ip(), server.port(), server.user());
    host.identities = vec![Identity::parse(&key, None).expect("a key")];
    host.trust = Trust::Key(HostKey::parse(server.host_key()).expect("a key"));
    let settings = Settings::straight(host);
    Ssh::new(Connection::open(&settings).await.expect("a connection"))
}

/// What a text writes there, through the shell that everything goes through.
async fn said(host: &dyn Transport, login: &Login, text: &str) -> String {
    let mut shell = Shell::open(host, login).await.expect("a shell");
    let replies = shell.run(&[Request::trusted(text)], &mut |_, _| {}).await.expect("a reply");
    format!("{}{}", String::from_utf8_lossy(&replies[0].output), String::from_utf8_lossy(&replies[0].errors))
}

fn local(target: &Target) -> Local {
    let words = target.shell_words();
    Local::through(target.name(), words.iter().map(String::as_str))
}

#[test]
fn root_does_in_a_debian_what_it_likes() {
    let Some(debian) = Debian::start("root_does_in_a_debian_what_it_likes") else { return };
    let text = "useradd -m -s /bin/sh app && su app -c 'id -un; pwd; cd; pwd' && ls -A /tmp && hostname && echo $$ >/etc/x";
    assert_eq!(debian.must(text), format!("app\n/\n/home/app\n{}\n", debian.name()));
    assert_eq!(debian.must("sysctl -qw net.ipv4.ip_forward=1; cat /proc/sys/net/ipv4/ip_forward"), "1\n");
    let output = debian.shell("echo 1 > /proc/sys/vm/swappiness");
    assert_ne!(output.status, 0, "that would have been this machine's");
    assert!(debian.read("/etc/passwd").is_some_and(|text| text.contains("\napp:")));
    assert_eq!(debian.read("/etc/nothing"), None);
    assert_eq!(debian.shell("exit 7").status, 7);
    assert_eq!(debian.shell("kill -9 $$").status, 137);
    // Nothing of it is anybody else's.
    let other = Debian::start("root_does_in_a_debian_what_it_likes").expect("another one");
    assert_ne!(other.shell("id app").status, 0);
    assert!(!std::fs::read_to_string("/etc/passwd").expect("a file").contains("\napp:"));
}

#[test]
fn processes_without_parents_are_gone_when_they_end() {
    let Some(debian) = Debian::start("processes_without_parents_are_gone_when_they_end") else { return };
    debian.must("(sleep 0.1 &); sleep 0.4");
    assert!(!debian.must("ps -e -o stat,comm").contains('Z'));
}

#[test]
fn a_debian_installs_what_a_test_offers() {
    let Some(debian) = Debian::start("a_debian_installs_what_a_test_offers") else { return };
    let tool = |version| Package::new("tool", version).file("/usr/bin/tool", "#!/bin/sh\necho tool\n");
    debian.offer(&[
        tool("1.0").field("Depends", "library (>= 2)"),
        Package::new("library", "2.1")
            .settings("/etc/library.conf", "a = 1\n")
            .script("postinst", "echo made >/made"),
    ]);
    debian.must("apt-get update && apt-get install -y tool");
    let versions = "dpkg-query -W -f '${Package} ${Version} ${Status}\\n' tool library";
    assert_eq!(debian.must(versions), "library 2.1 install ok installed\ntool 1.0 install ok installed\n");
    assert_eq!(debian.must("sh /usr/bin/tool; cat /made /etc/library.conf"), "tool\nmade\na = 1\n");
    debian.offer(&[tool("2.0")]);
    debian.must("apt-get update && apt-get upgrade -y");
    assert_eq!(debian.must("dpkg-query -W -f '${Version}' tool"), "2.0");
}

#[test]
fn a_debian_is_reached_over_ssh() {
    let Some(debian) = Debian::start("a_debian_is_reached_over_ssh") else { return };
    debian.must("useradd app && echo 'app ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/app");
    wait(async {
        let host = connected(&debian).await;
        let sudo = Login::Sudo { user: "app".to_owned(), password: None };
        for (login, user) in
            [(Login::Own, "root"), (sudo, "app"), (Login::Su { user: "app".to_owned() }, "app")]
        {
            assert_eq!(said(&host, &login, "id -un; hostname").await, format!("{user}\n{}\n", debian.name()));
        }
    });
    assert!(debian.ssh().ip().starts_with("127."));
}

#[test]
fn a_busybox_has_nothing_else() {
    let Some(busybox) = BusyBox::start("a_busybox_has_nothing_else") else { return };
    let programs = busybox.must("ls -l $(echo $PATH | tr : ' ') 2>/dev/null | grep -v -- '-> /bin/busybox'");
    let files: Vec<_> = programs.lines().filter_map(|line| line.strip_prefix('-')).collect();
    assert_eq!(files.len(), 2, "{files:?}");
    assert_eq!(busybox.shell("dpkg --version || useradd x || getent passwd || python3").status, 127);
    wait(async {
        let host = connected(&busybox).await;
        let expected = format!("root\n{}\n0 bytes\n", busybox.name());
        let text = "id -un; hostname; : >/srv/x; stat -c '%s bytes' /srv/x";
        assert_eq!(said(&host, &Login::Own, text).await, expected);
        assert_eq!(said(&local(&busybox), &Login::Own, text).await, expected);
    });
}

#[test]
fn a_busybox_with_users_has_them_as_alpine_does() {
    let Some(busybox) = BusyBox::start_with_users("a_busybox_with_users_has_them_as_alpine_does") else {
        return;
    };
    assert_ne!(busybox.shell("command -v useradd").status, 0);
    busybox.must("addgroup team && adduser -D app && addgroup app team && echo 'app:$6$a$b' | chpasswd -e");
    assert_eq!(busybox.must("id -nG app && stat -c %U /home/app"), "app team\napp\n");
    assert!(busybox.read("/etc/shadow").is_some_and(|text| text.contains("\napp:$6$a$b:")));
    busybox.must("delgroup app team && deluser --remove-home app && [ ! -e /home/app ]");
    assert_eq!(busybox.must("echo '@daily true' | crontab - && crontab -l"), "@daily true\n");
}

#[test]
fn targets_can_be_broken() {
    let debian = Debian::start("targets_can_be_broken");
    let busybox = BusyBox::start("targets_can_be_broken");
    let targets = debian.as_deref().into_iter().chain(busybox.as_deref());
    for target in targets {
        target.limit_disk("/srv/small", 64);
        let full = target.shell("dd if=/dev/zero of=/srv/small/x bs=1k count=100");
        assert!(full.status != 0 && full.stderr.contains("No space left"), "{full:?}");
        assert_eq!(target.shell("stat /").status, 0);
        target.remove_program("stat");
        assert_eq!(target.shell("stat /").status, 127, "{}", target.name());
        target.make_read_only("/etc");
        assert!(target.shell(": >/etc/x").stderr.contains("ead-only file system"));
        target.must(": >/root/x");
        target.make_read_only("/");
        assert!(target.shell(": >/root/y").stderr.contains("ead-only file system"));
        target.must(": >/srv/small/y");
    }
}

#[test]
fn a_reset_target_is_as_at_first_behind_the_same_server() {
    let Some(mut debian) = Debian::start("a_reset_target_is_as_at_first_behind_the_same_server") else {
        return;
    };
    let port = debian.ssh().port();
    debian.must("useradd app; sleep 600 >/dev/null 2>&1 &");
    debian.reset();
    assert_ne!(debian.shell("id app").status, 0);
    assert!(!debian.must("ps -e").contains("sleep"));
    assert_eq!(debian.ssh().port(), port);
    wait(async {
        let host = connected(&debian).await;
        assert_eq!(said(&host, &Login::Own, "id -un").await, "root\n");
    });
}

#[test]
fn targets_end_with_who_started_them_however_that_ends() {
    if Debian::start("targets_end_with_who_started_them_however_that_ends").is_none() {
        return;
    }
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_plumb-targets"));
    command.arg("1").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut starter = command.spawn().expect("it runs");
    let mut said = BufReader::new(starter.stdout.take().expect("its output")).lines();
    let mut next = || said.next().expect("an answer").expect("text");
    assert!(next().contains("\"targets\""));
    let mut input = starter.stdin.take().expect("its input");
    let text = "(setsid sleep 600 >/dev/null 2>&1 &); readlink /proc/1/ns/pid";
    writeln!(input, "{}", format_args!("{{\"shell\": \"{text}\"}}")).expect("it reads");
    let answer = next();
    let namespace = answer.split_once("pid:[").expect("a namespace").1.split_once(']').expect("an end").0;
    let namespace = format!("pid:[{namespace}]");
    assert!(processes_in(&namespace) >= 2, "{answer}");
    starter.kill().expect("a child");
    starter.wait().expect("a child");
    let patience = Instant::now() + Duration::from_secs(20);
    while processes_in(&namespace) > 0 {
        assert!(Instant::now() < patience, "{namespace} goes on");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn processes_in(namespace: &str) -> usize {
    let processes = std::fs::read_dir("/proc").expect("a directory").flatten();
    let namespaces = processes.filter_map(|process| std::fs::read_link(process.path().join("ns/pid")).ok());
    namespaces.filter(|one| one.as_os_str() == namespace).count()
}
