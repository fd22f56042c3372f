//! The lines of source that a diagnostic is about, and where in them the fault is.

use plumb_source::{SourceFile, SourceMap, Span};

use crate::Diagnostic;
use crate::enclosing::enclosing_block;

/// Lines of one file with a marked part.
pub(crate) struct Excerpt {
    /// The lines, without the last line break.
    pub(crate) code: String,
    /// Number of the first line.
    pub(crate) start_line: u32,
    /// The marked part, in bytes of the code; never empty unless the code is.
    pub(crate) highlight: std::ops::Range<usize>,
}

impl Excerpt {
    /// The lines that `subject` and `context` cover; `None` where nobody wrote them.
    pub(crate) fn of(file: &SourceFile, subject: Span, context: Option<Span>) -> Option<Excerpt> {
        let length = file.text.len() as u32;
        let start = subject.start.min(length);
        let end = subject.end.clamp(start, length);
        let context = context.filter(|context| context.file == subject.file);
        let first = context.map_or(start, |context| context.start.min(start));
        let last = context.map_or(end, |context| context.end.clamp(end, length));
        let start_line = file.position(first).line;
        // What ends with a line break has nothing on the line that follows.
        let end_line = file.position(if last > first { last - 1 } else { last }).line;
        let code_start = file.line_start(start_line)?;
        let lines: Vec<&str> = (start_line..=end_line).filter_map(|line| file.line(line)).collect();
        let code = lines.join("\n");
        let from = boundary(&code, (start - code_start) as usize);
        let wanted = (end - start).max(1) as usize;
        let to = boundary_up(&code, from + wanted);
        Some(Excerpt { code, start_line, highlight: from..to })
    }
}

fn boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn boundary_up(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at
}

/// Where a diagnostic is, in words: file, line, and the block around it.
pub(crate) struct Place {
    pub(crate) file: std::sync::Arc<SourceFile>,
    pub(crate) subject: Span,
    pub(crate) line: u32,
    pub(crate) block: Option<String>,
}

impl Place {
    pub(crate) fn of(span: Span, sources: &SourceMap) -> Option<Place> {
        let file = sources.get(span.file)?;
        let line = file.position(span.start).line;
        // JSON has no headers of blocks.
        let has_blocks = !file.path.ends_with(".json");
        let block = if has_blocks { enclosing_block(&file.text, span.start as usize) } else { None };
        Some(Place { file, subject: span, line, block })
    }

    /// How far the line numbers of the excerpt reach, with the blank behind them.
    pub(crate) fn gutter(&self) -> usize {
        self.file.position(self.subject.end).line.to_string().len() + 1
    }

    pub(crate) fn of_diagnostic(diagnostic: &Diagnostic, sources: &SourceMap) -> Option<Place> {
        Place::of(diagnostic.subject?, sources)
    }
}
