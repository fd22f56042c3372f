//! Many files that are put in their places one right after the other.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::Arc;

use plumb_host::{Content, FileChange, Host, Local, Login, Request};

use crate::writing::{said, small_disk};
use crate::{SHELLS, hosts};

fn file(path: &Path, content: &str, mode: u32) -> FileChange {
    FileChange {
        path: path.to_str().unwrap().to_owned(),
        content: Content::new(content.to_owned()),
        user: None,
        group: None,
        mode,
        backup: None,
        validate: None,
    }
}

/// How each ended: its status, or nothing where it was not begun.
async fn write(host: &mut Host, files: &[FileChange]) -> Vec<(Option<u32>, String)> {
    let requests: Vec<Request> =
        files.iter().map(|file| file.request(&Host::fresh_word()).needed()).collect();
    let replies = host.run(&Login::Own, &requests, &mut |_, _| {}).await.unwrap();
    let status = |reply: &plumb_host::Reply| (!reply.is_skipped).then_some(reply.status);
    let errors = |reply: &plumb_host::Reply| String::from_utf8_lossy(&reply.errors).into_owned();
    replies.iter().map(|reply| (status(reply), errors(reply))).collect()
}

fn statuses(ended: &[(Option<u32>, String)]) -> Vec<Option<u32>> {
    ended.iter().map(|(status, _)| *status).collect()
}

/// Names in a directory, in order.
fn names(directory: &Path) -> Vec<String> {
    let names = fs::read_dir(directory).unwrap();
    let mut names: Vec<_> =
        names.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn they_are_all_written_with_their_modes_and_nothing_is_left_beside_them() {
    for mut host in hosts() {
        let root = tempfile::tempdir().unwrap();
        let (here, there) = (root.path().join("it's here"), root.path().join("there"));
        fs::create_dir_all(&here).unwrap();
        fs::create_dir_all(&there).unwrap();
        fs::write(here.join("3"), "before").unwrap();
        let long = "more than a shell writes by itself\n".repeat(1000);
        let content = |at: usize| match at % 4 {
            0 => String::new(),
            1 => format!("'{at}' $HOME `id` \\ \n"),
            2 => format!("{at} without an end"),
            _ => format!("{at} {long}"),
        };
        let place = |at: usize| if at.is_multiple_of(3) { &here } else { &there };
        let mode = |at: usize| [0o600, 0o644, 0o4755][at % 3];
        let files: Vec<_> =
            (0..150).map(|at| file(&place(at).join(format!("{at}")), &content(at), mode(at))).collect();
        assert!(
            write(&mut host, &files).await.iter().all(|(status, said)| *status == Some(0) && said.is_empty())
        );
        for at in 0..150 {
            let path = place(at).join(format!("{at}"));
            assert!(fs::read_to_string(&path).unwrap() == content(at), "{}: {at}", host.name());
            assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, mode(at), "{at}");
        }
        assert_eq!((names(&here).len(), names(&there).len()), (50, 100));
    }
}

#[tokio::test]
async fn a_path_that_is_twice_there_has_what_was_written_last() {
    for mut host in hosts() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("file");
        let files = ["one", "two", "three"].map(|text| file(&path, text, 0o600));
        assert_eq!(statuses(&write(&mut host, &files).await), [Some(0); 3]);
        assert_eq!(fs::read_to_string(&path).unwrap(), "three");
        assert_eq!(names(root.path()), ["file"]);
    }
}

#[tokio::test]
async fn what_fails_is_the_one_that_is_named_and_nothing_behind_it_is_begun() {
    for mut host in hosts() {
        let root = tempfile::tempdir().unwrap();
        let place = |name: &str| root.path().join(name);
        let nobody = FileChange { user: Some("no-such-user".to_owned()), ..file(&place("b"), "b", 0o600) };
        for (wrong, reason) in [(file(&place("none/b"), "b", 0o600), "none"), (nobody, "no-such-user")] {
            let files = [file(&place("a"), "a", 0o600), wrong, file(&place("c"), "c", 0o600)];
            let ended = write(&mut host, &files).await;
            assert!(ended[1].1.contains(reason), "{}: {ended:?}", host.name());
            assert_eq!((ended[0].0, ended[1].0 == Some(0), ended[2].0), (Some(0), false, None));
            assert_eq!(names(root.path()), ["a"]);
            fs::remove_file(place("a")).unwrap();
        }
    }
}

#[tokio::test]
async fn what_cannot_be_moved_is_written_over_and_the_others_are_there() {
    let root = tempfile::tempdir().unwrap();
    let Some(mut host) = small_disk(root.path(), "256k") else { return };
    let files = ["a", "mounted", "z"].map(|name| file(&root.path().join(name), name, 0o640));
    assert_eq!(statuses(&write(&mut host, &files).await), [Some(0); 3]);
    let shown = said(&mut host, format!("cd {}; cat a other/source z; ls -A", root.path().display())).await;
    assert_eq!(shown, "amountedza\nfile\nmounted\nother\nz\n");

    let noise: String = (0..60_000_u32)
        .map(|at| char::from(b'!' + (at.wrapping_mul(2_654_435_761) >> 24) as u8 % 90))
        .collect();
    let files = ["1", "2", "3", "4", "5"].map(|name| file(&root.path().join(name), &noise, 0o640));
    let ended = statuses(&write(&mut host, &files).await);
    let written = ended.iter().take_while(|status| **status == Some(0)).count();
    assert!((1..5).contains(&written), "{ended:?}");
    assert!(ended[written].is_some() && ended[written + 1..].iter().all(Option::is_none), "{ended:?}");
    let shown = said(&mut host, format!("cd {}; ls -A; wc -c <1", root.path().display())).await;
    let expected: String = (1..=written).map(|at| format!("{at}\n")).collect();
    assert_eq!(shown, format!("{expected}a\nfile\nmounted\nother\nz\n60000\n"));
}

#[tokio::test]
async fn what_was_moved_before_something_failed_is_not_said_not_to_have_been_begun() {
    let test = "what_was_moved_before_something_failed_is_not_said_not_to_have_been_begun";
    let root = tempfile::tempdir().unwrap();
    let fixed = root.path().join("b");
    fs::write(&fixed, "before").unwrap();
    let chattr = |flag: &str| std::process::Command::new("chattr").arg(flag).arg(&fixed).output();
    if !chattr("+i").is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: {test}: files cannot be made immutable here");
        return;
    }
    let mut host = hosts().remove(0);
    let files = ["a", "b", "c"].map(|name| file(&root.path().join(name), name, 0o640));
    let ended = statuses(&write(&mut host, &files).await);
    let left = fs::read_to_string(&fixed).unwrap();
    chattr("-i").unwrap();
    assert_eq!((ended[0], ended[1] == Some(0), ended[2]), (Some(0), false, Some(0)));
    assert_eq!((&*left, &*fs::read_to_string(root.path().join("c")).unwrap()), ("before", "c"));
    assert_eq!(names(root.path()), ["a", "b", "c"]);
}

#[tokio::test]
async fn one_program_does_each_step_for_all_of_them() {
    for shell in SHELLS {
        let root = tempfile::tempdir().unwrap();
        let log = root.path().join("log");
        let programs = root.path().join("programs");
        fs::create_dir_all(&programs).unwrap();
        for name in ["mkdir", "chown", "chmod", "mv", "rm", "cat"] {
            let text = format!(
                "#!/bin/sh\necho {name} >>{}\nPATH=/usr/bin:/bin exec {name} \"$@\"\n",
                log.display()
            );
            let path = programs.join(name);
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        }
        let path = format!("PATH={}:/usr/bin:/bin", programs.display());
        let words = ["env", &path].into_iter().chain(shell.iter().copied());
        let mut host = Host::new(Arc::new(Local::through(shell[0], words)));
        let group = Some("0".to_owned());
        let files: Vec<_> = (0..40)
            .map(|at| FileChange {
                group: group.clone(),
                ..file(&root.path().join(format!("{at}")), "x\n", 0o640)
            })
            .collect();
        if std::process::Command::new(shell[0]).arg("--help").output().is_err() {
            continue;
        }
        assert!(write(&mut host, &files).await.iter().all(|(status, _)| *status == Some(0)));
        // BusyBox has them in itself, and starts none.
        let log = fs::read_to_string(&log).unwrap_or_default();
        assert!(log == "mkdir\nchown\nchmod\nmv\nrm\n" || shell[0] == "busybox", "{}: {log}", shell[0]);
    }
}
