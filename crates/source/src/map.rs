//! All the files read so far, and positions in them.

use std::sync::{Arc, RwLock};

use crate::{FileId, Span};

/// The text of one file.
#[derive(Debug)]
pub struct SourceFile {
    /// The path as the user would write it, relative to the working directory where that is shorter.
    pub path: Arc<str>,
    /// The whole text.
    pub text: Arc<str>,
    /// Offset of the first byte of each line.
    line_starts: Vec<u32>,
}

/// A line and column, both counted from 1; columns count grapheme clusters as editors do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// Offset in bytes from the start of the file.
    pub byte: u32,
}

impl SourceFile {
    fn new(path: Arc<str>, text: Arc<str>) -> Self {
        let line_starts = std::iter::once(0)
            .chain(text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at as u32 + 1))
            .collect();
        SourceFile { path, text, line_starts }
    }

    /// Where a byte offset lies; offsets past the end lie at the end.
    pub fn position(&self, offset: u32) -> Position {
        let offset = offset.min(self.text.len() as u32);
        let line = self.line_starts.partition_point(|start| *start <= offset) - 1;
        let start = self.line_starts[line] as usize;
        let column = self.text.get(start..offset as usize).map_or(0, |before| before.chars().count());
        Position { line: line as u32 + 1, column: column as u32 + 1, byte: offset }
    }

    /// The line, from 1, in which a byte offset lies: for those who do not want to know where in it.
    pub fn line_number(&self, offset: u32) -> u32 {
        self.line_starts.partition_point(|start| *start <= offset) as u32
    }

    /// The text of a line counted from 1, without its line break; `None` where there is no such line.
    pub fn line(&self, line: u32) -> Option<&str> {
        let index = (line as usize).checked_sub(1)?;
        let start = *self.line_starts.get(index)? as usize;
        let end = self.line_starts.get(index + 1).map_or(self.text.len(), |next| *next as usize);
        Some(self.text.get(start..end)?.trim_end_matches(['\n', '\r']))
    }

    /// Offset of the first byte of a line counted from 1.
    pub fn line_start(&self, line: u32) -> Option<u32> {
        self.line_starts.get((line as usize).checked_sub(1)?).copied()
    }

    /// The text that a span covers; empty where the span does not fit the file.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or("")
    }
}

/// Every file read so far. Files are only ever added, so a [`Span`] stays good for the map's life.
#[derive(Debug, Default)]
pub struct SourceMap {
    files: RwLock<Vec<Arc<SourceFile>>>,
}

impl SourceMap {
    /// An empty map.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in a file's text and names it.
    pub fn add(&self, path: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> FileId {
        let file = Arc::new(SourceFile::new(path.into(), text.into()));
        let mut files = self.files.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        files.push(file);
        FileId(files.len() as u32 - 1)
    }

    /// The file with this name; `None` for [`FileId::NONE`].
    pub fn get(&self, id: FileId) -> Option<Arc<SourceFile>> {
        let files = self.files.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        files.get(id.0 as usize).cloned()
    }

    /// Every file in the order in which it was added.
    pub fn all(&self) -> Vec<Arc<SourceFile>> {
        self.files.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// The text that a span covers; empty where nobody wrote it.
    pub fn text(&self, span: Span) -> String {
        self.get(span.file).map(|file| file.slice(span).to_owned()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_and_lines_from_one() {
        let map = SourceMap::new();
        let id = map.add("a.tf", "é = 1\r\nb = 2\n");
        let file = map.get(id).expect("just added");
        let at = file.position(3);
        assert_eq!((at.line, at.column), (1, 3));
        let at = file.position(file.text.find('b').expect("is there") as u32);
        assert_eq!((at.line, at.column), (2, 1));
        assert_eq!(file.line(1), Some("é = 1"));
        assert_eq!(file.line(2), Some("b = 2"));
        assert_eq!(file.line(4), None);
        assert_eq!(file.position(10_000).line, 3);
        assert_eq!([0, 7, 8, 10_000].map(|offset| file.line_number(offset)), [1, 1, 2, 3]);
    }

    #[test]
    fn spans_join_only_within_one_file() {
        let one = Span::new(FileId(0), 3, 5);
        assert_eq!(one.to(Span::new(FileId(0), 1, 4)), Span::new(FileId(0), 1, 5));
        assert_eq!(one.to(Span::new(FileId(1), 1, 4)), one);
        assert_eq!(Span::NONE.to(one), one);
        assert_eq!(one.to(Span::NONE), one);
    }
}
