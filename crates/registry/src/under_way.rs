//! What has to go when fetching is cut short: files and directories that are not whole, and programs that
//! somebody waits for.
//!
//! Responsible for knowing them, and for taking them away at once. It decides nothing about when.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A directory may get another file while it is being removed, but not for long.
const REMOVALS_MAX: usize = 5;

/// What is under way. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct UnderWay {
    held: Arc<Mutex<Held>>,
}

#[derive(Debug, Default)]
struct Held {
    next: u64,
    things: BTreeMap<u64, Thing>,
}

#[derive(Debug)]
enum Thing {
    /// Somebody fetches.
    Work,
    /// A file or a directory.
    Path(PathBuf),
    /// A program that leads a group of its own.
    Program(u32),
}

/// Something is under way for as long as this lives.
#[derive(Debug)]
#[must_use]
pub struct Noted {
    under_way: UnderWay,
    number: u64,
}

impl UnderWay {
    /// Notes that somebody fetches.
    pub fn begin(&self) -> Noted {
        self.note(Thing::Work)
    }

    /// Notes a file or a directory that is not whole yet.
    pub(crate) fn path(&self, path: &Path) -> Noted {
        self.note(Thing::Path(path.to_owned()))
    }

    /// Notes a program that leads a group of its own.
    pub(crate) fn program(&self, program: &Child) -> Noted {
        self.note(Thing::Program(program.id()))
    }

    /// Where somebody fetches: ends programs, removes what is not whole, and does the last thing, after
    /// which the process is to be gone. Whoever wants to begin something else meanwhile waits.
    pub fn abandon(&self, last: impl FnOnce()) {
        let held = self.held();
        if !held.things.values().any(|thing| matches!(thing, Thing::Work)) {
            return;
        }
        for thing in held.things.values() {
            if let Thing::Program(id) = thing {
                end_group(*id);
            }
        }
        for thing in held.things.values() {
            if let Thing::Path(path) = thing {
                remove(path);
            }
        }
        last();
    }

    fn note(&self, thing: Thing) -> Noted {
        let mut held = self.held();
        let number = held.next;
        held.next += 1;
        held.things.insert(number, thing);
        Noted { under_way: self.clone(), number }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Noted {
    fn drop(&mut self) {
        self.under_way.held().things.remove(&self.number);
    }
}

/// What cannot be removed is in nobody's way.
fn remove(path: &Path) {
    for _ in 0..REMOVALS_MAX {
        let removed = if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
        if removed.is_ok() || !path.exists() {
            return;
        }
    }
}

/// Ends a program and those that it has started.
#[cfg(unix)]
pub(crate) fn end_group(id: u32) {
    use rustix::process::{Pid, Signal, kill_process_group};
    let id = i32::try_from(id).ok().and_then(Pid::from_raw);
    // Whoever is gone already needs no end.
    let _ = id.map(|id| kill_process_group(id, Signal::KILL));
}

#[cfg(not(unix))]
pub(crate) fn end_group(_: u32) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_whole_goes_and_what_is_done_stays() {
        let scratch = tempfile::tempdir().expect("a directory");
        let path = |name: &str| scratch.path().join(name);
        std::fs::create_dir(path("half")).expect("a directory");
        for name in ["half/a", "done", "part"] {
            std::fs::write(path(name), "x").expect("writes");
        }
        let under_way = UnderWay::default();
        drop(under_way.path(&path("done")));
        let (_half, _part) = (under_way.path(&path("half")), under_way.path(&path("part")));
        under_way.abandon(|| panic!("nobody fetches"));
        assert!(path("half/a").exists());
        let _work = under_way.begin();
        let mut is_over = false;
        under_way.abandon(|| is_over = true);
        assert!(is_over && path("done").exists() && !path("half").exists() && !path("part").exists());
    }
}
