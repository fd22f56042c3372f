//! Operations of files.

use plumb_operations::Site;
use plumb_targets::{BusyBox, Debian, Target};

fn directories_and_files(target: &Target) {
    let site = Site::of(target, &["files"]);
    site.changes(
        "files.directory(\"/srv/it's here\", mode = \"750\")\nfiles.write(\"/srv/it's here/x\", \"1\\n\", mode = \"640\")",
    );
    assert_eq!(target.must("cd /srv/*here && stat -c %a . x && cat x"), "750\n640\n1\n");
    site.changes("files.directory(\"/srv/it's here\", present = False)");
    assert_ne!(target.shell("ls /srv/*here").status, 0);
}

#[test]
fn directories_and_files_are_made_and_removed() {
    let test = "directories_and_files_are_made_and_removed";
    if let Some(debian) = Debian::start(test) {
        directories_and_files(&debian);
    }
    if let Some(busybox) = BusyBox::start(test) {
        directories_and_files(&busybox);
    }
}
