//! Texts of all files that were read, by the names that the language knows them by.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use plumb_source::{FileId, SourceMap, Span};
use starlark::codemap::FileSpan;

/// The texts of files, which grow as files are loaded.
#[derive(Clone, Default)]
pub struct Sources(Arc<Inner>);

#[derive(Default)]
struct Inner {
    map: SourceMap,
    names: RwLock<HashMap<String, FileId>>,
}

impl Sources {
    /// No files yet.
    pub fn new() -> Self {
        Sources::default()
    }

    /// All of them, for drawing diagnostics.
    pub fn map(&self) -> &SourceMap {
        &self.0.map
    }

    /// Takes in the text of a file.
    pub fn add(&self, name: &str, text: &str) -> FileId {
        let id = self.0.map.add(name, text);
        self.0.names.write().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), id);
        id
    }

    /// A file, by its name, and its text.
    pub fn find(&self, name: &str) -> Option<(FileId, String)> {
        let id = *self.0.names.read().unwrap_or_else(PoisonError::into_inner).get(name)?;
        self.0.map.get(id).map(|file| (id, file.text.to_string()))
    }

    /// Where that is; nowhere if nobody wrote it.
    pub fn span(&self, place: &FileSpan) -> Span {
        let names = self.0.names.read().unwrap_or_else(PoisonError::into_inner);
        let file = names.get(place.filename()).copied();
        file.map_or(Span::NONE, |file| Span::new(file, place.span.begin().get(), place.span.end().get()))
    }
}
