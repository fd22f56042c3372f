//! The one grammar: reads tokens, writes events and errors.
//!
//! It always gets to the end of the text. After an error it keeps quiet until it has found its feet
//! again: at the next separator inside brackets, else at the next argument or block. This module has
//! the machinery; the language itself is in its submodules.

mod body;
mod collection;
mod expression;
mod recovery;
mod template;

use std::borrow::Cow;
use std::ops::Range;

use crate::SyntaxKind;
use crate::error::SyntaxError;
use crate::event::Event;
use crate::lexer::Token;

/// How deep anything may be nested: brackets, operators, blocks, templates. Bounds the stack that
/// this grammar and everything behind it needs.
pub const NESTING_MAX: u32 = 256;

/// What the text is meant to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    File,
    Expression,
    Template,
}

/// Reads the tokens as a whole.
pub(crate) fn parse(text: &str, tokens: &[Token], entry: Entry) -> (Vec<Event>, Vec<SyntaxError>) {
    let mut parser = Parser::new(text, tokens);
    match entry {
        Entry::File => parser.file(),
        Entry::Expression => parser.whole_expression(),
        Entry::Template => parser.whole_template(),
    }
    (parser.events, parser.errors)
}

/// A node that was started and must be completed.
#[must_use]
struct Marker {
    event: usize,
}

/// A node that is complete, so that it can still be put inside another one.
#[derive(Clone, Copy)]
struct Completed {
    event: usize,
    /// How many expressions lie inside each other in it.
    height: u32,
}

struct Parser<'t> {
    text: &'t str,
    tokens: &'t [Token],
    /// Index behind the last token taken.
    position: usize,
    /// Index of the token to take next, past everything that means nothing.
    current: usize,
    /// Whether line breaks mean something here.
    newlines: bool,
    depth: u32,
    /// How many blocks are open.
    blocks: u32,
    /// What should end the brackets that are open.
    closers: Vec<SyntaxKind>,
    /// A block that seems to lack its closing brace, going by the indentation.
    suspect: Option<Range<u32>>,
    /// Whether a block without an end was reported.
    told_unclosed: bool,
    /// Whether the nesting of this part of the file was reported.
    told_deep: bool,
    /// Whether an error was met and the grammar has not found its feet since.
    lost: bool,
    events: Vec<Event>,
    errors: Vec<SyntaxError>,
}

impl<'t> Parser<'t> {
    fn new(text: &'t str, tokens: &'t [Token]) -> Self {
        let mut parser = Parser {
            text,
            tokens,
            position: 0,
            current: 0,
            newlines: true,
            depth: 0,
            blocks: 0,
            closers: Vec::new(),
            suspect: None,
            told_unclosed: false,
            told_deep: false,
            lost: false,
            events: Vec::with_capacity(tokens.len() * 2),
            errors: Vec::new(),
        };
        parser.find_current();
        parser
    }

    fn find_current(&mut self) {
        self.current = self.next_from(self.position);
    }

    /// Index of the first token from there on that means something.
    fn next_from(&self, mut index: usize) -> usize {
        loop {
            match self.tokens[index].kind {
                SyntaxKind::Newline if !self.newlines => index += 1,
                kind if kind.is_trivia() => index += 1,
                _ => return index,
            }
        }
    }

    fn kind(&self) -> SyntaxKind {
        self.tokens[self.current].kind
    }

    fn at(&self, kind: SyntaxKind) -> bool {
        self.kind() == kind
    }

    /// Whether the next token is this word.
    fn at_word(&self, word: &str) -> bool {
        self.at(SyntaxKind::Ident) && self.current_text() == word
    }

    /// The kind of the token behind the current one.
    fn kind_after(&self) -> SyntaxKind {
        match self.kind() {
            SyntaxKind::EndOfFile => SyntaxKind::EndOfFile,
            _ => self.tokens[self.next_from(self.current + 1)].kind,
        }
    }

    fn range_of(&self, index: usize) -> Range<u32> {
        let start = self.tokens[index].start;
        start..self.tokens.get(index + 1).map_or(start, |next| next.start)
    }

    fn range(&self) -> Range<u32> {
        self.range_of(self.current)
    }

    fn text_of(&self, range: &Range<u32>) -> &'t str {
        &self.text[range.start as usize..range.end as usize]
    }

    fn current_text(&self) -> &'t str {
        self.text_of(&self.range())
    }

    /// The range of the last token taken.
    fn previous_range(&self) -> Range<u32> {
        self.range_of(self.position.saturating_sub(1))
    }

    /// Takes the current token. At the end of the text there is nothing to take.
    fn bump(&mut self) {
        if self.at(SyntaxKind::EndOfFile) {
            return;
        }
        self.events.push(Event::Token(self.current as u32));
        self.position = self.current + 1;
        self.find_current();
    }

    fn eat(&mut self, kind: SyntaxKind) -> bool {
        let found = self.at(kind);
        if found {
            self.bump();
        }
        found
    }

    /// Says whether line breaks mean something from here on; returns what held before.
    fn set_newlines(&mut self, newlines: bool) -> bool {
        let before = std::mem::replace(&mut self.newlines, newlines);
        if before != newlines {
            self.find_current();
        }
        before
    }

    /// Goes inside brackets; returns what [`Self::leave_brackets`] needs.
    fn enter_brackets(&mut self, closer: SyntaxKind, newlines: bool) -> bool {
        self.closers.push(closer);
        self.set_newlines(newlines)
    }

    fn leave_brackets(&mut self, newlines: bool) {
        self.closers.pop();
        self.set_newlines(newlines);
    }

    fn start(&mut self) -> Marker {
        let event = self.events.len();
        let token = self.current as u32;
        self.events.push(Event::Start { kind: SyntaxKind::Tombstone, token, parent: 0 });
        Marker { event }
    }

    fn complete(&mut self, marker: &Marker, kind: SyntaxKind) -> Completed {
        self.complete_with_height(marker, kind, 1)
    }

    fn complete_with_height(&mut self, marker: &Marker, kind: SyntaxKind, height: u32) -> Completed {
        if let Event::Start { kind: slot, .. } = &mut self.events[marker.event] {
            *slot = kind;
        }
        self.events.push(Event::Finish);
        Completed { event: marker.event, height }
    }

    /// Starts a node around one that is complete.
    fn precede(&mut self, inner: Completed) -> Marker {
        let event = self.events.len();
        let mut first_token = self.current as u32;
        if let Event::Start { token, parent, .. } = &mut self.events[inner.event] {
            first_token = *token;
            *parent = (event - inner.event) as u32;
        }
        self.events.push(Event::Start { kind: SyntaxKind::Tombstone, token: first_token, parent: 0 });
        Marker { event }
    }

    /// An empty node where an expression should be.
    fn missing(&mut self) -> Completed {
        let marker = self.start();
        self.complete(&marker, SyntaxKind::Missing)
    }

    /// Reports an error, unless it is likely to be a consequence of an earlier one, and loses its
    /// way.
    fn error(&mut self, error: SyntaxError) {
        // An invalid token is reported by itself already.
        let told = self.at(SyntaxKind::EndOfFile) || !self.kind().is_invalid();
        if !self.lost && told {
            self.errors.push(error);
        }
        self.lost = true;
    }

    fn error_here(&mut self, summary: impl Into<Cow<'static, str>>, detail: impl Into<Cow<'static, str>>) {
        let range = self.range();
        self.error(SyntaxError::new(summary, detail, range));
    }

    /// Goes one level deeper; `false` with an error where that is too deep.
    fn enter(&mut self) -> bool {
        if self.depth >= NESTING_MAX {
            self.too_deep();
            return false;
        }
        self.depth += 1;
        true
    }

    fn leave(&mut self) {
        self.depth -= 1;
    }

    fn too_deep(&mut self) {
        if std::mem::replace(&mut self.told_deep, true) {
            self.lost = true;
            return;
        }
        self.error_here(
            "Too deeply nested",
            format!(
                "More than {NESTING_MAX} levels lie inside each other here. Give inner parts names of their \
                 own, such as local values, and refer to them."
            ),
        );
    }
}
