//! Lists of words in comments, broken into lines as they are written.
//!
//! Responsible for commas, colons and line breaks. Nothing is kept but where the line ends, however
//! long the list is.

use std::io::{self, Write};

use plumb_diagnostics::TextStyle;

/// What stands in front of every line.
const LEAD: &str = "    #   ";

/// What stands in front of the rest of what began on a line above.
const MORE: &str = "    #     ";

/// A list that is being written.
pub(crate) struct Listing<'o> {
    out: &'o mut dyn Write,
    width: usize,
    /// How long the current line is; `None` where none has been begun.
    column: Option<usize>,
    /// What goes between the last word and the next.
    separator: &'static str,
}

impl<'o> Listing<'o> {
    pub(crate) fn new(out: &'o mut dyn Write, style: &TextStyle) -> Self {
        let width = if style.width == 0 { usize::MAX } else { style.width };
        Listing { out, width, column: None, separator: "" }
    }

    /// What comes now begins on a line of its own.
    pub(crate) fn begin(&mut self) -> io::Result<()> {
        if self.column.take().is_some() {
            self.out.write_all(b"\n")?;
        }
        Ok(())
    }

    /// The next word, which no line break goes into.
    pub(crate) fn word(&mut self, word: &str) -> io::Result<()> {
        let length = word.chars().count();
        let column = match self.column {
            None => {
                write!(self.out, "{LEAD}{word}")?;
                LEAD.len()
            }
            // The separator behind this word is to fit as well.
            Some(column) if column + length + 3 <= self.width => {
                write!(self.out, "{} {word}", self.separator)?;
                column + 2
            }
            Some(_) => {
                write!(self.out, "{}\n{MORE}{word}", self.separator)?;
                MORE.len()
            }
        };
        self.column = Some(column + length);
        self.separator = ",";
        Ok(())
    }

    /// What was listed last contains what comes now.
    pub(crate) fn contain(&mut self) {
        self.separator = ":";
    }

    /// Ends the last line.
    pub(crate) fn end(mut self) -> io::Result<()> {
        self.begin()
    }
}
