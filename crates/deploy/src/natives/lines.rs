//! The lines of a file, whatever bytes are in them and however they end.

use std::ops::Range;

use regex::bytes::Regex;

/// Which of several lines that match is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    First,
    Last,
}

/// Where a line goes that does not stand anywhere yet.
pub(super) enum Place {
    /// Behind a line that matches.
    After(Regex, Which),
    /// Before a line that matches.
    Before(Regex, Which),
    /// Before all others.
    Start,
    /// Behind all others.
    End,
}

/// The lines of a file. Each keeps the end that it has; new ones get that of the first.
pub(super) struct Lines<'a> {
    lines: Vec<Line<'a>>,
    end: &'static [u8],
}

#[derive(Clone, Copy)]
struct Line<'a> {
    text: &'a [u8],
    end: &'a [u8],
}

impl<'a> Lines<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        let line = |whole: &'a [u8]| {
            let text = whole.strip_suffix(b"\n").unwrap_or(whole);
            let text = if text.len() < whole.len() { text.strip_suffix(b"\r").unwrap_or(text) } else { text };
            Line { text, end: &whole[text.len()..] }
        };
        let lines: Vec<Line<'a>> = bytes.split_inclusive(|byte| *byte == b'\n').map(line).collect();
        let end: &[u8] = if lines.first().is_some_and(|line| line.end == b"\r\n") { b"\r\n" } else { b"\n" };
        Lines { lines, end }
    }

    /// The lines without their ends.
    pub(super) fn texts(&self) -> impl Iterator<Item = &'a [u8]> + '_ {
        self.lines.iter().map(|line| line.text)
    }

    pub(super) fn retain(&mut self, mut keeps: impl FnMut(&[u8]) -> bool) {
        self.lines.retain(|line| keeps(line.text));
    }

    /// Gives lines another text.
    pub(super) fn replace(&mut self, mut by: impl FnMut(&[u8]) -> Option<&'a [u8]>) {
        for line in &mut self.lines {
            line.text = by(line.text).unwrap_or(line.text);
        }
    }

    /// Gives one line another text.
    pub(super) fn replace_at(&mut self, at: usize, by: &'a [u8]) {
        if let Some(line) = self.lines.get_mut(at) {
            line.text = by;
        }
    }

    /// The place of the first or the last line of which something holds.
    pub(super) fn position(&self, which: Which, holds: impl Fn(&[u8]) -> bool) -> Option<usize> {
        match which {
            Which::First => self.lines.iter().position(|line| holds(line.text)),
            Which::Last => self.lines.iter().rposition(|line| holds(line.text)),
        }
    }

    pub(super) fn insert(&mut self, place: &Place, text: &'a [u8]) {
        self.insert_all(place, &[text]);
    }

    pub(super) fn insert_all(&mut self, place: &Place, texts: &[&'a [u8]]) {
        let at = match place {
            Place::After(expression, which) => {
                self.position(*which, |text| expression.is_match(text)).map(|at| at + 1)
            }
            Place::Before(expression, which) => self.position(*which, |text| expression.is_match(text)),
            Place::Start => Some(0),
            Place::End => None,
        };
        let at = at.unwrap_or(self.lines.len());
        self.splice(at..at, texts);
    }

    /// Puts lines in the place of others.
    pub(super) fn splice(&mut self, range: Range<usize>, texts: &[&'a [u8]]) {
        // What was the last line may have no end, and is not the last any more.
        if !texts.is_empty()
            && let Some(line) = range.start.checked_sub(1).and_then(|at| self.lines.get_mut(at))
            && line.end.is_empty()
        {
            line.end = self.end;
        }
        let end = self.end;
        self.lines.splice(range, texts.iter().map(|text| Line { text, end }));
    }

    /// The places of whole blocks between two lines, with these lines.
    pub(super) fn between(&self, begin: &[u8], end: &[u8]) -> Result<Vec<Range<usize>>, String> {
        let shown = String::from_utf8_lossy;
        let (mut blocks, mut from) = (Vec::new(), None);
        for (at, text) in self.texts().enumerate() {
            match from {
                None if text == begin => from = Some(at),
                None if text == end => {
                    return Err(format!("line {} is `{}`, and nothing begins before it", at + 1, shown(end)));
                }
                Some(from) if text == begin => {
                    return Err(format!("`{}` in line {} has no `{}`", shown(begin), from + 1, shown(end)));
                }
                Some(first) if text == end => {
                    blocks.push(first..at + 1);
                    from = None;
                }
                _ => {}
            }
        }
        match from {
            Some(at) => Err(format!("`{}` in line {} has no `{}`", shown(begin), at + 1, shown(end))),
            None => Ok(blocks),
        }
    }

    pub(super) fn joined(&self) -> Vec<u8> {
        self.lines.iter().flat_map(|line| [line.text, line.end]).flatten().copied().collect()
    }
}
