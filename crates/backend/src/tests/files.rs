//! Which files there are, what is in them, and who may read them.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::time::Duration;

use plumb_state::{Backend as _, BackendError, Version};

use super::{options, recorded, run, state_of};
use crate::{LocalBackend, LocalOptions, lock_info, save_errored, select_workspace, selected_workspace};

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(directory)
        .expect("directory")
        .map(|entry| entry.expect("entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("file").permissions().mode() & 0o777
}

#[test]
fn versions_follow_each_other() {
    let directory = tempfile::tempdir().expect("directory");
    let path = directory.path().join("terraform.tfstate");
    run(async {
        let store = LocalBackend::new(options(directory.path())).store("default").expect("store");
        assert!(store.read().await.expect("readable").is_none());
        let first = store.write(&state_of(&[(0, "a")]), None).await.expect("written");
        assert_eq!(first.serial, 1);
        assert_eq!(first.lineage.len(), 36);
        assert_eq!(mode(&path), 0o600);
        assert_eq!(names(directory.path()), ["terraform.tfstate"], "nothing was there to back up");

        let same = store.write(&state_of(&[(0, "a")]), Some(&first)).await.expect("written");
        assert_eq!(same, first, "what says the same is no new version");

        let node = fs::metadata(&path).expect("file").ino();
        let second = store.write(&state_of(&[(0, "b")]), Some(&first)).await.expect("written");
        assert_eq!((second.serial, &second.lineage), (2, &first.lineage));
        assert_eq!(fs::metadata(&path).expect("file").ino(), node, "others may have it open");

        let stale = store.write(&state_of(&[(0, "c")]), Some(&first)).await.expect_err("moved");
        assert!(
            matches!(&stale, BackendError::Moved { found: Some(found), .. } if *found == second),
            "{stale:?}"
        );
        assert!(matches!(store.write(&state_of(&[]), None).await, Err(BackendError::Moved { .. })));
        assert_eq!(recorded(&store.read().await.expect("readable").expect("there").state), "[0]=b");
    });
}

#[test]
fn the_version_that_was_found_is_kept() {
    let directory = tempfile::tempdir().expect("directory");
    let backup = directory.path().join("terraform.tfstate.backup");
    run(async {
        let open = || LocalBackend::new(options(directory.path())).store("default").expect("store");
        let first = open().write(&state_of(&[(0, "a")]), None).await.expect("written");
        let found = fs::read(directory.path().join("terraform.tfstate")).expect("file");
        let store = open();
        let second = store.write(&state_of(&[(0, "b")]), Some(&first)).await.expect("written");
        store.write(&state_of(&[(0, "c")]), Some(&second)).await.expect("written");
        assert_eq!(fs::read(&backup).expect("backup"), found, "not what the run itself wrote in between");
        assert_eq!(mode(&backup), 0o600);
        assert_eq!(names(directory.path()), ["terraform.tfstate", "terraform.tfstate.backup"]);
    });
}

#[test]
fn only_the_program_version_differs() {
    let directory = tempfile::tempdir().expect("directory");
    let path = directory.path().join("terraform.tfstate");
    run(async {
        let store = LocalBackend::new(options(directory.path())).store("default").expect("store");
        let first = store.write(&state_of(&[(0, "a")]), None).await.expect("written");
        let text = fs::read_to_string(&path).expect("file").replace("1.11.4", "1.5.0");
        fs::write(&path, text).expect("written");
        let stored = store.read().await.expect("readable").expect("there");
        let version = store.write(&stored.state, Some(&stored.version)).await.expect("written");
        assert_eq!(version, first, "the serial stays");
        assert!(!directory.path().join("terraform.tfstate.backup").exists());
    });
}

#[test]
fn pushes_follow_what_is_there() {
    let directory = tempfile::tempdir().expect("directory");
    run(async {
        let store = LocalBackend::new(options(directory.path())).store("default").expect("store");
        let mut state = state_of(&[(0, "a")]);
        (state.serial, state.lineage) = (7, "l".to_owned());
        let pushed = store.push(&state, false).await.expect("pushed");
        assert_eq!((pushed.serial, pushed.lineage.as_str()), (7, "l"));
        let try_push = |serial, lineage: &str, id: &str| {
            let mut state = state_of(&[(0, id)]);
            (state.serial, state.lineage) = (serial, lineage.to_owned());
            let store = store.clone();
            async move {
                store
                    .push(&state, false)
                    .await
                    .map(|version| version.serial)
                    .map_err(|error| error.to_string())
            }
        };
        assert_eq!(try_push(7, "l", "a").await, Ok(7));
        assert!(try_push(7, "l", "b").await.expect_err("differs").contains("same serial"));
        assert!(try_push(6, "l", "a").await.expect_err("older").contains("newer state with serial 7"));
        assert!(try_push(9, "k", "a").await.expect_err("unrelated").contains("unrelated"));
        assert_eq!(try_push(9, "l", "b").await, Ok(9));
        assert_eq!(store.push(&state, true).await.expect("forced").serial, 7);
    });
}

#[test]
fn a_torn_file_is_finished_from_the_complete_one() {
    let directory = tempfile::tempdir().expect("directory");
    let path = directory.path().join("terraform.tfstate");
    let next = directory.path().join("terraform.tfstate.next");
    run(async {
        let open = || LocalBackend::new(options(directory.path())).store("default").expect("store");
        let write = |objects: &'static [(usize, &str)], base: Option<Version>| async move {
            open().write(&state_of(objects), base.as_ref()).await.expect("written")
        };
        let first = write(&[(0, "a")], None).await;
        let old = fs::read(&path).expect("file");
        let second = write(&[(0, "b")], Some(first)).await;
        let new = fs::read(&path).expect("file");
        let torn = [b"!", &new[1..80], &old[80..]].concat();
        for (content, expected) in [(&torn, "[0]=b"), (&old, "[0]=b"), (&Vec::new(), "[0]=b")] {
            fs::write(&path, content).expect("written");
            fs::write(&next, &new).expect("written");
            let store = open();
            assert_eq!(recorded(&store.read().await.expect("readable").expect("there").state), expected);
            store
                .lock(lock_info("test", "1"), Duration::ZERO)
                .await
                .expect("locked")
                .release()
                .await
                .expect("released");
            assert!(!next.exists());
            assert_eq!(fs::read(&path).expect("file"), new);
        }
        // Someone went on from the old version meanwhile: theirs stays.
        let third = write(&[(0, "c")], Some(second)).await;
        fs::write(&next, &new).expect("written");
        assert_eq!(open().read().await.expect("readable").expect("there").version, third);
    });
}

#[test]
fn a_corrupt_file_names_the_backup() {
    let directory = tempfile::tempdir().expect("directory");
    fs::write(directory.path().join("terraform.tfstate"), "{\"version\": 4,\n<<<<<<< HEAD").expect("written");
    fs::write(directory.path().join("terraform.tfstate.backup"), "{}").expect("written");
    run(async {
        let store = LocalBackend::new(options(directory.path())).store("default").expect("store");
        let diagnostic = store.read().await.expect_err("corrupt").diagnostic();
        for part in ["line 2, column 1", "terraform.tfstate.backup", "Nothing has been changed"] {
            assert!(diagnostic.detail.contains(part), "{}", diagnostic.detail);
        }
    });
}

#[test]
fn paths_can_be_given() {
    let directory = tempfile::tempdir().expect("directory");
    let file = |name: &str| directory.path().join(name);
    run(async {
        let given = LocalOptions {
            state: Some("in.tfstate".into()),
            state_out: Some("deep/out.tfstate".into()),
            backup: Some("-".into()),
            ..options(directory.path())
        };
        let plain = LocalOptions { path: Some("in.tfstate".into()), ..options(directory.path()) };
        let store = LocalBackend::new(plain).store("default").expect("store");
        let first = store.write(&state_of(&[(0, "a")]), None).await.expect("written");
        let store = LocalBackend::new(given).store("default").expect("store");
        assert_eq!(store.place(), "deep/out.tfstate");
        let second = store.write(&state_of(&[(0, "b")]), Some(&first)).await.expect("written");
        assert_eq!(second.serial, 2);
        assert_eq!(store.read().await.expect("readable").expect("there").version, second);
        assert_eq!(names(&file("deep")), ["out.tfstate"]);
        assert_eq!(names(directory.path()), ["deep", "in.tfstate"]);
    });
}

#[test]
fn workspaces_come_and_go() {
    let directory = tempfile::tempdir().expect("directory");
    run(async {
        let backend = LocalBackend::new(options(directory.path()));
        assert_eq!(backend.workspaces().await.expect("listed"), ["default"]);
        backend.create_workspace("b").await.expect("made");
        backend.create_workspace("a").await.expect("made");
        assert_eq!(backend.workspaces().await.expect("listed"), ["default", "a", "b"]);
        let store = backend.store("a").expect("store");
        store.write(&state_of(&[(0, "a")]), None).await.expect("written");
        assert!(directory.path().join("terraform.tfstate.d/a/terraform.tfstate").exists());
        backend.delete_workspace("a").await.expect("deleted");
        assert_eq!(backend.workspaces().await.expect("listed"), ["default", "b"]);
        for name in ["default", "a", "../b", "", ".."] {
            assert!(
                matches!(backend.delete_workspace(name).await, Err(BackendError::Workspace { .. })),
                "{name}"
            );
        }
        assert!(backend.store("a/b").is_err());
    });
    let data = directory.path().join(".terraform");
    assert_eq!(selected_workspace(&data).expect("readable"), "default");
    select_workspace(&data, "b").expect("selected");
    assert_eq!(selected_workspace(&data).expect("readable"), "b");
    assert_eq!(fs::read(data.join("environment")).expect("file"), b"b");
}

#[test]
fn a_state_without_a_home_is_saved() {
    let directory = tempfile::tempdir().expect("directory");
    let first = save_errored(directory.path(), &state_of(&[(0, "a")]), "1.11.4").expect("saved");
    assert_eq!(first, directory.path().join("errored.tfstate"));
    assert_eq!(mode(&first), 0o600);
    assert_eq!(save_errored(directory.path(), &state_of(&[(0, "a")]), "1.11.4").expect("saved"), first);
    let second = save_errored(directory.path(), &state_of(&[(0, "b")]), "1.11.4").expect("saved");
    assert_ne!(first, second, "an earlier one is not lost");
}

#[test]
fn a_directory_that_is_not_there_is_made_and_one_that_cannot_be_is_told() {
    let directory = tempfile::tempdir().expect("directory");
    fs::write(directory.path().join("file"), "").expect("written");
    run(async {
        let inside = LocalOptions { path: Some("file/x.tfstate".into()), ..options(directory.path()) };
        let store = LocalBackend::new(inside).store("default").expect("store");
        let error = store.write(&state_of(&[(0, "a")]), None).await.expect_err("no directory");
        assert!(matches!(error, BackendError::Storage { .. }), "{error:?}");
        let Err(error) = store.lock(lock_info("test", "1"), Duration::ZERO).await else { panic!("locked") };
        assert!(matches!(error, BackendError::Storage { action: "lock", .. }), "{error:?}");
    });
}
