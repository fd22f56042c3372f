//! What there is at paths, and what scripts say.

use std::os::unix::fs::{PermissionsExt as _, symlink};

use plumb_host::{Answer, Check, Entry, EntryKind, Login, Question, Wanted};

use crate::hosts;

fn entry(answer: &Answer) -> &Entry {
    match answer {
        Answer::Path(entry) => entry,
        Answer::Script { .. } => panic!("no path: {answer:?}"),
    }
}

#[tokio::test]
async fn all_kinds_of_things_are_told_apart_byte_for_byte() {
    for mut host in hosts() {
        let root = tempfile::tempdir().unwrap();
        let path = |name: &str| root.path().join(name).to_str().unwrap().to_owned();
        std::fs::write(path("text"), "one\n").unwrap();
        std::fs::write(path("bytes\n'\\ *"), b"\x00\xff\nF 1\n").unwrap();
        std::fs::write(path("empty"), "").unwrap();
        std::fs::write(path("large"), vec![b'x'; 5000]).unwrap();
        std::fs::create_dir(path("directory")).unwrap();
        symlink("nowhere\n\n", path("link")).unwrap();
        std::fs::set_permissions(path("text"), std::fs::Permissions::from_mode(0o640)).unwrap();
        let content = |name: &str, unless: Option<&str>| {
            Question::Path(path(name), Wanted::content(unless.map(str::to_owned), 4096))
        };
        let of_text = "2c8b08da5ce60398e1f19af0e5dccc744df274b826abe585eaba68c525434806";
        let questions = [
            Question::Script("echo out; echo err >&2; exit 3".to_owned()),
            content("text", None),
            content("text", Some(of_text)),
            Question::Path(path("none"), Wanted::sum()),
            content("bytes\n'\\ *", Some(of_text)),
            content("empty", None),
            content("large", None),
            Question::Path(path("directory"), Wanted::sum()),
            Question::Path(path("link"), Wanted::sum()),
            Question::Path("/dev/null".to_owned(), Wanted::nothing()),
            Question::Path("/proc/sys/kernel/ostype".to_owned(), Wanted::content(None, 4096)),
            Question::Path("/sys/devices/system/cpu/online".to_owned(), Wanted::content(None, 4096)),
        ];
        let answers = host.ask(&Login::Own, &questions).await.unwrap();
        assert_eq!(
            answers[0],
            Answer::Script { status: 3, output: "out\n".into(), errors: "err\n".into() },
            "{}",
            host.name()
        );
        let entries: Vec<&Entry> = answers[1..].iter().map(entry).collect();
        let kinds: Vec<&str> = entries.iter().map(|entry| entry.kind.name()).collect();
        assert_eq!(
            kinds,
            ["file", "file", "absent", "file", "file", "file", "directory", "link", "other", "file", "file"]
        );
        assert_eq!((entries[0].mode, entries[0].size), (0o640, 4));
        assert_eq!(entries[0].content.as_deref(), Some(&b"one\n"[..]));
        assert_eq!(entries[0].sha256.as_deref(), Some(of_text));
        assert_eq!(entries[1].content, None);
        assert_eq!(entries[3].content.as_deref(), Some(&b"\x00\xff\nF 1\n"[..]));
        assert_eq!(entries[4].content.as_deref(), Some(&b""[..]));
        assert_eq!(entries[5].content, None, "it is too large");
        // The one has no size before it is read, and the other one has another.
        assert_eq!(entries[9].content.as_deref(), Some(&b"Linux\n"[..]));
        let online = std::fs::read("/sys/devices/system/cpu/online").unwrap();
        assert_eq!(entries[10].content.as_deref(), Some(&*online));
        assert_eq!(entries[7].target.as_deref(), Some("nowhere\n\n"));
        assert_eq!(host.round_trips(), 1);
    }
}

#[tokio::test]
async fn a_host_that_is_no_longer_as_it_was_found_is_left_alone() {
    for mut host in hosts() {
        let root = tempfile::tempdir().unwrap();
        let path = |name: &str| root.path().join(name).to_str().unwrap().to_owned();
        let odd = "it's \\ o\ndd";
        for name in ["same", "changed", "gone", "moded", odd] {
            std::fs::write(path(name), name).unwrap();
        }
        let names = ["same", "changed", "gone", "moded", "new", "none", odd];
        let mut questions: Vec<Question> =
            names.iter().map(|name| Question::Path(path(name), Wanted::sum())).collect();
        questions.push(Question::Script(format!("cat {}", path("changed"))));
        let long = "printf '\\303\\n%5000s\\n\\n' x";
        questions.extend(
            ["echo \"it's same\"; echo; echo", long, "printf '\\000'"]
                .map(|text| Question::Script(text.to_owned())),
        );
        let answers = host.ask(&Login::Own, &questions).await.unwrap();
        let check = Check::new(questions.iter().zip(&answers));
        let done = path("done");
        let act = |check: &Check| {
            let mut requests: Vec<_> = check.requests().collect();
            requests.push(plumb_host::Request::trusted(format!("echo done >>{done}")));
            requests
        };
        let replies = host.run(&Login::Own, &act(&check), &mut |_, _| {}).await.unwrap();
        let changed = check.changed(&replies, &Login::Own, &mut host).await.unwrap();
        assert_eq!(changed, Vec::<Question>::new(), "{}", host.name());
        assert_eq!(std::fs::read_to_string(path("done")).unwrap(), "done\n");

        std::fs::write(path("changed"), "another").unwrap();
        std::fs::remove_file(path("gone")).unwrap();
        std::fs::write(path("new"), "").unwrap();
        std::fs::set_permissions(path("moded"), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        for (of, changed) in [(0..7, vec![1, 2, 3, 4]), (7..8, vec![7]), (0..1, vec![]), (5..7, vec![])] {
            let check = Check::new(questions[of.clone()].iter().zip(&answers[of]));
            let replies = host.run(&Login::Own, &act(&check), &mut |_, _| {}).await.unwrap();
            let found = check.changed(&replies, &Login::Own, &mut host).await.unwrap();
            let expected: Vec<Question> = changed.iter().map(|at| questions[*at].clone()).collect();
            assert_eq!(found, expected, "{}", host.name());
            assert_eq!(replies.last().unwrap().is_skipped, !changed.is_empty());
        }
        assert_eq!(std::fs::read_to_string(path("done")).unwrap(), "done\ndone\ndone\n");
    }
}

#[tokio::test]
async fn what_may_not_be_seen_is_not_taken_for_absent() {
    // Whoever is root sees everything.
    let root = tempfile::tempdir().unwrap();
    let hidden = root.path().join("hidden");
    std::fs::create_dir(&hidden).unwrap();
    std::fs::write(hidden.join("file"), "").unwrap();
    std::fs::set_permissions(&hidden, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::set_permissions(root.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut trying = std::process::Command::new("su");
    let trying = trying.args(["-s", "/bin/sh", "nobody", "-c", "true"]).stdin(std::process::Stdio::null());
    if !trying.output().is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: what_may_not_be_seen_is_not_taken_for_absent needs to become somebody else");
        return;
    }
    for mut host in hosts() {
        let question =
            |path: std::path::PathBuf| Question::Path(path.to_str().unwrap().to_owned(), Wanted::sum());
        let questions = [question(hidden.join("file")), question(root.path().join("none/at/all"))];
        let login = Login::Su { user: "nobody".to_owned() };
        let answers = host.ask(&login, &questions).await.unwrap();
        let kinds: Vec<EntryKind> = answers.iter().map(|answer| entry(answer).kind).collect();
        assert_eq!(kinds, [EntryKind::Denied, EntryKind::Absent], "{}", host.name());
    }
}
