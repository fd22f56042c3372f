//! Files that are put in their place.

use std::os::unix::fs::{MetadataExt as _, symlink};

use plumb_host::{Content, FileChange, Host, Login};
use proptest::prelude::*;

use crate::hosts;

fn change(path: &str, content: &[u8]) -> FileChange {
    FileChange {
        path: path.to_owned(),
        content: Content::new(content.to_vec()),
        user: None,
        group: None,
        mode: 0o640,
        backup: None,
        validate: None,
    }
}

async fn write(host: &mut Host, change: &FileChange) -> (u32, String) {
    let request = change.request(&Host::fresh_word());
    let replies = host.run(&Login::Own, &[request], &mut |_, _| {}).await.unwrap();
    (replies[0].status, String::from_utf8_lossy(&replies[0].errors).into_owned())
}

fn contents() -> Vec<Vec<u8>> {
    let noise: Vec<u8> =
        (0..100_000_u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    vec![
        Vec::new(),
        b"one\n".to_vec(),
        b"no end of line".to_vec(),
        b"\n".to_vec(),
        b"PLUMB_END_0\nEOF\nB64\n$HOME `id` \\ ' \"\n".to_vec(),
        b"\x00\x01\xff\r\n".to_vec(),
        "much text, again and again\n".repeat(20_000).into_bytes(),
        noise,
        vec![0; 50_000],
    ]
}

#[tokio::test]
async fn whatever_is_in_a_file_arrives_as_it_is() {
    for mut host in hosts() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("it's a file").to_str().unwrap().to_owned();
        for content in contents() {
            assert_eq!(
                write(&mut host, &change(&path, &content)).await,
                (0, String::new()),
                "{}",
                host.name()
            );
            assert!(std::fs::read(&path).unwrap() == content, "{}", host.name());
            assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o7777, 0o640);
        }
        assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 1);
    }
}

#[tokio::test]
async fn what_fails_leaves_what_was_there() {
    for mut host in hosts() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("file").to_str().unwrap().to_owned();
        std::fs::write(&path, "before").unwrap();
        let nobody = FileChange { user: Some("no-such-user".to_owned()), ..change(&path, b"after\n") };
        let (status, said) = write(&mut host, &nobody).await;
        assert!(status != 0 && said.contains("no-such-user"), "{}: {said}", host.name());
        let nowhere = change(root.path().join("none/file").to_str().unwrap(), b"after\n");
        assert!(write(&mut host, &nowhere).await.0 != 0);
        let broken = FileChange { backup: Some("/no/such/place".to_owned()), ..change(&path, b"after\n") };
        assert!(write(&mut host, &broken).await.0 != 0);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "before");
        assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 1, "{}", host.name());
    }
}

#[tokio::test]
async fn what_is_not_accepted_does_not_get_to_its_place() {
    for mut host in hosts() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("a 'file'").to_str().unwrap().to_owned();
        std::fs::write(&path, "before").unwrap();
        let validated = |command: &str, content: &[u8]| FileChange {
            validate: Some(command.to_owned()),
            backup: Some(format!("{path}.bak")),
            ..change(&path, content)
        };
        let good = "grep -q good %s && [ -f %s ]";
        for (command, content) in
            [(good, &b"bad\n"[..]), ("if then", b"good\n"), ("no-such-program %s", b"good\n")]
        {
            let (status, said) = write(&mut host, &validated(command, content)).await;
            assert!(status != 0 && said.contains("not accepted"), "{}: {said}", host.name());
            assert_eq!(std::fs::read_to_string(&path).unwrap(), "before");
            assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 1, "{}", host.name());
        }
        assert_eq!(write(&mut host, &validated(good, b"good\n")).await, (0, String::new()));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "good\n");
    }
}

/// A host in which all of `root` is a small disk of its own, and `mounted` in it is mounted from elsewhere.
pub(crate) fn small_disk(root: &std::path::Path, size: &str) -> Option<Host> {
    let mut mounting = std::process::Command::new("unshare");
    let mounting = mounting.args(["-m", "mount", "-t", "tmpfs", "none", "/mnt"]);
    if !mounting.output().is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: what happens on small disks needs the right to mount them");
        return None;
    }
    let script = format!(
        "cd / && mount -t tmpfs -o size={size} none {0} && echo before >{0}/file && mkdir {0}/other && \
         echo source >{0}/other/source && : >{0}/mounted && mount --bind {0}/other/source {0}/mounted && eval \"$1\"",
        root.to_str()?
    );
    Some(Host::new(std::sync::Arc::new(plumb_host::Local::through(
        "small",
        ["unshare", "-m", "sh", "-c", &script, "sh"],
    ))))
}

pub(crate) async fn said(host: &mut Host, script: String) -> String {
    let replies =
        host.run(&Login::Own, &[plumb_host::Request::trusted(script)], &mut |_, _| {}).await.unwrap();
    String::from_utf8_lossy(&replies[0].output).into_owned()
}

#[tokio::test]
async fn a_full_disk_leaves_what_was_there_and_nothing_beside_it() {
    let root = tempfile::tempdir().unwrap();
    let path = |name: &str| root.path().join(name).to_str().unwrap().to_owned();
    let Some(mut host) = small_disk(root.path(), "64k") else { return };
    let noise: Vec<u8> =
        (0..200_000_u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    for name in ["file", "mounted", "new"] {
        let (status, said) = write(&mut host, &change(&path(name), &noise)).await;
        assert!(status != 0 && said.to_lowercase().contains("no space left"), "{name}: {said}");
    }
    let shown = said(&mut host, format!("cd {}; cat file mounted; ls -A", path(""))).await;
    assert_eq!(shown, "before\nsource\nfile\nmounted\nother\n");
}

#[tokio::test]
async fn what_is_mounted_is_written_over_with_its_owner_and_mode() {
    let root = tempfile::tempdir().unwrap();
    let path = |name: &str| root.path().join(name).to_str().unwrap().to_owned();
    let Some(mut host) = small_disk(root.path(), "1m") else { return };
    assert_eq!(write(&mut host, &change(&path("mounted"), b"after\n")).await, (0, String::new()));
    let shown =
        said(&mut host, format!("cd {}; cat other/source; stat -c %a mounted; ls -A", path(""))).await;
    assert_eq!(shown, "after\n640\nfile\nmounted\nother\n");
    let read_only = format!("mount -o remount,ro,bind {0} {0} 2>&1 || mount -o remount,ro {0}", path(""));
    said(&mut host, read_only).await;
    let (status, said_of) = write(&mut host, &change(&path("file"), b"after\n")).await;
    assert!(status != 0 && said_of.to_lowercase().contains("read-only"), "{said_of}");
    assert_eq!(said(&mut host, format!("cat {}", path("file"))).await, "before\n");
}

#[tokio::test]
async fn a_link_is_replaced_and_what_it_points_to_is_left_alone() {
    for mut host in hosts() {
        let root = tempfile::tempdir().unwrap();
        let (link, target) = (root.path().join("link"), root.path().join("target"));
        std::fs::write(&target, "target").unwrap();
        symlink(&target, &link).unwrap();
        let kept = root.path().join("kept").to_str().unwrap().to_owned();
        let change = FileChange { backup: Some(kept.clone()), ..change(link.to_str().unwrap(), b"new\n") };
        assert_eq!(write(&mut host, &change).await, (0, String::new()));
        assert_eq!(std::fs::read_to_string(&target).unwrap(), "target");
        assert_eq!(std::fs::read_to_string(&link).unwrap(), "new\n");
        assert!(!std::fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(std::fs::read_to_string(kept).unwrap(), "target");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn any_bytes_arrive(content in proptest::collection::vec(any::<u8>(), 0..300), name in "[^/\0]{1,20}") {
        prop_assume!(name != "." && name != "..");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            for mut host in hosts() {
                let root = tempfile::tempdir().unwrap();
                let path = root.path().join(&name).to_str().unwrap().to_owned();
                assert_eq!(write(&mut host, &change(&path, &content)).await, (0, String::new()), "{}", host.name());
                assert!(std::fs::read(&path).unwrap() == content);
            }
        });
    }
}
