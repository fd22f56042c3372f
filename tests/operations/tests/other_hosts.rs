//! What a host does on other hosts.

use plumb_operations::Site;
use plumb_targets::{Debian, Target};

/// Has a server listen in the target, for the target's own user: it is the other host.
fn be_the_other_host_too(target: &Target) {
    target.ssh();
    target.must(
        "ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/id_ed25519 && \
         cat /root/.ssh/id_ed25519.pub >>/root/.ssh/authorized_keys && \
         /usr/sbin/sshd -p 2222 -o ListenAddress=127.0.0.1 -o PidFile=none",
    );
}

fn asks_and_copies(target: &Target) {
    be_the_other_host_too(target);
    let site = Site::of(target, &["ssh", "files"]);
    let unknown = "ssh.command(\"127.0.0.1\", \"true\", port = 2222)";
    site.refuses(unknown, &["Host key verification failed"]);

    let command =
        "ssh.command(\"127.0.0.1\", [\"touch\", \"/srv/it's there\"], port = 2222, ssh_keyscan = True)";
    let done = site.deploy(&["-yes"], command);
    assert_eq!(done.code, 0, "{}", done.output);
    target.must("[ -e \"/srv/it's there\" ]");

    target.write("/root/tool", b"#!/bin/sh\necho \xff\n");
    target.must("chmod 700 /root/tool");
    let upload =
        |more: &str| format!("ssh.upload(\"127.0.0.1\", \"/root/tool\", \"/srv/a $b's\", port = 2222{more})");
    site.changes(&upload(""));
    target.must(
        "cmp /root/tool \"/srv/a \\$b's\" && [ -x \"/srv/a \\$b's\" ] && [ ! -e \"/srv/a \\$b's.plumb\" ]",
    );
    target.write("/root/tool", b"2\n");
    site.changes(&upload(", use_remote_sudo = True"));
    assert_eq!(target.must("cat \"/srv/a \\$b's\""), "2\n");

    let download = |more: &str| {
        format!(
            "ssh.download(\"127.0.0.1\", \"/srv/a $b's\", local_filename = \"/srv/c d\", port = 2222{more})"
        )
    };
    site.changes(&download(""));
    assert_eq!(target.must("cat '/srv/c d'"), "2\n");
    target.write("/root/tool", b"3\n");
    site.changes(&upload(""));
    site.is_so(&download(""));
    site.changes(&download(", force = True"));
    assert_eq!(target.must("cat '/srv/c d'; ls /srv | wc -l"), "3\n3\n");

    let missing = "ssh.download(\"127.0.0.1\", \"/srv/none\", port = 2222)";
    site.refuses(missing, &["/srv/none: No such file"]);
    target.must("[ ! -e /srv/none ] && [ ! -e /srv/none.plumb ]");
    target.remove_program("ssh");
    site.refuses(missing, &["this host has no program ssh"]);
}

#[test]
fn a_host_asks_another_one_and_copies_files() {
    let test = "a_host_asks_another_one_and_copies_files";
    if let Some(debian) = Debian::start(test) {
        asks_and_copies(&debian);
    }
}
