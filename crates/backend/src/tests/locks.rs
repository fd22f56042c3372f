//! Two runs on one state never interleave.

use std::fs;
use std::time::{Duration, Instant};

use plumb_state::{Backend as _, BackendError, LockInfo};

use super::{options, run, state_of};
use crate::{LocalBackend, lock_info};

#[test]
fn a_lock_excludes_and_says_who_holds_it() {
    let directory = tempfile::tempdir().expect("directory");
    let info_path = directory.path().join(".terraform.tfstate.lock.info");
    run(async {
        let open = || LocalBackend::new(options(directory.path())).store("default").expect("store");
        let lock =
            open().lock(lock_info("OperationTypeApply", "1.11.4"), Duration::ZERO).await.expect("locked");
        lock.check().expect("held");
        let shown = LockInfo::from_json(&fs::read(&info_path).expect("file")).expect("JSON");
        assert_eq!(&shown, lock.info());
        assert_eq!(shown.path, "terraform.tfstate");

        let begun = Instant::now();
        let Err(error) = open().lock(lock_info("other", "1"), Duration::from_millis(250)).await else {
            panic!("locked twice")
        };
        assert!(begun.elapsed() >= Duration::from_millis(250));
        let detail = error.diagnostic().detail;
        for part in [&shown.id, &shown.who, &shown.created, "\"apply\"", "force-unlock", "-lock-timeout"] {
            assert!(detail.contains(part), "{detail}");
        }
        let refused = open().force_unlock(&shown.id).await.expect_err("it is alive");
        assert!(refused.to_string().contains("still runs"), "{refused}");

        lock.release().await.expect("released");
        assert!(!info_path.exists());
        assert!(!directory.path().join("terraform.tfstate").exists(), "made only for the lock");
        drop(open().lock(lock_info("other", "1"), Duration::ZERO).await.expect("free again"));
        assert!(!info_path.exists(), "dropping gives it back too");
    });
}

#[test]
fn waiting_ends_when_the_holder_does() {
    let directory = tempfile::tempdir().expect("directory");
    run(async {
        let open = || LocalBackend::new(options(directory.path())).store("default").expect("store");
        let lock = open().lock(lock_info("one", "1"), Duration::ZERO).await.expect("locked");
        let release = async {
            tokio::time::sleep(Duration::from_millis(150)).await;
            lock.release().await.expect("released");
        };
        let store = open();
        let wait = store.lock(lock_info("two", "1"), Duration::from_secs(20));
        let begun = Instant::now();
        let ((), second) = tokio::join!(release, wait);
        second.expect("locked").release().await.expect("released");
        assert!(begun.elapsed() < Duration::from_secs(10));
    });
}

#[test]
fn reading_and_writing_keep_the_lock() {
    let directory = tempfile::tempdir().expect("directory");
    run(async {
        let open = || LocalBackend::new(options(directory.path())).store("default").expect("store");
        let store = open();
        let lock = store.lock(lock_info("one", "1"), Duration::ZERO).await.expect("locked");
        let first = store.write(&state_of(&[(0, "a")]), None).await.expect("written");
        store.write(&state_of(&[(0, "b")]), Some(&first)).await.expect("written");
        open().read().await.expect("readable");
        lock.check().expect("held");
        // Only another process sees whether the system still has the lock.
        let path = directory.path().join("terraform.tfstate");
        let probe = "import fcntl,sys\nf=open(sys.argv[1],'r+')\ntry: fcntl.lockf(f,fcntl.LOCK_EX|fcntl.LOCK_NB)\n\
                     except OSError: sys.exit(7)";
        if let Ok(status) = std::process::Command::new("python3").args(["-c", probe]).arg(&path).status() {
            assert_eq!(status.code(), Some(7));
        }
        lock.release().await.expect("released");
        assert!(path.exists());
    });
}

#[test]
fn a_lost_lock_is_noticed() {
    let directory = tempfile::tempdir().expect("directory");
    let path = directory.path().join("terraform.tfstate");
    run(async {
        let store = LocalBackend::new(options(directory.path())).store("default").expect("store");
        let first = store.write(&state_of(&[(0, "a")]), None).await.expect("written");
        let lock = store.lock(lock_info("one", "1"), Duration::ZERO).await.expect("locked");
        let copy = directory.path().join("copy");
        fs::copy(&path, &copy).expect("copied");
        fs::rename(&copy, &path).expect("renamed");
        assert!(matches!(lock.check(), Err(BackendError::LockLost { .. })));
        let error = store.write(&state_of(&[(0, "b")]), Some(&first)).await.expect_err("lost");
        assert!(matches!(error, BackendError::LockLost { .. }), "{error:?}");
    });
}

#[test]
fn what_a_killed_holder_left_can_be_broken() {
    let directory = tempfile::tempdir().expect("directory");
    let info_path = directory.path().join(".terraform.tfstate.lock.info");
    run(async {
        let store = LocalBackend::new(options(directory.path())).store("default").expect("store");
        assert!(matches!(store.force_unlock("x").await, Err(BackendError::NoSuchLock { .. })));
        let info = lock_info("OperationTypePlan", "1.11.4");
        fs::write(&info_path, info.to_json()).expect("written");
        assert!(matches!(store.force_unlock("x").await, Err(BackendError::NoSuchLock { .. })));
        assert_eq!(store.force_unlock(&info.id).await.expect("broken"), info);
        assert!(!info_path.exists());
        // The next run does not even need that: nobody holds the lock itself.
        fs::write(&info_path, info.to_json()).expect("written");
        store
            .lock(lock_info("next", "1"), Duration::ZERO)
            .await
            .expect("locked")
            .release()
            .await
            .expect("released");
    });
}
