//! Syntax errors on their way from the lexer and the grammar to diagnostics.

use std::borrow::Cow;
use std::ops::Range;

use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_source::{FileId, Span};

/// One thing that is wrong, with offsets into the text that was parsed.
#[derive(Clone, Debug)]
pub(crate) struct SyntaxError {
    pub(crate) summary: Cow<'static, str>,
    pub(crate) detail: Cow<'static, str>,
    pub(crate) subject: Range<u32>,
    pub(crate) context: Option<Range<u32>>,
    pub(crate) notes: Vec<(Range<u32>, Cow<'static, str>)>,
}

impl SyntaxError {
    pub(crate) fn new(
        summary: impl Into<Cow<'static, str>>,
        detail: impl Into<Cow<'static, str>>,
        subject: Range<u32>,
    ) -> Self {
        SyntaxError {
            summary: summary.into(),
            detail: detail.into(),
            subject,
            context: None,
            notes: Vec::new(),
        }
    }

    pub(crate) fn within(mut self, context: Range<u32>) -> Self {
        self.context = Some(context);
        self
    }

    pub(crate) fn note(mut self, place: Range<u32>, message: impl Into<Cow<'static, str>>) -> Self {
        self.notes.push((place, message.into()));
        self
    }
}

/// Where the parsed text lies: which file, and how far from its start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin<'t> {
    pub(crate) file: FileId,
    pub(crate) offset: u32,
    /// In order; none where the text stands in the file as it was parsed.
    pub(crate) shifts: &'t [Shift],
}

/// From here on the parsed text and the file have another distance, because something before it
/// stands in the file as an escape. Both count from the start of the parsed text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shift {
    pub(crate) parsed: u32,
    pub(crate) file: u32,
}

impl Origin<'_> {
    /// The start of a file.
    pub(crate) fn of(file: FileId) -> Self {
        Origin::at(file, 0)
    }

    pub(crate) fn at(file: FileId, offset: u32) -> Self {
        Origin { file, offset, shifts: &[] }
    }

    pub(crate) fn span(self, range: &Range<u32>) -> Span {
        Span::new(self.file, self.place(range.start), self.place(range.end))
    }

    fn place(self, parsed: u32) -> u32 {
        let behind = self.shifts.partition_point(|shift| shift.parsed <= parsed);
        let place = match behind.checked_sub(1).map(|last| self.shifts[last]) {
            Some(shift) => shift.file + (parsed - shift.parsed),
            None => parsed,
        };
        place.saturating_add(self.offset)
    }
}

/// The errors in the order of their places, as diagnostics.
pub(crate) fn diagnostics(mut errors: Vec<SyntaxError>, origin: Origin<'_>) -> Diagnostics {
    errors.sort_by_key(|error| error.subject.start);
    errors.into_iter().map(|error| diagnostic(error, origin)).collect()
}

fn diagnostic(error: SyntaxError, origin: Origin<'_>) -> Diagnostic {
    let mut diagnostic = Diagnostic::error(error.summary, error.detail).at(origin.span(&error.subject));
    if let Some(context) = &error.context {
        diagnostic = diagnostic.within(origin.span(context));
    }
    for (place, message) in error.notes {
        diagnostic = diagnostic.note(origin.span(&place), message);
    }
    diagnostic
}
