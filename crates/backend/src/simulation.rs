//! A disk in memory that can lose power at any instant, for tests.
//!
//! It keeps only what disks promise: a file's bytes once the file is synced, a name once its own
//! directory is. Of everything else any part may survive a crash: of a write each sector or not, of
//! changes of names any, in no order; or nothing at all.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::disk::{Disk, DiskFile, DiskLock, Locking};

/// A disk in memory. Clones are the same disk.
#[derive(Clone, Debug, Default)]
pub struct SimulatedDisk {
    platters: Arc<Mutex<Platters>>,
}

#[derive(Debug, Default)]
struct Platters {
    files: Vec<Content>,
    /// What names lead to, as programs see it.
    names: BTreeMap<PathBuf, usize>,
    /// The same as a crash would leave it.
    durable_names: BTreeMap<PathBuf, usize>,
    /// Changes of names that are not durable yet, in order.
    pending_names: Vec<NameChange>,
    locked: BTreeSet<PathBuf>,
    /// Files that somebody has for himself.
    taken: BTreeSet<usize>,
    /// How many operations were made that change something.
    operations: usize,
    /// The operation in the middle of which the power goes.
    crash_at: Option<usize>,
    /// How many bytes all files together may have.
    capacity: Option<usize>,
}

/// Names that change at once, and what they lead to from then on.
type NameChange = Vec<(PathBuf, Option<usize>)>;

#[derive(Debug, Default)]
struct Content {
    bytes: Vec<u8>,
    durable: Vec<u8>,
    pending: Vec<Write>,
}

#[derive(Debug)]
enum Write {
    At(usize, Vec<u8>),
    Length(usize),
}

/// Disks write so many bytes as one.
const SECTOR: usize = 512;

impl Write {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Write::At(offset, written) => put(bytes, *offset, written),
            Write::Length(length) => bytes.resize(*length, 0),
        }
    }

    /// What is left of it when the power goes before it is durable.
    fn apply_in_part(&self, bytes: &mut Vec<u8>, dice: &mut Dice) {
        let survival = dice.roll(4);
        match (survival, self) {
            (1, _) => self.apply(bytes),
            (0, _) | (_, Write::Length(_)) => {}
            (2, Write::At(offset, written)) => put(bytes, *offset, &written[..dice.roll(written.len() + 1)]),
            (_, Write::At(offset, written)) => {
                let mut at = 0;
                while at < written.len() {
                    // Sectors are those of the file, wherever in it the write begins.
                    let end = ((offset + at) / SECTOR * SECTOR + SECTOR - offset).min(written.len());
                    if dice.roll(2) == 0 {
                        put(bytes, offset + at, &written[at..end]);
                    }
                    at = end;
                }
            }
        }
    }
}

fn put(bytes: &mut Vec<u8>, offset: usize, written: &[u8]) {
    if bytes.len() < offset + written.len() {
        bytes.resize(offset + written.len(), 0);
    }
    bytes[offset..offset + written.len()].copy_from_slice(written);
}

/// Numbers that look random and are the same for the same seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        // The multiplier and increment that Knuth's MMIX uses.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or_default() % sides.max(1)
    }
}

impl SimulatedDisk {
    /// An empty disk.
    pub fn new() -> SimulatedDisk {
        SimulatedDisk::default()
    }

    fn platters(&self) -> MutexGuard<'_, Platters> {
        self.platters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the power in the middle of the operation of that number, counted from 0 at the
    /// beginning; it and everything after it fails.
    pub fn crash_at(&self, operation: usize) {
        self.platters().crash_at = Some(operation);
    }

    /// Lets the disk hold so many bytes at most.
    pub fn limit(&self, bytes: Option<usize>) {
        self.platters().capacity = bytes;
    }

    /// How many bytes the files have.
    pub fn used(&self) -> usize {
        let platters = self.platters();
        platters.names.values().map(|file| platters.files[*file].bytes.len()).sum()
    }

    /// Whether there is a file of that name in any directory.
    pub fn has(&self, name: &std::ffi::OsStr) -> bool {
        self.platters().names.keys().any(|path| path.file_name() == Some(name))
    }

    /// How many operations there were that change something.
    pub fn operations(&self) -> usize {
        self.platters().operations
    }

    /// What the disk holds when the power is back. The seed decides about what was not durable; with
    /// seed 0 nothing of it is left.
    pub fn after_crash(&self, seed: u64) -> SimulatedDisk {
        let mut dice = Dice(seed.wrapping_add(0x9e37_79b9_7f4a_7c15));
        let platters = self.platters();
        let mut survived = Platters::default();
        for content in &platters.files {
            let mut bytes = content.durable.clone();
            let pending = if seed == 0 { &[][..] } else { &content.pending };
            pending.iter().for_each(|write| write.apply_in_part(&mut bytes, &mut dice));
            survived.files.push(Content { durable: bytes.clone(), bytes, pending: Vec::new() });
        }
        let mut names = platters.durable_names.clone();
        let pending = if seed == 0 { &[][..] } else { &platters.pending_names };
        // Common file systems keep the order of changes; disks promise none.
        let (in_order, kept) = (dice.roll(2) == 0, dice.roll(pending.len() + 1));
        for (number, change) in pending.iter().enumerate() {
            let survives = if in_order { number < kept } else { dice.roll(2) == 0 };
            for (path, file) in change.iter().filter(|_| survives) {
                set_name(&mut names, path, *file);
            }
        }
        survived.durable_names = names.clone();
        survived.names = names;
        SimulatedDisk { platters: Arc::new(Mutex::new(survived)) }
    }

    /// Keeps everybody from the disk for as long as the result is held, as a slow disk would.
    pub fn pause(&self) -> impl Sized + '_ {
        self.platters()
    }

    fn make(&self, path: &Path) -> io::Result<usize> {
        let mut platters = self.platters();
        platters.files.push(Content::default());
        let file = platters.files.len() - 1;
        drop(platters);
        self.change_name(path, Some(file))?;
        Ok(file)
    }

    fn change_names(&self, change: NameChange) -> io::Result<()> {
        let mut platters = self.platters();
        let result = platters.operation();
        for (path, file) in &change {
            set_name(&mut platters.names, path, *file);
        }
        if platters.may_reach_the_disk() {
            platters.pending_names.push(change);
        }
        result
    }

    fn change_name(&self, path: &Path, file: Option<usize>) -> io::Result<()> {
        self.change_names(vec![(path.to_owned(), file)])
    }
}

fn set_name(names: &mut BTreeMap<PathBuf, usize>, path: &Path, file: Option<usize>) {
    match file {
        Some(file) => _ = names.insert(path.to_owned(), file),
        None => _ = names.remove(path),
    }
}

impl Platters {
    /// Counts an operation; it fails if the power is gone.
    fn operation(&mut self) -> io::Result<()> {
        let number = self.operations;
        self.operations += 1;
        self.powered(number)
    }

    fn powered(&self, number: usize) -> io::Result<()> {
        match self.crash_at {
            Some(crash) if number >= crash => Err(io::Error::other("the power is gone")),
            _ => Ok(()),
        }
    }

    /// Whether the last operation was not after the end. That in whose middle the power goes may still
    /// have reached the disk.
    fn may_reach_the_disk(&self) -> bool {
        self.crash_at.is_none_or(|crash| self.operations <= crash + 1)
    }

    fn room_for(&self, more: usize) -> io::Result<()> {
        let used: usize = self.names.values().map(|file| self.files[*file].bytes.len()).sum();
        match self.capacity {
            Some(capacity) if used + more > capacity => Err(ErrorKind::StorageFull.into()),
            _ => Ok(()),
        }
    }

    fn write(&mut self, file: usize, write: Write) -> io::Result<()> {
        let result = self.operation();
        let content = &mut self.files[file];
        write.apply(&mut content.bytes);
        if self.may_reach_the_disk() {
            self.files[file].pending.push(write);
        }
        result
    }
}

impl Disk for SimulatedDisk {
    fn read(&self, path: &Path) -> io::Result<Option<Vec<u8>>> {
        let platters = self.platters();
        platters.powered(platters.operations)?;
        Ok(platters.names.get(path).map(|file| platters.files[*file].bytes.clone()))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let existing = self.platters().names.get(path).copied();
        let file = match existing {
            Some(file) => file,
            None => self.make(path)?,
        };
        Ok(Box::new(SimulatedFile { disk: self.clone(), file, is_alone: false }))
    }

    fn open_alone(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        loop {
            let existing = self.platters().names.get(path).copied();
            let file = match existing {
                Some(file) => file,
                None => self.make(path)?,
            };
            if self.platters().taken.insert(file) {
                return Ok(Box::new(SimulatedFile { disk: self.clone(), file, is_alone: true }));
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn is_taken(&self, path: &Path) -> io::Result<bool> {
        let platters = self.platters();
        Ok(platters.names.get(path).is_some_and(|file| platters.taken.contains(file)))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let Some(file) = self.platters().names.get(from).copied() else {
            return Err(ErrorKind::NotFound.into());
        };
        self.change_names(vec![(to.to_owned(), Some(file)), (from.to_owned(), None)])
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        if !self.platters().names.contains_key(path) {
            return Ok(());
        }
        self.change_name(path, None)
    }

    fn create_directory(&self, _path: &Path) -> io::Result<()> {
        Ok(())
    }

    fn remove_directory(&self, path: &Path) -> io::Result<()> {
        let inside: Vec<PathBuf> =
            self.platters().names.keys().filter(|name| name.starts_with(path)).cloned().collect();
        inside.iter().try_for_each(|name| self.change_name(name, None))
    }

    fn directories(&self, path: &Path) -> io::Result<Vec<String>> {
        let platters = self.platters();
        let inside = platters.names.keys().filter_map(|name| {
            let mut parts = name.strip_prefix(path).ok()?.components();
            let first = parts.next()?;
            parts.next()?;
            Some(first.as_os_str().to_string_lossy().into_owned())
        });
        Ok(inside.collect::<BTreeSet<String>>().into_iter().collect())
    }

    fn files(&self, path: &Path, beginning: &str) -> io::Result<Vec<String>> {
        let platters = self.platters();
        let inside = platters.names.keys().filter(|name| name.parent() == Some(path));
        let names = inside.filter_map(|name| Some(name.file_name()?.to_string_lossy().into_owned()));
        Ok(names.filter(|name| name.starts_with(beginning)).collect())
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        let mut platters = self.platters();
        platters.operation()?;
        let is_inside = |name: &PathBuf| name.parent() == Some(path);
        for change in std::mem::take(&mut platters.pending_names) {
            let (durable, pending): (NameChange, NameChange) =
                change.into_iter().partition(|(name, _)| is_inside(name));
            for (name, file) in durable {
                set_name(&mut platters.durable_names, &name, file);
            }
            if !pending.is_empty() {
                platters.pending_names.push(pending);
            }
        }
        Ok(())
    }

    fn lock(&self, path: &Path) -> io::Result<Locking> {
        if !self.platters().locked.insert(path.to_owned()) {
            return Ok(Locking::Busy("the file is locked".to_owned()));
        }
        let lock = SimulatedLock { disk: self.clone(), path: path.to_owned() };
        self.open(path)?;
        Ok(Locking::Held(Box::new(lock)))
    }
}

struct SimulatedFile {
    disk: SimulatedDisk,
    file: usize,
    is_alone: bool,
}

impl Drop for SimulatedFile {
    fn drop(&mut self) {
        if self.is_alone {
            self.disk.platters().taken.remove(&self.file);
        }
    }
}

impl DiskFile for SimulatedFile {
    fn append(&self, bytes: &[u8]) -> io::Result<()> {
        let mut platters = self.disk.platters();
        platters.room_for(bytes.len())?;
        let end = platters.files[self.file].bytes.len();
        platters.write(self.file, Write::At(end, bytes.to_owned()))
    }

    fn write_at(&self, offset: usize, bytes: &[u8]) -> io::Result<()> {
        let mut platters = self.disk.platters();
        platters.room_for((offset + bytes.len()).saturating_sub(platters.files[self.file].bytes.len()))?;
        platters.write(self.file, Write::At(offset, bytes.to_owned()))
    }

    fn set_length(&self, length: usize) -> io::Result<()> {
        self.disk.platters().write(self.file, Write::Length(length))
    }

    fn reserve(&self, length: usize) -> io::Result<()> {
        let platters = self.disk.platters();
        platters.room_for(length.saturating_sub(platters.files[self.file].bytes.len()))
    }

    fn sync(&self) -> io::Result<()> {
        let mut platters = self.disk.platters();
        platters.operation()?;
        let content = &mut platters.files[self.file];
        content.durable = content.bytes.clone();
        content.pending.clear();
        Ok(())
    }
}

struct SimulatedLock {
    disk: SimulatedDisk,
    path: PathBuf,
}

impl DiskLock for SimulatedLock {
    fn is_current(&self) -> bool {
        self.disk.platters().locked.contains(&self.path)
    }

    fn is_unused(&self) -> bool {
        let platters = self.disk.platters();
        platters.names.get(&self.path).is_some_and(|file| platters.files[*file].bytes.is_empty())
    }
}

impl Drop for SimulatedLock {
    fn drop(&mut self) {
        self.disk.platters().locked.remove(&self.path);
    }
}
