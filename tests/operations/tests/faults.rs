//! Hosts that are broken, each in its own way, beside one that is well.
//!
//! What is wrong is told with the host, the operation and the cause; the other host gets everything; and on
//! the broken one nothing is left half done.

use std::net::TcpListener;
use std::time::Duration;

use plumb_operations::{Ended, Site};
use plumb_targets::{Debian, SshServer};

/// What every host is to get, around the line that a test is about.
const BEFORE: &str = "files.write(\"/srv/before\", \"1\\n\")";
const BEHIND: &str = "files.write(\"/srv/behind\", \"1\\n\")";

struct Hosts {
    good: Debian,
    bad: Debian,
    site: Site,
}

/// A well host and one that can be broken; nothing, which is said, where there can be none.
fn hosts(test: &str) -> Option<Hosts> {
    hosts_at(test, Duration::ZERO)
}

/// The same, where it takes so long to the one that can be broken and back.
fn hosts_at(test: &str, round_trip: Duration) -> Option<Hosts> {
    let (good, bad) = (Debian::start(test)?, Debian::start(test)?);
    bad.ssh_at_distance(round_trip);
    let site = Site::of(&good, &["files", "server"]);
    let hosts = Hosts { good, bad, site };
    hosts.reach("");
    Some(hosts)
}

fn line(name: &str, server: &SshServer, more: &str) -> String {
    let (ip, port, user, key) = (server.ip(), server.port(), server.user(), server.key());
    // What is said later counts.
    format!("{name} ssh_hostname={ip} ssh_port={port} ssh_user={user} ssh_key={} {more}\n", key.display())
}

impl Hosts {
    /// How the broken host is reached, beside what holds for both.
    fn reach(&self, more: &str) {
        let known = [self.good.ssh(), self.bad.ssh()].map(SshServer::known_hosts_line).concat();
        self.site.write("known_hosts", &known);
        let both = format!("ssh_known_hosts={}", self.site.path().join("known_hosts").display());
        let lines =
            line("good", self.good.ssh(), &both) + &line("bad", self.bad.ssh(), &format!("{both} {more}"));
        self.site.write("hosts.ini", &lines);
    }

    fn deploy(&self, middle: &str) -> Ended {
        self.site.deploy(&["-yes"], &format!("{BEFORE}\n{middle}\n{BEHIND}"))
    }

    /// Has both get the line, and the broken host fail at it for these reasons, with what is before it done
    /// and what is behind it not.
    #[track_caller]
    fn breaks(&self, middle: &str, reasons: &[&str]) {
        let ended = self.deploy(middle);
        is_told(&ended, reasons);
        self.others_go_on(&ended);
        assert_eq!(self.bad.read("/srv/before").as_deref(), Some("1\n"), "{}", ended.output);
        assert_eq!(self.bad.read("/srv/behind"), None, "{}", ended.output);
        self.nothing_is_left_beside();
    }

    /// Has the broken host not even be looked at, for these reasons.
    #[track_caller]
    fn is_not_reached(&self, reasons: &[&str]) {
        let ended = self.deploy("");
        is_told(&ended, reasons);
        self.others_go_on(&ended);
        assert_eq!(self.bad.read("/srv/before"), None, "{}", ended.output);
    }

    #[track_caller]
    fn others_go_on(&self, ended: &Ended) {
        assert_eq!(self.good.read("/srv/behind").as_deref(), Some("1\n"), "{}", ended.output);
        self.good.must("rm /srv/before /srv/behind");
    }

    #[track_caller]
    fn nothing_is_left_beside(&self) {
        let left = self.bad.must("find / -xdev -name '.plumb-*' 2>/dev/null; find /srv -name '.plumb-*'");
        assert_eq!(left, "");
    }
}

#[track_caller]
fn is_told(ended: &Ended, reasons: &[&str]) {
    assert_eq!(ended.code, 1, "{}", ended.output);
    for text in ["bad"].iter().chain(reasons) {
        assert!(ended.output.contains(text), "{text:?} is not in:\n{}", ended.output);
    }
    assert!(!ended.output.contains("panicked"), "{}", ended.output);
}

/// What does not get smaller.
fn noise(bytes: u32) -> String {
    let letter = |at: u32| char::from(b'!' + (at.wrapping_mul(2_654_435_761) >> 24) as u8 % 90);
    (0..bytes).map(letter).collect()
}

#[test]
fn hosts_that_cannot_be_connected_to() {
    let Some(hosts) = hosts("hosts_that_cannot_be_connected_to") else { return };
    let free = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    hosts.reach(&format!("ssh_hostname=127.0.0.1 ssh_port={free}"));
    hosts.is_not_reached(&["refused", &free.to_string()]);

    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = silent.local_addr().expect("an address").port();
    hosts.reach(&format!("ssh_hostname=127.0.0.1 ssh_port={port} ssh_connect_timeout=1"));
    hosts.is_not_reached(&["1 s"]);

    let talking = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = talking.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        while let Ok((mut connection, _)) = talking.accept() {
            let _ = std::io::Write::write_all(&mut connection, b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    hosts.reach(&format!("ssh_hostname=127.0.0.1 ssh_port={port}"));
    hosts.is_not_reached(&["SSH"]);
}

#[test]
fn hosts_that_let_nobody_in() {
    let Some(hosts) = hosts("hosts_that_let_nobody_in") else { return };
    hosts.reach("ssh_user=nobody");
    hosts.is_not_reached(&["nobody", "publickey"]);
    hosts.reach("ssh_user=root");
    hosts.bad.must("rm /root/.ssh/authorized_keys");
    hosts.is_not_reached(&["publickey"]);
}

#[test]
fn a_host_that_is_slow_but_answers() {
    let Some(hosts) = hosts_at("a_host_that_is_slow_but_answers", Duration::from_millis(400)) else { return };
    hosts.reach("ssh_connect_timeout=1");
    hosts.is_not_reached(&["1 s"]);

    // Somebody's profile may take its time, too.
    hosts.bad.write("/root/.bashrc", b"sleep 2\n");
    hosts.bad.must("chsh -s /bin/bash root");
    hosts.reach("");
    let ended = hosts.deploy("server.shell(\"sleep 1; touch /srv/slow\")");
    assert_eq!(ended.code, 0, "{}", ended.output);
    assert_eq!(hosts.bad.must("ls /srv"), "before\nbehind\nslow\n");
    hosts.others_go_on(&ended);
    hosts.bad.must("rm /srv/before /srv/behind");

    // What takes longer than it may is ended, and what it has begun with it.
    let slow = "server.shell(\"touch /srv/begun; [ $(hostname) != BAD ] || sleep 30; touch /srv/ended\", timeout = 2)";
    hosts.breaks(&slow.replace("BAD", hosts.bad.name()), &["server.shell", "longer than its timeout of 2 s"]);
    assert_eq!(hosts.bad.must("ls /srv; ! pgrep -x sleep"), "before\nbegun\nslow\n");
}

#[test]
fn keys_that_want_a_passphrase() {
    let Some(hosts) = hosts("keys_that_want_a_passphrase") else { return };
    let key = hosts.site.path().join("key");
    let key = key.display();
    let made = std::process::Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "open: sesame", "-f", &key.to_string()])
        .status();
    assert!(made.is_ok_and(|status| status.success()), "a key");
    let public = std::fs::read(format!("{key}.pub")).expect("what was written");
    hosts.bad.write("/root/.ssh/authorized_keys", &public);
    hosts.reach(&format!("ssh_key={key}"));
    hosts.is_not_reached(&["encrypted", "ssh_key_passphrase"]);
    hosts.reach(&format!("ssh_key={key} ssh_key_passphrase=close"));
    hosts.is_not_reached(&["encrypted", "passphrase", "does not open"]);
    hosts.reach(&format!("ssh_key={key} 'ssh_key_passphrase=open: sesame'"));
    let ended = hosts.deploy("");
    assert!(ended.code == 0 && !ended.output.contains("sesame"), "{}", ended.output);
    assert_eq!(hosts.bad.must("cat /srv/before /srv/behind"), "1\n1\n");
    hosts.others_go_on(&ended);
}

#[test]
fn a_host_whose_key_is_another_one() {
    let Some(hosts) = hosts("a_host_whose_key_is_another_one") else { return };
    hosts
        .bad
        .must("rm /etc/ssh/ssh_host_* && ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key");
    hosts.is_not_reached(&["not the host", "known_hosts:2", "set up anew"]);
}

#[test]
fn hosts_without_a_shell() {
    let Some(hosts) = hosts("hosts_without_a_shell") else { return };
    hosts.bad.must(
        "useradd -m -s /usr/sbin/nologin guest && cp -r /root/.ssh /home/guest && chown -R guest /home/guest",
    );
    hosts.reach("ssh_user=guest");
    hosts.is_not_reached(&["not available"]);
    hosts.bad.must("usermod -s /bin/false guest");
    hosts.is_not_reached(&["shell"]);
}

#[test]
fn a_host_that_says_much_when_somebody_comes() {
    let Some(hosts) = hosts("a_host_that_says_much_when_somebody_comes") else { return };
    let greeting = "printf 'Welcome!\\n\\033[1mDo not touch\\033[0m\\n'; echo 'it is late' >&2; mesg n\n";
    hosts.bad.write("/root/.bashrc", greeting.as_bytes());
    hosts.bad.write("/root/.profile", greeting.as_bytes());
    hosts
        .bad
        .must("echo 'Banner /etc/issue' >>/etc/ssh/sshd_config; echo 'Authorized people only' >/etc/issue");
    hosts.bad.must("chsh -s /bin/bash root");
    let ended = hosts.deploy("files.line(\"/etc/profile\", \"export APP=1\")");
    assert_eq!(ended.code, 0, "{}", ended.output);
    assert_eq!(hosts.bad.must("cat /srv/before /srv/behind; grep -c APP=1 /etc/profile"), "1\n1\n1\n");
}

#[test]
fn sudo_that_wants_more_than_it_gets() {
    let Some(hosts) = hosts("sudo_that_wants_more_than_it_gets") else { return };
    for host in [&hosts.good, &hosts.bad] {
        host.must(
            "useradd -m -s /bin/sh app && echo app:24680 | chpasswd && cp -r /root/.ssh /home/app && \
             chown -R app /home/app && echo 'app ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/app",
        );
    }
    let known = format!("ssh_known_hosts={}", hosts.site.path().join("known_hosts").display());
    let reach = |more: &str| {
        let good = line("good", hosts.good.ssh(), &format!("{known} ssh_user=app sudo=yes"));
        let bad = line("bad", hosts.bad.ssh(), &format!("{known} ssh_user=app sudo=true {more}"));
        hosts.site.write("hosts.ini", &(good + &bad));
    };
    hosts.bad.must("echo 'app ALL=(ALL) ALL' >/etc/sudoers.d/app");
    reach("");
    hosts.is_not_reached(&["sudo", "password"]);
    reach("sudo_password=wrong");
    hosts.is_not_reached(&["sudo", "password"]);
    reach("sudo_password=24680");
    let ended = hosts.deploy("");
    assert!(ended.code == 0 && !ended.output.contains("24680"), "{}", ended.output);
    hosts.others_go_on(&ended);
    hosts.bad.must("rm /srv/before /srv/behind; echo 'app ALL=(ALL) NOPASSWD: ALL\nDefaults requiretty' >/etc/sudoers.d/app");
    reach("");
    hosts.is_not_reached(&["sudo", "tty"]);
    hosts.bad.must("rm /etc/sudoers.d/app");
    reach("sudo_password=24680");
    hosts.is_not_reached(&["sudoers"]);
}

#[test]
fn disks_that_are_full_or_cannot_be_written() {
    let Some(hosts) = hosts("disks_that_are_full_or_cannot_be_written") else { return };
    for host in [&hosts.good, &hosts.bad] {
        host.must("mkdir -p /srv/data && echo old >/srv/data/big");
    }
    hosts.bad.limit_disk("/srv/data", 64);
    hosts.bad.write("/srv/data/big", b"old\n");
    hosts.site.write("big", &noise(200_000));
    let put = "files.put(\"big\", \"/srv/data/big\")";
    hosts.breaks(put, &["files.put", "No space left", "deploy.star line 5"]);
    assert_eq!(hosts.bad.must("ls -A /srv/data; cat /srv/data/big"), "big\nold\n");
    let appended = format!("files.line(\"/srv/data/big\", \"{}\")", "x".repeat(90_000));
    hosts.breaks(&appended, &["files.line", "No space left"]);
    assert_eq!(hosts.bad.must("ls -A /srv/data; cat /srv/data/big"), "big\nold\n");

    hosts.bad.make_read_only("/srv/data");
    for (middle, operation) in [
        (put, "files.put"),
        ("files.directory(\"/srv/data/new\")", "files.directory"),
        ("files.link(\"/srv/data/link\", target = \"/srv\")", "files.link"),
        ("files.file(\"/srv/data/big\", present = False)", "files.file"),
        ("files.file(\"/srv/data/big\", mode = \"600\")", "files.file"),
    ] {
        hosts.breaks(middle, &[operation, "Read-only file system"]);
        assert_eq!(hosts.bad.must("ls -A /srv/data; cat /srv/data/big"), "big\nold\n");
    }
}

#[test]
fn a_root_that_cannot_be_written() {
    let Some(hosts) = hosts("a_root_that_cannot_be_written") else { return };
    hosts.bad.make_read_only("/");
    let ended = hosts.deploy("");
    is_told(&ended, &["files.write", "/srv/before", "Read-only file system"]);
    hosts.others_go_on(&ended);
    hosts.nothing_is_left_beside();
}

#[test]
fn programs_that_are_missing() {
    let Some(hosts) = hosts("programs_that_are_missing") else { return };
    hosts.bad.remove_program("chown");
    hosts.bad.write("/srv/file", b"old\n");
    hosts.breaks("files.write(\"/srv/file\", \"new\\n\", user = \"games\")", &["files.write", "chown"]);
    assert_eq!(hosts.bad.must("cat /srv/file; stat -c %U /srv/file"), "old\nroot\n");
    hosts.bad.must("rm /srv/before");
    // What shows while planning stops the host before anything is done there.
    hosts.bad.remove_program("useradd");
    hosts.bad.remove_program("adduser");
    let ended = hosts.deploy("server.user(\"app\")");
    is_told(&ended, &["operation user", "neither useradd nor adduser", "deploy.star line 5"]);
    hosts.others_go_on(&ended);
    assert_ne!(hosts.bad.shell("id app || cat /srv/before").status, 0);
}

#[test]
fn commands_that_fail_say_what_they_said() {
    let Some(hosts) = hosts("commands_that_fail_say_what_they_said") else { return };
    let middle =
        "server.shell(\"echo half >/srv/half; [ $(hostname) != BAD ] || { echo 'no luck' >&2; exit 7; }\")";
    let middle = middle.replace("BAD", hosts.bad.name());
    hosts.breaks(&middle, &["server.shell", "status 7", "no luck", "deploy.star line 5"]);
}

#[test]
fn a_connection_that_is_cut_in_the_middle() {
    let Some(hosts) = hosts("a_connection_that_is_cut_in_the_middle") else { return };
    let cut = |hosts: &Hosts, middle: &str, when: &str| {
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let wait =
                    format!("n=0; until {when}; do sleep 0.02; n=$((n+1)); [ $n -lt 1500 ] || exit 1; done");
                hosts.bad.must(&format!("{wait}; pkill -9 sshd"));
            });
            hosts.deploy(middle)
        })
    };
    // In the middle of a command.
    let ended = cut(&hosts, "server.shell(\"touch /srv/begun; sleep 2\")", "[ -e /srv/begun ]");
    is_told(&ended, &["server.shell", "connection"]);
    hosts.others_go_on(&ended);
    assert_eq!(hosts.bad.read("/srv/before").as_deref(), Some("1\n"));
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(hosts.bad.read("/srv/behind"), None, "what was sent but not begun is not done");
    hosts.bad.must("rm -f /srv/begun /srv/before");

    // In the middle of a file.
    let big = noise(24_000_000);
    hosts.site.write("big", &big);
    hosts.bad.write("/srv/big", b"old\n");
    let ended = cut(&hosts, "files.put(\"big\", \"/srv/big\", mode = \"600\")", "[ -e /srv/before ]");
    is_told(&ended, &["files.put", "connection"]);
    hosts.others_go_on(&ended);
    let settled = "n=0; until ! ls -A /srv | grep -q '^.plumb-'; do sleep 0.1; n=$((n+1)); [ $n -lt 100 ] || exit 1; done";
    hosts.bad.must(settled);
    assert_eq!(hosts.bad.must("cat /srv/big; ls -A /srv"), "old\nbefore\nbig\n");
    // And it can be gone on with.
    let again = hosts.deploy("files.put(\"big\", \"/srv/big\", mode = \"600\")");
    assert_eq!(again.code, 0, "{}", again.output);
    assert!(hosts.bad.read("/srv/big").is_some_and(|text| text == big));
}

#[test]
fn code_that_never_ends_fills_memory_or_gives_up() {
    let Some(hosts) = hosts("code_that_never_ends_fills_memory_or_gives_up") else { return };
    for (code, reasons) in [
        ("for n in range(1000000000): pass", &["does not come to an end"][..]),
        ("rows = []\nfor n in range(1000000000): rows.append(str(n) * 1000)", &["memory"]),
        ("fail(\"it is %s\" % host.name)", &["it is bad", "deploy.star line"]),
        ("[][1]", &["Index", "deploy.star line"]),
    ] {
        let of_bad: Vec<_> = code.lines().map(|line| format!("    {line}")).collect();
        let ended = hosts.deploy(&format!("if host.name == \"bad\":\n{}", of_bad.join("\n")));
        is_told(&ended, reasons);
        hosts.others_go_on(&ended);
        assert_eq!(hosts.bad.read("/srv/before"), None, "nothing is done on a host without a plan");
    }
}

#[test]
fn mistakes_are_told_before_anybody_is_connected_to() {
    let Some(hosts) = hosts("mistakes_are_told_before_anybody_is_connected_to") else { return };
    for (middle, reasons) in [
        ("files.write(\"/srv/x\", content = \"1\", mod = \"600\")", &["mod", "mode"][..]),
        ("files.wirte(\"/srv/x\", \"1\")", &["wirte", "write"]),
        ("files.write(7, \"1\")", &["dest", "`int`"]),
        ("serve.shell(\"true\")", &["serve", "server"]),
    ] {
        let ended = hosts.deploy(middle);
        assert_eq!(ended.code, 1, "{}", ended.output);
        for text in reasons.iter().chain(&["deploy.star line 5"]) {
            assert!(ended.output.contains(text), "{text:?} is not in:\n{}", ended.output);
        }
        for host in [&hosts.good, &hosts.bad] {
            assert_eq!(host.read("/srv/before"), None, "{}", ended.output);
        }
    }
}
