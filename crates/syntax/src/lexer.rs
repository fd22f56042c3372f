//! Cuts text into tokens. Every byte is in exactly one token, whatever the text.
//!
//! Where a string lacks its closing quote the lexer guesses where it was meant to end, so that one
//! slip does not garble the rest of the file; it reports nothing itself.

use crate::SyntaxKind;
use crate::characters::{continues_ident, starts_ident};

/// A piece of text. It ends where the next one starts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    pub(crate) kind: SyntaxKind,
    pub(crate) start: u32,
}

/// What the text is to be read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// Attributes and blocks, or one expression.
    Code,
    /// The inside of a template, as in a template file.
    Template,
}

/// The tokens of the text, ending in [`SyntaxKind::EndOfFile`].
pub(crate) fn lex(text: &str, dialect: Dialect) -> Vec<Token> {
    let mode = match dialect {
        Dialect::Code => Mode::Code { braces: 0 },
        Dialect::Template => Mode::Bare,
    };
    let mut lexer = Lexer {
        text,
        bytes: text.as_bytes(),
        position: 0,
        tokens: Vec::with_capacity(text.len() / 4 + 1),
        modes: vec![mode],
    };
    lexer.run();
    lexer.tokens
}

/// What surrounds the current position.
#[derive(Clone, Copy, Debug)]
enum Mode {
    /// Outside a template, or inside one of its sequences: how many braces are open there.
    Code { braces: u32 },
    /// Between quotes, of which the first is at `start`; line breaks before `goes_on_until` are known
    /// to belong to the string.
    Quoted { start: usize, goes_on_until: usize },
    /// Inside a heredoc that ends in a line with the marker `text[marker_start..marker_end]`.
    Heredoc { marker_start: usize, marker_end: usize, at_line_start: bool },
    /// In a template without quotes.
    Bare,
}

struct Lexer<'t> {
    text: &'t str,
    bytes: &'t [u8],
    position: usize,
    tokens: Vec<Token>,
    modes: Vec<Mode>,
}

impl Lexer<'_> {
    fn run(&mut self) {
        if self.bytes.starts_with(b"\xef\xbb\xbf") {
            self.token(SyntaxKind::ByteOrderMark, 3);
        }
        while self.position < self.bytes.len() {
            match self.modes.last() {
                Some(Mode::Code { .. }) | None => self.code(),
                Some(Mode::Quoted { .. }) => self.quoted(),
                Some(Mode::Heredoc { marker_start, marker_end, at_line_start }) => {
                    let (marker, at_line_start) = (*marker_start..*marker_end, *at_line_start);
                    self.heredoc(marker, at_line_start);
                }
                Some(Mode::Bare) => {
                    self.multi_line_text();
                }
            }
        }
        self.token(SyntaxKind::EndOfFile, 0);
    }

    fn token(&mut self, kind: SyntaxKind, length: usize) {
        self.tokens.push(Token { kind, start: self.position as u32 });
        self.position += length;
    }

    fn byte(&self, ahead: usize) -> u8 {
        self.bytes.get(self.position + ahead).copied().unwrap_or(0)
    }

    /// How many of the next bytes pass, from `ahead` on.
    fn run_length(&self, ahead: usize, pass: impl Fn(u8) -> bool) -> usize {
        let rest = self.bytes.get(self.position + ahead..).unwrap_or(&[]);
        ahead + rest.iter().position(|byte| !pass(*byte)).unwrap_or(rest.len())
    }

    fn code(&mut self) {
        use SyntaxKind as K;
        let (kind, length) = match (self.byte(0), self.byte(1)) {
            (b' ' | b'\t', _) => (K::Whitespace, self.run_length(1, |byte| byte == b' ' || byte == b'\t')),
            (b'\n', _) => (K::Newline, 1),
            (b'\r', b'\n') => (K::Newline, 2),
            (b'a'..=b'z' | b'A'..=b'Z' | b'_', _) => (K::Ident, self.ident_length(1)),
            (b'0'..=b'9', _) => (K::Number, self.number_length()),
            (b'#', _) | (b'/', b'/') => (K::LineComment, self.line_comment_length()),
            (b'/', b'*') => match self.text[self.position + 2..].find("*/") {
                Some(length) => (K::BlockComment, length + 4),
                None => (K::Unknown, self.bytes.len() - self.position),
            },
            (b'"', _) => return self.open_quote(),
            (b'{', _) => return self.open_brace(),
            (b'}', _) => return self.close_brace(1),
            (b'~', b'}') if self.in_sequence() => return self.close_brace(2),
            (b'<', b'<') => match self.heredoc_introduction() {
                Some((length, marker)) => return self.open_heredoc(length, &marker),
                None => (K::Less, 1),
            },
            (b'=', b'=') => (K::EqualEqual, 2),
            (b'=', b'>') => (K::FatArrow, 2),
            (b'!', b'=') => (K::BangEqual, 2),
            (b'<', b'=') => (K::LessEqual, 2),
            (b'>', b'=') => (K::GreaterEqual, 2),
            (b'&', b'&') => (K::AndAnd, 2),
            (b'|', b'|') => (K::OrOr, 2),
            (b':', b':') => (K::DoubleColon, 2),
            (b'.', b'.') if self.byte(2) == b'.' => (K::Ellipsis, 3),
            (byte, _) => match symbol(byte) {
                Some(kind) => (kind, 1),
                None => self.other(),
            },
        };
        self.token(kind, length);
    }

    /// A name in other letters than ASCII, or something that means nothing.
    fn other(&self) -> (SyntaxKind, usize) {
        let Some(character) = self.text[self.position..].chars().next() else {
            return (SyntaxKind::Unknown, 1);
        };
        if starts_ident(character) {
            return (SyntaxKind::Ident, self.ident_length(character.len_utf8()));
        }
        (SyntaxKind::Unknown, character.len_utf8())
    }

    fn ident_length(&self, from: usize) -> usize {
        let mut length = from;
        loop {
            length =
                self.run_length(length, |byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
            if self.byte(length).is_ascii() {
                return length;
            }
            match self.text[self.position + length..].chars().next() {
                Some(character) if continues_ident(character) => length += character.len_utf8(),
                _ => return length,
            }
        }
    }

    /// Digits, dots and exponents in any order, but never a dot at the end: `1...` is `1` and `...`.
    /// Whether it makes sense as a number is for the grammar to say.
    fn number_length(&self) -> usize {
        let mut length = 1;
        let mut without_dots = 1;
        loop {
            match self.byte(length) {
                b'0'..=b'9' => length += 1,
                b'.' => {
                    length += 1;
                    continue;
                }
                b'e' | b'E' => {
                    let sign = usize::from(matches!(self.byte(length + 1), b'+' | b'-'));
                    if !self.byte(length + 1 + sign).is_ascii_digit() {
                        return without_dots;
                    }
                    length += 2 + sign;
                }
                _ => return without_dots,
            }
            without_dots = length;
        }
    }

    fn line_comment_length(&self) -> usize {
        let length = self.run_length(1, |byte| byte != b'\n');
        let ends_in_return = self.byte(length) == b'\n' && self.byte(length - 1) == b'\r';
        length - usize::from(ends_in_return)
    }

    fn open_quote(&mut self) {
        self.modes.push(Mode::Quoted { start: self.position, goes_on_until: 0 });
        self.token(SyntaxKind::OpenQuote, 1);
    }

    fn open_brace(&mut self) {
        if let Some(Mode::Code { braces }) = self.modes.last_mut() {
            *braces += 1;
        }
        self.token(SyntaxKind::LeftBrace, 1);
    }

    /// Whether the next closing brace ends a template sequence.
    fn in_sequence(&self) -> bool {
        self.modes.len() > 1 && matches!(self.modes.last(), Some(Mode::Code { braces: 0 }))
    }

    fn close_brace(&mut self, length: usize) {
        if self.in_sequence() {
            if self.closes_block_instead() {
                self.give_up_strings();
                return self.token(SyntaxKind::RightBrace, 1);
            }
            self.modes.pop();
            return self.token(SyntaxKind::CloseSequence, length);
        }
        if let Some(Mode::Code { braces }) = self.modes.last_mut() {
            *braces = braces.saturating_sub(1);
        }
        self.token(SyntaxKind::RightBrace, length);
    }

    /// Whether a brace that would end a sequence in a quoted string is alone on its line. The string
    /// cannot go on in the next line, so the sequence lacks its brace, and this is one of a block.
    fn closes_block_instead(&self) -> bool {
        let is_in_quotes = matches!(self.modes[..], [.., Mode::Quoted { .. }, Mode::Code { .. }]);
        let is_blank = |byte: &&u8| !matches!(byte, b' ' | b'\t');
        let before = || self.bytes[..self.position].iter().rev().find(is_blank);
        let after = || self.bytes[self.position + 1..].iter().find(is_blank);
        is_in_quotes && matches!(before(), Some(b'\n')) && matches!(after(), None | Some(b'\n' | b'\r'))
    }

    /// Goes back to the code around all strings that are open.
    fn give_up_strings(&mut self) {
        let innermost_code =
            self.modes.iter().rposition(|mode| !matches!(mode, Mode::Quoted { .. } | Mode::Code { .. }));
        self.modes.truncate(innermost_code.map_or(1, |heredoc| heredoc + 2));
        if let Some(Mode::Code { braces }) = self.modes.last_mut() {
            *braces = braces.saturating_sub(1);
        }
    }

    /// The length of `<<EOT` with its line break, and where the marker is from here.
    fn heredoc_introduction(&self) -> Option<(usize, std::ops::Range<usize>)> {
        let marker_start = if self.byte(2) == b'-' { 3 } else { 2 };
        let first = self.text.get(self.position + marker_start..)?.chars().next()?;
        if !starts_ident(first) {
            return None;
        }
        let marker_end = self.ident_length(marker_start + first.len_utf8());
        let line_break = match (self.byte(marker_end), self.byte(marker_end + 1)) {
            (b'\n', _) => 1,
            (b'\r', b'\n') => 2,
            _ => return None,
        };
        Some((marker_end + line_break, marker_start..marker_end))
    }

    fn open_heredoc(&mut self, length: usize, marker: &std::ops::Range<usize>) {
        self.modes.push(Mode::Heredoc {
            marker_start: self.position + marker.start,
            marker_end: self.position + marker.end,
            at_line_start: true,
        });
        self.token(SyntaxKind::OpenHeredoc, length);
    }

    fn quoted(&mut self) {
        match self.byte(0) {
            b'"' => {
                self.token(SyntaxKind::CloseQuote, 1);
                self.modes.pop();
            }
            b'\n' | b'\r' => self.line_break_in_quotes(),
            b'$' | b'%' => self.sigil(),
            _ => {
                let mut length = 0;
                loop {
                    length = self.run_length(length, |byte| {
                        !matches!(byte, b'"' | b'\n' | b'\r' | b'$' | b'%' | b'\\')
                    });
                    if self.byte(length) != b'\\' || self.position + length >= self.bytes.len() {
                        break;
                    }
                    length += 1;
                    let escaped = self.text[self.position + length..].chars().next();
                    length += escaped.filter(|next| !matches!(next, '\n' | '\r')).map_or(0, char::len_utf8);
                }
                self.token(SyntaxKind::QuotedText, length);
            }
        }
    }

    /// `$` or `%` in a template: a sequence, an escaped sequence, or just itself.
    fn sigil(&mut self) {
        let sigil = self.byte(0);
        if self.byte(1) == b'{' {
            let length = if self.byte(2) == b'~' { 3 } else { 2 };
            if let Some(Mode::Heredoc { at_line_start, .. }) = self.modes.last_mut() {
                *at_line_start = false;
            }
            let kind = if sigil == b'$' { SyntaxKind::OpenInterpolation } else { SyntaxKind::OpenDirective };
            self.modes.push(Mode::Code { braces: 0 });
            return self.token(kind, length);
        }
        let escaped = self.byte(1) == sigil && self.byte(2) == b'{';
        let length = match escaped {
            true if self.byte(3) == b'~' => 4,
            true => 3,
            false => 1,
        };
        let quoted = matches!(self.modes.last(), Some(Mode::Quoted { .. }));
        self.token(if quoted { SyntaxKind::QuotedText } else { SyntaxKind::TemplateText }, length);
    }

    /// Either the author meant the string to go on, or a quote is missing on this line.
    fn line_break_in_quotes(&mut self) {
        if self.string_goes_on() {
            let length = self.run_length(1, |byte| byte == b'\n' || byte == b'\r');
            return self.token(SyntaxKind::QuotedNewline, length);
        }
        // Strings that started on this line inside each other are all unterminated: without the
        // quote, none of the closing marks in between can be trusted.
        let line_start = self.text[..self.position].rfind('\n').map_or(0, |at| at + 1);
        let outermost = self
            .modes
            .iter()
            .position(|mode| matches!(mode, Mode::Quoted { start, .. } if *start >= line_start))
            .unwrap_or(self.modes.len() - 1);
        self.modes.truncate(outermost);
        if self.byte(0) == b'\r' && self.byte(1) != b'\n' {
            self.token(SyntaxKind::Unknown, 1);
        }
    }

    /// Whether the next quote looks like the end of this string rather than the start of another.
    fn string_goes_on(&mut self) -> bool {
        let Some(Mode::Quoted { goes_on_until, .. }) = self.modes.last_mut() else { return false };
        if self.position < *goes_on_until {
            return true;
        }
        let mut at = self.position;
        while let Some(byte) = self.bytes.get(at) {
            match byte {
                b'\\' => at += 1,
                b'"' => {
                    let after = self.bytes[at + 1..].iter().find(|byte| !matches!(byte, b' ' | b'\t'));
                    *goes_on_until = at;
                    return matches!(after, None | Some(b'\n' | b'\r' | b',' | b')' | b']' | b'}' | b'#'));
                }
                _ => {}
            }
            at += 1;
        }
        false
    }

    fn heredoc(&mut self, marker: std::ops::Range<usize>, at_line_start: bool) {
        if at_line_start
            && let Some(length) = self.bytes[self.position..].iter().position(|byte| *byte == b'\n')
            && self.text[self.position..self.position + length].trim() == &self.text[marker]
        {
            self.modes.pop();
            let ends_in_return = length > 0 && self.byte(length - 1) == b'\r';
            return self.token(SyntaxKind::CloseHeredoc, length - usize::from(ends_in_return));
        }
        let ended_line = self.multi_line_text();
        if let Some(Mode::Heredoc { at_line_start, .. }) = self.modes.last_mut() {
            *at_line_start = ended_line;
        }
    }

    /// One piece of text up to the end of the line, or a sequence; says whether the line ended.
    fn multi_line_text(&mut self) -> bool {
        if matches!(self.byte(0), b'$' | b'%') {
            self.sigil();
            return false;
        }
        let length = self.run_length(0, |byte| !matches!(byte, b'\n' | b'$' | b'%'));
        let ended_line = self.byte(length) == b'\n';
        self.token(SyntaxKind::TemplateText, length + usize::from(ended_line));
        ended_line
    }
}

fn symbol(byte: u8) -> Option<SyntaxKind> {
    use SyntaxKind as K;
    Some(match byte {
        b'[' => K::LeftBracket,
        b']' => K::RightBracket,
        b'(' => K::LeftParenthesis,
        b')' => K::RightParenthesis,
        b'.' => K::Dot,
        b',' => K::Comma,
        b'*' => K::Star,
        b'/' => K::Slash,
        b'%' => K::Percent,
        b'+' => K::Plus,
        b'-' => K::Minus,
        b'=' => K::Equals,
        b'<' => K::Less,
        b'>' => K::Greater,
        b'!' => K::Bang,
        b'?' => K::Question,
        b':' => K::Colon,
        b'&' => K::Ampersand,
        b'|' => K::Pipe,
        b'~' => K::Tilde,
        b'^' => K::Caret,
        b';' => K::Semicolon,
        b'`' => K::Backtick,
        b'\'' => K::Apostrophe,
        _ => return None,
    })
}
