//! Rsync, which speaks with itself through a shell that has become its other half.

use std::path::Path;

use plumb_host::{Login, Rsync};

use crate::hosts;

/// More than a shell reads ahead, and than pipes hold.
const LARGE: usize = 2_000_000;

fn has_rsync() -> bool {
    std::process::Command::new("rsync").arg("--version").output().is_ok_and(|output| output.status.success())
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[tokio::test]
async fn files_are_brought_through_every_shell() {
    if !has_rsync() {
        eprintln!("skipped: files_are_brought_through_every_shell: there is no rsync");
        return;
    }
    for mut host in hosts() {
        let directory = tempfile::tempdir().unwrap();
        let (from, to) = (directory.path().join("from"), directory.path().join("it's $to; "));
        std::fs::create_dir(&from).unwrap();
        std::fs::write(from.join("a b"), "1\n").unwrap();
        std::fs::write(from.join("large"), vec![b'\n'; LARGE]).unwrap();
        let rsync = Rsync {
            source: format!("{}/", from.display()).into(),
            destination: to.display().to_string(),
            flags: vec!["-a".to_owned(), "-v".to_owned()],
        };
        let reply = host.rsync(&Login::Own, &rsync, &mut |_, _| {}).await.unwrap();
        assert_eq!(reply.status, 0, "{reply:?}");
        assert_eq!((text(&to.join("a b")), text(&to.join("large")).len()), ("1\n".to_owned(), LARGE));
        let said = String::from_utf8_lossy(&reply.output).into_owned();
        assert!(said.lines().any(|line| line == "a b"), "{said}");

        let wrong = Rsync { source: directory.path().join("none"), ..rsync };
        let reply = host.rsync(&Login::Own, &wrong, &mut |_, _| {}).await.unwrap();
        assert_ne!(reply.status, 0);
        let said = String::from_utf8_lossy(&reply.errors).into_owned();
        assert!(said.contains("No such file or directory"), "{said}");
    }
}

#[tokio::test]
async fn an_other_half_that_is_missing_is_told() {
    if !has_rsync() {
        eprintln!("skipped: an_other_half_that_is_missing_is_told: there is no rsync");
        return;
    }
    for mut host in hosts() {
        let directory = tempfile::tempdir().unwrap();
        let rsync = Rsync {
            source: directory.path().to_owned(),
            destination: directory.path().join("to").display().to_string(),
            flags: vec!["--rsync-path=/no/such/rsync".to_owned(), "-r".to_owned()],
        };
        let reply = host.rsync(&Login::Own, &rsync, &mut |_, _| {}).await.unwrap();
        assert_ne!(reply.status, 0);
        let said = String::from_utf8_lossy(&reply.errors).into_owned();
        assert!(said.contains("/no/such/rsync"), "{said}");
    }
}
