//! What there is at a path.

use bytes::Bytes;

/// What there is at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What kind of thing.
    pub kind: EntryKind,
    /// Its permissions, as in `0o644`.
    pub mode: u32,
    /// Kind and permissions as the host wrote them.
    pub(crate) raw_mode: String,
    /// The name of its owner, or the number where that has no name.
    pub user: String,
    /// The same of its group.
    pub group: String,
    /// Bytes of its content.
    pub size: u64,
    /// When its content was changed last, in seconds of Unix time.
    pub modified: i64,
    /// Of a link, where it points to.
    pub target: Option<String>,
    /// Of a file, in hexadecimal, where it was wanted.
    pub sha256: Option<String>,
    /// Of a file, where it was wanted and is not too large.
    pub content: Option<Bytes>,
}

/// Kinds of things at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// There is nothing.
    Absent,
    /// Nobody knows: one of the directories that lead there may not be searched.
    Denied,
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link, wherever it points to.
    Link,
    /// A device, a pipe or a socket.
    Other,
}

impl Entry {
    /// Nothing is there.
    pub fn absent() -> Self {
        Entry::without_more(EntryKind::Absent)
    }

    pub(crate) fn without_more(kind: EntryKind) -> Self {
        Entry {
            kind,
            mode: 0,
            raw_mode: String::new(),
            user: String::new(),
            group: String::new(),
            size: 0,
            modified: 0,
            target: None,
            sha256: None,
            content: None,
        }
    }
}

impl EntryKind {
    /// One word for it.
    pub fn name(self) -> &'static str {
        match self {
            EntryKind::Absent => "absent",
            EntryKind::Denied => "denied",
            EntryKind::File => "file",
            EntryKind::Directory => "directory",
            EntryKind::Link => "link",
            EntryKind::Other => "other",
        }
    }

    /// From the mode of a file as the system has it.
    pub(crate) fn of_mode(mode: u32) -> Self {
        match mode & 0o170_000 {
            0o100_000 => EntryKind::File,
            0o040_000 => EntryKind::Directory,
            0o120_000 => EntryKind::Link,
            _ => EntryKind::Other,
        }
    }
}
