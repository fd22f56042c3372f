//! Operations of Btrfs, on a file system of its own in a file.

use plumb_operations::Site;
use plumb_targets::Debian;

/// Those of the tests of firewalls, so that one Debian does for both.
const PACKAGES: [&str; 4] = ["btrfs-progs", "iptables", "nftables", "ufw"];

/// Makes the file system. It goes with the target, as does what its file is mounted by.
const MOUNT: &str = "
mknod /dev/loop-control c 10 237
for number in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do mknod /dev/loop$number b 7 $number; done
truncate -s 120M /mnt/image && mkfs.btrfs -q /mnt/image >/dev/null && mkdir /srv/data && mount -o loop /mnt/image /srv/data";

#[test]
fn subvolumes_are_made_and_snapshots_taken() {
    let test = "subvolumes_are_made_and_snapshots_taken";
    let made = Debian::with(&PACKAGES);
    #[expect(clippy::print_stdout, reason = "a test that cannot run says so")]
    let made = made.inspect_err(|why| println!("skipped: {test}: {why}"));
    let Ok(target) = made else { return };
    let mounted = target.shell(MOUNT);
    if mounted.status != 0 {
        #[expect(clippy::print_stdout, reason = "a test that cannot run says so")]
        {
            println!("skipped: {test}: no Btrfs can be mounted: {}", mounted.stderr);
        }
        return;
    }
    let site = Site::of(&target, &["btrfs", "files"]);
    site.changes(
        "btrfs.subvolume('/srv/data/live')\n\
         files.write('/srv/data/live/x', '1\\n')\n\
         btrfs.subvolume('/srv/data/monday', snapshot_of = '/srv/data/live', read_only = True)\n\
         btrfs.property('/srv/data/live', 'compression', 'zstd')",
    );
    assert_eq!(target.must("cat /srv/data/monday/x"), "1\n");
    assert_ne!(target.shell("touch /srv/data/monday/y").status, 0, "nobody can write to it");
    let subvolumes = &site.fact("btrfs.subvolumes", &["/srv/data"])["value"];
    assert_eq!(*subvolumes, serde_json::json!(["live", "monday"]));

    // What is written there makes no difference.
    target.must("echo 2 >/srv/data/live/x && sync");
    site.is_so("btrfs.subvolume('/srv/data/monday', snapshot_of = '/srv/data/live', read_only = True)");
    assert_eq!(target.must("cat /srv/data/monday/x"), "1\n");
    site.changes("btrfs.subvolume('/srv/data/monday', read_only = False)");
    target.must("touch /srv/data/monday/y && mkdir /srv/data/directory");
    site.refuses(
        "btrfs.subvolume('/srv/data/live', snapshot_of = '/srv/data/monday')",
        &["is no snapshot of"],
    );
    site.refuses("btrfs.subvolume('/srv/data/directory')", &["is no subvolume"]);
    site.refuses("btrfs.property('/srv/data/live', 'nonsense', 'x')", &["cannot be looked at", "nonsense"]);
    site.changes("btrfs.property('/srv/data/live', 'compression', '')");
    site.changes("btrfs.subvolume('/srv/data/monday', present = False)");
    assert_ne!(target.shell("ls /srv/data/monday").status, 0);
    target.must("umount /srv/data");
}
