//! Indentation, blanks, and the columns in which equals signs and comments stand.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::Piece;
use super::spacing::{blank_between, bracket_change};
use crate::SyntaxKind as K;

/// Blanks for each level.
const INDENTATION: usize = 2;

/// One line, as indexes of pieces. A heredoc or a comment may make it longer than one line of text.
struct Line {
    /// All in front of the columns.
    lead: Range<usize>,
    /// From the equals sign on; empty where the value does not end on the line.
    assign: Range<usize>,
    /// A comment behind all else.
    comment: Option<usize>,
}

/// Decides about every blank.
pub(super) fn lay_out(pieces: &mut [Piece<'_>]) {
    let lines = lines(pieces);
    indent(pieces, &lines);
    for line in &lines {
        space(pieces, line.lead.clone());
        space(pieces, line.assign.clone());
    }
    align_assignments(pieces, &lines);
    align_comments(pieces, &lines);
}

fn lines(pieces: &[Piece<'_>]) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut start = 0;
    for (index, piece) in pieces.iter().enumerate() {
        if piece.ends_line() {
            lines.push(line(pieces, start..index + 1));
            start = index + 1;
        }
    }
    if start < pieces.len() {
        lines.push(line(pieces, start..pieces.len()));
    }
    lines
}

fn line(pieces: &[Piece<'_>], range: Range<usize>) -> Line {
    let mut lead = range;
    let last = lead.end - 1;
    let is_comment = matches!(pieces[last].kind, K::LineComment | K::BlockComment);
    let comment = (is_comment && lead.len() > 1).then_some(last);
    if comment.is_some() {
        lead.end = last;
    }
    let mut assign = lead.end..lead.end;
    let equals = pieces[lead.clone()].iter().skip(1).position(|piece| piece.kind == K::Equals);
    if let Some(equals) = equals.map(|at| lead.start + 1 + at) {
        let open: i32 = pieces[equals..lead.end].iter().map(|piece| bracket_change(piece.kind)).sum();
        if open == 0 {
            assign.start = equals;
            lead.end = equals;
        }
    }
    Line { lead, assign, comment }
}

/// Indents each line by the number of lines above that opened more brackets than they closed, and
/// were not matched since. One line counts once, however many brackets it opens.
fn indent(pieces: &mut [Piece<'_>], lines: &[Line]) {
    let mut open: Vec<i32> = Vec::with_capacity(16);
    for line in lines {
        if pieces[line.lead.start].kind == K::Newline {
            pieces[line.lead.start].blanks = 0;
            continue;
        }
        let change = net_brackets(pieces, line);
        if change < 0 {
            close(&mut open, -change);
        }
        pieces[line.lead.start].blanks = INDENTATION * open.len();
        if change > 0 {
            open.push(change);
        }
    }
}

fn net_brackets(pieces: &[Piece<'_>], line: &Line) -> i32 {
    let mut change = 0;
    for piece in &pieces[line.lead.clone()] {
        change += bracket_change(piece.kind);
        // What is in a heredoc has no say in the layout.
        if piece.kind == K::OpenHeredoc {
            break;
        }
    }
    change + pieces[line.assign.clone()].iter().map(|piece| bracket_change(piece.kind)).sum::<i32>()
}

fn close(open: &mut Vec<i32>, mut closed: i32) {
    while closed > 0
        && let Some(last) = open.last_mut()
    {
        if closed < *last {
            *last -= closed;
            return;
        }
        closed -= *last;
        open.pop();
    }
}

fn space(pieces: &mut [Piece<'_>], range: Range<usize>) {
    let mut before = None;
    for index in range.start..range.end.saturating_sub(1) {
        let blank = blank_between(before, &pieces[index], pieces[index + 1].kind);
        pieces[index + 1].blanks = usize::from(blank);
        before = Some(pieces[index].kind);
    }
}

/// Puts the equals signs of neighbouring lines below each other.
fn align_assignments(pieces: &mut [Piece<'_>], lines: &[Line]) {
    for chain in lines.chunk_by(|line, next| line.assign.is_empty() == next.assign.is_empty()) {
        if chain[0].assign.is_empty() {
            continue;
        }
        let widths: Vec<usize> = chain.iter().map(|line| width(pieces, line.lead.clone())).collect();
        let widest = widths.iter().copied().max().unwrap_or(0);
        for (line, width) in chain.iter().zip(widths) {
            pieces[line.assign.start].blanks = widest - width + 1;
        }
    }
}

/// Puts the comments of neighbouring lines below each other.
fn align_comments(pieces: &mut [Piece<'_>], lines: &[Line]) {
    for chain in lines.chunk_by(|line, next| line.comment.is_none() == next.comment.is_none()) {
        if chain[0].comment.is_none() {
            continue;
        }
        let widths: Vec<usize> =
            chain.iter().map(|line| width(pieces, line.lead.start..line.assign.end)).collect();
        let widest = widths.iter().copied().max().unwrap_or(0);
        for (line, width) in chain.iter().zip(widths) {
            if let Some(comment) = line.comment {
                pieces[comment].blanks = widest - width + 1;
            }
        }
    }
}

/// Columns that the pieces take, blanks in front included.
fn width(pieces: &[Piece<'_>], range: Range<usize>) -> usize {
    pieces[range].iter().map(|piece| piece.blanks + columns(&piece.text)).sum()
}

fn columns(text: &str) -> usize {
    if text.is_ascii() {
        // A carriage return and the line feed behind it are one.
        return text.len() - if text.contains('\r') { text.matches("\r\n").count() } else { 0 };
    }
    text.graphemes(true).count()
}
