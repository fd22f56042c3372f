//! A host that starts anew in the middle of a deploy, and processes that are sent signals.

use plumb_operations::Site;
use plumb_targets::{BusyBox, Debian, Target};

/// A host in a namespace cannot start anew. What is seen of it when it does can be had: connections end, for a
/// while nobody is let in, and then it is another boot.
const RESTART: &str = r#"#!/bin/sh
rm -f /run/reboot-required
mv SERVER SERVER.down
(
  trap '' HUP
  sleep 1
  for p in $(pidof PROGRAM); do kill -9 $p; done
  sleep 3
  echo second > /run/boot
  mv SERVER.down SERVER
) < /dev/null > /dev/null 2>&1 &
"#;

fn let_restart(target: &Target, server: &str) {
    let program = server.rsplit('/').next().expect("a name");
    target.remove_program("reboot");
    let script = RESTART.replace("SERVER", server).replace("PROGRAM", program);
    target.write("/usr/local/sbin/reboot", script.as_bytes());
    target.must(
        "chmod 755 /usr/local/sbin/reboot && touch /run/reboot-required && echo first > /run/boot && \
         mount --bind /run/boot /proc/sys/kernel/random/boot_id",
    );
}

fn restarts(target: &Target, server: &str) {
    let_restart(target, server);
    let site = Site::of(target, &["server", "files"]);
    let done = site.deploy(
        &["-yes"],
        "files.write(\"/srv/before\", \"1\\n\")\nserver.reboot(delay = 1)\n\
         server.shell(\"cat /proc/sys/kernel/random/boot_id >/srv/boot\")\nfiles.write(\"/srv/after\", \"1\\n\")",
    );
    assert_eq!(done.code, 0, "{}", done.output);
    assert_eq!(target.must("cat /srv/before /srv/boot /srv/after"), "1\nsecond\n1\n");
}

fn is_restarted_where_needed(target: &Target, server: &str) {
    let_restart(target, server);
    let site = Site::of(target, &["server"]);
    site.write(
        "deploy.star",
        "load(\"@plumb//ops\", \"server\")\nload(\"@plumb//facts\", facts = \"server\")\n\
         def deploy(host):\n    server.reboot(when = facts.reboot_required(), delay = 0)\n",
    );
    let done = site.plumb(&["deploy", "-no-color", "-yes", "hosts.ini", "deploy.star"]);
    assert_eq!(done.code, 0, "{}", done.output);
    assert_eq!(target.must("cat /run/boot"), "second\n");
    let again =
        site.plumb(&["deploy", "-no-color", "-plan", "-detailed-exitcode", "hosts.ini", "deploy.star"]);
    assert_eq!(again.code, 0, "{}", again.output);
}

fn does_not_restart(target: &Target) {
    target.must("echo first > /run/boot && mount --bind /run/boot /proc/sys/kernel/random/boot_id");
    let site = Site::of(target, &["server", "files"]);
    let after = "\nfiles.write(\"/srv/after\", \"1\\n\")";
    let stays = "server.reboot(command = \"true\", delay = 0, reboot_timeout = 2)";
    site.refuses(
        &(stays.to_owned() + after),
        &["it has not started anew within 2 seconds: it is there, and has not gone down", "reboot_timeout"],
    );
    let refused = "server.reboot(command = \"echo 'only root may' >&2; exit 1\")";
    site.refuses(&(refused.to_owned() + after), &["only root may"]);
    target.must("[ ! -e /srv/after ]");
}

#[test]
fn the_deploy_goes_on_behind_a_restart() {
    let test = "the_deploy_goes_on_behind_a_restart";
    if let Some(debian) = Debian::start(test) {
        restarts(&debian, "/usr/sbin/sshd");
    }
    if let Some(busybox) = BusyBox::start(test) {
        restarts(&busybox, "/usr/sbin/dropbear");
    }
}

#[test]
fn a_host_is_restarted_where_it_needs_to_be() {
    let test = "a_host_is_restarted_where_it_needs_to_be";
    if let Some(debian) = Debian::start(test) {
        is_restarted_where_needed(&debian, "/usr/sbin/sshd");
    }
}

#[test]
fn a_host_that_does_not_start_anew_is_told() {
    let test = "a_host_that_does_not_start_anew_is_told";
    if let Some(debian) = Debian::start(test) {
        does_not_restart(&debian);
    }
}

#[test]
fn only_what_is_reached_over_ssh_is_restarted() {
    let site = Site::here(&["server"]);
    site.refuses("server.reboot(command = \"true\")", &["only a host that is reached over SSH"]);
}

fn signals(target: &Target) {
    let site = Site::of(target, &["server"]);
    target.must("for n in 1 2; do sleep 4321$n >/dev/null 2>&1 & done; sleep 98765 >/dev/null 2>&1 &");
    site.changes("server.kill(pattern = \"^sleep 4321[12]$\", wait = 5)");
    let number = target.must("pidof sleep");
    assert_eq!(number.split_whitespace().count(), 1, "{number}");
    site.changes(&format!("server.kill({}, signal = \"SIGKILL\", wait = 5)", number.trim()));
    // The way that the deploy itself comes by is none of them.
    site.is_so("server.kill(pattern = \"sshd|dropbear\")");
    let stubborn = "trap '' TERM; while :; do sleep 1; done";
    target.must(&format!("sh -c \"{stubborn}\" stubborn >/dev/null 2>&1 &"));
    site.refuses("server.kill(pattern = \"stubborn$\", wait = 1)", &["still runs after 1 seconds"]);
}

#[test]
fn processes_are_sent_signals() {
    let test = "processes_are_sent_signals";
    if let Some(debian) = Debian::start(test) {
        signals(&debian);
    }
    if let Some(busybox) = BusyBox::start(test) {
        signals(&busybox);
    }
}
