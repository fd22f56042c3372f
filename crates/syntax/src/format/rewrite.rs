//! Old ways of writing that become new ones: `"${x}"` is `x`, labels are quoted, types are no text.
//!
//! The peer also drops labels that contain a dollar or percent sign, drops the key of `x[true]` and
//! `x[null]`, and takes away the quotes around some interpolations with line breaks or comments in
//! them although the result cannot be read any more. Those are kept as they are here.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::ops::Range;

use super::{Edit, Piece, copy};
use crate::SyntaxKind as K;
use crate::characters::normal_form;
use crate::event::{Event, Sink, replay};
use crate::lexer::Token;
use crate::literal::unescape;

/// All rewritings in a file without errors, in order.
pub(super) fn edits<'t>(text: &'t str, tokens: &[Token], events: Vec<Event>) -> Vec<Edit<'t>> {
    let mut finder = Finder { text, tokens, edits: Vec::new(), open: Vec::new(), last: 0 };
    replay(events, &mut finder);
    finder.edits
}

/// A node that has started and not ended.
struct Open {
    kind: K,
    first: usize,
    /// The token before the next label or value, or the equals sign.
    mark: usize,
}

struct Finder<'a, 't> {
    text: &'t str,
    tokens: &'a [Token],
    edits: Vec<Edit<'t>>,
    open: Vec<Open>,
    last: usize,
}

impl Sink for Finder<'_, '_> {
    fn start(&mut self, kind: K, token: u32) {
        self.open.push(Open { kind, first: token as usize, mark: token as usize });
    }

    fn token(&mut self, token: u32) {
        let index = token as usize;
        self.last = index;
        if let Some(open) = self.open.last_mut()
            && open.kind == K::Attribute
        {
            // The name, then the equals sign: the value comes behind it.
            open.mark = index;
        }
    }

    fn finish(&mut self) {
        let Some(open) = self.open.pop() else { return };
        match open.kind {
            K::Attribute => {
                let start = self.value_start(open.mark);
                self.value(open.first, start..self.last + 1);
            }
            K::Label => {
                // Comments between labels go, as in the peer.
                let start = self.open.last().map_or(open.first, |block| block.mark + 1);
                let label = self.label(open.first..self.last + 1);
                self.edits.push(Edit { tokens: start..self.last + 1, pieces: label });
                if let Some(block) = self.open.last_mut() {
                    block.mark = self.last;
                }
            }
            _ => {}
        }
    }
}

impl<'t> Finder<'_, 't> {
    fn slice(&self, index: usize) -> &'t str {
        &self.text[self.tokens[index].start as usize..self.tokens[index + 1].start as usize]
    }

    fn value_start(&self, equals: usize) -> usize {
        let mut index = equals + 1;
        while self.tokens[index].kind.is_trivia() {
            index += 1;
        }
        index
    }

    fn value(&mut self, name: usize, range: Range<usize>) {
        let is_type = self.slice(name) == "type" && self.in_variable();
        let mut pieces = Vec::new();
        // Most values start with something else, so they need no closer look.
        if !is_type && self.tokens[range.start + 1].kind != K::OpenInterpolation {
            return;
        }
        copy(self.text, self.tokens, range.clone(), &mut pieces);
        let rewritten = if is_type { type_constraint(&pieces) } else { unwrapped(pieces) };
        if let Some(pieces) = rewritten {
            self.edits.push(Edit { tokens: range, pieces });
        }
    }

    /// Whether the innermost body is that of a `variable` block of the file.
    fn in_variable(&self) -> bool {
        match &self.open[..] {
            [_file, block, _body] => block.kind == K::Block && self.slice(block.first) == "variable",
            _ => false,
        }
    }

    fn label(&self, range: Range<usize>) -> Vec<Piece<'t>> {
        let content = match range.len() {
            1 => Cow::Borrowed(self.slice(range.start)),
            2 => Cow::Borrowed(""),
            3 => unescape(self.slice(range.start + 1), true),
            _ => {
                let mut pieces = Vec::new();
                copy(self.text, self.tokens, range, &mut pieces);
                return pieces;
            }
        };
        let mut pieces = vec![Piece::new(K::OpenQuote, "\"")];
        if !content.is_empty() {
            pieces.push(Piece::new(K::QuotedText, escaped(&normal_form(content))));
        }
        pieces.push(Piece::new(K::CloseQuote, "\""));
        pieces
    }
}

/// What stands between quotes to mean this text.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '$' | '%' if characters.peek() == Some(&'{') => out.extend([character, character]),
            _ if is_printable(character) => out.push(character),
            _ => {
                let code = u32::from(character);
                let digits = if code < 0x1_0000 { 4 } else { 8 };
                let selector = if digits == 4 { 'u' } else { 'U' };
                // Writing to a string cannot fail.
                let _ = write!(out, "\\{selector}{code:0digits$x}");
            }
        }
    }
    out
}

fn is_printable(character: char) -> bool {
    let is_blank = character.is_whitespace() && character != ' ';
    let is_invisible = matches!(
        character,
        '\u{ad}'
            | '\u{600}'..='\u{605}'
            | '\u{61c}'
            | '\u{6dd}'
            | '\u{70f}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{e000}'..='\u{f8ff}'
            | '\u{feff}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
            | '\u{f0000}'..='\u{10ffff}'
    );
    !character.is_control() && !is_blank && !is_invisible
}

/// `list` is `list(any)`; the quoted names of versions before 0.12 are types of strings.
fn type_constraint<'t>(pieces: &[Piece<'t>]) -> Option<Vec<Piece<'t>>> {
    let (name, element) = match pieces {
        [Piece { kind: K::Ident, text, .. }] => (text, Some("any")),
        [_, Piece { kind: K::QuotedText, text, .. }, _] if text == "string" => (text, None),
        [_, Piece { kind: K::QuotedText, text, .. }, _] => (text, Some("string")),
        _ => return None,
    };
    let is_collection = match (&**name, element) {
        ("string", None) => return Some(vec![Piece::new(K::Ident, name.clone())]),
        ("list" | "map", _) => true,
        ("set", Some("any")) => true,
        _ => false,
    };
    let element = element.filter(|_| is_collection)?;
    Some(vec![
        Piece::new(K::Ident, name.clone()),
        Piece::new(K::LeftParenthesis, "("),
        Piece::new(K::Ident, element),
        Piece::new(K::RightParenthesis, ")"),
    ])
}

/// The inside of a string that is nothing but one interpolation.
fn unwrapped(mut pieces: Vec<Piece<'_>>) -> Option<Vec<Piece<'_>>> {
    let length = pieces.len();
    if length < 5
        || pieces[0].kind != K::OpenQuote
        || pieces[1].kind != K::OpenInterpolation
        || pieces[length - 2].kind != K::CloseSequence
        || pieces[length - 1].kind != K::CloseQuote
    {
        return None;
    }
    pieces.truncate(length - 2);
    pieces.drain(..2);
    let mut quotes = 0;
    for piece in &pieces {
        match piece.kind {
            K::OpenQuote => quotes += 1,
            K::CloseQuote => quotes -= 1,
            K::OpenInterpolation | K::CloseSequence | K::QuotedText if quotes == 0 => return None,
            _ => {}
        }
    }
    let start = pieces.iter().position(|piece| piece.kind != K::Newline)?;
    let end = pieces.iter().rposition(|piece| piece.kind != K::Newline)? + 1;
    pieces.truncate(end);
    pieces.drain(..start);
    // Without the quotes around it, an expression over several lines needs parentheses.
    let has_parentheses = matches!(
        pieces[..],
        [Piece { kind: K::LeftParenthesis, .. }, .., Piece { kind: K::RightParenthesis, .. }]
    );
    if !has_parentheses && pieces.iter().any(|piece| piece.kind == K::Newline) {
        pieces.insert(0, Piece::new(K::LeftParenthesis, "("));
        pieces.push(Piece::new(K::RightParenthesis, ")"));
    }
    stays_one_expression(&pieces).then_some(pieces)
}

/// Whether all line breaks are inside brackets, where they mean nothing.
fn stays_one_expression(pieces: &[Piece<'_>]) -> bool {
    let mut depth = 0;
    pieces.iter().all(|piece| {
        depth += super::spacing::bracket_change(piece.kind);
        depth > 0 || !piece.ends_line()
    })
}
