//! How the grammar finds its feet after an error.
//!
//! Skipped tokens go into error nodes, so that the lossless tree stays lossless. Skipping follows
//! brackets, but never trusts them so far that one missing bracket hides the rest of a file.

use super::Parser;
use crate::SyntaxKind as K;

/// Where skipping inside brackets ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// Before a separator: the next item can be read.
    Separator,
    /// Before the closing bracket.
    Closer,
    /// Somewhere outside: the closing bracket is missing.
    Nothing,
}

impl Parser<'_> {
    /// Whether an argument or a block seems to start here: a name that is the first thing on its
    /// line, followed by what cannot follow a name inside brackets.
    pub(super) fn at_statement(&self) -> bool {
        if !self.at(K::Ident) || !self.is_first_on_line(self.current) {
            return false;
        }
        let next = self.after_blanks(self.current + 1);
        match self.tokens[next].kind {
            K::Equals => true,
            K::OpenQuote => self.closes_as_header(next),
            _ => false,
        }
    }

    /// Whether labels and an opening brace follow on the same line.
    fn closes_as_header(&self, mut index: usize) -> bool {
        loop {
            index = match self.tokens[index].kind {
                K::OpenQuote | K::QuotedText | K::CloseQuote | K::Ident => self.after_blanks(index + 1),
                kind => return kind == K::LeftBrace,
            };
        }
    }

    fn after_blanks(&self, mut index: usize) -> usize {
        while matches!(self.tokens[index].kind, K::Whitespace | K::BlockComment) {
            index += 1;
        }
        index
    }

    pub(super) fn is_first_on_line(&self, index: usize) -> bool {
        match index.checked_sub(1).map(|before| self.tokens[before].kind) {
            None | Some(K::Newline | K::ByteOrderMark) => true,
            Some(K::Whitespace) => self.is_first_on_line(index - 1),
            Some(_) => false,
        }
    }

    /// Skips to the next item of a list in brackets that `closer` ends.
    pub(super) fn skip_to_item(&mut self, closer: K) -> Found {
        let marker = self.start();
        let before = self.position;
        let found = self.skip(|parser| {
            let kind = parser.kind();
            if kind == closer {
                return Some(Found::Closer);
            }
            match kind {
                K::Comma | K::Newline => Some(Found::Separator),
                K::EndOfFile => Some(Found::Nothing),
                _ if kind.is_closer() && parser.closes_outer(kind) => Some(Found::Nothing),
                _ if closer != K::RightBrace && parser.at_statement() => Some(Found::Nothing),
                _ => None,
            }
        });
        if self.position > before {
            self.complete(&marker, K::Error);
        }
        if found != Found::Nothing {
            self.lost = false;
        }
        found
    }

    /// Whether such a token ends something that is open around here, rather than being a stray one.
    fn closes_outer(&self, kind: K) -> bool {
        match kind {
            K::RightBrace if self.blocks > 0 => true,
            K::RightBrace | K::RightBracket | K::RightParenthesis => self.closers.contains(&kind),
            _ => true,
        }
    }

    /// Skips to the closer; says whether it is there.
    pub(super) fn skip_to(&mut self, closer: K) -> bool {
        loop {
            match self.skip_to_item(closer) {
                Found::Closer => return true,
                Found::Nothing => return false,
                Found::Separator => self.bump(),
            }
        }
    }

    /// Skips the rest of an argument or block header: up to the line break that ends it, or to the
    /// brace that ends the surrounding block.
    pub(super) fn skip_item(&mut self) {
        let newlines = self.set_newlines(true);
        let marker = self.start();
        let before = self.position;
        let in_block = self.blocks > 0;
        self.skip(|parser| match parser.kind() {
            K::Newline | K::EndOfFile => Some(Found::Separator),
            K::RightBrace if in_block => Some(Found::Separator),
            _ => None,
        });
        if self.position > before {
            self.complete(&marker, K::Error);
        }
        self.set_newlines(newlines);
        self.lost = false;
    }

    /// Skips the rest of the innermost template; its end is not taken.
    pub(super) fn skip_template(&mut self) {
        let marker = self.start();
        let before = self.position;
        self.skip(|parser| {
            let ends = matches!(parser.kind(), K::CloseQuote | K::CloseHeredoc | K::EndOfFile);
            ends.then_some(Found::Closer)
        });
        if self.position > before {
            self.complete(&marker, K::Error);
        }
    }

    /// Takes tokens, and whatever is in brackets among them, until the decision at a token outside
    /// those brackets.
    fn skip(&mut self, decide: impl Fn(&Self) -> Option<Found>) -> Found {
        let mut open: Vec<K> = Vec::new();
        loop {
            if open.is_empty()
                && let Some(found) = decide(self)
            {
                return found;
            }
            let kind = self.kind();
            if kind == K::EndOfFile {
                return Found::Nothing;
            }
            if open.last() == Some(&K::CloseQuote) && !is_inside_quotes(kind) {
                // The lexer gave this string up.
                open.pop();
                continue;
            }
            if let Some(closer) = kind.closer() {
                open.push(closer);
            } else if kind.is_closer() {
                // A bracket that does not fit closes those inside it, as one of them has no partner.
                if let Some(at) = open.iter().rposition(|closer| *closer == kind) {
                    open.truncate(at);
                }
            } else if open.last().is_some_and(|closer| *closer != K::RightBrace) && self.at_statement() {
                return decide(self).unwrap_or(Found::Separator);
            }
            self.bump();
        }
    }
}

fn is_inside_quotes(kind: K) -> bool {
    matches!(kind, K::QuotedText | K::QuotedNewline | K::OpenInterpolation | K::OpenDirective | K::CloseQuote)
}
