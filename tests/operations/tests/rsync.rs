//! Files that rsync brings to a host, by the way that everything else goes.

#![expect(clippy::print_stdout, reason = "a test that cannot run says so")]

use plumb_operations::Site;
use plumb_targets::{Debian, Target};

/// Larger than what any pipe holds.
const LARGE: usize = 3_000_000;

fn brings_files(target: &Target) {
    let site = Site::of(target, &["files"]);
    site.write("tree/a b/x", "1\n");
    site.write("tree/large", &"0123456789".repeat(LARGE / 10));
    target.write("/srv/it's $x/stale", b"");
    let lines = "files.rsync(\"tree/\", \"/srv/it's $x\")";
    let done = site.deploy(&["-yes"], lines);
    assert_eq!(done.code, 0, "{}", done.output);
    assert_eq!(
        target.must("cd /srv/it* && cat 'a b/x' && wc -c <large && ls"),
        format!("1\n{LARGE}\na b\nlarge\n")
    );

    // Without a slash it is the directory itself, and options are those of rsync.
    site.write("tree/secret", "");
    let done = site
        .deploy(&["-yes"], "files.rsync(\"tree\", \"/srv/other\", flags = [\"-r\", \"--exclude=secret\"])");
    assert_eq!(done.code, 0, "{}", done.output);
    assert_eq!(target.must("ls /srv/other/tree"), "a b\nlarge\n");

    // As another user, whose password sudo wants.
    target.must(
        "useradd --create-home --shell /bin/sh me && echo 'me:word word' | chpasswd && adduser me sudo >/dev/null && \
         mkdir ~me/.ssh && cp ~/.ssh/authorized_keys ~me/.ssh && chown -R me: ~me/.ssh",
    );
    let inventory = std::fs::read_to_string(site.path().join("hosts.ini")).expect("an inventory");
    site.write("hosts.ini", &inventory.replace("ssh_user=root", "ssh_user=me"));
    let lines =
        "files.rsync(\"tree/\", \"/srv/of-root\", sudo = True, sudo_password = secret(\"word word\"))";
    let done = site.deploy(&["-yes"], lines);
    assert_eq!(done.code, 0, "{}", done.output);
    assert_eq!(target.must("stat -c %U /srv/of-root && cat '/srv/of-root/a b/x'"), "root\n1\n");
    site.write("hosts.ini", &inventory);

    site.refuses("files.rsync(\"none/\", \"/srv/none\")", &["none", "No such file or directory"]);
    site.refuses(
        "files.rsync(\"tree/\", \"/srv/x\", flags = [\"-a\", \"ssh\"])",
        &["flags are options of rsync"],
    );
    site.refuses("files.rsync(\"tree/\", \"/srv/x\", flags = \"--rsh=ssh\")", &["which the inventory says"]);
    target.remove_program("rsync");
    site.refuses(lines.replace("tree/", "tree").as_str(), &["the host has no program rsync"]);
}

#[test]
fn rsync_brings_files_to_a_host() {
    let test = "rsync_brings_files_to_a_host";
    if !std::process::Command::new("rsync")
        .arg("--version")
        .output()
        .is_ok_and(|output| output.status.success())
    {
        println!("skipped: {test}: there is no rsync");
        return;
    }
    match Debian::with(&["rsync"]) {
        Ok(debian) => brings_files(&debian),
        Err(why) => println!("skipped: {test}: {why}"),
    }
}
