//! What is going to be at a path.

use plumb_host::{Content, Entry, EntryKind};

/// What there is at a path, or is going to be once the operations so far are done.
#[derive(Clone, Debug)]
pub(crate) struct PlannedEntry {
    pub(crate) kind: EntryKind,
    pub(crate) mode: Option<u32>,
    pub(crate) user: Option<String>,
    pub(crate) group: Option<String>,
    pub(crate) size: u64,
    pub(crate) modified: i64,
    pub(crate) target: Option<String>,
    pub(crate) sha256: Option<String>,
    pub(crate) content: Option<Content>,
    /// Whether the content is planned; otherwise it is what is there.
    pub(crate) is_content_planned: bool,
}

impl PlannedEntry {
    /// Something of which nothing else is known.
    pub(crate) fn new(kind: EntryKind) -> Self {
        PlannedEntry {
            kind,
            mode: None,
            user: None,
            group: None,
            size: 0,
            modified: 0,
            target: None,
            sha256: None,
            content: None,
            is_content_planned: true,
        }
    }

    /// What was found.
    pub(crate) fn found(entry: &Entry) -> Self {
        let is_there = !matches!(entry.kind, EntryKind::Absent | EntryKind::Denied);
        PlannedEntry {
            kind: entry.kind,
            mode: is_there.then_some(entry.mode),
            user: is_there.then(|| entry.user.clone()),
            group: is_there.then(|| entry.group.clone()),
            size: entry.size,
            modified: entry.modified,
            target: entry.target.clone(),
            sha256: entry.sha256.clone(),
            content: entry.content.clone().map(Content::new),
            is_content_planned: false,
        }
    }

    /// A file with that content.
    pub(crate) fn with_content(self, content: Content) -> Self {
        PlannedEntry {
            kind: EntryKind::File,
            size: content.bytes().len() as u64,
            sha256: Some(content.sha256().to_owned()),
            content: Some(content),
            is_content_planned: true,
            ..self
        }
    }

    /// What is said of whose it is, and of its mode.
    pub(crate) fn set(&mut self, user: Option<&str>, group: Option<&str>, mode: Option<u32>) {
        if let Some(user) = user {
            self.user = Some(user.to_owned());
        }
        if let Some(group) = group {
            self.group = Some(group.to_owned());
        }
        self.mode = mode.or(self.mode);
    }
}
